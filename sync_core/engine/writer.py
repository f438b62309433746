"""The one writer of a run: units' pages → rows, counts and ledger, in one transaction.

A unit is written whole or not at all. Units that are ready together share a transaction: most are
small, and each one alone would cost more than its rows.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from sync_core.base import failpoint
from sync_core.base.clock import monotonic_s, utc_now
from sync_core.base.errors import BadPayload, SyncError
from sync_core.base.frames import without_frames
from sync_core.base.strict_json import BadJson
from sync_core.engine.decode import Decoder
from sync_core.engine.fetching import Fetched
from sync_core.engine.guards import Guards
from sync_core.engine.mapping import mapping_of, unit_digest
from sync_core.engine.merge import Incoming, Merge
from sync_core.engine.outcome import failure, left_by, success
from sync_core.engine.reading import UnitRead, read_unit
from sync_core.engine.source import Reference, Source
from sync_core.engine.standing import Standing
from sync_core.store import fields, ledger, members, merging, rejects
from sync_core.store.engines import Database, Session
from sync_core.store.fence import Fence, check_fence
from sync_core.store.ledger import Left, Refused, UnitOutcome, UnitState

MOST_REFUSED = 1_000  # rejects kept of a unit that a guard refused for them

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What a run writes, by which right, within which bounds. `verify`: no digest is believed."""

    source: Source
    reference: Reference
    fence: Fence
    guards: Guards | None
    verify: bool = False


class Answered(NamedTuple):
    """A unit to be merged, and what it leaves when it is."""

    fetched: Fetched
    incoming: Incoming
    left: Left
    took_s: float


class Ended(NamedTuple):
    """A unit's outcome, and why it failed; `refused` is what a guard did not let in."""

    outcome: UnitOutcome
    error: SyncError | None = None
    refused: UnitRead | None = None


class Writer:
    """Units must be given to it highest rank first."""

    def __init__(
        self,
        data: Database,
        job: Job,
        states: Mapping[str, UnitState],
        check_awake: Callable[[], None] = lambda: None,
    ) -> None:
        source = job.source
        columns = [column.name for column in source.columns]
        self.people = merging.people(source.name, source.table, source.key, columns)
        self.data, self.job, self.states = data, job, states
        self.drift = 0
        self._check_awake = check_awake
        self._run_id = job.fence.run_id
        self._decoder = Decoder(source, job.reference)
        self._noted: set[str] = set()
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
                self._record_failure(session, ended)
            self._note_fields(session)
            failpoint.reach(failpoint.BEFORE_COMMIT)
        failpoint.reach(failpoint.AFTER_COMMIT)
        return [look if isinstance(look, Ended) else next(merged) for look in looks]

    def mark_missing(self) -> int:
        """Marks whoever no unit reports any more; the number of people newly marked.

        Raises TooManyMissing where a guard refuses it; then nobody is marked.
        """
        with self._transaction() as session:
            gone = merging.reported_no_more(session, self.people)
            if gone and self.job.guards is not None:
                reported = merging.count_reported(session, self.people)
                self.job.guards.check_missing(len(gone), reported)
            merging.mark_missing(session, self.people, self._run_id, gone, utc_now())
        return len(gone)

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with self.data.write() as session:
            check_fence(session, self.job.fence)
            yield session
            self._check_awake()

    def _note_fields(self, session: Session) -> None:
        """Each once a run; a transaction that fails ends it."""
        fresh = self._decoder.seen - self._noted
        if fresh:
            fields.note(session, self.job.source.name, self._run_id, fresh)
            self._noted |= fresh

    def _record_failure(self, session: Session, ended: Ended) -> None:
        unit = ended.outcome.unit
        ledger.record_failure(session, self._run_id, self.states[unit].id, ended.outcome)
        if ended.refused is not None:
            rows = self._reject_rows(unit, ended.refused)
            rejects.record(session, islice(rows, MOST_REFUSED))

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
            return Ended(_failure(fetched, fetched.error), fetched.error)
        if before is None:
            before = self._asked_for(unit)
        if before is None and state.left is not None:
            return Answered(fetched, Incoming(state.id, state.left.people), state.left, 0.0)
        try:
            return self._read_changed(fetched, digest, before or {})
        except BadPayload as exc:
            return Ended(_failure(fetched, exc), without_frames(exc))

    def _refuse(self, fetched: Fetched, read: UnitRead) -> Ended | None:
        unit, guards = fetched.unit.name, self.job.guards
        left = self.states[unit].left
        error = guards.refuse(unit, left, read) if guards else None
        if error is None:
            return None
        sent = Refused(left.people if left else 0, read.people, read.rejected)
        return Ended(_failure(fetched, error, sent), error, read)

    def _asked_for(self, unit: str) -> dict[str, bytes] | None:
        """The members of a unit that is the same, where somebody may need a record of it."""
        if not self._merge.open:
            return None
        before = self._members([unit])[unit]
        return None if self._merge.open.isdisjoint(before) else before

    def _read_changed(
        self, fetched: Fetched, digest: str, before: Mapping[str, bytes]
    ) -> Answered | Ended:
        """Raises BadPayload."""
        begun_s = monotonic_s()
        incoming, read = self._read(fetched, self.states[fetched.unit.name], before)
        refused = self._refuse(fetched, read)
        if refused is not None:
            return refused
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
            if each.incoming.read is not None:
                rows = self._reject_rows(each.fetched.unit.name, each.incoming.read)
                rejects.record(session, rows)
        share_s = (monotonic_s() - begun_s) / len(answered)
        outcomes = [
            success(
                each.fetched.unit.name,
                each.left,
                found,
                each.fetched.duration_s + each.took_s + share_s,
                skipped=each.incoming.read is None,
                repeats=each.fetched.repeats,
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

    def _reject_rows(self, unit: str, read: UnitRead) -> Iterator[dict[str, Any]]:
        at = utc_now()
        for position, reason, record in read.rejects():
            yield {
                "run_id": self._run_id,
                "source": self.job.source.name,
                "unit": unit,
                "position": position,
                "reason": reason[:200],
                "record": record,
                "at": at,
            }


def _failure(fetched: Fetched, error: SyncError, refused: Refused | None = None) -> UnitOutcome:
    took_s, repeats = fetched.duration_s, fetched.repeats
    return failure(fetched.unit.name, error, took_s, repeats=repeats, refused=refused)
