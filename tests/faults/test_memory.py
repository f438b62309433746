"""One answer within the caps, whatever it holds, never takes half a gigabyte."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.engine.raw_server import Play, raw_server
from tests.faults import huge_answers as huge

MOST_MB = 512

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc"),
]


def take(play: Play) -> dict[str, Any]:
    """What a process of its own made of the unit, and the most memory that it had."""
    with raw_server(play) as server:
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.one_answer", server.url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


CASES: dict[str, tuple[Play, dict[str, Any]]] = {
    "people": (huge.sends(huge.people, gzip=True), {"people": 174_080, "rejected": 0}),
    "texts of a megabyte": (huge.sends(huge.texts_of_a_megabyte), {"people": 254, "rejected": 0}),
    "wide letters": (huge.sends(huge.wide_letters), {"people": 6, "rejected": 0}),
    "one text": (huge.sends(huge.one_text), {"people": 0, "rejected": 1}),
    "many lists": (huge.sends(huge.many_lists), {"people": 0, "rejected": 581}),
    "an odd page": (huge.sends(huge.odd_page), {"people": 10_240, "rejected": 0}),
    "an odd and huge page": (huge.sends(huge.odd_and_huge), {"error": "payload"}),
    "tiny records": (huge.sends(huge.tiny_records), {"error": "payload"}),
    "numbers": (huge.sends(huge.numbers, gzip=True), {"error": "payload"}),
    "deep lists": (huge.sends(huge.deep), {"error": "payload"}),
    "a web page": (huge.sends(huge.web_page), {"error": "payload"}),
    "pages for ever": (huge.sends_for_ever, {"error": "payload"}),
}


@pytest.mark.parametrize(("play", "outcome"), CASES.values(), ids=CASES)
def test_it_stays_below_half_a_gigabyte(play: Play, outcome: dict[str, Any]) -> None:
    told = take(play)

    assert told["peak_mb"] < MOST_MB
    assert {name: told.get(name) for name in outcome} == outcome
