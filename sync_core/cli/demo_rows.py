"""What the told runs of `demo --states` left behind: their part of the ledger, changes, logs.

Records are those of the demo's own people, made worse. It changes no row of a person.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from random import Random
from typing import Any

from sync_core.base.settings import Settings
from sync_core.cli.demo_story import NIGHT, OUTAGE, SEED, Past
from sync_core.engine.source import TEXT, Source, load_sources
from sync_core.store import changes, ledger, rejects, staged
from sync_core.store.changes import Cell
from sync_core.store.control import COUNTS, FAILED
from sync_core.store.engines import Databases, Session
from sync_core.store.people import Rows, people_page

PEOPLE = 40
"""So many of each source have a past; all others begin with the first real sync."""

Row = Mapping[str, Any]


def leave_rows(settings: Settings, databases: Databases, past: Sequence[Past]) -> None:
    """After the first real sync, whose people they are; nothing where nothing was told."""
    for each in past:
        if each.name not in {NIGHT, OUTAGE}:
            _write_log(settings, each)
    with databases.data.write() as session:
        for source in load_sources(settings).values():
            own = [each for each in past if each.run["source"] == source.name]
            people = _some_people(session, source)
            if own and people:
                _write(session, source, own, people)


def _some_people(session: Session, source: Source) -> Sequence[Row]:
    rows = Rows(source.table, source.key, (source.key,))
    columns = [column.name for column in source.columns]
    return people_page(session, rows, columns, skip=0, limit=PEOPLE)


def _write(session: Session, source: Source, past: Sequence[Past], people: Sequence[Row]) -> None:
    draw = Random(SEED)  # noqa: S311 - a story, not a secret
    ids = {state.unit: state.id for state in ledger.unit_states(session, source.name).values()}
    staged.add_outcomes(session, [row for each in past for row in _outcomes(each, ids)])
    rejects.record(session, chain.from_iterable(_rejected(source, p, people) for p in past))
    for each in past:
        if each.name not in {NIGHT, OUTAGE}:
            _change(session, source, each, people, draw)


def _outcomes(past: Past, ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Of the units that the ledger still knows."""
    for unit in past.units:
        if unit["unit"] in ids:
            own = {name: value for name, value in unit.items() if name != "unit"}
            yield {"run_id": past.run["id"], "unit_id": ids[unit["unit"]], **own}


def _rejected(source: Source, past: Past, people: Sequence[Row]) -> Iterator[dict[str, Any]]:
    field = next(column.field for column in source.columns if column.name == source.key)
    for unit in past.units:
        for number in range(unit.get("rejected", 0) + unit.get("refused_rejects", 0)):
            person = people[number % len(people)]
            yield {
                "run_id": past.run["id"],
                "source": source.name,
                "unit": unit["unit"],
                "position": number * 5 + 2,
                "reason": f"{field} is missing or is no code",
                "record": {c.field: person[c.name] for c in source.columns} | {field: None},
                "at": unit["finished_at"],
            }


def _change(
    session: Session, source: Source, past: Past, people: Sequence[Row], draw: Random
) -> None:
    at: datetime = past.run["finished_at"]
    new, changed = past.run["inserted"], past.run["updated"]
    drawn = draw.sample(people, min(len(people), new + changed))
    keys = [str(person[source.key]) for person in drawn]
    changes.mark_new(session, past.run["id"], source.name, keys[:new], at)
    cells = [cell for person in drawn[new:] if (cell := _cell(source, person, people, draw))]
    changes.record(session, past.run["id"], source.name, cells, at)


def _cell(source: Source, person: Row, people: Sequence[Row], draw: Random) -> Cell | None:
    """What the person has now, and before that what somebody else has: words, for no code changes
    from one day to the next."""
    plain = [
        column.name
        for column in source.columns
        if column.kind == TEXT and not column.personal and column.name not in source.names
    ]
    for name in draw.sample(plain, len(plain)):
        others = sorted({p[name] for p in people if _is_word(p[name])} - {person[name]})
        if _is_word(person[name]) and others and name != source.key:
            return Cell(str(person[source.key]), name, draw.choice(others), person[name])
    return None


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.strip() != "" and not value.isascii()


def _write_log(settings: Settings, past: Past) -> None:
    """As the run's supervisor would have written it."""
    path = settings.run_log(past.run["id"])
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"{at:%Y-%m-%dT%H:%M:%SZ} {level:<7} {told}\n" for at, level, told in _log(past))
    path.write_text("".join(lines), encoding="utf-8")


def _log(past: Past) -> Iterator[tuple[datetime, str, str]]:
    run = past.run
    begun, ended = run["started_at"], run["finished_at"]
    if begun is None:
        return
    who = f"run {run['id']} of {run['source']}, mode {run['mode']}, by {run['requested_by']}"
    yield begun, "info", who
    if run["units_total"] is not None:
        plan = f"units_total={run['units_total']} left_out={run['left_out']}"
        yield begun, "info", f"plan mode={run['mode']} {plan}"
    for unit in past.units:
        yield unit["finished_at"], *_unit_line(unit)
    if run.get("counted"):
        yield ended, "output", f"{run['records']} rows written."
    yield ended, "info", f"ended: {run['status']} {run['error_message'] or ''}".rstrip()


def _unit_line(unit: Row) -> tuple[str, str]:
    took = f"unit={unit['unit']} duration_s={unit['duration_s']}"
    if unit["status"] == FAILED:
        why = f"error_class={unit['error_class']} error_message={unit['error_message']}"
        return "error", f"unit_failed {took} {why}"
    counts = " ".join(f"{name}={unit[name]}" for name in COUNTS)
    return "info", f"unit_done {took} skipped={unit['skipped']} {counts}"
