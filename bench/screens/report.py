"""The table of the screens: what a page costs, what a poll sends, what a crowd takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from bench.report import Goal, aligned, ratios
from bench.screens.crowd import POLL_S, Crowd
from bench.screens.million import Asked
from bench.screens.visits import PLAIN, Cost
from bench.screens.world import Size

PAGE_MS, POLL_BYTES, CROWD_SHARE = Goal(150), Goal(4_096), Goal(0.15)
HEADS = ("milliseconds", "cold", "stale", "warm", "min–max", "wall", "× plain", "payload", "")
MEANINGS = f"""\
The server's processor time for one page: `cold` at its first opening, `stale` at the first one
after a run has ended, else `warm`; `wall` until a warm one is there; `× plain`: warm, against the
first line. Goal of each page of ours, warm: ≤ {PAGE_MS.limit:g} ms. None polls while nothing runs.\
"""
PEOPLE_HEADS = ("milliseconds", "first", "warm", "min–max", "quicker", "goal", "")
PEOPLE_MEANINGS = """\
{n:,} students with 28 columns, the core's own time: `first` as the first one in its process,
`warm` the median of the others, all by turns; `quicker`: than the first line, in the same turn.\
"""
KB = 1_024


@dataclass(frozen=True)
class Figures:
    """`costs` by the titles of the pages; `theirs`: the crowd before Streamlit as it comes."""

    size: Size
    costs: Mapping[str, Cost]
    ours: Crowd
    theirs: Crowd
    people: Sequence[Asked] = ()

    def raw(self) -> dict[str, Any]:
        return {
            "size": asdict(self.size),
            "pages": {title: asdict(cost) for title, cost in self.costs.items()},
            "people_ms": {asked.title: asked.times_ms for asked in self.people},
            "poll_bytes": self.ours.payloads,
            "shares": {"ours": self.ours.shares, "plain": self.theirs.shares},
        }


def page_of(facts: Mapping[str, str], figures: Figures) -> str:
    shown = [*_facts(facts, figures.size), "", *_pages(figures), "", *_polls(figures)]
    return "\n".join([*shown, *(["", *_people(figures)] if figures.people else [])])


def _people(figures: Figures) -> Iterator[str]:
    plain = figures.people[0]
    yield aligned([PEOPLE_HEADS, *(_asked(asked, plain) for asked in figures.people)])
    yield PEOPLE_MEANINGS.format(n=figures.size.people)


def _asked(asked: Asked, plain: Asked) -> tuple[str, ...]:
    some, theirs = asked.times_ms[1:], plain.times_ms[1:]
    return (
        asked.title,
        f"{asked.times_ms[0]:,.1f}",
        f"{asked.warm:,.1f}",
        f"{min(some):,.1f}–{max(some):,.1f}",
        f"{median(ratios(theirs, some)):,.1f} ×" if asked is not plain else "",
        f"≤ {asked.goal.limit:g} ms" if asked.goal else "",
        _verdict(asked.goal, asked.warm) if asked.goal else "",
    )


def _facts(facts: Mapping[str, str], size: Size) -> Iterator[str]:
    units = size.runs * size.parts_a_run
    history = f"{size.runs:,} runs, {units:,} parts, {2 * size.runs:,} entries in the audit log"
    tables = f"{size.students:,} students, {size.teachers:,} faculty members"
    for name, value in {**facts, "history": history, "tables": tables}.items():
        yield f"{name:<10} {value}"


def _pages(figures: Figures) -> Iterator[str]:
    plain = figures.costs[PLAIN.title]
    rows = (_row(title, cost, plain) for title, cost in figures.costs.items())
    yield aligned([HEADS, *rows])
    yield MEANINGS


def _row(title: str, cost: Cost, plain: Cost) -> tuple[str, ...]:
    warm, is_ours = median(cost.warm), cost is not plain
    return (
        title,
        f"{cost.cold:,.0f}",
        f"{median(cost.stale):,.0f}",
        f"{warm:,.0f}",
        f"{min(cost.warm):,.0f}–{max(cost.warm):,.0f}",
        f"{median(cost.wall):,.0f}",
        f"{median(ratios(cost.warm, plain.warm)):.1f} ×" if is_ours and min(plain.warm) else "",
        f"{cost.payload / KB:,.0f} KB",
        _verdict(PAGE_MS, warm) if is_ours else "",
    )


def _polls(figures: Figures) -> Iterator[str]:
    largest = max(figures.ours.payloads)
    yield (
        f"A poll sends {largest:,} bytes at most; goal ≤ {POLL_BYTES.limit:,.0f}:"
        f" {_verdict(POLL_BYTES, largest)}."
    )
    ours, theirs = figures.ours.shares, figures.theirs.shares
    yield (
        f"{len(figures.ours.tabs)} tabs, each polling every {POLL_S:g} s, of one core:"
        f" ours {_share(ours)}; goal ≤ {_percent(CROWD_SHARE.limit)}:"
        f" {_verdict(CROWD_SHARE, median(ours))}."
    )
    yield (
        f"By turns with them, as many before Streamlit as it comes: {_share(theirs)},"
        f" {median(ratios(theirs, ours)):.1f} × ours."
    )
    for name, crowd in (("ours", figures.ours), ("plain", figures.theirs)):
        if crowd.late_s > 0:
            yield f"The machine was too busy: a poll ({name}) came {crowd.late_s:.1f} s late."


def _share(shares: Sequence[float]) -> str:
    spread = f"{_percent(min(shares))}–{_percent(max(shares))}"
    return f"{_percent(median(shares))} ({spread})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _verdict(goal: Goal, value: float) -> str:
    return "met" if goal.is_met(value) else "NOT MET"
