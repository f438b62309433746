"""Tests the way to the gateway step by step. It stores nothing and stops at the first failure."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import SplitResult, urlsplit

import requests

from fetch_data.bounded import Call
from fetch_data.faults import translated
from fetch_data.gateway import FACULTY, Gateway
from sync_core.base.errors import SyncError
from sync_core.base.settings import Settings
from sync_core.engine.source import ProbeStep

Step = tuple[str, Callable[[], str]]
"""A step's name, and what does it and gives its detail."""


def probe(settings: Settings) -> Iterator[ProbeStep]:
    """dns, tcp, tls (https only), login, page: each tried once, each within connect_timeout_s
    or login_timeout_s."""
    once = replace(settings, tries=1, requests_per_s=0, call_timeout_s=settings.login_timeout_s)
    with Gateway(once) as gateway:
        for name, act in _steps(once, gateway):
            step = _timed(name, act)
            yield step
            if not step.ok:
                return


def _steps(settings: Settings, gateway: Gateway) -> Iterator[Step]:
    url, proxy = urlsplit(settings.gateway_url), _proxy(settings.gateway_url)
    door, limit_s = proxy or url, settings.connect_timeout_s
    yield "dns", lambda: _bounded("dns", lambda: _resolve(settings, door), limit_s)
    yield "tcp", lambda: _bounded("tcp", lambda: _connect(door, limit_s), limit_s)
    if url.scheme == "https" and proxy is None:
        yield "tls", lambda: _bounded("tls", lambda: _shake_hands(url, limit_s), limit_s)
    yield "login", lambda: _log_in(gateway)
    yield "page", lambda: _one_page(gateway)


def _timed(name: str, act: Callable[[], str]) -> ProbeStep:
    begun = time.monotonic()
    try:
        ok, detail, hint, error_class = True, act(), "", ""
    except SyncError as exc:
        ok, detail, hint, error_class = False, exc.message, exc.hint, exc.code
    return ProbeStep(name, ok, time.monotonic() - begun, detail, hint, error_class)


def _bounded(name: str, act: Callable[[], str], limit_s: float) -> str:
    def work() -> str:
        with translated(f"Step {name}"):
            return act()

    return Call(work, f"Step {name}").result(limit_s + 0.5)


def _resolve(settings: Settings, door: SplitResult) -> str:
    settings.require_gateway()
    found = socket.getaddrinfo(door.hostname, _port(door), type=socket.SOCK_STREAM)
    return f"{door.hostname}: {', '.join(sorted({str(entry[4][0]) for entry in found})[:4])}"


def _connect(door: SplitResult, limit_s: float) -> str:
    with socket.create_connection((door.hostname or "", _port(door)), limit_s):
        return f"port {_port(door)}"


def _shake_hands(url: SplitResult, limit_s: float) -> str:
    context = ssl.create_default_context(cafile=_authorities())
    with (
        socket.create_connection((url.hostname or "", _port(url)), limit_s) as line,
        context.wrap_socket(line, server_hostname=url.hostname) as tls,
    ):
        return tls.version() or ""


def _log_in(gateway: Gateway) -> str:
    gateway.log_in()
    return "a token was issued"


def _one_page(gateway: Gateway) -> str:
    answer = gateway.ask(FACULTY, {"pageNumber": 1, "pageSize": 1})
    return "a page without records" if answer.page.is_empty else "a page with records"


def _authorities() -> str:
    """What the client itself will use for the same address."""
    session = requests.Session()
    merged = session.merge_environment_settings("https://", {}, None, None, None)
    verify = merged["verify"]
    return verify if isinstance(verify, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH


def _proxy(address: str) -> SplitResult | None:
    """The proxy that the environment names for the address, else None."""
    proxies = requests.utils.get_environ_proxies(address)
    chosen = requests.utils.select_proxy(address, proxies)
    return urlsplit(chosen) if chosen else None


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
