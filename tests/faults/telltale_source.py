"""A source that gives away what it must not: to its output, its events, its errors."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fetch_data.faculty_main import SOURCE as FACULTY
from sync_core.base.settings import Settings
from sync_core.engine.source import Page, Source, Unit
from tests.faults.canaries import CODE, ENCODINGS, PERSON

LARGEST_LINE = 4_000  # of a run's log
LARGEST_PIECE = 64 * 1024  # of what a supervisor reads at once


def fetch(_connection: object, _unit: Unit) -> Iterator[Page]:
    """Fails with a person in the error, as `row[name]` or `int(value)` would."""
    raise ValueError(f"{PERSON} {CODE}")


@contextmanager
def connect(_settings: Settings) -> Iterator[object]:
    yield object()


SOURCE: Source = replace(
    FACULTY,
    name="telltale",
    module="tests.faults.telltale_source",
    fetch=fetch,
    connect=connect,
)


def say(event: str, **values: object) -> None:
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")


def prints(secret: str) -> None:
    """In every form, as text and in every part of an event; at the end it fails with it."""
    said = [encode(secret) for encode in ENCODINGS.values()]
    for text in said:
        sys.stderr.write(f"debug: sent {text} to the gateway\n")
        sys.stdout.write(f"debug: sent {text} to the gateway\n")
    say("plan", units_total=2, note={"deep": [secret]}, **{secret: secret})
    say("unit_started", unit=secret)
    for text in said:
        say("unit_failed", unit=text, error_class="gateway", error_message=f"HTTP 500: {text}")
    say("summary", status="failed", error_class="gateway", error_message=" ".join(said)[:3_900])
    sys.exit(1)


def cuts(secret: str) -> None:
    """Each line breaks the secret where some limit would cut it."""
    for limit in (500, LARGEST_LINE, 2 * LARGEST_LINE, LARGEST_PIECE):
        for inside in (4, len(secret) // 2, len(secret) - 2):
            sys.stderr.write("x" * (limit - inside) + secret + "\n")
            sys.stderr.write(f"{secret} " * (limit // (len(secret) + 1) + 1) + "\n")
    say("summary", status="failed", error_class="gateway", error_message="y" * 490 + secret)
    sys.exit(1)


if __name__ == "__main__":
    behaviour = os.environ["TELLTALE"]
    if behaviour == "fails":
        from sync_core.cli.by_hand import main

        raise SystemExit(main(SOURCE.name))
    {"prints": prints, "cuts": cuts}[behaviour](os.environ["HAMGAM_GATEWAY_PASSWORD"])
