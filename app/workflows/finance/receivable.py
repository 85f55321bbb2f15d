"""应收: what customers owe. Raised by other documents; finance may type opening receivables of parts and service."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext

from ...database import db
from ...enums import OPENING_RECEIVABLES, ReceivableState
from ...errors import MissingData, WrongAmount
from ...ledgers import receivable as ledger
from ...models import Customer, Receivable
from ...numbering import next_number
from .. import checks
from ..machine import Workflow

flow = Workflow(Receivable, editable=frozenset({ReceivableState.VOID}))


@flow.before_save
def prepare(receivable: Receivable) -> None:
    """An opening receivable: parts, service or other; with amount and due date; of the customer's department."""
    checks.strip_texts(receivable)
    if receivable.kind not in OPENING_RECEIVABLES:
        raise WrongAmount(gettext("Only parts, service and other debts are entered by hand"), field="kind")
    if not receivable.amount or receivable.amount <= 0:
        raise WrongAmount(gettext("The amount is above zero"), field="amount")
    if receivable.due_on is None:
        raise MissingData(gettext("Please enter the due date"), field="due_on")
    customer = receivable.customer or db.session.get_one(Customer, receivable.customer_id)
    receivable.department_id = customer.salesperson.department_id
    receivable.principal_amount, receivable.interest_amount = receivable.amount, Decimal(0)
    receivable.number = receivable.number or next_number(db.session(), Receivable.prefix)


@flow.after_create
def enter(receivable: Receivable) -> None:
    """The journal knows it from its first day."""
    ledger.open_balance(receivable)
