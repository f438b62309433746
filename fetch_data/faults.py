"""Translates what HTTP and its library say into our errors. It never repeats an answer's text."""

import contextlib
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests
import urllib3

from fetch_data.body import Body
from fetch_data.retry import retry_after_s
from sync_core.base.errors import (
    AuthRefused,
    BadPayload,
    GatewayError,
    GatewayFault,
    TooSlow,
    Unreachable,
)

OK = 200
UNAUTHORIZED = 401
BUSY = frozenset({429, 500, 502, 503, 504})
TRACES = ("X-Request-Id", "X-Correlation-Id", "X-Trace-Id", "Request-Id", "traceparent")
_TRACE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._:|-]{3,79}")
"""Of digits alone it might be somebody's number."""
REFUSES_LOGIN = frozenset({400, 401, 403})
CHECK_URL = "Check HAMGAM_GATEWAY_URL."
CHECK_NETWORK = "Check that the gateway runs, and the network and proxies between here and it."


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came. `delimited`: its header said where the body ends."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Body = field(repr=False)
    delimited: bool = True


def traced(what: str, headers: Mapping[str, str]) -> str:
    """The call with the number under which the gateway, or what stands before it, keeps it."""
    found = (headers.get(name, "") for name in TRACES)
    trace = next((each for each in found if _TRACE.fullmatch(each)), None)
    return f"{what} (trace {trace})" if trace else what


@contextlib.contextmanager
def translated(what: str) -> Iterator[None]:
    """Every error of the HTTP library becomes ours; `what` names the call."""
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as exc:
        raise _translate(exc, what) from exc


def _translate(exc: Exception, what: str) -> GatewayError:
    for kinds, make in _FOREIGN:
        if isinstance(exc, kinds):
            return make(exc, what)
    hint = f"{CHECK_NETWORK} Check REQUESTS_CA_BUNDLE, where it is set."
    return Unreachable(f"{what}: the line failed.", hint=hint, retryable=True)


def _tls(exc: Exception, what: str) -> GatewayError:
    if "CERTIFICATE_VERIFY_FAILED" not in str(exc).upper().replace(" ", "_"):
        return Unreachable(f"{what}: TLS failed.", hint=CHECK_NETWORK, retryable=True)
    return Unreachable(
        f"{what}: the gateway's TLS certificate is not to be trusted.",
        hint="Have it renewed, or name its authority's file in REQUESTS_CA_BUNDLE.",
    )


def _proxy(exc: Exception, what: str) -> GatewayError:
    hint = "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY."
    return Unreachable(f"{what}: the proxy does not answer.", hint=hint, retryable=True)


def _no_line(exc: Exception, what: str) -> GatewayError:
    if isinstance(exc, socket.gaierror) or "NameResolutionError" in repr(exc):
        why, hint = "no such host is known", "Check HAMGAM_GATEWAY_URL and the name server."
    else:
        why, hint = "the connection was refused, reset or cut", CHECK_NETWORK
    return Unreachable(f"{what}: {why}.", hint=hint, retryable=True)


def _silent_host(exc: Exception, what: str) -> GatewayError:
    return Unreachable(f"{what}: no connection in time.", hint=CHECK_NETWORK, retryable=True)


def _slow(exc: Exception, what: str) -> GatewayError:
    return TooSlow(f"{what}: the gateway fell silent.", hint=CHECK_NETWORK, retryable=True)


def _bad_address(exc: Exception, what: str) -> GatewayError:
    return Unreachable(f"{what}: this address cannot be called.", hint=CHECK_URL)


def _cut(exc: Exception, what: str) -> GatewayError:
    return Unreachable(f"{what}: the answer was cut off.", hint=CHECK_NETWORK, retryable=True)


_Kinds = tuple[type[Exception], ...]
_Make = Callable[[Exception, str], GatewayError]
_FOREIGN: tuple[tuple[_Kinds, _Make], ...] = (  # the most specific first
    ((requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError), _tls),
    ((requests.exceptions.ProxyError, urllib3.exceptions.ProxyError), _proxy),
    ((requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError), _silent_host),
    ((requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError), _slow),
    ((requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError), _cut),
    ((requests.exceptions.ConnectionError, ConnectionError, socket.gaierror), _no_line),
    ((TimeoutError,), _silent_host),
    ((ValueError,), _bad_address),  # InvalidURL, MissingSchema, LocationParseError, bad host names
)


def check_data_status(reply: Reply, what: str) -> None:
    """Raises unless the answer is a 200 (a 401 is the caller's, who may log in again)."""
    if reply.status != OK:
        raise _refusal(reply, what)


def check_login_status(reply: Reply, what: str) -> None:
    if reply.status in REFUSES_LOGIN:
        raise AuthRefused(
            f"The gateway refused the login ({reply.status}).",
            hint="Check HAMGAM_GATEWAY_USER and HAMGAM_GATEWAY_PASSWORD.",
        )
    check_data_status(reply, what)


def _refusal(reply: Reply, what: str) -> GatewayError:
    answered = f"{what} was answered with {reply.status}"
    if reply.status in BUSY:
        wait_s = retry_after_s(reply.headers.get("Retry-After"), datetime.now(UTC))
        hint = "The gateway is overloaded or failing; try later or lower HAMGAM_CONCURRENCY."
        return GatewayFault(f"{answered}.", hint=hint, retryable=True, retry_after_s=wait_s)
    if 300 <= reply.status < 400:
        place = _place(reply.headers.get("Location", ""))
        return GatewayFault(f"{answered}: go to {place}. Not followed.", hint=CHECK_URL)
    if reply.status == 403:
        hint = "Ask the gateway's team to let this account read it."
        return GatewayFault(f"{answered}: forbidden.", hint=hint)
    if 200 < reply.status < 300:
        return BadPayload(f"{answered}, not with 200.", hint=CHECK_URL)
    return GatewayFault(f"{answered}.", hint=CHECK_URL)


def _place(location: str) -> str:
    """The host alone: a path or a query may hold what belongs in no log."""
    try:
        parts = urlsplit(location)
        host = parts.hostname or "another path of the same host"
    except ValueError:
        return "an unreadable address"
    host = re.sub(r"[^a-z0-9.: -]", "?", host)[:80]
    return f"{parts.scheme}://{host}" if parts.scheme in {"http", "https"} else host
