"""Sends what is due: claims it, says it through its channels, and keeps how that went.

Each delivery is claimed by a guarded update before it is sent, so that of many senders at once one
has it. A sender that dies in between leaves it to the next one after `CLAIM`: an alert arrives at
least once, and twice only after such a death.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync_core.access.vault import unseal
from sync_core.alerts import mouth, policy, words
from sync_core.alerts.claims import Due, claim, waits
from sync_core.alerts.kinds import Told
from sync_core.alerts.mouth import UNSEALED, Errand, Message, Outcome
from sync_core.alerts.policy import GIVE_UP_AFTER
from sync_core.alerts.schemes import service_of
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError
from sync_core.base.settings import Settings
from sync_core.store import deliveries
from sync_core.store.control_alerts import Alert, AlertChannel, AlertDelivery
from sync_core.store.deliveries import GIVEN_UP, SENT
from sync_core.store.engines import Databases

BUDGET_S = 20.0
"""Of one sending, all channels together. It is a process of its own: no run and no tick waits."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of one channel, and the deliveries that it stands for."""

    channel: AlertChannel
    parts: Sequence[Due]


def send_due(
    settings: Settings,
    databases: Databases,
    now: datetime | None = None,
    *,
    claimed: str | None = None,
    budget_s: float = BUDGET_S,
) -> int:
    """How many messages left. `claimed`: what `claim` answered; None claims here."""
    name = claimed or claim(databases, now)
    if name is None:
        return 0
    letters = _letters(databases, name)
    by_channel: defaultdict[int, list[Letter]] = defaultdict(list)
    for letter in letters:
        by_channel[letter.channel.id].append(letter)
    sent = 0

    def keep(outcome: Outcome) -> None:
        nonlocal sent
        channel, place, error = outcome
        sent += error is None
        _keep(databases, by_channel[channel][place], error, now or utc_now())

    errands = list(_errands(settings, by_channel, keep))
    if errands:
        mouth.run(errands, budget_s, keep)
    return sent


def _letters(databases: Databases, name: str) -> list[Letter]:
    with databases.control.read() as session:
        rows = deliveries.claimed(session, name)
    letters: dict[tuple[int, str | None], Letter] = {}
    for delivery, alert, channel in rows:
        key = (channel.id, delivery.message)
        before = letters.get(key)
        parts = [*before.parts, (delivery, alert)] if before else [(delivery, alert)]
        letters[key] = Letter(channel, parts)
    return list(letters.values())


def _errands(
    settings: Settings,
    by_channel: Mapping[int, list[Letter]],
    keep: Callable[[Outcome], None],
) -> Iterable[Errand]:
    for channel_id, letters in by_channel.items():
        channel = letters[0].channel
        try:
            url = unseal(settings, channel.sealed).open_for(origin(channel.name))
        except ConfigError:  # the key is gone, or the row was tampered with
            for place in range(len(letters)):
                keep((channel_id, place, UNSEALED))
            continue
        texts = [_text(letter, settings.public_url) for letter in letters]
        yield Errand(channel_id, url, texts)


def origin(name: str) -> str:
    """What a channel's address is sealed for: in another row it opens no more."""
    return f"alert channel {name}"


def _text(letter: Letter, public_url: str) -> Message:
    told = [told_of(alert) for _delivery, alert in letter.parts]
    if service_of(letter.channel.scheme).short:
        return Message("", words.sms(told))
    return words.message(told, public_url)


def told_of(alert: Alert) -> Told:
    return Told(alert.rule, alert.source, alert.run_id, alert.severity, alert.at, alert.params)


def _keep(databases: Databases, letter: Letter, error: str | None, now: datetime) -> None:
    """One message's outcome, at once: should this process die, the others' are kept already."""
    with databases.control.write() as session:
        for delivery, _alert in letter.parts:
            deliveries.change(session, delivery, _after(delivery, error, now))
        deliveries.note_try(session, letter.channel.id, now, error)


def _after(delivery: AlertDelivery, error: str | None, now: datetime) -> dict[str, object]:
    if error is None:
        return {"state": SENT, "sent_at": now, "error": None, "claim": None}
    if now - (delivery.first_try_at or now) >= GIVE_UP_AFTER:
        return {"state": GIVEN_UP, "error": error, "claim": None}
    until = now + policy.wait_after(delivery.tries)
    return {**waits(until), "error": error}
