"""A workbook for spreadsheets, row by row through a folder. No cell of it is a formula.

Text is kept as text, also when somebody edits the cell: no zero is lost, and "=1+1" is four signs.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from sync_core.base.errors import ConfigError
from sync_core.base.i18n import is_rtl

ROWS_A_SHEET = 1_048_576
LONGEST_TEXT = 32_767
"""Of a cell, in UTF-16 units."""
LARGEST_NUMBER = 10**15
"""Of fewer digits than that a spreadsheet keeps every one."""
WIDTH = 16

# Control characters are told in letters, and what looks like such letters as well.
_IN_LETTERS = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9a-fA-F]{4}_)")
_ODD = re.compile(r"[&<>_\x00-\x1f\ufffe\uffff]")
_PLAIN, _KEEPING_SPACES = "<t>", '<t xml:space="preserve">'


class FastSheet(Worksheet):  # type: ignore[misc]
    """Whole rows at once: cell by cell the library takes ten times as long, which is minutes.

    It also takes some texts for markup of its own, which is never ours.
    """

    def begin(self, header: Sequence[str], head: int, text: int) -> None:
        """`head` and `text` are numbers of formats."""
        self._header = header
        self._cells = [f'<c r="{xl_col_to_name(place)}' for place in range(len(header))]
        self._style = f'" s="{head}'
        self._next = 1
        self.add([header])
        self._style = f'" s="{text}'
        self.dim_rowmin, self.dim_colmin, self.dim_colmax = 0, 0, len(header) - 1

    @property
    def room(self) -> int:
        """For how many more rows."""
        return ROWS_A_SHEET + 1 - self._next

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        self.fh.write("".join(map(self._row, rows)))
        self.dim_rowmax = self._next - 2

    def _row(self, row: Sequence[object]) -> str:
        number, style = self._next, self._style
        self._next += 1
        cells = [
            f"{begin}{number}{_numbered(value)}"
            if type(value) is int and -LARGEST_NUMBER < value < LARGEST_NUMBER
            else f"{begin}{number}{style}{self._text(value)}"
            for begin, value in zip(self._cells, row, strict=True)
            if value is not None and value != ""
        ]
        return f'<row r="{number}">{"".join(cells)}</row>'

    def _text(self, value: object) -> str:
        text = str(value)
        if len(text) * 2 > LONGEST_TEXT and len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
            raise ConfigError(
                "A text is longer than a cell of Excel can hold.", hint="Take CSV instead."
            )
        if _ODD.search(text) or text.strip() != text:
            return f'" t="inlineStr"><is>{_escaped(text)}</t></is></c>'
        return f'" t="inlineStr"><is><t>{text}</t></is></c>'


class Workbook:
    """What does not fit on a sheet goes on the next one, under the same header.

    The file is there after `close`. Without that, `abandon` lets go of what was begun. `folder` is
    the caller's, who removes it.
    """

    def __init__(self, folder: Path, title: str, header: Sequence[str]) -> None:
        self.file = folder / "export.xlsx"
        self._title, self._header = title, header
        options = {"constant_memory": True, "tmpdir": str(folder), "use_zip64": True}
        self._book = xlsxwriter.Workbook(str(self.file), options)
        self._head, self._text = (
            self._book.add_format({"num_format": "@", "bold": bold})._get_xf_index()
            for bold in (True, False)
        )
        self._sheets: list[FastSheet] = []
        self._begin_sheet()

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        """Raises ConfigError for a text that no cell holds."""
        while rows:
            room = self._sheets[-1].room
            self._sheets[-1].add(rows[:room])
            rows = rows[room:]
            if rows:
                self._begin_sheet()

    def close(self) -> None:
        """Raises OSError."""
        try:
            self._book.close()
        except FileCreateError as exc:  # it hides the system's error
            raise exc.args[0] from exc

    def abandon(self) -> None:
        for sheet in self._sheets:
            sheet._opt_close()
        self._book.fileclosed = True  # else it writes the file when it is collected

    def _begin_sheet(self) -> None:
        number = len(self._sheets) + 1
        name = self._title if number == 1 else f"{self._title} {number}"
        sheet = self._book.add_worksheet(name, worksheet_class=FastSheet)
        self._sheets.append(sheet)
        if is_rtl():
            sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(self._header) - 1, WIDTH)
        sheet.begin(self._header, self._head, self._text)


def _numbered(value: int) -> str:
    return f'"><v>{value}</v></c>'


def _escaped(text: str) -> str:
    """With the beginning of its element."""
    begin = _PLAIN if text.strip() == text else _KEEPING_SPACES
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return begin + _IN_LETTERS.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
