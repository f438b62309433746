"""The inbox and its read marks; channels and rules as administrators save them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from sync_core.access.permissions import ADMIN, VIEWER, Actor
from sync_core.access.vault import unseal
from sync_core.alerts.channels import (
    Channel,
    add_channel,
    change_channel,
    list_channels,
    remove_channel,
    try_channel,
    try_url,
)
from sync_core.alerts.choices import ALL, ChoicesStale, read_choices, save_choices
from sync_core.alerts.inbox import (
    mark_all_read,
    mark_read,
    read_inbox,
    unread_count,
)
from sync_core.alerts.kinds import DISK, ERROR, FAILED, KINDS, LATE, WARNING, RuleBook, Setting
from sync_core.alerts.mouth import REFUSED, TIMEOUT, UNREACHABLE
from sync_core.alerts.policy import Policy
from sync_core.alerts.schemes import GONE, NAME, STALE, TAKEN, UNREADABLE, ChannelRefused
from sync_core.alerts.send import origin
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import load
from sync_core.store import alerts
from sync_core.store.control_access import AccessLog
from sync_core.store.control_alerts import AlertChannel
from sync_core.store.engines import Databases
from tests import alerting
from tests.alerting import all_deliveries, tell
from tests.sinks import HookSink, closed_port, hook_sink, mail_sink
from tests.store.people import added

KARIMI = Actor("karimi", ADMIN, 1, "192.0.2.9")
SECRET = "p1over-quartz-71"
URL = f"jsons://it:{SECRET}@hooks.example.org/{SECRET}"


@pytest.fixture
def sink() -> Iterator[HookSink]:
    with hook_sink() as made:
        yield made


def only(databases: Databases) -> Channel:
    [channel] = list_channels(databases, KARIMI)
    return channel


def log(databases: Databases) -> list[tuple[str | None, str | None]]:
    with databases.control.read() as session:
        rows = session.scalars(select(AccessLog).order_by(AccessLog.id)).all()
    return [(row.target, row.detail) for row in rows]


def sealed(databases: Databases) -> str:
    with databases.control.read() as session:
        row = session.scalars(select(AlertChannel)).one()
    return unseal(load(), row.sealed).open_for(origin(row.name))


def test_it_lists_the_newest_first_and_marks_for_each_person_alone(databases: Databases) -> None:
    karimi, rahimi = added(databases), added(databases, "s.rahimi", VIEWER)
    for number in range(3):
        tell(databases, run_id=number)
    assert [unread_count(databases, who) for who in (karimi, rahimi)] == [3, 3]

    newest = read_inbox(databases, karimi).entries[0]
    assert (newest.told.run_id, newest.read) == (2, False)
    mark_read(databases, karimi, newest.id)
    mark_read(databases, karimi, newest.id)
    assert [unread_count(databases, who) for who in (karimi, rahimi)] == [2, 3]
    assert read_inbox(databases, karimi).entries[0].read
    assert [one.told.run_id for one in read_inbox(databases, karimi, unread=True).entries] == [1, 0]

    mark_all_read(databases, rahimi)
    assert [unread_count(databases, who) for who in (karimi, rahimi)] == [2, 0]
    assert read_inbox(databases, rahimi).total == 3


def test_it_counts_nothing_as_news_that_is_older_than_the_account(databases: Databases) -> None:
    tell(databases, at=utc_now() - timedelta(days=1))
    late_comer = added(databases)
    assert unread_count(databases, late_comer) == 0
    assert read_inbox(databases, late_comer).total == 1


def test_it_leaves_no_marks_of_whom_it_does_not_know(databases: Databases) -> None:
    tell(databases)
    for stranger in (Actor("x", VIEWER, 99), Actor("cli:x", ADMIN)):
        mark_all_read(databases, stranger)
        assert unread_count(databases, stranger) == 0
        assert read_inbox(databases, stranger).total == 1


def test_it_filters_by_rule_and_source_and_pages(databases: Databases) -> None:
    karimi = added(databases)
    for number in range(5):
        tell(databases, run_id=number, source="students" if number % 2 else "faculty")
    tell(databases, LATE, "faculty", hours=50, promised=48)
    assert read_inbox(databases, karimi, rule=FAILED).total == 5
    assert read_inbox(databases, karimi, rule=FAILED, source="students").total == 2
    page = read_inbox(databases, karimi, 2, rule=FAILED, per_page=2)
    assert [one.told.run_id for one in page.entries] == [2, 1]
    assert (page.total, page.unread) == (5, 6)


def test_it_tells_of_each_alert_how_it_went_through_the_channels(databases: Databases) -> None:
    karimi = added(databases)
    alerting.add_channel(databases, "json://127.0.0.1/", "hook")
    tell(databases)
    [entry] = read_inbox(databases, karimi).entries
    assert [(way.channel, way.state) for way in entry.ways] == [("hook", "waiting")]


def test_it_saves_a_channel_whose_address_nobody_sees_again(databases: Databases) -> None:
    add_channel(load(), databases, KARIMI, name=" IT hook ", url=URL, min_severity=WARNING)
    channel = only(databases)
    assert (channel.name, channel.scheme, channel.shown) == (
        "IT hook",
        "jsons",
        "jsons://hooks.example.org",
    )
    assert channel.min_severity == WARNING
    assert SECRET not in repr(channel)
    assert sealed(databases) == URL
    [entry] = log(databases)
    assert entry == ("alert channel IT hook", "jsons://hooks.example.org: added")


def test_it_refuses_an_address_that_apprise_does_not_understand(databases: Databases) -> None:
    with pytest.raises(ChannelRefused) as refused:
        add_channel(load(), databases, KARIMI, name="bot", url="tgram://no-token-at-all")
    assert refused.value.reason == UNREADABLE
    assert list_channels(databases, KARIMI) == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "two\nlines"])
def test_it_refuses_a_name_that_is_none(databases: Databases, name: str) -> None:
    with pytest.raises(ChannelRefused) as refused:
        add_channel(load(), databases, KARIMI, name=name, url=URL)
    assert refused.value.reason == NAME


def test_it_refuses_a_name_that_is_taken(databases: Databases) -> None:
    alerting.add_channel(databases, URL, "hook")
    with pytest.raises(ChannelRefused) as refused:
        add_channel(load(), databases, KARIMI, name="hook", url=URL)
    assert refused.value.reason == TAKEN


def test_it_keeps_the_address_where_none_is_given_and_forgets_what_waits_when_off(
    databases: Databases,
) -> None:
    own = alerting.add_channel(databases, URL)
    tell(databases)
    assert len(all_deliveries(databases)) == 1
    change_channel(load(), databases, KARIMI, own, enabled=False, min_severity=ERROR)
    assert sealed(databases) == URL
    assert all_deliveries(databases) == []
    channel = only(databases)
    assert (channel.enabled, channel.min_severity, channel.updated_by) == (False, ERROR, "karimi")


def test_it_takes_a_new_address_and_says_only_that(databases: Databases, sink: HookSink) -> None:
    own = alerting.add_channel(databases, URL)
    change_channel(
        load(), databases, KARIMI, own, enabled=True, min_severity=0, url=sink.url(SECRET)
    )
    assert sealed(databases) == sink.url(SECRET)
    assert only(databases).shown == "json://127.0.0.1"
    assert log(databases) == [("alert channel hook", "json://127.0.0.1: changed, with its address")]


def test_it_tells_the_second_of_two_who_change_a_channel(databases: Databases) -> None:
    own = alerting.add_channel(databases, URL)
    seen = only(databases).updated_at
    settings = load()
    given = {"enabled": True, "min_severity": ERROR}
    change_channel(settings, databases, KARIMI, own, **given, expected_updated_at=seen)  # type: ignore[arg-type]
    with pytest.raises(ChannelRefused) as refused:
        remove_channel(databases, KARIMI, own, expected_updated_at=seen)
    assert refused.value.reason == STALE
    remove_channel(databases, KARIMI, own, expected_updated_at=only(databases).updated_at)
    with pytest.raises(ChannelRefused) as refused:
        remove_channel(databases, KARIMI, own)
    assert refused.value.reason == GONE
    assert list_channels(databases, KARIMI) == []


def test_it_removes_a_channel_with_what_went_through_it(databases: Databases) -> None:
    own = alerting.add_channel(databases, URL)
    tell(databases)
    remove_channel(databases, KARIMI, own)
    assert all_deliveries(databases) == []
    assert read_inbox(databases, KARIMI).total == 1


def test_it_tests_a_channel_that_is_saved_and_one_that_is_not(
    databases: Databases, sink: HookSink
) -> None:
    own = alerting.add_channel(databases, sink.url("a"))
    assert try_channel(load(), databases, KARIMI, own) is None
    assert try_url(databases, KARIMI, sink.url("b")) is None
    assert sink.paths == ["/a", "/b"]
    assert only(databases).last_ok_at is not None

    sink.status = 401
    assert try_channel(load(), databases, KARIMI, own) == f"{REFUSED} 401"
    assert only(databases).last_error == f"{REFUSED} 401"
    details = [detail for _target, detail in log(databases)]
    assert details[-1] == f"json://127.0.0.1: tested: {REFUSED} 401"


def test_it_sends_a_test_by_mail_in_persian(databases: Databases) -> None:
    with mail_sink() as post:
        assert try_url(databases, KARIMI, post.url("it@example.org")) is None
    [mail] = post.got
    assert post.to == [["it@example.org"]]
    assert mail["Subject"]


def test_it_says_why_a_test_did_not_arrive(databases: Databases) -> None:
    with closed_port() as port:
        assert try_url(databases, KARIMI, f"json://127.0.0.1:{port}/") == UNREACHABLE
    with hook_sink() as hanging:
        hanging.status = None
        assert try_url(databases, KARIMI, hanging.url()) == TIMEOUT


def test_it_saves_rules_and_hours_and_says_what_changed(databases: Databases) -> None:
    seen = read_choices(databases, KARIMI)
    assert set(seen.rules) == {(rule, ALL) for rule in KINDS}
    rules = dict(seen.rules) | {
        (DISK, ALL): Setting(True, 5),
        (FAILED, ALL): Setting(False, None),
        (LATE, "students"): Setting(True, 6),
    }
    policy = Policy("22:00", "06:00", per_hour=4)
    save_choices(databases, KARIMI, rules, policy, expected_updated_at=seen.updated_at)

    now = read_choices(databases, KARIMI)
    assert (now.rules, now.policy, now.updated_by) == (rules, policy, "karimi")
    with databases.control.read() as session:
        book = RuleBook(alerts.rules(session))
    assert not book.is_on(FAILED)
    assert (book.limit(LATE, "students"), book.limit(LATE, "faculty")) == (6, 48)
    assert ("alert rule disk", "disk: on at 2 → on at 5") in log(databases)
    assert ("alert rule late students", "late: like all → on at 6") in log(databases)
    assert any(target == "alerts" for target, _detail in log(databases))

    save_choices(databases, KARIMI, seen.rules, policy, expected_updated_at=now.updated_at)
    assert read_choices(databases, KARIMI).rules == seen.rules


def test_it_tells_the_second_of_two_who_save_the_rules(databases: Databases) -> None:
    first = read_choices(databases, KARIMI)
    save_choices(databases, KARIMI, first.rules, Policy(per_hour=3))
    with pytest.raises(ChoicesStale, match="karimi"):
        save_choices(databases, KARIMI, first.rules, Policy(per_hour=9))
    assert read_choices(databases, KARIMI).policy.per_hour == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {("no rule", ALL): Setting(True, None)},
        {(DISK, "faculty"): Setting(True, 2)},
        {(DISK, ALL): Setting(True, None)},
        {(DISK, ALL): Setting(True, 0)},
        {(FAILED, ALL): Setting(True, 3)},
        {(LATE, ALL): Setting(True, float("nan"))},
    ],
)
def test_it_refuses_rules_and_thresholds_that_there_are_not(
    databases: Databases, wrong: dict[tuple[str, str], Setting]
) -> None:
    with pytest.raises(ConfigError):
        save_choices(databases, KARIMI, wrong, Policy())
    assert read_choices(databases, KARIMI).updated_at is None


def test_it_shows_channels_to_nobody_who_may_not_configure(databases: Databases) -> None:
    with pytest.raises(Denied):
        list_channels(databases, Actor("x", VIEWER, 3))
