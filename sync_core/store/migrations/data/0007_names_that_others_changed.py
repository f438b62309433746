"""Names that other programs changed"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    count = sa.Column("names_of_others", sa.Integer(), server_default=sa.text("0"), nullable=False)
    op.add_column("source_fence", count)
