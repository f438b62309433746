"""Requests that another site, or a name that it points at us, makes a browser send."""

import pytest
import requests

from sync_core.access.cookies import SESSION_COOKIE
from sync_core.access.permissions import VIEWER
from tests.faults.crowd import Crowd
from tests.faults.visits import NAVIGATION, get, handshake, last_entry, recorded, sent, whole_answer
from tests.pages.web_server import NAME, PASSWORD, field

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nothing_tried_yet")]

FOREIGN_ORIGINS = [
    "https://evil.example",
    "null",
    "http://127.0.0.1:1",
    "http://127.0.0.1.evil.example",
    "http://evil.example#127.0.0.1",
    "//",
    "file://",
    "http://[",
    "",
]
FOREIGN_HOSTS = [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "evil.example:8501",
    "127.0.0.2",
    "0.0.0.0",  # noqa: S104 - a name, not an address to listen on
    "[::ffff:127.0.0.1]",
    "localhost.",
    "127.0.0.1@evil.example",
    "127.1",
    "2130706433",
    "[",
]


@pytest.fixture
def cookie(crowd: Crowd) -> str:
    return crowd.cookie(crowd.token(crowd.add()))


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_it_opens_no_websocket_for_another_site(crowd: Crowd, cookie: str, origin: str) -> None:
    """The browser sends the cookie along: the person is logged in, but did not ask for this."""
    given = f"Cookie: {SESSION_COOKIE}={cookie}"
    assert handshake(crowd.server, given, f"Origin: {crowd.server.url}") == 101
    assert handshake(crowd.server, given, f"Origin: {origin}") == 403


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_it_takes_no_form_from_another_site(crowd: Crowd, origin: str) -> None:
    """Not even one with everything in it that ours has."""
    browser, before = requests.Session(), last_entry(crowd.server)
    page = browser.get(f"{crowd.server.url}/login", timeout=30)
    form = {"form": field(page.text, "form"), "name": NAME, "password": PASSWORD}
    for path in ("/login", "/logout", "/password", "/_stcore/upload_file/x/y"):
        answer = browser.post(
            crowd.server.url + path,
            data=form,
            headers={"Origin": origin},
            allow_redirects=False,
            timeout=30,
        )
        assert answer.status_code == 403
        assert "Set-Cookie" not in answer.headers
    assert recorded(crowd.server, before) == []


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_it_answers_nothing_under_a_name_that_is_not_ours(
    crowd: Crowd, cookie: str, host: str
) -> None:
    """Another site can point its own name at us, and its pages are the same origin then."""
    given = (f"Cookie: {SESSION_COOKIE}={cookie}", f"Origin: http://{host}")
    assert handshake(crowd.server, *given, host=host) in (400, 403)
    for target in ("/", "/login", "/healthz", "/assets/login.css", "/session"):
        assert sent(crowd.server, "GET", target, *given, "Connection: close", host=host) == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8501", "[::1]:8501", "127.0.0.1"])
def test_it_answers_under_the_names_of_this_machine(crowd: Crowd, cookie: str, host: str) -> None:
    given = (f"Cookie: {SESSION_COOKIE}={cookie}", f"Origin: http://{host}")
    assert handshake(crowd.server, *given, host=host) == 101
    assert sent(crowd.server, "GET", "/session", *given, "Connection: close", host=host) == 204


def test_it_answers_nothing_when_it_is_told_two_names_or_none(crowd: Crowd, cookie: str) -> None:
    given = (f"Cookie: {SESSION_COOKIE}={cookie}", "Connection: close")
    good = crowd.server.url.removeprefix("http://")
    assert sent(crowd.server, "GET", "/session", *given, "Host: evil.example") == 400
    assert (
        sent(crowd.server, "GET", "/session", *given, f"Host: {good}", host="evil.example") == 400
    )
    assert sent(crowd.server, "GET", f"http://evil.example{'/session'}", *given) != 200
    assert handshake(crowd.server, *given[:1], "Host: evil.example") != 101


@pytest.mark.parametrize(
    "target",
    [
        "/_stcore/metrics",
        "//_stcore/metrics",
        "/_stcore//metrics",
        "/_stcore/./metrics",
        "/_stcore/../_stcore/metrics",
        "/login/../_stcore/metrics",
        "/assets/../_stcore/metrics",
        "/assets/%2e%2e/_stcore/metrics",
        "/assets/..%2f_stcore/metrics",
        "/assets/..%5c_stcore%5cmetrics",
        "/%5fstcore/metrics",
        "/_STCORE/metrics",
        "/_stcore/metrics/",
        "/_stcore/metrics?x=/login",
        "/_stcore/metrics;/login",
        "/_stcore/metrics%00",
        "/_stcore/metrics#/login",
        "/assets/../../pyproject.toml",
        "/assets/%2e%2e/%2e%2e/pyproject.toml",
        "/assets//etc/passwd",
        "/healthz/../session",
        "/login%2f..%2fsession",
    ],
)
def test_it_opens_no_closed_path_by_another_spelling(
    crowd: Crowd, cookie: str, target: str
) -> None:
    assert sent(crowd.server, "GET", target, "Connection: close") in (400, 401, 404)
    told = whole_answer(crowd.server, target, f"Cookie: {SESSION_COOKIE}={cookie}")
    status = int(told.split(" ", 2)[1])
    # Streamlit gives its index page for every address that it does not know.
    assert status in (204, 400, 404) or (status == 200 and '<div id="root">' in told)
    assert "active_sessions" not in told


@pytest.mark.parametrize(
    "address", ["/logout", "/logout?proof=", "/logout?proof=x.y", "/logout?proof=%00", "//logout"]
)
@pytest.mark.parametrize("accept", [NAVIGATION, "image/*"])
def test_it_logs_nobody_out_by_a_link_or_an_image_of_another_site(
    crowd: Crowd, cookie: str, address: str, accept: str
) -> None:
    given = {"Cookie": f"{SESSION_COOKIE}={cookie}"}
    answer = get(crowd.server, address, Accept=accept, Referer="https://evil.example/", **given)
    assert SESSION_COOKIE not in answer.headers.get("Set-Cookie", "")
    assert get(crowd.server, "/session", **given).status_code == 204


def test_it_logs_nobody_out_by_the_link_of_another_person(crowd: Crowd, cookie: str) -> None:
    """A colleague can send their own; it proves nothing for anybody else."""
    theirs = crowd.cookie(crowd.token(crowd.add(VIEWER)))
    page = get(crowd.server, "/logout", Cookie=f"{SESSION_COOKIE}={theirs}", Accept=NAVIGATION)
    proof = field(page.text, "proof")
    given = {"Cookie": f"{SESSION_COOKIE}={cookie}"}
    get(crowd.server, f"/logout?proof={proof}", **given)
    assert get(crowd.server, "/session", **given).status_code == 204
    get(crowd.server, f"/logout?proof={proof}", Cookie=f"{SESSION_COOKIE}={theirs}")
    assert get(crowd.server, "/session", Cookie=f"{SESSION_COOKIE}={theirs}").status_code == 401


def test_it_tells_no_other_site_anything(crowd: Crowd, cookie: str) -> None:
    """No answer may be read by another origin's scripts, or framed by its pages."""
    given = {"Cookie": f"{SESSION_COOKIE}={cookie}", "Origin": "https://evil.example"}
    for path in ("/", "/session", "/login", "/_stcore/health", "/_stcore/host-config", "/healthz"):
        headers = get(crowd.server, path, **given).headers
        assert headers.get("Access-Control-Allow-Origin") in (None, crowd.server.url)
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        scripts = headers["Content-Security-Policy"].split("script-src ")[1].split(";")[0]
        assert "unsafe" not in scripts


def test_it_names_no_secret_and_no_place_in_what_it_refuses(crowd: Crowd, cookie: str) -> None:
    key = (crowd.settings.home / "keys" / "web").read_text(encoding="ascii").strip()
    hidden = (key, str(crowd.settings.home), "Traceback", "site-packages", "sqlite")
    seen = [
        get(crowd.server, "/no/such/page"),
        get(crowd.server, "/_stcore/metrics", Cookie=f"{SESSION_COOKIE}={cookie}"),
        get(crowd.server, "/login", Host="evil.example"),
        get(crowd.server, "/users", Accept=NAVIGATION),
        requests.post(f"{crowd.server.url}/login", data=b"\xff\x00" * 9_000, timeout=30),
        requests.post(f"{crowd.server.url}/login", data={"form": "x"}, timeout=30),
        requests.put(f"{crowd.server.url}/login", timeout=30),
        requests.post(f"{crowd.server.url}/logout", data={"proof": "x"}, timeout=30),
    ]
    for answer in seen:
        told = answer.text + repr(answer.headers)
        assert not [word for word in hidden if word in told]
        assert answer.status_code < 500
