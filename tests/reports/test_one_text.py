"""A cell is one value with one look: the page, the workbook and the text file say the same of it.

Failed on the old export: csv said 0.4099 under 毛利率（%）, and a workbook showed 30 % as `30.%`.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from app.actor import acting_as
from app.database import db
from app.reports import REPORTS
from app.screens import ReportScreen, Screen
from tests.reports.conftest import Dealer
from tests.reports.test_every_report import ways

MOST = 60


def as_shown(cell: Any) -> str:
    """What a spreadsheet program writes into the cell, for the formats that we use."""
    value, pattern = cell.value, cell.number_format
    if value is None:
        return ""
    if cell.is_date:
        return f"{value:%Y-%m-%d %H:%M}" if "hh" in pattern else f"{value:%Y-%m-%d}"
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    places = len(pattern.partition(".")[2].rstrip("%"))
    scaled = value * 100 if pattern.endswith("%") else value
    return f"{scaled:,.{places}f}" if pattern.startswith("#,") else f"{scaled:.{places}f}"


def bare(text: str) -> str:
    """Without what only a page or only a file has: the sign behind a percentage, commas, the mark of a safe text."""
    return " ".join(text.replace(",", "").removesuffix("%").removeprefix("'").split())


def compared(screen: Any, args: MultiDict[str, str], shown: Any) -> int:
    """Every cell of the first rows in its three looks; gives how many numbers there were."""
    source = screen.exporting(args)
    columns, rows = source.found.columns, list(source.found.stream())[:MOST]
    lines = list(source.lines())[:MOST]
    _name, book, _count = source.write("xlsx", lines)
    with book:
        sheet = openpyxl.load_workbook(book).worksheets[0]
    _name, file, _count = source.write("csv", lines)
    with file:
        file.seek(0)
        text = list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))
    for line, row in enumerate(rows):
        for place, column in enumerate(columns):
            page = bare(Markup(shown(row, column)).striptags())
            in_book, in_text = bare(as_shown(sheet.cell(line + 3, place + 1))), bare(text[line + 1][place])
            assert page == in_text == in_book, (column.name, line, page, in_text, in_book)
    return sum(c.is_numeric for c in columns) * len(rows)


@pytest.mark.parametrize("name", list(REPORTS))
def test_every_figure_of_a_report_looks_the_same_everywhere(dealer: Dealer, name: str) -> None:
    screen = next(v for v in dealer.app.appbuilder.baseviews if isinstance(v, ReportScreen) and v.report.name == name)
    for args in ways(dealer, name):
        with dealer.app.test_request_context("/"), acting_as(dealer["gm"]):
            sheet = screen.read(MultiDict(args), "export")
            compared(screen, MultiDict(args), lambda row, column, sheet=sheet: screen.shown(row, column, sheet))
            db.session.remove()


def test_every_cell_of_a_list_looks_the_same_everywhere(dealer: Dealer) -> None:
    seen = 0
    for screen in [v for v in dealer.app.appbuilder.baseviews if isinstance(v, Screen)]:
        with dealer.app.test_request_context("/"), acting_as(dealer["gm"]):
            if dealer["gm"].may("export", screen.class_permission_name):
                seen += compared(screen, MultiDict(), screen.shown)
            db.session.remove()
    assert seen > 100


def test_a_margin_is_40_99_percent_in_the_text_file(dealer: Dealer) -> None:
    page = dealer.browser("gm").get("/partmarginview/list/").get_data(as_text=True)
    text = dealer.browser("gm").get("/partmarginview/export?format=csv", buffered=True).get_data().decode("utf-8-sig")
    head, *lines = list(csv.reader(io.StringIO(text)))
    place = next(n for n, word in enumerate(head) if "%" in word)
    margins = [line[place] for line in lines if line[place]]
    assert margins and all(f"{margin} %" in page for margin in margins)
