"""配件、分类、互换件: the catalogue of articles. A number is the same however dashes, blanks and case are typed."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext

from ...database import db
from ...errors import AlreadyThere, WrongAmount, refuse
from ...formulas import normal
from ...formulas.pinyin import initials
from ...models import Part, PartCategory, PartSubstitute
from .. import checks
from ..machine import Workflow

flow = Workflow(Part)
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
    checks.strip_texts(part)
    part.part_key = part_key(part.part_number)
    if not part.part_key:
        refuse(WrongAmount(gettext("A part number has letters or digits"), field="part_number"))
    if part.max_stock and part.max_stock < part.min_stock:
        refuse(WrongAmount(gettext("The maximum stock is below the minimum"), field="max_stock"))
    part.initials = initials(part.name)


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
