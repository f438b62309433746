"""The child's events: one JSON object a line on stdout. Whoever prints these can be a source."""

import sys
from collections.abc import Mapping
from threading import Lock
from typing import Any

import orjson

Event = dict[str, Any]
"""`event` is plan, unit_started, unit_done, unit_failed, progress, summary — or text."""

_lock = Lock()


def emit(event: str, **values: Any) -> None:
    line = orjson.dumps({"event": event, **values}).decode()
    with _lock:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def read_event(line: str) -> Event:
    """An event, or the line itself as an event of kind `text`."""
    if line.startswith("{"):
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError:
            return text_event(line)
        if isinstance(found, Mapping) and isinstance(found.get("event"), str):
            return dict(found)
    return text_event(line)


def text_event(line: str) -> Event:
    return {"event": "text", "line": line}
