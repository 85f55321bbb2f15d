"""4 配件, 库存呆滞: what nobody takes, by days since the last sale or use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import clock
from .. import models as m
from ..enums import SlowGrouping, StockAge, StockMovement
from .exact import total
from .report import Asked, Drill, Figure, Parameter, Report, Row, address
from .stock import BALANCE, KIND, MOVE, NAMED, NAMES, WHAT, WHERE, chosen, stocked

NOT_ISSUES = frozenset({
    StockMovement.TRANSFER_OUT, StockMovement.TRANSFER_IN, StockMovement.PURCHASE_RETURN_OUT, StockMovement.COUNT_LOSS,
    StockMovement.TRANSIT_LOSS, StockMovement.REVERSE,
})  # fmt: skip
AGES = {StockAge.DAYS_90: 90, StockAge.DAYS_180: 180, StockAge.DAYS_365: 365}


class SlowStock(Report):
    name, title = "SlowStock", _("Slow stock")
    help_text = _(
        "Days since a part was last sold or used from a warehouse; where it never was, since it first came in."
    )
    whose = m.StockBalance
    parameters = (
        WHERE,
        KIND,
        WHAT,
        Parameter("age", _("Span of days"), "choice", options=StockAge),
        Parameter(
            "group", _("Grouped by"), "choice", options=SlowGrouping, default=lambda: SlowGrouping.PART, needed=True
        ),
    )

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        if asked["group"] is SlowGrouping.AGE:
            return [("age_rank", False)]
        return [("since", False), ("part_number", False), ("warehouse_id", False)]

    def figures(self, asked: Asked) -> list[Figure]:
        def age(row: Row, _asked: Asked) -> StockAge:
            return list(StockAge)[row["age_rank"]]

        def here(total_: str) -> Callable[[Row, Asked], Drill]:
            if asked["group"] is SlowGrouping.AGE:
                kept = {k: asked.get(k) for k in ("warehouse", "category", "part")}
                return lambda row, a: Drill(self.name, address(age=age(row, a), **kept), total_)
            return lambda row, a: Drill(
                "StockBalance", address(part=row["part_id"], warehouse=row["warehouse_id"]), total_
            )

        figures = [
            Figure("quantity", _("On hand"), "quantity", total=True, drill=here("quantity")),
            Figure("amount", _("Stock value"), "money", _("yuan"), "cost", total=True, drill=here("amount")),
        ]
        bucket = Figure("age", _("Span of days"), "state", order="-age_rank", derive=age, options=StockAge)
        if asked["group"] is SlowGrouping.AGE:
            return [bucket, Figure("kinds", _("Kinds of parts"), "whole", total=True), *figures]
        return [
            *NAMED,
            bucket,
            Figure(
                "days",
                _("Days without issue"),
                "whole",
                order="-since",
                derive=lambda row, a: (clock.today() - row["since"]).days,
            ),
            Figure("issued_on", _("Last issue"), "day", drill=self._last_moves),
            *figures,
        ]

    @staticmethod
    def _last_moves(row: Row, _asked: Asked) -> Drill:
        args = address(part=row["part_id"], warehouse=row["warehouse_id"], day_from=row["since"])
        return Drill("StockCard", args, "")

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        issued = _edge(MOVE.c.source_id, sa.func.max(MOVE.c.business_on), MOVE.c.movement.not_in(NOT_ISSUES), "issued")
        came = _edge(MOVE.c.target_id, sa.func.min(MOVE.c.business_on), sa.true(), "came")
        since = sa.func.coalesce(issued.c.on, came.c.on)
        today = clock.today()
        rank = sa.case(
            *((since >= today - timedelta(days=days), list(StockAge).index(age)) for age, days in AGES.items()),
            else_=len(AGES),
        )
        row = (
            sa.select(
                *NAMES, BALANCE.c.quantity, BALANCE.c.amount, issued.c.on.label("issued_on"),
                sa.type_coerce(since, sa.Date()).label("since"), rank.label("age_rank"),
            )
            .select_from(stocked(issued, came))
            .where(BALANCE.c.quantity > 0, mine(BALANCE.c), *chosen(asked))
            .subquery("row")
        )  # fmt: skip
        of_age = [row.c.age_rank == list(StockAge).index(asked["age"])] if asked.get("age") else []
        if asked["group"] is not SlowGrouping.AGE:
            return sa.select(row).where(*of_age)
        return (
            sa.select(
                row.c.age_rank, sa.func.count().label("kinds"),
                total(row.c.quantity, row.c.quantity.type).label("quantity"), total(row.c.amount).label("amount"),
            )
            .where(*of_age)
            .group_by(row.c.age_rank)
        )  # fmt: skip


def _edge(end: Any, day: Any, which: Any, name: str) -> Any:
    """The first or last day of such moves for each (part, warehouse)."""
    return (
        sa.select(MOVE.c.part_id, end.label("warehouse_id"), day.label("on"))
        .where(which)
        .group_by(MOVE.c.part_id, end)
        .subquery(name)
    )
