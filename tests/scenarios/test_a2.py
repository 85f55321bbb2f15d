"""Purchase → 待入库 → moving average → quotation → sale with a coupon twice → return: the acceptance story, to the cent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.database import db
from app.enums import (
    AccountKind,
    CouponScope,
    CouponSource,
    CouponState,
    FundKind,
    InboundReceiptState,
    PayState,
    PurchaseState,
    QuotationState,
    ReturnState,
    ShipState,
    WarehouseKind,
)
from app.errors import CouponUnusable, WrongAmount, WrongState
from app.ledgers import coupon as coupons
from app.ledgers import stock
from app.unit_of_work import create, fire
from tests.kit import D, World, on_both


class Parts:
    """The parts side of the world: a main store, parts, short words for papers."""

    def __init__(self, world: World) -> None:
        self.world = world
        keeper = world["keeper"].employee_id
        self.main = create(m.Warehouse, {"code": "ZK", "name": "总库", "kind": WarehouseKind.MAIN,
                                         "department": world.row(m.Department, code="FWB"), "keepers": [{"employee_id": keeper}]})  # fmt: skip
        from app.screens.security import actor_of

        world.people["keeper"] = actor_of(world["keeper"].user_id or 0, "keeper")
        self.filters = create(m.PartCategory, {"code": "LX", "name": "滤芯"})
        self.supplier = create(m.Supplier, {"name": "滤清器厂", "kind": m.enums.SupplierKind.PART})

    def part(self, number: str, name: str, price: str = "180") -> m.Part:
        return create(m.Part, {"part_number": number, "name": name, "category": self.filters, "retail_price": D(price)})

    def opening(self, part: m.Part, quantity: str, amount: str) -> None:
        """Opening stock as finance would take it over."""
        paper = create(
            m.PurchaseOrder,
            {
                "supplier": self.supplier,
                "warehouse": self.main,
                "lines": [{"part": part, "quantity": D(quantity), "unit_price": D(0)}],
            },
            by=self.world["buyer"],
        )
        stock.move(part, D(quantity), source=stock.place(WarehouseKind.SUPPLIER), target=self.main,
                   movement=m.enums.StockMovement.OPENING, origin=paper, line=1, amount=D(amount))  # fmt: skip
        db.session.commit()

    def ordered(self, *lines: tuple[m.Part, str, str]) -> m.PurchaseOrder:
        w = self.world
        order = create(
            m.PurchaseOrder,
            {"supplier": self.supplier, "warehouse": self.main,
             "lines": [{"part": p, "quantity": D(q), "unit_price": D(price)} for p, q, price in lines]},
            by=w["buyer"],
        )  # fmt: skip
        fire(order, "submit", by=w["buyer"])
        fire(order, "approve", by=w["finance"])
        return order

    def received(self, receipt: m.InboundReceipt, *quantities: str) -> None:
        lines = [{"id": line.id, "quantity": D(q)} for line, q in zip(receipt.lines, quantities, strict=True)]
        fire(receipt, "receive", by=self.world["keeper"], lines=lines)

    def shelf(self, part: m.Part) -> tuple[Any, Any, Any]:
        row = self.world.row(m.StockBalance, part_id=part.id, warehouse_id=self.main.id)
        return row.quantity, row.amount, row.average_cost


@on_both
def test_purchase_sale_coupon_and_return(world: World) -> None:
    p = Parts(world)
    hydraulic, oil = p.part("LX-1001", "液压滤芯"), p.part("LX-1002", "机油滤芯", "60")
    p.opening(hydraulic, "10", "1000.00")
    road = world.person("sales2", name="徐州路达")
    type_ = world.row(m.CouponType, scope=CouponScope.PART)
    issued_by = world.contract(road, world.contact("sales2"), None, "sales2")
    kq = coupons.issue(issued_by, type_, D(800), 365, CouponSource.CAMPAIGN)
    coupons.activate(kq, issued_by, clock.today())
    db.session.commit()
    # 1
    order = p.ordered((hydraulic, "20", "135.60"))
    assert order.gross_amount == D("2712.00")
    rk1 = world.row(m.InboundReceipt, order_id=order.id)
    assert rk1.state is InboundReceiptState.PENDING and rk1.lines[0].planned_quantity == D(20)
    assert p.shelf(hydraulic)[:2] == (D(10), D("1000.00")) and world.rows(m.Payable) == []
    # 2
    with pytest.raises(WrongAmount):
        p.received(rk1, "21")
    p.received(rk1, "12")
    assert p.shelf(hydraulic) == (D(22), D("2440.00"), D("110.9091"))
    assert sum(d.amount for d in world.rows(m.Payable)) == D("1627.20")
    assert world.row(m.PurchaseOrder, id=order.id).state is PurchaseState.PART_RECEIVED
    rk2 = world.row(m.InboundReceipt, order_id=order.id, state=InboundReceiptState.PENDING)
    assert rk2.lines[0].planned_quantity == D(8)
    # 3
    other = create(
        m.PurchaseOrder,
        {"supplier": p.supplier, "warehouse": p.main, "lines": [{"part": oil, "quantity": D(3), "unit_price": D(0), "agreed_amount": D("113.00")}]},
        by=world["buyer"],
    )  # fmt: skip
    fire(other, "submit", by=world["buyer"])
    fire(other, "approve", by=world["gm"])
    p.received(world.row(m.InboundReceipt, order_id=other.id), "3")
    assert p.shelf(oil) == (D(3), D("100.00"), D("33.3333"))
    # 4
    quotation = create(
        m.PartQuotation,
        {"customer": road, "valid_until": dt.date(2025, 4, 30),
         "lines": [{"part": hydraulic, "quantity": D(7), "unit_price": D(180)}, {"part": oil, "quantity": D(1), "unit_price": D(60)}]},
        by=world["sales2"],
    )  # fmt: skip
    fire(quotation, "send", by=world["sales2"])
    fire(quotation, "agree", by=world["sales2"], agreed_by="路达", agreed_proof="微信确认")
    assert world.row(m.PartQuotation, id=quotation.id).total_amount == D("1320.00")
    # 5
    walk_in = world.row(m.SaleType, code="walk_in")
    sale = create(
        m.PartSale,
        {
            "quotation": quotation,
            "sale_type": walk_in,
            "warehouse": p.main,
            "coupons": [{"coupon": kq, "amount": D(500)}],
        },
        by=world["sales2"],
    )
    assert sale.customer_id == road.id and sale.debt_amount == D("820.00")
    fire(sale, "submit", by=world["sales2"])
    fire(sale, "approve", by=world["sales_manager"])
    debt = world.row(m.Receivable, sale_id=sale.id)
    assert debt.amount == D("820.00") and world.row(m.Coupon, id=kq.id).balance == D("300.00")
    paper = world.row(m.PartOutbound, sale_id=sale.id)
    notices = [n for n in world.rows(m.Notification, to_id=world["keeper"].employee_id) if n.entity == "PartOutbound"]
    assert len(notices) == 1 and notices[0].read_at is None
    row = world.row(m.StockBalance, part_id=hydraulic.id, warehouse_id=p.main.id)
    assert (row.quantity, row.reserved) == (D(22), D(7))
    with pytest.raises(WrongState):
        create(m.PartSale, {"quotation": quotation, "sale_type": walk_in, "warehouse": p.main}, by=world["sales2"])
    assert world.row(m.PartQuotation, id=quotation.id).state is QuotationState.USED
    # 6
    greedy = create(
        m.PartQuotation,
        {
            "customer": road,
            "valid_until": dt.date(2025, 4, 30),
            "lines": [{"part": hydraulic, "quantity": D(3), "unit_price": D(180)}],
        },
        by=world["sales2"],
    )
    fire(greedy, "send", by=world["sales2"])
    fire(greedy, "agree", by=world["sales2"], agreed_by="路达", agreed_proof="微信确认")
    second = create(
        m.PartSale,
        {"quotation": greedy, "sale_type": walk_in, "warehouse": p.main, "coupons": [{"coupon": kq, "amount": D(400)}]},
        by=world["sales2"],
    )
    with pytest.raises(CouponUnusable) as refused:
        fire(second, "submit", by=world["sales2"])
    assert "300.00" in str(refused.value)
    # 7
    wechat = world.row(m.FundAccount, kind=AccountKind.WECHAT)
    world.paid(road, [(debt, "820")], funds=[
        {"kind": FundKind.COUPON, "coupon": kq, "amount": D(300)},
        {"kind": FundKind.WECHAT, "account": wechat, "amount": D(520)},
    ])  # fmt: skip
    assert world.row(m.Receivable, id=debt.id).outstanding_amount == D("0.00")
    assert world.row(m.PartSale, id=sale.id).pay_state is PayState.SETTLED
    assert (world.row(m.Coupon, id=kq.id).balance, world.row(m.Coupon, id=kq.id).state) == (D("0.00"), CouponState.USED)
    # 8
    fire(
        paper,
        "ship",
        by=world["keeper"],
        lines=[{"id": line.id, "quantity": line.planned_quantity} for line in paper.lines],
    )
    costs = {line.part_id: line.cost_amount for line in world.row(m.PartSale, id=sale.id).lines}
    assert costs == {hydraulic.id: D("776.36"), oil.id: D("33.33")}
    assert p.shelf(hydraulic) == (D(15), D("1663.64"), D("110.9093")) and p.shelf(oil)[:2] == (D(2), D("66.67"))
    assert world.row(m.PartSale, id=sale.id).ship_state is ShipState.ALL
    # 9
    p.received(world.row(m.InboundReceipt, id=rk2.id), "8")
    assert p.shelf(hydraulic) == (D(23), D("2623.64"), D("114.0713"))
    assert sum(d.amount for d in world.rows(m.Payable) if d.origin_id in (rk1.id, rk2.id)) == D("2712.00")
    assert world.row(m.PurchaseOrder, id=order.id).state is PurchaseState.RECEIVED
    # 10
    service = world.row(m.Department, code="FWB")
    used = create(
        m.PartSale,
        {"sale_type": world.row(m.SaleType, code="self_use"), "warehouse": p.main, "cost_department": service,
         "detail": "服务车保养", "lines": [{"part": oil, "quantity": D(2), "unit_price": D(0)}]},
        by=world["clerk"],
    )  # fmt: skip
    fire(used, "submit", by=world["clerk"])
    fire(used, "approve", by=world["gm"])
    out = world.row(m.PartOutbound, sale_id=used.id)
    fire(out, "ship", by=world["keeper"], lines=[{"id": out.lines[0].id, "quantity": D(2)}])
    assert p.shelf(oil)[:2] == (D(0), D("0.00"))
    expense = world.row(m.Expense, origin_id=out.id)
    assert expense.amount == D("66.67") and expense.department_id == service.id
    assert world.rows(m.Receivable, sale_id=used.id) == []
    # 11
    sold = next(line for line in world.row(m.PartSale, id=sale.id).lines if line.part_id == hydraulic.id)
    back = create(
        m.SaleReturn,
        {"sale": sale, "warehouse": p.main, "reason": "多买了", "lines": [{"sale_line": sold, "quantity": D(2)}]},
        by=world["clerk"],
    )
    assert back.goods_amount == D("360.00")
    fire(back, "receive", by=world["keeper"])
    assert p.shelf(hydraulic) == (D(25), D("2845.46"), D("113.8184"))
    fire(back, "refund", by=world["finance"], account=wechat)
    back = world.row(m.SaleReturn, id=back.id)
    assert (back.coupon_amount, back.cash_amount, back.state) == (D("218.18"), D("141.82"), ReturnState.REFUNDED)
    kq = world.row(m.Coupon, id=kq.id)
    assert (kq.balance, kq.state) == (D("218.18"), CouponState.ACTIVE)
    # 12
    with pytest.raises(WrongAmount) as most:
        create(
            m.SaleReturn,
            {"sale": sale, "warehouse": p.main, "reason": "再退", "lines": [{"sale_line": sold, "quantity": D(6)}]},
            by=world["clerk"],
        )
    assert "5" in str(most.value)
    # 13
    moves = world.rows(m.StockMove, part_id=hydraulic.id)
    value = sum(v.amount if v.target_id == p.main.id else -v.amount for v in moves)
    assert value == D("2845.46")
