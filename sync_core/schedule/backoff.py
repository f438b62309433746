"""Holds a source back that keeps failing, so that a wrong password is not tried every minute.

After the second failed run in a row the distance to the next slot is doubled, after the third
doubled again, and so on up to a day. A success, a save of the schedule and one of the gateway's
account end it.
"""

from collections.abc import Sequence
from datetime import datetime

from sync_core.schedule.plan import LONGEST_HOLD, Plan
from sync_core.store.control import FAILED, SUCCESS
from sync_core.store.schedules import Ended

PATIENT = 1
"""So many failures change nothing yet."""
MOST_DOUBLINGS = 11  # a minute is more than a day by then


def failures_in_a_row(ended: Sequence[Ended], forgiven_at: datetime | None) -> int:
    """Scheduled runs that failed since the last success of any run; `ended`: newest first."""
    count = 0
    for run in ended:
        if run.status == SUCCESS or (forgiven_at is not None and run.created_at <= forgiven_at):
            break
        count += _counts(run)
    return count


def held_until(plan: Plan, failures: int) -> datetime | None:
    """No slot before it is started; None where nothing is held back."""
    if plan.slot_at is None or failures <= PATIENT:
        return None
    slot = plan.slot_at
    distance = plan.slots.after(slot) - plan.slots.before(slot)
    if distance >= LONGEST_HOLD:
        return None
    doublings = min(failures - PATIENT, MOST_DOUBLINGS)
    return slot + min(LONGEST_HOLD, distance * (1 << doublings))


def _counts(run: Ended) -> bool:
    """A person's run says nothing of the schedule, and neither does one that a person stopped."""
    return run.status == FAILED and run.trigger == "schedule" and run.error_class != "cancelled"
