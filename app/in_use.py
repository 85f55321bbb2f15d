"""In use: what may be chosen anew.

What is disabled or has left stays where it stands and is offered nowhere, unless the column says `retired`; and a column
may say `among` which rows it may name at all (a part order's supplier is no bank). Drop-downs, forms that come back,
copies, imports, phone pages and the unit of work ask the same two rules here.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from .database import db
from .enums import EmployeeState
from .errors import WrongChoice
from .models import Employee, Entity

Among = dict[str, Any]


def condition(entity: type[Entity], *, retired: bool = False, among: Among | None = None) -> Any:
    """What the rows that may be chosen have in common, as SQL."""
    rules = [getattr(entity, name).in_(values) for name, values in (among or {}).items()]
    if not retired and hasattr(entity, "is_enabled"):
        rules.append(getattr(entity, "is_enabled"))  # noqa: B009 - not every entity has it
    if not retired and entity is Employee:
        rules.append(Employee.state == EmployeeState.ACTIVE)
    return sa.and_(sa.true(), *rules)


def fits(row: Any, *, retired: bool = False, among: Among | None = None) -> bool:
    """The same of one row."""
    if any(getattr(row, name) not in values for name, values in (among or {}).items()):
        return False
    return retired or not is_retired(row)


def is_retired(row: Any) -> bool:
    """Whether a row is disabled, or a person has left."""
    if isinstance(row, Employee):
        return row.state is not EmployeeState.ACTIVE
    return getattr(row, "is_enabled", True) is False


def chosen(row: Entity, name: str, value: Any) -> Any:
    """The row a reference is given, of this session; what stands there may stay, whatever became of it.

    Raises: WrongChoice for a row that may not be chosen anew.
    """
    if not isinstance(value, Entity):
        return value
    known = sa.inspect(value)
    if known.detached:  # it was picked before a connection was lost
        value = db.session.get(type(value), known.identity) or value
    _check(row, name, value)
    return value


def _check(row: Entity, name: str, value: Any) -> None:
    info = sa.inspect(type(row)).relationships[name].info
    if fits(value, retired=info.get("retired", False), among=info.get("among")):
        return
    if sa.inspect(row).persistent and getattr(row, name) is value:
        return
    raise WrongChoice(refusal(value), field=name)


def refusal(value: Any) -> str:
    """The sentence for a row that may not be chosen."""
    if is_retired(value):
        return gettext("“%(name)s” is no longer in use; please choose another", name=str(value))
    state = getattr(value, "state", None)
    if state is not None:
        return gettext(
            "“%(name)s” is “%(state)s” and cannot be chosen here; please choose another",
            name=str(value),
            state=str(state),
        )
    return gettext("“%(name)s” cannot be chosen here; please choose another", name=str(value))
