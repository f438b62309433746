"""A year of fictional runs, told from its first day to yesterday. It opens no database.

The same day tells the same story: everything is drawn from one seed and the date.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sync_core.base.clock import TEHRAN
from sync_core.cli.demo_cases import (
    FACULTY,
    NIGHTLY,
    OPERATOR,
    STUDENTS,
    Case,
    UnitFault,
    cases,
    refused_at_the_door,
)
from sync_core.cli.demo_counts import Counts, Sums, counted
from sync_core.engine.order import REJECTS
from sync_core.store.control import COUNTS, FAILED, SUCCESS

SEED = "hamgam"
NIGHT, OUTAGE = "night", "outage"
"""The names of the runs that the year is full of."""
DAYS = 364
DAILY = 45
"""Days until today in which students are synced every night; before that twice a week."""
NIGHTS = {FACULTY: time(5, 40), STUDENTS: time(2, 30)}
CASE_TIMES = (time(10, 20), time(14, 10))
"""Two cases a day, until yesterday."""
OUTAGES, RETRIED = 0.06, 0.7
GREW_BY = 0.18
MOST_NEW = 40

Values = dict[str, Any]
Plans = Callable[[str, date], Sequence[str]]
"""Source and day → the units of the full plan of that day, the newest first."""


@dataclass(frozen=True, slots=True)
class Past:
    """A run that has ended, by the columns of `sync_runs`; its units, by those of
    `sync_run_units`."""

    name: str
    run: Values
    units: list[Values]


@dataclass
class Story:
    """`people`: source → how many there are at its end. `first_id`: of the first run."""

    plans: Plans
    people: Mapping[str, int]
    today: date
    first_id: int = 1
    draw: Random = field(init=False)

    def __post_init__(self) -> None:
        self.draw = Random(f"{SEED} {self.today}")  # noqa: S311 - a story, not a secret
        self._now = {name: round(n * (1 - GREW_BY)) for name, n in self.people.items()}
        self._told: dict[str, Past] = {}
        self._next_id = self.first_id

    def tell(self) -> Iterator[Past]:
        """The oldest first; no two runs of a source at once."""
        for at, case in sorted(self._agenda(), key=lambda each: each[0]):
            past = self._run(at, case)
            self._told[case.name] = past
            self._next_id += 1
            yield past

    def _agenda(self) -> Iterator[tuple[datetime, Case]]:
        for back in range(DAYS, 0, -1):
            day = self.today - timedelta(days=back)
            yield from self._night(day, FACULTY)
            if back <= DAILY or day.weekday() in {1, 5}:
                yield from self._night(day, STUDENTS)
        yield from self._cases()

    def _night(self, day: date, source: str) -> Iterator[tuple[datetime, Case]]:
        lasts_s = self.draw.randint(14, 40) if source == FACULTY else self.draw.randint(150, 420)
        case = Case(NIGHT, source, lasts_s=lasts_s, changes=self.draw.randint(0, 9), **NIGHTLY)
        if self.draw.random() >= OUTAGES:
            yield _at(day, NIGHTS[source]), replace(case, rejected=int(self.draw.random() < 0.2))
            return
        yield _at(day, NIGHTS[source]), self._outage(case)
        if self.draw.random() < RETRIED:
            by, minute = self.draw.choice((OPERATOR, "admin")), self.draw.randrange(60)
            mode = "full" if source == FACULTY else "failed"
            again = replace(case, trigger="retry", by=by, mode=mode)
            yield _at(day, time(8, minute)), again

    def _outage(self, case: Case) -> Case:
        why = self.draw.choice([door for door in refused_at_the_door() if door.begun])
        return replace(why, source=case.source, name=OUTAGE)

    def _cases(self) -> Iterator[tuple[datetime, Case]]:
        told = cases(self.plans(STUDENTS, self.today))
        for place, case in enumerate(reversed(told)):
            back, turn = divmod(place, len(CASE_TIMES))
            day = self.today - timedelta(days=back + 1)
            yield _at(day, CASE_TIMES[len(CASE_TIMES) - 1 - turn]), case

    def _run(self, at: datetime, case: Case) -> Past:
        plan = self.plans(case.source, _tehran_day(at))
        units = self._units(at, case, plan)
        run = self._ended(at, case, plan, units)
        told = self._message(case, run, units)
        return Past(case.name, run | {"error_message": told}, units)

    def _units(self, at: datetime, case: Case, plan: Sequence[str]) -> list[Values]:
        """Those that came to an end. Each counts as it does in a run of the whole plan."""
        if case.values.get("counted"):
            return []
        wanted = set(plan if case.units is None else case.units)
        counts = dict(zip(plan, counted(self.draw, len(plan), self._sums(at, case)), strict=True))
        planned = [unit for unit in plan if unit in wanted]
        ended = planned[: max(case.faults, default=-1) + 1] if case.outcome in LOST else planned
        ended = ended[: round(len(planned) * case.share)]
        step = timedelta(seconds=case.lasts_s / (len(ended) + 1))
        return [
            self._unit(case, unit, place, counts[unit]) | {"finished_at": at + step * (place + 1)}
            for place, unit in enumerate(ended)
        ]

    def _sums(self, at: datetime, case: Case) -> Sums:
        now, grown = self._now[case.source], self._grown(at, case.source)
        new = min(MOST_NEW, max(0, grown - now)) if case.name == NIGHT else case.new
        return Sums(
            people=now + new,
            inserted=new,
            updated=case.changes,
            stale=round(now * 2.1) if case.source == STUDENTS else 0,
            duplicates=self.draw.randint(0, 3),
            rejected=case.rejected,
        )

    def _grown(self, at: datetime, source: str) -> int:
        back = (self.today - _tehran_day(at)).days
        return round(self.people[source] * (1 - GREW_BY * back / DAYS))

    def _unit(self, case: Case, unit: str, place: int, counts: Counts) -> Values:
        fault = case.faults.get(place)
        shown: Values = {"unit": unit, "duration_s": round(self.draw.uniform(0.3, 6), 3)}
        if fault is not None:
            return shown | self._failed(fault, unit, counts)
        changed = counts["inserted"] + counts["updated"] + counts["rejected"]
        skips = not changed and not case.choice.get("verify") and self.draw.random() < 0.9
        return shown | {"status": SUCCESS, "skipped": skips, **counts}

    def _failed(self, fault: UnitFault, unit: str, counts: Counts) -> Values:
        """Nothing of it was applied, so it counts nothing."""
        before = counts["fetched"] - counts["duplicates"] - counts["rejected"]
        people = round(before * (fault.came or 0))
        sent = {"sent": people + fault.rejects, "rejects": fault.rejects, "run": self._next_id}
        told = fault.message.format(unit=unit, before=before, people=people, **sent)
        refused: Values = {
            "refused_before": before,
            "refused_people": people,
            "refused_rejects": fault.rejects,
        }
        return {
            "status": FAILED,
            "error_class": fault.error_class,
            "error_message": told,
            **(refused if fault.came is not None else {}),
        }

    def _ended(
        self, at: datetime, case: Case, plan: Sequence[str], units: Sequence[Values]
    ) -> Values:
        sums = {name: sum(unit.get(name, 0) for unit in units) for name in COUNTS}
        good = case.outcome == SUCCESS
        whole = case.units is None or case.mode == "failed"
        missing = int(good and whole and case.name == NIGHT and self.draw.random() < 0.1)
        now = self._now[case.source] = self._now[case.source] + sums["inserted"] - missing
        ended = at + timedelta(seconds=case.lasts_s)
        planned = len(plan if case.units is None else case.units)
        return {
            "id": self._next_id,
            "source": case.source,
            "status": SUCCESS if good else FAILED,
            "error_class": None if good else case.outcome,
            "trigger": case.trigger,
            "mode": case.mode,
            "choice": self._choice(case),
            "requested_by": case.by,
            "created_at": at,
            "started_at": at + timedelta(seconds=1) if case.begun else None,
            "finished_at": ended,
            "progress_at": ended if case.begun else None,
            "lease_until": ended,
            "units_total": planned if case.planned else None,
            "units_done": sum(unit["status"] == SUCCESS for unit in units),
            "units_failed": sum(unit["status"] == FAILED for unit in units),
            "units_skipped": sum(unit.get("skipped", False) for unit in units),
            "left_out": len(plan) - planned if case.planned else 0,
            "missing": missing,
            "records": now if good and whole else None,
            **sums,
            **self._own(case, ended, now),
        }

    def _own(self, case: Case, ended: datetime, people: int) -> Values:
        """What the case says of its run; a share of the people becomes a number of them."""
        values = dict(case.values)
        if "refused_missing" in values:
            values["refused_missing"] = round(values["refused_missing"] * people)
        if "cancel_requested_by" in values:
            values["cancel_requested_at"] = ended - timedelta(seconds=2)
        return values

    def _choice(self, case: Case) -> Values:
        asked = {"campuses": [], "terms": [], "units": [], "verify": False, **case.choice}
        if case.accepts:
            run_id = self._told[case.accepts].run["id"]
            reason = "They have no national code yet; the gateway's team knows."
            kinds = {"run_id": run_id, "kinds": [REJECTS], "missing": 0}
            asked["accepts"] = {**kinds, "reason": reason}
        return asked

    def _message(self, case: Case, run: Values, units: Sequence[Values]) -> str | None:
        if run["status"] == SUCCESS:
            return None
        if not case.faults:
            seen, gone = self._now[case.source], run.get("refused_missing", 0)
            return case.message.format(run=run["id"], done=run["units_done"], seen=seen, gone=gone)
        failed = [unit["error_message"] for unit in units if unit["status"] == FAILED]
        total, untried = run["units_total"], run["units_total"] - len(units)
        left = f", {untried} were not tried" if untried else ""
        first = max(failed, key=failed.count)
        return first if total == 1 else f"{len(failed)} of {total} units failed{left}. {first}"


LOST = frozenset({"gateway"})
"""Where so much failed in a row that the rest was not tried."""


def _at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, TEHRAN).astimezone(UTC)


def _tehran_day(at: datetime) -> date:
    return at.astimezone(TEHRAN).date()
