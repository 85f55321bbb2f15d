"""The chain in a real browser: 张敏 drafts and submits, manager and finance approve, the clerk collects, the machine
leaves, a coupon pays parts. Every figure is read from the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from app import clock
from app.actor import SYSTEM, acting_as
from app.enums import ReceivableKind
from app.models import Customer, MachineContract, Part, PartCategory, Receivable
from app.roles import ROLES
from app.unit_of_work import create
from tests.browser.conftest import DESKTOP, LAPTOP, PHONE
from tests.kit import D, World

pytestmark = pytest.mark.browser


@pytest.fixture
def ready(site: World) -> World:
    """张敏 has a customer and a contact; one machine stands in the yard."""
    with site.app.app_context(), acting_as(SYSTEM):
        site.contact(name="王建国", mobile="13900000001")
        site.papers(site.company(name="安徽恒达土石方有限公司", mobile="13900000001"))
        site.unit("HT215-0007")
    return site


def test_the_chain_from_draft_to_coupon(ready: World, desk: Any) -> None:
    zhang = desk("sales1").go("/machinecontractview/add")
    zhang.pick("customer", "恒达")
    zhang.pick("contact", "王建国")
    zhang.page.select_option("#pay_mode", "INSTALMENT")
    zhang.pick("lines-0-model", "HT215")
    zhang.pick("lines-0-unit", "HT215-0007")
    zhang.fill(**{"lines-0-unit_price": "1,050,000"})
    for index, (kind, amount) in enumerate((("GPS", "3000"), ("INSURANCE", "12000"))):
        zhang.page.click("[data-lines=fees] [data-add]")
        zhang.page.select_option(f"#fees-{index}-kind", kind)
        zhang.fill(**{f"fees-{index}-amount": amount})
    zhang.page.click("[data-lines=gifts] [data-add]")
    zhang.pick("gifts-0-coupon_type", "配件代金券")
    zhang.fill(**{"gifts-0-face_amount": "5000", "gifts-0-valid_days": "365"})
    zhang.fill(
        deposit_amount="20000", down_share="30", retention_share="5", periods="12", annual_rate="6", repay_day="31"
    )
    zhang.page.fill("#signed_on", str(clock.today()))
    zhang.page.fill("#first_due_on", str(clock.today() + timedelta(days=56)))
    zhang.page.locator("#repay_day").blur()
    for name, figure in (
        ("total", "1,065,000.00"),
        ("down", "315,000.00"),
        ("retention", "52,500.00"),
        ("financed", "682,500.00"),
        ("monthly", "58,740.34"),
    ):
        expect(zhang.page.locator(f"#sum-{name}")).to_have_text(figure)
    zhang.press("button[value=submit]")
    number = zhang.page.inner_text(".detail dd >> nth=0")
    path = zhang.page.url.removeprefix(zhang.address)
    assert number.startswith("ZJHT-") and "待审核" in zhang.text

    for who in ("sales_manager", "finance"):
        boss = desk(who).go("/")
        assert boss.page.locator(".todos .some").count() >= 1
        boss.go(path).press("a[href*='/ask/approve/']")
        boss.press(".save button.primary")
    assert "已审核" in boss.text and "1,087,384.08" in boss.text

    clerk = desk("clerk").go(path)
    clerk.press("a[href*='/ask/dispatch/']")
    clerk.page.check("#is_checked")
    clerk.page.click(".save button.primary")
    clerk.page.wait_for_selector(".flash.danger")
    assert "330,000.00" in clerk.text and clerk.page.input_value("#receiver") == "王建国"

    with ready.app.app_context(), acting_as(SYSTEM):
        contract = ready.row(MachineContract, number=number)
        before = [
            (r.number, r.outstanding_amount)
            for r in ready.rows(Receivable, contract_id=contract.id)
            if r.is_before_dispatch
        ]
    assert sum(amount for _, amount in before) == D(330_000)
    collect(clerk, before, "330000")
    cashier = desk("finance").go("/receiptview/list/?tab=todo")
    cashier.page.click("td.key a")
    cashier.press("form[action*='/action/confirm/'] button")
    assert "已确认" in cashier.text

    clerk.go(path).press("a[href*='/ask/dispatch/']")
    clerk.page.check("#is_checked")
    clerk.press(".save button.primary")
    assert "已发车" in clerk.text and "757,384.08" in clerk.text

    with ready.app.app_context(), acting_as(SYSTEM):
        customer = ready.row(Customer, name="安徽恒达土石方有限公司")
        debt = create(
            Receivable,
            {"customer": customer, "kind": ReceivableKind.PART, "amount": D(1200), "due_on": customer.first_deal_on},
        )
        debt_number = debt.number
    clerk.go("/receiptview/add")
    clerk.pick("customer", "恒达")
    clerk.page.select_option("#funds-0-kind", "COUPON")
    clerk.pick("funds-0-coupon", "")
    clerk.fill(**{"funds-0-amount": "1200"})
    clerk.page.click("[data-lines=allocations] [data-add]")
    clerk.pick("allocations-0-receivable", debt_number)
    clerk.fill(**{"allocations-0-amount": "1200"})
    clerk.press(".save button.primary")
    receipt = clerk.page.url.removeprefix(clerk.address)
    cashier.go(receipt).press("form[action*='/action/confirm/'] button")
    assert "已确认" in cashier.text
    cashier.go("/couponview/list/")
    assert "3,800.00" in cashier.text


def collect(clerk: Any, debts: list[tuple[str, Any]], total: str) -> None:
    """The clerk types a receipt: one bank transfer over several debts."""
    clerk.go("/receiptview/add")
    clerk.pick("customer", "恒达")
    clerk.pick("funds-0-account", "工行")
    clerk.fill(**{"funds-0-amount": total, "funds-0-serial": "ICBC0001"})
    for index, (number, amount) in enumerate(debts):
        clerk.page.click("[data-lines=allocations] [data-add]")
        clerk.pick(f"allocations-{index}-receivable", number)
        clerk.fill(**{f"allocations-{index}-amount": str(amount)})
    clerk.page.locator("[data-lines=allocations] input.num").last.blur()
    expect(clerk.page.locator("#sum-unallocated")).to_have_text("0.00")
    clerk.press(".save button.primary")


@pytest.mark.parametrize("size", [DESKTOP, LAPTOP, PHONE], ids=["1440", "1366", "390"])
def test_every_screen_fits_and_stays_inside(ready: World, desk: Any, size: tuple[int, int]) -> None:
    from app.screens import Screen

    person = desk("gm", size)
    mine = {name for name, grant in ROLES["gm"].grants.items() if "list" in grant.verbs}
    screens = [v for v in ready.app.appbuilder.baseviews if isinstance(v, Screen) and v.entity.__name__ in mine]
    assert len(screens) > 60
    for path in ("/", "/me", "/password/", *(f"{v.route_base}/list/" for v in screens)):
        person.go(path)
    for path in ("/machinecontractview/add", "/customerview/add", "/contactview/add"):
        desk("clerk", size).go(path) if path == "/machinecontractview/add" else person.page


def test_a_salesman_tags_his_customer_with_the_thumb(ready: World, desk: Any) -> None:
    phone = desk("sales1", PHONE).go("/phone/tags/")
    phone.page.click(".thumbs a")
    chip = phone.page.locator(".chip").first
    box = chip.bounding_box()
    assert box is not None and box["height"] >= 40
    name = chip.inner_text()
    phone.press(".chip >> nth=0")
    assert phone.page.locator(".chip.on").inner_text() == name
    phone.go("/phone/tags/")
    assert name in phone.text


def test_the_typed_form_survives_a_mistake(ready: World, desk: Any) -> None:
    zhang = desk("sales1").go("/customerview/add")
    zhang.fill(name="合肥测试有限公司", mobile="139", credit_code="123")
    zhang.page.click(".save button.primary")
    zhang.page.wait_for_selector(".error")
    assert zhang.page.input_value("#name") == "合肥测试有限公司"
    assert zhang.page.locator("[aria-invalid=true]").count() >= 1


def test_the_menu_opens_on_a_phone(ready: World, desk: Any) -> None:
    phone = desk("clerk", PHONE).go("/")
    phone.page.click("#burger")
    phone.page.wait_for_selector(".side.open")
    phone.page.click(".chapter-head >> nth=0")
    phone.press(".chapter.open a >> nth=0")
    assert "customerview" in phone.page.url


def test_a_block_from_excel_fills_the_lines(ready: World, desk: Any) -> None:
    """Codes are looked up, figures go into their columns, rows are added as needed, the sum follows."""
    with ready.app.app_context(), acting_as(SYSTEM):
        category = create(PartCategory, {"code": "01", "name": "滤芯"})
        for number, name in (("LX-1", "液压滤芯"), ("LX-2", "机油滤芯")):
            create(Part, {"part_number": number, "name": name, "category": category})
    clerk = desk("clerk").go("/partquotationview/add")
    clerk.page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData("text", "LX-1\\t7\\t180\\r\\nLX-2\\t1\\t60\\r\\n");
            const field = document.getElementById("lines-0-part");
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(clerk.page.locator("#sum-total")).to_have_text("1,320.00")
    assert "机油滤芯" in clerk.page.inner_text("#lines-1-part")
    clerk.page.locator("#lines-1-unit_price").press("Enter")
    expect(clerk.page.locator("[data-lines=lines] tbody tr")).to_have_count(3)
