"""Open tabs: what each role sees over the websocket, and what a tab loses, page by page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import md5

import pytest
from sqlalchemy import text

from pages._parts.explain import explain
from sync_core.access import matrix
from sync_core.access.cookies import SESSION_COOKIE
from sync_core.access.permissions import (
    ADMIN,
    OPERATOR,
    ROLES,
    VIEWER,
    Actor,
    allows,
    command_line_actor,
)
from sync_core.access.sessions import close_session, session_id
from sync_core.access.users import change_role
from tests import seed
from tests.faults.crowd import Crowd, whose
from tests.faults.screens import Tab, asked_for, open_tab
from tests.faults.visits import get

pytestmark = pytest.mark.slow

PERSON = "شخص‌ساختگی"
"""The name of everybody in the tables of this server."""
DENIED = explain("denied").what
MEDIA = re.compile(r"/media/[0-9a-f]+\.\w+")
PRIVATE = (PERSON, "0900000", "@example.ac.ir", "خیابان نمونه")
PAGES = {name: "" if name == "overview" else name for name in matrix.PAGES}


@pytest.fixture(scope="module")
def full(crowd: Crowd) -> Crowd:
    """With people in both tables, runs of both sources, and entries in the audit log."""
    databases = crowd.server.databases
    seed.add_campuses(databases)
    seed.add_faculty(databases, 30, name=PERSON)
    seed.add_students(databases, 30)
    with databases.data.write() as session:
        session.execute(text('UPDATE "Students" SET firstname = :name'), {"name": PERSON})
    for source in seed.SOURCES:
        seed.add_success(databases, source)
        seed.add_ledger(databases, source, timedelta(hours=2))
    return crowd


def number_of(page: str) -> str:
    """What Streamlit calls the page."""
    return md5(PAGES[page].encode(), usedforsecurity=False).hexdigest()


def both_ways(tab: Tab, page: str) -> str:
    """Asked for by its name and by its number."""
    seen = tab.open(PAGES[page])
    tab.stream.send(asked_for(number=number_of(page)))
    return seen + tab.rest_of_run()


def assert_nothing_is_shown(page: str, crowd: Crowd) -> None:
    """The way to the login, and nothing else."""
    assert "hamgam-away" in page
    assert crowd.named_in(page) == set()
    assert not [word for word in PRIVATE if word in page]
    assert "hg-" not in page.replace("hamgam-away", "")


@pytest.mark.parametrize("role", ROLES)
def test_it_shows_each_page_to_whom_the_table_says(full: Crowd, role: str) -> None:
    actor = full.add(role)
    with full.tab(actor) as tab:
        for page, needed in matrix.PAGES.items():
            seen = both_ways(tab, page)
            assert whose(seen) == {actor.name}
            assert (DENIED in seen) == (not allows(actor, needed)), page
            if DENIED in seen:
                assert full.named_in(seen) == {actor.name}
                assert not [word for word in PRIVATE if word in seen]


def test_it_shows_the_people_of_this_server(full: Crowd) -> None:
    """Else no test here could see them where they must not be."""
    with full.tab(full.add(VIEWER)) as tab:
        for page in ("faculty", "students"):
            seen = tab.open(page)
            assert PERSON in seen
            assert "0900000" not in seen


@pytest.mark.parametrize("page", PAGES)
def test_it_shows_nothing_of_a_page_once_the_session_has_ended(full: Crowd, page: str) -> None:
    actor = full.add(ADMIN)
    token = full.token(actor)
    with open_tab(full.server, full.cookie(token)) as tab:
        assert whose(both_ways(tab, page)) == {actor.name}
        close_session(full.server.databases, session_id(token))
        assert_nothing_is_shown(both_ways(tab, page), full)
        for key in list(tab.buttons):
            tab.click(key)
            assert_nothing_is_shown(tab.rest_of_run(), full)


def test_it_shows_nothing_to_an_operator_whose_role_was_taken(full: Crowd) -> None:
    actor = full.add(OPERATOR)
    with full.tab(actor) as tab:
        for page in ("", "runs", "faculty", "students", "schedule"):
            assert whose(tab.open(page)) == {actor.name}
        change_role(full.server.databases, command_line_actor(), actor.name, VIEWER)
        for page in PAGES:
            assert_nothing_is_shown(both_ways(tab, page), full)


def test_it_shows_only_the_refusal_where_the_password_must_be_changed(full: Crowd) -> None:
    """Such a tab was open before: none can be opened."""
    actor = full.add(ADMIN)
    with full.tab(actor) as tab:
        tab.open()
        set_to(full, actor, "must_change = true")
        for page in set(PAGES) - {"account"}:
            seen = both_ways(tab, page)
            assert full.named_in(seen) == {actor.name}
            assert not [word for word in PRIVATE if word in seen], page


def set_to(crowd: Crowd, actor: Actor, values: str) -> None:
    crowd.change(f"UPDATE users SET {values} WHERE id = :id", id=actor.user_id)


@contextmanager
def a_run(crowd: Crowd) -> Iterator[None]:
    """While one is going on, the overview polls."""
    run_id = seed.add_running(crowd.server.databases, "students")
    try:
        yield
    finally:
        crowd.change("UPDATE sync_runs SET status = 'failed' WHERE id = :id", id=run_id)


def move(crowd: Crowd, actor: Actor, minutes: int) -> str:
    """As if the person had been seen that long ago. When that was."""
    moved = f"UPDATE sessions SET last_seen_at = datetime('now', '-{minutes} minutes')"
    crowd.change(f"{moved} WHERE user_id = :id", id=actor.user_id)
    return seen_at(crowd, actor)


def seen_at(crowd: Crowd, actor: Actor) -> str:
    with crowd.server.databases.control.read() as session:
        query = text("SELECT last_seen_at FROM sessions WHERE user_id = :id")
        return str(session.scalar(query, {"id": actor.user_id}))


def test_it_takes_no_poll_for_activity(full: Crowd) -> None:
    """Neither a part that runs by itself, nor the script that asks for the session, nor a tab that
    connects again.
    """
    actor = full.add()
    cookie = full.cookie(full.token(actor))
    given = {"Cookie": f"{SESSION_COOKIE}={cookie}"}
    with a_run(full), open_tab(full.server, cookie) as tab:
        tab.open()
        assert tab.polled
        since = move(full, actor, 29)
        for _ in range(10):
            assert "hg-meta" in tab.poll()
            assert get(full.server, "/session", **given).status_code == 204
            assert get(full.server, "/_stcore/health", **given).status_code == 200
        with open_tab(full.server, cookie):
            assert seen_at(full, actor) == since
        move(full, actor, 30)
        assert_nothing_is_shown(tab.poll() + tab.open(), full)
        assert get(full.server, "/session", **given).status_code == 401


def test_it_takes_a_click_for_activity(full: Crowd) -> None:
    actor = full.add()
    with full.tab(actor) as tab:
        tab.open()
        since = move(full, actor, 29)
        tab.open("runs")
        assert seen_at(full, actor) > since


def test_it_shows_nothing_in_a_part_that_polls_once_the_session_has_ended(full: Crowd) -> None:
    actor = full.add()
    token = full.token(actor)
    with a_run(full), open_tab(full.server, full.cookie(token)) as tab:
        tab.open()
        close_session(full.server.databases, session_id(token))
        seen = tab.poll()
        assert full.named_in(seen) == set()
        assert "hg-meta" not in seen


def test_it_serves_no_media_at_all(full: Crowd) -> None:
    """A file under `/media` has one address for all who have a session."""
    assert MEDIA.search("…/media/0b1c.svg…")
    with full.tab(full.add(ADMIN)) as tab:
        for page in PAGES:
            tab.buttons.clear()
            seen = both_ways(tab, page)
            for key in list(tab.buttons):  # also what stands in its dialogs
                tab.click(key)
                seen += tab.rest_of_run()
            assert MEDIA.findall(seen) == [], page
