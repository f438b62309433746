"""The demo gateway's answers: who is let in, what is asked, what is given; touches no socket."""

import csv
import hmac
import io
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from threading import Lock
from typing import Any

import orjson

from fetch_data.demo.control import BadCommand, Control, Rule
from fetch_data.demo.pages import FACULTY, Buffer, Pages, page_body
from fetch_data.demo.stats import Stats

LOGIN_PATH = "/Login"
FACULTY_PATH = "/API/Golestan/Faculty"
STUDENTS_PATH = "/API/Golestan/Students_2"
HTML_PAGE = (
    b"<!doctype html><html><head><title>Gateway</title></head>"
    b"<body><h1>The service is being updated</h1></body></html>"
)


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    authorization: str
    body: bytes
    peer: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be sent, the parts of `body` one after the other. A fault of the wire (a cut, a
    drip) would be one more field here."""

    status: int
    body: tuple[Buffer, ...]
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        return sum(map(len, self.body))


Act = Callable[[Request], Answer]


class Refused(Exception):
    """Ends a call with an error answer."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        body = {"errors": [message] if errors is None else errors, "message": message}
        self.answer = Answer(status, (orjson.dumps(body),), headers=headers or {})


@dataclass(frozen=True)
class Rules:
    """What does not change while the gateway runs. `page_cap` 0 means any size is honoured."""

    user: str
    password: str = field(repr=False)
    page_cap: int = 0
    token_life_s: float = 3_600
    total_pages: bool = False


@dataclass
class Desk:
    rules: Rules
    control: Control
    pages: Pages
    stats: Stats = field(default_factory=Stats)
    _tokens: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def answer(self, request: Request) -> Answer:
        method, act = self._routes().get(request.path, ("", None))
        if act is None:
            return Refused(404, "There is nothing at this address.").answer
        if request.method != method:
            return Refused(405, f"Use {method} here.", headers={"Allow": method}).answer
        if request.path.startswith("/demo/"):
            return _answer_of(act, request)
        with self.stats.in_flight(request.path):
            time.sleep(self.control.switches.latency_s)
            answer = _answer_of(act, request)
        self.stats.sent(answer.length)
        return answer

    def _routes(self) -> dict[str, tuple[str, Act]]:
        return {
            LOGIN_PATH: ("POST", self._login),
            FACULTY_PATH: ("POST", self._faculty),
            STUDENTS_PATH: ("POST", self._students),
            "/demo/campuses.csv": ("GET", self._campuses),
            "/demo/stats": ("GET", self._stats),
            "/demo/control": ("POST", self._control),
        }

    def _login(self, request: Request) -> Answer:
        given = _json_object(request.body)
        self._fail_if_told({"path": request.path})
        right = _same(given.get("userName"), self.rules.user)
        right = _same(given.get("password"), self.rules.password) and right
        if not right or self.control.switches.refuse_login:
            self.stats.login(accepted=False)
            raise Refused(401, "The user name or the password is wrong.")
        self.stats.login(accepted=True)
        return _json(200, {"data": {"token": self._issue_token()}})

    def _issue_token(self) -> str:
        token = secrets.token_urlsafe(32)
        now = time.monotonic()
        with self._lock:
            self._tokens = {old: ends for old, ends in self._tokens.items() if ends > now}
            self._tokens[token] = now + self.rules.token_life_s
        return token

    def _require_token(self, request: Request) -> None:
        scheme, _, token = request.authorization.partition(" ")
        with self._lock:
            ends = self._tokens.get(token, 0.0)
        if scheme != "Bearer" or ends <= time.monotonic():
            raise Refused(401, "Log in first.", headers={"WWW-Authenticate": "Bearer"})

    def _faculty(self, request: Request) -> Answer:
        given = _json_object(request.body)
        self._fail_if_told({"path": request.path, "page": given.get("pageNumber")})
        self._require_token(request)
        errors: dict[str, list[str]] = {}
        number, size = _paging(given, "", errors)
        _refuse_if(errors)
        return self._page(FACULTY, number, size, total_pages=True)

    def _students(self, request: Request) -> Answer:
        given = _json_object(request.body)
        campus, term, paging = given.get("codePardis"), given.get("term"), given.get("paging")
        page = paging.get("pageNumber") if isinstance(paging, dict) else None
        self._fail_if_told({"path": request.path, "campus": campus, "term": term, "page": page})
        self._require_token(request)
        errors: dict[str, list[str]] = {}
        for name, value, kind in (
            ("codePardis", campus, str),
            ("term", term, str),
            ("paging", paging, dict),
            ("Filter", given.get("Filter"), dict),
        ):
            _check(name, value, kind, errors)
        number, size = _paging(paging, "paging.", errors) if isinstance(paging, dict) else (1, 1)
        _refuse_if(errors)
        unit = (str(campus), str(term))
        self.stats.unit(f"{term}/{campus}")
        return self._page(unit, number, size, total_pages=self.rules.total_pages)

    def _page(self, unit: tuple[str, str], number: int, size: int, *, total_pages: bool) -> Answer:
        if self.control.switches.html:
            return Answer(200, (HTML_PAGE,), "text/html; charset=utf-8")
        size = min(size, self.rules.page_cap or size)
        records = self.pages.unit(*unit)
        return Answer(200, page_body(records, number, size, total_pages=total_pages))

    def _fail_if_told(self, call: Mapping[str, Any]) -> None:
        rule = self.control.take_rule(call)
        if rule is not None:
            raise _failure(rule)

    def _campuses(self, request: Request) -> Answer:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(("pardis_code", "name", "province_code", "type"))
        for campus in self.control.world.campuses:
            writer.writerow((campus.code, campus.name, campus.province_code, campus.type))
        return Answer(200, (text.getvalue().encode(),), "text/csv; charset=utf-8")

    def _stats(self, request: Request) -> Answer:
        return _json(200, self.stats.read())

    def _control(self, request: Request) -> Answer:
        if not ip_address(request.peer).is_loopback:
            raise Refused(403, "Only a caller on this machine may change the demo gateway.")
        commands = _json_object(request.body)
        try:
            self.control.apply(commands)
        except BadCommand as exc:
            raise Refused(400, str(exc)) from exc
        if "expire_tokens" in commands:
            with self._lock:
                self._tokens.clear()
        if "reset_stats" in commands:
            self.stats.reset()
        warmed = {"warm_units": self.pages.warm()} if "warm" in commands else {}
        return _json(200, {"data": {"version": self.control.version, **warmed}})


def _answer_of(act: Act, request: Request) -> Answer:
    try:
        return act(request)
    except Refused as refused:
        return refused.answer


def _failure(rule: Rule) -> Refused:
    known = rule.status in set(HTTPStatus)
    phrase = HTTPStatus(rule.status).phrase if known else "Failed on demand"
    headers = {} if rule.retry_after is None else {"Retry-After": rule.retry_after}
    return Refused(rule.status, phrase, headers=headers)


def _json(status: int, content: Any) -> Answer:
    return Answer(status, (orjson.dumps(content),))


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        raise Refused(400, "The body is not JSON.") from exc
    if not isinstance(given, dict):
        raise Refused(400, "The body is not a JSON object.")
    return given


def _same(given: Any, right: str) -> bool:
    """Compares in constant time; anything but text is wrong."""
    if not isinstance(given, str):
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode("utf-8", "replace"))


def _check(name: str, value: Any, kind: type, errors: dict[str, list[str]]) -> None:
    if value is None:
        errors[name] = [f"The {name} field is required."]
    elif not isinstance(value, kind) or isinstance(value, bool):
        errors[name] = [f"The {name} field is of the wrong type."]


def _paging(given: dict[str, Any], prefix: str, errors: dict[str, list[str]]) -> tuple[int, int]:
    numbers = []
    for name in ("pageNumber", "pageSize"):
        value = given.get(name)
        _check(prefix + name, value, int, errors)
        if isinstance(value, int) and value < 1:
            errors[prefix + name] = [f"The {prefix + name} field begins at 1."]
        numbers.append(value if isinstance(value, int) else 1)
    return numbers[0], numbers[1]


def _refuse_if(errors: dict[str, list[str]]) -> None:
    if errors:
        raise Refused(400, "One or more validation errors occurred.", errors)
