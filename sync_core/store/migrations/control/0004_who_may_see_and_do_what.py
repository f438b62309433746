"""One-time passwords, where sessions come from, counted tries, an audit log that only grows"""

import sqlalchemy as sa
from alembic import op

from sync_core.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"

REFUSAL = "access_logs only grows"


def upgrade() -> None:
    op.add_column(
        "users", sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("sessions", sa.Column("address", sa.String(), nullable=True))
    op.add_column("sessions", sa.Column("agent", sa.String(length=200), nullable=True))
    op.add_column("access_logs", sa.Column("detail", sa.String(), nullable=True))
    op.create_index("access_logs_target", "access_logs", ["action", "target"])
    op.create_table(
        "login_tries",
        sa.Column("bucket", sa.String(length=200), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bucket"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _refuse_on_postgresql()
    else:
        _refuse_on_sqlite()


def _refuse_on_sqlite() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER access_logs_no_{change.lower()} BEFORE {change} ON access_logs "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
    # REPLACE takes the old row out without asking the trigger of DELETE.
    op.execute(
        "CREATE TRIGGER access_logs_no_replace BEFORE INSERT ON access_logs "
        "WHEN EXISTS (SELECT 1 FROM access_logs WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'access_logs only grows'); END"
    )


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION access_logs_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER access_logs_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON access_logs "
        "FOR EACH STATEMENT EXECUTE FUNCTION access_logs_only_grows()"
    )
