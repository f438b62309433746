"""A person's own password: what changing it needs, and what it ends."""

from typing import Any

import pytest

from sync_core.access import audit, passwords
from sync_core.access.login import TRIES, Attempt, log_in
from sync_core.access.own_password import SamePassword, change_password
from sync_core.access.permissions import ANONYMOUS, OPERATOR, Actor
from sync_core.access.sessions import find_actor, open_session, session_id
from sync_core.access.users import add_user, list_users, set_password
from sync_core.base.errors import ConfigError, Denied
from sync_core.store.engines import Databases
from tests.store.people import CLI, HERE, PASSWORD, Clock, added, entries

NEW = "four quite other words"

pytestmark = pytest.mark.usefixtures("verified")


def change(
    databases: Databases, actor: Actor, password: str = PASSWORD, new: str = NEW, **values: Any
) -> bool:
    given = {"name": actor.name, "address": HERE, **values}
    return change_password(databases, actor, Attempt(password=password, **given), new)


def logged_in(databases: Databases, password: str) -> bool:
    return log_in(databases, Attempt("m.karimi", password, HERE)) is not None


def test_it_changes_the_password_and_ends_every_session(databases: Databases) -> None:
    actor = added(databases)
    known = [session_id(open_session(databases, actor)) for _ in range(2)]
    assert change(databases, actor)
    assert [find_actor(databases, one) for one in known] == [None, None]
    assert entries(databases)[-1] == ("m.karimi", audit.PASSWORD_CHANGED, "m.karimi")
    assert not logged_in(databases, PASSWORD)
    assert logged_in(databases, NEW)


def test_it_is_all_that_a_one_time_password_allows(databases: Databases, clock: Clock) -> None:
    row = add_user(databases, CLI, "m.karimi", PASSWORD, OPERATOR, must_change=True)
    actor = Actor(row.name, row.role, row.id, must_change=True)
    clock.forward(hours=1)
    assert change(databases, actor)
    [row] = list_users(databases, CLI)
    assert not row.must_change
    assert row.password_changed_at == clock.now


def test_it_changes_nothing_when_the_present_password_is_wrong(databases: Databases) -> None:
    actor = added(databases)
    known = session_id(open_session(databases, actor))
    assert not change(databases, actor, "wrong")
    assert find_actor(databases, known) is not None
    assert entries(databases)[-1] == ("anonymous", audit.LOGIN_FAILED, "m.karimi")
    assert logged_in(databases, PASSWORD)


@pytest.mark.usefixtures("clock")
def test_it_is_no_other_way_to_guess(databases: Databases, verified: list[str]) -> None:
    """Whoever took an open session has the same five tries, and they count at the door as well."""
    actor = added(databases)
    for _ in range(TRIES):
        assert not change(databases, actor, "wrong")
    with pytest.raises(Denied):
        change(databases, actor)
    with pytest.raises(Denied):
        logged_in(databases, PASSWORD)
    assert len(verified) == TRIES


@pytest.mark.parametrize("new", [PASSWORD, "m.karimi-the-operator"])
def test_it_refuses_a_new_password_that_is_no_new_one(databases: Databases, new: str) -> None:
    actor = added(databases, "m.karimi-the-operator")
    with pytest.raises(SamePassword):
        change(databases, actor, new=new)


@pytest.mark.parametrize("new", ["", "nine char", "x" * 1_001])
def test_it_refuses_a_new_password_that_is_too_short_or_too_long(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, new: str
) -> None:
    actor = added(databases)
    monkeypatch.undo()  # the real hashing is what refuses
    with pytest.raises(ConfigError, match="10 to 1000"):
        change_password(databases, actor, Attempt(actor.name, PASSWORD, HERE), new)


def test_it_refuses_whoever_is_not_the_person(databases: Databases) -> None:
    actor = added(databases)
    other = added(databases, "other")
    for somebody in (other, CLI, ANONYMOUS, Actor("m.karimi", OPERATOR)):
        with pytest.raises(Denied):
            change(databases, somebody, name="m.karimi")
    with pytest.raises(Denied):
        change(databases, actor, name="other")
    assert logged_in(databases, PASSWORD)


def test_it_loses_to_a_reset_that_came_meanwhile(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who resets a password does so because somebody else knows it."""
    actor = added(databases)

    def slowly(known: str | None, given: str) -> bool:
        set_password(databases, CLI, "m.karimi", "set by somebody")
        return known == given

    with monkeypatch.context() as patch:
        patch.setattr(passwords, "matches", slowly)
        assert not change(databases, actor)
    assert not logged_in(databases, NEW)
    assert logged_in(databases, "set by somebody")
