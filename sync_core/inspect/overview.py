"""Everything the overview shows: a card a source, and what needs a person."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.clock import utc_now
from sync_core.inspect.views import RunView
from sync_core.store import history, overview, syncs
from sync_core.store import runs as stored
from sync_core.store.control import FAILED, PENDING, RUNNING
from sync_core.store.engines import Databases
from sync_core.store.overview import PlanAge

STRIP = 20
LATEST = 5
LATE_AFTER = timedelta(minutes=5)
"""A slot this far in the past has been missed: `tick` comes every minute."""


@dataclass(frozen=True, slots=True)
class Card:
    """One source. `status` speaks of the source; `runs` are newest first."""

    source: str
    status: str
    data_at: datetime | None
    """Age of the data: the last success of its oldest planned unit."""
    units: int
    units_never: int
    records: int | None
    change: int | None
    """Records against the full cover before."""
    next_due_at: datetime | None
    late: bool
    runs: tuple[RunView, ...]
    last_success: RunView | None

    @property
    def active(self) -> RunView | None:
        return next((run for run in self.runs if run.is_active), None)

    @property
    def last_ended(self) -> RunView | None:
        return next((run for run in self.runs if not run.is_active), None)

    @property
    def never_ran(self) -> bool:
        return not self.runs


@dataclass(frozen=True, slots=True)
class Need:
    """Why a source needs a person: it `failed`, is `late`, is `incomplete` or `never` ran."""

    source: str
    reason: str
    run_id: int | None = None
    error_class: str | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """`latest`: the newest runs of all sources. `now` is the moment that ages are counted to."""

    now: datetime
    cards: tuple[Card, ...]
    latest: tuple[RunView, ...]

    @property
    def needs(self) -> tuple[Need, ...]:
        return tuple(need for card in self.cards if (need := _need(card)) is not None)

    @property
    def running(self) -> tuple[str, ...]:
        return tuple(card.source for card in self.cards if card.active)


@dataclass(frozen=True, slots=True)
class Progress:
    """A run that goes on. `rate`: records a second; `campus` and `term` where a unit has them."""

    run: RunView
    elapsed_s: float
    rate: float | None
    remaining_s: float | None
    term: str | None
    campus: str | None
    campus_name: str | None


def read_overview(
    databases: Databases, actor: Actor, sources: Iterable[str], now: datetime | None = None
) -> Overview:
    require(actor, SEE)
    now = now or utc_now()
    cards = tuple(_card(databases, source, now) for source in sources)
    with databases.control.read() as session:
        rows = history.runs_page(session, history.HistoryFilter(), skip=0, limit=LATEST)
        return Overview(now, cards, tuple(RunView.of(row) for row in rows))


def read_progress(
    databases: Databases,
    actor: Actor,
    run_id: int,
    usual_s: float | None = None,
    now: datetime | None = None,
) -> Progress | None:
    """`usual_s`: how long this took before. None where the run ended or is unknown."""
    require(actor, SEE)
    with databases.control.read() as session:
        row = history.find_run(session, run_id)
        run = RunView.of(row) if row is not None else None
    if run is None or not run.is_active:
        return None
    now, began = now or utc_now(), run.started_at or run.created_at
    elapsed = max(0.0, (now - began).total_seconds())
    term, campus = _term_and_campus(run.current_unit)
    return Progress(
        run=run,
        elapsed_s=elapsed,
        rate=run.rate or (run.fetched / elapsed if elapsed >= 1 and run.fetched else None),
        remaining_s=_remaining(run, elapsed, usual_s, now),
        term=term,
        campus=campus,
        campus_name=_campus_name(databases, campus),
    )


def is_silent(fired_at: datetime, now: datetime | None = None) -> bool:
    """Whether what should come every minute has stopped coming."""
    return (now or utc_now()) - fired_at > LATE_AFTER


def _card(databases: Databases, source: str, now: datetime) -> Card:
    with databases.data.read() as session:
        plan = overview.plan_age(session, source)
    with databases.control.read() as session:
        sync = syncs.find_sync(session, source)
        schedule = overview.find_schedule(session, source)
        runs = tuple(RunView.of(r) for r in stored.latest_runs(session, source=source, limit=STRIP))
        success = overview.last_success(session, source)
        records = overview.last_records(session, source, 2)
    active = next((run for run in runs if run.is_active), None)
    due = schedule.next_due_at if schedule and schedule.enabled else None
    return Card(
        source=source,
        status=active.status if active else _settled(sync.status if sync else PENDING, runs),
        data_at=_data_at(plan, sync.last_sync_at if sync else None),
        units=plan.units,
        units_never=plan.never,
        records=sync.records_synced if sync and sync.last_sync_at else None,
        change=records[0] - records[1] if len(records) == 2 else None,
        next_due_at=due,
        late=due is not None and active is None and now - due > LATE_AFTER,
        runs=runs,
        last_success=RunView.of(success) if success else None,
    )


def _need(card: Card) -> Need | None:
    last = card.last_ended
    if last is not None and last.is_failed:
        return Need(card.source, "failed", last.id, last.error_class)
    if card.status == FAILED:
        return Need(card.source, "incomplete")
    if card.late:
        return Need(card.source, "late")
    return Need(card.source, "never") if card.never_ran else None


def _settled(status: str, runs: tuple[RunView, ...]) -> str:
    """What `data_syncs` says, unless it says "running" of a run that has just ended."""
    return runs[0].status if status == RUNNING and runs else status


def _data_at(plan: PlanAge, last_sync_at: datetime | None) -> datetime | None:
    return plan.oldest_at if plan.units else last_sync_at


def _remaining(run: RunView, elapsed: float, usual_s: float | None, now: datetime) -> float | None:
    """What the source said last; else from the units done so far; for a run of one unit, from the
    time it usually takes."""
    if run.left_s is not None and run.progress_at is not None:
        return max(0.0, run.left_s - (now - run.progress_at).total_seconds())
    done = run.units_done + run.units_failed
    if run.units_total and run.units_total > 1 and done:
        return elapsed / done * (run.units_total - done)
    if usual_s is not None and usual_s > elapsed:
        return usual_s - elapsed
    return None


def _term_and_campus(unit: str | None) -> tuple[str | None, str | None]:
    found = re.fullmatch(r"(\d{4})/(\d+)", unit or "")
    return (found[1], found[2]) if found else (None, None)


def _campus_name(databases: Databases, code: str | None) -> str | None:
    if code is None:
        return None
    with databases.data.read() as session:
        return overview.campus_name(session, code)
