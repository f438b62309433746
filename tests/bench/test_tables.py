"""Floor and peers do the same job: their tables are equal, and an unequal one is found out."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from bench import BenchFailed, floor, units
from bench.gateway import Gateway, running_gateway
from bench.people import check_table, connect, contents, create_table

# dlt and sqlite-utils are installed for the bench alone, which compares their tables itself.
PEERS = ("core_upsert", "pandas_frame", "legacy")


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with running_gateway(records=5_000) as running:
        yield running


@pytest.fixture
def floor_file(gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The floor's table of the last three terms."""
    monkeypatch.setattr(units, "TERMS", units.TERMS[-3:])
    for name, value in gateway.environ.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "floor.db"
    connection = connect(file)
    create_table(connection)
    records = floor.merge(connection, [each.response.content for each in units.answers()])
    connection.close()
    assert records > contents(file).rows > 100
    return file


@pytest.mark.parametrize("name", PEERS)
def test_it_has_one_table_whoever_makes_it(floor_file: Path, tmp_path: Path, name: str) -> None:
    import_module(f"bench.peers.{name}").merge(tmp_path / "peer.db")
    check_table(name, tmp_path / "peer.db", contents(floor_file))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("DELETE FROM Students WHERE rowid = 1", "not"),
        ("UPDATE Students SET grade = 9 WHERE rowid = 1", "other contents"),
    ],
)
def test_it_refuses_a_wrong_table(floor_file: Path, change: str, found: str) -> None:
    right = contents(floor_file)
    with connect(floor_file) as connection:
        connection.execute(change)
    with pytest.raises(BenchFailed, match=found):
        check_table("wrong", floor_file, right)


def test_it_reads_the_oldest_term_first_so_that_the_highest_wins(floor_file: Path) -> None:
    order = [(answer.term, answer.campus) for answer in units.answers()]
    assert len(order) == 3 * units.CAMPUSES
    assert order == sorted(order)
    assert [(each.term, each.campus) for each in units.answers(newest_first=True)] == order[::-1]
