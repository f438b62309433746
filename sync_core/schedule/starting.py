"""Starts what a tick has claimed. Imported only then: the source's modules take their time."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from sync_core.access.permissions import SCHEDULER
from sync_core.base.errors import ConfigError, NothingToDo, SyncError
from sync_core.base.settings import Settings
from sync_core.engine.source import Choice
from sync_core.runs.retry import retry_run
from sync_core.runs.start import record_refusal, start_run
from sync_core.schedule.outcome import Fired
from sync_core.store.control import Schedule
from sync_core.store.engines import Databases


def start_slot(
    settings: Settings, databases: Databases, schedule: Schedule, missed: int = 0
) -> Fired:
    """The run of a slot."""
    choice = Choice(mode=schedule.mode)
    return _started(
        Fired(schedule.source, missed),
        lambda: start_run(
            *(settings, databases, schedule.source),
            actor=SCHEDULER,
            trigger="schedule",
            choice=choice,
        ),
        lambda error: record_refusal(
            *(settings, databases, schedule.source),
            actor=SCHEDULER,
            trigger="schedule",
            choice=choice,
            error=error,
        ),
    )


def start_retry(settings: Settings, databases: Databases, schedule: Schedule, run_id: int) -> Fired:
    """What a failed run of a schedule left open, once more."""
    return _started(
        Fired(schedule.source, 0, retry_of=run_id),
        lambda: retry_run(settings, databases, run_id, actor=SCHEDULER).id,
        lambda error: record_refusal(
            *(settings, databases, schedule.source),
            actor=SCHEDULER,
            trigger="retry",
            choice=Choice(mode="failed"),
            error=error,
        ),
    )


def _started(fired: Fired, start: Callable[[], int], keep: Callable[[ConfigError], int]) -> Fired:
    """Nobody watches: what keeps a run from starting is kept as a failed run, too."""
    try:
        return replace(fired, run_id=start())
    except NothingToDo as error:
        return replace(fired, error=error)
    except ConfigError as error:
        with suppress(SyncError):
            keep(error)
        return replace(fired, error=error)
    except SyncError as error:
        return replace(fired, error=error)
