"""What a supervisor orders its child to do, handed over in the child's environment."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from sync_core.engine.source import Choice
from sync_core.store.control import Run
from sync_core.store.fence import Fence

VARIABLE = "HAMGAM_RUN"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the guards refused in an earlier run and an operator takes as right.

    `kinds` are of `GUARDS`; `missing`: how many people that run would have marked missing.
    """

    run_id: int = 0
    kinds: tuple[str, ...] = ()
    missing: int = 0


SHRINK, REJECTS = "shrink", "rejects"
GUARDS = (SHRINK, REJECTS)
NOTHING = Acceptance()


@dataclass(frozen=True, slots=True)
class Order:
    source: str
    run_id: int
    epoch: int
    mode: str = "full"
    campuses: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    verify: bool = False
    accepts: Acceptance = NOTHING

    @property
    def fence(self) -> Fence:
        return Fence(self.source, self.run_id, self.epoch)

    @property
    def choice(self) -> Choice:
        return Choice(self.mode, self.campuses, self.terms, self.units)

    def as_environment(self) -> dict[str, str]:
        return {VARIABLE: orjson.dumps(asdict(self)).decode()}


def order_of(run: Run, epoch: int) -> Order:
    """What a claimed run asks of its child."""
    choice = run.choice
    accepts = choice.get("accepts") or {}
    return Order(
        source=run.source,
        run_id=run.id,
        epoch=epoch,
        mode=run.mode,
        campuses=tuple(choice["campuses"]),
        terms=tuple(choice["terms"]),
        units=tuple(choice.get("units", ())),
        verify=bool(choice["verify"]),
        accepts=_acceptance(accepts) if accepts else NOTHING,
    )


def _acceptance(values: Mapping[str, Any]) -> Acceptance:
    return Acceptance(values["run_id"], tuple(values["kinds"]), values["missing"])


def received_order() -> Order | None:
    """The order of this process, or None for one that a person started."""
    given = os.environ.get(VARIABLE)
    if not given:
        return None
    values = orjson.loads(given)
    for name in ("campuses", "terms", "units"):
        values[name] = tuple(values.get(name, ()))
    values["accepts"] = _acceptance(values["accepts"])
    return Order(**values)
