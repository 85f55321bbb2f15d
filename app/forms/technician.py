"""What a technician's phone sends: parts by their number, several lines in one send."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field
from wtforms.widgets import TextInput

from .. import actor as acting
from ..database import db
from ..enums import PARTS_STORES, AttachmentKind
from ..errors import MissingData, WrongAmount
from ..formulas import label_codes
from ..models import Part, Warehouse, WorkOrder
from ..screens.formfields import ChoiceField, LineForm, LinesField, Needed, NumberField, PickField, TextBlock, TextLine
from ..workflows.parts.part import part_key
from ..workflows.system.file_content import Examined, examine
from .counting import COUNTED_MOST, CountedLine

PHOTO_KINDS = (AttachmentKind.SITE_PHOTO, AttachmentKind.NAMEPLATE, AttachmentKind.SERVICE_SHEET, AttachmentKind.OTHER)
MOST_PHOTOS = 20


class PartNumberField(Field):
    """A part by its number, scanned or typed in any spelling: works where nothing can be searched."""

    widget = TextInput()
    typed = ""

    def _value(self) -> str:
        return self.typed or (self.data.part_number if self.data is not None else "")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        self.typed = valuelist[0].strip()[: label_codes.LONGEST] if valuelist else ""
        if not self.typed:
            return
        key = part_key(label_codes.read(self.typed).value)
        self.data = db.session.scalars(sa.select(Part).where(Part.part_key == key)).one_or_none() if key else None
        if self.data is None:
            raise ValueError(gettext("“%(text)s” is no part we know", text=self.typed[:40]))
        if not self.data.is_enabled:
            raise ValueError(gettext("%(name)s is no longer used", name=str(self.data)))


class WantedLine(LineForm):
    part = PartNumberField(_("Part number"))
    quantity = NumberField(_("Quantity"), places=3, digits=15)


class WantForm(FlaskForm):
    """申请配件: free, or for an order one works on."""

    work_order = PickField(_("Work order"), entity=WorkOrder)
    is_urgent = BooleanField(_("Urgent"))
    deliver_to = TextLine(_("Deliver to"), longest=200)
    remark = TextBlock(_("Remark"), longest=500)
    lines = LinesField(WantedLine, _("Parts"))

    @property
    def wanted(self) -> list[dict[str, Any]]:
        """The rows with a part; a row that nobody touched is none."""
        return [row for row in self.lines.values() if row["part"] is not None or row["quantity"] is not None]


class VanForm(FlaskForm):
    """Parts of the own van, by their id; a row without a figure stays where it is."""

    lines = LinesField(CountedLine, _("Parts"), most=COUNTED_MOST)

    @property
    def taken(self) -> list[dict[str, Any]]:
        """The rows with a figure."""
        return [row for row in self.lines.values() if row.get("id") and row["quantity"]]


def other_stores(query: Any, given: dict[str, str]) -> Any:
    """Where a technician may send parts: stores of the company and the vans of colleagues."""
    mine = acting.current().warehouse_ids
    return query.where(Warehouse.kind.in_(PARTS_STORES), Warehouse.is_enabled, Warehouse.id.not_in(mine))


class GiveForm(VanForm):
    target = PickField(_("To warehouse"), validators=[Needed()], entity=Warehouse, narrow=other_stores)
    remark = TextLine(_("Remark"), longest=200)


class PhotoForm(FlaskForm):
    """Photos of one kind, taken on the spot."""

    kind = ChoiceField(_("Kind of attachment"), options=PHOTO_KINDS)

    def taken(self) -> list[Examined]:
        """The photos that came along, looked at. Raises MissingData, WrongAmount."""
        sent = [file for file in request.files.getlist("photo") if file.filename]
        if not sent:
            raise MissingData(gettext("Please take a photo"))
        if len(sent) > MOST_PHOTOS:
            raise WrongAmount(gettext("At most %(most)s files at once", most=MOST_PHOTOS))
        found = [examine(file.filename or "", file.stream.read()) for file in sent]
        odd = next((photo.name for photo in found if not photo.media_type.startswith("image/")), None)
        if odd is not None:
            raise WrongAmount(gettext("“%(name)s” is no photo", name=odd))
        return found
