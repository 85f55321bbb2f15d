"""关闭余量: the rest of a sale that was shipped in part is no longer delivered; the customer is as if it had come back.

A sale return whose goods never left carries the money: finance takes it off the debt, or gives coupon and money back in
the same shares as for parts that came back. Source: flows.md C2.4, C3.3.
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import ReturnState, SaleState, ShipState
from ...errors import WrongState
from ...models import PartSale, ReturnLine, SaleLine, SaleReturn
from ...numbering import next_number
from .. import machine
from ..system import notice
from . import sale_return
from .sale import flow, let_go, recount


@flow.transition(SaleState.APPROVED, to=None, label=_("Close the rest"), icon="scissors", tone="danger")
def close_rest(sale: PartSale, by: Actor, *, reason: str) -> None:
    """关闭余量: promises and back orders of the sale end, what is paid for them goes to finance as a return.

    Posts:  a sale return of the missing pieces, to be refunded, where the customer owed or paid for them.
    Raises: WrongState when nothing has left yet (cancel it) or nothing is missing.
    """
    if sale.ship_state is ShipState.NONE:
        raise WrongState(gettext("Nothing of this sale has left; cancel it instead"))
    rest = [(line, line.quantity - line.shipped_quantity - line.closed_quantity) for line in sale.lines]
    rest = [(line, missing) for line, missing in rest if missing]
    if not rest:
        raise WrongState(gettext("Everything of this sale has left"))
    let_go(sale)
    if sale.customer_id is not None and sale.goods_amount:
        _give_back(sale, rest, reason)
    for line, missing in rest:
        line.closed_quantity += missing
    db.session.flush()
    recount(sale)
    notice.tell(
        [sale.salesperson, sale.created_by],
        notice.todo_subject(sale, gettext("the rest is no longer delivered: %(reason)s", reason=reason)),
        sale,
        "closed",
    )


def _give_back(sale: PartSale, rest: list[tuple[SaleLine, Decimal]], reason: str) -> None:
    """The return of pieces that never left, ready to be refunded."""
    paper = SaleReturn(
        number=next_number(db.session(), SaleReturn.prefix),
        sale=sale,
        customer_id=sale.customer_id,
        department_id=sale.department_id,
        warehouse_id=sale.warehouse_id,
        reason=reason[:200],
        is_unshipped=True,
        state=ReturnState.DRAFT,
        lines=[ReturnLine(line_number=n, sale_line=line, quantity=left) for n, (line, left) in enumerate(rest, 1)],
    )
    sale_return.price(sale, paper)
    machine.begin(paper)
    stay(paper)


@sale_return.flow.transition(ReturnState.DRAFT, to=ReturnState.RECEIVED, label=_("Never left"), is_public=False)
def stay(paper: SaleReturn, by: Actor) -> None:
    """The pieces stay on the shelf; only the money moves."""
    sale_return.call_finance(paper)
