"""6 三包: claims on the manufacturer, old parts, reminders of maintenance."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import clock, forms
from .. import models as m
from ..enums import REVIEWED_ORDERS, ChargeKind, ClaimState, OldPartState, UsedPartState
from ..screens import Lines, Screen, Tab, act, rows
from ..screens.columns import Column
from ..workflows.service import claim, claim_answer, maintenance, old_part
from .words import LEDGER, id_of


def _under_warranty(query: Any, given: dict[str, str]) -> Any:
    """Parts used under warranty on the chosen order."""
    used = m.WorkOrderPart
    return query.where(
        used.work_order_id == id_of(given.get("work_order")),
        used.state == UsedPartState.CONSUMED,
        used.charge_kind == ChargeKind.WARRANTY,
    )


class WarrantyClaimView(Screen):
    datamodel = rows(m.WarrantyClaim)
    short_title, icon = _("Warranty claims"), "shield-halved"
    help_text = _("Leave the lines empty: then every part of the order that is under warranty is claimed at its cost.")
    list_columns = [
        "number", "state", "supplier", "work_order", "unit", "model", "claim_amount", "granted_amount", "loss_amount",
        "open_amount", "submitted_on", "answered_on",
    ]  # fmt: skip
    card_columns = ["supplier", "unit", "claim_amount", "granted_amount", "submitted_on"]
    sum_columns = ["claim_amount", "granted_amount", "loss_amount"]
    search_columns = ["number", "supplier", "work_order", "unit", "model", "state", "submitted_on", "answered_on"]
    quick_columns = ["number", "outside_number"]
    quick_references = ["supplier", "unit", "work_order"]
    also_load = ["receivable"]
    computed_columns = {
        "open_amount": Column("open_amount", _("Manufacturer still owes"), "money", _("yuan"), secret="charge")
    }
    sections = [
        (_("Warranty claim"), ["number", "state", "supplier", "outside_number", "work_order", "customer", "unit", "model",
                               "wants_old_parts", "submitted_on", "created_by", "remark"]),
        (_("Money"), ["parts_amount", "labour_amount", "travel_amount", "claim_amount", "granted_amount", "loss_amount",
                      "answered_on", "answer", "receivable", "open_amount"]),
    ]  # fmt: skip
    form_sections = [
        (_("Warranty claim"), ["work_order", "supplier", "outside_number", "wants_old_parts"]),
        (_("Money"), ["labour_amount", "travel_amount", "remark"]),
    ]
    optional = ["supplier", "labour_amount", "travel_amount"]
    picks = {"work_order": {"narrow": lambda q, given: q.where(m.WorkOrder.state.in_(REVIEWED_ORDERS))}}
    lines = {
        "lines": Lines(("used", "amount"), picks={"used": {"narrow": _under_warranty, "depends": ("work_order",)}})
    }
    line_tables = {"lines": ["used", "amount"]}
    tabs = [
        Tab("todo", _("Claims to send"), lambda q: q.where(m.WarrantyClaim.state == ClaimState.DRAFT), todo="submit"),
        Tab("answer", _("Waiting for the manufacturer"), lambda q: q.where(m.WarrantyClaim.state == ClaimState.SUBMITTED),
            todo="answer"),
        Tab("pay", _("To be paid by the manufacturer"), lambda q: q.where(m.WarrantyClaim.state == ClaimState.GRANTED),
            todo="offset"),
    ]  # fmt: skip
    submit = act(claim.submit, form=forms.ClaimForm)
    withdraw = act(claim.withdraw)
    answer = act(claim_answer.answer, form=forms.AnswerForm)
    reconsider = act(claim_answer.reconsider, form=forms.ReasonForm)
    offset = act(claim_answer.offset, form=forms.OffsetClaimForm)
    cancel = act(claim.cancel, form=forms.ReasonForm)


class OldPartView(Screen):
    datamodel = rows(m.OldPart)
    short_title, icon = _("Old parts"), "recycle"
    offers = LEDGER
    list_columns = [
        "number", "state", "part", "quantity", "work_order", "technician", "place", "kept_at", "express_number",
    ]  # fmt: skip
    card_columns = ["part", "quantity", "technician", "place"]
    sum_columns = ["quantity"]
    search_columns = ["number", "part", "work_order", "technician", "state", "kept_at", "place"]
    quick_columns = ["number", "place"]
    quick_references = ["part", "work_order", "technician"]
    sections = [
        (_("Old part"), ["number", "state", "part", "quantity", "work_order", "technician", "place", "kept_at",
                         "express_number", "reason"]),
    ]  # fmt: skip
    tabs = [
        Tab("todo", _("Old parts to hand in"), lambda q: q.where(m.OldPart.state == OldPartState.OWED), todo="take_in"),
        Tab("mine", _("Old parts I owe"), lambda q: q.where(
            m.OldPart.state == OldPartState.OWED, m.OldPart.technician_id == (acting.current().employee_id or 0))),
        Tab("kept", _("In the store of old parts"), lambda q: q.where(m.OldPart.state == OldPartState.KEPT), todo="send"),
    ]  # fmt: skip
    take_in = act(old_part.take_in, form=forms.TakeInForm, bulk=True)
    send = act(old_part.send, form=forms.SendBackForm, bulk=True)
    scrap = act(old_part.scrap, form=forms.ReasonForm)
    waive = act(old_part.waive, form=forms.ReasonForm)
    want = act(old_part.want)
    untake = act(old_part.untake, form=forms.ReasonForm)
    keep_again = act(old_part.keep_again, form=forms.ReasonForm)


class ServiceReminderView(Screen):
    datamodel = rows(m.ServiceReminder)
    short_title, icon = _("Maintenance reminders"), "bell"
    offers = LEDGER
    help_text = _("Written every night for machines whose hour meter reaches the next service within two weeks.")
    list_columns = [
        "number", "state", "customer", "unit", "due_hours", "is_first", "total_hours", "daily_hours", "expected_on",
        "postponed_to", "work_order",
    ]  # fmt: skip
    card_columns = ["customer", "unit", "due_hours", "expected_on"]
    search_columns = ["number", "customer", "unit", "state", "expected_on", "postponed_to", "work_order"]
    quick_columns = ["number"]
    quick_references = ["customer", "unit"]
    base_order = ("expected_on", False)
    sections = [
        (_("Maintenance reminder"), ["number", "state", "customer", "unit", "due_hours", "is_first", "total_hours",
                                     "daily_hours", "expected_on", "postponed_to", "reason", "work_order"]),
    ]  # fmt: skip
    tabs = [
        Tab("todo", _("Services to arrange"), lambda q: q.where(maintenance.waiting(clock.today())), todo="order"),
        Tab("later", _("Postponed"), lambda q: q.where(m.ServiceReminder.postponed_to > clock.today())),
    ]
    order = act(maintenance.order, form=forms.MaintenanceOrderForm, bulk=True)
    postpone = act(maintenance.postpone, form=forms.PostponeForm)
    close = act(maintenance.close, form=forms.ReasonForm)
    reopen = act(maintenance.reopen, form=forms.ReasonForm)
