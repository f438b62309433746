"""The bench's table: medians, ratios repeat by repeat, and goals that are never hidden."""

import re

import pytest

from bench.report import Goal, Line, ratios, table

MIB = 1024 * 1024


def test_it_compares_repeat_by_repeat() -> None:
    assert ratios([2.0, 30.0, 3.0], [1.0, 10.0, 1.0]) == [2.0, 3.0, 3.0]
    assert ratios([2.0], [1.0, 10.0]) == [2.0]


def test_it_prints_median_spread_rate_memory_and_ratio() -> None:
    line = Line(
        "1  first sync",
        [3.0, 1.0, 2.0],
        records=1_000,
        peaks=[100 * MIB, 300 * MIB, 200 * MIB],
        ratios=[1.1, 1.25, 1.5],
        goal=Goal(1.3),
    )
    told = re.split(r"  +", table([line]).splitlines()[1])
    shown = ["2.00 s", "1.00–3.00", "500", "200", "1.25 ×", "≤ 1.3 ×", "met"]
    assert told == ["1", "first sync", *shown]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (Line("a", [9.0], ratios=[0.2], ratio_unit="%", goal=Goal(0.15)), "NOT MET"),
        (Line("a", [9.0], ratios=[6.0], goal=Goal(6, at_least=True)), "met"),
        (Line("a", [9.0], ratios=[5.9], goal=Goal(6, at_least=True)), "NOT MET"),
        (Line("a", [501.0], "ms", goal=Goal(500)), "NOT MET"),
        (Line("a", [9.0]), ""),
        (Line("a", note=">300 s (did not end)", goal=Goal(1)), ""),
    ],
)
def test_it_judges_the_ratio_or_the_value(line: Line, verdict: str) -> None:
    assert line.verdict == verdict
    assert table([line]).endswith(verdict or ("9.00–9.00" if line.values else line.note))


def test_it_keeps_the_columns_below_each_other() -> None:
    lines = [Line("a", [1.0]), Line("a longer name", [1_000.0], ratios=[12.5])]
    heads, first, second = table(lines).splitlines()
    assert first.index(" s") == second.index(" s") == heads.index("median") + 4
    assert second.index(" ×") + 2 == heads.index("ratio") + 5
