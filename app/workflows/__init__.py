"""What may happen to a document, chapter by chapter; importing this package registers every workflow."""

from . import machine
from .coupons import coupon
from .credit import plan
from .crm import contact, customer, link, tag
from .finance import account, receipt, receivable, retention
from .machines import contract, dispatch, inbound, model, supplier, unit
from .organisation import employee, warehouse
from .service import visit
from .system import notice

__all__ = [
    "account",
    "contact",
    "contract",
    "coupon",
    "customer",
    "dispatch",
    "employee",
    "inbound",
    "link",
    "machine",
    "model",
    "notice",
    "plan",
    "receipt",
    "receivable",
    "retention",
    "supplier",
    "tag",
    "unit",
    "visit",
    "warehouse",
]
