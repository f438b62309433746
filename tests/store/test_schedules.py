"""Schedules: who may save one, over which version, and who claims a slot."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from sync_core.access.permissions import ADMIN, OPERATOR, Actor
from sync_core.base.clock import TEHRAN, utc_now
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import load
from sync_core.schedule.caller_names import HAND
from sync_core.schedule.glance import all_quiet
from sync_core.schedule.plan import step
from sync_core.schedule.plans import (
    as_changes,
    last_fired,
    next_runs,
    preview,
    read_schedules,
    save_schedule,
)
from sync_core.schedule.tick import tick
from sync_core.schedule.timing import Timing, TimingRefused, plan_of, timing_of
from sync_core.store import schedules
from sync_core.store.control import Schedule, Setting
from sync_core.store.control_access import AccessLog
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare
from sync_core.store.syncs import find_sync
from tests import seed

ADMINISTRATOR = Actor("karimi", ADMIN)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def databases() -> Iterator[Databases]:
    settings = load()
    opened = open_databases(settings)
    prepare(settings, opened)
    yield opened
    opened.dispose()


def every(
    databases: Databases,
    value: int = 2,
    unit: str = "hours",
    *,
    enabled: bool = True,
    actor: Actor = ADMINISTRATOR,
    expected: datetime | None = None,
) -> Schedule:
    return save_schedule(
        databases,
        actor,
        "faculty",
        enabled=enabled,
        interval_value=value,
        interval_unit=unit,
        expected_updated_at=expected,
    )


def test_it_mirrors_a_saved_schedule_into_data_syncs(databases: Databases) -> None:
    before = utc_now()
    saved = every(databases)

    assert saved.next_due_at is not None
    assert saved.next_due_at - timedelta(hours=2) >= before
    with databases.control.read() as session:
        row = find_sync(session, "faculty")
    assert row is not None
    mirrored = (row.sync_type, row.auto_sync_enabled, row.sync_interval_value, row.next_sync_at)
    assert mirrored == ("automatic", True, 2, saved.next_due_at)
    assert row.sync_interval_unit == "hours"


def test_it_forgets_the_slot_when_switched_off(databases: Databases) -> None:
    every(databases)
    saved = every(databases, enabled=False)

    assert saved.next_due_at is None
    with databases.control.read() as session:
        row = find_sync(session, "faculty")
    assert row is not None
    assert (row.sync_type, row.auto_sync_enabled, row.next_sync_at) == ("manual", False, None)


def test_it_keeps_the_slot_when_the_same_is_saved_again(databases: Databases) -> None:
    assert every(databases).next_due_at == every(databases).next_due_at
    assert every(databases, 3).next_due_at != every(databases, 2).next_due_at


@pytest.mark.parametrize(
    ("value", "unit"), [(0, "minutes"), (-1, "days"), (366, "days"), (1, "weeks"), (10**12, "days")]
)
def test_it_refuses_an_interval_that_cannot_be(databases: Databases, value: int, unit: str) -> None:
    with pytest.raises(ConfigError, match="every"):
        every(databases, value, unit)
    assert read_schedules(databases, seed.VISITOR) == []


def test_it_takes_one_minute_and_one_year(databases: Databases) -> None:
    assert every(databases, 1, "minutes").interval_value == 1
    assert every(databases, 525_600, "minutes").interval_value == 525_600


def test_it_tells_the_second_of_two_who_changed_one_version(databases: Databases) -> None:
    seen = every(databases).updated_at
    every(databases, 5, actor=Actor("rahimi", ADMIN), expected=seen)

    with pytest.raises(ConfigError, match="rahimi"):
        every(databases, 9, expected=seen)
    assert [row.interval_value for row in read_schedules(databases, seed.VISITOR)] == [5]


def test_it_refuses_somebody_who_may_not_configure(databases: Databases) -> None:
    with pytest.raises(Denied):
        every(databases, actor=Actor("rahimi", OPERATOR))


def test_it_gives_a_slot_to_the_first_who_claims_it(databases: Databases) -> None:
    seen = every(databases)
    later = NOON + timedelta(days=400)
    claims = []
    for _ in range(2):
        with databases.control.write() as session:
            claims.append(schedules.claim_slot(session, seen, next_due_at=later, fired_at=NOON))

    assert claims == [True, False]
    (row,) = read_schedules(databases, seed.VISITOR)
    assert (row.next_due_at, row.last_fired_at) == (later, NOON)


def test_it_gives_nobody_a_slot_that_was_switched_off_meanwhile(databases: Databases) -> None:
    seen = every(databases)
    every(databases, enabled=False)
    with databases.control.write() as session:
        assert not schedules.claim_slot(session, seen, next_due_at=NOON, fired_at=NOON)


def test_it_remembers_the_last_sign_of_life_only(databases: Databases) -> None:
    assert last_fired(databases, seed.VISITOR) is None
    for at in (NOON, NOON + HOUR):
        with databases.control.write() as session:
            schedules.beat(session, "tick", at=at, host="server")
    assert last_fired(databases, seed.VISITOR) == NOON + HOUR


WEEKEND = (time(3), time(14, 30))


def chosen(databases: Databases, **changes: Any) -> Schedule:
    return save_schedule(databases, ADMINISTRATOR, "faculty", enabled=True, **changes)


def test_it_keeps_all_that_was_chosen(databases: Databases) -> None:
    given = Timing(
        kind="weekly",
        times=WEEKEND,
        weekdays=(5, 6),
        quiet_from=time(22),
        quiet_to=time(2),
        missed="skip",
        mode="recent",
        retries=3,
        retry_wait_minutes=20,
    )
    chosen(databases, **as_changes(given))
    [row] = read_schedules(databases, seed.VISITOR)

    assert timing_of(row) == given
    assert [one.at for one in next_runs(row, row.updated_at)] == [
        one.at for one in preview(given, row.updated_at)
    ]
    assert row.next_due_at == next_runs(row, row.updated_at)[0].at


def test_it_leaves_alone_what_is_not_given(databases: Databases) -> None:
    chosen(databases, mode="recent", retries=4, quiet_from=time(1), quiet_to=time(5))
    row = every(databases, 3)
    assert (row.mode, row.retries, row.quiet_from) == ("recent", 4, "01:00")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "weekly", "weekdays": (1,)}, "no_time"),
        ({"kind": "weekly", "times": WEEKEND}, "no_weekday"),
        ({"kind": "weekly", "times": WEEKEND, "weekdays": (7,)}, "choice"),
        ({"kind": "monthly", "times": WEEKEND, "month_day": 32}, "no_day"),
        ({"kind": "monthly", "times": WEEKEND}, "no_day"),
        ({"kind": "monthly", "month_day": 31}, "no_time"),
        ({"kind": "hourly"}, "choice"),
        ({"mode": "everything"}, "choice"),
        ({"missed": "twice"}, "choice"),
        ({"retries": 11}, "retry"),
        ({"retries": -1}, "retry"),
        ({"retry_wait_minutes": 0}, "retry"),
        ({"quiet_from": time(3)}, "quiet"),
        ({"quiet_from": time(3), "quiet_to": time(3)}, "quiet"),
        (
            {
                "kind": "weekly",
                "times": (time(23), time(3)),
                "weekdays": (0,),
                "quiet_from": time(22),
                "quiet_to": time(6),
            },
            "all_quiet",
        ),
        ({"kind": "weekly", "times": (time(3, 0, 1),), "weekdays": (0,)}, "times"),
    ],
)
def test_it_refuses_with_the_reason_what_would_never_run(
    databases: Databases, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(TimingRefused) as refused:
        chosen(databases, **changes)
    assert refused.value.reason == reason
    assert read_schedules(databases, seed.VISITOR) == []


def test_it_writes_down_from_what_to_what(databases: Databases) -> None:
    every(databases)
    chosen(databases, kind="weekly", times=WEEKEND, weekdays=(0, 6), retries=2)
    chosen(databases, kind="monthly", times=(time(4),), month_day=31, missed="skip")
    with databases.control.read() as session:
        told = list(session.scalars(select(AccessLog.detail).order_by(AccessLog.id)))
    assert told == [
        "automatic: off → every 2 hours",
        "automatic: every 2 hours → at 03:00 14:30 on sat fri, 2 retries after 15 minutes each",
        "automatic: at 03:00 14:30 on sat fri, 2 retries after 15 minutes each → at 04:00 on day 31"
        " of the Jalali month, missed slots skipped, 2 retries after 15 minutes each",
    ]


def test_it_tells_the_old_columns_the_mean_distance_of_fixed_times(databases: Databases) -> None:
    row = chosen(databases, kind="weekly", times=WEEKEND, weekdays=tuple(range(7)))
    with databases.control.read() as session:
        sync = find_sync(session, "faculty")
    assert sync is not None
    assert (sync.sync_interval_value, sync.sync_interval_unit) == (720, "minutes")
    assert sync.next_sync_at == row.next_due_at


def test_it_begins_at_whole_minutes_as_ticks_do(databases: Databases) -> None:
    due_at = every(databases, 5, "minutes").next_due_at
    assert due_at is not None
    assert (due_at.second, due_at.microsecond) == (0, 0)


def test_it_begins_one_interval_after_the_save_whenever_it_is_looked_at(
    databases: Databases,
) -> None:
    row = every(databases)
    assert step(plan_of(row), row.updated_at) is None
    assert row.next_due_at == next_runs(row, row.updated_at)[0].at


def test_it_takes_a_time_that_comes_within_the_minute_of_the_save(databases: Databases) -> None:
    now = utc_now()
    soon = (now + MINUTE).replace(second=0, microsecond=0)
    at = soon.astimezone(TEHRAN).time()
    row = chosen(databases, kind="weekly", times=(at,), weekdays=tuple(range(7)))
    assert row.next_due_at is not None
    assert row.next_due_at - row.updated_at <= MINUTE or row.updated_at > soon


def is_quiet(now: datetime) -> bool:
    return all_quiet(load(), now, HAND)


def whole_turn(databases: Databases, now: datetime) -> None:
    tick(load(), databases, now)


def test_it_sees_at_a_glance_that_nothing_is_due(databases: Databases) -> None:
    every(databases)
    now = utc_now()
    assert not is_quiet(now)  # no whole turn has come yet
    whole_turn(databases, now)
    assert is_quiet(now + MINUTE)
    assert last_fired(databases, seed.VISITOR) == now + MINUTE
    assert not is_quiet(now + 6 * MINUTE)  # one has to come again
    assert last_fired(databases, seed.VISITOR) == now + MINUTE


def changed(databases: Databases, **values: Any) -> None:
    with databases.control.write() as session:
        session.execute(update(Schedule).values(**values))


@pytest.mark.parametrize(
    "waiting",
    [
        {"next_due_at": NOON},
        {"next_due_at": None},
        {"retry_at": NOON},
        {"judged_run": 7},
    ],
    ids=["due", "no-slot", "retry", "a-run-ended"],
)
def test_it_sees_at_a_glance_that_something_waits(
    databases: Databases, waiting: dict[str, Any]
) -> None:
    every(databases)
    now = utc_now()
    whole_turn(databases, now)
    changed(databases, **waiting)
    assert not is_quiet(now + MINUTE)
    changed(databases, enabled=False)
    assert is_quiet(now + MINUTE)


def test_it_looks_again_when_the_clock_was_set_back_or_a_run_is_active(
    databases: Databases,
) -> None:
    every(databases)
    now = utc_now()
    whole_turn(databases, now)
    assert not is_quiet(now - MINUTE)
    seed.add_running(databases, "faculty")
    assert not is_quiet(now + MINUTE)


def test_it_judges_an_ended_run_once_and_a_new_account_ends_the_hold(
    databases: Databases,
) -> None:
    chosen(databases, interval_value=1, interval_unit="hours", retries=1, retry_wait_minutes=90)
    for ago in (50, 40, 30):
        seed.add_failure(
            databases,
            "faculty",
            "network",
            trigger="schedule",
            ago=timedelta(minutes=ago),
            requested_by="schedule",
        )
    slot = utc_now() - timedelta(minutes=30)
    changed(databases, forgiven_at=None, last_slot_at=slot, anchor_at=slot)
    whole_turn(databases, utc_now())
    [row] = read_schedules(databases, seed.VISITOR)
    assert (row.failures, row.held_until) == (3, slot + 4 * HOUR)
    assert row.next_due_at == row.held_until
    assert row.retry_of == row.judged_run
    assert is_quiet(utc_now())

    with databases.control.write() as session:
        session.add(
            Setting(key="gateway_user", value="x", updated_at=utc_now(), updated_by="karimi")
        )
    assert not is_quiet(utc_now())
    whole_turn(databases, utc_now())
    [row] = read_schedules(databases, seed.VISITOR)
    assert (row.failures, row.held_until) == (0, None)
    assert row.next_due_at == slot + HOUR
    assert is_quiet(utc_now())


def test_it_forgives_by_a_save(databases: Databases) -> None:
    every(databases)
    changed(databases, failures=5, held_until=NOON, retry_at=NOON, retry_of=3, judged_run=3)
    row = every(databases)
    assert (row.failures, row.held_until, row.judged_run, row.retry_at) == (0, None, None, None)


def test_it_gives_a_retry_to_the_first_who_claims_it(databases: Databases) -> None:
    every(databases)
    changed(databases, retry_at=NOON, retry_of=3)
    [seen] = read_schedules(databases, seed.VISITOR)
    claims = []
    for _ in range(2):
        with databases.control.write() as session:
            claims.append(schedules.claim_retry(session, seen))
    assert claims == [True, False]
