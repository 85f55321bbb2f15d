"""The data dictionary: what a dealer keeps books about. This page is its table of contents; the chapters are in `dictionary/`.

Declarations only; behaviour lives in workflows and ledgers. Money is yuan with two places, quantities have three,
rates six; dates are Asia/Shanghai. A new entity is a class in its chapter and its name here.
"""

from __future__ import annotations

from . import enums
from .dictionary.base import ZERO, Entity, Record, Document
from .dictionary.organisation import Department, Employee, WarehouseKeeper, Warehouse
from .dictionary.crm import Contact, Customer, CustomerContact, Tag, CustomerTag, OwnerTransfer, FollowUp
from .dictionary.credit_limits import CreditLimit
from .dictionary.archive import CustomerAsset, CustomerSite, ArchiveRule, Guarantor
from .dictionary.machines import (
    Supplier,
    MachineModel,
    MachineUnit,
    MeterReading,
    MachinePurchase,
    MachinePurchaseLine,
    MachineInbound,
)
from .dictionary.contracts import (
    MachineContract,
    ContractLine,
    ContractFee,
    ContractGift,
    ContractInstalment,
    MachineDispatch,
)
from .dictionary.approvals import ApprovalRule, ApprovalStep, ApprovalRecord
from .dictionary.contract_papers import (
    ContractAmendment,
    AmendmentLine,
    AmendmentFee,
    AmendmentGift,
    AmendmentInstalment,
    AmendmentGuarantor,
    ContractCancellation,
    DispatchWithdrawal,
    MachineReturn,
)
from .dictionary.parts import PartCategory, Part, PartSubstitute, SaleType
from .dictionary.stock import (
    Bin,
    StockBalance,
    StockMove,
    StockTransfer,
    TransferLine,
    StockCount,
    CountLine,
)
from .dictionary.purchasing import (
    PurchaseOrder,
    PurchaseLine,
    InboundReceipt,
    InboundLine,
    PurchaseReturn,
    PurchaseReturnLine,
    PurchaseProposal,
)
from .dictionary.part_sales import (
    PartQuotation,
    QuotationLine,
    PartSale,
    SaleLine,
    SaleCoupon,
    PartOutbound,
    OutboundLine,
    SaleShortage,
    SaleReturn,
    ReturnLine,
)
from .dictionary.coupons import CouponType, Coupon, CouponEntry, CouponIssue
from .dictionary.service import WorkOrder, ServicePackage, WorkAssignment, WorkOrderPart
from .dictionary.checklists import ChecklistTemplate, ChecklistItem, ChecklistAnswer
from .dictionary.quality import (
    SurveyTemplate,
    SurveyQuestion,
    VisitPlan,
    VisitTask,
    SurveyAnswer,
    RatingLink,
    RatingAttempt,
    Complaint,
)
from .dictionary.requests import PartRequest, RequestLine, EmergencyPurchase
from .dictionary.finance import (
    FundAccount,
    Receivable,
    ReceivableEntry,
    Receipt,
    ReceiptFund,
    ReceiptAllocation,
    CashEntry,
    ClaimedExpense,
    Payable,
    PayableCredit,
    Payment,
    PaymentLine,
    Expense,
    PrepaidBalance,
    PrepaidEntry,
    PrepaidRefund,
)
from .dictionary.warranty import OldPart, WarrantyClaim, ClaimLine, ServiceReminder
from .dictionary.retention import Retention, RetentionDecision
from .dictionary.credit import InstalmentPlan, PlanRow
from .dictionary.system import (
    DocumentSequence,
    StateChange,
    RequestKey,
    AuditLog,
    ExportLog,
    Notification,
    NightlyRun,
    LoginSession,
    LoginAttempt,
    AccountState,
)
from .dictionary.background import Job, JobFile, JobFilePart
from .dictionary.outbox import NoticeChannel, NoticePreference, OutboxMessage
from .dictionary.lists import ListLook, SavedView
from .dictionary.house import BackupRun, Dealer
from .dictionary.printing import PrintLog, PrintTemplate
from .dictionary.attachments import Attachment, AttachmentContent

# every entity by name, in the order of this page
ENTITIES: dict[str, type[Entity]] = {
    name: thing
    for name, thing in list(globals().items())
    if isinstance(thing, type) and issubclass(thing, Entity) and "__table__" in thing.__dict__
}
