"""3 整机: its states and choice lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p

from .choice import LATER, Choice


class SupplierKind(Choice):
    OEM = _("Manufacturer")
    PART = _("Parts supplier")
    LESSOR = _("Leasing company")
    BANK = _("Bank")
    INSURER = _("Insurer")
    CARRIER = _("Carrier")
    OTHER = _("Other")


MACHINE_SUPPLIERS = frozenset({SupplierKind.OEM, SupplierKind.OTHER})
PART_SUPPLIERS = frozenset({SupplierKind.OEM, SupplierKind.PART, SupplierKind.OTHER})


class MachineCategory(Choice):
    EXCAVATOR = _("Excavator")
    LOADER = _("Loader")
    ROLLER = _("Roller")
    CRANE = _("Crane")
    PUMP = _("Concrete pump")
    DOZER = _("Bulldozer")
    ATTACHMENT = _("Attachment")
    OTHER = _("Other")


class UnitCondition(Choice):
    NEW = _("New machine")
    USED = _("Used machine")
    DEMO = _("Demo machine")


class UnitState(Choice):
    ORDERED = _("On the way"), "grey"
    IN_STOCK = _("In stock"), "green"
    RESERVED = _("Reserved"), "orange"
    SOLD = _("Sold"), "blue"
    RENTAL = _("Rental asset"), "violet", LATER
    REPOSSESSED = _("Repossessed"), "red", LATER
    RETURNED = _("Returned, to be handled"), "orange"
    TRANSFERRED = _("Moved out"), "grey", LATER
    SCRAPPED = _("Scrapped"), "grey", LATER
    HELD = _("Held after inspection"), "red"


UNITS_IN_YARD = frozenset({UnitState.IN_STOCK, UnitState.RESERVED, UnitState.HELD, UnitState.RETURNED})


class MeterSource(Choice):
    """Where somebody looks at a machine's hour meter."""

    INBOUND = _("When it came in")
    DISPATCH = _("At dispatch")
    WORK_ORDER = _("On a work order")
    RETURN = _("When it was returned")
    SITE_MOVE = _("On or off a rental site"), "grey", LATER
    REPOSSESSION = _("When it was taken back"), "grey", LATER
    BY_HAND = _p("meter", "By hand")
    CORRECTION = _("Correction"), "orange"


class LockState(Choice):
    NONE = _("Not locked")
    LOCKED = _("Locked"), "red", LATER


class InboundKind(Choice):
    PURCHASE = _("Purchase")
    TRADE_IN = _("Trade-in")
    REPOSSESSION = _("Repossession"), "grey", LATER
    RETURN = _("Return"), "grey", LATER
    OPENING = _("Opening stock")


class InspectionResult(Choice):
    PASS = _("In order"), "green"
    ISSUE = _("Has problems"), "red"


class InboundState(Choice):
    PENDING = _("To be received"), "orange"
    DONE = _("Received into stock"), "green"
    CANCELLED = _("Cancelled"), "grey"
    REVERSED = _("Reversed"), "red"


class PayMode(Choice):
    FULL = _("Full payment")
    INSTALMENT = _("Instalments")
    MORTGAGE = _("Bank mortgage")
    LEASE = _("Finance lease")


FINANCED = frozenset(
    {PayMode.MORTGAGE, PayMode.LEASE}
)  # a financier pays the dealer, the customer repays the financier
FINANCIERS = {PayMode.MORTGAGE: SupplierKind.BANK, PayMode.LEASE: SupplierKind.LESSOR}


class RepayMethod(Choice):
    ANNUITY = _("Equal instalments")
    EQUAL_PRINCIPAL = _("Equal principal")
    FLAT = _("Equal parts, no interest")
    CUSTOM = _("As agreed row by row")


class GiftKind(Choice):
    """What is given on top of a machine."""

    COUPON = _("Coupon")
    PART = _("Parts")
    SERVICE = _("Services")


class ContractState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    APPROVED = _("Approved"), "blue"
    REJECTED = _("Rejected"), "red"
    DISPATCHED_PART = _("Partly dispatched"), "violet"
    DISPATCHED = _("Dispatched"), "green"
    CANCELLED = _("Cancelled"), "grey"
    RETURNED = _("Machine returned"), "red"


EDITABLE_CONTRACTS = frozenset({ContractState.DRAFT, ContractState.REJECTED})
SIGNED_CONTRACTS = frozenset({ContractState.APPROVED, ContractState.DISPATCHED_PART, ContractState.DISPATCHED})
DISPATCHABLE_CONTRACTS = frozenset({ContractState.APPROVED, ContractState.DISPATCHED_PART})


class PayState(Choice):
    UNPAID = _("Unpaid"), "grey"
    PARTIAL = _("Partly paid"), "orange"
    SETTLED = _("Paid up"), "green"


class FeeKind(Choice):
    GPS = _("GPS fee")
    INSURANCE = _("Insurance premium")
    HANDLING = _("Handling fee")
    FREIGHT = _("Freight")
    NOTARY = _("Notary fee")
    PLATE = _("Number plate fee")
    DOCUMENT = _("Document fee")
    FINANCING_DEPOSIT = _("Financing deposit")
    FINANCING_FEE = _("Financing fee")
    OTHER = _("Other")


FINANCING_FEES = frozenset({FeeKind.FINANCING_DEPOSIT, FeeKind.FINANCING_FEE})  # collected for the financier


class FeeNature(Choice):
    REVENUE = _("Own income")
    AGENCY = _("Collected for others")


class DueRule(Choice):
    BEFORE_DISPATCH = _("Before dispatch")
    ON_DATE = _("On a date")


class ApprovalResult(Choice):
    PASS = _("Passed"), "green"
    REJECT = _("Rejected"), "red"
    WITHDRAW = _("Withdrawn"), "grey", LATER


class ApprovalPaper(Choice):
    """What an approval rule is about; amendments go by the rules of contracts."""

    CONTRACT = _("Machine contract")
    CANCELLATION = _("Contract cancellation")
    WITHDRAWAL = _("Dispatch withdrawal")
    RETURN = _("Machine return")


class PaperState(Choice):
    """Papers about an approved contract."""

    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    REJECTED = _("Rejected"), "red"
    TO_REFUND = _("To be refunded"), "violet"
    DONE = _("Carried out"), "green"
    CANCELLED = _("Cancelled"), "grey"


EDITABLE_PAPERS = frozenset({PaperState.DRAFT, PaperState.REJECTED})
CARRIED_OUT = frozenset({PaperState.TO_REFUND, PaperState.DONE})


class DispatchState(Choice):
    DONE = _("Dispatched"), "green"
    REVERSED = _("Dispatch withdrawn"), "grey"
    RETURNED = _("Machine returned"), "red"


GONE = frozenset({DispatchState.DONE, DispatchState.RETURNED})
