"""The built-in daemon: APScheduler with one job in memory, which is `tick`. It knows no database.

What is due stands in our own tables and nowhere else: to miss a turn, to stop or to run beside cron
does no harm. Runs that a tick starts are detached and outlive us.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_SCHEDULER_STARTED,
    JobExecutionEvent,
)
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger

from sync_core.base.clock import utc_now
from sync_core.base.errors import ConfigError
from sync_core.base.file_lock import locked

JOB = "tick"
STILL = "The turn before still goes on; this one is left out."
Turn = Callable[[], None]
Say = Callable[[str], None]

# They write whole tracebacks, whose last lines may hold somebody's data.
for name in ("apscheduler.scheduler", "apscheduler.executors.default"):
    logging.getLogger(name).disabled = True


@contextmanager
def only_one(file: Path) -> Iterator[None]:
    """Raises ConfigError where another daemon of this installation lives on this machine."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with locked(file) as ours:
        if not ours:
            raise ConfigError(
                "A scheduler of this installation is running already.",
                hint="One is enough. Stop that one first, if this one is to take its place.",
            )
        yield


def turn_for_ever(turn: Turn, every_s: float, stop: threading.Event, say: Say) -> None:
    """Calls `turn` at once and then every so often, until `stop` is set and the last turn is over.

    One turn at a time; those that were missed are made up for by one. An error ends a turn, and
    no more.
    """
    every = timedelta(seconds=every_s)
    scheduler = BlockingScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    watch = threading.Thread(target=_watch, args=(scheduler, every, stop), name="watch")
    scheduler.add_listener(lambda event: say(_told(event)), EVENT_JOB_ERROR)
    scheduler.add_listener(lambda _event: say(STILL), EVENT_JOB_MAX_INSTANCES)
    # Not sooner: what has not started cannot be shut down.
    scheduler.add_listener(lambda _event: watch.start(), EVENT_SCHEDULER_STARTED)
    trigger = IntervalTrigger(seconds=every_s, timezone=UTC)
    scheduler.add_job(turn, trigger, id=JOB, next_run_time=utc_now())
    scheduler.start()
    watch.join()


def _watch(scheduler: BlockingScheduler, every: timedelta, stop: threading.Event) -> None:
    """Mends the job after a change of the clock; ends the scheduler when that is wanted."""
    while not stop.wait(every.total_seconds()):
        job = scheduler.get_job(JOB)
        if job is not None and is_lost(job.next_run_time, utc_now(), every):
            job.modify(next_run_time=utc_now())
    scheduler.shutdown(wait=True)


def is_lost(next_at: datetime, now: datetime, every: timedelta) -> bool:
    """Whether the clock was set back: the next turn would come only when it is as late again."""
    return next_at > now + 2 * every


def _told(event: JobExecutionEvent) -> str:
    return f"This turn ended with an unexpected {type(event.exception).__name__}; the next comes."
