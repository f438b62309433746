"""The bench of the screens on a small history: its parts see what they say they see."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from bench import BenchFailed
from bench.screens import crowd, server, visits
from bench.screens.home import Home, made_home
from bench.screens.report import POLL_BYTES, Figures, page_of
from bench.screens.server import Server, our_server, plain_server
from bench.screens.tab import open_tab
from bench.screens.visits import PLAIN, Cost, Page, Visits
from bench.screens.world import SMALL
from sync_core.store.control import Run, RunUnit
from sync_core.store.control_access import AccessLog

pytestmark = pytest.mark.slow
SIZE = replace(SMALL, runs=120)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with made_home(tmp_path_factory.mktemp("home"), SIZE) as made:
        yield made


@pytest.fixture(scope="module")
def ours(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with our_server(tmp_path_factory.mktemp("ours"), home.environ) as running:
        yield running


@pytest.fixture(scope="module")
def plain(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environ = {"BENCH_DATABASE": str(home.databases.control.file)}
    with plain_server(tmp_path_factory.mktemp("plain"), environ) as running:
        yield running


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SETTLE_S", 0)
    monkeypatch.setattr(visits, "IN_A_ROW", 1)
    monkeypatch.setattr(crowd, "POLLS_A_TURN", 1)


def test_it_makes_the_history_that_it_names(home: Home) -> None:
    with home.databases.control.read() as session:
        made = session.scalar(select(func.count(Run.id)).where(Run.id <= SIZE.runs))
        parts = select(func.count()).select_from(RunUnit)
        of_newest = session.scalar(parts.where(RunUnit.run_id == home.world.newest))
        of_another = session.scalar(parts.where(RunUnit.run_id == 1))
        entries = session.scalar(select(func.count(AccessLog.id)))
    assert (made, of_newest, of_another) == (SIZE.runs, len(SIZE.units), SIZE.parts_a_run)
    assert entries is not None
    assert entries >= 2 * SIZE.runs


def test_it_opens_every_page_and_counts_what_that_costs(
    home: Home, ours: Server, plain: Server
) -> None:
    measured = Visits(home, ours, plain)
    assert list(measured.measure(1))
    assert list(measured.costs) == [PLAIN.title, *(page.title for page in measured.pages)]
    for title, cost in measured.costs.items():
        assert cost.payload > 1_000, title
        assert len(cost.warm) == len(cost.stale) == len(cost.wall) == 1
        assert cost.wall[0] > 0


def test_it_refuses_a_page_that_fails(home: Home, ours: Server) -> None:
    def rename(old: str, new: str) -> None:
        with home.databases.control.write() as session:
            session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename("schedules", "put_away")
    try:
        with (
            open_tab(ours.websocket, home.cookie) as tab,
            pytest.raises(BenchFailed, match="the plan: A page failed"),
        ):
            Page("the plan", "schedule").open(tab)
    finally:
        rename("put_away", "schedules")


def test_a_poll_is_small_and_there_is_none_while_nothing_runs(home: Home, ours: Server) -> None:
    with open_tab(ours.websocket, home.cookie) as tab:
        assert tab.open().polls == {}
        with pytest.raises(BenchFailed, match="0 parts of the page poll"):
            tab.poll()
        with home.running():
            assert list(tab.open().polls.values()) == [crowd.POLL_S]
            assert 0 < len(tab.poll().payload) <= POLL_BYTES.limit
            with pytest.raises(BenchFailed, match="though nothing runs"):
                Page("overview").open(tab)


def test_two_crowds_take_turns(home: Home, ours: Server, plain: Server) -> None:
    with (
        home.running(),
        crowd.crowd(ours, home.cookie, clients=2) as first,
        crowd.crowd(plain, clients=2) as second,
    ):
        crowd.take_turns((first, second), 1)
    assert len(first.payloads) == len(second.payloads) == 2
    assert len(first.shares) == len(second.shares) == 1


def test_a_busy_machine_is_told_and_changes_no_share(
    home: Home, ours: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that is over before its first poll: every answer comes late."""
    with home.running(), crowd.crowd(ours, home.cookie, clients=2) as those:
        monkeypatch.setattr(crowd, "POLL_S", 1e-9)
        those.take_turn()
    assert those.late_s > 0
    figures = Figures(SIZE, {PLAIN.title: Cost(9, [9], [50], [50], 2_048)}, those, those)
    assert "The machine was too busy: a poll (ours) came " in page_of({}, figures)


def test_it_says_which_goals_are_missed(home: Home, ours: Server) -> None:
    costs = {
        PLAIN.title: Cost(9, [9], [50, 50, 50], [50], 2_048),
        "quick": Cost(90, [80], [149, 100, 200], [160], 10_240),
        "slow": Cost(90, [80], [151], [160], 10_240),
    }
    those = crowd.Crowd(ours, [], shares=[0.16, 0.1, 0.2], payloads=[4_096])
    others = crowd.Crowd(ours, [], shares=[0.64, 0.3, 0.8], payloads=[4_096])
    lines = page_of({}, Figures(SIZE, costs, those, others)).splitlines()
    told = {cells[0]: cells for line in lines if len(cells := re.split(r"  +", line)) > 2}
    shown = ["90", "80", "149", "100–200", "160", "3.0 ×", "10 KB", "met"]
    assert told["quick"] == ["quick", *shown]
    assert told["slow"][-1] == "NOT MET"
    assert told[PLAIN.title][-1] == "2 KB"
    assert "A poll sends 4,096 bytes at most; goal ≤ 4,096: met." in lines
    assert lines[-2].endswith("ours 16.0 % (10.0 %–20.0 %); goal ≤ 15.0 %: NOT MET.")
    assert lines[-1].endswith("64.0 % (30.0 %–80.0 %), 4.0 × ours.")
