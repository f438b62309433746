"""The number under which the gateway keeps a call, beside our words for it."""

import pytest

from fetch_data.faults import traced
from sync_core.base.errors import BadPayload, GatewayFault
from tests.engine.gateway_calls import refused
from tests.engine.raw_server import answer


@pytest.mark.parametrize("name", ["X-Request-Id", "X-Correlation-Id", "Request-Id", "traceparent"])
def test_it_names_the_trace(name: str) -> None:
    assert traced("POST /x", {name: "00-4bf92f35-b7ad"}) == "POST /x (trace 00-4bf92f35-b7ad)"


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "abc",
        "0012345679",
        "a b c d",
        "<b>bold</b>",
        "abcd\nefgh",
        "abcd\x00",
        "x" * 200,
        "نشان",
    ],
)
def test_it_takes_nothing_odd_for_a_trace(odd: str) -> None:
    """A number alone may be somebody's, and what is long or marked up is no trace."""
    assert traced("POST /x", {"X-Request-Id": odd}) == "POST /x"


def test_it_tells_the_trace_of_what_was_refused_and_of_what_is_no_page() -> None:
    known = {"X_Request_Id": "demo-7c9e"}
    fault = refused(lambda _: answer(b"", status=502, **known), GatewayFault)
    assert "(trace demo-7c9e) was answered with 502" in str(fault)
    bad = refused(lambda _: answer(b"{}", **known), BadPayload)
    assert "(trace demo-7c9e) is not what was agreed" in str(bad)
