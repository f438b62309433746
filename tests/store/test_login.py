"""The check at the door: who gets in, who is locked out, what a stranger can find out."""

from collections.abc import Iterator
from itertools import count as counted
from typing import Any

import pytest
from argon2 import PasswordHasher

from sync_core.access import audit, passwords
from sync_core.access.login import TRIES, Attempt, KnownBrowser, log_in
from sync_core.access.permissions import OPERATOR, Actor
from sync_core.access.users import add_user, set_disabled, set_password
from sync_core.base.errors import Denied
from sync_core.store.control import Base
from sync_core.store.control_access import User
from sync_core.store.engines import Databases
from tests.store.people import CLI, HERE, PASSWORD, Clock, added, count, entries

ELSEWHERE = "198.51.100.1"
_addresses = counted(1)


def attempt(databases: Databases, password: str = PASSWORD, **values: Any) -> Actor | None:
    """From an address that nobody had before, where none is given."""
    given = {"name": "m.karimi", "address": f"203.0.113.{next(_addresses)}", **values}
    return log_in(databases, Attempt(password=password, **given))


def is_locked(databases: Databases, **values: Any) -> bool:
    try:
        attempt(databases, "wrong", **values)
    except Denied:
        return True
    return False


def fail(databases: Databases, times: int, **values: Any) -> None:
    for _ in range(times):
        assert attempt(databases, "wrong", **values) is None


class CountingHasher(PasswordHasher):
    """Real work; what it was asked to verify is counted."""

    __slots__ = ("verified",)

    def __init__(self) -> None:
        super().__init__()
        self.verified: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:
        self.verified.append(str(hash))
        return super().verify(hash, password)


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingHasher]:
    hasher = CountingHasher()
    monkeypatch.setattr(passwords, "_hasher", hasher)
    passwords._nobodys_hash.cache_clear()
    yield hasher
    passwords._nobodys_hash.cache_clear()


def test_it_stores_no_password(databases: Databases) -> None:
    added(databases)
    assert attempt(databases) is not None
    assert attempt(databases, "a wrong password") is None
    with databases.control.read() as session:
        tables = Base.metadata.tables.values()
        stored = repr([session.execute(table.select()).all() for table in tables])
    assert "m.karimi" in stored
    assert "$argon2id$" in stored
    assert PASSWORD not in stored
    assert "a wrong password" not in stored


def test_it_works_as_hard_for_unknown_and_disabled_users(
    databases: Databases, hasher: CountingHasher
) -> None:
    """The same number of verifications with the same parameters: no watch is needed to say it."""
    added(databases)
    added(databases, "away")
    set_disabled(databases, CLI, "away", True)
    costs = []
    for name in ("m.karimi", "away", "nobody", ""):
        hasher.verified.clear()
        assert attempt(databases, "wrong", name=name) is None
        costs.append([known.rsplit("$", 2)[0] for known in hasher.verified])
    assert len(costs[0]) == 1
    assert costs == [costs[0]] * 4


def test_it_refuses_a_disabled_user_who_knows_the_password(databases: Databases) -> None:
    added(databases)
    set_disabled(databases, CLI, "m.karimi", True)
    assert attempt(databases) is None


def test_it_hashes_a_password_anew_when_the_parameters_are_old(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8_192))
        row = add_user(databases, CLI, "m.karimi", PASSWORD, OPERATOR)
    assert attempt(databases) is not None
    with databases.control.read() as session:
        user = session.get_one(User, row.id)
    assert not passwords.is_outdated(user.password_hash)
    assert user.password_changed_at == row.password_changed_at
    assert attempt(databases) is not None


@pytest.mark.usefixtures("verified")
def test_it_tells_who_came_in_from_where(databases: Databases) -> None:
    person = added(databases)
    assert attempt(databases, address=HERE) == person
    assert entries(databases)[-1] == ("m.karimi", audit.LOGIN, "m.karimi")


@pytest.mark.usefixtures("verified")
def test_it_says_of_a_person_whose_password_must_be_changed(databases: Databases) -> None:
    add_user(databases, CLI, "m.karimi", PASSWORD, OPERATOR, must_change=True)
    actor = attempt(databases)
    assert actor is not None
    assert actor.must_change


@pytest.mark.usefixtures("verified")
def test_it_records_a_wrong_password(databases: Databases) -> None:
    added(databases)
    fail(databases, 1)
    assert entries(databases)[-1] == ("anonymous", audit.LOGIN_FAILED, "m.karimi")


@pytest.mark.usefixtures("verified")
def test_it_records_no_name_that_nobody_has(databases: Databases) -> None:
    """People type their password into that field. A hash of it would be no better: the log is kept
    for ever, and passwords can be guessed.
    """
    assert attempt(databases, "x", name="my-secret-typed-here") is None
    for _ in range(TRIES):
        is_locked(databases, name="my-secret-typed-here")
    assert {entry[2] for entry in entries(databases)} == {"unknown", "account:unknown"}
    assert count(databases, audit.LOGIN_LOCKED) == 1
    with databases.control.read() as session:
        tables = Base.metadata.tables.values()
        assert "secret" not in repr([session.execute(table.select()).all() for table in tables])


@pytest.mark.usefixtures("verified")
@pytest.mark.parametrize("name", ["\x00", "m.karimi\x00", "x" * 16_000, "ﷺ" * 90, "\u202e", "'--"])
def test_it_takes_any_name_for_one_that_nobody_has(databases: Databases, name: str) -> None:
    added(databases)
    assert attempt(databases, name=name) is None
    assert attempt(databases, name=name) is None
    assert count(databases, audit.LOGIN_FAILED) == 2


@pytest.mark.usefixtures("verified")
def test_it_locks_an_account_after_five_tries_from_anywhere(
    databases: Databases, clock: Clock
) -> None:
    added(databases)
    fail(databases, TRIES)
    with pytest.raises(Denied):
        attempt(databases)
    clock.forward(minutes=15)
    assert attempt(databases) is not None


@pytest.mark.usefixtures("clock")
def test_it_locks_a_name_that_nobody_has_in_the_same_way(
    databases: Databases, verified: list[str]
) -> None:
    added(databases)
    fail(databases, TRIES, name="nobody")
    assert is_locked(databases, name="nobody")
    assert is_locked(databases, name=" NOBODY ")
    assert verified == ["wrong"] * TRIES
    assert attempt(databases) is not None


def test_it_verifies_five_of_many_names_from_one_address(
    databases: Databases, verified: list[str], clock: Clock
) -> None:
    """Spraying one password over all accounts."""
    names = [added(databases, f"person{number}").name for number in range(20)]
    locked = [is_locked(databases, name=name, address=ELSEWHERE) for name in names]
    assert locked == [False] * TRIES + [True] * (len(names) - TRIES)
    assert verified == ["wrong"] * TRIES
    with pytest.raises(Denied):
        attempt(databases, name=names[-1], address=ELSEWHERE)
    assert attempt(databases, name=names[-1]) is not None
    clock.forward(minutes=15)
    assert attempt(databases, name=names[-1], address=ELSEWHERE) is not None


@pytest.mark.usefixtures("verified", "clock")
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2001:db8:7:7::1", "2001:db8:7:7:ffff::2"),
        ("2001:db8:7:7::1", "2001:DB8:7:7::1"),
        ("192.0.2.9", "::ffff:192.0.2.9"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_it_takes_all_addresses_of_one_place_for_one(
    databases: Databases, first: str, second: str
) -> None:
    """Whoever has an IPv6 address has 2^64 of them."""
    names = [added(databases, f"person{number}").name for number in range(TRIES + 1)]
    for name in names[:TRIES]:
        fail(databases, 1, name=name, address=first)
    assert is_locked(databases, name=names[-1], address=second)
    assert not is_locked(databases, name=names[-1], address="2001:db8:7:8::1")


@pytest.mark.usefixtures("verified", "clock")
def test_it_counts_together_whoever_has_no_address(databases: Databases) -> None:
    names = [added(databases, f"person{number}").name for number in range(TRIES + 1)]
    locked = [is_locked(databases, name=name, address=None) for name in names]
    assert locked == [False] * TRIES + [True]


@pytest.mark.usefixtures("verified", "clock")
def test_it_gives_an_address_no_tries_back_for_a_login(databases: Databases) -> None:
    """Else whoever has an account could guess for ever at all others."""
    added(databases, "mine")
    for number in range(TRIES):
        added(databases, f"person{number}")
        assert attempt(databases, name="mine", address=ELSEWHERE) is not None
        fail(databases, 1, name=f"person{number}", address=ELSEWHERE)
    assert is_locked(databases, name="another", address=ELSEWHERE)
    with pytest.raises(Denied):
        attempt(databases, name="mine", address=ELSEWHERE)


@pytest.mark.usefixtures("verified", "clock")
def test_it_counts_an_account_from_zero_after_a_login(databases: Databases) -> None:
    added(databases)
    for _ in range(2):
        fail(databases, TRIES - 1)
        assert attempt(databases) is not None


@pytest.mark.usefixtures("verified")
def test_it_forgets_tries_a_quarter_of_an_hour_after_the_last(
    databases: Databases, clock: Clock
) -> None:
    """Not after the first: slow guesses add up."""
    added(databases)
    for _ in range(TRIES):
        fail(databases, 1)
        clock.forward(minutes=14)
    assert is_locked(databases)
    clock.forward(minutes=1)
    fail(databases, 1)


@pytest.mark.usefixtures("verified")
def test_it_is_no_longer_locked_by_tries_that_were_refused(
    databases: Databases, clock: Clock
) -> None:
    """Else a stranger who goes on could lock an account for ever."""
    added(databases)
    fail(databases, TRIES)
    for _ in range(14):
        clock.forward(minutes=1)
        assert is_locked(databases)
    clock.forward(minutes=1)
    assert attempt(databases) is not None


@pytest.mark.usefixtures("verified", "clock")
def test_it_lets_a_person_in_from_a_known_browser_while_strangers_guess(
    databases: Databases,
) -> None:
    person = added(databases)
    assert person.user_id is not None
    mine = KnownBrowser(person.user_id, "mine")
    fail(databases, TRIES, address=HERE)
    assert is_locked(databases, address=HERE)
    assert attempt(databases, address=HERE, browser=mine) == person
    # And the strangers win nothing by it.
    assert is_locked(databases, address=HERE)


@pytest.mark.usefixtures("clock")
def test_it_gives_a_known_browser_five_tries_of_its_own(
    databases: Databases, verified: list[str]
) -> None:
    person = added(databases)
    assert person.user_id is not None
    stolen = KnownBrowser(person.user_id, "stolen")
    locked = [is_locked(databases, browser=stolen) for _ in range(50)]
    assert locked == [False] * TRIES + [True] * 45
    assert len(verified) == TRIES
    another = KnownBrowser(person.user_id, "another")
    assert attempt(databases, address=HERE, browser=another) == person


@pytest.mark.usefixtures("verified", "clock")
def test_it_knows_a_browser_for_its_own_person_alone(databases: Databases) -> None:
    """Else whoever has an account has as many tries at every other one as browsers."""
    added(databases)
    mine = added(databases, "mine")
    assert mine.user_id is not None
    browsers = [KnownBrowser(mine.user_id, f"{number}") for number in range(20)]
    locked = [is_locked(databases, browser=browser) for browser in browsers]
    assert locked == [False] * TRIES + [True] * 15
    unknown = [is_locked(databases, name="nobody", browser=browser) for browser in browsers]
    assert unknown == [False] * TRIES + [True] * 15


@pytest.mark.usefixtures("verified")
def test_it_records_a_lock_once_in_each_window(databases: Databases, clock: Clock) -> None:
    added(databases)
    for expected in (1, 2):
        fail(databases, TRIES)
        for _ in range(10):
            assert is_locked(databases)
        assert count(databases, audit.LOGIN_LOCKED) == expected
        clock.forward(minutes=15)


@pytest.mark.usefixtures("verified")
def test_it_keeps_no_tries_that_no_longer_count(databases: Databases, clock: Clock) -> None:
    added(databases)
    for number in range(30):
        fail(databases, 1, name=f"nobody{number}")
    clock.forward(minutes=16)
    assert attempt(databases) is not None
    with databases.control.read() as session:
        kept = session.execute(Base.metadata.tables["login_tries"].select()).all()
    assert len(kept) <= 1


def test_it_refuses_a_password_that_was_set_anew_while_it_was_verified(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reset must not lose to a login that began before it."""
    added(databases)
    monkeypatch.setattr(passwords, "is_outdated", lambda known: True)
    matches = passwords.matches

    def slowly(known: str | None, given: str) -> bool:
        right = matches(known, given)
        set_password(databases, CLI, "m.karimi", "another password")
        return right

    with monkeypatch.context() as patch:
        patch.setattr(passwords, "matches", slowly)
        assert attempt(databases) is None
    assert entries(databases)[-1] == ("anonymous", audit.LOGIN_FAILED, "m.karimi")
    assert attempt(databases) is None
    assert attempt(databases, "another password") is not None
