"""One by one, what the stock framework leaves open: actions, presets, forms, addresses, answers, journals, permissions.

docs/decisions/framework.md lists each hole and names its test. Rows of others are in test_scope.py, figures in
test_secrets.py, logging in in test_login.py, two people at once in test_threads.py.
"""

from __future__ import annotations

import ast
import datetime as dt
import importlib.util
import logging
import re
import threading
from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role

from app import clock, provision, roles
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import ContractState, PayMode
from app.formulas import normal
from app.models import ENTITIES
from app.provision import synchronise, wanted_permissions
from app.screens import listing
from app.unit_of_work import create, fire
from app.workflows.system import notice
from tests.kit import START, Browser, World, _Form, on_both
from tests.security.lab import Lab, base, credit_code, csv_rows, fingerprint, raw, row_ids, screen_for, screens, text

APP = Path(__file__).resolve().parents[2] / "app"
NO_IDS = [
    "0", "-1", "999999", str(2**31 - 1), str(2**31), str(2**31 + 7), str(2**63 - 1), str(2**63), str(2**64), "1" * 400, "1.0", "1e3", "+1", " 1", "1 ", "abc",
    "None", "null", "nan", "0x1", "1;drop", "1'--", "１", "²", "١", "%2e%2e", "*", "1,2",
]  # fmt: skip


def rules(app: Flask) -> list[Any]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in ("static", "appbuilder.static")]


def address(rule: Any, pk: str = "1") -> str:
    """The rule's path with something in every gap."""
    return re.sub(
        r"<(?:\w+:)?(\w+)>",
        lambda gap: {"name": "submit", "path": "customer", "locale": "en"}.get(gap[1], pk),
        rule.rule,
    )


def sent(app: Flask) -> dict[str, Any]:
    with app.app_context(), acting_as(SYSTEM):
        return fingerprint()


# -- actions --------------------------------------------------------------------------------------------------------


def test_a_bulk_verb_works_row_by_row_and_says_so_for_each(lab: Lab) -> None:
    """Stock approves every id it is given. Here: own row done, foreign row, missing row and garbage each with a sentence."""
    site = lab.site
    with lab.app.app_context(), clock.on(START), acting_as(SYSTEM):
        model = site.row(m.MachineModel, model="HT75")
        papers = []
        for seller, number in (("sales3", 31), ("sales1", 32)):
            paper = site.contract(
                site.company(seller, number),
                site.contact(seller, number),
                None,
                seller,
                lines=[{"model": model, "unit_price": D(390000)}],
            )
            papers.append(fire(paper, "submit", by=site[seller]).id)
        db.session.remove()
    own, other = papers
    browser = lab.browser("sales_manager2")
    answer = browser.post(
        "/machinecontractview/action_post",
        {"action": "approve", "rowid": [own, other, "999999", "abc", str(2**63), own], "asked": "1"},
    )
    page = text(answer)
    assert answer.status_code == 200 and page.count("<tr><td>") == 5
    assert page.count("不在您的权限范围内") == 4 and page.count('badge green">') == 1 and page.count('badge red">') == 4
    with lab.app.app_context():
        states = {r.id: r.state for r in raw(m.MachineContract) if r.id in papers}
        decided = [r.contract_id for r in raw(m.ApprovalRecord) if r.contract_id in papers]
    assert states == {own: ContractState.APPROVED, other: ContractState.PENDING} and decided == [own]


def test_one_row_that_cannot_does_not_hold_up_the_others(lab: Lab) -> None:
    """Each row is its own transaction, with its own reason."""
    receipts = {r.id: r.state.name for r in _rows(lab, m.Receipt)}
    chosen = {"action": "confirm", "rowid": list(receipts), "asked": "1"}
    answer = lab.browser("finance").post("/receiptview/action_post", chosen)
    page = text(answer)
    drafts = [pk for pk, state in receipts.items() if state == "DRAFT"]
    assert len(drafts) == 2 and page.count('badge green">') == 2 and page.count('badge red">') == len(receipts) - 2
    assert {r.state.name for r in _rows(lab, m.Receipt) if r.id in drafts} == {"CONFIRMED"}


def _rows(lab: Lab, entity: type[m.Entity]) -> list[Any]:
    with lab.app.app_context():
        return raw(entity)


def test_a_bulk_of_none_too_many_or_of_another_verb_is_refused(lab: Lab) -> None:
    browser, before = lab.browser("finance"), sent(lab.app)
    for rows in ([], [str(i) for i in range(1, 202)]):
        answer = browser.post("/receiptview/action_post", {"action": "confirm", "rowid": rows})
        assert answer.status_code == 302 and answer.headers["Location"] == "/receiptview/list/"
    for verb in ("reverse", "cancel", "list", "delete", "", "__init__", "nope"):
        assert browser.post("/receiptview/action_post", {"action": verb, "rowid": ["1"]}).status_code in (403, 404), (
            verb
        )
    assert sent(lab.app) == before


def test_nothing_changes_by_looking(lab: Lab) -> None:
    """Stock performs `GET /action/approve/7` and `GET /delete/7` unless somebody remembers to install CSRF protection."""
    before = sent(lab.app)
    browser = lab.browser("gm")
    mutations = [rule for rule in rules(lab.app) if "POST" in rule.methods and "GET" not in rule.methods]
    assert len(mutations) > 100
    for rule in mutations:
        assert browser.get(address(rule), headers={"X-Requested-With": "fetch"}).status_code == 405, rule
    for screen in screens(lab.app):
        for verb in screen.actions:
            assert (
                browser.get(f"{base(screen)}/action/{verb}/1", headers={"X-Requested-With": "fetch"}).status_code == 405
            )
    for rule in rules(lab.app):
        for method in ("PUT", "PATCH", "DELETE", "TRACE"):
            assert method not in rule.methods, rule
    assert sent(lab.app) == before


def test_no_post_goes_through_without_the_token_of_this_session(lab: Lab) -> None:
    before = sent(lab.app)
    browser, other = lab.browser("gm"), lab.browser("clerk")
    foreign = other.token()
    for index, rule in enumerate(rule for rule in rules(lab.app) if "POST" in rule.methods):
        path = address(rule)
        for data in ({}, {"csrf_token": ""}, {"csrf_token": foreign})[: 3 if index % 10 == 0 else 1]:
            answer = browser.client.post(path, data=data, headers={"X-Requested-With": "fetch"})
            assert answer.status_code == 400, (path, data)
    assert sent(lab.app) == before
    page = browser.client.post("/customerview/add", data={})
    assert page.status_code == 400 and "页面已过期" in text(page)


def test_unknown_verbs_and_ids_are_not_found_and_not_faults(lab: Lab) -> None:
    """Stock: 500 for a missing row or action."""
    before = sent(lab.app)
    browser = lab.browser("clerk")
    token = browser.token()
    fetch = {"X-Requested-With": "fetch"}
    for pk in NO_IDS:
        phone = (
            [] if pk in ("１", "١") else [f"/phone/tags/{pk}"]
        )  # the phone's addresses take any digit for the number it is
        looks = (
            f"/customerview/show/{pk}",
            f"/customerview/edit/{pk}",
            f"/machinecontractview/ask/dispatch/{pk}",
            *phone,
        )
        for path in looks:
            assert browser.get(path, headers=fetch).status_code == 404, path
        for path in (
            f"/customerview/edit/{pk}", f"/machinecontractview/action/submit/{pk}", f"/machinecontractview/ask/void/{pk}",
            f"/notificationview/open/{pk}", *(f"{p}/1" for p in phone), *(f"/phone/tags/1/{pk}" for _ in phone), f"/customertagview/delete/{pk}",
        ):  # fmt: skip
            assert (
                browser.client.post(path, data={"csrf_token": token, "reason": "x"}, headers=fetch).status_code == 404
            ), path
    for verb in (
        "nope",
        "list",
        "delete",
        "add",
        "__class__",
        "reserve",
        "SUBMIT",
        "submit ",
        "x" * 300,
        "提交",
        "%00",
    ):
        for pk in ("1", "999999"):
            status = browser.client.post(
                f"/machinecontractview/action/{verb}/{pk}", data={"csrf_token": token}, headers=fetch
            ).status_code
            assert status == (400 if verb == "%00" else 404), verb
            assert browser.get(f"/machinecontractview/ask/{verb}/{pk}", headers=fetch).status_code == (
                400 if verb == "%00" else 404
            ), verb
    for path in (
        "number.customer",
        "lines.",
        ".",
        "lines.unit.model",
        "!",
        "submit!x",
        "dispatch!",
        "dispatch!nope",
        "dispatch!validate",
        "id",
        "__table__",
        "user",
        "x" * 500,
    ):
        assert browser.get(f"/machinecontractview/options/{path}", headers=fetch).status_code == 404, path
    assert (
        browser.get("/employeeview/options/user", headers=fetch).status_code == 404
    )  # accounts of the framework have no rule of rows
    assert sent(lab.app) == before


# -- effects ----------------------------------------------------------------------------------------------------------


def test_an_effect_that_fails_takes_the_whole_verb_back(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stock runs its hooks after the commit: what fails there leaves the row saved."""
    draft = next(
        r.id
        for r in _rows(lab, m.MachineContract)
        if r.state is ContractState.DRAFT and r.id in lab.x.ids["MachineContract"]
    )
    before = sent(lab.app)

    def broken(*_args: Any, **_kw: Any) -> None:
        raise RuntimeError("SELECT secret FROM printer")

    monkeypatch.setattr(notice, "tell", broken)
    answer = lab.browser("sales1").post(f"/machinecontractview/action/submit/{draft}", {})
    assert answer.status_code == 500 and "SELECT" not in text(answer) and "printer" not in text(answer)
    assert re.search(r"编号 ?[0-9a-f]{8}|[0-9a-f]{8}", text(answer))
    assert sent(lab.app) == before


@on_both
def test_the_same_form_sent_twice_makes_one_row(lab: Lab) -> None:
    """A double click, a retry after a lost answer, two at the same moment: one contact, one answer."""
    browser = lab.browser("sales1")
    form = browser.form("/contactview/add") | {"name": "双击", "mobile": "13800000021"}
    answers = [browser.client.post("/contactview/add", data=form) for _ in range(3)]
    assert len({(a.status_code, a.headers["Location"]) for a in answers}) == 1 and answers[0].status_code == 302
    again = browser.form("/contactview/add") | {"name": "双击", "mobile": "13800000027"}
    statuses: list[int] = []
    copies = [Browser(lab.app, None) for _ in range(4)]
    for copy in copies:
        copy.client.set_cookie("tiema", browser.client.get_cookie("tiema").value)
    threads = [
        threading.Thread(target=lambda c=c: statuses.append(c.client.post("/contactview/add", data=again).status_code))
        for c in copies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [302] * 4
    assert len([r for r in _rows(lab, m.Contact) if r.name == "双击"]) == 2


def test_the_same_button_pressed_twice_fires_once(lab: Lab) -> None:
    draft = next(r.id for r in _rows(lab, m.Receipt) if r.state.name == "DRAFT")
    browser = lab.browser("finance")
    press = {"csrf_token": browser.token(), "request_key": "press"}
    for _ in range(3):
        assert browser.client.post(f"/receiptview/action/confirm/{draft}", data=press).status_code == 302
    steps = [
        r for r in _rows(lab, m.StateChange) if (r.document, r.document_id, r.verb) == ("Receipt", draft, "confirm")
    ]
    assert len(steps) == 1
    page = text(browser.get(f"/receiptview/show/{draft}"))
    assert page.count('class="flash success"') == 3 and "flash danger" not in page  # every press is answered alike


def test_a_key_of_one_person_opens_nothing_of_another(lab: Lab) -> None:
    """The same key sent by a colleague is another request: he neither gets the first one's row nor is refused."""
    key = {"request_key": "shared"}
    first, second = lab.browser("sales1"), lab.browser("sales2")
    one = first.submit("/contactview/add", {"name": "甲的", "mobile": "13800000022"} | key)
    two = second.submit("/contactview/add", {"name": "乙的", "mobile": "13800000023"} | key)
    assert one.status_code == two.status_code == 302 and one.headers["Location"] != two.headers["Location"]


# -- forms ------------------------------------------------------------------------------------------------------------


BAD_NUMBERS = ["NaN", "nan", "sNaN", "Infinity", "inf", "-inf", "1e400", "-1e400", "1e16", "99999999999999999", "12.345", "1e-3", "-5", "0x10", "1_000", "abc", "1.2.3", "--1", "½", "1 2,3.4.5", "=1+1"]  # fmt: skip
BAD_WHOLES = ["1.5", "-1", "abc", "99999999999", "2147483648", "1e3", "NaN", "+5", "٣", "½"]
BAD_DAYS = [
    "2026-13-45",
    "2026-02-30",
    "0000-00-00",
    "9999-99-99",
    "1899-12-31",
    "3000-01-01",
    "yesterday",
    "20261301",
    "1",
    "2026-11",
]
BAD_PICKS = ["abc", "-1", "0", "999999", "2147483648", "99999999999999999999", "1.0", "1 OR 1=1", "²"]
BAD_CHOICES = ["NOPE", "draft", "1", "BOSS ", "__class__", "0"]


def _beside(page: str, name: str) -> str:
    """The sentence beside a field."""
    found = re.search(rf'id="{re.escape(name)}-error">(.*?)</p>', page, re.S)
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("root", "username", "field", "payloads", "keeps"),
    [
        ("/fundaccountview", "finance", "opening_amount", BAD_NUMBERS, True),
        (
            "/coupontypeview",
            "sysadmin",
            "max_share",
            ["NaN", "1e400", "abc", "12.34567", "-1", "Infinity%"],
            True,
        ),
        ("/machinemodelview", "sysadmin", "tonnage", ["NaN", "1e400", "1.2345", "-1", "t"], True),
        ("/machinemodelview", "sysadmin", "warranty_months", BAD_WHOLES, True),
        ("/contactview", "sales1", "next_follow_on", BAD_DAYS, True),
        ("/contactview", "sales1", "intended_model", BAD_PICKS, False),
        ("/contactview", "sales1", "salesperson", BAD_PICKS, False),
        ("/contactview", "sales1", "position", BAD_CHOICES, False),
        (
            "/contactview",
            "sales1",
            "name",
            ["", "   ", "\u3000", "\t", "x" * 51, "名" * 51, "a\x01b", "a\x1fb", "a\x7fb", "a\x85b"],
            True,
        ),
        ("/contactview", "sales1", "mobile", ["1", "12345678901", "abc", "１３８０００" * 4, "+8613800000000x"], True),
        ("/contactview", "sales1", "id_number", ["1", "110105194912310021", "11010519491231002", "x" * 18], True),
        ("/customerview", "sales1", "credit_code", ["1", "91340100MA2T0001X0", "O" * 18], True),
        ("/customerview", "sales1", "remark", ["x" * 1001, "a\x00b".replace("\x00", "\x02")], True),
    ],
)
def test_what_cannot_be_stored_is_refused_in_a_sentence_and_kept_as_typed(
    lab: Lab, root: str, username: str, field: str, payloads: list[str], keeps: bool
) -> None:
    """Stock stores NaN, cuts or rounds decimals, answers 500 to a wrong enum and to NUL."""
    browser = lab.browser(username)
    form = browser.form(f"{root}/add") | {
        "name": "填写",
        "mobile": "13800000031",
        "credit_code": credit_code(901),
        "brand": "牌",
        "model": "M1",
    }
    before = sent(lab.app)
    for typed in payloads:
        answer = browser.client.post(f"{root}/add", data={**form, field: typed, "request_key": ""})
        page = text(answer)
        assert answer.status_code == 422, (field, typed)
        sentence = _beside(page, field)
        assert sentence.strip() and re.search("[\u4e00-\u9fff]", sentence), (field, typed)
        if keeps and typed.strip() and not re.search(r"[\x00-\x1f\x7f-\x9f]", typed):
            assert typed.strip() in page.replace("&#43;", "+"), (field, typed)
    assert sent(lab.app) == before


@pytest.mark.parametrize(
    "typed", ["1,234.50", "１２３４．５０", "¥1234.5", "1 234.5", "1234.50元", "￥1,234.50", "1234.5000"]
)
def test_what_clerks_paste_is_understood(lab: Lab, typed: str) -> None:
    """Commas, currency signs and full-width digits are no mistakes; 1234.5000 is exact all the same."""
    assert (
        lab.browser("finance").submit("/fundaccountview/add", {"name": "新账户", "opening_amount": typed}).status_code
        == 302
    )
    assert next(r for r in _rows(lab, m.FundAccount) if r.name == "新账户").opening_amount == D("1234.50")


def test_nul_bytes_and_half_characters_never_reach_the_database(lab: Lab) -> None:
    """NUL is refused for the whole request; broken UTF-8 becomes the replacement sign before anybody sees it."""
    browser = lab.browser("sales1")
    form = browser.form("/contactview/add")
    before = sent(lab.app)
    for name, value in (("name", "a\x00b"), ("remark", "\x00"), ("na\x00me", "x"), ("mobile", "138\x0000000031")):
        assert browser.client.post("/contactview/add", data={**form, name: value}).status_code == 400
    assert browser.get("/contactview/list/?q=a%00b").status_code == 400
    assert browser.get("/contactview/show/1%00").status_code == 400
    assert sent(lab.app) == before
    token = form["csrf_token"]
    body = f"csrf_token={token}&name=%ED%A0%80%FF&mobile=13800000031&salesperson={form['salesperson']}&position=BOSS&source=VISIT".encode()
    answer = browser.client.post("/contactview/add", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (302, 422)
    assert not [r for r in _rows(lab, m.Contact) if any(0xD800 <= ord(c) < 0xE000 for c in r.name)]


def test_a_field_that_did_not_come_along_is_not_wiped(lab: Lab) -> None:
    """Stock fills the object from the whole form: a field the browser did not send becomes empty."""
    pk = lab.x.ids["Contact"][0]
    before = next(r for r in _rows(lab, m.Contact) if r.id == pk)
    browser = lab.browser("sales1")
    form = browser.form(f"/contactview/edit/{pk}")
    slim = {k: form[k] for k in ("csrf_token", "version", "name", "mobile", "position", "source")}
    assert browser.client.post(f"/contactview/edit/{pk}", data=slim | {"name": "改名"}).status_code == 302
    after = next(r for r in _rows(lab, m.Contact) if r.id == pk)
    changed = {k for k in before._mapping if before._mapping[k] != after._mapping[k]}
    assert changed == {"name", "initials", "version", "changed_at", "changed_by_id"} - (
        {"changed_by_id"} if before.changed_by_id == after.changed_by_id else set()
    )
    assert after.remark == "谈判备注甲字一" and after.phone2 == before.phone2
    draft = next(
        r.id
        for r in _rows(lab, m.MachineContract)
        if r.state is ContractState.DRAFT and r.id in lab.x.ids["MachineContract"]
    )
    form = browser.form(f"/machinecontractview/edit/{draft}")
    for left_out, status in (("lines", 422), ("gifts", 302)):
        slim = {k: v for k, v in form.items() if not k.startswith(left_out)}
        assert browser.client.post(f"/machinecontractview/edit/{draft}", data=slim).status_code == status
    with lab.app.app_context():
        assert len(raw(m.ContractLine, m.ContractLine.__table__.c.contract_id == draft)) == 1
        assert len(raw(m.ContractGift, m.ContractGift.__table__.c.contract_id == draft)) == 1


def test_a_line_taken_out_of_a_paper_is_gone_and_the_others_stay(lab: Lab) -> None:
    draft = next(
        r.id
        for r in _rows(lab, m.MachineContract)
        if r.state is ContractState.DRAFT and r.id in lab.x.ids["MachineContract"]
    )
    browser = lab.browser("sales1")
    form = browser.form(f"/machinecontractview/edit/{draft}")
    without = {k: v for k, v in form.items() if not k.startswith("gifts-0")}
    assert browser.client.post(f"/machinecontractview/edit/{draft}", data=without).status_code == 302
    with lab.app.app_context():
        assert raw(m.ContractGift, m.ContractGift.__table__.c.contract_id == draft) == []
        assert [r.id for r in raw(m.ContractLine, m.ContractLine.__table__.c.contract_id == draft)] == [
            int(form["lines-0-id"])
        ]


def test_who_saves_second_is_told_who_was_first_and_keeps_what_was_typed(lab: Lab) -> None:
    """Stock: the last one wins and nobody hears of it."""
    pk = lab.x.ids["Contact"][0]
    mine, theirs = lab.browser("sales1"), lab.browser("clerk")
    form = mine.form(f"/contactview/edit/{pk}")
    assert theirs.submit(f"/contactview/edit/{pk}", {"address": "内勤改的地址"}).status_code == 302
    with lab.app.app_context():
        changed = next(r for r in raw(m.Contact) if r.id == pk).changed_at
    answer = mine.client.post(f"/contactview/edit/{pk}", data={**form, "remark": "我写的长备注"})
    page = text(answer)
    assert answer.status_code == 422 and "孙丽" in page and f"{changed:%H:%M}" in page and "我写的长备注" in page
    contact = next(r for r in _rows(lab, m.Contact) if r.id == pk)
    assert (contact.address, contact.remark) == ("内勤改的地址", "谈判备注甲字一")
    # having compared, the person saves what stands in the form now
    again = _Form()
    again.feed(page)
    assert mine.client.post(f"/contactview/edit/{pk}", data=again.data).status_code == 302
    assert next(r for r in _rows(lab, m.Contact) if r.id == pk).remark == "我写的长备注"


@pytest.mark.parametrize("version", ["", "0", "-1", "abc", "²", "1e0", "99999999999999999999", "1.0", "１"])
def test_a_form_without_a_readable_version_is_never_taken(lab: Lab, version: str) -> None:
    pk = lab.x.ids["Contact"][0]
    browser = lab.browser("sales1")
    form = browser.form(f"/contactview/edit/{pk}")
    before = sent(lab.app)
    for data in (
        {**form, "name": "偷改", "version": version},
        {k: v for k, v in {**form, "name": "偷改"}.items() if k != "version"},
    ):
        assert browser.client.post(f"/contactview/edit/{pk}", data=data).status_code == 422
    assert sent(lab.app) == before


def test_fields_that_are_not_in_the_form_are_not_taken(lab: Lab) -> None:
    """Mass assignment: every column of the entity that the form does not ask for, sent along one by one."""
    tries = 0
    for entity, username, needed in (
        (m.MachineContract, "sales1", {}), (m.Contact, "sales1", {}), (m.Customer, "sales1", {}), (m.PartQuotation, "sales1", {}), (m.Receipt, "clerk", {}),
        (m.MachineModel, "sysadmin", {}), (m.VisitTask, "visits", {}), (m.Supplier, "buyer", {}), (m.Part, "buyer", {}), (m.Tag, "sysadmin", {}), (m.FundAccount, "finance", {}),
    ):  # fmt: skip
        browser, screen = lab.browser(username), screen_for(lab.app, entity)
        pk = _editable(lab, browser, screen)
        form = browser.form(f"{base(screen)}/edit/{pk}")
        names = [
            c.name
            for c in entity.__table__.c
            if c.name not in form and f"{c.name}-shown" not in form and c.name.removesuffix("_id") not in form
        ]
        extra = {name: _tempting(entity.__table__.c[name]) for name in names if name not in ("version",)}
        before = {k: v for k, v in _row(lab, entity, pk).items() if k in extra}
        tries += len(extra)
        answer = browser.client.post(
            f"{base(screen)}/edit/{pk}",
            data={**form, **needed, **extra, **{n.removesuffix("_id"): v for n, v in extra.items()}},
        )
        assert answer.status_code == 302, (entity, text(answer)[-3000:])
        after = {k: v for k, v in _row(lab, entity, pk).items() if k in extra}
        assert {k for k in before if before[k] != after[k]} <= {"changed_at", "changed_by_id"}, entity
    assert tries >= 100, tries


def _editable(lab: Lab, browser: Browser, screen: Any) -> int:
    for pk in sorted(row_ids(browser.get(f"{base(screen)}/list/?size=200"), screen)):
        if browser.get(f"{base(screen)}/edit/{pk}").status_code == 200:
            return pk
    raise AssertionError(f"nothing to edit on {screen}")


def _tempting(column: Any) -> str:
    """A value of the right kind that differs from what is there."""
    if isinstance(column.type, sa.Enum):
        return list(column.type.enum_class)[-1].name
    if isinstance(column.type, sa.Boolean):
        return "y"
    if isinstance(column.type, sa.Date | sa.DateTime):
        return "2031-01-01"
    return "7" if "CHAR" not in str(column.type) else "Z7"


def _row(lab: Lab, entity: type[m.Entity], pk: int) -> dict[str, Any]:
    with lab.app.app_context():
        return dict(raw(entity, entity.__table__.c.id == pk)[0]._mapping)


# -- addresses --------------------------------------------------------------------------------------------------------


def test_garbage_in_an_address_is_no_fault_and_pages_stay_small(lab: Lab) -> None:
    """Stock: `psize=100000000` returns the whole table, `page=x` and an unknown order column are 500."""
    with lab.app.app_context():
        db.session.execute(sa.insert(m.Tag.__table__), [{"name": f"标签{i:04d}", "group": "WORK", "colour": "BLUE", "sort": i, "is_enabled": True, "version": 1, "created_at": clock.now(), "changed_at": clock.now()} for i in range(205)])  # fmt: skip
        db.session.commit()
    browser, screen = lab.browser("gm"), screen_for(lab.app, m.Tag)
    for size, most in (("", 20), ("20", 20), ("50", 50), ("200", 200), ("201", 20), ("100000000", 20), ("-1", 20), ("0", 20), ("x", 20), ("1e9", 20), ("２０", 20), ("²", 20), ("NaN", 20)):  # fmt: skip
        assert len(row_ids(browser.get(f"/tagview/list/?size={size}&psize_TagView=100000"), screen)) == most, size
    for page in ("0", "-1", "x", "99999999999999999999", "1e9", "1.5", "²", "None", "5000", "999999"):
        assert browser.get(f"/tagview/list/?page={page}&page_TagView={page}").status_code == 200, page
    for order in (
        "nope",
        "-nope",
        "--name",
        "id",
        "name desc",
        "name;drop",
        "'",
        "_sa_instance_state",
        "metadata",
        "entity",
        "tags",
        "-",
        "²",
        "name,sort",
        "customer.name",
    ):
        assert browser.get(f"/tagview/list/?order={order}&_oc_TagView={order}&_od_TagView=zzz").status_code == 200, (
            order
        )
    for tab in ("nope", "todo", "'", "²", "__class__"):
        assert browser.get(f"/machinecontractview/list/?tab={tab}").status_code == 200, tab
    for query in (
        "_flt_0_name=x",
        "_flt_99_name=x",
        "_flt_x_y=z",
        "_flt_=",
        "_flt_0_=",
        "q=%25%25",
        "q=_",
        "q=\\",
        "q=%27",
        "q=" + "x" * 2000,
        "format=exe",
        "&&&",
        "=",
        "?=&",
    ):
        assert browser.get(f"/tagview/list/?{query}").status_code == 200, query
    assert listing.DEEPEST <= 5000 and max(listing.SIZES) <= 200


def test_a_filter_that_cannot_be_read_says_so_and_shows_nothing(lab: Lab) -> None:
    """Rather than pretending that it was obeyed."""
    browser, screen = lab.browser("gm"), screen_for(lab.app, m.MachineContract)
    for query in (
        "total_amount_from=NaN",
        "total_amount_to=1e400",
        "signed_on_from=2026-13-45",
        "state=NOPE",
        "customer=abc",
        "customer=999999",
        "salesperson=-1",
    ):
        for path in ("list/", "export"):
            answer = browser.get(f"/machinecontractview/{path}?{query}&format=csv", buffered=True)
            assert answer.status_code == 200, query
            if path == "list/":
                assert row_ids(answer, screen) == set() and re.search('class="(flash warning|error)"', text(answer)), (
                    query
                )
            else:
                assert len(csv_rows(answer.get_data())) == 1, query


def test_a_search_for_wildcards_finds_wildcards_only(lab: Lab) -> None:
    browser, screen = lab.browser("clerk"), screen_for(lab.app, m.Customer)
    for term in ("%", "_", "\\", "%%", "土_方", "'", '"'):
        assert row_ids(browser.get("/customerview/list/", query_string={"q": term}), screen) == set(), term
        assert (
            browser.get("/machinecontractview/options/customer", query_string={"q": term}).get_json()["results"] == []
        ), term


def test_too_much_in_one_request_is_refused(lab: Lab) -> None:
    browser = lab.browser("clerk")
    token = browser.token()
    assert browser.get("/customerview/list/?" + "&".join(f"a{i}=1" for i in range(80))).status_code == 200
    assert browser.get("/customerview/list/?" + "&".join(f"a{i}=1" for i in range(81))).status_code == 400
    assert browser.get("/customerview/list/?" + "&".join(["a=1"] * 81)).status_code == 400
    assert browser.get("/customerview/list/?q=" + "x" * 2001).status_code == 400
    before = sent(lab.app)
    big = b"x" * (17 * 1024 * 1024)

    def multipart(parts: dict[str, bytes]) -> Any:
        head = b'--cut\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        body = b"".join(
            head % (name.encode(), b'; filename="x"' if name == "file" else b"", value) for name, value in parts.items()
        )
        return browser.client.post(
            "/contactview/add", data=body + b"--cut--\r\n", content_type="multipart/form-data; boundary=cut"
        )

    upload = multipart({"csrf_token": token.encode(), "name": b"x", "file": big})
    assert upload.status_code == 413 and "16 兆" in text(upload)
    body = browser.client.post(
        "/contactview/add", data=b"name=" + big, content_type="application/x-www-form-urlencoded"
    )
    field = browser.client.post("/contactview/add", data={"csrf_token": token, "name": "x" * (3 * 1024 * 1024)})
    parts = multipart({"csrf_token": token.encode(), **{f"f{i}": b"x" for i in range(5100)}})
    long = multipart({"csrf_token": token.encode(), "name": b"x" * (3 * 1024 * 1024)})
    assert [body.status_code, field.status_code, long.status_code, parts.status_code] == [413, 422, 413, 413]
    assert sent(lab.app) == before


def test_the_cookie_does_not_grow_with_the_addresses_one_has_seen(lab: Lab) -> None:
    """Stock keeps the last five addresses in the cookie, which overflows and throws the session away."""
    browser = lab.browser("clerk")
    for i in range(12):
        browser.get("/customerview/list/", query_string={"q": "很长的中文筛选条件" * 8, "page": str(i)})
    assert len(browser.client.get_cookie("tiema").value) < 600
    assert browser.get("/me").status_code == 200


# -- answers ----------------------------------------------------------------------------------------------------------


HEADERS = {
    "X-Content-Type-Options": {"nosniff"}, "X-Frame-Options": {"DENY"}, "Cross-Origin-Opener-Policy": {"same-origin"},
    "Referrer-Policy": {"same-origin", "no-referrer"},  # a rating link tells nobody where one comes from
}  # fmt: skip


def _guarded(answer: Any) -> bool:
    policy = answer.headers.get("Content-Security-Policy", "")
    return (
        all(answer.headers.get(name) in value for name, value in HEADERS.items())
        and "default-src 'self'" in policy and "object-src 'none'" in policy and "frame-ancestors 'none'" in policy
        and "base-uri 'none'" in policy and "unsafe-inline" not in policy and "unsafe-eval" not in policy and "*" not in policy
        and "geolocation" in answer.headers.get("Permissions-Policy", "")
    )  # fmt: skip


def test_every_answer_carries_the_headers_also_refusals_and_faults(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, stranger = lab.browser("gm"), lab.site.browser()
    statuses: dict[int, int] = {}

    def look(answer: Any, path: str) -> None:
        assert _guarded(answer), path
        answer.close()
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1

    for rule in lab.app.url_map.iter_rules():
        path = address(rule).replace("<path:filename>", "tiema.css")
        if "GET" in rule.methods:
            look(browser.get(path, buffered=True), path)
            if "export" not in path:
                look(stranger.get(path, headers={"X-Requested-With": "fetch"}, buffered=True), path)
        if "POST" in rule.methods:
            look(browser.client.post(path, headers={"X-Requested-With": "fetch"}), path)
    look(browser.get("/customerview/show/999999"), "404")
    look(lab.browser("keeper").get("/receiptview/list/"), "403")
    look(browser.get("/customerview/delete/1"), "405")
    look(
        browser.client.post(
            "/contactview/add", data=b"x" * (17 * 1024 * 1024), content_type="application/x-www-form-urlencoded"
        ),
        "413",
    )
    look(browser.get("/static/tiema.css"), "static")
    look(browser.get("/customerview/list"), "redirect")
    look(stranger.get("/healthz"), "healthz")
    monkeypatch.setattr(listing, "read", lambda *a: 1 // 0)
    look(browser.get("/customerview/list/"), "500")
    assert {200, 302, 308, 400, 401, 403, 404, 405, 413, 500} <= statuses.keys(), statuses


def test_pages_with_figures_are_not_kept_by_browsers_and_files_of_the_house_are(lab: Lab) -> None:
    browser = lab.browser("gm")
    for path in (
        "/",
        "/customerview/list/",
        "/customerview/export?format=csv",
        "/customerview/options/salesperson",
        "/login/",
        "/no/such/page",
    ):
        assert browser.get(path, buffered=True).headers["Cache-Control"] == "no-store", path
    assert "public" in browser.get("/static/tiema.css?v=1", buffered=True).headers["Cache-Control"]


def test_no_page_needs_what_the_policy_forbids(lab: Lab) -> None:
    """No inline script, style or handler and no address outside, on any page."""
    browser, seen = lab.browser("gm"), 0
    pages = ["/", "/me", "/login/", "/password/", "/no/such/page"]
    for screen in screens(lab.app):
        root = base(screen)
        pages += [f"{root}/list/", *(f"{root}/show/{pk}" for pk in lab.x.ids.get(screen.entity.__name__, [])[:1])]
    for username, path in (
        ("sales1", "/machinecontractview/add"),
        ("clerk", "/receiptview/add"),
        ("sysadmin", "/employeeview/add"),
        ("clerk", "/phone/tags/"),
    ):
        seen += 1
        assert not _forbidden(text(lab.browser(username).get(path))), path
    for path in pages:
        seen += 1
        assert not _forbidden(text(browser.get(path))), path
    assert seen >= 60


def _forbidden(page: str) -> list[str]:
    return re.findall(
        r"<script(?![^>]*\bsrc=\"/)[^>]*>|<style|\sstyle=|\son[a-z]+=\"|javascript:|(?:src|href|action)=\"(?:https?:)?//",
        page,
    )


XSS = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{7*7}}${7*7}"


def test_typed_markup_is_text_wherever_it_appears(lab: Lab) -> None:
    site = lab.site
    with lab.app.app_context(), clock.on(START), acting_as(SYSTEM):
        company = site.company("sales1", 41, name=f"公司{XSS}", legal_rep="<b>法人", address=XSS, remark=XSS)
        contact = site.contact("sales1", 41, name=f"人{XSS}"[:50], remark=XSS)
        create(m.Tag, {"name": "<i>标签</i>"}, by=site["sysadmin"])
        create(m.CustomerTag, {"customer": company, "tag": site.row(m.Tag, name="<i>标签</i>")}, by=site["sales1"])
        paper = site.contract(
            company,
            contact,
            None,
            lines=[{"model": site.row(m.MachineModel, model="HT75"), "unit_price": D(390000), "configuration": XSS}],
            remark=XSS,
        )
        fire(paper, "submit", by=site["sales1"])
        fire(paper, "reject", by=site["sales_manager"], opinion=XSS)
        ids = company.id, contact.id, paper.id
        db.session.remove()
    for username in ("sales1", "gm", "sales_manager"):
        browser = lab.browser(username)
        for path in (
            "/", "/phone/tags/", f"/phone/tags/{ids[0]}", "/customerview/list/?q=公司", f"/customerview/show/{ids[0]}", f"/customerview/edit/{ids[0]}",
            f"/contactview/show/{ids[1]}", "/machinecontractview/list/", f"/machinecontractview/show/{ids[2]}", f"/machinecontractview/edit/{ids[2]}",
            "/notificationview/list/", "/auditlogview/list/", "/customertagview/list/", "/tagview/list/", f"/machinecontractview/list/?customer={ids[0]}",
            "/customerview/list/?q=" + "%3Cscript%3Ealert(3)%3C/script%3E", "/machinecontractview/list/?state=%22%3E%3Cscript%3E", f"/machinecontractview/add?customer={ids[0]}",
        ):  # fmt: skip
            answer = browser.get(path)
            page = text(answer)
            assert not re.search(r"<img|<script>|<i>标签|<b>法人|49\$", page), (username, path)
        answer = browser.get("/machinecontractview/options/customer?q=公司")
        assert answer.status_code in (200, 403) and answer.mimetype in ("application/json", "text/html")


def test_markup_is_built_from_constants_only() -> None:
    """`Markup(text + value)` would let a name become HTML; `Markup("…").format(value)` does not."""
    calls = 0
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Markup":
                calls += 1
                is_drawn = path.name == "labels.py" and "svg_inline" in ast.unparse(node)  # a path of numbers, no text
                assert is_drawn or all(isinstance(arg, ast.Constant) for arg in node.args), f"{path}:{node.lineno}"
    assert calls >= 3
    for path in sorted((APP / "templates").rglob("*.html")):
        page = path.read_text(encoding="utf-8")
        assert "autoescape false" not in page
        for line in page.splitlines():
            if "|safe" in line.replace(" ", ""):
                assert "aria-invalid" in line and "field.id" in line, f"{path}: {line}"  # field ids are made by us


def test_no_answer_shows_sql_or_a_trace(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Stock flashes the failing INSERT with its parameters. Here: a number for the log, where the trace is."""
    browser = lab.browser("gm")
    faults = [
        sa.exc.OperationalError("SELECT secret FROM customer", {"id": 1}, Exception("no such table: customer")),
        sa.exc.IntegrityError("INSERT INTO customer", {}, Exception("CHECK constraint failed")),
        ValueError("/work/app/secret/path.py"), ZeroDivisionError("division"), RecursionError("deep"), KeyError("xyzzy"), UnicodeEncodeError("utf-8", "\ud800", 0, 1, "x"),
    ]  # fmt: skip
    for fault in faults:

        def broken(*_a: Any, fault: Exception = fault) -> None:
            raise fault

        monkeypatch.setattr(listing, "read", broken)
        with caplog.at_level(logging.CRITICAL):
            answer = browser.get("/customerview/list/")
        page = text(answer)
        assert answer.status_code == 500
        assert not [
            w
            for w in (
                "SELECT",
                "INSERT",
                "Traceback",
                "sqlalchemy",
                "secret",
                "/app/",
                "Error",
                "xyzzy",
                "constraint",
            )
            if w in page
        ], fault
        fetched = browser.get("/customerview/list/", headers={"X-Requested-With": "fetch"})
        assert fetched.status_code == 500 and set(fetched.get_json()) == {"message"}


def test_a_row_in_use_is_not_deleted_and_the_sentence_is_ours(lab: Lab) -> None:
    """Stock flashes an empty alert or the statement."""
    with lab.app.app_context():
        used = raw(m.CustomerTag)[0].tag_id
        department = raw(m.Department)[0].id
    browser = lab.browser("sysadmin")
    for path in (f"/tagview/delete/{used}", f"/departmentview/delete/{department}"):
        answer = browser.post(path, follow_redirects=True)
        page = text(answer)
        assert (
            answer.status_code == 200 and "不能删除" in page and not re.search("FOREIGN|constraint|sqlite|DELETE", page)
        )
    assert [r.id for r in _rows(lab, m.Tag) if r.id == used]


def test_a_second_one_of_something_unique_is_refused_beside_its_field(lab: Lab) -> None:
    answer = lab.browser("sysadmin").submit("/tagview/add", {"name": "土石方"})
    assert answer.status_code == 422 and "已存在" in _beside(text(answer), "name")
    answer = lab.browser("sysadmin").submit("/departmentview/add", {"code": "ZJB", "name": "又一个"})
    assert answer.status_code == 422 and _beside(text(answer), "code") and "UNIQUE" not in text(answer)


# -- doors that are not there ------------------------------------------------------------------------------------------


def test_the_doors_of_the_framework_that_nobody_needs_are_not_there(lab: Lab) -> None:
    """Downloads by file name, the REST interface, its login without a limit, Swagger, users, roles, charts."""
    paths = [rule.rule for rule in lab.app.url_map.iter_rules()]
    gone = "/download/|/api|swagger|openapi|security|/users|/roles|/permissions|/viewmenus|registeruser|userstats|resetpassword|userinfo|/menu|chart|upload|/readedit|/delete_api|/_info|/lang/<locale>x"
    assert [p for p in paths if re.search(gone, p, re.I)] == []
    browser = lab.browser("gm")
    fetch = {"X-Requested-With": "fetch"}
    for path in (
        "/api/v1/security/login", "/api/v1/security/refresh", "/api/v1/security/csrf_token", "/api/v1/menu/", "/api/v1/_openapi", "/api/v1/customerview/", "/swagger/v1",
        "/users/list/", "/roles/list/", "/customerview/download/secret_key", "/customerview/api/read", "/customerview/api", "/resetpassword/form", "/users/userinfo/", "/registeruser/form",
        "/static/../config.py", "/static/..%2f..%2fconfig.py", "/static/appbuilder/../../../config.py", "/instance/secret_key", "/static/%2e%2e/%2e%2e/instance/tiema.db",
    ):  # fmt: skip
        assert browser.get(path, headers=fetch).status_code == 404, path
        assert browser.client.post(
            path, json={"username": "gm", "password": "tiema-demo", "provider": "db"}
        ).status_code in (404, 405), path
    assert browser.get("/lang/en").status_code == 404
    assert 'lang="zh-CN"' in text(browser.get("/me?_l_=en"))


def test_the_public_may_open_the_login_and_nothing_else(site: World) -> None:
    stranger, opened = site.browser(), set()
    for rule in rules(site.app):
        for method in sorted(rule.methods & {"GET", "POST"}):
            answer = stranger.client.open(address(rule), method=method)
            if answer.status_code == 200:
                opened.add(rule.endpoint)
            else:
                assert answer.status_code in (302, 308, 400, 401, 404), (rule, method)
                assert answer.status_code != 302 or answer.headers["Location"].startswith("/login/"), rule
    assert opened == {"LoginView.login", "healthz", "readyz"}


# -- journals ---------------------------------------------------------------------------------------------------------


def _journals() -> dict[str, tuple[str, ...]]:
    path = next((APP.parent / "migrations" / "versions").glob("0002_*.py"))
    spec = importlib.util.spec_from_file_location("append_only", path)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module.JOURNALS  # type: ignore[no-any-return]


@on_both
def test_the_database_itself_refuses_to_change_or_delete_what_was_posted(lab: Lab) -> None:
    """Whoever opens the database with another program meets the same wall."""
    lab.browser("gm").get("/tagview/export?format=csv", buffered=True)
    journals = _journals()
    assert {
        "audit_log",
        "state_change",
        "approval_record",
        "coupon_entry",
        "receivable_entry",
        "prepaid_entry",
        "cash_entry",
        "export_log",
        "stock_move",
    } <= journals.keys()
    with lab.app.app_context():
        for table, free in journals.items():
            columns = [c.name for c in m.Entity.metadata.tables[table].columns if c.name not in ("id", *free)]
            count = db.session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar()
            assert count, f"{table} holds nothing to try on"
            column = next(
                c
                for c in ("amount", "origin_number", "row_name", "document_number", "opinion", "screen", *columns)
                if c in columns
            )
            for statement in (
                f"UPDATE {table} SET {column} = {column}",
                f"DELETE FROM {table}",
                f"DELETE FROM {table} WHERE id = 1",
            ):
                with pytest.raises(sa.exc.DatabaseError, match="append-only"):
                    db.session.execute(sa.text(statement))
                db.session.rollback()
            assert db.session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar() == count


@on_both
def test_every_journal_of_the_dictionary_is_protected(lab: Lab) -> None:
    """An entity that calls itself append-only has a trigger of that name in the database."""
    named = {e.__tablename__ for e in ENTITIES.values() if e.__doc__ and "append-only" in e.__doc__}
    with lab.app.app_context():
        if db.engine.dialect.name == "sqlite":
            found = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%append-only%'"
        else:
            found = (
                "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE '%append_only'"
            )
        protected = set(db.session.scalars(sa.text(found)))
        db.session.remove()
    assert named and named <= protected, named - protected


def test_every_change_is_in_the_audit_log_with_before_and_after(lab: Lab) -> None:
    """Created, changed and deleted rows, who did it and from where; in the transaction of the change."""
    browser = lab.browser("sysadmin")
    start = max(r.id for r in _rows(lab, m.AuditLog))
    made = browser.submit("/tagview/add", {"name": "新标签", "sort": "5"}).headers["Location"]
    pk = int(made.rsplit("/", 1)[1])
    browser.submit(f"/tagview/edit/{pk}", {"name": "改标签", "sort": "6"})
    browser.post(f"/tagview/delete/{pk}")
    entries = [r for r in _rows(lab, m.AuditLog) if r.id > start]
    assert [(r.entity, r.row_id, r.action.name, r.by_name, r.address) for r in entries] == [
        ("Tag", pk, action, "郑凯", "127.0.0.1") for action in ("INSERT", "UPDATE", "DELETE")
    ]
    assert entries[0].changes["name"] == [None, "新标签"] and entries[0].changes["sort"] == [None, 5]
    assert entries[1].changes == {"name": ["新标签", "改标签"], "sort": [5, 6]}
    assert entries[2].changes["name"] == ["改标签", None]
    refused = browser.submit("/tagview/add", {"name": "土石方"})
    assert refused.status_code == 422 and max(r.id for r in _rows(lab, m.AuditLog)) == entries[-1].id


def test_every_verb_leaves_a_step_and_an_audit_row(lab: Lab) -> None:
    draft = next(r.id for r in _rows(lab, m.Receipt) if r.state.name == "DRAFT")
    start = max(r.id for r in _rows(lab, m.AuditLog))
    lab.browser("finance").post(f"/receiptview/action/confirm/{draft}")
    step = [r for r in _rows(lab, m.StateChange) if (r.document, r.document_id) == ("Receipt", draft)][-1]
    assert (step.verb, step.before, step.after, step.by_id) == (
        "confirm",
        "DRAFT",
        "CONFIRMED",
        lab.site["finance"].employee_id,
    )
    told = [r for r in _rows(lab, m.AuditLog) if r.id > start and r.entity == "Receipt" and r.row_id == draft]
    assert [r.changes["state"] for r in told] == [["DRAFT", "CONFIRMED"]]


def test_every_export_is_logged_with_its_filters(lab: Lab) -> None:
    browser = lab.browser("gm")
    for kind in ("csv", "xlsx"):
        browser.get(f"/customerview/export?format={kind}&q=土石方", buffered=True)
    entries = _rows(lab, m.ExportLog)
    assert [(r.screen, r.format, r.rows, r.by_id) for r in entries] == [
        ("客户", kind, 2, lab.site["gm"].employee_id) for kind in ("csv", "xlsx")
    ]
    assert all("土石方" in r.filters for r in entries)
    assert lab.browser("sales1").get("/customerview/export").status_code == 403 and len(_rows(lab, m.ExportLog)) == 2


def test_files_hold_no_formulas(lab: Lab) -> None:
    """A name that begins with = + - @ or a tab is text in every spreadsheet program."""
    import io

    import openpyxl

    risky = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "=HYPERLINK(1)", "|cmd", "＝1", "%1"]
    with lab.app.app_context(), clock.on(START), acting_as(SYSTEM):
        for number, name in enumerate(risky):
            lab.site.company("sales1", 50 + number, name=name, address=name)
        db.session.remove()
    browser = lab.browser("gm")
    rows = csv_rows(browser.get("/customerview/export?format=csv", buffered=True).get_data())
    kept = {normal.name(name) for name in risky}  # ＝1 is kept as =1
    assert {"'" + name for name in kept} <= {cell for row in rows for cell in row}
    assert not [cell for row in rows for cell in row if cell.startswith(tuple("=+-@|%\t"))]
    book = openpyxl.load_workbook(io.BytesIO(browser.get("/customerview/export", buffered=True).get_data()))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert {cell.value for cell in cells} >= kept and not [c for c in cells if c.data_type == "f" or c.hyperlink]
    assert all(c.quotePrefix for c in cells if c.value in risky)


def test_the_house_writes_without_a_person(lab: Lab) -> None:
    """Stock needs a logged-in user for every insert; nightly jobs have none."""
    with lab.app.app_context(), acting_as(SYSTEM):
        tag = create(m.Tag, {"name": "夜间"})
        assert (tag.created_by_id, tag.changed_by_id) == (None, None)
        entry = raw(m.AuditLog)[-1]
        assert (entry.entity, entry.by_id, entry.by_name) == ("Tag", None, "系统")
        db.session.rollback()


# -- permissions ------------------------------------------------------------------------------------------------------


def _granted() -> set[tuple[str, str, str]]:
    rows = (
        sa.select(Role.name, Permission.name, ViewMenu.name)
        .join(assoc_permissionview_role, assoc_permissionview_role.c.role_id == Role.id)
        .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
    )
    return {tuple(row) for row in db.session.execute(rows)}


@pytest.fixture
def books(site: World) -> Iterator[World]:
    with site.app.app_context():
        yield site
        db.session.remove()


@on_both
def test_the_permissions_in_the_database_are_made_exactly_those_of_the_code(books: World) -> None:
    """Stock adds and never takes away; a typing mistake becomes a permission."""
    builder = books.app.appbuilder
    wanted = {(code, name, area) for code, grants in wanted_permissions(builder).items() for name, area in grants}
    assert _granted() == wanted and len(wanted) > 400
    assert synchronise(builder) == (0, 0)
    table, pairs = (
        assoc_permissionview_role,
        {(p.permission_id, p.view_menu_id): p.id for p in db.session.scalars(sa.select(PermissionView))},
    )
    roles_ = {r.name: r.id for r in db.session.scalars(sa.select(Role))}
    area = {v.name: v.id for v in db.session.scalars(sa.select(ViewMenu))}
    verb = {p.name: p.id for p in db.session.scalars(sa.select(Permission))}
    for code, name, entity in (
        ("salesperson", "can_export", "Customer"),
        ("Public", "can_list", "Customer"),
        ("Admin", "approve", "MachineContract"),
    ):
        db.session.execute(
            sa.insert(table).values(role_id=roles_[code], permission_view_id=pairs[verb[name], area[entity]])
        )
    stray = PermissionView(permission_id=verb["approve"], view_menu_id=area["Tag"])
    db.session.add(stray)
    db.session.flush()
    db.session.execute(sa.insert(table).values(role_id=roles_["clerk"], permission_view_id=stray.id))
    db.session.execute(
        sa.delete(table).where(
            table.c.role_id == roles_["gm"], table.c.permission_view_id == pairs[verb["can_export"], area["Customer"]]
        )
    )
    db.session.commit()
    assert _granted() != wanted
    assert synchronise(builder) == (1, 4)
    assert _granted() == wanted and synchronise(builder) == (0, 0)
    assert not {code for code, _, _ in _granted()} & {"Admin", "Public"}


def test_a_verb_that_no_screen_offers_stops_the_provision(books: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _granted()
    for entity, verb in (
        ("Customer", "aprove"),
        ("Custmer", "list"),
        ("Customer", "can_list"),
        ("StateChange", "list"),
    ):
        mistaken = roles.role("Typing mistake", roles.on(roles.ALL, **{entity: verb}))
        monkeypatch.setitem(provision.ROLES, "typing", mistaken)
        with pytest.raises(ValueError, match=verb):
            synchronise(books.app.appbuilder)
        monkeypatch.delitem(provision.ROLES, "typing")
        db.session.rollback()
    assert _granted() == before


def test_a_grant_smuggled_into_the_database_opens_no_row_and_fires_no_verb(lab: Lab) -> None:
    """Two locks: the table of permissions lets the page open, the code decides about rows and verbs."""
    with lab.app.app_context():
        role = db.session.scalar(sa.select(Role.id).where(Role.name == "technician"))
        for pair in db.session.scalars(sa.select(PermissionView.id)).all():
            known = db.session.execute(
                sa.select(assoc_permissionview_role).where(
                    assoc_permissionview_role.c.role_id == role, assoc_permissionview_role.c.permission_view_id == pair
                )
            ).first()
            if known is None:
                db.session.execute(sa.insert(assoc_permissionview_role).values(role_id=role, permission_view_id=pair))
        db.session.commit()
    browser, before = lab.browser("tech1"), sent(lab.app)
    for entity in (m.Receipt, m.MachineContract, m.Contact, m.Receivable, m.AuditLog, m.FundAccount):
        screen = screen_for(lab.app, entity)
        page = browser.get(f"{base(screen)}/list/?size=200")
        assert page.status_code == 200 and row_ids(page, screen) == set(), entity
        assert len(csv_rows(browser.get(f"{base(screen)}/export?format=csv", buffered=True).get_data())) == 1
    assert browser.submit("/tagview/add", {"name": "偷加"}).status_code == 403
    assert browser.post("/receiptview/action/confirm/1").status_code == 404
    assert browser.post(f"/machinecontractview/action/submit/{lab.x.ids['MachineContract'][0]}").status_code == 404
    after = sent(lab.app)
    assert {k for k in before if before[k] != after[k]} == set()


def test_names_of_areas_and_permissions_do_not_depend_on_names_of_classes(lab: Lab) -> None:
    """Renaming a screen must not lose its grants; a permission is meant word by word, not as the start of a pattern."""
    for screen in screens(lab.app):
        assert screen.class_permission_name == screen.entity.__name__
    with lab.app.app_context():
        names = {name for _, name, _ in _granted()}
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


def test_presets_that_depend_on_the_person_are_asked_in_each_request(lab: Lab) -> None:
    """Stock evaluates a filter's value once, at start-up: the first person's answer for everybody."""
    site = lab.site
    with lab.app.app_context(), clock.on(START), acting_as(SYSTEM):
        paper = site.contract(
            site.company("sales1", 61), site.contact("sales1", 61), None, pay_mode=PayMode.INSTALMENT, down_share=D("0.5"), periods=3, annual_rate=D("0.06"),
            first_due_on=dt.date(2025, 4, 30), lines=[{"model": site.row(m.MachineModel, model="HT75"), "unit_price": D(398000)}],
        )  # fmt: skip
        fire(paper, "submit", by=site["sales1"])
        pk = paper.id
        db.session.remove()
    screen = screen_for(lab.app, m.MachineContract)
    for username, waits in (("sales_manager", True), ("finance", False), ("gm", False), ("sales_manager", True)):
        assert (pk in row_ids(lab.browser(username).get("/machinecontractview/list/?tab=todo"), screen)) is waits, (
            username
        )
