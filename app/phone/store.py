"""扫码: the storekeeper in the store. Scan or type a number: a paper opens with its lines, a part or a bin with its stock.

One page is one task. Every scan is sent to the server, which answers with the page as it then is: one place does the
arithmetic, and a scanner that types and presses Enter needs no script. No price and no cost is shown here.
"""

from __future__ import annotations

import io
import uuid
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext
from sqlalchemy.orm import selectinload

from .. import actor as acting
from .. import models as m
from ..database import db
from ..errors import BusinessError
from ..formulas import label_codes
from ..screens import options
from ..screens.screen import screen_of
from ..screens.todos import todos, waiting
from ..workflows.parts.part import part_key
from . import papers, photo
from .papers import ONE, ZERO, PaperForm, Progress

SHOWN = 50


class StoreView(BaseView):
    """/phone/store/: scan; /phone/store/paper/RK-…: one paper; /phone/store/part/7, /bin/3: what lies there."""

    route_base = "/phone/store"
    default_view = "index"

    def _allow(self) -> None:
        if not papers.mine():
            abort(403)

    @expose("/")
    def index(self) -> Any:
        self._allow()
        text = request.args.get("scan", "").strip()
        found: list[m.Part] = []
        words = ""
        if text:
            target, words, found = self._look_up(label_codes.read(text))
            if target:
                return redirect(target)
        return self.render_template(
            "phone/store.html", title=gettext("Scan"), todos=self._todos(), words=words, found=found, scan=text[:60]
        )

    @expose("/read", methods=["POST"])
    def read(self) -> Any:
        """The code in a photo, {"text": …}; 422 and {"fault": …} when there is none."""
        self._allow()
        try:
            sent = request.files.get("photo")
            return {"text": photo.code_in(sent.stream if sent else io.BytesIO())}
        except BusinessError as fault:
            return {"fault": str(fault)}, 422

    @expose("/open/<name>")
    def open(self, name: str) -> str:
        """The papers that wait for one task, exactly those that the first page counts."""
        self._allow()
        kind = next((k for k in papers.mine() if k.name == name), None)
        tab = next((t for t in kind.screen.tabs if t.todo == kind.verb), None) if kind else None
        if kind is None or tab is None:
            abort(404)
        query = waiting(kind.screen, tab).ordered().options(selectinload(kind.entity.lines))  # type: ignore[attr-defined]
        rows = list(db.session.scalars(query.limit(SHOWN + 1)))
        return self.render_template(
            "phone/open.html", title=str(tab.label), kind=kind, rows=rows[:SHOWN], more=len(rows) > SHOWN, whom=_whom
        )

    @expose("/paper/<number>", methods=["GET", "POST"])
    def paper(self, number: str) -> Any:
        self._allow()
        paper = papers.find(number) if len(number) < 30 else None
        if paper is None:
            abort(404)
        if request.method == "POST" and request.form.get("do") == "confirm":
            return self._confirm(paper)
        kind = papers.task(paper)
        if kind is None:
            flash(papers.why_not(paper), "warning")
            return redirect(url_for("StoreView.index"))
        form = PaperForm()
        if request.method == "POST":
            form.validate()
        progress = Progress(paper, kind, form)
        if request.method == "POST":
            _advance(progress, request.form.get("do", ""))
        return self._page(progress)

    def _confirm(self, paper: Any) -> Any:
        """Fire the verb that was on the page, even if the paper moved on: then its sentence says so, or the first
        press of the same button already did it."""
        kind = next((k for k in papers.mine() if k.name == request.form.get("task", "")), None)
        if kind is None or not isinstance(paper, kind.entity):
            abort(400)
        form = PaperForm()
        fine = form.validate()
        progress = Progress(paper, kind, form)
        words = progress.missing() or ("" if fine else gettext("Please check the figures"))
        key = request.form.get("request_key", "")
        if not words:
            try:
                flash(progress.confirm(key if key.isalnum() and len(key) <= 40 else None), "success")
                again = kind.verb == "start"
                return redirect(url_for("StoreView.paper", number=paper.number) if again else _home(paper, kind))
            except BusinessError as fault:
                words = str(fault)
                number = paper.number
                paper = papers.find(number)
                if paper is None or papers.task(paper) is not kind:
                    flash(words, "danger")
                    return redirect(url_for("StoreView.index"))
                progress = Progress(paper, kind, form)
        progress.say(words)
        return self._page(progress), 422

    def _page(self, progress: Progress) -> str:
        return self.render_template(
            "phone/paper.html",
            title=progress.paper.number,
            work=progress,
            whom=_whom(progress.paper),
            request_key=request.form.get("request_key") or uuid.uuid4().hex,
        )

    @expose("/part/<int:pk>")
    def part(self, pk: int) -> str:
        """A part in the warehouses this person keeps."""
        self._allow()
        part = db.session.scalars(sa.select(m.Part).where(m.Part.id == min(pk, 2**31 - 1))).one_or_none()
        if part is None:
            abort(404)
        return self._shelf(part.name, part.part_number, m.StockBalance.part_id == part.id, part)

    @expose("/bin/<int:pk>")
    def bin(self, pk: int) -> str:
        """What lies in a bin."""
        self._allow()
        found = db.session.scalars(sa.select(m.Bin).where(m.Bin.id == min(pk, 2**31 - 1))).one_or_none()
        if found is None:
            abort(404)
        return self._shelf(f"{m.Bin.title} {found.code}", str(found.warehouse), m.StockBalance.bin_id == found.id)

    def _shelf(self, title: str, about: str, where: Any, part: m.Part | None = None) -> str:
        kept = m.StockBalance.warehouse_id.in_(acting.current().warehouse_ids)
        query = (
            sa.select(m.StockBalance)
            .join(m.Part, m.Part.id == m.StockBalance.part_id)
            .where(where, kept)
            .options(selectinload(m.StockBalance.part), selectinload(m.StockBalance.warehouse))
        )
        balances = list(db.session.scalars(query.order_by(m.Part.part_number, m.StockBalance.warehouse_id).limit(200)))
        stock = screen_of("StockBalance")
        return self.render_template(
            "phone/shelf.html",
            title=title,
            about=about,
            part=part,
            balances=balances,
            shelve=(lambda row: stock.url("ask", name="shelve", pk=row.id)) if stock and stock.may("shelve") else None,
        )

    def _todos(self) -> list[dict[str, Any]]:
        """The todos of this person; those of the store lead to the pages here."""
        here = {(kind.entity, kind.verb): kind.name for kind in papers.mine()}
        found = todos()
        for todo in found:
            if name := here.get((todo["entity"], todo["verb"])):
                todo["url"] = url_for("StoreView.open", name=name)
        return found

    def _look_up(self, scan: label_codes.Scan) -> tuple[str | None, str, list[m.Part]]:
        """Where a scan leads, or a sentence, or several parts to choose from."""
        if scan.kind == label_codes.PAPER:
            return _to_paper(scan.value)
        if scan.kind == label_codes.MACHINE:
            return _to_machine(scan.value)
        if scan.kind == label_codes.BIN:
            return _to_bin(scan)
        key = part_key(scan.value)
        part = db.session.scalars(sa.select(m.Part).where(m.Part.part_key == key)).one_or_none() if key else None
        if part is not None:
            return url_for("StoreView.part", pk=part.id), "", []
        if scan.kind == label_codes.TYPED:
            for look in (lambda: _to_machine(scan.value), lambda: _to_bin(scan)):
                target, _words, _none = look()
                if target:
                    return target, "", []
            found = db.session.scalars(
                sa.select(m.Part)
                .where(options.contains(options.searched(m.Part), scan.value))
                .order_by(m.Part.part_number)
            )
            if parts := list(found.fetchmany(SHOWN)):
                return None, "", parts
        return None, gettext("“%(text)s” is no paper, part, bin or machine of ours", text=scan.value[:40]), []


def _home(paper: Any, kind: papers.Kind) -> str:
    """Where one goes on: a technician with his own parts, everybody else with the store."""
    is_own = kind.store_of(paper).owner_id == acting.current().employee_id
    return url_for("PartsView.index") if is_own else url_for("StoreView.index")


def _advance(work: Progress, do: str) -> None:
    """One press or one scan further."""
    verb, _colon, line_id = do.partition(":")
    row = next((r for r in work.rows if str(r.line.id) == line_id), None)
    if verb == "all" and not work.kind.is_blind:
        work.fill()
    elif verb == "hand" and row is not None:
        work.hand = row
    elif verb == "plus" and work.hand is not None:
        work.put(work.hand, (work.hand.done or ZERO) + ONE)
    elif verb == "minus" and work.hand is not None:
        work.put(work.hand, max((work.hand.done or ZERO) - ONE, ZERO))
    elif work.form.scan.data:
        work.take(work.form.scan.data)
    fault = next((r.fault for r in work.rows if r.fault), "")
    if fault and work.tone != "bad":
        work.say(fault)


def _to_paper(number: str) -> tuple[str | None, str, list[m.Part]]:
    paper = papers.find(number)
    if paper is None:
        return None, gettext("%(number)s does not exist or belongs to a warehouse of somebody else", number=number), []
    if papers.task(paper) is None:
        return None, papers.why_not(paper), []
    return url_for("StoreView.paper", number=paper.number), "", []


def _to_machine(serial: str) -> tuple[str | None, str, list[m.Part]]:
    unit = db.session.scalars(
        sa.select(m.MachineUnit).where(sa.func.upper(m.MachineUnit.serial_number) == serial.upper())
    ).first()
    screen = screen_of("MachineUnit")
    if unit is None or screen is None or not screen.may("show"):
        return None, gettext("Machine %(serial)s is not in a warehouse of yours", serial=serial[:40]), []
    return screen.url("show", pk=unit.id), "", []


def _to_bin(scan: label_codes.Scan) -> tuple[str | None, str, list[m.Part]]:
    query = sa.select(m.Bin).where(
        m.Bin.code == scan.value.upper(), m.Bin.warehouse_id.in_(acting.current().warehouse_ids)
    )
    if scan.store:
        store = sa.select(m.Warehouse.id).where(m.Warehouse.code == scan.store).scalar_subquery()
        query = query.where(m.Bin.warehouse_id == store)
    found = db.session.scalars(query.order_by(m.Bin.warehouse_id)).first()
    if found is None:
        return None, gettext("There is no bin %(bin)s in a warehouse of yours", bin=scan.value[:40]), []
    return url_for("StoreView.bin", pk=found.id), "", []


def _whom(paper: Any) -> str:
    """From whom or to whom, in a few words."""
    if isinstance(paper, m.StockTransfer):
        return f"{paper.source} → {paper.target}"
    if isinstance(paper, m.StockCount):
        return f"{paper.warehouse} {paper.category or ''}".strip()
    if isinstance(paper, m.InboundReceipt):
        return str(paper.supplier or paper.kind)
    if isinstance(paper, m.PartOutbound):
        return str(paper.receiver or paper.customer or paper.sale.sale_type)
    return str(paper.customer)
