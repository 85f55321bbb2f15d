"""我的部件: the technician's van on the phone. 我的库存, 我的申请, 待收货, 消耗记录; asking, collecting, sending back.

No price and no cost is shown here. Source: brief S10–S14, S20–S23; requirements FR-SVC-02..06; flows.md C4.3.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext

from .. import actor as acting
from .. import models as m
from ..database import by_pinyin, db
from ..enums import RequestLineState
from ..errors import BusinessError, MissingData, WrongAmount
from ..forms import GiveForm, ReasonForm, VanForm, WantForm, other_stores, plain_quantity
from ..formulas import label_codes
from ..request_keys import was_done
from ..screens import options
from ..unit_of_work import born, create, fire, together
from ..workflows.parts import count as counts
from ..workflows.parts import transfer
from ..workflows.parts.part import part_key
from . import task, van
from .work import open_orders

FOUND = 20
ZERO = Decimal(0)


class PartsView(BaseView):
    """/phone/parts/: my stock; requests, coming, used: the other tabs; want, give: what one starts here."""

    route_base = "/phone/parts"
    default_view = "index"

    def _allow(self) -> None:
        if not acting.current().may("add", "PartRequest"):
            abort(403)

    def _page(self, template: str, title: str, tab: str = "", **more: Any) -> str:
        key = request.form.get("request_key") or uuid.uuid4().hex
        return self.render_template(f"phone/{template}.html", title=title, tab=tab, request_key=key, **more)

    # -- the four tabs ------------------------------------------------------------------------------------------

    @expose("/")
    def index(self) -> str:
        self._allow()
        term = request.args.get("q", "").strip()[:60]
        scan = label_codes.read(term)
        shelf = van.shelf(scan.value if scan.kind == label_codes.PART else term)
        own = van.mine()
        may_count = own is not None and acting.current().may("add", "StockCount")
        return self._page(
            "my_stock", gettext("My parts"), "index", shelf=shelf, own=own, term=term, may_count=may_count
        )

    @expose("/requests")
    def requests(self) -> str:
        self._allow()
        return self._page("my_requests", gettext("My parts"), "requests", requests=van.requests())

    @expose("/coming")
    def coming(self) -> str:
        self._allow()
        return self._page("coming", gettext("My parts"), "coming", parcels=van.parcels(), sent=van.sent())

    @expose("/used")
    def used(self) -> str:
        self._allow()
        return self._page("used", gettext("My parts"), "used", used=van.used())

    # -- asking -------------------------------------------------------------------------------------------------

    @expose("/find")
    def find(self) -> Any:
        """Parts by number, name or pinyin, and how many of them are in the own van."""
        self._allow()
        scan = label_codes.read(request.args.get("q", ""))
        key = part_key(scan.value)
        exact = sa.select(m.Part).where(m.Part.part_key == key, m.Part.is_enabled)
        found = list(db.session.scalars(exact)) if key else []
        if not found and scan.kind == label_codes.TYPED and scan.value:
            like = options.contains(options.searched(m.Part), scan.value)
            query = (
                sa.select(m.Part).where(like, m.Part.is_enabled).order_by(by_pinyin(m.Part.name), m.Part.part_number)
            )
            found = list(db.session.scalars(query.limit(FOUND)))
        held = {row.part_id: row.available for row in van.shelf()}
        parts = [
            {"number": p.part_number, "name": p.name, "more": p.specification or "", "unit": p.unit_name,
             "held": plain_quantity(held.get(p.id)) or "0"}
            for p in found
        ]  # fmt: skip
        words = "" if parts else gettext("“%(text)s” is no part we know", text=scan.value[:40])
        return {"parts": parts, "exact": bool(key) and len(parts) == 1, "words": words}

    @expose("/want", methods=["GET", "POST"])
    def want(self) -> Any:
        """申请配件: free or for an order; the desk answers line by line."""
        self._allow()
        form = WantForm()
        form.request_key = task.key("want")
        if request.method == "GET" and (number := request.args.get("order")):
            order = next((o for o in open_orders() if o.number == number), None)
            if order is None:
                abort(404)
            form.work_order.data = order

        def act() -> tuple[str, str]:
            lines = [{"part": row["part"], "quantity": row["quantity"]} for row in form.wanted]
            if any(row["part"] is None or not row["quantity"] for row in lines):
                raise MissingData(gettext("Every line has a part and a quantity above zero"), field="lines")
            values = {name: form[name].data for name in ("work_order", "is_urgent", "deliver_to", "remark")}
            made = create(m.PartRequest, values | {"lines": lines}, key=task.key("want"))
            told = gettext("%(record)s sent: %(n)s lines", record=made.number, n=len(lines))
            return told, url_for("PartsView.request_", number=made.number)

        def page() -> str:
            rows = [e.form for e in form.lines]
            return self._page("want", gettext("Ask for parts"), form=form, orders=open_orders(), rows=rows)

        return page() if request.method == "GET" else task.carry_out(form, act, page)

    @expose("/requests/<number>", methods=["GET", "POST"])
    def request_(self, number: str) -> Any:
        """One request with its lines; what nobody has begun with can be taken back."""
        self._allow()
        self._request(number)
        form = ReasonForm()

        def act() -> tuple[str, str]:
            asked = self._request(number)
            fire(asked, "cancel", key=task.key(number, "cancel"), reason=form.reason.data)
            told = gettext("%(record)s: %(verb)s done", record=number, verb=gettext("Cancel"))
            return told, url_for("PartsView.requests")

        def page() -> str:
            asked = self._request(number)
            waits = any(line.state is RequestLineState.PENDING for line in asked.lines)
            return self._page("my_request", number, asked=asked, waits=waits, form=form)

        return page() if request.method == "GET" else task.carry_out(form, act, page)

    def _request(self, number: str) -> m.PartRequest:
        found = van.requests(number[:30].upper())
        if not found:
            abort(404)
        return found[0]

    # -- collecting ---------------------------------------------------------------------------------------------

    @expose("/coming/<number>", methods=["GET", "POST"])
    def collect(self, number: str) -> Any:
        """领件: line by line what really came; what is missing is said and stays on the way."""
        self._allow()
        form = VanForm()
        key = task.key(number, "collect")
        if request.method == "POST" and was_done(key):
            return task.done(gettext("%(record)s: parts collected", record=number), url_for("PartsView.coming"))
        self._parcel(number)

        def act() -> tuple[str, str]:
            parcel = self._parcel(number)
            came = {row["id"]: row["quantity"] or ZERO for row in form.lines.values() if row.get("id")}
            missing = sum((most - came.get(line, ZERO) for line, _part, most in parcel.lines), ZERO)
            _receive(parcel, came, key)
            return _told(parcel, sum(came.values(), ZERO), missing), url_for("PartsView.coming")

        def page() -> str:
            typed = {str(e.form.id.data): e.form.quantity for e in form.lines}
            return self._page("collect", number, parcel=self._parcel(number), form=form, typed=typed)

        return page() if request.method == "GET" else task.carry_out(form, act, page)

    def _parcel(self, number: str) -> van.Parcel:
        found = van.parcels(number[:30].upper())
        if not found:
            abort(404)
        return found[0]

    # -- sending away -------------------------------------------------------------------------------------------

    @expose("/give", methods=["GET", "POST"])
    def give(self) -> Any:
        """技师退库, or to a colleague: parts leave the own van at once and are on the way."""
        self._allow()
        if not acting.current().may("add", "StockTransfer"):
            abort(403)
        form = GiveForm()
        form.request_key = task.key("give")

        def act() -> tuple[str, str]:
            lines = [{"part_id": row["id"], "quantity": row["quantity"]} for row in form.taken]
            if not lines:
                raise MissingData(gettext("Please enter a quantity for at least one part"), field="lines")
            values = {"source_id": own.id, "target_id": form.target.data.id, "remark": form.remark.data, "lines": lines}

            def send() -> m.StockTransfer:
                paper = born(m.StockTransfer, values)
                transfer.ship(paper)
                return paper

            made = together(send, key=task.key("give"), entity=m.StockTransfer)
            told = gettext("%(record)s sent to %(target)s", record=made.number, target=str(made.target))
            return told, url_for("PartsView.coming")

        def page() -> str:
            stores = db.session.scalars(other_stores(sa.select(m.Warehouse), {}).order_by(m.Warehouse.kind))
            typed = {str(e.form.id.data): e.form.quantity for e in form.lines}
            shelf, stores = van.shelf(), list(stores)
            return self._page(
                "give", gettext("Send parts out of the van"), form=form, shelf=shelf, stores=stores, typed=typed
            )

        own = van.mine()
        if own is None:
            abort(404)
        return page() if request.method == "GET" else task.carry_out(form, act, page)

    # -- counting -----------------------------------------------------------------------------------------------

    @expose("/count", methods=["POST"])
    def count(self) -> Any:
        """盘点: the count of the own van that is under way, or a new one, on the page where papers are counted."""
        self._allow()
        own = van.mine()
        if own is None or not acting.current().may("add", "StockCount"):
            abort(403)

        def begin() -> m.StockCount:
            paper = counts.running(own) or born(m.StockCount, {"warehouse_id": own.id})
            if counts.start.possible(paper):
                counts.start(paper)
            return paper

        try:
            paper = together(begin, key=task.key("count"), entity=m.StockCount)
        except BusinessError as fault:
            flash(str(fault), "danger")
            return redirect(url_for("PartsView.index"))
        return redirect(url_for("StoreView.paper", number=paper.number))


def _receive(parcel: van.Parcel, came: dict[int, Decimal], key: str | None) -> None:
    """What came goes into the van, by the paper's own verb."""
    if parcel.is_direct:
        quantity = came.get(parcel.paper.id, ZERO)
        if not quantity:
            raise WrongAmount(gettext("Please enter a quantity above zero"), field="lines")
        fire(parcel.paper, "collect", key=key, quantity=quantity)
    else:
        lines = [{"id": i, "quantity": n} for i, n in came.items()]  # the page said what is missing while it was typed
        fire(parcel.paper, "receive", key=key, lines=lines, is_short=True)


def _told(parcel: van.Parcel, came: Decimal, missing: Decimal) -> str:
    number, pieces, short = parcel.number, plain_quantity(came), plain_quantity(missing)
    if missing <= 0:
        return gettext("%(record)s: %(came)s pieces collected", record=number, came=pieces)
    if parcel.is_direct:
        return gettext(
            "%(record)s: %(came)s pieces collected, %(missing)s still to come",
            record=number,
            came=pieces,
            missing=short,
        )
    return gettext(
        "%(record)s: %(came)s pieces collected, %(missing)s are missing; the keeper decides about them",
        record=number, came=pieces, missing=short,
    )  # fmt: skip
