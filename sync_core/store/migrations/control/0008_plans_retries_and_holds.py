"""Fixed times and days of the month, quiet windows, retries, what holds a source back"""

import sqlalchemy as sa
from alembic import op

from sync_core.store.types import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for column in (
        sa.Column("kind", sa.String(20), nullable=False, server_default="every"),
        sa.Column("anchor_at", UtcDateTime(), nullable=True),
        sa.Column("times", sa.String(200), nullable=False, server_default=""),
        sa.Column("weekdays", sa.String(20), nullable=False, server_default=""),
        sa.Column("month_day", sa.Integer(), nullable=True),
        sa.Column("quiet_from", sa.String(5), nullable=True),
        sa.Column("quiet_to", sa.String(5), nullable=True),
        sa.Column("missed", sa.String(20), nullable=False, server_default="catch_up"),
        sa.Column("retries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("retry_wait_minutes", sa.Integer(), nullable=False, server_default="15"),
        sa.Column("last_slot_at", UtcDateTime(), nullable=True),
        sa.Column("last_missed", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("waiting", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("held_until", UtcDateTime(), nullable=True),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.Column("retry_of", sa.Integer(), nullable=True),
        sa.Column("judged_run", sa.Integer(), nullable=True),
        sa.Column("forgiven_at", UtcDateTime(), nullable=True),
    ):
        op.add_column("schedules", column)
    # The slots that were due stay where they were.
    op.execute("UPDATE schedules SET anchor_at = next_due_at")
    # What failed before is no reason to hold anything back now.
    op.execute(
        "UPDATE schedules SET judged_run ="
        " (SELECT max(id) FROM sync_runs WHERE sync_runs.source = schedules.source)"
    )
