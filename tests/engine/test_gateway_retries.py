"""What the client makes of statuses, and how it waits before another try."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from fetch_data.gateway import Gateway
from fetch_data.retry import Retry
from sync_core.base.errors import GatewayFault
from tests.engine.gateway_calls import (
    PAGE,
    PATH,
    SECRET,
    after_login,
    patient,
    records,
    refused,
    settings,
    together,
)
from tests.engine.raw_server import answer, raw_server


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_it_is_worth_a_retry_when_the_gateway_is_busy(status: int) -> None:
    assert refused(lambda asked: answer({}, status), GatewayFault).retryable


@pytest.mark.parametrize("status", [400, 403, 404, 418, 501])
def test_it_is_final_when_the_gateway_says_no(status: int) -> None:
    error = refused(lambda asked: answer({"message": SECRET}, status), GatewayFault, tries=5)
    assert not error.retryable
    assert str(status) in error.message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_keeps_the_token_when_sent_to_another_host(status: int) -> None:
    with raw_server(lambda asked: answer(PAGE)) as thief:
        to = f"{thief.url.replace('//', '//user:word@')}/take?token={SECRET}"
        error = refused(lambda asked: answer({}, status, Location=to), GatewayFault)
        assert not thief.asked
    assert "127.0.0.1" in error.message
    assert "word" not in error.message


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("2.5", 2.5, 2.5),
        ("0", 0, 1),
        ("-30", 0, 1),
        ("99999999999", 60, 60),
        ("1e999", 60, 60),
        ("nan", 0, 1),
        ("soon", 0, 1),
        ("Wed, 99 Foo 2026", 0, 1),
    ],
)
def test_it_waits_as_asked_when_told_to_retry_after(header: str, low: float, high: float) -> None:
    answers = [answer({}, 429, Retry_After=header), answer(PAGE)]
    waits: list[float] = []
    with raw_server(after_login(lambda asked: answers.pop(0))) as server:
        assert records(patient(server, waits.append)) == [{"id": 1}]
    assert len(waits) == 1
    assert low <= waits[0] <= high


@pytest.mark.parametrize(("away_s", "low", "high"), [(30, 20, 30), (-9, 0, 1), (9_999, 60, 60)])
def test_it_waits_until_a_date_when_told_one(away_s: float, low: float, high: float) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=away_s), usegmt=True)
    test_it_waits_as_asked_when_told_to_retry_after(date, low, high)


def test_it_stops_after_its_tries_and_backs_off_between_them() -> None:
    waits: list[float] = []
    with raw_server(after_login(lambda asked: answer({}, 503))) as server:
        with pytest.raises(GatewayFault) as given_up:
            patient(server, waits.append, tries=4)
        assert server.count(PATH) == 4
    assert given_up.value.repeats == 3
    assert len(waits) == 3
    assert all(0 <= wait_s <= 2**n for n, wait_s in enumerate(waits))


@pytest.mark.parametrize("refusals", [0, 2])
def test_it_says_how_often_a_page_was_asked_for_again(refusals: int) -> None:
    answers = iter([*([answer({}, 503)] * refusals), answer(PAGE)])
    with raw_server(after_login(lambda asked: next(answers))) as server:
        assert patient(server, lambda _wait_s: None).page.repeats == refusals


def test_it_stops_when_the_waiting_of_the_run_is_used_up() -> None:
    waits: list[float] = []
    busy = answer({}, 429, Retry_After="40")
    with raw_server(after_login(lambda asked: busy)) as server, pytest.raises(GatewayFault):
        patient(server, waits.append, tries=20, retry_budget_s=100)
    assert waits == [40, 40]


def test_it_shares_the_waiting_of_the_run_between_its_threads() -> None:
    busy, waits = answer({}, 429, Retry_After="40"), list[float]()
    with raw_server(after_login(lambda asked: busy)) as server:
        wanted = settings(server.url, tries=20, retry_budget_s=330)
        patience = Retry(wanted, threading.Event(), sleep=waits.append)
        with Gateway(wanted, retry=patience) as gateway:
            outcomes = together(8, lambda: gateway.ask(PATH, {}))
            assert {type(outcome) for outcome in outcomes} == {GatewayFault}
            assert waits == [40] * 8
            with pytest.raises(GatewayFault):
                gateway.ask(PATH, {})
        assert server.count(PATH) == 8 + 8 + 1


def test_it_takes_no_waiting_from_the_run_for_what_is_final() -> None:
    waits: list[float] = []
    wanted = settings("http://unused", tries=2, retry_budget_s=10)
    patience = Retry(wanted, threading.Event(), sleep=waits.append, spread=lambda low, high: high)
    final = GatewayFault("no")
    busy = GatewayFault("later", retryable=True, retry_after_s=10)

    def fail(error: GatewayFault) -> None:
        raise error

    with pytest.raises(GatewayFault):
        patience.run(lambda: fail(final))
    with pytest.raises(GatewayFault):
        patience.run(lambda: fail(busy), until=0)
    assert waits == []
    with pytest.raises(GatewayFault):
        patience.run(lambda: fail(busy))
    assert waits == [10]
