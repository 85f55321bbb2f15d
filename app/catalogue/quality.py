"""6 服务, 质量: visits, complaints, questionnaires, visit plans."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import clock, enums, forms
from .. import models as m
from ..enums import OPEN_COMPLAINTS, OPEN_VISITS, ComplaintState
from ..screens import Alert, Lines, Related, Screen, Tab, act, rows
from ..workflows.machine import Transition
from ..workflows.service import answering, complaint, visit
from .words import id_of, rating_door

OWNED_UNIT = {
    "narrow": lambda q, given: q.where(m.MachineUnit.owner_customer_id == id_of(given.get("customer"))),
    "depends": ("customer",),
}
OWN_ORDER = {
    "narrow": lambda q, given: q.where(m.WorkOrder.customer_id == id_of(given.get("customer"))),
    "depends": ("customer",),
}


class VisitTaskView(Screen):
    datamodel = rows(m.VisitTask)
    short_title, icon = _("Visits"), "phone"
    offers = "list show add edit export invite"
    list_columns = [
        "number", "state", "customer", "unit", "source", "planned_on", "contact_name", "contact_phone", "assignee", "channel",
        "score", "tries",
    ]  # fmt: skip
    card_columns = ["customer", "unit", "source", "planned_on", "contact_name", "contact_phone"]
    search_columns = ["number", "customer", "state", "planned_on", "source", "channel", "score", "assignee"]
    quick_columns = ["number", "contact_name"]
    quick_references = ["customer"]
    base_order = ("planned_on", False)
    sections = [
        (_("Visit task"), ["number", "state", "customer", "unit", "source", "dispatch", "work_order", "complaint", "plan",
                           "planned_on", "assignee", "channel"]),
        (_("Answer"), ["contact_name", "contact_phone", "score", "tries", "visited_at", "answer", "remark"]),
        (_("Rated through a link"), ["rated_from", "rated_with", "link_by", "is_doubtful"]),
    ]  # fmt: skip
    form_sections = [
        (_("Visit task"), ["customer", "contact_name", "contact_phone", "unit", "source", "planned_on", "assignee", "channel",
                           "remark"]),
    ]  # fmt: skip
    picks = {"unit": OWNED_UNIT}
    line_tables = {"answers": ["dimension", "question", "weight", "score", "words"]}
    related = [Related("ComplaintView", "visit")]
    tabs = [
        Tab("todo", _("Visits due"), lambda q: q.where(
            m.VisitTask.state.in_(OPEN_VISITS), m.VisitTask.planned_on <= clock.today()), todo="complete"),
        Tab("open", _("Visits to come"), lambda q: q.where(m.VisitTask.state.in_(OPEN_VISITS))),
        Tab("own", _("Rated by customers"), lambda q: q.where(m.VisitTask.channel == enums.VisitChannel.LINK)),
        Tab("doubt", _("To be verified"), lambda q: q.where(m.VisitTask.is_doubtful)),
        Tab("low", _("Low scores"), lambda q: q.where(m.VisitTask.id.in_(low_visits()))),
    ]  # fmt: skip
    complete = act(answering.complete, form=forms.VisitForm)
    no_answer = act(visit.no_answer, form=forms.NextTryForm, bulk=True)
    refuse = act(visit.refuse, form=forms.ReasonForm)
    transfer = act(answering.transfer, form=forms.TransferForm)
    reopen = act(visit.reopen, form=forms.CallAgainForm)

    def alerts(self, row: m.VisitTask) -> list[Alert]:  # type: ignore[override]
        if not row.is_doubtful:
            return []
        words = gettext(
            "Rated from a network in which %(name)s was working that day; please verify it with a call",
            name=row.link_by,
        )
        return [Alert(words)]

    def doors(self, row: m.VisitTask) -> list[tuple[Any, str, str]]:  # type: ignore[override]
        return rating_door(self, row, row.state in OPEN_VISITS)


def low_visits() -> Any:
    """Visits out of which a complaint came."""
    return sa.select(m.Complaint.visit_id).where(m.Complaint.visit_id.is_not(None))


class ComplaintView(Screen):
    datamodel = rows(m.Complaint)
    short_title, icon = _("Complaints"), "triangle-exclamation"
    list_columns = [
        "number", "state", "customer", "unit", "kind", "is_quality", "reported_on", "verdict", "owner", "deadline_on",
        "closed_score",
    ]  # fmt: skip
    card_columns = ["customer", "unit", "kind", "content", "owner", "deadline_on"]
    search_columns = [
        "number", "customer", "unit", "state", "kind", "is_quality", "verdict", "reported_on", "owner", "deadline_on",
    ]  # fmt: skip
    quick_columns = ["number", "content"]
    quick_references = ["customer", "unit"]
    base_order = ("reported_on", True)
    sections = [
        (_("Complaint"), ["number", "state", "customer", "unit", "work_order", "visit", "kind", "is_quality", "reported_on",
                          "content", "remark"]),
        (_("Treatment"), ["verdict", "verdict_words", "owner", "deadline_on", "solution", "closed_score", "closed_at"]),
    ]  # fmt: skip
    form_sections = [
        (_("Complaint"), ["customer", "unit", "work_order", "kind", "is_quality", "reported_on", "content", "remark"]),
    ]
    picks = {"unit": OWNED_UNIT, "work_order": OWN_ORDER}
    related = [Related("RetentionView", "complaint"), Related("VisitTaskView", "complaint")]
    tabs = [
        Tab("todo", _("Complaints to verify"), lambda q: q.where(
            m.Complaint.state == ComplaintState.PENDING), todo="uphold"),
        Tab("mine", _("Complaints in my charge"), lambda q: q.where(
            m.Complaint.owner_id == (acting.current().employee_id or 0),
            m.Complaint.state.in_({ComplaintState.UPHELD, ComplaintState.HANDLING})), todo="answer"),
        Tab("ask", _("Customers to ask again"), lambda q: q.where(
            m.Complaint.state == ComplaintState.ANSWERED), todo="close"),
        Tab("open", _("Open complaints"), lambda q: q.where(m.Complaint.state.in_(OPEN_COMPLAINTS))),
        Tab("late", _("Past the deadline"), lambda q: q.where(
            m.Complaint.state.in_(OPEN_COMPLAINTS), m.Complaint.deadline_on < clock.today())),
        Tab("quality", _("About quality"), lambda q: q.where(m.Complaint.is_quality)),
    ]  # fmt: skip
    uphold = act(complaint.uphold, form=forms.VerdictForm)
    dismiss = act(complaint.dismiss, form=forms.VerdictForm)
    classify = act(complaint.classify, form=forms.ClassifyForm)
    handle = act(complaint.handle, form=forms.HandleForm)
    answer = act(complaint.answer, form=forms.SolutionForm)
    reopen = act(complaint.reopen, form=forms.ReasonForm)
    rejudge = act(complaint.rejudge, form=forms.ReasonForm)
    close = act(complaint.close, form=forms.CloseComplaintForm)

    def offered(self, transition: Transition, row: m.Complaint) -> bool:  # type: ignore[override]
        """About quality only the service manager gives a verdict; a technician answers what is in his charge."""
        by = acting.current()
        if transition.verb in ("uphold", "dismiss"):
            return not row.is_quality or "service_manager" in by.roles
        return transition.verb != "answer" or "technician" not in by.roles or row.owner_id == by.employee_id


class SurveyTemplateView(Screen):
    datamodel = rows(m.SurveyTemplate)
    short_title, icon = _("Questionnaires"), "list-check"
    key_column = "name"
    list_columns = ["name", "source", "edition", "is_enabled", "changed_by", "changed_at"]
    card_columns = ["source", "edition", "is_enabled"]
    search_columns = ["name", "source", "is_enabled"]
    quick_columns = ["name"]
    base_order = ("source", False)
    sections = [(_("Questionnaire"), ["name", "source", "edition", "is_enabled", "changed_by", "changed_at"])]
    form_sections = [(_("Questionnaire"), ["name", "source", "is_enabled"])]
    lines = {"questions": Lines(("dimension", "question", "kind", "weight", "is_required"), need=True)}
    line_tables = {"questions": ["dimension", "question", "kind", "weight", "is_required"]}
    help_text = _(
        "Points × weight of all answers, of 100. An answer of 1 or 2 points, or less than 60 in all, makes a complaint."
    )


class VisitPlanView(Screen):
    datamodel = rows(m.VisitPlan)
    short_title, icon = _("Visit plans"), "calendar-check"
    key_column = "name"
    list_columns = ["name", "source", "days_after", "every_months", "assignee", "is_enabled"]
    card_columns = ["source", "days_after", "every_months", "is_enabled"]
    search_columns = ["name", "source", "is_enabled"]
    quick_columns = ["name"]
    base_order = ("source", False)
    sections = [(_("Visit plan"), ["name", "source", "days_after", "every_months", "assignee", "is_enabled"])]
    form_sections = [(_("Visit plan"), ["name", "source", "days_after", "every_months", "assignee", "is_enabled"])]
    only_when = {"every_months": "source=PERIODIC", "days_after": "source=DISPATCH WORK_ORDER COMPLAINT"}
