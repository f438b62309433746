"""What is logged, stored and shown: every form of a secret is hidden, and nothing else is."""

import re
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync_core.base import redact as module
from sync_core.base.redact import FLEETING, keep_secret, redact
from tests.faults.canaries import ENCODINGS

SECRETS = [
    "four unrelated words",
    "p%ss/w\"rd+&'<1>",
    "back\\slash\\n",
    "گذرواژهٔ-ساختگی",
    "pässwörd-ñ",
    "key😀in-astral-plane",
    "-._~:?#[]@!$'()*+,;=",
    "abc-DEF_123.456~x",
]


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_lasting", set())
    monkeypatch.setattr(module, "_fleeting", deque(maxlen=FLEETING))
    monkeypatch.setattr(module, "_wardrobe", {})
    monkeypatch.setattr(module, "_known", ())


@pytest.mark.parametrize("how", ENCODINGS)
@pytest.mark.parametrize("secret", SECRETS)
def test_it_hides_a_secret_in_every_form(secret: str, how: str) -> None:
    keep_secret(secret)
    shown = ENCODINGS[how](secret)
    hidden = redact(f"the gateway said <{shown}> and <{shown}>.")

    assert shown not in hidden
    assert hidden.count("***") == 2
    assert hidden.startswith("the gateway said <")
    assert hidden.endswith(">.")
    assert not any(run in hidden for run in re.findall(r"[A-Za-z0-9]{4,}", secret))


def test_it_hides_a_secret_whole_when_it_holds_another() -> None:
    keep_secret("open")
    keep_secret("opensesame", "sesame-open")
    assert redact("opensesame sesame-open open") == "*** *** ***"


def test_it_leaves_alone_what_nobody_made_known_or_is_too_short() -> None:
    keep_secret("abc", "")
    line = "unit_done unit=4051/1110 duration_s=0.1 fetched=1000 abc"
    assert redact(line) == line


def test_it_remembers_the_last_of_those_that_come_and_go() -> None:
    keep_secret("lasting-secret")
    tokens = [f"fleeting-{number:04}" for number in range(FLEETING + 3)]
    for token in tokens:
        keep_secret(token, fleeting=True)

    hidden = [token for token in tokens if token not in redact(f"<{token}>")]
    assert hidden == tokens[-FLEETING:]
    assert redact("lasting-secret") == "***"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: *** ***"),
        ("sent Basic dXNlcjpwYXNz, then", "sent Basic ***, then"),
        ('{"password": "a b\\"c", "user": "x"}', '{"password": ***, "user": "x"}'),
        ('"{\\"token\\": \\"a b\\", \\"n\\": 1}"', '"{\\"token\\": ***, \\"n\\": 1}"'),
        ("{'password': 'a b', 'user': 'x'}", "{'password': ***, 'user': 'x'}"),
        ("HAMGAM_GATEWAY_PASSWORD=abc def", "HAMGAM_GATEWAY_PASSWORD=*** def"),
        ("GET /x?api_key=abc&n=1", "GET /x?api_key=***&n=1"),
        ("postgresql+psycopg://me:p@ss/w@host/db", "postgresql+psycopg://***@host/db"),
        ("at http://127.0.0.1:8501/runs?id=4", "at http://127.0.0.1:8501/runs?id=4"),
        ("Set-Cookie: a=b; Path=/; c", "Set-Cookie: ***"),
        ("got eyJhbGciOiJI.eyJzdWIi.sig-x_y now", "got *** now"),
        ("The gateway refused (401) a token that it had just issued.",) * 2,
        ("Check HAMGAM_GATEWAY_USER and HAMGAM_GATEWAY_PASSWORD.",) * 2,
        ("sqlite:///var/file.db or postgresql://user@host/name",) * 2,
        ("fetched=12 error_class=auth rate=2.5 گذرواژه: ۱۲",) * 2,
    ],
)
def test_it_hides_what_is_named_as_a_secret_or_looks_like_one(line: str, shown: str) -> None:
    assert redact(line) == shown
    assert redact(shown) == shown


@pytest.mark.parametrize(
    "part", ["://:", 'token="', "token=\\", "password", "cookie ", "eyJaaaaaaaa-", "\\", "bearer "]
)
def test_it_is_not_held_up_by_a_line_that_was_made_for_it(part: str) -> None:
    keep_secret("\"\\'/secret")
    line = "secret token=" + part * (64_000 // len(part))
    assert len(redact(line)) <= len(line) + 10


def test_it_learns_while_other_threads_hide() -> None:
    def learn_and_hide(number: int) -> str:
        secret = f"secret-of-thread-{number}"
        keep_secret(secret)
        return redact(f"it is {secret}")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(learn_and_hide, range(200))) == {"it is ***"}
