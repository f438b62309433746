"""The settings of a run; indexes for a long history"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KINDS = ("status", "error_class", "source", "trigger", "requested_by")
COUNTS = ("inserted", "updated", "missing", "records")
DAY = "date(created_at, '+3 hours', '+30 minutes')"
SECONDS = "(julianday(finished_at) - julianday(started_at)) * 86400"


def upgrade() -> None:
    op.add_column("sync_runs", sa.Column("settings", sa.JSON(), nullable=True))
    op.drop_index("sync_runs_newest", "sync_runs")
    op.create_index("sync_runs_newest", "sync_runs", ["source", "id"])
    _partial("sync_runs_active", ["status"], "status IN ('pending', 'running')")
    _partial("sync_runs_covers", ["source", "id"], "records IS NOT NULL")
    op.create_index("sync_runs_requesters", "sync_runs", ["requested_by"])
    op.create_index("sync_runs_sums", "sync_runs", _sums(op.get_bind().dialect.name))
    op.create_index("access_logs_actor", "access_logs", ["actor"])


def _partial(name: str, columns: list[str], where: str) -> None:
    """An index of few rows among many."""
    only = sa.text(where)
    op.create_index(name, "sync_runs", columns, sqlite_where=only, postgresql_where=only)


def _sums(dialect: str) -> list[str | sa.TextClause | sa.ColumnElement[Any]]:
    if dialect == "sqlite":
        return [sa.text(DAY), *KINDS, *COUNTS, sa.text(SECONDS), "created_at", "finished_at"]
    return ["created_at", *KINDS, *COUNTS, "started_at", "finished_at"]
