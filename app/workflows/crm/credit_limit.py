"""授信额度: DRAFT → PENDING → APPROVED (in force) → EXPIRED, REVOKED or REPLACED by a newer one; REJECTED and back; CANCELLED.

A salesperson, clerk or manager asks; finance grants up to 50,000 yuan, the general manager whatever lies above; never
the one who asked. What is in force is one row, not a figure on the customer: it ends with its last day by itself.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import EDITABLE_LIMITS, CreditLimitState
from ...errors import MissingData, MustBeOther, WrongAmount
from ...models import CreditLimit, Customer
from ...numbering import next_number
from .. import approvals, checks
from ..machine import Workflow
from ..system import notice
from . import customer as customers

S = CreditLimitState
FINANCE_UP_TO = Decimal(50_000)
flow = Workflow(CreditLimit, editable=EDITABLE_LIMITS, header="customer")


def counting(day: date) -> tuple[Any, ...]:
    """Conditions of a limit that counts on a day, whether the night has been there or not."""
    return CreditLimit.state == S.APPROVED, CreditLimit.valid_until >= day


def in_force(customer_id: int) -> CreditLimit | None:
    """The limit that counts for a customer today."""
    query = sa.select(CreditLimit).where(CreditLimit.customer_id == customer_id, *counting(clock.today()))
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


@flow.before_save
def prepare(limit: CreditLimit) -> None:
    """A customer one does business with, a sum above zero, a last day to come, and why."""
    checks.strip_texts(limit)
    customer = limit.customer or db.session.get_one(Customer, limit.customer_id)
    customers.check_trading(customer)
    limit.department_id = customer.salesperson.department_id
    if (limit.amount or 0) <= 0:
        raise WrongAmount(gettext("Amounts are above zero"), field="amount")
    if limit.valid_until is None:
        raise MissingData(gettext("Please enter the last day of validity"), field="valid_until")
    if limit.valid_until < clock.today():
        raise WrongAmount(gettext("The last day of validity lies in the past"), field="valid_until")
    if not limit.reason:
        raise MissingData(gettext("Please enter the reason"), field="reason")
    limit.number = limit.number or next_number(db.session(), CreditLimit.prefix)


@flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(limit: CreditLimit, by: Actor) -> None:
    """提交: waits for finance, or for the general manager where the sum is large."""
    prepare(limit)
    roles = ("finance", "gm") if limit.amount <= FINANCE_UP_TO else ("gm",)
    approvers = [e for e in notice.in_role(*roles) if e.id != by.employee_id]
    notice.tell(approvers, notice.todo_subject(limit, gettext("waiting for your approval")), limit)


@flow.transition(S.PENDING, to=S.DRAFT, label=_("Take back"), icon="undo")
def withdraw(limit: CreditLimit, by: Actor) -> None:
    """撤回: back to the author, who may change it."""


@flow.transition(S.PENDING, to=S.APPROVED, label=_("Approve"), icon="stamp", tone="primary", not_by="submit")
def approve(limit: CreditLimit, by: Actor, *, opinion: str | None = None) -> None:
    """审核通过: counts from today; the one before it is history.

    Raises: MustBeOther for the one who asked, and for finance above its sum; MissingData, WrongAmount when the customer
    went out of business or the last day has passed meanwhile.
    """
    _check_hands(limit, by)
    prepare(limit)
    earlier = db.session.scalars(
        sa.select(CreditLimit).where(CreditLimit.customer_id == limit.customer_id, CreditLimit.state == S.APPROVED)
    ).one_or_none()
    if earlier is not None:
        replace(earlier)
    limit.valid_from = clock.today()
    _tell_asker(limit, gettext("granted until %(day)s", day=limit.valid_until.isoformat()))


@flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger", not_by="submit")
def reject(limit: CreditLimit, by: Actor, *, opinion: str) -> None:
    """驳回: back to the author with an opinion."""
    _check_hands(limit, by)
    _tell_asker(limit, gettext("rejected: %(opinion)s", opinion=opinion))


@flow.transition(S.APPROVED, to=S.REVOKED, label=_("Revoke the limit"), icon="ban", tone="danger")
def revoke(limit: CreditLimit, by: Actor, *, reason: str) -> None:
    """收回: from now on nothing more goes on account; what is owed already stays owed."""
    _tell_asker(limit, gettext("revoked: %(reason)s", reason=checks.reason(reason)))


@flow.transition(S.DRAFT, S.REJECTED, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(limit: CreditLimit, by: Actor, *, reason: str) -> None:
    """取消: nobody asks for it any more."""


@flow.transition(S.APPROVED, to=S.REPLACED, label=_("Replace"), is_public=False)
def replace(limit: CreditLimit, by: Actor) -> None:
    """A newer limit of the same customer counts; fired by its approval."""


@flow.transition(S.APPROVED, to=S.EXPIRED, label=_("Expire"), is_public=False)
def expire(limit: CreditLimit, by: Actor) -> None:
    """The last day has passed; fired by the nightly job."""
    _tell_asker(limit, gettext("expired on %(day)s; ask for a new one in time", day=limit.valid_until.isoformat()))


def _check_hands(limit: CreditLimit, by: Actor) -> None:
    """Somebody else than its author decides, and above the sum of finance the general manager."""
    approvals.other_hands(limit, by)
    if limit.amount > FINANCE_UP_TO and not by.is_system and "gm" not in by.roles:
        raise MustBeOther(
            gettext("Above %(sum)s yuan the general manager decides", sum=f"{FINANCE_UP_TO:,.2f}"), field="opinion"
        )


def _tell_asker(limit: CreditLimit, what: str) -> None:
    notice.tell([limit.created_by, limit.customer.salesperson], notice.todo_subject(limit, what), limit)
