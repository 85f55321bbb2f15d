"""期初库存: what lay on the shelves before the books began; comes in as 配件入库单 of kind OPENING that are DONE at once.

Only a (part, warehouse) that never moved can be opened. Imported by finance. Source: dictionary B-21, flows.md C2.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ... import clock, scope
from ...database import db
from ...enums import InboundReceiptState, ReceiptOfPartsKind, StockMovement, WarehouseKind
from ...errors import BusinessError
from ...formulas.money import cents
from ...ledgers import stock
from ...models import Bin, InboundLine, InboundReceipt, Part, StockMove, Warehouse
from ...numbering import next_number
from .. import machine

MOST_LINES = 200
ZERO = Decimal(0)
Fault = tuple[Any, str, str]


def worth(values: dict[str, Any]) -> Decimal | None:
    """Yuan without tax of a row: the amount, or pieces × unit cost rounded once; None when neither is told."""
    if values.get("amount") is not None:
        return Decimal(values["amount"])
    return cents(values["quantity"] * values["unit_cost"]) if values.get("unit_cost") is not None else None


def examine(rows: list[Any]) -> list[Fault]:
    """What is wrong with rows of (part, warehouse, quantity, unit_cost or amount, bin_code): (row, column, sentence).

    Cells that cannot be read are missing; what stands in the others is examined all the same.
    """
    faults: list[Fault] = []
    first: dict[tuple[int, int], int] = {}
    bins = _bins()
    moved = _moved(sorted({row.values["part"] for row in rows if "part" in row.values}))
    for row in rows:
        values = row.values
        if "quantity" in values:
            faults += [(row, *fault) for fault in _value_faults(values)]
        if "warehouse" not in values:
            continue
        code = (values.get("bin_code") or "").upper()
        if code and (values["warehouse"], code) not in bins:
            faults.append((row, "bin_code", gettext("there is no such bin in this warehouse")))
        if "part" not in values:
            continue
        place = (values["part"], values["warehouse"])
        if first.setdefault(place, row.line) != row.line:
            faults.append((row, "part", gettext("the same as in row %(line)s", line=first[place])))
        elif place in moved:
            faults.append((row, "part", gettext("has moved in this warehouse already; correct it by a stock count")))
    return faults


def _value_faults(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with quantity, unit cost and value of one row."""
    if values["quantity"] <= 0:
        yield "quantity", gettext("must be more than zero")
    if worth(values) is None:
        yield "unit_cost", gettext("Please enter unit cost or stock value")
    elif None not in (values.get("unit_cost"), values.get("amount")) and values["amount"] != cents(
        values["quantity"] * values["unit_cost"]
    ):
        yield "amount", gettext("does not fit quantity and unit cost; enter only one of them")


def _bins() -> dict[tuple[int, str], int]:
    """(warehouse, code) → bin, of those in use."""
    with scope.elevated():
        found = db.session.execute(sa.select(Bin.warehouse_id, Bin.code, Bin.id).where(Bin.is_enabled))
        return {(warehouse_id, code): bin_id for warehouse_id, code, bin_id in found}


def _moved(part_ids: list[int]) -> set[tuple[int, int]]:
    """(part, warehouse) pairs that moved before, of anybody."""
    pairs: set[tuple[int, int]] = set()
    with scope.elevated():
        for start in range(0, len(part_ids), 500):
            some = StockMove.part_id.in_(part_ids[start : start + 500])
            for end in (StockMove.source_id, StockMove.target_id):
                pairs |= {
                    (p, w) for p, w in db.session.execute(sa.select(StockMove.part_id, end).where(some).distinct())
                }
    return pairs


def book(rows: list[Any], tell: Callable[[int], None]) -> int:
    """Open the stock: one receipt per warehouse and 200 parts, every piece through the stock ledger.

    Posts:  stock OPENING in at the told value; the bin.
    Raises: BusinessError when a part moved in the meantime.
    """
    done, bins = 0, _bins()
    supplier = stock.place(WarehouseKind.SUPPLIER)
    for some in _papers(rows):
        warehouse = db.session.get_one(Warehouse, some[0].values["warehouse"])
        parts = {
            part.id: part
            for part in db.session.scalars(sa.select(Part).where(Part.id.in_({r.values["part"] for r in some})))
        }
        receipt = _receipt(warehouse, some)
        for line, row in enumerate(some, 1):
            value, quantity = worth(row.values), row.values["quantity"]
            balance = stock.balance(parts[row.values["part"]], warehouse)
            if balance.quantity or (balance.part_id, warehouse.id) in _moved([balance.part_id]):
                raise BusinessError(gettext("%(part)s has moved in this warehouse already", part=str(balance.part)))
            stock.move(
                parts[row.values["part"]], quantity, source=supplier, target=warehouse,
                movement=StockMovement.OPENING, origin=receipt, line=line, amount=value,
            )  # fmt: skip
            if row.values.get("bin_code"):
                stock.shelve(balance, bins[warehouse.id, row.values["bin_code"].upper()], None)
        db.session.flush()
        done += len(some)
        tell(done)
        db.session.expunge_all()
        supplier = stock.place(WarehouseKind.SUPPLIER)
    return done


def _papers(rows: list[Any]) -> Iterable[list[Any]]:
    """Rows of one paper each: by warehouse, then part, so that locks are taken in order."""
    ordered = sorted(rows, key=lambda row: (row.values["warehouse"], row.values["part"]))
    start = 0
    for n, row in enumerate(ordered, 1):
        is_last = n == len(ordered) or ordered[n].values["warehouse"] != row.values["warehouse"]
        if is_last or n - start == MOST_LINES:
            yield ordered[start:n]
            start = n


def _receipt(warehouse: Warehouse, some: list[Any]) -> InboundReceipt:
    """A receipt that is DONE when it is written: what is taken over lies there already."""
    receipt = InboundReceipt(
        number=next_number(db.session(), InboundReceipt.prefix),
        department_id=warehouse.department_id,
        kind=ReceiptOfPartsKind.OPENING,
        warehouse_id=warehouse.id,
        received_on=clock.today(),
        state=InboundReceiptState.DONE,
        lines=[
            InboundLine(
                line_number=n,
                part_id=row.values["part"],
                planned_quantity=row.values["quantity"],
                actual_quantity=row.values["quantity"],
                net_amount=worth(row.values),
            )
            for n, row in enumerate(some, 1)
        ],
    )
    machine.begin(receipt)
    return receipt
