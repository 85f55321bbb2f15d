"""核销: who stands at the counter with a customer's coupon. Scan it or type its number, see what it may pay, redeem it.

The same verb as on the desk (`coupon_use.redeem`), with the thumb.
"""

from __future__ import annotations

import io
import uuid
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext

from .. import actor as acting
from .. import models as m
from ..database import db
from ..errors import BusinessError, NotAllowed, NotYours
from ..forms import RedeemForm
from ..formulas import label_codes
from ..unit_of_work import fire
from ..workflows.finance import coupon_use
from . import photo


class CouponPageView(BaseView):
    """/phone/coupon/: scan; /phone/coupon/KQ…: one coupon and the debts it may pay."""

    route_base = "/phone/coupon"
    default_view = "index"

    def _allow(self) -> None:
        if not acting.current().may("redeem", "Coupon"):
            abort(403)

    @expose("/")
    def index(self) -> Any:
        self._allow()
        text = label_codes.read(request.args.get("scan", "")).value.upper()
        if text and (found := _find(text)) is not None:
            return redirect(url_for("CouponPageView.one", number=found.number))
        words = gettext("There is no coupon %(number)s", number=text[:40]) if text else ""
        return self.render_template("phone/coupons.html", title=gettext("Redeem coupons"), words=words, scan=text[:60])

    @expose("/photo/read", methods=["POST"])
    def read(self) -> Any:
        """The code in a photo, {"text": …}; 422 and {"fault": …} when there is none."""
        self._allow()
        try:
            sent = request.files.get("photo")
            return {"text": photo.code_in(sent.stream if sent else io.BytesIO())}
        except BusinessError as fault:
            return {"fault": str(fault)}, 422

    @expose("/<number>", methods=["GET", "POST"])
    def one(self, number: str) -> Any:
        self._allow()
        coupon = _find(number)
        if coupon is None:
            abort(404)
        form, status = RedeemForm(), 200
        form.about(coupon)
        if request.method == "POST":
            status = 422
            if form.validate() and self._redeem(coupon, form):
                return redirect(url_for("CouponPageView.one", number=number))
            coupon = _find(number)
        page = self.render_template(
            "phone/coupon.html",
            title=gettext("Redeem coupons"),
            coupon=coupon,
            form=form,
            why=coupon_use.unusable(coupon),  # type: ignore[arg-type]
            request_key=request.form.get("request_key") or uuid.uuid4().hex,
        )
        return page if status == 200 else (page, status)

    @staticmethod
    def _redeem(coupon: m.Coupon, form: RedeemForm) -> bool:
        """Whether it went through; once for a key, however often the button is pressed."""
        key = request.form.get("request_key", "")
        try:
            fire(coupon, "redeem", key=f"Coupon:{key[:40]}" if key.isalnum() else None, lines=form.lines.values())
        except NotYours:
            abort(404)
        except NotAllowed:
            abort(403)
        except BusinessError as fault:
            flash(str(fault), "danger")
            return False
        flash(coupon_use.told(coupon), "success")
        return True


def _find(number: str) -> m.Coupon | None:
    """The coupon of this number, among the person's rows."""
    return db.session.scalars(sa.select(m.Coupon).where(m.Coupon.number == number.upper()[:24])).one_or_none()
