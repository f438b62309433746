"""Behind a proxy that we trust: its word on address and scheme counts, and the cookies are safe."""

from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
import requests

from sync_core.access.cookies import BROWSER_COOKIE, FORM_COOKIE, SESSION_COOKIE
from sync_core.access.login import TRIES
from tests.faults.crowd import Crowd
from tests.faults.visits import forget_tries, get, handshake, last_entry, recorded
from tests.pages.web_server import NAME, PASSWORD, WebServer, field, running_web_server

pytestmark = pytest.mark.slow

PANEL = "panel.example.ac.ir"
CLIENT = "192.0.2.7"
PROXIED = {"Host": PANEL, "X-Forwarded-Proto": "https", "X-Forwarded-For": CLIENT}
HOST_COOKIE = f"__Host-{SESSION_COOKIE}"


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """A server that believes what 127.0.0.1 says: here, these tests."""
    home = tmp_path_factory.mktemp("proxied")
    environ = {
        "HAMGAM_HOME": str(home),
        "HAMGAM_DATABASE_URL": f"sqlite:///{home / 'hamgam.db'}",
        "HAMGAM_DATA_URL": f"sqlite:///{home / 'data.db'}",
        "HAMGAM_TRUSTED_HOSTS": PANEL,
        "HAMGAM_TRUSTED_PROXIES": "127.0.0.1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        with running_web_server(home) as server:
            yield Crowd(server, environ)


@pytest.fixture(autouse=True)
def nothing_tried_yet(proxied: Crowd) -> None:
    forget_tries(proxied.server)


def log_in(server: WebServer, name: str = NAME, **headers: str) -> requests.Response:
    """As the proxy passes it on; the test keeps the cookies itself, for `requests` knows no https
    here.
    """
    given = {**PROXIED, **headers}
    page = get(server, "/login", **given)
    form = jar(page)[f"__Host-{FORM_COOKIE}"].value
    return requests.post(
        f"{server.url}/login",
        data={"form": field(page.text, "form"), "name": name, "password": PASSWORD},
        headers={**given, "Cookie": f"__Host-{FORM_COOKIE}={form}"},
        allow_redirects=False,
        timeout=60,
    )


def jar(answer: requests.Response) -> SimpleCookie:
    jar = SimpleCookie()
    for line in answer.raw.headers.getlist("Set-Cookie"):
        jar.load(line)
    return jar


def test_it_gives_cookies_that_no_other_host_and_no_plain_connection_can_set(
    proxied: Crowd,
) -> None:
    answer = log_in(proxied.server)
    assert answer.status_code == 303
    names = {f"__Host-{name}" for name in (SESSION_COOKIE, FORM_COOKIE, BROWSER_COOKIE)}
    given = jar(answer)
    assert set(given) == names
    for cookie in given.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
        assert cookie["samesite"].lower() == "lax"


def test_it_takes_the_session_under_that_name_alone(proxied: Crowd) -> None:
    value = jar(log_in(proxied.server))[HOST_COOKIE].value
    for name, status, stream in ((HOST_COOKIE, 204, 101), (SESSION_COOKIE, 401, 403)):
        given = {**PROXIED, "Cookie": f"{name}={value}"}
        assert get(proxied.server, "/session", **given).status_code == status
        assert opened(proxied, f"Cookie: {name}={value}") == stream


def opened(proxied: Crowd, *lines: str, origin: str = f"https://{PANEL}") -> int:
    forwarded = [f"{name}: {value}" for name, value in PROXIED.items() if name != "Host"]
    return handshake(proxied.server, *forwarded, f"Origin: {origin}", *lines, host=PANEL)


def test_it_looks_for_the_name_that_belongs_to_the_scheme(proxied: Crowd) -> None:
    value = jar(log_in(proxied.server))[HOST_COOKIE].value
    plain = {**PROXIED, "X-Forwarded-Proto": "http"}
    for name in (HOST_COOKIE, SESSION_COOKIE):
        answer = get(proxied.server, "/session", **plain, Cookie=f"{name}={value}")
        assert answer.status_code == (401 if name == HOST_COOKIE else 204)


def test_it_deletes_the_cookie_as_it_was_set(proxied: Crowd) -> None:
    """A browser ignores a `__Host-` cookie without Secure and Path=/, also one that deletes."""
    value = jar(log_in(proxied.server))[HOST_COOKIE].value
    given = {**PROXIED, "Cookie": f"{HOST_COOKIE}={value}", "Accept": "text/html"}
    proof = field(get(proxied.server, "/logout", **given).text, "proof")
    answer = get(proxied.server, f"/logout?proof={proof}", **given)
    cookie = jar(answer)[HOST_COOKIE]
    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("", "0", "/")
    assert cookie["secure"]
    assert get(proxied.server, "/session", **given).status_code in (303, 401)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"https://{PANEL}.evil.example"]
)
def test_it_opens_no_websocket_for_another_site(proxied: Crowd, origin: str) -> None:
    value = jar(log_in(proxied.server))[HOST_COOKIE].value
    assert opened(proxied, f"Cookie: {HOST_COOKIE}={value}", origin=origin) == 403


def test_it_answers_under_the_name_that_it_was_given_and_no_other(proxied: Crowd) -> None:
    assert get(proxied.server, "/healthz", Host=PANEL).status_code == 200
    assert get(proxied.server, "/healthz", Host=f"{PANEL}:8443").status_code == 200
    for host in ("evil.example", f"a.{PANEL}", "example.ac.ir"):
        assert get(proxied.server, "/healthz", Host=host).status_code == 400
        given = {"Host": host, "X-Forwarded-Host": PANEL}
        assert get(proxied.server, "/healthz", **given).status_code == 400


def test_it_records_the_address_that_the_proxy_says(proxied: Crowd) -> None:
    since = last_entry(proxied.server)
    assert log_in(proxied.server).status_code == 303
    assert {address for _, _, address in recorded(proxied.server, since)} == {CLIENT}


def test_it_believes_the_last_address_alone_for_the_client_writes_those_before(
    proxied: Crowd,
) -> None:
    """A proxy adds the address that it saw at the end of what it was sent."""
    since = last_entry(proxied.server)
    names = [proxied.add().name for _ in range(TRIES + 3)]
    told = [
        log_in(proxied.server, name, **{"X-Forwarded-For": f"10.0.0.{number}, {CLIENT}"})
        for number, name in enumerate(names)
    ]
    assert [answer.status_code for answer in told] == [401] * TRIES + [429] * 3
    assert {address for _, _, address in recorded(proxied.server, since)} == {CLIENT}


def test_it_locks_one_client_of_the_proxy_and_lets_the_others_be(proxied: Crowd) -> None:
    for number in range(TRIES + 1):
        log_in(proxied.server, f"nobody{number}")
    assert log_in(proxied.server).status_code == 429
    assert log_in(proxied.server, **{"X-Forwarded-For": "192.0.2.99"}).status_code == 303
