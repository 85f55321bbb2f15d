"""The first page after the login: what waits, what is usually begun, some figures."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import clock
from .. import models as m
from ..database import db
from ..enums import (
    SIGNED_CONTRACTS,
    UNPAID_RECEIVABLES,
    UnitState,
)
from ..ledgers import overdue
from ..screens.todos import todos
from .words import screen_of


class HomeView(BaseView):
    """工作台: what waits for me, what is new, and the figures I may know."""

    route_base = ""
    default_view = "index"

    @expose("/")
    def index(self) -> str:
        return self.render_template(
            "home.html",
            title=gettext("Home"),
            todos=todos(),
            links=quick_links(),
            notices=_my_notices(),
            figures=figures(),
            notice_screen=screen_of("Notification"),
        )

    @expose("/me")
    def me(self) -> str:
        return self.render_template("me.html", title=gettext("Me"))


def quick_links() -> list[dict[str, Any]]:
    """What this person starts most often."""
    wanted = (
        "Contact",
        "Customer",
        "MachineContract",
        "WorkOrder",
        "PartRequest",
        "Receipt",
        "MachineInbound",
        "VisitTask",
        "CouponIssue",
    )
    links = []
    if acting.current().may("receive", "InboundReceipt"):
        links.append({"label": gettext("Scan in the store"), "url": url_for("StoreView.index"), "icon": "qrcode"})
    if acting.current().may("redeem", "Coupon"):
        links.append({"label": gettext("Redeem coupons"), "url": url_for("CouponPageView.index"), "icon": "ticket"})
    if acting.current().may("accept", "WorkOrder"):
        links.append(
            {"label": gettext("My work orders"), "url": url_for("WorkView.index"), "icon": "screwdriver-wrench"}
        )
        links.append({"label": gettext("My parts"), "url": url_for("PartsView.index"), "icon": "box-open"})
    for screen in filter(None, map(screen_of, wanted)):
        if screen.may("add"):
            links.append(
                {
                    "label": gettext("New: %(entity)s", entity=str(screen.entity.title)),
                    "url": screen.url("add"),
                    "icon": "plus",
                }
            )
    if acting.current().may("add", "FollowUp"):
        links.append({"label": gettext("Follow up"), "url": url_for("FollowPageView.people"), "icon": "comment-dots"})
    if acting.current().may("add", "CustomerTag"):
        links.append({"label": gettext("Tag customers"), "url": url_for("TagPickView.customers"), "icon": "tags"})
    return links


def _my_notices() -> list[m.Notification]:
    query = sa.select(m.Notification).order_by(m.Notification.read_at.is_not(None), m.Notification.id.desc()).limit(8)
    return list(db.session.scalars(query))


def figures() -> list[dict[str, Any]]:
    """Figures of today and of this month within the person's rows, each with the list that adds up to it."""
    first = clock.today().replace(day=1)
    c, r, u = m.MachineContract, m.Receivable, m.MachineUnit
    found: list[dict[str, Any]] = []
    by = acting.current()
    contracts, debts, units = screen_of("MachineContract"), screen_of("Receivable"), screen_of("MachineUnit")
    if contracts and contracts.may("list") and by.knows("price"):
        signed = sa.select(sa.func.count(c.id), sa.func.sum(c.total_amount)).where(
            c.approved_on >= first, c.state.in_(SIGNED_CONTRACTS)
        )
        count, total = db.session.execute(signed).one()
        found.append(
            _figure(
                _("Contracts this month"),
                total,
                _("%(n)s contracts", n=count),
                contracts.url("list", tab="signed", approved_on_from=first.isoformat()),
            )
        )
    if debts and debts.may("list"):
        left = sa.func.sum(r.amount) - sa.func.sum(r.settled_amount) - sa.func.sum(r.written_off_amount)
        base = sa.select(sa.func.count(r.id), left).where(r.state.in_(UNPAID_RECEIVABLES))
        count, total = db.session.execute(base).one()
        found.append(_figure(_("Outstanding"), total, _("%(n)s receivables", n=count), debts.url("list", tab="unpaid")))
        count, total = db.session.execute(base.where(*overdue.conditions(clock.today()))).one()
        found.append(
            _figure(_("Overdue"), total, _("%(n)s receivables", n=count), debts.url("list", tab="overdue"), "bad")
        )
        count, total = db.session.execute(base.where(*overdue.before_dispatch())).one()
        words, url = _("%(n)s receivables", n=count), debts.url("list", tab="before_dispatch")
        found.append(_figure(_("To be paid before dispatch"), total, words, url))
    if units and units.may("list"):
        free, held = (
            db.session.scalar(sa.select(sa.func.count(u.id)).where(u.state == state))
            for state in (UnitState.IN_STOCK, UnitState.RESERVED)
        )
        found.append(
            {
                "label": _("Machines in stock"),
                "value": str(free),
                "unit": _("machines"),
                "words": _("%(n)s more are reserved", n=held) if held else "",
                "url": units.url("list", tab="stock"),
                "tone": "",
            }
        )
    return found


def _figure(label: Any, total: Any, words: Any, url: str, tone: str = "") -> dict[str, Any]:
    return {
        "label": label,
        "value": f"{(total or m.ZERO) / 10_000:,.2f}",
        "unit": _("10k yuan"),
        "words": words,
        "url": url,
        "tone": tone,
    }
