"""采购退货单: DRAFT → PENDING → APPROVED (promised) → SHIPPED (the supplier owes the refund) → DONE; REJECTED, CANCELLED.

Parts leave at the average of the shelf; refund without tax less that cost is the price variance (采购价差). The refund
lowers the debt of the receipt; what was paid already comes back as money or off another debt. Source: flows.md C2.2.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import (
    BINDING_PURCHASE_RETURNS,
    EDITABLE_PURCHASE_RETURNS,
    ExpenseKind,
    InboundReceiptState,
    PurchaseReturnState,
    StockMovement,
    WarehouseKind,
)
from ...errors import MissingData, NotEnoughStock, WrongAmount, WrongState
from ...formulas.money import cents
from ...ledgers import cash, payable, stock
from ...models import (
    Expense,
    FundAccount,
    InboundLine,
    InboundReceipt,
    Payable,
    PurchaseLine,
    PurchaseOrder,
    PurchaseReturn,
    PurchaseReturnLine,
)
from ...numbering import next_number
from .. import approvals, checks, machine
from ..machine import Workflow
from ..system import notice
from . import backorder

S = PurchaseReturnState
flow = Workflow(PurchaseReturn, editable=EDITABLE_PURCHASE_RETURNS)
ZERO = Decimal(0)


@flow.before_save
def prepare(paper: PurchaseReturn) -> None:
    """Only what this receipt brought and nobody sent back yet, at the price it came for."""
    checks.strip_texts(paper)
    checks.not_negative(paper)
    receipt = paper.receipt or db.session.get_one(InboundReceipt, paper.receipt_id)
    if receipt.state is not InboundReceiptState.DONE or receipt.supplier_id is None:
        raise WrongState(
            gettext("%(number)s is “%(state)s”: nothing to send back", number=receipt.number, state=str(receipt.state)),
            field="receipt",
        )
    paper.supplier_id, paper.warehouse_id = receipt.supplier_id, receipt.warehouse_id
    paper.department_id = receipt.department_id
    if not paper.lines:
        raise MissingData(gettext("At least one line is needed"), field="lines")
    for line in paper.lines:
        _price(paper, receipt, line)
    paper.gross_amount = sum((line.gross_amount for line in paper.lines), ZERO)
    paper.net_amount = sum((line.net_amount for line in paper.lines), ZERO)
    paper.number = paper.number or next_number(db.session(), PurchaseReturn.prefix)


def _price(paper: PurchaseReturn, receipt: InboundReceipt, line: PurchaseReturnLine) -> None:
    """A line is worth its share of what was received; the last pieces take the rest, so nothing drifts."""
    came = line.receipt_line or db.session.get_one(InboundLine, line.receipt_line_id)
    if came.receipt_id != receipt.id:
        raise WrongAmount(gettext("This part did not come with this receipt"), field="lines")
    quantity, gross, net = given_away(came, paper)
    most = came.actual_quantity - quantity
    if not ZERO < (line.quantity or ZERO) <= most:
        raise WrongAmount(
            gettext("%(part)s: at most %(most)s can be returned", part=str(came.part), most=f"{most.normalize():f}"),
            field="lines",
        )
    if line.quantity == most:
        line.gross_amount, line.net_amount = came.gross_amount - gross, came.net_amount - net
    else:
        line.gross_amount = cents(came.gross_amount * line.quantity / came.actual_quantity)
        line.net_amount = cents(came.net_amount * line.quantity / came.actual_quantity)


def given_away(came: InboundLine, but: PurchaseReturn | None = None) -> tuple[Decimal, Decimal, Decimal]:
    """Pieces of a receipt line that approved returns took or will take, their refund with and without tax."""
    found = db.session.execute(
        sa.select(PurchaseReturnLine.quantity, PurchaseReturnLine.gross_amount, PurchaseReturnLine.net_amount)
        .join(PurchaseReturn, PurchaseReturn.id == PurchaseReturnLine.return_id)
        .where(
            PurchaseReturnLine.receipt_line_id == came.id,
            PurchaseReturn.state.in_(BINDING_PURCHASE_RETURNS),
            PurchaseReturn.id != (but.id or 0 if but is not None else 0),
        )
    ).all()
    return tuple(sum((row[i] for row in found), ZERO) for i in range(3))  # type: ignore[return-value]


def returnable(came: InboundLine) -> Decimal:
    """Pieces of a line of a receipt that came and that no approved return takes."""
    return came.actual_quantity - given_away(came)[0]


def standing(receipt: InboundReceipt) -> PurchaseReturn | None:
    """An approved return of a receipt, if there is one: then the receipt is no longer reversed."""
    return db.session.scalars(
        sa.select(PurchaseReturn)
        .where(PurchaseReturn.receipt_id == receipt.id, PurchaseReturn.state.in_(BINDING_PURCHASE_RETURNS))
        .limit(1)
    ).first()


@flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(paper: PurchaseReturn, by: Actor) -> None:
    """提交: the pieces are there now; finance is told. Raises NotEnoughStock naming every short part."""
    prepare(paper)
    short = [
        gettext(
            "%(part)s: only %(free)s available in %(warehouse)s, %(wanted)s wanted",
            part=str(line.receipt_line.part),
            free=f"{free.normalize():f}",
            warehouse=str(paper.warehouse),
            wanted=f"{line.quantity.normalize():f}",
        )
        for line in paper.lines
        if (free := stock.available(line.receipt_line.part_id, paper.warehouse_id)) < line.quantity
    ]
    if short:
        raise NotEnoughStock("；".join(short), field="lines")
    notice.tell(
        notice.in_role("finance", "gm"),
        notice.todo_subject(paper, gettext("waiting for your approval")),
        paper,
        "await",
    )


@flow.transition(S.PENDING, to=S.DRAFT, label=_("Withdraw"), icon="rotate-left")
def withdraw(paper: PurchaseReturn, by: Actor) -> None:
    """撤回: back to the draft, to be changed, as long as nobody has decided."""


@flow.transition(S.PENDING, to=S.APPROVED, label=_("Approve"), icon="stamp", tone="primary", not_by="submit")
def approve(paper: PurchaseReturn, by: Actor, *, opinion: str | None = None) -> None:
    """审核通过: the refund is fixed, the pieces are promised to this paper, the keeper is told.

    Raises: NotEnoughStock; WrongAmount when another return took the pieces; WrongState when the receipt was reversed.
    """
    approvals.other_hands(paper, by)
    machine.lock(InboundReceipt, paper.receipt_id)
    prepare(paper)
    stock.reserve([(line.receipt_line.part, line.quantity) for line in paper.lines], paper.warehouse)
    notice.tell(
        notice.keepers_of(paper.warehouse_id),
        notice.todo_subject(paper, gettext("to be sent back to the supplier")),
        paper,
        "ship",
    )


@flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger", not_by="submit")
def reject(paper: PurchaseReturn, by: Actor, *, opinion: str) -> None:
    """驳回: back to the buyer with an opinion."""
    notice.tell(
        [paper.created_by], notice.todo_subject(paper, gettext("rejected: %(opinion)s", opinion=opinion)), paper
    )


@flow.transition(
    S.DRAFT, S.REJECTED, S.PENDING, S.APPROVED, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger"
)
def cancel(paper: PurchaseReturn, by: Actor, *, reason: str) -> None:
    """取消: nothing has left; the promise is taken back."""
    if paper.state is S.APPROVED:
        for line in sorted(paper.lines, key=lambda entry: entry.receipt_line.part_id):
            stock.release(line.receipt_line.part, line.quantity, paper.warehouse)
        backorder.serve(paper.warehouse, [line.receipt_line.part_id for line in paper.lines])


@flow.transition(S.APPROVED, to=(S.SHIPPED, S.DONE), label=_("Ship"), icon="truck-ramp-box", tone="primary")
def ship(paper: PurchaseReturn, by: Actor, *, express_number: str | None = None) -> PurchaseReturnState:
    """出库: the parts leave at the average; the debt of the receipt goes down by the refund, as far as it is unpaid.

    Posts:  stock out; payable credit; an expense of cost − refund without tax (a gain is below zero).
    """
    if paper.receipt.order_id:
        machine.lock(PurchaseOrder, paper.receipt.order_id)
    receipt = machine.lock(InboundReceipt, paper.receipt_id)
    for line in sorted(paper.lines, key=lambda entry: entry.receipt_line.part_id):
        moved = stock.move(
            line.receipt_line.part,
            line.quantity,
            source=paper.warehouse,
            target=stock.place(WarehouseKind.SUPPLIER),
            movement=StockMovement.PURCHASE_RETURN_OUT,
            origin=paper,
            line=line.line_number,
            from_reserved=True,
        )
        line.cost_amount = moved.amount
        if line.receipt_line.order_line_id:
            ordered = db.session.get_one(PurchaseLine, line.receipt_line.order_line_id, populate_existing=True)
            ordered.returned_quantity += line.quantity
    paper.cost_amount = sum((line.cost_amount for line in paper.lines), ZERO)
    paper.variance_amount = paper.net_amount - paper.cost_amount
    paper.shipped_at, paper.express_number = clock.now(), express_number
    _book_variance(paper)
    debt = payable.of(receipt)
    if debt is not None:
        _take_off(paper, debt)
    if paper.open_amount:
        notice.tell(
            notice.in_role("finance"),
            notice.todo_subject(paper, gettext("the supplier owes the refund")),
            paper,
            "refund",
        )
    return S.SHIPPED if paper.open_amount else S.DONE


@flow.transition(S.SHIPPED, to=S.DONE, label=_("Refund received"), icon="hand-holding-dollar", tone="primary")
def collect(paper: PurchaseReturn, by: Actor, *, account: FundAccount, serial: str | None = None) -> None:
    """收到退款: what is open of the refund comes in on an account."""
    paper.account_id = account.id
    cash.take_in(account, paper.open_amount, paper, 1, serial, clock.today())
    paper.cash_amount += paper.open_amount


@flow.transition(S.SHIPPED, to=(S.SHIPPED, S.DONE), label=_("Take off a payable"), icon="right-left")
def offset(paper: PurchaseReturn, by: Actor, *, debt: Payable) -> PurchaseReturnState:
    """抵应付: another debt to the same supplier goes down instead of money coming back.

    Raises: WrongAmount for a debt of another supplier or one that is paid.
    """
    if debt.supplier_id != paper.supplier_id:
        raise WrongAmount(gettext("This is a debt to another supplier"), field="debt")
    debt = machine.lock(Payable, debt.id)
    if not _take_off(paper, debt):
        raise WrongAmount(gettext("Nothing is open on %(number)s", number=debt.number), field="debt")
    return S.SHIPPED if paper.open_amount else S.DONE


def _take_off(paper: PurchaseReturn, debt: Payable) -> Decimal:
    """Lower a debt as far as refund and debt reach; gives how much."""
    amount = min(paper.open_amount, debt.outstanding_amount)
    if amount > 0:
        payable.credit(debt, amount, paper)
        paper.credited_amount += amount
    return amount


def _book_variance(paper: PurchaseReturn) -> None:
    """采购价差: what the parts cost us more than the supplier gives back; below zero when he gives more."""
    if paper.variance_amount:
        db.session.add(
            Expense(
                number=next_number(db.session(), Expense.prefix),
                department_id=paper.department_id,
                kind=ExpenseKind.PRICE_VARIANCE,
                amount=-paper.variance_amount,
                origin=type(paper).__name__,
                origin_id=paper.id,
                origin_number=paper.number,
            )
        )
