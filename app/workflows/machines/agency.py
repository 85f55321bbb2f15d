"""代收代付: what a contract collects from the customer for others, and owes them: 融资保证金, 手续费, premiums with a payee.

Identity: Σ standing payables of the contract = Σ fees that name a payee, payee by payee. Source: flows.md C1.3.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from ...database import db
from ...enums import PayableKind, PayableState
from ...errors import WrongState
from ...ledgers import payable
from ...models import Document, MachineContract, Payable, Supplier

ZERO = Decimal(0)


def collected(contract: MachineContract) -> dict[int, Decimal]:
    """Supplier id → yuan that the fees of the contract collect for him."""
    wanted: dict[int, Decimal] = defaultdict(Decimal)
    for fee in contract.fees:
        if fee.payee_id is not None:
            wanted[fee.payee_id] += fee.amount
    return dict(wanted)


def follow(contract: MachineContract, origin: Document) -> None:
    """What is owed to each payee becomes what the fees say.

    Posts:  payables without payments void, what is missing raised.
    Raises: WrongState when a payee has had more than the fees say now.
    """
    _bring_to(contract, origin, collected(contract))


def drop(contract: MachineContract, origin: Document) -> None:
    """Nothing is collected any more. Raises WrongState when something was handed on already."""
    _bring_to(contract, origin, {})


def _bring_to(contract: MachineContract, origin: Document, wanted: dict[int, Decimal]) -> None:
    standing: dict[int, list[Payable]] = defaultdict(list)
    for debt in _standing(contract):
        standing[debt.supplier_id].append(debt)
    for supplier_id in sorted(wanted.keys() | standing.keys()):
        want, debts = wanted.get(supplier_id, ZERO), standing[supplier_id]
        if sum((debt.amount for debt in debts), ZERO) == want:
            continue
        handed_on = [debt for debt in debts if debt.outstanding_amount != debt.amount]
        kept = sum((debt.amount for debt in handed_on), ZERO)
        if kept > want:
            raise WrongState(
                gettext(
                    "%(number)s: %(amount)s yuan have been handed on to %(name)s already; get them back first",
                    number=handed_on[0].number,
                    amount=f"{sum((d.amount - d.outstanding_amount for d in handed_on), ZERO):,.2f}",
                    name=handed_on[0].supplier.name,
                )
            )
        for debt in debts:
            if debt not in handed_on:
                payable.void(debt)
        if want > kept:
            supplier = db.session.get_one(Supplier, supplier_id)
            payable.raise_(origin, supplier, PayableKind.AGENCY, want - kept, contract_id=contract.id)


def _standing(contract: MachineContract) -> list[Payable]:
    return list(
        db.session.scalars(
            sa.select(Payable)
            .where(
                Payable.contract_id == contract.id,
                Payable.kind == PayableKind.AGENCY,
                Payable.state != PayableState.VOID,
            )
            .order_by(Payable.id)
            .execution_options(populate_existing=True)
        )
    )
