"""4 配件, 库存: 库存台账 (stock card), 收发存月报 (what came and went in a month), 库存呆滞 (what nobody takes).

Every figure is the balance of (part, warehouse) and the moves after it, so that a report always ends at the stock that
is there, and the current month reads no old moves. What has moved stays as it was posted: past months do not change.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .. import clock, enums
from .. import models as m
from ..database import db
from ..enums import SlowGrouping, StockAge, StockFigures, StockMovement
from .exact import money, pieces, total, when
from .report import Asked, Drill, Figure, Parameter, Report, Row, address, month_after

BALANCE, MOVE = m.StockBalance.__table__, m.StockMove.__table__
PART, WAREHOUSE = m.Part.__table__, m.Warehouse.__table__
IN, OUT = 1, -1
NOT_ISSUES = frozenset({
    StockMovement.TRANSFER_OUT, StockMovement.TRANSFER_IN, StockMovement.PURCHASE_RETURN_OUT, StockMovement.COUNT_LOSS,
    StockMovement.TRANSIT_LOSS, StockMovement.REVERSE,
})  # fmt: skip
AGES = {StockAge.DAYS_90: 90, StockAge.DAYS_180: 180, StockAge.DAYS_365: 365}


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
                *(change.label(f"change_{kind}") for kind, change in _signed(leg, came)),
            )
            .select_from(mine_only.join(end, end.c.id == leg.c.warehouse_id).join(other, other.c.id == leg.c.other_id))
            .where(*until)
        )  # fmt: skip
        later = {
            kind: sa.select(total(change, change.type)).select_from(mine_only).scalar_subquery()
            for kind, change in _signed(leg, came)
        }
        nothing = [sa.null() for _ in range(7)]
        opening = sa.select(
            sa.literal(0), sa.literal(0), *nothing,
            pieces(sa.select(total(here.c.quantity, here.c.quantity.type)).scalar_subquery() - later["quantity"]),
            money(sa.select(total(here.c.amount)).scalar_subquery() - later["amount"]),
        )  # fmt: skip
        row = sa.union_all(moves, opening).subquery("row")
        return sa.select(row, *(column for kind in ("quantity", "amount") for column in _ends(row, kind)))


def _signed(leg: Any, came: Any) -> list[tuple[str, Any]]:
    """Pieces and value with their sign: in is plus, out is minus."""
    return [
        ("quantity", pieces(sa.case((came, leg.c.quantity), else_=-leg.c.quantity))),
        ("amount", money(sa.case((came, leg.c.amount), else_=-leg.c.amount))),
    ]


def _ends(row: Any, kind: str) -> list[Any]:
    """In, out and balance after each move of the card."""
    change, is_move = row.c[f"change_{kind}"], row.c.id > 0
    over = sa.func.sum(change).over(order_by=(row.c.id, row.c.direction))
    return [
        sa.case((sa.and_(is_move, row.c.direction == IN), change)).label(f"in_{kind}"),
        sa.type_coerce(sa.case((sa.and_(is_move, row.c.direction == OUT), -change)), change.type).label(f"out_{kind}"),
        sa.type_coerce(over, change.type).label(f"balance_{kind}"),
    ]


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

        def card(row: Row, until: date, kind: str) -> Drill:
            args = address(
                part=row["part_id"],
                warehouse=row["warehouse_id"],
                day_from=first if until > first else None,
                day_to=until,
            )
            return Drill("StockCard", {"day_from": "", **args}, f"balance_{kind}")

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
            shown.append(
                Figure(
                    f"opening_{kind}", words[kind][0], total=True, drill=lambda r, a, k=kind: card(r, before, k), **how
                )
            )
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
            shown.append(
                Figure(
                    f"closing_{kind}", words[kind][3], total=True, drill=lambda r, a, k=kind: card(r, last, k), **how
                )
            )
        return shown

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        first, after = asked["month"], month_after(asked["month"])
        leg = legs(MOVE.c.business_on >= first)
        came, within = leg.c.direction == IN, leg.c.business_on < after
        wanted: dict[str, Any] = {}
        for kind, change in _signed(leg, came):
            column = leg.c[kind]
            wanted[f"since_{kind}"] = total(change, column.type)
            wanted[f"in_{kind}"] = total(when(sa.and_(within, came), column, column.type), column.type)
            wanted[f"out_{kind}"] = total(when(sa.and_(within, ~came), column, column.type), column.type)
            if asked["show"] is not StockFigures.TOTAL:
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
        Parameter("age", _("Days without issue"), "choice", options=StockAge),
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
        bucket = Figure("age", _("Days without issue"), "state", order="-age_rank", derive=age, options=StockAge)
        if asked["group"] is SlowGrouping.AGE:
            return [bucket, Figure("kinds", _("Kinds of parts"), "whole", total=True), *figures]
        return [
            *NAMED,
            bucket,
            Figure(
                "days", _("Days"), "whole", order="-since", derive=lambda row, a: (clock.today() - row["since"]).days
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
