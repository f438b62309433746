"""Which unit a person's row comes from: the total order of units, as a run goes through them.

The higher rank wins. A unit that is neither part of the plan nor read by this run wins nothing.
"""

from bisect import bisect_right
from collections.abc import Mapping

from sync_core.store.ledger import UnitState


class Standing:
    """What is known of a source's units. Units are settled highest rank first."""

    def __init__(self, states: Mapping[str, UnitState]) -> None:
        self._units = {state.id: state for state in states.values()}
        self._plan_ranks = sorted(state.rank for state in states.values() if state.in_plan)
        self._settled: set[int] = set()
        self._settled_in_plan = 0

    @property
    def outside_plan(self) -> list[int]:
        return [unit_id for unit_id, state in self._units.items() if not state.in_plan]

    def settle(self, unit_id: int) -> None:
        """The unit has answered in this run, and what it sent is in the table."""
        self._settled.add(unit_id)
        self._settled_in_plan += self._units[unit_id].in_plan

    def is_settled(self, unit_id: int) -> bool:
        return unit_id in self._settled

    def counts(self, owner: int) -> bool:
        """Whether the unit is known to report those whose row comes from it."""
        held = self._units.get(owner)
        return held is not None and (held.in_plan or self.is_settled(owner))

    def wins(self, unit_id: int, owner: int | None) -> bool:
        """Whether the unit takes, or keeps, a row that comes from `owner`."""
        held = self._units.get(owner) if owner is not None else None
        if held is None or owner == unit_id:
            return True
        return not self.counts(held.id) or held.rank < self._units[unit_id].rank

    def unsettled_above(self, unit_id: int) -> list[int]:
        """Units of the plan that are higher and have not answered in this run."""
        rank = self._units[unit_id].rank
        return [
            state.id
            for state in self._units.values()
            if state.in_plan and state.rank > rank and not self.is_settled(state.id)
        ]

    def all_above_settled(self, unit_id: int) -> bool:
        """Whether every unit of the plan that is higher has answered in this run."""
        rank = self._units[unit_id].rank
        above = len(self._plan_ranks) - bisect_right(self._plan_ranks, rank)
        settled_here = self.is_settled(unit_id) and self._units[unit_id].in_plan
        return self._settled_in_plan - settled_here >= above
