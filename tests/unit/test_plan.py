"""What is shown is what happens: a tick every minute, against the preview made before."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_core.base.clock import TEHRAN
from sync_core.schedule.plan import Plan, advanced, nearest, retries_now, step, upcoming
from sync_core.schedule.quiet import Quiet
from sync_core.schedule.recurrence import Every, OnDays, on_day_of_month, on_weekdays
from tests.unit.test_recurrence import BERLIN, MINUTE, TIMES, ZONES

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NIGHTLY = OnDays((time(3),), on_weekdays(frozenset(range(7))), TEHRAN)
CHANGES = (
    *(datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)),
    *(datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 4, 4, 6, tzinfo=UTC)),
    *(datetime(2026, 10, 31, 18, tzinfo=UTC), datetime(2027, 3, 20, 12, tzinfo=UTC)),
)
"""Half a day before a clock is changed in one of the zones, and before Nowruz."""


def started(plan: Plan, begin: datetime, until: datetime) -> list[tuple[datetime, bool]]:
    """What ticks at every whole minute start; `True`: a retry."""
    found, now = [], begin
    while now <= until:
        to = step(plan, now)
        if to is not None:
            plan = advanced(plan, to)
            if to.fires:
                found.append((now, False))
        if retries_now(plan, now):
            plan = replace(plan, retry_at=None)
            found.append((now, True))
        now += MINUTE
    return found


@st.composite
def plans(draw: st.DrawFn) -> tuple[Plan, datetime]:
    zone = draw(st.sampled_from(ZONES))
    now = draw(st.sampled_from(CHANGES)) + draw(st.integers(0, 24 * 60)) * MINUTE
    kind = draw(st.sampled_from(("every", "weekly", "monthly")))
    times = tuple(sorted(draw(st.sets(TIMES, min_size=1, max_size=4))))
    if kind == "every":
        distance = draw(st.sampled_from((1, 5, 7, 60, 90, 360, 1440, 4320))) * MINUTE
        slots: Every | OnDays = Every(distance, now - draw(st.integers(0, 5_000)) * MINUTE)
    elif kind == "weekly":
        chosen = draw(st.frozensets(st.integers(0, 6), min_size=1))
        slots = OnDays(times, on_weekdays(chosen), zone)
    else:
        slots = OnDays(times, on_day_of_month(draw(st.integers(1, 31))), zone)
    quiet = draw(st.none() | st.builds(Quiet, TIMES, TIMES, st.just(zone)))
    if quiet is not None and quiet.begins == quiet.ends:
        quiet = None
    plan = Plan(slots, quiet, catches_up=draw(st.booleans()))
    late = draw(st.sampled_from((None, 0, 0, 3, 50, 3_000)))
    due_at = None if late is None else nearest(plan, now - late * MINUTE)
    retry_at = draw(st.none() | st.integers(-50, 600).map(lambda n: now + n * MINUTE))
    return replace(plan, due_at=due_at, retry_at=retry_at), now


@given(plans())
@settings(max_examples=60, deadline=None)
def test_it_shows_the_runs_that_ticks_start(drawn: tuple[Plan, datetime]) -> None:
    plan, now = drawn
    shown = [(coming.at, coming.retry) for coming in upcoming(plan, now, 5)]
    until = min(shown[-1][0], now + 36 * HOUR)

    assert started(plan, now, until) == [one for one in shown if one[0] <= until]
    if plan.quiet is not None:
        assert not [at for at, _ in shown if plan.is_quiet(at)]


@given(plans())
@settings(max_examples=100, deadline=None)
def test_it_counts_as_many_slots_as_there_are(drawn: tuple[Plan, datetime]) -> None:
    plan, now = drawn
    slot, slots = now, []
    for _ in range(40):
        slot = plan.following(slot)
        slots.append(slot)
    assert slots == sorted(set(slots))
    assert plan.count(now, slots[-1]) == 40
    assert plan.count(now, slots[20] - MINUTE / 2) == 20
    assert plan.latest(slots[20] + MINUTE / 2) == slots[20]


@given(st.sampled_from(ZONES), TIMES, TIMES, st.sampled_from(CHANGES), st.integers(0, 48 * 60))
@settings(max_examples=300, deadline=None)
def test_it_is_quiet_whenever_the_clock_on_the_wall_says_so(
    zone: ZoneInfo, begins: time, ends: time, near: datetime, minutes: int
) -> None:
    if begins == ends:
        return
    quiet, at = Quiet(begins, ends, zone), near + minutes * MINUTE
    if quiet.covers(at.astimezone(zone).time()):
        found = quiet.window(at)
        assert found is not None
        assert found[0] <= at < found[1] == quiet.out(at)
    assert quiet.window(quiet.out(at)) is None


def test_it_moves_a_slot_in_the_quiet_window_to_its_end_over_midnight() -> None:
    quiet = Quiet(time(22), time(6), TEHRAN)
    plan = Plan(Every(90 * MINUTE, NOON), quiet, due_at=NOON)
    shown = [f"{one.at.astimezone(TEHRAN):%d %H:%M}" for one in upcoming(plan, NOON, 6)]
    assert shown == ["23 15:30", "23 17:00", "23 18:30", "23 20:00", "23 21:30", "24 06:00"]


def test_it_makes_up_for_missed_slots_once_and_says_for_how_many() -> None:
    plan = Plan(Every(HOUR, NOON), due_at=NOON)
    to = step(plan, NOON + 10 * DAY + 5 * MINUTE)
    assert to is not None
    assert (to.slot, to.missed) == (NOON + 10 * DAY, 240)
    assert to.due_at == NOON + 10 * DAY + HOUR


def test_it_makes_up_for_missed_slots_only_when_the_quiet_window_is_over() -> None:
    plan = Plan(NIGHTLY, Quiet(time(7), time(20), TEHRAN), due_at=NIGHTLY.after(NOON - 3 * DAY))
    morning = datetime(2026, 11, 23, 8, tzinfo=TEHRAN)
    put_off = step(plan, morning)
    assert put_off is not None
    assert not put_off.fires
    plan = advanced(plan, put_off)

    evening = morning.replace(hour=20)
    assert step(plan, evening - MINUTE) is None
    to = step(plan, evening)
    assert to is not None
    assert (to.fires, to.missed) == (True, 2)  # of three nights


def test_it_lets_missed_slots_go_where_that_was_chosen() -> None:
    plan = Plan(NIGHTLY, catches_up=False, due_at=NIGHTLY.after(NOON - 3 * DAY))
    to = step(plan, NOON)
    assert to is not None
    assert (to.fires, to.missed, to.due_at) == (False, 3, NIGHTLY.after(NOON))
    on_time = step(advanced(plan, to), to.due_at + 2 * MINUTE)
    assert on_time is not None
    assert on_time.fires


def test_it_keeps_back_what_is_held_and_no_longer_than_a_day() -> None:
    plan = Plan(Every(MINUTE, NOON), due_at=NOON + 4 * HOUR, held_until=NOON + 4 * HOUR)
    assert step(plan, NOON) is None
    assert upcoming(plan, NOON, 1)[0].at == NOON + 4 * HOUR
    set_back = step(plan, NOON - 3 * DAY)
    assert set_back is not None
    assert set_back.due_at == NOON - 3 * DAY + MINUTE


@pytest.mark.parametrize(
    ("late", "fires", "missed"),
    [
        (-timedelta(seconds=1), None, 0),
        (timedelta(), True, 0),
        (59 * MINUTE, True, 0),
        (3 * HOUR, True, 3),
    ],
)
def test_it_starts_the_newest_slot_that_has_come(
    late: timedelta, fires: bool | None, missed: int
) -> None:
    to = step(Plan(Every(HOUR, NOON), due_at=NOON), NOON + late)
    assert (None if to is None else to.fires, to.missed if to else 0) == (fires, missed)


def test_it_is_counted_quickly_also_after_ten_years() -> None:
    """A clock that was wrong by years must not keep a tick for minutes."""
    plan = Plan(Every(MINUTE, NOON), Quiet(time(22), time(6), BERLIN), due_at=NOON)
    nights = 3_652
    counted = plan.count(NOON, NOON + nights * DAY)
    assert abs(counted - nights * 16 * 60) <= 24 * 60
