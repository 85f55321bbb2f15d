"""谁占着库存: the papers to which pieces of a part in a warehouse are promised, so that nobody is told only a figure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ...database import db
from ...enums import OutboundState, PurchaseReturnState, TransferState
from ...ledgers import stock
from ...models import (
    InboundLine,
    OutboundLine,
    Part,
    PartOutbound,
    PartSale,
    PurchaseReturn,
    PurchaseReturnLine,
    StockTransfer,
    TransferLine,
    Warehouse,
)


def holders(part: Part, warehouse: Warehouse) -> list[tuple[str, Decimal]]:
    """(number of the paper, pieces), oldest first within each kind; together they are what is reserved."""
    return [
        (number, quantity) for query in _promised(part, warehouse) for number, quantity in db.session.execute(query)
    ]


def _promised(part: Part, warehouse: Warehouse) -> Iterator[Any]:
    """Sales that wait to leave, transfers for a technician, returns to a supplier: nothing else reserves."""
    yield (
        sa.select(PartOutbound.number + " / " + PartSale.number, OutboundLine.planned_quantity)
        .join(PartOutbound, PartOutbound.id == OutboundLine.outbound_id)
        .join(PartSale, PartSale.id == PartOutbound.sale_id)
        .where(
            OutboundLine.part_id == part.id,
            PartOutbound.warehouse_id == warehouse.id,
            PartOutbound.state == OutboundState.PENDING,
        )
        .order_by(OutboundLine.id)
    )
    yield (
        sa.select(StockTransfer.number, TransferLine.quantity)
        .join(StockTransfer, StockTransfer.id == TransferLine.transfer_id)
        .where(
            TransferLine.part_id == part.id,
            StockTransfer.source_id == warehouse.id,
            StockTransfer.state == TransferState.PENDING,
            StockTransfer.is_reserved,
        )
        .order_by(TransferLine.id)
    )
    yield (
        sa.select(PurchaseReturn.number, PurchaseReturnLine.quantity)
        .join(PurchaseReturn, PurchaseReturn.id == PurchaseReturnLine.return_id)
        .join(InboundLine, InboundLine.id == PurchaseReturnLine.receipt_line_id)
        .where(
            InboundLine.part_id == part.id,
            PurchaseReturn.warehouse_id == warehouse.id,
            PurchaseReturn.state == PurchaseReturnState.APPROVED,
        )
        .order_by(PurchaseReturnLine.id)
    )


def sentence(part: Part, warehouse: Warehouse, found: Decimal) -> str:
    """Why a count cannot be booked: fewer pieces are there than these papers were promised."""
    held = "、".join(f"{number} {_plain(quantity)}" for number, quantity in holders(part, warehouse))
    return gettext(
        "%(part)s: %(found)s there, but %(promised)s promised to %(papers)s; cancel or change these first,"
        " then approve the count",
        part=str(part),
        found=_plain(found),
        promised=_plain(stock.balance(part, warehouse).reserved),
        papers=held,
    )


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
