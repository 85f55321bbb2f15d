"""Who has to approve a contract or a paper that changes it, in which order, and the record of each decision.

The route follows the rules kept on screen (`ApprovalRule`) and is fixed when the paper is submitted. Each decision keeps
a hash of what was decided on; what differs from what an earlier approver of the round saw goes back to its author.
Source: flows.md C1.1, roles.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...audit import plain
from ...database import db
from ...enums import ApprovalPaper, ApprovalResult, GiftKind
from ...errors import MissingData, MustBeOther, NotAllowed
from ...ledgers import overdue
from ...models import (
    ApprovalRecord,
    ApprovalRule,
    ContractAmendment,
    ContractCancellation,
    DispatchWithdrawal,
    Document,
    MachineContract,
    MachineReturn,
)
from ...roles import ROLES
from ..system import notice

GOES_BY: dict[type[Document], ApprovalPaper] = {
    MachineContract: ApprovalPaper.CONTRACT,
    ContractAmendment: ApprovalPaper.CONTRACT,
    ContractCancellation: ApprovalPaper.CANCELLATION,
    DispatchWithdrawal: ApprovalPaper.WITHDRAWAL,
    MachineReturn: ApprovalPaper.RETURN,
}
# what moves without anybody deciding on it again
MOVES = frozenset({
    "id", "version", "changed_at", "changed_by_id", "state", "pay_state", "awaiting_role", "received_amount",
    "outstanding_amount", "is_dispatched", "approval_round", "approval_route", "approved_hash", "revision", "unit_id",
    "special_amount", "special_reason", "special_by_id", "special_until", "approved_on", "account_id", "left_amount",
    "salesperson_id", "department_id",
})  # fmt: skip

CHANGED = _("not approved: its content is no longer what an earlier approver saw, so it went back to its author")


def contract_of(paper: Any) -> MachineContract:
    """The contract behind a paper; a contract is its own."""
    return paper if isinstance(paper, MachineContract) else paper.contract


def route(paper: Any, terms: Any = None) -> list[str]:
    """Role codes in the order in which they decide: those of every rule that holds, each once.

    terms: where the figures are that the rules look at; the contract's unless given.
    Raises: MissingData when no rule asks anybody.
    """
    rules = db.session.scalars(
        sa.select(ApprovalRule)
        .where(ApprovalRule.paper == GOES_BY[type(paper)], ApprovalRule.is_enabled)
        .order_by(ApprovalRule.sequence, ApprovalRule.id)
    )
    asked = terms or contract_of(paper)
    roles = [step.role.name.lower() for rule in rules if holds(rule, asked) for step in rule.steps]
    if not roles:
        raise MissingData(gettext("No approval rule fits this document; please ask the administrator"))
    return list(dict.fromkeys(roles))


def holds(rule: ApprovalRule, terms: Any) -> bool:
    """Whether every condition of the rule is met; a rule without conditions always is."""
    first = rule.first_payment_under
    return (
        (rule.pay_mode is None or terms.pay_mode is rule.pay_mode)
        and (rule.amount_from is None or terms.total_amount >= rule.amount_from)
        and (rule.amount_to is None or terms.total_amount < rule.amount_to)
        and (first is None or terms.down_amount < terms.machine_amount * first)
        and (not rule.is_under_floor or any(line.unit_price < line.model.floor_price for line in terms.lines))
        and (not rule.is_overdue or overdue.amount(terms.customer_id, clock.today()) > 0)
    )


def start(paper: Any, terms: Any = None) -> None:
    """A new round begins with the first role of the route."""
    paper.approval_round += 1
    paper.approval_route = ",".join(route(paper, terms))
    paper.awaiting_role = paper.approval_route.split(",")[0]
    call(paper)


def call(paper: Any) -> None:
    """Tell everybody in the waiting role."""
    notice.tell(
        notice.in_role(paper.awaiting_role or ""),
        notice.todo_subject(paper, gettext("waiting for your approval")),
        paper,
        f"await-{paper.approval_round}-{paper.awaiting_role}",
    )


def decide(paper: Any, by: Actor, result: ApprovalResult, opinion: str | None) -> ApprovalResult:
    """Write the decision of the waiting role; `awaiting_role` is the next one, or None after the last or a refusal.

    Gives: what was decided: a paper that is not what an earlier approver of this round saw is refused instead.
    Raises: NotAllowed when another role has to decide; MustBeOther for the salesperson, the author, or
    somebody who already decided in this round.
    """
    role = paper.awaiting_role or ""
    if role not in by.roles and not by.is_system:
        raise NotAllowed(gettext("This document waits for %(role)s", role=str(ROLES[role].label)))
    earlier = records(paper, paper.approval_round)
    insiders = {contract_of(paper).salesperson_id, paper.created_by_id, *(r.employee_id for r in earlier)}
    if by.employee_id is not None and by.employee_id in insiders:
        raise MustBeOther(
            gettext("Who wrote, sold or already approved a contract cannot approve it; a colleague has to")
        )
    seen = content_hash(paper)
    if result is ApprovalResult.PASS and any(r.content_hash != seen for r in earlier):
        result = ApprovalResult.REJECT
        opinion = gettext("The content is no longer what %(name)s approved", name=str(earlier[0].employee or ""))
    _keep(paper, by, role, len(earlier) + 1, result, opinion, seen)
    steps = (paper.approval_route or role).split(",")
    after = steps[steps.index(role) + 1 :]
    paper.awaiting_role = after[0] if after and result is ApprovalResult.PASS else None
    if result is ApprovalResult.REJECT:
        tell_back(paper, opinion or "")
    elif paper.awaiting_role is not None:
        call(paper)
    else:
        paper.approved_hash = seen
    return result


def _keep(paper: Any, by: Actor, role: str, step: int, result: ApprovalResult, opinion: str | None, seen: str) -> None:
    db.session.add(
        ApprovalRecord(
            contract_id=contract_of(paper).id,
            paper=type(paper).__name__,
            paper_id=paper.id,
            paper_number=paper.number,
            round=paper.approval_round,
            step=step,
            role=role,
            employee_id=by.employee_id,
            result=result,
            opinion=opinion,
            content_hash=seen,
        )
    )


def tell_back(paper: Any, opinion: str) -> None:
    """The author and the salesperson read why their paper comes back."""
    notice.tell(
        [contract_of(paper).salesperson, paper.created_by],
        notice.todo_subject(paper, gettext("rejected: %(opinion)s", opinion=opinion)),
        paper,
        f"rejected-{paper.approval_round}",
    )


def records(paper: Any, round_: int) -> list[ApprovalRecord]:
    """The decisions of one round, in order."""
    return list(
        db.session.scalars(
            sa.select(ApprovalRecord)
            .where(
                ApprovalRecord.paper == type(paper).__name__,
                ApprovalRecord.paper_id == paper.id,
                ApprovalRecord.round == round_,
            )
            .order_by(ApprovalRecord.id)
        )
    )


def has_decisions(paper: Any) -> bool:
    """Whether somebody already decided in this round."""
    return bool(records(paper, paper.approval_round))


def check_code(hash_: str) -> str:
    """Nine digits of a hash, to compare by eye on two pages."""
    return f"{int(hash_[:12], 16) % 10**9:09d}"


def content_hash(paper: Any) -> str:
    """SHA-256 over what is decided on: customer, money, machines, fees, gifts. What is empty does not count."""
    content = [
        {name: told for name, value in _values(row) if (told := plain(value)) not in (None, "", False, "0", "0.00")}
        for row in (paper, *_lines(paper))
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _values(row: Any) -> Iterator[tuple[str, Any]]:
    for column in sa.inspect(type(row)).column_attrs:
        value = getattr(row, column.key)
        if column.key not in MOVES and value is not GiftKind.COUPON:  # a gift says nothing else unless it is no coupon
            yield column.key, value if not isinstance(value, Decimal) or value else None


def _lines(paper: Any) -> Iterator[Any]:
    for relation in sa.inspect(type(paper)).relationships:
        if relation.uselist and not relation.viewonly:
            yield from getattr(paper, relation.key)
