"""Opens the transaction, does the work, commits once; retries what may be retried, a bounded number of times.

Four doors, the same for buttons, phone pages, bulk verbs, jobs, imports and tests:

    create(Entity, values)          a new row with its lines
    change(row, values, version)    an edited row; refused when somebody saved it meanwhile
    remove(row)                     a deleted row, where nothing uses it
    fire(document, verb, **answers) a verb

A `key` names the request: the same key never books twice, the second caller gets the first result. It belongs to one
person, one verb, one row and what was said; used for anything else it is refused.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from . import actor as acting
from . import dates, request_keys, scope
from .actor import Actor
from .database import abandon, changed_rows, db, is_lost
from .errors import AlreadyThere, BusinessError, Busy, ChangedMeanwhile, NotAllowed, NotYours, WrongState
from .filling import checked, complete, duplicate, fill
from .models import Document, Entity, Record
from .workflows import machine

T = TypeVar("T")
E = TypeVar("E", bound=Entity)

TRIES = 6
RETRIABLE = {"40001", "40P01", "55P03", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT"}
UNIQUE = {"23505", "SQLITE_CONSTRAINT_UNIQUE"}


def fire(document: E, verb: str, *, by: Actor | None = None, key: str | None = None, **answers: Any) -> E:
    """Carry out a verb of a document: one transaction, one commit.

    by:      who acts; default the actor of this thread of work.
    answers: what the verb asks, by name; entities among them may come from an earlier transaction.
    Raises:  BusinessError with the sentence for the counter; nothing is written then.
    """
    entity, row_id = type(document), document.id

    def work() -> E:
        transition = machine.of(entity).transitions.get(verb)
        if transition is None or not transition.is_public:
            raise NotAllowed(gettext("There is no such action"))
        transition(document, **answers)
        return document

    return _run(work, by, key, entity, row_id, request_keys.about_(verb, row_id, answers))


def create(entity: type[E], values: dict[str, Any], *, by: Actor | None = None, key: str | None = None) -> E:
    """A new row. values: columns, references and lists of lines (dicts) by name; number and stamps are made here."""

    def work() -> E:
        _allow("add", entity)
        return born(entity, values)

    return _run(work, by, key, entity, None, request_keys.about_("add", None, values))


def together(
    work: Callable[[], T], *, by: Actor | None = None, key: str | None = None, entity: type[Entity] = Entity
) -> T:
    """Many rows in one transaction, for jobs and imports: all of them or none. `work` may be called again when a lock
    was lost.

    entity: what the work is about and, where a key is given, what it gives back.
    """
    return _run(work, by, key, entity, None)


def made(entity: type[E], values: dict[str, Any], check: Callable[[Any], None] | None = None) -> E:
    """A row as `create` would write it, checked and complete, but not written.

    check: what to ask instead of the workflow's own `prepare`, by those who ask for all rows at once.
    """
    row = entity()
    fill(row, values)
    with checked():
        complete(row)
        dates.check(row)
        if check or machine.of(entity).prepare:
            (check or machine.of(entity).prepare)(row)  # type: ignore[misc]
    return row


def born(entity: type[E], values: dict[str, Any]) -> E:
    """A new row inside a transaction that is under way, with its history and everything that follows its birth."""
    flow, row = machine.of(entity), made(entity, values)
    db.session.add(row)
    db.session.flush()
    with scope.elevated():
        if isinstance(row, Document):
            machine.record(row, "create", None, getattr(row, "state", None))
        if flow.opened:
            flow.opened(row)
        db.session.flush()
    return row


def altered(row: E, values: dict[str, Any], check: Callable[[Any], None] | None = None) -> E:
    """A row with other values, checked as `change` checks it, inside a transaction that is under way."""
    if not machine.of(type(row)).may_edit(row):
        raise WrongState(
            gettext(
                "%(document)s is “%(state)s” and can no longer be changed",
                document=str(row),
                state=str(row.state),  # type: ignore[attr-defined]
            )
        )
    fill(row, values)
    with checked():
        dates.check(row)
        if check or machine.of(type(row)).prepare:
            (check or machine.of(type(row)).prepare)(row)  # type: ignore[misc]
    return row


def change(
    row: E, values: dict[str, Any], *, version: int | None = None, by: Actor | None = None, key: str | None = None
) -> E:
    """An edited row; `version` is the one the person saw. Raises ChangedMeanwhile, WrongState."""
    entity, row_id = type(row), row.id

    def work() -> E:
        _allow("edit", entity)
        if version is not None and not _claim(entity, row_id, version):
            _tell_conflict(entity, row_id)
        fresh = machine.lock(entity, row_id)
        _reach("edit", fresh)
        altered(fresh, values)
        db.session.flush()
        return fresh

    return _run(work, by, key, entity, row_id, request_keys.about_("edit", row_id, values))


def remove(row: Entity, *, by: Actor | None = None) -> None:
    """Delete a row that nothing uses; documents with a history are never deleted."""
    entity, row_id = type(row), row.id

    def work() -> Entity:
        _allow("delete", entity)
        fresh = machine.lock(entity, row_id)
        _reach("delete", fresh)
        if isinstance(fresh, Document):
            raise WrongState(gettext("Documents are not deleted; they are cancelled"))
        name, closing = str(fresh), machine.of(entity).closing
        if closing is not None:
            with scope.elevated():
                closing(fresh)
        db.session.delete(fresh)
        try:
            db.session.flush()
        except IntegrityError:
            raise AlreadyThere(
                gettext("“%(name)s” is in use and cannot be deleted; disable it instead", name=name)
            ) from None
        return fresh

    _run(work, by, None, entity, row_id)


def _allow(verb: str, entity: type[Entity]) -> None:
    if not acting.current().may(verb, entity.__name__):
        raise NotAllowed(gettext("Your role does not include this on “%(entity)s”", entity=str(entity.title)))


def _reach(verb: str, row: Entity) -> None:
    if not scope.is_elevated() and not scope.reaches(acting.current(), row, verb):
        raise NotYours(gettext("This record does not exist or is not yours"))


def _run(
    work: Callable[[], T], by: Actor | None, key: str | None, entity: type[Entity], row_id: int | None, about: str = ""
) -> T:
    with acting.acting_as(by) if by else nullcontext():
        abandon()  # drop the snapshot the form was shown from
        duplicates = 0
        for attempt in range(1, TRIES + 1):
            is_committing = False
            try:
                if key and (done := request_keys.seen(key, entity, about)) is not None:
                    return done  # type: ignore[return-value]
                if key:
                    request_keys.note(key, entity, about)
                result = work()
                if key:
                    request_keys.remember(key, getattr(result, "id", row_id))
                is_committing = True
                db.session.commit()
                return result
            except BusinessError:
                abandon()
                raise
            except (DBAPIError, StaleDataError) as fault:
                abandon()
                if key and isinstance(fault, IntegrityError) and "request_key" in str(fault.orig):
                    continue
                duplicates += _code(fault) in UNIQUE
                if is_lost(fault) and is_committing and not key:
                    raise  # it may have been written all the same; only a key can tell
                if not _may_retry(fault, duplicates):
                    raise duplicate(fault) or fault from fault
                if attempt == TRIES:
                    break
                time.sleep(0.3 * attempt if is_lost(fault) else random.uniform(0, 0.02 * 2**attempt))  # noqa: S311
            except BaseException:
                abandon()
                raise
        raise Busy(gettext("The books are busy; nothing was saved, please try again"))


def _may_retry(fault: Exception, duplicates: int) -> bool:
    """Whether another try may go through. A second one of something unique is tried once more: if a colleague was
    a moment earlier, the checks find his row now and say whose it is."""
    if isinstance(fault, StaleDataError) or is_lost(fault):
        return True
    return _code(fault) in RETRIABLE or (_code(fault) in UNIQUE and duplicates < 2)


def _code(fault: Exception) -> str | None:
    """What the database calls the fault: an SQLSTATE, or SQLite's own name."""
    own = getattr(fault, "orig", None)
    return getattr(own, "sqlstate", None) or getattr(own, "sqlite_errorname", None)


def _claim(entity: type[Entity], row_id: int, version: int) -> bool:
    """Whether the row still has the version that the person saw; the write takes the lock as well."""
    table = entity.__table__
    claim = (
        sa.update(table)
        .where(table.c.id == row_id, table.c.version == version)
        .values(version=table.c.version + 1, changed_at=table.c.changed_at)
    )
    return changed_rows(claim) == 1


def _tell_conflict(entity: type[Entity], row_id: int) -> None:
    row = machine.lock(entity, row_id)
    assert isinstance(row, Record)
    raise ChangedMeanwhile(
        gettext(
            "Changed by %(name)s at %(time)s meanwhile; your entries are kept below, please compare and save again",
            name=str(row.changed_by or gettext("the system")),
            time=f"{row.changed_at:%H:%M}",
        )
    )
