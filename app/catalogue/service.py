"""6 服务: visits."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .. import clock, forms
from .. import models as m
from ..enums import (
    OPEN_VISITS,
)
from ..screens import Screen, Tab, act, rows
from ..workflows.service import visit
from .words import id_of


class VisitTaskView(Screen):
    datamodel = rows(m.VisitTask)
    short_title, icon = _("Visits"), "phone"
    list_columns = [
        "number",
        "state",
        "customer",
        "unit",
        "source",
        "planned_on",
        "contact_name",
        "contact_phone",
        "score",
        "tries",
    ]
    card_columns = ["customer", "unit", "planned_on", "contact_name", "contact_phone"]
    search_columns = ["number", "customer", "state", "planned_on", "source", "score"]
    quick_columns = ["number", "contact_name"]
    quick_references = ["customer"]
    base_order = ("planned_on", False)
    sections = [
        (_("Visit task"), ["number", "state", "customer", "unit", "dispatch", "source", "planned_on", "channel"]),
        (_("Answer"), ["contact_name", "contact_phone", "score", "answer", "tries", "visited_at", "remark"]),
    ]
    form_sections = [
        (
            _("Visit task"),
            ["customer", "contact_name", "contact_phone", "unit", "source", "planned_on", "channel", "remark"],
        )
    ]
    picks = {
        "unit": {
            "narrow": lambda q, given: q.where(m.MachineUnit.owner_customer_id == id_of(given.get("customer"))),
            "depends": ("customer",),
        }
    }
    tabs = [
        Tab(
            "todo",
            _("Visits due"),
            lambda q: q.where(m.VisitTask.state.in_(OPEN_VISITS), m.VisitTask.planned_on <= clock.today()),
            todo="complete",
        )
    ]
    complete = act(visit.complete, form=forms.VisitForm)
    no_answer = act(visit.no_answer, bulk=True)
    refuse = act(visit.refuse, form=forms.ReasonForm)
