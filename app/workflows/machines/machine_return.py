"""退机单: a machine comes back after its dispatch (contract_paper.py has its verbs; 处置 is the machine's own verb).

What was paid for it is the customer's prepaid money; the depreciation comes off it, the rest goes back. The fees of the
contract stay owed: what they paid for was done. Of several machines each takes its share along (machine_share.py).
Source: dictionary B-14; docs/decisions/contracts.md.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import (
    EDITABLE_PAPERS,
    SPENT_COUPONS,
    ContractState,
    DispatchState,
    MeterSource,
    ReceivableKind,
)
from ...errors import WrongAmount, WrongState
from ...formulas.money import without_tax
from ...ledgers import coupon_life, receivable
from ...models import Coupon, MachineDispatch, MachineReturn, MachineUnit, Warehouse
from .. import machine
from ..credit import plan
from ..finance import released, retention
from ..machine import Workflow
from . import cancellation, contract_booking, contract_paper, gift, machine_share, meter, trade_in
from . import contract as contracts
from . import dispatch as dispatches
from . import unit as units
from . import yard as yards

flow = Workflow(MachineReturn, editable=EDITABLE_PAPERS, header="contract")
GONE_CONTRACTS = frozenset({ContractState.DISPATCHED_PART, ContractState.DISPATCHED})
ZERO = Decimal(0)


@flow.before_save
def prepare(paper: MachineReturn) -> None:
    """Refund = paid − depreciation − what the customer leaves here; never below zero.

    The machine comes back at the value agreed on, else at what it cost less the depreciation without tax.
    """
    sent = paper.dispatch or db.session.get_one(MachineDispatch, paper.dispatch_id)
    paper.contract, paper.contract_id = sent.contract, sent.contract_id
    contract_paper.prepare(paper)
    yard = paper.warehouse or db.session.get_one(Warehouse, paper.warehouse_id)
    yards.check(yard)
    if paper.hour_meter is not None:
        meter.check(sent.unit, paper.hour_meter, clock.today())
    paper.paid_amount = machine_share.paid(sent.contract_line)
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


def check(paper: MachineReturn) -> None:
    """Raises WrongState for a machine that is not out, for one of several that cannot be told from the others, and once
    money moved since it was written."""
    sent, contract = paper.dispatch, paper.contract
    if sent.state is not DispatchState.DONE or contract.state not in GONE_CONTRACTS:
        raise WrongState(
            gettext("%(number)s is “%(state)s” now", number=sent.number, state=str(sent.state)), "dispatch"
        )
    machine_share.check(sent.contract_line)
    released.check(machine_share.machine_debts(contract))
    if paper.paid_amount != machine_share.paid(sent.contract_line):
        raise WrongState(gettext("Money came in or went back since this was written; save it again"))


def carry_out(paper: MachineReturn, by: Actor) -> None:
    """The sale is undone as far as it can be.

    Posts:  the machine in the yard, to be handled; its share of the contract given up, all of it with the last machine; the
            depreciation as a debt that prepaid money pays.
    """
    contract, sent = paper.contract, paper.dispatch
    line, is_last = sent.contract_line, not machine_share.others(sent.contract_line)
    if is_last:
        _void_coupons(paper)
    else:
        machine_share.take_coupons(line, paper)
    gift.take_back(sent, str(paper))
    unit = machine.lock(MachineUnit, sent.unit_id)
    if paper.hour_meter is not None:
        meter.read(unit, paper.hour_meter, clock.today(), MeterSource.RETURN, origin=paper)
    units.take_back(unit, yard=paper.warehouse, cost=paper.cost_back)
    dispatches.take_back(sent)
    contracts.undo(contract, is_last=is_last)
    freed = _give_up_all(paper) if is_last else machine_share.give_up(line, paper)
    if paper.depreciation_amount:
        owed = receivable.raise_(
            paper, ReceivableKind.DEPRECIATION, paper.depreciation_amount, contract_id=contract.id, due_on=clock.today(),
            source_line=line.line_number,
        )  # fmt: skip
        released.pay(paper.customer, [(owed, min(freed, paper.depreciation_amount))], paper)
    contract_booking.recount(contract)


def _void_coupons(paper: MachineReturn) -> None:
    """What is left on the coupons of the contract is gone."""
    for given in cancellation.coupons(paper.contract):
        if given.state not in SPENT_COUPONS:
            coupon_life.void(machine.lock(Coupon, given.id), paper)


def _give_up_all(paper: MachineReturn) -> Decimal:
    """The last machine is back. Gives the yuan that are the customer's prepaid money now.

    Posts:  debts for machines void, what was paid to prepaid money; plan void, retention cancelled; an old machine that has
            not come in is not awaited any more.
    """
    contract = paper.contract
    running, held = plan.in_force(contract), retention.of_contract(contract)
    if running is not None:
        plan.void(running)
    if held is not None:
        retention.drop(held)
    trade_in.let_go(contract)
    return released.void_all(machine_share.machine_debts(contract), paper)


life = contract_paper.life(flow, check, carry_out)
money_back = contract_paper.refunds(flow)
