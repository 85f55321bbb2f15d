"""What every report is made of: parameters, figures, where a figure leads, and whose rows are counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa

from ..actor import Actor
from ..enums import Choice
from ..models import Entity
from ..scope import RULES

Asked = Mapping[str, Any]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """One question of a report. kind: month (its first day) · day · choice · key; entity or options as the kind needs.

    default: what is asked where the address says nothing; with `needed` also where it is left blank.
    narrow:  which rows may be picked.
    """

    name: str
    label: Any
    kind: str
    entity: type[Entity] | None = None
    options: type[Choice] | None = None
    default: Callable[[], Any] | None = None
    needed: bool = False
    narrow: Callable[[Any, Any], Any] | None = None


@dataclass(frozen=True)
class Drill:
    """The list behind a figure. to: entity or report; args: its address; total: its column that adds up to the figure, blank
    where the figure counts its rows or is a day."""

    to: str
    args: dict[str, Any]
    total: str


@dataclass(frozen=True)
class Figure:
    """A column of a report.

    total:  summed over the whole filter: True, or the hidden column that is summed in its place.
    order:  the column it is sorted by; "" where sorting would make nonsense of it.
    derive: computed from the row, or from the sums, where SQL does not give it.
    drill:  the list behind the figure; paper: (entity, id) of the document it names.
    """

    name: str
    label: Any
    kind: str
    unit: Any = None
    secret: str | None = None
    total: bool | str = False
    order: str | None = None
    derive: Callable[[Row, Asked], Any] | None = None
    drill: Callable[[Row, Asked], Drill | None] | None = field(default=None, compare=False)
    paper: Callable[[Row], tuple[str, int | None]] | None = field(default=None, compare=False)
    options: type[Choice] | None = None
    card: bool = True

    @property
    def order_by(self) -> str:
        return self.name if self.order is None else self.order

    @property
    def summed(self) -> str:
        """The column of the query that the totals row adds up."""
        return self.total if isinstance(self.total, str) else self.name


class Report:
    """Base of every report.

    name:    its area of permission; roles.py grants `list` and `export` on it, on somebody's rows.
    whose:   the entity whose rule (scope.py) says what own, kept and department mean here.
    ordered: how it stands unless somebody sorts it: (column of the query, descending), the last one makes it total.
    """

    name: ClassVar[str]
    title: ClassVar[Any]
    help_text: ClassVar[Any]
    whose: ClassVar[type[Entity]]
    parameters: ClassVar[tuple[Parameter, ...]]

    def figures(self, asked: Asked) -> list[Figure]:
        """The columns for what was asked; the first one names the row."""
        raise NotImplementedError

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        """Every row, with a column for each figure; `mine(columns)` is the criterion on the table of `whose`."""
        raise NotImplementedError

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        """Columns and directions that order the rows completely."""
        raise NotImplementedError

    def lacks(self, asked: Asked) -> Any | None:
        """What has to be chosen before there is an answer, as a sentence."""
        return None

    @classmethod
    def rows_of(cls, actor: Actor, verb: str) -> Callable[[Any], Any]:
        """The criterion for a person: the rows of the roles that grant this verb on this report, none without one."""

        def mine(columns: Any) -> Any:
            if actor.is_system:
                return sa.true()
            rule, kinds = RULES[cls.whose], actor.rows(cls.name, verb)
            if any(kind.value == "all" for kind in kinds):
                return sa.true()
            parts = [rule.meanings[kind](columns, actor) for kind in kinds if kind in rule.meanings]
            return sa.or_(*parts) if parts else sa.false()

        return mine


def month_after(first: date) -> date:
    """The first day of the next month."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def address(**given: Any) -> dict[str, Any]:
    """Parts of an address: rows by id, choices by name, days as they are written; what is empty goes."""
    told: dict[str, Any] = {}
    for name, value in given.items():
        if value is None or value == "":
            continue
        plain = value.id if isinstance(value, Entity) else value.name if isinstance(value, Choice) else value
        told[name.removesuffix("_")] = plain.isoformat() if isinstance(plain, date) else plain
    return told
