"""Routes of attachments: /attachments/WorkOrder/17. Every one asks again for the document within the person's rows."""

from __future__ import annotations

from flask import Flask, Response, abort, current_app, flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext

from .. import actor as acting
from .. import scope
from ..enums import AttachmentKind
from ..errors import BusinessError, NotAllowed, NotYours
from ..models import Attachment, Entity
from ..unit_of_work import together
from ..workflows.system import attachment as files
from ..workflows.system.file_content import JPEG, Examined, examine
from .download import disposition
from .screen import Screen
from .security import safe_next

MOST_FILES = 20


class AttachmentView(BaseView):
    """Upload, download, thumbnail, picture, remove."""

    route_base = "/attachments"
    default_view = "upload"

    @expose("/<string:entity>/<int:pk>", methods=["POST"])
    def upload(self, entity: str, pk: int) -> Response:
        """Keep what was sent: each good file, and a sentence for each other one; all of it once, by the request's key."""
        screen, document = _document(entity, pk)
        if not screen.may("attach"):
            abort(403)
        kind = AttachmentKind.__members__.get(request.form.get("kind", ""))
        good = _examined()
        if kind is None:
            flash(gettext("Please choose what kind of attachment this is"), "danger")
        elif good:
            self._keep(screen, document.id, kind, good)
        return _back(screen, document)

    def _keep(self, screen: Screen, pk: int, kind: AttachmentKind, good: list[Examined]) -> None:
        key = request.form.get("request_key", "")

        def work() -> Attachment:
            document = screen.find(str(pk))
            return [files.keep(document, kind, file) for file in good][-1]

        try:
            known = f"Attachment:{screen.entity.__name__}:{pk}:{key[:40]}" if key and key.isalnum() else None
            together(work, key=known, entity=Attachment)
            names = "、".join(file.name for file in good)
            flash(gettext("%(kind)s added: %(names)s", kind=str(kind), names=names), "success")
        except (NotAllowed, NotYours):
            raise
        except BusinessError as fault:
            flash(str(fault), "danger")

    @expose("/<string:entity>/<int:pk>/<int:number>")
    def download(self, entity: str, pk: int, number: int) -> Response:
        """The file as it came, never shown by the browser itself."""
        _screen, found = _attachment(entity, pk, number)
        headers = {"Content-Disposition": disposition(found.name)}
        return Response(files.content(found), mimetype=found.media_type, headers=headers)

    @expose("/<string:entity>/<int:pk>/<int:number>/thumbnail")
    def thumbnail(self, entity: str, pk: int, number: int) -> Response:
        """The small picture of the block."""
        _screen, found = _attachment(entity, pk, number)
        return Response(files.thumbnail(found), mimetype=JPEG)

    @expose("/<string:entity>/<int:pk>/<int:number>/picture")
    def picture(self, entity: str, pk: int, number: int) -> Response:
        """A photo to look at: made anew from the pixels, so nothing but a picture can be in it."""
        _screen, found = _attachment(entity, pk, number)
        return Response(files.picture(found), mimetype=JPEG)

    @expose("/<string:entity>/<int:pk>/<int:number>/remove", methods=["POST"])
    def remove(self, entity: str, pk: int, number: int) -> Response:
        screen, found = _attachment(entity, pk, number)
        name = found.name
        try:
            together(lambda: files.detach(files.find(screen.find(str(pk)), number)), entity=Attachment)
            flash(gettext("%(name)s was taken away", name=name), "success")
        except (NotAllowed, NotYours):
            raise
        except BusinessError as fault:
            flash(str(fault), "danger")
        return _back(screen, screen.find(str(pk)))


def _document(entity: str, pk: int) -> tuple[Screen, Entity]:
    """The screen and the row of an address, for who may look at it; 403 or 404 for everybody else."""
    views = current_app.appbuilder.baseviews
    screen = next((v for v in views if isinstance(v, Screen) and v.entity.__name__ == entity), None)
    if screen is None or not screen.entity.attachment_kinds:
        abort(404)
    if not screen.may("show"):
        abort(403)
    document = screen.find(str(pk))
    if not scope.reaches(acting.current(), document, "show"):
        abort(404)
    return screen, document


def _attachment(entity: str, pk: int, number: int) -> tuple[Screen, Attachment]:
    screen, document = _document(entity, pk)
    return screen, files.find(document, number)


def _examined() -> list[Examined]:
    """The files that came along and can be kept; each other one is told at once."""
    sent = [file for file in request.files.getlist("files") if file.filename]
    if not sent:
        flash(gettext("Please choose at least one file"), "danger")
    if len(sent) > MOST_FILES:
        flash(gettext("At most %(most)s files at once", most=MOST_FILES), "danger")
        return []
    good = []
    for file in sent:
        try:
            good.append(examine(file.filename or "", file.stream.read()))
        except BusinessError as fault:
            flash(str(fault), "danger")
    return good


def _back(screen: Screen, document: Entity) -> Response:
    own = f"{screen.url('show', pk=document.id)}#attachments"
    wanted = request.form.get("back", "")
    return redirect(safe_next(wanted) if wanted else own)  # type: ignore[return-value]


def widen(app: Flask) -> None:
    """Uploads may be larger than any form; said before anybody reads the request."""

    @app.before_request
    def _widen() -> None:
        if request.endpoint == "AttachmentView.upload":
            request.max_content_length = app.config["UPLOAD_LENGTH"]
