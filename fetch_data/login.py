"""One login for all workers. It refuses to log in again where the gateway said no."""

import copy
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fetch_data.pace import Pace
from fetch_data.retry import Retry
from sync_core.base.errors import AuthRefused, GatewayError

# Of login_timeout_s; the rest is for starting and ending the run that waits for it.
FIRST_LOGIN_SHARE = 0.8


@dataclass(eq=False, slots=True)
class Token:
    """`worked`: a call with it was answered, so that a later 401 means it has expired."""

    text: str = field(repr=False)
    worked: bool = False


class Login:
    """Keeps the current token. `ask` calls the gateway once, within the seconds given it."""

    def __init__(
        self,
        ask: Callable[[float], str],
        retry: Retry,
        pace: Pace,
        *,
        login_timeout_s: float,
        call_timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._retry = retry
        self._pace = pace
        self._first_s = login_timeout_s * FIRST_LOGIN_SHARE
        self._call_s = call_timeout_s
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._ever = False
        self._failure: GatewayError | None = None
        self._final = False
        self._rounds = 0

    def token(self) -> Token:
        """The current token, from a login where there is none; the others wait for that login.

        A refusal, and a first login that found no gateway, are final; another failed login is
        shared by those who waited for it.
        """
        round_seen = self._rounds
        with self._lock:
            if self._failure is not None and (self._final or self._rounds != round_seen):
                raise copy.copy(self._failure) from self._failure
            if self._token is None:
                self._token = self._log_in()
            return self._token

    def replace(self, used: Token) -> None:
        """After a 401: `used` is not given out again; AuthRefused where it never worked."""
        with self._lock:
            if self._token is not used:
                return  # another worker has logged in since
            if not used.worked:
                raise AuthRefused(
                    "The gateway refused (401) a token that it had just issued.",
                    hint="Ask the gateway's team whether this account may read this endpoint.",
                )
            self._token = None

    def _log_in(self) -> Token:
        self._failure = None
        try:
            token = Token(self._again() if self._ever else self._first())
        except GatewayError as exc:
            exc.retryable = False  # it was retried here
            self._failure = exc
            self._final = isinstance(exc, AuthRefused) or not self._ever
            raise
        finally:
            self._rounds += 1
        self._ever = True
        return token

    def _first(self) -> str:
        until = self._clock() + self._first_s
        # A try must not only be decided on in time; its turn must come in time, too.
        return self._retry.run(lambda: self._try(until), until=until - self._pace.gap_s)

    def _again(self) -> str:
        return self._retry.run(self._try)

    def _try(self, until: float = math.inf) -> str:
        """What is left until then is counted after the wait for the turn."""
        self._pace.wait()
        return self._ask(min(self._call_s, max(until - self._clock(), 0.1)))
