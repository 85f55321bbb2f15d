"""Every state and choice list, its label attached; named groups of states stand beside them.

A member is `NAME = _("Label")` or `NAME = _("Label"), "tone"`; tones colour the badge:
grey draft, orange waiting, blue approved, violet running, green done, red late or refused.
The database stores the name.
"""

from __future__ import annotations

import enum
from typing import Any

from flask_babel import lazy_gettext as _


class Choice(enum.Enum):
    """A list of words with labels; `str()` gives the label."""

    label: Any
    tone: str

    def __new__(cls, label: Any, tone: str = "grey") -> Choice:
        member = object.__new__(cls)
        member._value_ = len(cls.__members__) + 1
        member.label = label
        member.tone = tone
        return member

    def __str__(self) -> str:
        return str(self.label)


# -- 1 organisation ---------------------------------------------------------------------------------------------


class EmployeeState(Choice):
    ACTIVE = _("Employed"), "green"
    LEFT = _("Left"), "grey"


class WarehouseKind(Choice):
    MAIN = _("Main store")
    BRANCH = _("Branch store")
    MOBILE = _("Mobile store")
    MACHINE = _("Machine yard")
    DEFECT = _("Old parts store")
    TRANSIT = _("In transit")
    SUPPLIER = _("At supplier")
    CUSTOMER = _("At customer")
    INTERNAL = _("Internal use")
    LOST = _("Lost and found")


REAL_WAREHOUSES = frozenset(
    {WarehouseKind.MAIN, WarehouseKind.BRANCH, WarehouseKind.MOBILE, WarehouseKind.MACHINE, WarehouseKind.DEFECT}
)


# -- 2 crm ------------------------------------------------------------------------------------------------------


class Gender(Choice):
    MALE = _("Male")
    FEMALE = _("Female")


class Position(Choice):
    LEGAL_REP = _("Legal representative")
    BOSS = _("Boss")
    MANAGER = _("Equipment manager")
    OPERATOR = _("Operator")
    FINANCE = _("Accountant")
    OTHER = _("Other")


class ContactSource(Choice):
    VISIT = _("Visit")
    REFERRAL = _("Referral")
    EXHIBITION = _("Exhibition")
    WEB = _("Website")
    CALL = _("Call in")
    OLD = _("Old customer")
    CHANNEL = _("Channel")
    OTHER = _("Other")


class Intention(Choice):
    A = _("A: buys within a month"), "red"
    B = _("B: buys within a quarter"), "orange"
    C = _("C: buys within a year"), "blue"
    D = _("D: no plan"), "grey"


class ContactState(Choice):
    ACTIVE = _("Valid"), "green"
    INVALID = _("Invalid"), "grey"


class CustomerKind(Choice):
    COMPANY = _("Company")
    PERSON = _("Individual")


class CustomerLevel(Choice):
    A = _("Level A")
    VIP = _("VIP")
    B = _("Level B")
    C = _("Level C")
    BLACK = _("Blacklisted"), "red"


class Industry(Choice):
    EARTHWORK = _("Earthwork")
    MINE = _("Mining")
    MUNICIPAL = _("Municipal works")
    ROAD = _("Roads and bridges")
    RENTAL = _("Rental business")
    REPAIR = _("Overhaul workshop")
    DEALER = _("Channel partner")
    OTHER = _("Other")


class PriceLevel(Choice):
    RETAIL = _("Retail")
    WHOLESALE = _("Wholesale")
    INNER = _("Internal")


class CustomerState(Choice):
    DRAFT = _("To be completed"), "grey"
    ACTIVE = _("Normal"), "green"
    FROZEN = _("Frozen"), "red"
    DISABLED = _("Disabled"), "grey"


TRADING_CUSTOMERS = frozenset({CustomerState.DRAFT, CustomerState.ACTIVE})


class Relation(Choice):
    OTHER = _("Other")
    SELF = _("The person")
    LEGAL_REP = _("Legal person")
    SPOUSE = _("Spouse")
    PARTNER = _("Partner")
    OPERATOR = _("Machine operator")
    FINANCE = _("Accountant")


class LinkSource(Choice):
    MANUAL = _("Manual"), "blue"
    CONTRACT = _("Automatic by contract"), "violet"
    SELF = _("Same person"), "green"


class TagGroup(Choice):
    WORK = _("Kind of work")
    POWER = _("Buying power")
    CREDIT = _("Credit standing")
    TASTE = _("Preference")
    OTHER = _("Other")


class TagColour(Choice):
    BLUE = _("Blue"), "blue"
    GREEN = _("Green"), "green"
    ORANGE = _("Orange"), "orange"
    RED = _("Red"), "red"
    VIOLET = _("Violet"), "violet"
    GREY = _("Grey"), "grey"


# -- 3 machines -------------------------------------------------------------------------------------------------


class SupplierKind(Choice):
    OEM = _("Manufacturer")
    PART = _("Parts supplier")
    LESSOR = _("Leasing company")
    BANK = _("Bank")
    INSURER = _("Insurer")
    CARRIER = _("Carrier")
    OTHER = _("Other")


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
    RENTAL = _("Rental asset"), "violet"
    REPOSSESSED = _("Repossessed"), "red"
    RETURNED = _("Returned, to be handled"), "orange"
    TRANSFERRED = _("Moved out"), "grey"
    SCRAPPED = _("Scrapped"), "grey"


class LockState(Choice):
    NONE = _("Not locked")
    LOCKED = _("Locked"), "red"


class InboundKind(Choice):
    PURCHASE = _("Purchase")
    TRADE_IN = _("Trade-in")
    REPOSSESSION = _("Repossession")
    RETURN = _("Return")
    OPENING = _("Opening stock")


class InspectionResult(Choice):
    PASS = _("In order"), "green"
    ISSUE = _("Has problems"), "red"


class InboundState(Choice):
    PENDING = _("To be received"), "orange"
    DONE = _("Received into stock"), "green"
    CANCELLED = _("Cancelled"), "grey"


class PayMode(Choice):
    FULL = _("Full payment")
    INSTALMENT = _("Instalments")


class RepayMethod(Choice):
    ANNUITY = _("Equal instalments")
    EQUAL_PRINCIPAL = _("Equal principal")
    FLAT = _("Equal parts, no interest")


class ContractState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    APPROVED = _("Approved"), "blue"
    REJECTED = _("Rejected"), "red"
    DISPATCHED_PART = _("Partly dispatched"), "violet"
    DISPATCHED = _("Dispatched"), "green"
    CANCELLED = _("Cancelled"), "grey"


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
    OTHER = _("Other")


class FeeNature(Choice):
    REVENUE = _("Own income")
    AGENCY = _("Collected for others")


class DueRule(Choice):
    BEFORE_DISPATCH = _("Before dispatch")
    ON_DATE = _("On a date")


class ApprovalResult(Choice):
    PASS = _("Passed"), "green"
    REJECT = _("Rejected"), "red"
    WITHDRAW = _("Withdrawn"), "grey"


class DispatchState(Choice):
    DONE = _("Dispatched"), "green"
    REVERSED = _("Dispatch withdrawn"), "grey"


# -- 4 parts ----------------------------------------------------------------------------------------------------


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
    SALE_RETURN_IN = _("Sale return"), "violet"
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
    OTHER = _("Other")


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
    REFUSED = _("Refused"), "red"
    EXPIRED = _("Expired"), "grey"
    REPLACED = _("Replaced"), "grey"


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
    LOGISTICS = _("Freight")
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
    MACHINE = _("Machine purchase")
    REFUND = _("Refund to customer")
    OTHER = _("Other")


class PayableState(Choice):
    OPEN = _("Unpaid"), "orange"
    PARTIAL = _("Partly paid"), "violet"
    PAID = _("Paid"), "green"
    VOID = _("Void"), "grey"


class PaymentState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    APPROVED = _("Approved"), "blue"
    PAID = _("Paid"), "green"
    CANCELLED = _("Cancelled"), "grey"


class ExpenseKind(Choice):
    SELF_USE = _("Internal use")
    GIFT = _("Gift")
    LOSS = _("Loss")
    PRICE_VARIANCE = _("Purchase price variance")
    OTHER = _("Other")


# -- 5 coupons --------------------------------------------------------------------------------------------------


class CouponScope(Choice):
    PART = _("Parts")
    SERVICE = _("Service")
    BOTH = _("Parts and service")


class CouponSource(Choice):
    MACHINE = _("Given with a machine")
    CAMPAIGN = _("Campaign")
    COMPENSATION = _("Service compensation")
    PURCHASE = _("Bought")
    REFERRAL = _("Referral")
    MANUAL = _("By hand")


class CouponState(Choice):
    PENDING = _("Waiting for activation"), "orange"
    ACTIVE = _("Active"), "green"
    USED = _("Used up"), "grey"
    EXPIRED = _("Expired"), "grey"
    VOID = _("Void"), "grey"
    FROZEN = _("Frozen"), "red"


class CouponMovement(Choice):
    ISSUE = _("Issue")
    ACTIVATE = _("Activation")
    REDEEM = _("Redemption in a receipt")
    REDEEM_SALE = _("Deduction on a sale")
    RESTORE = _("Restored")
    EXPIRE = _("Expiry")
    VOID = _("Voided")
    EXTEND = _("Extension")
    FREEZE = _("Freezing")
    UNFREEZE = _("Unfreeze")
    TRANSFER = _("Handed on")


class CouponIssueState(Choice):
    DRAFT = _("Draft"), "grey"
    PENDING = _("Pending approval"), "orange"
    APPROVED = _("Issued"), "green"
    REJECTED = _("Rejected"), "red"
    CANCELLED = _("Cancelled"), "grey"


EDITABLE_ISSUES = frozenset({CouponIssueState.DRAFT, CouponIssueState.REJECTED})


# -- 6 service --------------------------------------------------------------------------------------------------


class WorkOrderKind(Choice):
    REPAIR = _("Repair")
    MAINTAIN = _("Maintenance")
    INSTALL = _("Handover and set-up")
    INSPECT = _("Inspection round")
    WARRANTY = _("Warranty repair")
    REFURB = _("Reconditioning")


class WorkOrderState(Choice):
    OPEN = _("To be assigned"), "orange"
    ASSIGNED = _("Assigned"), "orange"
    ACCEPTED = _("Accepted"), "blue"
    DEPARTED = _("On the road"), "blue"
    IN_SERVICE = _("In service"), "violet"
    SUSPENDED = _("Waiting for parts"), "red"
    FINISHED = _("To be reviewed"), "orange"
    REVIEWED = _("To be settled"), "orange"
    SETTLED = _("Charged"), "green"
    CLOSED = _("Closed"), "grey"
    CANCELLED = _("Cancelled"), "grey"


WORKING_ORDERS = frozenset(
    {WorkOrderState.ACCEPTED, WorkOrderState.DEPARTED, WorkOrderState.IN_SERVICE, WorkOrderState.SUSPENDED}
)
LIVE_ORDERS = WORKING_ORDERS | {WorkOrderState.ASSIGNED}


class AssignmentState(Choice):
    ASSIGNED = _("Assigned"), "orange"
    ACCEPTED = _("Accepted"), "blue"
    DECLINED = _("Declined"), "red"
    WITHDRAWN = _("Withdrawn"), "grey"
    DONE = _("Done"), "green"


STANDING_ASSIGNMENTS = frozenset({AssignmentState.ASSIGNED, AssignmentState.ACCEPTED, AssignmentState.DONE})


class ChargeKind(Choice):
    CUSTOMER = _("Customer pays")
    WARRANTY = _("Under warranty"), "violet"
    FREE = _("Free of charge"), "grey"
    PACKAGE = _("In the service package"), "blue"


class RequestSource(Choice):
    MY_PARTS = _("For my van")
    WORK_ORDER = _("For a work order")


class RequestState(Choice):
    PENDING = _("To be handled"), "orange"
    PROCESSING = _("Being handled"), "violet"
    DONE = _("Done"), "green"
    CANCELLED = _("Cancelled"), "grey"


OPEN_REQUESTS = frozenset({RequestState.PENDING, RequestState.PROCESSING})


class RequestLineState(Choice):
    PENDING = _("To be handled"), "orange"
    PURCHASING = _("Being bought"), "violet"
    TO_SHIP = _("To be shipped"), "blue"
    IN_TRANSIT = _("To be collected"), "violet"
    SHORT = _("Arrived short"), "red"
    DONE = _("Parts collected"), "green"
    REJECTED = _("Rejected"), "red"
    CANCELLED = _("Cancelled"), "grey"


CLOSED_REQUEST_LINES = frozenset({RequestLineState.DONE, RequestLineState.REJECTED, RequestLineState.CANCELLED})


class FulfilMode(Choice):
    STOCK = _("From a store")
    DIRECT = _("Supplier to technician"), "violet"
    TO_STORE = _("Supplier to store"), "blue"


BUYING_MODES = (FulfilMode.DIRECT, FulfilMode.TO_STORE)


class EmergencyState(Choice):
    PURCHASING = _("Being bought"), "orange"
    SHIPPED = _("Sent by the supplier"), "violet"
    DONE = _("Done"), "green"
    CANCELLED = _("Cancelled"), "grey"


class UsedPartState(Choice):
    CONSUMED = _("Used"), "green"
    REVERSED = _("Put back"), "grey"


class VisitSource(Choice):
    DISPATCH = _("Visit after delivery")
    WORK_ORDER = _("Visit after service")
    PERIODIC = _("Regular visit")
    COMPLAINT = _("Visit after complaint")


class VisitChannel(Choice):
    PHONE = _("By phone")
    LINK = _("Customer's own rating")
    WECHAT = _("WeChat")
    VISIT = _("On site")


class VisitState(Choice):
    PENDING = _("To be visited"), "orange"
    DONE = _("Visited"), "green"
    NO_ANSWER = _("No answer"), "orange"
    REFUSED = _("Refused"), "grey"


OPEN_VISITS = frozenset({VisitState.PENDING, VisitState.NO_ANSWER})


# -- 7 finance --------------------------------------------------------------------------------------------------


class AccountKind(Choice):
    CASH = _("Cash")
    BANK = _("Bank account")
    WECHAT = _("WeChat Pay")
    ALIPAY = _("Alipay")
    POS = _("POS terminal")
    BILL = _("Acceptance bills")


class FundKind(Choice):
    BANK = _("Bank transfer")
    CASH = _("Cash")
    WECHAT = _("WeChat Pay")
    ALIPAY = _("Alipay")
    POS = _("POS")
    BILL = _("Acceptance bill")
    COUPON = _("Coupon")
    PREPAID = _("Prepaid money")


CASH_FUNDS = frozenset(FundKind) - {FundKind.COUPON, FundKind.PREPAID}


class ReceivableKind(Choice):
    DEPOSIT = _("Deposit")
    DOWN = _("Down payment")
    INSTALMENT = _("Instalment")
    FINANCE = _("Loan payout")
    BALANCE = _("Balance payment")
    RETENTION = _("Retention money")
    FEE = _("Contract fee")
    PART = _("Parts sale")
    SERVICE = _("Service charge")
    RENTAL = _("Rent")
    RENTAL_DEPOSIT = _("Rental deposit")
    PENALTY = _("Penalty")
    ADVANCE = _("Advance for customer")
    OTHER = _("Other")


OPENING_RECEIVABLES = frozenset({ReceivableKind.PART, ReceivableKind.SERVICE, ReceivableKind.OTHER})


class ReceivableState(Choice):
    OPEN = _("Open"), "orange"
    PARTIAL = _("Partly received"), "violet"
    PAID = _("Received"), "green"
    VOID = _("Void"), "grey"
    BAD = _("Bad debt"), "red"


UNPAID_RECEIVABLES = frozenset({ReceivableState.OPEN, ReceivableState.PARTIAL})


class ReceivableMovement(Choice):
    RAISE = _("Raised")
    SETTLE = _("Settled")
    UNSETTLE = _("Settlement withdrawn")
    CREDIT = _("Credited for a return")
    VOID = _("Voided")


class ReceiptState(Choice):
    DRAFT = _("Waiting for confirmation"), "orange"
    CONFIRMED = _("Confirmed"), "green"
    REVERSED = _("Reversed"), "red"
    CANCELLED = _("Cancelled"), "grey"


class RetentionState(Choice):
    NOT_STARTED = _("Not started"), "grey"
    RUNNING = _("In retention period"), "blue"
    HELD = _("Held"), "red"
    MATURED = _("Due for collection"), "orange"
    COLLECTED = _("Collected"), "green"
    DEDUCTED = _("Used up by deductions"), "grey"


# -- 8 credit ---------------------------------------------------------------------------------------------------


class PlanPayee(Choice):
    DEALER = _("Dealer")
    FINANCIER = _("Financier")


class PlanState(Choice):
    ACTIVE = _("In force"), "green"
    REPLACED = _("Replaced"), "grey"
    VOID = _("Void"), "grey"


# -- 11 system --------------------------------------------------------------------------------------------------


class RunState(Choice):
    RUNNING = _("Running"), "orange"
    DONE = _("Done"), "green"
    FAILED = _("Failed"), "red"


# the nightly jobs of jobs.py, as people call them
NIGHTLY_JOBS = {
    "coupons": _("Coupons past their last day"),
    "quotations": _("Quotations past their last day"),
    "proposals": _("Purchase proposals"),
    "books": _("Check of the books"),
}


class AuditAction(Choice):
    INSERT = _("Created"), "green"
    UPDATE = _("Changed"), "blue"
    DELETE = _("Deleted"), "red"


class JobState(Choice):
    QUEUED = _("In the queue"), "grey"
    RUNNING = _("In progress"), "violet"
    CHECKED = _("Checked, waiting for you"), "orange"
    DONE = _("Finished"), "green"
    FAILED = _("Failed"), "red"
    CANCELLED = _("Cancelled"), "grey"


OPEN_JOBS = frozenset({JobState.QUEUED, JobState.RUNNING})


# -- reports ----------------------------------------------------------------------------------------------------


class StockFigures(Choice):
    TOTAL = _("Totals")
    QUANTITY = _("Quantity by movement")
    AMOUNT = _("Value by movement")


class StockAge(Choice):
    DAYS_90 = _("Up to 90 days"), "green"
    DAYS_180 = _("91 to 180 days"), "blue"
    DAYS_365 = _("181 to 365 days"), "orange"
    OLDER = _("More than 365 days"), "red"


class SlowGrouping(Choice):
    PART = _("Each part and warehouse")
    AGE = _("By days without issue")


class MarginGrouping(Choice):
    LINE = _("Each sale line")
    CUSTOMER = _("By customer")
    SALESPERSON = _("By salesperson")
    SALE_TYPE = _("By kind of sale")
    PART = _("By part")


class LiabilityGrouping(Choice):
    CUSTOMER = _("By customer and type")
    COUPON = _("Each coupon")
