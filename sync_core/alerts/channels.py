"""The channels: list, save, remove, test. An address goes in and never comes out."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_core.access import audit
from sync_core.access.permissions import CONFIGURE, Actor, require
from sync_core.access.vault import seal, unseal
from sync_core.alerts import words
from sync_core.alerts.kinds import SEVERITIES
from sync_core.alerts.mouth import FAILED, TIMEOUT
from sync_core.alerts.schemes import (
    GONE,
    NAME,
    STALE,
    TAKEN,
    UNREADABLE,
    ChannelRefused,
    checked_url,
    scheme_of,
    service_of,
    shown,
)
from sync_core.alerts.send import origin
from sync_core.base.clock import utc_now
from sync_core.base.paths import PACKAGE_ROOT
from sync_core.base.redact import keep_secret
from sync_core.base.settings import Settings
from sync_core.store import deliveries
from sync_core.store.control_alerts import AlertChannel
from sync_core.store.engines import Databases, Session

LONGEST_NAME = 60
MOUTH_S = 25
"""The longest that a test, or a look at an address, may take."""


@dataclass(frozen=True, slots=True)
class Channel:
    """As it may be shown. `waits` and `lost`: deliveries on their way, and those given up."""

    id: int
    name: str
    scheme: str
    shown: str
    enabled: bool
    min_severity: int
    last_ok_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    waits: int
    lost: int
    updated_at: datetime
    updated_by: str


def list_channels(databases: Databases, actor: Actor) -> list[Channel]:
    require(actor, CONFIGURE)
    with databases.control.read() as session:
        counts = deliveries.count_open(session)
        return [_channel(row, *counts.get(row.id, (0, 0))) for row in deliveries.channels(session)]


def add_channel(
    settings: Settings,
    databases: Databases,
    actor: Actor,
    *,
    name: str,
    url: str,
    min_severity: int = 0,
) -> int:
    """The new channel's id. Raises Denied, ChannelRefused, ConfigError: then nothing was saved."""
    require(actor, CONFIGURE)
    name, url = _checked_name(name), checked_url(url)
    keep_secret(url)
    _refuse_unreadable(url)
    row = AlertChannel(
        name=name,
        scheme=scheme_of(url),
        shown=shown(url),
        sealed=seal(settings, url, origin(name)),
        min_severity=_severity(min_severity),
        updated_at=utc_now(),
        updated_by=actor.name,
    )
    with databases.control.write() as session:
        if deliveries.channel_named(session, name) is not None:
            raise ChannelRefused(TAKEN, "A channel has this name.", hint="Choose another one.")
        deliveries.add_channel(session, row)
        _record(session, actor, row, "added")
    return row.id


def change_channel(
    settings: Settings,
    databases: Databases,
    actor: Actor,
    channel_id: int,
    *,
    enabled: bool,
    min_severity: int,
    url: str = "",
    expected_updated_at: datetime | None = None,
) -> None:
    """An empty address keeps the present one. Switched off, it forgets what was on its way.

    Raises Denied, ChannelRefused, ConfigError: then nothing was saved.
    """
    require(actor, CONFIGURE)
    given = checked_url(url) if url.strip() else ""
    if given:
        keep_secret(given)
        _refuse_unreadable(given)
    with databases.control.write() as session:
        row = _locked(session, channel_id, expected_updated_at)
        if given:
            row.sealed = seal(settings, given, origin(row.name))
            row.scheme, row.shown = scheme_of(given), shown(given)
            row.last_error = None
        row.enabled, row.min_severity = enabled, _severity(min_severity)
        _date(row, actor)
        if not enabled:
            deliveries.drop_open(session, channel_id)
        told = "changed, with its address" if given else "changed"
        _record(session, actor, row, told if enabled else f"{told}, off")


def remove_channel(
    databases: Databases,
    actor: Actor,
    channel_id: int,
    expected_updated_at: datetime | None = None,
) -> None:
    """With what was on its way. Raises Denied, ChannelRefused."""
    require(actor, CONFIGURE)
    with databases.control.write() as session:
        row = _locked(session, channel_id, expected_updated_at)
        _record(session, actor, row, "removed")
        deliveries.remove_channel(session, channel_id)


def try_channel(
    settings: Settings, databases: Databases, actor: Actor, channel_id: int
) -> str | None:
    """Sends a test message now. Why it was not taken; None where it was. Raises ConfigError."""
    require(actor, CONFIGURE)
    with databases.control.read() as session:
        row = deliveries.find_channel(session, channel_id)
    if row is None:
        raise _gone()
    error = _say(unseal(settings, row.sealed).open_for(origin(row.name)))
    with databases.control.write() as session:
        deliveries.note_try(session, channel_id, utc_now(), error)
        _record(session, actor, row, f"tested: {error or 'sent'}")
    return error


def try_url(databases: Databases, actor: Actor, url: str) -> str | None:
    """The same with an address that is not saved. Raises Denied, ChannelRefused."""
    require(actor, CONFIGURE)
    url = checked_url(url)
    error = _say(url)
    with databases.control.write() as session:
        told = f"tested: {error or 'sent'}"
        audit.record(session, actor, audit.SETTING_CHANGED, f"alert channel {shown(url)}", told)
    return error


def _say(url: str) -> str | None:
    keep_secret(url)
    long, short = words.trial()
    if service_of(scheme_of(url)).short:
        return _ask_mouth({"url": url, "title": "", "body": short})
    return _ask_mouth({"url": url, "title": long.title, "body": long.body})


def _refuse_unreadable(url: str) -> None:
    error = _ask_mouth({"url": url})
    if error is not None:
        raise ChannelRefused(
            UNREADABLE,
            "The address is not what this service needs.",
            hint=f"Write it such as {service_of(scheme_of(url)).example}",
        )


def _ask_mouth(errand: Mapping[str, str]) -> str | None:
    """In a process of its own: it can be ended, and what it loads goes with it."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "sync_core.alerts.mouth"],
            cwd=PACKAGE_ROOT,
            input=json.dumps(errand).encode(),
            capture_output=True,
            timeout=MOUTH_S,
            check=True,
        )
        error = json.loads(done.stdout)["error"]
    except subprocess.TimeoutExpired:
        return TIMEOUT
    except (subprocess.CalledProcessError, ValueError, OSError):
        return FAILED
    return None if error is None else str(error)


def _locked(session: Session, channel_id: int, expected: datetime | None) -> AlertChannel:
    row = deliveries.lock_channel(session, channel_id)
    if row is None:
        raise _gone()
    if expected is not None and row.updated_at != expected:
        raise ChannelRefused(
            STALE,
            f"{row.updated_by} changed this channel after you opened it.",
            hint="Nothing was changed. Look at it again, then save.",
        )
    return row


def _date(row: AlertChannel, actor: Actor) -> None:
    """A version later than the one before, whatever the clock says."""
    row.updated_at = max(utc_now(), row.updated_at + timedelta(microseconds=1))
    row.updated_by = actor.name


def _gone() -> ChannelRefused:
    return ChannelRefused(GONE, "There is no such channel any more.", hint="Look at the list.")


def _checked_name(given: str) -> str:
    name = given.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise ChannelRefused(
            NAME, f"A name has 1 to {LONGEST_NAME} characters.", hint="Such as: IT mail."
        )
    return name


def _severity(given: int) -> int:
    return given if given in SEVERITIES else SEVERITIES[0]


def _record(session: Session, actor: Actor, row: AlertChannel, told: str) -> None:
    target = f"alert channel {row.name}"
    audit.record(session, actor, audit.SETTING_CHANGED, target, f"{row.shown}: {told}")


def _channel(row: AlertChannel, waits: int, lost: int) -> Channel:
    return Channel(
        row.id,
        row.name,
        row.scheme,
        row.shown,
        row.enabled,
        row.min_severity,
        row.last_ok_at,
        row.last_error,
        row.last_error_at,
        waits,
        lost,
        row.updated_at,
        row.updated_by,
    )
