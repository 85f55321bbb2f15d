"""仓库还在用吗: what a store holds and which papers still wait for it; asked before it is switched off or becomes another kind.

Models of later chapters are only read here. Drafts wait for nothing: they are refused when they are submitted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ... import models as m
from ...database import db
from ...enums import (
    ContractState,
    CountState,
    EmergencyState,
    InboundReceiptState,
    InboundState,
    OutboundState,
    PurchaseReturnState,
    PurchaseState,
    ReturnState,
    SaleState,
    ShipState,
    ShortageState,
    TransferState,
    UnitState,
)
from ...errors import WrongState

P, R = PurchaseState, PurchaseReturnState
ON_ORDER = (P.PENDING, P.APPROVED, P.PART_RECEIVED)
PROMISED = (ContractState.PENDING, ContractState.APPROVED)  # parts given with it leave with its first machine
GONE = (UnitState.SOLD, UnitState.TRANSFERRED, UnitState.SCRAPPED)
SENT = (TransferState.PENDING, TransferState.IN_TRANSIT, TransferState.SHORT)


def refuse(store: m.Warehouse, field: str) -> None:
    """Raises WrongState while the store holds parts or machines, or a paper waits for it; names what, and the way out."""
    held = _held(store)
    if held is not None:
        raise WrongState(
            gettext("%(store)s still holds %(what)s; move it out first", store=store.name, what=held), field=field
        )
    number = next((found for query in _waiting(store) if (found := db.session.scalar(query.limit(1)))), None)
    if number is not None:
        raise WrongState(
            gettext("%(number)s still waits for %(store)s; finish or cancel it first", number=number, store=store.name),
            field=field,
        )


def _held(store: m.Warehouse) -> str | None:
    """A part or a machine that lies or stands there."""
    lying = sa.select(m.StockBalance).where(m.StockBalance.warehouse_id == store.id, m.StockBalance.quantity > 0)
    standing = sa.select(m.MachineUnit).where(m.MachineUnit.warehouse_id == store.id, m.MachineUnit.state.not_in(GONE))
    balance = db.session.scalars(lying.order_by(m.StockBalance.id).limit(1)).first()
    unit = db.session.scalars(standing.order_by(m.MachineUnit.id).limit(1)).first()
    return str(balance.part) if balance is not None else str(unit) if unit is not None else None


def _waiting(store: m.Warehouse) -> Iterator[sa.Select[Any]]:
    """Numbers of papers that bring something to the store, take something out of it or count it."""
    simple = (
        (m.PurchaseOrder, ON_ORDER),
        (m.InboundReceipt, (InboundReceiptState.PENDING,)),
        (m.PurchaseReturn, (R.PENDING, R.APPROVED)),
        (m.EmergencyPurchase, (EmergencyState.PURCHASING, EmergencyState.SHIPPED)),
        (m.PartOutbound, (OutboundState.PENDING,)),
        (m.SaleReturn, (ReturnState.DRAFT,)),
        (m.StockCount, (CountState.COUNTING, CountState.REVIEWING)),
        (m.MachinePurchase, ON_ORDER),
        (m.MachineInbound, (InboundState.PENDING,)),
    )
    for entity, states in simple:
        yield sa.select(entity.number).where(entity.warehouse_id == store.id, entity.state.in_(states))
    yield sa.select(m.PartSale.number).where(
        m.PartSale.warehouse_id == store.id,
        sa.or_(
            m.PartSale.state == SaleState.PENDING,
            sa.and_(m.PartSale.state == SaleState.APPROVED, m.PartSale.ship_state != ShipState.ALL),
        ),
    )
    yield (
        sa.select(m.PartSale.number)
        .join(m.SaleShortage, m.SaleShortage.sale_id == m.PartSale.id)
        .where(m.SaleShortage.warehouse_id == store.id, m.SaleShortage.state == ShortageState.WAITING)
    )
    yield (
        sa.select(m.MachineContract.number)
        .join(m.ContractGift, m.ContractGift.contract_id == m.MachineContract.id)
        .where(m.ContractGift.warehouse_id == store.id, m.MachineContract.state.in_(PROMISED))
    )
    yield sa.select(m.StockTransfer.number).where(
        sa.or_(m.StockTransfer.source_id == store.id, m.StockTransfer.target_id == store.id),
        m.StockTransfer.state.in_(SENT),
    )
