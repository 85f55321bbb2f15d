"""挂账: what a customer may still take without paying, by the limit in force and by what is overdue.

Looked at when a sale is submitted and again, under the lock, when it is approved. Source: flows.md C2.4.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext

from ... import clock
from ...database import db
from ...enums import ReceivableKind, SettleWay
from ...errors import WrongAmount
from ...ledgers import overdue, receivable
from ...models import Customer, PartSale
from ..crm import credit_limit

OVERDUE_LIMIT = timedelta(days=90)


def check(sale: PartSale) -> None:
    """What is owed plus this sale within the limit in force, and no debt older than ninety days.

    His row is locked first: two sales at once do not both fit into what is left.
    """
    if sale.settle_way is SettleWay.CASH or sale.customer is None or not sale.debt_amount:
        return
    held = Customer.__table__
    same = {"version": held.c.version, "changed_at": held.c.changed_at}
    db.session.execute(sa.update(held).where(held.c.id == sale.customer.id).values(same))
    limit = credit_limit.in_force(sale.customer.id)
    if limit is None:
        raise WrongAmount(
            gettext("Customer %(name)s has no credit limit in force; apply for one first", name=sale.customer.name),
            field="settle_way",
        )
    owed = receivable.owed_by(sale.customer.id, (ReceivableKind.PART, ReceivableKind.SERVICE))
    if owed + sale.debt_amount > limit.amount:
        raise WrongAmount(
            gettext(
                "Credit limit %(limit)s yuan: %(owed)s yuan are owed already, this sale adds %(more)s yuan",
                limit=f"{limit.amount:,.2f}",
                owed=f"{owed:,.2f}",
                more=f"{sale.debt_amount:,.2f}",
            ),
            field="settle_way",
        )
    if overdue.amount(sale.customer.id, clock.today(), OVERDUE_LIMIT) > 0:
        raise WrongAmount(gettext("The customer has debt that is overdue for more than 90 days"), field="settle_way")
