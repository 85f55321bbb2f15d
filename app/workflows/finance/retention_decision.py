"""质保金处理: what follows from a justified complaint about quality. HELD → retained for longer, or less is owed.

Finance or the general manager retains it for longer; finance proposes a deduction, the general manager approves it.
One decision per complaint. Source: brief S38; flows.md C3.4; roles.md.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import DecisionKind, DecisionState, ReceivableMovement, RetentionState, Verdict
from ...errors import WrongAmount, WrongState
from ...ledgers import receivable
from ...models import Complaint, Retention, RetentionDecision
from ..machines import contract_booking as contracts
from ..system import notice
from .retention import flow, grounds, standing

S = RetentionState
AFTER = (S.RUNNING, S.MATURED, S.HELD, S.COLLECTED, S.DEDUCTED)


@flow.transition(S.HELD, to=(S.RUNNING, S.HELD), label=_("Retain for longer"), icon="calendar-plus", tone="primary")
def extend(retention: Retention, by: Actor, *, until: date, reason: str) -> RetentionState:
    """延期: retained until the end of another day, payable from the day after it.

    until:  after the day it ends now, and not in the past.
    Raises: WrongState while the complaint is not verified or a deduction waits for approval.
    """
    ends_on = retention.extended_to or retention.matures_on
    assert ends_on is not None
    if until <= max(ends_on, clock.today()):
        raise WrongAmount(gettext("Retained until %(day)s so far; choose a later day", day=max(ends_on, clock.today()).isoformat()), field="until")  # fmt: skip
    _no_other(retention)
    _decide(retention, by, _ground(retention), DecisionKind.EXTEND, reason, DecisionState.APPROVED, until=until)
    retention.extended_to, retention.due_on = until, until + timedelta(days=1)
    retention.receivable.due_on = retention.due_on
    _tell(retention, gettext("retained until %(day)s", day=until.isoformat()), f"until {until}")
    return _after(retention)


@flow.transition(S.HELD, to=None, label=_("Propose a deduction"), icon="scissors")
def deduct(retention: Retention, by: Actor, *, amount: Decimal, reason: str) -> None:
    """扣减: so much less is owed; nothing is posted before the general manager approves.

    amount: yuan, 0 < amount <= what is open of it.
    """
    left = retention.receivable.outstanding_amount
    if not 0 < amount <= left:
        raise WrongAmount(
            gettext("Between 0.01 and the %(left)s yuan that are open", left=f"{left:,.2f}"), field="amount"
        )
    _no_other(retention)
    _decide(retention, by, _ground(retention), DecisionKind.DEDUCT, reason, DecisionState.PROPOSED, amount=amount)
    notice.tell(
        notice.in_role("gm"),
        notice.todo_subject(retention, gettext("deduction of %(amount)s yuan to approve", amount=f"{amount:,.2f}")),
        retention,
        f"deduct {retention.complaint_id} {clock.now()}",
    )


@flow.transition(S.HELD, to=AFTER, label=_("Approve the deduction"), icon="stamp", tone="primary", not_by="deduct")
def approve(retention: Retention, by: Actor, *, opinion: str | None = None) -> RetentionState:
    """扣减批准: less is owed from now on; the whole of it makes an end of the retention.

    Posts:  receivable, deducted; the contract counts again.
    """
    proposed = _proposed(retention)
    assert proposed.amount is not None
    receivable.credit(retention.receivable, proposed.amount, retention, ReceivableMovement.DEDUCT)
    proposed.state, proposed.decided_by_id, proposed.decided_at = DecisionState.APPROVED, by.employee_id, clock.now()
    retention.deducted_amount += proposed.amount
    db.session.flush()
    contracts.recount(retention.contract)
    words = gettext("%(amount)s yuan deducted", amount=f"{proposed.amount:,.2f}")
    _tell(retention, words, f"deducted {proposed.line_number}")
    return _after(retention)


@flow.transition(S.HELD, to=None, label=_("Refuse the deduction"), icon="xmark")
def reject(retention: Retention, by: Actor, *, opinion: str) -> None:
    """扣减驳回: nothing is deducted; another decision is needed."""
    proposed = _proposed(retention)
    proposed.state, proposed.decided_by_id, proposed.decided_at = DecisionState.REJECTED, by.employee_id, clock.now()
    words = notice.todo_subject(retention, gettext("deduction refused: %(why)s", why=opinion))
    notice.tell(notice.in_role("finance"), words, retention, f"refused {proposed.line_number}")


def _ground(retention: Retention) -> Complaint:
    """The justified complaint that is decided about now. Raises WrongState while none is verified."""
    found = next((c for c in grounds(retention) if c.verdict is Verdict.UPHELD), None)
    if found is None:
        raise WrongState(gettext("The service manager has not yet said whether the complaint is justified"))
    return found


def _no_other(retention: Retention) -> None:
    if any(entry.state is DecisionState.PROPOSED for entry in retention.decisions):
        raise WrongState(gettext("A deduction waits for approval already"))


def _proposed(retention: Retention) -> RetentionDecision:
    found = next((entry for entry in retention.decisions if entry.state is DecisionState.PROPOSED), None)
    if found is None:
        raise WrongState(gettext("There is no deduction to decide about"))
    return found


def _decide(
    retention: Retention,
    by: Actor,
    ground: Complaint,
    kind: DecisionKind,
    reason: str,
    state: DecisionState,
    **what: Any,
) -> None:
    retention.decisions.append(
        RetentionDecision(
            line_number=len(retention.decisions) + 1, complaint=ground, kind=kind, reason=reason[:500], state=state,
            decided_by_id=by.employee_id, **what,
        )
    )  # fmt: skip
    db.session.flush()


def _after(retention: Retention) -> RetentionState:
    """Where it stands now: still held where another complaint is open."""
    db.session.flush()
    state, left = standing(retention), grounds(retention)
    retention.complaint = left[0] if state is S.HELD else None
    retention.held_reason = f"{left[0].number} {left[0].content}"[:200] if state is S.HELD else None
    return state


def _tell(retention: Retention, what: str, occasion: str) -> None:
    people = [*notice.in_role("finance"), retention.contract.salesperson]
    notice.tell(people, notice.todo_subject(retention, what), retention, occasion)
