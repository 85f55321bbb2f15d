"""卡券发放单: DRAFT → PENDING → APPROVED (the coupons exist); REJECTED and back; withdrawn while it waits; CANCELLED.

A salesperson asks for his customers, customer care and service ask for compensation, the sales manager or the general
manager approves, never the one who asked. Source: brief S27; flows.md C3.3; roles.md.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import actor as acting
from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import EDITABLE_ISSUES, CouponIssueState, CouponSource
from ...errors import MissingData, WrongAmount
from ...ledgers import coupon
from ...models import CouponIssue, CouponType, Customer
from ...numbering import next_number
from .. import approvals, checks
from ..crm import customer as customers
from ..machine import Workflow
from ..system import notice

S = CouponIssueState
flow = Workflow(CouponIssue, editable=EDITABLE_ISSUES)
MOST_PIECES = 50
BY_HAND = (
    CouponSource.COMPENSATION,
    CouponSource.CAMPAIGN,
    CouponSource.REFERRAL,
    CouponSource.PURCHASE,
    CouponSource.MANUAL,
)
ANY_SOURCE = frozenset({"salesperson", "sales_manager", "clerk", "gm"})


@flow.before_save
def prepare(paper: CouponIssue) -> None:
    """A customer one does business with, a type in use, a value above zero, and why."""
    checks.strip_texts(paper)
    customer = paper.customer or db.session.get_one(Customer, paper.customer_id)
    type_ = paper.type or db.session.get_one(CouponType, paper.type_id)
    customers.check_trading(customer)
    paper.department_id = customer.salesperson.department_id
    if not type_.is_enabled:
        raise WrongAmount(gettext("“%(name)s” is no longer in use", name=type_.name), field="type")
    if (paper.face_amount or 0) <= 0:
        raise WrongAmount(gettext("Amounts are above zero"), field="face_amount")
    if not 1 <= (paper.pieces or 0) <= MOST_PIECES:
        raise WrongAmount(gettext("1 to %(most)s coupons at a time", most=MOST_PIECES), field="pieces")
    if not 1 <= (paper.valid_days or 0) <= 3650:
        raise WrongAmount(gettext("A coupon is valid for 1 to 3650 days"), field="valid_days")
    if not paper.reason:
        raise MissingData(gettext("Please enter the reason"), field="reason")
    _check_source(paper)
    paper.total_amount = paper.face_amount * Decimal(paper.pieces)
    paper.number = paper.number or next_number(db.session(), CouponIssue.prefix)


def _check_source(paper: CouponIssue) -> None:
    by = acting.current()
    if paper.source is CouponSource.MACHINE:
        raise WrongAmount(gettext("Coupons given with a machine stand in its contract"), field="source")
    if not by.is_system and not by.roles & ANY_SOURCE and paper.source is not CouponSource.COMPENSATION:
        raise WrongAmount(gettext("Your role asks for service compensation only"), field="source")


@flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(paper: CouponIssue, by: Actor) -> None:
    """提交: waits for the sales manager or the general manager."""
    prepare(paper)
    approvers = [e for e in notice.in_role("sales_manager", "gm") if e.id != by.employee_id]
    notice.tell(approvers, notice.todo_subject(paper, gettext("waiting for your approval")), paper)


@flow.transition(S.PENDING, to=S.DRAFT, label=_("Take back"), icon="undo")
def withdraw(paper: CouponIssue, by: Actor) -> None:
    """撤回: back to the author, who may change it."""


@flow.transition(S.PENDING, to=S.APPROVED, label=_("Approve"), icon="stamp", tone="primary", not_by="submit")
def approve(paper: CouponIssue, by: Actor, *, opinion: str | None = None) -> None:
    """审核通过: the coupons exist, good from today or waiting to be activated by hand.

    Posts:  coupon ledger +face, once per piece; activation of today.
    Raises: MustBeOther for the one who asked; WrongAmount, MissingData when customer or type went out of use.
    """
    approvals.other_hands(paper, by)
    customers.check_trading(paper.customer)
    if not paper.type.is_enabled:
        raise WrongAmount(gettext("“%(name)s” is no longer in use", name=paper.type.name), field="type")
    for _piece in range(paper.pieces):
        made = coupon.issue(paper, paper.type, paper.face_amount, paper.valid_days, paper.source)
        if paper.is_active_at_once:
            coupon.activate(made, paper, clock.today())
    words = gettext("%(n)s coupons of %(face)s yuan issued", n=paper.pieces, face=f"{paper.face_amount:,.2f}")
    _tell_asker(paper, words)


@flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger", not_by="submit")
def reject(paper: CouponIssue, by: Actor, *, opinion: str) -> None:
    """驳回: back to the author with an opinion."""
    approvals.other_hands(paper, by)
    _tell_asker(paper, gettext("rejected: %(opinion)s", opinion=opinion))


@flow.transition(S.DRAFT, S.REJECTED, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(paper: CouponIssue, by: Actor, *, reason: str) -> None:
    """取消: nobody asks for it any more; nothing was issued."""


def _tell_asker(paper: CouponIssue, what: str) -> None:
    notice.tell([paper.created_by, paper.customer.salesperson], notice.todo_subject(paper, what), paper)
