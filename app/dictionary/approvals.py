"""3 整机, 审批: who has to agree to a paper, kept on screen; and every decision that was taken."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from .. import clock, enums
from .. import fields as f
from ..formulas.windows import STAMPED
from .base import Entity, Record

if TYPE_CHECKING:
    from .contracts import MachineContract
    from .organisation import Employee


class ApprovalRule(Record):
    """审批规则: where all its conditions hold, its roles have to agree; rules add up in their order."""

    title = _("Approval rule")
    __table_args__ = (
        sa.CheckConstraint("amount_from IS NULL OR amount_to IS NULL OR amount_from < amount_to", name="amounts"),
    )
    name: Mapped[str] = f.text(_("Rule name"), 60, unique=True)
    paper: Mapped[enums.ApprovalPaper] = f.choice(_("Applies to"), enums.ApprovalPaper)
    sequence: Mapped[int] = f.whole(_("Order"), default=10, help=_("Rules with a smaller number decide first"))
    pay_mode: Mapped[enums.PayMode | None] = f.choice(
        _("Only for payment mode"), enums.PayMode, default=None, constraint="rulepaymode"
    )
    amount_from: Mapped[Decimal | None] = f.money(_("From a contract total of"))
    amount_to: Mapped[Decimal | None] = f.money(_("Below a contract total of"))
    first_payment_under: Mapped[Decimal | None] = f.percent(
        _("Down payment under"), help=_("Share of the machine amount")
    )
    is_under_floor: Mapped[bool] = f.flag(_("A price is under the floor price"))
    is_overdue: Mapped[bool] = f.flag(_("The customer has overdue debt"))
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)
    steps: Mapped[list[ApprovalStep]] = f.lines(_("Who has to agree"), "rule", "ApprovalStep.line_number")


class ApprovalStep(Entity):
    title = _("Approval step")
    __table_args__ = (sa.UniqueConstraint("rule_id", "line_number"),)
    rule_id: Mapped[int] = f.key(_("Approval rule"), "approval_rule", ondelete="CASCADE", index=False)
    rule: Mapped[ApprovalRule] = f.part_of(rule_id, "steps")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    role: Mapped[enums.SaleApprover] = f.choice(_("Role that decides"), enums.SaleApprover, constraint="steprole")

    def __str__(self) -> str:
        return str(self.role)


class ApprovalRecord(Entity):
    """One decision on one step; `content_hash` tells whether the paper was changed afterwards.

    paper, paper_id: what was decided on: the contract itself or a paper that changes it.
    """

    title = _("Approval record")
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract")
    contract: Mapped[MachineContract] = f.link(contract_id)
    paper: Mapped[str] = f.text(_("Document kind"), 40, default="MachineContract")
    paper_id: Mapped[int] = f.whole(_("Document"))
    paper_number: Mapped[str] = f.text(_("Number"), 24, form="number")
    round: Mapped[int] = f.whole(_("Round"), default=1)
    step: Mapped[int] = f.whole(_("Step"))
    role: Mapped[str] = f.text(_("In the role of"), 40)
    employee_id: Mapped[int | None] = f.key(_("Decided by"), "employee")
    employee: Mapped[Employee | None] = f.link(employee_id)
    result: Mapped[enums.ApprovalResult] = f.choice(_("Decision"), enums.ApprovalResult)
    opinion: Mapped[str | None] = f.note(_("Opinion"), 500)
    decided_at: Mapped[datetime] = f.moment(_("Decided at"), STAMPED, default=clock.now)
    content_hash: Mapped[str] = f.text(_("Content hash"), 64)
