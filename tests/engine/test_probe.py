"""The connection test, step by step."""

import socket

from fetch_data.probe import probe
from tests.engine.gateway_calls import PAGE, after_login, settings
from tests.engine.raw_server import answer, raw_server


def test_it_probes_every_step_when_all_is_well() -> None:
    with raw_server(after_login(lambda asked: answer(PAGE))) as server:
        steps = list(probe(settings(server.url)))
    assert [step.name for step in steps] == ["dns", "tcp", "login", "page"]
    assert all(step.ok and step.duration_s >= 0 for step in steps)
    assert server.asked[-1].body == {"pageNumber": 1, "pageSize": 1}


def test_it_stops_the_probe_at_the_step_that_fails() -> None:
    with raw_server(lambda asked: answer({}, 401)) as server:
        steps = list(probe(settings(server.url)))
    assert [(step.name, step.ok) for step in steps][-1] == ("login", False)
    assert "HAMGAM_GATEWAY_PASSWORD" in steps[-1].hint


def test_it_says_so_in_the_probe_when_tls_fails() -> None:
    with raw_server(lambda asked: answer({})) as server:
        steps = list(probe(settings(server.url.replace("http:", "https:"), connect_timeout_s=0.5)))
    assert (steps[-1].name, steps[-1].ok) == ("tls", False)


def test_it_probes_nothing_when_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        steps = list(probe(settings(f"http://127.0.0.1:{taken.getsockname()[1]}")))
    assert [(step.name, step.ok) for step in steps] == [("dns", True), ("tcp", False)]
