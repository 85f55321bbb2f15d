"""岗位: who may do what, on whose rows, and which figures stay hidden from whom.

A grant reads "these verbs on this entity, on these rows". The tables of permissions in the database are made
from this page by `flask provision`, exactly: what is not here is taken away there.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _


class Rows(enum.Enum):
    """Whose rows a grant is about; scope.py says what that means for each entity."""

    OWN = "own"
    DEPARTMENT = "department"
    KEPT = "kept"
    ALL = "all"


OWN, DEPARTMENT, KEPT, ALL = Rows.OWN, Rows.DEPARTMENT, Rows.KEPT, Rows.ALL

READ = "list show"
LIST = "list"  # of a report
WRITE = "add edit"
EXPORT = "export"
IMPORT = "import"
LOOK = ""  # rows may be picked in a form and named on other documents, but there is no screen


@dataclass(frozen=True)
class Grant:
    verbs: frozenset[str]
    rows: Rows


@dataclass(frozen=True)
class Role:
    label: Any
    grants: dict[str, Grant] = field(default_factory=dict)


def on(rows: Rows, **entities: str) -> dict[str, Grant]:
    """Verbs by entity, all on the same rows: `on(OWN, Customer=READ + WRITE)`."""
    return {entity: Grant(frozenset(verbs.split()), rows) for entity, verbs in entities.items()}


def role(label: Any, *groups: dict[str, Grant]) -> Role:
    """A job description; an entity named twice in it is a mistake."""
    grants: dict[str, Grant] = {}
    for group in groups:
        twice = grants.keys() & group.keys()
        if twice:
            raise ValueError(f"granted twice: {sorted(twice)}")
        grants |= group
    return Role(label, EVERYBODY | grants)


def words(*parts: str) -> str:
    """Verbs joined: `words(READ, WRITE, "submit")`."""
    return " ".join(parts)


EVERYBODY = on(OWN, Notification="list show read", Job="list show confirm cancel retry")

ROLES: dict[str, Role] = {
    "sysadmin": role(
        _("System administrator"),
        on(
            ALL,
            PartCategory=words(READ, WRITE),
            Part=words(READ, WRITE),
            PartSubstitute=words(READ, WRITE, "delete"),
            SaleType=words(READ, WRITE),
            Department=words(READ, WRITE, "delete"),
            Employee=words(READ, WRITE, "open_account reset_password unlock leave"),
            Tag=words(READ, WRITE, "delete"),
            CustomerTag=READ,
            MachineModel=words(READ, WRITE),
            Supplier=words(READ, WRITE),
            Warehouse=words(READ, WRITE),
            Bin=words(READ, WRITE),
            FundAccount=READ,
            CouponType=words(READ, WRITE),
            Contact=READ,
            Customer=READ,
            CustomerContact=READ,
            MachineUnit=READ,
            MachineContract=READ,
            WorkOrder=READ,
            NightlyRun=words(READ, EXPORT),
            AuditLog=words(READ, EXPORT),
            ExportLog=words(READ, EXPORT),
            Job=words(READ, "confirm cancel retry"),
        ),
    ),
    "gm": role(
        _("General manager"),
        on(
            ALL,
            StockCard=words(LIST, EXPORT),
            StockMonthly=words(LIST, EXPORT),
            SlowStock=words(LIST, EXPORT),
            PartMargin=words(LIST, EXPORT),
            CouponLiability=words(LIST, EXPORT),
            PartCategory=words(READ, EXPORT),
            Part=words(READ, EXPORT, "import_prices"),
            PartSubstitute=words(READ, EXPORT),
            SaleType=words(READ, EXPORT),
            Bin=words(READ, EXPORT),
            StockBalance=words(READ, EXPORT),
            StockMove=words(READ, EXPORT),
            PurchaseOrder=words(READ, EXPORT, "approve reject"),
            InboundReceipt=words(READ, EXPORT),
            PurchaseReturn=words(READ, EXPORT, "approve reject"),
            PurchaseProposal=words(READ, EXPORT),
            SaleShortage=words(READ, EXPORT),
            PayableCredit=words(READ, EXPORT),
            PartQuotation=words(READ, EXPORT),
            PartSale=words(READ, EXPORT, "approve reject"),
            PartOutbound=words(READ, EXPORT),
            SaleReturn=words(READ, EXPORT),
            StockTransfer=words(READ, EXPORT),
            StockCount=words(READ, EXPORT, "approve"),
            Payable=words(READ, EXPORT),
            Payment=words(READ, EXPORT, "approve"),
            Expense=words(READ, EXPORT),
            Department=words(READ, EXPORT),
            Employee=words(READ, EXPORT),
            Tag=words(READ, EXPORT),
            CustomerTag=words(READ, EXPORT),
            MachineModel=words(READ, EXPORT),
            Supplier=words(READ, EXPORT),
            Warehouse=words(READ, EXPORT),
            FundAccount=words(READ, EXPORT),
            CashEntry=words(READ, EXPORT),
            CouponType=words(READ, EXPORT),
            Coupon=words(READ, EXPORT, "extend freeze unfreeze void transfer"),
            CouponIssue=words(READ, EXPORT, "approve reject"),
            CouponEntry=words(READ, EXPORT),
            Contact=words(READ, EXPORT),
            Customer=words(READ, EXPORT),
            CustomerContact=words(READ, EXPORT),
            MachineUnit=words(READ, EXPORT),
            MachineInbound=words(READ, EXPORT),
            MachineContract=words(READ, EXPORT, "approve reject"),
            MachineDispatch=words(READ, EXPORT),
            ApprovalRecord=words(READ, EXPORT),
            WorkOrder=words(READ, EXPORT),
            VisitTask=words(READ, EXPORT),
            Receivable=words(READ, EXPORT),
            ReceivableEntry=words(READ, EXPORT),
            Receipt=words(READ, EXPORT),
            PrepaidEntry=words(READ, EXPORT),
            Retention=words(READ, EXPORT),
            InstalmentPlan=words(READ, EXPORT),
            NightlyRun=words(READ, EXPORT),
            AuditLog=words(READ, EXPORT),
            ExportLog=words(READ, EXPORT),
        ),
    ),
    "sales_manager": role(
        _("Sales manager"),
        on(
            DEPARTMENT,
            PartMargin=words(LIST, EXPORT),
            CouponLiability=LIST,
            PartQuotation=words(READ, WRITE, EXPORT, "send agree refuse revise"),
            PartSale=words(READ, EXPORT, "approve reject"),
            PartOutbound=READ,
            SaleShortage=words(READ, EXPORT),
            SaleReturn=READ,
            Contact=words(READ, WRITE, EXPORT, "convert invalidate"),
            Customer=words(READ, WRITE, EXPORT),
            CustomerContact=words(READ, "add"),
            CustomerTag=words(READ, "add delete"),
            MachineContract=words(READ, WRITE, EXPORT, "submit withdraw void approve reject"),
            MachineDispatch=words(READ, EXPORT),
            ApprovalRecord=READ,
            Coupon=words(READ, EXPORT, "activate extend freeze unfreeze void transfer"),
            CouponIssue=words(READ, WRITE, EXPORT, "submit withdraw cancel approve reject"),
            CouponEntry=READ,
            WorkOrder=READ,
            VisitTask=words(READ, EXPORT),
            Receivable=words(READ, EXPORT),
            Receipt=READ,
            Retention=words(READ, EXPORT),
            InstalmentPlan=words(READ, EXPORT),
            Employee=READ,
        ),
        on(
            ALL,
            PartCategory=LOOK,
            Part=READ,
            PartSubstitute=READ,
            SaleType=LOOK,
            Bin=LOOK,
            StockBalance=words(READ, EXPORT),
            StockMove=READ,
            MachineUnit=words(READ, EXPORT),
            MachineInbound=READ,
            MachineModel=READ,
            Tag=READ,
            CouponType=READ,
            Supplier=LOOK,
            Warehouse=LOOK,
            Department=LOOK,
        ),
    ),
    "salesperson": role(
        _("Salesperson"),
        on(
            OWN,
            PartMargin=LIST,
            CouponLiability=LIST,
            PartQuotation=words(READ, WRITE, "send agree refuse revise"),
            PartSale=words(READ, WRITE, "submit cancel"),
            PartOutbound=READ,
            SaleShortage=READ,
            SaleReturn=READ,
            Contact=words(READ, WRITE, "convert"),
            Customer=words(READ, WRITE, "propose_link"),
            CustomerContact=READ,
            CustomerTag=words(READ, "add delete"),
            MachineContract=words(READ, WRITE, "submit withdraw void"),
            MachineDispatch=READ,
            MachineUnit=READ,
            ApprovalRecord=READ,
            Coupon=READ,
            CouponIssue=words(READ, WRITE, "submit withdraw cancel"),
            CouponEntry=READ,
            WorkOrder=READ,
            VisitTask=READ,
            Receivable=READ,
            Receipt=READ,
            Retention=READ,
            InstalmentPlan=READ,
            Employee=LOOK,
        ),
        on(
            ALL,
            MachineModel=READ,
            Tag=READ,
            CouponType=LOOK,
            Supplier=LOOK,
            Warehouse=LOOK,
            Department=LOOK,
            PartCategory=LOOK,
            Part=READ,
            PartSubstitute=READ,
            SaleType=LOOK,
            Bin=LOOK,
            StockBalance=READ,
        ),
    ),
    "clerk": role(
        _("Clerk"),
        on(
            ALL,
            StockCard=words(LIST, EXPORT),
            StockMonthly=words(LIST, EXPORT),
            SlowStock=words(LIST, EXPORT),
            PartMargin=words(LIST, EXPORT),
            CouponLiability=LIST,
            PartCategory=words(READ, WRITE),
            Part=words(READ, WRITE, IMPORT),
            PartSubstitute=words(READ, WRITE),
            SaleType=READ,
            Bin=READ,
            StockBalance=words(READ, EXPORT),
            StockMove=words(READ, EXPORT),
            PurchaseOrder=READ,
            InboundReceipt=READ,
            PurchaseReturn=READ,
            PurchaseProposal=READ,
            SaleShortage=READ,
            PartQuotation=words(READ, WRITE, EXPORT, "send agree refuse revise"),
            PartSale=words(READ, WRITE, EXPORT, "submit cancel"),
            PartOutbound=READ,
            SaleReturn=words(READ, WRITE, "cancel"),
            StockTransfer=words(READ, WRITE, "cancel"),
            StockCount=READ,
            Expense=READ,
            Contact=words(READ, WRITE, "convert invalidate"),
            Customer=words(READ, WRITE, EXPORT),
            CustomerContact=words(READ, "add unlink"),
            CustomerTag=words(READ, "add delete"),
            Tag=READ,
            MachineModel=READ,
            MachineUnit=READ,
            MachineInbound=words(READ, WRITE, "cancel"),
            MachineContract=words(READ, WRITE, EXPORT, "submit withdraw void dispatch"),
            MachineDispatch=READ,
            ApprovalRecord=READ,
            Coupon=words(READ, "activate"),
            CouponIssue=words(READ, WRITE, "submit withdraw cancel"),
            CouponEntry=READ,
            CouponType=READ,
            WorkOrder=words(READ, WRITE, "cancel"),
            VisitTask=READ,
            Receivable=READ,
            Receipt=words(READ, WRITE, "allocate cancel"),
            Retention=READ,
            InstalmentPlan=READ,
            Employee=READ,
            Department=READ,
            Supplier=words(READ, WRITE),
            Warehouse=READ,
            FundAccount=LOOK,
        ),
    ),
    "keeper": role(
        _("Storekeeper"),
        on(
            KEPT,
            StockCard=words(LIST, EXPORT),
            StockMonthly=words(LIST, EXPORT),
            SlowStock=words(LIST, EXPORT),
            Bin=words(READ, WRITE),
            StockBalance=words(READ, EXPORT, "shelve"),
            StockMove=words(READ, EXPORT),
            PurchaseOrder=READ,
            InboundReceipt=words(READ, "receive"),
            PurchaseReturn=words(READ, "ship"),
            SaleShortage=READ,
            PartSale=LOOK,
            PartOutbound=words(READ, "ship", EXPORT),
            SaleReturn=words(READ, "receive"),
            StockTransfer=words(READ, WRITE, "ship receive cancel"),
            StockCount=words(READ, WRITE, "start submit cancel"),
            MachineUnit=READ,
            MachineInbound=words(READ, "receive"),
            MachineContract=words(READ, "dispatch"),
            MachineDispatch=READ,
            Warehouse=READ,
        ),
        on(
            ALL,
            Customer=LOOK,
            MachineModel=READ,
            Supplier=LOOK,
            Department=LOOK,
            Employee=LOOK,
            PartCategory=LOOK,
            Part=READ,
            PartSubstitute=READ,
            SaleType=LOOK,
        ),
    ),
    "buyer": role(
        _("Buyer"),
        on(
            ALL,
            StockCard=words(LIST, EXPORT),
            StockMonthly=words(LIST, EXPORT),
            SlowStock=words(LIST, EXPORT),
            PartCategory=words(READ, WRITE),
            Part=words(READ, WRITE, IMPORT, "import_prices"),
            PartSubstitute=words(READ, WRITE),
            Bin=READ,
            StockBalance=words(READ, EXPORT),
            StockMove=words(READ, EXPORT),
            PurchaseOrder=words(READ, WRITE, EXPORT, "submit cancel close"),
            InboundReceipt=words(READ, EXPORT),
            PurchaseReturn=words(READ, WRITE, EXPORT, "submit cancel"),
            PurchaseProposal=words(READ, "edit", EXPORT, "order ignore"),
            SaleShortage=words(READ, EXPORT),
            PayableCredit=READ,
            PartQuotation=READ,
            StockTransfer=words(READ, WRITE, "cancel"),
            Payable=READ,
            MachineUnit=READ,
            MachineInbound=words(READ, WRITE, "cancel"),
            MachineModel=READ,
            Supplier=words(READ, WRITE),
            Warehouse=words(READ, "propose"),
            Department=LOOK,
            Employee=LOOK,
        ),
    ),
    "service_manager": role(
        _("Service manager"),
        on(
            ALL,
            PartCategory=LOOK,
            Part=READ,
            PartSubstitute=READ,
            Bin=READ,
            StockBalance=READ,
            StockMove=READ,
            PurchaseOrder=READ,
            InboundReceipt=READ,
            Customer=READ,
            MachineUnit=READ,
            MachineModel=READ,
            MachineContract=READ,
            MachineDispatch=READ,
            WorkOrder=words(READ, WRITE, EXPORT, "assign withdraw set_warranty send_back review cancel close"),
            VisitTask=words(READ, EXPORT),
            Tag=READ,
            CustomerTag=READ,
            CustomerContact=READ,
            Warehouse=READ,
            Department=LOOK,
            CouponType=LOOK,
        ),
        on(
            DEPARTMENT,
            Contact=READ,
            Employee=READ,
            Coupon=READ,
            CouponEntry=READ,
            CouponIssue=words(READ, WRITE, "submit withdraw cancel"),
        ),
    ),
    "technician": role(
        _("Technician"),
        on(
            OWN,
            WorkOrder=words(READ, "accept decline depart arrive suspend resume consume put_back finish"),
            StockBalance=READ,
            Bin=READ,
            StockMove=READ,
            MachineUnit=READ,
            Customer=READ,
            MachineDispatch=READ,
        ),
        on(ALL, MachineModel=READ, Part=READ, PartCategory=LOOK, PartSubstitute=READ, Warehouse=LOOK),
    ),
    "finance": role(
        _("Finance"),
        on(
            ALL,
            StockCard=words(LIST, EXPORT),
            StockMonthly=words(LIST, EXPORT),
            SlowStock=words(LIST, EXPORT),
            PartMargin=words(LIST, EXPORT),
            CouponLiability=words(LIST, EXPORT),
            PartCategory=LOOK,
            Part=words(READ, EXPORT),
            SaleType=READ,
            Bin=READ,
            StockBalance=words(READ, EXPORT, IMPORT),
            StockMove=words(READ, EXPORT),
            PurchaseOrder=words(READ, EXPORT, "approve reject"),
            InboundReceipt=words(READ, EXPORT, "reverse"),
            PurchaseReturn=words(READ, EXPORT, "approve reject collect offset"),
            SaleShortage=words(READ, EXPORT),
            PayableCredit=words(READ, EXPORT),
            PartQuotation=READ,
            PartSale=words(READ, EXPORT, "approve reject"),
            PartOutbound=words(READ, EXPORT),
            SaleReturn=words(READ, EXPORT, "refund"),
            StockTransfer=words(READ, EXPORT, "settle"),
            StockCount=words(READ, EXPORT, "approve"),
            Payable=words(READ, EXPORT),
            Payment=words(READ, WRITE, EXPORT, "submit pay cancel"),
            Expense=words(READ, EXPORT),
            Customer=words(READ, EXPORT),
            CustomerContact=READ,
            MachineModel=READ,
            MachineUnit=words(READ, EXPORT),
            MachineInbound=words(READ, EXPORT),
            MachineContract=words(READ, EXPORT, "approve reject"),
            MachineDispatch=words(READ, EXPORT),
            ApprovalRecord=READ,
            WorkOrder=words(READ, EXPORT, "settle"),
            Coupon=words(READ, EXPORT),
            CouponEntry=words(READ, EXPORT),
            CouponIssue=words(READ, EXPORT),
            CouponType=READ,
            Receivable=words(READ, "add", EXPORT),
            ReceivableEntry=words(READ, EXPORT),
            Receipt=words(READ, WRITE, EXPORT, "allocate confirm reverse cancel"),
            PrepaidEntry=words(READ, EXPORT),
            CashEntry=words(READ, EXPORT),
            FundAccount=words(READ, WRITE, EXPORT),
            Retention=words(READ, EXPORT),
            InstalmentPlan=words(READ, EXPORT),
            Supplier=READ,
            NightlyRun=READ,
            Warehouse=LOOK,
            Department=LOOK,
            Employee=LOOK,
        ),
    ),
    "credit": role(
        _("Credit controller"),
        on(
            ALL,
            Customer=READ,
            Contact=READ,
            CustomerContact=READ,
            Tag=READ,
            CustomerTag=READ,
            MachineUnit=READ,
            MachineModel=READ,
            MachineContract=words(READ, EXPORT),
            MachineDispatch=READ,
            WorkOrder=READ,
            Receivable=words(READ, EXPORT),
            Receipt=READ,
            Retention=words(READ, EXPORT),
            InstalmentPlan=words(READ, EXPORT),
            Employee=LOOK,
            Department=LOOK,
        ),
    ),
    "visits": role(
        _("Customer care"),
        on(
            ALL,
            Contact=words(READ, "edit"),
            Customer=READ,
            CustomerContact=READ,
            Tag=READ,
            CustomerTag=READ,
            MachineUnit=READ,
            MachineModel=READ,
            MachineContract=READ,
            MachineDispatch=READ,
            WorkOrder=words(READ, "add"),
            VisitTask=words(READ, WRITE, EXPORT, "complete no_answer refuse"),
            Retention=READ,
            CouponType=LOOK,
            Coupon=READ,
            CouponEntry=READ,
            CouponIssue=words(READ, WRITE, "submit withdraw cancel"),
            Employee=LOOK,
            Department=LOOK,
        ),
    ),
}

# Figures and who knows them; everybody else never meets the column: not on a screen, a filter, an order or a file.
SECRETS: dict[str, frozenset[str]] = {
    "cost": frozenset({"gm", "finance", "buyer"}),
    "purchase": frozenset({"gm", "finance", "buyer", "clerk"}),
    "code": frozenset(),  # inner names of ours; nobody needs them
    "floor": frozenset({"gm", "sales_manager", "finance", "sysadmin"}),
    "charge": frozenset(ROLES) - {"keeper", "technician", "visits"},  # what a service costs the customer
    "price": frozenset(ROLES) - {"keeper", "technician", "service_manager", "visits"},
}

# Personal data and who reads it in full; everybody else reads 3408**********1234.
UNMASKED: dict[str, frozenset[str]] = {
    "id": frozenset({"gm", "sales_manager", "salesperson", "clerk", "finance", "credit"}),
    "phone": frozenset({"gm", "sales_manager", "salesperson", "clerk", "finance", "credit", "visits"}),
    "service": frozenset(ROLES)
    - {"keeper", "buyer", "sysadmin"},  # who reported a work order: the technician calls him
}
