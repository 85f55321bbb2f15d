"""需求: what a store has, has promised and expects of a part, and how much should be bought.

Expected stock = on hand − reserved − customers wait for + on order. Below the shelf's own minimum, in a main store
else the part's, in any other store below zero, the need fills up to the maximum. Orders count from the draft on, so
that nothing is bought twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from ...database import db
from ...enums import InboundReceiptState, PurchaseState, ShortageState, WarehouseKind
from ...formulas.money import cents
from ...models import (
    InboundLine,
    InboundReceipt,
    Part,
    PurchaseLine,
    PurchaseOrder,
    SaleShortage,
    StockBalance,
    Warehouse,
)

ZERO = Decimal(0)
STORES = frozenset({WarehouseKind.MAIN, WarehouseKind.BRANCH})
GONE = frozenset({PurchaseState.CANCELLED, PurchaseState.CLOSED})
BOUGHT = frozenset({PurchaseState.APPROVED, PurchaseState.PART_RECEIVED, PurchaseState.RECEIVED, PurchaseState.CLOSED})


@dataclass
class Figures:
    """Pieces of one part in one store."""

    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    waiting: Decimal = ZERO
    on_order: Decimal = ZERO
    own_minimum: Decimal | None = None

    @property
    def expected(self) -> Decimal:
        """Free pieces once everything on order is here and everybody who waits has his."""
        return self.on_hand - self.reserved - self.waiting + self.on_order


def needed(part: Part, warehouse: Warehouse, now: Figures) -> Decimal:
    """Pieces to order, 0 when enough is there or on its way."""
    is_main = warehouse.kind is WarehouseKind.MAIN
    least = now.own_minimum if now.own_minimum is not None else part.min_stock if is_main else ZERO
    most = max(part.max_stock if is_main else ZERO, least)
    return most - now.expected if now.expected < least else ZERO


def watched(warehouse: Warehouse) -> set[int]:
    """Parts with a minimum that live here, and parts that somebody waits for. What lies in no main store yet is the first one's."""
    waited = sa.select(SaleShortage.part_id).where(
        SaleShortage.warehouse_id == warehouse.id, SaleShortage.state == ShortageState.WAITING
    )
    own = sa.select(StockBalance.part_id).where(
        StockBalance.warehouse_id == warehouse.id, StockBalance.min_quantity > 0
    )
    found = set(db.session.scalars(waited)) | set(db.session.scalars(own))
    if warehouse.kind is not WarehouseKind.MAIN:
        return found
    mains = sa.select(Warehouse.id).where(Warehouse.kind == WarehouseKind.MAIN, Warehouse.is_enabled)
    low = sa.select(Part.id).where(Part.min_stock > 0)
    here = sa.select(StockBalance.part_id).where(StockBalance.warehouse_id == warehouse.id)
    found |= set(db.session.scalars(low.where(Part.id.in_(here))))
    if db.session.scalar(mains.order_by(Warehouse.id).limit(1)) == warehouse.id:
        anywhere = sa.select(StockBalance.part_id).where(StockBalance.warehouse_id.in_(mains))
        found |= set(db.session.scalars(low.where(Part.id.not_in(anywhere))))
    return found


def figures(warehouse: Warehouse, part_ids: Iterable[int]) -> dict[int, Figures]:
    """What is there, promised, waited for and on its way."""
    wanted = sorted(set(part_ids))
    found = {part_id: Figures() for part_id in wanted}
    for shelf in db.session.scalars(
        sa.select(StockBalance).where(StockBalance.warehouse_id == warehouse.id, StockBalance.part_id.in_(wanted))
    ):
        now = found[shelf.part_id]
        now.on_hand, now.reserved, now.own_minimum = shelf.quantity, shelf.reserved, shelf.min_quantity
    for part_id, waiting in db.session.execute(
        sa.select(SaleShortage.part_id, sa.func.sum(SaleShortage.quantity - SaleShortage.served_quantity))
        .where(
            SaleShortage.warehouse_id == warehouse.id,
            SaleShortage.part_id.in_(wanted),
            SaleShortage.state == ShortageState.WAITING,
        )
        .group_by(SaleShortage.part_id)
    ):
        found[part_id].waiting = waiting
    ordered = (
        sa.select(PurchaseLine.part_id, PurchaseLine.quantity - PurchaseLine.received_quantity)
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.order_id)
        .where(PurchaseOrder.warehouse_id == warehouse.id, PurchaseOrder.state.not_in(GONE))
    )
    direct = (
        sa.select(InboundLine.part_id, InboundLine.planned_quantity)
        .join(InboundReceipt, InboundReceipt.id == InboundLine.receipt_id)
        .where(
            InboundReceipt.warehouse_id == warehouse.id,
            InboundReceipt.state == InboundReceiptState.PENDING,
            InboundReceipt.order_id.is_(None),
        )
    )
    for query, column in ((ordered, PurchaseLine.part_id), (direct, InboundLine.part_id)):
        for part_id, quantity in db.session.execute(query.where(column.in_(wanted))):
            found[part_id].on_order += quantity
    return found


def last_purchase(part_id: int) -> tuple[int | None, Decimal | None]:
    """Supplier and price with tax of the latest approved order of a part."""
    row = db.session.execute(
        sa.select(PurchaseOrder.supplier_id, PurchaseLine.gross_amount, PurchaseLine.quantity)
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseLine.order_id)
        .where(PurchaseLine.part_id == part_id, PurchaseOrder.state.in_(BOUGHT))
        .order_by(PurchaseOrder.id.desc(), PurchaseLine.id.desc())
        .limit(1)
    ).first()
    return (row.supplier_id, cents(row.gross_amount / row.quantity)) if row else (None, None)
