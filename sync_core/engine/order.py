"""What a supervisor orders its child to do, handed over in the child's environment."""

import os
from dataclasses import asdict, dataclass

import orjson

from sync_core.engine.source import Choice
from sync_core.store.fence import Fence

VARIABLE = "HAMGAM_RUN"


@dataclass(frozen=True, slots=True)
class Order:
    source: str
    run_id: int
    epoch: int
    mode: str = "full"
    campuses: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    verify: bool = False

    @property
    def fence(self) -> Fence:
        return Fence(self.source, self.run_id, self.epoch)

    @property
    def choice(self) -> Choice:
        return Choice(self.mode, self.campuses, self.terms)

    def as_environment(self) -> dict[str, str]:
        return {VARIABLE: orjson.dumps(asdict(self)).decode()}


def received_order() -> Order | None:
    """The order of this process, or None for one that a person started."""
    given = os.environ.get(VARIABLE)
    if not given:
        return None
    values = orjson.loads(given)
    for name in ("campuses", "terms"):
        values[name] = tuple(values[name])
    return Order(**values)
