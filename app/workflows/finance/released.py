"""核销释放: payments leave debts that change or come to nothing, and prepaid money pays the debts that follow.

A receipt stays as it was confirmed; its line knows how much of it no longer pays. Source: flows.md C1.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from ... import clock
from ...database import db
from ...enums import FundKind, ReceiptState, ReceivableKind
from ...errors import WrongState
from ...ledgers import prepaid, receivable_change
from ...ledgers import receivable as ledger
from ...models import Customer, Document, Receipt, ReceiptAllocation, ReceiptFund, Receivable
from ...numbering import next_number
from .. import machine
from . import receipt

ZERO = Decimal(0)


def release(debt: Receivable, amount: Decimal, origin: Document) -> None:
    """Take `amount` of what was paid off a debt, the latest payment first; the caller puts it into prepaid money.

    Raises: WrongState when something else than receipts of the customer, or his old machine, paid it.
    """
    check([debt])
    left = amount if debt.kind is not ReceivableKind.TRADE_IN else ZERO  # what an old machine paid is on no receipt
    lines = _payments(debt)
    for line in reversed(lines):
        part = min(left, line.amount - line.released_amount)
        line.released_amount += part
        left -= part
    if left:
        raise WrongState(gettext("%(number)s: this payment is no longer on it", number=debt.number))
    standing = [line.receipt.received_on for line in lines if line.amount > line.released_amount]
    receivable_change.release(debt, amount, origin, max(standing, default=None))


def check(debts: Iterable[Receivable]) -> None:
    """Raises WrongState when a financier or a coupon paid something: that never becomes the customer's money.

    Which coupon of a receipt paid which debt knows the receipt alone: reversed, it gives everything back exactly.
    """
    for debt in debts:
        by_coupon = next((line for line in _payments(debt) if line.coupon_amount), None)
        if by_coupon is not None:
            raise WrongState(
                gettext(
                    "%(receipt)s paid %(amount)s yuan of %(number)s with a coupon; reverse this receipt first",
                    receipt=by_coupon.receipt.number,
                    amount=f"{by_coupon.coupon_amount:,.2f}",
                    number=debt.number,
                )
            )
        if debt.payer is not None and debt.settled_amount:
            raise WrongState(
                gettext(
                    "%(number)s was paid by %(payer)s; settle with him and reverse his receipt first",
                    number=debt.number,
                    payer=debt.payer.name,
                )
            )


def _payments(debt: Receivable) -> list[ReceiptAllocation]:
    return list(
        db.session.scalars(
            sa.select(ReceiptAllocation)
            .join(Receipt, Receipt.id == ReceiptAllocation.receipt_id)
            .where(ReceiptAllocation.receivable_id == debt.id, Receipt.state == ReceiptState.CONFIRMED)
            .order_by(Receipt.received_on, ReceiptAllocation.id)
            .execution_options(populate_existing=True)
        )
    )


def void_all(debts: Iterable[Receivable], origin: Document) -> Decimal:
    """Debts come to nothing; what was paid on them is prepaid money of the customer. Gives that sum."""
    freed = ZERO
    for debt in sorted(debts, key=lambda entry: entry.id):
        freed += debt.settled_amount
        if debt.settled_amount:
            release(debt, debt.settled_amount, origin)
        ledger.void(debt, origin)
    if freed:
        prepaid.put(origin.customer_id, freed, origin)
    return freed


def pay(customer: Customer, pays: list[tuple[Receivable, Decimal]], origin: Document) -> Receipt | None:
    """A receipt without new money: prepaid money of the customer pays these debts, because `origin` says so."""
    pays = [(debt, amount) for debt, amount in pays if amount]
    if not pays:
        return None
    paper = Receipt(
        number=next_number(db.session(), Receipt.prefix),
        customer_id=customer.id,
        department_id=customer.salesperson.department_id,
        received_on=clock.today(),
        remark=str(origin),
        funds=[ReceiptFund(line_number=1, kind=FundKind.PREPAID, amount=sum((a for _, a in pays), ZERO))],
        allocations=[
            ReceiptAllocation(line_number=n, receivable_id=debt.id, amount=amount)
            for n, (debt, amount) in enumerate(pays, 1)
        ],
    )
    machine.begin(paper)
    receipt.confirm_at_once(paper)
    return paper
