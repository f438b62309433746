"""Screens under abuse: a crowd, a lost client, a lost session, lost rights, a lost database."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from socket import SHUT_RDWR

import pytest
import requests

from sync_core.access.cookies import SESSION_COOKIE
from sync_core.access.permissions import OPERATOR, Actor, command_line_actor
from sync_core.access.sessions import close_session, session_id
from sync_core.access.users import set_password
from sync_core.store import runs
from sync_core.store.sqlite import library
from tests.faults.crowd import Crowd, whose
from tests.faults.screens import open_tab
from tests.runs.installation import wait_until

pytestmark = pytest.mark.slow

SESSIONS, PEOPLE = 50, 5


@contextmanager
def asked_for_its_health(crowd: Crowd) -> Iterator[list[bool]]:
    """Meanwhile the server is asked again and again; the list is what it answered."""
    answers: list[bool] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            answers.append(crowd.is_healthy())

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join()


def test_it_shows_fifty_sessions_their_own_page_at_once(crowd: Crowd) -> None:
    actors = [crowd.add() for _ in range(PEOPLE)]
    all_open = threading.Barrier(SESSIONS)

    def visit(number: int) -> set[str]:
        with crowd.tab(actors[number % PEOPLE]) as tab:
            all_open.wait(90)
            pages = [tab.open(), tab.open("runs")]
        return set().union(*map(whose, pages))

    with asked_for_its_health(crowd) as answers, ThreadPoolExecutor(SESSIONS) as pool:
        seen = list(pool.map(visit, range(SESSIONS)))

    assert seen == [{actors[number % PEOPLE].name} for number in range(SESSIONS)]
    assert answers
    assert all(answers)


def test_it_runs_what_was_clicked_when_the_client_has_gone(crowd: Crowd) -> None:
    actor, before = crowd.add(OPERATOR), crowd.run_count()
    with crowd.tab(actor) as tab:
        tab.open()
        tab.click("sync_faculty")
        tab.rest_of_run()
        tab.click("dialog_start")
        wait_until(lambda: crowd.run_count() > before, "the run that was clicked")
        tab.stream.socket.shutdown(SHUT_RDWR)  # no farewell: the cable is pulled

    wait_until(lambda: not crowd.is_running(), "its end")
    with crowd.server.databases.control.read() as session:
        [run] = runs.latest_runs(session, source="faculty", limit=1)
    assert (run.requested_by, run.status, run.fetched > 0) == (actor.name, "success", True)
    assert crowd.is_healthy()


def logs_out(crowd: Crowd, actor: Actor, token: str) -> None:
    close_session(crowd.server.databases, session_id(token))


def gets_another_password(crowd: Crowd, actor: Actor, token: str) -> None:
    set_password(crowd.server.databases, command_line_actor(), actor.name, "four quite other words")


def is_disabled(crowd: Crowd, actor: Actor, token: str) -> None:
    crowd.change("UPDATE users SET disabled = 1 WHERE id = :id", id=actor.user_id)


def was_away_for_too_long(crowd: Crowd, actor: Actor, token: str) -> None:
    long_ago = "UPDATE sessions SET last_seen_at = '2026-01-01 00:00:00' WHERE user_id = :id"
    crowd.change(long_ago, id=actor.user_id)


Loses = Callable[[Crowd, Actor, str], None]
LOSSES = [logs_out, gets_another_password, is_disabled, was_away_for_too_long]


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_it_shows_an_open_tab_nothing_when_its_person(crowd: Crowd, lose: Loses) -> None:
    actor, before = crowd.add(), crowd.run_count()
    token = crowd.token(actor)
    with open_tab(crowd.server, crowd.cookie(token)) as tab:
        assert whose(tab.open()) == {actor.name}
        lose(crowd, actor, token)
        for page in ("", "runs", "faculty", "schedule"):
            assert_away(tab.open(page), crowd)
        tab.click("sync_faculty")
        assert_away(tab.rest_of_run(), crowd)
    assert crowd.run_count() == before


def assert_away(page: str, crowd: Crowd) -> None:
    """The way to the login, and nothing else."""
    assert "hamgam-away" in page
    assert crowd.named_in(page) == set()
    assert "hg-" not in page.replace("hamgam-away", "")


def test_it_takes_the_rights_of_an_open_tab_when_its_role_is_revoked(crowd: Crowd) -> None:
    actor, before = crowd.add(OPERATOR), crowd.run_count()
    with crowd.tab(actor) as tab:
        tab.open()
        tab.click("sync_faculty")
        tab.rest_of_run()
        assert "sync_faculty" not in tab.disabled
        crowd.change("UPDATE users SET role = 'viewer' WHERE id = :id", id=actor.user_id)
        tab.click("dialog_start")  # it was on the screen before
        tab.rest_of_run()
        tab.open()
        assert "sync_faculty" in tab.disabled
        tab.click("sync_faculty")
        tab.rest_of_run()
        tab.open("schedule")
        assert {"save_faculty", "save_students"} <= tab.disabled
        tab.click("save_faculty")
        tab.rest_of_run()
    assert crowd.run_count() == before
    assert crowd.is_healthy()


@contextmanager
def gone(file: Path) -> Iterator[None]:
    """The file is no database any more, and its readers must not trust the pages they remember."""
    index = file.with_name(f"{file.name}-shm")
    with closing(library().connect(str(file))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = file.read_bytes()
        _overwrite(file, b"no database " * (len(before) // 12))
        _overwrite(index, bytes(136))
        try:
            yield
        finally:
            _overwrite(file, before)
            _overwrite(index, bytes(136))
    with closing(library().connect(str(file))) as connection:
        connection.execute("PRAGMA user_version=0")  # what was written makes all read anew


def _overwrite(file: Path, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.write(content)


def test_it_says_in_persian_that_the_database_is_gone_and_comes_back_with_it(
    crowd: Crowd,
) -> None:
    actor, file = crowd.add(), crowd.server.databases.control.file
    cookie = crowd.cookie(crowd.token(actor))
    navigation = {"Accept": "text/html", "Cookie": f"{SESSION_COOKIE}={cookie}"}
    assert file is not None
    with open_tab(crowd.server, cookie) as tab:
        tab.open()
        with gone(file):
            page = tab.open("runs")
            answer = requests.get(crowd.server.url, headers=navigation, timeout=30)
            health = requests.get(f"{crowd.server.url}/healthz", timeout=30).status_code
        again = tab.open("runs")

    assert "پایگاه داده" in page
    assert "Traceback" not in page + answer.text
    assert whose(page) == set()
    assert (answer.status_code, health) == (503, 503)
    assert "پایگاه داده" in answer.text
    assert whose(again) == {actor.name}
    assert crowd.is_healthy()
