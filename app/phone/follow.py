"""跟进: a salesperson on a building site writes down what was said, with the thumb: who, how, words, when again, a photo."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from sqlalchemy.orm import selectinload

from .. import actor as acting
from .. import clock
from ..database import by_pinyin, db
from ..enums import AttachmentKind, ContactState
from ..errors import BusinessError
from ..forms import FollowForm
from ..models import Contact, Customer, FollowUp
from ..screens import options
from ..screens.screen import is_id
from ..unit_of_work import born, together
from ..workflows.system import attachment
from ..workflows.system.file_content import examine

SHOWN = 20
MOST_PHOTOS = 9
KINDS: dict[str, Any] = {"customer": Customer, "contact": Contact}


class FollowPageView(BaseView):
    """/phone/follow/: who is due, and a search; /phone/follow/customer/7: one record."""

    route_base = "/phone/follow"
    default_view = "people"

    def _allow(self) -> None:
        if not acting.current().may("add", "FollowUp"):
            abort(403)

    @expose("/")
    def people(self) -> str:
        self._allow()
        term = request.args.get("q", "").strip()[:60]
        found = [(name, row) for name in KINDS for row in self._rows(name, term)]
        found.sort(
            key=lambda pair: (pair[1].next_follow_on is None, pair[1].next_follow_on or clock.today(), pair[1].id)
        )
        return self.render_template(
            "phone/follows.html", title=gettext("Follow up"), found=found, term=term, today=clock.today()
        )

    def _rows(self, name: str, term: str) -> list[Any]:
        """Who fits the words; without words who is due."""
        entity = KINDS[name]
        query = sa.select(entity).limit(SHOWN)
        if entity is Contact:
            query = query.where(Contact.state == ContactState.ACTIVE)
        if term:
            query = query.where(options.contains(options.searched(entity), term)).order_by(
                by_pinyin(entity.name), entity.id
            )
        else:
            mine = entity.salesperson_id == (acting.current().employee_id or 0)
            query = query.where(mine, entity.next_follow_on <= clock.today()).order_by(entity.next_follow_on)
        return list(db.session.scalars(query))

    @expose("/<string:name>/<int:pk>", methods=["GET", "POST"])
    def one(self, name: str, pk: int) -> Any:
        self._allow()
        row, form, status = self._find(name, pk), FollowForm(), 200
        if request.method == "POST":
            status = 422
            try:
                if form.validate():
                    self._keep(name, pk, form)
                    flash(gettext("%(record)s saved", record=str(row)), "success")
                    return redirect(url_for("FollowPageView.people"))
            except BusinessError as fault:
                place = form[fault.field] if fault.field and fault.field in form else None
                if place is not None:
                    place.errors = [*place.errors, str(fault)]
                else:
                    flash(str(fault), "danger")
            row = self._find(name, pk)
        column = FollowUp.customer_id if name == "customer" else FollowUp.contact_id
        earlier = sa.select(FollowUp).where(column == row.id).options(selectinload(FollowUp.created_by))
        page = self.render_template(
            "phone/follow.html",
            title=row.name,
            row=row,
            form=form,
            earlier=list(db.session.scalars(earlier.order_by(FollowUp.id.desc()).limit(5))),
            request_key=request.form.get("request_key") or uuid.uuid4().hex,
        )
        return page if status == 200 else (page, status)

    def _keep(self, name: str, pk: int, form: FollowForm) -> None:
        """The record and its photos: one transaction, once for a key, however often the button is pressed."""
        sent = [file for file in request.files.getlist("photo") if file.filename][:MOST_PHOTOS]
        photos = [examine(file.filename or "", file.stream.read()) for file in sent]
        values = {"way": form.way.data, "content": form.content.data, "next_on": form.next_on.data}
        key = request.form.get("request_key", "")

        def work() -> FollowUp:
            made = born(FollowUp, values | {"location": form.location.data, name: self._find(name, pk)})
            for photo in photos:
                attachment.keep(made, AttachmentKind.SITE_PHOTO, photo)
            return made

        together(work, key=f"FollowUp:{key[:40]}" if key.isalnum() else None, entity=FollowUp)

    def _find(self, name: str, pk: int) -> Any:
        entity = KINDS.get(name)
        if entity is None or not is_id(str(pk)):
            abort(404)
        row = db.session.scalars(sa.select(entity).where(entity.id == pk)).one_or_none()
        if row is None:
            abort(404)
        return row
