"""6 服务, 配件申请: what technicians ask for, the desk that decides, and what is bought in a hurry."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload

from .. import actor as acting
from .. import forms
from .. import models as m
from ..database import db
from ..enums import (
    OPEN_REQUESTS,
    REAL_WAREHOUSES,
    UNFINISHED_ORDERS,
    EmergencyState,
    FulfilMode,
    RequestLineState,
    SubstituteDirection,
)
from ..screens import Lines, Related, Screen, Tab, act, rows
from ..screens.columns import Column
from ..workflows.machine import Transition
from ..workflows.service import emergency, fulfilment, part_request


class PartRequestView(Screen):
    datamodel = rows(m.PartRequest)
    short_title, icon = _("Parts requests"), "hand-holding"
    list_columns = ["number", "state", "technician", "source", "work_order", "is_urgent", "need_by", "created_at"]
    card_columns = ["technician", "work_order", "need_by", "created_at"]
    search_columns = ["number", "technician", "work_order", "state", "is_urgent", "need_by"]
    quick_columns = ["number"]
    quick_references = ["technician", "work_order"]
    sections = [
        (_("Parts request"), ["number", "state", "technician", "source", "work_order", "is_urgent", "need_by", "deliver_to",
                              "created_at", "remark"]),
    ]  # fmt: skip
    form_sections = [(_("Parts request"), ["work_order", "is_urgent", "need_by", "deliver_to", "remark"])]
    lines_after = 1
    lines = {"lines": Lines(("part", "quantity"), need=True)}
    line_tables = {
        "lines": ["part", "quantity", "state", "mode", "transfer", "emergency", "received_quantity", "reason"]
    }
    tabs = [Tab("open", _("Open requests"), lambda q: q.where(m.PartRequest.state.in_(OPEN_REQUESTS)))]
    related = [Related("StockTransferView", "request"), Related("EmergencyPurchaseView", "request")]
    cancel = act(part_request.cancel, form=forms.ReasonForm)

    def offered(self, transition: Transition, row: m.PartRequest) -> bool:  # type: ignore[override]
        """Only while something waits that nobody has begun with."""
        return any(line.state is RequestLineState.PENDING for line in row.lines)


class RequestLineView(Screen):
    datamodel = rows(m.RequestLine)
    short_title, icon = _("Emergency purchase desk"), "inbox"
    help_text = _("Every part a technician waits for; choose a way for each line, or for a part of it.")
    offers = "list show export"
    key_column = "part"
    list_columns = [
        "part",
        "quantity",
        "state",
        "technician",
        "work_order",
        "is_down",
        "age",
        "stores",
        "substitutes",
        "mode",
    ]
    card_columns = ["part", "quantity", "technician", "work_order", "age", "stores"]
    search_columns = ["part", "state", "mode", "request"]
    quick_references = ["part", "request"]
    base_order = ("id", False)
    also_load = ["request"]
    computed_columns = {
        "technician": Column("technician", _("Technician"), "key"),
        "work_order": Column("work_order", _("Work order"), "key"),
        "is_down": Column("is_down", _("Machine is down"), "flag"),
        "age": Column("age", _("Waited"), "quantity", _("hours")),
        "stores": Column("stores", _("In the stores"), "text"),
        "substitutes": Column("substitutes", _("Substitutes in stock"), "text"),
    }
    sections = [
        (_("Part asked for"), ["request", "part", "quantity", "state", "technician", "work_order", "is_down", "age", "stores",
                               "substitutes"]),
        (_("Way to the technician"), ["mode", "transfer", "emergency", "shipped_quantity", "received_quantity", "reason"]),
    ]  # fmt: skip
    tabs = [
        Tab("todo", _("Parts to find a way for"), lambda q: q.where(m.RequestLine.state == RequestLineState.PENDING),
            todo="match"),
        Tab("buy", _("Parts to buy"), lambda q: q.where(m.RequestLine.state == RequestLineState.PENDING), todo="buy"),
        Tab("down", _("For machines that are down"), lambda q: q.where(
            m.RequestLine.state == RequestLineState.PENDING, m.RequestLine.request_id.in_(_waiting_machines()))),
        Tab("bought", _("Being bought"), lambda q: q.where(m.RequestLine.state == RequestLineState.PURCHASING)),
    ]  # fmt: skip
    match = act(fulfilment.match, form=forms.MatchForm)
    buy = act(fulfilment.buy, form=forms.BuyForm)
    reject = act(fulfilment.reject, form=forms.ReasonForm)
    cancel = act(fulfilment.cancel, form=forms.ReasonForm)

    def value(self, row: m.Entity, column: Column) -> Any:
        """Stock is looked up within the person's rows: a keeper reads his stores, a technician his van."""
        if column.name not in ("stores", "substitutes"):
            return super().value(row, column)
        if not hasattr(row, "shelf"):
            self.dress([row])
        return row.shelf[column.name]  # type: ignore[attr-defined]

    def dress(self, rows: list[Any]) -> None:
        """Stock of all these parts and of what would do instead."""
        found = shelves([row.part_id for row in rows])
        for row in rows:
            row.shelf = found[row.part_id]


def _waiting_machines() -> Any:
    """Requests for orders of machines that stand still."""
    return (
        sa.select(m.PartRequest.id)
        .join(m.WorkOrder, m.WorkOrder.id == m.PartRequest.work_order_id)
        .where(m.WorkOrder.is_down, m.WorkOrder.state.in_(UNFINISHED_ORDERS))
    )


def shelves(part_ids: list[int]) -> dict[int, dict[str, str]]:
    """Part id → where pieces may be promised, and of what would do instead: 总库 17、李强移动库 3, as far as the person may
    look into the stores."""
    others = substitutes(part_ids)
    lying: list[m.StockBalance] = []
    if part_ids and acting.current().may("list", "StockBalance"):
        wanted = {*part_ids, *(other for found in others.values() for other in found)}
        query = (
            sa.select(m.StockBalance)
            .join(m.Warehouse, m.Warehouse.id == m.StockBalance.warehouse_id)
            .where(
                m.StockBalance.part_id.in_(wanted),
                m.StockBalance.quantity > m.StockBalance.reserved,
                m.Warehouse.kind.in_(REAL_WAREHOUSES),
            )
            .options(joinedload(m.StockBalance.part), joinedload(m.StockBalance.warehouse))
            .order_by(m.Warehouse.kind, m.Warehouse.code)
        )
        lying = list(db.session.scalars(query))

    def told(ids: list[int], named: bool) -> str:
        return "、".join(
            f"{balance.part.part_number if named else ''} {balance.warehouse.name} {balance.available.normalize():f}".strip()
            for balance in lying
            if balance.part_id in ids
        )

    return {
        part_id: {"stores": told([part_id], False), "substitutes": told(others.get(part_id, []), True)}
        for part_id in part_ids
    }


def substitutes(part_ids: list[int]) -> dict[int, list[int]]:
    """Part id → parts that do instead."""
    sub, found = m.PartSubstitute, dict[int, list[int]]()
    ways = sa.select(sub.part_id, sub.substitute_id, sub.direction).where(
        sa.or_(sub.part_id.in_(part_ids), sub.substitute_id.in_(part_ids))
    )
    for part_id, other, direction in db.session.execute(ways.order_by(sub.id)):
        found.setdefault(part_id, []).append(other)
        if direction is SubstituteDirection.BOTH:
            found.setdefault(other, []).append(part_id)
    return found


class EmergencyPurchaseView(Screen):
    datamodel = rows(m.EmergencyPurchase)
    short_title, icon = _("Emergency purchases"), "truck-medical"
    offers = "list show export"
    list_columns = [
        "number", "state", "mode", "supplier", "part", "quantity", "received_quantity", "gross_amount", "warehouse", "request",
        "express_number",
    ]  # fmt: skip
    card_columns = ["part", "quantity", "supplier", "mode", "warehouse"]
    sum_columns = ["gross_amount"]
    search_columns = ["number", "supplier", "part", "mode", "state", "warehouse"]
    quick_columns = ["number", "express_number"]
    quick_references = ["supplier", "part", "request"]
    sections = [
        (_("Emergency purchase"), ["number", "state", "mode", "request", "supplier", "warehouse", "part", "quantity",
                                   "received_quantity", "express_number", "order", "created_by", "remark"]),
        (_("Money"), ["unit_price", "tax_rate", "gross_amount", "net_amount", "received_gross"]),
    ]  # fmt: skip
    tabs = [
        Tab("todo", _("Purchases not shipped yet"), lambda q: q.where(m.EmergencyPurchase.state == EmergencyState.PURCHASING),
            todo="ship"),
        Tab("collect", _("Parts sent to me"), lambda q: q.where(
            m.EmergencyPurchase.state.in_([EmergencyState.PURCHASING, EmergencyState.SHIPPED]),
            m.EmergencyPurchase.mode == FulfilMode.DIRECT), todo="collect"),
    ]  # fmt: skip
    related = [Related("RequestLineView", "emergency")]
    ship = act(emergency.ship, form=forms.SentForm)
    collect = act(emergency.collect, form=forms.CollectPartsForm)
    cancel = act(emergency.cancel, form=forms.ReasonForm)

    def offered(self, transition: Transition, row: m.EmergencyPurchase) -> bool:  # type: ignore[override]
        """Collected by the technician it is for; cancelled with its purchase order where there is one."""
        if transition.verb == "collect":
            return row.mode is FulfilMode.DIRECT and row.warehouse.owner_id == acting.current().employee_id
        return transition.verb != "cancel" or (row.order_id is None and not row.received_quantity)
