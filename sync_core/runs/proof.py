"""How a run ended, by what the ledger proves. A child's own word is never enough for success."""

from dataclasses import dataclass

from sync_core.base.errors import DatabaseError
from sync_core.engine.events import Event
from sync_core.engine.source import Source
from sync_core.runs.lifecycle import Ending
from sync_core.store import ledger, merging
from sync_core.store.control import COUNTS, FAILED, SUCCESS, Run
from sync_core.store.engines import Databases, Session
from sync_core.store.ledger import UnitOutcome


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a run failed, as its supervisor or the reaper saw it."""

    error_class: str
    message: str


@dataclass(slots=True)
class Heard:
    """What a supervisor heard of its child."""

    plan: Event | None = None
    summary: Event | None = None
    exit_code: int | None = None
    last_text: str = ""


def ending_of(databases: Databases, source: Source, run: Run, heard: Heard) -> Ending:
    """The ending of a run whose child ended by itself."""
    with databases.data.read() as session:
        outcomes = ledger.outcomes_of(session, run.id, source.name)
        fault = _fault(heard, outcomes)
        if fault is not None:
            return _failed(session, source, run, fault, outcomes)
        if heard.plan is None:
            return _counted(session, source)
        return _proven(session, source, run, outcomes)


def failed_ending(databases: Databases, source: Source, run: Run, fault: Fault) -> Ending:
    """The ending of a run that was stopped or died. A lost database must not keep it running."""
    try:
        with databases.data.read() as session:
            outcomes = ledger.outcomes_of(session, run.id, source.name)
            return _failed(session, source, run, fault, outcomes)
    except DatabaseError:
        return Ending(FAILED, fault.error_class, fault.message, [])


def _fault(heard: Heard, outcomes: list[UnitOutcome]) -> Fault | None:
    summary = heard.summary or {}
    if summary.get("status") == FAILED:
        return Fault(str(summary.get("error_class")), str(summary.get("error_message")))
    if heard.exit_code != 0:
        last = f" Its last words: {heard.last_text[:200]}" if heard.last_text else ""
        return Fault("crashed", f"The source's process ended with code {heard.exit_code}.{last}")
    if heard.plan is not None and not _adds_up(heard, outcomes):
        return Fault("crashed", "The process reported success, but the ledger does not prove it.")
    return None


def _adds_up(heard: Heard, outcomes: list[UnitOutcome]) -> bool:
    """Every planned unit is committed, and its counts are the sum of their parts."""
    planned = (heard.plan or {}).get("units_total")
    sums = all(
        outcome.counts["fetched"] == sum(outcome.counts[name] for name in COUNTS[1:])
        for outcome in outcomes
    )
    done = all(outcome.status == SUCCESS for outcome in outcomes)
    return heard.summary is not None and sums and done and len(outcomes) == planned


def _proven(session: Session, source: Source, run: Run, outcomes: list[UnitOutcome]) -> Ending:
    covered = ledger.is_covered(session, source.name)
    chosen = run.choice.get("campuses") or run.choice.get("terms")
    covers = covered and run.mode in {"full", "failed"} and not chosen
    return Ending(
        SUCCESS,
        None,
        None,
        outcomes,
        missing=ledger.missing_marked(session, run.id, source.name),
        records=_reported(session, source) if covers else None,
        covered=covered,
    )


def _counted(session: Session, source: Source) -> Ending:
    """A source that printed only text: its exit code decides, its rows are counted."""
    return Ending(
        SUCCESS, None, None, [], records=_reported(session, source), covered=True, counted=True
    )


def _failed(
    session: Session, source: Source, run: Run, fault: Fault, outcomes: list[UnitOutcome]
) -> Ending:
    return Ending(
        FAILED,
        fault.error_class,
        fault.message,
        outcomes,
        missing=ledger.missing_marked(session, run.id, source.name),
    )


def _reported(session: Session, source: Source) -> int:
    columns = [column.name for column in source.columns]
    return merging.count_reported(
        session, merging.people(source.name, source.table, source.key, columns)
    )
