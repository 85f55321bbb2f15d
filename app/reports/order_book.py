"""3 整机, 在手订单: approved contracts with machines that still stand here, or are still to come.

What has to be paid before dispatch is what the gate asks for (`workflows.machines.dispatch.short_of`): debts due before
dispatch, void ones left out. A contract waits since its last approver agreed. Where a model is asked for, only machines of
it are counted; the money is always that of the whole contract.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import clock
from .. import models as m
from ..enums import DISPATCHABLE_CONTRACTS, ApprovalResult, OrderBookGrouping, PayMode, ReceivableState
from .days import day_of
from .exact import money, total
from .report import Asked, Drill, Figure, Parameter, Report, Row, address

CONTRACT, LINE, UNIT = m.MachineContract.__table__, m.ContractLine.__table__, m.MachineUnit.__table__
MODEL, CUSTOMER, EMPLOYEE = m.MachineModel.__table__, m.Customer.__table__, m.Employee.__table__
DEBT, DECISION = m.Receivable.__table__, m.ApprovalRecord.__table__
COUNTS = {
    "open_machines": _("Machines to dispatch"),
    "allocated": _("Machine allocated"),
    "unallocated": _("No machine yet"),
}
MONEY = {
    "required": _("To be paid before dispatch"),
    "paid": _("Of it paid"),
    "missing": _("Missing before dispatch"),
    "open_amount": _("Price of machines to dispatch"),
    "total_amount": _("Contract total"),
}
G = OrderBookGrouping


class OrderBook(Report):
    name, title = "OrderBook", _("Order book of machines")
    help_text = _(
        "Approved contracts with machines to dispatch. With a model chosen only its machines count; money is the whole contract's."
    )
    whose = m.MachineContract
    parameters = (
        Parameter("salesperson", _("Salesperson"), "key", entity=m.Employee),
        Parameter("model", _("Machine model"), "key", entity=m.MachineModel),
        Parameter("customer", _("Customer"), "key", entity=m.Customer),
        Parameter("pay_mode", _("Payment mode"), "choice", options=PayMode),
        Parameter("group", _("Grouped by"), "choice", options=G, default=lambda: G.CONTRACT, needed=True),
    )

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        if asked["group"] is G.CONTRACT:
            return [("since", False), ("contract_id", False)]
        return [("open_machines", True), ("group_id", False)]

    def figures(self, asked: Asked) -> list[Figure]:
        kept = {p.name: asked.get(p.name) for p in self.parameters if p.name != "group"}

        def behind(total_: str) -> Callable[[Row, Asked], Drill | None] | None:
            if asked["group"] is G.CONTRACT:
                return None  # its number leads to it
            word = "model" if asked["group"] is G.MODEL else "salesperson"
            return lambda row, _asked: Drill(self.name, address(**kept | {word: row["group_id"]}), total_)

        counts = [Figure(n, label, "whole", total=True, drill=behind(n)) for n, label in COUNTS.items()]
        yuan = {
            n: Figure(
                n, label, "money", _("yuan"), "price", total=True, drill=behind(n), card=n not in ("required", "paid")
            )
            for n, label in MONEY.items()
        }
        waits = Figure("days", _("Days waiting"), "whole", _("days"), order="-since", derive=_days)
        if asked["group"] is G.MODEL:
            return [Figure("model_name", _("Machine model"), "text"), *counts, yuan["open_amount"], waits]
        if asked["group"] is G.SALESPERSON:
            contracts = Figure("contracts", _("Contracts"), "whole", total=True, drill=behind(""))
            return [Figure("salesperson_name", _("Salesperson"), "text"), contracts, *counts, *yuan.values(), waits]
        return [
            Figure("number", _("Contract"), "text", paper=lambda row: ("MachineContract", row["contract_id"])),
            Figure("customer_name", _("Customer"), "text"),
            Figure("salesperson_name", _("Salesperson"), "text"),
            *counts,
            *yuan.values(),
            Figure("pay_mode", _("Payment mode"), "choice", options=PayMode, card=False),
            Figure("special_amount", _("May be missing at dispatch"), "money", _("yuan"), "price", card=False),
            Figure("since", _("Waiting since"), "day"),
            waits,
        ]

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        if asked["group"] is G.MODEL:
            return _by_model(asked, mine)
        row = _contracts(asked, mine)
        if asked["group"] is G.CONTRACT:
            return sa.select(row)
        by = [row.c.salesperson_id, row.c.salesperson_name]
        return sa.select(
            by[0].label("group_id"), by[1], sa.func.count().label("contracts"), sa.func.min(row.c.since).label("since"),
            *(sa.func.sum(row.c[n]).label(n) for n in COUNTS), *(total(row.c[n]).label(n) for n in MONEY),
        ).group_by(*by)  # fmt: skip


def _days(row: Row, _asked: Asked) -> int:
    return int((clock.today() - row["since"]).days)


def _open(asked: Asked) -> Any:
    """Machines of each contract and model that have not left; allocated is one that is held for its line."""
    held = UNIT.c.id.is_not(None)
    return (
        sa.select(
            LINE.c.contract_id, LINE.c.model_id, sa.func.count().label("open_machines"),
            sa.func.count(sa.case((held, 1))).label("allocated"), sa.func.count(sa.case((~held, 1))).label("unallocated"),
            total(LINE.c.unit_price).label("open_amount"),
        )
        .select_from(LINE.outerjoin(UNIT, sa.and_(UNIT.c.id == LINE.c.unit_id, UNIT.c.reserved_line_id == LINE.c.id)))
        .where(LINE.c.is_dispatched.is_(False), *([LINE.c.model_id == asked["model"].id] if asked.get("model") else []))
        .group_by(LINE.c.contract_id, LINE.c.model_id)
        .subquery("open")
    )  # fmt: skip


def _chosen(asked: Asked, mine: Callable[[Any], Any]) -> list[Any]:
    """The criteria on the contract."""
    found = [CONTRACT.c.state.in_(DISPATCHABLE_CONTRACTS), mine(CONTRACT.c)]
    found += [CONTRACT.c[f"{n}_id"] == asked[n].id for n in ("salesperson", "customer") if asked.get(n)]
    if asked.get("pay_mode"):
        found.append(CONTRACT.c.pay_mode == asked["pay_mode"])
    return found


def _agreed() -> Any:
    """The day the last approver of each contract agreed."""
    return (
        sa.select(DECISION.c.contract_id, day_of(sa.func.max(DECISION.c.decided_at)).label("on"))
        .where(DECISION.c.paper == m.MachineContract.__name__, DECISION.c.result == ApprovalResult.PASS)
        .group_by(DECISION.c.contract_id)
        .subquery("agreed")
    )


def _contracts(asked: Asked, mine: Callable[[Any], Any]) -> Any:
    """One row for each contract with machines to dispatch."""
    lines = _open(asked)
    machines = (
        sa.select(lines.c.contract_id, *(sa.cast(sa.func.sum(lines.c[n]), sa.Integer()).label(n) for n in COUNTS),
                  total(lines.c.open_amount).label("open_amount"))
        .group_by(lines.c.contract_id)
        .subquery("machines")
    )  # fmt: skip
    left = DEBT.c.amount - DEBT.c.settled_amount - DEBT.c.written_off_amount
    owed = (
        sa.select(DEBT.c.contract_id, total(DEBT.c.amount).label("required"), total(left).label("missing"))
        .where(DEBT.c.is_before_dispatch, DEBT.c.contract_id.is_not(None), DEBT.c.state != ReceivableState.VOID)
        .group_by(DEBT.c.contract_id)
        .subquery("owed")
    )
    agreed, zero = _agreed(), sa.literal(Decimal(0), DEBT.c.amount.type)
    required, missing = sa.func.coalesce(owed.c.required, zero), sa.func.coalesce(owed.c.missing, zero)
    return (
        sa.select(
            CONTRACT.c.id.label("contract_id"), CONTRACT.c.number, CONTRACT.c.salesperson_id, CONTRACT.c.pay_mode,
            CUSTOMER.c.name.label("customer_name"), EMPLOYEE.c.name.label("salesperson_name"),
            *(machines.c[n] for n in (*COUNTS, "open_amount")), CONTRACT.c.total_amount,
            money(required).label("required"), money(required - missing).label("paid"), money(missing).label("missing"),
            CONTRACT.c.special_amount, sa.type_coerce(sa.func.coalesce(agreed.c.on, CONTRACT.c.signed_on), sa.Date()).label("since"),
        )
        .select_from(
            CONTRACT.join(machines, machines.c.contract_id == CONTRACT.c.id)
            .join(CUSTOMER, CUSTOMER.c.id == CONTRACT.c.customer_id)
            .join(EMPLOYEE, EMPLOYEE.c.id == CONTRACT.c.salesperson_id)
            .outerjoin(owed, owed.c.contract_id == CONTRACT.c.id)
            .outerjoin(agreed, agreed.c.contract_id == CONTRACT.c.id)
        )
        .where(*_chosen(asked, mine))
        .subquery("waiting")
    )  # fmt: skip


def _by_model(asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
    """What has to be bought or allocated: one row for each model."""
    lines, agreed = _open(asked), _agreed()
    name = (MODEL.c.brand + " " + MODEL.c.model).label("model_name")
    since = sa.func.coalesce(agreed.c.on, CONTRACT.c.signed_on)
    return (
        sa.select(
            lines.c.model_id.label("group_id"), name, *(sa.func.sum(lines.c[n]).label(n) for n in COUNTS),
            total(lines.c.open_amount).label("open_amount"),
            sa.type_coerce(sa.func.min(since), sa.Date()).label("since"),
        )
        .select_from(
            lines.join(CONTRACT, CONTRACT.c.id == lines.c.contract_id)
            .join(MODEL, MODEL.c.id == lines.c.model_id)
            .outerjoin(agreed, agreed.c.contract_id == CONTRACT.c.id)
        )
        .where(*_chosen(asked, mine))
        .group_by(lines.c.model_id, MODEL.c.brand, MODEL.c.model)
    )  # fmt: skip
