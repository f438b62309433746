"""People who may log in: added, changed, disabled; and always one administrator."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from sync_core.access import audit
from sync_core.access.login import Attempt, log_in
from sync_core.access.permissions import ADMIN, OPERATOR, ROLES, VIEWER, Actor
from sync_core.access.sessions import find_actor, open_session, session_id
from sync_core.access.users import (
    add_user,
    change_role,
    list_users,
    set_disabled,
    set_password,
)
from sync_core.base.errors import ConfigError, Denied
from sync_core.store.control import Base
from sync_core.store.engines import Databases
from tests.store.people import CLI, HERE, PASSWORD, Clock, added, entries, has_an_admin, roles

Change = Callable[[Databases, str], None]

pytestmark = pytest.mark.usefixtures("verified")


def logged_in(databases: Databases, password: str = PASSWORD, name: str = "m.karimi") -> bool:
    return log_in(databases, Attempt(name, password, HERE)) is not None


def test_it_adds_a_user_under_a_name_that_is_always_the_same(databases: Databases) -> None:
    row = add_user(databases, CLI, " M.Karimi ", PASSWORD, ADMIN)
    assert (row.name, row.role, row.disabled, row.must_change) == ("m.karimi", ADMIN, False, False)
    assert logged_in(databases, name="m.KARIMI")
    assert entries(databases) == [
        (CLI.name, audit.USER_ADDED, "m.karimi"),
        ("m.karimi", audit.LOGIN, "m.karimi"),
    ]


@pytest.mark.parametrize(
    ("name", "password", "role"),
    [
        ("", PASSWORD, ADMIN),
        ("two words", PASSWORD, ADMIN),
        ("cli:root", PASSWORD, ADMIN),
        ("m.\x00karimi", PASSWORD, ADMIN),
        ("m" * 101, PASSWORD, ADMIN),
        ("m.karimi", PASSWORD, "root"),
        ("m.karimi", PASSWORD, "command line"),
        ("m.karimi", PASSWORD, ""),
    ],
)
def test_it_refuses_a_user_when_name_or_role_cannot_be(
    databases: Databases, name: str, password: str, role: str
) -> None:
    with pytest.raises(ConfigError):
        add_user(databases, CLI, name, password, role)
    assert list_users(databases, CLI) == []
    assert entries(databases) == []


def test_it_refuses_a_user_when_the_name_is_taken(databases: Databases) -> None:
    added(databases)
    with pytest.raises(ConfigError, match="already"):
        add_user(databases, CLI, "M.KARIMI", PASSWORD, ADMIN)
    assert roles(databases) == {"m.karimi": OPERATOR}


def test_it_adds_one_of_two_who_get_the_same_name_at_once(databases: Databases) -> None:
    both = Barrier(2)

    def add(role: str) -> bool:
        both.wait(30)
        try:
            add_user(databases, CLI, "m.karimi", PASSWORD, role)
        except Exception:  # noqa: BLE001 - PostgreSQL refuses by its constraint
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, (VIEWER, ADMIN))) == [False, True]
    assert len(list_users(databases, CLI)) == 1


@pytest.mark.parametrize("role", [VIEWER, OPERATOR])
def test_it_lets_nobody_but_an_administrator_change_users(databases: Databases, role: str) -> None:
    somebody = added(databases, "somebody", role)
    admin = added(databases, "r.ahmadi", ADMIN)
    for refused in (
        lambda: add_user(databases, somebody, "other", PASSWORD, ADMIN),
        lambda: change_role(databases, somebody, "somebody", ADMIN),
        lambda: set_disabled(databases, somebody, "r.ahmadi", True),
        lambda: list_users(databases, somebody),
        lambda: set_password(databases, somebody, "somebody", "another password"),
        lambda: set_password(databases, admin, "somebody", "another password"),
    ):
        with pytest.raises(Denied):
            refused()
    assert roles(databases) == {"somebody": role, "r.ahmadi": ADMIN}
    assert logged_in(databases, name="somebody")


def test_it_ends_every_session_when_the_password_is_set(databases: Databases) -> None:
    known = session_id(open_session(databases, added(databases)))
    set_password(databases, CLI, " M.Karimi", "another password")
    assert find_actor(databases, known) is None
    assert not logged_in(databases)
    assert logged_in(databases, "another password")
    assert (CLI.name, audit.PASSWORD_RESET, "m.karimi") in entries(databases)


def test_it_ends_every_session_when_the_role_changes(databases: Databases) -> None:
    known = session_id(open_session(databases, added(databases)))
    change_role(databases, CLI, "m.karimi", VIEWER)
    assert find_actor(databases, known) is None
    assert roles(databases) == {"m.karimi": VIEWER}
    assert entries(databases)[-1] == (CLI.name, audit.USER_ROLE, "m.karimi")


def test_it_keeps_the_sessions_when_the_role_stays(databases: Databases) -> None:
    known = session_id(open_session(databases, added(databases)))
    change_role(databases, CLI, "m.karimi", OPERATOR)
    assert find_actor(databases, known) is not None
    assert audit.USER_ROLE not in {entry[1] for entry in entries(databases)}


def test_it_lets_a_disabled_user_in_no_more_until_enabled_again(databases: Databases) -> None:
    known = session_id(open_session(databases, added(databases)))
    set_disabled(databases, CLI, "m.karimi", True)
    assert find_actor(databases, known) is None
    assert not logged_in(databases)
    set_disabled(databases, CLI, "m.karimi", False)
    assert find_actor(databases, known) is None
    assert logged_in(databases)
    told = [entry[1] for entry in entries(databases)]
    assert told == [
        audit.USER_ADDED,
        audit.USER_DISABLED,
        audit.LOGIN_FAILED,
        audit.USER_ENABLED,
        audit.LOGIN,
    ]


@pytest.mark.parametrize("role", [VIEWER, OPERATOR])
def test_it_refuses_to_take_the_last_administrators_role(databases: Databases, role: str) -> None:
    added(databases, "r.ahmadi", ADMIN)
    added(databases)
    with pytest.raises(ConfigError, match="last administrator"):
        change_role(databases, CLI, "r.ahmadi", role)
    assert roles(databases)["r.ahmadi"] == ADMIN


def test_it_refuses_to_disable_the_last_administrator(databases: Databases) -> None:
    admin = added(databases, "r.ahmadi", ADMIN)
    added(databases, "away", ADMIN)
    set_disabled(databases, admin, "away", True)
    with pytest.raises(ConfigError, match="last administrator"):
        set_disabled(databases, admin, "r.ahmadi", True)
    with pytest.raises(ConfigError, match="last administrator"):
        change_role(databases, admin, "r.ahmadi", OPERATOR)
    assert roles(databases) == {"r.ahmadi": ADMIN}


def test_it_lets_an_administrator_go_when_there_is_another(databases: Databases) -> None:
    admin = added(databases, "r.ahmadi", ADMIN)
    added(databases, "m.karimi", ADMIN)
    change_role(databases, admin, "r.ahmadi", VIEWER)
    assert roles(databases) == {"r.ahmadi": VIEWER, "m.karimi": ADMIN}


def disable(databases: Databases, name: str) -> None:
    set_disabled(databases, CLI, name, True)


def demote(databases: Databases, name: str) -> None:
    change_role(databases, CLI, name, VIEWER)


@pytest.mark.parametrize(
    "changes",
    [(disable, disable), (demote, demote), (disable, demote)],
    ids=["disabled", "demoted", "either"],
)
def test_it_keeps_one_administrator_when_two_remove_each_other_at_once(
    databases: Databases, changes: tuple[Change, Change]
) -> None:
    names = [added(databases, name, ADMIN).name for name in ("m.karimi", "r.ahmadi")]
    for _ in range(5):
        both = Barrier(2)

        def remove(change: Change, name: str, both: Barrier = both) -> bool:
            both.wait(30)
            try:
                change(databases, name)
            except ConfigError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(remove, changes, names)) == [False, True]
        assert has_an_admin(databases)
        for name in names:
            set_disabled(databases, CLI, name, False)
            change_role(databases, CLI, name, ADMIN)


def test_it_lists_users_by_name_with_their_last_login_and_open_sessions(
    databases: Databases, clock: Clock
) -> None:
    karimi = added(databases)
    add_user(databases, CLI, "ahmadi", PASSWORD, VIEWER, must_change=True)
    open_session(databases, karimi)
    clock.forward(minutes=31)  # idle by now
    assert logged_in(databases)
    open_session(databases, karimi)

    first, second = list_users(databases, CLI)
    assert (first.name, first.last_login_at, first.sessions) == ("ahmadi", None, 0)
    assert (first.must_change, second.must_change) == (True, False)
    assert (second.name, second.last_login_at, second.sessions) == ("m.karimi", clock.now, 1)


def test_it_tells_no_password_hash_with_the_list(databases: Databases) -> None:
    added(databases)
    assert PASSWORD not in repr(list_users(databases, CLI))


@pytest.mark.parametrize("role", ROLES)
def test_it_refuses_a_name_that_nobody_has(databases: Databases, role: str) -> None:
    admin = Actor("admin", ADMIN, 1)
    for refused in (
        lambda: change_role(databases, admin, "nobody", role),
        lambda: set_disabled(databases, admin, "nobody", True),
        lambda: set_password(databases, CLI, "nobody", PASSWORD),
    ):
        with pytest.raises(ConfigError, match="no user 'nobody'"):
            refused()


def test_it_has_nobody_before_somebody_was_added(databases: Databases) -> None:
    """No default name, no default password."""
    with databases.control.read() as session:
        assert session.execute(select(Base.metadata.tables["users"])).all() == []
    for name in ("admin", "root", "hamgam", "demo", ""):
        for password in ("", name, "password"):
            attempt = Attempt(name, password, f"192.0.2.{len(entries(databases))}")
            assert log_in(databases, attempt) is None
