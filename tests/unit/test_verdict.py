"""What the end of a run means: who is held back and for how long, what is tried again and when."""

from datetime import UTC, datetime, time, timedelta

import pytest

from sync_core.base.clock import TEHRAN
from sync_core.base.errors import CLASSES
from sync_core.schedule.backoff import failures_in_a_row, held_until
from sync_core.schedule.plan import LONGEST_HOLD, Plan, advanced, step
from sync_core.schedule.recurrence import Every, OnDays, on_weekdays
from sync_core.schedule.retry import MAY_PASS, retry_due
from sync_core.schedule.timing import plan_of
from sync_core.schedule.verdict import verdict
from sync_core.store.control import FAILED, SUCCESS, Schedule
from sync_core.store.schedules import Ended

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def ended(
    number: int,
    status: str = FAILED,
    error_class: str | None = "network",
    trigger: str = "schedule",
    by: str = "schedule",
) -> Ended:
    at = NOON + number * HOUR
    return Ended(number, status, error_class, trigger, by, at, at + MINUTE)


def row(**values: object) -> Schedule:
    given = {
        "source": "faculty",
        "enabled": True,
        "kind": "every",
        "interval_value": 1,
        "interval_unit": "hours",
        "anchor_at": NOON,
        "times": "",
        "weekdays": "",
        "missed": "catch_up",
        "mode": "full",
        "retries": 2,
        "retry_wait_minutes": 15,
        "waiting": 0,
        "updated_at": NOON,
        "next_due_at": NOON + 2 * HOUR,
        "last_slot_at": NOON + HOUR,
    }
    return Schedule(**{**given, **values})


def test_it_says_of_every_class_whether_a_failed_run_is_tried_again() -> None:
    assert set(MAY_PASS) == set(CLASSES)
    never = {name for name, may in MAY_PASS.items() if not may}
    assert never == {"auth", "shrink", "disk", "config", "cancelled"}


@pytest.mark.parametrize("error_class", CLASSES)
def test_it_tries_again_only_what_may_pass(error_class: str) -> None:
    newest = ended(1, error_class=error_class)
    due = retry_due([newest], 2, 15 * MINUTE)
    assert due == (newest.finished_at + 15 * MINUTE if MAY_PASS[error_class] else None)


@pytest.mark.parametrize(
    ("runs", "again"),
    [
        ([ended(1)], True),
        ([ended(2, trigger="retry"), ended(1)], True),
        ([ended(3, trigger="retry"), ended(2, trigger="retry"), ended(1)], False),
        ([ended(1, SUCCESS, None)], False),
        ([ended(2, SUCCESS, None, trigger="retry"), ended(1)], False),
        ([ended(1, trigger="manual", by="karimi")], False),
        ([ended(2, trigger="retry", by="karimi"), ended(1)], False),
        ([ended(2, trigger="retry")], False),
    ],
    ids=["once", "twice", "enough", "good", "mended", "by-hand", "retried-by-hand", "unknown"],
)
def test_it_tries_again_the_runs_of_the_schedule_as_often_as_chosen(
    runs: list[Ended], again: bool
) -> None:
    assert (retry_due(runs, 2, MINUTE) is not None) == again


def test_it_never_tries_again_where_nobody_wants_it() -> None:
    assert retry_due([ended(1)], 0, MINUTE) is None


def test_it_counts_the_failures_since_the_last_success_or_the_last_change() -> None:
    runs = [
        ended(9),
        ended(8, trigger="retry"),
        ended(7, error_class="cancelled"),
        ended(6, trigger="manual", by="karimi"),
        ended(5),
        ended(4),
        ended(3, SUCCESS, None, trigger="manual", by="karimi"),
        ended(2),
    ]
    assert failures_in_a_row(runs, None) == 3
    assert failures_in_a_row(runs, NOON + 4 * HOUR) == 2
    assert failures_in_a_row(runs, NOON + 9 * HOUR) == 0


@pytest.mark.parametrize(
    ("minutes", "holds"),
    [
        (1, [None, None, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440]),
        (360, [None, None, 720, 1440, 1440]),
        (1440, [None, None, None, None]),
        (10_080, [None, None, None]),
    ],
)
def test_it_doubles_the_distance_up_to_a_day(minutes: int, holds: list[int | None]) -> None:
    plan = Plan(Every(minutes * MINUTE, NOON), slot_at=NOON)
    expected = [hold and NOON + hold * MINUTE for hold in holds]
    assert [held_until(plan, failures) for failures in range(len(holds))] == expected
    assert held_until(plan, 1_000) in (None, NOON + LONGEST_HOLD)


def test_it_tries_a_wrong_password_eleven_times_in_a_day_and_then_once_a_day() -> None:
    plan, now, tries, runs = Plan(Every(MINUTE, NOON), due_at=NOON), NOON, [], list[Ended]()
    for _ in range(3 * 24 * 60):
        if runs:
            until = held_until(plan, failures_in_a_row(runs, None))
            due = max(plan.due_at or now, plan.following(until - MINUTE) if until else now)
            plan = Plan(plan.slots, due_at=due, slot_at=plan.slot_at, held_until=until)
        to = step(plan, now)
        if to is not None:
            plan = advanced(plan, to)
            if to.fires:
                tries.append(now)
                runs.insert(0, ended(len(runs) + 1, error_class="auth"))
        now += MINUTE
    assert len([at for at in tries if at < NOON + 24 * HOUR]) == 11
    assert len(tries) == 13


def test_it_holds_back_fixed_times_by_their_distance() -> None:
    times = tuple(time(hour) for hour in (8, 12, 16, 20))
    slots = OnDays(times, on_weekdays(frozenset(range(7))), TEHRAN)
    eight = slots.after(NOON)
    while eight.astimezone(TEHRAN).hour != 8:
        eight = slots.after(eight)
    assert held_until(Plan(slots, slot_at=eight), 2) == eight + 8 * HOUR


def test_it_holds_back_and_plans_a_retry_by_one_verdict() -> None:
    schedule = row()
    found = verdict(schedule, plan_of(schedule), [ended(1), ended(0)], NOON + 62 * MINUTE)
    assert (found.failures, found.judged_run, found.retry_of) == (2, 1, 1)
    assert found.held_until == NOON + 3 * HOUR
    assert found.next_due_at == NOON + 3 * HOUR
    assert found.retry_at == NOON + HOUR + 16 * MINUTE


def test_it_plans_no_retry_of_what_will_not_pass() -> None:
    schedule = row()
    refused = ended(1, error_class="auth")
    found = verdict(schedule, plan_of(schedule), [refused], NOON + 62 * MINUTE)
    assert (found.judged_run, found.retry_at, found.retry_of) == (1, None, None)


def test_it_waits_with_a_retry_until_the_quiet_window_is_over() -> None:
    schedule = row(quiet_from="16:00", quiet_to="22:00")
    found = verdict(schedule, plan_of(schedule), [ended(1)], NOON + 62 * MINUTE)
    assert found.retry_at == datetime(2026, 11, 23, 22, tzinfo=TEHRAN)


def test_it_does_not_decide_twice_about_one_run() -> None:
    schedule = row(retry_of=1, retry_at=None)
    assert verdict(schedule, plan_of(schedule), [ended(1)], NOON + 2 * HOUR).retry_at is None


@pytest.mark.parametrize(
    ("runs", "forgiven_at"),
    [
        ([ended(2, SUCCESS, None, trigger="manual", by="karimi"), ended(1), ended(0)], None),
        ([ended(1), ended(0)], NOON + 2 * HOUR),
    ],
    ids=["a-success-by-hand", "a-new-account"],
)
def test_it_lets_go_what_it_held_back(runs: list[Ended], forgiven_at: datetime | None) -> None:
    schedule = row(next_due_at=NOON + 9 * HOUR, held_until=NOON + 9 * HOUR)
    now = NOON + 2 * HOUR + 2 * MINUTE
    found = verdict(schedule, plan_of(schedule), runs, now, forgiven_at)
    assert (found.failures, found.held_until) == (0, None)
    assert found.next_due_at == NOON + 3 * HOUR
