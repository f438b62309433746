"""Files of any filter of people. Who takes one is on record before its first byte.

Masked as on the screen, unless an administrator gives a reason. All of a file is of one moment of
the table; where the table cannot be read to its end, the file raises, and never just stops.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sync_core.access import audit
from sync_core.access.permissions import EXPORT_UNMASKED, SEE, Actor, require
from sync_core.base.clock import tehran_today
from sync_core.base.errors import ConfigError, DatabaseError
from sync_core.base.jalali import jalali_date
from sync_core.base.settings import Settings
from sync_core.engine.source import Source
from sync_core.inspect.csv_text import BOM, csv_block
from sync_core.inspect.export_cells import Row, cells_of, header_of, told
from sync_core.inspect.export_folder import own_folder
from sync_core.inspect.masking import mask_text
from sync_core.inspect.people_filter import PeopleFilter, rows_of
from sync_core.inspect.reasons import checked_reason
from sync_core.inspect.xlsx import Workbook
from sync_core.store import people as store
from sync_core.store.engines import Databases, Session
from sync_core.store.meanings import translated_files

CSV, XLSX = "csv", "xlsx"
FORMATS = (CSV, XLSX)
CHUNK = 1024 * 1024

Blocks = Iterator[Sequence[Row]]
Claim = Callable[[Session], None]
_Chunks = Generator[bytes, None, None]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """`reason`: why the personal columns are wanted as they are; without one they are masked."""

    source: Source
    which: PeopleFilter
    format: str = CSV
    reason: str | None = None

    @property
    def file_name(self) -> str:
        day = jalali_date(tehran_today()).replace("/", "-")
        return f"{self.source.name}-{day}.{self.format}"


@dataclass(slots=True)
class Export:
    """`chunks`: the file. An empty one says that the work goes on; whoever wants no more, stops.

    `size`: in bytes, known when the first chunk comes that is not empty; None for CSV.
    """

    rows: int
    chunks: Iterator[bytes]
    size: int | None = None


def count_export(databases: Databases, actor: Actor, source: Source, which: PeopleFilter) -> int:
    """How many rows the file will have."""
    require(actor, SEE)
    with databases.data.read() as session:
        return store.count_rows(session, rows_of(source, which))


def export_people(
    settings: Settings, databases: Databases, actor: Actor, request: ExportRequest
) -> AbstractContextManager[Export]:
    """Raises Denied, ConfigError, DatabaseError; also while its chunks are taken."""
    require(actor, SEE)
    return begin_export(settings, databases, checked(actor, request), actor, _nothing_to_claim)


def checked(actor: Actor, request: ExportRequest) -> ExportRequest:
    """With the reason as it is kept. Raises Denied, ConfigError."""
    require(actor, SEE)
    if request.format not in FORMATS:
        raise ConfigError(
            f"There is no format {request.format[:40]!r}.", hint=f"Give {' or '.join(FORMATS)}."
        )
    if request.reason is None:
        return request
    require(actor, EXPORT_UNMASKED)
    reason = mask_text(checked_reason(request.reason, "A file with personal columns"))
    return ExportRequest(request.source, request.which, request.format, reason)


@contextmanager
def begin_export(
    settings: Settings, databases: Databases, request: ExportRequest, by: Actor, claim: Claim
) -> Iterator[Export]:
    """`claim`: what is used up by it, in the transaction of the record."""
    source = request.source
    rows = rows_of(source, request.which)
    with databases.data.read() as session:
        total = store.count_rows(session, rows)
        with databases.control.write() as control:
            claim(control)
            audit.record(control, by, audit.EXPORTED, source.name, _detail(request, total))
        names = [column.name for column in source.columns]
        found = _whole(store.stream_rows(session, rows, names), total)
        blocks = cells_of(source, found, unmasked=request.reason is not None)
        with _file(settings, request, Export(total, iter(()), None), blocks) as export:
            yield export


@contextmanager
def _file(
    settings: Settings, request: ExportRequest, export: Export, blocks: Blocks
) -> Iterator[Export]:
    if request.format == CSV:
        export.chunks = _csv(header_of(request.source), blocks)
        yield export
        return
    with own_folder(settings) as folder, closing(_xlsx(export, folder, request, blocks)) as chunks:
        export.chunks = chunks
        yield export


def _csv(header: Sequence[str], blocks: Blocks) -> Iterator[bytes]:
    """The header goes with the first rows: what cannot be read at all is told before a byte."""
    head = BOM + csv_block([header])
    for block in blocks:
        yield (head + csv_block(block)).encode()
        head = ""
    if head:
        yield head.encode()


def _xlsx(export: Export, folder: Path, request: ExportRequest, blocks: Blocks) -> _Chunks:
    workbook = Workbook(folder, request.source.name, header_of(request.source))
    try:
        for block in blocks:
            with translated_files(workbook.file):
                workbook.add(block)
            yield b""
        with translated_files(workbook.file):
            workbook.close()
    except BaseException:
        workbook.abandon()
        raise
    export.size = workbook.file.stat().st_size
    with workbook.file.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _whole(blocks: Iterator[Sequence[Row]], total: int) -> Blocks:
    came = 0
    for block in blocks:
        came += len(block)
        if block:
            yield block
    if came != total:
        raise DatabaseError(
            f"The table gave {came:,} rows of {total:,}.", hint="Take the file again."
        )


def _detail(request: ExportRequest, total: int) -> str:
    how = "masked" if request.reason is None else f"unmasked: {request.reason}"
    return f"{request.format}, {total} rows, {how}; {told(request.source, request.which)}"


def _nothing_to_claim(_session: Session) -> None:
    pass
