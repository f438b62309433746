"""Web sessions: found, seen, idle, over; listed and ended, one's own and another's."""

import pytest
from sqlalchemy import select, update

from sync_core.access import audit
from sync_core.access.open_sessions import (
    end_own_others,
    end_own_session,
    end_sessions_of,
    own_sessions,
    sessions_of,
)
from sync_core.access.permissions import ADMIN, ANONYMOUS, OPERATOR, VIEWER, Actor
from sync_core.access.sessions import close_session, find_actor, open_session, session_id
from sync_core.base.errors import ConfigError, Denied
from sync_core.store.control_access import User, WebSession
from sync_core.store.engines import Databases
from tests.store.people import CLI, HERE, Clock, added, entries

pytestmark = pytest.mark.usefixtures("verified")


def opened(databases: Databases, actor: Actor, agent: str | None = None) -> str:
    """The session's id."""
    return session_id(open_session(databases, actor, agent))


def kept(databases: Databases) -> list[str]:
    with databases.control.read() as session:
        return list(session.scalars(select(WebSession.token_hash)))


def test_it_keeps_only_the_hash_of_the_token(databases: Databases) -> None:
    token = open_session(databases, added(databases))
    assert kept(databases) == [session_id(token)]
    assert token not in repr(kept(databases))
    assert find_actor(databases, token) is None


def test_it_finds_the_actor_with_todays_role_and_address(databases: Databases) -> None:
    actor = added(databases)
    known = opened(databases, actor)
    assert find_actor(databases, known) == actor
    with databases.control.write() as session:
        session.execute(update(User).values(role=VIEWER, must_change=True))
    assert find_actor(databases, known) == Actor(actor.name, VIEWER, actor.user_id, HERE, True)


def test_it_finds_nobody_when_the_person_was_disabled(databases: Databases) -> None:
    """Also where nobody deleted the session."""
    known = opened(databases, added(databases))
    with databases.control.write() as session:
        session.execute(update(User).values(disabled=True))
    assert find_actor(databases, known) is None


@pytest.mark.parametrize("known", ["", "0" * 64, "'; --", "%", "\u202e"])
def test_it_finds_nobody_under_an_id_that_was_never_given(databases: Databases, known: str) -> None:
    opened(databases, added(databases))
    assert find_actor(databases, known) is None


def test_it_ends_one_session_and_lets_the_others_be(databases: Databases) -> None:
    actor = added(databases)
    one, other = (opened(databases, actor) for _ in range(2))
    close_session(databases, one, HERE)
    close_session(databases, one, HERE)
    assert find_actor(databases, one) is None
    assert find_actor(databases, other) == actor
    assert [entry[1] for entry in entries(databases)].count(audit.LOGOUT) == 1


def test_it_ends_a_session_when_it_was_idle_for_30_minutes(
    databases: Databases, clock: Clock
) -> None:
    known = opened(databases, added(databases))
    for _ in range(2):
        clock.forward(minutes=29)
        assert find_actor(databases, known) is not None
    clock.forward(minutes=30)
    assert find_actor(databases, known) is None


def test_it_does_not_count_a_look_that_nobody_made(databases: Databases, clock: Clock) -> None:
    """A page that polls every two seconds is no activity."""
    known = opened(databases, added(databases))
    for _ in range(29):
        clock.forward(minutes=1)
        assert find_actor(databases, known, seen=False) is not None
    clock.forward(minutes=1)
    assert find_actor(databases, known, seen=False) is None
    assert find_actor(databases, known) is None


def test_it_ends_a_session_after_eight_hours_however_busy(
    databases: Databases, clock: Clock
) -> None:
    known = opened(databases, added(databases))
    for _ in range(23):
        clock.forward(minutes=20)
        assert find_actor(databases, known) is not None
    clock.forward(minutes=20)
    assert find_actor(databases, known) is None


def test_it_writes_once_a_minute_that_somebody_was_seen(databases: Databases, clock: Clock) -> None:
    actor = added(databases)
    known = opened(databases, actor)
    began = clock.now
    clock.forward(seconds=59)
    find_actor(databases, known)
    assert own_sessions(databases, actor)[0].last_seen_at == began
    clock.forward(seconds=1)
    find_actor(databases, known)
    assert own_sessions(databases, actor)[0].last_seen_at == clock.now


def test_it_forgets_sessions_that_are_over_when_another_begins(
    databases: Databases, clock: Clock
) -> None:
    actor = added(databases)
    opened(databases, actor)
    clock.forward(hours=8)
    newest = opened(databases, actor)
    assert kept(databases) == [newest]


@pytest.mark.parametrize("actor", [CLI, ANONYMOUS, Actor("m.karimi", ADMIN)])
def test_it_opens_no_session_for_who_is_no_user(databases: Databases, actor: Actor) -> None:
    with pytest.raises(Denied):
        open_session(databases, actor)


def test_it_lists_ones_own_open_sessions_the_newest_first(
    databases: Databases, clock: Clock
) -> None:
    actor = added(databases)
    opened(databases, added(databases, "other"))
    opened(databases, actor)  # will be idle
    clock.forward(minutes=20)
    first = opened(databases, actor, "Mozilla/5.0 " + "x" * 500)
    clock.forward(minutes=10)
    second = opened(databases, actor)

    rows = own_sessions(databases, actor)

    assert [row.id for row in rows] == [second, first]
    assert rows[1].address == HERE
    assert rows[1].agent == ("Mozilla/5.0 " + "x" * 500)[:200]
    assert own_sessions(databases, Actor("nobody", VIEWER)) == []


def test_it_ends_one_of_ones_own(databases: Databases) -> None:
    actor = added(databases)
    one, other = (opened(databases, actor) for _ in range(2))
    end_own_session(databases, actor, one)
    assert kept(databases) == [other]
    assert entries(databases)[-1] == (actor.name, audit.SESSIONS_ENDED, actor.name)


@pytest.mark.parametrize("role", [VIEWER, OPERATOR, ADMIN])
def test_it_ends_nobody_elses_by_its_id(databases: Databases, role: str) -> None:
    theirs = opened(databases, added(databases))
    somebody = added(databases, "somebody", role)
    before = entries(databases)
    end_own_session(databases, somebody, theirs)
    end_own_session(databases, CLI, theirs)
    end_own_others(databases, somebody, "")
    assert kept(databases) == [theirs]
    assert entries(databases) == before


def test_it_ends_all_of_ones_own_but_this_one(databases: Databases) -> None:
    actor, other = added(databases), added(databases, "other")
    here, theirs = opened(databases, actor), opened(databases, other)
    for _ in range(2):
        opened(databases, actor)
    end_own_others(databases, actor, here)
    assert set(kept(databases)) == {here, theirs}


def test_it_lets_an_administrator_see_and_end_another_persons(databases: Databases) -> None:
    actor, admin = added(databases), added(databases, "r.ahmadi", ADMIN)
    theirs = {opened(databases, actor) for _ in range(2)}
    mine = opened(databases, admin)
    assert {row.id for row in sessions_of(databases, admin, " M.Karimi")} == theirs
    assert end_sessions_of(databases, admin, "M.KARIMI") == 2
    assert end_sessions_of(databases, admin, "m.karimi") == 0
    assert kept(databases) == [mine]
    ended = [entry for entry in entries(databases) if entry[1] == audit.SESSIONS_ENDED]
    assert ended == [("r.ahmadi", audit.SESSIONS_ENDED, "m.karimi")]


@pytest.mark.parametrize("role", [VIEWER, OPERATOR])
def test_it_lets_nobody_else_do_so(databases: Databases, role: str) -> None:
    theirs = opened(databases, added(databases))
    somebody = added(databases, "somebody", role)
    with pytest.raises(Denied):
        sessions_of(databases, somebody, "m.karimi")
    with pytest.raises(Denied):
        end_sessions_of(databases, somebody, "m.karimi")
    assert kept(databases) == [theirs]


def test_it_refuses_a_name_that_nobody_has(databases: Databases) -> None:
    for refused in (sessions_of, end_sessions_of):
        with pytest.raises(ConfigError, match="no user"):
            refused(databases, CLI, "nobody")
