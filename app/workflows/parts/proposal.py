"""采购建议: OPEN → ORDERED (a line of a draft order), IGNORED with a reason, LAPSED when goods came another way.

One open proposal per part and store: looking again changes it. What a buyer ignored stays quiet for a week unless the
need grows. Source: flows.md C2.4; docs/decisions/back_orders.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import ProposalCause, ProposalState, PurchaseState
from ...errors import AlreadyThere, MissingData, WrongAmount
from ...models import Part, PurchaseLine, PurchaseOrder, PurchaseProposal, Supplier, Warehouse
from ...numbering import next_number
from .. import checks, machine
from ..machine import Workflow
from ..organisation import warehouse as stores
from ..system import notice
from . import purchase
from .need import STORES, Figures, figures, last_purchase, needed, watched

S = ProposalState
flow = Workflow(PurchaseProposal, editable=frozenset({S.OPEN}))
ZERO = Decimal(0)
QUIET = timedelta(days=7)


@flow.before_save
def prepare(proposal: PurchaseProposal) -> None:
    """A buyer may choose another supplier, price or quantity."""
    checks.strip_texts(proposal)
    if (proposal.quantity or ZERO) <= 0:
        raise WrongAmount(gettext("Every line has a quantity above zero"), field="quantity")


def propose_low_stock(day: date) -> int:
    """Look through every store and bring its proposals up to date; for the nightly job, within its transaction.

    day: the business date of new proposals. Gives how many proposals are open afterwards.
    """
    stores = db.session.scalars(
        sa.select(Warehouse).where(Warehouse.kind.in_(STORES), Warehouse.is_enabled).order_by(Warehouse.id)
    ).all()
    return sum(renew(store, None, day) for store in stores)


def renew(warehouse: Warehouse, part_ids: Iterable[int] | None = None, day: date | None = None) -> int:
    """Make, change or drop the proposals of a store; part_ids: only these. Gives how many are open among them."""
    open_ones = {
        p.part_id: p
        for p in db.session.scalars(
            sa.select(PurchaseProposal).where(
                PurchaseProposal.warehouse_id == warehouse.id, PurchaseProposal.state == S.OPEN
            )
        )
    }
    wanted = set(part_ids) if part_ids is not None else watched(warehouse) | set(open_ones)
    now, quiet, count = figures(warehouse, wanted), _ignored(warehouse), 0
    for part in db.session.scalars(sa.select(Part).where(Part.id.in_(wanted), Part.is_enabled).order_by(Part.id)):
        quantity, known = needed(part, warehouse, now[part.id]), open_ones.get(part.id)
        if known is not None:
            count += _update(machine.lock(PurchaseProposal, known.id), now[part.id], quantity)
        elif quantity > quiet.get(part.id, ZERO):
            _open(part, warehouse, now[part.id], quantity, day)
            count += 1
    return count


@stores.flow.transition(to=None, label=_("Propose purchases"), icon="lightbulb")
def propose(warehouse: Warehouse, by: Actor) -> None:
    """生成采购建议: look through this store now instead of tonight."""
    if warehouse.kind in STORES:
        renew(warehouse)


def _ignored(warehouse: Warehouse) -> dict[int, Decimal]:
    """Part → need that a buyer ignored in the last week."""
    rows = db.session.execute(
        sa.select(PurchaseProposal.part_id, PurchaseProposal.needed_quantity).where(
            PurchaseProposal.warehouse_id == warehouse.id,
            PurchaseProposal.state == S.IGNORED,
            PurchaseProposal.changed_at > clock.now() - QUIET,
        )
    ).all()
    return {part_id: max(row.needed_quantity for row in rows if row.part_id == part_id) for part_id, _need in rows}


def _open(part: Part, warehouse: Warehouse, now: Figures, quantity: Decimal, day: date | None) -> PurchaseProposal:
    supplier_id, price = last_purchase(part.id)
    proposal = PurchaseProposal(
        number=next_number(db.session(), PurchaseProposal.prefix),
        business_on=day or clock.today(),
        department_id=warehouse.department_id,
        part_id=part.id,
        warehouse_id=warehouse.id,
        supplier_id=supplier_id,
        unit_price=price,
        needed_quantity=quantity,
        quantity=quantity,
        state=S.OPEN,
    )
    _note(proposal, now)
    machine.begin(proposal)
    if proposal.cause is ProposalCause.SHORTAGE:
        notice.tell(
            notice.in_role("buyer"),
            gettext("Customers wait for %(part)s: %(number)s", part=str(part), number=proposal.number),
            proposal,
            "open",
        )
    return proposal


def _update(proposal: PurchaseProposal, now: Figures, quantity: Decimal) -> bool:
    """The need changed; a quantity that the buyer typed himself stays. Gives whether the proposal is open still."""
    if proposal.state is not S.OPEN:
        return False
    if quantity <= 0:
        lapse(proposal)
        return False
    if proposal.quantity == proposal.needed_quantity:
        proposal.quantity = quantity
    proposal.needed_quantity = quantity
    _note(proposal, now)
    return True


def _note(proposal: PurchaseProposal, now: Figures) -> None:
    proposal.on_hand, proposal.reserved = now.on_hand, now.reserved
    proposal.waiting, proposal.on_order = now.waiting, now.on_order
    proposal.cause = ProposalCause.SHORTAGE if now.expected < 0 and now.waiting else ProposalCause.LOW_STOCK


@flow.transition(S.OPEN, to=S.ORDERED, label=_("Make an order"), icon="cart-plus", tone="primary")
def order(proposal: PurchaseProposal, by: Actor) -> None:
    """转采购单: a line of my draft order of today to this supplier; the first proposal makes that order.

    Raises: MissingData without a supplier or a price.
    """
    if proposal.supplier_id is None:
        raise MissingData(gettext("%(part)s: choose a supplier first", part=str(proposal.part)), field="supplier")
    if proposal.unit_price is None:
        raise MissingData(gettext("%(part)s: enter a price first", part=str(proposal.part)), field="unit_price")
    paper = _draft(proposal, by)
    paper.lines.append(
        PurchaseLine(
            line_number=max((line.line_number for line in paper.lines), default=0) + 1,
            part_id=proposal.part_id,
            quantity=proposal.quantity,
            unit_price=proposal.unit_price,
            tax_rate=proposal.part.tax_rate,
        )
    )
    purchase.prepare(paper)
    db.session.flush()
    proposal.order_id = paper.id


def _draft(proposal: PurchaseProposal, by: Actor) -> PurchaseOrder:
    """My order of today to this supplier for this store, as long as it is a draft; one at a time for a supplier."""
    table = Supplier.__table__
    db.session.execute(
        sa.update(table).where(table.c.id == proposal.supplier_id).values(payment_days=table.c.payment_days)
    )
    found = db.session.scalars(
        sa.select(PurchaseOrder.id)
        .join(PurchaseProposal, PurchaseProposal.order_id == PurchaseOrder.id)
        .where(
            PurchaseOrder.supplier_id == proposal.supplier_id,
            PurchaseOrder.warehouse_id == proposal.warehouse_id,
            PurchaseOrder.state == PurchaseState.DRAFT,
            PurchaseOrder.business_on == clock.today(),
            PurchaseOrder.created_by_id == by.employee_id,
        )
        .limit(1)
    ).first()
    if found is not None:
        paper = machine.lock(PurchaseOrder, found)
        if paper.state is PurchaseState.DRAFT:
            return paper
    paper = PurchaseOrder(
        number=next_number(db.session(), PurchaseOrder.prefix),
        department_id=proposal.warehouse.department_id,
        supplier_id=proposal.supplier_id,
        warehouse_id=proposal.warehouse_id,
        gross_amount=ZERO,
    )
    machine.begin(paper)
    return paper


@flow.transition(S.OPEN, to=S.IGNORED, label=_("Ignore"), icon="eye-slash")
def ignore(proposal: PurchaseProposal, by: Actor, *, reason: str) -> None:
    """忽略: not now; the next look proposes it again if it is still needed."""


@flow.transition(S.IGNORED, to=S.OPEN, label=_("Consider again"), icon="rotate-left")
def reconsider(proposal: PurchaseProposal, by: Actor) -> None:
    """恢复: ignored by mistake. Raises: AlreadyThere where the store has another open proposal of the part."""
    table = PurchaseProposal.__table__
    other = sa.select(table.c.number).where(
        table.c.part_id == proposal.part_id, table.c.warehouse_id == proposal.warehouse_id, table.c.state == S.OPEN
    )
    number = db.session.scalar(other)
    if number is not None:
        raise AlreadyThere(gettext("Proposal %(number)s is open for the same part already", number=number))


@flow.transition(S.OPEN, to=S.LAPSED, label=_("Lapse"), is_public=False)
def lapse(proposal: PurchaseProposal, by: Actor) -> None:
    """Enough is there or on its way."""
