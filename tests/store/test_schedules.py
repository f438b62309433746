"""Schedules: who may save one, over which version, and who claims a slot."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sync_core.access.permissions import ADMIN, OPERATOR, Actor
from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import load
from sync_core.schedule.interval import Slot, next_slot
from sync_core.schedule.plans import last_fired, read_schedules, save_schedule
from sync_core.store import schedules
from sync_core.store.control import Schedule
from sync_core.store.engines import Databases, open_databases
from sync_core.store.migrate import prepare
from sync_core.store.syncs import find_sync

ADMINISTRATOR = Actor("karimi", ADMIN)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


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
    assert read_schedules(databases) == []


def test_it_takes_one_minute_and_one_year(databases: Databases) -> None:
    assert every(databases, 1, "minutes").interval_value == 1
    assert every(databases, 525_600, "minutes").interval_value == 525_600


def test_it_tells_the_second_of_two_who_changed_one_version(databases: Databases) -> None:
    seen = every(databases).updated_at
    every(databases, 5, actor=Actor("rahimi", ADMIN), expected=seen)

    with pytest.raises(ConfigError, match="rahimi"):
        every(databases, 9, expected=seen)
    assert [row.interval_value for row in read_schedules(databases)] == [5]


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
    (row,) = read_schedules(databases)
    assert (row.next_due_at, row.last_fired_at) == (later, NOON)


def test_it_gives_nobody_a_slot_that_was_switched_off_meanwhile(databases: Databases) -> None:
    seen = every(databases)
    every(databases, enabled=False)
    with databases.control.write() as session:
        assert not schedules.claim_slot(session, seen, next_due_at=NOON, fired_at=NOON)


def test_it_remembers_the_last_sign_of_life_only(databases: Databases) -> None:
    assert last_fired(databases) is None
    for at in (NOON, NOON + HOUR):
        with databases.control.write() as session:
            schedules.beat(session, "tick", at=at, host="server")
    assert last_fired(databases) == NOON + HOUR


@pytest.mark.parametrize(
    ("due_at", "slot"),
    [
        (NOON + timedelta(seconds=1), None),
        (NOON + HOUR, None),
        (NOON, Slot(NOON + HOUR, fires=True)),
        (NOON - timedelta(minutes=59), Slot(NOON + timedelta(minutes=1), fires=True)),
        (NOON - 3 * HOUR, Slot(NOON + HOUR, fires=True, missed=3)),
        (NOON + 2 * HOUR, Slot(NOON + HOUR, fires=False)),
        (None, Slot(NOON + HOUR, fires=False)),
    ],
    ids=["soon", "in-one", "now", "late", "missed", "clock-set-back", "never-set"],
)
def test_it_moves_to_the_first_slot_after_now(due_at: datetime | None, slot: Slot | None) -> None:
    assert next_slot(due_at, HOUR, NOON) == slot
