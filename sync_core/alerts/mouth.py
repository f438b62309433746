"""Says messages through Apprise: the only file that imports it, and only when there is one to say.

It knows no database. `python -m sync_core.alerts.mouth` reads one message as JSON on stdin, so that
no address is on a command line, and can be killed when it takes too long.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from sync_core.alerts.schemes import ChannelRefused, checked_url
from sync_core.base.clock import monotonic_s
from sync_core.base.errors import SyncError
from sync_core.base.redact import keep_secret

CONNECT_S, READ_S = 3.0, 5.0
"""Of one step of a connection; the deadline of all together is the caller's."""
UNREACHABLE, REFUSED, TIMEOUT = "unreachable", "refused", "timeout"
UNREADABLE, FAILED, UNSEALED = "unreadable", "failed", "unsealed"
"""Why a message was not taken; REFUSED may be followed by the number that the server gave."""

_NUMBER = re.compile(r"error=([1-5]\d\d)\b|\(([45]\d\d), ")
_NO_WAY = re.compile(r"(?i)connection|socket|resolve|unreachable|refused")


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Errand:
    """Messages for one address, one after the other. `name` is the caller's own."""

    name: int
    url: str
    messages: Sequence[Message]


Outcome = tuple[int, int, str | None]
"""Name of the errand, place of the message, and why it was not taken: None where it was."""


def run(errands: Sequence[Errand], deadline_s: float, told: Callable[[Outcome], None]) -> None:
    """Every message's outcome is told as soon as it is known, or TIMEOUT at the deadline.

    Errands do not wait for each other. What hangs beyond the deadline is left alone: the process
    that calls this is to end.
    """
    ends_at, outcomes = monotonic_s() + deadline_s, SimpleQueue[Outcome]()
    listener = _listen()
    open_ = {(errand.name, place) for errand in errands for place in range(len(errand.messages))}
    for errand in errands:
        work = (errand, listener, outcomes)
        threading.Thread(target=_do, args=work, daemon=True, name=f"alert-{errand.name}").start()
    while open_:
        try:
            outcome = outcomes.get(timeout=max(0.0, ends_at - monotonic_s()))
        except Empty:
            break
        open_.discard(outcome[:2])
        told(outcome)
    for name, place in sorted(open_):
        told((name, place, TIMEOUT))


def _do(errand: Errand, listener: "_Listener", outcomes: "SimpleQueue[Outcome]") -> None:
    """After one that was not taken the rest is not tried: the server is as it was."""
    error: str | None = None
    for place, message in enumerate(errand.messages):
        if error is None:
            error = _say(errand.url, message, listener)
        outcomes.put((errand.name, place, error))


def _say(url: str, message: Message, listener: "_Listener") -> str | None:
    keep_secret(url)
    listener.forget()
    started = monotonic_s()
    try:
        service = open_service(url)
        if service is None:
            return UNREADABLE
        if service.notify(title=message.title, body=message.body):
            return None
    except Exception:  # noqa: BLE001 - the alert loop: a foreign library must not end it
        return FAILED
    slow = monotonic_s() - started >= READ_S
    return listener.reason() or (TIMEOUT if slow else FAILED)


def open_service(url: str) -> Any:
    """Apprise's service of a checked address; None where it means none.

    It follows no redirect, keeps nothing on the disk, sends plain text, waits for no step longer
    than we say. It is called by itself: Apprise's own threads would keep a process from ending.
    """
    import apprise

    asset = apprise.AppriseAsset(
        async_mode=False,
        http_redirects=False,
        allow_templates=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        app_id="Hamgam",
        app_desc="Hamgam",
        app_url="",
    )
    plugin = apprise.Apprise.instantiate(checked_url(url), asset=asset)
    if plugin is None:
        return None
    plugin.socket_connect_timeout, plugin.socket_read_timeout = CONNECT_S, READ_S
    plugin.redirects = False
    plugin.notify_format = apprise.NotifyFormat.TEXT
    return plugin


class _Listener(logging.Handler):
    """Hears why a thread's message was not taken. What it hears is neither kept nor shown."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._heard: dict[int, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        thread, said = threading.get_ident(), str(record.msg)
        with suppress(TypeError, ValueError):
            said = record.getMessage()
        number = _NUMBER.search(said)
        if number:
            self._heard[thread] = f"{REFUSED} {number[1] or number[2]}"
        elif "timed out" in said:
            self._heard[thread] = TIMEOUT
        elif _NO_WAY.search(said):
            self._heard.setdefault(thread, UNREACHABLE)

    def forget(self) -> None:
        self._heard.pop(threading.get_ident(), None)

    def reason(self) -> str | None:
        return self._heard.get(threading.get_ident())


def _listen() -> _Listener:
    """Apprise's own log may name what is secret: nobody else hears it."""
    log, listener = logging.getLogger("apprise"), _Listener()
    log.handlers[:], log.propagate = [listener], False
    log.setLevel(logging.DEBUG)
    for name in ("requests", "urllib3"):
        logging.getLogger(name).propagate = False
    return listener


def main() -> int:
    """`{"url", "title", "body"}` on stdin; without a title the address is only looked at."""
    given = json.load(sys.stdin)
    listener = _listen()
    try:
        if "title" in given:
            error = _say(given["url"], Message(given["title"], given["body"]), listener)
        else:
            error = None if open_service(given["url"]) is not None else UNREADABLE
    except ChannelRefused as refused:
        error = refused.reason
    except SyncError:
        error = FAILED
    json.dump({"error": error}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
