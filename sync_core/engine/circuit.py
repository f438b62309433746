"""Ends a run that would only hammer a gateway. It judges failures; it calls nobody itself."""

from collections.abc import Callable

from sync_core.base.errors import AuthRefused, GatewayFault, SyncError, TooSlow, Unreachable

IN_A_ROW = 16  # units that failed one after the other


class Circuit:
    """Open: nothing more is asked for.

    A refused login opens it at once, and so do failures in a row that no retry saved: the gateway
    is down. Other failures in a row (a 403, bad answers) may be those of one term, so a witness is
    heard: a unit from the far end of the plan. If it fails, too, everything does.
    """

    def __init__(self, witness: Callable[[], SyncError | None]) -> None:
        self._witness = witness
        self._in_a_row = self._down_in_a_row = 0
        self.is_open = False

    def note(self, error: SyncError | None) -> None:
        """A unit's end; None for success."""
        if self.is_open:
            return
        self._in_a_row = 0 if error is None else self._in_a_row + 1
        self._down_in_a_row = self._down_in_a_row + 1 if error and _is_down(error) else 0
        if isinstance(error, AuthRefused) or self._down_in_a_row >= IN_A_ROW:
            self.is_open = True
        elif self._in_a_row >= IN_A_ROW:
            self.is_open = self._witness() is not None
            self._in_a_row = 0


def _is_down(error: SyncError) -> bool:
    """A call that even its retries did not save."""
    return isinstance(error, Unreachable | TooSlow) or (
        isinstance(error, GatewayFault) and error.retryable
    )
