"""Before and after of every change, in the same transaction; and who touched a record last.

Journals prove themselves and are left out, as are the rows of logging in.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlalchemy import event
from sqlalchemy.orm import Session, configure_mappers

from . import actor as acting
from . import clock
from . import models as m
from .enums import AuditAction

SILENT = (
    m.AuditLog,
    m.StateChange,
    m.RequestKey,
    m.Notification,
    m.NightlyRun,
    m.BackupRun,
    m.ExportLog,
    m.LoginSession,
    m.LoginAttempt,
    m.RatingAttempt,
    m.RatingLink,
    m.DocumentSequence,
    m.Job,
    m.JobFile,
    m.JobFilePart,
    m.OutboxMessage,
    m.ListLook,
    m.PrintLog,
    m.PrintTemplate,  # its versions are its history
    m.SavedView,
    m.AttachmentContent,
    m.CouponEntry,
    m.ReceivableEntry,
    m.CashEntry,
    m.PrepaidEntry,
    m.PrepaidBalance,
    m.StockMove,
    m.PayableCredit,
    m.MeterReading,
    m.StockBalance,
    m.PlanRow,
)
UNTOLD = frozenset(
    {"id", "version", "created_at", "changed_at", "created_by_id", "changed_by_id", "initials", "line_number"}
)
BURIED = "deleted rows of this flush"
KEPT_BACK = "***"  # keys and addresses of ours: that they changed is told, not what they are


def remember_old_values() -> None:
    """Let every attribute load its old value when it is set, so that no diff says "from nothing"."""
    configure_mappers()
    for entity in m.ENTITIES.values():
        for attribute in sa.inspect(entity).column_attrs:
            getattr(entity, attribute.key).impl.active_history = True


def plain(value: Any) -> Any:
    """A value as JSON keeps it: decimals and dates as text, choices by name."""
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date) else value


def _worth_telling(entity: type[m.Entity], name: str, value: Any) -> Any:
    """A value as the log keeps it; inner secrets leave nothing but that they are there."""
    secret = sa.inspect(entity).column_attrs[name].columns[0].info.get("secret")
    return KEPT_BACK if secret == "code" and value is not None else plain(value)


@cache
def header_of(entity: type[m.Entity]) -> tuple[str, str] | None:
    """(the header's entity, the column that leads there) of lines that live and die with a header."""
    for relation in sa.inspect(entity).relationships:
        back = relation.mapper.relationships.get(relation.back_populates or "")
        if back is not None and back.uselist and back.cascade.delete_orphan:
            return relation.mapper.class_.__name__, next(iter(relation.local_columns)).name
    return None


def _root(entity: type[m.Entity], row_id: int, value_of: Any) -> dict[str, Any]:
    """The record under which people look for this row."""
    if {"document", "document_id"} <= set(entity.__table__.c.keys()):  # what is put beside any document
        return {"root": value_of("document"), "root_id": value_of("document_id")}
    header = header_of(entity)
    held = value_of(header[1]) if header else None
    return {"root": header[0], "root_id": held} if header and held else {"root": entity.__name__, "root_id": row_id}


def _told(session: Session) -> Iterator[tuple[AuditAction, m.Entity, dict[str, Any]]]:
    for row in filter(_is_told, session.new):
        yield AuditAction.INSERT, row, {name: [None, value] for name, value in _values(row).items()}
    for row in filter(_is_told, session.dirty):
        state, changes = sa.inspect(row), {}
        for attribute in state.mapper.column_attrs:
            history = state.attrs[attribute.key].history
            if attribute.key not in UNTOLD and history.has_changes() and history.deleted != history.added:
                old = _worth_telling(type(row), attribute.key, history.deleted[0]) if history.deleted else None
                changes[attribute.key] = [old, _worth_telling(type(row), attribute.key, getattr(row, attribute.key))]
        if changes:
            yield AuditAction.UPDATE, row, changes
    for row, values in session.info.pop(BURIED, ()):
        yield AuditAction.DELETE, row, {name: [value, None] for name, value in values.items()}


def _is_told(row: Any) -> bool:
    return isinstance(row, m.Entity) and not isinstance(row, SILENT)


def _name(row: m.Entity) -> str:
    try:
        return str(row)[:160]
    except AttributeError:  # a line that was taken out of its document no longer knows it
        return str(row.id)


def _values(row: m.Entity) -> dict[str, Any]:
    """What is worth telling of a row that comes or goes."""
    names = [a.key for a in sa.inspect(type(row)).column_attrs if a.key not in UNTOLD]
    values = {name: _worth_telling(type(row), name, getattr(row, name)) for name in names}
    return {name: value for name, value in values.items() if value is not None}


@event.listens_for(m.Entity, "before_delete", propagate=True)
def _bury(_mapper: Any, _connection: Any, row: m.Entity) -> None:
    """Lines taken out of a document die without being in `session.deleted`; they are told like everything else."""
    session = sa.orm.object_session(row)
    if session is not None and _is_told(row):
        session.info[BURIED].append((row, _values(row)))


@event.listens_for(Session, "before_flush")
def _stamp(session: Session, _context: Any, _instances: Any) -> None:
    session.info[BURIED] = []
    actor = acting.current_or_none()
    if actor is None or actor.employee_id is None:
        return
    for row in session.new:
        if isinstance(row, m.Record):
            row.created_by_id = row.created_by_id or actor.employee_id
            row.changed_by_id = actor.employee_id
    for row in session.dirty:
        if isinstance(row, m.Record) and session.is_modified(row):
            row.changed_by_id = actor.employee_id


@event.listens_for(Session, "after_flush")
def _write(session: Session, _context: Any) -> None:
    told = list(_told(session))
    if not told:
        return
    _journal(
        session,
        [
            {
                "action": action,
                "entity": type(row).__name__,
                "row_id": row.id,
                "row_name": _name(row),
                "changes": changes,
                **_root(type(row), row.id, lambda name, row=row: getattr(row, name)),
            }
            for action, row, changes in told
        ],
    )


def _journal(session: Any, lines: list[dict[str, Any]]) -> None:
    actor = acting.current()
    head = {"at": clock.now(), "by_id": actor.employee_id, "by_name": actor.name, "address": actor.address}
    session.execute(sa.insert(m.AuditLog.__table__), [{**head, **line} for line in lines])


def tell_created(session: Any, entity: type[m.Entity], rows: list[tuple[int, str, dict[str, Any]]]) -> None:
    """Rows that were written without the session's knowledge: (id, name, values) each; told like every other birth."""
    _journal(
        session,
        [
            {
                "action": AuditAction.INSERT,
                "entity": entity.__name__,
                "row_id": row_id,
                "row_name": name[:160],
                "changes": {k: [None, plain(v)] for k, v in values.items() if v is not None and k not in UNTOLD},
                **_root(entity, row_id, values.get),
            }
            for row_id, name, values in rows
        ],
    )
