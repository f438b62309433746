"""Where a request says that it comes from, and under which name it asks for us."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Always ours: nobody else can be meant by them."""


def is_same_origin(scope: Scope) -> bool:
    """Browsers say where a websocket or a form comes from; what says nothing is no browser."""
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is None or _place(origin) == headers.get("host", "").lower()


def is_our_host(scope: Scope, trusted: Collection[str]) -> bool:
    """Another site may point its own name at us, and would then be the same origin."""
    host = _host(Headers(scope=scope).get("host", ""))
    return host in LOOPBACK or any(_fits(host, pattern) for pattern in trusted)


def _place(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _host(given: str) -> str:
    """Without its port, in small letters; empty where it is none."""
    try:
        return urlsplit(f"//{given}").hostname or ""
    except ValueError:
        return ""


def _fits(host: str, pattern: str) -> bool:
    """`*.example.ac.ir` is every name below."""
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
