"""货位: shelves of a warehouse, named by its keeper; where a part lies, and how few of it are too few there.

Source: dictionary B-17a, B-18; roles.md, row 仓库/货位.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...errors import MissingData, WrongAmount, WrongState
from ...ledgers import stock
from ...models import Bin, StockBalance, Warehouse
from .. import checks
from ..machine import Workflow
from . import keeping

flow = Workflow(Bin)
balances = Workflow(StockBalance)
LAST = "\uffff"  # parts without a bin are looked for at the end of the round


@flow.before_save
def prepare(bin: Bin) -> None:
    """Codes are capitals, as they stand on the label; a bin in use stays in its warehouse."""
    checks.strip_texts(bin)
    bin.code = (bin.code or "").upper()
    if not bin.code:
        raise MissingData(gettext("Please enter %(label)s", label=str(Bin.title)), field="code")
    warehouse = bin.warehouse or db.session.get_one(Warehouse, bin.warehouse_id)
    keeping.check_store(warehouse)
    elsewhere = sa.select(StockBalance.id).where(
        StockBalance.bin_id == bin.id, StockBalance.warehouse_id != warehouse.id
    )
    if bin.id and db.session.scalar(elsewhere.limit(1)):
        raise WrongState(gettext("Parts lie in bin %(bin)s; it stays in its warehouse", bin=bin.code), "warehouse")


@balances.transition(to=None, label=_("Set bin and minimum"), icon="map-pin")
def shelve(balance: StockBalance, by: Actor, *, bin: Bin | None = None, min_quantity: Decimal | None = None) -> None:
    """设货位: where the part lies in this warehouse and below how many pieces it is short; empty takes the part's minimum.

    Raises: WrongAmount for a bin of another warehouse or one that is no longer used.
    """
    if bin is not None and (bin.warehouse_id != balance.warehouse_id or not bin.is_enabled):
        raise WrongAmount(
            gettext("Bin %(bin)s is not in use in %(warehouse)s", bin=str(bin), warehouse=str(balance.warehouse)),
            field="bin",
        )
    stock.shelve(balance, bin.id if bin is not None else None, min_quantity)


def in_order(lines: Iterable[Any], warehouse_id: int) -> list[tuple[Any, str]]:
    """Lines of a paper with the code of their bin, in the order one walks along the shelves; without a bin come last."""
    lines = list(lines)
    lying = (
        sa.select(StockBalance.part_id, Bin.code)
        .join(Bin, Bin.id == StockBalance.bin_id)
        .where(StockBalance.warehouse_id == warehouse_id, StockBalance.part_id.in_({part_of(n).id for n in lines}))
    )
    codes = {row.part_id: row.code for row in db.session.execute(lying)}
    placed = [(line, codes.get(part_of(line).id, "")) for line in lines]
    return sorted(placed, key=lambda pair: (pair[1] or LAST, pair[0].line_number))


def part_of(line: Any) -> Any:
    """The part of a line; the line of a return names it through what was sold."""
    return line.sale_line.part if hasattr(line, "sale_line") and not hasattr(line, "part") else line.part
