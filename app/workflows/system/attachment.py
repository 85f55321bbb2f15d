"""附件: photos and scans of a document, kept with its rows in the same database and the same transaction.

Who sees the document sees its attachments, but for kinds that show what he may not know; who holds `attach` on it adds
some and takes his own away while the document is open; `detach` takes away any. Other verbs call `attach` inside their
own transaction. Source: requirements A8, dictionary B-58.
"""

from __future__ import annotations

from typing import Any, NoReturn

import sqlalchemy as sa
from flask_babel import gettext

from ... import actor as acting
from ... import clock, scope
from ...actor import Actor
from ...database import db
from ...enums import PICTURE_ATTACHMENTS, AttachmentKind
from ...errors import NotAllowed, NotYours, WrongAmount, WrongState
from ...models import Attachment, AttachmentContent, Entity
from .. import machine
from .file_content import SCREENFUL, Examined, examine, small

MOST = 200
CONTENT = AttachmentContent.__table__


def keep(document: Entity, kind: AttachmentKind, file: Examined) -> Attachment:
    """Put a file to a document; the same file under the same kind is kept once. Commits nothing.

    file:   from `examine(name, content)`, which takes a moment and belongs before the transaction.
    Raises: NotAllowed, NotYours; WrongAmount for a kind the document has not, or when it has 200 already.
    """
    by = acting.current()
    _allow(by, document, "attach")
    if kind not in kinds(document, by):
        raise WrongAmount(gettext("“%(kind)s” does not belong to this document", kind=str(kind)), field="kind")
    if kind in PICTURE_ATTACHMENTS and not file.media_type.startswith("image/"):
        raise WrongAmount(gettext("“%(name)s” is no picture (JPG, PNG, WebP)", name=file.name), field="files")
    with scope.elevated():
        standing = of(document)
        twin = next((a for a in standing if a.kind is kind and a.sha256 == file.sha256), None)
        if twin is not None:
            return twin
        if len(standing) >= MOST:
            raise WrongAmount(gettext("A document has at most %(most)s attachments", most=MOST), field="files")
        made = Attachment(
            document=type(document).__name__, document_id=document.id, kind=kind, name=file.name,
            media_type=file.media_type, size=len(file.content), sha256=file.sha256,
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        db.session.execute(
            sa.insert(CONTENT).values(attachment_id=made.id, content=file.content, thumbnail=file.thumbnail)
        )
    return made


def attach(document: Entity, kind: AttachmentKind, name: str, content: bytes) -> Attachment:
    """Look at a file and keep it, for verbs that bring one or two. Commits nothing. Raises like `examine` and `keep`."""
    return keep(document, kind, examine(name, content))


def detach(attachment: Attachment) -> Attachment:
    """Take an attachment away: the row stays and says who did it and when. Commits nothing.

    Raises: NotAllowed unless it is his own or he holds `detach`; WrongState once the document is closed.
    """
    by, number = acting.current(), attachment.id
    if db.session.scalar(sa.select(Attachment.id).where(Attachment.id == number)) is None:
        raise NotYours(gettext("This record does not exist or is not yours"))
    document = document_of(attachment)
    document = machine.lock(type(document), document.id)
    _allow(by, document, "detach" if _may(by, document, "detach") else "attach")
    if not machine.of(type(document)).may_detach(document):
        _say_closed(document)
    if not may_detach(attachment, document, by):
        raise NotAllowed(gettext("Only who added an attachment can take it away"))
    with scope.elevated():
        attachment = machine.lock(Attachment, attachment.id)
        if attachment.removed_at is None:
            attachment.removed_at, attachment.removed_by_id = clock.now(), by.employee_id
        db.session.flush()
    return attachment


def of(document: Entity, kind: AttachmentKind | None = None) -> list[Attachment]:
    """Attachments of a document that the actor may see, oldest first; without those that were taken away."""
    query = sa.select(Attachment).where(
        Attachment.document == type(document).__name__,
        Attachment.document_id == document.id,
        Attachment.removed_at.is_(None),
    )
    if kind is not None:
        query = query.where(Attachment.kind == kind)
    return list(db.session.scalars(query.order_by(Attachment.id)))


def count(document: Entity, kind: AttachmentKind | None = None) -> int:
    """How many there are, for guards inside verbs: "at least one photo"."""
    return len(of(document, kind))


def find(document: Entity, attachment_id: int) -> Attachment:
    """One of the document's. Raises NotYours for any other number."""
    found = next((a for a in of(document) if a.id == attachment_id), None)
    if found is None:
        raise NotYours(gettext("This record does not exist or is not yours"))
    return found


def content(attachment: Attachment) -> bytes:
    """The file as it came."""
    return _read(CONTENT.c.content, attachment)


def thumbnail(attachment: Attachment) -> bytes:
    """The small JPEG of a picture, made when it came. Raises NotYours for other files."""
    return _read(CONTENT.c.thumbnail, attachment)


def picture(attachment: Attachment) -> bytes:
    """A picture as large as a screen, as JPEG, made when asked. Raises NotYours for other files."""
    if not attachment.is_picture:
        raise NotYours(gettext("This record does not exist or is not yours"))
    return small(content(attachment), SCREENFUL, attachment.name)


def _read(column: Any, attachment: Attachment) -> bytes:
    found = db.session.scalar(sa.select(column).where(CONTENT.c.attachment_id == attachment.id))
    if found is None:
        raise NotYours(gettext("This record does not exist or is not yours"))
    return bytes(found)


def kinds(document: Entity, by: Actor) -> list[AttachmentKind]:
    """The kinds of files that belong to a document, as far as the actor may know them."""
    everything, name = type(document).attachment_kinds, type(document).__name__
    return [kind for kind in everything if scope.is_elevated() or scope.may_know(name, kind, by)]


def may_attach(document: Entity, by: Actor) -> bool:
    """Whether the actor may add files to this document."""
    return _may(by, document, "attach")


def may_detach(attachment: Attachment, document: Entity, by: Actor) -> bool:
    """Whether the actor may take this one away as the document stands."""
    if not machine.of(type(document)).may_detach(document):
        return False
    own = attachment.created_by_id is not None and attachment.created_by_id == by.employee_id
    return _may(by, document, "detach") or (own and _may(by, document, "attach"))


def document_of(attachment: Attachment) -> Entity:
    """The document it belongs to, within the actor's rows. Raises NotYours."""
    entity = next(e for e in _papered() if e.__name__ == attachment.document)
    found = db.session.scalars(sa.select(entity).where(entity.id == attachment.document_id)).one_or_none()
    if found is None:
        raise NotYours(gettext("This record does not exist or is not yours"))
    return found


def _papered() -> list[type[Entity]]:
    from ...models import ENTITIES

    return [entity for entity in ENTITIES.values() if entity.attachment_kinds]


def _may(by: Actor, document: Entity, verb: str) -> bool:
    return by.may(verb, type(document).__name__) and scope.reaches(by, document, verb)


def _allow(by: Actor, document: Entity, verb: str) -> None:
    """Inside a verb the house writes: the document was checked. A person needs the word and the row."""
    if scope.is_elevated():
        return
    if not by.may(verb, type(document).__name__):
        raise NotAllowed(gettext("Your role does not include this on “%(entity)s”", entity=str(document.title)))
    if not scope.reaches(by, document, verb):
        raise NotYours(gettext("This record does not exist or is not yours"))


def _say_closed(document: Any) -> NoReturn:
    raise WrongState(
        gettext(
            "%(document)s is “%(state)s”; its attachments stay as they are",
            document=str(document),
            state=str(document.state),
        )
    )
