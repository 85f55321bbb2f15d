"""质保金: NOT_STARTED → RUNNING at dispatch → MATURED after a full year → COLLECTED; HELD by a complaint."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import ReceivableKind, RetentionState
from ...formulas import retention as dates
from ...ledgers import receivable
from ...models import MachineContract, Receivable, Retention
from ...numbering import next_number
from .. import machine
from ..machine import Workflow

S = RetentionState
flow = Workflow(Retention)


@flow.transition(S.NOT_STARTED, to=S.RUNNING, label=_("Start the retention period"), is_public=False)
def start(retention: Retention, by: Actor) -> None:
    """The year begins with the delivery of the last machine; the receivable gets its due date."""
    day = clock.today()
    retention.starts_on, retention.matures_on, retention.due_on = day, dates.matures_on(day), dates.due_on(day)
    retention.receivable.due_on = retention.due_on


@flow.transition(S.RUNNING, S.MATURED, to=S.COLLECTED, label=_("Collect"), is_public=False)
def collect(retention: Retention, by: Actor) -> None:
    """The money is in; fired by the receipt that pays the last of it."""


@flow.transition(S.COLLECTED, to=S.RUNNING, label=_("Take the collection back"), is_public=False)
def uncollect(retention: Retention, by: Actor) -> None:
    """The receipt was reversed."""


def agree(contract: MachineContract, amount: Decimal) -> Receivable:
    """The retention of an approved contract: a receivable without due date until the machine leaves."""
    owed = receivable.raise_(contract, ReceivableKind.RETENTION, amount, contract_id=contract.id)
    retention = Retention(
        number=next_number(db.session(), Retention.prefix),
        contract_id=contract.id,
        customer_id=contract.customer_id,
        department_id=contract.department_id,
        receivable_id=owed.id,
        amount=amount,
    )
    db.session.add(retention)
    db.session.flush()
    machine.record(retention, "create", None, retention.state)
    return owed
