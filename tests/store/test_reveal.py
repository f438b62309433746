"""One person: masked for everybody, revealed with a reason that is on record first."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event, select, text

from sync_core.access import audit
from sync_core.access.permissions import ADMIN, ANONYMOUS, Actor
from sync_core.base.errors import ConfigError, DatabaseError, Denied, UnknownPerson
from sync_core.base.settings import load
from sync_core.engine.source import Source
from sync_core.inspect.masking import DOTS
from sync_core.inspect.people import PeopleFilter, people_page
from sync_core.inspect.person import read_person
from sync_core.inspect.refs import Refs, mark_of
from sync_core.inspect.reveal import LONGEST_REASON, reveal
from sync_core.store.control_access import AccessLog
from sync_core.store.engines import Databases
from tests import seed

CODE, MOBILE, EMAIL = "0000000008", "09000000001", "person1@example.ac.ir"
REASON = "تماس برای حکم تازه"


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = seed.prepared(load())
    seed.add_faculty(opened, 3)
    seed.add_students(opened, 3)
    yield opened
    opened.dispose()


@pytest.fixture
def ref(faculty: Source) -> str:
    return Refs.of(load(), faculty).of_key(CODE)


def revealed(databases: Databases) -> list[tuple[str, str | None, str | None]]:
    """Who, whom, why."""
    with databases.control.read() as session:
        rows = session.scalars(select(AccessLog).where(AccessLog.action == audit.REVEALED))
        return [(row.actor, row.target, row.detail) for row in rows]


def everything_logged(databases: Databases) -> str:
    with databases.control.read() as session:
        return repr(session.execute(text("SELECT * FROM access_logs")).all())


def test_a_person_is_all_columns_masked_and_ours(
    databases: Databases, faculty: Source, ref: str
) -> None:
    person = read_person(load(), databases, seed.VISITOR, faculty, ref)

    names = [column.name for column in faculty.columns]
    assert list(person.row) == [*names, "missing_since", "first_run", "last_run"]
    assert person.names == (seed.FAMILIES[1], seed.NAMES[1])
    assert [person.row[c] for c in ("nationalcode", "mobile", "email")] == [
        f"{DOTS}008",
        DOTS,
        DOTS,
    ]
    assert (person.row["city"], person.row["last_run"]) == ("شهر نمونه", 1)


def test_each_row_of_a_page_leads_to_its_person(databases: Databases, faculty: Source) -> None:
    page = people_page(load(), databases, seed.VISITOR, faculty, PeopleFilter(), 1)

    for row, ref in zip(page.rows, page.refs, strict=True):
        person = read_person(load(), databases, seed.VISITOR, faculty, ref)
        assert person.row["id"] == row["id"]


def test_it_reveals_what_is_personal_and_nothing_else(
    databases: Databases, faculty: Source, ref: str
) -> None:
    found = reveal(load(), databases, seed.KARIMI, faculty, ref, REASON)

    assert found == {"mobile": MOBILE, "email": EMAIL, "nationalcode": CODE}


def test_it_records_who_whom_and_why_without_personal_data(
    databases: Databases, faculty: Source, ref: str
) -> None:
    reason = f" {REASON}\nکد {CODE}، {EMAIL} "
    reveal(load(), databases, seed.KARIMI, faculty, ref, reason)

    target = f"faculty {mark_of(ref)}"
    assert revealed(databases) == [("karimi", target, f"{REASON} کد {DOTS}، {DOTS}")]
    logged = everything_logged(databases)
    assert not [value for value in (CODE, MOBILE, EMAIL, *seed.NAMES) if value in logged]
    assert ref not in logged


def test_the_record_is_committed_before_anything_is_read(
    databases: Databases, faculty: Source, ref: str
) -> None:
    """Of each query for the row's values: how much was on record when it ran."""
    on_record: list[int] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "mobile" in statement:
            on_record.append(len(revealed(databases)))

    event.listen(databases.data.engine, "before_cursor_execute", note)
    try:
        reveal(load(), databases, seed.KARIMI, faculty, ref, REASON)
    finally:
        event.remove(databases.data.engine, "before_cursor_execute", note)

    assert on_record == [1]


def test_it_reveals_nothing_that_cannot_be_recorded(
    databases: Databases, faculty: Source, ref: str
) -> None:
    with databases.control.engine.begin() as connection:
        connection.execute(text("DROP TABLE access_logs"))

    with pytest.raises(DatabaseError):
        reveal(load(), databases, seed.KARIMI, faculty, ref, REASON)


@pytest.mark.parametrize("actor", [seed.VISITOR, ANONYMOUS, Actor("a", ADMIN, 1, must_change=True)])
def test_it_refuses_who_may_not_and_records_nothing(
    databases: Databases, faculty: Source, ref: str, actor: Actor
) -> None:
    with pytest.raises(Denied):
        reveal(load(), databases, actor, faculty, ref, REASON)
    assert revealed(databases) == []


@pytest.mark.parametrize("reason", ["", "  \n ", "\u200c\u200f ", "x" * (LONGEST_REASON + 1)])
def test_it_refuses_without_a_reason_and_records_nothing(
    databases: Databases, faculty: Source, ref: str, reason: str
) -> None:
    with pytest.raises(ConfigError, match="reason"):
        reveal(load(), databases, seed.KARIMI, faculty, ref, reason)
    assert revealed(databases) == []


def forged(ref: str) -> list[str]:
    turned = ref[:-2] + ("A" if ref[-2] != "A" else "B") + ref[-1]
    return ["", "x", CODE, turned, ref[:-1], ref + "A", f"{ref[:5]}!{ref[5:]}", ref + "=", "é" * 40]


def test_it_knows_nobody_by_a_forged_ref(databases: Databases, faculty: Source, ref: str) -> None:
    for bad in [*forged(ref), "A" * 100_000]:
        with pytest.raises(UnknownPerson):
            read_person(load(), databases, seed.VISITOR, faculty, bad)
        with pytest.raises(UnknownPerson):
            reveal(load(), databases, seed.KARIMI, faculty, bad, REASON)
    assert revealed(databases) == []


def test_it_knows_nobody_by_the_ref_of_another_source(
    databases: Databases, faculty: Source, students: Source
) -> None:
    ref = Refs.of(load(), students).of_key("4010000001")
    read_person(load(), databases, seed.VISITOR, students, ref)

    with pytest.raises(UnknownPerson):
        read_person(load(), databases, seed.VISITOR, faculty, ref)


def test_it_records_nothing_of_a_person_who_is_not_there(
    databases: Databases, faculty: Source
) -> None:
    ref = Refs.of(load(), faculty).of_key("0099999999")
    with pytest.raises(UnknownPerson):
        reveal(load(), databases, seed.KARIMI, faculty, ref, REASON)
    assert revealed(databases) == []


def test_a_ref_is_the_same_after_a_restart_and_another_elsewhere(
    databases: Databases, faculty: Source, ref: str
) -> None:
    """The key file is what it hangs on; the settings are read anew each time."""
    assert Refs.of(load(), faculty).of_key(CODE) == ref
    (load().home / "keys" / "people").unlink()

    assert Refs.of(load(), faculty).of_key(CODE) != ref
    with pytest.raises(UnknownPerson):
        read_person(load(), databases, seed.VISITOR, faculty, ref)


def test_a_ref_says_nothing_of_the_key(faculty: Source) -> None:
    refs = Refs.of(load(), faculty)
    made = {refs.of_key(f"{number:010}") for number in range(500)}

    assert len({mark_of(ref) for ref in made}) == 500
    assert all(len(ref) == 35 and ref.replace("-", "").replace("_", "").isalnum() for ref in made)
    assert sorted(made) != [refs.of_key(f"{number:010}") for number in range(500)]
