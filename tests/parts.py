"""The parts side of the world: stores with a keeper, parts, and short words for the papers that move them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app import clock
from app import models as m
from app.database import db
from app.enums import SettleWay, StockMovement, SupplierKind, WarehouseKind
from app.ledgers import stock
from app.screens.security import actor_of
from app.unit_of_work import create, fire
from tests.kit import D, World


def open_stores(world: World) -> tuple[m.Warehouse, m.Warehouse]:
    """A main store and a branch, both kept by the keeper; a category and a supplier of parts."""
    keeper = world["keeper"].employee_id
    home = {"department": world.row(m.Department, code="FWB"), "keepers": [{"employee_id": keeper}]}
    main = create(m.Warehouse, {"code": "ZK", "name": "总库", "kind": WarehouseKind.MAIN} | home)
    branch = create(m.Warehouse, {"code": "FK", "name": "分库", "kind": WarehouseKind.BRANCH} | home)
    world.people["keeper"] = actor_of(world["keeper"].user_id or 0, "keeper")
    create(m.PartCategory, {"code": "LX", "name": "滤芯"})
    create(m.Supplier, {"name": "滤清器厂", "kind": SupplierKind.PART})
    return main, branch


def new_part(world: World, number: str = "LX-1") -> m.Part:
    """A part without prices of its own."""
    return create(m.Part, {"part_number": number, "name": "滤芯", "category": world.row(m.PartCategory, code="LX")})


def opening(world: World, part: m.Part, store: m.Warehouse, quantity: str, amount: str) -> None:
    """Pieces that were there before the story; their paper is an order that is never sent."""
    supplier = world.row(m.Supplier, name="滤清器厂")
    lines = [{"part": part, "quantity": D(quantity), "unit_price": D(0)}]
    paper = create(m.PurchaseOrder, {"supplier": supplier, "warehouse": store, "lines": lines}, by=world["buyer"])
    stock.move(
        part, D(quantity), source=stock.place(WarehouseKind.SUPPLIER), target=store,
        movement=StockMovement.OPENING, origin=paper, line=1, amount=D(amount),
    )  # fmt: skip
    db.session.commit()


def ordered(world: World, store: m.Warehouse, *lines: tuple[m.Part, str, str]) -> m.PurchaseOrder:
    """Ordered by the buyer and approved by finance: (part, pieces, price with tax)."""
    told = [{"part": part, "quantity": D(quantity), "unit_price": D(price)} for part, quantity, price in lines]
    supplier = world.row(m.Supplier, name="滤清器厂")
    order = create(m.PurchaseOrder, {"supplier": supplier, "warehouse": store, "lines": told}, by=world["buyer"])
    fire(order, "submit", by=world["buyer"])
    return fire(order, "approve", by=world["finance"])


def agreed(
    world: World, customer: m.Customer, *lines: tuple[m.Part, str, str], seller: str = "sales1"
) -> m.PartQuotation:
    """A quotation the customer agreed to: (part, pieces, price)."""
    told = [{"part": part, "quantity": D(quantity), "unit_price": D(price)} for part, quantity, price in lines]
    values = {"customer": customer, "valid_until": clock.today(), "lines": told}
    quotation = create(m.PartQuotation, values, by=world[seller])
    fire(quotation, "send", by=world[seller])
    return fire(quotation, "agree", by=world[seller], agreed_by="x", agreed_proof="x")


def sale(
    world: World, customer: m.Customer, store: m.Warehouse, *lines: tuple[m.Part, str, str],
    seller: str = "sales1", upto: str = "submit", coupons: list[tuple[m.Coupon, str]] | None = None, **more: Any,
) -> m.PartSale:  # fmt: skip
    """A sale to somebody who walks in, on account, submitted; with upto="approve" approved by the general manager."""
    values = {
        "quotation": agreed(world, customer, *lines, seller=seller), "warehouse": store,
        "sale_type": world.row(m.SaleType, code="walk_in"), "settle_way": SettleWay.CREDIT,
        "coupons": [{"coupon": coupon, "amount": D(amount)} for coupon, amount in coupons or []],
    } | more  # fmt: skip
    paper = create(m.PartSale, values, by=world[seller])
    if upto != "draft":
        fire(paper, "submit", by=world[seller])
    if upto == "approve":
        fire(paper, "approve", by=world["gm"])
    return paper


def said(lines: list[Any], *quantities: str) -> list[dict[str, Any]]:
    """What the keeper types beside each line."""
    return [{"id": line.id, "quantity": D(q)} for line, q in zip(lines, quantities, strict=True)]


def shelf(world: World, part: m.Part, store: m.Warehouse) -> tuple[Decimal, Decimal, Decimal]:
    """Pieces, promised pieces and value of a part in a store."""
    row = world.row(m.StockBalance, part_id=part.id, warehouse_id=store.id)
    return row.quantity, row.reserved, row.amount
