"""The rows of one sheet while its XML passes: cells with what they hold and how they are shown; what is merged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from .sheetparts import (
    LONGEST,
    MOST_CELLS,
    MOST_COLUMNS,
    Formula,
    Merged,
    Number,
    Unreadable,
    name_of,
    place_of,
    plain_text,
    refuse_far,
    too_long,
    too_much,
)


class Merges:
    """What lies under merged cells, row by row in order."""

    def __init__(self, ranges: list[tuple[int, int, int, int]]) -> None:
        self.waiting = sorted(ranges, reverse=True)
        self.open: list[tuple[int, int, int, int]] = []
        self.values: dict[tuple[int, int], Any] = {}

    def fill(self, line: int, cells: list[Any]) -> list[Any]:
        """The value of a cell that is merged downwards in every row of it; what is merged sideways is marked."""
        while self.waiting and self.waiting[-1][0] <= line:
            self.open.append(self.waiting.pop())
        if not self.open:
            return cells
        self.open = [one for one in self.open if one[2] >= line]
        has_own = any(cell not in (None, "") for cell in cells)
        for top, left, _bottom, right in self.open if has_own else ():
            self._fill_one(line, cells, (top, left), right)
        return cells

    def _fill_one(self, line: int, cells: list[Any], corner: tuple[int, int], right: int) -> None:
        top, left = corner
        if left > MOST_COLUMNS:
            return
        cells += [None] * (min(right, MOST_COLUMNS) - len(cells))
        if line == top:
            self.values[corner] = cells[left - 1]
        cells[left - 1] = self.values.get(corner)
        for column in range(left, min(right, MOST_COLUMNS)):
            cells[column] = Merged(name_of(top, left))


class SheetRows:
    """Collects the cells of one sheet while they pass."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.done: list[tuple[int, list[Any]]] = []
        self.row = self.column = self.cells = self.size = 0
        self.line: list[Any] = []
        self.kind = self.style = ""
        self.into: list[str] | None = None
        self.value: list[str] = []
        self.formula: list[str] | None = None
        self.silent = 0

    def start(self, tag: str, more: dict[str, str]) -> None:
        if tag == "c":
            self._cell(more)
        elif tag == "row":
            self._row(more)
        elif tag == "v" or (tag == "t" and not self.silent):
            self.into = self.value
        elif tag == "f":
            self.into = self.formula = []
        elif tag == "rPh":
            self.silent += 1

    def _row(self, more: dict[str, str]) -> None:
        row = int(more.get("r") or self.row + 1)
        if row <= self.row:
            raise Unreadable
        refuse_far(row, 1)
        self.row, self.column, self.line = row, 0, []

    def _cell(self, more: dict[str, str]) -> None:
        reference = more.get("r")
        row, column = place_of(reference) if reference else (self.row, self.column + 1)
        self.cells += 1
        if row != self.row or column <= self.column:
            raise Unreadable
        if self.cells > MOST_CELLS:
            raise too_much()
        self.column, self.kind, self.style = column, more.get("t", "n"), more.get("s", "")
        self.value, self.formula, self.size = [], None, 0

    def text(self, words: str) -> None:
        if self.into is None:
            return
        self.size += len(words)
        if self.size > LONGEST:
            raise too_long(self.row, self.column)
        self.into.append(words)

    def end(self, tag: str) -> None:
        if tag in ("v", "t", "f"):
            self.into = None
        elif tag == "rPh":
            self.silent -= 1
        elif tag == "c" and self.column <= MOST_COLUMNS:
            self.line += [None] * (self.column - 1 - len(self.line))
            self.line.append(self._read())
        elif tag == "row":
            self.done.append((self.row, self.line))

    def _read(self) -> Any:
        if self.formula is not None:
            return Formula("=" + "".join(self.formula))
        text = "".join(self.value)
        if not text:
            return None
        read: Callable[[str], Any] = READERS.get(self.kind, SheetRows._number).__get__(self)
        return read(text)

    def _shared(self, text: str) -> str:
        strings = self.book.strings
        if not (text.isascii() and text.isdigit() and int(text) < len(strings)):
            raise Unreadable
        if len(strings[int(text)]) > LONGEST:
            raise too_long(self.row, self.column)
        return strings[int(text)]

    def _text(self, text: str) -> str:
        return plain_text(text)

    def _truth(self, text: str) -> bool:
        return text.strip() in ("1", "true")

    def _moment(self, text: str) -> date | datetime:
        found = datetime.fromisoformat(text)
        return found if "T" in text else found.date()

    def _number(self, text: str) -> Any:
        value = float(text)
        shown = (
            self.book.shown[int(self.style)] if self.style.isdigit() and int(self.style) < len(self.book.shown) else ""
        )
        if shown == "date":
            return self.book.moment(value)
        if shown:
            return Number(value, shown)
        return int(value) if value.is_integer() and abs(value) < 10**15 else value


READERS: dict[str, Any] = {
    "s": SheetRows._shared,
    "inlineStr": SheetRows._text,
    "str": SheetRows._text,
    "e": SheetRows._text,
    "b": SheetRows._truth,
    "d": SheetRows._moment,
    "n": SheetRows._number,
}
