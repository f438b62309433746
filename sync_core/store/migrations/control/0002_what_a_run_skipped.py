"""What a run skipped, left out and found changed; how fast it is"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for name in ("units_skipped", "left_out"):
        op.add_column(
            "sync_runs", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
    op.add_column("sync_runs", sa.Column("drift", sa.Integer(), nullable=True))
    for name in ("rate", "left_s"):
        op.add_column("sync_runs", sa.Column(name, sa.Double(), nullable=True))
    op.add_column(
        "sync_run_units",
        sa.Column("skipped", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
