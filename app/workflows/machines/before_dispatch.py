"""发车前应付: what has to be in before a machine leaves has no due day while it stands here; it is a gate, not a date.

It falls due when the machine leaves: what is paid on that day, what was permitted to be missing on the day promised.
Source: finance_credit.md 0.3.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext

from ... import clock
from ...errors import MissingData, WrongAmount
from ...ledgers import receivable
from ...models import MachineContract, Receivable

PROMISED_WITHIN = timedelta(days=90)


def debts(contract: MachineContract) -> list[Receivable]:
    """What the customer himself has to pay before a machine of the contract leaves."""
    return [debt for debt in receivable.of_contract(contract) if debt.is_before_dispatch and debt.payer_id is None]


def check_promise(until: date | None) -> date:
    """The day on which the rest is promised: today at the earliest, within ninety days. Raises beside its field."""
    if until is None:
        raise MissingData(gettext("Please enter the day on which the rest is promised"), field="until")
    today = clock.today()
    if not today <= until <= today + PROMISED_WITHIN:
        raise WrongAmount(
            gettext(
                "The rest is promised between %(first)s and %(last)s",
                first=today.isoformat(),
                last=(today + PROMISED_WITHIN).isoformat(),
            ),
            field="until",
        )
    return until


def fall_due(contract: MachineContract) -> None:
    """A machine leaves: today for what is paid, the promised day for what is missing."""
    for debt in debts(contract):
        if debt.due_on is None:
            debt.due_on = contract.special_until if debt.outstanding_amount else clock.today()


def wait_again(contract: MachineContract) -> None:
    """A dispatch was withdrawn: what is not paid waits for the next one, and everything when no machine is away."""
    is_away = any(line.is_dispatched for line in contract.lines)
    for debt in debts(contract):
        if debt.outstanding_amount or not is_away:
            debt.due_on = None
