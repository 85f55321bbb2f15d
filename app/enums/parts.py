"""4 配件: its states and choice lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p

from .choice import LATER, Choice


class BrandKind(Choice):
    OEM = _("Original")
    OES = _("Original supplier")
    AFTER = _("Aftermarket")


class SubstituteDirection(Choice):
    BOTH = _("Both ways")
    ONE = _("One way")


class StockMovement(Choice):
    PURCHASE_IN = _("Purchase in"), "green"
    SALE_OUT = _("Sale out"), "blue"
    SALE_RETURN_IN = _p("stock move", "Sale return"), "violet"
    PURCHASE_RETURN_OUT = _("Purchase return"), "violet"
    TRANSFER_OUT = _("Transfer out"), "blue"
    TRANSFER_IN = _("Transfer in"), "green"
    SELF_USE = _("Internal use"), "blue"
    GIFT = _("Given away"), "blue"
    REFURB = _("Used for refurbishing"), "blue"
    COUNT_GAIN = _("Count gain"), "green"
    COUNT_LOSS = _("Count loss"), "red"
    TRANSIT_LOSS = _("Lost on the way"), "red"
    TECH_ISSUE = _("Issue to a technician"), "blue"
    TECH_RECEIVE = _("Collected by a technician"), "green"
    TECH_RETURN_OUT = _("Sent back by a technician"), "violet"
    TECH_RETURN_IN = _("Taken back from a technician"), "violet"
    EMERGENCY_IN = _("Sent to a technician by a supplier"), "green"
    CONSUME = _("Used on a work order"), "blue"
    OPENING = _("Opening stock"), "green"
    REVERSE = _("Reversal"), "grey"


class PurchaseKind(Choice):
    STOCK = _("For stock")
    EMERGENCY = _("Emergency")
    SPECIAL = _("Ordered by a customer")


class PurchaseState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    APPROVED = _("Approved"), "blue"
    REJECTED = _("Rejected"), "red"
    PART_RECEIVED = _("Partly received into stock"), "violet"
    RECEIVED = _("All received"), "green"
    CLOSED = _("Closed"), "grey"
    CANCELLED = _("Cancelled"), "grey"


EDITABLE_PURCHASES = frozenset({PurchaseState.DRAFT, PurchaseState.REJECTED})


class ReceiptOfPartsKind(Choice):
    PURCHASE = _("Purchase")
    DIRECT = _("Supplier to technician")
    OPENING = _("Opening stock")
    OTHER = _("Other"), "grey", LATER


class InboundReceiptState(Choice):
    PENDING = _("To be received"), "orange"
    DONE = _("Received into stock"), "green"
    CANCELLED = _("Cancelled"), "grey"
    REVERSED = _("Reversed"), "red"


class PurchaseReturnState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    APPROVED = _("To be shipped"), "orange"
    REJECTED = _("Rejected"), "red"
    SHIPPED = _("Supplier owes the refund"), "violet"
    DONE = _("Done"), "green"
    CANCELLED = _("Cancelled"), "grey"


EDITABLE_PURCHASE_RETURNS = frozenset({PurchaseReturnState.DRAFT, PurchaseReturnState.REJECTED})
# pieces of a receipt that these returns name are given away
BINDING_PURCHASE_RETURNS = frozenset(
    {PurchaseReturnState.APPROVED, PurchaseReturnState.SHIPPED, PurchaseReturnState.DONE}
)


class ProposalCause(Choice):
    LOW_STOCK = _("Below minimum"), "orange"
    SHORTAGE = _("Customers wait"), "red"


class ProposalState(Choice):
    OPEN = _("To be ordered"), "orange"
    ORDERED = _("Ordered"), "green"
    IGNORED = _("Ignored"), "grey"
    LAPSED = _("No longer needed"), "grey"


class QuotationState(Choice):
    DRAFT = _("Draft"), "grey"
    SENT = _("Sent"), "orange"
    AGREED = _("Agreed"), "blue"
    USED = _("Closed in a sale"), "green"
    REFUSED = _p("quotation", "Refused"), "red"
    EXPIRED = _("Expired"), "grey"
    REPLACED = _p("quotation", "Replaced"), "grey"


class CostTarget(Choice):
    SALES = _("Cost of sales")
    DEPARTMENT = _("Department expense")
    UNIT = _("Cost of the used machine")
    MARKETING = _("Marketing expense")


class SaleDetail(Choice):
    NONE = _("Nothing more")
    DEPARTMENT = _("Department and purpose")
    EVENT = _("Name of the event")
    UNIT = _("Used machine")
    REASON = _("Reason")


class SaleApprover(Choice):
    """Named like the roles of roles.py."""

    SALES_MANAGER = _("Sales manager")
    SERVICE_MANAGER = _("Service manager")
    FINANCE = _("Finance")
    GM = _("General manager")


class ShipWay(Choice):
    PICKUP = _("Picked up")
    EXPRESS = _("Express")
    LOGISTICS = _p("way of sending", "Freight")
    TECHNICIAN = _("With a technician")


class SettleWay(Choice):
    CASH = _("Cash sale")
    CREDIT = _("On account")
    MONTH = _("Monthly")


class SaleState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    APPROVED = _("Approved"), "blue"
    REJECTED = _("Rejected"), "red"
    CANCELLED = _("Cancelled"), "grey"


EDITABLE_SALES = frozenset({SaleState.DRAFT, SaleState.REJECTED})


class ShipState(Choice):
    NONE = _("Not shipped"), "grey"
    PART = _("Partly shipped"), "orange"
    ALL = _("Shipped"), "green"


class OutboundState(Choice):
    PENDING = _("To be shipped"), "orange"
    DONE = _("Shipped"), "green"
    CANCELLED = _("Cancelled"), "grey"


class ShortageState(Choice):
    WAITING = _("Waiting for goods"), "orange"
    SERVED = _("Goods reserved"), "green"
    CANCELLED = _("Cancelled"), "grey"


class ReturnState(Choice):
    DRAFT = _("To be received"), "orange"
    RECEIVED = _("To be refunded"), "violet"
    REFUNDED = _("Refunded"), "green"
    CANCELLED = _("Cancelled"), "grey"


class TransferKind(Choice):
    TRANSFER = _("Between stores")
    TECH_ISSUE = _("To a technician"), "blue"
    TECH_RETURN = _("Back from a technician"), "violet"


class TransferState(Choice):
    PENDING = _("To be shipped"), "orange"
    IN_TRANSIT = _("In transit"), "violet"
    SHORT = _("Arrived short"), "red"
    DONE = _("Done"), "green"
    CANCELLED = _("Cancelled"), "grey"


class ShortageHandling(Choice):
    LOSS = _("Written off as lost")
    BACK = _("Found, back at the source")


class CountState(Choice):
    DRAFT = _("Draft"), "grey"
    COUNTING = _("Counting"), "orange"
    REVIEWING = _("Pending approval"), "violet"
    DONE = _("Done"), "green"
    CANCELLED = _("Cancelled"), "grey"


class PayableKind(Choice):
    PART = _("Parts purchase")
    MACHINE = _p("payable", "Machine purchase")
    AGENCY = _("Collected for others")
    REFUND = _("Refund to customer"), "grey", LATER
    OTHER = _("Other"), "grey"


class PayableState(Choice):
    OPEN = _p("payable", "Unpaid"), "orange"
    PARTIAL = _p("payable", "Partly paid"), "violet"
    PAID = _p("payable", "Paid"), "green"
    VOID = _("Void"), "grey"


class PaymentState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    APPROVED = _("Approved"), "blue"
    PAID = _p("payment", "Paid"), "green"
    RETURNED = _("Came back, to be reversed"), "orange"
    REVERSED = _("Reversed"), "red"
    CANCELLED = _("Cancelled"), "grey"


STANDING_PAYMENTS = frozenset({PaymentState.PAID, PaymentState.RETURNED})  # the books say that the money is gone


class ExpenseKind(Choice):
    SELF_USE = _("Internal use")
    GIFT = _("Gift")
    LOSS = _("Loss")
    PRICE_VARIANCE = _("Purchase price variance")
    WARRANTY_LOSS = _("Warranty loss")
    TRAVEL = _p("expense", "Travel")
    FREIGHT = _p("expense", "Freight")
    VEHICLE = _("Vehicle and fuel")
    OFFICE = _("Office")
    LEGAL = _("Lawsuit")
    COLLECTION = _("Debt collection")
    BANK_FEE = _("Bank fee")
    OTHER = _("Other")


EXPENSES_BY_HAND = (
    ExpenseKind.TRAVEL, ExpenseKind.FREIGHT, ExpenseKind.VEHICLE, ExpenseKind.OFFICE, ExpenseKind.LEGAL,
    ExpenseKind.COLLECTION, ExpenseKind.BANK_FEE, ExpenseKind.OTHER,
)  # fmt: skip


class ClaimedExpenseState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    REJECTED = _("Rejected"), "red"
    APPROVED = _("To be paid out"), "violet"
    OWED = _("Owed to the supplier"), "blue"
    PAID = _("Paid out"), "green"
    CANCELLED = _("Cancelled"), "grey"


STANDING_EXPENSES = frozenset({ClaimedExpenseState.APPROVED, ClaimedExpenseState.OWED, ClaimedExpenseState.PAID})
