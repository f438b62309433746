"""The client's login: one for all workers, never asked again where it was refused."""

import threading
from typing import Any

import pytest

from fetch_data.gateway import Gateway
from sync_core.base.errors import (
    AuthRefused,
    BadPayload,
    ConfigError,
)
from tests.engine.gateway_calls import (
    ENOUGH_S,
    PAGE,
    PASSWORD,
    PATH,
    after_login,
    ask,
    records,
    settings,
    together,
)
from tests.engine.raw_server import Asked, answer, raw_server, token


def test_it_logs_in_once_for_eight_workers_when_the_token_expires() -> None:
    lock, state = threading.Lock(), {"logins": 0, "calls": 0}

    def play(asked: Asked) -> bytes:
        with lock:
            if asked.path == "/Login":
                state["logins"] += 1
                return token(f"t{state['logins']}")
            state["calls"] += 1
            expired = state["calls"] > 20 and asked.headers["authorization"] == "Bearer t1"
            return answer({}, 401) if expired else answer(PAGE)

    with raw_server(play) as server, Gateway(settings(server.url)) as gateway:
        gateway.ask(PATH, {})
        outcomes = together(8, lambda: [records(gateway.ask(PATH, {})) for _ in range(10)])
    assert outcomes == [[[{"id": 1}]] * 10] * 8
    assert server.count("/Login") == 2


@pytest.mark.parametrize("life", [3, 8, 20])
def test_it_goes_on_when_tokens_live_for_few_calls(life: int) -> None:
    """A call may be late for its token, but not again and again: both keep in step."""
    lock, uses, in_step = threading.Lock(), dict[str, int](), threading.Barrier(2)

    def play(asked: Asked) -> bytes:
        with lock:
            if asked.path == "/Login":
                uses[f"Bearer t{len(uses)}"] = 0
                return token(f"t{len(uses) - 1}")
            sign = asked.headers["authorization"]
            uses[sign] += 1
            return answer({}, 401) if uses[sign] > life else answer(PAGE)

    def next_page() -> object:
        in_step.wait(ENOUGH_S)
        return records(gateway.ask(PATH, {}))

    with raw_server(play) as server, Gateway(settings(server.url)) as gateway:
        outcomes = together(2, lambda: [next_page() for _ in range(20)])
    assert outcomes == [[[{"id": 1}]] * 20] * 2


@pytest.mark.parametrize("refusal", [400, 401, 403])
def test_it_asks_no_second_time_when_the_login_is_refused(refusal: int) -> None:
    body = {"message": PASSWORD, "errors": {"password": [PASSWORD]}}
    with raw_server(lambda asked: answer(body, refusal)) as server:
        with Gateway(settings(server.url, tries=5)) as gateway:
            errors = together(8, lambda: gateway.ask(PATH, {}))
            assert {type(error) for error in errors} == {AuthRefused}
            assert isinstance(together(1, lambda: gateway.ask(PATH, {}))[0], AuthRefused)
        assert not any(PASSWORD in str(error) for error in errors)
        assert server.count("/Login") == 1


def test_it_is_refused_when_a_login_gives_an_error_with_status_200() -> None:
    for body in ({"data": None, "message": "wrong"}, {"data": {}, "errors": ["no"]}):
        with raw_server(lambda asked, body=body: answer(body)) as server:  # type: ignore[misc]
            with pytest.raises(AuthRefused):
                ask(server.url, tries=5)
            assert server.count("/Login") == 1


@pytest.mark.parametrize("body", [{}, {"data": {"token": 7}}, {"data": {"token": "a\nb"}}, []])
def test_it_calls_it_payload_when_a_login_gives_no_token(body: Any) -> None:
    with raw_server(lambda asked: answer(body)) as server, pytest.raises(BadPayload):
        ask(server.url, tries=5)


def test_it_is_refused_when_a_token_never_works() -> None:
    with raw_server(after_login(lambda asked: answer({}, 401))) as server:
        with pytest.raises(AuthRefused, match="just issued"):
            ask(server.url, tries=5)
        assert (server.count("/Login"), server.count(PATH)) == (1, 1)


def test_it_ends_when_one_call_is_unauthorized_for_ever() -> None:
    def play(asked: Asked) -> bytes:
        return answer(PAGE) if asked.body else answer({}, 401)

    with raw_server(after_login(play)) as server, Gateway(settings(server.url)) as gateway:
        gateway.ask(PATH, {"pageNumber": 1})
        with pytest.raises(AuthRefused):
            gateway.ask(PATH, {})
        assert records(gateway.ask(PATH, {"pageNumber": 2}))
        assert server.count("/Login") <= 2


def test_it_names_the_setting_when_no_address_is_set() -> None:
    with pytest.raises(ConfigError, match="HAMGAM_GATEWAY_URL"):
        ask("")
