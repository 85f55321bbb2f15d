"""价格与互换: what a part costs this customer by his level, what he paid last, and what could replace a part that is short."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa

from ...database import db
from ...enums import PriceLevel, SaleState, StockMovement, SubstituteDirection, WarehouseKind
from ...models import Customer, Part, PartSale, PartSubstitute, SaleLine, SaleType, StockBalance, StockMove, Warehouse

ZERO = Decimal(0)
COLUMN = {
    PriceLevel.RETAIL: "retail_price",
    PriceLevel.WHOLESALE: "wholesale_price",
    PriceLevel.INNER: "inner_price",
}
BOUGHT = (StockMovement.PURCHASE_IN, StockMovement.EMERGENCY_IN, StockMovement.OPENING)
SHELVES = frozenset({WarehouseKind.MAIN, WarehouseKind.BRANCH})


def default_price(part: Part, customer: Customer | None, kind: SaleType | None = None) -> Decimal:
    """Yuan a piece: the level of the kind of sale where that is lower than retail, else the customer's; free if nobody owes."""
    if kind is not None and not kind.makes_debt:
        return ZERO
    level = kind.price_level if kind is not None else PriceLevel.RETAIL
    if level is PriceLevel.RETAIL and customer is not None:
        level = customer.price_level
    return getattr(part, COLUMN[level]) or part.retail_price


def last_prices(customer_id: int, part_ids: Iterable[int]) -> dict[int, Decimal]:
    """Part → yuan a piece in the customer's latest approved sale of it."""
    latest = (
        sa.select(sa.func.max(SaleLine.id))
        .join(PartSale, PartSale.id == SaleLine.sale_id)
        .where(
            PartSale.customer_id == customer_id,
            PartSale.state == SaleState.APPROVED,
            SaleLine.part_id.in_(sorted(set(part_ids))),
        )
        .group_by(SaleLine.part_id)
    )
    rows = db.session.execute(sa.select(SaleLine.part_id, SaleLine.unit_price).where(SaleLine.id.in_(latest)))
    return {row.part_id: row.unit_price for row in rows}


def last_cost(part_id: int) -> Decimal:
    """Yuan a piece without tax, not rounded, at which the part was bought or taken over last; zero where it never was.

    What came for nothing says nothing of what a piece is worth, and what was reversed never came.
    """
    back = sa.select(StockMove.reversal_of_id).where(
        StockMove.part_id == part_id, StockMove.reversal_of_id.is_not(None)
    )
    bought = (
        sa.select(StockMove.amount, StockMove.quantity)
        .where(
            StockMove.part_id == part_id,
            StockMove.movement.in_(BOUGHT),
            StockMove.amount > 0,
            StockMove.id.not_in(back),
        )
        .order_by(StockMove.id.desc())
        .limit(1)
    )
    last = db.session.execute(bought).one_or_none()
    return last.amount / last.quantity if last is not None else ZERO


def available(part_ids: Iterable[int], warehouse: Warehouse | None = None) -> dict[int, Decimal]:
    """Part → free pieces in a store, or in all main and branch stores together."""
    query = sa.select(StockBalance.part_id, sa.func.sum(StockBalance.quantity - StockBalance.reserved)).where(
        StockBalance.part_id.in_(sorted(set(part_ids)))
    )
    if warehouse is not None:
        query = query.where(StockBalance.warehouse_id == warehouse.id)
    else:
        stores = sa.select(Warehouse.id).where(Warehouse.kind.in_(SHELVES), Warehouse.is_enabled)
        query = query.where(StockBalance.warehouse_id.in_(stores))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(StockBalance.part_id))}


def substitutes(part_ids: Iterable[int], warehouse: Warehouse | None = None) -> dict[int, list[tuple[Part, Decimal]]]:
    """Part → (what may replace it, free pieces) where there are any, most pieces first."""
    wanted = set(part_ids)
    pairs: set[tuple[int, int]] = set()
    for row in db.session.scalars(
        sa.select(PartSubstitute).where(
            sa.or_(PartSubstitute.part_id.in_(wanted), PartSubstitute.substitute_id.in_(wanted))
        )
    ):
        pairs.add((row.part_id, row.substitute_id))
        if row.direction is SubstituteDirection.BOTH:
            pairs.add((row.substitute_id, row.part_id))
    pairs = {pair for pair in pairs if pair[0] in wanted}
    free = available({other for _part, other in pairs}, warehouse)
    parts = {p.id: p for p in db.session.scalars(sa.select(Part).where(Part.id.in_(list(free)), Part.is_enabled))}
    found: dict[int, list[tuple[Part, Decimal]]] = {part_id: [] for part_id in wanted}
    for part_id, other in sorted(pairs, key=lambda pair: (-free.get(pair[1], ZERO), pair[1])):
        if free.get(other, ZERO) > 0 and other in parts:
            found[part_id].append((parts[other], free[other]))
    return found
