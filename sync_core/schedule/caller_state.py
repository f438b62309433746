"""What is true of each caller: is it installed, is it as wanted. It says nothing it cannot know."""

from dataclasses import dataclass

from sync_core.access.permissions import SEE, Actor, require
from sync_core.base.errors import SyncError
from sync_core.base.settings import Settings
from sync_core.schedule.caller_files import CRONTAB, SCOPE_OF
from sync_core.schedule.callers import CRON, SYSTEMD, WINDOWS
from sync_core.schedule.crontab_install import crontab_state
from sync_core.schedule.systemd_installed import units_state
from sync_core.schedule.windows_task import task_name

ABSENT, DIFFERENT, INSTALLED, UNKNOWN = "absent", "different", "installed", "unknown"
DISABLED, INCOMPLETE = "disabled", "incomplete"
"""Parts of systemd's: the timer is there and not switched on; one of the two files is missing."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that differs: its name, what is wanted and what is there."""

    name: str
    wanted: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class CallerState:
    """`caller`: its heartbeat. `place`: whose crontab, which folder, or the name of the task."""

    kind: str
    caller: str
    state: str
    place: str = ""
    differing: tuple[Part, ...] = ()
    trouble: SyncError | None = None


def caller_state(settings: Settings, actor: Actor, kind: str) -> CallerState:
    require(actor, SEE)
    if kind == CRONTAB:
        return _crontab(settings, actor)
    if kind in SCOPE_OF:
        return _systemd(settings, actor, kind)
    return CallerState(kind, WINDOWS, UNKNOWN, task_name(settings))


def _crontab(settings: Settings, actor: Actor) -> CallerState:
    found = crontab_state(settings, actor)
    parts = tuple(Part(one.part, one.wanted, one.found) for one in found.differing)
    state = _state(found.trouble, found.installed, found.as_wanted)
    return CallerState(CRONTAB, CRON, state, found.account, parts, found.trouble)


def _systemd(settings: Settings, actor: Actor, kind: str) -> CallerState:
    found = units_state(settings, actor, SCOPE_OF[kind])
    parts = [Part(name) for name in found.differing]
    if found.installed and len(found.found) == 1:
        parts.append(Part(INCOMPLETE, found=found.found[0]))
    if found.installed and not found.enabled:
        parts.append(Part(DISABLED))
    state = _state(found.trouble, found.installed, found.as_wanted)
    return CallerState(kind, SYSTEMD, state, str(found.folder), tuple(parts), found.trouble)


def _state(trouble: SyncError | None, installed: bool, as_wanted: bool) -> str:
    if trouble is not None:
        return UNKNOWN
    if not installed:
        return ABSENT
    return INSTALLED if as_wanted else DIFFERENT
