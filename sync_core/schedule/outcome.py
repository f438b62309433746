"""What a tick did, for its log and for those who called it."""

from dataclasses import dataclass, field
from datetime import datetime

from sync_core.base.errors import Busy, SyncError


@dataclass(frozen=True, slots=True)
class Fired:
    """What a tick claimed, and what became of it.

    `missed`: older slots that it stands for. `retry_of`: the failed run, where it is a retry.
    """

    source: str
    missed: int
    run_id: int | None = None
    error: SyncError | None = None
    retry_of: int | None = None

    @property
    def busy(self) -> bool:
        return isinstance(self.error, Busy)


@dataclass(frozen=True, slots=True)
class TickResult:
    """`skipped`: by source, how many slots were missed that its schedule does not make up for."""

    at: datetime
    reaped: list[int] = field(default_factory=list)
    fired: list[Fired] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
