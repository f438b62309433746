"""kill -9 of the child at random moments: nothing is lost, nothing twice, nothing stuck."""

from collections.abc import Callable

import pytest

from tests.crash.random_kills import kill_at_random
from tests.crash.stage import CHILD, stage


@pytest.mark.slow
@pytest.mark.parametrize("kills", [50, pytest.param(334, marks=pytest.mark.soak)])
def test_it_loses_nothing(
    kills: int, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    with stage(monkeypatch) as made:
        figure(f"kill -9 of the child: {kill_at_random(made, CHILD, kills)}")
