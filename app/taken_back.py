"""What can be made can be unmade: for every entity, what takes it back and until when; `flask docs` adds who may.

A way names verbs (`verb`, `Entity.verb`, or the plain `edit` and `delete`) whose holders are read from the roles. A test
proves that every entity stands here, that every verb exists and is held by somebody, and that no state is a dead end.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import models as m
from .roles import ROLES
from .workflows import machine

PLAIN = ("edit", "delete", "add")


@dataclass(frozen=True)
class Way:
    """How an entity is taken back.

    verbs: what leads back, each `verb` of the entity itself or `Entity.verb` of another.
    until: until when, or why nothing has to be taken back.
    """

    verbs: tuple[str, ...]
    until: str


def way(verbs: str, until: str) -> Way:
    return Way(tuple(verbs.split()), until)


def lines(header: str, *names: str) -> dict[str, Way]:
    """Lines live and die with their document."""
    return {name: way(f"{header}.edit", "with its document, while that may be changed") for name in names}


def journal(names: str, verbs: str) -> dict[str, Way]:
    """Entries stand for ever; the verb that takes back what made them writes the opposite ones."""
    return {
        name: way(verbs, "never changed; an opposite entry is written when its document is taken back")
        for name in names.split()
    }


def by_the_house(names: str, why: str) -> dict[str, Way]:
    """Written by the house itself; nobody types them."""
    return {name: way("", why) for name in names.split()}


SWITCHED = "changed at any time; switched off instead of deleted, what was made with it stays as it was"

WAYS: dict[str, Way] = {
    # -- people and places
    "Department": way("edit delete", "deleted while nobody and nothing belongs to it"),
    "Employee": way("edit leave hand_over", "cards are changed at any time"),
    "Warehouse": way("edit", SWITCHED),
    **lines("Warehouse", "WarehouseKeeper"),
    "NoticePreference": way("", "each person changes his own at any time"),
    **by_the_house("LoginAttempt LoginSession", "removed by the night; a session ends when its owner ends it"),
    "AccountState": way("Employee.unlock Employee.reset_password", "at any time"),
    # -- customers
    "Customer": way("edit disable enable unfreeze pardon hand_over", "at any time; a customer is never deleted"),
    "Contact": way("edit invalidate revive", "at any time"),
    "CustomerContact": way("unlink", "at any time"),
    "CustomerTag": way("delete", "at any time"),
    "Tag": way("edit delete", "deleted while no customer carries it, else switched off"),
    "CustomerAsset": way("edit delete", "at any time"),
    "CustomerSite": way("edit delete", "at any time"),
    "FollowUp": way("delete", "by its author on the same day, by his manager at any time"),
    "OwnerTransfer": way(
        "Customer.hand_over Contact.hand_over", "handed back by another hand-over; the log of both stays"
    ),
    "ArchiveRule": way("edit", SWITCHED),
    "Guarantor": way("MachineContract.edit ContractAmendment.add", "after the approval by an amendment"),
    "Attachment": way("", "taken away by who attached it while the document is loose; its line in the log stays"),
    **by_the_house("AttachmentContent", "goes with the last attachment that holds it"),
    # -- machines and contracts
    "Supplier": way("edit", SWITCHED),
    "MachineModel": way("edit", SWITCHED),
    "MachineUnit": way("relocate restock correct_meter demonstrate", "its states follow the documents that move it"),
    "MeterReading": way("MachineUnit.correct_meter", "a correction is one more reading, with its reason"),
    "MachinePurchase": way(
        "withdraw reject cancel close", "withdrawn before the decision, cancelled while nothing came"
    ),
    **lines("MachinePurchase", "MachinePurchaseLine"),
    "MachineInbound": way("cancel reverse", "reversed while the machine stands here, unsold and unpaid"),
    "MachineContract": way(
        "withdraw reject void ContractCancellation.add ContractAmendment.add MachineReturn.add DispatchWithdrawal.add",
        "withdrawn before the decision; amended or cancelled before dispatch; withdrawn or returned afterwards",
    ),
    **lines("MachineContract", "ContractLine", "ContractFee", "ContractGift", "ContractInstalment"),
    "MachineDispatch": way(
        "DispatchWithdrawal.add MachineReturn.add", "withdrawn the machine being here, returned later"
    ),
    "ContractAmendment": way("withdraw reject void add", "before the decision; what was decided by another amendment"),
    **lines(
        "ContractAmendment",
        "AmendmentLine",
        "AmendmentFee",
        "AmendmentGift",
        "AmendmentGuarantor",
        "AmendmentInstalment",
    ),
    "ContractCancellation": way(
        "withdraw reject void leave came_back MachineContract.add",
        "before the decision; then a new contract, and the refund stays here or comes back",
    ),
    "DispatchWithdrawal": way(
        "withdraw reject void MachineContract.dispatch", "before the decision; then sent out anew"
    ),
    "MachineReturn": way(
        "withdraw reject void leave came_back MachineContract.add",
        "before the decision; then sold anew, and the refund stays here or comes back",
    ),
    "ApprovalRule": way("edit", SWITCHED),
    **by_the_house("ApprovalStep ApprovalRecord", "what somebody decided stands; the document is decided anew"),
    # -- coupons
    "CouponType": way("edit", SWITCHED),
    "CouponIssue": way("withdraw reject cancel Coupon.void", "before the decision; its coupons are void one by one"),
    "Coupon": way(
        "freeze unfreeze void extend transfer", "void as long as something is left; a void one lives by extending"
    ),
    **journal("CouponEntry", "Receipt.reverse PartSale.cancel SaleReturn.receive"),
    # -- parts
    "PartCategory": way("edit", "at any time"),
    "Part": way("edit", SWITCHED),
    "PartSubstitute": way("edit delete", "at any time"),
    "SaleType": way("edit", SWITCHED),
    "Bin": way("edit", SWITCHED),
    "StockBalance": way("shelve", "pieces and value follow the journal only"),
    **journal(
        "StockMove", "InboundReceipt.reverse PurchaseReturn.add SaleReturn.receive StockTransfer.recall StockCount.add"
    ),
    "PurchaseProposal": way("edit ignore reconsider", "ignored ones at any time; ordered ones with their order"),
    "PurchaseOrder": way("withdraw reject cancel close", "withdrawn before the decision, cancelled while nothing came"),
    **lines("PurchaseOrder", "PurchaseLine"),
    "InboundReceipt": way("reverse PurchaseReturn.add", "reversed while the pieces lie there and nothing is paid"),
    "InboundLine": way("InboundReceipt.reverse PurchaseReturn.add", "with its receipt, or piece by piece"),
    "PurchaseReturn": way("withdraw reject cancel", "until the parts have left; what comes back is bought anew"),
    **lines("PurchaseReturn", "PurchaseReturnLine"),
    "PartQuotation": way("edit refuse revise", "revised into a new version as long as no sale uses it"),
    **lines("PartQuotation", "QuotationLine"),
    "PartSale": way("withdraw reject cancel close_rest SaleReturn.add", "cancelled while nothing left, then returned"),
    **lines("PartSale", "SaleLine", "SaleCoupon"),
    "SaleShortage": way("PartSale.cancel PartSale.close_rest", "with the sale or its remainder"),
    "PartOutbound": way("PartSale.cancel SaleReturn.add", "before it is shipped with the sale; then as a return"),
    "OutboundLine": way("SaleReturn.add", "piece by piece"),
    "SaleReturn": way("cancel PartSale.add", "until the parts are taken in; then they are sold anew"),
    **lines("SaleReturn", "ReturnLine"),
    "StockTransfer": way("cancel recall StockTransfer.add", "recalled while nothing arrived; then sent back"),
    **lines("StockTransfer", "TransferLine"),
    "StockCount": way("cancel reject StockCount.add", "until the approval; then by another count"),
    **lines("StockCount", "CountLine"),
    # -- service
    "WorkOrder": way("edit withdraw cancel take_up send_back unsettle", "a settlement while nothing is paid on it"),
    "WorkAssignment": way("WorkOrder.decline WorkOrder.withdraw", "until the work is finished"),
    "WorkOrderPart": way("WorkOrder.put_back", "until the order is reviewed"),
    "PartRequest": way("cancel", "while nobody has begun with the line"),
    "RequestLine": way("reject cancel PartRequest.add", "what was refused is asked for anew"),
    "EmergencyPurchase": way("cancel InboundReceipt.reverse", "while nothing came; then its receipt is reversed"),
    "OldPart": way("untake keep_again want waive", "at any time"),
    "WarrantyClaim": way("withdraw cancel reconsider", "an answer is noted anew while its money has not come"),
    **lines("WarrantyClaim", "ClaimLine"),
    "ServicePackage": way("edit void revive WorkOrder.unsettle", "at any time; services come back with the settlement"),
    "ServiceReminder": way("postpone close reopen", "until the service is done"),
    "ChecklistTemplate": way("edit", SWITCHED),
    **lines("ChecklistTemplate", "ChecklistItem"),
    "ChecklistAnswer": way("WorkOrder.fill_checklist WorkOrder.send_back", "until the work is finished, or sent back"),
    "VisitTask": way("edit reopen", "who refused or was not reached is called again; an answer is the customer's word"),
    "VisitPlan": way("edit", SWITCHED),
    "SurveyTemplate": way("edit", SWITCHED),
    **lines("SurveyTemplate", "SurveyQuestion"),
    "SurveyAnswer": way("Complaint.add", "the customer's word; what he says later is a complaint or another visit"),
    **by_the_house("RatingLink RatingAttempt", "a new link replaces the old one; they expire"),
    "Complaint": way("edit rejudge reopen", "at any time"),
    # -- money
    "FundAccount": way("edit", SWITCHED),
    "Receivable": way("void", "taken back with the document behind it; an opening one while nothing is paid on it"),
    **journal("ReceivableEntry", "Receipt.reverse WorkOrder.unsettle PartSale.cancel"),
    "Receipt": way("cancel reverse", "a draft is cancelled, a confirmed one reversed on a day of its own"),
    **lines("Receipt", "ReceiptFund", "ReceiptAllocation"),
    **journal(
        "CashEntry",
        "Receipt.reverse Payment.reverse PrepaidRefund.came_back ContractCancellation.came_back MachineReturn.came_back"
        " ClaimedExpense.came_back",
    ),
    "PrepaidBalance": way("", "follows its journal only"),
    **journal(
        "PrepaidEntry", "Receipt.reverse PrepaidRefund.cancel PrepaidRefund.came_back ContractCancellation.leave"
    ),
    "PrepaidRefund": way(
        "withdraw reject cancel came_back",
        "before it is paid; when the bank sends it back it waits again or is cancelled",
    ),
    "ClaimedExpense": way(
        "withdraw reject cancel revoke came_back", "before money moved; when the bank sends it back it waits again"
    ),
    "Payable": way("InboundReceipt.reverse MachineInbound.reverse", "taken back with the document behind it"),
    **journal("PayableCredit", "Payment.reverse"),
    "Payment": way("cancel reverse", "cancelled before the money left; reversed when the bank sends it back"),
    **lines("Payment", "PaymentLine"),
    "Expense": way("ClaimedExpense.revoke", "taken back with the document behind it"),
    "Retention": way("extend deduct reject Complaint.rejudge", "held and freed by complaints; paid by receipts"),
    "RetentionDecision": way("Retention.reject", "two people decide; an approved deduction is final"),
    "InstalmentPlan": way("ContractAmendment.add", "replaced by an amendment; the old one is kept"),
    **lines("MachineContract", "PlanRow"),
    "CreditLimit": way(
        "withdraw reject cancel revoke add", "withdrawn before the decision, revoked or replaced by another"
    ),
    # -- the house
    "Dealer": way("edit", "at any time; what was printed stays as it was"),
    "SavedView": way("delete unshare clear_default", "at any time"),
    "ListLook": way("", "each person changes his own at any time"),
    "Notification": way("", "read or not, it stays until the night removes it"),
    "NoticeChannel": way("edit switch_off", "at any time"),
    "OutboxMessage": way("discard resend", "until it has left; a message that was read cannot be called back"),
    "PrintTemplate": way("edit retire activate", "versions stay; an older one is put in use again"),
    "Job": way("cancel retry", "until it is done; an import's rows are then changed like any others"),
    **by_the_house("JobFile JobFilePart", "removed by the night"),
    **by_the_house(
        "AuditLog StateChange PrintLog ExportLog BackupRun", "the record of what was done; nobody changes it"
    ),
    **by_the_house("DocumentSequence RequestKey NightlyRun", "the house's own book-keeping"),
}


def holders(entity: str, verb: str) -> list[str]:
    """Codes of the roles that hold a verb of a way."""
    name, _, word = verb.rpartition(".")
    name = name or entity
    return [code for code, role in ROLES.items() if name in role.grants and word in role.grants[name].verbs]


def label(entity: str, verb: str) -> str:
    """A verb as the page shows it: its Chinese name where it has one."""
    name, _, word = verb.rpartition(".")
    name = name or entity
    flow = machine.FLOWS.get(m.ENTITIES[name])
    transition = flow.transitions.get(word) if flow is not None else None
    words = (
        str(transition.label) if transition is not None else {"edit": "修改", "delete": "删除", "add": "另做一张"}[word]
    )
    return words if name == entity else f"{m.ENTITIES[name].title}·{words}"


def page() -> str:
    """The table for people: entity, how it is taken back, by whom, until when."""
    parts = [
        "# 做错了怎么办 · What can be made can be unmade\n",
        "| 对象 entity | 怎么撤回 how | 谁 by whom | 到什么时候 until when |\n|---|---|---|---|",
    ]
    for entity, found in WAYS.items():
        how = "、".join(label(entity, verb) for verb in found.verbs) or "—"
        codes = dict.fromkeys(code for verb in found.verbs for code in holders(entity, verb))
        who = "、".join(str(ROLES[code].label) for code in codes) or "—"
        parts.append(f"| {m.ENTITIES[entity].title} `{entity}` | {how} | {who} | {found.until} |")
    return "\n".join(parts) + "\n"
