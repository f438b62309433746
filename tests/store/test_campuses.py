"""The list of campuses: one file replaces the table, or nothing is changed."""

from collections.abc import Iterator

import pytest

from sync_core.access.permissions import ADMIN, VIEWER, Actor
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import load
from sync_core.ops.campuses import export_campuses, import_campuses, read_campuses
from sync_core.store.campuses import Campus, Replaced, all_campuses
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare
from tests import seed

ADMINISTRATOR = Actor("karimi", ADMIN)
TWO = "pardis_code,name,province_code,type\n1110,پردیس یک,3,college\n1120,پردیس دو,,\n".encode()


@pytest.fixture
def databases() -> Iterator[Databases]:
    settings = load()
    opened = open_databases(settings)
    prepare(settings, opened)
    yield opened
    opened.dispose()


def stored(databases: Databases) -> list[Campus]:
    with databases.data.read() as session:
        return all_campuses(session)


def test_it_replaces_the_table_and_counts_what_it_did(databases: Databases) -> None:
    assert import_campuses(databases, ADMINISTRATOR, TWO) == Replaced(2, 0, 0, 0)
    later = "name,pardis_code\nپردیس دو,1120\nپردیس سه,۱۱۳۰\n".encode("utf-8-sig")

    assert import_campuses(databases, ADMINISTRATOR, later) == Replaced(1, 0, 1, 1)
    assert stored(databases) == [Campus("1120", "پردیس دو"), Campus("1130", "پردیس سه")]


def test_it_changes_a_campus_that_has_a_new_name(databases: Databases) -> None:
    import_campuses(databases, ADMINISTRATOR, TWO)
    renamed = TWO.replace("پردیس دو".encode(), "پردیس تازه".encode())

    assert import_campuses(databases, ADMINISTRATOR, renamed) == Replaced(0, 1, 0, 1)
    assert stored(databases)[1].name == "پردیس تازه"


def test_it_tells_a_campus_of_the_province_0_from_one_of_none(databases: Databases) -> None:
    list_ = "pardis_code,name,province_code\n1110,پردیس یک,0\n1120,پردیس دو,\n".encode()
    import_campuses(databases, ADMINISTRATOR, list_)

    known = read_campuses(databases, seed.VISITOR)
    assert [known.province_of(campus) for campus in known.campuses] == ["مرکزی", None]
    assert export_campuses(databases, seed.VISITOR).splitlines()[1:] == [
        "1110,پردیس یک,0,",
        "1120,پردیس دو,,",
    ]


def test_it_takes_what_it_exported(databases: Databases) -> None:
    import_campuses(databases, ADMINISTRATOR, TWO)
    exported = export_campuses(databases, seed.VISITOR)

    assert exported.encode() == TWO
    assert import_campuses(databases, ADMINISTRATOR, exported.encode()) == Replaced(0, 0, 0, 2)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "header"),
        ("code,title\n1,a", "header"),
        ("pardis_code,name", "no campus"),
        ("pardis_code,name\n1110,a\n1110,b", "Line 3 names the campus 1110 a second time"),
        ("pardis_code,name\n11a0,a", "Line 2 has the code '11a0'"),
        ("pardis_code,name\n1110,", "Line 2 has no name"),
        ("pardis_code,name\n1110,a,b", "Line 2 has 3 cells"),
        ('pardis_code,name\n1110,"a', "is no CSV line"),
        ("pardis_code,name,province_code\n1110,a,99", "province code '99'"),
    ],
)
def test_it_changes_nothing_when_a_line_is_wrong(
    databases: Databases, lines: str, says: str
) -> None:
    import_campuses(databases, ADMINISTRATOR, TWO)
    before = stored(databases)

    with pytest.raises(ConfigError, match=says) as refused:
        import_campuses(databases, ADMINISTRATOR, lines.encode())

    assert "Nothing was changed" in refused.value.hint
    assert stored(databases) == before


def test_it_refuses_a_file_that_is_not_utf_8(databases: Databases) -> None:
    with pytest.raises(ConfigError, match="UTF-8"):
        import_campuses(databases, ADMINISTRATOR, "pardis_code,name\n1110,پرديس".encode("cp1256"))


def test_it_refuses_somebody_who_may_not_configure(databases: Databases) -> None:
    with pytest.raises(Denied):
        import_campuses(databases, Actor("rahimi", VIEWER), TWO)
    assert stored(databases) == []
