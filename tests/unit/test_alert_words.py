"""The words of alerts: short enough for one SMS, whole in mail, in both languages."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sync_core.alerts import kinds, words
from sync_core.alerts.kinds import KINDS, Told
from sync_core.base import i18n

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PARAMS: dict[str, dict[str, Any]] = {
    kinds.FAILED: {
        "error_class": "partial",
        "failed": 960,
        "done": 0,
        "total": 960,
        "message": "The gateway answered 502 five times.",
    },
    kinds.RECOVERED: {"records": 1_200_000},
    kinds.LATE: {"hours": 8_760, "promised": 48.0},
    kinds.VOLUME: {"records": 1_234_567, "usual": 1_000},
    kinds.COLUMNS: {"emptied": ["mobile", "email"], "filled": ["city"]},
    kinds.SILENT: {"minutes": 525_600},
    kinds.DISK: {"folder": "/var/lib/hamgam", "free_gib": 1.9},
}
SOURCES = ("faculty", "students", "a_source_with_a_name_that_is_as_long_as_it_may_be_50c")


def told(rule: str, source: str = "students", **params: Any) -> Told:
    of_source = rule not in {kinds.SILENT, kinds.DISK}
    run = 12 if rule in {kinds.FAILED, kinds.RECOVERED, kinds.VOLUME, kinds.COLUMNS} else None
    given = PARAMS[rule] | params
    return Told(rule, source if of_source else None, run, KINDS[rule].severity, AT, given)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.fixture(params=["fa", "en"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HAMGAM_LANG", request.param)
    return request.param


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("rule", KINDS)
def test_it_fits_every_rule_into_one_sms(language: str, rule: str, source: str) -> None:
    text = words.sms([told(rule, source)])
    assert units(text) <= words.ONE_SMS
    assert "\n" not in text
    if source in SOURCES[:2]:
        assert "…" not in text, "the usual ones are whole"


def test_it_fits_many_alerts_into_one_sms(language: str) -> None:
    assert units(words.sms([told(rule) for rule in KINDS] * 100)) <= words.ONE_SMS


@pytest.mark.parametrize("rule", KINDS)
def test_it_says_what_happened_when_and_what_to_do(language: str, rule: str) -> None:
    one = told(rule)
    message = words.message([one], "https://sync.example.org")
    assert words.sentence(one)
    assert message.title
    assert "{" not in message.title + message.body
    page = "run?id=12" if one.run_id else "inbox"
    assert message.body.endswith(f"https://sync.example.org/{page}")
    assert "://" not in words.message([one]).body


def test_it_tells_of_a_failure_whose_move_it_is_and_what_the_run_said(language: str) -> None:
    body = words.message([told(kinds.FAILED)]).body
    assert "The gateway answered 502 five times." in body
    assert i18n._("You") in body
    assert words.todo(told(kinds.FAILED)) in body


def test_it_draws_persian_digits_outside_of_our_own_pages(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    text = words.sms([told(kinds.FAILED)])
    assert ("۱۴۰۵/۰۹/۰۳" in text) == (language == "fa")
    assert ("1405/09/03" in text) == (language == "en")


def test_it_lists_the_newest_of_many_and_counts_the_rest(language: str) -> None:
    many = [told(kinds.LATE, hours=number) for number in range(30)]
    body = words.message(many).body
    assert body.count("•") == words.MOST_LINES
    assert len(body.splitlines()) == words.MOST_LINES + 1


def test_it_tears_no_letter_when_it_cuts() -> None:
    assert words.cut("abc", 3) == "abc"
    assert words.cut("abcd", 3) == "ab…"
    assert words.cut("a😀b😀", 4) == "a😀…"
    assert units(words.cut("😀" * 100, 70)) <= 70


def test_it_says_something_of_a_rule_of_tomorrow() -> None:
    tomorrow = Told("tomorrow", "faculty", None, 1, AT, {})
    assert words.sentence(tomorrow) == "tomorrow"
    assert words.sms([tomorrow])
    assert words.message([tomorrow]).body


def test_it_has_words_for_every_rule_and_severity() -> None:
    assert set(words.RULES) == set(words.MEANINGS) == set(words.SHORT) == set(KINDS)
    assert set(words.SEVERITIES) == set(kinds.SEVERITIES)
