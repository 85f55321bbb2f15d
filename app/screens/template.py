"""Workbooks for imports: the template made from the dictionary, and an uploaded file with its bad cells marked."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from flask_babel import gettext

from .columns import Column
from .export import clean
from .importing import EXAMPLE, MOST_ROWS, Plan
from .sheetparts import Formula
from .sheets import text_of

EXAMPLES = {
    "money": "1280.00",
    "quantity": "10",
    "rate": "0.05",
    "percent": "13%",
    "whole": "30",
    "day": "2026-11-23",
    "moment": "2026-11-23 14:30",
}
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
LISTED_ROWS = 5000


def template(plan: Plan) -> bytes:
    """Headings with units, required ones marked, lists to choose from, a row that is not imported, a page of notes."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, **OPTIONS})
    sheet = book.add_worksheet(str(plan.entity.title)[:31])
    notes, lists = book.add_worksheet(gettext("Notes")), book.add_worksheet(gettext("Choices"))
    need = book.add_format(
        {"bold": True, "bg_color": "#FFE8CC", "font_color": "#B42318", "border": 1, "border_color": "#D0D5DD"}
    )
    free = book.add_format({"bold": True, "bg_color": "#EEF2F7", "border": 1, "border_color": "#D0D5DD"})
    grey = book.add_format({"italic": True, "font_color": "#98A2B3", "num_format": "@"})
    text = book.add_format({"num_format": "@"})
    for place, column in enumerate(plan.columns):
        needed = plan.is_needed(column)
        sheet.set_column(place, place, 14 if column.is_numeric else 20, text)
        sheet.write_string(0, place, clean(column.heading) + ("*" if needed else ""), need if needed else free)
        choices = plan.cells[column.name].choices()
        example = example_of(plan, column, choices)
        sheet.write_string(1, place, (str(EXAMPLE) if column.name == plan.key else "") + example, grey)
        if choices:
            lists.write_column(0, place, [clean(word) for word in choices])
            source = f"='{lists.name}'!{_place(0, place)}:{_place(len(choices) - 1, place)}"
            sheet.data_validation(
                2, place, LISTED_ROWS, place, {"validate": "list", "source": source, "error_type": "warning"}
            )
    sheet.freeze_panes(1, 0)
    _notes(book, notes, plan)
    lists.hide()
    book.close()
    return file.getvalue()


def _place(line: int, column: int) -> str:
    return str(xlsxwriter.utility.xl_rowcol_to_cell(line, column, row_abs=True, col_abs=True))


def example_of(plan: Plan, column: Column, choices: list[str]) -> str:
    """What may stand in a cell."""
    if column.name in plan.spec.examples:
        return plan.spec.examples[column.name]
    return clean(choices[0]) if choices else EXAMPLES.get(column.kind, str(column.label))


def _notes(book: Any, sheet: Any, plan: Plan) -> None:
    head, wrap = (
        book.add_format({"bold": True, "bg_color": "#EEF2F7"}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    lines = [
        gettext("Fill in the first sheet; headings may be moved or left out, but not renamed."),
        gettext("Rows that begin with “%(example)s” are not imported.", example=str(EXAMPLE)),
        gettext(
            "At most %(most)s rows at a time. When rows are wrong, nothing is written, unless you ask for the right ones.",
            most=f"{MOST_ROWS:,}",
        ),
        gettext("When a row is there already and is to be changed, an empty cell leaves the old value as it is."),
        *([str(plan.spec.help)] if plan.spec.help else []),
    ]
    for line, words in enumerate(lines):
        sheet.write_string(line, 0, words)
    start = len(lines) + 1
    for place, word in enumerate(
        (gettext("Column"), gettext("Required"), gettext("What to enter"), gettext("Example"))
    ):
        sheet.write_string(start, place, word, head)
    for line, column in enumerate(plan.columns, start + 1):
        choices = plan.cells[column.name].choices()
        words = [str(column.help)] if column.help else []
        words.append(gettext("one of: %(words)s", words="、".join(choices[:20])) if choices else _what(column))
        cells = (
            column.heading,
            gettext("Yes") if plan.is_needed(column) else "",
            "；".join(words),
            example_of(plan, column, choices),
        )
        for place, word in enumerate(cells):
            sheet.write_string(line, place, clean(word), wrap)
    for place, width in enumerate((20, 8, 70, 24)):
        sheet.set_column(place, place, width)


def _what(column: Column) -> str:
    if column.kind in ("money", "quantity", "rate", "percent"):
        return gettext(
            "a number of at most %(places)s decimals",
            places=column.type.places - (2 if column.kind == "percent" else 0),
        )
    if column.kind == "whole":
        return gettext("a whole number")
    if column.kind == "day":
        return gettext("a date like 2026-11-23")
    if column.kind == "key":
        return gettext("code, number or name of a record that is there")
    length = getattr(column.type, "length", None)
    return gettext("text, at most %(n)s characters", n=length) if length else gettext("text")


def marked(plan: Plan, content: bytes, faults: list[tuple[int, str, str]], *, only_wrong: bool = False) -> bytes:
    """The uploaded table again: bad cells red, the sentences in a last column that an upload does not read.

    only_wrong: without the rows that are right, one below the other, to be mended and brought again.
    """
    by_line: dict[int, list[tuple[str, str]]] = {}
    for line, name, words in faults:
        by_line.setdefault(line, []).append((name, words))
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, **OPTIONS})
    out = book.add_worksheet(str(plan.entity.title)[:31])
    head, red = (
        book.add_format({"bold": True, "bg_color": "#EEF2F7"}),
        book.add_format({"bg_color": "#FECDCA", "font_color": "#B42318", "quote_prefix": True}),
    )
    plain = book.add_format({"num_format": "@"})
    sheet, first, places = plan.find_table(content)
    columns = sorted((c for c in plan.columns if c.name in places), key=lambda c: places[c.name])
    for place, column in enumerate(columns):
        out.set_column(place, place, 18)
        out.write_string(first - 1, place, clean(column.heading), head)
    out.set_column(len(columns), len(columns), 80)
    out.write_string(first - 1, len(columns), gettext("What has to be corrected"), head)
    at = first - 1
    for line, cells in sheet.below(first):
        wrong = dict(by_line.get(line, ()))
        if not wrong and (only_wrong or not any(map(text_of, cells))):
            continue
        at = at + 1 if only_wrong else line - 1
        for place, column in enumerate(columns):
            cell = cells[places[column.name]] if places[column.name] < len(cells) else None
            words = clean(cell.text if isinstance(cell, Formula) else text_of(cell))
            if words or column.name in wrong:
                out.write_string(at, place, words, red if column.name in wrong else plain)
        if wrong:
            told = "；".join(f"{plan.heading_of(name)}：{words}" for name, words in by_line[line])
            out.write_string(at, len(columns), clean(told))
    book.close()
    return file.getvalue()
