"""Parts and prices from Excel: every bad cell is named, all rows or none, and nobody gets further than his role."""

from __future__ import annotations

import pytest

from app import models as m
from app.enums import JobState
from tests.kit import D, World, on_both

from .kit import (
    PARTS,
    book,
    checked,
    count,
    flashes,
    hand_in,
    imported,
    job,
    number_of,
    opened,
    part_row,
    parts_file,
    stores,
    words,
    work,
)


@pytest.fixture
def dealer(site: World) -> World:
    stores(site)
    return site


@on_both
def test_three_thousand_parts_come_in_as_one(dealer: World) -> None:
    done = imported(dealer, "buyer", parts_file(3000))
    assert done.state is JobState.DONE and "3,000" in done.message and done.done == done.total
    assert count(dealer, m.Part) == 3000
    with dealer.app.app_context():
        one = dealer.row(m.Part, part_number="DR-000007")
        assert (one.part_key, one.retail_price, one.tax_rate, one.initials) == (
            "DR000007",
            D("19.50"),
            D("0.13"),
            "drlx7",
        )
        assert one.created_by_id == dealer["buyer"].employee_id and one.version == 1
        told = [line for line in dealer.rows(m.AuditLog) if line.entity == "Part"]
        assert len(told) == 3000 and {line.by_id for line in told} == {dealer["buyer"].employee_id}
        assert told[0].changes["part_number"] == [None, "DR-000001"]


def test_37_planted_faults_name_exactly_37_cells(dealer: World) -> None:
    rows, planted = [part_row(n) for n in range(1, 201)], set()

    def plant(row: int, place: int, value: object) -> None:
        rows[row][place] = value
        planted.add((row + 2, PARTS[place].split("（")[0]))

    for n in range(8):
        plant(n * 2, 3, ["12x", "abc", "-5", "1.234", "1e99", "NaN", "12 34,5.6.7", "十二"][n])
    for n in range(7):
        plant(30 + n * 2, 2, ["没有的分类", "滤心", "LX9", "123", "？", "滤芯2", "油"][n])
    for n in range(7):
        plant(60 + n * 2, 4, ["原装", "x", "OEM!", "1", "真的", "假", "？"][n])
    for n in range(5):
        plant(90 + n * 2, 1, "")
    for n in range(3):
        plant(110 + n, 0, ["", "---", "长" * 41][n])
    plant(120, 0, "dr 000003")  # the same as in row 4, however it is typed
    plant(121, 0, "ＤＲ—000005")
    plant(130, 3, "=1+1")
    plant(131, 1, "=A2")
    plant(140, 1, "长" * 121)
    plant(141, 1, "坏\x0b字")
    plant(142, 3, "#N/A")
    assert len(planted) == 37
    one = checked(dealer, "buyer", book(PARTS, rows))
    assert one.state is JobState.FAILED and not one.is_retryable and one.fault_count == 37, one.faults
    named = {(int(f.split(" 行")[0].removeprefix("第 ")), f.split("“")[1].split("”")[0]) for f in one.faults}
    assert named == planted
    assert "第 2 行“零售价”：“12x”不是数字，请重新填写" in one.faults
    assert count(dealer, m.Part) == 0
    sheet = opened(dealer.browser("buyer").get(f"/jobview/result/{one.id}", buffered=True)).worksheets[0]
    red = {(c.row, c.column) for row in sheet for c in row if c.fill.fgColor.rgb == "FFFECDCA"}
    assert {(line, PARTS[place - 1].split("（")[0]) for line, place in red} == planted


def test_what_is_there_already_is_refused_skipped_or_changed(dealer: World) -> None:
    imported(dealer, "clerk", parts_file(5))
    more = book(["配件号", "配件名称", "配件分类", "零售价", "启用"],
                [["dr000002", "新名字", "LX", 99, "否"], ["DR-000009", "第九", "滤芯", "1,000.50", None]])  # fmt: skip
    refused = checked(dealer, "clerk", more)
    assert refused.faults == ["第 2 行“配件号”：“导入滤芯2 DR-000002”已经存在"]
    skipped = imported(dealer, "clerk", more, mode="skip")
    assert skipped.message == "导入完成：共 2 行：新增 1，更新 0，跳过 1"
    changed = imported(dealer, "clerk", more, mode="update")
    assert changed.message == "导入完成：共 2 行：新增 0，更新 2，跳过 0"
    with dealer.app.app_context():
        two, nine = dealer.row(m.Part, part_key="DR000002"), dealer.row(m.Part, part_key="DR000009")
        assert (two.part_number, two.name, two.retail_price, two.is_enabled) == ("DR-000002", "新名字", D(99), False)
        assert nine.is_enabled and nine.retail_price == D("1000.50")
        last = [line for line in dealer.rows(m.AuditLog) if line.entity == "Part" and line.row_id == two.id][-1]
        assert last.changes["retail_price"] == ["14.50", "99.00"] and last.by_name == "孙丽"


def test_prices_change_by_part_number_and_nothing_else(dealer: World) -> None:
    imported(dealer, "buyer", parts_file(3))
    heads = ["配件号", "零售价（元）", "批发价（元）", "内部价（元）", "配件名称"]
    wrong = checked(
        dealer, "gm", book(heads, [["DR-000001", 20, 18, 15, "x"], ["没有", 1, 1, 1, "x"]]), verb="import_prices"
    )
    assert wrong.faults == ["第 3 行“配件号”：“没有”不存在，或不在您的范围内"]
    done = imported(dealer, "gm", book(heads, [["DR-000001", 20, "", 15, "x"]]), verb="import_prices")
    assert done.state is JobState.DONE
    with dealer.app.app_context():
        one = dealer.row(m.Part, part_key="DR000001")
        assert (one.retail_price, one.wholesale_price, one.inner_price) == (D(20), D(0), D(15))
        assert one.name == "导入滤芯1"


def test_template_can_be_filled_in_and_comes_back_in(dealer: World) -> None:
    sheet = opened(dealer.browser("buyer").get("/import/PartView/import/template"))
    page = sheet.worksheets[0]
    heads = [cell.value for cell in page[1]]
    assert heads[:4] == ["配件号*", "配件名称*", "英文名称", "配件分类*"] and "零售价（元）" in heads
    assert page["A2"].value == "（示例）LX-1001" and len(page.data_validations.dataValidation) == 4
    assert sheet.sheetnames == ["配件", "填写说明", "可选值"]
    done = imported(
        dealer,
        "buyer",
        book(
            heads,
            [
                [c.value for c in page[2]],
                ["A1", "甲", None, "滤芯"] + [None] * (heads.index("税率（%）") - 4) + ["13%"],
            ],
        ),
    )
    assert done.message == "导入完成：共 1 行：新增 1，更新 0，跳过 0"


def test_csv_of_both_encodings_is_read(dealer: World) -> None:
    text = "配件号,配件名称,配件分类\r\nC-1,滤芯一,滤芯\r\n"
    for n, encoding in enumerate(("utf-8-sig", "gb18030"), 1):
        done = imported(dealer, "buyer", text.replace("C-1", f"C-{n}").encode(encoding), name="配件.csv")
        assert done.state is JobState.DONE


def test_who_may_not_import_meets_a_closed_door(dealer: World) -> None:
    for who in ("sales1", "keeper", "tech1", "finance", "gm"):
        answer = dealer.browser(who).get("/import/PartView/import")
        assert answer.status_code == 403, who
        sent = dealer.browser(who).post("/import/PartView/import", {"mode": "skip"})
        assert sent.status_code == 403, who
        assert dealer.browser(who).get("/import/PartView/import/template").status_code == 403
    assert dealer.browser("clerk").get("/import/PartView/import_prices").status_code == 403
    assert dealer.browser("buyer").get("/import/StockBalanceView/import").status_code == 403
    assert dealer.browser("buyer").get("/import/PartView/nothing").status_code == 404
    assert dealer.browser("buyer").get("/import/SupplierView/import").status_code == 404
    assert dealer.browser(None).get("/import/PartView/import").status_code == 302


def test_another_persons_job_is_not_there(dealer: World) -> None:
    one = checked(dealer, "buyer", book(PARTS, [part_row(1, price="x")]))
    two = checked(dealer, "buyer", parts_file(2))
    for who in ("clerk", "gm", "sales1"):
        browser = dealer.browser(who)
        assert browser.get(f"/jobview/show/{one.id}").status_code == 404
        assert browser.get(f"/jobview/result/{one.id}").status_code == 404
        assert browser.post(f"/jobview/action/confirm/{two.id}").status_code == 404
        assert browser.post(f"/jobview/action/cancel/{two.id}").status_code == 404
        assert "配件.xlsx" not in words(browser.get("/jobview/list/"))
    admin = dealer.browser("sysadmin")
    assert admin.get(f"/jobview/show/{one.id}").status_code == 200
    assert admin.get(f"/jobview/result/{one.id}").status_code == 404, "the file is the buyer's"
    admin.post(f"/jobview/action/confirm/{two.id}")
    assert job(dealer, two.id).state is JobState.CHECKED, "nobody else says yes"
    admin.post(f"/jobview/action/cancel/{two.id}")
    assert job(dealer, two.id).state is JobState.CANCELLED


def test_a_job_has_the_roles_of_the_moment_it_runs(dealer: World) -> None:
    waiting = checked(dealer, "buyer", parts_file(2))
    failed = checked(dealer, "buyer", book(PARTS, [part_row(1, price="x")]))
    browser = dealer.browser("buyer")
    browser.post(f"/jobview/action/confirm/{waiting.id}")
    with dealer.app.app_context():
        from app.database import db

        db.session.execute(db.text("DELETE FROM ab_user_role WHERE user_id = :u"), {"u": dealer["buyer"].user_id})
        db.session.commit()
    work(dealer)
    assert job(dealer, waiting.id).state is JobState.CANCELLED and count(dealer, m.Part) == 0
    assert browser.get(f"/jobview/result/{failed.id}").status_code == 403


def test_two_presses_hand_in_one_file_and_write_it_once(dealer: World) -> None:
    browser, content = dealer.browser("buyer"), parts_file(3)
    key = browser.form("/import/PartView/import")["request_key"]
    numbers = {number_of(hand_in(browser, content, request_key=key)) for _ in range(2)}
    assert len(numbers) == 1
    work(dealer)
    for _ in range(2):
        browser.post(f"/jobview/action/confirm/{min(numbers)}")
    work(dealer)
    browser.post(f"/jobview/action/confirm/{min(numbers)}")
    work(dealer)
    assert count(dealer, m.Part) == 3 and job(dealer, min(numbers)).state is JobState.DONE


def test_what_changed_after_the_check_is_found_before_anything_is_written(dealer: World) -> None:
    first, second = checked(dealer, "buyer", parts_file(3)), checked(dealer, "clerk", parts_file(3, start=3))
    dealer.browser("buyer").post(f"/jobview/action/confirm/{first.id}")
    dealer.browser("clerk").post(f"/jobview/action/confirm/{second.id}")
    work(dealer)
    done, late = job(dealer, first.id), job(dealer, second.id)
    assert done.state is JobState.DONE and late.state is JobState.FAILED and not late.is_retryable
    assert "核对之后数据有了变化" in late.message and "第 2 行“配件号”" in late.message
    assert count(dealer, m.Part) == 3


@pytest.mark.parametrize(
    ("heads", "sentence"),
    [
        (["名称", "价格"], "没有找到含“配件号”的表头，请使用模板"),
        (["配件号", "零售价", "零售价（元）"], "文件中“零售价”一列出现了两次"),
    ],
)
def test_headings_that_do_not_fit_are_one_sentence(dealer: World, heads: list[str], sentence: str) -> None:
    answer = hand_in(dealer.browser("buyer"), book(heads, [["1"] * len(heads)]))
    assert answer.status_code == 422 and flashes(answer) == [sentence]


def test_a_column_that_is_not_there_is_named_once(dealer: World) -> None:
    one = checked(dealer, "buyer", book(["配件号", "配件名称"], [["A", "甲"], ["B", "乙"]]))
    assert one.state is JobState.FAILED and one.message == "文件缺少这些列：配件分类" and not one.is_retryable
