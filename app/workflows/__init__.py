"""What may happen to a document, chapter by chapter; importing this package registers every workflow."""

from . import machine
from .coupons import coupon, issue, redemption
from .credit import plan
from .crm import contact, customer, link, tag
from .finance import account, payment, receipt, receivable, retention
from .machines import contract, dispatch, inbound, model, supplier, unit
from .organisation import employee, warehouse
from .parts import (
    backorder,
    count,
    opening,
    outbound,
    part,
    proposal,
    purchase,
    purchase_return,
    quotation,
    sale,
    sale_return,
    transfer,
)
from .parts import bin as parts_bin
from .parts import inbound as parts_inbound
from .service import assignment, charge, consumption, emergency, fulfilment, part_request, visit, work_order
from .system import job, notice

__all__ = [
    "account",
    "assignment",
    "backorder",
    "charge",
    "consumption",
    "contact",
    "contract",
    "count",
    "coupon",
    "customer",
    "dispatch",
    "emergency",
    "employee",
    "fulfilment",
    "inbound",
    "issue",
    "job",
    "link",
    "machine",
    "model",
    "notice",
    "opening",
    "outbound",
    "part",
    "part_request",
    "parts_bin",
    "parts_inbound",
    "payment",
    "plan",
    "proposal",
    "purchase",
    "purchase_return",
    "quotation",
    "receipt",
    "receivable",
    "redemption",
    "retention",
    "sale",
    "sale_return",
    "supplier",
    "tag",
    "transfer",
    "unit",
    "visit",
    "warehouse",
    "work_order",
]
