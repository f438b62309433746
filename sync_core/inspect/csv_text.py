"""CSV as pieces of text that a spreadsheet opens without running a formula. It drops no zero.

A program that guesses what a column holds may drop the zeros that a code begins with: see
`xlsx` for those.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""
DANGEROUS = frozenset("=+-@\t\r\n＝＋－＠")
"""What a formula may begin with; the wide signs are the same to an East Asian spreadsheet."""
TOGETHER = 500


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The header alone, so that it can go before the first row is read; then many rows a piece."""
    yield BOM + csv_block([header])
    left = iter(rows)
    while block := list(islice(left, TOGETHER)):
        yield csv_block(block)


def csv_block(rows: Iterable[Sequence[object]]) -> str:
    """Numbers are left alone; None is an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(map(_safe, rows))
    return text.getvalue()


def _safe(row: Sequence[object]) -> list[object]:
    """A text that would begin a formula begins with an apostrophe."""
    return [
        f"'{value}" if isinstance(value, str) and value[:1] in DANGEROUS else value for value in row
    ]
