"""The gate before a real server: what a stranger gets, what a person gets, what a tab loses."""

import re
from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import delete
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from sync_core.access.cookies import SESSION_COOKIE
from sync_core.access.permissions import VIEWER, command_line_actor
from sync_core.access.sessions import session_id
from sync_core.access.users import add_user
from sync_core.store.control_access import LoginTries
from tests.pages.web_server import NAME, PASSWORD, WebServer, field, running_web_server

NAVIGATION = {"Accept": "text/html,application/xhtml+xml"}
PROTOCOLS = ["streamlit"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    folder = tmp_path_factory.mktemp("web")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAMGAM_HOME", str(folder))
        patch.setenv("HAMGAM_DATABASE_URL", f"sqlite:///{folder / 'hamgam.db'}")
        patch.setenv("HAMGAM_DATA_URL", f"sqlite:///{folder / 'data.db'}")
        with running_web_server(folder) as server:
            yield server


@pytest.fixture(autouse=True)
def nothing_tried_yet(server: WebServer) -> None:
    """All tests come from one address."""
    with server.databases.control.write() as session:
        session.execute(delete(LoginTries))


def get(server: WebServer, path: str, **headers: str) -> requests.Response:
    return requests.get(server.url + path, headers=headers, allow_redirects=False, timeout=30)


def open_stream(
    server: WebServer, browser: requests.Session, origin: str | None = None, **headers: str
) -> ClientConnection:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return connect(
        server.websocket,
        subprotocols=PROTOCOLS,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookies, **headers},
        origin=origin,  # type: ignore[arg-type]
        open_timeout=30,
        proxy=None,
    )


@pytest.mark.parametrize("path", ["/", "/faculty", "/runs?id=4", "/no/such/page", "/admin"])
def test_it_sends_a_stranger_to_the_login_when_he_navigates(server: WebServer, path: str) -> None:
    answer = get(server, path, **NAVIGATION)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")
    assert answer.text == ""


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/favicon.png",
        "/session",
        "/_stcore/health",
        "/_stcore/host-config",
        "/_stcore/metrics",
        "/_stcore/agent/openapi.json",
        "/media/0123.csv",
        "/component/x/index.html",
        "/static/js/index.js",
        "/assets",
        "/login/",
        "/healthz/../_stcore/metrics",
    ],
)
def test_it_refuses_a_stranger_when_a_program_asks(server: WebServer, path: str) -> None:
    assert get(server, path, Accept="*/*").status_code == 401


def test_it_keeps_the_way_to_the_page_through_the_login(server: WebServer) -> None:
    answer = get(server, "/runs?status=failed&id=4", **NAVIGATION)
    login = get(server, answer.headers["Location"], **NAVIGATION)
    assert field(login.text, "next") == "/runs?status=failed&amp;id=4"


def test_it_refuses_a_stranger_at_the_websocket_before_any_script(server: WebServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        open_stream(server, requests.Session())
    assert refused.value.response.status_code == 403


def test_it_refuses_an_identity_that_a_client_claims(server: WebServer) -> None:
    browser = server.log_in()
    with pytest.raises(InvalidStatus):
        open_stream(server, requests.Session(), **{"X-Hamgam-Session": "0" * 64})
    with open_stream(server, browser, **{"X-Hamgam-Session": "0" * 64}) as stream:
        assert stream.subprotocol == "streamlit"


def test_it_refuses_a_websocket_when_it_comes_from_elsewhere(server: WebServer) -> None:
    browser = server.log_in()
    with pytest.raises(InvalidStatus):
        open_stream(server, browser, origin="https://evil.example")
    with open_stream(server, browser, origin=server.url) as stream:
        assert stream.subprotocol == "streamlit"


def test_it_refuses_a_tampered_cookie(server: WebServer) -> None:
    browser = server.log_in()
    good = browser.cookies[SESSION_COOKIE]
    # Not the last character: some of its bits mean nothing.
    signed = good[:-5] + ("A" if good[-5] != "A" else "B") + good[-4:]
    for bad in (signed, good.split(".")[0], "x" * 5_000):
        answer = requests.get(
            server.url, cookies={SESSION_COOKIE: bad}, allow_redirects=False, timeout=30
        )
        assert answer.status_code == 401


def test_it_shows_the_shell_in_persian_when_logged_in(server: WebServer) -> None:
    page = server.log_in().get(f"{server.url}/runs", headers=NAVIGATION, timeout=30)
    assert page.status_code == 200
    assert '<html lang="fa" dir="rtl">' in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_it_gives_each_page_a_nonce_of_its_own(server: WebServer) -> None:
    browser = server.log_in()
    nonces = set()
    for _ in range(2):
        page = browser.get(server.url, headers=NAVIGATION, timeout=30)
        found = re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"])
        assert found
        assert f'<script nonce="{found[1]}">' in page.text
        nonces.add(found[1])
    assert len(nonces) == 2


@pytest.mark.parametrize("path", ["/login", "/assets/hamgam.css", "/", "/healthz"])
def test_it_sends_security_headers_with_every_answer(server: WebServer, path: str) -> None:
    headers = get(server, path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-eval" not in headers["Content-Security-Policy"]


def test_it_closes_metrics_and_agents_also_to_those_who_logged_in(server: WebServer) -> None:
    browser = server.log_in()
    for path in ("/_stcore/metrics", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp"):
        assert browser.get(server.url + path, timeout=30).status_code == 404
    assert browser.get(f"{server.url}/_stcore/health", timeout=30).status_code == 200


def test_it_leaves_the_probe_of_a_deep_link_a_404(server: WebServer) -> None:
    browser = server.log_in()
    probe = browser.get(f"{server.url}/runs/_stcore/health", headers=NAVIGATION, timeout=30)
    assert probe.status_code == 404


def test_it_guards_the_cookie(server: WebServer) -> None:
    answer = server.post_login(requests.Session(), NAME, PASSWORD)
    cookie = next(
        part for part in answer.raw.headers.getlist("Set-Cookie") if SESSION_COOKIE in part
    )
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


def test_it_goes_on_to_a_page_of_ours_and_never_to_a_foreign_host(server: WebServer) -> None:
    for target, expected in (("/runs?id=4", "/runs?id=4"), ("//evil.example/", "/")):
        answer = server.post_login(requests.Session(), NAME, PASSWORD, target)
        assert answer.headers["Location"] == expected


def test_it_refuses_a_wrong_password_in_the_same_words_for_everybody(server: WebServer) -> None:
    pages = []
    for name in (NAME, "nobody"):
        answer = server.post_login(requests.Session(), name, "wrong")
        assert answer.status_code == 401
        assert SESSION_COOKIE not in answer.cookies
        pages.append(re.search(r'role="alert">([^<]+)<', answer.text))
    assert pages[0]
    assert pages[1]
    assert pages[0][1] == pages[1][1]


def test_it_refuses_a_form_when_it_was_not_ours(server: WebServer) -> None:
    mine, other = requests.Session(), requests.Session()
    foreign = field(other.get(f"{server.url}/login", timeout=30).text, "form")
    mine.get(f"{server.url}/login", timeout=30)
    for form in ({"form": foreign}, {}):
        data = {**form, "name": NAME, "password": PASSWORD}
        answer = mine.post(f"{server.url}/login", data=data, allow_redirects=False, timeout=30)
        assert answer.status_code == 403
        assert SESSION_COOKIE not in mine.cookies


def test_it_shows_what_was_typed_as_text(server: WebServer) -> None:
    answer = server.post_login(requests.Session(), '"><script>alert(1)</script>', "wrong")
    assert "<script" not in answer.text
    assert "&quot;&gt;&lt;script&gt;" in answer.text


def test_it_sends_the_old_guides_address_home(server: WebServer) -> None:
    answer = server.log_in().get(f"{server.url}/admin", allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_it_closes_every_door_when_logged_out(server: WebServer) -> None:
    browser = server.log_in()
    kept = requests.Session()
    kept.cookies.update(browser.cookies)
    assert kept.get(f"{server.url}/session", timeout=30).status_code == 204
    assert log_out(server, browser).headers["Location"] == "/login"
    assert SESSION_COOKIE not in browser.cookies
    assert kept.get(f"{server.url}/session", timeout=30).status_code == 401
    with pytest.raises(InvalidStatus):
        open_stream(server, kept)


def log_out(server: WebServer, browser: requests.Session) -> requests.Response:
    page = browser.get(f"{server.url}/logout", timeout=30)
    return browser.post(
        f"{server.url}/logout",
        data={"proof": field(page.text, "proof")},
        allow_redirects=False,
        timeout=30,
    )


@pytest.mark.parametrize("proof", ["", "?proof=forged"])
def test_it_logs_nobody_out_when_the_link_is_not_ours(server: WebServer, proof: str) -> None:
    browser = server.log_in()
    assert browser.get(f"{server.url}/logout{proof}", timeout=30).status_code == 200
    browser.post(f"{server.url}/logout", data={"proof": "forged"}, timeout=30)
    assert browser.get(f"{server.url}/session", timeout=30).status_code == 204


def test_it_takes_the_page_from_an_open_tab_when_logged_out(server: WebServer) -> None:
    browser = server.log_in()
    with open_stream(server, browser, origin=server.url) as stream:
        assert NAME.encode() in run_page(stream)
        log_out(server, browser)
        seen = run_page(stream)
    assert NAME.encode() not in seen
    assert b"/login" in seen


def test_it_shows_the_cookies_user_when_a_client_claims_another(server: WebServer) -> None:
    add_user(server.databases, command_line_actor(), "another", PASSWORD, VIEWER)
    victim = server.log_in("another")
    known = session_id(victim.cookies[SESSION_COOKIE].split(".")[0])
    with open_stream(server, server.log_in(), **{"X-Hamgam-Session": known}) as stream:
        seen = run_page(stream)
    assert NAME.encode() in seen
    assert b"another" not in seen


def run_page(stream: ClientConnection) -> bytes:
    """Asks for a run of the page, as a browser does; everything that comes back until its end."""
    ask = BackMsg()
    ask.rerun_script.query_string = ""
    stream.send(ask.SerializeToString())
    seen = bytearray()
    while True:
        answer = stream.recv(timeout=60)
        assert isinstance(answer, bytes)
        seen += answer
        if ForwardMsg.FromString(answer).WhichOneof("type") == "script_finished":
            return bytes(seen)


def test_it_answers_in_words_when_the_login_is_tried_too_often(server: WebServer) -> None:
    for _ in range(5):
        assert server.post_login(requests.Session(), "guessed", "wrong").status_code == 401
    answer = server.post_login(requests.Session(), "guessed", "wrong")
    assert answer.status_code == 429
    assert 'role="alert"' in answer.text
