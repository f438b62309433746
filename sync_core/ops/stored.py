"""Settings that the settings page sets: whose word counts, what a run goes by, how they are saved.

The environment and `.env` count first; then what is stored here; then the default. What may be
stored, and within which bounds, stands in `base.settable`: the checks are the environment's.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sync_core.access import audit
from sync_core.access.permissions import CONFIGURE, Actor, require
from sync_core.base import i18n
from sync_core.base.env import Env
from sync_core.base.errors import ConfigError, SyncError
from sync_core.base.settable import SETTABLE, Settable, settable
from sync_core.base.settings import Settings
from sync_core.base.text import ascii_digits
from sync_core.ops.gateway_account import as_environment, with_gateway
from sync_core.ops.setting_rows import Rows, is_stale, newest, put, value_of
from sync_core.store import stored_settings
from sync_core.store.engines import Databases
from sync_core.store.versions import CONTROL, version

ENVIRONMENT, SCREEN, DEFAULT = "environment", "screen", "default"
"""Where a value comes from."""
STALE, FIXED, WRONG = "stale", "fixed", "wrong"
KEYS = tuple(one.key for one in SETTABLE)


class SettingRefused(ConfigError):
    """Nothing was saved. `reason`: `STALE`, `FIXED` or `WRONG`; `key`: of what, else empty."""

    def __init__(self, reason: str, message: str, *, hint: str = "", key: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason, self.key = reason, key


@dataclass(frozen=True, slots=True)
class SettingView:
    """`value`: what counts now. `trouble`: why what is stored cannot be used."""

    setting: Settable
    value: Any
    source: str
    trouble: str = ""

    @property
    def is_fixed(self) -> bool:
        return self.source == ENVIRONMENT


@dataclass(frozen=True, slots=True)
class Section:
    """Settings that are saved as one; who changed one of them last, and when."""

    settings: tuple[SettingView, ...]
    updated_at: datetime | None
    updated_by: str | None

    def __getitem__(self, key: str) -> SettingView:
        return next(one for one in self.settings if one.setting.key == key)


def with_stored(settings: Settings, databases: Databases) -> Settings:
    """What a run would go by now, the gateway's account included.

    Raises DatabaseError, and ConfigError for a stored value that is out of its bounds.
    """
    rows = _rows(settings, databases)
    values = {one.key: _read(one, rows[one.key].value) for one in SETTABLE if one.key in rows}
    return with_gateway(replace(settings, **values), databases)


def environment_of(effective: Settings, own: Settings) -> dict[str, str]:
    """What a child's environment must say, so that `load` reads there what `with_stored` made.

    `own`: of this process, whose environment the child has. Raises ConfigError where the gateway's
    account is not complete.
    """
    account = {} if own.gateway_password else as_environment(effective)
    added = [one for one in SETTABLE if one.key not in own.given]
    values = {one.variable: one.written(getattr(effective, one.key)) for one in added}
    return {**account, **{name: value for name, value in values.items() if value}}


def use_look(settings: Settings, databases: Databases) -> None:
    """The language and the digits that are stored, for the screens of this process.

    Where they cannot be read, those of before stay.
    """
    with suppress(SyncError):
        now = with_stored(settings, databases)
        i18n.use(now.lang, now.digits)


def read_section(settings: Settings, databases: Databases, actor: Actor, section: str) -> Section:
    """Raises Denied, DatabaseError."""
    require(actor, CONFIGURE)
    of_section = settable(section)
    with databases.control.read() as session:
        rows = stored_settings.find_settings(session, [one.key for one in of_section])
    latest = newest(rows)
    return Section(
        settings=tuple(_view(settings, rows, one) for one in of_section),
        updated_at=latest.updated_at if latest else None,
        updated_by=latest.updated_by if latest else None,
    )


def save_section(
    settings: Settings,
    databases: Databases,
    actor: Actor,
    section: str,
    given: Mapping[str, str],
    *,
    expected_updated_at: datetime | None = None,
) -> None:
    """Saves texts by key, as the environment would have them; an empty one means the default.

    `expected_updated_at`: the version that the actor saw; None where nothing was stored. Raises
    Denied, and SettingRefused: then nothing was saved.
    """
    require(actor, CONFIGURE)
    of_section = {one.key: one for one in settable(section)}
    values = {key: _checked(settings, of_section[key], text) for key, text in given.items()}
    with databases.control.write() as session:
        rows = stored_settings.find_settings(session, of_section)
        if is_stale(rows, expected_updated_at):
            raise _stale(rows)
        if put(session, actor, rows, values, _told) is None:
            raise _stale(stored_settings.find_settings(session, of_section))
    use_look(settings, databases)


def _rows(settings: Settings, databases: Databases) -> Rows:
    """What is stored and counts."""
    if version(databases.control, CONTROL) is None:
        return {}
    with databases.control.read() as session:
        rows = stored_settings.find_settings(session, KEYS)
    return {key: row for key, row in rows.items() if row.value and key not in settings.given}


def _view(settings: Settings, rows: Rows, one: Settable) -> SettingView:
    if one.key in settings.given:
        return SettingView(one, getattr(settings, one.key), ENVIRONMENT)
    stored = value_of(rows, one.key)
    if not stored:
        return SettingView(one, one.default, DEFAULT)
    try:
        return SettingView(one, _read(one, stored), SCREEN)
    except ConfigError as error:
        return SettingView(one, one.default, SCREEN, str(error))


def _read(one: Settable, text: str) -> Any:
    try:
        return one.read(Env({one.variable: text}))
    except ConfigError as error:
        where = "Correct it on the settings page."
        raise ConfigError(f"The stored {error.message}", hint=f"{error.hint} {where}") from error


def _checked(settings: Settings, one: Settable, given: str) -> str:
    """As it is stored. Raises SettingRefused."""
    text = ascii_digits(given.strip())
    try:
        value = one.read(Env({one.variable: text}))
    except ConfigError as error:
        raise SettingRefused(WRONG, error.message, hint=error.hint, key=one.key) from error
    if one.key in settings.given:
        words = f"{one.variable} is set in the environment or in .env."
        hint = "Nothing was changed. Change it there."
        raise SettingRefused(FIXED, words, hint=hint, key=one.key)
    return one.written(value)


def _stale(rows: Rows) -> SettingRefused:
    latest = newest(rows)
    who = latest.updated_by if latest else "Somebody"
    words = f"{who} saved these settings after you opened them."
    return SettingRefused(STALE, words, hint="Nothing was changed. Look again, then save.")


def _told(key: str, old: str, new: str) -> str:
    return audit.change(key, old or "default", new or "default")
