"""合同变更的账: the debts, plan, retention and coupons of a contract brought in line with what it says now."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from ...database import db
from ...enums import (
    CONTRACT_RECEIVABLES,
    CouponSource,
    CouponState,
    ReceivableKind,
    ReceivableState,
    RetentionState,
)
from ...ledgers import coupon, coupon_life, prepaid, receivable, receivable_change
from ...models import ContractAmendment, Coupon, MachineContract, Receivable, Retention
from .. import machine
from ..credit import plan
from ..finance import released, retention
from . import agency, cancellation, contract_booking, trade_in
from .contract_booking import Debt, Key

ZERO = Decimal(0)


def follow(contract: MachineContract, paper: ContractAmendment) -> None:
    """Everything that hangs on the contract follows its new content.

    Posts:  debts adjusted, void, raised; payments that no longer fit to prepaid money; that money on what is due before
            dispatch; the plan replaced; the retention another sum; coupons void and issued; what is collected for
            others and the paper of the old machine.
    """
    _coupons(contract, paper)
    running = plan.in_force(contract)
    if running is not None:
        plan.replace(running)
    owed, freed = _debts(contract, paper)
    contract_booking.draw_up_plan(contract, owed, contract.revision + 1)
    agency.follow(contract, paper)
    trade_in.follow(contract)
    _retention(contract, owed.get((ReceivableKind.RETENTION, 0, 0)))
    db.session.flush()
    if freed:
        prepaid.put(contract.customer_id, freed, paper)
        released.pay(contract.customer, due_first(contract, freed), paper)
    contract_booking.recount(contract)


def fee_lines(contract: MachineContract) -> list[int]:
    """The lines of fees that ever made a debt."""
    return [key[1] for key in _known(contract) if key[0] is ReceivableKind.FEE]


def _known(contract: MachineContract) -> dict[Key, Receivable]:
    """Every debt the contract ever promised, void ones too, by what makes it the same."""
    found = db.session.scalars(
        sa.select(Receivable)
        .where(Receivable.contract_id == contract.id, Receivable.kind.in_(CONTRACT_RECEIVABLES))
        .order_by(Receivable.id)
        .execution_options(populate_existing=True)
    )
    return {(debt.kind, debt.source_line, debt.period): debt for debt in found}


def _debts(contract: MachineContract, paper: ContractAmendment) -> tuple[dict[Key, Receivable], Decimal]:
    """(debts by key, yuan that no longer fit on them)."""
    wanted, freed = {debt.key: debt for debt in contract_booking.debts(contract)}, ZERO
    known = _known(contract)
    for key, owed in known.items():
        keeps = wanted[key].amount if key in wanted else ZERO
        surplus = max(owed.settled_amount - keeps, ZERO)
        if surplus:
            released.release(owed, surplus, paper)
            freed += surplus
        if key not in wanted and owed.state is not ReceivableState.VOID:
            receivable.void(owed, paper)
    for key, debt in wanted.items():
        if key not in known:
            known[key] = contract_booking.raise_(contract, paper, debt)
        elif known[key].state is ReceivableState.VOID:
            receivable_change.revive(known[key], debt.amount, paper, **_changing(debt))
        elif _differs(known[key], debt):
            receivable_change.adjust(known[key], debt.amount, paper, **_changing(debt))
    return {key: known[key] for key in wanted}, freed


def _changing(debt: Debt) -> dict[str, object]:
    return {name: value for name, value in debt.details.items() if name not in ("source_line", "period")}


def _differs(owed: Receivable, debt: Debt) -> bool:
    told = {"amount": debt.amount, **_changing(debt)}
    return any(getattr(owed, name) != value for name, value in told.items())


def due_first(contract: MachineContract, money: Decimal) -> list[tuple[Receivable, Decimal]]:
    """What of the money goes on which debt that is due before dispatch, the oldest first."""
    pays, left = [], money
    due = [debt for debt in receivable.of_contract(contract) if debt.is_before_dispatch]
    for debt in sorted(due, key=lambda entry: (entry.due_on or date.max, entry.id)):
        part = min(left, debt.outstanding_amount)
        pays.append((debt, part))
        left -= part
    return pays


def _retention(contract: MachineContract, owed: Receivable | None) -> None:
    """One retention for life of a contract: another sum, or none, or agreed on again."""
    held = db.session.scalars(sa.select(Retention).where(Retention.contract_id == contract.id)).one_or_none()
    if owed is None:
        if held is not None and held.state is not RetentionState.CANCELLED:
            retention.drop(held)
        return
    if held is None:
        retention.agree(contract, owed)
        return
    if held.state is RetentionState.CANCELLED:
        retention.revive(held)
    held.amount = owed.amount


def _coupons(contract: MachineContract, paper: ContractAmendment) -> None:
    """Coupons that are no longer promised are void, new promises are coupons that wait for the machine."""
    promised = [(g.coupon_type, g.face_amount, g.valid_days) for g in contract.gifts if g.coupon_type is not None]
    wanted = Counter((type_.id, face, days) for type_, face, days in promised)
    for given in cancellation.coupons(contract):
        if given.state is not CouponState.PENDING:
            continue
        key = given.type_id, given.face_amount, given.valid_days
        if wanted[key]:
            wanted[key] -= 1
        else:
            coupon_life.void(machine.lock(Coupon, given.id), paper)
    for type_, face, days in promised:
        if wanted[type_.id, face, days]:
            wanted[type_.id, face, days] -= 1
            coupon.issue(contract, type_, face, days, CouponSource.MACHINE)
