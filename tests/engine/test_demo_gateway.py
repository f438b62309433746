"""The demo gateway as a process: it speaks the gateway's protocol and ends when told."""

import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from fetch_data.demo.people import Record
from fetch_data.demo_gateway import PASSWORD, USER
from tests.engine.gateway_process import END_S, ROOT, GatewayProcess, running_gateway

FACULTY, STUDENTS = "/API/Golestan/Faculty", "/API/Golestan/Students_2"
COMMAND = [sys.executable, "-m", "fetch_data.demo_gateway"]


@pytest.fixture(scope="module")
def one_gateway() -> Iterator[GatewayProcess]:
    with running_gateway(faculty=25, students=900, campuses=4) as process:
        yield process


@pytest.fixture
def gateway(one_gateway: GatewayProcess) -> GatewayProcess:
    one_gateway.reset()
    return one_gateway


def ask(campus: str = "1110", term: str = "4041", page: int = 1, size: int = 1_000) -> Any:
    paging = {"pageNumber": page, "pageSize": size}
    return {"codePardis": campus, "term": term, "paging": paging, "Filter": {}}


def students(gateway: GatewayProcess, token: str, **asked: Any) -> list[Record]:
    status, answer = gateway.call("POST", STUDENTS, ask(**asked), token)
    assert status == 200
    return list(answer["data"])


def test_it_answers_what_its_world_computes(gateway: GatewayProcess) -> None:
    token = gateway.login()
    status, answer = gateway.call("POST", FACULTY, {"pageNumber": 1, "pageSize": 1_000}, token)
    assert status == 200
    assert answer == {"data": gateway.world.faculty_records(), "totalPages": 1}
    for campus in gateway.world.campuses:
        asked = {"campus": campus.code, "term": "4032", "size": 1_000_000}
        expected = gateway.world.student_records(campus.code, "4032")
        assert expected
        assert students(gateway, token, **asked) == expected


def test_it_cuts_the_same_records_into_pages_of_any_size(gateway: GatewayProcess) -> None:
    token, whole = gateway.login(), gateway.world.student_records("1120", "4041")
    pages = [
        students(gateway, token, campus="1120", page=n, size=7)
        for n in range(1, len(whole) // 7 + 2)
    ]
    assert [record for page in pages for record in page] == whole
    assert students(gateway, token, campus="1120", page=10**12, size=7) == []
    asked = {"pageNumber": 3, "pageSize": 10}
    _, answer = gateway.call("POST", FACULTY, asked, token)
    assert answer["totalPages"] == 3
    assert answer["data"] == gateway.world.faculty_records()[20:]


def test_it_counts_the_pages_of_students_only_when_told() -> None:
    with running_gateway(students=300, campuses=1, total_pages=True, page_cap=5) as gateway:
        _, answer = gateway.call("POST", STUDENTS, ask(size=1_000), gateway.login())
        rows = len(gateway.world.student_records("1110", "4041"))
        assert len(answer["data"]) == 5
        assert answer["totalPages"] == -(-rows // 5)


def test_it_leaves_the_page_count_out_of_students_by_default(gateway: GatewayProcess) -> None:
    assert set(gateway.call("POST", STUDENTS, ask(), gateway.login())[1]) == {"data"}


def test_it_answers_an_empty_list_when_campus_or_term_is_unknown(gateway: GatewayProcess) -> None:
    token = gateway.login()
    assert students(gateway, token, campus="9999") == []
    assert students(gateway, token, term="4049") == []


@pytest.mark.parametrize(
    "given",
    [{}, {"userName": "tester", "password": "wrong"}, {"userName": "x", "password": None}],
)
def test_it_refuses_a_wrong_login(gateway: GatewayProcess, given: dict[str, Any]) -> None:
    status, answer = gateway.call("POST", "/Login", given)
    assert status == 401
    assert answer["errors"]
    assert "password" in answer["message"]
    assert gateway.stats()["refused_logins"] == 1


@pytest.mark.parametrize("token", ["", "made-up"])
def test_it_refuses_data_without_a_token_of_its_own(gateway: GatewayProcess, token: str) -> None:
    for path in (FACULTY, STUDENTS):
        assert gateway.call("POST", path, ask(), token)[0] == 401


def test_it_refuses_tokens_whose_life_is_over() -> None:
    with running_gateway(students=1, token_life_s=0) as gateway:
        assert gateway.call("POST", STUDENTS, ask(), gateway.login())[0] == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"Filter": None}, "Filter"),
        ({"codePardis": 1110}, "codePardis"),
        ({"term": 4041}, "term"),
        ({"paging": None}, "paging"),
        ({"paging": {"pageNumber": 0, "pageSize": 5}}, "paging.pageNumber"),
        ({"paging": {"pageNumber": 1, "pageSize": "5"}}, "paging.pageSize"),
        ({"paging": {"pageNumber": True, "pageSize": 5}}, "paging.pageNumber"),
    ],
)
def test_it_names_the_field_when_the_payload_is_wrong(
    gateway: GatewayProcess, change: dict[str, Any], field: str
) -> None:
    status, answer = gateway.call("POST", STUDENTS, {**ask(), **change}, gateway.login())
    assert status == 400
    assert list(answer["errors"]) == [field]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", STUDENTS, b"{", 400),
        ("POST", "/Login", b"[]", 400),
        ("POST", "/API/Golestan/Nothing", b"{}", 404),
        ("GET", STUDENTS, b"", 405),
        ("GET", FACULTY, b"", 405),
        ("POST", "/demo/control", b'{"explode": true}', 400),
        ("POST", "/demo/control", b'{"revision": -1}', 400),
        ("POST", "/demo/control", b'{"spread_revision": true}', 400),
        ("POST", "/demo/control", b'{"warm": false}', 400),
        ("POST", "/demo/control", b'{"fail": [{"status": 99}]}', 400),
    ],
)
def test_it_refuses_what_is_not_of_the_protocol(
    gateway: GatewayProcess, method: str, path: str, body: bytes, status: int
) -> None:
    given, _, answer = gateway.raw_call(method, path, body)
    assert given == status
    assert set(json.loads(answer)) == {"errors", "message"}


def test_it_lists_its_campuses(gateway: GatewayProcess) -> None:
    status, headers, body = gateway.raw_call("GET", "/demo/campuses.csv")
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert status == 200
    assert headers["Content-Type"].startswith("text/csv")
    assert list(rows[0]) == ["pardis_code", "name", "province_code", "type"]
    assert [row["pardis_code"] for row in rows] == [c.code for c in gateway.world.campuses]


def test_it_changes_its_world_when_told(gateway: GatewayProcess) -> None:
    token, term = gateway.login(), gateway.world.last_term
    before = {c.code: gateway.world.student_records(c.code, term) for c in gateway.world.campuses}
    for code, records in before.items():
        assert students(gateway, token, campus=code, term=term) == records
    gone = str(before["1110"][0]["studentnum"])
    gateway.control({"revision": 1, "withdraw": {"studentnum": [gone]}})
    after = {code: students(gateway, token, campus=code, term=term) for code in before}
    assert after == {code: gateway.world.student_records(code, term) for code in before}
    assert after != before
    gateway.control({"revision": 0, "withdraw": {"studentnum": []}})
    assert students(gateway, token, term=term) == before["1110"]


def test_it_changes_every_term_when_the_revision_is_spread(gateway: GatewayProcess) -> None:
    token = gateway.login()
    before = {term: students(gateway, token, term=term) for term in gateway.world.terms()}
    gateway.control({"spread_revision": 150})
    after = {term: students(gateway, token, term=term) for term in before}
    assert gateway.world.spread_revision == 150
    assert after == {term: gateway.world.student_records("1110", term) for term in before}
    assert all(after[term] != before[term] for term in before)
    gateway.reset()
    assert gateway.world.spread_revision == 0
    assert {term: students(gateway, token, term=term) for term in before} == before


def test_it_computes_its_plan_when_told_to_be_warm(gateway: GatewayProcess) -> None:
    units = 1 + len(gateway.world.terms()) * len(gateway.world.campuses)
    status, answer = gateway.call("POST", "/demo/control", {"warm": True})
    assert (status, answer["data"]["warm_units"]) == (200, units)
    gateway.control({"spread_revision": 1, "warm": True})
    expected = gateway.world.student_records("1110", "4001")
    assert students(gateway, gateway.login(), term="4001") == expected


def test_it_warms_no_more_than_it_may_keep() -> None:
    with running_gateway(faculty=10, students=5_000, campuses=1, cache_mb=1) as gateway:
        _, answer = gateway.call("POST", "/demo/control", {"warm": True})
        assert 0 < answer["data"]["warm_units"] < 17
        assert students(gateway, gateway.login(), term="4051", size=10**6)


def test_it_sends_all_of_a_long_answer_of_many_parts() -> None:
    with running_gateway(students=20_000, campuses=1) as gateway:
        gateway.control({"spread_revision": 100})
        records = students(gateway, gateway.login(), size=10**6)
    assert records == gateway.world.student_records("1110", "4041")
    assert len(json.dumps(records, ensure_ascii=False).encode()) > 3_000_000


def test_it_fails_the_matching_calls_as_often_as_told(gateway: GatewayProcess) -> None:
    token = gateway.login()
    rule = {"campus": "1110", "term": "4041", "status": 429, "times": 2, "retry_after": "3"}
    gateway.control({"fail": [rule]})
    assert students(gateway, token, term="4032")
    for _ in range(2):
        body = json.dumps(ask()).encode()
        status, headers, _ = gateway.raw_call("POST", STUDENTS, body, token)
        assert (status, headers["Retry-After"]) == (429, "3")
    assert students(gateway, token)


def test_it_fails_one_page_for_ever_when_told(gateway: GatewayProcess) -> None:
    token = gateway.login()
    gateway.control({"fail": [{"path": STUDENTS, "page": 2, "status": 503}]})
    assert students(gateway, token, size=5)
    for _ in range(3):
        assert gateway.call("POST", STUDENTS, ask(page=2, size=5), token)[0] == 503
    gateway.control({"fail": []})
    assert students(gateway, token, page=2, size=5)


def test_it_answers_html_with_200_when_told(gateway: GatewayProcess) -> None:
    token = gateway.login()
    gateway.control({"html": True})
    status, headers, body = gateway.raw_call("POST", STUDENTS, json.dumps(ask()).encode(), token)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert body.startswith(b"<!doctype html>")


def test_it_refuses_old_tokens_and_then_logins_when_told(gateway: GatewayProcess) -> None:
    token = gateway.login()
    gateway.control({"expire_tokens": True})
    assert gateway.call("POST", STUDENTS, ask(), token)[0] == 401
    assert students(gateway, gateway.login())
    gateway.control({"refuse_login": True})
    given = {"userName": gateway.user, "password": gateway.password}
    assert gateway.call("POST", "/Login", given)[0] == 401


def test_it_counts_calls_and_how_many_were_in_flight_at_once(gateway: GatewayProcess) -> None:
    token = gateway.login()
    gateway.control({"latency_ms": 300})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: students(gateway, token, page=n), range(1, 5)))
    stats = gateway.stats()
    assert stats["calls"] == {"/Login": 1, STUDENTS: 4}
    assert stats["units"] == {"4041/1110": 4}
    assert (stats["logins"], stats["max_in_flight"]) == (1, 4)
    gateway.control({"reset_stats": True})
    assert gateway.stats()["calls"] == {}


def test_it_tells_when_calls_came_and_how_much_it_sent(gateway: GatewayProcess) -> None:
    fresh = gateway.stats()
    assert (fresh["first_call_at"], fresh["last_call_at"], fresh["sent_bytes"]) == (None, None, 0)
    before = time.time()
    _, _, login = gateway.raw_call(
        "POST", "/Login", json.dumps({"userName": gateway.user, "password": "wrong"}).encode()
    )
    between = time.time()
    _, _, refused = gateway.raw_call("POST", STUDENTS, b"{")
    stats = gateway.stats()
    assert before <= stats["first_call_at"] <= between <= stats["last_call_at"] <= time.time()
    assert stats["sent_bytes"] == len(login) + len(refused)


def test_it_keeps_one_connection_for_many_calls(gateway: GatewayProcess) -> None:
    connection = HTTPConnection(urlsplit(gateway.url).netloc, timeout=10)
    headers = {"Authorization": f"Bearer {gateway.login()}"}
    ports = set()
    for page in range(1, 4):
        connection.request("POST", STUDENTS, json.dumps(ask(page=page)), headers)
        assert connection.getresponse().read()
        ports.add(connection.sock.getsockname()[1])
    connection.close()
    assert len(ports) == 1


def test_it_survives_a_caller_who_hangs_up_in_mid_request(gateway: GatewayProcess) -> None:
    address = ("127.0.0.1", urlsplit(gateway.url).port or 0)
    with socket.create_connection(address) as rude:
        rude.sendall(b"POST /Login HTTP/1.1\r\nContent-Length: 500\r\n\r\n{")
    assert gateway.login()


def test_it_refuses_a_body_without_a_length_it_can_trust(gateway: GatewayProcess) -> None:
    address = ("127.0.0.1", urlsplit(gateway.url).port or 0)
    for header in (b"Transfer-Encoding: chunked", b"Content-Length: 99999999999"):
        with socket.create_connection(address, timeout=10) as caller:
            caller.sendall(b"POST /Login HTTP/1.1\r\n" + header + b"\r\n\r\n")
            assert caller.recv(15) in {b"HTTP/1.1 411 Le", b"HTTP/1.1 413 Re"}


def test_it_ends_when_its_stdin_closes() -> None:
    with running_gateway(students=1) as gateway:
        process = gateway.process
        assert psutil.pid_exists(process.pid)
    assert process.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_without_a_word_when_signalled(number: int) -> None:
    environ = {**os.environ, USER: "tester", PASSWORD: "made-up"}
    pipe = subprocess.PIPE
    with subprocess.Popen(COMMAND, cwd=ROOT, env=environ, stdout=pipe, stderr=pipe) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["event"] == "listening"
        process.send_signal(number)
        rest = process.communicate(timeout=END_S)
    assert (process.returncode, rest) == (0, (b"", b""))


def start_badly(environ: dict[str, str], *arguments: str) -> tuple[int, str]:
    base = {key: value for key, value in os.environ.items() if key not in {USER, PASSWORD}}
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env={**base, **environ},
        capture_output=True,
        text=True,
        timeout=END_S,
        check=False,
    )
    return done.returncode, done.stderr


def test_it_refuses_to_start_without_a_password() -> None:
    status, words = start_badly({USER: "tester"})
    assert status == 2
    assert PASSWORD in words


def test_it_refuses_to_start_on_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        status, words = start_badly({USER: "tester", PASSWORD: "made-up"}, "--port", port)
    assert status == 2
    assert port in words
    assert "Traceback" not in words


@pytest.mark.parametrize(
    "arguments", [("--campuses", "0"), ("--last-term", "4055"), ("--seed", "x")]
)
def test_it_refuses_nonsense_on_its_command_line(arguments: tuple[str, str]) -> None:
    status, words = start_badly({USER: "tester", PASSWORD: "made-up"}, *arguments)
    assert status == 2
    assert arguments[0] in words
