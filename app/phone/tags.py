"""选标签: a salesperson picks tags for his own customers, with the thumb. Tags are made by the administrator."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, current_app, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from sqlalchemy.orm import selectinload

from ..database import by_pinyin, db
from ..errors import BusinessError
from ..models import Customer, CustomerTag, Tag
from ..screens import options
from ..unit_of_work import create, remove

SHOWN = 30


class TagPickView(BaseView):
    """/phone/tags: my customers; /phone/tags/7: the tags of one, a tap puts one on or takes it off."""

    route_base = "/phone/tags"
    default_view = "customers"

    def _allow(self, verb: str) -> None:
        if not current_app.appbuilder.sm.has_access(verb, "CustomerTag"):
            abort(403)

    @expose("/")
    def customers(self) -> str:
        self._allow("can_list")
        term = request.args.get("q", "").strip()[:60]
        query = sa.select(Customer).options(selectinload(Customer.tags).selectinload(CustomerTag.tag))
        if term:
            query = query.where(options.contains(options.searched(Customer), term))
        found = list(db.session.scalars(query.order_by(by_pinyin(Customer.name), Customer.id).limit(SHOWN + 1)))
        return self.render_template(
            "phone/customers.html",
            title=gettext("Tag customers"),
            customers=found[:SHOWN],
            more=len(found) > SHOWN,
            term=term,
        )

    @expose("/<int:pk>")
    def one(self, pk: int) -> str:
        self._allow("can_list")
        customer = self._customer(pk)
        picked = {choice.tag_id for choice in customer.tags}
        tags = list(db.session.scalars(sa.select(Tag).order_by(Tag.group, Tag.sort, Tag.id)))
        groups: dict[Any, list[Tag]] = {}
        for tag in tags:
            if tag.is_enabled or tag.id in picked:
                groups.setdefault(tag.group, []).append(tag)
        return self.render_template(
            "phone/tags.html", title=customer.name, customer=customer, groups=groups, picked=picked
        )

    @expose("/<int:pk>/<int:tag_id>", methods=["POST"])
    def toggle(self, pk: int, tag_id: int) -> Any:
        customer = self._customer(pk)
        tag = db.session.scalars(sa.select(Tag).where(Tag.id == tag_id)).one_or_none()
        if tag is None:
            abort(404)
        choice = db.session.scalars(
            sa.select(CustomerTag).where(CustomerTag.customer_id == pk, CustomerTag.tag_id == tag_id)
        ).one_or_none()
        self._allow("can_delete" if choice else "can_add")
        try:
            if choice is not None:
                remove(choice)
            else:
                create(CustomerTag, {"customer": customer, "tag": tag})
        except BusinessError as fault:
            flash(str(fault), "danger")
        return redirect(url_for("TagPickView.one", pk=pk))

    def _customer(self, pk: int) -> Customer:
        customer = (
            db.session.scalars(
                sa.select(Customer)
                .where(Customer.id == pk)
                .options(selectinload(Customer.tags).selectinload(CustomerTag.tag))
            ).one_or_none()
            if pk < 2**31
            else None
        )
        if customer is None:
            abort(404)
        return customer
