"""11 系统: how papers look when printed, and who printed what."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p
from sqlalchemy.orm import Mapped

from .. import clock, enums
from .. import fields as f
from ..formulas.windows import STAMPED
from .base import Entity, Record

if TYPE_CHECKING:
    from .organisation import Employee


class PrintTemplate(Record):
    """打印模板: one version of how a paper of a screen is printed. Once in use it is never changed; a newer one follows.

    screen, code: which paper, as the screen declares it.
    tried_hash:   of the text that was tried on a real document; another text has to be tried again.
    """

    title = _("Print template")
    __table_args__ = (
        sa.UniqueConstraint("screen", "code", "revision"),
        sa.Index(
            "uq_print_template_active",
            "screen",
            "code",
            unique=True,
            sqlite_where=sa.text("state = 'ACTIVE'"),
            postgresql_where=sa.text("state = 'ACTIVE'"),
        ),
    )
    screen: Mapped[str] = f.text(_p("saved view", "List"), 60)
    code: Mapped[str] = f.text(_("Paper code"), 40)
    name: Mapped[str] = f.text(_("Printed paper"), 60)
    paper: Mapped[enums.Paper] = f.choice(_("Paper size"), enums.Paper)
    revision: Mapped[int] = f.whole(_("Version"))
    body: Mapped[str] = f.note(_("Text of the template"), 30_000)
    remark: Mapped[str | None] = f.note(_("Remark"), 200)
    state: Mapped[enums.TemplateState] = f.state(_("Status"), enums.TemplateState)
    tried_hash: Mapped[str | None] = f.text(_("Tried text"), 64, secret="code")
    tried_number: Mapped[str | None] = f.text(_("Tried on"), 40)
    tried_at: Mapped[datetime | None] = f.moment(_("Tried at"), STAMPED)
    activated_at: Mapped[datetime | None] = f.moment(_("In use since"), STAMPED)

    def __str__(self) -> str:
        return f"{self.name} V{self.revision}"


class PrintLog(Entity):
    """打印记录, append-only: which paper of which document, in which version, for the how manieth time, by whom."""

    title = _("Print log")
    __table_args__ = (sa.UniqueConstraint("entity", "row_id", "code", "times"),)
    at: Mapped[datetime] = f.moment(_("At"), STAMPED, default=clock.now)
    by_id: Mapped[int | None] = f.key(_("By"), "employee")
    by: Mapped[Employee | None] = f.link(by_id)
    entity: Mapped[str] = f.text(_("Document kind"), 40)
    row_id: Mapped[int] = f.whole(_("Document"))
    number: Mapped[str] = f.text(_("Number"), 40, form="number")
    code: Mapped[str] = f.text(_("Paper code"), 40)
    name: Mapped[str] = f.text(_("Printed paper"), 60)
    revision: Mapped[int] = f.whole(_("Version of the template"), default=0, help=_("0 is the one that came along"))
    way: Mapped[enums.PrintWay] = f.choice(_("Printed to"), enums.PrintWay)
    times: Mapped[int] = f.whole(_("Times printed"), default=1)
