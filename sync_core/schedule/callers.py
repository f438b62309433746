"""Who can call `tick`, and when each of them last did. It installs nothing and calls nobody."""

from dataclasses import dataclass
from datetime import datetime

from sync_core.access.permissions import SEE, Actor, require
from sync_core.schedule.caller_names import CALLERS as CALLERS
from sync_core.schedule.caller_names import CRON as CRON
from sync_core.schedule.caller_names import HAND as HAND
from sync_core.schedule.caller_names import SCHEDULER as SCHEDULER
from sync_core.schedule.caller_names import SYSTEMD as SYSTEMD
from sync_core.schedule.caller_names import WINDOWS as WINDOWS
from sync_core.store import schedules
from sync_core.store.engines import Databases


@dataclass(frozen=True, slots=True)
class Call:
    """The last time that this caller really came, and on which machine."""

    caller: str
    at: datetime
    host: str


def last_calls(databases: Databases, actor: Actor) -> list[Call]:
    """One of each caller that ever came, the latest first."""
    require(actor, SEE)
    with databases.control.read() as session:
        beats = schedules.beats(session, CALLERS)
    return [Call(beat.name, beat.at, beat.host) for beat in beats]
