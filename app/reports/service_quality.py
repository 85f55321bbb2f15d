"""6 服务, 服务质量: how fast technicians come and finish, how customers rate them, how often they complain.

Orders count in the month they were reported in, cancelled ones not at all. Times are whole minutes. A technician meets
his own figures only, and ratings of his only where at least three customers gave one: no answer can be told from another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from .. import actor as acting
from .. import clock
from .. import models as m
from ..actor import Actor
from ..enums import QualityFigures, QualityGrouping, SurveyDimension, WorkOrderKind, WorkOrderState
from ..formulas.survey import LOW_POINTS, LOW_TOTAL
from ..roles import Rows
from .report import Asked, Drill, Figure, Parameter, Report, Row, address, month_after

ORDER, VISIT, ANSWER = m.WorkOrder.__table__, m.VisitTask.__table__, m.SurveyAnswer.__table__
COMPLAINT, EMPLOYEE, DEPARTMENT = m.Complaint.__table__, m.Employee.__table__, m.Department.__table__
SPANS = {  # column → from, to, what it is called
    "assign": ("reported_at", "assigned_at", _("Reported to assigned")),
    "accept": ("assigned_at", "accepted_at", _("Assigned to accepted")),
    "arrive": ("accepted_at", "arrived_at", _("Accepted to arrived")),
    "finish": ("arrived_at", "finished_at", _("Arrived to finished")),
}
FEW = 3


class minutes(FunctionElement[int]):
    """Whole minutes from one moment to another, the same on both engines."""

    inherit_cache = True
    type = sa.Integer()

    def __init__(self, start: Any, end: Any) -> None:
        super().__init__(start, end)


@compiles(minutes)
def _of_intervals(element: Any, compiler: Any, **kw: Any) -> str:
    start, end = (f"date_trunc('second', {compiler.process(c, **kw)})" for c in element.clauses)
    return f"(CAST(extract(epoch FROM {end} - {start}) AS INTEGER) / 60)"


@compiles(minutes, "sqlite")
def _of_seconds(element: Any, compiler: Any, **kw: Any) -> str:
    start, end = (f"CAST(strftime('%s', {compiler.process(c, **kw)}) AS INTEGER)" for c in element.clauses)
    return f"(({end} - {start}) / 60)"


def mean(total: Any, count: Any, scale: int = 1) -> Any:
    """total ÷ count in units of 1 / scale, rounded half up; nothing for no rows."""
    return (total * (2 * scale) + count) // sa.func.nullif(count * 2, 0, type_=sa.Integer())


def added(whole: Any) -> Any:
    """The sum of whole numbers, itself one: PostgreSQL makes a decimal of it, whose division would not be whole."""
    return sa.cast(sa.func.sum(whole), sa.Integer())


class ServiceQuality(Report):
    name, title = "ServiceQuality", _("Service quality")
    help_text = _(
        "Orders by the month they were reported in, without cancelled ones. Times in minutes; ratings from 1 to 5."
    )
    whose = m.WorkOrder
    parameters = (
        Parameter("month_from", _("First month"), "month", default=lambda: clock.today().replace(day=1), needed=True),
        Parameter("month_to", _("Last month"), "month", default=lambda: clock.today().replace(day=1), needed=True),
        Parameter("technician", _("Technician"), "key", entity=m.Employee),
        Parameter("department", _("Department"), "key", entity=m.Department),
        Parameter("kind", _("Kind of service"), "choice", options=WorkOrderKind),
        Parameter(
            "group", _("Grouped by"), "choice", options=QualityGrouping, default=lambda: QualityGrouping.TECHNICIAN,
            needed=True,
        ),
        Parameter(
            "show", _("Figures"), "choice", options=QualityFigures, default=lambda: QualityFigures.TIMES, needed=True
        ),
    )  # fmt: skip

    @classmethod
    def rows_of(cls, actor: Actor, verb: str) -> Callable[[Any], Any]:
        """Everything, or what this person led himself; never a colleague's order he only helped with."""
        kinds = actor.rows(cls.name, verb)
        if actor.is_system or Rows.ALL in kinds:
            return lambda columns: sa.true()
        mine = actor.employee_id if Rows.ASSIGNED in kinds else None
        return lambda columns: columns.leader_id == (mine or 0)

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        return [("orders", True), ("group_name", False), ("group_id", False)]

    def figures(self, asked: Asked) -> list[Figure]:
        count: dict[str, Any] = {"kind": "whole", "total": True}
        if asked["group"] is QualityGrouping.KIND:
            named = Figure("group_name", _("Kind of service"), "state", derive=_kind, options=WorkOrderKind)
        else:
            by_person = asked["group"] is QualityGrouping.TECHNICIAN
            label = _("Technician") if by_person else _("Department")
            named = Figure(
                "group_name", label, "text", derive=lambda row, a: row["group_name"] or str(_("To be assigned"))
            )
        figures = [named, Figure("orders", _("Orders"), drill=self._orders, **count)]
        if asked["show"] is QualityFigures.TIMES:
            figures.append(Figure("finished", _("Orders finished"), **count))
            for span, (_start, _end, label) in SPANS.items():
                figures.append(Figure(f"{span}_mean", label, "whole", _("min on average")))
                figures.append(Figure(f"{span}_median", label, "whole", _("min in the middle"), card=False))
            return figures
        figures += [
            Figure("rated", _("Rated orders"), **count),
            Figure("score", _("Score"), "quantity", derive=_hundredths("score")),
            *(
                Figure(d.name.lower(), d.label, "quantity", derive=_hundredths(d.name.lower()), card=False)
                for d in SurveyDimension
            ),
            Figure("low", _("Low scores"), **count),
            Figure("complaints", _("Complaints"), **count),
        ]
        return figures

    @staticmethod
    def _orders(row: Row, asked: Asked) -> Drill | None:
        if row["group_name"] is None:  # nobody leads them yet: no filter says so
            return None
        last = month_after(asked["month_to"]) - timedelta(days=1)
        kept = {"leader": asked.get("technician"), "department": asked.get("department"), "kind": asked.get("kind")}
        mine = {QualityGrouping.TECHNICIAN: "leader", QualityGrouping.DEPARTMENT: "department"}.get(
            asked["group"], "kind"
        )
        kept[mine] = row["group_name"] if mine == "kind" else row["group_id"]
        days = {"reported_at_from": asked["month_from"], "reported_at_to": last}
        return Drill("WorkOrder", address(tab="real", **days, **kept), "")

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        group_id, group_name = {
            QualityGrouping.TECHNICIAN: (ORDER.c.leader_id, EMPLOYEE.c.name),
            QualityGrouping.DEPARTMENT: (ORDER.c.department_id, DEPARTMENT.c.name),
            QualityGrouping.KIND: (sa.literal(0), sa.type_coerce(ORDER.c.kind, sa.String())),
        }[asked["group"]]
        said, moaned = _ratings(), _complaints()
        last = month_after(asked["month_to"])
        each = (
            sa.select(
                ORDER.c.id, sa.func.coalesce(group_id, 0).label("group_id"), group_name.label("group_name"),
                ORDER.c.finished_at, *(minutes(ORDER.c[a], ORDER.c[b]).label(n) for n, (a, b, _) in SPANS.items()),
                *(c for c in said.c if c.name != "work_order_id"), sa.func.coalesce(moaned.c.n, 0).label("complaints"),
            )
            .select_from(
                ORDER.outerjoin(EMPLOYEE, EMPLOYEE.c.id == ORDER.c.leader_id)
                .join(DEPARTMENT, DEPARTMENT.c.id == ORDER.c.department_id)
                .outerjoin(said, said.c.work_order_id == ORDER.c.id)
                .outerjoin(moaned, moaned.c.work_order_id == ORDER.c.id)
            )
            .where(
                mine(ORDER.c), ORDER.c.state != WorkOrderState.CANCELLED,
                ORDER.c.reported_at >= clock.midnight(asked["month_from"]), ORDER.c.reported_at < clock.midnight(last),
                *([ORDER.c.leader_id == asked["technician"].id] if asked.get("technician") else []),
                *([ORDER.c.department_id == asked["department"].id] if asked.get("department") else []),
                *([ORDER.c.kind == asked["kind"]] if asked.get("kind") else []),
            )
            .subquery("each")
        )  # fmt: skip
        return _summed(_ranked(each))


def _ranked(each: Any) -> Any:
    """Every order with its place among those of its group, span by span, so that the middle one can be found."""
    columns = []
    for span in SPANS:
        known, by = each.c[span].is_not(None), [each.c.group_id, each.c.group_name]
        place = sa.func.row_number().over(partition_by=[*by, known], order_by=[each.c[span], each.c.id])
        columns += [place.label(f"{span}_place"), sa.func.count(each.c[span]).over(partition_by=by).label(f"{span}_n")]
    return sa.select(each, *columns).subquery("ranked")


def _summed(row: Any) -> sa.Select[Any]:
    """One row for every group."""
    columns = [sa.func.count().label("orders"), sa.func.count(row.c.finished_at).label("finished")]
    for span in SPANS:
        value, place, n = row.c[span], row.c[f"{span}_place"], row.c[f"{span}_n"]
        low = sa.func.max(sa.case((sa.and_(value.is_not(None), place == (n + 1) // 2), value)))
        high = sa.func.max(sa.case((sa.and_(value.is_not(None), place == n // 2 + 1), value)))
        columns += [mean(added(value), sa.func.count(value)).label(f"{span}_mean")]
        columns += [((low + high) // 2).label(f"{span}_median")]
    rated = sa.func.count(row.c.total)
    enough = rated >= (1 if acting.current().knows("rating") else FEW)
    columns += [rated.label("rated"), sa.case((enough, mean(added(row.c.total), rated, 100))).label("score")]
    for dimension in SurveyDimension:
        points, answers = added(row.c[f"{dimension.name}_sum"]), added(row.c[f"{dimension.name}_n"])
        columns.append(sa.case((enough, mean(points, answers, 100))).label(dimension.name.lower()))
    columns += [
        sa.func.count(sa.case((sa.or_(row.c.total < LOW_TOTAL, row.c.worst <= LOW_POINTS), 1))).label("low"),
        added(row.c.complaints).label("complaints"),
    ]
    by = [row.c.group_id, row.c.group_name]
    return sa.select(*by, *columns).group_by(*by)


def _ratings() -> Any:
    """What the customer of each work order said: the total, points and answers of every dimension."""
    sums = []
    for dimension in SurveyDimension:
        here = ANSWER.c.dimension == dimension
        sums.append(sa.func.sum(sa.case((here, ANSWER.c.score))).label(f"{dimension.name}_sum"))
        sums.append(sa.func.count(sa.case((here, ANSWER.c.score))).label(f"{dimension.name}_n"))
    return (
        sa.select(
            VISIT.c.work_order_id,
            sa.func.max(VISIT.c.score).label("total"),
            sa.func.min(ANSWER.c.score).label("worst"),
            *sums,
        )
        .select_from(VISIT.outerjoin(ANSWER, ANSWER.c.visit_id == VISIT.c.id))
        .where(VISIT.c.work_order_id.is_not(None))
        .group_by(VISIT.c.work_order_id)
        .subquery("said")
    )


def _complaints() -> Any:
    """How many complaints there are about each work order."""
    n = sa.func.count().label("n")
    about = sa.select(COMPLAINT.c.work_order_id, n).where(COMPLAINT.c.work_order_id.is_not(None))
    return about.group_by(COMPLAINT.c.work_order_id).subquery("moaned")


def _kind(row: Row, _asked: Asked) -> WorkOrderKind:
    return WorkOrderKind[row["group_name"]]


def _hundredths(name: str) -> Callable[[Row, Asked], Decimal | None]:
    def derive(row: Row, _asked: Asked) -> Decimal | None:
        return None if row[name] is None else Decimal(row[name]).scaleb(-2)

    return derive
