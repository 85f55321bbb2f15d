"""11 系统: files that belong to documents."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import sqlalchemy.orm
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, mapped_column

from .. import enums
from .. import fields as f
from ..formulas.windows import STAMPED
from .base import Entity, Record


class Attachment(Record):
    """附件: a photo, a scan or a table that belongs to one document; taken away means marked, never deleted.

    media_type: what the content is, found by looking at it; the name says nothing.
    """

    title = _("Attached file")
    __table_args__ = (
        sa.Index("ix_attachment_document", "document", "document_id"),
        sa.CheckConstraint("size > 0", name="size"),
    )
    document: Mapped[str] = f.text(_("Document kind"), 40)
    document_id: Mapped[int] = f.whole(_("Document"))
    kind: Mapped[enums.AttachmentKind] = f.choice(_("Kind of attachment"), enums.AttachmentKind)
    name: Mapped[str] = f.text(_("File name"), 160)
    media_type: Mapped[str] = f.text(_("Media type"), 100, secret="code")
    size: Mapped[int] = f.whole(_("Size"), unit=_("bytes"))
    sha256: Mapped[str] = f.text(_("Fingerprint"), 64, secret="code")
    removed_at: Mapped[datetime | None] = f.moment(_("Taken away at"), STAMPED)
    removed_by_id: Mapped[int | None] = f.stamp(_("Taken away by"))

    @property
    def is_picture(self) -> bool:
        """Whether there is something to see: it has a thumbnail then."""
        return self.media_type.startswith("image/")


class AttachmentContent(Entity):
    """The bytes of an attachment, in a table of their own: no list ever carries them."""

    title = _("Content of an attached file")
    attachment_id: Mapped[int] = f.key(_("Attached file"), "attachment", unique=True, index=False)
    attachment: Mapped[Attachment] = f.link(attachment_id)
    content: Mapped[bytes] = mapped_column(
        sa.LargeBinary, deferred=True, info={"label": _("Content"), "kind": "changes"}
    )
    thumbnail: Mapped[bytes | None] = mapped_column(
        sa.LargeBinary, deferred=True, info={"label": _("Thumbnail"), "kind": "changes"}
    )
