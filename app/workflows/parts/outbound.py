"""配件出库单: PENDING 待出库 → DONE (the keeper sends it out); CANCELLED with its sale. Part of it leaves a new paper.

Source: brief S25; flows.md C2.4.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import CostTarget, ExpenseKind, OutboundState, SettleWay, StockMovement, WarehouseKind
from ...errors import NotPaidEnough
from ...ledgers import stock
from ...models import Expense, MachineUnit, OutboundLine, PartOutbound, PartSale, SaleLine
from ...numbering import next_number
from .. import machine
from ..machine import Workflow
from ..system import notice
from .inbound import quantities

S = OutboundState
flow = Workflow(PartOutbound, editable=frozenset({S.CANCELLED}), header="sale")
ZERO = Decimal(0)
MOVEMENT = {
    CostTarget.SALES: (StockMovement.SALE_OUT, WarehouseKind.CUSTOMER),
    CostTarget.DEPARTMENT: (StockMovement.SELF_USE, WarehouseKind.INTERNAL),
    CostTarget.UNIT: (StockMovement.REFURB, WarehouseKind.INTERNAL),
    CostTarget.MARKETING: (StockMovement.GIFT, WarehouseKind.CUSTOMER),
}


def prepare_for(sale: PartSale, wanted: list[tuple[SaleLine, Decimal]]) -> PartOutbound:
    """A paper in 待出库 for these lines; the keepers of the store see it and get a notice."""
    paper = PartOutbound(
        number=next_number(db.session(), PartOutbound.prefix),
        department_id=sale.department_id,
        sale_id=sale.id,
        customer_id=sale.customer_id,
        warehouse_id=sale.warehouse_id,
        receiver=sale.receiver,
        receiver_phone=sale.receiver_phone,
        lines=[
            OutboundLine(line_number=n, sale_line_id=line.id, part_id=line.part_id, planned_quantity=quantity)
            for n, (line, quantity) in enumerate(wanted, 1)
        ],
    )
    machine.begin(paper)
    notice.tell(
        notice.keepers_of(paper.warehouse_id),
        gettext("Parts are to be sent to %(receiver)s: %(number)s", receiver=paper.receiver or "", number=paper.number),
        paper,
        "pending",
    )
    return paper


@flow.transition(S.PENDING, to=S.DONE, label=_("Ship"), icon="truck-ramp-box", tone="primary")
def ship(paper: PartOutbound, by: Actor, *, lines: list[dict[str, Any]], express_number: str | None = None) -> None:
    """出库: pieces leave the shelf at their average cost; the rest waits on a new paper.

    lines:  [{"id": line id, "quantity": pieces}], 0 <= quantity <= planned, not all zero.
    Posts:  stock out; cost of sale, expense or cost of the used machine, as the kind of sale says.
    Raises: NotPaidEnough for a cash sale that is not paid; NotEnoughStock.
    """
    from . import sale as sales

    sent = quantities(paper.lines, lines)
    sale = paper.sale
    debt = sales.debt_of(sale)
    if sale.settle_way is SettleWay.CASH and debt is not None and debt.outstanding_amount > 0:
        raise NotPaidEnough(
            gettext(
                "A cash sale is paid before it leaves: %(left)s yuan are missing",
                left=f"{debt.outstanding_amount:,.2f}",
            )
        )
    movement, end = MOVEMENT[sale.sale_type.cost_target]
    rest: list[tuple[SaleLine, Decimal]] = []
    cost = ZERO
    for line in sorted(paper.lines, key=lambda entry: entry.part_id):
        line.actual_quantity = sent[line.id]
        if line.actual_quantity:
            moved = stock.move(
                line.part,
                line.actual_quantity,
                source=paper.warehouse,
                target=stock.place(end),
                movement=movement,
                origin=paper,
                line=line.line_number,
                from_reserved=True,
            )
            line.cost_amount = moved.amount
            line.sale_line.shipped_quantity += line.actual_quantity
            line.sale_line.cost_amount += moved.amount
            cost += moved.amount
        if line.actual_quantity < line.planned_quantity:
            rest.append((line.sale_line, line.planned_quantity - line.actual_quantity))
    paper.shipped_at, paper.express_number = clock.now(), express_number
    sale.cost_amount += cost
    _charge(sale, paper, cost)
    db.session.flush()
    sales.recount(sale)
    if rest:
        prepare_for(sale, sorted(rest, key=lambda pair: pair[0].line_number))
    notice.tell(
        [sale.salesperson],
        notice.todo_subject(sale, gettext("shipped with %(number)s", number=paper.number)),
        sale,
        paper.number,
    )


@flow.transition(S.PENDING, to=S.CANCELLED, label=_("Drop"), is_public=False)
def drop(paper: PartOutbound, by: Actor) -> None:
    """The sale was cancelled."""


def _charge(sale: PartSale, paper: PartOutbound, cost: Decimal) -> None:
    """Where the cost goes when nobody pays: an expense of the department or of marketing, or the used machine."""
    target = sale.sale_type.cost_target
    if target is CostTarget.UNIT:
        unit = machine.lock(MachineUnit, sale.refurb_unit_id or 0)
        unit.extra_cost_amount += cost
    elif target in (CostTarget.DEPARTMENT, CostTarget.MARKETING) and cost:
        db.session.add(
            Expense(
                number=next_number(db.session(), Expense.prefix),
                department_id=sale.cost_department_id or sale.department_id,
                kind=ExpenseKind.SELF_USE if target is CostTarget.DEPARTMENT else ExpenseKind.GIFT,
                amount=cost,
                origin=type(paper).__name__,
                origin_id=paper.id,
                origin_number=paper.number,
            )
        )
