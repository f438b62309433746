"""Addresses of files: for one person, once, soon; what they are for stays in the database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from sync_core.access.permissions import ADMIN, ANONYMOUS, OPERATOR, VIEWER, Actor
from sync_core.access.users import change_role
from sync_core.base.errors import ConfigError, Denied
from sync_core.base.settings import load
from sync_core.engine.source import Source
from sync_core.inspect import export_tokens
from sync_core.inspect.export import CSV, XLSX, ExportRequest
from sync_core.inspect.export_tokens import (
    LIVES,
    ExportGone,
    UnknownExport,
    forget_expired,
    offer_export,
    requested,
    take_export,
)
from sync_core.inspect.people_filter import MISSING_ONLY, PeopleFilter
from sync_core.store.engines import Databases
from tests import seed
from tests.store.people import CLI, Clock, added, count

CODE, REASON = "0000000008", "برای صدور کارت تازه"
SEARCH = PeopleFilter(MISSING_ONLY, text=CODE, facets=(("city", None), ("sex", "1")), changed_in=3)


@pytest.fixture
def databases() -> Iterator[Databases]:
    opened = seed.prepared(load())
    seed.add_faculty(opened, 3)
    yield opened
    opened.dispose()


@pytest.fixture
def clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(export_tokens, "utc_now", clock)
    return clock


@pytest.fixture
def karimi(databases: Databases) -> Actor:
    return added(databases, role=ADMIN)


def fetched(databases: Databases, actor: Actor, token: str) -> bytes:
    with take_export(load(), databases, actor, token) as export:
        return b"".join(export.chunks)


def kept(databases: Databases) -> list[tuple[str, ...]]:
    with databases.control.read() as session:
        return [tuple(row) for row in session.execute(text("SELECT * FROM export_tokens"))]


def test_it_gives_the_file_that_was_asked_for(
    databases: Databases, faculty: Source, karimi: Actor
) -> None:
    request = ExportRequest(faculty, SEARCH, XLSX, REASON)
    token = offer_export(databases, karimi, request)

    assert requested(load(), databases, karimi, token) == request
    assert fetched(databases, karimi, token)[:2] == b"PK"


def test_it_is_good_once(databases: Databases, faculty: Source, karimi: Actor) -> None:
    token = offer_export(databases, karimi, ExportRequest(faculty, PeopleFilter()))
    assert len(fetched(databases, karimi, token).splitlines()) == 4

    with pytest.raises(ExportGone):
        fetched(databases, karimi, token)

    assert count(databases, "export") == 1


def test_it_is_good_once_also_for_two_who_come_at_once(
    databases: Databases, faculty: Source, karimi: Actor
) -> None:
    token = offer_export(databases, karimi, ExportRequest(faculty, PeopleFilter()))
    both = Barrier(2)

    def fetch() -> bool:
        opened = take_export(load(), databases, karimi, token)  # each has found it good
        both.wait(30)
        try:
            with opened as export:
                return bool(b"".join(export.chunks))
        except ExportGone:
            return False

    with ThreadPoolExecutor(2) as pool:
        got = [future.result(60) for future in (pool.submit(fetch), pool.submit(fetch))]

    assert sorted(got) == [False, True]
    assert count(databases, "export") == 1


def test_it_is_good_for_two_minutes(
    databases: Databases, faculty: Source, karimi: Actor, clock: Clock
) -> None:
    early, late = (
        offer_export(databases, karimi, ExportRequest(faculty, PeopleFilter())) for _ in "12"
    )
    clock.now += LIVES
    with pytest.raises(ExportGone):
        fetched(databases, karimi, late)
    clock.forward(seconds=-1)
    assert fetched(databases, karimi, early)


def test_it_is_too_late_also_between_the_look_and_the_use(
    databases: Databases, faculty: Source, karimi: Actor, clock: Clock
) -> None:
    token = offer_export(databases, karimi, ExportRequest(faculty, PeopleFilter()))
    opened = take_export(load(), databases, karimi, token)
    clock.now += LIVES
    with pytest.raises(ExportGone), opened:
        pass
    assert count(databases, "export") == 0


def test_it_is_nobody_elses(databases: Databases, faculty: Source, karimi: Actor) -> None:
    other = added(databases, "b.sadeghi", ADMIN)
    token = offer_export(databases, karimi, ExportRequest(faculty, PeopleFilter()))

    for bad in (token, token[:-1], "", "é" * 50, f"{token}x"):
        with pytest.raises(UnknownExport):
            fetched(databases, other, bad)
    assert fetched(databases, karimi, token)


@pytest.mark.parametrize("role", [OPERATOR, VIEWER])
def test_a_role_that_was_lost_meanwhile_takes_no_personal_columns(
    databases: Databases, faculty: Source, karimi: Actor, role: str
) -> None:
    added(databases, "b.sadeghi", ADMIN)
    masked = offer_export(databases, karimi, ExportRequest(faculty, PeopleFilter()))
    unmasked = offer_export(databases, karimi, ExportRequest(faculty, PeopleFilter(), CSV, REASON))
    change_role(databases, CLI, karimi.name, role)
    lesser = Actor(karimi.name, role, karimi.user_id)

    with pytest.raises(Denied):
        fetched(databases, lesser, unmasked)
    assert fetched(databases, lesser, masked)
    with pytest.raises(Denied):
        fetched(databases, Actor(karimi.name, "nobody", karimi.user_id), masked)
    assert count(databases, "export") == 1


def test_it_is_offered_to_users_who_may_and_to_no_other(
    databases: Databases, faculty: Source
) -> None:
    plain = ExportRequest(faculty, PeopleFilter())
    for actor in (ANONYMOUS, CLI):
        with pytest.raises(Denied):
            offer_export(databases, actor, plain)
    viewer = added(databases, "b.sadeghi", VIEWER)
    with pytest.raises(Denied):
        offer_export(databases, viewer, ExportRequest(faculty, PeopleFilter(), CSV, REASON))
    with pytest.raises(ConfigError):
        offer_export(databases, viewer, ExportRequest(faculty, PeopleFilter(), "pdf"))
    assert kept(databases) == []


def test_neither_the_token_nor_what_was_typed_is_kept_longer_than_needed(
    databases: Databases, faculty: Source, karimi: Actor, clock: Clock
) -> None:
    token = offer_export(databases, karimi, ExportRequest(faculty, SEARCH, CSV, f"کد {CODE}"))
    assert token not in repr(kept(databases))
    assert repr(kept(databases)).count(CODE) == 1, "in the filter, masked in the reason"

    fetched(databases, karimi, token)
    assert len(kept(databases)) == 1
    assert CODE not in repr(kept(databases))

    offer_export(databases, karimi, ExportRequest(faculty, SEARCH))
    forget_expired(databases)
    assert len(kept(databases)) == 2
    clock.now += LIVES
    forget_expired(databases)
    assert kept(databases) == []


def test_it_goes_with_the_person(databases: Databases, faculty: Source, karimi: Actor) -> None:
    offer_export(databases, karimi, ExportRequest(faculty, PeopleFilter()))
    with databases.control.write() as session:
        session.execute(text("DELETE FROM users"))
    assert kept(databases) == []


def test_a_filter_of_another_version_is_gone_and_no_crash(
    databases: Databases, faculty: Source, karimi: Actor
) -> None:
    token = offer_export(databases, karimi, ExportRequest(faculty, PeopleFilter()))
    with databases.control.write() as session:
        session.execute(text("""UPDATE export_tokens SET filter = '{"of": "yesterday"}'"""))
    with pytest.raises(ExportGone):
        fetched(databases, karimi, token)
