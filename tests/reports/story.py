"""Scenario A2 as the reports see it, in two breaths: after the goods went out, and after some of them came back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from app import actor as acting
from app import clock
from app import models as m
from app.actor import Actor, acting_as
from app.database import db
from app.enums import AccountKind, CouponScope, CouponSource, FundKind, InboundReceiptState
from app.ledgers import coupon as coupons
from app.screens import ReportScreen
from app.screens.report import Sheet
from app.unit_of_work import create, fire
from tests.kit import D, World
from tests.scenarios.test_a2 import Parts

FEBRUARY = dt.date(2025, 2, 10)


@dataclass
class Told:
    """The story's people and things."""

    parts: Parts
    hydraulic: m.Part
    oil: m.Part
    road: m.Customer
    coupon: m.Coupon
    sale: m.PartSale


def bought(p: Parts, part: m.Part, quantity: str, price: str, come: str) -> None:
    """Ordered, approved, `come` of it received; a price of 0 and a total are not needed here."""
    order = p.ordered((part, quantity, price))
    p.received(p.world.row(m.InboundReceipt, order_id=order.id), come)


def story(world: World) -> Iterator[Told]:
    """Opening in February; bought, sold with a coupon of 800.00 and shipped in March (first stop); then the rest of the
    order, internal use and a return of two filters (second stop)."""
    with clock.on(FEBRUARY):
        p = Parts(world)
        hydraulic, oil = p.part("LX-1001", "液压滤芯"), p.part("LX-1002", "机油滤芯", "60")
        p.opening(hydraulic, "10", "1000.00")
    road = world.person("sales2", name="徐州路达")
    issued_by = world.contract(road, world.contact("sales2"), None, "sales2")
    kq = coupons.issue(issued_by, world.row(m.CouponType, scope=CouponScope.PART), D(800), 365, CouponSource.CAMPAIGN)
    coupons.activate(kq, issued_by, clock.today())
    db.session.commit()
    bought(p, hydraulic, "20", "135.60", "12")
    other = create(
        m.PurchaseOrder,
        {"supplier": p.supplier, "warehouse": p.main,
         "lines": [{"part": oil, "quantity": D(3), "unit_price": D(0), "agreed_amount": D("113.00")}]},
        by=world["buyer"],
    )  # fmt: skip
    fire(other, "submit", by=world["buyer"])
    fire(other, "approve", by=world["gm"])
    p.received(world.row(m.InboundReceipt, order_id=other.id), "3")
    sale = sold(world, p, road, [(hydraulic, "7", "180"), (oil, "1", "60")], [{"coupon": kq, "amount": D(500)}])
    debt, wechat = world.row(m.Receivable, sale_id=sale.id), world.row(m.FundAccount, kind=AccountKind.WECHAT)
    world.paid(road, [(debt, "820")], funds=[
        {"kind": FundKind.COUPON, "coupon": kq, "amount": D(300)},
        {"kind": FundKind.WECHAT, "account": wechat, "amount": D(520)},
    ])  # fmt: skip
    ship(world, sale)
    yield Told(p, hydraulic, oil, road, kq, sale)
    p.received(world.row(m.InboundReceipt, state=InboundReceiptState.PENDING), "8")
    used = create(
        m.PartSale,
        {"sale_type": world.row(m.SaleType, code="self_use"), "warehouse": p.main,
         "cost_department": world.row(m.Department, code="FWB"), "detail": "服务车保养",
         "lines": [{"part": oil, "quantity": D(2), "unit_price": D(0)}]},
        by=world["clerk"],
    )  # fmt: skip
    fire(used, "submit", by=world["clerk"])
    fire(used, "approve", by=world["gm"])
    ship(world, used)
    line = next(line for line in world.row(m.PartSale, id=sale.id).lines if line.part_id == hydraulic.id)
    back = create(
        m.SaleReturn,
        {"sale": sale, "warehouse": p.main, "reason": "多买了", "lines": [{"sale_line": line, "quantity": D(2)}]},
        by=world["clerk"],
    )
    fire(back, "receive", by=world["keeper"])
    fire(back, "refund", by=world["finance"], account=wechat)
    yield Told(p, hydraulic, oil, road, kq, sale)


def sold(
    world: World, p: Parts, customer: m.Customer, lines: list[tuple[m.Part, str, str]],
    coupons: list[dict[str, Any]] | None = None, seller: str = "sales2", **more: Any,
) -> m.PartSale:  # fmt: skip
    """Quoted, agreed, sold over the counter and approved."""
    quotation = create(
        m.PartQuotation,
        {"customer": customer, "valid_until": dt.date(2025, 12, 31),
         "lines": [{"part": part, "quantity": D(q), "unit_price": D(price)} for part, q, price in lines]},
        by=world[seller],
    )  # fmt: skip
    fire(quotation, "send", by=world[seller])
    fire(quotation, "agree", by=world[seller], agreed_by="客户", agreed_proof="微信确认")
    sale = create(
        m.PartSale,
        {"quotation": quotation, "sale_type": world.row(m.SaleType, code="walk_in"), "warehouse": p.main,
         "coupons": coupons or []} | more,
        by=world[seller],
    )  # fmt: skip
    fire(sale, "submit", by=world[seller])
    fire(sale, "approve", by=world["sales_manager"])
    return sale


def ship(world: World, sale: m.PartSale, quantity: str | None = None) -> None:
    """The open outbound of a sale leaves, whole unless told otherwise."""
    paper = world.row(m.PartOutbound, sale_id=sale.id, state=m.enums.OutboundState.PENDING)
    lines = [{"id": line.id, "quantity": D(quantity) if quantity else line.planned_quantity} for line in paper.lines]
    fire(paper, "ship", by=world["keeper"], lines=lines)


def claimed(world: World, customer: m.Customer, unit: m.MachineUnit, labour: str, granted: str) -> m.WarrantyClaim:
    """Labour under warranty on a machine, claimed and answered today."""
    order = create(m.WorkOrder, {"customer": customer, "unit": unit, "fault": "漏油"}, by=world["clerk"])
    order.state = m.enums.WorkOrderState.REVIEWED
    db.session.commit()
    claim = create(m.WarrantyClaim, {"work_order": order, "labour_amount": D(labour)}, by=world["clerk"])
    fire(claim, "submit", by=world["service_manager"])
    less = "工时按厂家标准" if D(granted) < D(labour) else None
    return fire(claim, "answer", by=world["service_manager"], granted_amount=D(granted), answer=less)


def screen_of(world: World, report: str) -> ReportScreen:
    """The screen of a report."""
    return next(v for v in world.app.appbuilder.baseviews if isinstance(v, ReportScreen) and v.report.name == report)


def read(
    world: World, report: str, by: Actor | None = None, **asked: Any
) -> tuple[Sheet, list[dict[str, Any]], dict[str, Any]]:
    """The sheet a person gets for these parameters, the figures of its page and its totals row."""
    house = acting.current()
    try:
        with world.app.test_request_context("/"), acting_as(by or world["gm"]):
            found = screen_of(world, report).read(MultiDict({k: str(v) for k, v in asked.items()}))
            assert not found.faults, found.faults
            told = [{c.name: found.screen.value(row, c, found) for c in found.columns} for row in found.rows()]
            return found, told, found.sums()
    finally:
        acting.put(house)  # a request ends with nobody acting


def rows(world: World, report: str, *names: str, by: Actor | None = None, **asked: Any) -> list[tuple[Any, ...]]:
    """Some figures of every row of a page."""
    return [tuple(row[n] for n in names) for row in read(world, report, by, **asked)[1]]


def totals(world: World, report: str, *names: str, by: Actor | None = None, **asked: Any) -> tuple[Any, ...]:
    """Some figures of the totals row."""
    sums = read(world, report, by, **asked)[2]
    return tuple(sums.get(n) for n in names)
