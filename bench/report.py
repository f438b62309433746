"""Samples → the table that is printed: medians, spreads, ratios, goals. It measures nothing."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from sync_core.store.sqlite import library

HEADS = ("", "median", "min–max", "records/s", "peak MB", "ratio", "goal", "")
MIB = 1024 * 1024


@dataclass(frozen=True)
class Goal:
    """What the ratio, or where there is none the value, must not exceed or fall short of."""

    limit: float
    at_least: bool = False
    remark: str = ""

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Line:
    """One value a repeat. `ratio_unit` is × or %; a line without values shows its `note`."""

    name: str
    values: Sequence[float] = ()
    unit: str = "s"
    records: int = 0
    peaks: Sequence[int] = ()
    ratios: Sequence[float] = ()
    ratio_unit: str = "×"
    goal: Goal | None = None
    note: str = "not measured"

    @property
    def verdict(self) -> str:
        judged = self.ratios or self.values
        if self.goal is None or not judged:
            return ""
        return "met" if self.goal.is_met(median(judged)) else "NOT MET"


def ratios(values: Sequence[float], others: Sequence[float]) -> list[float]:
    """Repeat by repeat, so that a slow minute of the machine falls out of both sides."""
    return [value / other for value, other in zip(values, others, strict=False)]


def table(lines: Sequence[Line]) -> str:
    return aligned([HEADS, *map(_cells, lines)])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """The first column begins at the left, the others end at the right; the last is a word."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(_aligned(row, widths) for row in rows)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *middle, last = row
    cells = [cell.rjust(width) for cell, width in zip(middle, widths[1:-1], strict=True)]
    return "  ".join([first.ljust(widths[0]), *cells, last]).rstrip()


def _cells(line: Line) -> tuple[str, ...]:
    if not line.values:
        return (line.name, line.note, *[""] * (len(HEADS) - 2))
    middle = median(line.values)
    return (
        line.name,
        f"{_number(middle, line.unit)} {line.unit}",
        f"{_number(min(line.values), line.unit)}–{_number(max(line.values), line.unit)}",
        f"{line.records / middle:,.0f}" if line.records else "",
        f"{median(line.peaks) / MIB:,.0f}" if line.peaks else "",
        _ratio(median(line.ratios), line.ratio_unit) if line.ratios else "",
        _goal(line),
        line.verdict,
    )


def _number(value: float, unit: str) -> str:
    return f"{value:,.2f}" if unit == "s" else f"{value:,.0f}"


def _ratio(value: float, unit: str) -> str:
    return f"{value:.2f} ×" if unit == "×" else f"{100 * value:.1f} %"


def _goal(line: Line) -> str:
    if line.goal is None:
        return ""
    sign = "≥" if line.goal.at_least else "≤"
    limit = line.goal.limit
    if line.ratios:
        text = f"{limit:g} ×" if line.ratio_unit == "×" else f"{100 * limit:g} %"
    else:
        text = f"{limit:g} {line.unit}"
    return f"{sign} {text} {line.goal.remark}".rstrip()


def machine() -> dict[str, str]:
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": f"{library().sqlite_version} ({library().__name__.partition('.')[0]})",
    }


def _processor() -> str:
    """The model's name where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
