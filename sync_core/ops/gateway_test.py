"""Tries the way to the gateway step by step, with the account that a sync would use now.

Nothing is stored, and no password that is not saved is sent anywhere.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from sync_core.access import audit
from sync_core.access.permissions import CONFIGURE, Actor, require
from sync_core.base.errors import SyncError
from sync_core.base.redact import redact
from sync_core.base.settings import Settings
from sync_core.engine.source import ProbeStep, load_sources
from sync_core.ops.stored import with_stored
from sync_core.store.engines import Databases

SETTINGS = "settings"
"""The step before the others: whether there is an account to try."""
STEPS = ("dns", "tcp", "tls", "login", "page")


def try_gateway(settings: Settings, databases: Databases, actor: Actor) -> Iterator[ProbeStep]:
    """Each step as it ends, up to the first that fails; the last ones can take seconds.

    However it ends, also where nobody waits for it, it is on record. Raises Denied, DatabaseError.
    """
    require(actor, CONFIGURE)
    told = "given up"
    try:
        for step in _steps(settings, databases):
            told = _told(step)
            yield step
    finally:
        with databases.control.write() as session:
            audit.record(session, actor, audit.GATEWAY_TESTED, detail=told)


def steps_to_try(address: str) -> tuple[str, ...]:
    """Their names, in turn. Through a proxy `tls` is left out as well; that shows only later."""
    without_tls = urlsplit(address).scheme == "http"
    return tuple(step for step in STEPS if not (without_tls and step == "tls"))


def _steps(settings: Settings, databases: Databases) -> Iterator[ProbeStep]:
    try:
        account = with_stored(settings, databases)
        account.require_gateway()
        source = next(iter(load_sources(settings).values()))
        for step in source.probe(account):
            yield _redacted(step)
    except SyncError as error:
        yield ProbeStep(SETTINGS, False, 0.0, error.message, error.hint, error.code)


def _redacted(step: ProbeStep) -> ProbeStep:
    detail, hint = redact(step.detail), redact(step.hint)
    return ProbeStep(step.name, step.ok, step.duration_s, detail, hint, step.error_class)


def _told(step: ProbeStep) -> str:
    return f"{step.name}: {'ok' if step.ok else step.error_class}"
