"""4 配件, 库存台账: one part, every move with its document, and the balance after each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .. import clock
from .. import models as m
from ..enums import StockMovement
from .exact import money, pieces, total
from .report import Asked, Figure, Parameter, Report, Row
from .stock import BALANCE, IN, MOVE, OUT, WAREHOUSE, WHAT, WHERE, chosen, legs, signed


class StockCard(Report):
    name, title = "StockCard", _("Stock card")
    help_text = _("Every move of one part with the document behind it; the balance ends at the stock that is there.")
    whose = m.StockBalance
    parameters = (
        WHAT,
        WHERE,
        Parameter("day_from", _("First day"), "day", default=lambda: clock.today().replace(day=1)),
        Parameter("day_to", _("Last day"), "day", default=clock.today),
    )

    def lacks(self, asked: Asked) -> Any | None:
        return None if asked.get("part") else gettext("Please choose a part")

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        return [("id", False), ("direction", False)]

    def figures(self, asked: Asked) -> list[Figure]:
        def paper(row: Row) -> tuple[str, int | None]:
            return row["origin"] or "", row["origin_id"]

        def number(row: Row, _asked: Asked) -> str:
            return row["origin_number"] or gettext("Opening stock")

        shown = [
            Figure("number", _("Document number"), "text", order="", derive=number, paper=paper),
            Figure("business_on", _("Business date"), "day", order=""),
            Figure("movement", _("Movement"), "choice", order="", options=StockMovement),
            Figure("warehouse_name", _("Warehouse"), "text", order=""),
            Figure("other_name", _("Other end"), "text", order=""),
        ]
        for kind, secret, words in (
            ("quantity", None, (_("Received pieces"), _("Issued pieces"), _("Pieces then"))),
            ("amount", "cost", (_("Value received in"), _("Value issued"), _("Value then"))),
        ):
            how: dict[str, Any] = {
                "kind": "money" if secret else kind,
                "secret": secret,
                "unit": _("yuan") if secret else None,
                "order": "",
            }
            shown += [
                Figure(f"in_{kind}", words[0], total=True, **how),
                Figure(f"out_{kind}", words[1], total=True, **how),
                Figure(f"balance_{kind}", words[2], total=f"change_{kind}", **how),
            ]
        return shown

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        here = sa.select(BALANCE).where(mine(BALANCE.c), *chosen(asked)).subquery("here")
        since = (MOVE.c.business_on >= asked["day_from"],) if asked.get("day_from") else ()
        leg = legs(MOVE.c.part_id == asked["part"].id, *since)
        mine_only = leg.join(here, here.c.warehouse_id == leg.c.warehouse_id)
        until = (leg.c.business_on <= asked["day_to"],) if asked.get("day_to") else ()
        other, end = WAREHOUSE.alias("other"), WAREHOUSE.alias("place")
        came = leg.c.direction == IN
        moves = (
            sa.select(
                leg.c.id, leg.c.direction, leg.c.origin, leg.c.origin_id, leg.c.origin_number, leg.c.business_on,
                leg.c.movement, end.c.name.label("warehouse_name"), other.c.name.label("other_name"),
                *(change.label(f"change_{kind}") for kind, change in signed(leg, came)),
            )
            .select_from(mine_only.join(end, end.c.id == leg.c.warehouse_id).join(other, other.c.id == leg.c.other_id))
            .where(*until)
        )  # fmt: skip
        later = {
            kind: sa.select(total(change, change.type)).select_from(mine_only).scalar_subquery()
            for kind, change in signed(leg, came)
        }
        nothing = [sa.null() for _ in range(7)]
        opening = sa.select(
            sa.literal(0), sa.literal(0), *nothing,
            pieces(sa.select(total(here.c.quantity, here.c.quantity.type)).scalar_subquery() - later["quantity"]),
            money(sa.select(total(here.c.amount)).scalar_subquery() - later["amount"]),
        )  # fmt: skip
        row = sa.union_all(moves, opening).subquery("row")
        return sa.select(row, *(column for kind in ("quantity", "amount") for column in _ends(row, kind)))


def _ends(row: Any, kind: str) -> list[Any]:
    """In, out and balance after each move of the card."""
    change, is_move = row.c[f"change_{kind}"], row.c.id > 0
    over = sa.func.sum(change).over(order_by=(row.c.id, row.c.direction))
    return [
        sa.case((sa.and_(is_move, row.c.direction == IN), change)).label(f"in_{kind}"),
        sa.type_coerce(sa.case((sa.and_(is_move, row.c.direction == OUT), -change)), change.type).label(f"out_{kind}"),
        sa.type_coerce(over, change.type).label(f"balance_{kind}"),
    ]
