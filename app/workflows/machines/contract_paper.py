"""合同变更类单据: DRAFT → PENDING → DONE, or TO_REFUND ⇄ DONE; REJECTED and back; CANCELLED before.

What a cancellation, a withdrawal and their like have in common: they are about one approved contract, the roles of the
approval rules decide on them, and the last decision carries them out in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...dictionary.contract_papers import ContractPaper
from ...enums import ApprovalResult, PaperState
from ...errors import MissingData, WrongState
from ...ledgers import cash, prepaid
from ...models import FundAccount, MachineContract
from ...numbering import next_number
from .. import checks
from ..machine import Transition, Workflow
from ..system import notice
from . import approval

S = PaperState


@dataclass(frozen=True)
class Life:
    """The verbs of a paper about a contract."""

    submit: Transition
    withdraw: Transition
    approve: Transition
    reject: Transition
    void: Transition


def life(
    flow: Workflow, check: Callable[[Any], None], carry_out: Callable[[Any, Actor], None], terms: Any = None
) -> Life:
    """Give the flow its verbs.

    check:     raises what speaks against it, when it is submitted and again when it is carried out.
    carry_out: the effects of the last decision; a refund that is left to be paid makes it wait for finance.
    terms:     paper → where the figures are that the approval rules look at; the contract's unless given.
    """

    @flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
    def submit(paper: Any, by: Actor) -> None:
        """提交: waits for the first approver. Raises WrongState while another paper about the contract waits."""
        assert flow.prepare is not None
        flow.prepare(paper)
        check(paper)
        _check_alone(paper)
        _rehearse(paper, by)
        approval.start(paper, terms(paper) if terms else None)

    def _rehearse(paper: Any, by: Actor) -> None:
        """What the last decision would do, done and taken back: whatever speaks against it is said now."""
        rehearsal = db.session.begin_nested()
        try:
            carry_out(paper, by)
            db.session.flush()
        finally:
            rehearsal.rollback()

    @flow.transition(S.PENDING, to=S.DRAFT, label=_("Take back"), icon="undo")
    def withdraw(paper: Any, by: Actor) -> None:
        """撤回: back to the author before anybody has decided."""
        if approval.has_decisions(paper):
            raise WrongState(gettext("The first approver has already decided; ask for a rejection instead"))
        paper.awaiting_role = None

    @flow.transition(
        S.PENDING,
        to=(S.PENDING, S.REJECTED, S.TO_REFUND, S.DONE),
        label=_("Approve"),
        icon="stamp",
        tone="primary",
        not_by="submit",
        setbacks={S.REJECTED: approval.CHANGED},
    )
    def approve(paper: Any, by: Actor, *, opinion: str | None = None) -> PaperState:
        """审核通过: the waiting role agrees; after the last one the paper is carried out."""
        if approval.decide(paper, by, ApprovalResult.PASS, opinion) is ApprovalResult.REJECT:
            return S.REJECTED
        if paper.awaiting_role is not None:
            return S.PENDING
        check(paper)
        carry_out(paper, by)
        if getattr(paper, "refund_amount", 0):
            prepaid.hold(paper.customer_id, paper.refund_amount, paper)
        notice.tell(
            [paper.contract.salesperson, paper.created_by, *notice.in_role("clerk", "finance")],
            notice.todo_subject(paper, gettext("approved and carried out")),
            paper,
            f"done-{paper.approval_round}",
        )
        return S.TO_REFUND if getattr(paper, "refund_amount", 0) else S.DONE

    @flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger")
    def reject(paper: Any, by: Actor, *, opinion: str) -> None:
        """驳回: back to the author with an opinion; nothing has moved."""
        if not (opinion or "").strip():
            raise MissingData(gettext("Please say why"), field="opinion")
        approval.decide(paper, by, ApprovalResult.REJECT, opinion)

    @flow.transition(S.DRAFT, S.REJECTED, to=S.CANCELLED, label=_("Void"), icon="ban", tone="danger")
    def void(paper: Any, by: Actor, *, reason: str) -> None:
        """作废: the contract stays as it is."""

    return Life(submit, withdraw, approve, reject, void)


@dataclass(frozen=True)
class Refunds:
    """The verbs with which money goes back to the customer."""

    refund: Transition
    came_back: Transition
    leave: Transition


def refunds(flow: Workflow) -> Refunds:
    """Give the flow the verbs of finance: money goes back, comes back, or stays here after all."""

    @flow.transition(S.TO_REFUND, to=S.DONE, label=_("Refund"), icon="hand-holding-dollar", tone="primary")
    def refund(paper: Any, by: Actor, *, account: FundAccount, serial: str | None = None) -> None:
        """退款: what was held for it goes out of the customer's prepaid money and out of the account."""
        prepaid.pay_out(paper.customer_id, paper.refund_amount, paper)
        line = cash.next_line(paper)
        cash.pay_out(account, paper.refund_amount, paper, line, serial, clock.today())
        paper.account_id = account.id

    @flow.transition(S.DONE, to=S.TO_REFUND, label=_("Transfer came back"), icon="undo", tone="danger")
    def came_back(paper: Any, by: Actor, *, came_back_on: date, reason: str) -> None:
        """退汇: the bank sent the refund back; it waits to be paid again.

        Posts:  cash in on the bank's day; prepaid money, held as before.
        Raises: WrongState where no money went out.
        """
        if not is_paid_back(paper):
            raise WrongState(gettext("%(number)s paid nothing back", number=paper.number))
        cash.check_came_back(came_back_on, cash.left_on(paper))
        cash.reverse(paper, came_back_on)
        prepaid.came_back(paper.customer_id, paper.refund_amount, paper)
        paper.account_id = None

    @flow.transition(S.TO_REFUND, to=S.DONE, label=_("Leave it as prepaid money"), icon="piggy-bank")
    def leave(paper: Any, by: Actor, *, reason: str) -> None:
        """改留预收: the customer leaves it here after all; it is free to pay what he will owe."""
        prepaid.release(paper.customer_id, paper)
        paper.left_amount = paper.refund_amount

    return Refunds(refund, came_back, leave)


def is_paid_back(paper: Any) -> bool:
    """Whether money of this paper is with the customer."""
    return bool(paper.state is S.DONE and paper.refund_amount - paper.left_amount and paper.account_id)


def prepare(paper: Any) -> MachineContract:
    """Customer and department are the contract's; the number comes with the first save."""
    checks.strip_texts(paper)
    contract = paper.contract or db.session.get_one(MachineContract, paper.contract_id)
    paper.contract, paper.contract_id = contract, contract.id
    paper.customer_id, paper.department_id = contract.customer_id, contract.department_id
    if not paper.reason:
        raise MissingData(gettext("Please enter the reason"), field="reason")
    paper.number = paper.number or next_number(db.session(), type(paper).prefix)
    return contract


def _check_alone(paper: Any) -> None:
    """One paper about a contract at a time: two would not know of each other."""
    for kind in ContractPaper.__subclasses__():
        if not hasattr(kind, "__table__"):
            continue
        other = db.session.scalars(
            sa.select(kind).where(
                kind.contract_id == paper.contract_id,
                kind.state == S.PENDING,
                sa.true() if kind is not type(paper) else kind.id != paper.id,
            )
        ).first()
        if other is not None:
            raise WrongState(
                gettext(
                    "%(number)s about this contract is waiting for its approval; one at a time", number=other.number
                )
            )


def money(value: Decimal) -> str:
    """Yuan in a sentence."""
    return f"{value:,.2f}"
