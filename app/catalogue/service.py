"""6 服务: work orders."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import clock, enums, forms
from .. import models as m
from ..enums import AssignmentState, WorkOrderState
from ..formulas.identity import masked
from ..screens import Print, Related, Screen, Tab, act, rows
from ..screens.columns import Column
from ..workflows.machine import Transition
from ..workflows.service import assignment, charge, completion, consumption, package, rating, work_order
from .words import LEDGER, id_of, rating_door

PHONE_DAYS = 30


def _mine(*states: AssignmentState) -> Any:
    """Orders on which I stand in one of these states."""
    entry = m.WorkAssignment
    return m.WorkOrder.id.in_(
        sa.select(entry.work_order_id).where(
            entry.technician_id == (acting.current().employee_id or 0), entry.state.in_(states)
        )
    )


class WorkOrderView(Screen):
    datamodel = rows(m.WorkOrder)
    short_title, icon = _("Work orders"), "screwdriver-wrench"
    prints = (Print("work_order", _("Work order"), lines="parts", line_along=("part",)),)
    offers = "list show add edit export invite"
    list_columns = [
        "number", "state", "customer", "unit", "kind", "is_down", "leader", "reported_at", "in_warranty", "customer_amount", "score",
    ]  # fmt: skip
    card_columns = ["customer", "unit", "machine_text", "fault", "leader", "reported_at"]
    sum_columns = ["customer_amount"]
    search_columns = [
        "number",
        "customer",
        "unit",
        "state",
        "kind",
        "is_down",
        "leader",
        "department",
        "reported_at",
        "in_warranty",
    ]
    quick_columns = ["number", "fault", "machine_text"]
    quick_references = ["customer", "unit"]
    base_order = ("reported_at", True)
    steps = [
        "reported_at", "assigned_at", "accepted_at", "departed_at", "arrived_at", "finished_at", "reviewed_at", "settled_at",
        "rated_at", "closed_at",
    ]  # fmt: skip
    sections = [
        (_("Work order"), ["number", "state", "kind", "customer", "unit", "machine_text", "is_down", "fault_code", "hour_meter",
                           "in_warranty", "warranty_reason", "package", "fault", "contact_name", "contact_phone", "address", "remark"]),
        (_("Work"), ["leader", "place", "labour_hours", "travel_km", "score", "solution", "unsigned_reason"]),
        (_("Money"), ["parts_amount", "labour_price", "labour_amount", "travel_price", "travel_amount", "other_fee",
                      "customer_amount", "cost_amount"]),
    ]  # fmt: skip
    form_sections = [
        (_("Work order"), ["kind", "customer", "unit", "machine_text", "is_down", "fault_code", "hour_meter", "reported_at"]),
        (_("Report"), ["fault", "contact_name", "contact_phone", "address", "remark"]),
    ]  # fmt: skip
    optional = ["hour_meter"]
    picks = {
        "unit": {
            "narrow": lambda q, given: q.where(m.MachineUnit.owner_customer_id == id_of(given.get("customer"))),
            "depends": ("customer",),
        }
    }
    line_tables = {
        "assignments": ["technician", "is_leader", "state", "assigned_at", "answered_at", "reason"],
        "parts": ["part", "quantity", "charge_kind", "unit_price", "amount", "cost_amount", "technician", "state"],
    }
    tabs = [
        Tab("todo", _("Orders to assign"), lambda q: q.where(m.WorkOrder.state == WorkOrderState.OPEN), todo="assign"),
        Tab("accept", _("Orders to accept"), lambda q: q.where(_mine(AssignmentState.ASSIGNED)), todo="accept"),
        Tab("mine", _("My work"), lambda q: q.where(_mine(AssignmentState.ACCEPTED)), todo="finish"),
        Tab("review", _("Orders to review"), lambda q: q.where(m.WorkOrder.state == WorkOrderState.FINISHED), todo="review"),
        Tab("settle", _("Orders to settle"), lambda q: q.where(m.WorkOrder.state == WorkOrderState.REVIEWED), todo="settle"),
        Tab("real", _("Not cancelled"), lambda q: q.where(m.WorkOrder.state != WorkOrderState.CANCELLED)),
        Tab("down", _("Machines that are down"), lambda q: q.where(
            m.WorkOrder.is_down, m.WorkOrder.state.in_(enums.UNFINISHED_ORDERS))),
    ]  # fmt: skip
    related = [
        Related("PartRequestView", "work_order"), Related("ReceivableView", "work_order"),
        Related("VisitTaskView", "work_order"), Related("ComplaintView", "work_order"),
    ]  # fmt: skip
    assign = act(assignment.assign, form=forms.AssignForm)
    accept = act(assignment.accept)
    decline = act(assignment.decline, form=forms.ReasonForm)
    depart = act(work_order.depart)
    arrive = act(work_order.arrive, form=forms.ArriveForm)
    consume = act(consumption.consume, form=forms.ConsumeForm)
    put_back = act(consumption.put_back, form=forms.PutBackForm)
    suspend = act(work_order.suspend, form=forms.SuspendForm)
    resume = act(work_order.resume)
    fill_checklist = act(completion.fill_checklist, form=forms.ChecklistForm)
    finish = act(completion.finish, form=forms.FinishForm)
    review = act(charge.review, form=forms.ReviewForm)
    send_back = act(work_order.send_back, form=forms.ReasonForm)
    settle = act(charge.settle, form=forms.SettleForm)
    close = act(work_order.close, bulk=True)
    set_warranty = act(work_order.set_warranty, form=forms.WarrantyForm)
    withdraw = act(assignment.withdraw, form=forms.ReasonForm)
    cancel = act(work_order.cancel, form=forms.ReasonForm)
    take_up = act(work_order.take_up, form=forms.ReasonForm)
    unsettle = act(charge.unsettle, form=forms.ReasonForm)

    def offered(self, transition: Transition, row: m.WorkOrder) -> bool:  # type: ignore[override]
        """A technician answers once, and only the leader moves the order on."""
        me = acting.current().employee_id
        standing = {entry.state for entry in row.assignments if entry.technician_id == me}
        if transition.verb in ("accept", "decline"):
            return AssignmentState.ASSIGNED in standing
        if transition.verb in ("depart", "arrive", "finish"):
            return row.leader_id == me
        if transition.verb == "put_back":
            used = (line for line in row.parts if line.state is enums.UsedPartState.CONSUMED)
            return any(consumption.may_put_back(line, acting.current()) for line in used)
        if transition.verb == "fill_checklist" and not row.checks:
            return False
        return transition.verb not in ("consume", "fill_checklist") or AssignmentState.ACCEPTED in standing

    def checklist(self, row: m.WorkOrder) -> list[m.ChecklistAnswer]:
        """What was looked at, shown below the detail."""
        return row.checks

    def doors(self, row: m.WorkOrder) -> list[tuple[Any, str, str]]:  # type: ignore[override]
        """Once the work is done the customer may rate it, until he has."""
        return rating_door(self, row, rating.invite_.possible(row) and row.rated_at is None)

    def shown(self, row: m.Entity, column: Column) -> Any:
        """The technician's need of the reporter's phone ends thirty days after the order was closed."""
        if column.name == "contact_phone" and not acting.current().unmasked("phone"):
            closed = row.closed_at or row.settled_at  # type: ignore[attr-defined]
            if closed is not None and (clock.now() - closed).days > PHONE_DAYS:
                return masked(row.contact_phone or "")  # type: ignore[attr-defined]
        return super().shown(row, column)


class ServicePackageView(Screen):
    datamodel = rows(m.ServicePackage)
    short_title, icon = _("Service packages"), "box-open"
    help_text = _("Services a customer has already; the review of a maintenance order names the package it is done on.")
    list_columns = [
        "number", "state", "customer", "unit", "times", "used_times", "left_times", "valid_until", "contract", "reason",
    ]  # fmt: skip
    card_columns = ["customer", "unit", "left_times", "valid_until"]
    search_columns = ["number", "customer", "unit", "state", "valid_until"]
    quick_columns = ["number", "reason"]
    quick_references = ["customer", "unit"]
    computed_columns = {"left_times": Column("left_times", _("Services to come"), "whole", _("times"))}
    sections = [
        (_("Service package"), ["number", "state", "customer", "unit", "times", "used_times", "left_times", "valid_until",
                                "contract", "reason", "remark"]),
    ]  # fmt: skip
    form_sections = [(_("Service package"), ["customer", "unit", "times", "valid_until", "reason", "remark"])]
    picks = {
        "unit": {
            "narrow": lambda q, given: q.where(m.MachineUnit.owner_customer_id == id_of(given.get("customer"))),
            "depends": ("customer",),
        }
    }
    tabs = [Tab("left", _("Services left"), lambda q: q.where(m.ServicePackage.state == enums.PackageState.ACTIVE))]
    related = [Related("WorkOrderView", "package")]
    extend = act(package.extend, form=forms.ExtendForm)
    void = act(package.void, form=forms.ReasonForm)
    revive = act(package.revive, form=forms.ReasonForm)


class WorkOrderPartView(Screen):
    datamodel = rows(m.WorkOrderPart)
    short_title, icon = _("Parts used on work orders"), "screwdriver"
    offers = LEDGER
    key_column = "part"
    list_columns = [
        "part", "state", "quantity", "charge_kind", "unit_price", "amount", "cost_amount", "technician", "consumed_at", "work_order",
    ]  # fmt: skip
    card_columns = ["work_order", "quantity", "technician", "consumed_at"]
    sum_columns = ["amount", "cost_amount"]
    search_columns = ["work_order", "part", "technician", "charge_kind", "consumed_at", "state"]
    quick_references = ["part", "work_order"]
    base_order = ("consumed_at", True)
    sections = [
        (
            _("Part used on a work order"),
            ["part", "work_order", "state", "quantity", "charge_kind", "unit_price", "amount", "cost_amount", "technician",
             "warehouse", "is_old_returned", "consumed_at"],
        )
    ]  # fmt: skip
