"""`schedule set` and `schedule show`, as an operator without a browser uses them."""

import json
from typing import Any

import pytest

from sync_core.base.settings import load
from sync_core.cli.main import main
from tests import seed


@pytest.fixture(autouse=True)
def _prepared() -> None:
    seed.prepared(load()).dispose()


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert main(["schedule", *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_it_takes_times_on_weekdays(capsys: pytest.CaptureFixture[str]) -> None:
    days = ("--on", "mon", "--on", "sat,wed")
    told = answer(capsys, "set", "faculty", "--at", "14:30", "--at", "3:00", *days)
    assert (told["kind"], told["times"]) == ("weekly", ["03:00", "14:30"])
    assert (told["weekdays"], told["enabled"]) == (["sat", "mon", "wed"], True)
    assert len(told["upcoming"]) == 5
    assert told["upcoming"][0]["at"] == told["next_due_at"]
    assert answer(capsys, "show")[0]["when"] == told["when"]


def test_it_comes_every_day_where_no_weekday_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "set", "faculty", "--at", "03:00")
    assert told["when"] == "at 03:00 every day"


def test_it_takes_a_day_of_the_jalali_month(capsys: pytest.CaptureFixture[str]) -> None:
    told = answer(capsys, "set", "faculty", "--at", "03:00", "--jalali-day", "31")
    assert (told["kind"], told["jalali_day"]) == ("monthly", 31)


def test_it_is_on_by_a_bare_on_and_off_by_off(capsys: pytest.CaptureFixture[str]) -> None:
    on = answer(capsys, "set", "faculty", "--every", "6", "--unit", "hours", "--on")
    assert (on["enabled"], on["interval_value"], on["interval_unit"]) == (True, 6, "hours")
    off = answer(capsys, "set", "faculty", "--off")
    assert (off["enabled"], off["interval_value"], off["upcoming"]) == (False, 6, [])


def test_it_leaves_what_is_not_named(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--quiet", "22:00-06:00", "--retries", "3", "--retry-wait", "5", "--mode", "recent")
    answer(capsys, "set", "faculty", "--every", "6", "--missed", "skip", *options)
    told = answer(capsys, "set", "faculty", "--every", "7")
    assert (told["quiet"], told["retries"], told["mode"]) == ("22:00-06:00", 3, "recent")
    assert (told["missed"], told["retry_wait_minutes"]) == ("skip", 5)
    assert answer(capsys, "set", "faculty", "--quiet", "none")["quiet"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("--every", "5", "--at", "03:00"),
        ("--jalali-day", "3", "--on", "sat", "--at", "03:00"),
        ("--jalali-day", "32", "--at", "03:00"),
        ("--at", "24:00"),
        ("--at", "3"),
        ("--on", "someday"),
        ("--on", "sat"),
        ("--at", "23:00", "--quiet", "22:00-06:00"),
        ("--every", "5", "--quiet", "22:00"),
        ("--retries", "11"),
    ],
)
def test_it_refuses_with_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert answer(capsys, "set", "faculty", *arguments, code=2)["error"] == "config"
    assert not answer(capsys, "show")[0]["enabled"]
