"""The command that calls `tick` itself, where neither cron nor systemd nor Windows is to do it."""

import signal
import threading
from types import FrameType

import click

from sync_core.base.clock import utc_now
from sync_core.base.errors import SyncError
from sync_core.base.settings import load
from sync_core.cli.installation import installation
from sync_core.cli.output import remark
from sync_core.cli.tick import said
from sync_core.schedule.callers import SCHEDULER

ENDING = ("SIGINT", "SIGTERM", "SIGBREAK")


@click.command()
def scheduler() -> int:
    """Call `tick` every minute until Ctrl-C or SIGTERM; syncs that it started go on."""
    from sync_core.schedule.daemon import only_one, turn_for_ever

    settings, stop = load(), threading.Event()
    with only_one(settings.home / "scheduler.lock"):
        _end_by_signals(stop)
        _say(f"The scheduler ticks every {settings.tick_every_s:g} s. Ctrl-C ends it.")
        turn_for_ever(_turn, settings.tick_every_s, stop, _say)
        _say("The scheduler has ended. Syncs that it started go on.")
    return 0


def _turn() -> None:
    """Settings and databases anew each time: they may change, be gone, and come back."""
    from sync_core.schedule.tick import tick

    try:
        with installation(data=False) as (settings, databases):
            result = tick(settings, databases, caller=SCHEDULER)
    except SyncError as error:
        _say(f"This turn was in vain; the next comes. {error}")
        return
    for line in said(result):
        remark(line)


def _end_by_signals(stop: threading.Event) -> None:
    def note(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in ENDING:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), note)


def _say(words: str) -> None:
    remark(f"{utc_now():%Y-%m-%d %H:%M:%SZ} {words}")
