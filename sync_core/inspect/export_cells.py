"""The cells of an export, masked as on the screen; and its filter, for the audit log."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sync_core.engine.source import Source
from sync_core.inspect.masking import Mask, mask_text
from sync_core.inspect.people_filter import ALL, PeopleFilter

SINCE = "missing_since"
LONGEST_VALUE = 40

Row = Sequence[object]
OfColumn = Callable[[Sequence[Any]], Sequence[object]]
"""What a column's values become."""


def header_of(source: Source) -> list[str]:
    """The names of the table's columns, which are the gateway's: the same in every language."""
    return [*(column.name for column in source.columns), SINCE]


def cells_of(
    source: Source, blocks: Iterable[Sequence[Row]], *, unmasked: bool
) -> Iterator[list[Row]]:
    """Of `header_of`'s columns. A column at a time, which is many times quicker than a cell."""
    shown = [*(_shown(source, column.name, unmasked) for column in source.columns), _times]
    for block in blocks:
        columns = zip(*block, strict=True)
        # What the store adds behind ours is its own.
        cells = [of(values) for of, values in zip(shown, columns, strict=False)]
        yield list(zip(*cells, strict=True))


def told(source: Source, which: PeopleFilter) -> str:
    """Of a search only that there was one: what was typed may be a name or a number."""
    parts = [which.which] if which.which != ALL else []
    parts += ["text search"] if which.text.strip() else []
    parts += [_facet(source, column, value) for column, value in which.facets]
    parts += [f"changed in run {which.changed_in}"] if which.changed_in is not None else []
    parts += [f"rule {which.rule}"] if which.rule else []
    parts += [f"unit {which.unit}"] if which.unit else []
    return ", ".join(parts) or "everybody"


def _facet(source: Source, name: str, value: str | None) -> str:
    """Only of a column with few values: of another one, a value may tell who somebody is."""
    if name not in source.facets:
        return f"{name}=…"
    return f"{name}={mask_text(value or '')[:LONGEST_VALUE]}"


def _shown(source: Source, name: str, unmasked: bool) -> OfColumn:
    mask = Mask.of(source)
    return _as_they_are if unmasked or name in mask.columns else partial(_masked, mask, name)


def _as_they_are(values: Sequence[Any]) -> Sequence[object]:
    return values


def _masked(mask: Mask, name: str, values: Sequence[Any]) -> Sequence[object]:
    return [mask.value(name, value) for value in values]


def _times(values: Sequence[datetime | None]) -> Sequence[object]:
    """In UTC."""
    return [value and value.isoformat(timespec="seconds") for value in values]
