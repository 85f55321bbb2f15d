"""Every word a person sees is Chinese, every page says so, and no page loads anything from another server.

The demo dealer is built once into a database of this file's own; then twelve people look at everything they can reach.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask, render_template_string
from flask_babel import gettext, lazy_pgettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import fields as wt
from wtforms import validators as v

from app import chinese, clock, enums, errors, forms
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.demo import PASSWORD
from app.demo.people import PEOPLE
from app.roles import ROLES
from app.screens import Screen, language, listing, security
from app.screens.columns import describe
from app.screens.formfields import LineForm
from app.workflows import machine
from tests.kit import Browser
from tests.test_demo import DAY, dealer

__all__ = ["dealer"]

ROOT = Path(__file__).resolve().parent.parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
EXTERNAL = re.compile(r"(?:https?:)?//[\w.-]+", re.IGNORECASE)
ONE_PER_ROLE = {role: username for username, *_, role in reversed(PEOPLE)}

# What stays Latin in a Chinese back office: names of things, codes with digits, keys, file kinds, accounts.
WORDS = frozenset({"GPS", "POS", "VIP", "CSV", "csv", "xlsx", "Excel", "ID", "Ctrl", "Alt", "mm", PASSWORD}) | {
    "PDF", "JPG", "PNG", "WebP", "HEIC", "Word", "docx", "WPS", "KB", "MB", "pdf", "jpg", "png", "MPa",
}  # fmt: skip
ACCOUNTS = frozenset(p[0] for p in PEOPLE)  # many are called like the code of their role, which nobody should meet
STORE_PAGES = (
    "/phone/store/", "/phone/store/?scan=LX-1001", "/phone/store/?scan=0000", "/phone/store/?scan=RK-20250101-0001",
    "/phone/store/open/RK-receive", "/phone/store/open/PD-submit", "/phone/store/part/1", "/phone/store/bin/1",
    "/partview/labels?ids=1&size=sheet", "/binview/labels?ids=1", "/machineunitview/labels?ids=1",
)  # fmt: skip
RIGHTS = (
    "/duties/",
    "/duties/?role=technician",
    "/duties/who",
    "/duties/who?of=Employee&verb=duties",
    "/duties/person",
)
WORK_PAGES = (
    "/phone/work/", "/phone/parts/", "/phone/parts/?q=0000", "/phone/parts/requests", "/phone/parts/coming", "/phone/parts/used",
    "/phone/parts/want", "/phone/parts/give", "/phone/offline",
)  # fmt: skip
THOROUGH = ("gm", "clerk")  # who sees most, who types most
PLAIN = ("gettext", "_", "lazy_gettext", "ngettext")
IN_CONTEXT = ("pgettext", "_p", "lazy_pgettext")
TELL_ACCOUNTS = ("/login/", "/employeeview/")
CODE = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Z]{2,5}-)?[A-Z0-9]*\d[A-Z0-9]*(?:-[A-Z0-9]+)*(?![A-Za-z0-9])|\bKQ[A-Z2-9]{10}\b|\b[0-9a-f]{64}\b"
)
LATIN = re.compile(r"[A-Za-z][\w']*[A-Za-z_'][\w']*(?:-[a-z]+)*", re.ASCII)
SPOKEN = ("placeholder", "aria-label", "title", "alt", "data-label", "data-confirm", "data-placeholder",
          "data-task", "data-saved", "data-waiting", "data-refused", "data-sent", "data-open", "data-drop", "data-login", "data-lost",
          "data-large", "data-retry", "data-unsent", "data-sum", "data-short", "data-asking", "data-denied", "data-around",
          "data-copied", "data-sending", "data-waits", "data-seen", "data-others")  # fmt: skip


class Page(HTMLParser):
    """The words of a page that people read or hear, and the addresses it names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.errors: list[str] = []
        self.language: str | None = None
        self.assets: set[str] = set()
        self.links: set[str] = set()
        self.picks: set[str] = set()
        self._silent = self._error = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = a.get("lang")
        is_template = tag == "textarea" and a.get("name") == "body"  # the text of a print template, shown or edited
        self._silent = is_template or tag in ("script", "style", "pre", "code")
        self._error = (tag == "p" and a.get("class", "") == "error") or (self._error and tag != "p")
        if tag in ("script", "img", "link", "source", "iframe"):
            self.assets |= {a[n] for n in ("src", "href") if n in a}
        else:
            self.links |= {a[n] for n in ("href", "action", "data-url", "data-compute") if n in a}
        if "data-url" in a:
            self.picks.add(a["data-url"])
        self.words += [a[name] for name in SPOKEN if a.get(name)]
        if tag == "input" and a.get("type", "text") not in ("hidden", "checkbox", "radio"):
            self.words.append(a.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._silent = False
        if tag == "p":
            self._error = False

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._silent:
            self.words.append(data.strip())
            if self._error:
                self.errors.append(data.strip())


def english(text: str, also: frozenset[str] = frozenset()) -> list[str]:
    """Latin words in a text that nobody allowed."""
    return [w for w in LATIN.findall(CODE.sub(" ", text)) if w not in WORDS and w not in also]


def test_the_finder_finds_english_and_lets_codes_pass() -> None:
    assert english("Save and submit") == ["Save", "and", "submit"] and english("状态 Draft") == ["Draft"]
    assert english("None") == ["None"] and english("awaiting_role") == ["awaiting_role"]
    assert not english("ZJHT-20250305-0001-1 KH000012 HT215-0007 91340100MA2T0001X3 KQABCDEFGHJK E20250001 皖A4000挂")
    assert not english("导出 Excel CSV GPS 终端号 Ctrl+S A 级 tiema-demo 3 %")
    assert english("sales1") == ["sales1"] and not english("sales1", ACCOUNTS)


# == the dealer =================================================================================================


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with clock.on(DAY):
        yield


@pytest.fixture
def inside(dealer: Flask) -> Iterator[Flask]:
    """Inside a request of nobody, for words that need no page."""
    with dealer.test_request_context("/"), acting_as(SYSTEM):
        yield dealer
        db.session.remove()


def codes(app: Flask) -> frozenset[str]:
    """Codes without a digit that things of the dealer carry: departments, warehouses, categories of parts."""
    with app.app_context(), acting_as(SYSTEM):
        coded = (m.Department, m.Warehouse, m.PartCategory)
        found = {code.strip("@") for entity in coded for code in db.session.scalars(sa.select(entity.code))}
        db.session.remove()
    return frozenset(found)


def screens(app: Flask) -> list[Screen]:
    return [view for view in app.appbuilder.baseviews if isinstance(view, Screen)]


class Walk:
    """One person's tour; everything that is wrong is collected and told at the end."""

    def __init__(self, app: Flask, username: str | None) -> None:
        self.app, self.username, self.browser, self.faults = app, username, Browser(app, username), []
        self.codes, self.seen, self.assets, self.count = codes(app), set(), set(), 0
        self.picks: set[str] = set()
        self.links: set[str] = set()

    def get(self, path: str, **kw: Any) -> Any:
        answer = self.browser.get(path, **kw)
        self.look(path, answer)
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **kw: Any) -> Any:
        page = self.browser.get("/login/" if self.username is None else "/me").get_data(as_text=True)
        token = re.findall(r'name="csrf-token" content="([^"]+)"', page)[0]
        answer = self.browser.client.post(path, data={"csrf_token": token, **(data or {})}, **kw)
        self.look(f"POST {path}", answer)
        return answer

    def look(self, path: str, answer: Any) -> Page | None:
        """Judge an answer: language of the page, words, addresses."""
        self.count += 1
        if answer.status_code in (301, 302, 303, 308):
            return None
        if answer.status_code == 500:
            self.faults.append(f"{path}: 500")
        text = answer.get_data(as_text=True)
        if answer.mimetype != "text/html":
            self.blame(path, [text] if answer.mimetype != "application/json" else _values(answer.get_json()))
            return None
        page = Page(text)
        self.blame(path, page.words)
        if page.language != "zh-CN":
            self.faults.append(f"{path}: lang={page.language}")
        for address in page.assets | page.links:
            if EXTERNAL.match(address):
                self.faults.append(f"{path}: goes to {address}")
        self.faults += [f"{path}: names {found}" for found in re.findall(r"https?://\S{1,60}", text)]
        self.assets |= page.assets
        self.links |= {urlsplit(link).path for link in page.links}
        self.picks |= page.picks
        return page

    def blame(self, path: str, words: list[str]) -> None:
        also = self.codes | ACCOUNTS if any(place in path for place in TELL_ACCOUNTS) else self.codes
        for text in words:
            if text not in self.seen and (left := english(text, also)):
                self.seen.add(text)
                self.faults.append(f"{path}: {left} in {text[:100]!r}")

    def end(self) -> None:
        assert not self.faults, f"{len(self.faults)} of {self.count} pages:\n" + "\n".join(self.faults[:40])


def _values(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [text for key, value in found.items() if key != "tone" for text in _values(value)]
    if isinstance(found, list):
        return [text for value in found for text in _values(value)]
    return [found] if isinstance(found, str) else []


def samples(app: Flask, screen: Screen, username: str) -> list[int]:
    """Rows of a screen within a person's scope, one of every state and of every kind; of the audit log any one."""
    told = [name for name in ("state", "kind", "movement") if hasattr(screen.entity, name)]
    with app.app_context():
        user = sa.table("ab_user", sa.column("id"), sa.column("username"))
        user_id = db.session.scalar(sa.select(user.c.id).where(user.c.username == username))
        with acting_as(security.actor_of(user_id, username)):
            first = {db.session.scalar(sa.select(screen.entity.id).order_by(screen.entity.id).limit(1))}
            for name in told:
                by = getattr(screen.entity, name)
                first |= set(db.session.scalars(sa.select(sa.func.min(screen.entity.id)).group_by(by)))
        db.session.remove()
    return sorted(first - {None})


@pytest.mark.parametrize("username", ONE_PER_ROLE.values())
def test_everything_a_person_can_open_is_chinese(dealer: Flask, username: str) -> None:
    """Lists, details, forms; for those who see or write most also tabs, empty lists, question papers, files and choices."""
    walk, thorough = Walk(dealer, username), username in THOROUGH
    for path in (
        "/",
        "/me",
        "/password/",
        "/phone/tags/",
        "/phone/tags/?q=0000",
        "/phone/tags/1",
        "/devices/",
        "/notificationview/preferences",
        *STORE_PAGES,
        *WORK_PAGES,
    ):
        walk.get(path)
    for path in RIGHTS if username in ("gm", "sysadmin") else ():
        walk.get(path)
    for screen in screens(dealer):
        base = f"/{type(screen).__name__.lower()}"
        if walk.get(f"{base}/list/").status_code != 200:
            continue
        rows = samples(dealer, screen, username)
        for row_id in rows if thorough else rows[:1]:
            walk.get(f"{base}/show/{row_id}")
        offered = {f"{base}/add", *(f"{base}/edit/{row_id}" for row_id in rows)} & walk.links
        for path in sorted(offered):
            walk.get(path)
        if thorough:
            for query in [f"tab={tab.name}" for tab in screen.tabs] if username == "clerk" else ["q=0000"]:
                walk.get(f"{base}/list/?{query}")
            for name, action in screen.actions.items():
                if rows and action.func.form is not None:
                    walk.get(f"{base}/ask/{name}/{rows[0]}")
            if f"{base}/export" in walk.links:
                walk.get(f"{base}/export?format=csv")
    for path in sorted(walk.picks) if username == "clerk" else ():
        walk.get(path, headers={"X-Requested-With": "fetch"})
    walk.end()


def test_papers_on_the_keepers_phone_are_chinese(dealer: Flask) -> None:
    """Every paper that waits in the store, empty, after a scan, after a wrong scan and after a refused confirmation."""
    walk = Walk(dealer, "keeper")
    walk.get("/phone/store/")
    for path in sorted(link for link in walk.links if link.startswith("/phone/store/open/")):
        walk.get(path)
    papers = sorted(link for link in walk.links if link.startswith("/phone/store/paper/"))
    assert len(papers) >= 3
    for path in papers:
        walk.get(path)
        for answer in ({"do": "scan", "scan": "0000"}, {"do": "scan", "scan": "LX-1001"}, {"do": "all"}):
            walk.post(path, answer)
        for task in ("RK-receive", "CK-ship", "DB-ship"):
            walk.post(path, {"do": "confirm", "task": task})
    walk.end()


def test_the_technicians_phone_is_chinese(dealer: Flask) -> None:
    """Every order, request and parcel of his, what each step asks, and what is said when it was filled in wrongly."""
    walk = Walk(dealer, "tech1")
    for path in WORK_PAGES:
        walk.get(path)
    for _depth in range(2):
        for path in sorted(link for link in walk.links if link.startswith(("/phone/work/", "/phone/parts/"))):
            walk.get(path)
    orders = sorted(link for link in walk.links if link.startswith("/phone/work/GD-") and link.count("/") == 3)
    assert orders
    for path in orders:
        for verb in ("decline", "consume", "finish", "depart"):
            walk.post(f"{path}/{verb}", {"lines-0-id": "1", "lines-0-quantity": "9999"})
    for path in ("/phone/parts/want", "/phone/parts/give"):
        walk.post(path, {"lines-0-part": "0000", "lines-0-id": "1", "lines-0-quantity": "0000.00001"})
    walk.end()


def test_the_audit_log_tells_every_change_in_chinese(dealer: Flask) -> None:
    """Labels and values of all changes of the demo, not of a sample; role codes have become the names of posts."""
    walk = Walk(dealer, "gm")
    with dealer.test_request_context("/"), acting_as(SYSTEM):
        view = next(view for view in screens(dealer) if view.entity is m.AuditLog)
        rows = db.session.scalars(sa.select(m.AuditLog)).all()
        inner = set(db.session.scalars(sa.select(m.SaleType.code)))  # the program's names for kinds of sale
        assert len(rows) > 300
        for row in rows:
            told = [w for change in view.changes(row) for w in change if w not in inner]  # type: ignore[attr-defined]
            walk.blame(
                f"{row.entity} {row.action.name}", [row.row_name, str(view.value(row, view.column("entity"))), *told]
            )
        db.session.remove()
    walk.end()


def test_a_stranger_sees_chinese(dealer: Flask) -> None:
    walk = Walk(dealer, None)
    walk.get("/login/")
    walk.post("/login/", {"username": "", "password": ""})
    walk.post("/login/", {"username": "gm", "password": "x"})
    walk.post("/login/", {"username": "9" * 200, "password": "x"})
    walk.end()


# == what goes wrong ============================================================================================


def test_error_pages_are_chinese(dealer: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    walk, nobody = Walk(dealer, "keeper"), Walk(dealer, None)
    told: dict[int, str] = {}

    def meet(code: int, answer: Any) -> None:
        assert answer.status_code == code
        told[code] = " ".join(Page(answer.get_data(as_text=True)).words)

    meet(400, walk.get("/customerview/list/?q=%00"))
    answer = walk.browser.client.post("/tagview/add", data={"name": "x"})
    walk.look("POST without token", answer)
    meet(400, answer)
    meet(403, walk.get("/receiptview/list/"))
    meet(404, walk.get("/no-such-page"))
    meet(404, walk.get("/machineunitview/show/999999"))
    meet(405, walk.get("/logout/"))
    meet(413, walk.post("/password/", {"current": "x" * (17 * 1024 * 1024)}))
    for _ in range(dealer.config["LOGIN_TRIES_PER_ACCOUNT"]):
        nobody.post("/login/", {"username": "9999", "password": "x"})
    meet(429, nobody.post("/login/", {"username": "9999", "password": "x"}))
    with dealer.app_context():
        db.session.execute(sa.delete(m.LoginAttempt.__table__))
        db.session.commit()
        db.session.remove()
    meet(401, nobody.post("/machineunitview/action_post", {"action": "x"}))
    told_json = walk.get("/machineunitview/options/none", headers={"X-Requested-With": "fetch"})
    assert told_json.status_code == 404 and CHINESE.search(told_json.get_json()["message"])
    for code, fault in (
        (503, errors.Busy("系统繁忙")),
        (409, errors.WrongState("状态不对")),
        (500, RuntimeError("an English trace")),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(listing, "read", _raising(fault))
            answer = walk.browser.get("/machineunitview/list/")
        assert Page(answer.get_data(as_text=True)).language == "zh-CN"
        meet(code, answer)
        assert not english(re.sub(r"故障号 [0-9a-f]{8} ", "", told[code]))
    assert all(CHINESE.search(text) for text in told.values()) and len(told) == 10
    walk.end()
    nobody.end()


def _raising(fault: Exception) -> Callable[..., Any]:
    def fail(*_args: Any, **_kw: Any) -> Any:
        raise fault

    return fail


BAD = {
    "MachineModelView": {"brand": "", "model": "x" * 200, "category": "NONSENSE", "tonnage": "abc", "list_price": "-1", "warranty_months": "1.5"},
    "ContactView": {"name": "", "mobile": "123", "position": "QUEEN", "next_follow_on": "31-31-2025", "intended_model": "999999"},
    "CustomerView": {"name": "", "kind": "", "mobile": "x\x07", "salesperson": "999999"},
    "MachineInboundView": {"warehouse": "abc", "gross_amount": "1.234", "tax_rate": "1e99", "year": "99999999999"},
    "MachineContractView": {"customer": "999999", "signed_on": "昨天", "annual_rate": "6.12345", "lines-0-unit_price": "？", "lines-0-model": "999999"},
    "ReceiptView": {"customer": "", "funds-0-amount": "NaN", "funds-0-kind": "GOLD", "allocations-0-receivable": "77777", "allocations-0-amount": "x"},
    "VisitTaskView": {"customer": "", "planned_on": "x", "channel": "?"},
    "WarehouseView": {"code": "", "name": "", "kind": "?", "keepers-0-employee": "x"},
    "TagView": {"name": "标" * 99, "group": "?", "sort": "-3"},
    "CouponTypeView": {"name": "", "max_share": "五成", "valid_days": "x"},
}  # fmt: skip
WHO = {"MachineModelView": "sysadmin", "WarehouseView": "sysadmin", "TagView": "sysadmin", "CouponTypeView": "sysadmin",
       "ReceiptView": "finance", "VisitTaskView": "visits", "MachineInboundView": "buyer"}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_answered_in_chinese_beside_the_field(dealer: Flask, name: str) -> None:
    walk = Walk(dealer, WHO.get(name, "sales1"))
    path, bad = f"/{name.lower()}/add", BAD[name]
    data = {k: w for k, w in {**walk.browser.form(path), **bad}.items() if w is not None}
    answer = walk.browser.client.post(path, data=data)
    assert answer.status_code == 422
    page = Page(answer.get_data(as_text=True))
    sentences = [part for text in page.errors for part in text.split("；")]
    assert len(sentences) >= len(bad) - 1, (len(bad), sentences)  # checks of the trade come after those of the form
    typed = {str(value) for value in bad.values()}
    for sentence in sentences:
        told = re.sub(r"“[^”]*”", "", sentence)
        assert CHINESE.search(told) and not english(told), sentence
    left = [w for w in page.words if w not in typed and w not in page.errors and english(w, walk.codes)]
    assert not left


def test_rules_of_the_trade_refuse_in_chinese(dealer: Flask) -> None:
    """Second ones, strangers' rows, numbers that do not add up: one sentence each, through the forms."""
    cases = [
        ("sysadmin", "/tagview/add", {"name": "土石方"}, "已存在"),
        ("sysadmin", "/machinemodelview/add", {"brand": "恒拓", "model": "HT215", "list_price": "9"}, "已存在"),
        (
            "sysadmin",
            "/machinemodelview/add",
            {"brand": "恒拓", "model": "NEU", "list_price": "9", "floor_price": "10"},
            "底价",
        ),
        ("sales1", "/customerview/add", {"name": "甲", "kind": "PERSON", "mobile": "13900000000"}, "身份证号"),
        ("sales1", "/customerview/add", {"name": "甲", "kind": "COMPANY", "mobile": "12"}, "手机号"),
        ("sales1", "/contactview/add", {"name": "甲", "mobile": "13900000000", "id_number": "1"}, "身份证号不正确"),
        (
            "buyer",
            "/machineinboundview/add",
            {"model": "1", "serial_number": "X1", "warehouse": "1", "gross_amount": "9"},
            "供应商",
        ),
    ]
    for who, path, values, word in cases:
        walk = Walk(dealer, who)
        answer = walk.browser.submit(path, values)
        page = Page(answer.get_data(as_text=True))
        assert answer.status_code == 422 and word in " ".join(page.words), (path, values, page.errors)
        walk.blame(path, page.errors)
        walk.end()


def test_verbs_that_lack_an_answer_say_so_in_chinese(dealer: Flask) -> None:
    """Every question paper, sent empty and sent with nonsense: nothing is carried out, every sentence is Chinese."""
    asked = 0
    for username in ("gm", "sysadmin", "sales1", "clerk", "keeper", "finance", "visits"):
        walk = Walk(dealer, username)
        for screen in screens(dealer):
            with dealer.app_context():
                row_id = db.session.scalar(sa.select(screen.entity.__table__.c.id).limit(1))
            for name, action in screen.actions.items():
                paper = action.func.form
                needed = paper and [
                    k for k, f in vars(paper).items() if hasattr(f, "kwargs") and f.kwargs.get("validators")
                ]
                path = f"/{type(screen).__name__.lower()}/ask/{name}/{row_id}"
                if needed and walk.browser.get(path).status_code == 200:
                    answer = walk.browser.submit(path, dict.fromkeys(needed, ""))
                    page = walk.look(f"POST {path}", answer)
                    assert answer.status_code == 422 and page and page.errors, path
                    walk.blame(path, page.errors)
                    asked += 1
        walk.end()
    assert asked >= 8


def test_filters_that_cannot_be_read_say_so_in_chinese(dealer: Flask) -> None:
    """Every filter of a list at once, none readable: one sentence beside each."""
    walk = Walk(dealer, "gm")
    for screen in screens(dealer):
        base, bad = f"/{type(screen).__name__.lower()}/list/", {}
        for name in screen.search_columns:
            kind = screen.column(name).kind
            if kind not in ("text", "note"):
                bad[name + ("_from" if kind in listing.RANGES else "")] = "九十九？"
        answer = walk.get(base, query_string=bad)
        if answer.status_code == 200:
            assert len(Page(answer.get_data(as_text=True)).errors) >= len(bad) - 1, base  # a filter may be secret
    walk.end()


def test_a_bulk_verb_tells_its_results_in_chinese(dealer: Flask) -> None:
    walk = Walk(dealer, "visits")
    nothing = walk.browser.post("/visittaskview/action_post", {"action": "no_answer"}, follow_redirects=True)
    page = walk.look("bulk of nothing", nothing)
    assert page is not None and any("请选择" in w for w in page.words)
    done = walk.post("/visittaskview/action_post", {"action": "no_answer", "rowid": ["999999", "x"]})
    assert done.status_code == 200 and "不存在" in done.get_data(as_text=True)
    walk.end()


class Unsigned(FlaskForm):
    class Meta:
        csrf = False


@pytest.mark.parametrize("base", [Unsigned, LineForm])
def test_messages_of_the_form_library_are_chinese(inside: Flask, base: Any) -> None:
    """Fields and validators that the house does not use today answer in Chinese too, in forms and in their lines."""

    class Everything(base):  # type: ignore[misc]
        needed = wt.StringField(validators=[v.DataRequired()])
        typed = wt.StringField(validators=[v.InputRequired()])
        long = wt.StringField(validators=[v.Length(max=2)])
        short = wt.StringField(validators=[v.Length(min=9)])
        both = wt.StringField(validators=[v.Length(min=8, max=9)])
        shape = wt.StringField(validators=[v.Regexp("^a$")])
        same = wt.StringField(validators=[v.EqualTo("span")])
        url = wt.StringField(validators=[v.URL()])
        uuid = wt.StringField(validators=[v.UUID()])
        address = wt.StringField(validators=[v.IPAddress()])
        whole = wt.IntegerField()
        number = wt.DecimalField()
        broken = wt.FloatField()
        span = wt.IntegerField(validators=[v.NumberRange(min=1, max=3)])
        day = wt.DateField()
        moment = wt.DateTimeLocalField()
        hour = wt.TimeField()
        one = wt.SelectField(choices=["a"])
        radio = wt.RadioField(choices=["a"])
        member = wt.StringField(validators=[v.AnyOf(["a"])])
        outsider = wt.StringField(validators=[v.NoneOf(["xxx"])])

    names = [n for n in vars(Everything) if not n.startswith("_") and n not in ("needed", "typed")]
    form = Everything(MultiDict([(n, "9" if n == "span" else "xxx") for n in names]))
    assert not form.validate()
    assert set(form.errors) == {*names, "needed", "typed"}
    for name, sentences in form.errors.items():
        for sentence in sentences:
            assert CHINESE.search(str(sentence)) and not english(
                re.sub(r"“.*?”|xxx|UUID|URL|IP|span", "", str(sentence))
            ), (name, sentence)


# == the catalogue ==============================================================================================


@pytest.fixture(scope="module")
def extracted() -> Any:
    """The words of the code, looked for once."""
    return chinese.source()


def test_the_catalogue_is_complete_tidy_and_compiled() -> None:
    assert chinese.faults() == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda s: s.replace('msgid "Save"\nmsgstr "保存"', 'msgid "Save"\nmsgstr ""'), "untranslated: Save"),
        (lambda s: s.replace('msgid "Save"\n', '#, fuzzy\nmsgid "Save"\n'), "fuzzy: Save"),
        (lambda s: s.replace('msgid "Save"\n', 'msgid "Save me"\n'), "missing: Save"),
        (lambda s: s.replace('msgid "Save"\n', 'msgid "Save me"\n'), "unused: Save me"),
        (
            lambda s: s.replace("%(record)s 已保存", "%(rekord)s 已保存"),
            "other placeholders: %(record)s saved → %(rekord)s 已保存",
        ),
        (lambda s: s.replace('msgstr "保存"', 'msgstr "存盘"'), "stale: messages.mo is not messages.po"),
    ],
    ids=["empty", "fuzzy", "missing", "unused", "placeholders", "stale"],
)
def test_the_check_sees(
    change: Callable[[str], str],
    fault: str,
    extracted: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    for path in (chinese.PO, chinese.PO.with_suffix(".mo")):
        shutil.copy(path, tmp_path)
    broken = tmp_path / "messages.po"
    text = broken.read_text(encoding="utf-8")
    assert change(text) != text
    broken.write_text(change(text), encoding="utf-8")
    monkeypatch.setattr(chinese, "PO", broken)
    monkeypatch.setattr(chinese, "source", lambda: extracted)
    assert fault in chinese.faults()
    assert chinese.main(["--check"]) == 1 and fault in capsys.readouterr().out


def test_an_update_keeps_words_that_went_and_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that leaves the code waits as an obsolete entry and finds its Chinese when it returns."""
    shutil.copy(chinese.PO, tmp_path)
    monkeypatch.setattr(chinese, "PO", tmp_path / "messages.po")
    everything = chinese.source()
    fewer = chinese.source()
    fewer.delete("Save")
    monkeypatch.setattr(chinese, "source", lambda: fewer)
    assert "Save" not in chinese.update() and not chinese._stale(chinese.by_name(chinese.stored()))
    monkeypatch.setattr(chinese, "source", lambda: everything)
    assert chinese.update()["Save"].string == "保存" and not [f for f in chinese.faults() if f.endswith(": Save")]


def test_a_word_with_two_meanings_is_two_words(dealer: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One msgid in two contexts and in none: found in code and template, kept apart, checked apart, read apart."""
    (tmp_path / "app" / "templates").mkdir(parents=True)
    (tmp_path / "app" / "a.py").write_text(
        '_("Refuse")\n_p("quotation", "Refuse")\nlazy_pgettext("claim", "Refuse")\npgettext("claim", "Refuse")\n'
    )
    (tmp_path / "app" / "templates" / "a.html").write_text("{{ pgettext('visit', 'Refuse') }}")
    shutil.copy(ROOT / "babel.cfg", tmp_path)
    monkeypatch.setattr(chinese, "ROOT", tmp_path)
    monkeypatch.setattr(chinese, "PO", tmp_path / "messages.po")
    catalogue = chinese.update()
    names = {"Refuse", "[quotation] Refuse", "[claim] Refuse", "[visit] Refuse"}
    assert chinese.by_name(catalogue).keys() == names
    assert {f for f in chinese.faults() if f.startswith("untranslated")} == {f"untranslated: {n}" for n in names}

    told = {None: "拒绝", "quotation": "客户不要", "claim": "厂家拒赔", "visit": "拒访"}
    for message in filter(lambda one: one.id, catalogue):
        message.string = told[message.context]
    _keep(catalogue)
    assert chinese.faults() == []

    pages = tmp_path / "app" / "templates" / "a.html"
    text = pages.read_text()
    pages.write_text("")
    assert chinese.faults() == ["unused: [visit] Refuse"]
    assert "[visit] Refuse" not in chinese.by_name(chinese.update())
    pages.write_text(text)
    assert chinese.update().get("Refuse", "visit").string == "拒访" and chinese.faults() == []

    house = language.House(translation_directories=str(tmp_path), domain="messages")
    (tmp_path / "zh_Hans" / "LC_MESSAGES").mkdir(parents=True)
    shutil.copy(tmp_path / "messages.mo", tmp_path / "zh_Hans" / "LC_MESSAGES")
    monkeypatch.setattr(dealer.extensions["babel"].instance, "domain_instance", house)
    with dealer.test_request_context("/"):
        assert str(lazy_pgettext("quotation", "Refuse")) == "客户不要" and gettext("Refuse") == "拒绝"
        assert render_template_string("{{ pgettext('visit', 'Refuse') }}{{ _('Refuse') }}") == "拒访拒绝"


def _keep(catalogue: Any) -> None:
    with chinese.PO.open("wb") as file:
        chinese.write_po(file, catalogue)
    chinese.PO.with_suffix(".mo").write_bytes(chinese.compiled(catalogue))


def test_sentences_have_no_english_left_and_no_half_width_stops() -> None:
    """The Chinese itself: no Latin words but the allowed ones, Chinese stops behind Chinese characters."""
    for message in chinese.stored():
        if not message.id:
            continue
        told = chinese.HOLE.sub("", message.string)
        assert not english(told), message
        assert CHINESE.search(told) or not LATIN.search(chinese.HOLE.sub("", message.id)), message
        assert not re.search(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]", told), message


def test_no_sentence_goes_past_the_catalogue() -> None:
    """Faults, notices and flashes are made by gettext from a constant; a formatted string would never be found.

    NotAllowed of a programmer's mistake ("no actor") is shown as the 403 page, never as its own words.
    """
    developers = ("no actor", "this way of reading or writing")
    faults = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.BusinessError)
    }
    wrong = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            literal = isinstance(first, ast.JoinedStr) or (
                isinstance(first, ast.Constant) and isinstance(first.value, str)
            )
            words = node.args[:2] if name in IN_CONTEXT else node.args[:1] if name in PLAIN else ()
            if any(not isinstance(word, ast.Constant) for word in words):
                wrong.append(f"{path.name}:{node.lineno}: {name}() of something that is not a constant")
            if (
                name in (faults | {"flash", "ValidationError", "StopValidation"})
                and literal
                and not any(word in ast.unparse(first) for word in developers)
            ):
                wrong.append(f"{path.name}:{node.lineno}: {name}({ast.unparse(first)})")
    assert not wrong, "\n".join(wrong)


# == labels =====================================================================================================


def labels() -> Iterator[tuple[str, Any]]:
    """(where, label) of everything that is declared with words."""
    for name, kind in vars(enums).items():
        if isinstance(kind, type) and issubclass(kind, enums.Choice) and kind is not enums.Choice:
            yield from ((f"{name}.{member.name}", member.label) for member in kind)
    for name, entity in m.ENTITIES.items():
        yield name, entity.title
        mapper = sa.inspect(entity)
        for attribute in (*mapper.column_attrs, *mapper.relationships):
            info = attribute.info if attribute.key in mapper.relationships else attribute.columns[0].info
            yield from ((f"{name}.{attribute.key}", info[word]) for word in ("label", "help", "unit") if word in info)
    for flow in machine.FLOWS.values():
        for verb, transition in flow.transitions.items():
            yield f"{flow.entity.__name__}.{verb}", transition.label
            if transition.confirm is not None:
                yield f"{flow.entity.__name__}.{verb} confirm", transition.confirm
    for code, role in ROLES.items():
        yield f"role {code}", role.label
    for name, paper in vars(forms).items():
        if isinstance(paper, type) and issubclass(paper, FlaskForm) and paper is not FlaskForm:
            for unbound in (f for f in vars(paper).values() if hasattr(f, "field_class")):
                yield f"{name}", next(word for word in unbound.args if not isinstance(word, type))
                if "description" in unbound.kwargs:
                    yield f"{name} hint", unbound.kwargs["description"]


def screen_labels(app: Flask) -> Iterator[tuple[str, Any]]:
    for screen in screens(app):
        name = type(screen).__name__
        yield name, screen.short_title
        yield from ((f"{name} section", label) for label, _ in (*screen.sections, *screen.form_sections))
        yield from ((f"{name} tab", tab.label) for tab in screen.tabs)
        yield from ((f"{name} summary", label) for _, label in screen.summary)
        yield from ((f"{name} column", column.label) for column in screen.computed_columns.values())
        yield from ((f"{name} help", screen.help_text) for _ in [1] if screen.help_text)
        for lines in screen.lines.values():
            yield from ((f"{name} output", label) for label in lines.outputs.values())
    for category in app.appbuilder.menu.get_list():
        yield "menu", category.label


def test_every_label_is_lazy_and_has_a_chinese_word_of_its_own(inside: Flask) -> None:
    found = [*labels(), *screen_labels(inside)]
    assert len(found) > 700
    for where, label in found:
        if label == "%":
            continue
        assert hasattr(label, "_args"), f"{where}: {label!r} is not translated lazily"
        msgid = label._args[-1]  # in front of it a context, where the word has two meanings
        assert CHINESE.search(str(label)) and str(label) != msgid, f"{where}: {msgid!r} → {str(label)!r}"


def test_every_column_that_a_screen_shows_has_a_label(inside: Flask) -> None:
    for screen in screens(inside):
        names = {
            *screen.list_columns,
            *screen.search_columns,
            *screen.card_columns,
            *(n for _, part in screen.sections for n in part),
        }
        for name in names:
            assert CHINESE.search(str(screen.column(name).label)), f"{type(screen).__name__}.{name}"
        for lines, columns in screen.line_tables.items():
            for name in columns:
                assert CHINESE.search(str(describe(describe(screen.entity, lines).target, name).label)), (
                    f"{lines}.{name}"
                )


def test_twelve_roles_have_the_names_of_the_trade(inside: Flask) -> None:
    assert "、".join(str(role.label) for role in ROLES.values()) == (
        "系统管理员、总经理、销售经理、业务员、内勤、库管、采购、服务经理、技师、财务、债权专员、客服"
    )


def test_the_dispatch_guard_speaks_like_a_dealer(inside: Flask) -> None:
    sentence = gettext(
        "%(missing)s yuan are missing: %(required)s yuan have to be paid before dispatch, %(paid)s yuan are in",
        missing="10,000.00", required="330,000.00", paid="320,000.00",
    )  # fmt: skip
    assert sentence == "还差 10,000.00 元：发车前应收 330,000.00 元，已收 320,000.00 元"


# One msgid, one meaning: what these verbs and states are called is right in every chapter. A word that comes to a second
# chapter is read in both places first; it is added here, or it gets a context.
VERBS_OF_MANY = frozenset({
    "Approve", "Cancel", "Close remainder", "Count receipts", "Drop", "Expire", "Extend", "Freeze", "Rating link", "Receive",
    "Refund", "Reject", "Replace", "Return machine", "Reverse", "Ship", "Submit", "Take back", "Take off a payable", "Transfer came back", "Unfreeze", "Void", "Withdraw",
})  # fmt: skip
CHOICES_OF_MANY = frozenset({
    "Approved", "Arrived short", "Bank account", "Business licence", "By machine model", "By phone", "Cancelled", "Closed",
    "Collected for others", "Consent to a credit check", "Coupon", "Done", "Draft", "Expired", "Frozen", "Household register",
    "Identity card", "In transit", "Internal use", "Marriage certificate", "Opening stock", "Other", "Parts",
    "Pending approval", "Property certificate", "Purchase", "Received into stock", "Referral", "Rejected", "Reversed",
    "Scrapped", "Sent", "Supplier to technician", "To be received", "To be refunded", "To be shipped", "Trade-in", "Refunded",
    "Used machine", "Used up", "Void", "Voided", "Withdrawn",
})  # fmt: skip
BUTTONS_LIKE_STATES = frozenset({
    "Customer's own rating", "Justified", "Need not come back", "No answer", "No longer needed", "Not justified", "Serviced",
    "Unfreeze", "Void",
})  # fmt: skip
WE_OWE = ("Payable", "PayableCredit", "Payment", "PaymentLine")


def test_a_word_of_two_chapters_was_read_in_both(inside: Flask) -> None:
    """Refusing a quotation read 客户拒访 and unfreezing a retention 取消预订: their English words had another meaning."""
    verbs, choices = _chapters_of_verbs(), _chapters_of_choices()
    assert {word for word, chapters in verbs.items() if len(chapters) > 1} <= VERBS_OF_MANY
    assert {word for word, chapters in choices.items() if len(chapters) > 1} <= CHOICES_OF_MANY
    assert verbs.keys() & choices.keys() <= BUTTONS_LIKE_STATES


def _chapters_of_verbs() -> dict[tuple[str, ...] | str, set[str]]:
    found: dict[Any, set[str]] = {}
    for flow in machine.FLOWS.values():
        for transition in flow.transitions.values():
            found.setdefault(_word(transition.label), set()).add(flow.entity.__module__)
    return found


def _chapters_of_choices() -> dict[tuple[str, ...] | str, set[str]]:
    found: dict[Any, set[str]] = {}
    for kind in vars(enums).values():
        if isinstance(kind, type) and issubclass(kind, enums.Choice):
            for member in kind:
                found.setdefault(_word(member.label), set()).add(kind.__module__)
    return found


def _word(label: Any) -> tuple[str, ...] | str:
    """The msgid of a label, with its context where it has one."""
    return label._args[0] if len(label._args) == 1 else label._args


def test_what_we_owe_is_never_called_a_claim(inside: Flask) -> None:
    """应付 listed 未收 and 应收金额: no column and no state on the side of the suppliers says so."""
    for name in WE_OWE:
        columns = sa.inspect(m.ENTITIES[name]).column_attrs
        kinds = [column.columns[0].type.enum_class for column in columns if isinstance(column.columns[0].type, sa.Enum)]
        told = [str(column.columns[0].info.get("label", "")) for column in columns]
        told += [str(member) for kind in kinds for member in kind if kind is not enums.PayableKind]
        assert not [word for word in told if re.search("未收|应收|收款|已收", word)], name
    payables = next(screen for screen in screens(inside) if screen.entity is m.Payable)
    assert str(payables.column("outstanding_amount").label) == "未付金额"


def test_words_that_had_another_meaning(inside: Flask) -> None:
    """Each was read as something else; the right word of each place."""
    told = {f"{flow.entity.__name__}.{verb}": str(t.label) for flow in machine.FLOWS.values() for verb, t in flow.transitions.items()}  # fmt: skip
    assert told["PartQuotation.refuse"] == "客户拒绝" and told["VisitTask.refuse"] == "客户拒访"
    assert told["Retention.release"] == "解冻" and told["MachineUnit.release"] == "取消预订"
    assert str(enums.MeterSource.BY_HAND) == "人工抄表" and str(enums.CouponSource.MANUAL) == "手工发放"
    assert str(enums.DecisionState.APPROVED) == "已批准" and str(enums.PlanState.ACTIVE) == "执行中"
    assert str(enums.CouponState.HANDED_ON) == "已转让" and str(enums.CouponState.USED) == "已用完"
    assert str(enums.ShipWay.LOGISTICS) == "物流" and str(enums.FeeKind.FREIGHT) == "运费"
    assert str(describe(m.WarrantyClaim, "answered_on").label) == "答复日期"
    assert str(describe(m.ServiceReminder, "expected_on").label) == "预计保养日期"
    assert str(describe(m.MachineInbound, "purchase").label) == "整机采购单"
    found = {type(screen).__name__: screen for screen in screens(inside)}
    assert [str(label) for label, _ in found["MachinePurchaseView"].sections] == ["整机采购单"]
    assert "试打" in [str(label) for label, _ in found["PrintTemplateView"].sections]
    for verb in ("uphold", "dismiss"):
        assert str(found["ComplaintView"].actions[verb].func.form.opinion.args[0]) == "核实说明"


# One record is called otherwise than its page: machine 整机 in 整机台账, line 申请明细 at 紧急采购管理, 列表方案 in 我的方案.
PAGES_OF_THEIR_OWN = {"MachineUnitView", "RequestLineView", "SavedViewView"}


def test_a_page_is_called_as_in_the_menu(dealer: Flask) -> None:
    """Everybody's menu: what is pressed is what the page says above and what the browser's tab says.

    Before, 19 pages had two names: 紧急采购管理 opened 申请明细, 我的方案 opened 列表方案, 调拨 opened 调拨单.
    """
    seen: set[str] = set()
    for username in ONE_PER_ROLE.values():
        browser = Browser(dealer, username)
        menu = re.findall(
            r'<li class="(?:active)?"><a href="(/\w+/list/)"[^>]*>([^<]+)</a></li>', browser.get("/").text
        )
        for url, label in menu:
            if url not in seen:
                seen.add(url)
                page = browser.get(url, follow_redirects=True).text
                assert f">{label}</h1>" in page and f"<title>{label} ·" in page, (username, url, label)
    assert len(seen) > 80
    for screen in screens(dealer):
        if type(screen).__name__ not in PAGES_OF_THEIR_OWN:
            with dealer.test_request_context("/"):
                assert str(screen.short_title) == str(screen.entity.title), type(screen).__name__


# == addresses ==================================================================================================


def test_pages_load_nothing_from_another_server(dealer: Flask) -> None:
    """Scripts, styles, pictures and fonts of every kind of page, followed to the last one; comments may name their author."""
    walk = Walk(dealer, "finance")
    for path in (
        "/",
        "/receiptview/list/",
        "/receiptview/add",
        "/receiptview/show/1",
        "/me",
        "/password/",
        "/no-such-page",
    ):
        walk.get(path)
    walk.end()
    waiting, seen = set(walk.assets), set()
    while waiting:
        address = waiting.pop()
        assert not urlsplit(address).netloc, address
        answer = walk.browser.get(address, buffered=True)
        assert answer.status_code == 200, address
        seen.add(urlsplit(address).path)
        if answer.mimetype in ("text/css", "text/javascript", "application/javascript", "image/svg+xml"):
            text = _without_comments(answer.get_data(as_text=True), answer.mimetype)
            found = re.findall(r"https?://[\w.-]+|(?<=[\"'(])//[\w-]+\.[\w.-]+", text)
            assert {f for f in found if f != "http://www.w3.org"} == set(), (
                address
            )  # a namespace is a name, nobody goes there
            assert "@import" not in text or answer.mimetype != "text/css", address
            targets = re.findall(r"url\(\s*['\"]?([^'\")]+)", text) if answer.mimetype == "text/css" else []
            waiting |= {urlsplit(urljoin(address, t)).path for t in targets if not t.startswith(("data:", "#"))} - seen
    kinds = {path.rsplit(".", 1)[-1] for path in seen}
    assert len(seen) >= 8 and {"css", "js", "svg", "woff2"} <= kinds, sorted(seen)


def _without_comments(text: str, kind: str) -> str:
    text = re.sub(r"/\*.*?\*/|<!--.*?-->", " ", text, flags=re.DOTALL)
    return text if kind == "text/css" else re.sub(r"(?m)(?:^|(?<=[\s;{}]))//.*$", " ", text)


def test_words_in_our_scripts_are_chinese() -> None:
    """What our own scripts and styles say to a person: every sentence in quotes that is not a selector or a name."""
    for path in sorted((ROOT / "app" / "static").glob("*.js")):
        text = _without_comments(path.read_text(encoding="utf-8"), "text/javascript")
        for sentence in re.findall(r"\"([^\"\n]*)\"", text):
            assert not re.fullmatch(r"[A-Z][a-z]+(?: [a-z]+)+[.!?]?", sentence), f"{path.name}: {sentence}"


# == the glossary ===============================================================================================


def test_the_glossary_knows_every_entity(inside: Flask) -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    missing = [name for name in m.ENTITIES if f"`{name}`" not in text]
    assert not missing, missing
    for name, entity in m.ENTITIES.items():
        line = next(line for line in text.splitlines() if f"`{name}`" in line)
        assert str(entity.title) in line, f"{name} is called {entity.title} on screen, but in the glossary: {line}"
