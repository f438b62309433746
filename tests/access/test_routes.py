"""Every route of the real application with every role, over HTTP, against the one table."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pytest
import requests
from websockets.exceptions import InvalidStatus

from sync_core.access import matrix
from sync_core.access.cookies import SESSION_COOKIE
from sync_core.access.matrix import CLOSED, OPEN, route_needs
from sync_core.access.permissions import ADMIN, OPERATOR, ROLES, VIEWER, Actor, allows
from tests.access.walk import MUST_CHANGE
from tests.conftest import ROOT
from tests.faults.crowd import Crowd
from tests.faults.screens import open_tab

pytestmark = pytest.mark.slow

STRANGER = "stranger"
WALKERS = (STRANGER, *ROLES, MUST_CHANGE)
NAVIGATION, PROGRAM = "text/html,application/xhtml+xml", "*/*"

AS_STREAMLITS_PAGES = {"/": "the index page, its scripts and styles, and the address of every page"}
"""Routes for which the entry `/` is meant, and what they are."""

GATES_WORDS = {"Log in first.", "This is not allowed.", "This form was sent from another site."}

LIST_ROUTES = """
import json
import dashboard

def told(route):
    methods = getattr(route, "methods", None) or []
    return type(route).__name__, route.path, sorted(set(methods) - {"HEAD"})

app = dashboard.app._build_starlette_app()
print(json.dumps([told(route) for route in app.routes]))
"""


@dataclass(frozen=True)
class Found:
    """`path` with something in the place of its parameters."""

    kind: str
    path: str
    methods: tuple[str, ...]


@cache
def routes() -> tuple[Found, ...]:
    """Also Streamlit's own, as this configuration makes them: in a process that serves nobody."""
    done = subprocess.run(
        [sys.executable, "-c", LIST_ROUTES], cwd=ROOT, capture_output=True, text=True, check=True
    )
    listed = json.loads(done.stdout.splitlines()[-1])
    return tuple(Found(kind, _filled(path), tuple(methods)) for kind, path, methods in listed)


def _filled(path: str) -> str:
    parts = ["0" * 32 if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts) or "/"


@pytest.fixture(scope="module")
def cookies(crowd: Crowd) -> dict[str, str]:
    """Those of a person of each kind; a stranger has none."""
    people = {role: crowd.add(role) for role in ROLES}
    people[MUST_CHANGE] = crowd.add(ADMIN, must_change=True)
    return {STRANGER: ""} | {name: crowd.cookie(crowd.token(who)) for name, who in people.items()}


def actor_of(walker: str) -> Actor:
    role = {STRANGER: "nobody", MUST_CHANGE: ADMIN}.get(walker, walker)
    return Actor("somebody", role, 1, must_change=walker == MUST_CHANGE)


def ask(
    crowd: Crowd, method: str, path: str, cookie: str, accept: str = PROGRAM
) -> requests.Response:
    """As a browser's own page asks: same origin, no redirect followed."""
    headers = {"Accept": accept, "Cookie": f"{SESSION_COOKIE}={cookie}", "Origin": crowd.server.url}
    url = crowd.server.url + path
    return requests.request(method, url, headers=headers, allow_redirects=False, timeout=30)


def asked_routes() -> Iterator[tuple[str, str]]:
    for found in routes():
        if found.kind != "WebSocketRoute":
            for method in found.methods or ("GET",):
                yield method, found.path if found.kind != "Mount" else f"{found.path}/"


def is_refused(answer: requests.Response) -> bool:
    """By the gate. A handler may refuse a form or a token, which none of these requests has."""
    return answer.text in GATES_WORDS or _leads_to(answer, "/login")


def _leads_to(answer: requests.Response, path: str) -> bool:
    leads = answer.headers.get("Location", "").split("?")[0]
    return answer.status_code == 303 and leads == path


def test_it_finds_the_routes_of_the_real_application() -> None:
    paths = {found.path for found in routes()}
    assert {"/login", "/_stcore/stream", "/_stcore/metrics", "/media/" + "0" * 32} <= paths
    assert [found.path for found in routes() if found.kind == "WebSocketRoute"] == [
        "/_stcore/stream"
    ]


def test_it_has_an_entry_for_every_route() -> None:
    for found in routes():
        path = f"{found.path}/" if found.kind == "Mount" and found.path != "/" else found.path
        fitting = [entry for entry in matrix.ROUTES if _fits(entry, path)]
        assert fitting != ["/"] or path in AS_STREAMLITS_PAGES, path


def _fits(entry: str, path: str) -> bool:
    return path == entry or (entry.endswith("/") and path.startswith(entry))


def test_it_closes_what_no_screen_uses() -> None:
    for path in ("/_stcore/metrics", "/_stcore/agent/mcp", "/component/x/index.html"):
        assert route_needs(path) == CLOSED
    assert route_needs("/_stcore/upload_file/x/y") == CLOSED
    assert route_needs("/auth/login") == route_needs("/oauth2callback") == CLOSED


def test_it_opens_three_paths_and_no_other_to_strangers() -> None:
    opened = {entry for entry, needed in matrix.ROUTES.items() if needed == OPEN}
    assert opened == {"/login", "/healthz", "/assets/"}


@pytest.mark.parametrize("walker", WALKERS)
def test_it_answers_a_program_as_the_table_says(
    crowd: Crowd, cookies: dict[str, str], walker: str
) -> None:
    actor, wrong = actor_of(walker), {}
    for method, path in asked_routes():
        answer = ask(crowd, method, path, cookies[walker])
        if not is_right(answer, route_needs(path), actor):
            wrong[f"{method} {path}"] = answer.status_code
    assert wrong == {}
    if walker != STRANGER:  # none of them ended the session
        assert ask(crowd, "GET", "/session", cookies[walker]).status_code == 204


def is_right(answer: requests.Response, needed: str, actor: Actor) -> bool:
    said = (answer.status_code, answer.text)
    if needed == OPEN:
        return not is_refused(answer) and answer.status_code < 500
    if actor.role == "nobody":
        return said == (401, "Log in first.")
    if needed == CLOSED:
        return said == (404, "Not found")
    if not allows(actor, needed):
        return said == (403, "This is not allowed.")
    return not is_refused(answer) and answer.status_code < 500


@pytest.mark.parametrize("walker", WALKERS)
def test_it_shows_a_person_the_way_where_the_table_refuses(
    crowd: Crowd, cookies: dict[str, str], walker: str
) -> None:
    actor = actor_of(walker)
    for method, path in asked_routes():
        needed = route_needs(path)
        if method != "GET" or needed == OPEN:
            continue
        answer = ask(crowd, method, path, cookies[walker], NAVIGATION)
        if walker == STRANGER:
            assert _leads_to(answer, "/login"), path
        elif needed == CLOSED:
            assert answer.status_code == 404, path
        elif walker == MUST_CHANGE and not allows(actor, needed):
            assert _leads_to(answer, "/password"), path
        elif not allows(actor, needed):
            assert answer.status_code == 403, path
        else:
            assert not is_refused(answer), path


@pytest.mark.parametrize("page", [name for name in matrix.PAGES if name != "overview"])
@pytest.mark.parametrize("walker", WALKERS)
def test_it_gives_the_shell_of_a_page_and_no_data(
    crowd: Crowd, cookies: dict[str, str], walker: str, page: str
) -> None:
    answer = ask(crowd, "GET", f"/{page}", cookies[walker], NAVIGATION)
    if walker == STRANGER:
        assert _leads_to(answer, "/login")
    elif walker == MUST_CHANGE:
        assert _leads_to(answer, "/password")
    else:
        assert answer.status_code == 200
        assert "person-" not in answer.text


@pytest.mark.parametrize("walker", WALKERS)
def test_it_opens_the_websocket_as_the_table_says(
    crowd: Crowd, cookies: dict[str, str], walker: str
) -> None:
    for found in routes():
        if found.kind == "WebSocketRoute":
            allowed = allows(actor_of(walker), route_needs(found.path))
            assert allowed == (walker in {VIEWER, OPERATOR, ADMIN})
            with refused_unless(allowed), open_tab(crowd.server, cookies[walker]) as tab:
                assert tab.stream.subprotocol == "streamlit"


@contextmanager
def refused_unless(allowed: bool) -> Iterator[None]:
    if allowed:
        yield
        return
    with pytest.raises(InvalidStatus) as refused:
        yield
    assert refused.value.response.status_code == 403
