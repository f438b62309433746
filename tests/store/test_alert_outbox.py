"""The outbox: what is queued, who may send it, what a try leaves behind. Sent to a real server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from sync_core.access.keys import VAULT
from sync_core.alerts import mouth
from sync_core.alerts.claims import CLAIM, claim
from sync_core.alerts.kinds import DISK, ERROR, FAILED, INFO, LATE, RECOVERED
from sync_core.alerts.mouth import REFUSED, TIMEOUT, UNREACHABLE, UNSEALED
from sync_core.alerts.policy import DAY, HOUR, Policy
from sync_core.alerts.send import send_due
from sync_core.base.clock import TEHRAN
from sync_core.base.explanations import explain
from sync_core.base.settings import load
from sync_core.base.titles import source_title
from sync_core.store.control_alerts import AlertChannel
from sync_core.store.deliveries import GIVEN_UP, SENDING, SENT, WAITING
from sync_core.store.engines import Databases, open_databases
from tests.alerting import add_channel, all_alerts, all_deliveries, set_policy, tell
from tests.sinks import HookSink, closed_port, hook_sink

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SENDERS = 20


@pytest.fixture
def sink() -> Iterator[HookSink]:
    with hook_sink() as made:
        yield made


def deliver(databases: Databases, now: datetime = NOW, budget_s: float = 20) -> int:
    return send_due(load(), databases, now, budget_s=budget_s)


def channel(databases: Databases, channel_id: int) -> AlertChannel:
    with databases.control.read() as session:
        found = session.get(AlertChannel, channel_id)
    assert found is not None
    return found


def states(databases: Databases) -> list[str]:
    return [one.state for one in all_deliveries(databases)]


def test_it_keeps_an_alert_without_any_channel_and_has_nothing_to_send(
    databases: Databases,
) -> None:
    assert tell(databases, at=NOW)
    assert len(all_alerts(databases)) == 1
    assert all_deliveries(databases) == []
    assert claim(databases, NOW) is None


def test_it_tells_a_run_and_rule_at_most_once(databases: Databases) -> None:
    add_channel(databases, "json://127.0.0.1/")
    assert tell(databases, FAILED, run_id=7, at=NOW)
    assert not tell(databases, FAILED, run_id=7, at=NOW)
    assert tell(databases, RECOVERED, run_id=7, at=NOW)
    assert tell(databases, FAILED, run_id=8, at=NOW)
    assert len(all_deliveries(databases)) == 3


def test_it_queues_for_the_channels_that_are_on_and_take_such_alerts(databases: Databases) -> None:
    loud = add_channel(databases, "json://127.0.0.1/", "all")
    add_channel(databases, "json://127.0.0.1/", "errors", min_severity=ERROR)
    add_channel(databases, "json://127.0.0.1/", "off", enabled=False)
    tell(databases, RECOVERED, at=NOW)
    assert [one.channel_id for one in all_deliveries(databases)] == [loud]
    assert all_alerts(databases)[0].severity == INFO


def test_it_sends_once_and_says_so(databases: Databases, sink: HookSink) -> None:
    own = add_channel(databases, sink.url())
    tell(databases, at=NOW, run_id=3, failed=2, error_class="gateway")
    assert deliver(databases) == 1
    assert deliver(databases, NOW + DAY) == 0

    [one] = all_deliveries(databases)
    assert (one.state, one.tries, one.sent_at, one.error) == (SENT, 1, NOW, None)
    assert channel(databases, own).last_ok_at == NOW
    [message] = sink.got
    assert source_title("faculty") in message["title"]
    assert explain("gateway").what in message["message"]


def test_it_sends_each_alert_once_when_twenty_send_at_once(
    databases: Databases, sink: HookSink
) -> None:
    """Each with connections of its own, as processes have."""
    set_policy(databases, Policy(per_hour=100))
    add_channel(databases, sink.url())
    for number in range(3):
        tell(databases, run_id=number, at=NOW)
    ready = Barrier(SENDERS)

    def one(_number: int) -> int:
        mine = open_databases(load())
        ready.wait()
        sent = send_due(load(), mine, NOW)
        mine.dispose()
        return sent

    with ThreadPoolExecutor(SENDERS) as pool:
        assert sum(pool.map(one, range(SENDERS))) == 3
    assert len(sink.got) == 3
    assert states(databases) == [SENT] * 3


def test_it_sends_again_what_a_sender_that_died_had_claimed(
    databases: Databases, sink: HookSink
) -> None:
    add_channel(databases, sink.url())
    tell(databases, at=NOW)
    assert claim(databases, NOW) is not None  # and then its process is killed
    assert deliver(databases, NOW + CLAIM - MINUTE) == 0
    assert deliver(databases, NOW + CLAIM) == 1
    assert [one.tries for one in all_deliveries(databases)] == [2]


def test_it_sends_nothing_of_a_claim_that_it_lost(databases: Databases, sink: HookSink) -> None:
    add_channel(databases, sink.url())
    tell(databases, at=NOW)
    first = claim(databases, NOW)
    second = claim(databases, NOW + CLAIM)
    assert send_due(load(), databases, NOW + CLAIM, claimed=first) == 0
    assert send_due(load(), databases, NOW + CLAIM, claimed=second) == 1
    assert states(databases) == [SENT]


def test_it_keeps_no_outcome_of_a_claim_that_it_lost_while_it_sent(
    databases: Databases, sink: HookSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who slept sends it as well; the row belongs to the other."""
    add_channel(databases, sink.url())
    tell(databases, at=NOW)
    run, claims = mouth.run, list[str | None]()

    def asleep(*given: Any) -> None:
        claims.append(claim(databases, NOW + CLAIM))
        run(*given)

    monkeypatch.setattr(mouth, "run", asleep)
    assert deliver(databases, NOW) == 1
    assert [(one.state, one.claim) for one in all_deliveries(databases)] == [(SENDING, claims[0])]


def test_it_tries_again_after_longer_and_longer_waits(databases: Databases, sink: HookSink) -> None:
    sink.status = 503
    own = add_channel(databases, sink.url())
    tell(databases, at=NOW)
    now, waits = NOW, []
    for _try in range(4):
        assert deliver(databases, now) == 0
        [one] = all_deliveries(databases)
        assert (one.state, one.error) == (WAITING, f"{REFUSED} 503")
        waits.append((one.next_try_at - now) / MINUTE)
        now = one.next_try_at
    assert waits == [1, 2, 4, 8]
    assert channel(databases, own).last_error == f"{REFUSED} 503"

    sink.status = 200
    assert deliver(databases, now) == 1
    assert channel(databases, own).last_error is None


def test_it_gives_up_after_a_day_and_says_so(databases: Databases) -> None:
    with closed_port() as port:
        add_channel(databases, f"json://127.0.0.1:{port}/")
        tell(databases, at=NOW)
        assert deliver(databases, NOW) == 0
        assert deliver(databases, NOW + DAY - MINUTE) == 0
        assert states(databases) == [WAITING]
        assert deliver(databases, NOW + DAY + HOUR) == 0
    [one] = all_deliveries(databases)
    assert (one.state, one.error) == (GIVEN_UP, UNREACHABLE)
    assert claim(databases, NOW + 2 * DAY) is None


def test_it_ends_at_its_deadline_when_a_server_hangs_and_sends_the_others(
    databases: Databases, sink: HookSink
) -> None:
    with hook_sink() as hanging:
        hanging.status = None
        add_channel(databases, hanging.url(), "hangs")
        add_channel(databases, sink.url(), "works")
        tell(databases, at=NOW)
        assert deliver(databases, budget_s=4) == 1
        found = {one.channel_id: (one.state, one.error) for one in all_deliveries(databases)}
    assert sorted(found.values(), key=str) == sorted([(WAITING, TIMEOUT), (SENT, None)], key=str)


def test_it_follows_no_redirect(databases: Databases, sink: HookSink) -> None:
    sink.status = 302
    add_channel(databases, sink.url())
    tell(databases, at=NOW)
    assert deliver(databases) == 0
    assert sink.got == []
    assert [one.error for one in all_deliveries(databases)] == [f"{REFUSED} 302"]


def test_it_makes_one_message_of_a_flood(databases: Databases, sink: HookSink) -> None:
    add_channel(databases, sink.url())
    for number in range(50):
        tell(databases, run_id=number, at=NOW)
    assert deliver(databases) == 1
    assert states(databases) == [SENT] * 50
    [message] = sink.got
    assert "۵۰" in message["title"]


def test_it_sends_no_more_an_hour_than_it_may(databases: Databases, sink: HookSink) -> None:
    set_policy(databases, Policy(per_hour=2))
    add_channel(databases, sink.url())
    for number in range(5):
        tell(databases, run_id=number, at=NOW)
        deliver(databases, NOW + number * MINUTE)
    assert len(sink.got) == 2
    assert states(databases) == [SENT, SENT, WAITING, WAITING, WAITING]
    assert deliver(databases, NOW + HOUR - MINUTE) == 0
    assert deliver(databases, NOW + HOUR + MINUTE) == 1, "the rest, as one"
    assert states(databases) == [SENT] * 5


def test_it_holds_alerts_in_quiet_hours_that_came_after_they_were_queued(
    databases: Databases, sink: HookSink
) -> None:
    at_night = datetime(2026, 11, 24, 2, tzinfo=TEHRAN)
    add_channel(databases, sink.url())
    tell(databases, DISK, None, at=at_night, folder="/", free_gib=1)
    set_policy(databases, Policy("22:00", "06:00"))
    assert deliver(databases, at_night) == 0
    tell(databases, FAILED, run_id=1, at=at_night)
    assert deliver(databases, at_night) == 1, "a failure may be told"
    assert deliver(databases, at_night.replace(hour=5, minute=59)) == 0
    assert deliver(databases, at_night.replace(hour=6)) == 1


def test_it_gathers_what_is_no_error_until_the_hour_of_the_digest(
    databases: Databases, sink: HookSink
) -> None:
    morning = datetime(2026, 11, 24, 9, tzinfo=TEHRAN)
    set_policy(databases, Policy(digest_at="18:00"))
    add_channel(databases, sink.url())
    tell(databases, LATE, at=morning, hours=50, promised=48)
    tell(databases, RECOVERED, at=morning + HOUR)
    tell(databases, FAILED, run_id=9, at=morning + HOUR)
    assert deliver(databases, morning + HOUR) == 1
    assert deliver(databases, morning.replace(hour=18)) == 1
    assert len(sink.got) == 2
    assert "۲" in sink.got[1]["title"]


def test_it_says_so_when_an_address_cannot_be_opened_any_more(
    databases: Databases, sink: HookSink
) -> None:
    own = add_channel(databases, sink.url())
    tell(databases, at=NOW)
    (load().home / "keys" / VAULT).unlink()
    assert deliver(databases) == 0
    assert sink.got == []
    assert channel(databases, own).last_error == UNSEALED


def test_it_opens_no_address_that_was_moved_to_another_channel(
    databases: Databases, sink: HookSink
) -> None:
    one, other = (
        add_channel(databases, sink.url("a"), "a"),
        add_channel(databases, "json://h/", "b"),
    )
    with databases.control.write() as session:
        rows = [session.get(AlertChannel, key) for key in (one, other)]
        assert rows[0]
        assert rows[1]
        rows[1].sealed, rows[0].enabled = rows[0].sealed, False
    tell(databases, at=NOW)
    assert deliver(databases) == 0
    assert sink.got == []
    assert channel(databases, other).last_error == UNSEALED
