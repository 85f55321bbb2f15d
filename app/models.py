"""The data dictionary: what a dealer keeps books about. This page is its table of contents; the chapters are in `dictionary/`.

Declarations only; behaviour lives in workflows and ledgers. Money is yuan with two places, quantities have three,
rates six; dates are Asia/Shanghai. A new entity is a class in its chapter and its name here.
"""

from __future__ import annotations

from . import enums
from .dictionary.base import ZERO, Document, Entity, Record
from .dictionary.coupons import (
    Coupon,
    CouponEntry,
    CouponType,
)
from .dictionary.credit import (
    InstalmentPlan,
    PlanRow,
)
from .dictionary.crm import (
    Contact,
    Customer,
    CustomerContact,
    CustomerTag,
    Tag,
)
from .dictionary.finance import (
    CashEntry,
    Expense,
    FundAccount,
    Payable,
    Payment,
    PaymentLine,
    PrepaidBalance,
    PrepaidEntry,
    Receipt,
    ReceiptAllocation,
    ReceiptFund,
    Receivable,
    ReceivableEntry,
    Retention,
)
from .dictionary.machines import (
    ApprovalRecord,
    ContractFee,
    ContractGift,
    ContractLine,
    MachineContract,
    MachineDispatch,
    MachineInbound,
    MachineModel,
    MachineUnit,
    Supplier,
)
from .dictionary.organisation import (
    Department,
    Employee,
    Warehouse,
    WarehouseKeeper,
)
from .dictionary.part_sales import (
    OutboundLine,
    PartOutbound,
    PartQuotation,
    PartSale,
    QuotationLine,
    ReturnLine,
    SaleCoupon,
    SaleLine,
    SaleReturn,
)
from .dictionary.parts import (
    Part,
    PartCategory,
    PartSubstitute,
    SaleType,
)
from .dictionary.purchasing import (
    InboundLine,
    InboundReceipt,
    PurchaseLine,
    PurchaseOrder,
)
from .dictionary.service import (
    VisitTask,
)
from .dictionary.stock import (
    CountLine,
    StockBalance,
    StockCount,
    StockMove,
    StockTransfer,
    TransferLine,
)
from .dictionary.system import (
    AccountState,
    AuditLog,
    DocumentSequence,
    ExportLog,
    LoginAttempt,
    LoginSession,
    Notification,
    RequestKey,
    StateChange,
)

# every entity by name, in the order of this page
ENTITIES: dict[str, type[Entity]] = {
    name: thing
    for name, thing in list(globals().items())
    if isinstance(thing, type) and issubclass(thing, Entity) and "__table__" in thing.__dict__
}
