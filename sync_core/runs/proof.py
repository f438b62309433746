"""How a run ended, by what the ledger proves. A child's own word is never enough for success."""

from dataclasses import dataclass, replace

from sync_core.base.errors import CLASSES, DatabaseError
from sync_core.engine.events import Event
from sync_core.engine.source import Source
from sync_core.runs.lifecycle import Ending
from sync_core.store import ledger, merging
from sync_core.store.control import COUNTS, FAILED, SUCCESS, Run
from sync_core.store.engines import Databases, Session
from sync_core.store.ledger import UnitOutcome
from sync_core.store.meanings import disk_full

UNPROVEN = "The process reported success, but the ledger does not prove it."
UNEQUAL = "The table does not hold the people whom the gateway reports: {held} rows, {seen} people."
SILENT = "The process ended without a word: nothing shows that anything was synced."


KILLED = 9


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a run failed, as its supervisor or the reaper saw it."""

    error_class: str
    message: str


def fault_of(error: OSError, words: str) -> Fault:
    """`words` say what could not be done, unless a disk is full."""
    full = disk_full(error)
    return Fault("crashed", words) if full is None else Fault(full.code, str(full))


@dataclass(slots=True)
class Heard:
    """What a supervisor heard of its child: its events, and lines of text that are none."""

    plan: Event | None = None
    summary: Event | None = None
    exit_code: int | None = None
    events: int = 0
    texts: int = 0


def ending_of(databases: Databases, source: Source, run: Run, heard: Heard) -> Ending:
    """The ending of a run whose child ended by itself."""
    try:
        with databases.data.read() as session:
            outcomes = ledger.outcomes_of(session, run.id, source.name)
            fault = _fault(heard, outcomes)
            if fault is not None:
                ending = _failed(session, run, fault, outcomes)
                refused = (heard.summary or {}).get("refused_missing")
                return replace(ending, refused_missing=refused)
            if heard.events == 0:
                return _counted(session, source, run)
            return _proven(session, source, run, outcomes, heard)
    except DatabaseError as exc:
        return Ending(FAILED, exc.code, str(exc), [])


def failed_ending(databases: Databases, run: Run, fault: Fault) -> Ending:
    """The ending of a run that was stopped or died. A lost database must not keep it running."""
    try:
        with databases.data.read() as session:
            outcomes = ledger.outcomes_of(session, run.id, run.source)
            return _failed(session, run, fault, outcomes)
    except DatabaseError:
        return Ending(FAILED, fault.error_class, fault.message, [])


def _fault(heard: Heard, outcomes: list[UnitOutcome]) -> Fault | None:
    summary = heard.summary or {}
    if summary.get("status") == FAILED:
        return _told(summary)
    if heard.exit_code != 0:
        return Fault("crashed", _exit(heard.exit_code))
    if heard.events:
        return None if _adds_up(heard, outcomes) else Fault("crashed", UNPROVEN)
    return None if heard.texts and not outcomes else Fault("crashed", SILENT)


def _exit(code: int | None) -> str:
    if code == -KILLED:
        return (
            "The source's process was killed from outside, or for lack of memory. Start it again."
        )
    return f"The source's process ended with code {code}; see the run's log."


def _told(summary: Event) -> Fault:
    told = summary.get("error_class")
    message = summary.get("error_message") or "The source said that it failed, but not why."
    return Fault(told if told in CLASSES else "crashed", str(message))


def _adds_up(heard: Heard, outcomes: list[UnitOutcome]) -> bool:
    """Every planned unit is committed, and its counts are the sum of their parts."""
    planned = (heard.plan or {}).get("units_total", 0)
    sums = all(
        outcome.counts["fetched"] == sum(outcome.counts[name] for name in COUNTS[1:])
        for outcome in outcomes
    )
    done = all(outcome.status == SUCCESS for outcome in outcomes)
    said = (heard.summary or {}).get("status") == SUCCESS
    return said and sums and done and len(outcomes) == planned > 0


def _is_whole(run: Run) -> bool:
    """Whether the run was asked for the whole plan."""
    return not (run.choice.get("campuses") or run.choice.get("terms"))


def _proven(
    session: Session, source: Source, run: Run, outcomes: list[UnitOutcome], heard: Heard
) -> Ending:
    covered = ledger.is_covered(session, source.name)
    covers = covered and run.mode in {"full", "failed"} and _is_whole(run)
    if covers and run.mode == "full" and run.choice.get("verify"):
        unequal = _unequal(session, source, outcomes)
        if unequal is not None:
            return _failed(session, run, unequal, outcomes)
    return Ending(
        SUCCESS,
        None,
        None,
        outcomes,
        missing=ledger.missing_marked(session, run.id, source.name),
        drift=(heard.summary or {}).get("drift"),
        records=_reported(session, source) if covers else None,
        covered=covered,
    )


def _unequal(session: Session, source: Source, outcomes: list[UnitOutcome]) -> Fault | None:
    """A verifying run compared every person's row; there must be no other row of the plan."""
    parts = ("inserted", "updated", "unchanged")
    seen = sum(outcome.counts[name] for outcome in outcomes for name in parts)
    held = merging.count_in_plan(session, _people(source))
    return None if held == seen else Fault("crashed", UNEQUAL.format(held=held, seen=seen))


def _counted(session: Session, source: Source, run: Run) -> Ending:
    """A source that printed only text: its exit code decides, its rows are counted."""
    whole = run.mode == "full" and _is_whole(run)
    records = _reported(session, source) if whole else None
    return Ending(SUCCESS, None, None, [], records=records, covered=whole, counted=True)


def _failed(session: Session, run: Run, fault: Fault, outcomes: list[UnitOutcome]) -> Ending:
    return Ending(
        FAILED,
        fault.error_class,
        fault.message,
        outcomes,
        missing=ledger.missing_marked(session, run.id, run.source),
    )


def _reported(session: Session, source: Source) -> int:
    return merging.count_reported(session, _people(source))


def _people(source: Source) -> merging.People:
    columns = [column.name for column in source.columns]
    return merging.people(source.name, source.table, source.key, columns)
