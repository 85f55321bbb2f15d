"""What the verbs of visits and complaints ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField

from .. import clock, scope
from ..enums import ComplaintKind, EmployeeState, Rating, VisitChannel
from ..formulas.windows import PLANNED
from ..models import Complaint, Employee, VisitTask
from ..screens.formfields import (
    ChoiceField,
    DayField,
    LineForm,
    LinesField,
    Needed,
    PickField,
    TextBlock,
    TextLine,
    WholeField,
)
from ..workflows.service import survey
from .counting import ListedForm

ASKED_BY_US = (VisitChannel.PHONE, VisitChannel.WECHAT, VisitChannel.VISIT)


class SurveyLine(LineForm):
    """One question: points, or words."""

    id = HiddenField()
    score = ChoiceField(_("Points"), options=Rating, blank=True)
    words = TextLine(_("In words"), longest=500)


class VerdictForm(FlaskForm):
    opinion = TextBlock(_("Why this verdict"), validators=[Needed()], longest=500)


class VisitForm(ListedForm):
    """The questionnaire in use for the reason of the visit, filled in for the customer."""

    planned = False
    facts_label = _("Question")
    lines = LinesField(SurveyLine, _("Questions"))
    channel = ChoiceField(_("Way of asking"), options=ASKED_BY_US)
    answer = TextBlock(_("What the customer said"))

    def about(self, visit: VisitTask) -> None:
        """One row for every question."""
        with scope.elevated():
            questions = survey.asked(visit.source)
        if not self.list_facts([(str(q.id), f"{q.question}{' *' if q.is_required else ''}", "") for q in questions]):
            return
        if visit.channel in ASKED_BY_US:
            self.channel.data = visit.channel
        for question in questions:
            self.lines.append_entry().form.id.data = str(question.id)


class NextTryForm(FlaskForm):
    next_on = DayField(_("Next try on"), window=PLANNED)

    def about(self, _visit: VisitTask) -> None:
        """Tomorrow, unless told otherwise."""
        if not self.is_submitted():
            self.next_on.data = clock.today() + timedelta(days=1)


class TransferForm(FlaskForm):
    kind = ChoiceField(_("Complaint kind"), options=ComplaintKind)
    is_quality = BooleanField(_("About the machine's quality"))
    content = TextBlock(_("What the customer complains about"), validators=[Needed()])


class ClassifyForm(FlaskForm):
    is_quality = BooleanField(_("About the machine's quality"), description=_("Holds the machine's retention money"))
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)

    def about(self, complaint: Complaint) -> None:
        """The opposite of what is there is what somebody wants to say."""
        if not self.is_submitted():
            self.is_quality.data = not complaint.is_quality


def at_work(query: Any, given: dict[str, str]) -> Any:
    """Colleagues who have not left."""
    return query.where(Employee.state == EmployeeState.ACTIVE)


class HandleForm(FlaskForm):
    owner = PickField(_("In charge"), validators=[Needed()], entity=Employee, narrow=at_work)
    deadline_on = DayField(_("To be done by"), window=PLANNED, validators=[Needed()])

    def about(self, complaint: Complaint) -> None:
        """Three days are usual."""
        if not self.is_submitted():
            self.owner.data = complaint.owner
            self.deadline_on.data = complaint.deadline_on or clock.today() + timedelta(days=3)


class SolutionForm(FlaskForm):
    solution = TextBlock(_("Solution"), validators=[Needed()])


class CloseComplaintForm(FlaskForm):
    closed_score = WholeField(_("Content with the solution"), description=_("1 to 5"))
    note = TextBlock(_("What the customer said"), longest=500)


class CallAgainForm(FlaskForm):
    next_on = DayField(_("Call on"), window=PLANNED, validators=[Needed()])
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)
