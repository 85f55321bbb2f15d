"""6 服务: its states and choice lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .choice import Choice


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
UNFINISHED_ORDERS = LIVE_ORDERS | {WorkOrderState.OPEN}


REVIEWED_ORDERS = frozenset({WorkOrderState.REVIEWED, WorkOrderState.SETTLED, WorkOrderState.CLOSED})


class AssignmentState(Choice):
    ASSIGNED = _("Assigned"), "orange"
    ACCEPTED = _("Accepted"), "blue"
    DECLINED = _("Declined"), "red"
    WITHDRAWN = _("Withdrawn"), "grey"
    DONE = _("Done"), "green"


STANDING_ASSIGNMENTS = frozenset({AssignmentState.ASSIGNED, AssignmentState.ACCEPTED, AssignmentState.DONE})


class CheckKind(Choice):
    YES_NO = _("Yes or no")
    NUMBER = _("A figure")
    TEXT = _("Words")
    PHOTO = _("A photo")


class ChargeKind(Choice):
    CUSTOMER = _("Customer pays")
    WARRANTY = _("Under warranty"), "violet"
    FREE = _("Free of charge"), "grey"
    PACKAGE = _("In the service package"), "blue"


class PackageState(Choice):
    ACTIVE = _("Services left"), "blue"
    USED = _("Used up"), "green"
    EXPIRED = _("Expired"), "grey"
    VOID = _("Void"), "grey"


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
    UNREACHED = _("Could not be reached"), "grey"
    TRANSFERRED = _("Passed on as a complaint"), "red"
    CANCELLED = _("Cancelled"), "grey"


OPEN_VISITS = frozenset({VisitState.PENDING, VisitState.NO_ANSWER})


class SurveyDimension(Choice):
    SPEED = _("Speed of response")
    SKILL = _("Technical skill")
    MANNER = _("Manner of service")
    PARTS = _("Parts in time")
    PRICE = _("Fair price")
    MACHINE = _("State of the machine")
    OVERALL = _("All in all")


class QuestionKind(Choice):
    SCORE = _("1 to 5 points")
    WORDS = _("In words")


class Rating(Choice):
    FIVE = _("5 very satisfied"), "green"
    FOUR = _("4 satisfied"), "green"
    THREE = _("3 fair"), "blue"
    TWO = _("2 not satisfied"), "orange"
    ONE = _("1 very dissatisfied"), "red"

    @property
    def points(self) -> int:
        """1 to 5."""
        return 6 - int(self.value)


class ComplaintKind(Choice):
    QUALITY = _("Quality problem"), "red"
    MANNER = _("Manner of service")
    DELAY = _("Slow response")
    PRICE = _("Charges")
    OTHER = _("Other matter")


class Verdict(Choice):
    PENDING = _("To be verified"), "orange"
    UPHELD = _("Justified"), "red"
    DISMISSED = _("Not justified"), "green"


class ComplaintState(Choice):
    PENDING = _("To be verified"), "orange"
    UPHELD = _("Justified"), "red"
    DISMISSED = _("Not justified"), "grey"
    HANDLING = _("Being dealt with"), "violet"
    ANSWERED = _("Waiting for the customer's word"), "blue"
    CLOSED = _("Complaint closed"), "green"


OPEN_COMPLAINTS = frozenset(ComplaintState) - {ComplaintState.CLOSED}
