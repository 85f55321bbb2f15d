"""7 财务: retention money by due date, and what is decided about it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import clock, forms
from .. import models as m
from ..enums import DecisionState, RetentionState
from ..screens import Screen, Tab, act, rows
from ..workflows.finance import retention_decision as decision
from ..workflows.machine import Transition
from .words import LEDGER

SOON = timedelta(days=30)


def proposed() -> sa.Exists:
    """Whether a deduction waits for approval."""
    line = m.RetentionDecision
    return sa.exists().where(line.retention_id == m.Retention.id, line.state == DecisionState.PROPOSED)


class RetentionView(Screen):
    datamodel = rows(m.Retention)
    short_title, icon = _("Retentions"), "shield-halved"
    offers = LEDGER
    list_columns = [
        "number", "state", "due_on", "customer", "contract", "amount", "deducted_amount", "matures_on", "extended_to",
        "complaint",
    ]  # fmt: skip
    card_columns = ["customer", "amount", "due_on", "complaint"]
    sum_columns = ["amount", "deducted_amount"]
    search_columns = ["number", "customer", "contract", "state", "due_on", "amount"]
    quick_columns = ["number"]
    quick_references = ["customer", "contract"]
    base_order = ("due_on", False)
    sections = [
        (_("Retention"), ["number", "state", "customer", "contract", "receivable", "amount", "deducted_amount"]),
        (_("Dates"), ["starts_on", "matures_on", "extended_to", "due_on"]),
        (_("Why it is held"), ["complaint", "held_reason"]),
    ]  # fmt: skip
    line_tables = {
        "decisions": ["complaint", "kind", "until", "amount", "reason", "state", "decided_by", "decided_at"],
    }
    tabs = [
        Tab("todo", _("Retention money to collect"), lambda q: q.where(
            m.Retention.state == RetentionState.MATURED), todo="deduct"),
        Tab("decide", _("Held, to be decided"), lambda q: q.where(
            m.Retention.state == RetentionState.HELD, ~proposed(),
            m.Retention.complaint.has(m.Complaint.verdict == m.enums.Verdict.UPHELD)), todo="extend"),
        Tab("approve", _("Deductions to approve"), lambda q: q.where(
            m.Retention.state == RetentionState.HELD, proposed()), todo="approve"),
        Tab("held", _("Held"), lambda q: q.where(m.Retention.state == RetentionState.HELD)),
        Tab("soon", _("Due within 30 days"), lambda q: q.where(
            m.Retention.state == RetentionState.RUNNING, m.Retention.due_on <= clock.today() + SOON)),
    ]  # fmt: skip
    extend = act(decision.extend, form=forms.ExtendRetentionForm)
    deduct = act(decision.deduct, form=forms.DeductForm)
    approve = act(decision.approve, form=forms.ApproveForm)
    reject = act(decision.reject, form=forms.RejectForm)

    def offered(self, transition: Transition, row: m.Retention) -> bool:  # type: ignore[override]
        """First a proposal, then its approval."""
        waits = any(line.state is DecisionState.PROPOSED for line in row.decisions)
        return waits == (transition.verb in ("approve", "reject"))
