"""库存: where parts are and what they cost. The only writer of stock balances and moves.

A move has two ends. Real warehouses and the one in transit keep a balance of quantity and amount per part on one locked
row; supplier, customer, internal use and lost-and-found keep none. Cost is the moving weighted average of (part,
warehouse): the whole amount when the last piece leaves, else quantity × amount / quantity, rounded once.
Lock order: part, then warehouse. Source: flows.md C2.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from .. import clock
from ..database import changed_rows, db
from ..enums import REAL_WAREHOUSES, StockMovement, WarehouseKind
from ..errors import NotEnoughStock, WrongState
from ..formulas.money import cents
from ..models import Document, Part, StockBalance, StockMove, Warehouse

TABLE = StockBalance.__table__
KEEPS_BALANCE = REAL_WAREHOUSES | {WarehouseKind.TRANSIT}
ZERO = Decimal(0)

_LOCK = sa.text(
    "INSERT INTO stock_balance (part_id, warehouse_id, quantity, reserved, amount, is_frozen, version) "
    "VALUES (:part, :warehouse, 0, 0, 0, :no, 1) "
    "ON CONFLICT (part_id, warehouse_id) DO UPDATE SET version = stock_balance.version + 1"
)


def place(kind: WarehouseKind) -> Warehouse:
    """The one warehouse of a kind that nobody walks into: supplier, customer, in transit, internal use, lost."""
    return db.session.scalars(sa.select(Warehouse).where(Warehouse.kind == kind)).one()


def balance(part: Part, warehouse: Warehouse) -> StockBalance:
    """The balance of a part in a warehouse, locked until the transaction ends; made at zero when it is new."""
    db.session.execute(_LOCK, {"part": part.id, "warehouse": warehouse.id, "no": False})
    return db.session.scalars(
        sa.select(StockBalance)
        .where(StockBalance.part_id == part.id, StockBalance.warehouse_id == warehouse.id)
        .execution_options(populate_existing=True)
    ).one()


def hold(part_ids: Iterable[int], warehouse: Warehouse) -> None:
    """Lock the shelves of these parts, lowest part first: before anything else is locked that serving them needs."""
    for part_id in sorted(set(part_ids)):
        db.session.execute(_LOCK, {"part": part_id, "warehouse": warehouse.id, "no": False})


def move(
    part: Part,
    quantity: Decimal,
    *,
    source: Warehouse,
    target: Warehouse,
    movement: StockMovement,
    origin: Document,
    line: int,
    amount: Decimal | None = None,
    from_reserved: bool = False,
    despite_freeze: bool = False,
    reversal_of: StockMove | None = None,
) -> StockMove:
    """Pieces of a part go from one place to another, with their value.

    quantity: pieces > 0.
    amount:   yuan without tax; needed when the source keeps no balance; where it is given for a source that keeps one
              (a reversal, goods in transit) exactly this value leaves.
    from_reserved: the pieces were reserved for this document; the reservation goes down with them.
    Raises:   NotEnoughStock naming part, warehouse and figures; WrongState while a count freezes the warehouse.
    """
    ends = {w.id: balance(part, w) for w in sorted((source, target), key=lambda w: w.id) if w.kind in KEEPS_BALANCE}
    for end in ends.values():
        if end.is_frozen and not despite_freeze:
            raise WrongState(
                gettext(
                    "%(warehouse)s is being counted; nothing moves until the count is done",
                    warehouse=str(end.warehouse),
                )
            )
    left, then = ends.get(source.id), ends.get(target.id)
    if left is not None:
        amount = _leave(left, quantity, amount, from_reserved)
    if amount is None:
        raise RuntimeError("goods from outside need a value")
    if then is not None:
        then.quantity, then.amount = then.quantity + quantity, then.amount + amount
    moved = StockMove(
        part_id=part.id,
        source_id=source.id,
        target_id=target.id,
        movement=movement,
        quantity=quantity,
        amount=amount,
        source_quantity=left.quantity if left is not None else None,
        source_amount=left.amount if left is not None else None,
        target_quantity=then.quantity if then is not None else None,
        target_amount=then.amount if then is not None else None,
        origin=type(origin).__name__,
        origin_id=origin.id,
        origin_number=origin.number,
        origin_line=line,
        reversal_of_id=reversal_of.id if reversal_of is not None else None,
        business_on=clock.today(),
        posted_by_id=acting.current().employee_id,
    )
    db.session.add(moved)
    db.session.flush()
    return moved


def _leave(left: StockBalance, quantity: Decimal, amount: Decimal | None, from_reserved: bool) -> Decimal:
    """Take pieces and their value off a locked balance; gives the value."""
    free = left.quantity - left.reserved + (quantity if from_reserved else ZERO)
    if quantity > left.quantity or quantity > free:
        raise NotEnoughStock(_short(left, quantity, min(free, left.quantity)))
    if amount is None:
        amount = left.amount if quantity == left.quantity else cents(quantity * left.amount / left.quantity)
    rest = left.amount - amount
    if rest < 0 or (quantity == left.quantity and rest != 0):
        raise NotEnoughStock(
            gettext(
                "%(part)s in %(warehouse)s: the value left does not fit this reversal; use a purchase return",
                part=str(left.part),
                warehouse=str(left.warehouse),
            )
        )
    if from_reserved:
        left.reserved -= quantity
    left.quantity, left.amount = left.quantity - quantity, rest
    return amount


def _short(left: StockBalance, wanted: Decimal, free: Decimal) -> str:
    return shortage(left.part, left.warehouse, wanted, free)


def shortage(part: Part, warehouse: Warehouse, wanted: Decimal, free: Decimal) -> str:
    """How many are there and how many were wanted, a sentence."""
    return gettext(
        "%(part)s: only %(free)s available in %(warehouse)s, %(wanted)s wanted",
        part=str(part),
        free=f"{free.normalize():f}",
        warehouse=str(warehouse),
        wanted=f"{wanted.normalize():f}",
    )


def reserve(wanted: list[tuple[Part, Decimal]], warehouse: Warehouse) -> None:
    """Promise pieces to a document: all of them or none. Raises NotEnoughStock naming every short part at once."""
    short = []
    for part, quantity in sorted(wanted, key=lambda pair: pair[0].id):
        row = balance(part, warehouse)
        if row.available < quantity:
            short.append(_short(row, quantity, row.available))
        else:
            row.reserved += quantity
            db.session.flush()
    if short:
        raise NotEnoughStock("；".join(short))


def reserve_up_to(part: Part, quantity: Decimal, warehouse: Warehouse) -> Decimal:
    """Promise as many of these pieces as are free; gives how many, from zero to `quantity`."""
    row = balance(part, warehouse)
    taken = max(min(row.available, quantity), ZERO)
    row.reserved += taken
    db.session.flush()
    return taken


def available(part_id: int, warehouse_id: int) -> Decimal:
    """Pieces that could be promised now; for a look, not for a promise."""
    free = sa.select(TABLE.c.quantity - TABLE.c.reserved)
    return db.session.scalar(free.where(TABLE.c.part_id == part_id, TABLE.c.warehouse_id == warehouse_id)) or ZERO


def release(part: Part, quantity: Decimal, warehouse: Warehouse) -> None:
    """A promise is taken back."""
    changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.part_id == part.id, TABLE.c.warehouse_id == warehouse.id, TABLE.c.reserved >= quantity)
        .values(reserved=TABLE.c.reserved - quantity)
    )


def freeze(warehouse: Warehouse, part_ids: list[int], frozen: bool) -> None:
    """Stop or let go the movements of these parts in a warehouse."""
    changed_rows(
        sa.update(TABLE)
        .where(TABLE.c.warehouse_id == warehouse.id, TABLE.c.part_id.in_(part_ids))
        .values(is_frozen=frozen)
    )


def shelve(row: StockBalance, bin_id: int | None, min_quantity: Decimal | None) -> None:
    """Where the part of a balance lies and below how many pieces it is short; no quantity changes."""
    held = balance(row.part, row.warehouse)
    held.bin_id, held.min_quantity = bin_id, min_quantity


def reverse(moved: StockMove, origin: Document, into: Warehouse | None = None) -> None:
    """The pieces go back to where they came from, or into another store, at exactly the value they had."""
    move(
        moved.part,
        moved.quantity,
        source=moved.target,
        target=into or moved.source,
        movement=StockMovement.REVERSE,
        origin=origin,
        line=moved.origin_line,
        amount=moved.amount,
        reversal_of=moved,
    )


def moves_of(origin: Document, *movements: StockMovement) -> list[Any]:
    """What a document moved, oldest first, reversals left out."""
    return list(
        db.session.scalars(
            sa.select(StockMove)
            .where(
                StockMove.origin == type(origin).__name__,
                StockMove.origin_id == origin.id,
                StockMove.movement.in_(movements),
                StockMove.reversal_of_id.is_(None),
            )
            .order_by(StockMove.part_id, StockMove.id)
        )
    )
