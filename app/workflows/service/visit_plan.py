"""回访计划: after what and how often customers are asked; regular visits come every night, each once.

A regular visit is due every so many months after the delivery of a machine; its row is unique by plan, machine and day,
so that a night that is run twice asks once.
"""

from __future__ import annotations

import calendar
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ...database import db
from ...enums import VisitSource
from ...errors import AlreadyThere, MissingData, WrongAmount
from ...models import Customer, MachineUnit, VisitPlan, VisitTask
from .. import checks
from ..machine import Workflow
from . import visit

flow = Workflow(VisitPlan)
OLDEST_MONTHS = 30 * 12


@flow.before_save
def prepare(plan: VisitPlan) -> None:
    """Regular visits say how often; the others how many days later."""
    checks.strip_texts(plan)
    if plan.source is VisitSource.PERIODIC and not plan.every_months:
        raise MissingData(gettext("Please enter every how many months"), field="every_months")
    if plan.every_months is not None and not 1 <= plan.every_months <= 60:
        raise WrongAmount(gettext("Between 1 and 60 months"), field="every_months")
    if plan.days_after > 365:
        raise WrongAmount(gettext("At most 365 days"), field="days_after")
    if plan.source is not VisitSource.PERIODIC:
        plan.every_months = None


def due_units(plan: VisitPlan, day: date) -> Any:
    """Ids of delivered machines whose turn it is on this day and who have no visit of this plan and day yet."""
    there = sa.exists().where(
        VisitTask.plan_id == plan.id, VisitTask.unit_id == MachineUnit.id, VisitTask.plan_due_on == day
    )
    return (
        sa.select(MachineUnit.id)
        .where(
            MachineUnit.delivered_on.in_(deliveries(day, plan.every_months or 0)),
            MachineUnit.owner_customer_id.is_not(None),
            ~there,
        )
        .order_by(MachineUnit.id)
    )


def deliveries(day: date, months: int) -> list[date]:
    """Days of delivery whose anniversary after any multiple of so many months falls on this day.

    Where a month is too short, its last day stands for the days it lacks.
    """
    is_last = day.day == calendar.monthrange(day.year, day.month)[1]
    found: list[date] = []
    for back in range(months, OLDEST_MONTHS + 1, months) if months else ():
        year, month = divmod(day.year * 12 + day.month - 1 - back, 12)
        length = calendar.monthrange(year, month + 1)[1]
        days = range(day.day, length + 1) if is_last else range(day.day, min(day.day, length) + 1)
        found += [date(year, month + 1, n) for n in days]
    return found


def ask_again(plan_id: int, unit_id: int, day: date) -> VisitTask:
    """定期回访: one machine's regular visit. Raises AlreadyThere when somebody planned it a moment ago."""
    turn = sa.select(VisitTask.id).where(
        VisitTask.plan_id == plan_id, VisitTask.unit_id == unit_id, VisitTask.plan_due_on == day
    )
    if db.session.scalar(turn) is not None:
        raise AlreadyThere(gettext("This visit is planned already"))
    plan, unit = db.session.get_one(VisitPlan, plan_id), db.session.get_one(MachineUnit, unit_id)
    customer = db.session.get_one(Customer, unit.owner_customer_id)
    return visit.book(plan, VisitSource.PERIODIC, customer, day, unit_id=unit.id, plan_due_on=day)
