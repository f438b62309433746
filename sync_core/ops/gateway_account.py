"""The gateway's address, user and password: whose word counts, and how a screen changes them.

A password of the environment goes only to the address of the environment: then nothing that was
entered on a screen counts. One from a screen goes only to the origin that it was entered for.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sync_core.access import audit
from sync_core.access.permissions import CONFIGURE, SEE, Actor, require
from sync_core.access.vault import OtherOrigin, origin_of, seal, unseal
from sync_core.base.errors import ConfigError, SyncError
from sync_core.base.settings import Settings
from sync_core.engine.register import register_sources
from sync_core.ops.gateway_values import (
    AGAIN,
    FIXED,
    KEYS,
    PASSWORD,
    STALE,
    URL,
    USER,
    AccountRefused,
    checked_password,
    checked_url,
    checked_user,
)
from sync_core.ops.setting_rows import Rows, is_stale, newest, put, value_of
from sync_core.store import stored_settings
from sync_core.store.engines import Databases, Session
from sync_core.store.versions import CONTROL, version

ENVIRONMENT, SCREEN, NOWHERE = "environment", "screen", "nowhere"
"""Where a value comes from; `.env` belongs to the environment."""
READY, MISSING, ELSEWHERE, UNREADABLE = "ready", "missing", "elsewhere", "unreadable"
"""Of the password: it can be used; there is none; it is for another address; its key is lost."""


@dataclass(frozen=True, slots=True)
class GatewayAccount:
    """As a run would use it now. The password itself is not in it.

    `sources`: of each key, `ENVIRONMENT`, `SCREEN` or `NOWHERE`. `trouble`: why a stored password
    cannot be used. Who changed what is stored, and when, whether or not it counts.
    """

    url: str
    user: str
    password: str
    """`READY`, `MISSING`, `ELSEWHERE` or `UNREADABLE`."""
    trouble: str
    sources: Mapping[str, str]
    updated_at: datetime | None
    updated_by: str | None

    def is_fixed(self, key: str) -> bool:
        """Whether only the environment can change it."""
        return ENVIRONMENT in (self.sources[key], self.sources[PASSWORD])

    @property
    def is_in_the_clear(self) -> bool:
        """Whether the password crosses the network for everybody to read."""
        return self.url.startswith("http://")


def with_gateway(settings: Settings, databases: Databases) -> Settings:
    """The settings with what the settings page adds. Raises DatabaseError.

    A password that may not or cannot be used is left out, and `require_gateway` says why.
    """
    if settings.gateway_password or version(databases.control, CONTROL) is None:
        return settings
    with databases.control.read() as session:
        return _filled(settings, stored_settings.find_settings(session, KEYS))


def has_account(settings: Settings, databases: Databases, actor: Actor) -> bool:
    """Whether it is complete, so that a sync can start. Raises Denied, DatabaseError."""
    require(actor, SEE)
    try:
        with_gateway(settings, databases).require_gateway()
    except ConfigError:
        return False
    return True


def gateway_environment(settings: Settings, databases: Databases) -> dict[str, str]:
    """What a child's environment must say of the account, so that `load` reads it there.

    Empty where this process's own says it. Raises ConfigError where the account is not complete.
    """
    return {} if settings.gateway_password else as_environment(with_gateway(settings, databases))


def as_environment(account: Settings) -> dict[str, str]:
    """Raises ConfigError where the account is not complete."""
    account.require_gateway()
    return {
        "HAMGAM_GATEWAY_URL": account.gateway_url,
        "HAMGAM_GATEWAY_USER": account.gateway_user,
        "HAMGAM_GATEWAY_PASSWORD": account.gateway_password,
        "HAMGAM_GATEWAY_PASSWORD_FILE": "",  # one that names an empty file would win
    }


def read_gateway(settings: Settings, databases: Databases, actor: Actor) -> GatewayAccount:
    """Raises Denied, DatabaseError."""
    require(actor, CONFIGURE)
    with databases.control.read() as session:
        rows = stored_settings.find_settings(session, KEYS)
    account = settings if settings.gateway_password else _filled(settings, rows)
    latest = newest(rows)
    return GatewayAccount(
        url=account.gateway_url,
        user=account.gateway_user,
        password=_state(account),
        trouble=str(account.gateway_trouble or ""),
        sources={key: _source(settings, rows, key) for key in KEYS},
        updated_at=latest.updated_at if latest else None,
        updated_by=latest.updated_by if latest else None,
    )


def save_gateway(
    settings: Settings,
    databases: Databases,
    actor: Actor,
    *,
    url: str,
    user: str,
    password: str,
    expected_updated_at: datetime | None = None,
) -> None:
    """An empty password keeps the stored one, for the same origin alone.

    `expected_updated_at`: the version that the actor saw; None where nothing was stored. Raises
    Denied, and AccountRefused or another ConfigError: then nothing was saved.
    """
    require(actor, CONFIGURE)
    given = {URL: checked_url(url), USER: checked_user(user), PASSWORD: checked_password(password)}
    _refuse_fixed(settings, given)
    origin = origin_of(given[URL])
    sealed = seal(settings, password, origin) if password else ""
    with databases.control.write() as session:
        rows = stored_settings.find_settings(session, KEYS)
        _refuse_stale(rows, expected_updated_at)
        given[PASSWORD] = sealed or _kept(settings, rows, origin)
        ours = {key: value for key, value in given.items() if not getattr(settings, key)}
        _put(session, actor, rows, ours)
    with suppress(SyncError):  # a mirror that nobody reads; the next run refreshes it, too
        register_sources(with_gateway(settings, databases), databases)


def forget_gateway_password(
    databases: Databases, actor: Actor, *, expected_updated_at: datetime | None = None
) -> None:
    """The stored one; that of the environment stays. Raises Denied, AccountRefused."""
    require(actor, CONFIGURE)
    with databases.control.write() as session:
        rows = stored_settings.find_settings(session, KEYS)
        _refuse_stale(rows, expected_updated_at)
        _put(session, actor, rows, {PASSWORD: ""})


def _filled(settings: Settings, rows: Rows) -> Settings:
    url = settings.gateway_url or value_of(rows, URL)
    password, trouble = _opened(settings, value_of(rows, PASSWORD), url)
    return replace(
        settings,
        gateway_url=url,
        gateway_user=settings.gateway_user or value_of(rows, USER),
        gateway_password=password,
        gateway_trouble=trouble,
    )


def _opened(settings: Settings, token: str, url: str) -> tuple[str, ConfigError | None]:
    """The password, or why the stored one cannot be used."""
    if not token:
        return "", None
    try:
        return unseal(settings, token).open_for(origin_of(url) if url else ""), None
    except ConfigError as exc:
        return "", exc


def _state(account: Settings) -> str:
    if account.gateway_password:
        return READY
    if account.gateway_trouble is None:
        return MISSING
    return ELSEWHERE if isinstance(account.gateway_trouble, OtherOrigin) else UNREADABLE


def _source(settings: Settings, rows: Rows, key: str) -> str:
    if getattr(settings, key):
        return ENVIRONMENT
    counts = not settings.gateway_password
    return SCREEN if counts and value_of(rows, key) else NOWHERE


def _refuse_fixed(settings: Settings, given: Mapping[str, str]) -> None:
    if settings.gateway_password:
        raise _fixed(PASSWORD)
    for key in (URL, USER):
        if getattr(settings, key) not in {"", given[key]}:
            raise _fixed(key)


def _fixed(key: str) -> AccountRefused:
    words = f"HAMGAM_{key.upper()} is set in the environment or in .env."
    return AccountRefused(FIXED, words, hint="Nothing was changed. Change it there.")


def _refuse_stale(rows: Rows, expected: datetime | None) -> None:
    if is_stale(rows, expected):
        raise _stale(rows)


def _stale(rows: Rows) -> AccountRefused:
    latest = newest(rows)
    who = latest.updated_by if latest else "Somebody"
    return AccountRefused(
        STALE,
        f"{who} saved the gateway's account after you opened it.",
        hint="Nothing was changed. Look at it again, then save.",
    )


def _kept(settings: Settings, rows: Rows, origin: str) -> str:
    """The stored password, sealed as it is. Raises AccountRefused where it is not for `origin`."""
    token = value_of(rows, PASSWORD)
    if token:
        try:
            unseal(settings, token).open_for(origin)
        except ConfigError as exc:
            raise AccountRefused(AGAIN, exc.message, hint=exc.hint) from exc
    return token


def _put(session: Session, actor: Actor, rows: Rows, values: Mapping[str, str]) -> None:
    """Raises AccountRefused."""
    if put(session, actor, rows, values, _told) is None:
        raise _stale(stored_settings.find_settings(session, KEYS))


def _told(key: str, old: str, new: str) -> str:
    """For the audit log, which holds no secret."""
    if key == PASSWORD:
        return "changed" if new else "forgotten"
    return audit.change(key, old or "nothing", new)
