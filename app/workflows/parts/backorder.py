"""欠货: an approved sale waits for goods; whatever becomes free is promised to the oldest sale first.

A sale that is approved though stock is short reserves what there is; each missing part is a SaleShortage. Goods that
arrive go to the oldest shortage before anybody else: they are reserved, and an outbound paper tells the keeper.
Shelves are locked before shortages, both from the lowest number on.
Source: flows.md C2.4; docs/decisions/back_orders.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import ShortageState
from ...ledgers import stock
from ...models import PartSale, SaleLine, SaleShortage, Warehouse
from .. import machine
from ..machine import Workflow
from . import outbound

S = ShortageState
flow = Workflow(SaleShortage, editable=frozenset({S.CANCELLED}))


def promise(sale: PartSale, despite_shortage: bool) -> list[SaleLine]:
    """Reserve the pieces of a sale after those who waited longer; an outbound paper tells the keeper.

    despite_shortage: reserve what there is and write down what is missing.
    Gives the lines that are short. Raises: NotEnoughStock naming every short part, unless that is accepted.
    """
    serve(sale.warehouse, [line.part_id for line in sale.lines])
    if not despite_shortage:
        stock.reserve([(line.part, line.quantity) for line in sale.lines], sale.warehouse)
        outbound.prepare_for(sale, [(line, line.quantity) for line in sale.lines])
        return []
    there = {
        line: stock.reserve_up_to(line.part, line.quantity, sale.warehouse)
        for line in sorted(sale.lines, key=lambda entry: (entry.part_id, entry.line_number))
    }
    short = [line for line in sale.lines if there[line] < line.quantity]
    for line in short:
        _wait(sale, line, line.quantity - there[line])
    if ready := [(line, there[line]) for line in sale.lines if there[line]]:
        outbound.prepare_for(sale, ready)
    return short


def _wait(sale: PartSale, line: SaleLine, quantity: Decimal) -> None:
    waits = SaleShortage(
        sale=sale,
        sale_line=line,
        part=line.part,
        warehouse_id=sale.warehouse_id,
        quantity=quantity,
        state=S.WAITING,
    )
    db.session.add(waits)
    db.session.flush()


def serve(warehouse: Warehouse, part_ids: Iterable[int]) -> None:
    """Promise free pieces of these parts to the sales that wait for them, the oldest first; their keepers are told."""
    wanted = set(part_ids)
    stock.hold(wanted, warehouse)
    ready: dict[int, list[tuple[SaleLine, Decimal]]] = defaultdict(list)
    for row_id in _waiting(warehouse, wanted):
        waits = machine.lock(SaleShortage, row_id)
        there = stock.reserve_up_to(waits.part, waits.open_quantity, warehouse) if waits.open_quantity else Decimal(0)
        if there:
            arrive(waits, quantity=there)
            ready[waits.sale_id].append((waits.sale_line, there))
    for sale_id, lines in ready.items():
        sale = db.session.get_one(PartSale, sale_id)
        outbound.prepare_for(sale, sorted(lines, key=lambda pair: pair[0].line_number))


def _waiting(warehouse: Warehouse, part_ids: Iterable[int]) -> list[int]:
    return list(
        db.session.scalars(
            sa.select(SaleShortage.id)
            .where(
                SaleShortage.warehouse_id == warehouse.id,
                SaleShortage.part_id.in_(sorted(set(part_ids))),
                SaleShortage.state == S.WAITING,
            )
            .order_by(SaleShortage.id)
        )
    )


@flow.transition(S.WAITING, to=(S.WAITING, S.SERVED), label=_("Goods arrived"), is_public=False)
def arrive(waits: SaleShortage, by: Actor, *, quantity: Decimal) -> ShortageState:
    """Pieces came and are reserved for the sale."""
    waits.served_quantity += quantity
    return S.SERVED if waits.served_quantity == waits.quantity else S.WAITING


@flow.transition(S.WAITING, to=S.CANCELLED, label=_("Drop"), is_public=False)
def drop(waits: SaleShortage, by: Actor) -> None:
    """The sale was cancelled."""


def drop_of(sale: PartSale) -> None:
    """Nobody waits for this sale any more. Comes before its outbound papers are read: a late arrival is seen by both."""
    stock.hold((line.part_id for line in sale.lines), sale.warehouse)
    for row_id in db.session.scalars(
        sa.select(SaleShortage.id)
        .where(SaleShortage.sale_id == sale.id, SaleShortage.state == S.WAITING)
        .order_by(SaleShortage.id)
    ).all():
        waits = machine.lock(SaleShortage, row_id)
        if waits.state is S.WAITING:
            drop(waits)
