"""整机合同的条款: what a contract adds up to, written down whenever it is saved.

The same for a draft and for an amendment, which carries the same terms. Source: flows.md C1.1, C1.3.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext

from ...database import db
from ...enums import (
    FINANCED,
    FINANCING_FEES,
    DueRule,
    FeeNature,
    GiftKind,
    PayMode,
    RepayMethod,
    WarehouseKind,
)
from ...errors import MissingData, WrongAmount
from ...formulas.contract_terms import Terms, terms
from ...models import Customer, MachineContract
from ...numbering import next_number
from .. import checks
from ..crm import archive
from ..crm import customer as customers
from . import unit as units

ZERO = Decimal(0)
# what belongs to a kind of gift; the columns of the other kinds are emptied
GIFT_COLUMNS = {
    GiftKind.COUPON: ("coupon_type", "face_amount"),
    GiftKind.PART: ("part", "warehouse", "quantity"),
    GiftKind.SERVICE: ("times",),
}
NOTHING = {"face_amount": ZERO, "quantity": ZERO, "times": 0}


def terms_of(contract: Any) -> Terms:
    """What the contract, or its amendment, adds up to as it stands."""
    return terms(
        [line.unit_price or Decimal(0) for line in contract.lines],
        [fee.amount or Decimal(0) for fee in contract.fees],
        is_full=contract.pay_mode is PayMode.FULL,
        deposit=contract.deposit_amount or Decimal(0),
        down=contract.down_amount or Decimal(0),
        down_share=contract.down_share,
        trade_in=contract.trade_in_amount or ZERO,
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
    """Check lines, fees and gifts, empty what the payment mode does not know, and write down what it all adds up to."""
    for line in contract.lines:
        if (line.unit_price or 0) <= 0:
            raise WrongAmount(gettext("Every machine has a price above zero"), field="lines")
    for guarantor in contract.guarantors:
        archive.prepare_guarantor(guarantor)
    for gift in contract.gifts:
        _settle_gift(gift)
    _settle_trade_in(contract)
    _settle_repayment(contract)
    for fee in contract.fees:
        _settle_fee(contract, fee)
    due = terms_of(contract)
    contract.machine_amount, contract.fee_amount, contract.total_amount = due.machine, due.fee, due.total
    contract.down_amount, contract.retention_amount, contract.finance_amount = due.down, due.retention, due.financed


def _settle_repayment(contract: Any) -> None:
    if contract.pay_mode not in FINANCED:
        contract.financier = contract.financier_id = contract.payout_on = None
        contract.is_paid_out_first = False
    if contract.pay_mode is PayMode.FULL:
        contract.periods, contract.down_share, contract.annual_rate = 0, None, ZERO
        contract.first_due_on = contract.repay_day = None
        contract.repay_method = RepayMethod.ANNUITY
    if contract.repay_method is not RepayMethod.CUSTOM:
        contract.instalments = []
    elif contract.instalments:
        contract.periods, contract.first_due_on = len(contract.instalments), contract.instalments[0].due_on
        contract.repay_day, contract.annual_rate = None, ZERO
        for row in contract.instalments:
            row.principal_amount, row.interest_amount = row.principal_amount or ZERO, row.interest_amount or ZERO
            if min(row.principal_amount, row.interest_amount) < 0 or not row.principal_amount + row.interest_amount:
                raise WrongAmount(gettext("Every instalment has an amount above zero"), field="instalments")
    if contract.pay_mode is not PayMode.FULL and contract.repay_method is not RepayMethod.CUSTOM:
        if contract.repay_day is None and contract.first_due_on is not None:
            contract.repay_day = contract.first_due_on.day
        if contract.repay_day is not None and not 1 <= contract.repay_day <= 31:
            raise WrongAmount(gettext("The repayment day lies between 1 and 31"), field="repay_day")


def _settle_fee(contract: Any, fee: Any) -> None:
    """What is collected for the financier names him; a fee of our own is collected for nobody."""
    if fee.due_rule is DueRule.ON_DATE and fee.due_on is None:
        raise MissingData(gettext("A fee that is due on a date needs the date"), field="fees")
    if fee.due_rule is not DueRule.ON_DATE:
        fee.due_on = None
    if fee.kind in FINANCING_FEES:
        if contract.pay_mode not in FINANCED:
            raise WrongAmount(
                gettext("“%(fee)s” belongs to a contract that a financier pays", fee=str(fee.kind)), field="fees"
            )
        fee.nature, fee.payee = FeeNature.AGENCY, contract.financier
        fee.payee_id = contract.financier_id or (contract.financier.id if contract.financier else None)
    elif fee.nature is FeeNature.REVENUE:
        fee.payee = fee.payee_id = None


def _settle_gift(gift: Any) -> None:
    gift.kind = gift.kind or GiftKind.COUPON
    mine = GIFT_COLUMNS[gift.kind]
    for name in (column for columns in GIFT_COLUMNS.values() for column in columns if column not in mine):
        setattr(gift, name, NOTHING.get(name))
        if name not in NOTHING:
            setattr(gift, f"{name}_id", None)
    for name in mine:
        if not (getattr(gift, name) or getattr(gift, f"{name}_id", None)):
            what = str(getattr(type(gift), name).info["label"])
            raise MissingData(
                gettext("A gift of kind “%(kind)s” needs “%(what)s”", kind=str(gift.kind), what=what), field="gifts"
            )
    if any((getattr(gift, name) or 0) < 0 for name in NOTHING):
        raise WrongAmount(gettext("Amounts are above zero"), field="gifts")
    if gift.kind is GiftKind.SERVICE and gift.times > 60:
        raise WrongAmount(gettext("At most 60 services are given with a machine"), field="gifts")
    if not 1 <= (gift.valid_days or 0) <= 3650:
        raise WrongAmount(gettext("A gift is valid for 1 to 3650 days"), field="gifts")


def _settle_trade_in(contract: Any) -> None:
    """Without a value there is no old machine."""
    contract.trade_in_amount = contract.trade_in_amount or ZERO
    if contract.trade_in_amount < 0:
        raise WrongAmount(gettext("Amounts are above zero"), field="trade_in_amount")
    if not contract.trade_in_amount:
        contract.trade_in_model = contract.trade_in_model_id = contract.trade_in_yard = contract.trade_in_yard_id = None
        contract.trade_in_serial = contract.trade_in_year = None
        return
    contract.trade_in_serial = units.normal_serial(contract.trade_in_serial)
    yard = checks.referred(contract, "trade_in_yard")
    if yard is not None and yard.kind is not WarehouseKind.MACHINE:
        raise WrongAmount(
            gettext("Machines stand in a machine yard; “%(name)s” is none", name=yard.name), field="trade_in_yard"
        )
