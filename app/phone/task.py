"""One task on one page: sent once, done once, answered to a page with or without script.

With script the page sends its form in the background, keeps it when there is no network and sends it later under the same
key (static/task.js); it reads JSON. Without script the same address loads the next page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from flask_wtf import FlaskForm

from ..errors import BusinessError, NotAllowed, NotYours
from ..screens.formfields import LinesField


def in_background() -> bool:
    """Whether the page sent it and stays, rather than the browser loading the answer."""
    return request.headers.get("X-Requested-With") == "fetch"


def key(*about: str) -> str | None:
    """The key of this request within what it is about: sent again, even hours later, it is the same request."""
    sent = request.form.get("request_key", "")
    return ":".join(("phone", *about, sent)) if sent.isalnum() and sent.isascii() and len(sent) <= 40 else None


def done(words: str, url: str) -> Any:
    """It is done: the sentence, and where one goes on."""
    if in_background():
        return {"done": words, "url": url}
    flash(words, "success")
    return redirect(url)


def refused(words: str, form: FlaskForm | None, page: Callable[[], Any]) -> Any:
    """Nothing was changed: the sentence, what is wrong with which field, and the page with everything typed."""
    if in_background():
        return {"fault": words, "fields": faults(form) if form else {}}, 422
    if words:
        flash(words, "danger")
    return page(), 422


def faults(form: Any) -> dict[str, str]:
    """Field name → sentence, those of lines and of fields within fields among them."""
    found = {}
    for field in form:
        for inner in [entry.form for entry in field.entries] if isinstance(field, LinesField) else _inner(field):
            found |= faults(inner)
        if field.errors:
            found[field.name] = "；".join(map(str, field.errors))
    return found


def _inner(field: Any) -> list[Any]:
    """The form within a field that has one, such as a checklist."""
    return [field.form] if hasattr(field, "form") else []


def carry_out(form: FlaskForm, act: Callable[[], tuple[str, str]], page: Callable[[], Any]) -> Any:
    """Check what was sent, act, answer.

    act:  gives the sentence and the next address; what it refuses is told beside its field or at the top.
    page: the page again, with rows read afresh.
    """
    if not form.validate():
        words = next(iter(faults(form).values()), gettext("Please go back, refresh the page and try again."))
        return refused(words, form, page)
    try:
        return done(*act())
    except (NotYours, NotAllowed):
        raise
    except BusinessError as fault:
        name = (fault.field or "").removesuffix("_id")
        if name in form and not isinstance(form[name], LinesField):
            form[name].errors = [*form[name].errors, str(fault)]
        return refused(str(fault), form, page)
