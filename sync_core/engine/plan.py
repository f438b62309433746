"""Which units a run covers, and which units make up the source."""

from dataclasses import dataclass

from sync_core.base.errors import ConfigError, NothingToDo
from sync_core.engine.source import Choice, Reference, Source, Unit

MODES = ("full", "recent", "failed")


@dataclass(frozen=True, slots=True)
class Plan:
    """`units` are run, highest rank first; `full` is everything that makes up the source."""

    units: tuple[Unit, ...]
    full: tuple[Unit, ...]
    is_full: bool

    @property
    def left_out(self) -> int:
        return len({unit.name for unit in self.full} - {unit.name for unit in self.units})


def make_plan(source: Source, reference: Reference, choice: Choice, succeeded: set[str]) -> Plan:
    """Raises ConfigError for a plan without units: an empty plan is never a success.

    `succeeded`: units whose last outcome is success, for mode `failed`.
    """
    full = source.plan(reference)
    named = bool(choice.campuses or choice.terms)
    units = source.named_units(reference, choice) if named else full
    if choice.units:
        units = [unit for unit in units if unit.name in choice.units]
    if choice.mode == "recent":
        units = [unit for unit in units if source.recent(reference, unit)]
    elif choice.mode == "failed":
        units = [unit for unit in units if unit.name not in succeeded]
    if not units:
        raise _empty(source, choice, reference)
    ordered = sorted(units, key=lambda unit: unit.rank, reverse=True)
    return Plan(tuple(ordered), tuple(full), is_full=choice == Choice())


def _empty(source: Source, choice: Choice, reference: Reference) -> ConfigError:
    if choice.mode == "failed":
        return NothingToDo(
            f"No unit of {source.name} is open: the last outcome of every one is success.",
            hint="Run mode full to fetch everything again.",
        )
    if not reference.campuses:
        return ConfigError(
            f"The plan of {source.name} is empty: there are no campuses.",
            hint="Run `campuses import FILE.csv`, or set HAMGAM_CAMPUSES, such as 1110,1120.",
        )
    return ConfigError(
        f"The plan of {source.name} is empty.",
        hint="Check HAMGAM_TERMS, HAMGAM_FIRST_YEAR, --term.",
    )
