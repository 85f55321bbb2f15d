"""6 三包: claims on the manufacturer for work under warranty, and the old parts that belong to them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from sqlalchemy.orm import Mapped

from .. import enums
from .. import fields as f
from ..formulas.windows import HAPPENED, PLANNED, STAMPED, TERM
from .base import ZERO, Document, Entity

if TYPE_CHECKING:
    from .crm import Customer
    from .finance import Receivable
    from .machines import MachineModel, MachineUnit, Supplier
    from .organisation import Employee
    from .parts import Part
    from .service import WorkOrder, WorkOrderPart


class OldPart(Document):
    """旧件: what was taken off a machine under warranty; the technician hands it in, the manufacturer wants to see it."""

    title = _("Old part")
    prefix = "JJ"
    work_order_id: Mapped[int] = f.key(_("Work order"), "work_order")
    work_order: Mapped[WorkOrder] = f.link(work_order_id)
    used_id: Mapped[int] = f.key(_("Part used on a work order"), "work_order_part", unique=True, index=False)
    used: Mapped[WorkOrderPart] = f.link(used_id)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    technician_id: Mapped[int] = f.key(_("Technician"), "employee")
    technician: Mapped[Employee] = f.link(technician_id)
    place: Mapped[str | None] = f.text(_("Where it lies"), 60)
    kept_at: Mapped[datetime | None] = f.moment(_("Handed in at"), STAMPED)
    express_number: Mapped[str | None] = f.text(_("Express number"), 60, form="code")
    reason: Mapped[str | None] = f.text(_("Reason"), 200)
    state: Mapped[enums.OldPartState] = f.state(_("Status"), enums.OldPartState)


class WarrantyClaim(Document):
    """三包索赔: what work under warranty cost us, what the manufacturer grants of it, and how he pays.

    claim = parts + labour + travel = granted + loss once he answered; what is granted stands on a receivable.
    """

    title = _("Warranty claim")
    prefix = "SP"
    __table_args__ = (
        sa.CheckConstraint("parts_amount >= 0 AND labour_amount >= 0 AND travel_amount >= 0", name="positive"),
        sa.CheckConstraint("granted_amount >= 0 AND granted_amount <= claim_amount", name="not_more_granted"),
    )
    work_order_id: Mapped[int] = f.key(_("Work order"), "work_order")
    work_order: Mapped[WorkOrder] = f.link(work_order_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    model_id: Mapped[int | None] = f.key(_("Machine model"), "machine_model")
    model: Mapped[MachineModel | None] = f.link(model_id)
    supplier_id: Mapped[int] = f.key(_("Manufacturer"), "supplier", among={"kind": enums.PART_SUPPLIERS})
    supplier: Mapped[Supplier] = f.link(supplier_id)
    wants_old_parts: Mapped[bool] = f.flag(
        _("Old parts are wanted"),
        default=True,
        help=_("Then no claim goes out before they are in the store of old parts"),
    )
    outside_number: Mapped[str | None] = f.text(_("Manufacturer's number"), 40, form="code")
    parts_amount: Mapped[Decimal] = f.money(_("Parts claimed"), default=ZERO, secret="charge")
    labour_amount: Mapped[Decimal] = f.money(_("Labour claimed"), default=ZERO, secret="charge")
    travel_amount: Mapped[Decimal] = f.money(_("Travel claimed"), default=ZERO, secret="charge")
    claim_amount: Mapped[Decimal] = f.money(_("Claim in all"), default=ZERO, secret="charge")
    submitted_on: Mapped[date | None] = f.day(_("Claimed on"), HAPPENED)
    granted_amount: Mapped[Decimal] = f.money(_("Granted"), default=ZERO, secret="charge")
    answered_on: Mapped[date | None] = f.day(_p("claim", "Answered on"), HAPPENED)
    answer: Mapped[str | None] = f.text(_("Why less"), 200)
    loss_amount: Mapped[Decimal] = f.money(_("Warranty loss"), default=ZERO, secret="charge")
    receivable_id: Mapped[int | None] = f.key(_("Receivable"), "receivable", unique=True, index=False)
    receivable: Mapped[Receivable | None] = f.link(receivable_id)
    state: Mapped[enums.ClaimState] = f.state(_("Status"), enums.ClaimState)
    lines: Mapped[list[ClaimLine]] = f.lines(_("Parts"), "claim", "ClaimLine.line_number")

    @property
    def open_amount(self) -> Decimal:
        """Yuan that the manufacturer granted and has not made good yet."""
        return self.receivable.outstanding_amount if self.receivable else ZERO


class ClaimLine(Entity):
    title = _("Claim line")
    __table_args__ = (
        sa.UniqueConstraint("claim_id", "line_number"),
        sa.UniqueConstraint("claim_id", "used_id"),
        sa.CheckConstraint("amount >= 0", name="amount_positive"),
    )
    claim_id: Mapped[int] = f.key(_("Warranty claim"), "warranty_claim", ondelete="CASCADE", index=False)
    claim: Mapped[WarrantyClaim] = f.part_of(claim_id, "lines")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    used_id: Mapped[int] = f.key(_("Part used on a work order"), "work_order_part")
    used: Mapped[WorkOrderPart] = f.link(used_id)
    amount: Mapped[Decimal | None] = f.money(
        _("Amount claimed"), default=None, secret="charge", help=_("Empty: what the part cost us")
    )


class ServiceReminder(Document):
    """保养提醒: a machine of a customer reaches its next service; one per machine and number of hours."""

    title = _("Maintenance reminder")
    prefix = "BY"
    __table_args__ = (
        sa.UniqueConstraint("unit_id", "due_hours"),
        sa.CheckConstraint("due_hours > 0", name="due_positive"),
    )
    unit_id: Mapped[int] = f.key(_("Machine"), "machine_unit", index=False)
    unit: Mapped[MachineUnit] = f.link(unit_id)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    due_hours: Mapped[int] = f.whole(_("Service at"), unit=_("hours"))
    is_first: Mapped[bool] = f.flag(_("First service"))
    total_hours: Mapped[Decimal] = f.quantity(_("Hours in all"), unit=_("hours"), help=_("At the last reading"))
    daily_hours: Mapped[Decimal] = f.quantity(_("Hours a day"), unit=_("hours"), help=_("From the trend of the meter"))
    expected_on: Mapped[date] = f.day(_p("maintenance", "Expected on"), TERM, index=True)
    postponed_to: Mapped[date | None] = f.day(_("Postponed to"), PLANNED)
    reason: Mapped[str | None] = f.text(_("Reason"), 200)
    work_order_id: Mapped[int | None] = f.key(_("Work order"), "work_order")
    work_order: Mapped[WorkOrder | None] = f.link(work_order_id)
    state: Mapped[enums.ReminderState] = f.state(_("Status"), enums.ReminderState)
