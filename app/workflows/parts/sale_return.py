"""配件销售退货单: DRAFT → RECEIVED (the keeper has the parts) → REFUNDED (finance); CANCELLED while a draft.

Parts come back at what they cost when they left. The refund first takes off what is unpaid; the rest splits into coupon
and money as the sale was paid. A coupon never becomes money. Source: flows.md C2.2, C3.3.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import CouponMovement, ReceiptState, ReturnState, StockMovement, WarehouseKind
from ...errors import MissingData, WrongAmount
from ...formulas.money import cents
from ...ledgers import cash, coupon, receivable, stock
from ...models import (
    Coupon,
    CouponEntry,
    FundAccount,
    PartSale,
    Receipt,
    ReceiptAllocation,
    ReturnLine,
    SaleLine,
    SaleReturn,
)
from ...numbering import next_number
from .. import checks, machine
from ..machine import Workflow
from ..system import notice
from . import backorder, keeping
from . import sale as sales

S = ReturnState
flow = Workflow(SaleReturn, editable=frozenset({S.DRAFT}))
ZERO = Decimal(0)


@flow.before_save
def prepare(paper: SaleReturn) -> None:
    """Only what was shipped and not returned yet; worth its share of the sale's price after discount."""
    checks.strip_texts(paper)
    checks.not_negative(paper)
    sale = paper.sale or db.session.get_one(PartSale, paper.sale_id)
    if sale.customer_id is None:
        raise WrongAmount(gettext("Only a sale to a customer can be returned"), field="sale")
    paper.customer_id, paper.department_id = sale.customer_id, sale.department_id
    if not (paper.warehouse or paper.warehouse_id):
        paper.warehouse_id = sale.warehouse_id
    keeping.check_store(checks.referred(paper, "warehouse"))
    if not paper.lines:
        raise MissingData(gettext("At least one line is needed"), field="lines")
    for line in paper.lines:
        _check_line(sale, line)
    price(sale, paper)
    paper.number = paper.number or next_number(db.session(), SaleReturn.prefix)


def returnable(sold: SaleLine) -> Decimal:
    """Pieces of a line of a sale that left and have not come back."""
    return sold.shipped_quantity - sold.returned_quantity


def _check_line(sale: PartSale, line: ReturnLine) -> None:
    sold = line.sale_line or next(entry for entry in sale.lines if entry.id == line.sale_line_id)
    if sold.sale_id != sale.id:
        raise WrongAmount(gettext("This part was not sold with this sale"), field="lines")
    most = returnable(sold)
    if not ZERO < (line.quantity or ZERO) <= most:
        raise WrongAmount(
            gettext("%(part)s: at most %(most)s can be returned", part=str(sold.part), most=f"{most.normalize():f}"),
            field="lines",
        )


def price(sale: PartSale, paper: SaleReturn) -> None:
    """Each line at its price after discount; the return that ends the sale takes what is left of the sale's price."""
    left = sale.goods_amount - sale.discount_amount - _returned_before(sale, paper)
    now = {(line.sale_line_id or line.sale_line.id): line.quantity for line in paper.lines}
    is_last = all(
        sold.returned_quantity + sold.closed_quantity + now.get(sold.id, ZERO) == sold.quantity for sold in sale.lines
    )
    for n, line in enumerate(paper.lines, 1):
        each = (line.sale_line or db.session.get_one(SaleLine, line.sale_line_id)).unit_price
        line.amount = min(cents(line.quantity * each * net_share(sale)), left)
        if is_last and n == len(paper.lines):
            line.amount = left
        left -= line.amount
    paper.goods_amount = sum((line.amount for line in paper.lines), ZERO)


def _returned_before(sale: PartSale, paper: SaleReturn) -> Decimal:
    """Yuan of goods that came back with other returns of the sale."""
    table = SaleReturn.__table__
    others = sa.select(table.c.goods_amount).where(
        table.c.sale_id == sale.id, table.c.state.in_([S.RECEIVED, S.REFUNDED]), table.c.id != (paper.id or 0)
    )
    return sum(db.session.scalars(others), ZERO)


def net_share(sale: PartSale) -> Decimal:
    """What part of the list of goods the customer really pays: 1 without a discount."""
    return (sale.goods_amount - sale.discount_amount) / sale.goods_amount if sale.goods_amount else ZERO


@flow.transition(S.DRAFT, to=S.RECEIVED, label=_("Take the parts back"), icon="dolly", tone="primary")
def receive(paper: SaleReturn, by: Actor) -> None:
    """退货入库: in at the cost of issue pro rata; the last piece that is out takes the rest.

    Raises: WrongAmount when more would come back than left.
    """
    sale = machine.lock(PartSale, paper.sale_id)
    prepare(paper)
    for line in sorted(paper.lines, key=lambda entry: entry.sale_line.part_id):
        sold = line.sale_line
        line.cost_amount = left = sold.cost_amount - sold.returned_cost
        if sold.returned_quantity + line.quantity < sold.shipped_quantity:
            line.cost_amount = min(cents(sold.cost_amount * line.quantity / sold.shipped_quantity), left)
        sold.returned_quantity += line.quantity
        sold.returned_cost += line.cost_amount
        stock.move(
            sold.part,
            line.quantity,
            source=stock.place(WarehouseKind.CUSTOMER),
            target=paper.warehouse,
            movement=StockMovement.SALE_RETURN_IN,
            origin=paper,
            line=line.line_number,
            amount=line.cost_amount,
        )
        sale.cost_amount -= line.cost_amount
    backorder.serve(paper.warehouse, [line.sale_line.part_id for line in paper.lines])
    call_finance(paper)


def call_finance(paper: SaleReturn) -> None:
    """The money of the return is finance's now."""
    notice.tell(notice.in_role("finance"), notice.todo_subject(paper, gettext("refund to be paid")), paper, "refund")


@flow.transition(S.RECEIVED, to=S.REFUNDED, label=_("Refund"), icon="hand-holding-dollar", tone="primary")
def refund(paper: SaleReturn, by: Actor, *, account: FundAccount | None = None) -> None:
    """退款: off the debt first, then coupon and money as they were paid; the last return takes what is left of each.

    coupon back = round(F' × coupon share / what was paid, 2); money = F' − coupon back. What earlier returns took off
    the debt was never paid. The share of a coupon that is used whole or not at all waits until everything is returned.
    Posts:  receivable credit, coupon restore, cash out.
    Raises: MissingData when money goes back and no account is named.
    """
    sale = machine.lock(PartSale, paper.sale_id)
    debt = sales.debt_of(sale)
    unpaid = debt.outstanding_amount if debt is not None else ZERO
    paper.credited_amount = min(paper.goods_amount, unpaid)
    if paper.credited_amount and debt is not None:
        receivable.credit(debt, paper.credited_amount, paper)
    rest = paper.goods_amount - paper.credited_amount
    net = sale.goods_amount - sale.discount_amount
    paid_by_coupon = sale.coupon_amount + _coupon_in_receipts(sale)
    coupon_left = paid_by_coupon - sum((p.coupon_amount for p in _earlier(sale, paper)), ZERO)
    base = sale.coupon_amount + (debt.settled_amount if debt is not None else ZERO)
    is_whole = sale.refunded_amount + paper.goods_amount == net
    if rest and is_whole:
        paper.coupon_amount = min(coupon_left, rest)
    else:
        paper.coupon_amount = min(cents(rest * paid_by_coupon / base), coupon_left) if base else ZERO
    paper.cash_amount = rest - paper.coupon_amount
    _restore(sale, paper, is_whole)
    if paper.cash_amount:
        if account is None:
            raise MissingData(gettext("Please choose the account the money goes out of"), field="account")
        paper.account_id = account.id
        cash.pay_out(account, paper.cash_amount, paper, 1, None, clock.today())
    sale.refunded_amount += paper.goods_amount
    db.session.flush()
    sales.recount(sale)


@flow.transition(S.DRAFT, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(paper: SaleReturn, by: Actor, *, reason: str) -> None:
    """The customer keeps the parts after all."""


def _allocations(sale: PartSale) -> list[ReceiptAllocation]:
    debt = sales.debt_of(sale)
    if debt is None:
        return []
    return list(
        db.session.scalars(
            sa.select(ReceiptAllocation)
            .join(Receipt, Receipt.id == ReceiptAllocation.receipt_id)
            .where(ReceiptAllocation.receivable_id == debt.id, Receipt.state == ReceiptState.CONFIRMED)
            .order_by(ReceiptAllocation.id)
        )
    )


def _coupon_in_receipts(sale: PartSale) -> Decimal:
    """Yuan of this sale's debt that coupons paid in receipts."""
    return sum((a.coupon_amount for a in _allocations(sale)), ZERO)


def _earlier(sale: PartSale, paper: SaleReturn) -> list[SaleReturn]:
    """Returns of this sale that were refunded before."""
    return list(
        db.session.scalars(
            sa.select(SaleReturn).where(
                SaleReturn.sale_id == sale.id, SaleReturn.state == S.REFUNDED, SaleReturn.id != paper.id
            )
        )
    )


def _restore(sale: PartSale, paper: SaleReturn, is_whole: bool) -> None:
    """Coupon money goes back to the coupons it came from, the one that was redeemed last first, each in one entry.

    Coupons used in parts come first; one that is used whole gets nothing before everything is returned, then all of it.
    """
    left = paper.coupon_amount
    if is_whole:
        left += sum((p.withheld_amount for p in _earlier(sale, paper)), ZERO)
    taken: dict[int, Decimal] = {}
    last: dict[int, CouponEntry] = {}
    for entry in _redemptions(sale, is_whole):
        taken[entry.coupon_id] = taken.get(entry.coupon_id, ZERO) - entry.amount
        last.setdefault(entry.coupon_id, entry)
    for coupon_id, entry in last.items():  # one entry per coupon
        part = min(left, taken[coupon_id] - _given_back(entry, sale))
        if part > 0:
            machine.lock(Coupon, coupon_id)
            coupon.give_back(entry, part, paper, clock.today())
            left -= part
    single = sum((-e.amount for e in _redemptions(sale, True) if not e.coupon.type.is_multi_use), ZERO)
    if left > (ZERO if is_whole else single):
        raise WrongAmount(gettext("More coupon money would go back than was redeemed"))
    paper.withheld_amount = left


def _redemptions(sale: PartSale, with_single_use: bool) -> list[CouponEntry]:
    """What coupons paid of this sale: those used in parts first, of each the latest first."""
    receipts = [a.receipt_id for a in _allocations(sale) if a.coupon_amount]
    took = db.session.scalars(
        sa.select(CouponEntry)
        .where(
            sa.or_(
                sa.and_(CouponEntry.origin == "PartSale", CouponEntry.origin_id == sale.id),
                sa.and_(CouponEntry.origin == "Receipt", CouponEntry.origin_id.in_(receipts)),
            ),
            CouponEntry.movement.in_([CouponMovement.REDEEM, CouponMovement.REDEEM_SALE]),
        )
        .order_by(CouponEntry.id.desc())
    )
    fitting = [e for e in took if with_single_use or e.coupon.type.is_multi_use]
    return sorted(fitting, key=lambda e: not e.coupon.type.is_multi_use)


def _given_back(entry: CouponEntry, sale: PartSale) -> Decimal:
    """Yuan that earlier returns of the sale put back on this coupon."""
    returns = sa.select(SaleReturn.id).where(SaleReturn.sale_id == sale.id)
    total = db.session.scalar(
        sa.select(sa.func.sum(CouponEntry.amount)).where(
            CouponEntry.coupon_id == entry.coupon_id,
            CouponEntry.movement == CouponMovement.RESTORE,
            CouponEntry.origin == "SaleReturn",
            CouponEntry.origin_id.in_(returns),
        )
    )
    return total or ZERO
