"""整机合同是否齐全: what has to be in a contract, or its amendment, before anybody decides on it. Source: flows.md C1.1."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from flask_babel import gettext

from ...enums import FINANCED, FINANCIERS, CustomerKind, PayMode, RepayMethod
from ...errors import MissingData, WrongAmount
from ...models import Supplier
from ..crm import customer as customers
from .contract_terms import ZERO, terms_of


def check(contract: Any) -> None:
    """Everything a contract needs before anybody decides on it; raises the first thing that is missing."""
    due = terms_of(contract)
    customers.check_trading(contract.customer)
    if contract.contact_id is None:
        raise MissingData(gettext("Please choose the contact who negotiated"), field="contact")
    if not contract.lines:
        raise MissingData(gettext("A contract has at least one machine"), field="lines")
    if due.retention and contract.customer.kind is not CustomerKind.COMPANY:
        raise WrongAmount(gettext("Retention money is agreed with companies only"), field="retention_amount")
    _check_trade_in(contract)
    if contract.pay_mode is PayMode.FULL:
        if due.rest < 0:
            raise WrongAmount(
                gettext("Deposit, trade-in and retention are more than the machines cost"), field="deposit_amount"
            )
        return
    if due.rest < 0:
        raise WrongAmount(
            gettext("The down payment includes deposit and trade-in and cannot be less"), field="down_amount"
        )
    if contract.pay_mode in FINANCED:
        _check_financier(contract)
    if contract.repay_method is RepayMethod.CUSTOM and not contract.instalments:
        raise MissingData(gettext("Please enter the agreed instalments, or choose another method"), field="instalments")
    if not 1 <= contract.periods <= 60:
        raise WrongAmount(gettext("Instalments run over 1 to 60 periods"), field="periods")
    if due.financed < contract.periods:  # under a yuan a month the roundings are larger than the instalments
        raise WrongAmount(gettext("Nothing is left to be paid in instalments"), field="down_amount")
    if contract.first_due_on is None:
        raise MissingData(gettext("Please enter when the first instalment is due"), field="first_due_on")
    if contract.first_due_on < contract.signed_on:
        raise WrongAmount(gettext("The first instalment is due before the contract is signed"), field="first_due_on")
    if contract.repay_method is RepayMethod.CUSTOM:
        _check_instalments(contract, due.financed)


def _check_instalments(contract: Any, financed: Decimal) -> None:
    """In the order of their days, and together exactly what is financed."""
    days = [row.due_on for row in contract.instalments]
    if any(later <= earlier for earlier, later in pairwise(days)):
        raise WrongAmount(gettext("Each instalment is due later than the one before"), field="instalments")
    principal = sum((row.principal_amount for row in contract.instalments), ZERO)
    if principal != financed:
        raise WrongAmount(
            gettext(
                "The principal of the instalments adds up to %(sum)s yuan, %(financed)s yuan are financed",
                sum=f"{principal:,.2f}",
                financed=f"{financed:,.2f}",
            ),
            field="instalments",
        )


def _check_financier(contract: Any) -> None:
    chosen: Supplier | None = contract.financier
    if chosen is None:
        raise MissingData(gettext("Please choose who finances"), field="financier")
    wanted = FINANCIERS[contract.pay_mode]
    if chosen.kind is not wanted or not chosen.is_enabled:
        raise WrongAmount(
            gettext("“%(mode)s” is financed by a partner of kind “%(kind)s” who is enabled",
                    mode=str(contract.pay_mode), kind=str(wanted)),
            field="financier",
        )  # fmt: skip


def _check_trade_in(contract: Any) -> None:
    if not contract.trade_in_amount:
        return
    for name in ("trade_in_model", "trade_in_serial", "trade_in_yard"):
        if not getattr(contract, name):
            raise MissingData(gettext("An old machine has a model, a serial number and a yard it goes to"), field=name)
