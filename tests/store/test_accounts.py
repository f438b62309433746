"""Users, logins, locks and sessions, on a real database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from sync_core.access import sessions, users
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER, Actor, command_line_actor
from sync_core.access.sessions import close_session, find_actor, open_session
from sync_core.access.users import add_user, check_password, list_users, set_password
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import load
from sync_core.store.control import AccessLog, Base, User, WebSession
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare

PASSWORD = "four unrelated words"
CLI = command_line_actor()


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def databases() -> Iterator[Databases]:
    settings = load()
    databases = open_databases(settings)
    prepare(settings, databases)
    yield databases
    databases.dispose()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (sessions, users, users.audit):
        monkeypatch.setattr(module, "utc_now", clock)
    return clock


@pytest.fixture
def log_in(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Actor | None]:
    """Login attempts whose hashing is not what the test is about."""
    monkeypatch.setattr(users.passwords, "matches", lambda known, given: known == given)
    monkeypatch.setattr(users.passwords, "hash_password", lambda password: password)
    monkeypatch.setattr(users.passwords, "is_outdated", lambda known: False)
    add_user(databases, CLI, "m.karimi", PASSWORD, OPERATOR)
    return lambda password: check_password(databases, "m.karimi", password, "192.0.2.7")


def actions(databases: Databases) -> list[tuple[str, str, str | None]]:
    with databases.control.read() as session:
        rows = session.execute(
            select(AccessLog.actor, AccessLog.action, AccessLog.target).order_by(AccessLog.id)
        )
        return [(row.actor, row.action, row.target) for row in rows]


def user(databases: Databases) -> Actor:
    row = next(row for row in list_users(databases) if row.name == "m.karimi")
    return Actor(row.name, row.role, row.id)


def test_it_lets_in_the_user_who_was_added(databases: Databases) -> None:
    row = add_user(databases, CLI, " M.Karimi ", PASSWORD, ADMIN)
    assert check_password(databases, "m.KARIMI", PASSWORD, "192.0.2.7") == Actor(
        "m.karimi", ADMIN, row.id
    )
    assert actions(databases) == [
        (CLI.name, "user_added", "m.karimi (admin)"),
        ("m.karimi", "login", "m.karimi"),
    ]


def test_it_stores_no_password(databases: Databases) -> None:
    add_user(databases, CLI, "m.karimi", PASSWORD, ADMIN)
    check_password(databases, "m.karimi", PASSWORD, "192.0.2.7")
    with databases.control.read() as session:
        tables = Base.metadata.tables.values()
        stored = repr([session.execute(select(table)).all() for table in tables])
    assert "m.karimi" in stored
    assert PASSWORD not in stored


@pytest.mark.parametrize(
    ("name", "password", "role"),
    [
        ("", PASSWORD, ADMIN),
        ("two words", PASSWORD, ADMIN),
        ("cli:root", PASSWORD, ADMIN),
        ("m.karimi", "short", ADMIN),
        ("m.karimi", PASSWORD, "root"),
    ],
)
def test_it_refuses_a_user_when_name_password_or_role_cannot_be(
    databases: Databases, name: str, password: str, role: str
) -> None:
    with pytest.raises(ConfigError):
        add_user(databases, CLI, name, password, role)
    assert list_users(databases) == []


def test_it_refuses_a_user_when_the_name_is_taken(
    databases: Databases, log_in: Callable[[str], Actor | None]
) -> None:
    with pytest.raises(ConfigError, match="already"):
        add_user(databases, CLI, "M.KARIMI", PASSWORD, ADMIN)
    assert [row.role for row in list_users(databases)] == [OPERATOR]


@pytest.mark.parametrize("role", [VIEWER, OPERATOR])
def test_it_lets_only_an_admin_add_users_and_set_passwords(
    databases: Databases, log_in: Callable[[str], Actor | None], role: str
) -> None:
    somebody = Actor("somebody", role, 9)
    with pytest.raises(Denied):
        add_user(databases, somebody, "other", PASSWORD, ADMIN)
    with pytest.raises(Denied):
        set_password(databases, somebody, "m.karimi", "another password")
    assert log_in(PASSWORD) is not None


def test_it_refuses_a_wrong_password_and_logs_it(
    databases: Databases, log_in: Callable[[str], Actor | None]
) -> None:
    assert log_in("wrong") is None
    assert actions(databases)[-1] == ("anonymous", "login_failed", "m.karimi")


def test_it_logs_no_name_when_nobody_has_it(databases: Databases) -> None:
    assert check_password(databases, "my-secret-typed-here", "x", None) is None
    (_, action, target) = actions(databases)[-1]
    assert action == "login_failed"
    assert target is not None
    assert target.startswith("unknown:")
    assert "secret" not in target


def test_it_locks_an_account_when_it_failed_five_times(
    clock: Clock, log_in: Callable[[str], Actor | None]
) -> None:
    for _ in range(5):
        assert log_in("wrong") is None
    with pytest.raises(Denied):
        log_in(PASSWORD)
    clock.forward(minutes=15)
    assert log_in(PASSWORD) is not None


def test_it_locks_a_name_that_nobody_has_in_the_same_way(
    databases: Databases, clock: Clock, log_in: Callable[[str], Actor | None]
) -> None:
    for _ in range(5):
        assert check_password(databases, "nobody", "wrong", None) is None
    with pytest.raises(Denied):
        check_password(databases, "nobody", "wrong", None)
    assert log_in(PASSWORD) is not None


def test_it_counts_from_zero_when_a_login_succeeded(
    clock: Clock, log_in: Callable[[str], Actor | None]
) -> None:
    for _ in range(2):
        for _ in range(4):
            assert log_in("wrong") is None
        assert log_in(PASSWORD) is not None


def test_it_refuses_a_disabled_user_at_the_door_and_in_an_open_session(
    databases: Databases, log_in: Callable[[str], Actor | None]
) -> None:
    token = open_session(databases, user(databases))
    with databases.control.write() as session:
        session.execute(update(User).values(disabled=True))
    assert find_actor(databases, token) is None
    assert log_in(PASSWORD) is None


def test_it_keeps_only_the_hash_of_the_token(
    databases: Databases, log_in: Callable[[str], Actor | None]
) -> None:
    token = open_session(databases, user(databases))
    with databases.control.read() as session:
        stored = session.scalars(select(WebSession.token_hash)).all()
    assert stored == [sessions.session_id(token)]
    assert find_actor(databases, stored[0]) is None


def test_it_finds_the_actor_with_todays_role(
    databases: Databases, log_in: Callable[[str], Actor | None]
) -> None:
    token = open_session(databases, user(databases))
    with databases.control.write() as session:
        session.execute(update(User).values(role=VIEWER))
    found = find_actor(databases, token)
    assert found is not None
    assert found.role == VIEWER


def test_it_finds_nobody_when_the_session_was_closed(
    databases: Databases, log_in: Callable[[str], Actor | None]
) -> None:
    token, other = (open_session(databases, user(databases)) for _ in range(2))
    close_session(databases, token)
    assert find_actor(databases, token) is None
    assert find_actor(databases, other) is not None
    assert actions(databases)[-1] == ("m.karimi", "logout", None)


def test_it_ends_every_session_when_the_password_is_set(
    databases: Databases, log_in: Callable[[str], Actor | None]
) -> None:
    token = open_session(databases, user(databases))
    set_password(databases, CLI, "m.karimi", "another password")
    assert find_actor(databases, token) is None
    assert log_in(PASSWORD) is None
    assert log_in("another password") is not None


def test_it_ends_a_session_when_it_was_idle_for_30_minutes(
    databases: Databases, clock: Clock, log_in: Callable[[str], Actor | None]
) -> None:
    token = open_session(databases, user(databases))
    clock.forward(minutes=29)
    assert find_actor(databases, token) is not None
    clock.forward(minutes=29)
    assert find_actor(databases, token) is not None
    clock.forward(minutes=30)
    assert find_actor(databases, token) is None


def test_it_does_not_count_a_look_that_nobody_made(
    databases: Databases, clock: Clock, log_in: Callable[[str], Actor | None]
) -> None:
    known = sessions.session_id(open_session(databases, user(databases)))
    clock.forward(minutes=29)
    assert sessions.find_actor_by_id(databases, known, seen=False) is not None
    clock.forward(minutes=1)
    assert sessions.find_actor_by_id(databases, known, seen=False) is None


def test_it_ends_a_session_after_eight_hours_however_busy(
    databases: Databases, clock: Clock, log_in: Callable[[str], Actor | None]
) -> None:
    token = open_session(databases, user(databases))
    for _ in range(23):
        clock.forward(minutes=20)
        assert find_actor(databases, token) is not None
    clock.forward(minutes=20)
    assert find_actor(databases, token) is None


def test_it_opens_no_session_for_an_actor_who_is_no_user(databases: Databases) -> None:
    with pytest.raises(Denied):
        open_session(databases, CLI)
