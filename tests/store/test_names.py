"""The folded search of names finds whom a look at every row finds, whoever wrote the rows."""

import pytest
from sqlalchemy import bindparam, insert, text, update

from sync_core.base.settings import load
from sync_core.base.text import fold
from sync_core.engine.source import Source, find_source
from sync_core.inspect.facets import facet_counts
from sync_core.inspect.people import PER_PAGE, PeopleFilter, people_page
from sync_core.inspect.people_filter import names_alone, rows_of
from sync_core.store import names, people, search
from sync_core.store.data import students
from sync_core.store.engines import Databases
from tests import seed
from tests.store import merged

LOOKED_FOR = (
    *("آرمان", "رمان", "ان", "ا", "علی", "علي", "کریمی", "كريمى", "ملکی", "فرضی نژاد", "فرضی‌نژاد"),
    *("فرضینژاد", "نژاد فرضی", "sara", "sArA o'h", "o'hara", "%", "100%", "a_b", "_", 'x"y', '"'),
    *("*", "and", "AND NOT", "نمونه ۱۲", "نمونه 12", "12", "۱۲", "نمونه\u200cپور", "ی ی", "آب علی"),
    *("NEAR(a b)", "x\\y", "؟", "\u0640"),
)


@pytest.fixture
def source() -> Source:
    return find_source(load(), "students")


def found(databases: Databases, source: Source, wanted: str) -> set[str]:
    """By all pages together."""
    keys: list[str] = []
    number, total = 0, 1
    while number * PER_PAGE < total:
        number += 1
        which = PeopleFilter(text=wanted)
        page = people_page(load(), databases, seed.VISITOR, source, which, number)
        keys += [row["studentnum"] for row in page.rows]
        total = page.found or 0
    assert len(keys) == len(set(keys)) == total
    assert keys == sorted(keys)
    return set(keys)


def naive(databases: Databases, wanted: str) -> set[str]:
    """By a look at every row."""
    words = [fold(word) for word in wanted.replace("\u200c", " ").split() if fold(word)]
    return {
        row["studentnum"]
        for row in merged.table_of(databases)
        if words
        and all(
            word in fold(f"{row['familyname'] or ''} {row['firstname'] or ''}") for word in words
        )
    }


def finds_all(databases: Databases, source: Source) -> bool:
    for wanted in LOOKED_FOR:
        assert found(databases, source, wanted) == naive(databases, wanted), wanted
    return True


def unfolded(databases: Databases) -> int:
    with databases.data.read() as session:
        rows = people.Rows("Students", "studentnum", ("studentnum",))
        one = people.Rows(**_fields(rows) | {"condition": names.UNFOLDED})
        return people.count_rows(session, one)


def _fields(rows: people.Rows) -> dict[str, object]:
    return {name: getattr(rows, name) for name in rows.__slots__}


def test_it_finds_whom_a_look_at_every_row_finds(databases: Databases, source: Source) -> None:
    merged.write(databases, 1, merged.some_students(300))

    assert unfolded(databases) == 0
    assert finds_all(databases, source)


def test_it_finds_the_same_where_many_fit(
    databases: Databases, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the database, which is asked where other programs write."""
    monkeypatch.setattr("sync_core.inspect.people_filter.are_kept", lambda *_: False)
    monkeypatch.setattr(search, "MANY", 5)
    monkeypatch.setattr("sync_core.inspect.people.FEW", 5)
    merged.write(databases, 1, merged.some_students(300))

    assert finds_all(databases, source)


def test_it_finds_people_by_their_new_names_alone(databases: Databases, source: Source) -> None:
    before = merged.some_students(200, seed=1)
    merged.write(databases, 1, before)
    after = merged.some_students(200, seed=2)
    merged.write(databases, 2, after[:120])

    assert unfolded(databases) == 0
    assert finds_all(databases, source)


def test_it_finds_those_whom_another_program_wrote_or_renamed(
    databases: Databases, source: Source
) -> None:
    merged.write(databases, 1, merged.some_students(120))
    others = merged.some_students(200, seed=3)[120:]
    keys = [row["studentnum"] for row in merged.table_of(databases)][:30]
    renamed = [{"of": key, "called": "مل\u0640كي تازه"} for key in keys]
    with databases.data.write() as session:
        values = [{**row, "first_run": 1, "last_run": 1} for row in others]
        session.execute(insert(students), values)
        change = update(students).where(students.c.studentnum == bindparam("of"))
        session.connection().execute(change.values(familyname=bindparam("called")), renamed)

    assert unfolded(databases) == len(others) + len(keys)
    assert finds_all(databases, source)
    assert len(found(databases, source, "ملکی تازه")) == len(keys)


def test_the_next_merge_folds_what_another_program_wrote(
    databases: Databases, source: Source
) -> None:
    rows = merged.some_students(40)
    merged.write(databases, 1, rows)
    assert found(databases, source, "دیگری") == set(), "what is kept in memory is of now"
    with databases.data.write() as session:
        session.execute(update(students).values(familyname="دیگری"))

    merged.write(databases, 2, [{**rows[0], "city": "شهر دیگر"}])

    assert unfolded(databases) == 0
    assert len(found(databases, source, "دیگری")) == len(naive(databases, "دیگری")) == 39


def test_it_asks_the_database_only_where_another_program_wrote(
    databases: Databases, source: Source
) -> None:
    def asked() -> bool:
        with databases.data.read() as session:
            return names_alone(session, source, PeopleFilter(text="نمونه")) is None

    merged.write(databases, 1, merged.some_students(5))
    assert not asked()
    with databases.data.write() as session:
        session.execute(update(students).values(firstname="دیگری"))
    assert asked()


@pytest.mark.parametrize("wanted", ["0900", "09000000007", "a@b.ir", "12", "نمونه ۱۲", " ", "ـ"])
def test_no_list_in_memory_answers_for_what_is_personal(
    databases: Databases, source: Source, wanted: str
) -> None:
    merged.write(databases, 1, merged.some_students(5))
    with databases.data.read() as session:
        assert names_alone(session, source, PeopleFilter(text=wanted)) is None


def test_it_knows_the_names_of_a_run_that_came_since(databases: Databases, source: Source) -> None:
    rows = merged.some_students(60)
    merged.write(databases, 1, rows[:50])
    assert finds_all(databases, source)

    merged.write(databases, 2, [{**rows[3], "familyname": "تازه‌نام"}, *rows[50:]])

    assert found(databases, source, "ازهن") == {rows[3]["studentnum"]}
    assert finds_all(databases, source)


def test_pages_counts_and_files_agree_on_a_name(databases: Databases, source: Source) -> None:
    merged.write(databases, 1, merged.some_students(300))
    for wanted in LOOKED_FOR:
        which = PeopleFilter(text=wanted)
        with databases.data.read() as session:
            in_file = people.count_rows(session, rows_of(source, which))
        facets = facet_counts(databases, seed.VISITOR, source, which)
        page = people_page(load(), databases, seed.VISITOR, source, which, 1)
        told = {facet.total for facet in facets}
        assert told == {in_file if page.found is None else page.found}
        assert page.found in {None, in_file}


def test_a_merge_that_is_taken_back_leaves_nothing_to_find(
    databases: Databases, source: Source
) -> None:
    merged.write(databases, 1, merged.some_students(20))
    lost = {**merged.some_students(21)[-1], "familyname": "گم‌شده"}

    def write_and_fail() -> None:
        with databases.data.write() as session:
            sent = merged.Sent(lost["studentnum"], tuple(map(lost.get, merged.data.STUDENTS)), 1)
            merged.merging.insert_people(session, merged.STUDENTS, 2, [sent], merged.utc_now())
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()

    assert found(databases, source, "گم") == set()
    assert finds_all(databases, source)


def test_the_server_looks_names_up_in_an_index(databases: Databases) -> None:
    merged.write(databases, 1, merged.some_students(50))
    with databases.data.read() as session:
        if session.get_bind().dialect.name == "sqlite":
            return
        session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "EXPLAIN SELECT 1 FROM \"Students\" WHERE names_folded LIKE '%نمونه%'"
        assert any("ix_Students_names" in row[0] for row in session.execute(text(plan)))


def test_it_looks_at_no_row_to_know_that_nobody_else_wrote(databases: Databases) -> None:
    merged.write(databases, 1, merged.some_students(50))
    plan = 'SELECT studentnum FROM "Students" WHERE names_folded IS NULL LIMIT 1'
    with databases.data.read() as session:
        sqlite = session.get_bind().dialect.name == "sqlite"
        explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
        steps = [str(row) for row in session.execute(text(f"{explain} {plan}"))]
    assert any("ix_Students_unfolded" in step for step in steps)


def test_a_run_that_changes_names_writes_no_others(databases: Databases, source: Source) -> None:
    """Else whoever keeps names would read all of them anew after each such run."""
    rows = merged.some_students(20)
    merged.write(databases, 1, rows)
    before = mark(databases)
    merged.write(databases, 2, [{**row, "familyname": "تازه"} for row in rows[:5]])
    assert mark(databases)[-1] == before[-1] == 0
    with databases.data.write() as session:
        session.execute(update(students).values(firstname="دیگری"))

    merged.write(databases, 3, [{**rows[7], "familyname": "تازه"}])

    assert mark(databases)[-1] == 19
    assert finds_all(databases, source)


def mark(databases: Databases) -> tuple[int, ...]:
    with databases.data.read() as session:
        return people.people_mark(session, "students")
