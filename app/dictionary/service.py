"""6 服务: work orders, who goes, what was used."""

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
from ..enums import AttachmentKind as K
from ..formulas.windows import HAPPENED, STAMPED, TERM
from .base import ZERO, Document, Entity

if TYPE_CHECKING:
    from .checklists import ChecklistAnswer, ChecklistTemplate
    from .contracts import MachineContract
    from .crm import Customer
    from .machines import MachineUnit
    from .organisation import Employee, Warehouse
    from .parts import Part


class WorkOrder(Document):
    """服务工单: a machine, what is wrong with it, who goes, what was used and who pays."""

    title = _("Work order")
    prefix = "GD"
    attachment_kinds = (K.SITE_PHOTO, K.NAMEPLATE, K.CHECK_PHOTO, K.SIGNATURE, K.SERVICE_SHEET, K.CLAIM, K.OTHER)
    __table_args__ = (
        sa.CheckConstraint("hour_meter >= 0 AND labour_hours >= 0 AND travel_km >= 0", name="measures"),
        sa.CheckConstraint("labour_price >= 0 AND travel_price >= 0 AND other_fee >= 0", name="prices"),
        sa.CheckConstraint("unit_id IS NOT NULL OR machine_text IS NOT NULL", name="machine"),
    )
    kind: Mapped[enums.WorkOrderKind] = f.choice(_("Kind of service"), enums.WorkOrderKind)
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    machine_text: Mapped[str | None] = f.text(_("Machine not sold by us"), 80, help=_("Brand, model, serial number"))
    contact_name: Mapped[str | None] = f.text(_("Reported by"), 50, form="name")
    contact_phone: Mapped[str | None] = f.text(_("Reporter's phone"), 20, form="phone", private="service")
    fault_code: Mapped[str | None] = f.text(_("Fault code"), 40)
    fault: Mapped[str] = f.note(_("What is wrong"))
    is_down: Mapped[bool] = f.flag(_("Machine is down"))
    address: Mapped[str | None] = f.text(_("Place of service"), 200)
    reported_at: Mapped[datetime] = f.moment(_("Reported at"), HAPPENED, default=clock.now)
    hour_meter: Mapped[Decimal] = f.quantity(_("Hour meter"), default=ZERO, unit=_("hours"))
    in_warranty: Mapped[bool] = f.flag(_("In warranty"))
    warranty_reason: Mapped[str | None] = f.text(_("Why the warranty was changed"), 200)
    leader_id: Mapped[int | None] = f.key(_("Technician"), "employee")
    leader: Mapped[Employee | None] = f.link(leader_id)
    assigned_at: Mapped[datetime | None] = f.moment(_("Assigned at"), STAMPED)
    accepted_at: Mapped[datetime | None] = f.moment(_("Accepted at"), STAMPED)
    departed_at: Mapped[datetime | None] = f.moment(_("Departed at"), STAMPED)
    arrived_at: Mapped[datetime | None] = f.moment(_("Arrived at"), STAMPED)
    finished_at: Mapped[datetime | None] = f.moment(_("Finished at"), STAMPED)
    reviewed_at: Mapped[datetime | None] = f.moment(_("Reviewed at"), STAMPED)
    settled_at: Mapped[datetime | None] = f.moment(_("Settled at"), STAMPED)
    rated_at: Mapped[datetime | None] = f.moment(_("Rated at"), STAMPED)
    closed_at: Mapped[datetime | None] = f.moment(_("Closed at"), STAMPED)
    score: Mapped[int | None] = f.whole(_("Score"), secret="rating", help=_("0 to 100"))
    place: Mapped[str | None] = f.text(_("Where he arrived"), 100)
    solution: Mapped[str | None] = f.note(_("What was done"))
    labour_hours: Mapped[Decimal] = f.quantity(_("Labour"), default=ZERO, unit=_("hours"))
    labour_price: Mapped[Decimal] = f.money(_("Price an hour"), default=ZERO, secret="charge")
    travel_km: Mapped[Decimal] = f.quantity(_("Travel"), default=ZERO, unit=_("km"))
    travel_price: Mapped[Decimal] = f.money(_("Price a kilometre"), default=ZERO, secret="charge")
    other_fee: Mapped[Decimal] = f.money(_("Other fee"), default=ZERO, secret="charge")
    package_id: Mapped[int | None] = f.key(_("Service package"), "service_package")
    package: Mapped[ServicePackage | None] = f.link(package_id)
    parts_amount: Mapped[Decimal] = f.money(_("Parts charged"), default=ZERO, secret="charge")
    labour_amount: Mapped[Decimal] = f.money(_("Labour charged"), default=ZERO, secret="charge")
    travel_amount: Mapped[Decimal] = f.money(_("Travel charged"), default=ZERO, secret="charge")
    customer_amount: Mapped[Decimal] = f.money(_("Customer pays in all"), default=ZERO, secret="charge")
    cost_amount: Mapped[Decimal] = f.money(_("Cost of the parts used"), default=ZERO, secret="cost")
    unsigned_reason: Mapped[str | None] = f.text(_("Why the customer did not sign"), 200)
    checklist_id: Mapped[int | None] = f.key(_("Checklist template"), "checklist_template")
    checklist: Mapped[ChecklistTemplate | None] = f.link(checklist_id)
    state: Mapped[enums.WorkOrderState] = f.state(_("Status"), enums.WorkOrderState)
    assignments: Mapped[list[WorkAssignment]] = f.lines(_("Assignments"), "work_order", "WorkAssignment.id")
    checks: Mapped[list[ChecklistAnswer]] = f.lines(_("Checklist"), "work_order", "ChecklistAnswer.line_number")
    parts: Mapped[list[WorkOrderPart]] = f.lines(_("Parts used"), "work_order", "WorkOrderPart.line_number")

    @property
    def machine(self) -> str:
        """The machine in words, ours or not."""
        return str(self.unit or self.machine_text or "")


class ServicePackage(Document):
    """保养包: so many maintenance services that a customer has already, given with a machine or sold; one order uses one."""

    title = _("Service package")
    prefix = "BY"
    __table_args__ = (
        sa.CheckConstraint("times > 0", name="times_positive"),
        sa.CheckConstraint("used_times >= 0 AND used_times <= times", name="used"),
    )
    customer_id: Mapped[int] = f.key(_("Customer"), "customer")
    customer: Mapped[Customer] = f.link(customer_id)
    unit_id: Mapped[int | None] = f.key(_("Machine"), "machine_unit")
    unit: Mapped[MachineUnit | None] = f.link(unit_id)
    contract_id: Mapped[int | None] = f.key(_("Contract"), "machine_contract")
    contract: Mapped[MachineContract | None] = f.link(contract_id)
    times: Mapped[int] = f.whole(_("Services"), default=1, unit=_("times"))
    used_times: Mapped[int] = f.whole(_("Services used"), default=0, unit=_("times"))
    valid_until: Mapped[date] = f.day(_("Valid until"), TERM)
    reason: Mapped[str] = f.text(_("What it was given for"), 200)
    state: Mapped[enums.PackageState] = f.state(_("Status"), enums.PackageState)

    @property
    def left_times(self) -> int:
        """Services that are still to come: none of a package that is void or past its last day."""
        if self.state in (enums.PackageState.VOID, enums.PackageState.EXPIRED):
            return 0
        return self.unused_times

    @property
    def unused_times(self) -> int:
        """Services that were not done, whatever became of the package."""
        return self.times - self.used_times

    def __str__(self) -> str:
        return f"{self.number}（{self.used_times}/{self.times}）"


class WorkAssignment(Entity):
    """派工: one technician on one order; the leader moves the order on."""

    title = _("Work assignment")
    __table_args__ = (
        sa.Index(
            "uq_work_assignment_leader",
            "work_order_id",
            unique=True,
            sqlite_where=sa.text("is_leader = 1 AND state IN ('ASSIGNED', 'ACCEPTED', 'DONE')"),
            postgresql_where=sa.text("is_leader AND state IN ('ASSIGNED', 'ACCEPTED', 'DONE')"),
        ),
    )
    work_order_id: Mapped[int] = f.key(_("Work order"), "work_order", ondelete="CASCADE")
    work_order: Mapped[WorkOrder] = f.part_of(work_order_id, "assignments")
    technician_id: Mapped[int] = f.key(_("Technician"), "employee")
    technician: Mapped[Employee] = f.link(technician_id)
    is_leader: Mapped[bool] = f.flag(_("Leads the work"))
    state: Mapped[enums.AssignmentState] = f.choice(_("Assignment"), enums.AssignmentState)
    reason: Mapped[str | None] = f.text(_("Reason"), 200)
    assigned_at: Mapped[datetime] = f.moment(_("Assigned at"), STAMPED, default=clock.now)
    answered_at: Mapped[datetime | None] = f.moment(_("Answered at"), STAMPED)


class WorkOrderPart(Entity):
    """工单配件: what a technician took from his van for this order, at what cost, and who pays."""

    title = _("Part used on a work order")
    __table_args__ = (
        sa.UniqueConstraint("work_order_id", "line_number"),
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0 AND amount >= 0 AND cost_amount >= 0", name="positive"),
    )
    work_order_id: Mapped[int] = f.key(_("Work order"), "work_order", index=False)
    work_order: Mapped[WorkOrder] = f.part_of(work_order_id, "parts")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    part_id: Mapped[int] = f.key(_("Part"), "part")
    part: Mapped[Part] = f.link(part_id)
    quantity: Mapped[Decimal] = f.quantity(_("Quantity"))
    technician_id: Mapped[int] = f.key(_("Technician"), "employee")
    technician: Mapped[Employee] = f.link(technician_id)
    warehouse_id: Mapped[int] = f.key(_("Taken from"), "warehouse", index=False)
    warehouse: Mapped[Warehouse] = f.link(warehouse_id)
    charge_kind: Mapped[enums.ChargeKind] = f.choice(_("Who pays"), enums.ChargeKind)
    unit_price: Mapped[Decimal] = f.money(_("Price with tax"), default=ZERO, secret="charge")
    amount: Mapped[Decimal] = f.money(_("Amount"), default=ZERO, secret="charge")
    cost_amount: Mapped[Decimal] = f.money(_("Cost"), default=ZERO, secret="cost")
    is_old_returned: Mapped[bool] = f.flag(_("Old part taken back"))
    consumed_at: Mapped[datetime] = f.moment(_("Used at"), STAMPED, default=clock.now)
    state: Mapped[enums.UsedPartState] = f.choice(_("Usage"), enums.UsedPartState)

    def __str__(self) -> str:
        return f"{self.part} × {self.quantity.normalize():f}"
