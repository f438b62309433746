"""A source whose child does what the variable HOSTILE tells it, and nothing that it should."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace

from fetch_data.faculty_main import SOURCE as FACULTY
from sync_core.engine.source import Source

SOURCE: Source = replace(FACULTY, name="hostile", module="tests.runs.hostile_source")
PERSON = "Fatemeh Rezaei 0012345678"


def say(**event: object) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def silent() -> None:
    """It ends well and says nothing."""


def text() -> None:
    sys.stdout.write("10 rows were written\n")


def only_summary() -> None:
    say(event="summary", status="success")


def empty_plan() -> None:
    say(event="plan", units_total=0)
    say(event="summary", status="success")


def unproven() -> None:
    say(event="plan", units_total=1)
    say(event="unit_done", unit="all", fetched=5, inserted=5)
    say(event="summary", status="success")


def wrong_types() -> None:
    say(event="plan", units_total=2**70)
    say(event="unit_done", unit="all", fetched="7", inserted=[1])
    say(event="progress", records="many")
    say(event="summary", status="failed", error_class={"a": 1}, error_message="x" * 100)
    sys.exit(1)


def unknown_class() -> None:
    say(event="summary", status="failed", error_class="z" * 900, error_message="y" * 3_000)
    sys.exit(1)


def traceback() -> None:
    raise KeyError(PERSON)


def closes_its_pipes() -> None:
    say(event="plan", units_total=1)
    for number in (1, 2):
        os.close(number)
    time.sleep(600)


def leaves_a_grandchild() -> None:
    say(event="plan", units_total=1)
    endless = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", endless])
    say(event="unit_started", unit=str(child.pid))


def advances() -> None:
    """Progress without end."""
    say(event="plan", units_total=1)
    records = 0
    while True:
        say(event="progress", records=(records := records + 1))
        time.sleep(0.02)


def ignores_sigterm_with_a_family() -> None:
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    leaves_a_grandchild()
    time.sleep(600)


def ignores_sigterm() -> None:
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say(event="plan", units_total=1)
    time.sleep(600)


def waits() -> None:
    """It works on, quietly and well, until it is asked to end."""
    say(event="plan", units_total=1)
    time.sleep(600)


def out_of_memory() -> None:
    say(event="plan", units_total=1)
    os.kill(os.getpid(), 9)


def repeats_itself() -> None:
    say(event="plan", units_total=1)
    while True:
        say(event="progress", records=5)
        time.sleep(0.05)


def floods() -> None:
    sys.stderr.write("x" * 10_000_000)
    text()


if __name__ == "__main__":
    globals()[os.environ["HOSTILE"]]()
