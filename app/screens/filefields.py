"""Form fields that bring a picture: a photo as a file, a signature drawn with a finger; both looked at by content."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask import has_request_context, request
from flask_babel import gettext
from wtforms import Field, FileField

from ..errors import BusinessError
from ..workflows.system import file_content
from ..workflows.system.file_content import Examined, examine

LONGEST = 600_000
PREFIX = "data:image/png;base64,"


class PhotoField(FileField):
    """A photo, taken or chosen. data: what was looked at (`Examined`), or None. shown: address of the one that is there."""

    shown: str | None = None

    def process_formdata(self, _texts: list[Any]) -> None:
        self.data: Examined | None = None
        sent = request.files.get(self.name) if has_request_context() else None
        if sent is None or not sent.filename:
            return
        try:
            found = examine(sent.filename, sent.stream.read())
        except BusinessError as fault:
            raise ValueError(str(fault)) from fault
        if not found.media_type.startswith("image/"):
            raise ValueError(gettext("Please choose a photo"))
        self.data = found


class SignatureField(Field):
    """A line drawn on the glass (signature.js). data: a PNG, or None; what was drawn stays when the form comes back."""

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.typed = ""

    def _value(self) -> str:
        return self.typed

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        if not text.startswith(PREFIX) or len(text) > LONGEST:
            raise ValueError(gettext("This is no signature; please sign again"))
        try:
            drawn = base64.b64decode(text.removeprefix(PREFIX), validate=True)
            found = examine("signature.png", drawn)
            if found.media_type != file_content.PNG or not file_content.has_ink(drawn):
                raise ValueError
        except (BusinessError, binascii.Error, ValueError) as fault:
            raise ValueError(gettext("This is no signature; please sign again")) from fault
        self.data, self.typed = drawn, text
