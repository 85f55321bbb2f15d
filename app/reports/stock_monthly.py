"""4 配件, 收发存月报: what was there, came, went and is there, by month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import clock
from .. import models as m
from ..database import db
from ..enums import StockFigures, StockMovement
from .exact import total, when
from .report import Asked, Drill, Figure, Parameter, Report, Row, address, month_after
from .stock import BALANCE, IN, KIND, MOVE, NAMED, NAMES, WHAT, WHERE, chosen, legs, signed, stocked


class StockMonthly(Report):
    name, title = "StockMonthly", _("Monthly stock report")
    help_text = _("Opening + received − issued = closing, for each part and warehouse. Any month may be asked for.")
    whose = m.StockBalance
    parameters = (
        Parameter("month", _("Month"), "month", default=lambda: clock.today().replace(day=1), needed=True),
        WHERE,
        KIND,
        WHAT,
        Parameter(
            "show", _("Figures"), "choice", options=StockFigures, default=lambda: StockFigures.TOTAL, needed=True
        ),
    )

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        return [("part_number", False), ("warehouse_name", False), ("warehouse_id", False)]

    def figures(self, asked: Asked) -> list[Figure]:
        first = asked["month"]
        last, before = month_after(first) - timedelta(days=1), first - timedelta(days=1)
        show = asked["show"]
        kinds = (
            ["quantity"]
            if show is StockFigures.QUANTITY
            else ["amount"]
            if show is StockFigures.AMOUNT
            else ["quantity", "amount"]
        )
        words = {
            "quantity": (_("Opening pieces"), _("Received pieces"), _("Issued pieces"), _("Closing pieces")),
            "amount": (_("Opening value"), _("Value received in"), _("Value issued"), _("Closing value")),
        }

        def card(until: date, kind: str) -> Callable[[Row, Asked], Drill]:
            since: Any = first if until > first else ""
            return lambda row, _asked: Drill(
                "StockCard",
                {"day_from": since and since.isoformat()}
                | address(part=row["part_id"], warehouse=row["warehouse_id"], day_to=until),
                f"balance_{kind}",
            )

        def moved(end: str, kind: str, movement: StockMovement | None = None) -> Callable[[Row, Asked], Drill]:
            return lambda row, _asked: Drill(
                "StockMove",
                address(part=row["part_id"], movement=movement, business_on_from=first, business_on_to=last)
                | {end: row["warehouse_id"]},
                kind,
            )  # fmt: skip

        shown = list(NAMED)
        for kind in kinds:
            how: dict[str, Any] = (
                {"kind": "quantity"} if kind == "quantity" else {"kind": "money", "secret": "cost", "unit": _("yuan")}
            )
            shown.append(Figure(f"opening_{kind}", words[kind][0], total=True, drill=card(before, kind), **how))
            if show is not StockFigures.TOTAL:
                for movement, direction in self.occurring(asked):
                    label = (
                        _("In: %(kind)s", kind=movement.label)
                        if direction == IN
                        else _("Out: %(kind)s", kind=movement.label)
                    )
                    drill = moved("target" if direction == IN else "source", kind, movement)
                    shown.append(
                        Figure(_by(kind, movement, direction), label, total=True, drill=drill, card=False, **how)
                    )
            shown.append(Figure(f"in_{kind}", words[kind][1], total=True, drill=moved("target", kind), **how))
            shown.append(Figure(f"out_{kind}", words[kind][2], total=True, drill=moved("source", kind), **how))
            shown.append(Figure(f"closing_{kind}", words[kind][3], total=True, drill=card(last, kind), **how))
        return shown

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        first, after = asked["month"], month_after(asked["month"])
        leg = legs(MOVE.c.business_on >= first, *([MOVE.c.part_id == asked["part"].id] if asked.get("part") else []))
        came, within = leg.c.direction == IN, leg.c.business_on < after
        wanted: dict[str, Any] = {}
        hidden = "quantity" if asked["show"] is StockFigures.AMOUNT else "amount"
        for kind, change in signed(leg, came):
            column = leg.c[kind]
            wanted[f"since_{kind}"] = total(change, column.type)
            wanted[f"in_{kind}"] = total(when(sa.and_(within, came), column, column.type), column.type)
            wanted[f"out_{kind}"] = total(when(sa.and_(within, ~came), column, column.type), column.type)
            if asked["show"] is not StockFigures.TOTAL and kind != hidden:
                for movement, direction in self.occurring(asked):
                    this = sa.and_(within, leg.c.movement == movement, leg.c.direction == direction)
                    wanted[_by(kind, movement, direction)] = total(when(this, column, column.type), column.type)
        moved = (
            sa.select(leg.c.part_id, leg.c.warehouse_id, *(c.label(name) for name, c in wanted.items()))
            .group_by(leg.c.part_id, leg.c.warehouse_id)
            .subquery("moved")
        )
        columns: list[Any] = []
        for kind in ("quantity", "amount"):
            type_ = BALANCE.c[kind].type
            told = {name: sa.func.coalesce(moved.c[name], 0) for name in wanted if name.endswith(kind)}
            opening = BALANCE.c[kind] - told.pop(f"since_{kind}")
            columns.append(sa.type_coerce(opening, type_).label(f"opening_{kind}"))
            columns += [sa.type_coerce(expression, type_).label(name) for name, expression in told.items()]
            closing = opening + told[f"in_{kind}"] - told[f"out_{kind}"]
            columns.append(sa.type_coerce(closing, type_).label(f"closing_{kind}"))
        row = (
            sa.select(*NAMES, *columns)
            .select_from(stocked(moved))
            .where(mine(BALANCE.c), *chosen(asked))
            .subquery("row")
        )
        return sa.select(row).where(
            sa.or_(row.c.opening_quantity != 0, row.c.in_quantity != 0, row.c.out_quantity != 0)
        )

    @staticmethod
    def occurring(asked: Asked) -> list[tuple[StockMovement, int]]:
        """The kinds of movement of that month, what comes in first."""
        leg = legs(MOVE.c.business_on >= asked["month"], MOVE.c.business_on < month_after(asked["month"]))
        kept = sa.select(BALANCE.c.warehouse_id).distinct()
        if asked.get("warehouse"):
            kept = kept.where(BALANCE.c.warehouse_id == asked["warehouse"].id)
        found = db.session.execute(
            sa.select(leg.c.movement, leg.c.direction).where(leg.c.warehouse_id.in_(kept)).distinct()
        )
        return sorted(((r.movement, r.direction) for r in found), key=lambda pair: (-pair[1], pair[0].value))


def _by(kind: str, movement: StockMovement, direction: int) -> str:
    return f"{movement.name.lower()}_{'in' if direction == IN else 'out'}_{kind}"
