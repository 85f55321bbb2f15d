"""A request has a key: the same key never books twice. It belongs to one person, one verb, one row and what was said."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from . import actor as acting
from . import scope
from .database import db
from .errors import AlreadyThere, NotYours
from .models import ENTITIES, Entity, RequestKey


def seen(key: str, asked: type[Entity], about: str) -> Entity | None:
    """What an earlier request of the same key made, if it was carried out; his own, even if it left his rows since.

    Raises: AlreadyThere when that was about something else; NotYours when it was deleted meanwhile.
    """
    table = RequestKey.__table__
    columns = (table.c.entity, table.c.row_id, table.c.about)
    found = db.session.execute(sa.select(*columns).where(table.c.key == _owned(key))).first()
    if found is None:
        return None
    if found.entity != asked.__name__ or (found.about and about and found.about != about):
        raise AlreadyThere(
            gettext("This page was sent before with other contents, so nothing was done; please open it again")
        )
    entity = ENTITIES[found.entity]
    with scope.elevated():
        row = db.session.scalars(sa.select(entity).where(entity.id == found.row_id)).one_or_none()
    if row is None:
        raise NotYours(gettext("This record does not exist or is not yours"))
    return row


def was_done(key: str | None) -> bool:
    """Whether this person's request of the key was carried out already; then sending it again changes nothing."""
    table = RequestKey.__table__
    return key is not None and db.session.scalar(sa.select(table.c.id).where(table.c.key == _owned(key))) is not None


def note(key: str, entity: type[Entity], about: str) -> None:
    """Take the key first: a second request of the same key waits here until this one is through."""
    taken = sa.insert(RequestKey.__table__).values(key=_owned(key), entity=entity.__name__, about=about)
    db.session.execute(taken)


def about_(verb: str, row_id: int | None, said: Any) -> str:
    """What a request is about: its verb, its row, and what was said in short."""
    return f"{verb[:40]} {row_id or ''} {hashlib.sha256(repr(_plain(said)).encode()).hexdigest()[:16]}"


def _plain(said: Any) -> Any:
    """What was said, the same for the same words however they came: rows by their ids, files by their names."""
    if isinstance(said, dict):
        return sorted((str(name), _plain(value)) for name, value in said.items())
    if isinstance(said, (list, tuple)):
        return [_plain(value) for value in said]
    if isinstance(said, Entity):
        return type(said).__name__, sa.inspect(said).identity
    return str(getattr(said, "filename", said))


def remember(key: str, row_id: int | None) -> None:
    table = RequestKey.__table__
    db.session.execute(sa.update(table).where(table.c.key == _owned(key)).values(row_id=row_id))


def _owned(key: str) -> str:
    """A key belongs to the person who sent it: nobody reads another's result with it."""
    return f"{acting.current().employee_id or acting.current().user_id or 0}:{key}"[:100]
