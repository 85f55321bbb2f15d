"""操作日志 of a record: every change of it and of its lines, in words, without what the reader may not know.

What the page above hides is hidden here: secret figures are left out, personal numbers keep their masks, lines that
lie outside his rows are not told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_babel import gettext

from .. import actor as acting
from .. import scope
from ..audit import header_of
from ..database import db
from ..models import ENTITIES, Attachment, AuditLog, Entity
from ..roles import ROLES, Rows
from . import formats
from .columns import Column, describe

if TYPE_CHECKING:
    from .screen import Screen

SHOWN, MOST = 20, 500
INNER = frozenset({"media_type", "sha256"})  # what only the program reads
BESIDE = frozenset({"document", "document_id", "size"})  # of a file: the record whose log this is, and a mere figure
ROLE_WORDS = frozenset(
    {"role", "awaiting_role", "approval_route", "approver", "roles", "account_roles", "awaited_roles"}
)
DECIMALS = frozenset({"money", "quantity", "rate", "percent"})
Change = tuple[str, str, str]  # label, before, after


@dataclass(frozen=True)
class Step:
    """One row of the log, as the person reads it."""

    entry: AuditLog
    what: str
    changes: list[Change]


def of(screen: Screen, row: Entity, most: int = SHOWN) -> tuple[list[Step], bool]:
    """The newest changes of a record that was checked, and whether there are more."""
    name, lines = type(row).__name__, _lines_shown(screen)
    under = sa.and_(AuditLog.root == name, AuditLog.root_id == row.id, AuditLog.entity.in_([name, *lines]))
    itself = sa.and_(AuditLog.entity == name, AuditLog.row_id == row.id)  # a line with a page of its own
    wanted = sa.select(AuditLog).where(sa.or_(under, itself))
    with scope.elevated():
        entries = list(db.session.scalars(wanted.order_by(AuditLog.id.desc()).limit(most + 1)))
    told_of = {line: {e.row_id for e in entries if e.entity == line} for line in lines}
    hidden = {line: _hidden(ENTITIES[line], ids) for line, ids in told_of.items() if ids}
    steps = []
    for entry in entries[:most]:
        told = changes(entry) if entry.row_id not in hidden.get(entry.entity, ()) else []
        if told:
            is_line = entry.entity != name
            steps.append(Step(entry, f"{title_of(entry.entity)} {entry.row_name}" if is_line else "", told))
    return steps, len(entries) > most


def _lines_shown(screen: Screen) -> list[str]:
    """Entities of the tables of lines that the person sees on this page, and the files beside it."""
    by, found = acting.current(), []
    for name in dict.fromkeys([*screen.line_tables, *screen.lines]):
        column = describe(screen.entity, name)
        spec = screen.lines.get(name)
        is_known = by.knows(column.secret) and (spec is None or by.knows(spec.secret))
        if is_known and column.target is not None and header_of(column.target) is not None:
            found.append(column.target.__name__)
    return [*found, Attachment.__name__] if screen.entity.attachment_kinds else found


def _hidden(entity: type[Entity], ids: set[int]) -> set[int]:
    """Lines the person does not see; of lines that are gone a mere keeper is told nothing."""
    asked = sa.select(entity.id).where(entity.id.in_(ids))
    seen = set(db.session.scalars(asked))
    with scope.elevated():
        there = set(db.session.scalars(asked))
    by, like = acting.current(), scope.RULES[entity].like or entity.__name__
    gone = ids - there if by.rows(like) == {Rows.KEPT} else set()
    return there - seen | gone


def title_of(entity: str) -> str:
    """What a clerk calls an entity, by its name in the log."""
    return str(ENTITIES[entity].title) if entity in ENTITIES else entity


TABLES = {str(entity.__table__.name): entity for entity in ENTITIES.values()}


def changes(entry: AuditLog, *, tell_hidden: bool = False) -> list[Change]:
    """(label, before, after) of what this person may know; with `tell_hidden` the rest as ***."""
    by, told = acting.current(), []
    header = header_of(ENTITIES[entry.entity]) if entry.entity in ENTITIES else None
    for name, (before, after) in entry.changes.items():
        if name in INNER or isinstance(before if after is None else after, dict | list):
            continue
        if header is not None and name == header[1]:
            continue  # a line stands on its header
        if entry.entity == Attachment.__name__ and name in BESIDE:
            continue
        try:
            column = describe(ENTITIES[entry.entity], name)
        except LookupError:  # a column or an entity of an earlier version
            continue
        if by.knows(column.secret):
            target = _target(ENTITIES[entry.entity], name)
            told.append((str(column.label), _word(column, before, target), _word(column, after, target)))
        elif tell_hidden:
            told.append((str(column.label), "***", "***"))
    return told


def in_words(entity: type[Entity], name: str, value: Any) -> str:
    """A value of a column, kept as JSON keeps it, as people read it."""
    return _word(describe(entity, name), value, _target(entity, name))


def _target(entity: type[Entity], name: str) -> type[Entity] | None:
    """The entity behind a key, by the name of its column."""
    keys = sa.inspect(entity).column_attrs[name].columns[0].foreign_keys
    return next((TABLES.get(key.column.table.name) for key in keys), None)


def _word(column: Column, value: Any, target: type[Entity] | None) -> str:
    """A value of the log as people read it."""
    if value is None or value == "":
        return ""
    if target is not None:
        with scope.elevated():
            row = db.session.get(target, value)
        return str(row) if row is not None else gettext("no longer there (%(id)s)", id=value)
    if column.kind == "text" and value in ENTITIES:  # what kind of paper something came from or belongs to
        return title_of(value)
    if column.name in ROLE_WORDS:
        return "、".join(str(ROLES[code].label) for code in str(value).split(",") if code in ROLES)
    text = formats.plain(_typed(column, value), column)
    return f"{text} %" if column.kind == "percent" else text


def _typed(column: Column, value: Any) -> Any:
    """What JSON kept as text, as it was."""
    if column.kind in ("choice", "state") and value in column.type.enum_class.__members__:
        return column.type.enum_class[value]
    if column.kind in DECIMALS and isinstance(value, str):
        return Decimal(value)
    if column.kind == "day" and isinstance(value, str):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if column.kind == "moment" and isinstance(value, str) else value
