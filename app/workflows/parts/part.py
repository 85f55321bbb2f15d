"""配件、分类、互换件: the catalogue of articles. A number is the same however dashes, blanks and case are typed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ... import scope
from ...database import db
from ...errors import AlreadyThere, WrongAmount, WrongState, refuse
from ...formulas import normal
from ...formulas.pinyin import initials
from ...models import ENTITIES, Entity, Part, PartCategory, PartSubstitute, StockBalance
from .. import checks
from ..machine import Workflow

flow = Workflow(Part)
COUNTED = tuple(e for e in ENTITIES.values() if hasattr(e, "part_id") and e not in (PartSubstitute, StockBalance))
categories = Workflow(PartCategory)
substitutes = Workflow(PartSubstitute)


def part_key(number: str) -> str:
    """The normalised part number: half-width, upper case, letters and digits only."""
    return normal.key(number)


@flow.before_save
def prepare(part: Part) -> None:
    """Number in upper case and unique in its normalised form; prices in their order; initials for typing."""
    normalise(part)
    twin = db.session.scalars(sa.select(Part).where(Part.part_key == part.part_key, Part.id != (part.id or 0))).first()
    if twin is not None:
        raise AlreadyThere(
            gettext("This is part %(number)s “%(name)s” already", number=twin.part_number, name=twin.name),
            field="part_number",
        )


@flow.before_save_of_many
def normalise(part: Part) -> None:
    """What one part by itself can be wrong about; twins are looked for by those who call this."""
    _keep_unit(part)
    checks.strip_texts(part)
    checks.not_negative(part)
    part.part_key = part_key(part.part_number)
    if not part.part_key:
        refuse(WrongAmount(gettext("A part number has letters or digits"), field="part_number"))
    if part.max_stock and part.max_stock < part.min_stock:
        refuse(WrongAmount(gettext("The maximum stock is below the minimum"), field="max_stock"))
    part.initials = initials(part.name)


def _keep_unit(part: Part) -> None:
    """A figure of pieces does not become one of boxes: the unit stays once a paper or a shelf counts in it."""
    earlier: Any = sa.inspect(part).attrs.unit_name.history.deleted
    if not part.id or not earlier or earlier[0] == (part.unit_name or "").strip():
        return
    with db.session.no_autoflush:
        counts = next((entity for entity in COUNTED if _mentions(entity, part)), None)
    if counts is not None:
        raise WrongState(
            gettext(
                "%(part)s is counted in “%(unit)s” already (%(where)s); write a new part with a number of its own,"
                " and switch this one off once nothing is left of it",
                part=str(part),
                unit=earlier[0],
                where=str(counts.title),
            ),
            field="unit_name",
        )


def _mentions(entity: type[Entity], part: Part) -> bool:
    """Whether any row, of anybody, counts pieces of the part."""
    with scope.elevated():
        return db.session.scalar(sa.select(entity.id).where(entity.part_id == part.id).limit(1)) is not None


@categories.before_save
def prepare_category(category: PartCategory) -> None:
    """A category is not its own ancestor."""
    checks.strip_texts(category)
    parent = checks.referred(category, "parent")
    while parent is not None:
        if parent.id == category.id:
            raise WrongAmount(gettext("A category cannot stand below itself"), field="parent")
        parent = parent.parent


@substitutes.before_save
def prepare_substitute(pair: PartSubstitute) -> None:
    """Two different parts, each pair once in whichever order."""
    one, other = pair.part_id or pair.part.id, pair.substitute_id or pair.substitute.id
    if one == other:
        raise WrongAmount(gettext("A part is not its own substitute"), field="substitute")
    twin = db.session.scalars(
        sa.select(PartSubstitute).where(
            PartSubstitute.id != (pair.id or 0), PartSubstitute.part_id == other, PartSubstitute.substitute_id == one
        )
    ).first()
    if twin is not None:
        raise AlreadyThere(gettext("These two parts are linked already"), field="substitute")
