"""Whose row a person gets, and how people are counted. The rows themselves are `store.merging`.

Each person's fate in a run is decided once, by the highest unit that reports them: so counts are
net, and a record that was withdrawn above is replaced by the next one in the same run.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sync_core.engine.bounds import slices
from sync_core.engine.reading import UnitRead
from sync_core.engine.standing import Standing
from sync_core.store import members, merging
from sync_core.store.engines import Session
from sync_core.store.merging import People, Sent

AT_ONCE = 2_000  # rows in memory as they are and as they were


@dataclass(frozen=True, slots=True)
class Incoming:
    """A unit that answered. `read` is None where it sent the same as before.

    `before`: its members as they were, key → digest. `alike`: they were read in today's way.
    """

    unit_id: int
    people: int
    read: UnitRead | None = None
    before: Mapping[str, bytes] = field(default_factory=dict)
    alike: bool = False

    @property
    def gone(self) -> set[str]:
        if self.read is None:
            return set()
        return self.before.keys() - self.read.same - self.read.fresh.keys()

    @property
    def reported(self) -> set[str]:
        """Whoever is in the unit, or was."""
        now = self.read.same | self.read.fresh.keys() if self.read else set()
        return now | self.before.keys()


@dataclass(slots=True)
class Fate:
    """What becomes of an incoming unit's people; each key stands once in a group of units.

    `new` had no row; `mine` have one that is the unit's from now on. `parted` lose the one that
    they had from it; `not_missed` are gone from it, but their row comes from another unit.
    `complete`: every higher unit of the plan has answered in this run.
    """

    unit: Incoming
    complete: bool
    new: list[str] = field(default_factory=list)
    mine: list[str] = field(default_factory=list)
    parted: list[str] = field(default_factory=list)
    not_missed: list[str] = field(default_factory=list)
    changed: int = 0
    drift: int = 0


@dataclass(frozen=True, slots=True)
class Merged:
    """People by what became of them; their sum is the number of the unit's people.

    `stale`: a higher unit of this run has counted them. `drift`: they sent what they had sent
    before, but their rows were not it.
    """

    inserted: int
    updated: int
    unchanged: int
    stale: int
    drift: int = 0


@dataclass
class Merge:
    """What is known of a source's people while a run goes through its units, highest first.

    `open`: people who may have no unit any more; the next unit that reports them is asked for
    their record even where it sent the same as before.
    """

    people: People
    run_id: int
    standing: Standing
    verify: bool = False
    open: set[str] = field(default_factory=set)
    _counted: set[str] = field(default_factory=set)
    """Whose row comes from a unit that has not answered in this run, and who were counted."""

    def begin(self, session: Session) -> None:
        """Finds who lost their unit in an earlier run."""
        self.open = merging.orphans(session, self.people, self.standing.outside_plan)

    def merge(self, session: Session, units: Sequence[Incoming], now: datetime) -> list[Merged]:
        strangers = self._part_strangers(session, units) if self.verify else {}
        fates = self._decide(session, units, strangers)
        self._write(session, fates, now)
        owned = merging.count_owned(session, self.people, [unit.unit_id for unit in units])
        return [self._merged(session, fate, owned[fate.unit.unit_id]) for fate in fates]

    def _part_strangers(self, session: Session, units: Sequence[Incoming]) -> dict[int, int]:
        """Rows that somebody else wrote in a unit's name come from none: unit → how many."""
        found: dict[int, int] = {}
        for unit in units:
            strangers = merging.part_strangers(session, self.people, unit.unit_id, unit.reported)
            self.open |= strangers
            found[unit.unit_id] = len(strangers)
        return found

    def _decide(
        self, session: Session, units: Sequence[Incoming], drift: Mapping[int, int]
    ) -> list[Fate]:
        read = [unit.read for unit in units if unit.read is not None]
        keys = {key for unit in read for key in unit.fresh}.union(*(unit.gone for unit in units))
        owners = merging.owners(session, self.people, sorted(keys)) if keys else {}
        fates = []
        for unit in units:
            fate = Fate(
                unit,
                complete=self.standing.all_above_settled(unit.unit_id),
                drift=drift.get(unit.unit_id, 0),
            )
            self._share_out(session, fate, owners)
            fates.append(fate)
        return fates

    def _share_out(self, session: Session, fate: Fate, owners: dict[str, int | None]) -> None:
        """`owners` says for the units that follow whose row each person has then."""
        unit = fate.unit
        self.standing.settle(unit.unit_id)
        if unit.read is None:
            return
        for key in unit.gone:
            owner = owners.get(key)
            if owner == unit.unit_id:
                fate.parted.append(key)
                owners[key] = None
            elif owner is not None and self.standing.counts(owner):
                fate.not_missed.append(key)
        fate.new = [key for key in unit.read.fresh if key not in owners]
        held = [key for key in unit.read.fresh if key in owners]
        asked = {owners[key] for key in held}
        wins = {owner: self.standing.wins(unit.unit_id, owner) for owner in asked}
        mine = [key for key in held if wins[owners[key]]]
        awaited = set() if fate.complete else self._awaited(session, unit.unit_id, mine, owners)
        fate.mine = [key for key in mine if key not in awaited]
        owners.update(dict.fromkeys([*fate.new, *fate.mine], unit.unit_id))

    def _awaited(
        self,
        session: Session,
        unit_id: int,
        keys: Sequence[str],
        owners: Mapping[str, int | None],
    ) -> set[str]:
        """Those whose row comes from no unit that counts, and who are in a higher unit that has not
        answered in this run: they wait for that one.
        """
        homeless = [key for key in keys if not self._has_home(owners[key])]
        if not homeless:
            return set()
        above = self.standing.unsettled_above(unit_id)
        return members.reported_by(session, above, homeless)

    def _has_home(self, owner: int | None) -> bool:
        return owner is not None and self.standing.counts(owner)

    def _write(self, session: Session, fates: Sequence[Fate], now: datetime) -> None:
        parted = [key for fate in fates for key in fate.parted]
        merging.hand_over(session, self.people, parted, None)
        self.open.difference_update(key for fate in fates for key in fate.not_missed)
        arriving = ((fate, key) for fate in fates for key in fate.new)
        for some in slices(arriving, lambda each: _weight(*each), AT_ONCE):
            merging.insert_people(session, self.people, self.run_id, _sent(some), now)
        for fate in fates:
            self._overwrite(session, fate, now)
            _replace_members(session, fate.unit)

    def _overwrite(self, session: Session, fate: Fate, now: datetime) -> None:
        """People whose row is the same as the unit's record only change hands."""
        unit_id = fate.unit.unit_id
        for some in slices(fate.mine, partial(_weight, fate), AT_ONCE):
            held = merging.stored(session, self.people, some)
            pairs = [(held[key], sent) for key, sent in _rows(fate, some)]
            changed = [(old, new) for old, new in pairs if old.differs_from(new.values)]
            merging.overwrite_people(session, self.people, self.run_id, changed, now)
            kept = {new.key for _, new in changed}
            taken = [key for key in some if key not in kept and held[key].unit_id != unit_id]
            merging.hand_over(session, self.people, taken, unit_id)
            fate.changed += len(changed)
            fate.drift += sum(
                old.unit_id == unit_id and self._is_known(fate, new.key) for old, new in changed
            )
        self.open.difference_update(fate.mine)

    def _is_known(self, fate: Fate, key: str) -> bool:
        """The person's record is the same as before."""
        unit = fate.unit
        if unit.read is None or not unit.alike:
            return False
        return unit.before.get(key) == unit.read.digests[key]

    def _merged(self, session: Session, fate: Fate, owned: int) -> Merged:
        people, inserted = fate.unit.people, len(fate.new)
        counted = self._count(session, fate, min(people, owned))
        lost = sum(self._is_known(fate, key) for key in fate.new)
        return Merged(
            inserted=inserted,
            updated=fate.changed,
            unchanged=counted - inserted - fate.changed,
            stale=people - counted,
            drift=fate.drift + lost,
        )

    def _count(self, session: Session, fate: Fate, owned: int) -> int:
        """Of the unit's people, those whom no higher unit of this run has counted."""
        if fate.complete:
            return owned
        held = merging.held_by_others(session, self.people, fate.unit.unit_id)
        settled = self.standing.is_settled
        first = {key for key, owner in held.items() if owner is None or not settled(owner)}
        first -= self._counted
        self._counted |= first
        return owned + len(first)


def _sent(some: Sequence[tuple[Fate, str]]) -> list[Sent]:
    by_fate: dict[int, tuple[Fate, list[str]]] = {}
    for fate, key in some:
        by_fate.setdefault(fate.unit.unit_id, (fate, []))[1].append(key)
    return [sent for fate, keys in by_fate.values() for _, sent in _rows(fate, keys)]


def _rows(fate: Fate, keys: Sequence[str]) -> Iterator[tuple[str, Sent]]:
    read = fate.unit.read
    for key, row in zip(keys, read.rows(keys) if read else (), strict=True):
        yield key, Sent(key, row, fate.unit.unit_id)


def _replace_members(session: Session, unit: Incoming) -> None:
    if unit.read is None:
        return
    before, digests = unit.before, unit.read.digests
    added = {key: digest for key, digest in digests.items() if before.get(key) != digest}
    members.replace(session, unit.unit_id, unit.gone | (before.keys() & added.keys()), added)


def _weight(fate: Fate, key: str) -> int:
    return fate.unit.read.weight(key) if fate.unit.read else 0
