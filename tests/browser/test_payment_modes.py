"""A finance lease in a real browser: the form shows what the mode needs, finance nets what the lessor keeps back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from app import clock
from app.actor import SYSTEM, acting_as
from tests.browser.conftest import PHONE
from tests.kit import World

pytestmark = pytest.mark.browser


@pytest.fixture
def ready(site: World) -> World:
    with site.app.app_context(), acting_as(SYSTEM):
        site.contact(name="王建国", mobile="13900000001")
        site.papers(site.company(name="安徽恒达土石方有限公司", mobile="13900000001"))
        site.unit("HT75-0001", "HT75", "350000")
    return site


def shows(page: Any, *names: str, hidden: tuple[str, ...] = ()) -> None:
    for name in names:
        expect(page.locator(f"#{name}")).to_be_visible()
    for name in hidden:
        expect(page.locator(f"#{name}")).to_be_hidden()


def test_the_form_asks_what_the_payment_mode_needs(ready: World, desk: Any) -> None:
    li = desk("sales1", PHONE).go("/machinecontractview/add")
    agreed = li.page.locator("[data-lines=instalments]")
    shows(li.page, "trade_in_amount", hidden=("down_share", "payout_on", "periods", "repay_method"))
    expect(li.page.locator("h2", has_text="融资")).to_be_hidden()
    li.page.select_option("#pay_mode", "MORTGAGE")
    shows(li.page, "down_share", "payout_on", "periods", hidden=("penalty_rate",))
    expect(agreed).to_be_hidden()
    li.page.select_option("#repay_method", "CUSTOM")
    shows(li.page, "repay_method", hidden=("periods", "first_due_on", "annual_rate"))
    expect(agreed).to_be_visible()
    li.page.select_option("#pay_mode", "FULL")  # the method is hidden, and with it what it asks for
    expect(agreed).to_be_hidden()
    li.check()


def test_a_lease_from_the_draft_to_the_netted_payout(ready: World, desk: Any) -> None:
    """400,000.00, 20 % down, 320,000.00 by the lessor, who keeps 26,400.00 of it and sends 293,600.00."""
    zhang = desk("sales1").go("/machinecontractview/add")
    zhang.pick("customer", "恒达")
    zhang.pick("contact", "王建国")
    zhang.page.select_option("#pay_mode", "LEASE")
    zhang.pick("lines-0-model", "HT75")
    zhang.pick("lines-0-unit", "HT75-0001")
    zhang.fill(**{"lines-0-unit_price": "400000"})
    for index, (kind, amount) in enumerate((("FINANCING_DEPOSIT", "20000"), ("FINANCING_FEE", "6400"))):
        zhang.page.click("[data-lines=fees] [data-add]")
        zhang.page.select_option(f"#fees-{index}-kind", kind)
        zhang.fill(**{f"fees-{index}-amount": amount})
    zhang.pick("financier", "恒拓")
    zhang.fill(deposit_amount="10000", down_share="20", periods="24", annual_rate="7.2")
    zhang.page.fill("#signed_on", str(clock.today()))
    zhang.page.fill("#first_due_on", str(clock.today() + timedelta(days=56)))
    zhang.page.locator("#annual_rate").blur()
    for name, figure in (
        ("total", "426,400.00"),
        ("down", "80,000.00"),
        ("financed", "320,000.00"),
        ("rest", "70,000.00"),
    ):
        expect(zhang.page.locator(f"#sum-{name}")).to_have_text(figure)
    zhang.press("button[value=submit]")
    path = zhang.page.url.removeprefix(zhang.address)
    for who in ("sales_manager", "finance"):
        boss = desk(who).go(path)
        boss.press("a[href*='/ask/approve/']")
        boss.press(".save button.primary")
    assert "已审核" in boss.text and "恒拓融资租赁有限公司" in boss.text and "26,400.00" in boss.text

    money = boss.go("/receiptview/add")
    money.pick("customer", "恒达")
    money.pick("payer", "恒拓融资")
    money.pick("funds-0-account", "工行")
    money.fill(**{"funds-0-amount": "293600", "funds-0-serial": "ZL1"})
    money.page.click("[data-lines=funds] [data-add]")
    money.page.select_option("#funds-1-kind", "OFFSET")
    money.pick("funds-1-payable", "")
    money.fill(**{"funds-1-amount": "26400"})
    money.page.click("[data-lines=allocations] [data-add]")
    money.pick("allocations-0-receivable", "")
    money.fill(**{"allocations-0-amount": "320000"})
    money.page.locator("#allocations-0-amount").blur()
    expect(money.page.locator("#sum-unallocated")).to_have_text("0.00")
    money.press(".save button.primary")
    money.press("form[action*='/action/confirm/'] button")
    assert "已确认" in money.text and "抵账" in money.text
    money.go(path)
    assert "106,400.00" in money.text  # what the customer himself still owes
