"""Files with one thing wrong or odd in each: made here, so that nobody has to believe a file that lies about."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import xlsxwriter

HEADS = ["配件号", "配件名称", "配件分类", "零售价（元）", "税率（%）", "最低库存", "默认货位"]
RIGHT = ["LX-1", "机油滤芯", "滤芯", 12.5, "13%", 3]


def table(fill: Callable[[Any, Any], None], *, name: str = "配件") -> bytes:
    """An .xlsx whose sheets are written by `fill(book, first sheet)`."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"strings_to_urls": False})
    fill(book, book.add_worksheet(name))
    book.close()
    return file.getvalue()


def rows(*lines: list[Any], heads: list[str] = HEADS) -> bytes:
    """Headings and lines; a cell (value, format) is shown in that format."""

    def fill(book: Any, sheet: Any) -> None:
        write(book, sheet, [heads, *lines])

    return table(fill)


def write(book: Any, sheet: Any, lines: list[list[Any]]) -> None:
    for line, cells in enumerate(lines):
        for place, cell in enumerate(cells):
            value, form = cell if isinstance(cell, tuple) else (cell, None)
            if value is not None:
                sheet.write(line, place, value, book.add_format({"num_format": form}) if form else None)


def rewritten(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The file with one of its parts changed by hand, as no program would write it."""
    old, file = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text.decode()).encode() if name == part else text)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def far_row(line: int) -> bytes:
    """1.7 KB that claim a row which no sheet has."""
    return rewritten(rows(RIGHT), SHEET, lambda text: re.sub(r'<row r="2"(.*?)</row>', _far(line), text, flags=re.S))


def _far(line: int) -> Callable[[Any], str]:
    return lambda found: f'<row r="{line}"{found[1]}</row>'.replace('2" s', f'{line}" s').replace('2" t', f'{line}" t')


def long_cell(size: int) -> bytes:
    """One cell as large as a film."""
    return rewritten(rows(RIGHT), "xl/sharedStrings.xml", lambda text: text.replace("LX-1", "长" * size))


def with_doctype(part: str) -> bytes:
    """Entities that make a lot of a little."""
    laugh = '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return rewritten(rows(RIGHT), part, lambda text: text.replace("?>", "?>" + laugh, 1).replace("LX-1", "&b;"))


def hidden_first() -> bytes:
    """The first sheet is hidden and old, the second is the one that a person sees."""

    def fill(book: Any, sheet: Any) -> None:
        write(book, sheet, [HEADS, ["OLD-1", "旧", "滤芯", 1]])
        seen = book.add_worksheet("新价")
        write(book, seen, [HEADS, RIGHT])
        seen.activate()
        sheet.hide()

    return table(fill, name="旧价")


def two_sheets() -> bytes:
    def fill(book: Any, sheet: Any) -> None:
        write(book, sheet, [HEADS, RIGHT])
        write(book, book.add_worksheet("二部"), [HEADS, ["LX-2", "空滤", "滤芯", 2]])

    return table(fill, name="一部")


def only_hidden() -> bytes:
    def fill(book: Any, sheet: Any) -> None:
        write(book, sheet, [HEADS, RIGHT])
        book.add_worksheet("说明").activate()
        sheet.hide()

    return table(fill, name="旧价")


def merged_down() -> bytes:
    """分类 and 最低库存 merged over three rows, as a person saves himself typing."""

    def fill(book: Any, sheet: Any) -> None:
        write(book, sheet, [HEADS, *([f"LX-{n}", f"滤芯{n}", None, n] for n in (1, 2, 3))])
        sheet.merge_range("C2:C4", "滤芯")
        sheet.merge_range("F2:F4", "")
        sheet.write_number("F2", 7)

    return table(fill)


def merged_sideways() -> bytes:
    def fill(book: Any, sheet: Any) -> None:
        write(book, sheet, [HEADS, RIGHT, ["LX-2", None, "滤芯", 1]])
        sheet.merge_range("D3:F3", "")
        sheet.write_number("D3", 5)

    return table(fill)
