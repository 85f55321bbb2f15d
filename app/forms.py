"""What a verb has to ask. One class per question paper; `about(row)` fills in what is known."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField

from . import actor as acting
from . import scope
from .enums import (
    BUYING_MODES,
    ChargeKind,
    InspectionResult,
    PayableState,
    ShortageHandling,
    UnitState,
    UsedPartState,
    WarehouseKind,
)
from .models import (
    Bin,
    Contact,
    ContractLine,
    Customer,
    EmergencyPurchase,
    Employee,
    FundAccount,
    MachineContract,
    MachineUnit,
    Part,
    Payable,
    PurchaseReturn,
    RequestLine,
    StockBalance,
    Supplier,
    Warehouse,
    WorkOrder,
    WorkOrderPart,
)
from .roles import ROLES, Rows
from .screens.formfields import (
    ChoiceField,
    DayField,
    LineForm,
    LinesField,
    ManyChoiceField,
    Needed,
    NumberField,
    PickField,
    TextBlock,
    TextLine,
    WholeField,
)
from .workflows.parts import bin as bins


class ReasonForm(FlaskForm):
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)


class ExtendForm(FlaskForm):
    until = DayField(_("Valid until"), validators=[Needed()], description=_("The last day on which it can be used"))
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)


class HandOnForm(FlaskForm):
    customer = PickField(_("Customer who gets it"), validators=[Needed()], entity=Customer)
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)


class ApproveForm(FlaskForm):
    opinion = TextBlock(_("Opinion"), longest=500)


class ApproveSaleForm(ApproveForm):
    despite_shortage = BooleanField(
        _("Approve though stock is short"),
        description=_("What is there is reserved; the rest waits for goods and is proposed to the buyer."),
    )


class RejectForm(FlaskForm):
    opinion = TextBlock(_("Opinion"), validators=[Needed()], longest=500)


class ConvertForm(FlaskForm):
    id_number = TextLine(_("ID card number"), longest=30, description=_("Individuals only; 18 characters"))

    def about(self, contact: Contact) -> None:
        """A known number need not be typed again."""
        if not self.id_number.data and not self.is_submitted():
            self.id_number.data = contact.id_number


class ProposeLinkForm(FlaskForm):
    contact = PickField(_("Contact"), validators=[Needed()], entity=Contact)
    note = TextBlock(_("Words"), longest=500)


class ReceiveForm(FlaskForm):
    inspection = ChoiceField(_("Inspection"), options=InspectionResult, validators=[Needed()])
    inspection_note = TextBlock(_("Inspection note"), longest=1000)


def undispatched(query: Any, given: dict[str, str]) -> Any:
    """Lines of the contract in the address whose machine still stands here."""
    number = given.get("pk", "")
    return query.where(
        ContractLine.contract_id == (int(number) if number.isdigit() and len(number) < 10 else 0),
        ContractLine.is_dispatched.is_(False),
    )


class DispatchForm(FlaskForm):
    line = PickField(_("Machine"), validators=[Needed()], entity=ContractLine, narrow=undispatched)
    receiver = TextLine(_("Receiver"), validators=[Needed()], longest=50)
    receiver_phone = TextLine(_("Receiver's phone"), longest=20)
    driver = TextLine(_("Driver"), longest=50)
    plate = TextLine(_("Truck plate"), longest=20)
    hour_meter = NumberField(_("Hour meter"), places=3, digits=8)
    is_checked = BooleanField(_("Delivery check complete"))
    check_note = TextBlock(_("Delivery check note"), longest=500)

    def about(self, contract: MachineContract) -> None:
        """The next machine and the contact are proposed; an empty hour meter is zero."""
        if self.is_submitted():
            self.hour_meter.data = self.hour_meter.data or 0
            return
        with scope.elevated():
            open_lines = [line for line in contract.lines if not line.is_dispatched and line.unit is not None]
            if open_lines:
                self.line.data = open_lines[0]
                self.hour_meter.data = open_lines[0].unit.hour_meter  # type: ignore[union-attr]
            if contract.contact is not None:
                self.receiver.data = contract.contact.name
                if acting.current().unmasked("phone"):
                    self.receiver_phone.data = contract.contact.mobile


class VisitForm(FlaskForm):
    score = WholeField(_("Score"), validators=[Needed()], description=_("0 to 100"))
    answer = TextBlock(_("What the customer said"), validators=[Needed()])


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
    return query.where(
        WorkOrderPart.work_order_id == (int(number) if number.isdigit() and len(number) < 10 else 0),
        WorkOrderPart.technician_id == (acting.current().employee_id or 0),
        WorkOrderPart.state == UsedPartState.CONSUMED,
    )


class ConsumeForm(FlaskForm):
    part = PickField(_("Part"), validators=[Needed()], entity=Part, narrow=in_my_van)
    quantity = NumberField(_("Quantity"), validators=[Needed()], places=3, digits=15)
    charge_kind = ChoiceField(_("Who pays"), options=ChargeKind)

    def about(self, order: WorkOrder) -> None:
        """In warranty the maker pays, else the customer."""
        if not self.is_submitted():
            self.charge_kind.data = ChargeKind.WARRANTY if order.in_warranty else ChargeKind.CUSTOMER


class PutBackForm(FlaskForm):
    line = PickField(_("Part used"), validators=[Needed()], entity=WorkOrderPart, narrow=used_here)


class ChargedLine(LineForm):
    """One part of a work order: who pays, and how much."""

    id = HiddenField()
    charge_kind = ChoiceField(_("Who pays"), options=ChargeKind)
    unit_price = NumberField(_("Price with tax"))


class ReviewForm(FlaskForm):
    """The parts used with their payer and price; hours and kilometres as the technician told them."""

    fact_label = _("Quantity")
    lines = LinesField(ChargedLine, _("Parts used"))
    labour_hours = NumberField(_("Labour hours"), places=3, digits=8)
    labour_price = NumberField(_("Price an hour"))
    travel_km = NumberField(_("Kilometres driven"), places=3, digits=8)
    travel_price = NumberField(_("Price a kilometre"))
    other_fee = NumberField(_("Other fee"))
    opinion = TextBlock(_("Opinion"), longest=500)

    def about(self, order: WorkOrder) -> None:
        """What stands on the order is the first proposal."""
        with scope.elevated():
            used = [line for line in order.parts if line.state is UsedPartState.CONSUMED]
            self.facts = [(str(line.id), str(line.part), plain_quantity(line.quantity)) for line in used]
            if self.is_submitted():
                return
            for line in used:
                entry = self.lines.append_entry().form
                entry.id.data, entry.charge_kind.data, entry.unit_price.data = (
                    str(line.id),
                    line.charge_kind,
                    line.unit_price,
                )
            for name in ("labour_hours", "labour_price", "travel_km", "travel_price", "other_fee"):
                self[name].data = getattr(order, name)


def company_stores(query: Any, given: dict[str, str]) -> Any:
    """Stores of the company that are in use; a keeper without other posts is offered those he keeps."""
    by = acting.current()
    query = query.where(Warehouse.kind.in_([WarehouseKind.MAIN, WarehouseKind.BRANCH]), Warehouse.is_enabled)
    return query.where(Warehouse.id.in_(by.warehouse_ids)) if by.rows("RequestLine", "match") == {Rows.KEPT} else query


class WantedForm(FlaskForm):
    """How many of the pieces asked for."""

    quantity = NumberField(
        _("Quantity"), places=3, digits=15, description=_("Fewer than asked for: the rest stays open")
    )

    def about(self, line: RequestLine) -> None:
        """All of them at first; beside it what every store holds."""
        if not self.is_submitted():
            self.quantity.data = line.quantity


class MatchForm(WantedForm):
    warehouse = PickField(_("From warehouse"), validators=[Needed()], entity=Warehouse, narrow=company_stores)


class BuyForm(WantedForm):
    mode = ChoiceField(_("Way to the technician"), options=BUYING_MODES)
    supplier = PickField(_("Supplier"), validators=[Needed()], entity=Supplier)
    unit_price = NumberField(_("Price with tax"), validators=[Needed()])
    warehouse = PickField(
        _("Receiving warehouse"), entity=Warehouse, narrow=company_stores, description=_("Only when it goes to a store")
    )
    tax_rate = NumberField(_("Tax rate"), places=4, digits=1, percent=True, description=_("Empty: 13 %"))


class SentForm(FlaskForm):
    express_number = TextLine(_("Express number"), longest=60)


class CollectPartsForm(FlaskForm):
    quantity = NumberField(_("Quantity"), validators=[Needed()], places=3, digits=15)

    def about(self, paper: EmergencyPurchase) -> None:
        """All that is still to come."""
        if not self.is_submitted():
            self.quantity.data = paper.quantity - paper.received_quantity


class SettleForm(FlaskForm):
    due_on = DayField(_("Due on"), description=_("Empty: 30 days from today"))


class OpenAccountForm(FlaskForm):
    username = TextLine(_("Account"), validators=[Needed()], longest=60)
    roles = ManyChoiceField(
        _("Roles"), validators=[Needed()], options=lambda: [(code, role.label) for code, role in ROLES.items()]
    )
    password = PasswordField(_("First password"), validators=[Needed()], description=_("At least 10 characters"))


class ResetPasswordForm(FlaskForm):
    password = PasswordField(_("New password"), validators=[Needed()], description=_("At least 10 characters"))


COUNTED_MOST = 2000  # a shelf may hold more kinds than a person types into one paper


class CountedLine(LineForm):
    """One line of a paper: how many really."""

    id = HiddenField()
    quantity = NumberField(_("Quantity"), places=3, digits=15)


class CountedForm(FlaskForm):
    """What really came or goes, line by line; the plan is proposed."""

    planned = "planned_quantity"
    lines = LinesField(CountedLine, _("Parts"), most=COUNTED_MOST)

    def about(self, document: Any) -> None:
        """Parts and plan beside each line; the plan as the first proposal."""
        with scope.elevated():
            walk = bins.in_order(document.lines, self.store(document))
            facts = {str(line.id): (str(line.id), str(line.part), self.told(line), code) for line, code in walk}
            if self.is_submitted():  # lines that are not of this paper are nobody's
                self.lines.entries = [entry for entry in self.lines.entries if str(entry.form.id.data) in facts]
                self.facts = [facts[str(entry.form.id.data)] for entry in self.lines.entries]
            else:
                self.facts = list(facts.values())
                for line, _code in walk:
                    entry = self.lines.append_entry()
                    entry.form.id.data, entry.form.quantity.data = str(line.id), self.proposal(line)

    def proposal(self, line: Any) -> Any:
        """What stands in the field at first."""
        return getattr(line, self.planned)

    def told(self, line: Any) -> str:
        """The plan beside the field."""
        return plain_quantity(getattr(line, self.planned))

    def store(self, document: Any) -> int:
        """The warehouse whose shelves one walks along."""
        return document.warehouse_id


class ShipForm(CountedForm):
    express_number = TextLine(_("Express number"), longest=60)


class ArrivalForm(CountedForm):
    planned = "shipped_quantity"

    def store(self, document: Any) -> int:
        """Where it arrives."""
        return document.target_id


class ShelfForm(CountedForm):
    """A count is done blind: the books are not proposed."""

    planned = ""

    def proposal(self, line: Any) -> Any:
        """Nothing: who counts, counts."""
        return None

    def told(self, line: Any) -> str:
        """Nothing: the books would only be copied."""
        return ""


def bins_here(query: Any, given: dict[str, str]) -> Any:
    """Bins of the warehouse of the balance in the address."""
    number = given.get("pk", "")
    pk = int(number) if number.isdigit() and len(number) < 10 else 0
    return query.where(
        Bin.warehouse_id == sa.select(StockBalance.warehouse_id).where(StockBalance.id == pk).scalar_subquery()
    )


class ShelveForm(FlaskForm):
    bin = PickField(_("Bin"), entity=Bin, narrow=bins_here)
    min_quantity = NumberField(_("Minimum here"), places=3, digits=15, description=_("Empty: the minimum of the part"))

    def about(self, balance: StockBalance) -> None:
        """What holds now."""
        if not self.is_submitted():
            self.bin.data, self.min_quantity.data = balance.bin, balance.min_quantity


class AgreeForm(FlaskForm):
    agreed_by = TextLine(_("Agreed by"), validators=[Needed()], longest=50)
    agreed_proof = TextLine(_("Proof of agreement"), validators=[Needed()], longest=200)


class RefundForm(FlaskForm):
    account = PickField(_("Paid from"), entity=FundAccount)


class SendBackForm(FlaskForm):
    express_number = TextLine(_("Express number"), longest=60)


class CollectForm(FlaskForm):
    account = PickField(_("Paid into"), validators=[Needed()], entity=FundAccount)
    serial = TextLine(_("Bank serial number"), longest=60)


def owed_to_the_same(query: Any, given: dict[str, str]) -> Any:
    """Unpaid debts to the supplier of the purchase return in the address."""
    number = given.get("pk", "")
    paper = int(number) if number.isdigit() and len(number) < 10 else 0
    mine = sa.select(PurchaseReturn.supplier_id).where(PurchaseReturn.id == paper).scalar_subquery()
    return query.where(Payable.supplier_id == mine, Payable.state.in_([PayableState.OPEN, PayableState.PARTIAL]))


class OffsetForm(FlaskForm):
    debt = PickField(_("Payable"), validators=[Needed()], entity=Payable, narrow=owed_to_the_same)


class ShortageForm(FlaskForm):
    handling = ChoiceField(_("Handling"), options=ShortageHandling, validators=[Needed()])
    reason = TextBlock(_("Reason"), validators=[Needed()], longest=500)


def plain_quantity(value: Any) -> str:
    """12 or 0.5, without useless zeros."""
    return f"{value.normalize():f}" if value is not None else ""


def in_stock(query: Any, given: dict[str, str]) -> Any:
    """Machines that can be sold, of the model chosen in the line."""
    query = query.where(MachineUnit.state == UnitState.IN_STOCK)
    model = given.get("model", "")
    return query.where(MachineUnit.model_id == int(model)) if model.isdigit() and len(model) < 10 else query
