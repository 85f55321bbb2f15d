"""销售方式: who owes, where the cost goes, whether coupons count, who approves — each of the seven kinds by its figures.

Ten filters of 100.00 each lie on the shelf; three leave: 300.00 of cost every time.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app import models as m
from app.enums import ExpenseKind, InboundKind, Industry, InspectionResult, SettleWay, UnitCondition
from app.errors import CouponUnusable, MissingData, NotAllowed, NotYours, WrongAmount
from app.unit_of_work import change, create, fire
from tests.books import check_books
from tests.kit import D, World, on_both
from tests.parts import agreed, new_part, open_stores, opening, said, shelf


class Shop:
    """Ten filters at 180 / 150 / 120, and a customer who is a channel partner."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.main, _branch = open_stores(world)
        self.part = new_part(world)
        prices = {"retail_price": D(180), "wholesale_price": D(150), "inner_price": D(120)}
        change(self.part, prices, by=world["buyer"])
        opening(world, self.part, self.main, "10", "1000.00")
        self.partner = world.company(is_channel=True, industry=Industry.REPAIR, credit_limit=D(100_000))

    def draft(self, kind: str, price: str = "180", writer: str = "sales1", **more: Any) -> m.PartSale:
        type_ = self.world.row(m.SaleType, code=kind)
        values: dict[str, Any] = {"sale_type": type_, "warehouse": self.main, "settle_way": SettleWay.CREDIT} | more
        if type_.needs_quotation:
            values["quotation"] = agreed(self.world, self.partner, (self.part, "3", price), seller=writer)
        else:
            values["lines"] = [{"part": self.part, "quantity": D(3), "unit_price": D(price)}]
        return create(m.PartSale, values, by=self.world[writer])

    def gone(self, sale: m.PartSale, approver: str) -> m.PartSale:
        """Submitted by its writer, approved, shipped by the keeper."""
        writer = next(a for a in self.world.people.values() if a.employee_id == sale.created_by_id)
        fire(sale, "submit", by=writer)
        fire(sale, "approve", by=self.world[approver])
        paper = self.world.row(m.PartOutbound, sale_id=sale.id)
        fire(paper, "ship", by=self.world["keeper"], lines=said(paper.lines, "3"))
        assert shelf(self.world, self.part, self.main) == (D(7), D(0), D("700.00"))
        check_books()
        return self.world.row(m.PartSale, id=sale.id)

    def owed(self, sale: m.PartSale) -> Decimal:
        return sum((d.amount for d in self.world.rows(m.Receivable, sale_id=sale.id)), D(0))


@pytest.mark.parametrize("kind", ["walk_in", "overhaul"])
def test_the_counter_and_the_workshop_owe_the_price_and_the_cost_is_of_the_sale(world: World, kind: str) -> None:
    shop = Shop(world)
    sale = shop.gone(shop.draft(kind), "sales_manager")
    assert (shop.owed(sale), sale.cost_amount, world.rows(m.Expense)) == (D("540.00"), D("300.00"), [])


def test_wholesale_is_for_partners_without_coupons_and_below_its_price_for_the_managers(world: World) -> None:
    shop = Shop(world)
    stranger = world.company(number=2)
    with pytest.raises(WrongAmount, match="渠道"):
        quotation = agreed(world, stranger, (shop.part, "1", "150"))
        kind = world.row(m.SaleType, code="wholesale")
        create(m.PartSale, {"quotation": quotation, "sale_type": kind, "warehouse": shop.main}, by=world["sales1"])
    cheap = shop.draft("wholesale", "110")  # under the inner price of 120: the general manager alone
    fire(cheap, "submit", by=world["sales1"])
    with pytest.raises(NotAllowed, match="总经理"):
        fire(cheap, "approve", by=world["sales_manager"])
    fire(cheap, "reject", by=world["gm"], opinion="太低")
    sale = shop.gone(shop.draft("wholesale", "150"), "sales_manager")
    assert (shop.owed(sale), sale.cost_amount) == (D("450.00"), D("300.00"))


def test_a_fair_names_its_event(world: World) -> None:
    shop = Shop(world)
    with pytest.raises(MissingData) as missing:
        shop.draft("expo")
    assert missing.value.field == "detail"
    sale = shop.gone(shop.draft("expo", detail="合肥秋季部品展"), "sales_manager")
    assert shop.owed(sale) == D("540.00")


def test_own_use_is_the_department_s_expense_and_nobody_owes(world: World) -> None:
    shop = Shop(world)
    department = world.row(m.Department, code="FWB")
    with pytest.raises(MissingData) as missing:
        shop.draft("self_use", writer="clerk")
    assert missing.value.field == "cost_department"
    draft = shop.draft("self_use", writer="clerk", cost_department=department, detail="服务车保养")
    sale = shop.gone(draft, "gm")
    spent = world.row(m.Expense)
    assert (shop.owed(sale), spent.amount, spent.kind, spent.department_id) == (
        D(0), D("300.00"), ExpenseKind.SELF_USE, department.id,
    )  # fmt: skip


def test_a_gift_has_a_reason_takes_no_coupon_and_is_marketing(world: World) -> None:
    shop = Shop(world)
    with pytest.raises(MissingData) as missing:
        shop.draft("gift", customer=shop.partner)
    assert missing.value.field == "detail"
    sale = shop.gone(shop.draft("gift", customer=shop.partner, detail="老客户答谢"), "sales_manager")
    assert (shop.owed(sale), sale.goods_amount, world.row(m.Expense).kind) == (D(0), D(0), ExpenseKind.GIFT)
    assert world.row(m.Expense).amount == D("300.00")


@on_both
def test_parts_for_a_used_machine_are_its_cost_and_the_service_manager_s_word(world: World) -> None:
    """The clerk writes it; the sales manager may not decide, the service manager sees it and does."""
    shop = Shop(world)
    paper = create(
        m.MachineInbound,
        {"kind": InboundKind.OPENING, "supplier": world.row(m.Supplier, name="恒拓重工股份有限公司"),
         "model": world.row(m.MachineModel, model="HT215"), "serial_number": "OLD-1", "condition": UnitCondition.USED,
         "warehouse": world.row(m.Warehouse, code="ZJ1"), "gross_amount": D(226_000)},
        by=world["buyer"],
    )  # fmt: skip
    fire(paper, "receive", by=world["keeper"], inspection=InspectionResult.PASS)
    unit = world.row(m.MachineUnit, serial_number="OLD-1")
    with pytest.raises(MissingData) as missing:
        shop.draft("used_refurb", writer="clerk")
    assert missing.value.field == "refurb_unit"
    draft = shop.draft("used_refurb", writer="clerk", refurb_unit=unit)
    fire(draft, "submit", by=world["clerk"])
    with pytest.raises((NotAllowed, NotYours)):
        fire(draft, "approve", by=world["sales_manager"])
    fire(draft, "approve", by=world["service_manager"])
    out = world.row(m.PartOutbound, sale_id=draft.id)
    fire(out, "ship", by=world["keeper"], lines=said(out.lines, "3"))
    after = world.row(m.MachineUnit, id=unit.id)
    assert (after.cost_amount, after.extra_cost_amount) == (D("200000.00"), D("300.00"))
    assert (shop.owed(draft), world.rows(m.Expense)) == (D(0), [])
    check_books()


def test_kinds_without_coupons_refuse_them(world: World) -> None:
    shop = Shop(world)
    type_ = world.rows(m.CouponType)[0]
    paper = create(
        m.CouponIssue,
        {"customer": shop.partner, "type": type_, "face_amount": D(100), "reason": "活动"},
        by=world["sales1"],
    )
    fire(paper, "submit", by=world["sales1"])
    fire(paper, "approve", by=world["sales_manager"])
    coupon = world.row(m.Coupon, issue_id=paper.id)
    with pytest.raises(CouponUnusable) as refused:
        shop.draft("wholesale", "150", coupons=[{"coupon": coupon, "amount": D(50)}])
    assert refused.value.field == "coupons"
