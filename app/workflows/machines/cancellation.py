"""合同取消单: an approved contract comes to nothing before any machine left (contract_paper.py has its verbs).

Machines are free, debts void, what was paid is the customer's prepaid money; the deposit goes back or is forfeited, in
whole or in part. Source: flows.md C1.1; docs/decisions/contracts.md.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import EDITABLE_PAPERS, ContractState, CouponState, ReceivableKind
from ...errors import WrongAmount, WrongState
from ...ledgers import coupon_life, receivable
from ...models import ContractCancellation, Coupon, CustomerContact, MachineContract
from .. import machine
from ..credit import plan
from ..finance import released, retention
from ..machine import Workflow
from . import agency, contract_booking, contract_paper, trade_in
from . import contract as contracts

flow = Workflow(ContractCancellation, editable=EDITABLE_PAPERS, header="contract")
ZERO = Decimal(0)


@flow.before_save
def prepare(paper: ContractCancellation) -> None:
    """What is paid, what of it is deposit; what is neither forfeited nor left as prepaid money is refunded."""
    contract = contract_paper.prepare(paper)
    paper.paid_amount, paper.deposit_amount = paid(contract)
    forfeit, kept = paper.forfeit_amount or ZERO, paper.kept_amount or ZERO
    if forfeit > paper.deposit_amount:
        raise WrongAmount(
            gettext("Only %(paid)s yuan of deposit are paid", paid=contract_paper.money(paper.deposit_amount)),
            field="forfeit_amount",
        )
    paper.refund_amount = paper.paid_amount - forfeit - kept
    if paper.refund_amount < 0:
        raise WrongAmount(
            gettext("Only %(paid)s yuan are paid on the contract", paid=contract_paper.money(paper.paid_amount)),
            field="kept_amount",
        )


def paid(contract: MachineContract) -> tuple[Decimal, Decimal]:
    """(all, of it deposit) that is paid on the contract."""
    debts = receivable.of_contract(contract)
    deposit = sum((d.settled_amount for d in debts if d.kind is ReceivableKind.DEPOSIT), ZERO)
    return sum((d.settled_amount for d in debts), ZERO), deposit


def check(paper: ContractCancellation) -> None:
    """Raises WrongState once a machine has left, a coupon was used, or money moved since it was written."""
    contract = paper.contract
    if contract.state is not ContractState.APPROVED:
        raise WrongState(gettext("Only an approved contract whose machines all stand here is cancelled"), "contract")
    for given in coupons(contract):
        if given.state is not CouponState.VOID and (
            given.state is not CouponState.PENDING or given.balance != given.face_amount
        ):
            raise WrongState(gettext("Coupon %(number)s of this contract has been used", number=given.number))
    released.check(receivable.of_contract(contract))
    if (paper.paid_amount, paper.deposit_amount) != paid(contract):
        raise WrongState(gettext("Money came in or went back since this was written; save it again"))


def coupons(contract: MachineContract) -> list[Coupon]:
    """The coupons that were given with a contract, in the order in which they are locked."""
    return list(db.session.scalars(sa.select(Coupon).where(Coupon.contract_id == contract.id).order_by(Coupon.id)))


def carry_out(paper: ContractCancellation, by: Actor) -> None:
    """Everything the approval booked is taken back.

    Posts:  coupons void; machines free; debts void, what was paid to prepaid money; plan void, retention cancelled; the
            forfeited deposit as a receivable that prepaid money pays.
    """
    contract = paper.contract
    for given in coupons(contract):
        if given.state is CouponState.PENDING:
            coupon_life.void(machine.lock(Coupon, given.id), paper)
    contracts.cancel(contract)
    running, held = plan.in_force(contract), retention.of_contract(contract)
    if running is not None:
        plan.void(running)
    if held is not None:
        retention.drop(held)
    released.void_all(receivable.of_contract(contract), paper)
    agency.drop(contract, paper)
    trade_in.let_go(contract)
    _forfeit(paper)
    mine = sa.select(CustomerContact).where(CustomerContact.contract_id == contract.id)
    for link in db.session.scalars(mine):
        link.is_contract_cancelled = True
    contract_booking.recount(contract)


def _forfeit(paper: ContractCancellation) -> None:
    """没收定金: the customer owes it as income of ours and pays it out of his prepaid money at once."""
    if not paper.forfeit_amount:
        return
    owed = receivable.raise_(
        paper, ReceivableKind.FORFEIT, paper.forfeit_amount, contract_id=paper.contract_id, due_on=clock.today()
    )
    released.pay(paper.customer, [(owed, paper.forfeit_amount)], paper)


life = contract_paper.life(flow, check, carry_out)
money_back = contract_paper.refunds(flow)
