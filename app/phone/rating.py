"""评价二维码: the link a customer rates us through, made and shown once to whoever hands it to him.

    /rating/WorkOrder/7    the technician, on the site, when the work is done
    /rating/VisitTask/9    customer care, to send it by message

The token is in this answer alone; coming back here makes a new one, and the old one no longer works.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext

from ..errors import BusinessError, NotYours
from ..screens import Screen, labels
from ..screens.report import screen_named
from ..unit_of_work import fire
from ..workflows.service import rating

OF = ("WorkOrder", "VisitTask")


class RatingLinkView(BaseView):
    route_base = "/rating"
    default_view = "page"

    @expose("/<string:entity>/<string:pk>", methods=["GET", "POST"])
    def page(self, entity: str, pk: str) -> Any:
        screen = screen_named(entity) if entity in OF else None
        if not isinstance(screen, Screen):
            abort(404)
        if not screen.may("invite"):
            abort(403)
        row = screen.find(pk)
        link = picture = None
        if request.method == "POST":
            token = secrets.token_urlsafe(24)
            try:
                fire(row, "invite", token_hash=rating.hashed(token))
            except NotYours:
                abort(404)
            except BusinessError as fault:
                flash(str(fault), "danger")
                return redirect(screen.url("show", pk=pk))
            link = url_for("RatingView.rate", token=token, _external=True)
            picture = labels.square(link)
            row = screen.find(pk)
        return self.render_template(
            "phone/rating.html", title=gettext("Rating link"), screen=screen, row=row, link=link, picture=picture,
            days=rating.LIFE.days,
        )  # fmt: skip
