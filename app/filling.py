"""Values into rows: columns, references and lines by name; what every new row gets; what a duplicate is called."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError

from . import in_use, scope
from .database import db
from .errors import AlreadyThere, BusinessError
from .models import ENTITIES, Entity


def fill(row: Entity, values: dict[str, Any]) -> None:
    """Set columns, references and lines; a line dict with the id of an existing line changes that one."""
    mapper = sa.inspect(type(row))
    for name, value in values.items():
        relation = mapper.relationships.get(name)
        if relation is None or not relation.uselist:
            column = mapper.columns.get(name)
            if value is None and column is not None and not column.nullable and column.default is not None:
                value = _value_of(column.default)  # a figure that was emptied is what it is when nobody says
            if relation is not None:
                value = in_use.chosen(row, name, value)
            setattr(row, name, value)
            continue
        existing = {line.id: line for line in getattr(row, name)}
        numbered = "line_number" in relation.mapper.columns
        if numbered and existing and not _in_place(existing, value):
            for line in existing.values():  # out of the way of the unique line numbers
                line.line_number = -line.line_number
            db.session.flush()
        kept = []
        for number, details in enumerate(value, 1):
            details = dict(details)
            line = existing.get(details.pop("id", None)) or relation.mapper.class_()
            fill(line, details)
            if numbered:
                line.line_number = number
            kept.append(line)
        setattr(row, name, kept)


def _in_place(existing: dict[int, Any], value: list[dict[str, Any]]) -> bool:
    """Whether every line keeps its number: those that are there come first, in their order, further ones after them."""
    told = [details.get("id") for details in value]
    numbers = [line.line_number for line in existing.values()]
    return told == [*existing, *[None] * (len(told) - len(existing))] and numbers == list(range(1, len(existing) + 1))


def complete(row: Entity) -> None:
    """What every new row gets: a department for a document, defaults that checks want to read."""
    mapper = sa.inspect(type(row))
    for part in (
        row,
        *(line for r in mapper.relationships if r.uselist and not r.viewonly for line in getattr(row, r.key)),
    ):
        for attribute in sa.inspect(type(part)).column_attrs:
            default = attribute.columns[0].default
            if getattr(part, attribute.key) is None and default is not None:
                setattr(part, attribute.key, _value_of(default))


def _value_of(default: Any) -> Any:
    return default.arg(None) if default.is_callable else default.arg


def checked() -> Any:
    """Checks see the whole books: a duplicate at a colleague's is a duplicate."""
    return _NoAutoflushElevated()


class _NoAutoflushElevated:
    def __enter__(self) -> None:
        self._parts = (scope.elevated(), db.session.no_autoflush)
        for part in self._parts:
            part.__enter__()

    def __exit__(self, *error: Any) -> None:
        for part in reversed(self._parts):
            part.__exit__(*error)


def duplicate(fault: Exception) -> BusinessError | None:
    """Plain words for a second one of something unique, beside its field; None for any other fault."""
    text = str(fault.orig) if isinstance(fault, IntegrityError) else ""
    if "unique" not in text.lower() or "request_key" in text:
        return None
    for entity in ENTITIES.values():
        for constraint in entity.__table__.constraints:
            if not isinstance(constraint, sa.UniqueConstraint):
                continue
            names = [c.name for c in constraint.columns]
            # named as database.py names them
            called = str(constraint.name or "_".join(("uq", entity.__tablename__, *names)))
            columns = [c for c in constraint.columns if "label" in c.info]
            listed = ", ".join(f"{entity.__tablename__}.{name}" for name in names)
            if columns and (text.endswith(f"UNIQUE constraint failed: {listed}") or f'"{called}"' in text):
                label = "、".join(str(c.info["label"]) for c in columns)
                return AlreadyThere(gettext("This %(label)s already exists", label=label), field=columns[-1].name)
    return None
