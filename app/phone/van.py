"""What a technician's own van holds, what is on the way to it, from it, and what was used: pieces, never what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from .. import actor as acting
from .. import models as m
from ..database import by_pinyin, db
from ..enums import EmergencyState, FulfilMode, TransferState
from ..screens import options
from ..workflows.organisation import van

SHOWN = 50
ON_THE_WAY = (EmergencyState.PURCHASING, EmergencyState.SHIPPED)


def mine() -> m.Warehouse | None:
    """The van of the person, also one that was closed."""
    return van.of(acting.current().employee_id)


def _id() -> int:
    own = mine()
    return own.id if own is not None else 0


def shelf(term: str = "") -> list[m.StockBalance]:
    """What the van holds, by name; with a term only parts of that number, name or pinyin."""
    query = (
        sa.select(m.StockBalance)
        .join(m.Part, m.Part.id == m.StockBalance.part_id)
        .where(m.StockBalance.warehouse_id == _id(), m.StockBalance.quantity > 0)
        .options(selectinload(m.StockBalance.part))
    )
    if term:
        query = query.where(options.contains(options.searched(m.Part), term))
    return list(db.session.scalars(query.order_by(by_pinyin(m.Part.name), m.Part.part_number)))


@dataclass(frozen=True)
class Parcel:
    """Something on the way to the van: a transfer, or parts a supplier sends straight to the technician."""

    paper: Any

    @property
    def number(self) -> str:
        return self.paper.number  # type: ignore[no-any-return]

    @property
    def is_direct(self) -> bool:
        return isinstance(self.paper, m.EmergencyPurchase)

    @property
    def sender(self) -> str:
        """From whom, as the technician knows him."""
        return str(self.paper.supplier if self.is_direct else self.paper.source)

    @property
    def has_left(self) -> bool:
        return not self.is_direct or self.paper.state is EmergencyState.SHIPPED

    @property
    def lines(self) -> list[tuple[int, m.Part, Decimal]]:
        """(line id, part, pieces that may still arrive)."""
        if self.is_direct:
            return [(self.paper.id, self.paper.part, self.paper.quantity - self.paper.received_quantity)]
        return [(line.id, line.part, line.shipped_quantity) for line in self.paper.lines]


def _to_me() -> Any:
    loads = selectinload(m.StockTransfer.lines).selectinload(m.TransferLine.part)
    return (
        sa.select(m.StockTransfer)
        .where(m.StockTransfer.target_id == _id(), m.StockTransfer.state == TransferState.IN_TRANSIT)
        .options(loads)
    )


def _from_suppliers() -> Any:
    bought = m.EmergencyPurchase
    return sa.select(bought).where(
        bought.warehouse_id == _id(), bought.mode == FulfilMode.DIRECT, bought.state.in_(ON_THE_WAY)
    )


def parcels(number: str | None = None) -> list[Parcel]:
    """What is on the way to me, oldest first; with a number that one."""
    found = []
    for query, entity in ((_to_me(), m.StockTransfer), (_from_suppliers(), m.EmergencyPurchase)):
        if number is not None:
            query = query.where(entity.number == number)
        found += [Parcel(paper) for paper in db.session.scalars(query.order_by(entity.id).limit(SHOWN))]
    return found


def sent() -> list[m.StockTransfer]:
    """What left my van and nobody took in yet."""
    states = (TransferState.PENDING, TransferState.IN_TRANSIT)
    loads = selectinload(m.StockTransfer.lines).selectinload(m.TransferLine.part)
    query = sa.select(m.StockTransfer).where(m.StockTransfer.source_id == _id(), m.StockTransfer.state.in_(states))
    return list(db.session.scalars(query.options(loads).order_by(m.StockTransfer.id.desc()).limit(SHOWN)))


def requests(number: str | None = None) -> list[m.PartRequest]:
    """What I asked for, newest first; with a number that one."""
    loads = selectinload(m.PartRequest.lines)
    query = (
        sa.select(m.PartRequest)
        .where(m.PartRequest.technician_id == (acting.current().employee_id or 0))
        .options(loads.selectinload(m.RequestLine.part), loads.selectinload(m.RequestLine.emergency))
    )
    if number is not None:
        query = query.where(m.PartRequest.number == number)
    return list(db.session.scalars(query.order_by(m.PartRequest.id.desc()).limit(SHOWN)))


def used() -> list[m.WorkOrderPart]:
    """What I used, newest first."""
    query = (
        sa.select(m.WorkOrderPart)
        .where(m.WorkOrderPart.technician_id == (acting.current().employee_id or 0))
        .options(selectinload(m.WorkOrderPart.part), selectinload(m.WorkOrderPart.work_order))
    )
    newest = query.order_by(m.WorkOrderPart.consumed_at.desc(), m.WorkOrderPart.id.desc())
    return list(db.session.scalars(newest.limit(SHOWN * 2)))
