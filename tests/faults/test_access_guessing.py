"""Guessing over HTTP: five of a thousand are looked at, whatever the guesser says of himself."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
import requests

from sync_core.access import audit
from sync_core.access.cookies import BROWSER_COOKIE, SESSION_COOKIE, Seal
from sync_core.access.keys import secret_key
from sync_core.access.login import TRIES, KnownBrowser
from sync_core.access.permissions import VIEWER, command_line_actor
from sync_core.access.users import add_user
from tests.faults.crowd import Crowd
from tests.faults.visits import get, last_entry, recorded
from tests.pages.web_server import NAME, PASSWORD, WebServer, field

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nothing_tried_yet")]

THREADS, GUESSES = 20, 1_000
HERE = "127.0.0.1"
_numbers = count()


class Guesser:
    """One form and its cookie do for all guesses: no page has to be read again."""

    def __init__(self, server: WebServer) -> None:
        browser = requests.Session()
        page = browser.get(f"{server.url}/login", timeout=30)
        self._form = field(page.text, "form")
        self._cookies = dict(browser.cookies)
        self._url = f"{server.url}/login"

    def guess(self, name: str = NAME, password: str = "", browser: str = "", **headers: str) -> int:
        """`browser`: what it keeps of an earlier login, or says that it keeps."""
        data = {"form": self._form, "name": name, "password": password or f"x{next(_numbers)}"}
        with requests.Session() as own:
            return own.post(
                self._url,
                data=data,
                headers=headers,
                cookies=self._cookies | {BROWSER_COOKIE: browser},
                allow_redirects=False,
                timeout=120,
            ).status_code


@pytest.fixture
def guesser(crowd: Crowd) -> Guesser:
    return Guesser(crowd.server)


@pytest.fixture
def since(crowd: Crowd) -> int:
    return last_entry(crowd.server)


def actions(crowd: Crowd, since: int) -> Counter[str]:
    return Counter(action for action, _, _ in recorded(crowd.server, since))


def test_it_looks_at_five_of_a_thousand_guesses_and_lets_the_person_in_meanwhile(
    crowd: Crowd, guesser: Guesser, since: int
) -> None:
    browser = crowd.server.log_in()  # which makes it a known one

    with ThreadPoolExecutor(THREADS) as pool:
        guesses = [pool.submit(guesser.guess) for _ in range(GUESSES)]
        while not all(guess.done() for guess in guesses[: GUESSES // 2]):
            answer = crowd.server.post_login(logged_out(browser), NAME, PASSWORD)
            assert answer.status_code == 303
        told = Counter(guess.result() for guess in guesses)

    assert told == {401: TRIES, 429: GUESSES - TRIES}
    counted = actions(crowd, since)
    assert counted[audit.LOGIN_FAILED] == TRIES
    assert counted[audit.LOGIN_LOCKED] == 1
    assert counted[audit.LOGIN] >= 2


def logged_out(browser: requests.Session) -> requests.Session:
    """The same browser, whose session was lost."""
    browser.cookies.pop(SESSION_COOKIE, None)
    assert BROWSER_COOKIE in browser.cookies
    return browser


def test_it_refuses_the_right_password_too_while_it_is_locked(
    crowd: Crowd, guesser: Guesser
) -> None:
    """Else the guesser would know when it was found."""
    for _ in range(TRIES):
        assert guesser.guess() == 401
    assert guesser.guess(password=PASSWORD) == 429
    assert crowd.server.post_login(requests.Session(), NAME, PASSWORD).status_code == 429


def test_it_looks_at_five_of_many_names_from_one_address(
    crowd: Crowd, guesser: Guesser, since: int
) -> None:
    names = [crowd.add(VIEWER).name for _ in range(20)]
    with ThreadPoolExecutor(THREADS) as pool:
        told = Counter(pool.map(guesser.guess, names * 3))
    assert told == {401: TRIES, 429: len(names) * 3 - TRIES}
    assert actions(crowd, since)[audit.LOGIN_FAILED] == TRIES


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP"]
)
def test_it_believes_no_address_that_nobody_trusted_says(
    crowd: Crowd, guesser: Guesser, since: int, header: str
) -> None:
    """Neither in the lock nor on record."""
    prefix = "for=" if header == "Forwarded" else ""
    names = [crowd.add(VIEWER).name for _ in range(TRIES + 5)]
    told = [
        guesser.guess(name, **{header: f"{prefix}198.51.100.{number}"})
        for number, name in enumerate(names)
    ]
    assert told == [401] * TRIES + [429] * 5
    assert {address for _, _, address in recorded(crowd.server, since)} == {HERE}


def test_it_believes_no_scheme_that_nobody_trusted_says(crowd: Crowd) -> None:
    """Else a stranger could make it look for another cookie."""
    cookie = crowd.cookie(crowd.token(crowd.add()))
    given = {"Cookie": f"{SESSION_COOKIE}={cookie}", "X-Forwarded-Proto": "https"}
    assert get(crowd.server, "/session", **given).status_code == 204
    login = get(crowd.server, "/login", **{"X-Forwarded-Proto": "https"})
    assert "__Host-" not in login.headers["Set-Cookie"]


@pytest.fixture
def seal(crowd: Crowd) -> Seal:
    return Seal(secret_key(crowd.settings, "web"))


def test_it_knows_no_browser_that_says_so_itself(
    crowd: Crowd, guesser: Guesser, seal: Seal
) -> None:
    """A cookie that we did not sign, or that we signed for somebody else, counts for nothing."""
    other = add_user(
        crowd.server.databases, command_line_actor(), f"other{next(_numbers)}", PASSWORD, VIEWER
    )
    marks = [KnownBrowser(other.id, f"{number}") for number in range(TRIES)]
    forged = Seal("o" * 48)
    cookies = [
        *(seal.browser_value(mark) for mark in marks),
        *(forged.browser_value(KnownBrowser(1, "mine")) for _ in range(3)),
        "1-mine",
        "-",
        "x" * 3_000,
    ]
    told = [guesser.guess(browser=cookie) for cookie in cookies]
    assert told == [401] * TRIES + [429] * (len(cookies) - TRIES)


def test_it_says_the_same_to_everybody_and_names_nobody_that_there_is_not(
    crowd: Crowd, guesser: Guesser, since: int
) -> None:
    told = [guesser.guess("nobody-has-this-name"), guesser.guess(NAME), guesser.guess("\x00")]
    assert told == [401, 401, 401]
    targets = [target for _, target, _ in recorded(crowd.server, since)]
    assert targets == ["unknown", NAME, "unknown"]


@pytest.mark.parametrize("name", ["admin", "root", "hamgam", "demo", "administrator"])
def test_it_lets_nobody_in_whom_nobody_added(guesser: Guesser, name: str) -> None:
    for password in ("admin", "password", "hamgam", "demo-admin"):
        assert guesser.guess(name, password) == 401
