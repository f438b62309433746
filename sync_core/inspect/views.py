"""Runs and their units as frozen objects that outlive the session they were read in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sync_core.engine.order import REJECTS, SHRINK
from sync_core.store.control import ACTIVE, FAILED, PENDING


@dataclass(frozen=True, slots=True)
class _Counted:
    status: str
    error_class: str | None
    error_message: str | None
    finished_at: datetime | None
    fetched: int
    inserted: int
    updated: int
    unchanged: int
    stale: int
    duplicates: int
    rejected: int

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def is_failed(self) -> bool:
        return self.status == FAILED


@dataclass(frozen=True, slots=True)
class RunView(_Counted):
    id: int
    source: str
    trigger: str
    mode: str
    choice: Mapping[str, Any]
    """What was asked for: `campuses`, `terms`, `units`, `verify`, and perhaps `accepts`."""
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    units_total: int | None
    units_done: int
    units_failed: int
    units_skipped: int
    left_out: int
    missing: int
    drift: int | None
    refused_missing: int | None
    counted: bool
    records: int | None
    current_unit: str | None
    progress_at: datetime | None
    rate: float | None
    left_s: float | None
    cancel_requested_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> Self:
        """From an ORM row with columns of the same names."""
        return cls(*(getattr(row, name) for name in cls.__match_args__))

    @property
    def duration_s(self) -> float | None:
        """From start to end; None for a run that did not do both."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class UnitView(_Counted):
    unit: str
    duration_s: float
    skipped: bool
    repeats: int
    refused_before: int | None
    refused_people: int | None
    refused_rejects: int | None

    @property
    def is_waiting(self) -> bool:
        """The run has not come to it."""
        return self.status == PENDING

    @property
    def refused_by(self) -> str | None:
        """The guard that did not let it in."""
        if self.refused_people is None:
            return None
        return SHRINK if self.error_class == SHRINK else REJECTS
