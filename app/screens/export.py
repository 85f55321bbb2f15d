"""Exports: exactly the rows and columns the person sees, streamed, logged, and dead to formulas.

xlsx: numbers and dates typed, everything else text; csv: UTF-8 with mark, every cell quoted, risky first signs escaped.
How a value looks is said in `formats` alone: a file shows what the page shows (csv without the commas of thousands).
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import IO, Any

import xlsxwriter

from .columns import Column
from .formats import cell, number, plain

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
UNFIT = re.compile(r"[^\w-]")
RISKY = tuple("=+-@\t\r\n|%＝＋－＠")
LONGEST_CELL = 32_000
EXACT_DIGITS = Decimal(10) ** 15


def clean(text: Any) -> str:
    """Text that any spreadsheet program opens: no control characters, not too long."""
    return ESCAPED.sub(r"_x005F_x\1_", CONTROL.sub("", str(text)))[:LONGEST_CELL]


def write_xlsx(columns: list[Column], rows: Iterable[list[Any]], title: str, note: str) -> tuple[IO[bytes], int]:
    """A workbook in a temporary file, written row by row; gives (file, number of rows). Memory does not grow."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the response
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31])
    head = book.add_format({"bold": True, "bg_color": "#EEF2F7", "bottom": 1})
    day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    quoted = book.add_format({"quote_prefix": True})
    numbers = cache(lambda pattern: book.add_format({"num_format": pattern}))
    for index, column in enumerate(columns):
        sheet.set_column(index, index, 14 if column.is_numeric or column.kind == "day" else 20)
    sheet.write_string(0, 0, clean(note))
    for index, column in enumerate(columns):
        sheet.write_string(1, index, clean(column.heading), head)
    sheet.freeze_panes(2, 1)
    count = 0
    try:
        for count, row in enumerate(rows, 1):
            for index, (value, column) in enumerate(zip(row, columns, strict=True)):
                _write(sheet, count + 1, index, value, column, (day, moment, quoted, numbers))
    except BaseException:
        book.close()  # also what it keeps on the disk meanwhile
        file.close()
        raise
    book.close()
    file.seek(0)
    return file, count


def _write(sheet: Any, line: int, index: int, value: Any, column: Column, formats: Any) -> None:
    day, moment, quoted, numbers = formats
    if value is None:
        return
    if isinstance(value, datetime):
        sheet.write_datetime(line, index, value, moment)
    elif isinstance(value, date):
        sheet.write_datetime(line, index, datetime.combine(value, datetime.min.time()), day)
    elif isinstance(value, Decimal | int) and abs(value) < EXACT_DIGITS:
        sheet.write_number(line, index, value, numbers(pattern_of(value, column.kind)))
    else:
        text = clean(value)
        sheet.write_string(line, index, text, quoted if text.lstrip().startswith(RISKY) else None)


def pattern_of(value: Decimal | int, kind: str) -> str:
    """The format that makes a spreadsheet show a number as the page does: no useless zeros, no point without places."""
    text = number(value, kind)
    _whole, _point, places = text.partition(".")
    whole = "#,##0" if kind in ("money", "quantity", "rate") else "0"
    return whole + (f".{'0' * len(places)}" if places else "") + ("%" if kind == "percent" else "")


def write_csv(columns: list[Column], rows: Iterable[list[Any]]) -> Iterator[bytes]:
    """The rows as UTF-8 with byte order mark, a few at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    writer.writerow([clean(column.heading) for column in columns])
    for row in rows:
        writer.writerow([_csv_cell(value, column) for value, column in zip(row, columns, strict=True)])
        if buffer.tell() > 64_000:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _csv_cell(value: Any, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | int):
        return number(value, column.kind).replace(",", "")
    if isinstance(value, date):
        return plain(value, column)
    text = clean(value)
    return "'" + text if text.startswith(RISKY) else text


def cells(row: Any, columns: list[Column], value_of: Any) -> list[Any]:
    """One row as cells."""
    return [cell(value_of(row, column), column) for column in columns]


def file_name(title: str, day: date, suffix: str) -> str:
    """整机合同-20261123.xlsx"""
    return f"{UNFIT.sub('', title)}-{day:%Y%m%d}.{suffix}"
