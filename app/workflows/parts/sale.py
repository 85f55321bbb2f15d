"""配件销售: DRAFT → PENDING → APPROVED (shipped, paid on their own) ; REJECTED and back; CANCELLED while nothing left.

A sale is made by choosing an agreed quotation; its kind (sale_type) says who owes, where the cost goes and whether
coupons count. Approval reserves stock, deducts coupons, books the debt, writes the outbound paper and tells the keeper.
Source: brief S24–S28; flows.md C2.4; dictionary B-26.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import actor as acting
from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import (
    EDITABLE_SALES,
    OutboundState,
    PayState,
    PriceLevel,
    QuotationState,
    ReceivableKind,
    ReceivableState,
    SaleDetail,
    SaleState,
    SettleWay,
    ShipState,
    UnitCondition,
    UnitState,
)
from ...errors import CouponUnusable, MissingData, NotAllowed, WrongAmount, WrongState
from ...formulas.money import cents
from ...ledgers import receivable, stock
from ...models import (
    Customer,
    Employee,
    Part,
    PartOutbound,
    PartQuotation,
    PartSale,
    Receivable,
    SaleLine,
    SaleType,
)
from ...numbering import next_code, next_number
from ...roles import ROLES
from .. import approvals, checks, machine
from ..coupons import redemption
from ..crm import customer as customers
from ..machine import Workflow
from ..system import notice
from . import backorder, keeping, on_account, outbound, proposal, quotation

S = SaleState
flow = Workflow(PartSale, editable=EDITABLE_SALES)
types = Workflow(SaleType)
ZERO = Decimal(0)
ZERO_DAYS, CREDIT_DAYS = timedelta(0), timedelta(days=30)


@types.before_save
def prepare_type(type_: SaleType) -> None:
    """The inner code is made here."""
    checks.strip_texts(type_)
    type_.code = type_.code or next_code(db.session(), "XSFS")


@flow.before_save
def prepare(sale: PartSale) -> None:
    """Lines, customer and prices come from the quotation; the kind of sale says what else has to be there."""
    checks.strip_texts(sale)
    checks.not_negative(sale)
    kind = sale.sale_type or db.session.get_one(SaleType, sale.sale_type_id)
    keeping.check_store(checks.referred(sale, "warehouse"))
    chosen = checks.referred(sale, "quotation")
    if chosen is not None:
        _copy_quotation(sale, chosen)
    elif kind.needs_quotation:
        raise MissingData(gettext("Please choose the quotation the customer agreed to"), field="quotation")
    customer = checks.referred(sale, "customer")
    if kind.needs_customer and customer is None:
        raise MissingData(gettext("This kind of sale has a customer"), field="customer")
    if not kind.needs_customer:
        sale.customer = sale.customer_id = customer = None
    _belong(sale, customer)
    _check_detail(sale, kind, customer)
    for line in sale.lines:
        if (line.quantity or 0) <= 0:
            raise WrongAmount(gettext("Every line has a quantity above zero"), field="lines")
        if not kind.makes_debt:
            line.unit_price = ZERO
        line.amount = cents(line.quantity * line.unit_price)
    sale.goods_amount = sum((line.amount for line in sale.lines), ZERO)
    sale.discount_amount = min(sale.discount_amount or ZERO, sale.goods_amount)
    sale.coupon_amount = sum((c.amount for c in sale.coupons), ZERO)
    if sale.coupons and not kind.takes_coupons:
        raise CouponUnusable(gettext("“%(kind)s” takes no coupons", kind=kind.name), field="coupons")
    sale.debt_amount = sale.goods_amount - sale.discount_amount - sale.coupon_amount
    if sale.debt_amount < 0:
        raise WrongAmount(gettext("Coupons and discount are more than the goods cost"), field="coupons")
    sale.number = sale.number or next_number(db.session(), PartSale.prefix)


def _copy_quotation(sale: PartSale, chosen: PartQuotation) -> None:
    """Customer, lines and prices are the agreed ones; nobody retypes them."""
    if chosen.state is not QuotationState.AGREED:
        raise WrongState(
            gettext("Quotation %(number)s is “%(state)s”", number=chosen.number, state=str(chosen.state)),
            field="quotation",
        )
    sale.customer_id = chosen.customer_id
    sale.customer = chosen.customer
    wanted = [(o.part_id, o.quantity, o.unit_price) for o in chosen.lines]
    if [(o.part_id, o.quantity, o.unit_price) for o in sale.lines] != wanted:
        sale.lines = [
            SaleLine(
                line_number=n, part_id=part, part=db.session.get_one(Part, part), quantity=quantity, unit_price=price
            )
            for n, (part, quantity, price) in enumerate(wanted, 1)
        ]


def _belong(sale: PartSale, customer: Customer | None) -> None:
    """A sale belongs to the customer's salesperson; without a customer to whoever writes it."""
    if customer is not None:
        customers.check_trading(customer)
        sale.salesperson_id, sale.department_id = customer.salesperson_id, customer.salesperson.department_id
        sale.receiver = sale.receiver or customer.legal_rep or customer.name[:50]
        sale.receiver_phone = sale.receiver_phone or customer.mobile
        return
    writer = db.session.get(Employee, sale.salesperson_id or acting.current().employee_id or 0)
    if writer is None:
        raise MissingData(gettext("A salesperson is missing"))
    sale.salesperson_id, sale.department_id = writer.id, sale.cost_department_id or writer.department_id


def _check_detail(sale: PartSale, kind: SaleType, customer: Customer | None) -> None:
    if kind.is_channel_only and customer is not None and not customer.is_channel:
        raise WrongAmount(gettext("“%(kind)s” is for channel partners only", kind=kind.name), field="customer")
    order = checks.referred(sale, "work_order")
    if order is not None and (customer is None or order.customer_id != customer.id):
        raise WrongAmount(gettext("This work order is another customer's"), field="work_order")
    if kind.only_industry and customer is not None and customer.industry is not kind.only_industry and order is None:
        raise MissingData(
            gettext(
                "“%(kind)s” is for customers of the industry “%(industry)s”; for others choose the work order the parts are for",
                kind=kind.name,
                industry=str(kind.only_industry),
            ),
            field="work_order",
        )
    has_department = sale.cost_department_id or sale.cost_department
    if kind.detail is SaleDetail.DEPARTMENT and not (has_department and sale.detail):
        raise MissingData(gettext("Please enter the charged department and the purpose"), field="cost_department")
    if kind.detail in (SaleDetail.EVENT, SaleDetail.REASON) and not sale.detail:
        raise MissingData(gettext("Please enter the event or reason"), field="detail")
    if kind.detail is SaleDetail.UNIT:
        unit = sale.refurb_unit
        if unit is None or unit.condition is not UnitCondition.USED or unit.state is UnitState.SOLD:
            raise MissingData(gettext("Please choose a used machine that is not sold"), field="refurb_unit")


@flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(sale: PartSale, by: Actor) -> None:
    """提交合同: the quotation is used up, coupons are looked at, the approver gets a notice."""
    prepare(sale)
    if not sale.lines:
        raise MissingData(gettext("At least one line is needed"), field="lines")
    redemption.look_at_sale(sale)
    on_account.check(sale)
    if sale.quotation is not None:
        quotation.use(machine.lock(PartQuotation, sale.quotation.id))
    notice.tell(
        notice.in_role(*approvers(sale)), notice.todo_subject(sale, gettext("waiting for your approval")), sale, "await"
    )


def approvers(sale: PartSale) -> list[str]:
    """Roles that may decide: the kind's approver; the general manager alone when a price lies under the internal price."""
    if any(line.unit_price < line.part.inner_price for line in sale.lines) and sale.sale_type.makes_debt:
        return ["gm"]
    level = {PriceLevel.WHOLESALE: "wholesale_price", PriceLevel.INNER: "inner_price"}.get(sale.sale_type.price_level)
    if level and any(line.unit_price < getattr(line.part, level) for line in sale.lines) and sale.sale_type.makes_debt:
        return ["sales_manager", "gm"]
    return [sale.sale_type.approver.name.lower(), "gm"]


@flow.transition(S.PENDING, to=S.DRAFT, label=_("Withdraw"), icon="rotate-left")
def withdraw(sale: PartSale, by: Actor) -> None:
    """撤回: back to the draft, to be changed, as long as nobody has decided; the quotation can be used again."""
    give_quotation_back(sale)


@flow.transition(S.PENDING, to=S.APPROVED, label=_("Approve"), icon="stamp", tone="primary", not_by="submit")
def approve(sale: PartSale, by: Actor, *, opinion: str | None = None, despite_shortage: bool = False) -> None:
    """审核通过: stock is promised, coupons are deducted, the customer owes the rest, the keeper is told.

    despite_shortage: 欠货先批, what is missing waits for goods and is proposed to the buyer.
    Raises: NotEnoughStock naming every short part; CouponUnusable; WrongAmount over the credit limit.
    """
    if not by.is_system and not by.roles & set(approvers(sale)):
        raise NotAllowed(
            gettext("This document waits for %(role)s", role="、".join(str(ROLES[c].label) for c in approvers(sale)))
        )
    approvals.other_hands(sale, by)
    if sale.customer is not None:
        customers.check_trading(sale.customer)
    on_account.check(sale)
    redemption.deduct_on_sale(sale)
    short = backorder.promise(sale, despite_shortage)
    if sale.sale_type.makes_debt and sale.debt_amount > 0:
        sale.due_on = sale.due_on or clock.today() + (ZERO_DAYS if sale.settle_way is SettleWay.CASH else CREDIT_DAYS)
        receivable.raise_(sale, ReceivableKind.PART, sale.debt_amount, sale_id=sale.id, due_on=sale.due_on)
    if short:
        proposal.renew(sale.warehouse, [line.part_id for line in short])
    recount(sale)


@flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger", not_by="submit")
def reject(sale: PartSale, by: Actor, *, opinion: str) -> None:
    """驳回: back to the author; the quotation can be used again."""
    give_quotation_back(sale)
    notice.tell(
        [sale.salesperson, sale.created_by],
        notice.todo_subject(sale, gettext("rejected: %(opinion)s", opinion=opinion)),
        sale,
    )


def let_go(sale: PartSale) -> None:
    """Nothing more is sent: what was promised to the sale is free for those who wait."""
    backorder.drop_of(sale)
    for paper in _papers(sale, OutboundState.PENDING):
        for line in paper.lines:
            stock.release(line.part, line.planned_quantity, paper.warehouse)
        outbound.drop(paper)
    backorder.serve(sale.warehouse, [line.part_id for line in sale.lines])


def give_quotation_back(sale: PartSale) -> None:
    if sale.quotation is not None and sale.quotation.state is QuotationState.USED:
        quotation.give_back(machine.lock(PartQuotation, sale.quotation.id))


def _papers(sale: PartSale, state: OutboundState) -> list[PartOutbound]:
    return list(
        db.session.scalars(sa.select(PartOutbound).where(PartOutbound.sale_id == sale.id, PartOutbound.state == state))
    )


def debt_of(sale: PartSale) -> Receivable | None:
    """What the customer owes for this sale, if anything."""
    return db.session.scalars(
        sa.select(Receivable).where(Receivable.sale_id == sale.id).execution_options(populate_existing=True)
    ).one_or_none()


def recount(sale: PartSale) -> None:
    """Shipping and money status, from lines and debt and nothing else."""
    shipped = [line.shipped_quantity for line in sale.lines]
    if all(line.shipped_quantity + line.closed_quantity == line.quantity for line in sale.lines):
        sale.ship_state = ShipState.ALL
    else:
        sale.ship_state = ShipState.PART if any(shipped) else ShipState.NONE
    debt = debt_of(sale)
    if debt is None or debt.state is ReceivableState.PAID:
        sale.pay_state = PayState.SETTLED
    else:
        sale.pay_state = PayState.PARTIAL if debt.settled_amount else PayState.UNPAID
