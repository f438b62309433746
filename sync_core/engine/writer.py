"""The one writer of a run: units' pages → rows, counts and ledger, in one transaction.

A unit is written whole or not at all. Units that are ready together share a transaction: most are
small, and each one alone would cost more than its rows.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.errors import BadPayload, SyncError
from sync_core.base.strict_json import BadJson
from sync_core.engine.decode import Decoder
from sync_core.engine.fetching import Fetched
from sync_core.engine.mapping import mapping_of, unit_digest
from sync_core.engine.merge import Incoming, Merge
from sync_core.engine.outcome import failure, left_by, success
from sync_core.engine.reading import UnitRead, read_unit
from sync_core.engine.source import Reference, Source
from sync_core.engine.standing import Standing
from sync_core.store import ledger, members, merging, rejects
from sync_core.store.engines import Database, Session
from sync_core.store.fence import Fence, check_fence
from sync_core.store.ledger import Left, UnitOutcome, UnitState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What a run writes, and by which right. `verify`: no digest is believed."""

    source: Source
    reference: Reference
    fence: Fence
    verify: bool = False


class Answered(NamedTuple):
    """A unit to be merged, and what it leaves when it is."""

    fetched: Fetched
    incoming: Incoming
    left: Left
    took_s: float


class Ended(NamedTuple):
    """A unit's outcome, and why it failed."""

    outcome: UnitOutcome
    error: SyncError | None = None


class Writer:
    """Units must be given to it highest rank first."""

    def __init__(self, data: Database, job: Job, states: Mapping[str, UnitState]) -> None:
        source = job.source
        columns = [column.name for column in source.columns]
        self.people = merging.people(source.name, source.table, source.key, columns)
        self.data, self.job, self.states = data, job, states
        self.drift = 0
        self._run_id = job.fence.run_id
        self._decoder = Decoder(source, job.reference)
        self._mapping = mapping_of(source, job.reference)
        self._merge = Merge(self.people, self._run_id, Standing(states), job.verify)

    def begin(self) -> None:
        """Looks up what earlier runs have left open."""
        with self.data.read() as session:
            self._merge.begin(session)

    def apply(self, group: Sequence[Fetched]) -> list[Ended]:
        """Merges the units that answered and notes why others did not, in the order given.

        Raises LostFence, DatabaseError; then nothing of the group was written.
        """
        looks = self._look_at(group)
        answered = [look for look in looks if isinstance(look, Answered)]
        failed = [look for look in looks if isinstance(look, Ended)]
        with self._transaction() as session:
            merged = iter(self._write(session, answered))
            for ended in failed:
                unit_id = self.states[ended.outcome.unit].id
                ledger.record_failure(session, self._run_id, unit_id, ended.outcome)
        return [look if isinstance(look, Ended) else next(merged) for look in looks]

    def mark_missing(self) -> int:
        """Marks whoever no unit reports any more; the number of people newly marked."""
        with self._transaction() as session:
            return merging.mark_missing(session, self.people, self._run_id, utc_now())

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with self.data.write() as session:
            check_fence(session, self.job.fence)
            yield session

    def _look_at(self, group: Sequence[Fetched]) -> list[Answered | Ended]:
        """Reads the units that are not as they were. No transaction is open meanwhile."""
        digests = {each.unit.name: self._digest(each) for each in group if each.error is None}
        changed = [name for name, digest in digests.items() if not self._is_same(name, digest)]
        before = self._members(changed)
        return [
            self._look(each, digests.get(each.unit.name, ""), before.get(each.unit.name))
            for each in group
        ]

    def _look(
        self, fetched: Fetched, digest: str, before: Mapping[str, bytes] | None
    ) -> Answered | Ended:
        """`before`: the unit's members, where it sent something else than they had sent."""
        unit, state = fetched.unit.name, self.states[fetched.unit.name]
        if fetched.error is not None:
            return Ended(failure(unit, fetched.error, fetched.duration_s), fetched.error)
        if before is None:
            before = self._asked_for(unit)
        if before is None and state.left is not None:
            return Answered(fetched, Incoming(state.id, state.left.people), state.left, 0.0)
        try:
            return self._read_changed(fetched, digest, before or {})
        except BadPayload as exc:
            return Ended(failure(unit, exc, fetched.duration_s), exc)

    def _asked_for(self, unit: str) -> dict[str, bytes] | None:
        """The members of a unit that is the same, where somebody may need a record of it."""
        if not self._merge.open:
            return None
        before = self._members([unit])[unit]
        return None if self._merge.open.isdisjoint(before) else before

    def _read_changed(self, fetched: Fetched, digest: str, before: Mapping[str, bytes]) -> Answered:
        """Raises BadPayload."""
        begun_s = monotonic_s()
        incoming, read = self._read(fetched, self.states[fetched.unit.name], before)
        self._merge.open |= incoming.gone  # the units that follow are asked for these people
        left = left_by(read, digest, self._mapping)
        return Answered(fetched, incoming, left, monotonic_s() - begun_s)

    def _digest(self, fetched: Fetched) -> str:
        page_size = self.job.reference.settings.page_size
        return unit_digest(self._mapping, page_size, fetched.pages)

    def _is_same(self, unit: str, digest: str) -> bool:
        left = self._believed(self.states[unit])
        return left is not None and left.digest == digest

    def _believed(self, state: UnitState) -> Left | None:
        """What the unit left, where it may be skipped for it.

        One outside the plan lost its people to the plan's units as soon as a run did not read it.
        """
        left = state.left
        lives = left is not None and left.digest is not None and state.in_plan
        return left if lives and not self.job.verify else None

    def _members(self, units: Sequence[str]) -> dict[str, dict[str, bytes]]:
        if not units:
            return {}
        ids = {self.states[unit].id: unit for unit in units}
        with self.data.read() as session:
            found = members.digests_of(session, list(ids))
        return {ids[unit_id]: digests for unit_id, digests in found.items()}

    def _read(
        self, fetched: Fetched, state: UnitState, before: Mapping[str, bytes]
    ) -> tuple[Incoming, UnitRead]:
        """Raises BadPayload."""
        left, believed = state.left, self._believed(state)
        known = (
            {digest: key for key, digest in before.items() if key not in self._merge.open}
            if believed is not None and believed.mapping == self._mapping
            else {}
        )
        try:
            read = read_unit(self._decoder, fetched.pages, known)
        except BadJson as exc:
            raise BadPayload(
                f"A record of unit {state.unit} is not what was agreed: {exc}.",
                hint="Show it to the gateway's team; nothing of the unit was stored.",
            ) from exc
        if read.replaced:
            log.warning("%s: %d characters were replaced.", state.unit, read.replaced)
        alike = left is not None and left.mapping == self._mapping
        return Incoming(state.id, read.people, read, before, alike), read

    def _write(self, session: Session, answered: Sequence[Answered]) -> list[Ended]:
        if not answered:
            return []
        begun_s = monotonic_s()
        merged = self._merge.merge(session, [each.incoming for each in answered], utc_now())
        for each in answered:
            rejects.record(session, self._reject_rows(each))
        share_s = (monotonic_s() - begun_s) / len(answered)
        outcomes = [
            success(
                each.fetched.unit.name,
                each.left,
                found,
                each.fetched.duration_s + each.took_s + share_s,
                skipped=each.incoming.read is None,
            )
            for each, found in zip(answered, merged, strict=True)
        ]
        successes = [
            (each.incoming.unit_id, outcome, each.left)
            for each, outcome in zip(answered, outcomes, strict=True)
        ]
        ledger.record_successes(session, self._run_id, successes)
        self.drift += sum(found.drift for found in merged)
        return [Ended(outcome) for outcome in outcomes]

    def _reject_rows(self, answered: Answered) -> Iterator[dict[str, Any]]:
        read, at = answered.incoming.read, utc_now()
        for position, reason, record in read.rejects() if read else ():
            yield {
                "run_id": self._run_id,
                "source": self.job.source.name,
                "unit": answered.fetched.unit.name,
                "position": position,
                "reason": reason[:200],
                "record": record,
                "at": at,
            }
