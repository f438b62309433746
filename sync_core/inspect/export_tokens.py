"""Addresses of files of people: each for one person, once, and for two minutes.

What was searched for stands in no address: it waits in the control database, until it is fetched.
"""

import secrets
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sync_core.access.permissions import EXPORT_UNMASKED, SEE, Actor, require
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import Settings
from sync_core.engine.source import find_source
from sync_core.inspect.export import Export, ExportRequest, begin_export, checked
from sync_core.inspect.people_filter import PeopleFilter
from sync_core.store import exports as store
from sync_core.store.control_access import ExportToken
from sync_core.store.engines import Databases, Session

LIVES = timedelta(minutes=2)


class UnknownExport(ConfigError):
    """There is no such file, or it is somebody else's."""


class ExportGone(ConfigError):
    """It was fetched before, or too late."""


def offer_export(databases: Databases, actor: Actor, request: ExportRequest) -> str:
    """The token by which `actor` may fetch the file. Raises Denied, ConfigError."""
    require(actor, SEE)
    if actor.user_id is None:
        raise Denied("Only a user can fetch a file.")
    request = checked(actor, request)
    token, now = secrets.token_urlsafe(32), utc_now()
    row = ExportToken(
        token_hash=_hash(token),
        user_id=actor.user_id,
        source=request.source.name,
        format=request.format,
        filter=asdict(request.which),
        reason=request.reason,
        expires_at=now + LIVES,
    )
    with databases.control.write() as session:
        store.delete_expired(session, now)
        store.add_token(session, row)
    return token


def take_export(
    settings: Settings, databases: Databases, actor: Actor, token: str
) -> AbstractContextManager[Export]:
    """Once. Raises Denied, UnknownExport, ExportGone, DatabaseError; also while it is read."""
    require(actor, SEE)
    request = requested(settings, databases, actor, token)

    def claim(session: Session) -> None:
        if not store.use_token(session, _hash(token), utc_now()):
            raise _gone()

    return begin_export(settings, databases, request, actor, claim)


def requested(settings: Settings, databases: Databases, actor: Actor, token: str) -> ExportRequest:
    """What the token is for; it stays good. Raises Denied, UnknownExport, ExportGone."""
    require(actor, SEE)
    with databases.control.read() as session:
        row = store.find_token(session, _hash(token))
    if row is None or row.user_id != actor.user_id:
        raise UnknownExport("There is no such file.", hint="Ask for it on the page of the rows.")
    if row.used_at is not None or row.filter is None or row.expires_at <= utc_now():
        raise _gone()
    if row.reason is not None:
        require(actor, EXPORT_UNMASKED)
    source = find_source(settings, row.source)
    return ExportRequest(source, _filter(row.filter), row.format, row.reason)


def forget_expired(databases: Databases) -> None:
    """What nobody came for is not kept."""
    now = utc_now()
    with databases.control.read() as session:
        if not store.has_expired(session, now):
            return
    with databases.control.write() as session:
        store.delete_expired(session, now)


def _gone() -> ExportGone:
    return ExportGone(
        "This file was fetched already, or too late.", hint="Ask for it again on the same page."
    )


def _filter(kept: dict[str, Any]) -> PeopleFilter:
    """Raises ExportGone for one of another version."""
    facets = tuple((str(column), value) for column, value in kept.get("facets", ()))
    try:
        return PeopleFilter(**{**kept, "facets": facets})
    except TypeError as exc:
        raise _gone() from exc


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
