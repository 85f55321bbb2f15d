"""What a reference offers: asked when the drop-down opens, and once more when the form comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from .. import in_use
from ..database import db
from ..enums import Choice
from ..models import Entity

Narrow = Callable[[Any, dict[str, str]], Any]


@dataclass(frozen=True)
class Offer:
    """Which rows of an entity may be chosen in one place.

    narrow:  (query, given) → query, to offer only fitting rows; `given` holds the values of `depends` and, where a verb
             asks, the row it is fired on as `pk`.
    depends: names of fields whose values decide as well.
    retired, among: of fields.py.
    """

    narrow: Narrow | None = None
    depends: tuple[str, ...] = ()
    retired: bool = False
    among: in_use.Among | None = None

    def of(self, query: Any, entity: type[Entity], given: dict[str, str]) -> Any:
        """The query with nothing but what may be chosen."""
        query = query.where(in_use.condition(entity, retired=self.retired, among=self.among))
        return self.narrow(query, given) if self.narrow else query

    def includes(self, row: Entity, given: dict[str, str]) -> bool:
        """Whether this row is one of them, within the rows of the person who asks."""
        if not in_use.fits(row, retired=self.retired, among=self.among):
            return False
        if self.narrow is None:
            return True
        entity = type(row)
        found = self.narrow(sa.select(entity.id).where(entity.id == row.id), given)
        return db.session.scalar(found) is not None


def word_of(value: Any) -> str:
    """A value as the browser sends it along while somebody searches."""
    if isinstance(value, Entity):
        return str(value.id)
    if isinstance(value, Choice):
        return value.name
    return "" if value is None else str(value)
