"""收款单: DRAFT → CONFIRMED (finance) → REVERSED; CANCELLED while a draft.

Several funds, several debts: Σ funds = Σ allocations + what is kept as prepaid. A coupon is a fund like money, but
only for parts and service debts. A receipt of a payer (主机厂, bank, lessor) pays what he pays for customers, and nothing
else; what he keeps back of it because we owe him is a fund of kind 抵账. Source: brief S28; flows.md C1.3, C3.1, C3.3.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import (
    CASH_FUNDS,
    FINAL_RECEIVABLES,
    KEPT_BACK,
    UNPAID_RECEIVABLES,
    FundKind,
    ReceiptState,
    ReceivableKind,
    ReceivableState,
    RetentionState,
)
from ...errors import MissingData, MustBeOther, WrongAmount, WrongState
from ...ledgers import cash, coupon, coupon_terms, payable, prepaid, receivable
from ...models import (
    Customer,
    Employee,
    MachineContract,
    PartSale,
    Payable,
    Receipt,
    ReceiptAllocation,
    ReceiptFund,
    Receivable,
    Retention,
    Supplier,
    WarrantyClaim,
)
from ...numbering import next_number
from .. import checks, machine
from ..coupons import redemption
from ..machine import Workflow
from ..machines import contract_booking as contracts
from ..parts import sale as sales
from ..service import claim_answer as claims
from ..system import notice
from . import retention

S = ReceiptState
flow = Workflow(Receipt, editable=frozenset({S.DRAFT}))
ZERO = Decimal(0)
PENALTIES_LAST = {ReceivableKind.FEE: 0, ReceivableKind.RETENTION: 2, ReceivableKind.PENALTY: 3}


@flow.before_save
def prepare(receipt: Receipt) -> None:
    """Sums follow from the lines; each fund says where the money is; every debt is the same customer's, once."""
    checks.strip_texts(receipt)
    customer = receipt.customer or db.session.get_one(Customer, receipt.customer_id)
    receipt.department_id = customer.salesperson.department_id
    for fund in receipt.funds:
        checks.strip_texts(fund)
        _check_fund(fund, customer)
    _check_offsets(receipt)
    debts = [a.receivable or db.session.get_one(Receivable, a.receivable_id) for a in receipt.allocations]
    payer = checks.referred(receipt, "payer")
    _check_payer(payer, debts, receipt.funds)
    if payer is None and any(debt.customer_id != customer.id for debt in debts):
        raise WrongAmount(gettext("A receipt pays debts of its own customer only"), field="allocations")
    if len({debt.id for debt in debts}) != len(debts):
        raise WrongAmount(gettext("The same receivable is listed twice; put it in one line"), field="allocations")
    if any((line.amount or 0) <= 0 for line in (*receipt.funds, *receipt.allocations)):
        raise WrongAmount(gettext("Amounts are above zero"), field="funds")
    receipt.total_amount = sum((f.amount for f in receipt.funds), ZERO)
    receipt.allocated_amount = sum((a.amount for a in receipt.allocations), ZERO)
    receipt.unallocated_amount = receipt.total_amount - receipt.allocated_amount
    if receipt.unallocated_amount < 0:
        raise WrongAmount(
            gettext(
                "%(more)s yuan more are allocated than came in",
                more=f"{-receipt.unallocated_amount:,.2f}",
            ),
            field="allocations",
        )
    receipt.number = receipt.number or next_number(db.session(), Receipt.prefix)


def _check_payer(payer: Supplier | None, debts: list[Receivable], funds: list[ReceiptFund]) -> None:
    """Each debt is paid by whoever has to: the customer, or the payer who stands in for him, with real money."""
    for debt in debts:
        if debt.kind is ReceivableKind.TRADE_IN:
            raise WrongAmount(
                gettext("%(number)s is paid by the old machine when it comes in", number=debt.number),
                field="allocations",
            )
        if payer is None and debt.payer is not None:
            raise WrongAmount(
                gettext(
                    "%(number)s is paid by %(payer)s, not by the customer; choose who pays first",
                    number=debt.number,
                    payer=debt.payer.name,
                ),
                field="allocations",
            )
        if payer is not None and debt.payer_id != payer.id:
            raise WrongAmount(
                gettext("%(number)s is not paid by %(payer)s", number=debt.number, payer=payer.name),
                field="allocations",
            )
    if payer is not None and any(fund.kind in (FundKind.COUPON, FundKind.PREPAID) for fund in funds):
        raise WrongAmount(gettext("Only the customer himself pays with coupons and prepaid money"), field="funds")


def _check_fund(fund: ReceiptFund, customer: Customer) -> None:
    if fund.kind in CASH_FUNDS:
        if not (fund.account or fund.account_id):
            raise MissingData(gettext("Please choose the account the money is on"), field="funds")
        fund.coupon = fund.coupon_id = fund.payable = fund.payable_id = None
        return
    fund.account = fund.account_id = fund.serial = None
    if fund.kind is FundKind.OFFSET:
        fund.coupon = fund.coupon_id = None
        if not (fund.payable or fund.payable_id):
            raise MissingData(gettext("Please choose which payable it is offset against"), field="funds")
        return
    fund.payable = fund.payable_id = None
    if fund.kind is not FundKind.COUPON:
        fund.coupon = fund.coupon_id = None
        return
    chosen = checks.referred(fund, "coupon")
    if chosen is None:
        raise MissingData(gettext("Please choose the coupon"), field="funds")
    if chosen.customer_id != customer.id:
        raise WrongAmount(gettext("Coupon %(number)s belongs to another customer", number=chosen.number), field="funds")


def _check_offsets(receipt: Receipt) -> None:
    """Only who pays us keeps back what we owe him; each payable once."""
    owed = [f.payable or db.session.get_one(Payable, f.payable_id) for f in receipt.funds if f.kind is FundKind.OFFSET]
    payer_id = receipt.payer_id or (receipt.payer.id if receipt.payer else None)
    for debt in owed:
        if debt.supplier_id != payer_id:
            raise WrongAmount(
                gettext("%(number)s is owed to %(name)s, who does not pay here", number=debt.number, name=debt.supplier.name),
                field="funds",
            )  # fmt: skip
    if len({debt.id for debt in owed}) != len(owed):
        raise WrongAmount(gettext("The same payable is listed twice; put it in one line"), field="funds")


@flow.after_create
def announce(receipt: Receipt) -> None:
    """Finance sees it among its todos and gets a notice."""
    notice.tell(
        notice.in_role("finance"), notice.todo_subject(receipt, gettext("receipt to be confirmed")), receipt, "draft"
    )


def _turn(debt: Receivable) -> tuple[int, date, int, int]:
    """When it is a debt's turn to be paid."""
    due = debt.due_on or date.max
    is_due = due <= clock.today()
    waits = debt.is_before_dispatch and debt.due_on is None
    return 0 if is_due else 1 if waits else 2, due, PENALTIES_LAST.get(debt.kind, 1), debt.id


@flow.transition(S.DRAFT, to=None, label=_("Allocate"), icon="wand-magic-sparkles")
def allocate(receipt: Receipt, by: Actor) -> None:
    """自动核销: the funds go to the customer's oldest debts; coupons to debts of their scope first.

    Order: what is due by its due date, then what a machine waits for, then what is not due yet; on one day fees,
    instalments and parts, retention, penalties last. Source: flows.md C3.1, finance_credit.md 0.3.
    """
    debts = sorted(
        db.session.scalars(
            sa.select(Receivable).where(
                Receivable.payer_id == receipt.payer_id
                if receipt.payer_id
                else (Receivable.customer_id == receipt.customer_id) & Receivable.payer_id.is_(None),
                Receivable.state.in_(UNPAID_RECEIVABLES),
                Receivable.kind != ReceivableKind.TRADE_IN,
            )
        ),
        key=_turn,
    )
    paid: dict[int, Decimal] = {}
    for fund in sorted(receipt.funds, key=lambda entry: entry.kind is not FundKind.COUPON):
        left, fits = (
            fund.amount,
            coupon_terms.PAYS[fund.coupon.type.scope] if fund.coupon else frozenset(ReceivableKind),
        )
        for debt in debts:
            part = min(left, debt.outstanding_amount - paid.get(debt.id, ZERO)) if debt.kind in fits else ZERO
            if part > 0:
                paid[debt.id] = paid.get(debt.id, ZERO) + part
                left -= part
    receipt.allocations.clear()
    db.session.flush()
    receipt.allocations.extend(
        ReceiptAllocation(line_number=n, receivable_id=debt_id, amount=amount)
        for n, (debt_id, amount) in enumerate(paid.items(), 1)
    )
    db.session.flush()
    prepare(receipt)


@flow.transition(S.DRAFT, to=S.CONFIRMED, label=_("Confirm"), icon="check", tone="primary")
def confirm(receipt: Receipt, by: Actor) -> None:
    """确认收款: the money is really there; debts go down, coupons are redeemed, the rest is prepaid.

    Posts:  cash in, coupon redemptions, settlements, offsets, prepaid; contracts and retentions follow.
    Raises: WrongAmount when a debt was paid meanwhile; CouponUnusable; AlreadyThere for a bank serial;
            MustBeOther when the author is not the only one in finance.
    Source: brief S28; flows.md C3.1.
    """
    if not receipt.funds:
        raise MissingData(gettext("A receipt has at least one fund"), field="funds")
    _check_other_hands(receipt, by)
    _post(receipt)


@flow.transition(S.DRAFT, to=S.CONFIRMED, label=_("Confirm at once"), is_public=False)
def confirm_at_once(receipt: Receipt, by: Actor) -> None:
    """Prepaid money pays a debt because a paper that was approved says so; fired by `released.pay`."""
    _post(receipt)


def _post(receipt: Receipt) -> None:
    prepare(receipt)
    if receipt.payer_id is not None and receipt.unallocated_amount:
        raise WrongAmount(
            gettext("Say what all of it is for: nothing that another pays is kept as the customer's prepaid money"),
            field="allocations",
        )
    touched = _papers(receipt)
    redemption.take_in_receipt(receipt)
    for line in sorted(receipt.allocations, key=lambda a: a.receivable_id):
        receivable.settle(line.receivable, line.amount, receipt, receipt.received_on)
    for fund in receipt.funds:
        if fund.kind in CASH_FUNDS:
            cash.take_in(fund.account, fund.amount, receipt, fund.line_number, fund.serial, receipt.received_on)  # type: ignore[arg-type]
    for fund in _offsets(receipt):
        payable.pay(fund.payable, fund.amount)  # type: ignore[arg-type]
    used = sum((f.amount for f in receipt.funds if f.kind is FundKind.PREPAID), ZERO)
    if used:
        prepaid.take(receipt.customer_id, used, receipt)
    if receipt.unallocated_amount:
        prepaid.put(receipt.customer_id, receipt.unallocated_amount, receipt)
    _follow(receipt, touched)


@flow.transition(S.CONFIRMED, to=S.REVERSED, label=_("Reverse"), icon="undo", tone="danger")
def reverse(receipt: Receipt, by: Actor, *, reason: str) -> None:
    """红冲: everything the receipt did is mirrored, exactly; refused when its prepaid part was used since.

    Posts:  today: cash out, debts up again, coupons restored (expired ones stay expired), prepaid back.
    Raises: WrongState for what a cancellation or a return kept of the customer's money: the contract is gone, nobody
            would ever collect it again.
    """
    _check_not_final(receipt)
    touched = _papers(receipt)
    redemption.check_reversal(receipt)
    coupon.restore(receipt, clock.today())
    for line in sorted(receipt.allocations, key=lambda a: a.receivable_id):
        if line.amount > line.released_amount:
            receivable.unsettle(line.receivable, line.amount - line.released_amount, receipt)
    cash.reverse(receipt, clock.today())
    for fund in _offsets(receipt):
        payable.unpay(fund.payable, fund.amount)  # type: ignore[arg-type]
    kept = receipt.unallocated_amount + sum((a.released_amount for a in receipt.allocations), ZERO)
    if kept:
        prepaid.take(receipt.customer_id, kept, receipt)
    used = sum((f.amount for f in receipt.funds if f.kind is FundKind.PREPAID), ZERO)
    if used:
        prepaid.put(receipt.customer_id, used, receipt)
    _follow(receipt, touched)


@flow.transition(S.DRAFT, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(receipt: Receipt, by: Actor, *, reason: str) -> None:
    """作废: typed by mistake; nothing has moved."""


def _offsets(receipt: Receipt) -> list[ReceiptFund]:
    """What the payer keeps back, in the order in which the payables are locked."""
    return sorted((f for f in receipt.funds if f.kind is FundKind.OFFSET), key=lambda f: f.payable_id or 0)


def _check_not_final(receipt: Receipt) -> None:
    if all(step.verb != "confirm_at_once" for step in machine.history(receipt)):
        return
    for line in receipt.allocations:
        if line.receivable.kind in FINAL_RECEIVABLES:
            raise WrongState(
                gettext(
                    "%(paper)s kept this money as “%(kind)s” when it was approved; it cannot be reversed by itself",
                    paper=receipt.remark,
                    kind=str(line.receivable.kind),
                )
            )


def others_who_confirm(by: Actor) -> list[Employee]:
    """Colleagues in finance besides this person."""
    return [e for e in notice.in_role("finance") if e.id != by.employee_id]


def _check_other_hands(receipt: Receipt, by: Actor) -> None:
    """Who wrote a receipt does not confirm it, where finance has somebody else."""
    others = others_who_confirm(by)
    if others and by.employee_id is not None and receipt.created_by_id == by.employee_id:
        raise MustBeOther(gettext("Who wrote a receipt does not confirm it; %(name)s can", name=others[0].name))


def _papers(receipt: Receipt) -> list[MachineContract | PartSale | WarrantyClaim]:
    """Contracts, sales and claims behind the debts, locked in order before anything else."""
    contract_ids = sorted({a.receivable.contract_id for a in receipt.allocations if a.receivable.contract_id})
    sale_ids = sorted({a.receivable.sale_id for a in receipt.allocations if a.receivable.sale_id})
    debt_ids = [a.receivable_id for a in receipt.allocations]
    claim_ids = db.session.scalars(
        sa.select(WarrantyClaim.id).where(WarrantyClaim.receivable_id.in_(debt_ids)).order_by(WarrantyClaim.id)
    ).all()
    return [
        *(machine.lock(MachineContract, i) for i in contract_ids),
        *(machine.lock(PartSale, i) for i in sale_ids),
        *(machine.lock(WarrantyClaim, i) for i in claim_ids),
    ]


def _follow(receipt: Receipt, touched: list[MachineContract | PartSale | WarrantyClaim]) -> None:
    """Contracts, sales and claims count again; a retention follows its receivable."""
    db.session.flush()
    for paper in touched:
        if isinstance(paper, MachineContract):
            contracts.recount(paper)
        elif isinstance(paper, WarrantyClaim):
            claims.recount(paper)
        else:
            sales.recount(paper)
    for line in receipt.allocations:
        if line.receivable.kind is not ReceivableKind.RETENTION:
            continue
        held = db.session.scalars(sa.select(Retention).where(Retention.receivable_id == line.receivable_id)).one()
        paid = line.receivable.state is ReceivableState.PAID
        if paid and held.state in KEPT_BACK:
            retention.collect(held)
        elif not paid and held.state is RetentionState.COLLECTED:
            retention.uncollect(held)
