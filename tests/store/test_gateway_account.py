"""The gateway's account: whose word counts, what may be saved, and what is on record of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from sync_core.access import audit
from sync_core.access.keys import VAULT
from sync_core.access.permissions import ADMIN, OPERATOR, VIEWER, Actor
from sync_core.access.vault import seal
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import Settings, load
from sync_core.engine.register import register_sources
from sync_core.ops import setting_rows
from sync_core.ops.gateway_account import (
    ELSEWHERE,
    ENVIRONMENT,
    MISSING,
    NOWHERE,
    READY,
    SCREEN,
    UNREADABLE,
    GatewayAccount,
    forget_gateway_password,
    gateway_environment,
    read_gateway,
    save_gateway,
    with_gateway,
)
from sync_core.ops.gateway_values import (
    AGAIN,
    FIXED,
    KEYS,
    PASSWORD,
    STALE,
    URL,
    USER,
    AccountRefused,
)
from sync_core.store.control import Setting
from sync_core.store.control_access import AccessLog
from sync_core.store.engines import Databases, open_databases
from sync_core.store.syncs import find_sync

KARIMI, RAHIMI = Actor("karimi", ADMIN, 1, "10.0.0.9"), Actor("rahimi", ADMIN, 2)
HERE, THERE = "https://api.example.ac.ir", "https://elsewhere.example.com"
SECRET, ENV_SECRET = "plover-quartz-71", "of-the-environment-26"
LATEST = "the newest version"

Set = Callable[..., Settings]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Set:
    """The settings with what an environment would say of the gateway."""

    def loaded(**account: str) -> Settings:
        for key in KEYS:
            monkeypatch.setenv(f"HAMGAM_{key.upper()}", account.get(key, ""))
        return load()

    return loaded


def save(
    databases: Databases,
    settings: Settings,
    *,
    url: str = HERE,
    user: str = "hamgam",
    password: str = SECRET,
    actor: Actor = KARIMI,
    expected: datetime | str | None = LATEST,
) -> None:
    seen = read(databases, settings).updated_at if expected == LATEST else expected
    assert not isinstance(seen, str)
    save_gateway(
        settings,
        databases,
        actor,
        url=url,
        user=user,
        password=password,
        expected_updated_at=seen,
    )


def refused(databases: Databases, settings: Settings, **given: Any) -> str:
    """Why nothing was saved; and nothing was."""
    before = stored(databases)
    with pytest.raises(AccountRefused) as error:
        save(databases, settings, **given)
    assert stored(databases) == before
    assert SECRET not in str(error.value)
    return error.value.reason


def read(databases: Databases, settings: Settings) -> GatewayAccount:
    return read_gateway(settings, databases, KARIMI)


def stored(databases: Databases) -> dict[str, str]:
    with databases.control.read() as session:
        return {row.key: row.value for row in session.scalars(select(Setting))}


def entries(databases: Databases) -> list[tuple[str, str | None, str | None]]:
    query = select(AccessLog).where(AccessLog.action == audit.SETTING_CHANGED)
    with databases.control.read() as session:
        rows = session.scalars(query.order_by(AccessLog.id))
        return [(row.actor, row.target, row.detail) for row in rows]


def used(databases: Databases, settings: Settings) -> tuple[str, str, str]:
    account = with_gateway(settings, databases)
    return account.gateway_url, account.gateway_user, account.gateway_password


def why_not(databases: Databases, settings: Settings) -> str:
    with pytest.raises(ConfigError) as error:
        with_gateway(settings, databases).require_gateway()
    return str(error.value)


def test_it_uses_what_was_entered_when_the_environment_says_nothing(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings(), url=f"{HERE}/", user=" hamgam ")
    assert used(databases, settings()) == (HERE, "hamgam", SECRET)
    with_gateway(settings(), databases).require_gateway()
    assert gateway_environment(settings(), databases) == {
        "HAMGAM_GATEWAY_URL": HERE,
        "HAMGAM_GATEWAY_USER": "hamgam",
        "HAMGAM_GATEWAY_PASSWORD": SECRET,
        "HAMGAM_GATEWAY_PASSWORD_FILE": "",
    }


def test_it_stores_the_password_sealed_and_shows_it_to_nobody(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings())
    assert set(stored(databases)) == set(KEYS)
    assert not any(SECRET in value for value in stored(databases).values())
    account = read(databases, settings())
    assert SECRET not in repr(account)
    assert (account.password, account.trouble, account.updated_by) == (READY, "", "karimi")
    assert account.sources == dict.fromkeys(KEYS, SCREEN)
    assert SECRET not in repr(with_gateway(settings(), databases))


def test_it_says_that_nothing_is_there_before_anything_was_entered(
    databases: Databases, settings: Set
) -> None:
    account = read(databases, settings())
    assert (account.url, account.user, account.password) == ("", "", MISSING)
    assert account.sources == dict.fromkeys(KEYS, NOWHERE)
    assert (account.updated_at, account.updated_by) == (None, None)
    assert "HAMGAM_GATEWAY_URL" in why_not(databases, settings())
    assert "settings page" in why_not(databases, settings())


def test_it_leaves_the_settings_alone_when_there_is_no_control_database(settings: Set) -> None:
    mine = settings()
    nothing = open_databases(mine)
    assert with_gateway(mine, nothing) is mine
    nothing.dispose()
    assert not (mine.home / "hamgam.db").exists()


def test_it_sends_a_password_of_the_environment_to_no_address_of_a_screen(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings(), url=THERE)
    fixed = settings(gateway_password=ENV_SECRET)
    assert used(databases, fixed) == ("", "", ENV_SECRET)
    assert "HAMGAM_GATEWAY_URL" in why_not(databases, fixed)
    assert "settings page" not in why_not(databases, fixed)
    account = read(databases, fixed)
    assert (account.url, account.user) == ("", "")
    assert account.sources == {URL: NOWHERE, USER: NOWHERE, PASSWORD: ENVIRONMENT}
    assert all(account.is_fixed(key) for key in KEYS)


def test_it_hands_a_child_nothing_of_what_the_environment_says(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings(), url=THERE)
    whole = settings(gateway_url=HERE, gateway_user="env", gateway_password=ENV_SECRET)
    assert gateway_environment(whole, databases) == {}
    assert used(databases, whole) == (HERE, "env", ENV_SECRET)


def test_it_sends_a_stored_password_to_no_other_address_of_the_environment(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings())
    moved = settings(gateway_url=THERE)
    assert used(databases, moved) == (THERE, "hamgam", "")
    assert "entered for https://api.example.ac.ir:443" in why_not(databases, moved)
    assert "settings page" in why_not(databases, moved)
    account = read(databases, moved)
    assert account.password == ELSEWHERE
    assert account.sources == {URL: ENVIRONMENT, USER: SCREEN, PASSWORD: SCREEN}
    with pytest.raises(ConfigError, match="entered for"):
        gateway_environment(moved, databases)


@pytest.mark.parametrize("same", [f"{HERE}/", f"{HERE}:443", f"{HERE}/gate", HERE.upper()])
def test_it_uses_a_stored_password_for_the_same_host_of_the_environment(
    databases: Databases, settings: Set, same: str
) -> None:
    save(databases, settings())
    assert used(databases, settings(gateway_url=same))[2] == SECRET


def test_it_sends_nothing_to_an_address_that_somebody_wrote_into_the_database(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings())
    with databases.control.write() as session:
        session.execute(update(Setting).where(Setting.key == URL).values(value=THERE))
    assert used(databases, settings()) == (THERE, "hamgam", "")
    assert read(databases, settings()).password == ELSEWHERE
    with databases.control.write() as session:
        session.execute(delete(Setting).where(Setting.key == URL))
    assert read(databases, settings()).password == ELSEWHERE
    assert "HAMGAM_GATEWAY_URL" in why_not(databases, settings())


def test_it_says_to_enter_the_password_again_when_its_key_is_gone(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings())
    (settings().home / "keys" / VAULT).unlink()
    assert used(databases, settings()) == (HERE, "hamgam", "")
    assert "Enter the password again" in why_not(databases, settings())
    account = read(databases, settings())
    assert (account.password, "key" in account.trouble) == (UNREADABLE, True)
    assert refused(databases, settings(), user="other", password="") == AGAIN

    save(databases, settings(), password="a new one")
    assert used(databases, settings())[2] == "a new one"


def test_it_keeps_the_password_when_only_the_user_or_the_path_changes(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings())
    save(databases, settings(), url=f"{HERE}:443/v2", user="other", password="")
    assert used(databases, settings()) == (f"{HERE}:443/v2", "other", SECRET)


@pytest.mark.parametrize("other", [THERE, "http://api.example.ac.ir", f"{HERE}:8443"])
def test_it_asks_for_the_password_again_when_the_origin_changes(
    databases: Databases, settings: Set, other: str
) -> None:
    save(databases, settings())
    assert refused(databases, settings(), url=other, password="") == AGAIN
    assert used(databases, settings()) == (HERE, "hamgam", SECRET)
    save(databases, settings(), url=other, password="another one")
    assert used(databases, settings()) == (other, "hamgam", "another one")


def test_it_takes_address_and_user_before_there_is_a_password(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings(), password="")
    save(databases, settings(), url=THERE, password="")
    assert read(databases, settings()).password == MISSING
    assert "HAMGAM_GATEWAY_PASSWORD is not set" in why_not(databases, settings())


@pytest.mark.parametrize(
    "url",
    [
        "",
        "  ",
        "api.example.ac.ir",
        "ftp://api.example.ac.ir",
        "https://me:word@api.example.ac.ir",
        "https://api.example.ac.ir?x=1",
        "https://api.example.ac.ir#x",
        "https://api.example.ac.ir:0",
        "https://api.example\\.evil.example",
        "https://دانشگاه.example",
        "https://api.example.ac.ir/\x00",
        "https://api.example.ac.ir/" + "x" * 500,
    ],
)
def test_it_refuses_an_address_that_cannot_be(
    databases: Databases, settings: Set, url: str
) -> None:
    assert refused(databases, settings(), url=url) == URL


@pytest.mark.parametrize("user", ["", " ", "two\nlines", "x\x00", "x" * 201])
def test_it_refuses_a_user_who_cannot_be(databases: Databases, settings: Set, user: str) -> None:
    assert refused(databases, settings(), user=user) == USER


@pytest.mark.parametrize("password", ["x\x00", "two\nlines", "\t", "\x7f", "\ud800", "x" * 1_001])
def test_it_refuses_a_password_that_cannot_be(
    databases: Databases, settings: Set, password: str
) -> None:
    assert refused(databases, settings(), password=password) == PASSWORD


@pytest.mark.parametrize("password", [" blanks around ", "x" * 1_000, "می‌خواهم🔑", "=$%\"'\\"])
def test_it_gives_a_password_to_a_child_as_it_was_entered(
    databases: Databases, settings: Set, password: str
) -> None:
    save(databases, settings(), password=password)
    handed = gateway_environment(settings(), databases)
    assert load(handed | {"HAMGAM_HOME": "x"}).gateway_password == password


@pytest.mark.parametrize(
    ("account", "given"),
    [
        ({URL: HERE}, {"url": THERE}),
        ({USER: "env"}, {"user": "other"}),
        ({PASSWORD: ENV_SECRET}, {}),
        ({URL: HERE, USER: "env", PASSWORD: ENV_SECRET}, {"user": "env", "password": ""}),
    ],
)
def test_it_changes_nothing_that_the_environment_sets(
    databases: Databases, settings: Set, account: dict[str, str], given: dict[str, str]
) -> None:
    assert refused(databases, settings(**account), **given) == FIXED


def test_it_stores_only_what_the_environment_does_not_set(
    databases: Databases, settings: Set
) -> None:
    half = settings(gateway_url=HERE, gateway_user="env")
    save(databases, half, user="env")
    assert set(stored(databases)) == {PASSWORD}
    assert used(databases, half) == (HERE, "env", SECRET)
    account = read(databases, half)
    assert [account.is_fixed(key) for key in KEYS] == [True, True, False]


def test_it_tells_the_second_of_two_who_opened_the_same_version(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings())
    seen = read(databases, settings()).updated_at
    save(databases, settings(), user="of rahimi", password="", actor=RAHIMI, expected=seen)
    assert refused(databases, settings(), user="of karimi", expected=seen) == STALE
    assert refused(databases, settings(), user="of karimi", expected=None) == STALE
    with pytest.raises(AccountRefused, match="rahimi") as error:
        forget_gateway_password(databases, KARIMI, expected_updated_at=seen)
    assert error.value.reason == STALE
    assert used(databases, settings()) == (HERE, "of rahimi", SECRET)


def test_it_tells_the_second_of_two_although_the_clock_was_set_back(
    databases: Databases, settings: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(databases, settings())
    seen = read(databases, settings()).updated_at
    yesterday = utc_now() - timedelta(days=1)
    monkeypatch.setattr(setting_rows, "utc_now", lambda: yesterday)
    save(databases, settings(), user="of rahimi", actor=RAHIMI, expected=seen)
    assert refused(databases, settings(), user="of karimi", expected=seen) == STALE


@pytest.mark.parametrize("first", [True, False], ids=["nothing-stored", "something-stored"])
def test_it_lets_one_of_many_win_who_save_at_once(
    databases: Databases, settings: Set, first: bool
) -> None:
    mine = settings()
    if not first:
        save(databases, mine, user="before")
    seen, start = read(databases, mine).updated_at, Barrier(4)

    def try_to_save(number: int) -> str | None:
        start.wait(30)
        try:
            save(databases, mine, user=f"user{number}", password=f"word{number}", expected=seen)
        except AccountRefused as refused:
            return refused.reason
        return None

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(try_to_save, range(4)))
    assert sorted(map(str, outcomes)) == ["None", STALE, STALE, STALE]
    winner = outcomes.index(None)
    assert used(databases, mine) == (HERE, f"user{winner}", f"word{winner}")


def test_it_records_each_key_that_changed_and_no_secret(
    databases: Databases, settings: Set
) -> None:
    save(databases, settings())
    save(databases, settings(), url=f"{HERE}/v2", password="", actor=RAHIMI)
    save(databases, settings(), url=f"{HERE}/v2", password="another secret")
    save(databases, settings(), url=f"{HERE}/v2", password="")
    assert sorted(entries(databases)[:3]) == [
        ("karimi", PASSWORD, "changed"),
        ("karimi", URL, f"gateway_url: nothing → {HERE}"),
        ("karimi", USER, "gateway_user: nothing → hamgam"),
    ]
    assert entries(databases)[3:] == [
        ("rahimi", URL, f"gateway_url: {HERE} → {HERE}/v2"),
        ("karimi", PASSWORD, "changed"),
    ]


def test_it_keeps_the_version_when_nothing_changes(databases: Databases, settings: Set) -> None:
    save(databases, settings())
    before = read(databases, settings())
    save(databases, settings(), password="", actor=RAHIMI)
    assert read(databases, settings()) == before


def test_it_forgets_the_password_alone(databases: Databases, settings: Set) -> None:
    save(databases, settings())
    seen = read(databases, settings()).updated_at
    forget_gateway_password(databases, RAHIMI, expected_updated_at=seen)
    account = read(databases, settings())
    assert (account.url, account.user, account.password) == (HERE, "hamgam", MISSING)
    assert account.updated_by == "rahimi"
    assert entries(databases)[-1] == ("rahimi", PASSWORD, "forgotten")
    assert refused(databases, settings(), expected=seen) == STALE
    save(databases, settings(), url=THERE, password="")


def test_it_mirrors_the_address_when_it_is_saved_and_at_boot(
    databases: Databases, settings: Set
) -> None:
    def mirrored() -> str | None:
        with databases.control.read() as session:
            row = find_sync(session, "faculty")
        assert row is not None
        return row.api_base_url

    save(databases, settings())
    assert mirrored() == HERE
    register_sources(with_gateway(settings(gateway_url=THERE), databases), databases)
    assert mirrored() == THERE


@pytest.mark.parametrize("role", [VIEWER, OPERATOR])
def test_it_refuses_somebody_who_may_not_configure(
    databases: Databases, settings: Set, role: str
) -> None:
    actor, mine = Actor("rahimi", role, 2), settings()
    with pytest.raises(Denied):
        save(databases, mine, actor=actor)
    with pytest.raises(Denied):
        read_gateway(mine, databases, actor)
    with pytest.raises(Denied):
        forget_gateway_password(databases, actor)
    assert stored(databases) == {}


def test_it_opens_no_token_of_another_installation(databases: Databases, settings: Set) -> None:
    """As after a restore of the databases without their keys."""
    save(databases, settings())
    home = settings().home
    (home / "keys" / VAULT).rename(home / "keys" / "old")
    seal(settings(), "something else", f"{HERE}:443")
    assert read(databases, settings()).password == UNREADABLE
