"""Whether and when a failed run of the schedule is tried again by itself. It starts nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from sync_core.access.permissions import SCHEDULER
from sync_core.store.control import FAILED
from sync_core.store.schedules import Ended

MAY_PASS: Mapping[str, bool] = {
    "auth": False,  # a wrong password stays wrong; tries may lock the account
    "network": True,
    "timeout": True,
    "gateway": True,
    "payload": True,  # a page of maintenance instead of an answer
    "shrink": False,  # a person has to say whether so many are really gone
    "partial": True,
    "database": True,  # a lock, a restart
    "disk": False,  # each try would fill it further
    "config": False,
    "cancelled": False,  # a person wanted it to end
    "crashed": True,
}
"""Class of a failed run → whether it may go well by itself later."""


def retry_due(ended: Sequence[Ended], retries: int, wait: timedelta) -> datetime | None:
    """When the newest of a source's runs is to be tried again; `ended`: newest first."""
    tried = len(list(takewhile(_is_retry, ended)))
    first = ended[tried] if tried < len(ended) else None
    if first is None or not (first.trigger == "schedule" and tried < retries):
        return None
    newest = ended[0]
    if newest.status != FAILED or not MAY_PASS.get(newest.error_class or "", False):
        return None
    return newest.finished_at + wait


def _is_retry(run: Ended) -> bool:
    """By the schedule itself; a person's begins no further ones."""
    return run.trigger == "retry" and run.requested_by == SCHEDULER.name
