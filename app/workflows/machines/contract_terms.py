"""整机合同的条款: what a contract adds up to, and what has to be in it before anybody decides on it.

The same for a draft and for an amendment, which carries the same terms. Source: flows.md C1.1, C1.3.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext

from ...database import db
from ...enums import CustomerKind, DueRule, PayMode
from ...errors import MissingData, WrongAmount
from ...formulas.contract_terms import Terms, terms
from ...models import Customer, MachineContract
from ...numbering import next_number
from .. import checks
from ..crm import archive
from ..crm import customer as customers


def terms_of(contract: Any) -> Terms:
    """What the contract, or its amendment, adds up to as it stands."""
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


def prepare(contract: MachineContract) -> None:
    """Amounts follow from lines, fees and shares; number, salesperson and department come with the customer."""
    checks.strip_texts(contract)
    customer = contract.customer or db.session.get_one(Customer, contract.customer_id)
    customers.check_trading(customer)
    contract.salesperson_id = customer.salesperson_id
    contract.department_id = customer.salesperson.department_id
    settle(contract)
    contract.number = contract.number or next_number(db.session(), MachineContract.prefix)


def settle(contract: Any) -> None:
    """Check lines and fees and write down what they add up to."""
    for line in contract.lines:
        if (line.unit_price or 0) <= 0:
            raise WrongAmount(gettext("Every machine has a price above zero"), field="lines")
    for guarantor in contract.guarantors:
        archive.prepare_guarantor(guarantor)
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


def check_complete(contract: Any) -> None:
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
