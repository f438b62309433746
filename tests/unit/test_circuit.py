"""When a run gives up: at once for a refused login, else after failures in a row."""

from collections.abc import Sequence

import pytest

from sync_core.base.errors import (
    AuthRefused,
    BadPayload,
    GatewayFault,
    SyncError,
    TooSlow,
    Unreachable,
)
from sync_core.engine.circuit import IN_A_ROW, Circuit

FORBIDDEN = GatewayFault("403")
DOWN = GatewayFault("503", retryable=True)


class Witness:
    """A unit from the far end of the plan; `answers` are what it says, one a call."""

    def __init__(self, *answers: SyncError | None) -> None:
        self._answers = list(answers)
        self.calls = 0

    def __call__(self) -> SyncError | None:
        self.calls += 1
        return self._answers.pop(0)


def noted(witness: Witness, errors: Sequence[SyncError | None]) -> Circuit:
    circuit = Circuit(witness)
    for error in errors:
        circuit.note(error)
    return circuit


def test_it_is_closed_at_first() -> None:
    assert not Circuit(Witness()).is_open


def test_it_opens_at_once_when_the_login_is_refused() -> None:
    witness = Witness()

    assert noted(witness, [None, AuthRefused("no")]).is_open
    assert witness.calls == 0


@pytest.mark.parametrize("error", [DOWN, Unreachable("reset"), TooSlow("60 s")])
def test_it_opens_without_a_witness_when_no_retry_helped_in_a_row(error: SyncError) -> None:
    witness = Witness()

    assert not noted(witness, [error] * (IN_A_ROW - 1)).is_open
    assert noted(witness, [error] * IN_A_ROW).is_open
    assert witness.calls == 0


@pytest.mark.parametrize("error", [FORBIDDEN, BadPayload("no list"), SyncError("other")])
def test_it_opens_when_the_witness_fails_as_well(error: SyncError) -> None:
    witness = Witness(FORBIDDEN)

    assert not noted(witness, [error] * (IN_A_ROW - 1)).is_open
    assert witness.calls == 0
    assert noted(witness, [error] * IN_A_ROW).is_open
    assert witness.calls == 1


@pytest.mark.parametrize("error", [FORBIDDEN, BadPayload("no list")])
def test_it_counts_anew_when_the_witness_answers(error: SyncError) -> None:
    witness = Witness(None, None, FORBIDDEN)

    assert not noted(witness, [error] * (3 * IN_A_ROW - 1)).is_open
    assert witness.calls == 2
    assert noted(Witness(None, None, FORBIDDEN), [error] * (3 * IN_A_ROW)).is_open


@pytest.mark.parametrize("error", [DOWN, FORBIDDEN])
def test_it_counts_anew_after_a_success(error: SyncError) -> None:
    witness = Witness()
    row = [error] * (IN_A_ROW - 1)

    assert not noted(witness, [*row, None, *row]).is_open
    assert witness.calls == 0


def test_it_stays_open_and_asks_nobody_when_more_ends_are_noted() -> None:
    witness = Witness(FORBIDDEN)

    circuit = noted(witness, [FORBIDDEN] * IN_A_ROW + [None] + [FORBIDDEN] * 2 * IN_A_ROW)

    assert circuit.is_open
    assert witness.calls == 1


def test_it_hears_the_witness_when_only_the_last_failure_says_that_the_gateway_is_down() -> None:
    witness = Witness(None)

    circuit = noted(witness, [FORBIDDEN] * (IN_A_ROW - 1) + [DOWN])

    assert (circuit.is_open, witness.calls) == (False, 1)
