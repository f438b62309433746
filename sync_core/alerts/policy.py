"""When alerts may go out: quiet hours, how many an hour, once a day. Pure, with the time given.

Hours are those of Tehran. It sends nothing and reads no database.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import TypeVar

from sync_core.alerts.kinds import ERROR, FAILED
from sync_core.base.clock import TEHRAN
from sync_core.base.errors import ConfigError

KEY = "alerts"
"""In the table `settings`."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
FLOOD = 3
"""More that are due at once on one channel become one message."""
MOST_AN_HOUR = 1_000
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), HOUR
GIVE_UP_AFTER = DAY

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Policy:
    """`quiet_from`, `quiet_to`, `digest_at`: such as `22:00`, or empty for never.

    With `digest_at`, what is no error is gathered and sent once a day.
    """

    quiet_from: str = ""
    quiet_to: str = ""
    failed_in_quiet: bool = True
    per_hour: int = 10
    digest_at: str = ""

    def __post_init__(self) -> None:
        """Raises ConfigError."""
        for given in (self.quiet_from, self.quiet_to, self.digest_at):
            if given and not CLOCK.fullmatch(given):
                raise ConfigError(f"{given[:20]!r} is no time of day.", hint="Write it as 22:00.")
        if bool(self.quiet_from) != bool(self.quiet_to):
            raise ConfigError("Quiet hours need a beginning and an end.", hint="Give both.")
        if not 1 <= self.per_hour <= MOST_AN_HOUR:
            raise ConfigError(
                "The messages an hour are out of bounds.", hint=f"Give 1 to {MOST_AN_HOUR}."
            )

    def as_text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


def from_text(stored: str | None) -> Policy:
    """What is damaged, or of another version, means what holds without any."""
    try:
        values = json.loads(stored or "{}")
        known = {name: values[name] for name in Policy.__dataclass_fields__ if name in values}
        return Policy(**known)
    except (ValueError, TypeError, ConfigError):
        return Policy()


def release_at(policy: Policy, rule: str, severity: int, now: datetime) -> datetime:
    """When an alert may go out for the first time; `now` where nothing holds it."""
    at = next_digest(policy, now) if policy.digest_at and severity < ERROR else now
    if rule == FAILED and policy.failed_in_quiet:
        return at
    return quiet_until(policy, at) or at


def quiet_until(policy: Policy, now: datetime) -> datetime | None:
    """The end of the quiet hours that it is in; None outside of them. They may cross midnight."""
    if not policy.quiet_from or policy.quiet_from == policy.quiet_to:
        return None
    local = f"{now.astimezone(TEHRAN):%H:%M}"
    begin, end = policy.quiet_from, policy.quiet_to
    inside = begin <= local < end if begin < end else local >= begin or local < end
    return _next(end, now) if inside else None


def next_digest(policy: Policy, now: datetime) -> datetime:
    return _next(policy.digest_at, now)


def _next(clock: str, now: datetime) -> datetime:
    """The first such time of day that is later than `now`."""
    local = now.astimezone(TEHRAN)
    at = datetime.combine(local.date(), time.fromisoformat(clock), TEHRAN)
    if at <= local:
        at = datetime.combine(local.date() + DAY, time.fromisoformat(clock), TEHRAN)
    return at.astimezone(now.tzinfo)


def messages(due: Sequence[T], room: int, is_daily: Mapping[T, bool]) -> list[list[T]]:
    """How what is due on one channel is put into messages, of which there is `room` for so many.

    A flood is one message, and so is what was gathered for a day.
    """
    if not due or room < 1:
        return []
    gathered = [one for one in due if is_daily[one]]
    alone = [[one] for one in due if not is_daily[one]]
    made = [gathered, *alone] if gathered else alone
    return made if len(made) <= min(room, FLOOD) else [list(due)]


def wait_after(tries: int) -> timedelta:
    """Before another try: a minute, two, four … an hour."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(max(tries - 1, 0), 10)
    return min(doubled, LONGEST_WAIT)
