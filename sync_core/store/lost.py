"""A database that is gone, though the other one tells of it: none takes its place in silence."""

from sqlalchemy import func, select

from sync_core.base.errors import DatabaseError
from sync_core.store import files
from sync_core.store.control import Run
from sync_core.store.data import source_fence, unit_runs
from sync_core.store.engines import Database, Databases
from sync_core.store.versions import CONTROL, DATA, version

BRING_BACK = (
    "Stop Hamgam and put it back from a backup. Only if it is lost for good: `init --anew` makes"
    " an empty one, and says in its help what is lost with it."
)


def refuse_lost(databases: Databases, plane: str) -> None:
    """Raises DatabaseError where runs are on record that used a database which is not there now."""
    database = databases.control if plane == CONTROL else databases.data
    known = _runs_in_ledger(databases.data) if plane == CONTROL else _runs_begun(databases.control)
    if not known or version(database, plane) is not None:  # made meanwhile by somebody else
        return
    state = files.gone(database.file) if database.file is not None else "is empty"
    runs = "1 run is" if known == 1 else f"{known:,} runs are"
    words = f"The {plane} database {database.place} {state}, though {runs} on record."
    raise DatabaseError(words, hint=BRING_BACK)


def _runs_begun(control: Database) -> int:
    """Runs that wrote, or were about to: their fence stands in the data database."""
    if version(control, CONTROL) is None:
        return 0
    with control.read() as session:
        return session.scalar(select(func.count(Run.id)).where(Run.epoch > 0)) or 0


def _runs_in_ledger(data: Database) -> int:
    if version(data, DATA) is None:
        return 0
    with data.read() as session:
        runs = select(unit_runs.c.run_id).union(select(source_fence.c.run_id)).subquery()
        return session.scalar(select(func.count()).select_from(runs)) or 0
