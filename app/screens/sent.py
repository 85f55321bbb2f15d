"""What a form reads of a request: the texts that were sent. Files are for the fields that ask for files, and for nobody else.

Stock mixes files, and numbers and lists of JSON, into what every field takes for text.
"""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_wtf.form import _Auto, _is_submitted
from wtforms import FieldList, FileField


def texts(_meta: Any, form: Any, formdata: Any) -> Any:
    """The texts of this request, for forms that are given nothing else; 400 for a file where a text is asked for."""
    if formdata is not _Auto:
        return formdata
    if not _is_submitted():
        return None
    if any(_is_for_text(form, name) for name in request.files):
        abort(400)
    return request.form or None


def _is_for_text(form: Any, name: str) -> bool:
    field = form._fields.get(name) or form._fields.get(name.split("-", 1)[0])
    if isinstance(field, FieldList):
        return True
    return field is not None and field.name == name and not isinstance(field, FileField)
