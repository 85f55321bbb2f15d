"""4 配件, 销售: 配件毛利 — what parts sales earn, returns deducted, before and after the coupons they were paid with.

A sale counts on its business date, with what was shipped of it so far. Revenue is without tax, after the discount; a
coupon lowers revenue, without tax as well, wherever it was used: on the sale, or in a receipt that pays for it. Sales
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
BACK, BACK_LINE = m.SaleReturn.__table__, m.ReturnLine.__table__
PART, TYPE = m.Part.__table__, m.SaleType.__table__
CUSTOMER, EMPLOYEE = m.Customer.__table__, m.Employee.__table__
DEBT, RECEIPT, PAID = m.Receivable.__table__, m.Receipt.__table__, m.ReceiptAllocation.__table__
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
    priced = _priced(asked, mine)
    back = _came_back()
    shipped = share(priced.c.worth, priced.c.shipped_quantity, priced.c.quantity)
    used = share(priced.c.coupon, priced.c.shipped_quantity, priced.c.quantity)
    zero = sa.literal(Decimal(0), priced.c.worth.type)
    gross = money(shipped - sa.func.coalesce(back.c.amount, zero))
    revenue = money(without_tax(shipped, priced.c.tax_rate) - sa.func.coalesce(back.c.net, zero))
    coupons = money(used - sa.func.coalesce(back.c.coupon, zero))
    cost = money(priced.c.cost_amount - priced.c.returned_cost)
    return (
        sa.select(
            *(c for c in priced.c if c.name not in ("quantity", "worth", "coupon", "cost_amount", "returned_cost")),
            pieces(priced.c.shipped_quantity - priced.c.returned_quantity).label("quantity"),
            gross.label("gross"), revenue.label("revenue"), cost.label("cost"), coupons.label("coupons"),
            money(revenue - cost).label("margin"), money(revenue - cost - coupons).label("margin_after"),
        )
        .select_from(priced.outerjoin(back, back.c.sale_line_id == priced.c.line_id))
        .where(priced.c.shipped_quantity > 0)
        .subquery("fact")
    )  # fmt: skip


def _priced(asked: Asked, mine: Callable[[Any], Any]) -> Any:
    """Lines with their share of what the customer pays (`worth`) and of his coupons, without tax (`coupon`).

    Shares are differences of running sums, so that the lines of a sale add up to its figures exactly.
    """
    cashed = (
        sa.select(DEBT.c.sale_id, total(PAID.c.coupon_amount).label("amount"))
        .select_from(
            PAID.join(RECEIPT, RECEIPT.c.id == PAID.c.receipt_id).join(DEBT, DEBT.c.id == PAID.c.receivable_id)
        )
        .where(RECEIPT.c.state == ReceiptState.CONFIRMED, DEBT.c.sale_id.is_not(None), PAID.c.coupon_amount > 0)
        .group_by(DEBT.c.sale_id)
        .subquery("cashed")
    )
    order, sold = (LINE.c.line_number, LINE.c.id), money(SALE.c.goods_amount - SALE.c.discount_amount)
    one = (
        sa.select(
            LINE.c.id.label("line_id"), LINE.c.line_number, LINE.c.part_id, LINE.c.quantity, LINE.c.shipped_quantity,
            LINE.c.returned_quantity, LINE.c.cost_amount, LINE.c.returned_cost, LINE.c.amount, PART.c.part_number,
            PART.c.name.label("part_name"), PART.c.tax_rate, SALE.c.id.label("sale_id"), SALE.c.number, SALE.c.business_on,
            SALE.c.customer_id, SALE.c.salesperson_id, SALE.c.sale_type_id, SALE.c.goods_amount, sold.label("sold"),
            money(SALE.c.coupon_amount + sa.func.coalesce(cashed.c.amount, sa.literal(Decimal(0), sold.type))).label("paid"),
            running(LINE.c.amount, SALE.c.id, order).label("upto"), CUSTOMER.c.name.label("customer_name"),
            EMPLOYEE.c.name.label("salesperson_name"), TYPE.c.name.label("type_name"),
        )
        .select_from(
            SALE.join(LINE, LINE.c.sale_id == SALE.c.id)
            .join(PART, PART.c.id == LINE.c.part_id)
            .join(TYPE, TYPE.c.id == SALE.c.sale_type_id)
            .join(EMPLOYEE, EMPLOYEE.c.id == SALE.c.salesperson_id)
            .outerjoin(CUSTOMER, CUSTOMER.c.id == SALE.c.customer_id)
            .outerjoin(cashed, cashed.c.sale_id == SALE.c.id)
        )
        .where(SALE.c.state == SaleState.APPROVED, TYPE.c.cost_target == CostTarget.SALES, mine(SALE.c), *_chosen(asked))
        .subquery("one")
    )  # fmt: skip
    worth = money(
        share(one.c.sold, one.c.upto, one.c.goods_amount)
        - share(one.c.sold, one.c.upto - one.c.amount, one.c.goods_amount)
    )
    two = sa.select(one, worth.label("worth"), without_tax(worth, one.c.tax_rate).label("net")).subquery("two")
    three = sa.select(
        two, running(two.c.net, two.c.sale_id, (two.c.line_number, two.c.line_id)).label("net_upto")
    ).subquery("three")
    coupon = money(
        share(three.c.paid, three.c.net_upto, three.c.sold)
        - share(three.c.paid, three.c.net_upto - three.c.net, three.c.sold)
    )
    inner = ("amount", "goods_amount", "sold", "paid", "upto", "net", "net_upto", "line_number")
    return sa.select(*(c for c in three.c if c.name not in inner), coupon.label("coupon")).subquery("priced")


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


def _came_back() -> Any:
    """What came back of each sale line: yuan with tax, without tax, and the coupon given back for it, without tax."""
    net = without_tax(BACK_LINE.c.amount, PART.c.tax_rate)
    one = (
        sa.select(
            BACK_LINE.c.sale_line_id, BACK_LINE.c.return_id, BACK_LINE.c.line_number, BACK_LINE.c.amount,
            BACK.c.goods_amount, BACK.c.coupon_amount, net.label("net"),
        )
        .select_from(
            BACK_LINE.join(BACK, BACK.c.id == BACK_LINE.c.return_id)
            .join(LINE, LINE.c.id == BACK_LINE.c.sale_line_id)
            .join(PART, PART.c.id == LINE.c.part_id)
        )
        .where(BACK.c.state.in_([ReturnState.RECEIVED, ReturnState.REFUNDED]), BACK.c.is_unshipped.is_(False))
        .subquery("returned")
    )  # fmt: skip
    two = sa.select(one, running(one.c.net, one.c.return_id, one.c.line_number).label("upto")).subquery("returned2")
    coupon = money(
        share(two.c.coupon_amount, two.c.upto, two.c.goods_amount)
        - share(two.c.coupon_amount, two.c.upto - two.c.net, two.c.goods_amount)
    )
    return (
        sa.select(
            two.c.sale_line_id, total(two.c.amount).label("amount"), total(two.c.net).label("net"), total(coupon).label("coupon")
        )
        .group_by(two.c.sale_line_id)
        .subquery("back")
    )  # fmt: skip
