"""11 系统: the dealer himself, as he stands on his papers; and the copies of his books."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped

from .. import clock, enums
from .. import fields as f
from ..formulas.windows import STAMPED
from .base import Entity, Record


class Dealer(Record):
    """公司资料, one row: what every printed paper says about the seller; logo and seal are its attachments."""

    title = _("Company profile")
    attachment_kinds = (enums.AttachmentKind.LOGO, enums.AttachmentKind.SEAL)
    name: Mapped[str | None] = f.text(_("Company name"), 120, help=_("As on the business licence"))
    tax_number: Mapped[str | None] = f.text(_("Taxpayer number"), 20)
    address: Mapped[str | None] = f.text(_("Address"), 200)
    phone: Mapped[str | None] = f.text(_("Phone"), 60)
    bank_accounts: Mapped[str | None] = f.note(
        _("Bank accounts"), 500, help=_("One a line: bank, account number; printed on contracts and quotations")
    )

    def __str__(self) -> str:
        return self.name or str(self.title)


class BackupRun(Entity):
    """备份记录: a copy of the books that `flask backup` made and proved."""

    title = _("Backup")
    made_at: Mapped[datetime] = f.moment(_("Made at"), STAMPED, default=clock.now)
    file: Mapped[str] = f.text(_("File"), 300)
    megabytes: Mapped[int] = f.whole(_("Size (MB)"), default=0)

    def __str__(self) -> str:
        return self.file
