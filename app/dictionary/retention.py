"""7 财务: retention money, and what is decided about it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from .. import clock, enums
from .. import fields as f
from ..formulas.windows import HAPPENED, STAMPED, TERM
from .base import ZERO, Document, Entity

if TYPE_CHECKING:
    from .contracts import MachineContract
    from .crm import Customer
    from .finance import Receivable
    from .organisation import Employee
    from .quality import Complaint


class Retention(Document):
    """质保金: the part of the price a company pays only after a full year without quality problems."""

    title = _("Retention")
    prefix = "ZB"
    __table_args__ = (sa.CheckConstraint("deducted_amount >= 0 AND deducted_amount <= amount", name="deducted"),)
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract", unique=True, index=False)
    contract: Mapped[MachineContract] = f.link(contract_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    receivable_id: Mapped[int] = f.key(_("Receivable"), "receivable", unique=True, index=False)
    receivable: Mapped[Receivable] = f.link(receivable_id)
    amount: Mapped[Decimal] = f.money(_("Retention money"))
    starts_on: Mapped[date | None] = f.day(_("Starts on"), HAPPENED)
    matures_on: Mapped[date | None] = f.day(_("Matures on"), TERM)
    extended_to: Mapped[date | None] = f.day(_("Retained until"), TERM)
    due_on: Mapped[date | None] = f.day(_("Due on"), TERM, index=True)
    deducted_amount: Mapped[Decimal] = f.money(_("Deducted in all"), default=ZERO)
    complaint_id: Mapped[int | None] = f.key(_("Held because of"), "complaint")
    complaint: Mapped[Complaint | None] = f.link(complaint_id)
    held_reason: Mapped[str | None] = f.text(_("Why it is held"), 200)
    state: Mapped[enums.RetentionState] = f.state(_("Status"), enums.RetentionState)
    decisions: Mapped[list[RetentionDecision]] = f.lines(_("Decisions"), "retention", "RetentionDecision.line_number")


class RetentionDecision(Entity):
    """质保金处理: what follows from one justified complaint about quality: retained for longer, or part of it deducted."""

    title = _("Decision on a retention")
    __table_args__ = (
        sa.UniqueConstraint("retention_id", "line_number"),
        sa.CheckConstraint("amount > 0", name="amount_positive"),
        sa.Index(
            "uq_retention_decision_standing",
            "retention_id",
            "complaint_id",
            unique=True,
            sqlite_where=sa.text("state != 'REJECTED'"),
            postgresql_where=sa.text("state != 'REJECTED'"),
        ),
    )
    retention_id: Mapped[int] = f.key(_("Retention"), "retention", index=False)
    retention: Mapped[Retention] = f.part_of(retention_id, "decisions")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    complaint_id: Mapped[int] = f.key(_("Complaint"), "complaint")
    complaint: Mapped[Complaint] = f.link(complaint_id)
    kind: Mapped[enums.DecisionKind] = f.choice(_("What was decided"), enums.DecisionKind)
    until: Mapped[date | None] = f.day(_("Retained until"), TERM)
    amount: Mapped[Decimal | None] = f.money(_("Amount deducted"))
    reason: Mapped[str] = f.note(_("Reason"), 500)
    state: Mapped[enums.DecisionState] = f.choice(_("Approval"), enums.DecisionState)
    decided_by_id: Mapped[int | None] = f.key(_("Decided by"), "employee", index=False)
    decided_by: Mapped[Employee | None] = f.link(decided_by_id)
    decided_at: Mapped[datetime] = f.moment(_("Decided at"), STAMPED, default=clock.now)
