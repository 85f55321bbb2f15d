"""核销 in a real browser: the clerk redeems a coupon at her desk and on her phone, and reads what came of it.

Before there was a button on the coupon, neither page existed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app import models as m
from app.enums import ReceiptState
from tests.browser.conftest import PHONE
from tests.kit import D, World
from tests.stories import coupon_of, part_debt


@pytest.fixture
def coupon(site: World) -> str:
    """800.00 of a customer who owes 300.00 and 1,000.00 for parts."""
    with site.app.app_context():
        customer = site.company()
        made = coupon_of(site, customer, "800")
        part_debt(site, customer, "300")
        part_debt(site, customer, "1000")
        return made.number


def receipts(site: World) -> list[tuple[Any, Any]]:
    with site.app.app_context():
        of_coupons = {fund.receipt_id for fund in site.rows(m.ReceiptFund) if fund.coupon_id}
        return [(r.state, r.total_amount) for r in site.rows(m.Receipt) if r.id in of_coupons]


def test_at_the_desk(site: World, desk: Callable[..., Any], coupon: str) -> None:
    sun = desk("clerk").go("/")
    sun.page.fill("input[name=q]", f"TM:K:{coupon}")
    sun.page.keyboard.press("Enter")
    sun.page.wait_for_url("**/couponview/show/*")
    sun.page.click("text=核销")
    fields = sun.page.locator("table.counted input.num")
    assert [fields.nth(i).input_value() for i in range(2)] == ["300.00", "500.00"]
    assert "最多可抵" in sun.page.inner_text("table.counted") and "等财务确认" in sun.page.inner_text("main")
    fields.nth(0).fill("300.01")
    sun.press(".save button.primary")
    assert "300.00" in sun.page.inner_text("p.error") and fields.nth(0).input_value() == "300.01"
    fields.nth(0).fill("300")
    fields.nth(1).fill("")
    sun.press(".save button.primary")
    words = sun.page.inner_text("main")
    assert "已登记核销 300.00 元" in words and "待财务确认" in words
    assert receipts(site) == [(ReceiptState.DRAFT, D("300.00"))]
    wu = desk("finance").go("/receiptview/list/?tab=todo")
    wu.page.click("table.grid td.key a")
    wu.press("form[action*='/action/confirm/'] button")
    sun.page.reload()
    assert "余额原样退回" in sun.page.inner_text("main")
    sun.check()


def test_on_the_phone(site: World, desk: Callable[..., Any], coupon: str) -> None:
    wu = desk("finance", PHONE).go("/phone/coupon/")
    wu.page.fill("#scan", coupon.lower())
    wu.page.click(".go")
    wu.page.wait_for_url(f"**/phone/coupon/{coupon}")
    fields = wu.page.locator("form.redeem input.num")
    assert [fields.nth(i).input_value() for i in range(2)] == ["300.00", "500.00"]
    fields.nth(1).fill("100")
    wu.press(".save button.primary")
    words = wu.page.inner_text("main")
    assert "已核销 400.00 元" in wu.page.inner_text("body") and "已确认" in wu.page.inner_text("body")
    assert "400.00" in words and "由财务红冲" in words
    assert receipts(site) == [(ReceiptState.CONFIRMED, D("400.00"))]
    wu.check()
