"""Tables that people bring: what the bytes really are, and their rows with the line they stand on.

One reader for every import: .xlsx by `workbook`, text tables here. A file that cannot be read ends in one sentence that
says what to do.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property, partial
from itertools import takewhile
from typing import Any

from flask_babel import gettext

from ..errors import BusinessError
from .sheetparts import LONGEST, MOST_COLUMNS, Merged, Number, Unreadable, too_long, too_much
from .workbook import Book

MOST_INFLATED = 200 * 2**20
MOST_ENTRIES = 2000
HEADING_LINES = 10
Line = tuple[int, list[Any]]
OLD_EXCEL, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})


@dataclass(frozen=True)
class Sheet:
    """A table: read afresh by every one who asks for its lines."""

    name: str
    read: Callable[[bool], Iterator[Line]]  # whether merged cells are looked at
    expected: int  # lines, as the file claims; for a bar that moves
    is_visible: bool = True

    @cached_property
    def head(self) -> list[Line]:
        """The first lines, among which the headings are looked for."""
        return list(takewhile(lambda one: one[0] <= HEADING_LINES, _guarded(self.read(False))))

    def below(self, line: int) -> Iterator[Line]:
        """Everything under a line."""
        return (one for one in _guarded(self.read(True)) if one[0] > line)


def refuse_odd(content: bytes) -> None:
    """Raises BusinessError for anything but an .xlsx of reasonable size or a text table; reads no cell."""
    if not content:
        raise BusinessError(gettext("The file is empty"), field="file")
    if content.startswith(OLD_EXCEL):
        if ENCRYPTED in content:
            words = gettext("The file is protected by a password; please remove it and upload again")
        else:
            words = gettext("This is an old .xls file; please save it as .xlsx and upload again")
        raise BusinessError(words, field="file")
    if content.startswith(ZIP):
        _refuse_bomb(content)
    else:
        _text(content)


def _refuse_bomb(content: bytes) -> None:
    """Every member is unpacked and counted, so that what the directory claims need not be believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            if len(book.infolist()) > MOST_ENTRIES or sum(i.file_size for i in book.infolist()) > MOST_INFLATED:
                raise too_much()
            left = MOST_INFLATED
            for member in book.infolist():
                with book.open(member) as stream:
                    while chunk := stream.read(2**20):
                        left -= len(chunk)
                        if left < 0:
                            raise too_much()
            if "xl/workbook.xml" not in book.namelist():
                raise _unreadable()
    except BusinessError:
        raise
    except Exception:
        raise _unreadable() from None


def _unreadable() -> BusinessError:
    return BusinessError(
        gettext("This file cannot be read; please save it as .xlsx in Excel or WPS and upload again"), field="file"
    )


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and not text.lstrip().startswith(("<", "%PDF", "{")):
            return text
    raise _unreadable()


def tables(content: bytes) -> list[Sheet]:
    """The sheets of a file, in order, hidden ones included. Raises BusinessError when it cannot be read."""
    if not content.startswith(ZIP):
        text = _text(content)
        return [Sheet("", lambda _merged: _text_lines(text), text.count("\n"))]
    try:
        book = Book.open(content)
        return [Sheet(p.name, partial(book.rows, p), book.claimed(p), p.is_visible) for p in book.pages]
    except Unreadable:
        raise _unreadable() from None


def _text_lines(text: str) -> Iterator[Line]:
    comma = "\t" if "\t" in text.split("\n", 1)[0] else ","
    for line, cells in enumerate(csv.reader(io.StringIO(text), delimiter=comma), 1):
        for place, cell in enumerate(cells, 1):
            if len(cell) > LONGEST:
                raise too_long(line, place)
        yield line, cells[:MOST_COLUMNS]


def _guarded(lines: Iterator[Line]) -> Iterator[Line]:
    try:
        yield from lines
    except (Unreadable, csv.Error, ValueError, zipfile.BadZipFile):
        raise _unreadable() from None


def text_of(value: Any) -> str:
    """A cell as a person would have typed it into a form; numbers without a useless .0, dates as 2026-11-23."""
    if value is None or isinstance(value, Merged):
        return ""
    if isinstance(value, Number):
        return _shown(value)
    if isinstance(value, str):
        return value.replace("\u3000", " ").replace("\xa0", " ").strip()
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**15 else format(value, ".15g")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(getattr(value, "text", value))


def _shown(number: Number) -> str:
    """A number as the sheet shows it, as far as that is known."""
    if number.shown == "%":
        return f"{float(format(number.value * 100, '.10g')):.10g}%"
    text = text_of(float(number.value))
    return text.zfill(len(number.shown)) if number.shown.startswith("0") and text.isdigit() else text
