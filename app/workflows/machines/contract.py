"""整机合同: DRAFT → PENDING → APPROVED → DISPATCHED_PART → DISPATCHED; REJECTED and back; CANCELLED before approval.

Salespeople and clerks draft and submit; sales manager, finance and general manager decide in turn (approval.py);
clerk or keeper dispatch. Source: brief S2, S6, S15; flows.md C1.1–C1.3.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import (
    EDITABLE_CONTRACTS,
    ApprovalResult,
    ContractState,
    CouponSource,
    CustomerKind,
    CustomerState,
    DueRule,
    LinkSource,
    PayMode,
    PayState,
    ReceivableKind,
    Relation,
)
from ...errors import MissingData, WrongAmount, WrongState
from ...formulas.contract_terms import Terms, terms
from ...ledgers import coupon, receivable
from ...models import ContractFee, ContractLine, Customer, MachineContract
from ...numbering import next_number
from .. import checks
from ..credit import plan
from ..crm import customer as customers
from ..crm import link
from ..finance import retention
from ..machine import Workflow
from ..system import notice
from . import approval, unit
from . import dispatch as dispatches

S = ContractState
flow = Workflow(MachineContract, editable=EDITABLE_CONTRACTS)


def terms_of(contract: MachineContract) -> Terms:
    """What the contract adds up to as it stands."""
    return terms(
        [line.unit_price or Decimal(0) for line in contract.lines],
        [fee.amount or Decimal(0) for fee in contract.fees],
        is_instalment=contract.pay_mode is PayMode.INSTALMENT,
        deposit=contract.deposit_amount or Decimal(0),
        down=contract.down_amount or Decimal(0),
        down_share=contract.down_share,
        retention=contract.retention_amount or Decimal(0),
        retention_share=contract.retention_share,
    )


@flow.before_save
def prepare(contract: MachineContract) -> None:
    """Amounts follow from lines, fees and shares; number, salesperson and department come with the customer."""
    checks.strip_texts(contract)
    customer = contract.customer or db.session.get_one(Customer, contract.customer_id)
    customers.check_trading(customer)
    contract.salesperson_id = customer.salesperson_id
    contract.department_id = customer.salesperson.department_id
    for line in contract.lines:
        if (line.unit_price or 0) <= 0:
            raise WrongAmount(gettext("Every machine has a price above zero"), field="lines")
    for fee in contract.fees:
        if fee.due_rule is DueRule.ON_DATE and fee.due_on is None:
            raise MissingData(gettext("A fee that is due on a date needs the date"), field="fees")
    if contract.pay_mode is PayMode.INSTALMENT:
        if contract.repay_day is None and contract.first_due_on is not None:
            contract.repay_day = contract.first_due_on.day
        if contract.repay_day is not None and not 1 <= contract.repay_day <= 31:
            raise WrongAmount(gettext("The repayment day lies between 1 and 31"), field="repay_day")
    else:
        contract.periods, contract.down_share, contract.annual_rate = 0, None, Decimal(0)
        contract.first_due_on = contract.repay_day = None
    due = terms_of(contract)
    contract.machine_amount, contract.fee_amount, contract.total_amount = due.machine, due.fee, due.total
    contract.down_amount, contract.retention_amount, contract.finance_amount = due.down, due.retention, due.financed
    contract.number = contract.number or next_number(db.session(), MachineContract.prefix)


def check_complete(contract: MachineContract) -> None:
    """Everything a contract needs before anybody decides on it; raises the first thing that is missing."""
    due = terms_of(contract)
    customers.check_trading(contract.customer)
    if contract.contact_id is None:
        raise MissingData(gettext("Please choose the contact who negotiated"), field="contact")
    if not contract.lines:
        raise MissingData(gettext("A contract has at least one machine"), field="lines")
    if due.retention and contract.customer.kind is not CustomerKind.COMPANY:
        raise WrongAmount(gettext("Retention money is agreed with companies only"), field="retention_amount")
    if contract.pay_mode is PayMode.FULL:
        if due.balance < 0:
            raise WrongAmount(gettext("Deposit and retention are more than the machines cost"), field="deposit_amount")
        return
    if due.down < due.deposit:
        raise WrongAmount(gettext("The down payment includes the deposit and cannot be less"), field="down_amount")
    if not 1 <= contract.periods <= 60:
        raise WrongAmount(gettext("Instalments run over 1 to 60 periods"), field="periods")
    if due.financed < contract.periods:  # under a yuan a month the roundings are larger than the instalments
        raise WrongAmount(gettext("Nothing is left to be paid in instalments"), field="down_amount")
    if contract.first_due_on is None:
        raise MissingData(gettext("Please enter when the first instalment is due"), field="first_due_on")
    if contract.first_due_on < contract.signed_on:
        raise WrongAmount(gettext("The first instalment is due before the contract is signed"), field="first_due_on")


@flow.transition(S.DRAFT, S.REJECTED, to=S.PENDING, label=_("Submit"), icon="paper-plane", tone="primary")
def submit(contract: MachineContract, by: Actor) -> None:
    """提交: the contract waits for the first approver; its machines are held.

    Raises: MissingData, WrongAmount beside the field; UnitTaken naming who holds the machine.
    """
    prepare(contract)
    check_complete(contract)
    for line in _with_machines(contract):
        unit.hold(line)
    approval.start(contract)
    _call_next(contract)


@flow.transition(S.PENDING, to=S.DRAFT, label=_("Take back"), icon="undo")
def withdraw(contract: MachineContract, by: Actor) -> None:
    """撤回: back to the author before anybody has decided; machines are free again."""
    if approval.has_decisions(contract):
        raise WrongState(gettext("The first approver has already decided; ask for a rejection instead"))
    _let_go(contract)


@flow.transition(
    S.PENDING, to=(S.PENDING, S.APPROVED), label=_("Approve"), icon="stamp", tone="primary", not_by="submit"
)
def approve(contract: MachineContract, by: Actor, *, opinion: str | None = None) -> ContractState:
    """审核通过: the waiting role agrees; after the last role everything the contract promises is booked.

    Posts:  receivables whose principal adds up to the total, instalment plan, retention, coupons waiting for
            activation, and the link of customer and contact.
    Raises: NotAllowed when another role has to decide; MustBeOther for author, salesperson and earlier approvers.
    Source: flows.md C1.1, C1.3.
    """
    contract.awaiting_role = approval.decide(contract, by, ApprovalResult.PASS, opinion)
    if contract.awaiting_role is not None:
        _call_next(contract)
        return S.PENDING
    _check_held(contract)
    _book(contract)
    customer = contract.customer
    if customer.state is CustomerState.DRAFT:
        customer.state = CustomerState.ACTIVE
    customer.first_deal_on = customer.first_deal_on or contract.signed_on
    if contract.contact is not None:
        link.join(customer, contract.contact, Relation.OTHER, LinkSource.CONTRACT, contract)
    recount(contract)
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
    _let_go(contract)
    notice.tell(
        [contract.salesperson, contract.created_by],
        notice.todo_subject(contract, gettext("rejected: %(opinion)s", opinion=opinion)),
        contract,
        f"rejected-{contract.approval_round}",
    )


@flow.transition(S.DRAFT, S.REJECTED, to=S.CANCELLED, label=_("Void"), icon="ban", tone="danger")
def void(contract: MachineContract, by: Actor, *, reason: str) -> None:
    """作废: the contract comes to nothing; it keeps its number."""


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
    hour_meter: Decimal = Decimal(0),
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


def recount(contract: MachineContract) -> None:
    """Money status and totals, from the receivables and nothing else."""
    sums = receivable.of_contract(contract)
    contract.received_amount = sum((r.settled_amount for r in sums), Decimal(0))
    contract.outstanding_amount = receivable.outstanding(sums)
    if sums and contract.outstanding_amount == 0:
        contract.pay_state = PayState.SETTLED
    else:
        contract.pay_state = PayState.PARTIAL if contract.received_amount else PayState.UNPAID


def _call_next(contract: MachineContract) -> None:
    """Tell everybody in the waiting role."""
    notice.tell(
        notice.in_role(contract.awaiting_role or ""),
        notice.todo_subject(contract, gettext("waiting for your approval")),
        contract,
        f"await-{contract.approval_round}-{contract.awaiting_role}",
    )


def _with_machines(contract: MachineContract) -> list[ContractLine]:
    """Lines with a machine, in the order in which machines are locked."""
    return sorted((line for line in contract.lines if line.unit_id), key=lambda line: line.unit_id or 0)


def _let_go(contract: MachineContract) -> None:
    for line in _with_machines(contract):
        unit.let_go(line)
    contract.awaiting_role = None


def _check_held(contract: MachineContract) -> None:
    for line in contract.lines:
        if line.unit is not None and line.unit.reserved_line_id != line.id:
            raise WrongState(gettext("Machine %(unit)s is no longer held for this contract", unit=str(line.unit)))


def _book(contract: MachineContract) -> None:
    """Receivables, plan, retention and coupons of an approved contract, and the proof that they add up."""
    due, K = terms_of(contract), ReceivableKind
    raised = []

    def owe(kind: ReceivableKind, amount: Decimal, **details: object) -> None:
        if amount > 0:
            raised.append(receivable.raise_(contract, kind, amount, contract_id=contract.id, **details))

    before = {"due_on": contract.signed_on, "is_before_dispatch": True}
    owe(K.DEPOSIT, due.deposit, **before)
    owe(K.DOWN, due.down - due.deposit if due.down else Decimal(0), **before)
    owe(K.BALANCE, due.balance, **before)
    for fee in contract.fees:
        owe(K.FEE, fee.amount, source_line=fee.line_number, fee_kind=fee.kind, **_fee_due(contract, fee))
    if contract.pay_mode is PayMode.INSTALMENT:
        raised += plan.draw_up(contract, due.financed)
    if due.retention > 0:
        raised.append(retention.agree(contract, due.retention))
    if sum((r.principal_amount for r in raised), Decimal(0)) != due.total:
        raise RuntimeError(f"{contract.number}: principal does not add up to {due.total}")
    for gift in contract.gifts:
        coupon.issue(contract, gift.coupon_type, gift.face_amount, gift.valid_days, CouponSource.MACHINE)


def _fee_due(contract: MachineContract, fee: ContractFee) -> dict[str, object]:
    if fee.due_rule is DueRule.BEFORE_DISPATCH:
        return {"due_on": contract.signed_on, "is_before_dispatch": True}
    return {"due_on": fee.due_on}
