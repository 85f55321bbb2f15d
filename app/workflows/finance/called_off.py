"""配件销售取消: a sale of which nothing has left comes to nothing, and what was paid on it is the customer's prepaid money.

A verb of the sale that stands here because finance knows sales and not the other way round. Source: flows.md C2.4.
"""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...enums import SaleState, ShipState
from ...errors import WrongState
from ...ledgers import coupon
from ...models import PartSale
from ..parts import sale as sales
from ..system import notice
from . import released

S = SaleState


@sales.flow.transition(S.DRAFT, S.REJECTED, S.APPROVED, to=S.CANCELLED, label=_("Cancel"), icon="ban", tone="danger")
def cancel(sale: PartSale, by: Actor, *, reason: str) -> None:
    """取消: while nothing has left; promises, coupons, debt and quotation go back to where they were.

    Posts:  payments released from the debt and put into prepaid money; the debt void; coupons of the sale restored.
    Raises: WrongState once something has left, or when a receipt paid with a coupon: that never becomes money.
    """
    if sale.ship_state is not ShipState.NONE:
        raise WrongState(gettext("Parts of this sale have left; take them back with a return"))
    sales.let_go(sale)
    coupon.restore(sale, clock.today())
    debt = sales.debt_of(sale)
    freed = released.void_all([debt], sale) if debt is not None else None
    sales.give_quotation_back(sale)
    sales.recount(sale)
    if freed:
        notice.tell(
            notice.in_role("finance"),
            notice.todo_subject(
                sale, gettext("cancelled; %(amount)s yuan paid on it are prepaid now", amount=f"{freed:,.2f}")
            ),
            sale,
            "freed",
        )
