"""6 服务, 质量: questionnaires, visits to customers, what they answer, what they complain about."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from sqlalchemy.orm import Mapped

from .. import clock, enums
from .. import fields as f
from ..enums import AttachmentKind as K
from ..formulas.windows import HAPPENED, PLANNED, STAMPED, TERM
from .base import Document, Entity, Record

if TYPE_CHECKING:
    from .contracts import MachineDispatch
    from .crm import Customer
    from .machines import MachineUnit
    from .organisation import Employee
    from .service import WorkOrder


class SurveyTemplate(Record):
    """问卷模板: what is asked after a delivery, after a service, at a regular visit."""

    title = _("Questionnaire")
    name: Mapped[str] = f.text(_("Questionnaire name"), 60, unique=True)
    source: Mapped[enums.VisitSource] = f.choice(_("Visit reason"), enums.VisitSource)
    edition: Mapped[int] = f.whole(_("Edition"), default=1)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)
    questions: Mapped[list[SurveyQuestion]] = f.lines(_("Questions"), "template", "SurveyQuestion.line_number")


class SurveyQuestion(Entity):
    title = _("Question")
    __table_args__ = (
        sa.UniqueConstraint("template_id", "line_number"),
        sa.CheckConstraint("weight >= 0 AND weight <= 100", name="weight"),
    )
    template_id: Mapped[int] = f.key(_("Questionnaire"), "survey_template", ondelete="CASCADE", index=False)
    template: Mapped[SurveyTemplate] = f.part_of(template_id, "questions")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    dimension: Mapped[enums.SurveyDimension] = f.choice(_("Dimension"), enums.SurveyDimension)
    question: Mapped[str] = f.text(_("Question"), 120)
    kind: Mapped[enums.QuestionKind] = f.choice(_("Answered by"), enums.QuestionKind)
    weight: Mapped[int] = f.whole(_("Weight"), default=10)
    is_required: Mapped[bool] = f.flag(_("Has to be answered"), default=True)

    def __str__(self) -> str:
        return self.question


class VisitPlan(Record):
    """回访计划: after what, how many days later or every how many months, and who asks."""

    title = _("Visit plan")
    __table_args__ = (
        sa.CheckConstraint("days_after >= 0 AND days_after <= 365", name="days"),
        sa.CheckConstraint("every_months >= 1 AND every_months <= 60", name="months"),
    )
    name: Mapped[str] = f.text(_("Plan name"), 60, unique=True)
    source: Mapped[enums.VisitSource] = f.choice(_("Visit reason"), enums.VisitSource)
    days_after: Mapped[int] = f.whole(_("Days after"), default=3)
    every_months: Mapped[int | None] = f.whole(
        _("Every so many months"), help=_("Regular visits only, counted from the delivery of each machine")
    )
    assignee_id: Mapped[int | None] = f.key(_("Visited by"), "employee")
    assignee: Mapped[Employee | None] = f.link(assignee_id)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)


class VisitTask(Document):
    """回访任务: a call to a customer after something happened, or his own rating through a link."""

    title = _("Visit task")
    prefix = "HF"
    attachment_kinds = (K.VISIT_RECORD, K.SITE_PHOTO, K.COMPLAINT, K.OTHER)
    __table_args__ = (sa.Index("uq_visit_task_turn", "plan_id", "unit_id", "plan_due_on", unique=True),)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    contact_name: Mapped[str | None] = f.text(_("Person to ask"), 50, form="name")
    contact_phone: Mapped[str | None] = f.text(_("Phone"), 20, form="phone", private="phone")
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    source: Mapped[enums.VisitSource] = f.choice(_("Visit reason"), enums.VisitSource)
    dispatch_id: Mapped[int | None] = f.key(_("Machine dispatch"), "machine_dispatch", unique=True, index=False)
    dispatch: Mapped[MachineDispatch | None] = f.link(dispatch_id)
    work_order_id: Mapped[int | None] = f.key(_("Work order"), "work_order", unique=True)
    work_order: Mapped[WorkOrder | None] = f.link(work_order_id)
    complaint_id: Mapped[int | None] = f.stamp(
        _("Complaint"), unique=True, index=True
    )  # a complaint names its visit as well
    complaint: Mapped[Complaint | None] = f.behind_stamp(
        "Complaint.id == foreign(VisitTask.complaint_id)", _("Complaint")
    )
    plan_id: Mapped[int | None] = f.key(_("Visit plan"), "visit_plan")
    plan: Mapped[VisitPlan | None] = f.link(plan_id)
    plan_due_on: Mapped[date | None] = f.day(_("Due by the plan"), TERM)
    planned_on: Mapped[date] = f.day(_("Planned for"), PLANNED)
    assignee_id: Mapped[int | None] = f.key(_("Visited by"), "employee")
    assignee: Mapped[Employee | None] = f.link(assignee_id)
    channel: Mapped[enums.VisitChannel] = f.choice(_("Way of asking"), enums.VisitChannel)
    score: Mapped[int | None] = f.whole(_("Score"), help=_("0 to 100"))
    answer: Mapped[str | None] = f.note(_("What the customer said"))
    tries: Mapped[int] = f.whole(_("Tries"), default=0)
    visited_at: Mapped[datetime | None] = f.moment(_("Visited at"), HAPPENED)
    link_by_id: Mapped[int | None] = f.stamp(_("Link shown by"))
    link_by: Mapped[Employee | None] = f.behind_stamp(
        "Employee.id == foreign(VisitTask.link_by_id)", _("Link shown by")
    )
    rated_from: Mapped[str | None] = f.text(_("Rated from"), 45)
    rated_with: Mapped[str | None] = f.text(_("Rated with"), 60)
    is_doubtful: Mapped[bool] = f.flag(_("To be verified"))
    state: Mapped[enums.VisitState] = f.state(_("Status"), enums.VisitState)
    answers: Mapped[list[SurveyAnswer]] = f.lines(_("Answers"), "visit", "SurveyAnswer.line_number")


class SurveyAnswer(Entity):
    """问卷答案: the question as it was asked, and what was said; written once."""

    title = _("Answer of a customer")
    __table_args__ = (
        sa.UniqueConstraint("visit_id", "line_number"),
        sa.CheckConstraint("score >= 1 AND score <= 5", name="score"),
    )
    visit_id: Mapped[int] = f.key(_("Visit task"), "visit_task", index=False)
    visit: Mapped[VisitTask] = f.part_of(visit_id, "answers")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    dimension: Mapped[enums.SurveyDimension] = f.choice(_("Dimension"), enums.SurveyDimension)
    question: Mapped[str] = f.text(_("Question"), 120)
    weight: Mapped[int] = f.whole(_("Weight"), default=10)
    score: Mapped[int | None] = f.whole(_("Points"))
    words: Mapped[str | None] = f.note(_("In words"), 500)


class RatingLink(Entity):
    """评价链接: the door through which one customer rates one visit once; only the hash of its token is kept."""

    title = _("Rating link")
    visit_id: Mapped[int] = f.key(_("Visit task"), "visit_task", unique=True, index=False)
    visit: Mapped[VisitTask] = f.link(visit_id)
    token_hash: Mapped[str] = f.text(_("Token"), 64, unique=True)
    made_at: Mapped[datetime] = f.moment(_("Made at"), STAMPED, default=clock.now)
    made_by_id: Mapped[int | None] = f.stamp(_("Made by"))
    expires_at: Mapped[datetime] = f.moment(_("Valid until"), PLANNED)
    used_at: Mapped[datetime | None] = f.moment(_p("link", "Used at"), STAMPED)


class RatingAttempt(Entity):
    """An opening of a rating link, right or wrong, written before anything is looked up, so that all are counted."""

    title = _("Opening of a rating link")
    __table_args__ = (
        sa.Index("ix_rating_attempt_token_at", "token_hash", "at"),
        sa.Index("ix_rating_attempt_address_at", "address", "at"),
    )
    token_hash: Mapped[str] = f.text(_("Token"), 64)
    address: Mapped[str] = f.text(_("Network address"), 45)
    at: Mapped[datetime] = f.moment(_("At"), STAMPED, default=clock.now, index=True)


class Complaint(Document):
    """投诉: what a customer is not content with; while one about quality stands, it holds the machine's retention money."""

    title = _("Complaint")
    prefix = "TS"
    attachment_kinds = (K.COMPLAINT, K.SITE_PHOTO, K.OTHER)
    __table_args__ = (
        sa.CheckConstraint("is_quality = false OR unit_id IS NOT NULL", name="quality_of_a_machine"),
        sa.CheckConstraint("closed_score >= 1 AND closed_score <= 5", name="closed_score"),
    )
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    work_order_id: Mapped[int | None] = f.key(_("Work order"), "work_order")
    work_order: Mapped[WorkOrder | None] = f.link(work_order_id)
    visit_id: Mapped[int | None] = f.key(_("Visit task"), "visit_task", unique=True, index=False)
    visit: Mapped[VisitTask | None] = f.link(visit_id)
    reported_on: Mapped[date] = f.day(_("Complained on"), HAPPENED, default=clock.today)
    kind: Mapped[enums.ComplaintKind] = f.choice(_("Complaint kind"), enums.ComplaintKind)
    is_quality: Mapped[bool] = f.flag(_("About the machine's quality"), help=_("Holds the machine's retention money"))
    content: Mapped[str] = f.note(_("What the customer complains about"))
    verdict: Mapped[enums.Verdict] = f.choice(_("Verdict"), enums.Verdict)
    verdict_words: Mapped[str | None] = f.note(_("Why this verdict"), 500)
    owner_id: Mapped[int | None] = f.key(_("In charge"), "employee")
    owner: Mapped[Employee | None] = f.link(owner_id)
    deadline_on: Mapped[date | None] = f.day(_("To be done by"), PLANNED)
    solution: Mapped[str | None] = f.note(_("Solution"))
    closed_score: Mapped[int | None] = f.whole(_("Content with the solution"), help=_("1 to 5"))
    closed_at: Mapped[datetime | None] = f.moment(_("Closed at"), STAMPED)
    state: Mapped[enums.ComplaintState] = f.state(_("Status"), enums.ComplaintState)
