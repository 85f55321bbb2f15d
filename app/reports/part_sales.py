"""4 配件, 销售: 配件毛利 — what parts sales earn, returns deducted, before and after the coupons they were paid with.

A sale counts on its business date, with what was shipped of it so far. Revenue is without tax, after the discount; a
coupon lowers revenue, without tax as well, wherever it was used: on the sale, or in a receipt that pays for it. What is
closed or comes back takes with it what the books gave back for it, and no more: the rest bears what is left. Sales
whose cost goes to a department, to marketing or into a machine earn nothing and are not here.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import clock
from .. import models as m
from ..enums import CostTarget, MarginGrouping, ReceiptState, ReturnState, SaleState
from .exact import money, pieces, running, share, total, without_tax
from .report import Asked, Drill, Figure, Parameter, Report, Row, address

SALE, LINE = m.PartSale.__table__, m.SaleLine.__table__
BACK = m.SaleReturn.__table__
PART, TYPE = m.Part.__table__, m.SaleType.__table__
CUSTOMER, EMPLOYEE = m.Customer.__table__, m.Employee.__table__
DEBT, RECEIPT, PAID = m.Receivable.__table__, m.Receipt.__table__, m.ReceiptAllocation.__table__
NAMED = (
    "line_id", "part_id", "part_number", "part_name", "tax_rate", "sale_id", "number", "business_on", "customer_id",
    "salesperson_id", "sale_type_id", "customer_name", "salesperson_name", "type_name", "shipped_quantity",
    "returned_quantity",
)  # fmt: skip
SUMS = ("quantity", "gross", "revenue", "cost", "coupons", "margin", "margin_after")
GROUPS: dict[MarginGrouping, tuple[str, str, Any]] = {
    MarginGrouping.CUSTOMER: ("customer", "customer_name", _("Customer")),
    MarginGrouping.SALESPERSON: ("salesperson", "salesperson_name", _("Salesperson")),
    MarginGrouping.SALE_TYPE: ("sale_type", "type_name", _("Kind of sale")),
    MarginGrouping.PART: ("part", "part_name", _("Part name")),
}


class PartMargin(Report):
    name, title = "PartMargin", _("Margin of parts sales")
    help_text = _(
        "Sales by their business date, as far as shipped, returns deducted, without tax. Coupons count where they paid."
    )
    whose = m.PartSale
    parameters = (
        Parameter("day_from", _("First day"), "day", default=lambda: clock.today().replace(day=1)),
        Parameter("day_to", _("Last day"), "day", default=clock.today),
        Parameter("customer", _("Customer"), "key", entity=m.Customer),
        Parameter("salesperson", _("Salesperson"), "key", entity=m.Employee),
        Parameter("sale_type", _("Kind of sale"), "key", entity=m.SaleType),
        Parameter("part", _("Part"), "key", entity=m.Part),
        Parameter(
            "group", _("Grouped by"), "choice", options=MarginGrouping, default=lambda: MarginGrouping.LINE, needed=True
        ),
    )

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        if asked["group"] is MarginGrouping.LINE:
            return [("business_on", True), ("line_id", True)]
        return [("revenue", True), ("group_id", False)]

    def figures(self, asked: Asked) -> list[Figure]:
        group, drill = asked["group"], self._behind(asked)
        if group is MarginGrouping.LINE:
            named = [
                Figure("number", _("Number"), "text", paper=lambda row: ("PartSale", row["sale_id"])),
                Figure("business_on", _("Business date"), "day"),
                Figure("customer_name", _("Customer"), "text"),
                Figure("salesperson_name", _("Salesperson"), "text"),
                Figure("type_name", _("Kind of sale"), "text", card=False),
                Figure("part_number", _("Part number"), "text", card=False),
                Figure("part_name", _("Part name"), "text"),
            ]
        else:
            _word, column, label = GROUPS[group]
            named = [Figure(column, label, "text")]
            if group is MarginGrouping.PART:
                named.insert(0, Figure("part_number", _("Part number"), "text"))
        yuan: dict[str, Any] = {"kind": "money", "unit": _("yuan"), "total": True}
        return [
            *named,
            Figure("quantity", _("Quantity"), "quantity", total=True, drill=drill("quantity")),
            Figure("gross", _("Sales with tax"), secret="goods", drill=drill("gross"), card=False, **yuan),
            Figure("revenue", _("Sales without tax"), secret="goods", drill=drill("revenue"), **yuan),
            Figure("cost", _("Cost of the goods"), secret="cost", drill=drill("cost"), **yuan),
            Figure("margin", _("Margin before coupons"), secret="cost", drill=drill("margin"), **yuan),
            Figure(
                "margin_share", _("Margin rate"), "percent", "%", "cost", total="revenue", order="ratio", derive=_rate
            ),
            Figure("coupons", _("Coupons without tax"), secret="goods", drill=drill("coupons"), **yuan),
            Figure("margin_after", _("Margin after coupons"), secret="cost", drill=drill("margin_after"), **yuan),
        ]

    def _behind(self, asked: Asked) -> Callable[[str], Callable[[Row, Asked], Drill | None] | None]:
        """A group leads to its sale lines; a line leads to its sale by its number."""
        if asked["group"] is MarginGrouping.LINE:
            return lambda name: None
        word, kept = (
            GROUPS[asked["group"]][0],
            {p.name: asked.get(p.name) for p in self.parameters if p.name != "group"},
        )
        bounds = {name: "" for name in ("day_from", "day_to") if not asked.get(name)}
        return lambda name: (
            lambda row, _asked: (
                Drill(self.name, bounds | address(**kept | {word: row["group_id"]}), name) if row["group_id"] else None
            )
        )

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        fact = _facts(asked, mine)
        row = (
            sa.select(fact).where(*([fact.c.part_id == asked["part"].id] if asked.get("part") else [])).subquery("row")
        )
        if asked["group"] is MarginGrouping.LINE:
            return sa.select(row, _ratio(row.c.margin, row.c.revenue))
        word, column, _label = GROUPS[asked["group"]]
        keys = [row.c[f"{word}_id"].label("group_id"), row.c[column]]
        if asked["group"] is MarginGrouping.PART:
            keys.append(row.c.part_number)
        sums = {name: total(row.c[name], row.c[name].type) for name in SUMS}
        return sa.select(
            *keys, *(c.label(name) for name, c in sums.items()), _ratio(sums["margin"], sums["revenue"])
        ).group_by(row.c[f"{word}_id"], *(k for k in keys[1:]))  # fmt: skip


def _rate(row: Row, _asked: Asked) -> Decimal | None:
    """Margin before coupons ÷ revenue, four places."""
    if not row["revenue"]:
        return None
    return (row["margin"] / row["revenue"]).quantize(Decimal("0.0001"))


def _ratio(margin: Any, revenue: Any) -> Any:
    """The rate as a float, to sort by."""
    return sa.func.coalesce(sa.cast(margin, sa.Float) / sa.func.nullif(sa.cast(revenue, sa.Float), 0), 0).label("ratio")


def _facts(asked: Asked, mine: Callable[[Any], Any]) -> Any:
    """One row for each sale line that was shipped: pieces, revenue, cost and coupons, to the cent of the whole sale."""
    line = _borne(asked, mine)
    here = pieces(line.c.shipped_quantity - line.c.returned_quantity)
    gross = money(share(line.c.worth, here, line.c.left_quantity))
    revenue = money(without_tax(gross, line.c.tax_rate))
    coupons = money(share(line.c.coupon, here, line.c.left_quantity))
    cost = money(line.c.cost_amount - line.c.returned_cost)
    return (
        sa.select(
            *(c for c in line.c if c.name in NAMED),
            here.label("quantity"), gross.label("gross"), revenue.label("revenue"), cost.label("cost"),
            coupons.label("coupons"), money(revenue - cost).label("margin"),
            money(revenue - cost - coupons).label("margin_after"),
        )
        .where(line.c.shipped_quantity > 0)
        .subquery("fact")
    )  # fmt: skip


def _borne(asked: Asked, mine: Callable[[Any], Any]) -> Any:
    """Lines with what the customer still pays of them (`worth`) and what of his coupons, without tax (`coupon`), for the
    pieces that are neither closed nor returned.

    The sale's price less its returns, and its coupons less what was given back, are what the books say; both are shared
    among what is left by its list price, as differences of running sums, so that the lines add up to them exactly.
    """
    one = _left(asked, mine)
    order = (one.c.line_number, one.c.line_id)
    listed = sa.select(
        one,
        running(one.c.listed, one.c.sale_id, order).label("upto"),
        money(sa.func.sum(one.c.listed).over(partition_by=one.c.sale_id)).label("whole"),
    ).subquery("listed")
    before = listed.c.upto - listed.c.listed

    def upto(amount: Any, listed_so_far: Any) -> Any:
        return share(amount, listed_so_far, listed.c.whole)

    worth = money(upto(listed.c.sold, listed.c.upto) - upto(listed.c.sold, before))
    coupon = money(
        without_tax(upto(listed.c.paid, listed.c.upto), listed.c.tax_rate)
        - without_tax(upto(listed.c.paid, before), listed.c.tax_rate)
    )
    return sa.select(listed, worth.label("worth"), coupon.label("coupon")).subquery("borne")


def _left(asked: Asked, mine: Callable[[Any], Any]) -> Any:
    """Lines with their pieces that are neither closed nor returned and the list price of those; of their sale, what the
    customer still pays (`sold`) and what of it coupons paid and were not given back for (`paid`)."""
    cashed, back = _cashed(), _came_back()
    left = pieces(LINE.c.quantity - LINE.c.closed_quantity - LINE.c.returned_quantity)
    nothing = sa.literal(Decimal(0), SALE.c.goods_amount.type)
    sold = money(SALE.c.goods_amount - SALE.c.discount_amount - sa.func.coalesce(back.c.goods, nothing))
    paid = money(
        SALE.c.coupon_amount + sa.func.coalesce(cashed.c.amount, nothing) - sa.func.coalesce(back.c.coupon, nothing)
    )
    return (
        sa.select(
            LINE.c.id.label("line_id"), LINE.c.line_number, LINE.c.part_id, LINE.c.shipped_quantity,
            LINE.c.returned_quantity, LINE.c.cost_amount, LINE.c.returned_cost, left.label("left_quantity"),
            share(LINE.c.amount, left, LINE.c.quantity).label("listed"), PART.c.part_number,
            PART.c.name.label("part_name"), PART.c.tax_rate, SALE.c.id.label("sale_id"), SALE.c.number, SALE.c.business_on,
            SALE.c.customer_id, SALE.c.salesperson_id, SALE.c.sale_type_id, sold.label("sold"), paid.label("paid"),
            CUSTOMER.c.name.label("customer_name"), EMPLOYEE.c.name.label("salesperson_name"),
            TYPE.c.name.label("type_name"),
        )
        .select_from(
            SALE.join(LINE, LINE.c.sale_id == SALE.c.id)
            .join(PART, PART.c.id == LINE.c.part_id)
            .join(TYPE, TYPE.c.id == SALE.c.sale_type_id)
            .join(EMPLOYEE, EMPLOYEE.c.id == SALE.c.salesperson_id)
            .outerjoin(CUSTOMER, CUSTOMER.c.id == SALE.c.customer_id)
            .outerjoin(cashed, cashed.c.sale_id == SALE.c.id)
            .outerjoin(back, back.c.sale_id == SALE.c.id)
        )
        .where(SALE.c.state == SaleState.APPROVED, TYPE.c.cost_target == CostTarget.SALES, mine(SALE.c), *_chosen(asked))
        .subquery("line")
    )  # fmt: skip


def _cashed() -> Any:
    """Yuan of each sale's debt that coupons paid in receipts."""
    return (
        sa.select(DEBT.c.sale_id, total(PAID.c.coupon_amount).label("amount"))
        .select_from(
            PAID.join(RECEIPT, RECEIPT.c.id == PAID.c.receipt_id).join(DEBT, DEBT.c.id == PAID.c.receivable_id)
        )
        .where(RECEIPT.c.state == ReceiptState.CONFIRMED, DEBT.c.sale_id.is_not(None), PAID.c.coupon_amount > 0)
        .group_by(DEBT.c.sale_id)
        .subquery("cashed")
    )


def _came_back() -> Any:
    """What each sale's returns were worth, those of pieces that never left among them, and what coupons got back."""
    return (
        sa.select(
            BACK.c.sale_id, total(BACK.c.goods_amount).label("goods"), total(BACK.c.coupon_amount).label("coupon")
        )
        .where(BACK.c.state.in_([ReturnState.RECEIVED, ReturnState.REFUNDED]))
        .group_by(BACK.c.sale_id)
        .subquery("back")
    )


def _chosen(asked: Asked) -> list[Any]:
    """The criteria on the sale."""
    found = [
        SALE.c[f"{name}_id"] == asked[name].id for name in ("customer", "salesperson", "sale_type") if asked.get(name)
    ]
    if asked.get("day_from"):
        found.append(SALE.c.business_on >= asked["day_from"])
    if asked.get("day_to"):
        found.append(SALE.c.business_on <= asked["day_to"])
    return found
