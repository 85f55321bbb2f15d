"""三包索赔: DRAFT → SUBMITTED → GRANTED (all or part, owed by the manufacturer) → DONE; REFUSED; CANCELLED while a draft.

Claimed are the parts under warranty at what they cost, labour and travel. What the manufacturer grants is a receivable
whose payer he is; finance takes it in on a receipt or off what we owe him. What he does not grant is 三包损失.
Written by the clerk or the service manager, who sends it; the answer and its money are in `claim_answer`. Source: flows.md C4.4.
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
    REVIEWED_ORDERS,
    SENT_CLAIMS,
    STANDING_CLAIMS,
    ChargeKind,
    ClaimState,
    OldPartState,
    UsedPartState,
)
from ...errors import AlreadyThere, MissingData, WrongAmount, WrongState
from ...models import (
    ClaimLine,
    MachineInbound,
    MachineUnit,
    Supplier,
    WarrantyClaim,
    WorkOrder,
    WorkOrderPart,
)
from ...numbering import next_number
from .. import checks, machine
from ..machine import Workflow
from . import old_part

S = ClaimState
flow = Workflow(WarrantyClaim, editable=frozenset({S.DRAFT}))
ZERO = Decimal(0)


@flow.before_save
def prepare(claim: WarrantyClaim) -> None:
    """Only reviewed orders; without lines all parts under warranty are claimed, at what they cost us."""
    checks.strip_texts(claim)
    order = claim.work_order or db.session.get_one(WorkOrder, claim.work_order_id)
    if order.state not in REVIEWED_ORDERS:
        raise WrongState(
            gettext("%(order)s is “%(state)s”: review it first", order=order.number, state=str(order.state)),
            field="work_order",
        )
    claim.customer_id, claim.department_id = order.customer_id, order.department_id
    claim.unit_id, claim.model_id = order.unit_id, order.unit.model_id if order.unit else None
    if not (claim.supplier or claim.supplier_id):
        claim.supplier = _manufacturer(order.unit)
    _take_lines(claim, under_warranty(order))
    claim.parts_amount = sum((line.amount or ZERO for line in claim.lines), ZERO)
    claim.labour_amount, claim.travel_amount = claim.labour_amount or ZERO, claim.travel_amount or ZERO
    for name in ("labour_amount", "travel_amount"):
        if getattr(claim, name) < 0:
            raise WrongAmount(gettext("An amount cannot be less than zero"), field=name)
    claim.claim_amount = claim.parts_amount + claim.labour_amount + claim.travel_amount
    if not claim.claim_amount:
        raise MissingData(gettext("There is nothing to claim: no part, no labour, no travel"), field="labour_amount")
    claim.number = claim.number or next_number(db.session(), WarrantyClaim.prefix)


def _take_lines(claim: WarrantyClaim, due: list[WorkOrderPart]) -> None:
    """Every line names a part under warranty that no other claim stands for; without an amount it is what it cost."""
    if not claim.lines:
        claim.lines = [
            ClaimLine(line_number=n, used=used)
            for n, used in enumerate((u for u in due if _claimed(u, claim) is None), 1)
        ]
    for line in claim.lines:
        used = line.used or db.session.get_one(WorkOrderPart, line.used_id)
        if used not in due:
            raise WrongAmount(gettext("%(part)s was not used under warranty here", part=str(used.part)), field="lines")
        if (other := _claimed(used, claim)) is not None:
            raise AlreadyThere(
                gettext("%(part)s is claimed with %(number)s already", part=str(used.part), number=other), field="lines"
            )
        line.amount = used.cost_amount if line.amount is None else line.amount
        if line.amount < 0:
            raise WrongAmount(gettext("An amount cannot be less than zero"), field="lines")


def _manufacturer(unit: MachineUnit | None) -> Supplier:
    """Who delivered the machine. Raises MissingData when the books do not know."""
    bought = sa.select(Supplier).join(MachineInbound, MachineInbound.supplier_id == Supplier.id)
    found = db.session.scalars(bought.where(MachineInbound.unit_id == unit.id)).first() if unit else None
    if found is None:
        raise MissingData(gettext("Please choose the manufacturer"), field="supplier")
    return found


def under_warranty(order: WorkOrder) -> list[WorkOrderPart]:
    """The parts of an order that the manufacturer is asked to pay."""
    return [
        line for line in order.parts if line.state is UsedPartState.CONSUMED and line.charge_kind is ChargeKind.WARRANTY
    ]


def _claimed(used: WorkOrderPart, but: WarrantyClaim) -> str | None:
    """The number of another claim that stands for this part."""
    return db.session.scalar(
        sa.select(WarrantyClaim.number)
        .join(ClaimLine, ClaimLine.claim_id == WarrantyClaim.id)
        .where(
            ClaimLine.used_id == used.id,
            WarrantyClaim.id != (but.id or 0),
            WarrantyClaim.state.in_(STANDING_CLAIMS),
        )
        .limit(1)
    )


@flow.transition(S.DRAFT, to=S.SUBMITTED, label=_("Send the claim"), icon="paper-plane", tone="primary")
def submit(claim: WarrantyClaim, by: Actor, *, outside_number: str | None = None) -> None:
    """提报: sent to the manufacturer. Raises WrongState while an old part that he wants is not in the store."""
    order = machine.lock(WorkOrder, claim.work_order_id)  # one claim of an order goes out at a time
    prepare(claim)
    if claim.wants_old_parts:
        used = {line.used_id for line in claim.lines}
        away = [row for row in old_part.of(order) if row.used_id in used and row.state is OldPartState.OWED]
        if away:
            raise WrongState(
                gettext(
                    "Old parts are not handed in yet: %(parts)s",
                    parts="、".join(f"{row.part}（{row.technician}）" for row in away),
                )
            )
    claim.outside_number = (outside_number or "").strip()[:40] or claim.outside_number
    claim.submitted_on = clock.today()


@flow.transition(S.SUBMITTED, to=S.DRAFT, label=_("Withdraw"), icon="rotate-left")
def withdraw(claim: WarrantyClaim, by: Actor) -> None:
    """撤回: something is to be corrected before the manufacturer answers."""
    claim.submitted_on = None


@flow.transition(S.DRAFT, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(claim: WarrantyClaim, by: Actor, *, reason: str) -> None:
    """取消: not claimed after all."""


def refuse_if_sent(order: WorkOrder) -> None:
    """What the manufacturer was told stays as it is. Raises WrongState while a claim of the order is with him."""
    sent = sa.select(WarrantyClaim.number).where(
        WarrantyClaim.work_order_id == order.id, WarrantyClaim.state.in_(SENT_CLAIMS)
    )
    number = db.session.scalar(sent.limit(1))
    if number is not None:
        raise WrongState(gettext("Claim %(number)s is with the manufacturer; withdraw it first", number=number))
