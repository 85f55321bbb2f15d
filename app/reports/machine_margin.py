"""3 整机, 整机毛利: what machines earned, by the day they left, and what was given with them has cost so far.

Only machines that are out count: a dispatch that was withdrawn, or whose machine came back, is none (docs/decisions/
reports.md). Revenue and cost are those of the dispatch paper, without tax. The coupons of a contract are borne by its
machines that are out, by their revenue; they count as far as they were redeemed, at the amount they paid, whatever the day
and whoever redeemed them after they were handed on; parts given count at what those that left have cost, borne likewise.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import clock
from .. import models as m
from ..enums import CouponMovement, DispatchState, MachineMarginGrouping
from .days import first_of, month_of
from .exact import money, running, share, total
from .report import Asked, Drill, Figure, Parameter, Report, Row, address, month_after

SENT, UNIT, MODEL = m.MachineDispatch.__table__, m.MachineUnit.__table__, m.MachineModel.__table__
CONTRACT, CUSTOMER = m.MachineContract.__table__, m.Customer.__table__
EMPLOYEE, DEPARTMENT = m.Employee.__table__, m.Department.__table__
SALE, LINE = m.PartSale.__table__, m.SaleLine.__table__
COUPON, ENTRY = m.Coupon.__table__, m.CouponEntry.__table__
SPENT = (CouponMovement.REDEEM, CouponMovement.REDEEM_SALE, CouponMovement.RESTORE)
SUMS = ("revenue", "cost", "margin", "gifts", "parts", "margin_after")
G = MachineMarginGrouping
GROUPS: dict[MachineMarginGrouping, tuple[str, str, Any]] = {  # grouping → parameter, column, what it is called
    G.MODEL: ("model", "model_name", _("Machine model")),
    G.SALESPERSON: ("salesperson", "salesperson_name", _("Salesperson")),
    G.DEPARTMENT: ("department", "department_name", _("Department")),
    G.MONTH: ("month", "month", _("Month")),
}


class MachineMargin(Report):
    name, title = "MachineMargin", _("Margin of machine sales")
    help_text = _(
        "Machines by the day they left, without those that came back. Coupons of the contract as far as they were redeemed,"
        " parts given with it as far as they have left."
    )
    whose = m.MachineDispatch
    parameters = (
        Parameter("day_from", _("First day"), "day", default=lambda: clock.today().replace(day=1)),
        Parameter("day_to", _("Last day"), "day", default=clock.today),
        Parameter("model", _("Machine model"), "key", entity=m.MachineModel),
        Parameter("salesperson", _("Salesperson"), "key", entity=m.Employee),
        Parameter("department", _("Department"), "key", entity=m.Department),
        Parameter("group", _("Grouped by"), "choice", options=G, default=lambda: G.DISPATCH, needed=True),
    )

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        if asked["group"] is G.DISPATCH:
            return [("business_on", True), ("dispatch_id", True)]
        if asked["group"] is G.MONTH:
            return [("month", True)]
        return [("revenue", True), ("group_id", False)]

    def figures(self, asked: Asked) -> list[Figure]:
        group, behind = asked["group"], self._behind(asked)
        yuan: dict[str, Any] = {"kind": "money", "unit": _("yuan"), "total": True}
        if group is G.DISPATCH:
            named = [
                Figure("number", _("Number"), "text", paper=lambda row: ("MachineDispatch", row["dispatch_id"])),
                Figure("business_on", _("Business date"), "day"),
                Figure("customer_name", _("Customer"), "text"),
                Figure("model_name", _("Machine model"), "text"),
                Figure("serial_number", _("Machine"), "text", paper=lambda row: ("MachineUnit", row["unit_id"])),
                Figure("salesperson_name", _("Salesperson"), "text"),
            ]
        else:
            _word, column, label = GROUPS[group]
            pieces = Figure("pieces", _("Machines"), "whole", _("machines"), total=True, drill=behind(""))
            named = [Figure(column, label, "text", derive=_month if group is G.MONTH else None), pieces]
        return [
            *named,
            Figure("revenue", _("Sales without tax"), secret="price", drill=behind("revenue"), **yuan),
            Figure("cost", _("Machine cost"), secret="cost", drill=behind("cost"), **yuan),
            Figure("margin", _("Margin before gifts"), secret="cost", drill=behind("margin"), **yuan),
            Figure(
                "margin_share", _("Margin rate"), "percent", "%", "cost", total="revenue", order="ratio", derive=_rate
            ),
            Figure("gifts", _("Coupons given, redeemed"), secret="price", drill=behind("gifts"), **yuan),
            Figure("parts", _("Cost of parts given"), secret="cost", drill=behind("parts"), **yuan),
            Figure("margin_after", _("Margin after gifts"), secret="cost", drill=behind("margin_after"), **yuan),
        ]

    def _behind(self, asked: Asked) -> Callable[[str], Callable[[Row, Asked], Drill | None] | None]:
        """A group leads to its dispatches; each of them leads to its paper by its number."""
        if asked["group"] is G.DISPATCH:
            return lambda _total: None
        kept = {p.name: asked.get(p.name) for p in self.parameters if p.name != "group"}
        blank = {name: "" for name in ("day_from", "day_to") if not asked.get(name)}

        def of(row: Row) -> dict[str, Any]:
            if asked["group"] is not G.MONTH:
                return blank | address(**kept | {GROUPS[asked["group"]][0]: row["group_id"]})
            first = first_of(row["month"])
            last = month_after(first) - timedelta(days=1)
            days = {"day_from": max(first, kept["day_from"] or first), "day_to": min(last, kept["day_to"] or last)}
            return address(**kept | days)

        return lambda total_: lambda row, _asked: Drill(self.name, of(row), total_)

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        row = _facts(asked, mine)
        if asked["group"] is G.DISPATCH:
            return sa.select(row, _ratio(row.c.margin, row.c.revenue))
        word, column, _label = GROUPS[asked["group"]]
        key = row.c.month if asked["group"] is G.MONTH else row.c[f"{word}_id"]
        sums = {name: total(row.c[name]) for name in SUMS}
        named = [row.c[column]] if asked["group"] is G.MONTH else [key.label("group_id"), row.c[column]]
        return sa.select(
            *named, sa.func.count().label("pieces"), *(c.label(name) for name, c in sums.items()),
            _ratio(sums["margin"], sums["revenue"]),
        ).group_by(key, row.c[column])  # fmt: skip


def _month(row: Row, _asked: Asked) -> str:
    return f"{first_of(row['month']):%Y-%m}"


def _rate(row: Row, _asked: Asked) -> Decimal | None:
    """Margin before gifts ÷ revenue, four places."""
    if not row["revenue"]:
        return None
    return Decimal(row["margin"] / row["revenue"]).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _ratio(margin: Any, revenue: Any) -> Any:
    """The rate as a float, to sort by."""
    return sa.func.coalesce(sa.cast(margin, sa.Float) / sa.func.nullif(sa.cast(revenue, sa.Float), 0), 0).label("ratio")


def _facts(asked: Asked, mine: Callable[[Any], Any]) -> Any:
    """One row for each machine that is out."""
    given, parts = _borne(_spent(), "given"), _borne(_parts(), "parts_given")
    nothing = sa.literal(Decimal(0), SENT.c.revenue_amount.type)
    gifts, goods = sa.func.coalesce(given.c.amount, nothing), sa.func.coalesce(parts.c.amount, nothing)
    revenue, cost = SENT.c.revenue_amount, SENT.c.cost_amount
    chosen = [
        column == asked[name].id
        for name, column in (
            ("model", UNIT.c.model_id), ("salesperson", CONTRACT.c.salesperson_id), ("department", SENT.c.department_id),
        )
        if asked.get(name)
    ]  # fmt: skip
    if asked.get("day_from"):
        chosen.append(SENT.c.business_on >= asked["day_from"])
    if asked.get("day_to"):
        chosen.append(SENT.c.business_on <= asked["day_to"])
    return (
        sa.select(
            SENT.c.id.label("dispatch_id"), SENT.c.number, SENT.c.business_on, SENT.c.unit_id, UNIT.c.serial_number,
            UNIT.c.model_id, (MODEL.c.brand + " " + MODEL.c.model).label("model_name"), SENT.c.department_id,
            DEPARTMENT.c.name.label("department_name"), CONTRACT.c.salesperson_id,
            EMPLOYEE.c.name.label("salesperson_name"), CUSTOMER.c.name.label("customer_name"),
            month_of(SENT.c.business_on).label("month"), revenue.label("revenue"), cost.label("cost"),
            money(revenue - cost).label("margin"), money(gifts).label("gifts"),
            money(goods).label("parts"), money(revenue - cost - gifts - goods).label("margin_after"),
        )
        .select_from(
            SENT.join(UNIT, UNIT.c.id == SENT.c.unit_id)
            .join(MODEL, MODEL.c.id == UNIT.c.model_id)
            .join(CONTRACT, CONTRACT.c.id == SENT.c.contract_id)
            .join(EMPLOYEE, EMPLOYEE.c.id == CONTRACT.c.salesperson_id)
            .join(DEPARTMENT, DEPARTMENT.c.id == SENT.c.department_id)
            .join(CUSTOMER, CUSTOMER.c.id == SENT.c.customer_id)
            .outerjoin(given, given.c.dispatch_id == SENT.c.id)
            .outerjoin(parts, parts.c.dispatch_id == SENT.c.id)
        )
        .where(SENT.c.state == DispatchState.DONE, mine(SENT.c), *chosen)
        .subquery("fact")
    )  # fmt: skip


def _borne(spent: Any, name: str) -> Any:
    """What each dispatch bears of what its contract has spent (contract_id, amount), by revenue.

    Shares are differences of running sums, so that the machines of a contract add up to what it spent exactly.
    """
    revenue = SENT.c.revenue_amount
    out = (
        sa.select(
            SENT.c.id.label("dispatch_id"), revenue.label("revenue"), spent.c.amount.label("spent"),
            running(revenue, SENT.c.contract_id, SENT.c.id).label("upto"),
            money(sa.func.sum(revenue).over(partition_by=SENT.c.contract_id)).label("whole"),
        )
        .select_from(SENT.join(spent, spent.c.contract_id == SENT.c.contract_id))
        .where(SENT.c.state == DispatchState.DONE)
        .subquery(f"{name}_out")
    )  # fmt: skip
    amount = money(
        share(out.c.spent, out.c.upto, out.c.whole) - share(out.c.spent, out.c.upto - out.c.revenue, out.c.whole)
    )
    return sa.select(out.c.dispatch_id, amount.label("amount")).subquery(name)


def _parts() -> Any:
    """Yuan that the parts given with each contract have cost as they left, less what came back."""
    return (
        sa.select(SALE.c.contract_id, total(LINE.c.cost_amount - LINE.c.returned_cost).label("amount"))
        .select_from(LINE.join(SALE, SALE.c.id == LINE.c.sale_id))
        .where(SALE.c.contract_id.is_not(None))
        .group_by(SALE.c.contract_id)
        .subquery("parts_spent")
    )


def _spent() -> Any:
    """Yuan redeemed and not restored of the coupons each contract gave, and of those they were handed on as."""
    kin = (
        sa.select(COUPON.c.id.label("coupon_id"), COUPON.c.contract_id)
        .where(COUPON.c.contract_id.is_not(None))
        .cte("kin", recursive=True)
    )
    later = COUPON.alias("later")
    kin = kin.union_all(
        sa.select(later.c.id, kin.c.contract_id).select_from(later.join(kin, kin.c.coupon_id == later.c.from_coupon_id))
    )
    return (
        sa.select(kin.c.contract_id, total(-ENTRY.c.amount).label("amount"))
        .select_from(ENTRY.join(kin, kin.c.coupon_id == ENTRY.c.coupon_id))
        .where(ENTRY.c.movement.in_(SPENT))
        .group_by(kin.c.contract_id)
        .subquery("spent")
    )
