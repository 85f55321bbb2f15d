"""What a screen knows about a column: read from the data dictionary, never said twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import RelationshipProperty

from .. import actor as acting
from ..models import Entity

NUMERIC = frozenset({"money", "quantity", "rate", "percent", "whole"})
SUMMABLE = frozenset({"money", "quantity"})


@dataclass(frozen=True)
class Column:
    """One column of an entity as people meet it.

    kind:   of fields.py; `lines` for a list of lines, `computed` values get the kind their screen declares.
    target: the entity behind a reference.
    retired, among: of fields.py, what a reference may name.
    """

    name: str
    label: Any
    kind: str
    unit: Any = None
    secret: str | None = None
    private: str | None = None
    help: Any = None
    nullable: bool = True
    target: type[Entity] | None = None
    type: Any = None
    window: Any = None
    retired: bool = False
    among: dict[str, Any] | None = None

    @property
    def is_numeric(self) -> bool:
        return self.kind in NUMERIC

    @property
    def heading(self) -> str:
        """Label with unit, as it stands over a column: 成交金额（元）."""
        return f"{self.label}（{self.unit}）" if self.unit else str(self.label)


@cache
def describe(entity: type[Entity], name: str) -> Column:
    """The column, reference or list of lines of this name. Raises LookupError for a name the dictionary has not."""
    mapper = sa.inspect(entity)
    if name in mapper.relationships:
        relation: RelationshipProperty[Any] = mapper.relationships[name]
        info = relation.info
        foreign = next(iter(relation.local_columns))
        return Column(
            name=name,
            label=info["label"],
            kind="lines" if relation.uselist else "key",
            secret=info.get("secret"),
            help=info.get("help"),
            nullable=all(column.nullable for column in relation.local_columns),
            target=relation.mapper.class_,
            type=foreign.type,
            retired=info.get("retired", False),
            among=info.get("among"),
        )
    if name in mapper.column_attrs:
        column = mapper.column_attrs[name].columns[0]
        info = column.info
        return Column(
            name=name,
            label=info.get("label", name),
            kind=info.get("kind", "whole"),
            unit=info.get("unit"),
            secret=info.get("secret"),
            private=info.get("private"),
            window=info.get("window"),
            help=info.get("help"),
            nullable=column.nullable,
            type=column.type,
        )
    raise LookupError(f"{entity.__name__} has no column {name}")


def known(columns: Iterable[Column]) -> list[Column]:
    """Those columns whose secrets the actor holds."""
    by = acting.current()
    return [column for column in columns if by.knows(column.secret)]


def readable(columns: Iterable[Column]) -> list[Column]:
    """Those columns the actor may search and change: known and not masked for him."""
    by = acting.current()
    return [column for column in known(columns) if by.unmasked(column.private)]
