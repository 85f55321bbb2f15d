"""我的工单: the technician's work orders on the phone. A list, one order a page, one question a page; nothing costs money here.

What can be pressed is what the order's screen offers him now. Source: brief S11–S14, S33, S35; flows.md C4.1–C4.2.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from flask import abort, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from flask_wtf import FlaskForm
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy.orm import selectinload

from .. import actor as acting
from .. import models as m
from .. import scope
from ..database import db
from ..enums import OPEN_REQUESTS, STANDING_ASSIGNMENTS, WORKING_ORDERS, AssignmentState, UsedPartState
from ..forms import PhotoForm, VanForm
from ..request_keys import was_done
from ..screens.attachments import board
from ..screens.screen import Screen, screen_of
from ..unit_of_work import fire, together
from ..workflows.service import consumption
from ..workflows.system import attachment as files
from . import task, van

SHOWN = 50
FINISHED = 10
VERBS = (
    "accept", "decline", "depart", "arrive", "consume", "suspend", "resume", "fill_checklist", "finish", "put_back",
)  # fmt: skip
STEPS = ("reported_at", "assigned_at", "accepted_at", "departed_at", "arrived_at", "finished_at")


def orders_of_mine(*states: AssignmentState) -> Any:
    """Orders on which the person stands in one of these states."""
    entry = m.WorkAssignment
    mine = sa.select(entry.work_order_id).where(
        entry.technician_id == (acting.current().employee_id or 0), entry.state.in_(states)
    )
    loads = [selectinload(m.WorkOrder.customer), selectinload(m.WorkOrder.unit), selectinload(m.WorkOrder.assignments)]
    return sa.select(m.WorkOrder).where(m.WorkOrder.id.in_(mine)).options(*loads)


def open_orders() -> list[m.WorkOrder]:
    """Orders the person accepted and has not finished: those he may ask parts for."""
    query = orders_of_mine(AssignmentState.ACCEPTED).where(m.WorkOrder.state.in_(WORKING_ORDERS))
    return list(db.session.scalars(query.order_by(m.WorkOrder.id.desc()).limit(SHOWN)))


class WorkView(BaseView):
    """/phone/work/: my orders; /phone/work/GD-…: one; /phone/work/GD-…/finish: what one step asks."""

    route_base = "/phone/work"
    default_view = "index"

    def _allow(self) -> None:
        if not acting.current().may("accept", "WorkOrder"):
            abort(403)

    @expose("/")
    def index(self) -> str:
        self._allow()
        new = orders_of_mine(AssignmentState.ASSIGNED).order_by(m.WorkOrder.assigned_at.desc())
        work = orders_of_mine(AssignmentState.ACCEPTED).order_by(m.WorkOrder.is_down.desc(), m.WorkOrder.reported_at)
        old = orders_of_mine(AssignmentState.DONE).order_by(m.WorkOrder.finished_at.desc()).limit(FINISHED)
        parts = [
            (gettext("Orders to accept"), list(db.session.scalars(new.limit(SHOWN)))),
            (gettext("My work"), list(db.session.scalars(work.limit(SHOWN)))),
            (gettext("Finished lately"), list(db.session.scalars(old))),
        ]
        return self.render_template("phone/orders.html", title=gettext("My work orders"), parts=parts)

    @expose("/here")
    def here(self) -> Any:
        """Whether the network is back, who is logged in, and the token that what was kept is sent with."""
        self._allow()
        return {"user": acting.current().user_id, "token": generate_csrf()}

    @expose("/<number>")
    def order(self, number: str) -> str:
        self._allow()
        order = self._find(number)
        screen = _screen()
        phone = screen.shown(order, screen.column("contact_phone"))
        return self.render_template(
            "phone/order.html",
            title=order.number,
            order=order,
            steps=[(screen.column(name).label, getattr(order, name)) for name in STEPS],
            verbs=[t for t in screen.verbs(order) if t.verb in VERBS and t.verb != "put_back"],
            asks=_asks,
            may_ask=order in open_orders() and acting.current().may("add", "PartRequest"),
            phone=phone,
            tel=tel(phone),
            used=[line for line in order.parts if line.state is UsedPartState.CONSUMED],
            mine=acting.current().employee_id,
            takes_back=screen.may("put_back") and consumption.put_back.possible(order),
            requests=_requests(order),
            doors=screen.doors(order),
            pictures=[item for item in files.of(order) if item.is_picture],
            may_attach=files.may_attach(order, acting.current()),
            request_key=uuid.uuid4().hex,
        )

    @expose("/<number>/<verb>", methods=["GET", "POST"])
    def step(self, number: str, verb: str) -> Any:
        """What a verb asks, and the verb."""
        self._allow()
        if verb not in VERBS or not _screen().may(verb):
            abort(404)
        order = self._find(number, task.key(number, verb))
        if verb == "consume":
            return self._consume(order)
        form = (_screen().actions[verb].func.form or FlaskForm)()
        form.pk, form.request_key = str(order.id), task.key(number, verb)
        if request.method == "GET" and (verb == "put_back" or not _asks(verb)):
            return redirect(url_for("WorkView.order", number=number))
        if hasattr(form, "about"):
            form.about(order)
        if request.method == "GET":
            return self._ask(order, verb, form)
        answers = {f.short_name: f.data for f in form if f.short_name != "csrf_token"}

        def act() -> tuple[str, str]:
            fire(order, verb, key=task.key(number, verb), **answers)
            told = gettext("%(record)s: %(verb)s done", record=number, verb=_label(verb))
            return told, url_for("WorkView.index") if verb == "decline" else url_for("WorkView.order", number=number)

        return task.carry_out(form, act, lambda: self._again(number, verb, form))

    @expose("/<number>/photos", methods=["GET", "POST"])
    def photos(self, number: str) -> Any:
        """照片: taken on the spot, each sent by itself; one's own can be taken away while the order is open."""
        self._allow()
        key = task.key(number, "photos")
        order = self._find(number)
        if not files.may_attach(order, acting.current()):
            abort(404)
        form = PhotoForm()

        def act() -> tuple[str, str]:
            taken = form.taken()
            together(
                lambda: [files.keep(order, form.kind.data, photo) for photo in taken][-1], key=key, entity=m.Attachment
            )
            told = gettext("%(kind)s added: %(n)s", kind=str(form.kind.data), n=len(taken))
            return told, url_for("WorkView.photos", number=number)

        def page() -> str:
            return self.render_template(
                "phone/photos.html",
                title=gettext("Photos"),
                order=self._find(number),
                board=board(self._find(number), back=url_for("WorkView.photos", number=number)),
                kinds=form.kind.options,
                request_key=uuid.uuid4().hex,
            )

        return page() if request.method == "GET" else task.carry_out(form, act, page)

    def _again(self, number: str, verb: str, form: FlaskForm) -> str:
        """The page a refused step came from."""
        return self._ask(self._find(number), verb, form) if _asks(verb) else self.order(number)

    def _ask(self, order: m.WorkOrder, verb: str, form: FlaskForm) -> str:
        return self.render_template(
            ["phone/" + name + ".html" for name in (verb, "step")],
            title=_label(verb),
            order=order,
            verb=verb,
            form=form,
            transition=_screen().actions[verb].func.transition,
            request_key=request.form.get("request_key") or uuid.uuid4().hex,
        )

    def _consume(self, order: m.WorkOrder) -> Any:
        """消耗配件: several parts of the own van in one send."""
        number, form = order.number, VanForm()

        def page() -> str:
            return self.render_template(
                "phone/consume.html",
                title=gettext("Use parts"),
                order=self._find(number),
                shelf=van.shelf(),
                form=form,
                typed={str(e.form.id.data): e.form.quantity for e in form.lines},
                request_key=request.form.get("request_key") or uuid.uuid4().hex,
            )

        def act() -> tuple[str, str]:
            wanted = {row["id"]: row["quantity"] for row in form.taken}
            together(lambda: consumption.use(order, wanted), key=task.key(number, "consume"), entity=m.WorkOrder)
            told = gettext("%(record)s: %(n)s parts used", record=number, n=len(wanted))
            return told, url_for("WorkView.order", number=number)

        return page() if request.method == "GET" else task.carry_out(form, act, page)

    def _find(self, number: str, key: str | None = None) -> m.WorkOrder:
        """The order, if the person stands on it; 404 otherwise. What he sent before and left since is answered again."""
        mine = orders_of_mine(*STANDING_ASSIGNMENTS).where(m.WorkOrder.number == number[:30].upper())
        order = db.session.scalars(mine).one_or_none()
        if order is None and was_done(key):
            with scope.elevated():
                order = db.session.scalars(sa.select(m.WorkOrder).where(m.WorkOrder.number == number)).one_or_none()
        if order is None:
            abort(404)
        return order


def _screen() -> Screen:
    found = screen_of("WorkOrder")
    assert found is not None
    return found


def _asks(verb: str) -> bool:
    return _screen().actions[verb].func.form is not None


def _label(verb: str) -> str:
    return str(_screen().actions[verb].func.transition.label)


def _requests(order: m.WorkOrder) -> list[m.PartRequest]:
    """What the person asked for this order and still waits for."""
    query = sa.select(m.PartRequest).where(
        m.PartRequest.work_order_id == order.id,
        m.PartRequest.state.in_(OPEN_REQUESTS),
        m.PartRequest.technician_id == acting.current().employee_id,
    )
    loads = selectinload(m.PartRequest.lines).selectinload(m.RequestLine.part)
    return list(db.session.scalars(query.options(loads).order_by(m.PartRequest.id)))


def tel(phone: Markup | str) -> str:
    """The number to call; empty where it is masked."""
    text = str(phone)
    return "".join(c for c in text if c.isdigit() or c == "+") if "*" not in text else ""
