"""还款计划: ACTIVE, later REPLACED or VOID. Drawn up when an instalment contract is approved."""

from __future__ import annotations

from decimal import Decimal

from ...database import db
from ...enums import PlanPayee, ReceivableKind, RepayMethod
from ...formulas import instalments
from ...formulas.instalments import Instalment
from ...ledgers import receivable
from ...models import InstalmentPlan, MachineContract, PlanRow, Receivable
from ...numbering import next_number
from .. import machine
from ..machine import Workflow

flow = Workflow(InstalmentPlan)


def schedule(contract: MachineContract, principal: Decimal) -> list[Instalment]:
    """The instalments of a contract by its method, yuan; Σ principal is the principal exactly."""
    due = instalments.due_dates(contract.first_due_on, contract.periods, contract.repay_day)  # type: ignore[arg-type]
    if contract.repay_method is RepayMethod.EQUAL_PRINCIPAL:
        return instalments.equal_principal(principal, contract.annual_rate, due)
    if contract.repay_method is RepayMethod.FLAT or contract.annual_rate == 0:
        return instalments.flat(principal, due)
    return instalments.annuity(principal, contract.annual_rate, due)


def draw_up(contract: MachineContract, principal: Decimal) -> list[Receivable]:
    """The plan of a dealer's own credit and one receivable per instalment."""
    rows = schedule(contract, principal)
    plan = InstalmentPlan(
        number=next_number(db.session(), InstalmentPlan.prefix),
        contract_id=contract.id,
        customer_id=contract.customer_id,
        department_id=contract.department_id,
        payee=PlanPayee.DEALER,
        method=contract.repay_method,
        principal_amount=principal,
        interest_amount=sum((r.interest for r in rows), Decimal(0)),
        annual_rate=contract.annual_rate,
        periods=contract.periods,
        first_due_on=rows[0].due_on,
    )
    db.session.add(plan)
    db.session.flush()
    machine.record(plan, "create", None, plan.state)
    raised = []
    for row in rows:
        owed = receivable.raise_(
            contract,
            ReceivableKind.INSTALMENT,
            row.total,
            contract_id=contract.id,
            period=row.period,
            due_on=row.due_on,
            interest_amount=row.interest,
        )
        plan.rows.append(
            PlanRow(
                period=row.period,
                due_on=row.due_on,
                principal_amount=row.principal,
                interest_amount=row.interest,
                total_amount=row.total,
                receivable_id=owed.id,
            )
        )
        raised.append(owed)
    return raised
