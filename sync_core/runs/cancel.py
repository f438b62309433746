"""Asks a run to end. Its supervisor does it; what was merged stays merged."""

from sync_core.access import audit
from sync_core.access.permissions import RUN, Actor, require
from sync_core.base.clock import utc_now
from sync_core.base.errors import IllegalTransition
from sync_core.store import runs
from sync_core.store.engines import Databases


def request_cancel(databases: Databases, actor: Actor, run_id: int) -> None:
    """Raises UnknownRun, Denied, and IllegalTransition for a run that has ended."""
    require(actor, RUN)
    with databases.control.write() as session:
        run = runs.get_run(session, run_id)
        if not runs.ask_to_cancel(session, run_id, actor.name, utc_now()):
            raise IllegalTransition(
                f"Run {run_id} has ended already ({run.status}).",
                hint="There is nothing to cancel.",
            )
        audit.record(session, actor, audit.RUN_CANCELLED, f"run {run_id}", run.source)
