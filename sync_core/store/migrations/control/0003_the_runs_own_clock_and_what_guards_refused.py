"""A run's own clock and end; what the guards refused"""

import sqlalchemy as sa
from alembic import op

from sync_core.store.types import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("sync_runs", sa.Column("clock_s", sa.Double(), nullable=True))
    op.add_column("sync_runs", sa.Column("ends_by", UtcDateTime(), nullable=True))
    op.add_column("sync_runs", sa.Column("refused_missing", sa.Integer(), nullable=True))
    for name in ("refused_before", "refused_people", "refused_rejects"):
        op.add_column("sync_run_units", sa.Column(name, sa.Integer(), nullable=True))
