"""旧机置换: the customer's old machine pays part of a contract; it comes in by an inbound paper of its own.

The approval writes the paper (待入库); when the keeper has received the machine, the debt of kind 旧机抵价 is settled by
it. What a contract that comes to nothing owes for a machine that stands here is the customer's prepaid money.
Source: flows.md C1.3; docs/decisions/payment_modes.md.
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa
from flask_babel import gettext

from ... import clock
from ...database import db
from ...enums import InboundKind, InboundState, ReceivableKind, ReceivableState, UnitCondition
from ...errors import WrongState
from ...ledgers import prepaid, receivable
from ...models import MachineContract, MachineInbound, Receivable
from .. import machine

NO_TAX = Decimal(0)  # who sells us his old machine gives no invoice with tax that may be deducted


def paper_of(contract: MachineContract) -> MachineInbound | None:
    """The paper with which the old machine comes in, or came in."""
    return db.session.scalars(
        sa.select(MachineInbound).where(
            MachineInbound.contract_id == contract.id,
            MachineInbound.state.in_([InboundState.PENDING, InboundState.DONE]),
        )
    ).one_or_none()


def check(contract: MachineContract) -> None:
    """Whether a paper for the old machine could be written; asked before anybody decides on the contract.

    Raises: AlreadyThere for a machine that stands in the books as another's.
    """
    from . import inbound

    if contract.trade_in_amount:
        inbound.refuse_known_serial(MachineInbound(serial_number=contract.trade_in_serial, contract_id=contract.id))


def follow(contract: MachineContract) -> None:
    """The paper says what the contract says; a contract without an old machine has none.

    Raises: WrongState when the old machine has come in and something else is agreed on now.
    """
    paper = paper_of(contract)
    told = _content(contract)
    if paper is not None and paper.state is InboundState.DONE:
        if told is None or any(getattr(paper, name) != value for name, value in told.items() if name != "year"):
            raise WrongState(
                gettext(
                    "The old machine has come in with %(number)s; reverse that before something else is agreed on",
                    number=paper.number,
                )
            )
        return
    if paper is not None:
        let_go(contract)
    if told is not None:
        expect(contract)


def let_go(contract: MachineContract) -> None:
    """The old machine does not come; one that stands here stays."""
    from . import inbound

    paper = paper_of(contract)
    if paper is not None and paper.state is InboundState.PENDING:
        inbound.drop(paper)


def _content(contract: MachineContract) -> dict[str, object] | None:
    if not contract.trade_in_amount:
        return None
    return {
        "model_id": contract.trade_in_model_id,
        "serial_number": contract.trade_in_serial,
        "year": contract.trade_in_year,
        "gross_amount": contract.trade_in_amount,
        "warehouse_id": contract.trade_in_yard_id,
    }


def expect(contract: MachineContract) -> None:
    """A paper for the old machine of the contract; the keeper receives it."""
    from . import inbound

    told = _content(contract)
    if told is None:
        return

    paper = MachineInbound(
        kind=InboundKind.TRADE_IN,
        condition=UnitCondition.USED,
        arrived_on=clock.today(),
        tax_rate=NO_TAX,
        contract_id=contract.id,
        **told,
    )
    inbound.prepare(paper)
    machine.begin(paper)
    inbound.announce(paper)


def settle(inbound: MachineInbound) -> None:
    """The old machine is here: it has paid what the contract says. Raises WrongState when nothing of it is owed."""
    from . import contract_booking

    debt = _debt(inbound)
    if debt is None or debt.state is ReceivableState.VOID:
        raise WrongState(gettext("The contract does not take this machine in payment any more"))
    receivable.settle(debt, inbound.gross_amount, inbound, inbound.arrived_on)
    contract_booking.recount(machine.lock(MachineContract, inbound.contract_id or 0))


def unsettle(inbound: MachineInbound) -> None:
    """The old machine never came: it is owed again, or is no prepaid money any more where the contract came to nothing."""
    from . import contract_booking

    debt = _debt(inbound)
    if debt is not None and debt.settled_amount >= inbound.gross_amount:
        receivable.unsettle(debt, inbound.gross_amount, inbound)
    else:
        prepaid.take(inbound.contract.customer_id, inbound.gross_amount, inbound)  # type: ignore[union-attr]
    contract_booking.recount(machine.lock(MachineContract, inbound.contract_id or 0))


def _debt(inbound: MachineInbound) -> Receivable | None:
    return db.session.scalars(
        sa.select(Receivable)
        .where(Receivable.contract_id == inbound.contract_id, Receivable.kind == ReceivableKind.TRADE_IN)
        .execution_options(populate_existing=True)
    ).one_or_none()
