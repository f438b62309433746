"""The client of the Golestan gateway. It follows no redirect and trusts no answer unread."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import orjson
import requests

from fetch_data.answer import Answer, read_answer, read_token
from fetch_data.body import Body, read_body
from fetch_data.bounded import BoundedAdapter, Call, Crew
from fetch_data.faults import OK, UNAUTHORIZED, Reply, check_data_status, check_login_status, traced
from fetch_data.faults import translated as translated_errors
from fetch_data.login import Login
from fetch_data.pace import Pace
from fetch_data.retry import Retry, closed
from sync_core.base.errors import AuthRefused, GatewayError
from sync_core.base.redact import keep_secret
from sync_core.base.settings import Settings

LOGIN = "/Login"
FACULTY = "/API/Golestan/Faculty"
STUDENTS = "/API/Golestan/Students_2"
LEAST_BYTES = 1024 * 1024  # that any answer may have, and the one to a login at most
TOKENS_A_CALL = 4  # a short-lived token may expire under a call, but not for ever
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "Content-Type": "application/json",
    "User-Agent": "Hamgam",
}


class Gateway:
    """Thread-safe; `close` ends every call and wait at once. Logs in at the first call."""

    def __init__(
        self, settings: Settings, *, retry: Retry | None = None, pace: Pace | None = None
    ) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._retry = retry or Retry(settings, self._stop)
        self._pace = pace or Pace(settings.requests_per_s, self._stop)
        self._crew = Crew()
        self._lock = threading.Lock()
        self._idle: deque[requests.Session] = deque()
        self._calls: set[Call[Reply]] = set()
        self._route: dict[str, Any] = {}
        self._prepared: dict[str, requests.PreparedRequest] = {}
        self._login = Login(
            self._ask_token,
            self._retry,
            self._pace,
            login_timeout_s=settings.login_timeout_s,
            call_timeout_s=settings.call_timeout_s,
        )

    @property
    def page_size(self) -> int:
        return self._settings.page_size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._stop.set()
        with self._lock:
            calls, sessions = list(self._calls), list(self._idle)
            self._idle.clear()
        for call in calls:
            call.cut(closed())
        for session in sessions:
            session.close()
        self._crew.close()

    def log_in(self) -> None:
        """Raises ConfigError, AuthRefused, or what kept the gateway from answering."""
        self._login.token()

    def ask(self, path: str, body: dict[str, Any], held_bytes: int = 0) -> Answer:
        """One page, with as many tries as the settings allow. Its unit holds so much already."""
        most, tries = max(self._settings.answer_max_bytes - held_bytes, LEAST_BYTES), 0

        def ask() -> Answer:
            nonlocal tries
            tries += 1
            return self._ask_once(path, body, most)

        try:
            answer = self._retry.run(ask)
        except GatewayError as exc:
            exc.repeats = max(tries - 1, 0)
            raise
        return answer if tries == 1 else answer.after(tries - 1)

    def pages(self, path: str, body_of: Callable[[int], dict[str, Any]]) -> Callable[[int], Answer]:
        """Asks for the pages of one unit; together they may be as large as one answer."""
        held_bytes = 0

        def ask(number: int) -> Answer:
            nonlocal held_bytes
            answer = self.ask(path, body_of(number), held_bytes)
            held_bytes += len(answer.page.data)
            return answer

        return ask

    def _ask_once(self, path: str, body: dict[str, Any], most: int) -> Answer:
        what = f"POST {path}"
        for _ in range(TOKENS_A_CALL):
            token = self._login.token()
            self._pace.wait()
            reply = self._post(path, body, self._settings.call_timeout_s, most, token.text)
            if reply.status != UNAUTHORIZED:
                token.worked = token.worked or reply.status == OK
                known_as = traced(what, reply.headers)
                check_data_status(reply, known_as)
                return read_answer(reply, known_as)
            self._login.replace(token)
        raise AuthRefused(
            f"{what} was answered with 401, again after {TOKENS_A_CALL - 1} new logins.",
            hint="Ask the gateway's team whether this account may read this endpoint.",
        )

    def _ask_token(self, timeout_s: float) -> str:
        self._settings.require_gateway()
        body = {
            "userName": self._settings.gateway_user,
            "password": self._settings.gateway_password,
        }
        reply = self._post(LOGIN, body, timeout_s, LEAST_BYTES)
        what = traced(f"POST {LOGIN}", reply.headers)
        check_login_status(reply, what)
        token = read_token(reply, what)
        keep_secret(token, fleeting=True)
        return token

    def _post(
        self, path: str, body: dict[str, Any], timeout_s: float, most: int, token: str = ""
    ) -> Reply:
        """One exchange in `timeout_s` and with `most` bytes of an answer."""
        packed = orjson.dumps(body)
        call = Call(lambda: self._exchange(path, packed, timeout_s, most, token), f"POST {path}")
        with self._listed(call):
            return call.result(timeout_s, self._crew)

    @contextmanager
    def _listed(self, call: Call[Reply]) -> Iterator[None]:
        """While it runs, `close` knows the call."""
        with self._lock:
            if self._stop.is_set():
                raise closed()
            self._calls.add(call)
        try:
            yield
        finally:
            with self._lock:
                self._calls.discard(call)

    def _exchange(self, path: str, body: bytes, timeout_s: float, most: int, token: str) -> Reply:
        connect_s = min(self._settings.connect_timeout_s, timeout_s)
        with (
            translated_errors(f"POST {path}"),
            self._session() as session,
            session.send(
                self._signed(path, body, token, session),
                allow_redirects=False,
                timeout=(connect_s, timeout_s),
                **self._find_route(),
            ) as response,
        ):
            return self._reply(response, most)

    def _find_route(self) -> dict[str, Any]:
        """Proxies and authorities, looked up once: the environment is asked 144 times for them.

        It belongs inside a call, for on Windows the look-up may ask a name server.
        """
        if not self._route:
            session, url = requests.Session(), self._settings.gateway_url
            self._route = dict(session.merge_environment_settings(url, {}, True, None, None))
        return self._route

    def _signed(
        self, path: str, body: bytes, token: str, session: requests.Session
    ) -> requests.PreparedRequest:
        """Prepared by hand: a session would send what it finds in ~/.netrc where no token is."""
        request = self._unsigned(path).copy()
        request.prepare_body(body, None)
        request.prepare_cookies(session.cookies)
        if token:
            request.headers["Authorization"] = f"Bearer {token}"
        return request

    def _unsigned(self, path: str) -> requests.PreparedRequest:
        if path not in self._prepared:
            request = requests.PreparedRequest()
            request.prepare("POST", self._settings.gateway_url + path, headers=HEADERS)
            self._prepared[path] = request
        return self._prepared[path]

    def _reply(self, response: requests.Response, most: int) -> Reply:
        headers = response.headers
        delimited = "Content-Length" in headers or "Transfer-Encoding" in headers
        wanted = response.status_code == OK
        body = read_body(response.raw, most) if wanted else Body()
        return Reply(response.status_code, headers, body, delimited)

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        """An idle session or a new one; after an error it is not used again."""
        with self._lock:
            session = self._idle.pop() if self._idle else _new_session()
        try:
            yield session
        except BaseException:
            session.close()
            raise
        with self._lock:
            kept = not self._stop.is_set()
            if kept:
                self._idle.append(session)
        if not kept:
            session.close()


@contextmanager
def connect(settings: Settings) -> Iterator[Gateway]:
    """A gateway that is logged in; a login that fails ends a run before its first unit."""
    with Gateway(settings) as gateway:
        gateway.log_in()
        yield gateway


class _Session(requests.Session):
    def resolve_redirects(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """None: to say where a redirect leads, requests would read its body, however long."""
        return iter(())


def _new_session() -> requests.Session:
    session = _Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, BoundedAdapter(pool_connections=1, pool_maxsize=1))
    return session
