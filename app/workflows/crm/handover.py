"""移交: a customer or a contact goes from one salesperson to another, with what is still open; written into a journal.

Quotations, coupons, debts, receipts, work orders and visits are seen through the customer and follow by themselves.
Contracts and parts sales carry the salesperson who earned them: open ones change hands, finished ones stay his.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ...actor import Actor
from ...database import db
from ...enums import ContactState, ContractState, EmployeeState, QuotationState, SaleState, ShipState
from ...errors import AlreadyThere, MissingData, WrongState
from ...models import (
    Contact,
    Customer,
    CustomerContact,
    Employee,
    MachineContract,
    OwnerTransfer,
    PartQuotation,
    PartSale,
)
from ...roles import SELLING
from .. import machine
from ..system import notice

OPEN_CONTRACTS = frozenset(ContractState) - {ContractState.DISPATCHED, ContractState.CANCELLED}
OPEN_QUOTATIONS = frozenset({QuotationState.DRAFT, QuotationState.SENT, QuotationState.AGREED})


def keep_owner(row: Any) -> None:
    """Raises WrongState when somebody changes the salesperson of a card by hand: a change of hands has a history."""
    if row.id is None:
        return
    old = sa.inspect(row).attrs.salesperson_id.history.deleted
    new = row.salesperson.id if row.salesperson is not None else row.salesperson_id
    if (old and old[0] != new) or new != row.salesperson_id:
        raise WrongState(gettext("Use “Hand over”, with a reason"), field="salesperson")


def give(row: Any, taker: Employee, reason: str, by: Actor, *, with_contacts: bool = True) -> OwnerTransfer:
    """Hand over a card that is locked already.

    Raises: MissingData when the taker does not sell; AlreadyThere when it is his.
    """
    _check(taker)
    giver = row.salesperson
    if giver.id == taker.id:
        raise AlreadyThere(gettext("%(record)s is %(name)s's already", record=str(row), name=taker.name), field="taker")
    if not (reason or "").strip():
        raise MissingData(gettext("Please enter the reason"), field="reason")
    entry = OwnerTransfer(giver_id=giver.id, taker_id=taker.id, reason=reason.strip(), posted_by_id=by.employee_id)
    row.salesperson = taker
    if isinstance(row, Customer):
        entry.customer = row
        entry.papers = _papers(row, taker)
    else:
        entry.contact = row
    db.session.add(entry)
    db.session.flush()
    notice.tell(
        [taker],
        gettext("%(record)s was handed over to you by %(name)s: %(reason)s",
                record=str(row), name=giver.name, reason=reason),
        row,
    )  # fmt: skip
    if isinstance(row, Customer) and with_contacts:
        for contact in _contacts(row, giver):
            give(contact, taker, reason, by)
    return entry


def give_all(giver: Employee, taker: Employee, reason: str, by: Actor) -> int:
    """Everything a salesperson has: his customers and what is left of his contacts, lowest number first."""
    if giver.id == taker.id:
        raise AlreadyThere(gettext("Please choose another salesperson"), field="taker")
    count = 0
    for entity in (Customer, Contact):
        mine: Any = sa.select(entity.id).where(entity.salesperson_id == giver.id)
        for row_id in db.session.scalars(mine.order_by(entity.id)).all():
            row: Any = machine.lock(entity, row_id)
            if row.salesperson_id == giver.id:
                give(row, taker, reason, by)
                count += 1
    if not count:
        raise WrongState(gettext("%(name)s has neither customers nor contacts", name=giver.name))
    return count


def _check(taker: Employee) -> None:
    """Raises MissingData for somebody who has left or does not sell."""
    sells = taker.is_salesperson or taker.id in {e.id for e in notice.in_role(*SELLING)}
    if taker.state is not EmployeeState.ACTIVE or not sells:
        raise MissingData(gettext("%(name)s does not sell", name=taker.name), field="taker")


def _contacts(customer: Customer, giver: Employee) -> list[Contact]:
    """Contacts of the same salesperson who talk for this customer, locked."""
    linked = (
        sa.select(Contact.id)
        .join(CustomerContact, CustomerContact.contact_id == Contact.id)
        .where(
            CustomerContact.customer_id == customer.id,
            Contact.salesperson_id == giver.id,
            Contact.state == ContactState.ACTIVE,
        )
        .order_by(Contact.id)
    )
    return [machine.lock(Contact, row_id) for row_id in db.session.scalars(linked).all()]


def _papers(customer: Customer, taker: Employee) -> int:
    """Open papers change hands; gives how many. Each is locked, lowest id first."""
    count = 0
    for entity, is_open in (
        (MachineContract, MachineContract.state.in_(OPEN_CONTRACTS)),
        (PartSale, sa.or_(PartSale.state.in_({SaleState.DRAFT, SaleState.PENDING, SaleState.REJECTED}),
                          sa.and_(PartSale.state == SaleState.APPROVED, PartSale.ship_state != ShipState.ALL))),
        (PartQuotation, PartQuotation.state.in_(OPEN_QUOTATIONS)),
    ):  # fmt: skip
        mine: Any = sa.select(entity.id).where(entity.customer_id == customer.id, is_open).order_by(entity.id)
        for row_id in db.session.scalars(mine).all():
            paper: Any = machine.lock(entity, row_id)
            if hasattr(paper, "salesperson_id"):
                paper.salesperson_id = taker.id
            paper.department_id = taker.department_id
            count += 1
    return count
