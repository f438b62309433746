"""The arithmetic of an interval: its length and its slots. Knows no database and no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_core.base.errors import ConfigError

UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a schedule moves to. `fires`: whether a run is due now; `missed`: older slots lost."""

    next_due_at: datetime
    fires: bool
    missed: int = 0


def interval(value: int, unit: str) -> timedelta:
    """Raises ConfigError for anything but one minute up to 365 days."""
    length = UNITS[unit] * value if unit in UNITS and 1 <= value <= 525_600 else timedelta()
    if timedelta() < length <= LONGEST:
        return length
    raise ConfigError(
        f"A source cannot be synced every {value} {unit[:20]}.",
        hint="Give 1 minute up to 365 days, in minutes, hours or days.",
    )


def next_slot(
    due_at: datetime | None, every: timedelta, now: datetime, fired_at: datetime | None = None
) -> Slot | None:
    """What a tick at `now` does with a schedule that last started a run at `fired_at`, where that
    is known; None where it waits.

    Slots missed while nothing ticked are caught up by one run. A slot further away than one
    interval comes from a clock that was set back, or from another host's: it is moved nearer. One
    that was started does not start again, whatever the clock shows.
    """
    if due_at is None or (due_at > now + every and fired_at is None):
        return Slot(now + every, fires=False)
    if due_at > now + every:
        return Slot(due_at - (due_at - now) // every * every, fires=False)
    if due_at > now:
        return None
    passed = (now - due_at) // every
    slot = due_at + passed * every
    if fired_at is not None and slot <= fired_at < slot + every:
        return Slot(slot + every, fires=False)
    return Slot(slot + every, fires=True, missed=passed)
