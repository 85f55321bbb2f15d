"""4 配件, 库存: what the stock reports share: both ends of every move, and the balances they end at.

Every figure is the balance of (part, warehouse) and the moves after it, so that a report always ends at the stock that
is there, and the current month reads no old moves. What was posted stays: past months do not change.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import enums
from .. import models as m
from .exact import money, pieces
from .report import Asked, Figure, Parameter

BALANCE, MOVE = m.StockBalance.__table__, m.StockMove.__table__
PART, WAREHOUSE = m.Part.__table__, m.Warehouse.__table__
IN, OUT = 1, -1


def _real(query: Any, _given: Any) -> Any:
    """Warehouses that keep parts, the goods on the way included."""
    return query.where(m.Warehouse.kind.in_(enums.REAL_WAREHOUSES | {enums.WarehouseKind.TRANSIT}))


WHERE = Parameter("warehouse", _("Warehouse"), "key", entity=m.Warehouse, narrow=_real)
WHAT = Parameter("part", _("Part"), "key", entity=m.Part)
KIND = Parameter("category", _("Part category"), "key", entity=m.PartCategory)


def legs(*where: Any) -> Any:
    """Both ends of every move, as (part, warehouse, other end, direction, pieces, value)."""

    def leg(here: str, there: str, direction: int) -> Any:
        return sa.select(
            MOVE.c.id, MOVE.c.part_id, MOVE.c[here].label("warehouse_id"), MOVE.c[there].label("other_id"),
            sa.literal(direction).label("direction"), MOVE.c.movement, MOVE.c.business_on,
            MOVE.c.origin, MOVE.c.origin_id, MOVE.c.origin_number, MOVE.c.quantity, MOVE.c.amount,
        ).where(*where)  # fmt: skip

    return sa.union_all(leg("target_id", "source_id", IN), leg("source_id", "target_id", OUT)).subquery("leg")


def chosen(asked: Asked) -> list[Any]:
    """The criteria of part, category (with everything below it) and warehouse on the balances."""
    found = []
    if asked.get("part"):
        found.append(BALANCE.c.part_id == asked["part"].id)
    if asked.get("warehouse"):
        found.append(BALANCE.c.warehouse_id == asked["warehouse"].id)
    if asked.get("category"):
        tree = m.PartCategory.__table__
        below = sa.select(tree.c.id).where(tree.c.id == asked["category"].id).cte("below", recursive=True)
        below = below.union(sa.select(tree.c.id).join(below, tree.c.parent_id == below.c.id))
        found.append(PART.c.category_id.in_(sa.select(below.c.id)))
    return found


def stocked(*joined: Any) -> Any:
    """Balances with the names of part and warehouse."""
    source = BALANCE.join(PART, PART.c.id == BALANCE.c.part_id).join(
        WAREHOUSE, WAREHOUSE.c.id == BALANCE.c.warehouse_id
    )
    for other in joined:
        here = sa.and_(other.c.part_id == BALANCE.c.part_id, other.c.warehouse_id == BALANCE.c.warehouse_id)
        source = source.outerjoin(other, here)
    return source


NAMES = [
    PART.c.part_number, PART.c.name.label("part_name"), PART.c.unit_name, WAREHOUSE.c.name.label("warehouse_name"),
    BALANCE.c.part_id, BALANCE.c.warehouse_id,
]  # fmt: skip
NAMED = [
    Figure("part_number", _("Part number"), "text"),
    Figure("part_name", _("Part name"), "text"),
    Figure("unit_name", _("Unit of measure"), "text", card=False),
    Figure("warehouse_name", _("Warehouse"), "text"),
]


def signed(leg: Any, came: Any) -> list[tuple[str, Any]]:
    """Pieces and value with their sign: in is plus, out is minus."""
    return [
        ("quantity", pieces(sa.case((came, leg.c.quantity), else_=-leg.c.quantity))),
        ("amount", money(sa.case((came, leg.c.amount), else_=-leg.c.amount))),
    ]
