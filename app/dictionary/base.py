"""What every entity, record and document has."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
import sqlalchemy.orm
from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from .. import clock, enums
from .. import fields as f
from ..formulas import normal
from ..formulas.windows import HAPPENED, STAMPED

if TYPE_CHECKING:
    from .organisation import Department, Employee

ZERO = Decimal(0)


class Entity(Model):
    """Everything with a row; `title` is what a clerk calls it, `attachment_kinds` what files belong to it."""

    __abstract__ = True
    title: ClassVar[Any]
    attachment_kinds: ClassVar[tuple[enums.AttachmentKind, ...]] = ()

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    id: Mapped[int] = mapped_column(primary_key=True)

    def __str__(self) -> str:
        return str(getattr(self, "name", None) or getattr(self, "number", None) or self.id)

    __repr__ = __str__


@sa.event.listens_for(Entity, "attribute_instrument", propagate=True)
def _keep_form(_entity: type[Entity], _name: str, attribute: Any) -> None:
    """Forms, imports, verbs and phone pages all set attributes: here a text gets the normal form of its column."""
    columns = getattr(attribute.property, "columns", None)
    form = columns[0].info.get("form") if columns else None
    if form is None:
        return
    keep = normal.KEPT[form]

    @sa.event.listens_for(attribute, "set", retval=True)
    def kept(_row: Any, value: Any, _old: Any, _initiator: Any) -> Any:
        return keep(value) if isinstance(value, str) else value


class Record(Entity):
    """An entity that people edit: it knows its version and who touched it last."""

    __abstract__ = True
    version: Mapped[int] = mapped_column(sa.Integer, default=1, nullable=False)
    created_at: Mapped[datetime] = f.moment(_("Created at"), STAMPED, default=clock.now)
    changed_at: Mapped[datetime] = f.moment(_("Changed at"), STAMPED, default=clock.now, onupdate=clock.now)

    created_by_id: Mapped[int | None] = f.stamp(_("Created by"))
    changed_by_id: Mapped[int | None] = f.stamp(_("Changed by"))

    @declared_attr
    def created_by(cls) -> Mapped[Employee | None]:
        return f.behind_stamp(f"Employee.id == foreign({cls.__name__}.created_by_id)", _("Created by"))

    @declared_attr
    def changed_by(cls) -> Mapped[Employee | None]:
        return f.behind_stamp(f"Employee.id == foreign({cls.__name__}.changed_by_id)", _("Changed by"))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {} if cls.__dict__.get("__abstract__") else {"version_id_col": cls.version}


class Document(Record):
    """A record with a number, a business date, a department and, in its own words, a state and verbs."""

    __abstract__ = True
    prefix: ClassVar[str]
    number: Mapped[str] = f.text(_("Number"), 24, form="number", unique=True)
    business_on: Mapped[date] = f.day(_("Business date"), HAPPENED, default=clock.today)
    remark: Mapped[str | None] = f.note(_("Remark"))

    @declared_attr
    def department_id(cls) -> Mapped[int]:
        return f.key(_("Department"), "department")

    @declared_attr
    def department(cls) -> Mapped[Department]:
        return relationship(
            "Department", foreign_keys=[cls.department_id], info={"label": _("Department"), "kind": "key"}
        )
