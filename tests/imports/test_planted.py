"""What people bring: every odd thing is read as a person sees it, or named with its cell; nothing is guessed.

Each of these failed on the reader before: it read hidden sheets, gave merged cells their default, lost zeros, kept
6.22E+18, took 0.13 as 0.13 %, guessed half a date, and hung on a row that no sheet has.
"""

from __future__ import annotations

import io
import time
from datetime import date, datetime
from typing import Any

import pytest

from app import models as m
from app.database import db
from app.enums import JobState
from app.errors import BusinessError
from app.screens import sheets
from tests.imports import planted
from tests.imports.customers import HEADS as PEOPLE
from tests.imports.customers import row
from tests.imports.kit import book, checked, count, flashes, hand_in, imported, opened, stores, words, work
from tests.imports.planted import RIGHT, rows
from tests.imports.test_opening import HEADS as OPENING
from tests.kit import D, World


@pytest.fixture
def dealer(site: World) -> World:
    stores(site)
    return site


def part(site: World, number: str = "LX-1") -> m.Part:
    with site.app.app_context():
        found = site.row(m.Part, part_number=number)
        assert found is not None
        db.session.expunge_all()
        db.session.remove()
        return found


def test_a_hidden_sheet_is_not_read_and_the_one_that_is_gets_named(dealer: World) -> None:
    one = checked(dealer, "buyer", planted.hidden_first())
    assert one.state is JobState.CHECKED, one.message
    assert one.message.startswith("表“新价”：") and "未读取的表：“旧价”" in one.message
    assert imported(dealer, "buyer", planted.hidden_first()).state is JobState.DONE and part(dealer).name == "机油滤芯"
    assert count(dealer, m.Part) == 1


def test_other_sheets_with_headings_are_mentioned(dealer: World) -> None:
    assert "表“一部”" in (told := checked(dealer, "buyer", planted.two_sheets()).message) and "“二部”" in told


def test_a_file_whose_only_table_is_hidden_is_refused(dealer: World) -> None:
    answer = hand_in(dealer.browser("buyer"), planted.only_hidden())
    assert flashes(answer) == ["工作表“旧价”是隐藏的，请取消隐藏再上传"]


def test_merged_cells_mean_every_row_that_they_stand_beside(dealer: World) -> None:
    assert imported(dealer, "buyer", planted.merged_down()).state is JobState.DONE
    assert [part(dealer, f"LX-{n}").min_stock for n in (1, 2, 3)] == [D("7.000")] * 3


def test_cells_merged_sideways_are_named(dealer: World) -> None:
    one = checked(dealer, "buyer", planted.merged_sideways())
    assert one.faults == [
        "第 3 行“最低库存”：与 D3 合并了，请拆分单元格",
        "第 3 行“配件名称”：请填写配件名称",
        "第 3 行“税率”：与 D3 合并了，请拆分单元格",
    ]


@pytest.mark.parametrize(
    ("place", "cell", "sentence"),
    [
        (0, 6222020200001234567, "第 2 行“配件号”：表格只保留数字的前 15 位，请把这一列改成文本再重新填写"),
        (0, "6.22202E+18", "第 2 行“配件号”：表格只保留数字的前 15 位，请把这一列改成文本再重新填写"),
        (0, (12, '"LX-"0'), "第 2 行“配件号”：表格显示的不只是数字 12，请把这一列改成文本再重新填写"),
        (0, (datetime(2026, 1, 2), "m-d"), "第 2 行“配件号”：表格把它变成了日期，请把这一列改成文本再重新填写"),
        (4, 0.13, "第 2 行“税率”：“0.13”请写成 13% 或 0.13%，以免弄错"),
        (4, "0.13", "第 2 行“税率”：“0.13”请写成 13% 或 0.13%，以免弄错"),
        (3, (0.3, "0.00%"), "第 2 行“零售价”：“30%”是百分数，请填写数字本身"),
        (3, "30%", "第 2 行“零售价”：“30%”不是数字，请重新填写"),
        (3, "12,34", "第 2 行“零售价”：“12,34”：逗号只能用作千分位，例如 1,234,567.89，请重新填写"),
        (3, "1,2345.00", "第 2 行“零售价”：“1,2345.00”：逗号只能用作千分位，例如 1,234,567.89，请重新填写"),
        (3, "1 23", "第 2 行“零售价”：“1 23”：逗号只能用作千分位，例如 1,234,567.89，请重新填写"),
    ],
)  # fmt: skip
def test_what_the_sheet_shows_otherwise_than_it_holds_is_named(
    dealer: World, place: int, cell: Any, sentence: str
) -> None:
    one = checked(dealer, "buyer", rows([*RIGHT[:place], cell, *RIGHT[place + 1 :]]))
    assert one.faults == [sentence] and count(dealer, m.Part) == 0


@pytest.mark.parametrize(
    ("place", "cell", "name", "kept"),
    [
        (0, (12, "000000"), "part_number", "000012"),
        (0, (13812345678, "0_ "), "part_number", "13812345678"),
        (3, (1234.5, "#,##0.00"), "retail_price", D("1234.50")),
        (3, "1,234.50", "retail_price", D("1234.50")),
        (3, "￥1，234.50元", "retail_price", D("1234.50")),
        (4, (0.13, "0%"), "tax_rate", D("0.13")),
        (4, 13, "tax_rate", D("0.13")),
        (4, "0.5%", "tax_rate", D("0.005")),
    ],
)
def test_what_is_clear_is_read_as_shown(dealer: World, place: int, cell: Any, name: str, kept: Any) -> None:
    done = imported(dealer, "buyer", rows([*RIGHT[:place], cell, *RIGHT[place + 1 :]]))
    assert done.state is JobState.DONE
    with dealer.app.app_context():
        assert getattr(dealer.rows(m.Part)[0], name) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2026年1月5日", date(2026, 1, 5)),
        ("2026-01-05 08:29", date(2026, 1, 5)),
        ("2026/1/5", date(2026, 1, 5)),
        ((datetime(2026, 1, 5, 8, 29), "yyyy-mm-dd hh:mm"), date(2026, 1, 5)),
        ((datetime(2026, 1, 5), 'yyyy"年"m"月"d"日"'), date(2026, 1, 5)),
        ("2026115", None),
        ("202615", None),
        (2026115, None),
        (46027, None),
    ],
)
def test_dates_as_people_write_them_and_no_half_ones(site: World, typed: Any, kept: date | None) -> None:
    imported(site, "sysadmin", book(["品牌", "型号", "机种"], [["恒拓", "HT485", "挖掘机"]]), screen="MachineModelView")
    imported(site, "clerk", book(PEOPLE, [row(1)]), screen="CustomerView")
    heads = ["出厂编号", "机型", "当前客户", "交机日期"]
    one = checked(
        site, "clerk", rows(["HT485-1", "HT485", "导入客户1有限公司", typed], heads=heads), screen="MachineUnitView"
    )
    assert (one.state is JobState.CHECKED) is (kept is not None), one.faults
    if kept is None:
        assert len(one.faults) == 1 and "不是正确的日期" in one.faults[0]


def test_all_that_is_wrong_is_said_at_once(dealer: World) -> None:
    """Six things of six kinds in one file, two of them in one row: the old import needed three rounds for them."""
    lines = [
        row(1, mobile="1380", identity="91340000000000000X"),
        row(2, salesperson="不存在", mobile="12"),
        row(4, name=None),
        row(5),
        row(5),
        row(7),
    ]
    one = checked(dealer, "clerk", book(PEOPLE, lines), screen="CustomerView")
    named = {tuple(fault.split("：")[0].split("“")[::1]) for fault in one.faults}
    assert named == {
        ("第 2 行", "联系电话”"), ("第 2 行", "信用代码或身份证号”"), ("第 3 行", "业务员”"), ("第 3 行", "联系电话”"),
        ("第 4 行", "客户名称”"), ("第 6 行", "信用代码或身份证号”"),
    }  # fmt: skip
    sheet = opened(dealer.browser("clerk").get(f"/jobview/result/{one.id}", buffered=True)).worksheets[0]
    assert sheet.cell(1, len(PEOPLE) + 1).value == "错误说明"
    assert sheet.cell(2, len(PEOPLE) + 1).value.count("；") == 1


def test_a_missing_column_does_not_hide_what_is_wrong_beside_it(dealer: World) -> None:
    one = checked(dealer, "buyer", book(["配件号", "配件名称", "零售价"], [["A", "甲", "x"], ["B", None, 2]]))
    assert "文件缺少这些列：配件分类" in one.message and one.fault_count == 2, (one.message, one.faults)


def test_the_right_rows_come_in_and_the_others_come_back(dealer: World) -> None:
    lines = [RIGHT, ["LX-2", "二", "没有的", 1], ["LX-3", "三", "滤芯", "x"], ["LX-4", "四", "滤芯", 4]]
    done = imported(dealer, "buyer", rows(*lines), right_ones="1")
    assert done.state is JobState.DONE and count(dealer, m.Part) == 2, done.message
    assert "2 行有错" in done.message
    sheet = opened(dealer.browser("buyer").get(f"/jobview/result/{done.id}", buffered=True)).worksheets[0]
    back = [[cell.value for cell in line] for line in sheet]
    assert (
        [line[0] for line in back] == ["配件号", "LX-2", "LX-3"]
        and back[0][-1] == "错误说明"
        and all(line[-1] for line in back[1:])
    )
    mended = rows(*[["LX-2", "二", "滤芯", 1], ["LX-3", "三", "滤芯", 3]])
    assert imported(dealer, "buyer", mended).state is JobState.DONE and count(dealer, m.Part) == 4


def test_a_book_of_openings_names_bad_cells_and_what_does_not_fit_together(dealer: World) -> None:
    imported(dealer, "buyer", rows(RIGHT))
    lines = [["LX-1", "PJ1", "x", 1, None, "A-9"], ["LX-1", "PJ2", 0, 1], ["没有", "PJ1", 1, None, None]]
    one = checked(dealer, "finance", book(OPENING, lines), screen="StockBalanceView")
    assert one.fault_count == 5, one.faults


def test_nothing_is_said_to_be_done_that_only_begins(dealer: World) -> None:
    one = checked(dealer, "buyer", rows(RIGHT))
    browser = dealer.browser("buyer")
    answer = browser.post(f"/jobview/action/confirm/{one.id}", follow_redirects=True)
    assert "操作成功" not in words(answer) and "已开始" in words(answer)
    work(dealer)


def test_every_template_is_named_after_its_list(dealer: World) -> None:
    names = {}
    for screen, who in (("PartView", "buyer"), ("CustomerView", "clerk"), ("ContactView", "clerk")):
        head = dealer.browser(who).get(f"/import/{screen}/import/template").headers["Content-Disposition"]
        names[screen] = head
    assert len(set(names.values())) == 3
    assert "%E9%85%8D%E4%BB%B6" in names["PartView"]  # 配件


BOUNDS = {
    "a row beyond all sheets": (lambda: planted.far_row(8_000_000), "没有这么多行列"),
    "a cell of 30 MB": (lambda: planted.long_cell(10_000_000), "超过 32,767 个字"),
    "entities in the sheet": (lambda: planted.with_doctype(planted.SHEET), "读不出来"),
    "entities in the texts": (lambda: planted.with_doctype("xl/sharedStrings.xml"), "读不出来"),
    "entities in the book": (lambda: planted.with_doctype("xl/workbook.xml"), "读不出来"),
    "a cell of csv": (lambda: f"配件号,配件名称\nA,{'长' * 40_000}".encode(), "超过 32,767 个字"),
}


@pytest.mark.parametrize("what", BOUNDS)
def test_a_file_that_claims_too_much_ends_in_a_sentence_at_once(what: str, dealer: World) -> None:
    make, words_ = BOUNDS[what]
    content, began = make(), time.monotonic()
    with dealer.app.test_request_context(), pytest.raises(BusinessError) as fault:
        sheets.refuse_odd(content)
        for sheet in sheets.tables(content):
            list(sheet.below(0))
    assert words_ in str(fault.value) and time.monotonic() - began < 20


def test_the_reader_agrees_with_the_library_on_every_cell_of_a_plain_table() -> None:
    """What openpyxl reads of a table of texts, numbers, dates and truths, we read."""
    import openpyxl

    lines: list[list[Any]] = [
        ["名", "数", "日", "真"],
        ["一\n二", 12.5, (datetime(2026, 2, 28), "yyyy-mm-dd"), True],
        ["_x0041_", -3, (datetime(1999, 12, 31, 23, 59), "yyyy-mm-dd hh:mm"), False],
        ["", 0.1, None, None],
    ]
    content = rows(*lines[1:], heads=lines[0])
    theirs = [[c.value for c in line] for line in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]]
    ours = [cells for _line, cells in sheets.tables(content)[0].below(0)]
    padded = [[*cells, *[None] * (4 - len(cells))] for cells in ours]
    plain = [[datetime(*v.timetuple()[:5]) if isinstance(v, date) else v for v in line] for line in padded]
    assert [[None if v == "" else v for v in line] for line in plain] == theirs
