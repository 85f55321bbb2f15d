"""应收: what customers owe. Raised by other documents; finance may type opening receivables of parts and service, and void
one that was mistyped while nothing is paid on it (OPEN → VOID). Everything else moves by the ledger.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import OPENING_RECEIVABLES, ReceivableMovement, ReceivableState
from ...errors import MissingData, WrongAmount, WrongState
from ...ledgers import receivable as ledger
from ...models import Customer, Receivable, ReceivableEntry
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


@flow.transition(ReceivableState.OPEN, to=ReceivableState.VOID, label=_("Void"), icon="ban", tone="danger")
def void(receivable: Receivable, by: Actor, *, reason: str) -> None:
    """作废: an opening receivable was mistyped; finance takes it back while nothing is paid on it or taken off it.

    Raises: WrongState for a debt that a paper made: that paper is cancelled or returned instead.
    """
    if not is_opening(receivable):
        raise WrongState(gettext("%(number)s was made by a paper; cancel or return that one", number=receivable.number))
    ledger.void(receivable, receivable)


def is_opening(receivable: Receivable) -> bool:
    """Whether a person typed it: its first entry names itself."""
    entry = ReceivableEntry.__table__
    mine = (entry.c.origin == Receivable.__name__) & (entry.c.origin_id == receivable.id)
    raised = entry.c.movement == ReceivableMovement.RAISE
    query = sa.select(entry.c.id).where(entry.c.receivable_id == receivable.id, raised, mine)
    return db.session.scalar(query) is not None


@flow.after_create
def enter(receivable: Receivable) -> None:
    """The journal knows it from its first day."""
    ledger.open_balance(receivable)
