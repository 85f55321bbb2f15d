"""The block "attachments" of a page: what is there, who put it, what this person may add and take away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import url_for

from .. import actor as acting
from ..models import Attachment, Entity
from ..workflows.system import attachment as files
from ..workflows.system import file_content

ICONS = {file_content.PDF: "file-pdf", file_content.XLSX: "file-excel", file_content.DOCX: "file-word"}
ENDINGS = ",".join(ending for endings in file_content.ENDINGS.values() for ending in endings)


@dataclass(frozen=True)
class Board:
    """Attachments of one document as a template shows them; desktop and phone pages use the same (`attachments.html`).

    kinds:  what this person may add; nothing when he may not.
    back:   where an upload returns to; the detail page of the document unless told otherwise.
    """

    document: Entity
    items: list[Attachment]
    kinds: list[Any] = field(default_factory=list)
    loose: frozenset[int] = frozenset()
    back: str = ""

    accept = ENDINGS

    def url(self, method: str, item: Attachment | None = None) -> str:
        """The address of upload, download, thumbnail, picture or remove."""
        more = {"number": item.id} if item is not None else {}
        return url_for(f"AttachmentView.{method}", entity=type(self.document).__name__, pk=self.document.id, **more)

    @staticmethod
    def icon(item: Attachment) -> str:
        """What stands in the place of a thumbnail."""
        return ICONS.get(item.media_type, "file")

    @staticmethod
    def size(item: Attachment) -> str:
        """12 KB, 3.4 MB."""
        return f"{max(item.size // 1024, 1)} KB" if item.size < 1024 * 1024 else f"{item.size / 1024 / 1024:.1f} MB"


def board(document: Entity, back: str = "") -> Board | None:
    """The attachments of a document for the person who looks; None where there are none that he might see."""
    by = acting.current()
    known, items = files.kinds(document, by), files.of(document)
    if not known:
        return None
    may_attach = files.may_attach(document, by)
    loose = frozenset(item.id for item in items if files.may_detach(item, document, by))
    return Board(document, items, known if may_attach else [], loose, back)
