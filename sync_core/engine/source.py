"""What a source must declare so that the core can plan, fetch and merge it."""

import importlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

from sync_core.base import rules
from sync_core.base.errors import ConfigError
from sync_core.base.settings import Settings

Record = dict[str, Any]
"""One record as the gateway sent it: field → value."""

INTEGER, TEXT = "integer", "text"
NO_RECORDS = re.compile(rb"[ \t\r\n]*\[[ \t\r\n]*\][ \t\r\n]*")


@dataclass(frozen=True)
class Page:
    """One page of a unit: its records as sent, the bytes of a JSON array. Nothing is decoded.

    `repeats`: calls that had to be repeated to get it.
    """

    data: bytes
    repeats: int = 0
    digest: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """At once: pages are made side by side, and hashing lets the other threads go on."""
        object.__setattr__(self, "digest", sha256(self.data).digest())

    @property
    def is_empty(self) -> bool:
        return NO_RECORDS.fullmatch(self.data) is not None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the source's table and the field of the record that fills it.

    `personal` columns are masked on every screen. `derive` makes the value from that of the field;
    it must depend on nothing else than the reference. `facet`: it has few different values, by
    which people are counted and chosen; never a personal one.
    """

    name: str
    field: str
    kind: str = TEXT
    personal: bool = False
    derive: Callable[[Any, "Reference"], Any] | None = None
    facet: bool = False

    def __post_init__(self) -> None:
        if self.facet and self.personal:
            raise ConfigError(
                f"The column {self.name!r} is personal: people cannot be counted by it.",
                hint="Let it be no facet.",
            )


@dataclass(frozen=True, slots=True)
class Beginning:
    """A facet that is no column: the first characters of one, such as a year in a number."""

    name: str
    column: str
    length: int


@dataclass(frozen=True, slots=True)
class Check:
    """A rule of `rules.OF_ROWS` that the source's rows should keep, in these columns."""

    rule: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """What is fetched and committed as one. The unit with the higher `rank` wins a person.

    `name` is unique in its source ("4041/1110"); `params` is what the source's fetch needs.
    """

    name: str
    rank: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reference:
    """What a source may look up when it plans its units or derives a column."""

    settings: Settings
    today: date
    """The date in Tehran, Gregorian."""
    campuses: Sequence[str]
    """Codes of the `pardis` table, or of HAMGAM_CAMPUSES where set."""
    provinces: Mapping[str, int]
    """Name → code, as the `province` table has them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What an operator asked for; empty tuples mean everything.

    `units`: of what the others leave, only the units of these names.
    """

    mode: str = "full"
    campuses: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeStep:
    """One step of a connection test: `name` (dns, tcp, tls, login, page), its time and outcome.

    `error_class`: of a step that failed.
    """

    name: str
    ok: bool
    duration_s: float
    detail: str = ""
    hint: str = ""
    error_class: str = ""


@dataclass(frozen=True)
class Source:
    """A declaration; it holds no state."""

    name: str
    module: str
    table: str
    key: str
    """The key's column."""
    canonical_key: Callable[[Any], str | None]
    """A value as sent → the key as stored, or None where there is none."""
    columns: tuple[Column, ...]
    endpoint: str
    time_limit_s: float
    plan: Callable[[Reference], list[Unit]]
    """The full plan, highest rank first."""
    named_units: Callable[[Reference, Choice], list[Unit]]
    """The units of chosen campuses and terms, taken as given; highest rank first."""
    recent: Callable[[Reference, Unit], bool]
    """Whether mode `recent` covers the unit."""
    connect: Callable[[Settings], AbstractContextManager[Any]]
    """Logs in when it is entered; raises GatewayError."""
    fetch: Callable[[Any, Unit], Iterator[Page]]
    """Connection and unit → the unit's pages in order; called from several threads at once."""
    probe: Callable[[Settings], Iterator[ProbeStep]]
    mapping_version: int = 1
    """To be raised when `canonical_key` or a `derive` changes: every record is then read anew."""
    names: tuple[str, ...] = ()
    """The columns that name a person, the one to sort by first; none of them is personal."""
    beginnings: tuple[Beginning, ...] = ()
    """Further facets; none of them is of a personal column."""
    quality: tuple[Check, ...] = ()
    """What its rows are checked for, a rule once at most."""

    def __post_init__(self) -> None:
        self._check_quality()
        named = {column.name for column in self.columns if not column.personal}
        if not named.issuperset({*self.names, *(part.column for part in self.beginnings)}):
            raise ConfigError(
                f"The source {self.name!r} names people by a column that is personal or not there.",
                hint="Let `names` and `beginnings` go by columns that everybody may see.",
            )

    @property
    def facets(self) -> tuple[str, ...]:
        """What people are counted and chosen by: columns in their order, then beginnings."""
        columns = [column.name for column in self.columns if column.facet]
        return (*columns, *(part.name for part in self.beginnings))

    @property
    def parts(self) -> dict[str, tuple[str, int]]:
        """Beginning → the column, and how many characters of it."""
        return {part.name: (part.column, part.length) for part in self.beginnings}

    def _check_quality(self) -> None:
        named = [check.rule for check in self.quality]
        names = {column.name for column in self.columns}
        known = set(rules.OF_ROWS).issuperset(named) and len(named) == len(set(named))
        there = all(check.columns and names.issuperset(check.columns) for check in self.quality)
        if not (known and there):
            raise ConfigError(
                f"The source {self.name!r} checks for a rule or a column that is not there.",
                hint="Name rules of `rules.OF_ROWS`, each once, and columns of the source.",
            )


def load_sources(settings: Settings) -> dict[str, Source]:
    """Every source that the settings name, by its name, in the order named. Raises ConfigError."""
    sources: dict[str, Source] = {}
    for module in settings.sources:
        source = _load(module)
        if source.name in sources:
            raise ConfigError(
                f"HAMGAM_SOURCES names two sources {source.name!r}.", hint="Leave one of them out."
            )
        sources[source.name] = source
    return sources


def find_source(settings: Settings, name: str) -> Source:
    sources = load_sources(settings)
    if name in sources:
        return sources[name]
    raise ConfigError(
        f"There is no source {name[:40]!r}.", hint=f"The known ones are {', '.join(sources)}."
    )


def _load(module: str) -> Source:
    """Whatever a module raises when it is imported, the setting names something unusable."""
    try:
        source = importlib.import_module(module).SOURCE
    except Exception as exc:
        raise ConfigError(
            f"HAMGAM_SOURCES names {module!r}, which is no source: {type(exc).__name__}.",
            hint="Name importable modules that declare a SOURCE.",
        ) from exc
    if not isinstance(source, Source):
        raise ConfigError(f"SOURCE in {module!r} is not a Source.", hint="See docs/sources.md.")
    return source
