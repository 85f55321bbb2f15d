"""复制: a new form filled from a row that is there. Nothing is written until it is saved.

Left blank, or as a new form has it: numbers and whatever else is unique, dates, moments, states, and what the screen
names in `copy_without` ("serial_number", "lines.unit", "allocations").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_wtf import FlaskForm

from ..models import Entity
from . import forming
from .columns import Column, describe
from .formfields import LinesField

if TYPE_CHECKING:
    from .screen import Screen

ONCE = frozenset({"day", "moment", "state"})


def form_like(screen: Screen, row: Entity) -> FlaskForm:
    """The form of a new row, as this person may fill it in, with what the other row says."""
    form = forming.form_class(screen, None)(obj=row)
    for field in form:
        if field.name == "csrf_token":
            continue
        column = screen.column(field.short_name)
        if isinstance(field, LinesField):
            kept = [] if field.short_name in screen.copy_without else getattr(row, field.short_name)
            field.take(kept)
            for entry in field.entries:
                _forget(entry.form, column.target, field.short_name, screen)  # type: ignore[arg-type]
        elif _is_once(screen, screen.entity, column, field.short_name):
            _as_new(field, screen.entity)
    for name, value in screen.defaults().items():
        if name in form and form[name].data is None:
            form[name].process_data(value)
    return form


def _forget(line: Any, entity: type[Entity], prefix: str, screen: Screen) -> None:
    for field in line:
        if field.short_name != "id" and _is_once(
            screen, entity, describe(entity, field.short_name), f"{prefix}.{field.short_name}"
        ):
            _as_new(field, entity)


def _is_once(screen: Screen, entity: type[Entity], column: Column, path: str) -> bool:
    """Whether a value belongs to its row alone."""
    return column.kind in ONCE or path in screen.copy_without or _is_unique(entity, column.name)


def _is_unique(entity: type[Entity], name: str) -> bool:
    """Whether no two rows may say the same here."""
    attribute = sa.inspect(entity).column_attrs.get(name)
    column = attribute.columns[0] if attribute is not None else None
    alone = [u for u in entity.__table__.constraints if isinstance(u, sa.UniqueConstraint) and len(u.columns) == 1]  # type: ignore[attr-defined]
    return column is not None and (bool(column.unique) or any(column.name in u.columns for u in alone))


def _as_new(field: Any, entity: type[Entity]) -> None:
    """The field as it stands in an empty form."""
    field.process_data(None)
    forming.start_with_defaults([field], entity)
