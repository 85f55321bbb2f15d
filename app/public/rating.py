"""客户自评: the page behind a rating link. No login, no menu, one answer.

    /r/<token>

Every opening is counted in the database first, by address and by token, whatever is behind it. A link that is unknown,
used, replaced or past its last day gives one and the same page. The form is guarded by its own token as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Response, current_app, make_response, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from wtforms.validators import ValidationError

from .. import actor as acting
from .. import clock
from ..actor import Actor
from ..database import db
from ..enums import QuestionKind, Rating
from ..errors import Busy, MissingData, WrongState
from ..models import RatingAttempt
from ..screens.formfields import check_text
from ..screens.sessions import browser_name
from ..unit_of_work import together
from ..workflows.service import rating

CUSTOMER = Actor(name="客户", is_system=True)
POINTS = {str(answer.points): answer for answer in Rating}
ATTEMPT = RatingAttempt.__table__


class RatingView(BaseView):
    route_base = "/r"
    default_view = "rate"

    @expose("/<string:token>", methods=["GET", "POST"])
    def rate(self, token: str) -> Response:
        if acting.current_or_none() is not None:
            return page(
                "public/closed.html",
                403,
                words=gettext("This page is for the customer: let him scan the code with his own phone."),
            )
        with acting.acting_as(replace(CUSTOMER, address=request.remote_addr or "")):
            token_hash = rating.hashed(token)
            if not _may_try(token_hash):
                return page(
                    "public/closed.html",
                    429,
                    words=gettext("Too many attempts. Please try again in a quarter of an hour."),
                )
            return self._answer(token_hash)

    def _answer(self, token_hash: str) -> Response:
        task = rating.find(token_hash)
        if task is None:
            return gone()
        shown = rating.invitation(task)
        if request.method == "GET":
            return page("public/rate.html", 200, shown=shown, given={}, fault=None)
        try:
            lines = [_line(question) for question in shown.questions]
            words = _words("answer", 1000)
            browser = browser_name(request.user_agent.string or "")
            together(lambda: rating.submit(token_hash, lines, words, browser))
        except (MissingData, ValidationError) as fault:
            return page("public/rate.html", 422, shown=shown, given=request.form, fault=str(fault))
        except WrongState:
            return gone()
        except Busy as fault:
            return page("public/rate.html", 503, shown=shown, given=request.form, fault=str(fault))
        return page(
            "public/closed.html",
            200,
            head=gettext("Thank you"),
            words=gettext("Your rating has reached us. Thank you for helping us to become better."),
        )


def gone() -> Response:
    """The one answer for every link that does not work."""
    return page(
        "public/closed.html",
        404,
        words=gettext("This link has been used already or is no longer valid. Thank you all the same."),
    )


def page(template: str, code: int, **values: Any) -> Response:
    """An answer that no search engine keeps and that tells no other site where one comes from."""
    answer = make_response(render_template(template, **values), code)
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _may_try(token_hash: str) -> bool:
    """Count this opening, then whether there were too many of late; shared by all workers.

    By link first: many customers stand behind one address of a telephone company, and a link that is shut adds no more.
    """
    config, now, address = current_app.config, clock.now(), request.remote_addr or ""
    together(lambda: db.session.execute(sa.insert(ATTEMPT).values(token_hash=token_hash, address=address, at=now)))
    since = now - config["RATING_WINDOW"]
    lately = (
        ATTEMPT.c.at > since,
        ATTEMPT.c.at <= now + config["RATING_WINDOW"],
    )  # a clock that was ahead shuts nobody out
    of_link = sa.select(sa.func.count()).select_from(ATTEMPT).where(ATTEMPT.c.token_hash == token_hash, *lately)
    if (db.session.scalar(of_link) or 0) > config["RATING_TRIES_PER_LINK"]:
        return False
    links = sa.select(sa.func.count()).where(ATTEMPT.c.address == address, *lately).group_by(ATTEMPT.c.token_hash)
    by_address = sum(min(tries, config["RATING_TRIES_PER_LINK"]) for tries in db.session.scalars(links))
    return by_address <= config["RATING_TRIES_PER_ADDRESS"]


def _line(question: Any) -> dict[str, Any]:
    """What was ticked or written for one question; anything that is no answer is none."""
    if question.kind is QuestionKind.WORDS:
        return {"id": question.id, "words": _words(f"q{question.id}", 500)}
    return {"id": question.id, "score": POINTS.get(request.form.get(f"q{question.id}", ""))}


def _words(name: str, longest: int) -> str | None:
    text = request.form.get(name, "").strip() or None
    check_text(text, longest)
    return text
