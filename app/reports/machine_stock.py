"""3 整机, 整机库存与库龄: every machine that stands in a yard, since when, and what it has cost.

Cost is without tax, what was put into the machine since (`extra_cost_amount`) included.

As of today only: what a machine costs, where it stands and for whom it is kept are known as they are now. It stands here
since the day of the inbound that holds (`arrived_on`, which may be before the day it was booked); a machine that was sold
and came back since the day it was taken back, for its sale ended the first stay. A withdrawn dispatch interrupts nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from .. import clock
from .. import models as m
from ..enums import UNITS_IN_YARD, MachineStockGrouping, StockAge, UnitCondition, UnitState, WarehouseKind
from .days import day_of
from .exact import money, total
from .report import Asked, Drill, Figure, Parameter, Report, Row, address
from .slow_stock import AGES

UNIT, MODEL, WAREHOUSE = m.MachineUnit.__table__, m.MachineModel.__table__, m.Warehouse.__table__
INBOUND, CHANGE = m.MachineInbound.__table__, m.StateChange.__table__
LINE, CONTRACT, EMPLOYEE = m.ContractLine.__table__, m.MachineContract.__table__, m.Employee.__table__
G = MachineStockGrouping
GROUPS = {  # grouping → parameter, its column, the column that is shown
    G.MODEL: ("model", "model_id", "model_name"),
    G.WAREHOUSE: ("warehouse", "warehouse_id", "warehouse_name"),
    G.CONDITION: ("condition", "condition", "condition"),
}
BANDS = {age: f"aged_{age.name.lower()}" for age in StockAge}


class MachineStock(Report):
    name, title = "MachineStock", _("Machine stock and its age")
    help_text = _(
        "Machines in a yard as of today. Days since the arrival on the inbound paper; since it came back for a returned one."
    )
    whose = m.MachineUnit
    parameters = (
        Parameter("model", _("Machine model"), "key", entity=m.MachineModel),
        Parameter(
            "warehouse", _("Kept at"), "key", entity=m.Warehouse,
            narrow=lambda query, _given: query.where(m.Warehouse.kind == WarehouseKind.MACHINE),
        ),
        Parameter("condition", _("Condition"), "choice", options=UnitCondition),
        Parameter("state", _("Machine status"), "choice", options=UnitState),
        Parameter("age", _("Age of the stock"), "choice", options=StockAge),
        Parameter("group", _("Grouped by"), "choice", options=G, default=lambda: G.UNIT, needed=True),
    )  # fmt: skip

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        if asked["group"] is G.UNIT:
            return [("since", False), ("unit_id", False)]
        return [("pieces", True), ("group_id", False)]

    def figures(self, asked: Asked) -> list[Figure]:
        if asked["group"] is G.UNIT:
            return _each()
        word, _key, column = GROUPS[asked["group"]]
        named = {
            G.MODEL: Figure(column, _("Machine model"), "text"),
            G.WAREHOUSE: Figure(column, _("Kept at"), "text"),
            G.CONDITION: Figure(column, _("Condition"), "state", options=UnitCondition),
        }
        kept = {p.name: asked.get(p.name) for p in self.parameters if p.name != "group"}

        def behind(total_: str, **more: Any) -> Callable[[Row, Asked], Drill | None]:
            return lambda row, _asked: (
                Drill(self.name, address(**kept | {word: row["group_id"]} | more), total_) if row["group_id"] else None
            )

        bands = [] if asked.get("age") else list(BANDS.items())
        return [
            named[asked["group"]],
            Figure("pieces", _("Machines"), "whole", _("machines"), total=True, drill=behind("")),
            *(Figure(n, age.label, "whole", _("machines"), total=True, drill=behind("", age=age)) for age, n in bands),
            Figure("oldest", _("Days of the oldest"), "whole", order="-since", derive=_days),
            Figure("cost", _("Cost without tax"), "money", _("yuan"), "cost", total=True, drill=behind("cost")),
        ]

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        row = _standing(asked, mine)
        if asked["group"] is G.UNIT:
            return sa.select(row)
        _word, key, column = GROUPS[asked["group"]]
        bands = {name: row.c.age_rank == rank for rank, name in enumerate(BANDS.values())}
        return sa.select(
            row.c[key].label("group_id"), row.c[column], sa.func.count().label("pieces"),
            *(sa.func.count(sa.case((test, 1))).label(name) for name, test in bands.items()),
            sa.func.min(row.c.since).label("since"), total(row.c.cost).label("cost"),
        ).group_by(row.c[key], row.c[column])  # fmt: skip


def _each() -> list[Figure]:
    """The columns of one machine."""
    return [
        Figure("serial_number", _("Machine"), "text", paper=lambda row: ("MachineUnit", row["unit_id"])),
        Figure("model_name", _("Machine model"), "text"),
        Figure("condition", _("Condition"), "choice", options=UnitCondition),
        Figure("warehouse_name", _("Kept at"), "text"),
        Figure("state", _("Machine status"), "choice", options=UnitState),
        Figure("since", _("In stock since"), "day"),
        Figure("days", _("Days in stock"), "whole", _("days"), order="-since", derive=_days),
        Figure("age", _("Age of the stock"), "state", order="age_rank", derive=_age, options=StockAge),
        Figure("contract_number", _("Reserved for"), "text",
               paper=lambda row: ("MachineContract", row["contract_id"])),
        Figure("salesperson_name", _("Salesperson"), "text", card=False),
        Figure("cost", _("Cost without tax"), "money", _("yuan"), "cost", total=True),
    ]  # fmt: skip


def _days(row: Row, _asked: Asked) -> int:
    return int((clock.today() - row["since"]).days)


def _age(row: Row, _asked: Asked) -> StockAge:
    return list(StockAge)[row["age_rank"]]


def _standing(asked: Asked, mine: Callable[[Any], Any]) -> Any:
    """One row for each machine in a yard."""
    back = (
        sa.select(CHANGE.c.document_id.label("unit_id"), day_of(sa.func.max(CHANGE.c.at)).label("on"))
        .where(CHANGE.c.document == m.MachineUnit.__name__, CHANGE.c.verb == "take_back")
        .group_by(CHANGE.c.document_id)
        .subquery("back")
    )
    came = (
        sa.select(INBOUND.c.unit_id, sa.func.max(INBOUND.c.arrived_on).label("on"))
        .where(INBOUND.c.unit_id.is_not(None))
        .group_by(INBOUND.c.unit_id)
        .subquery("came")
    )
    later = sa.case((sa.or_(came.c.on.is_(None), back.c.on >= came.c.on), back.c.on), else_=came.c.on)
    since = sa.type_coerce(sa.func.coalesce(later, day_of(UNIT.c.created_at)), sa.Date())
    rank = sa.case(
        *((since >= clock.today() - timedelta(days=days), list(StockAge).index(age)) for age, days in AGES.items()),
        else_=len(AGES),
    )
    given = [UNIT.c[f"{n}_id"] == asked[n].id for n in ("model", "warehouse") if asked.get(n)]
    given += [UNIT.c[n] == asked[n] for n in ("condition", "state") if asked.get(n)]
    if asked.get("age"):
        given.append(rank == list(StockAge).index(asked["age"]))
    return (
        sa.select(
            UNIT.c.id.label("unit_id"), UNIT.c.serial_number, UNIT.c.model_id, UNIT.c.warehouse_id, UNIT.c.condition,
            UNIT.c.state, (MODEL.c.brand + " " + MODEL.c.model).label("model_name"),
            WAREHOUSE.c.name.label("warehouse_name"), since.label("since"), rank.label("age_rank"),
            CONTRACT.c.id.label("contract_id"), CONTRACT.c.number.label("contract_number"),
            EMPLOYEE.c.name.label("salesperson_name"),
            money(UNIT.c.cost_amount + UNIT.c.extra_cost_amount).label("cost"),
        )
        .select_from(
            UNIT.join(MODEL, MODEL.c.id == UNIT.c.model_id)
            .outerjoin(WAREHOUSE, WAREHOUSE.c.id == UNIT.c.warehouse_id)
            .outerjoin(came, came.c.unit_id == UNIT.c.id)
            .outerjoin(back, back.c.unit_id == UNIT.c.id)
            .outerjoin(LINE, LINE.c.id == UNIT.c.reserved_line_id)
            .outerjoin(CONTRACT, CONTRACT.c.id == LINE.c.contract_id)
            .outerjoin(EMPLOYEE, EMPLOYEE.c.id == CONTRACT.c.salesperson_id)
        )
        .where(UNIT.c.state.in_(UNITS_IN_YARD), mine(UNIT.c), *given)
        .subquery("standing")
    )  # fmt: skip
