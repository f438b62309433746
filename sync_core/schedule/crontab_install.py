"""Puts the block into this account's crontab and takes it out, by the program `crontab` alone.

The table is read again right before it is written, and after that it is read back: if it is not as
it was meant, the old one is put back.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sync_core.access import audit
from sync_core.access.permissions import CONFIGURE, SEE, Actor, require
from sync_core.base.clock import monotonic_s
from sync_core.base.errors import ConfigError, SyncError
from sync_core.base.file_lock import locked
from sync_core.base.settings import Settings
from sync_core.runs import process
from sync_core.schedule import crontab_program
from sync_core.schedule.callers import CRON
from sync_core.schedule.crontab import crontab_block, marks, write_crontab_file
from sync_core.schedule.crontab_differences import Difference, differences
from sync_core.schedule.crontab_text import Marks, block_in, with_block, without_block
from sync_core.store.engines import Databases

LONGEST_WAIT_S = 5
LOOK_AGAIN_S = 0.05
Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class CrontabState:
    """What is in the crontab against what should be; `trouble` where neither can be told."""

    account: str
    found: str | None = None
    differing: tuple[Difference, ...] = ()
    trouble: SyncError | None = None

    @property
    def installed(self) -> bool:
        return self.found is not None

    @property
    def as_wanted(self) -> bool:
        return self.installed and not self.differing


def crontab_state(settings: Settings, actor: Actor) -> CrontabState:
    require(actor, SEE)
    account = process.user_name()
    try:
        found = block_in(crontab_program.read(), _marks(settings))
        if found is None:
            return CrontabState(account)
        told = found.decode("utf-8", "replace")
        return CrontabState(account, told, differences(crontab_block(settings), told))
    except ConfigError as error:
        return CrontabState(account, trouble=error)


def install_crontab(settings: Settings, databases: Databases, actor: Actor) -> CrontabState:
    """Raises ConfigError: then the crontab is as it was, or the message says that it is not."""
    require(actor, CONFIGURE)
    block = crontab_block(settings).encode("utf-8")
    write_crontab_file(settings, actor)  # and the folder of the log, without which cron fails
    where = _marks(settings)
    _change(databases, actor, audit.CALLER_INSTALLED, lambda table: with_block(table, block, where))
    return crontab_state(settings, actor)


def remove_crontab(settings: Settings, databases: Databases, actor: Actor) -> CrontabState:
    """Takes out what `install_crontab` put in; where nothing is, nothing happens."""
    require(actor, CONFIGURE)
    where = _marks(settings)
    _change(databases, actor, audit.CALLER_REMOVED, lambda table: without_block(table, where))
    return crontab_state(settings, actor)


def _change(databases: Databases, actor: Actor, action: str, change: Change) -> None:
    """The audit log tells of it, or it does not happen."""
    change(
        crontab_program.read()
    )  # what is refused, and a program that hangs, holds up no database
    with _alone(), databases.control.write() as session:
        before = crontab_program.read()
        after = change(before)
        if after != before:
            audit.record(session, actor, action, CRON, f"crontab of {process.user_name()}")
            _replace(before, after)


def _replace(before: bytes, after: bytes) -> None:
    crontab_program.write(after)
    if crontab_program.read() == after:
        return
    crontab_program.write(before)
    put_back = crontab_program.read() == before
    then = "The old one was put back." if put_back else "The old one could not be put back either."
    raise ConfigError(
        f"The crontab was not as it had been written. {then}",
        hint="Look at it with `crontab -l`. Did somebody change it at the same moment?",
    )


def _marks(settings: Settings) -> Marks:
    begin, end = marks(settings)
    return begin.encode("utf-8"), end.encode("utf-8")


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One installation at a time: two of them may share this account's crontab."""
    file = Path(tempfile.gettempdir()) / f"hamgam-crontab-{process.user_name()}.lock"
    until = monotonic_s() + LONGEST_WAIT_S
    while True:
        with locked(file) as ours:
            if ours:
                yield
                return
        if monotonic_s() > until:
            raise ConfigError(
                "Another installation of Hamgam is changing this crontab.", hint="Try it again."
            )
        time.sleep(LOOK_AGAIN_S)
