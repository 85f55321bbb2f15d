"""还款计划: ACTIVE, later REPLACED or VOID. Drawn up when an instalment contract is approved."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import PlanPayee, PlanState, RepayMethod
from ...formulas import instalments
from ...formulas.instalments import Instalment
from ...models import InstalmentPlan, MachineContract, PlanRow, Receivable
from ...numbering import next_number
from .. import machine
from ..machine import Workflow

flow = Workflow(InstalmentPlan)


def schedule(contract: MachineContract, principal: Decimal) -> list[Instalment]:
    """The instalments of a contract by its method, yuan; Σ principal is the principal exactly."""
    if contract.repay_method is RepayMethod.CUSTOM:
        return [
            Instalment(n, row.due_on, row.principal_amount, row.interest_amount)
            for n, row in enumerate(contract.instalments, 1)
        ]
    due = instalments.due_dates(contract.first_due_on, contract.periods, contract.repay_day)  # type: ignore[arg-type]
    if contract.repay_method is RepayMethod.EQUAL_PRINCIPAL:
        return instalments.equal_principal(principal, contract.annual_rate, due)
    if contract.repay_method is RepayMethod.FLAT or contract.annual_rate == 0:
        return instalments.flat(principal, due)
    return instalments.annuity(principal, contract.annual_rate, due)


def draw_up(
    contract: MachineContract, principal: Decimal, payee: PlanPayee, owed: dict[int, Receivable], revision: int = 1
) -> None:
    """The plan of a dealer's own credit over the receivables of its periods; a financier's plan has none of ours."""
    rows = schedule(contract, principal)
    plan = InstalmentPlan(
        number=next_number(db.session(), InstalmentPlan.prefix),
        contract_id=contract.id,
        customer_id=contract.customer_id,
        department_id=contract.department_id,
        payee=payee,
        method=contract.repay_method,
        principal_amount=principal,
        interest_amount=sum((r.interest for r in rows), Decimal(0)),
        annual_rate=contract.annual_rate,
        periods=contract.periods,
        first_due_on=rows[0].due_on,
        revision=revision,
        rows=[
            PlanRow(
                period=row.period,
                due_on=row.due_on,
                principal_amount=row.principal,
                interest_amount=row.interest,
                total_amount=row.total,
                receivable_id=owed[row.period].id if payee is PlanPayee.DEALER else None,
            )
            for row in rows
        ],
    )
    machine.begin(plan)


def in_force(contract: MachineContract) -> InstalmentPlan | None:
    """The plan by which a contract is paid now, if it is paid in instalments."""
    return db.session.scalars(
        sa.select(InstalmentPlan).where(
            InstalmentPlan.contract_id == contract.id, InstalmentPlan.state == PlanState.ACTIVE
        )
    ).one_or_none()


@flow.transition(PlanState.ACTIVE, to=PlanState.REPLACED, label=_("Replace"), is_public=False)
def replace(plan: InstalmentPlan, by: Actor) -> None:
    """Another plan takes its place; its figures stay to be read, its debts belong to the new one."""
    _let_debts_go(plan)


@flow.transition(PlanState.ACTIVE, to=PlanState.VOID, label=_("Void"), is_public=False)
def void(plan: InstalmentPlan, by: Actor) -> None:
    """The contract came to nothing; the figures stay to be read."""
    _let_debts_go(plan)


def _let_debts_go(plan: InstalmentPlan) -> None:
    for row in plan.rows:
        row.receivable_id = None
    db.session.flush()
