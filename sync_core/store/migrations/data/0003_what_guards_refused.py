"""What a unit sent where a guard refused it"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("refused_before", "refused_people", "refused_rejects"):
        op.add_column("unit_runs", sa.Column(name, sa.Integer(), nullable=True))
