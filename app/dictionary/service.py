"""6 服务: visits."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from .. import enums
from .. import fields as f
from .base import Document

if TYPE_CHECKING:
    from .crm import Customer
    from .machines import MachineDispatch, MachineUnit


class VisitTask(Document):
    """回访任务: a call to a customer after something happened."""

    title = _("Visit task")
    prefix = "HF"
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    contact_name: Mapped[str | None] = f.text(_("Person to ask"), 50)
    contact_phone: Mapped[str | None] = f.text(_("Phone"), 20, private="phone")
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    source: Mapped[enums.VisitSource] = f.choice(_("Visit reason"), enums.VisitSource)
    dispatch_id: Mapped[int | None] = f.key(_("Machine dispatch"), "machine_dispatch", unique=True, index=False)
    dispatch: Mapped[MachineDispatch | None] = f.link(dispatch_id)
    planned_on: Mapped[date] = f.day(_("Planned for"))
    channel: Mapped[enums.VisitChannel] = f.choice(_("Way of asking"), enums.VisitChannel)
    score: Mapped[int | None] = f.whole(_("Score"), help=_("0 to 100"))
    answer: Mapped[str | None] = f.note(_("What the customer said"))
    tries: Mapped[int] = f.whole(_("Tries"), default=0)
    visited_at: Mapped[datetime | None] = f.moment(_("Visited at"))
    state: Mapped[enums.VisitState] = f.state(_("Status"), enums.VisitState)
