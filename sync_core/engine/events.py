"""The child's events: one JSON object a line on stdout. Whoever prints these can be a source.

What does not fit is no event but text: a supervisor never works with a number that is none.
"""

import sys
from threading import Lock
from typing import Any

import orjson

from sync_core.store.control import COUNTS

Event = dict[str, Any]
"""`event` is plan, unit_started, unit_done, unit_failed, progress, summary — or text."""

TEXT = "text"
KINDS = {"plan", "unit_started", "unit_done", "unit_failed", "progress", "summary"}
NUMBERS = (
    "units_total",
    "units_done",
    "left_out",
    "records",
    "missing",
    "refused_missing",
    "drift",
    "repeats",
    *COUNTS,
)
REALS = ("rate", "left_s", "duration_s")
TEXTS = ("unit", "status", "error_class", "error_message")
LARGEST = 2**53
LONGEST = 4_000

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
        if isinstance(found, dict) and _is_sound(found):
            return found
    return text_event(line)


def text_event(line: str) -> Event:
    return {"event": TEXT, "line": line}


def _is_sound(event: Event) -> bool:
    kind = event.get("event")
    return (
        isinstance(kind, str)
        and kind in KINDS
        and all(_is_count(event[name]) for name in NUMBERS if name in event)
        and all(_is_real(event[name]) for name in REALS if name in event)
        and all(_is_text(event[name]) for name in TEXTS if name in event)
        and (kind != "plan" or "units_total" in event)
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST


def _is_real(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value is None or (is_number and 0 <= value <= LARGEST)  # type: ignore[operator]


def _is_text(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= LONGEST)
