"""Who has to approve a contract, in which order, and the record of each decision.

Route: the sales manager always; finance for instalments; the general manager when a price lies under the floor,
the down payment is thin or the customer has overdue debt. Source: flows.md C1.1, roles.md.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from ... import clock
from ...actor import Actor
from ...audit import plain
from ...database import db
from ...enums import ApprovalResult, PayMode
from ...errors import MustBeOther, NotAllowed
from ...ledgers import receivable
from ...models import ApprovalRecord, MachineContract
from ...roles import ROLES

THIN_DOWN_PAYMENT = Decimal("0.15")


def route(contract: MachineContract) -> list[str]:
    """Role codes in the order in which they decide."""
    roles = ["sales_manager"]
    if contract.pay_mode is PayMode.INSTALMENT:
        roles.append("finance")
    if reasons_for_the_boss(contract):
        roles.append("gm")
    return roles


def reasons_for_the_boss(contract: MachineContract) -> list[str]:
    """Why the general manager has to look at it; empty when he need not."""
    reasons = []
    if any(line.unit_price < line.model.floor_price for line in contract.lines):
        reasons.append(gettext("A price is under the floor price"))
    thin = contract.down_amount < contract.machine_amount * THIN_DOWN_PAYMENT
    if contract.pay_mode is PayMode.INSTALMENT and thin:
        reasons.append(gettext("The down payment is under %(share)s %%", share=f"{THIN_DOWN_PAYMENT * 100:.0f}"))
    if receivable.overdue_amount(contract.customer_id, clock.today()) > 0:
        reasons.append(gettext("The customer has overdue debt"))
    return reasons


def start(contract: MachineContract) -> None:
    """A new round begins with the first role of the route."""
    contract.approval_round += 1
    contract.approval_route = ",".join(route(contract))
    contract.awaiting_role = contract.approval_route.split(",")[0]


def decide(contract: MachineContract, by: Actor, result: ApprovalResult, opinion: str | None) -> str | None:
    """Write the decision of the waiting role and give the role that is next, or None after the last.

    Raises: NotAllowed when another role has to decide; MustBeOther for the salesperson, the author, or
    somebody who already decided in this round.
    """
    role = contract.awaiting_role or ""
    if role not in by.roles and not by.is_system:
        raise NotAllowed(gettext("This document waits for %(role)s", role=str(ROLES[role].label)))
    earlier = db.session.scalars(
        sa.select(ApprovalRecord).where(
            ApprovalRecord.contract_id == contract.id, ApprovalRecord.round == contract.approval_round
        )
    ).all()
    insiders = {contract.salesperson_id, contract.created_by_id, *(r.employee_id for r in earlier)}
    if by.employee_id is not None and by.employee_id in insiders:
        raise MustBeOther(
            gettext("Who wrote, sold or already approved a contract cannot approve it; a colleague has to")
        )
    db.session.add(
        ApprovalRecord(
            contract_id=contract.id,
            round=contract.approval_round,
            step=len(earlier) + 1,
            role=role,
            employee_id=by.employee_id,
            result=result,
            opinion=opinion,
            content_hash=content_hash(contract),
        )
    )
    steps = (contract.approval_route or role).split(",")
    after = steps[steps.index(role) + 1 :]
    return after[0] if after and result is ApprovalResult.PASS else None


def has_decisions(contract: MachineContract) -> bool:
    """Whether somebody already decided in this round."""
    decided = sa.exists().where(
        ApprovalRecord.contract_id == contract.id, ApprovalRecord.round == contract.approval_round
    )
    return bool(db.session.scalar(sa.select(decided)))


def content_hash(contract: MachineContract) -> str:
    """SHA-256 over what was approved: customer, money, machines, fees, gifts."""
    skip = {"id", "version", "changed_at", "changed_by_id", "state", "pay_state", "awaiting_role", "received_amount",
            "outstanding_amount", "is_dispatched", "approval_round", "approval_route"}  # fmt: skip
    rows = [contract, *contract.lines, *contract.fees, *contract.gifts]
    content = [
        {c.key: plain(getattr(row, c.key)) for c in sa.inspect(type(row)).column_attrs if c.key not in skip}
        for row in rows
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
