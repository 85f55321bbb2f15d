"""整机合同: DRAFT → PENDING → APPROVED → DISPATCHED_PART → DISPATCHED; REJECTED and back; CANCELLED; RETURNED.

Salespeople and clerks draft and submit; the roles of the approval rules decide in turn (approval.py); clerk or keeper
allocate and dispatch. After the approval other papers change it: amendment.py, cancellation.py, withdrawal.py,
machine_return.py.
Source: brief S2, S6, S15; flows.md C1.1–C1.3; docs/decisions/contracts.md.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...enums import (
    EDITABLE_CONTRACTS,
    ApprovalResult,
    ContractState,
    CustomerState,
    LinkSource,
    PayMode,
    Relation,
)
from ...errors import MissingData, WrongState
from ...models import ContractLine, MachineContract, MachineUnit
from .. import checks
from ..crm import archive, link
from ..crm import customer as customers
from ..machine import Workflow
from ..system import notice
from . import allocation, approval, contract_booking, contract_complete, contract_terms, trade_in
from . import dispatch as dispatches

S = ContractState
flow = Workflow(MachineContract, editable=EDITABLE_CONTRACTS, loose=EDITABLE_CONTRACTS | {S.PENDING, S.APPROVED})
flow.before_save(contract_terms.prepare)


@flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(contract: MachineContract, by: Actor) -> None:
    """提交: the contract waits for the first approver; its machines are held.

    Raises: MissingData, WrongAmount beside the field, or naming what the customer's archive lacks; UnitTaken naming who holds the machine.
    """
    contract_terms.prepare(contract)
    contract_complete.check(contract)
    archive.check(contract)
    trade_in.check(contract)
    allocation.hold_all(contract)
    approval.start(contract)


@flow.transition(S.PENDING, to=S.DRAFT, label=_("Take back"), icon="undo")
def withdraw(contract: MachineContract, by: Actor) -> None:
    """撤回: back to the author before anybody has decided; machines are free again."""
    if approval.has_decisions(contract):
        raise WrongState(gettext("The first approver has already decided; ask for a rejection instead"))
    allocation.let_go_all(contract)
    contract.awaiting_role = None


@flow.transition(
    S.PENDING,
    to=(S.PENDING, S.APPROVED, S.REJECTED),
    label=_("Approve"),
    icon="stamp",
    tone="primary",
    not_by="submit",
    setbacks={S.REJECTED: approval.CHANGED},
)
def approve(contract: MachineContract, by: Actor, *, opinion: str | None = None) -> ContractState:
    """审核通过: the waiting role agrees; after the last role everything the contract promises is booked.

    Posts:  receivables whose principal adds up to the total, instalment plan, retention, coupons waiting for
            activation, and the link of customer and contact.
    Gives:  REJECTED when the content is not what an earlier approver saw.
    Raises: NotAllowed when another role has to decide; MustBeOther for author, salesperson and earlier approvers.
    Source: flows.md C1.1, C1.3.
    """
    customers.check_trading(contract.customer)
    if approval.decide(contract, by, ApprovalResult.PASS, opinion) is ApprovalResult.REJECT:
        allocation.let_go_all(contract)
        return S.REJECTED
    if contract.awaiting_role is not None:
        return S.PENDING
    allocation.check_held(contract)
    contract.approved_on = clock.today()
    contract_booking.book(contract)
    customer = contract.customer
    if customer.state is CustomerState.DRAFT:
        customer.state = CustomerState.ACTIVE
    customer.first_deal_on = customer.first_deal_on or contract.signed_on
    if contract.contact is not None:
        link.join(customer, contract.contact, Relation.OTHER, LinkSource.CONTRACT, contract)
    contract_booking.recount(contract)
    notice.tell(
        [contract.salesperson, contract.created_by, *notice.in_role("clerk", "finance")],
        notice.todo_subject(contract, gettext("approved, waiting for the money and the dispatch")),
        contract,
        f"approved-{contract.approval_round}",
    )
    if contract.pay_mode is PayMode.INSTALMENT:
        notice.tell(
            notice.in_role("credit"), notice.todo_subject(contract, gettext("new instalment plan")), contract, "plan"
        )
    return S.APPROVED


@flow.transition(S.PENDING, to=S.REJECTED, label=_("Reject"), icon="times", tone="danger")
def reject(contract: MachineContract, by: Actor, *, opinion: str) -> None:
    """驳回: back to the author with an opinion; machines are free again."""
    if not (opinion or "").strip():
        raise MissingData(gettext("Please say why"), field="opinion")
    approval.decide(contract, by, ApprovalResult.REJECT, opinion)
    allocation.let_go_all(contract)


@flow.transition(S.DRAFT, S.REJECTED, to=S.CANCELLED, label=_("Void"), icon="ban", tone="danger")
def void(contract: MachineContract, by: Actor, *, reason: str) -> None:
    """作废: the contract comes to nothing; it keeps its number."""


@flow.transition(S.APPROVED, S.DISPATCHED_PART, to=None, label=_("Allocate machine"), icon="arrows-rotate")
def allocate(contract: MachineContract, by: Actor, *, line: ContractLine, unit: MachineUnit) -> None:
    """配车、换车: the line gets this machine; the one it had is free again.

    Raises: UnitTaken naming who holds the machine; WrongState for a line that is dispatched.
    Source: flows.md C1.1.
    """
    allocation.allocate(contract, line, unit)


@flow.transition(
    S.APPROVED, S.DISPATCHED_PART, to=None, label=_("Permit special dispatch"), icon="shield-halved", tone="danger"
)
def permit(contract: MachineContract, by: Actor, *, reason: str, until: date | None = None) -> None:
    """特批发车: the machine may leave although what is missing today is missing; never more than that.

    until:  承诺付款日, when the rest will be there; from then on it is overdue.
    Raises: WrongState when nothing is missing; MissingData, WrongAmount for the day.
    Source: flows.md C1.2.
    """
    dispatches.permit(contract, by, checks.reason(reason), until)


@flow.transition(
    S.APPROVED,
    S.DISPATCHED_PART,
    to=(S.DISPATCHED_PART, S.DISPATCHED),
    label=_("Dispatch"),
    icon="truck",
    tone="primary",
)
def dispatch(
    contract: MachineContract,
    by: Actor,
    *,
    line: ContractLine,
    receiver: str,
    receiver_phone: str | None = None,
    driver: str | None = None,
    plate: str | None = None,
    hour_meter: Decimal | None = None,
    is_checked: bool = False,
    check_note: str | None = None,
) -> ContractState:
    """出库发车: one machine leaves the yard; with the last one the sale is complete.

    Raises: NotPaidEnough with the missing yuan; MissingData without machine or delivery check.
    Source: brief S15; flows.md C1.2.
    """
    dispatches.send_out(
        contract,
        line,
        receiver=receiver,
        receiver_phone=receiver_phone,
        driver=driver,
        plate=plate,
        hour_meter=hour_meter,
        is_checked=is_checked,
        check_note=check_note,
    )
    return S.DISPATCHED if all(entry.is_dispatched for entry in contract.lines) else S.DISPATCHED_PART


@flow.transition(
    S.DISPATCHED_PART, S.DISPATCHED, to=(S.APPROVED, S.DISPATCHED_PART), label=_("Withdraw dispatch"), is_public=False
)
def undispatch(contract: MachineContract, by: Actor, *, line: ContractLine) -> ContractState:
    """A machine is back in the yard; fired by the withdrawal of its dispatch."""
    line.is_dispatched = False
    return S.DISPATCHED_PART if any(entry.is_dispatched for entry in contract.lines) else S.APPROVED


@flow.transition(S.APPROVED, to=S.CANCELLED, label=_("Cancel contract"), is_public=False)
def cancel(contract: MachineContract, by: Actor) -> None:
    """取消合同: its machines are free again; fired by the cancellation that was approved."""
    allocation.let_go_all(contract)


@flow.transition(
    S.DISPATCHED_PART,
    S.DISPATCHED,
    to=(S.DISPATCHED_PART, S.DISPATCHED, S.RETURNED),
    label=_("Return machine"),
    is_public=False,
)
def undo(contract: MachineContract, by: Actor, *, is_last: bool) -> ContractState:
    """退机: a machine is back; fired by the return that was approved. With the last one nothing is left of the contract."""
    return S.RETURNED if is_last else contract.state
