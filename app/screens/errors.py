"""Pages for everything that goes wrong, in Chinese, without a trace; a fault of ours gets a number for the log."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from .. import actor as acting
from ..database import abandon, db, is_lost
from ..errors import BusinessError, Busy, NotAllowed, NotYours


def _page(code: int, title: str, words: str) -> Any:
    if request.headers.get("X-Requested-With") == "fetch":
        return jsonify(message=words), code
    return render_template("error.html", code=code, title=title, words=words), code


def register(app: Flask) -> None:
    """Our own 400, 401, 403, 404, 405, 413, 429 and 500."""

    @app.errorhandler(CSRFError)
    def _no_token(_fault: CSRFError) -> Any:
        return _page(400, gettext("The page has expired"), gettext("Please go back, refresh the page and try again."))

    @app.errorhandler(HTTPException)
    def _http(fault: HTTPException) -> Any:
        code = fault.code or 500
        if code < 400:
            return fault
        if isinstance(fault, SecurityError):  # a host name that is not ours: no page can be built for it
            return Response(gettext("Please go back, refresh the page and try again."), code, mimetype="text/plain")
        title, words = {
            400: (gettext("Request not understood"), gettext("Please go back, refresh the page and try again.")),
            401: (gettext("Please log in"), gettext("Your session has ended. Log in again; then repeat the step.")),
            403: (
                gettext("Not in your role"),
                gettext("Your role does not include this. Ask the administrator if it should."),
            ),
            404: (gettext("Not found"), gettext("This page or record does not exist, or it is not yours to see.")),
            405: (gettext("Not possible this way"), gettext("Please use the button on the page.")),
            413: (
                gettext("Too large"),
                gettext(
                    "What you sent is larger than %(most)s MB. Please make it smaller.",
                    most=(request.max_content_length or 0) >> 20,
                ),
            ),
            429: (
                gettext("Too many attempts"),
                gettext(
                    "Login is closed for five minutes for this account. Please wait, or ask the administrator to unlock it."
                ),
            ),
        }.get(code, (gettext("Something went wrong"), gettext("Please go back, refresh the page and try again.")))
        return _page(code, title, words)

    @app.errorhandler(BusinessError)
    def _business(fault: BusinessError) -> Any:
        db.session.rollback()
        if isinstance(fault, NotYours):
            return _page(
                404, gettext("Not found"), gettext("This page or record does not exist, or it is not yours to see.")
            )
        if isinstance(fault, NotAllowed):
            return _page(
                403,
                gettext("Not in your role"),
                gettext("Your role does not include this. Ask the administrator if it should."),
            )
        code = 503 if isinstance(fault, Busy) else 409
        return _page(code, gettext("Not possible now"), str(fault))

    @app.errorhandler(Exception)
    def _fault(fault: Exception) -> Any:
        abandon()
        if is_lost(fault):
            acting.put(None)  # the page is built without a question to the database
            return _page(
                503,
                gettext("The database cannot be reached"),
                gettext(
                    "Please wait a moment. What you were just saving may be saved or not: look before you repeat it."
                ),
            )
        reference = uuid.uuid4().hex[:8]
        app.logger.error("fault %s at %s %s", reference, request.method, request.path, exc_info=fault)
        if app.config.get("PROPAGATE_FAULTS"):
            raise fault
        return _page(
            500,
            gettext("Something went wrong"),
            gettext(
                "Nothing was saved. Please try again; if it happens again, report number %(number)s.", number=reference
            ),
        )
