"""退机单: a machine comes back after its dispatch (contract_paper.py has its verbs; 处置 is the machine's own verb).

What was paid for it is the customer's prepaid money; the depreciation comes off it, the rest goes back. The fees of the
contract stay owed: what they paid for was done. Source: dictionary B-14; docs/decisions/contracts.md.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import (
    CONTRACT_RECEIVABLES,
    EDITABLE_PAPERS,
    ContractState,
    CouponState,
    DispatchState,
    MeterSource,
    ReceivableKind,
    WarehouseKind,
)
from ...errors import WrongAmount, WrongState
from ...formulas.money import without_tax
from ...ledgers import coupon_life, receivable
from ...models import Coupon, MachineContract, MachineDispatch, MachineReturn, MachineUnit, Receivable, Warehouse
from .. import machine
from ..credit import plan
from ..finance import released, retention
from ..machine import Workflow
from . import cancellation, contract_booking, contract_paper, gift, meter
from . import contract as contracts
from . import dispatch as dispatches
from . import unit as units

flow = Workflow(MachineReturn, editable=EDITABLE_PAPERS, header="contract")
ZERO = Decimal(0)


@flow.before_save
def prepare(paper: MachineReturn) -> None:
    """Refund = paid − depreciation − what the customer leaves here; never below zero.

    The machine comes back at the value agreed on, else at what it cost less the depreciation without tax.
    """
    sent = paper.dispatch or db.session.get_one(MachineDispatch, paper.dispatch_id)
    paper.contract, paper.contract_id = sent.contract, sent.contract_id
    contract = contract_paper.prepare(paper)
    yard = paper.warehouse or db.session.get_one(Warehouse, paper.warehouse_id)
    if yard.kind is not WarehouseKind.MACHINE:
        raise WrongAmount(
            gettext("Machines stand in a machine yard; “%(name)s” is none", name=yard.name), field="warehouse"
        )
    paper.paid_amount = paid(contract)
    charged, kept = paper.depreciation_amount or ZERO, paper.kept_amount or ZERO
    left = max(paper.paid_amount - charged, ZERO)
    if kept > left:
        raise WrongAmount(
            gettext("Only %(left)s yuan are left after the depreciation", left=contract_paper.money(left)),
            field="kept_amount",
        )
    if charged > sent.contract_line.unit_price:
        raise WrongAmount(
            gettext("The depreciation is more than the machine was sold for"), field="depreciation_amount"
        )
    paper.refund_amount = left - kept
    lost = without_tax(charged, sent.contract_line.tax_rate)
    paper.cost_back = paper.agreed_cost if paper.agreed_cost is not None else max(sent.cost_amount - lost, ZERO)


def machine_debts(contract: MachineContract) -> list[Receivable]:
    """What the customer owes or owed for the machine itself; fees and penalties are not among it."""
    kinds = CONTRACT_RECEIVABLES - {ReceivableKind.FEE}
    return [debt for debt in receivable.of_contract(contract) if debt.kind in kinds]


def paid(contract: MachineContract) -> Decimal:
    """Yuan that came in for the machine."""
    return sum((debt.settled_amount for debt in machine_debts(contract)), ZERO)


def check(paper: MachineReturn) -> None:
    """Raises WrongState for a machine that is not out, for one of several, and once money moved since it was written."""
    sent, contract = paper.dispatch, paper.contract
    if sent.state is not DispatchState.DONE or contract.state is not ContractState.DISPATCHED:
        raise WrongState(
            gettext("%(number)s is “%(state)s” now", number=sent.number, state=str(sent.state)), "dispatch"
        )
    if len(contract.lines) > 1:
        raise WrongState(gettext("One of several machines of a contract cannot be returned by itself"), "dispatch")
    released.check(machine_debts(contract))
    if paper.paid_amount != paid(contract):
        raise WrongState(gettext("Money came in or went back since this was written; save it again"))


def carry_out(paper: MachineReturn, by: Actor) -> None:
    """The sale is undone as far as it can be.

    Posts:  unused coupons void; the machine in the yard, to be handled; debts for it void, what was paid to prepaid money;
            plan void, retention cancelled; the depreciation as a debt that prepaid money pays.
    """
    contract, sent = paper.contract, paper.dispatch
    for given in cancellation.coupons(contract):
        if given.state not in (CouponState.VOID, CouponState.USED):
            coupon_life.void(machine.lock(Coupon, given.id), paper)
    gift.take_back(sent, str(paper))
    unit = machine.lock(MachineUnit, sent.unit_id)
    if paper.hour_meter is not None:
        meter.read(unit, paper.hour_meter, clock.today(), MeterSource.RETURN, origin=paper)
    units.take_back(unit, yard=paper.warehouse, cost=paper.cost_back)
    dispatches.take_back(sent)
    contracts.undo(contract)
    running, held = plan.in_force(contract), retention.of_contract(contract)
    if running is not None:
        plan.void(running)
    if held is not None:
        retention.drop(held)
    freed = released.void_all(machine_debts(contract), paper)
    if paper.depreciation_amount:
        owed = receivable.raise_(
            paper, ReceivableKind.DEPRECIATION, paper.depreciation_amount, contract_id=contract.id, due_on=clock.today()
        )
        released.pay(paper.customer, [(owed, min(freed, paper.depreciation_amount))], paper)
    contract_booking.recount(contract)


life = contract_paper.life(flow, check, carry_out)
refund = contract_paper.refunds(flow)
