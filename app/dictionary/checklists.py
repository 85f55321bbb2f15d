"""6 服务: what is looked at on a machine, and what was found."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from .. import enums
from .. import fields as f
from ..formulas.windows import STAMPED
from .base import Entity, Record

if TYPE_CHECKING:
    from .attachments import Attachment
    from .machines import MachineModel
    from .organisation import Employee
    from .service import WorkOrder


class ChecklistTemplate(Record):
    """检查表模板: what has to be looked at in one kind of service, of one model or of all."""

    title = _("Checklist template")
    __table_args__ = (
        sa.Index(
            "uq_checklist_template_kind", "kind", unique=True,
            sqlite_where=sa.text("is_enabled AND model_id IS NULL"),
            postgresql_where=sa.text("is_enabled AND model_id IS NULL"),
        ),
        sa.Index(
            "uq_checklist_template_model", "kind", "model_id", unique=True,
            sqlite_where=sa.text("is_enabled AND model_id IS NOT NULL"),
            postgresql_where=sa.text("is_enabled AND model_id IS NOT NULL"),
        ),
    )  # fmt: skip
    name: Mapped[str] = f.text(_("Template name"), 60)
    kind: Mapped[enums.WorkOrderKind] = f.choice(_("Kind of service"), enums.WorkOrderKind)
    model_id: Mapped[int | None] = f.key(_("Machine model"), "machine_model", help=_("Empty: for every model"))
    model: Mapped[MachineModel | None] = f.link(model_id)
    is_enabled: Mapped[bool] = f.flag(_("Enabled"), default=True)
    items: Mapped[list[ChecklistItem]] = f.lines(_("Check items"), "template", "ChecklistItem.line_number")


class ChecklistItem(Entity):
    """检查项目: one thing to look at, and what kind of answer it wants."""

    title = _("Check item")
    __table_args__ = (sa.UniqueConstraint("template_id", "line_number"),)
    template_id: Mapped[int] = f.key(_("Checklist template"), "checklist_template", ondelete="CASCADE", index=False)
    template: Mapped[ChecklistTemplate] = f.part_of(template_id, "items")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    text: Mapped[str] = f.text(_("Check item"), 120)
    kind: Mapped[enums.CheckKind] = f.choice(_("Kind of answer"), enums.CheckKind)
    unit_name: Mapped[str | None] = f.text(_("Unit"), 10)
    is_required: Mapped[bool] = f.flag(_("Must be answered"), default=True)


class ChecklistAnswer(Entity):
    """检查结果: the item as it was when the order was assigned, and what was found; the template may change, this does not."""

    title = _("Check result")
    __table_args__ = (sa.UniqueConstraint("work_order_id", "line_number"),)
    work_order_id: Mapped[int] = f.key(_("Work order"), "work_order", ondelete="CASCADE", index=False)
    work_order: Mapped[WorkOrder] = f.part_of(work_order_id, "checks")
    line_number: Mapped[int] = f.whole(_("Line"), default=1)
    text: Mapped[str] = f.text(_("Check item"), 120)
    kind: Mapped[enums.CheckKind] = f.choice(_("Kind of answer"), enums.CheckKind)
    unit_name: Mapped[str | None] = f.text(_("Unit"), 10)
    is_required: Mapped[bool] = f.flag(_("Must be answered"), default=True)
    is_yes: Mapped[bool | None] = f.flag(_("Yes or no"), default=None)
    number: Mapped[Decimal | None] = f.quantity(_("Measured"))
    words: Mapped[str | None] = f.note(_("Found"), 500)
    photo_id: Mapped[int | None] = f.key(_("Photo of the check"), "attachment")
    photo: Mapped[Attachment | None] = f.link(photo_id)
    answered_at: Mapped[datetime | None] = f.moment(_("Answered on"), STAMPED)
    answered_by_id: Mapped[int | None] = f.key(_("Checked by"), "employee", index=False)
    answered_by: Mapped[Employee | None] = f.link(answered_by_id)

    def __str__(self) -> str:
        return self.text

    @property
    def is_answered(self) -> bool:
        """Whether the answer it wants is there; a photo that was taken away is none."""
        if self.kind is enums.CheckKind.PHOTO:
            return self.photo is not None and self.photo.removed_at is None
        found = {
            enums.CheckKind.YES_NO: self.is_yes,
            enums.CheckKind.NUMBER: self.number,
            enums.CheckKind.TEXT: self.words,
        }
        return found[self.kind] is not None
