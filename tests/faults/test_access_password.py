"""The page of one's own password, from the one-time password to the first page of data."""

from itertools import count

import pytest
import requests

from sync_core.access.cookies import SESSION_COOKIE
from sync_core.access.login import TRIES
from sync_core.access.permissions import OPERATOR, command_line_actor
from sync_core.access.users import add_user
from tests.faults.crowd import Crowd, whose
from tests.faults.screens import cookie_of, open_tab
from tests.faults.visits import (
    NAVIGATION,
    REFUSED,
    TO_CHANGE,
    WELCOME,
    last_entry,
    recorded,
    treated,
)
from tests.pages.web_server import PASSWORD, field

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nothing_tried_yet")]

NEW = "four quite other words"
_numbers = count()


def person(crowd: Crowd, *, must_change: bool = False) -> str:
    """Somebody who can really log in, and who is found on no page but by name."""
    name = f"person-pw{next(_numbers)}-end"
    crowd.names.add(name)
    databases = crowd.server.databases
    add_user(databases, command_line_actor(), name, PASSWORD, OPERATOR, must_change=must_change)
    return name


def change(
    crowd: Crowd, browser: requests.Session, password: str, new: str, again: str = ""
) -> requests.Response:
    page = browser.get(f"{crowd.server.url}/password", timeout=30)
    form = {"form": field(page.text, "form"), "password": password, "new": new}
    return post(crowd, browser, {**form, "again": again or new})


def post(crowd: Crowd, browser: requests.Session, form: dict[str, str]) -> requests.Response:
    url = f"{crowd.server.url}/password"
    return browser.post(url, data=form, allow_redirects=False, timeout=60)


def leads_to(crowd: Crowd, browser: requests.Session, path: str) -> str:
    answer = browser.get(
        crowd.server.url + path,
        headers={"Accept": NAVIGATION},
        allow_redirects=False,
        timeout=30,
    )
    return answer.headers.get("Location", "") if answer.status_code == 303 else "here"


def test_it_leads_from_the_one_time_password_to_the_pages(crowd: Crowd) -> None:
    name = person(crowd, must_change=True)
    browser = crowd.server.log_in(name)
    once = cookie_of(browser)
    assert treated(crowd, once) == TO_CHANGE
    for path in ("/", "/runs", "/account", "/users", "/admin"):
        assert leads_to(crowd, browser, path) == "/password"
    assert leads_to(crowd, browser, "/password") == "here"

    answer = change(crowd, browser, PASSWORD, NEW)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert treated(crowd, once) == REFUSED
    assert treated(crowd, cookie_of(browser)) == WELCOME
    with open_tab(crowd.server, cookie_of(browser)) as tab:
        assert whose(tab.open()) == {name}
    assert crowd.server.post_login(requests.Session(), name, PASSWORD).status_code == 401
    assert leads_to(crowd, crowd.server.log_in(name, NEW), "/runs") == "here"


def test_it_lets_nobody_keep_the_one_time_password(crowd: Crowd) -> None:
    name = person(crowd, must_change=True)
    browser = crowd.server.log_in(name)
    assert change(crowd, browser, PASSWORD, PASSWORD).status_code == 400
    assert treated(crowd, cookie_of(browser)) == TO_CHANGE


def test_it_can_be_left_by_logging_out_alone(crowd: Crowd) -> None:
    browser = crowd.server.log_in(person(crowd, must_change=True))
    page = browser.get(f"{crowd.server.url}/logout", timeout=30)
    browser.post(
        f"{crowd.server.url}/logout", data={"proof": field(page.text, "proof")}, timeout=30
    )
    assert SESSION_COOKIE not in browser.cookies


def test_it_ends_every_other_session_of_the_person(crowd: Crowd) -> None:
    name = person(crowd)
    here, there = crowd.server.log_in(name), crowd.server.log_in(name)
    stolen = cookie_of(here)
    with open_tab(crowd.server, cookie_of(there)) as tab:
        assert whose(tab.open()) == {name}
        assert change(crowd, here, PASSWORD, NEW).status_code == 303
        assert crowd.named_in(tab.open()) == set()
    assert treated(crowd, cookie_of(there)) == REFUSED
    assert treated(crowd, stolen) == REFUSED
    assert treated(crowd, cookie_of(here)) == WELCOME


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"password": "wrong"}, 401),
        ({"password": ""}, 401),
        ({"again": "four quite other word"}, 400),
        ({"new": "short", "again": "short"}, 400),
        ({"new": "x" * 1_001, "again": "x" * 1_001}, 400),
        ({"new": PASSWORD, "again": PASSWORD}, 400),
        ({"form": "x.y.z"}, 403),
        ({"form": ""}, 403),
    ],
    ids=["wrong", "empty", "differing", "short", "long", "the same", "forged form", "no form"],
)
def test_it_changes_nothing_when_it_is_given_something(
    crowd: Crowd, given: dict[str, str], status: int
) -> None:
    name = person(crowd)
    browser, since = crowd.server.log_in(name), last_entry(crowd.server)
    page = browser.get(f"{crowd.server.url}/password", timeout=30)
    form = {"form": field(page.text, "form"), "password": PASSWORD, "new": NEW, "again": NEW}

    answer = post(crowd, browser, form | given)

    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert PASSWORD not in answer.text
    assert NEW not in answer.text
    assert "password.changed" not in {action for action, _, _ in recorded(crowd.server, since)}
    assert treated(crowd, cookie_of(browser)) == WELCOME
    assert crowd.server.post_login(requests.Session(), name, PASSWORD).status_code == 303


def test_it_is_no_place_to_guess(crowd: Crowd) -> None:
    """Whoever sits down at an open browser has five tries, and is then known to have tried."""
    name = person(crowd)
    browser, since = crowd.server.log_in(name), last_entry(crowd.server)
    for number in range(TRIES):
        assert change(crowd, browser, f"wrong {number}", NEW).status_code == 401
    assert change(crowd, browser, PASSWORD, NEW).status_code == 429
    told = [action for action, target, _ in recorded(crowd.server, since)]
    assert told == ["login.failed"] * TRIES + ["login.locked"]


def test_it_changes_the_password_of_whoever_has_the_session_and_of_nobody_else(
    crowd: Crowd,
) -> None:
    """Whatever name the form says."""
    name, victim = person(crowd), person(crowd)
    browser = crowd.server.log_in(name)
    page = browser.get(f"{crowd.server.url}/password", timeout=30)
    form = {"form": field(page.text, "form"), "password": PASSWORD, "new": NEW, "again": NEW}
    assert post(crowd, browser, {**form, "name": victim, "user": victim}).status_code == 303
    assert crowd.server.post_login(requests.Session(), victim, PASSWORD).status_code == 303
    assert crowd.server.post_login(requests.Session(), name, PASSWORD).status_code == 401


def test_it_takes_a_form_of_this_browser_alone(crowd: Crowd) -> None:
    """Another person's form cannot be made to be sent from here."""
    mine, theirs = crowd.server.log_in(person(crowd)), crowd.server.log_in(person(crowd))
    foreign = field(theirs.get(f"{crowd.server.url}/password", timeout=30).text, "form")
    mine.get(f"{crowd.server.url}/password", timeout=30)
    form = {"form": foreign, "password": PASSWORD, "new": NEW, "again": NEW}
    assert post(crowd, mine, form).status_code == 403


def test_it_shows_a_stranger_no_form(crowd: Crowd) -> None:
    stranger = requests.Session()
    assert leads_to(crowd, stranger, "/password") == "/login?next=/password"
    assert post(crowd, stranger, {"password": PASSWORD, "new": NEW}).status_code == 401


def test_it_gives_a_new_token_at_each_login(crowd: Crowd) -> None:
    """A cookie that somebody planted before is not the one that is good afterwards."""
    name = person(crowd)
    browser = crowd.server.log_in(name)
    planted = cookie_of(browser)
    fresh = requests.Session()  # the login's form is not shown to whoever is logged in
    page = fresh.get(f"{crowd.server.url}/login", timeout=30)
    fresh.cookies.set(SESSION_COOKIE, planted)

    answer = fresh.post(
        f"{crowd.server.url}/login",
        data={"form": field(page.text, "form"), "name": name, "password": PASSWORD},
        allow_redirects=False,
        timeout=60,
    )

    assert answer.status_code == 303
    given = answer.cookies[SESSION_COOKIE]
    assert given != planted
    assert treated(crowd, planted) == REFUSED
    assert treated(crowd, given) == WELCOME
