"""Nothing personal reaches a screen, whoever looks and wherever: rows, people, changes, rejects."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert

from sync_core.access.permissions import ROLES, Actor, command_line_actor
from sync_core.base.settings import load
from sync_core.engine.source import INTEGER, Source, find_source
from sync_core.inspect import people, run_log
from sync_core.inspect.changes import changes_of_run, changes_page
from sync_core.inspect.person import read_person
from sync_core.inspect.rejects import rejects_of_run
from sync_core.store import data
from sync_core.store.engines import Databases
from tests import seed

RUN = 7
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KEYS = {"faculty": "0499370899", "students": "4010000001"}
ODD_VALUES = {
    "mobile": ("09001234567", "09007654321"),
    "phonenum": ("09001234567", "09007654321"),
    "email": ("canary-old@example.ac.ir", "canary-new@example.ac.ir"),
    "birthdate": ("1383/04/05", "1384/05/06"),
}
ACTORS = [*(Actor(role, role, 1) for role in ROLES), command_line_actor()]


@pytest.fixture(params=seed.SOURCES)
def source(request: pytest.FixtureRequest) -> Source:
    return find_source(load(), request.param)


def values(source: Source) -> dict[str, tuple[Any, Any]]:
    """Column → what it held and what it holds, none like another."""
    found: dict[str, tuple[Any, Any]] = {}
    for place, column in enumerate(source.columns):
        number = (1_000 + place, 2_000 + place)
        text = (f"canary-old-{column.name}", f"canary-new-{column.name}")
        known = number if column.kind == INTEGER else ODD_VALUES.get(column.name, text)
        found[column.name] = known
    return found | {source.key: (KEYS[source.name], KEYS[source.name])}


def personal(source: Source) -> set[str]:
    """All that must not be seen; of a personal key also what is more than its end."""
    hidden = {c.name for c in source.columns if c.personal}
    said = {str(v) for name, pair in values(source).items() if name in hidden for v in pair}
    return said | ({KEYS[source.name][-4:]} if source.key in hidden else set())


def open_values(source: Source) -> set[str]:
    hidden = {c.name for c in source.columns if c.personal}
    return {str(pair[1]) for name, pair in values(source).items() if name not in hidden}


@pytest.fixture
def filled(databases: Databases, source: Source) -> Databases:
    """One person, every column of whom changed; and the same person's record, rejected."""
    common = {"run_id": RUN, "source": source.name, "at": NOW}
    key, table = KEYS[source.name], data.metadata.tables[source.table]
    row = {name: pair[1] for name, pair in values(source).items()}
    cells = [
        {"column": name, "old": str(old), "new": str(new), "key": key, **common}
        for name, (old, new) in values(source).items()
    ]
    record = {column.field: row[column.name] for column in source.columns if column.derive is None}
    record |= {"undeclared": "canary-undeclared", "canary undeclared": 1}
    record |= {"city": {"mobile": "canary-nested"}}
    with databases.data.write() as session:
        session.execute(insert(table).values(**row, first_run=RUN, last_run=RUN))
        session.execute(insert(data.row_changes), cells)
        reject = {"unit": "all", "position": 0, "reason": f"{key} is no code", "record": record}
        session.execute(insert(data.rejected_rows).values(**reject, **common))
    return databases


def shown_to(actor: Actor, databases: Databases, source: Source) -> Iterable[tuple[str, str]]:
    """Everything that the core gives a screen without a reason, as text."""
    settings = load()
    page = people.people_page(settings, databases, actor, source, people.PeopleFilter(), 1)
    yield "rows", repr(page)
    for text in values(source).values():
        look = people.people_page(
            settings, databases, actor, source, people.PeopleFilter(text=str(text[1])), 1
        )
        yield f"found by {text[1]}", repr(look)
    yield "person", repr(read_person(settings, databases, actor, source, page.refs[0]))
    found = changes_of_run(databases, actor, source, RUN)
    yield "changes", repr(changes_page(load(), databases, actor, source, found, 1))
    yield "rejects", repr(rejects_of_run(databases, actor, source, RUN, 1))


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: str(actor.role))
def test_nothing_personal_is_shown(actor: Actor, filled: Databases, source: Source) -> None:
    for place, text in shown_to(actor, filled, source):
        seen = {value for value in personal(source) if value in text}
        assert not seen, f"{place} of {source.name} shows {seen}"
        assert "undeclared'" not in text.replace("'undeclared'", ""), place
        assert "canary-nested" not in text, place


def test_what_is_open_is_shown(filled: Databases, source: Source) -> None:
    """Else the test above would pass on empty screens."""
    shown = dict(shown_to(ACTORS[0], filled, source))
    for place in ("rows", "person", "changes"):
        assert {value for value in open_values(source) if value not in shown[place]} == set()
    assert "canary-new" in shown["rejects"]


def write_log(text: str) -> None:
    log = load().run_log(RUN)
    log.parent.mkdir(exist_ok=True)
    log.write_text(text, encoding="utf-8")


def log_shown_to(actor: Actor) -> str:
    """The end of it on the screen and the whole of it as a file are the same here."""
    tail = run_log.log_tail(load(), actor, RUN)
    assert tail is not None
    shown = "\n".join(tail.lines)
    assert "".join(run_log.whole_log(load(), actor, RUN)) == f"{shown}\n"
    return shown


def test_the_log_shows_no_number_address_or_birth(source: Source) -> None:
    """A log is text of which nothing is declared: only what can be told from its form is hidden."""
    told = set(personal(source)) - {KEYS[source.name][-4:]}
    told -= {f"canary-{age}-address" for age in ("old", "new")}
    lines = [f"2026-11-23T09:00:00Z INFO    row: {value}\n" for value in sorted(told)]
    write_log("".join(lines))

    for actor in ACTORS:
        shown = log_shown_to(actor)
        assert shown.count("2026-11-23T09:00:00Z INFO") == len(told) > 3
        assert {value for value in told if value in shown} == set()


def test_a_number_at_the_edge_of_a_long_line_is_masked() -> None:
    for before in range(run_log.LONGEST_LINE - 12, run_log.LONGEST_LINE + 1):
        write_log("x" * before + "0499370899\n")
        shown = log_shown_to(ACTORS[0])
        assert "0" not in shown
        assert len(shown) <= run_log.LONGEST_LINE
