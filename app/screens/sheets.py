"""Tables that people upload: what the bytes really are, and their rows as text with the line they stand on.

openpyxl reads row by row: memory stays flat whatever the cells hold, formulas and percent formats are seen as such.
A file that cannot be read ends in one sentence that says what to do.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext

from ..errors import BusinessError

MOST_INFLATED = 200 * 2**20
MOST_ENTRIES = 2000
MOST_COLUMNS = 200
HEADING_LINES = 10
OLD_EXCEL, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})


@dataclass(frozen=True)
class Formula:
    """A cell that holds no value of its own."""

    text: str


@dataclass(frozen=True)
class Sheet:
    """A table: its first lines, from which the caller finds the headings, and all lines after them."""

    name: str
    lines: Iterator[tuple[int, list[Any]]]
    expected: int


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
    too_big = BusinessError(gettext("The file unpacks to too much; please split it"), field="file")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            if len(book.infolist()) > MOST_ENTRIES or sum(i.file_size for i in book.infolist()) > MOST_INFLATED:
                raise too_big
            left = MOST_INFLATED
            for member in book.infolist():
                with book.open(member) as stream:
                    while chunk := stream.read(2**20):
                        left -= len(chunk)
                        if left < 0:
                            raise too_big
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


def tables(content: bytes) -> Iterator[Sheet]:
    """The sheets of a file, in order. Raises BusinessError when it cannot be read."""
    if not content.startswith(ZIP):
        text = _text(content)
        comma = "\t" if "\t" in text.split("\n", 1)[0] else ","
        yield Sheet("csv", _guarded(enumerate(csv.reader(io.StringIO(text), delimiter=comma), 1)), text.count("\n"))
        return
    import openpyxl  # 7 MB, for those who bring a file

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    except Exception:
        raise _unreadable() from None
    for sheet in book.worksheets:
        lines = sheet.max_row or 0
        sheet.reset_dimensions()
        cells = sheet.iter_rows()
        yield Sheet(
            sheet.title, _guarded((n, [_value(c) for c in row[:MOST_COLUMNS]]) for n, row in enumerate(cells, 1)), lines
        )
    book.close()


def _guarded(lines: Iterator[tuple[int, list[Any]]]) -> Iterator[tuple[int, list[Any]]]:
    try:
        yield from lines
    except Exception:
        raise _unreadable() from None


def _value(cell: Any) -> Any:
    value = cell.value
    if value is not None and cell.data_type == "f":
        return Formula(str(getattr(value, "text", value)))
    if isinstance(value, str) and "_x" in value:
        from openpyxl.utils.escape import unescape

        return unescape(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return f"{float(format(value * 100, '.10g')):.10g}%"
    return value


def text_of(value: Any) -> str:
    """A cell as a person would have typed it into a form; numbers without a useless .0, dates as 2026-11-23."""
    if value is None:
        return ""
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
