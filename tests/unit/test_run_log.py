"""A run's log as a screen shows it: the last lines that fit, never what is masked."""

import pytest

from sync_core.base.settings import load
from sync_core.inspect import run_log
from sync_core.inspect.run_log import LogFilter, LogTail, log_end, log_tail, whole_log
from tests import seed

EVERYTHING = LogFilter()
LINES = (
    "2026-11-23T09:00:00Z info    run 7 of faculty",
    "2026-11-23T09:00:01Z output  looking for 0499370899",
    "2026-11-23T09:00:02Z error   unit_failed unit=all",
)


def write(*lines: str) -> None:
    log = load().run_log(7)
    log.parent.mkdir(exist_ok=True)
    log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def shown(which: LogFilter = EVERYTHING) -> LogTail:
    tail = log_tail(load(), seed.VISITOR, 7, which)
    assert tail is not None
    return tail


def test_it_shows_the_last_lines_and_how_many_there_are() -> None:
    write(*(f"line {number}" for number in range(run_log.LINES + 10)))
    tail = shown()
    assert (tail.lines[0], len(tail.lines), tail.total) == (
        "line 10",
        run_log.LINES,
        run_log.LINES + 10,
    )


@pytest.mark.parametrize(
    ("which", "places"),
    [
        (LogFilter(level="error"), [2]),
        (LogFilter(level="output"), [1]),
        (LogFilter(text="RUN 7"), [0]),
        (LogFilter(text="unit=.*"), []),
        (LogFilter(level="info", text="unit"), []),
        (LogFilter(text="0499370899"), []),
    ],
)
def test_it_filters_by_level_and_by_words_as_they_are_shown(
    which: LogFilter, places: list[int]
) -> None:
    write(*LINES)
    assert [line[:28] for line in shown(which).lines] == [LINES[place][:28] for place in places]


def test_it_has_nothing_of_a_run_without_a_log() -> None:
    assert log_tail(load(), seed.VISITOR, 8) is None
    assert log_end(load(), seed.VISITOR, 8, EVERYTHING, 5) is None
    assert list(whole_log(load(), seed.VISITOR, 8)) == []


def test_it_gives_the_whole_of_it_masked() -> None:
    write(*LINES)
    whole = "".join(whole_log(load(), seed.VISITOR, 7))
    assert whole.count("\n") == len(LINES)
    assert "0499370899" not in whole


@pytest.mark.parametrize("which", [EVERYTHING, LogFilter(text="LINE 9")])
def test_it_follows_the_newest_lines_without_reading_all(which: LogFilter) -> None:
    write(*(f"line {number:0200d}" for number in range(9_000)), *LINES, "line 9")
    found = log_end(load(), seed.VISITOR, 7, which, 3)
    assert found is not None
    assert found[-1] == "line 9"
    assert ("0499370899" in "".join(found), len(found)) == (False, 3 if not which.text else 1)


def test_it_shows_no_line_whose_beginning_it_has_not_read() -> None:
    """Half a line may hold half a number, which nobody would know as one."""
    write("x" * run_log.LAST_BYTES, "line 1")
    assert log_end(load(), seed.VISITOR, 7, EVERYTHING, 5) == ("line 1",)
