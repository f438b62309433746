"""What is refused though it was well said: a unit that shrank, too many rejects or missing people.

Refused content is not applied; the rows stay as they are. What an operator accepts is the new
baseline: the guard holds it against that from then on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from sync_core.base.errors import BadPayload, Shrunk, SyncError, TooManyMissing
from sync_core.base.settings import Settings
from sync_core.engine.order import NOTHING, REJECTS, SHRINK, Acceptance
from sync_core.engine.reading import UnitRead
from sync_core.store.ledger import Left, Refused, UnitState

ACCEPT_SHRINK = "Ask the gateway's team; if it is right: retry {run} --accept-shrink --reason TEXT."
ACCEPT_REJECTS = (
    "See its rejects; if they may stay out: retry {run} --accept-rejects --reason TEXT."
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Shares of what was there before, or of what came; the numbers are always borne."""

    lost_share: float = 0.2
    lost_people: int = 20
    rejects_share: float = 0.01
    rejects: int = 20
    missing_share: float = 0.2

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            lost_share=settings.shrink_percent / 100,
            lost_people=settings.shrink_least,
            rejects_share=settings.rejects_percent / 100,
            rejects=settings.rejects_least,
            missing_share=settings.missing_percent / 100,
        )


BOUNDS = Bounds()


@dataclass(frozen=True)
class Guards:
    """`run_id` is the run that is guarded; `accepted`: unit → what was refused before.

    `accepted_missing`: how many people may be marked missing, because an operator took it as right.
    """

    run_id: int
    bounds: Bounds = BOUNDS
    acceptance: Acceptance = NOTHING
    accepted: Mapping[str, Refused] = field(default_factory=dict)
    accepted_missing: int = 0

    @classmethod
    def of(
        cls,
        run_id: int,
        acceptance: Acceptance,
        refused: Mapping[str, Refused],
        states: Mapping[str, UnitState],
        bounds: Bounds = BOUNDS,
    ) -> Self:
        """For one that accepts what another run `refused`: who left those units may be missing."""
        if SHRINK not in acceptance.kinds:
            return cls(run_id, bounds, acceptance, refused)
        left = {unit: states[unit].left for unit in refused if unit in states}
        lost = sum(max(0, was.people - refused[unit].people) for unit, was in left.items() if was)
        missing = acceptance.missing + lost
        return cls(run_id, bounds, acceptance, refused, accepted_missing=missing)

    def refuse(self, unit: str, left: Left | None, read: UnitRead) -> SyncError | None:
        """Why the unit must not be applied. `left`: what its last success left."""
        people, rejects = self._baseline(unit, left)
        if read.rejected > max(self.bounds.rejects_share * read.fetched, rejects):
            return BadPayload(
                f"Unit {unit}: {read.rejected:,} of {read.fetched:,} records cannot become rows.",
                hint=ACCEPT_REJECTS.format(run=self.run_id),
            )
        if self._has_shrunk(people, read.people):
            return Shrunk(
                f"Unit {unit} had {people:,} people and sent {read.people:,}.",
                hint=ACCEPT_SHRINK.format(run=self.run_id),
            )
        return None

    def check_missing(self, gone: int, reported: int) -> None:
        """Raises TooManyMissing where `gone` of `reported` people must not be marked missing."""
        if gone > max(self.bounds.missing_share * reported, self.accepted_missing):
            raise TooManyMissing(
                f"{gone:,} of {reported:,} people are reported no more; nobody was marked missing.",
                hint=ACCEPT_SHRINK.format(run=self.run_id),
                people=gone,
            )

    def _baseline(self, unit: str, left: Left | None) -> tuple[int, int]:
        """People before, and rejects that are borne."""
        refused = self.accepted.get(unit)
        people = left.people if left else 0
        rejects = max(self.bounds.rejects, left.rejected if left else 0)
        if refused and SHRINK in self.acceptance.kinds:
            people = min(people, refused.people)
        if refused and REJECTS in self.acceptance.kinds:
            rejects = max(rejects, refused.rejects)
        return people, rejects

    def _has_shrunk(self, before: int, now: int) -> bool:
        lost = before - now
        if before and not now:
            return True
        return lost >= self.bounds.lost_people and lost > self.bounds.lost_share * before
