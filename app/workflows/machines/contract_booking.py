"""整机合同的账: what a contract makes the customer owe, one debt per promise, and what it is worth when debts are paid.

`debts` lists what has to be owed; booking an approved contract raises all of it. Identity: Σ principal = machines + fees.
Source: flows.md C1.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ...enums import (
    FINANCED,
    CouponSource,
    DueRule,
    FeeKind,
    PayMode,
    PayState,
    PlanPayee,
    ReceivableKind,
)
from ...ledgers import coupon, receivable
from ...models import ContractFee, Document, MachineContract, Receivable
from ..credit import plan
from ..finance import retention
from . import agency, trade_in
from .contract_terms import terms_of

ZERO = Decimal(0)
Key = tuple[ReceivableKind, int, int]


@dataclass(frozen=True)
class Debt:
    """One sum that a contract makes its customer owe."""

    kind: ReceivableKind
    amount: Decimal
    due_on: date | None = None
    interest_amount: Decimal = ZERO
    is_before_dispatch: bool = False
    source_line: int = 0
    period: int = 0
    fee_kind: FeeKind | None = None
    payer_id: int | None = None

    @property
    def key(self) -> Key:
        """What makes it the same debt after an amendment."""
        return self.kind, self.source_line, self.period

    @property
    def details(self) -> dict[str, Any]:
        """What a receivable is told besides kind and amount."""
        return {name: value for name, value in vars(self).items() if name not in ("kind", "amount")}


def debts(contract: MachineContract) -> list[Debt]:
    """What the contract makes its customer owe, in the order in which it is raised; Σ principal is the total."""
    due, K = terms_of(contract), ReceivableKind
    first = {"is_before_dispatch": True}
    wanted = [
        Debt(K.DEPOSIT, due.deposit, **first),  # type: ignore[arg-type]
        Debt(K.BALANCE if contract.pay_mode is PayMode.FULL else K.DOWN, due.rest, **first),  # type: ignore[arg-type]
        Debt(K.TRADE_IN, due.trade_in, is_before_dispatch=True),
        *(_fee(contract, fee) for fee in contract.fees),
    ]
    if contract.pay_mode is PayMode.INSTALMENT:
        wanted += [
            Debt(K.INSTALMENT, row.total, row.due_on, row.interest, period=row.period)
            for row in plan.schedule(contract, due.financed)
        ]
    if contract.pay_mode in FINANCED:
        wanted.append(
            Debt(
                K.FINANCE,
                due.financed,
                contract.payout_on,
                is_before_dispatch=contract.is_paid_out_first,
                payer_id=contract.financier_id,
            )
        )
    wanted.append(Debt(K.RETENTION, due.retention))
    wanted = [debt for debt in wanted if debt.amount > 0]
    if sum((debt.amount - debt.interest_amount for debt in wanted), ZERO) != due.total:
        raise RuntimeError(f"{contract.number}: principal does not add up to {due.total}")
    return wanted


def _fee(contract: MachineContract, fee: ContractFee) -> Debt:
    is_first = fee.due_rule is DueRule.BEFORE_DISPATCH
    return Debt(
        ReceivableKind.FEE,
        fee.amount,
        None if is_first else fee.due_on,
        is_before_dispatch=is_first,
        source_line=fee.line_number,
        fee_kind=fee.kind,
    )


def book(contract: MachineContract) -> None:
    """Receivables, plan, retention, coupons, what is collected for others and the old machine of an approved contract."""
    raised: dict[Key, Receivable] = {}
    for debt in debts(contract):
        raised[debt.key] = raise_(contract, contract, debt)
    draw_up_plan(contract, raised, 1)
    agency.follow(contract, contract)
    trade_in.follow(contract)
    held = raised.get((ReceivableKind.RETENTION, 0, 0))
    if held is not None:
        retention.agree(contract, held)
    for gift in contract.gifts:
        if gift.coupon_type is not None:
            coupon.issue(contract, gift.coupon_type, gift.face_amount, gift.valid_days, CouponSource.MACHINE)


def draw_up_plan(contract: MachineContract, raised: dict[Key, Receivable], revision: int) -> None:
    """The plan of whoever gives credit: the dealer's over his receivables, the financier's to be watched only."""
    if contract.pay_mode is PayMode.FULL:
        return
    payee = PlanPayee.FINANCIER if contract.pay_mode in FINANCED else PlanPayee.DEALER
    plan.draw_up(contract, terms_of(contract).financed, payee, instalments(raised), revision)


def raise_(contract: MachineContract, origin: Document, debt: Debt) -> Receivable:
    """The receivable of one debt."""
    return receivable.raise_(origin, debt.kind, debt.amount, contract_id=contract.id, **debt.details)


def instalments(raised: dict[Key, Receivable]) -> dict[int, Receivable]:
    """Receivables of the periods of a plan, by period."""
    return {period: owed for (kind, _, period), owed in raised.items() if kind is ReceivableKind.INSTALMENT}


def recount(contract: MachineContract) -> None:
    """Money status and totals, from the receivables and nothing else."""
    sums = receivable.of_contract(contract)
    contract.received_amount = sum((r.settled_amount for r in sums), ZERO)
    contract.outstanding_amount = receivable.outstanding(sums)
    if sums and contract.outstanding_amount == 0:
        contract.pay_state = PayState.SETTLED
    else:
        contract.pay_state = PayState.PARTIAL if contract.received_amount else PayState.UNPAID
