"""The acceptance story again, steps 1–9 and 16–19, through real forms: pages are opened, filled and sent as a browser does."""

from __future__ import annotations

import datetime as dt
from html import unescape

from app import models as m
from app.database import db
from app.demo.build import credit_code
from app.enums import (
    ContractState,
    CouponState,
    LinkSource,
    PayState,
    RetentionState,
    UnitState,
    VisitState,
)
from tests.books import check_books
from tests.desk import Desk
from tests.kit import D, World, on_both
from tests.scenarios.a1_end import the_year_ends_on_screen


def march(day: int) -> dt.date:
    return dt.date(2025, 3, day)


@on_both
def test_the_story_through_forms(site: World) -> None:
    desk = Desk(site)
    model = desk.value(m.MachineModel, "id", model="HT215")
    with desk.on(march(5)):
        desk.send("buyer", "/machineinboundview/add", {
            "kind": "PURCHASE", "supplier": desk.value(m.Supplier, "id", name="恒拓重工股份有限公司"), "model": model,
            "serial_number": "ht215-0007", "warehouse": desk.value(m.Warehouse, "id", code="ZJ1"), "gross_amount": "904,000.00",
        })  # fmt: skip
        desk.send("keeper", "/machineinboundview/ask/receive/1", {"inspection": "PASS"})
        unit = desk.value(m.MachineUnit, "id", serial_number="HT215-0007")
        assert desk.value(m.MachineUnit, "cost_amount", id=unit) == D("800000.00")
        desk.send("sales1", "/contactview/add", {"name": "王建国", "mobile": "139 0000 0001"})
        desk.send("sales1", "/customerview/add", {
            "name": "安徽恒达土石方有限公司", "kind": "COMPANY", "credit_code": credit_code(7).lower(), "mobile": "13900000001",
        })  # fmt: skip
        customer, contact = (
            desk.value(m.Customer, "id", name="安徽恒达土石方有限公司"),
            desk.value(m.Contact, "id", name="王建国"),
        )
        with site.app.app_context():
            site.papers(site.row(m.Customer, id=customer))
            db.session.remove()
        # 1
        draft = {
            "customer": customer, "contact": contact, "pay_mode": "INSTALMENT", "deposit_amount": "20000", "down_share": "30",
            "retention_share": "5", "periods": "12", "annual_rate": "6", "first_due_on": "2025-04-30", "repay_day": "31",
            "lines-0-model": model, "lines-0-unit": unit, "lines-0-unit_price": "￥1,050,000.00", "lines-0-tax_rate": "13",
            "fees-0-kind": "GPS", "fees-0-nature": "REVENUE", "fees-0-amount": "3000", "fees-0-due_rule": "BEFORE_DISPATCH",
            "fees-1-kind": "INSURANCE", "fees-1-nature": "AGENCY", "fees-1-amount": "12000", "fees-1-due_rule": "BEFORE_DISPATCH",
            "gifts-0-kind": "COUPON", "gifts-0-coupon_type": desk.value(m.CouponType, "id", name="配件代金券"), "gifts-0-face_amount": "5000", "gifts-0-valid_days": "365",
        }  # fmt: skip
        figures = desk.browsers["sales1"].post("/machinecontractview/compute", draft).get_json()
        assert figures["words"] == "壹佰零陆万伍仟元整"
        assert (figures["total"], figures["down"], figures["retention"], figures["financed"], figures["monthly"]) == (
            "1,065,000.00", "315,000.00", "52,500.00", "682,500.00", "58,740.34",
        )  # fmt: skip
        # the same unit in a colleague's draft, before it is held
        desk.send("sales2", "/contactview/add", {"name": "别人", "mobile": "13900000002"})
        desk.send(
            "sales2",
            "/customerview/add",
            {"name": "别家有限公司", "kind": "COMPANY", "credit_code": credit_code(8), "mobile": "13900000002"},
        )
        desk.send("sales2", "/machinecontractview/add", {
            "customer": desk.value(m.Customer, "id", name="别家有限公司"), "contact": desk.value(m.Contact, "id", name="别人"),
            "lines-0-model": model, "lines-0-unit": unit, "lines-0-unit_price": "1050000", "lines-0-tax_rate": "13",
        })  # fmt: skip
        # 2: saved and submitted with one button
        desk.send("sales1", "/machinecontractview/add", {**draft, "then": "submit"})
        contract = desk.value(m.MachineContract, "id", customer_id=customer)
        assert desk.value(m.MachineUnit, "state", id=unit) is UnitState.RESERVED
        rival = desk.value(
            m.MachineContract, "id", number=desk.value(m.MachineContract, "number", state=ContractState.DRAFT)
        )
        held, number = (
            desk.page("sales1", f"/machineunitview/show/{unit}"),
            desk.value(m.MachineContract, "number", id=contract),
        )
        assert "已预订" in held and number in held
        refusal = desk.press_on_page("sales2", "machinecontractview", "submit", rival)
        assert f"整机 HT215-0007 已被合同 {number}（业务员 张敏）预订" in refusal
        assert desk.value(m.MachineContract, "state", id=rival) is ContractState.DRAFT
    with desk.on(march(6)):
        # 3, 4: 张敏 has no such button and no such right
        assert f"/ask/approve/{contract}" not in desk.page("sales1", f"/machinecontractview/show/{contract}")
        assert desk.browsers["sales1"].post(f"/machinecontractview/ask/approve/{contract}", {}).status_code == 403
        desk.send("sales_manager", f"/machinecontractview/ask/approve/{contract}", {"opinion": "同意"})
        desk.send("finance", f"/machinecontractview/ask/approve/{contract}", {})
        owed = desk.debts(contract)
        assert len(owed) == 17 and sum(amount for _, amount in owed.values()) == D("1087384.08")
        page = desk.page("clerk", f"/machinecontractview/show/{contract}")
        for figure in ("1,087,384.08", "58,740.34", "52,500.00", "295,000.00"):
            assert figure in page
        debts = desk.export("finance", m.Receivable, "amount", "settled_amount", "due_on")
        assert len(debts) == 17 and sum(D(amount) for amount, _, _ in debts) == D("1087384.08")
        assert {settled for _, settled, _ in debts} == {"0.00"}
        assert sorted(due for amount, _, due in debts if amount == "58740.34") == [
            "2025-04-30", "2025-05-31", "2025-06-30", "2025-07-31", "2025-08-31", "2025-09-30", "2025-10-31", "2025-11-30",
            "2025-12-31", "2026-01-31", "2026-02-28", "2026-03-31",
        ]  # fmt: skip
        assert [due for amount, _, due in debts if amount == "52500.00"] == [""]
        plan = desk.table(
            "finance", f"/instalmentplanview/show/{desk.value(m.InstalmentPlan, 'id', contract_id=contract)}"
        )
        for row in (
            "1 2025-04-30 55,327.84 3,412.50 58,740.34",
            "2 2025-05-31 55,604.48 3,135.86 58,740.34",
            "12 2026-03-31 58,448.10 292.24 58,740.34",
        ):
            assert row in plan
        assert desk.export("finance", m.InstalmentPlan, "principal_amount", "interest_amount") == [
            ("682500.00", "22384.08")
        ]
        assert desk.value(m.CustomerContact, "source", customer_id=customer) is LinkSource.CONTRACT
        assert "王建国" in desk.page("sales1", f"/customerview/show/{customer}")
        assert desk.value(m.Coupon, "state", customer_id=customer) is CouponState.PENDING
        assert desk.export("finance", m.Coupon, "state", "balance", "valid_to") == [("待激活", "5000.00", "")]
        # 5
        desk.receipt(customer, [(owed["DEPOSIT"][0], "20000")], "A1")
    with desk.on(march(10)):
        desk.receipt(
            customer,
            [(owed["DOWN"][0], "295000"), (owed["FEE.GPS"][0], "3000"), (owed["FEE.INSURANCE"][0], "2000")],
            "A2",
        )
        # 6
        going = {"receiver": "王建国", "is_checked": "y", "driver": "罗师傅"}
        page = desk.send("clerk", f"/machinecontractview/ask/dispatch/{contract}", going, code=422)
        assert "还差 10,000.00 元：发车前应收 330,000.00 元，已收 320,000.00 元" in unescape(page)
        assert 'value="罗师傅"' in page and 'value="王建国"' in page
        assert desk.count(m.MachineDispatch) == 0
        assert desk.value(m.MachineUnit, "state", id=unit) is UnitState.RESERVED
    with desk.on(march(11)):
        # 7
        desk.receipt(customer, [(owed["FEE.INSURANCE"][0], "10000")], "A3")
        assert desk.value(m.MachineContract, "outstanding_amount", id=contract) == D("757384.08")
        assert ("330000.00", "757384.08") in desk.export(
            "clerk", m.MachineContract, "received_amount", "outstanding_amount"
        )
        assert "757,384.08" in desk.page("sales1", f"/machinecontractview/show/{contract}")
    with desk.on(march(12)):
        # 8: the same form sent twice
        path = f"/machinecontractview/ask/dispatch/{contract}"
        form = {**desk.browsers["clerk"].form(path), **going}
        for _ in range(2):
            assert desk.browsers["clerk"].client.post(path, data=form).status_code == 302
        assert desk.count(m.MachineDispatch) == 1
        assert desk.value(m.MachineDispatch, "margin_amount", contract_id=contract) == D("129203.54")
        assert desk.export("finance", m.MachineDispatch, "revenue_amount", "cost_amount", "margin_amount") == [
            ("929203.54", "800000.00", "129203.54")
        ]
        assert desk.export("finance", m.MachineUnit, "state", "owner_customer", "delivered_on", "warranty_ends_on") == [
            ("已售", "安徽恒达土石方有限公司", "2025-03-12", "2026-03-12")
        ]
        assert desk.export("finance", m.Coupon, "state", "balance", "valid_from", "valid_to") == [
            ("有效", "5000.00", "2025-03-12", "2026-03-12")
        ]
        assert desk.export("finance", m.Retention, "amount", "matures_on", "due_on") == [
            ("52500.00", "2026-03-12", "2026-03-13")
        ]
        assert "2025-03-15" in desk.page("clerk", "/visittaskview/list/")
        assert "129,203.54" in desk.page("finance", "/machinedispatchview/list/")
        assert "129,203.54" not in desk.page("clerk", "/machinedispatchview/list/")
        assert desk.value(m.MachineContract, "state", id=contract) is ContractState.DISPATCHED
        assert desk.value(m.Coupon, "valid_to", customer_id=customer) == dt.date(2026, 3, 12)
        assert desk.value(m.Retention, "state", contract_id=contract) is RetentionState.RUNNING
        assert desk.value(m.Retention, "due_on", contract_id=contract) == dt.date(2026, 3, 13)
        assert desk.value(m.VisitTask, "planned_on", customer_id=customer) == dt.date(2025, 3, 15)
        assert desk.value(m.VisitTask, "state", customer_id=customer) is VisitState.PENDING
    with desk.on(dt.date(2025, 4, 30)):
        # 9
        desk.receipt(customer, [(owed["INSTALMENT.1"][0], "58740.34")], "A4")
        assert desk.value(m.MachineContract, "outstanding_amount", id=contract) == D("698643.74")
        assert desk.value(m.MachineContract, "pay_state", id=contract) is PayState.PARTIAL
        assert ("388740.34", "698643.74", "部分收款") in desk.export(
            "finance", m.MachineContract, "received_amount", "outstanding_amount", "pay_state"
        )
        # 20,000 + 300,000 + 10,000 + 58,740.34 on the bank account, each with its serial
        assert sorted(desk.export("finance", m.CashEntry, "serial", "amount")) == [
            ("A1", "20000.00"), ("A2", "300000.00"), ("A3", "10000.00"), ("A4", "58740.34"),
        ]  # fmt: skip
        # 核销: finance types an opening parts debt, the coupon pays it
        desk.send(
            "finance",
            "/receivableview/add",
            {"customer": customer, "kind": "PART", "amount": "1,200.00", "due_on": "2025-05-31"},
        )
        debt = desk.value(m.Receivable, "id", customer_id=customer, amount=D(1200))
        coupon = desk.value(m.Coupon, "id", customer_id=customer)
        desk.send("clerk", "/receiptview/add", {
            "customer": customer, "funds-0-kind": "COUPON", "funds-0-account": "", "funds-0-coupon": coupon, "funds-0-amount": "1200",
            "allocations-0-receivable": debt, "allocations-0-amount": "1200",
        })  # fmt: skip
        desk.press_on_page("finance", "receiptview", "confirm", desk.count(m.Receipt))
        assert desk.value(m.Coupon, "balance", id=coupon) == D("3800.00")
        assert desk.export("finance", m.Coupon, "state", "face_amount", "balance") == [("有效", "5000.00", "3800.00")]
        assert ("1200.00", "1200.00", "0.00") in desk.export(
            "finance", m.Receivable, "amount", "settled_amount", "outstanding_amount"
        )
        assert "3,800.00" in desk.page("clerk", f"/couponview/show/{coupon}")
        assert len(desk.export("finance", m.CashEntry, "amount")) == 4  # a coupon is no money
    the_year_ends_on_screen(desk, customer, contract, unit)  # 16–19
    with site.app.app_context():
        check_books()
