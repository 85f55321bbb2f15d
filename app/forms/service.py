"""What the verbs of work orders and visits ask."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField

from .. import actor as acting
from .. import scope
from ..enums import (
    PARTS_STORES,
    ChargeKind,
    PackageState,
    UsedPartState,
)
from ..formulas.windows import PLANNED
from ..models import (
    Employee,
    Part,
    ServicePackage,
    StockBalance,
    Warehouse,
    WorkOrder,
    WorkOrderPart,
)
from ..screens.filefields import SignatureField
from ..screens.formfields import (
    ChoiceField,
    DayField,
    LineForm,
    LinesField,
    Needed,
    NumberField,
    PickField,
    TextBlock,
    TextLine,
)
from ..workflows.service import completion
from ..workflows.service.consumption import decides_for_all
from .counting import ListedForm, plain_quantity


def technicians(query: Any, given: dict[str, str]) -> Any:
    """Those who can be sent."""
    return query.where(Employee.is_technician)


class AssignForm(FlaskForm):
    leader = PickField(_("Technician"), validators=[Needed()], entity=Employee, narrow=technicians)
    helper = PickField(_("Comes along"), entity=Employee, narrow=technicians)


class ArriveForm(FlaskForm):
    place = TextLine(_("Where he arrived"), longest=100)


class SuspendForm(FlaskForm):
    reason = TextBlock(_("Reason"), longest=500)


class WarrantyForm(FlaskForm):
    in_warranty = BooleanField(_("In warranty"))
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=200)

    def about(self, order: WorkOrder) -> None:
        """The opposite of what is there is what somebody wants to decide."""
        if not self.is_submitted():
            self.in_warranty.data = not order.in_warranty


class FinishForm(FlaskForm):
    solution = TextBlock(_("What was done"), validators=[Needed()])
    hour_meter = NumberField(_("Hour meter"), places=3, digits=8)
    labour_hours = NumberField(_("Labour hours"), places=3, digits=8)
    travel_km = NumberField(_("Kilometres driven"), places=3, digits=8)
    signature = SignatureField(_("Customer's signature"))
    unsigned_reason = TextLine(_("Why the customer did not sign"), longest=200)

    def about(self, order: WorkOrder) -> None:
        """What has to be there before, and whether the customer signed already."""
        with scope.elevated():
            self.lacks = completion.lacks(order)
            if completion.is_signed(order):
                self.signature.description = _("A signature is attached already; drawing another adds it")


def in_my_van(query: Any, given: dict[str, str]) -> Any:
    """Parts that the person's own van holds."""
    held = (
        sa.select(StockBalance.part_id)
        .join(Warehouse, Warehouse.id == StockBalance.warehouse_id)
        .where(Warehouse.owner_id == (acting.current().employee_id or 0), StockBalance.quantity > 0)
    )
    return query.where(Part.id.in_(held))


def used_here(query: Any, given: dict[str, str]) -> Any:
    """What this person used on the order in the address."""
    number = given.get("pk", "")
    by = acting.current()
    return query.where(
        WorkOrderPart.work_order_id == (int(number) if number.isdigit() and len(number) < 10 else 0),
        sa.true() if decides_for_all(by) else WorkOrderPart.technician_id == (by.employee_id or 0),
        WorkOrderPart.state == UsedPartState.CONSUMED,
    )


class ConsumeForm(FlaskForm):
    part = PickField(_("Part"), validators=[Needed()], entity=Part, narrow=in_my_van, retired=True)
    quantity = NumberField(_("Quantity"), validators=[Needed()], places=3, digits=15)
    charge_kind = ChoiceField(_("Who pays"), options=ChargeKind)

    def about(self, order: WorkOrder) -> None:
        """In warranty the maker pays, else the customer."""
        if not self.is_submitted():
            self.charge_kind.data = ChargeKind.WARRANTY if order.in_warranty else ChargeKind.CUSTOMER


def parts_stores(query: Any, given: dict[str, str]) -> Any:
    """Stores of the company and vans in use."""
    return query.where(Warehouse.kind.in_(PARTS_STORES), Warehouse.is_enabled)


class PutBackForm(FlaskForm):
    line = PickField(_("Part used"), validators=[Needed()], entity=WorkOrderPart, narrow=used_here)
    warehouse = PickField(
        _("Lies in"), entity=Warehouse, narrow=parts_stores, description=_("Empty: the van it was taken from")
    )

    def about(self, order: WorkOrder) -> None:
        """A technician puts it back into his own van, without a question."""
        if not decides_for_all(acting.current()):
            del self.warehouse


class ChargedLine(LineForm):
    """One part of a work order: who pays, and how much."""

    id = HiddenField()
    charge_kind = ChoiceField(_("Who pays"), options=ChargeKind)
    unit_price = NumberField(_("Price with tax"))


def fits_the_order(query: Any, given: dict[str, str]) -> Any:
    """Packages with services left that the order in the address may be done on."""
    number = given.get("pk", "")
    paper = int(number) if number.isdigit() and len(number) < 10 else 0
    order = sa.select(WorkOrder.customer_id, WorkOrder.unit_id).where(WorkOrder.id == paper).subquery()
    return query.join(order, order.c.customer_id == ServicePackage.customer_id).where(
        ServicePackage.state == PackageState.ACTIVE,
        sa.or_(ServicePackage.unit_id.is_(None), ServicePackage.unit_id == order.c.unit_id),
    )


class ReviewForm(ListedForm):
    """The parts used with their payer and price; hours and kilometres as the technician told them."""

    fact_label = _("Quantity")
    lines = LinesField(ChargedLine, _("Parts used"))
    labour_hours = NumberField(_("Labour hours"), places=3, digits=8)
    labour_price = NumberField(_("Price an hour"))
    travel_km = NumberField(_("Kilometres driven"), places=3, digits=8)
    travel_price = NumberField(_("Price a kilometre"))
    other_fee = NumberField(_("Other fee"))
    package = PickField(_("Service package"), entity=ServicePackage, narrow=fits_the_order)
    opinion = TextBlock(_("Opinion"), longest=500)

    def about(self, order: WorkOrder) -> None:
        """What stands on the order is the first proposal."""
        with scope.elevated():
            used = [line for line in order.parts if line.state is UsedPartState.CONSUMED]
            if not self.list_facts([(str(line.id), str(line.part), plain_quantity(line.quantity)) for line in used]):
                return
            for line in used:
                entry = self.lines.append_entry().form
                entry.id.data, entry.charge_kind.data, entry.unit_price.data = (
                    str(line.id),
                    line.charge_kind,
                    line.unit_price,
                )
            self.package.data = order.package
            for name in ("labour_hours", "labour_price", "travel_km", "travel_price", "other_fee"):
                self[name].data = getattr(order, name)


class SettleForm(FlaskForm):
    due_on = DayField(_("Due on"), window=PLANNED, description=_("Empty: 30 days from today"))
