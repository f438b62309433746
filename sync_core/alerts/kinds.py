"""The rules there are, how much each matters, and what holds until an operator says otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync_core.store.control_alerts import AlertRule

INFO, WARNING, ERROR = SEVERITIES = (0, 1, 2)

FAILED, RECOVERED, LATE = "failed", "recovered", "late"
VOLUME, COLUMNS = "volume", "columns"
SILENT, DISK = "silent", "disk"


@dataclass(frozen=True, slots=True)
class Kind:
    """A rule. `unit` is that of its threshold, which may lie from `low` to `high`.

    `per_source`: a source may have a threshold of its own.
    """

    name: str
    severity: int
    threshold: float | None = None
    low: float = 0
    high: float = 0
    unit: str = ""
    per_source: bool = False


HOURS, PERCENT, MINUTES, GIB = "hours", "percent", "minutes", "GiB"
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(FAILED, ERROR),
        Kind(RECOVERED, INFO),
        Kind(LATE, WARNING, 48, 1, 8_760, HOURS, per_source=True),
        Kind(VOLUME, WARNING, 20, 1, 1_000, PERCENT),
        Kind(COLUMNS, WARNING, 50, 5, 100, PERCENT),
        Kind(SILENT, ERROR, 10, 3, 1_440, MINUTES),
        Kind(DISK, ERROR, 2, 0.1, 10_000, GIB),
    )
}


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a rule found. `params`: names and numbers for its words, and no secret."""

    rule: str
    source: str | None = None
    run_id: int | None = None
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def severity(self) -> int:
        return KINDS[self.rule].severity


@dataclass(frozen=True, slots=True)
class Told:
    """An alert as it was kept, for its words."""

    rule: str
    source: str | None
    run_id: int | None
    severity: int
    at: datetime
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """`threshold`: None for a rule that has none."""

    enabled: bool
    threshold: float | None


class RuleBook:
    """What holds for each rule and source: what is stored, else what `KINDS` says."""

    def __init__(self, rows: Iterable[AlertRule]) -> None:
        self.stored = {
            (row.rule, row.source): Setting(row.enabled, row.threshold)
            for row in rows
            if row.rule in KINDS
        }

    def of(self, rule: str, source: str | None = None) -> Setting:
        own = self.stored.get((rule, source or "")) or self.stored.get((rule, ""))
        if own is None:
            return Setting(True, KINDS[rule].threshold)
        return own if own.threshold is not None else Setting(own.enabled, KINDS[rule].threshold)

    def is_on(self, rule: str, source: str | None = None) -> bool:
        return self.of(rule, source).enabled

    def limit(self, rule: str, source: str | None = None) -> float:
        """Zero for a rule without a threshold."""
        return self.of(rule, source).threshold or 0
