"""8 债权: instalment plans."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from .. import enums
from .. import fields as f
from ..formulas.windows import TERM
from .base import Document, Entity

if TYPE_CHECKING:
    from .contracts import MachineContract
    from .crm import Customer
    from .finance import Receivable


class InstalmentPlan(Document):
    """还款计划: what is to be paid when; the rows of a dealer's own credit are receivables."""

    title = _("Instalment plan")
    prefix = "JH"
    contract_id: Mapped[int] = f.key(_("Contract"), "machine_contract")
    contract: Mapped[MachineContract] = f.link(contract_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    payee: Mapped[enums.PlanPayee] = f.choice(_("Payee"), enums.PlanPayee)
    method: Mapped[enums.RepayMethod] = f.choice(_("Repayment method"), enums.RepayMethod)
    principal_amount: Mapped[Decimal] = f.money(_("Principal"))
    interest_amount: Mapped[Decimal] = f.money(_("Interest"))
    annual_rate: Mapped[Decimal] = f.percent(_("Annual interest"))
    periods: Mapped[int] = f.whole(_("Periods"))
    first_due_on: Mapped[date] = f.day(_("First instalment due"), TERM)
    revision: Mapped[int] = f.whole(_("Revision"), default=1)
    state: Mapped[enums.PlanState] = f.state(_("Status"), enums.PlanState)
    rows: Mapped[list[PlanRow]] = f.lines(_("Plan rows"), "plan", "PlanRow.period")
    __table_args__ = (
        sa.Index(
            "uq_instalment_plan_active",
            "contract_id",
            unique=True,
            sqlite_where=sa.text("state = 'ACTIVE'"),
            postgresql_where=sa.text("state = 'ACTIVE'"),
        ),
    )


class PlanRow(Entity):
    title = _("Instalment")
    __table_args__ = (sa.UniqueConstraint("plan_id", "period"),)
    plan_id: Mapped[int] = f.key(_("Instalment plan"), "instalment_plan", ondelete="CASCADE", index=False)
    plan: Mapped[InstalmentPlan] = f.part_of(plan_id, "rows")
    period: Mapped[int] = f.whole(_("Period"))
    due_on: Mapped[date] = f.day(_("Due on"), TERM)
    principal_amount: Mapped[Decimal] = f.money(_("Principal"))
    interest_amount: Mapped[Decimal] = f.money(_("Interest"))
    total_amount: Mapped[Decimal] = f.money(_("Instalment amount"))
    receivable_id: Mapped[int | None] = f.key(_("Receivable"), "receivable", unique=True, index=False)
    receivable: Mapped[Receivable | None] = f.link(receivable_id)
