"""What pip-audit says is a pass only where it says so of every package."""

import json

import pytest

from tests.meta.vulnerabilities import judged

CLEAN = {"name": "click", "version": "8.5", "vulns": []}
WEAK = {
    "name": "example",
    "version": "1.0",
    "vulns": [{"id": "EX-1", "fix_versions": ["1.1"]}, {"id": "EX-2", "fix_versions": []}],
}
SKIPPED = {"name": "rich", "skip_reason": "Dependency not found on PyPI"}


def said(*packages: object) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_it_says_nothing_when_all_are_known_to_be_clean() -> None:
    assert judged("a.txt", said(CLEAN)) == []


def test_it_names_each_weakness_and_where_it_is_mended() -> None:
    assert judged("a.txt", said(CLEAN, WEAK)) == [
        "example 1.0: EX-1, mended in 1.1",
        "example 1.0: EX-2, mended in no version yet",
    ]


def test_it_says_of_how_many_nothing_is_known() -> None:
    assert judged("a.txt", said(CLEAN, SKIPPED)) == ["a.txt: not known of 1 of 2 packages."]


@pytest.mark.parametrize("answer", ["", "no JSON", "[]", "{}", said()])
def test_it_is_no_pass_when_there_is_no_answer(answer: str) -> None:
    [line] = judged("a.txt", answer)
    assert "not known" in line
