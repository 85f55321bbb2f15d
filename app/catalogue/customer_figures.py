"""客户全景 and 一机一档: key figures on top of a card, each of the rows its person may list, each leading to those rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import clock
from .. import models as m
from ..database import db
from ..enums import UNPAID_RECEIVABLES, CouponState
from ..ledgers import overdue
from ..screens import Figure
from ..workflows.crm import credit_limit
from .words import screen_of

ZERO = Decimal(0)


def of_customer(customer: m.Customer) -> list[Figure]:
    """应收余额, 逾期金额, 预收余额, 卡券余额, 授信额度, 在用设备: one question, within the person's rows."""
    limit = m.CreditLimit
    r, c, u, p = m.Receivable, m.Coupon, m.MachineUnit, m.PrepaidEntry
    owed = sa.select(sa.func.sum(r.outstanding_amount)).where(
        r.customer_id == customer.id, r.state.in_(UNPAID_RECEIVABLES)
    )
    wanted: list[tuple[str, Any, Any, dict[str, str], str]] = [
        ("Receivable", _("Outstanding balance"), owed, {"tab": "unpaid"}, "customer"),
        ("Receivable", _("Overdue amount"), owed.where(*overdue.conditions(clock.today())), {"tab": "overdue"}, "customer"),
        ("PrepaidEntry", _("Left of prepayments"), sa.select(sa.func.sum(p.amount)).where(p.customer_id == customer.id), {}, "customer"),
        ("PrepaidEntry", _("Of it to be refunded"),
         sa.select(sa.func.sum(p.held_amount)).where(p.customer_id == customer.id), {}, "customer"),
        ("CreditLimit", _("Credit limit"),
         sa.select(sa.func.sum(limit.amount)).where(limit.customer_id == customer.id, *credit_limit.counting(clock.today())),
         {"tab": "in_force"}, "customer"),
        ("Coupon", _("Coupon balance"),
         sa.select(sa.func.sum(c.balance)).where(c.customer_id == customer.id, c.state == CouponState.ACTIVE),
         {"tab": "active"}, "customer"),
        ("MachineUnit", _("Machines in use"), sa.select(sa.func.count(u.id)).where(u.owner_customer_id == customer.id), {}, "owner_customer"),
    ]  # fmt: skip
    if not acting.current().knows("price"):  # what he sees of the debts is not all that is owed
        wanted = [one for one in wanted if one[0] != "Receivable"]
    return _asked(customer, wanted)


def of_unit(unit: m.MachineUnit) -> list[Figure]:
    """What was sold, what service cost its owner, what parts went in: for those who may know each."""
    d, o = m.MachineDispatch, m.WorkOrder
    orders = sa.select(sa.func.count(o.id)).where(o.unit_id == unit.id)
    wanted: list[tuple[str, Any, Any, dict[str, str], str]] = [
        ("MachineDispatch", _("Revenue without tax"),
         sa.select(sa.func.sum(d.revenue_amount)).where(d.unit_id == unit.id), {}, "unit"),
        ("MachineDispatch", _("Margin"), sa.select(sa.func.sum(d.margin_amount)).where(d.unit_id == unit.id), {}, "unit"),
        ("WorkOrder", _("Work orders"), orders, {}, "unit"),
        ("WorkOrder", _("Service charged"), sa.select(sa.func.sum(o.customer_amount)).where(o.unit_id == unit.id), {}, "unit"),
        ("WorkOrder", _("Cost of the parts used"),
         sa.select(sa.func.sum(o.cost_amount)).where(o.unit_id == unit.id), {}, "unit"),
    ]  # fmt: skip
    secrets = ("cost", "cost", None, "charge", "cost")
    by = acting.current()
    return _asked(unit, [one for one, secret in zip(wanted, secrets, strict=True) if by.knows(secret)])


def _asked(row: m.Entity, wanted: list[tuple[str, Any, Any, dict[str, str], str]]) -> list[Figure]:
    """Those figures whose list the person may open, in one statement."""
    open_ = [
        (screen, *rest) for name, *rest in wanted if (screen := screen_of(name)) is not None and screen.may("list")
    ]
    if not open_:
        return []
    found = db.session.execute(
        sa.select(*(query.scalar_subquery() for _screen, _label, query, _more, _by in open_))
    ).one()
    figures = []
    for (screen, label, query, more, by), value in zip(open_, found, strict=True):
        is_count = isinstance(query.selected_columns[0].type, sa.Integer)
        text, unit = (str(value or 0), "") if is_count else (f"{value or ZERO:,.2f}", _("yuan"))
        tone = "bad" if more.get("tab") == "overdue" and value else ""
        figures.append(Figure(label, text, unit, screen.url("list", **{by: row.id}, **more), tone))
    return figures
