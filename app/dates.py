"""Days that cannot be are refused at every door: whatever is written passes here, a form merely says it earlier."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy import event
from sqlalchemy.orm import Session

from . import clock
from .errors import WrongAmount, refuse
from .formulas.windows import CLOCKS_DIFFER, Window
from .models import Entity


def refusal(window: Window, label: Any, value: date | int) -> str | None:
    """What is wrong with a day, a moment or a year of this meaning; None when it may be."""
    today, day = clock.today(), _day(value)
    if first := window.too_early(day, today):
        return gettext("%(label)s cannot be before %(day)s", label=str(label), day=_shown(value, first))
    last = window.too_late(day, today)
    if last is None and _is_to_come(window, value):
        return gettext("%(label)s cannot lie in the hours to come", label=str(label))
    if last == today:
        return gettext("%(label)s cannot be after today, %(day)s", label=str(label), day=today.isoformat())
    if last is not None:
        return gettext("%(label)s cannot be after %(day)s", label=str(label), day=_shown(value, last))
    return None


def check(row: Entity) -> None:
    """The days of a row that are new on it, and those of its lines. Raises WrongAmount beside the field."""
    _check_one(row, None)
    for relation in sa.inspect(type(row)).relationships:
        if relation.uselist and not relation.viewonly:
            for line in getattr(row, relation.key):
                _check_one(line, relation.key)


def _check_one(row: Entity, lines: str | None) -> None:
    state = sa.inspect(row)
    for name, label, window in _windows(type(row)):
        value = state.dict.get(name)
        if not isinstance(value, date | int) or not state.attrs[name].history.added:
            continue
        if sentence := refusal(window, label, value):
            refuse(WrongAmount(sentence, field=lines or name))


@cache
def _windows(entity: type[Entity]) -> list[tuple[str, Any, Window]]:
    """Name, label and window of every day, moment and year that has one."""
    columns = [(a.key, a.columns[0].info) for a in sa.inspect(entity).column_attrs]
    windows = [(name, info["label"], info.get("window")) for name, info in columns if "label" in info]
    return [(name, label, window) for name, label, window in windows if window is not None and window.first]


def _day(value: date | int) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date(min(max(value, 1), 9999), 1, 1)


def _shown(value: date | int, edge: date) -> str:
    return edge.isoformat() if isinstance(value, date) else str(edge.year)


def _is_to_come(window: Window, value: date | int) -> bool:
    """Whether something that took place lies in the hours to come."""
    if not isinstance(value, datetime) or window.last is None:
        return False
    return window.last(clock.today()) == clock.today() and value > clock.now() + CLOCKS_DIFFER


@event.listens_for(Session, "before_flush")
def _refuse(session: Session, _context: Any, _instances: Any) -> None:
    """Verbs, jobs and ledgers write days as well; none of them gets by."""
    for row in (*session.new, *session.dirty):
        if isinstance(row, Entity):
            _check_one(row, None)
