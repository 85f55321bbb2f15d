"""退其中一台的账: what of a contract belongs to one of its machines, by its price among the machines that have not come back.

Debts keep what was paid on them as far as it still fits, as in an amendment; what is too much pays what is due before dispatch,
the oldest first, and the rest is what the customer gets back. The last machine takes everything that is left.
Source: dictionary B-14; docs/decisions/contracts.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from ...database import db
from ...enums import (
    CONTRACT_RECEIVABLES,
    KEPT_BACK,
    SPENT_COUPONS,
    DecisionState,
    DispatchState,
    ReceivableKind,
    ReceivableState,
    RetentionState,
)
from ...errors import WrongState
from ...formulas.money import cents, spread
from ...ledgers import coupon_life, prepaid, receivable, receivable_change
from ...models import ContractLine, Coupon, MachineContract, MachineDispatch, MachineReturn, Receivable
from .. import machine
from ..credit import plan
from ..finance import released, retention
from . import amendment_money, cancellation

ZERO = Decimal(0)


@dataclass(frozen=True)
class Part:
    """What of a debt belongs to the machine, yuan; freed: what was paid on it and no longer fits."""

    debt: Receivable
    amount: Decimal
    interest_amount: Decimal
    freed: Decimal

    @property
    def left(self) -> Decimal:
        """What the debt is without the machine."""
        return self.debt.amount - self.amount


def others(line: ContractLine) -> list[ContractLine]:
    """The machines of the contract beside this one that have not come back; they may still stand here."""
    back = set(
        db.session.scalars(
            sa.select(MachineDispatch.contract_line_id).where(
                MachineDispatch.contract_id == line.contract_id, MachineDispatch.state == DispatchState.RETURNED
            )
        )
    )
    return [entry for entry in line.contract.lines if entry.id != line.id and entry.id not in back]


def machine_debts(contract: MachineContract) -> list[Receivable]:
    """What the customer owes or owed for the machines themselves; fees and penalties are not among it."""
    kinds = CONTRACT_RECEIVABLES - {ReceivableKind.FEE}
    return [debt for debt in receivable.of_contract(contract) if debt.kind in kinds]


def parts(line: ContractLine) -> list[Part]:
    """The machine's part of every debt; together exactly its price where nothing bears interest."""
    debts, beside = machine_debts(line.contract), others(line)
    if not beside:
        return [Part(debt, debt.amount, debt.interest_amount, debt.settled_amount) for debt in debts]
    weight = line.unit_price / (line.unit_price + sum((entry.unit_price for entry in beside), ZERO))
    amounts = spread(cents(sum((d.amount for d in debts), ZERO) * weight), [d.amount for d in debts])
    return [
        Part(
            debt, amount, cents(debt.interest_amount * weight), max(debt.settled_amount - (debt.amount - amount), ZERO)
        )
        for debt, amount in zip(debts, amounts, strict=True)
    ]


def paid(line: ContractLine) -> Decimal:
    """Yuan that came in for the machine: what is too much without it, less what is due before dispatch and still open."""
    found = parts(line)
    freed = sum((part.freed for part in found), ZERO)
    if not others(line):
        return freed
    left = {part.debt.id: part.left - (part.debt.settled_amount - part.freed) for part in found}
    due = [debt for debt in receivable.of_contract(line.contract) if debt.is_before_dispatch]
    return max(freed - sum((left.get(debt.id, debt.outstanding_amount) for debt in due), ZERO), ZERO)


def check(line: ContractLine) -> None:
    """Raises WrongState where nobody can tell what belongs to one of several machines."""
    if not others(line):
        return
    contract = line.contract
    if plan.in_force(contract) is not None:
        raise WrongState(
            gettext(
                "%(number)s is paid by an instalment plan over all its machines; one of them cannot be returned by itself",
                number=contract.number,
            ),
            "dispatch",
        )
    if contract.trade_in_amount:
        raise WrongState(
            gettext(
                "An old machine was given in payment for all machines of %(number)s; one of them cannot be returned by itself",
                number=contract.number,
            ),
            "dispatch",
        )
    held = retention.of_contract(contract)
    if held is None:
        return
    if held.state is RetentionState.HELD or any(d.state is DecisionState.PROPOSED for d in held.decisions):
        raise WrongState(
            gettext("Retention %(number)s is held because of a complaint; settle that first", number=held.number),
            "dispatch",
        )
    if held.deducted_amount:
        raise WrongState(
            gettext(
                "Part of retention %(number)s was deducted; whose machine that was nobody can tell", number=held.number
            ),
            "dispatch",
        )


def give_up(line: ContractLine, paper: MachineReturn) -> Decimal:
    """The contract goes on without the machine. Gives the yuan that are the customer's prepaid money now.

    Posts:  debts less by the machine's share; what no longer fits on them to prepaid money, which pays what is due before
            dispatch; the retention another sum.
    """
    contract = line.contract
    freed = ZERO
    for part in parts(line):
        if part.freed:
            released.release(part.debt, part.freed, paper)
            freed += part.freed
        if part.left <= 0:
            receivable.void(part.debt, paper)
        elif part.amount:
            interest = part.debt.interest_amount - part.interest_amount
            receivable_change.adjust(part.debt, part.left, paper, interest_amount=interest)
    held = retention.of_contract(contract)
    if held is not None:
        held.amount = held.receivable.amount
        if held.state in KEPT_BACK and held.receivable.state is ReceivableState.PAID:
            retention.collect(held)
    if not freed:
        return ZERO
    prepaid.put(contract.customer_id, freed, paper)
    pays = amendment_money.due_first(contract, freed)
    released.pay(contract.customer, pays, paper)
    return freed - sum((amount for _debt, amount in pays), ZERO)


def take_coupons(line: ContractLine, paper: MachineReturn) -> None:
    """The machine's share of the face value of every coupon goes, by its price among all machines that were bought, as far
    as it is not used."""
    contract = line.contract
    weight = line.unit_price / sum((entry.unit_price for entry in contract.lines), ZERO)
    for given in cancellation.coupons(contract):
        if given.state in SPENT_COUPONS:
            continue
        fresh = machine.lock(Coupon, given.id)
        coupon_life.lessen(fresh, min(cents(fresh.face_amount * weight), fresh.balance), paper)
