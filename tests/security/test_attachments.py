"""Every route of attachments, for everybody: own document, another salesperson's, another technician's, nobody."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import AttachmentKind as K
from app.unit_of_work import together
from app.workflows.system import attachment
from tests import files
from tests.kit import START, World, _Form
from tests.vans import Vans

ROUTES = ("", "/thumbnail", "/picture")


@dataclass
class Case:
    """sales1 with a customer, tech1 with an order; a file on each. Ids, so that they survive sessions."""

    site: World
    customer: int
    order: int
    card: int
    door: int
    photo: int

    def path(self, entity: str = "Customer", pk: int | None = None, number: int | None = None, rest: str = "") -> str:
        pk = pk or (self.customer if entity == "Customer" else self.order)
        return f"/attachments/{entity}/{pk}" + (f"/{number}{rest}" if number else "")

    def count(self) -> int:
        with self.site.app.app_context(), acting_as(SYSTEM):
            return len(self.site.rows(m.Attachment, removed_at=None))


@pytest.fixture
def case(site: World) -> Case:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        customer = site.person("sales1", 1)
        vans = Vans(site)
        order = vans.at_work(vans.order(site.company("sales2", 2)), "tech1")
        put = [
            together(lambda t=t: attachment.attach(*t), by=site[who], entity=m.Attachment).id
            for who, t in (
                ("sales1", (customer, K.ID_CARD, "身份证.jpg", files.phone_photo())),
                ("sales1", (customer, K.OTHER, "门头 A&B.jpg", files.picture())),
                ("tech1", (order, K.SITE_PHOTO, "现场.png", files.picture("PNG"))),
            )
        ]
        found = Case(site, customer.id, order.id, *put)
        db.session.remove()
    return found


def send(browser: Any, path: str, *content: tuple[bytes, str], kind: str = "OTHER", **more: str) -> Any:
    """Post a form of files; written out by hand, for a client of tests leaves large bodies open."""
    fields = {"csrf_token": token(browser), "kind": kind, "request_key": "a1", **more}
    parts = [f'Content-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    for bytes_, name in content:
        parts.append(
            f'Content-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode() + bytes_ + b"\r\n"
        )
    body = b"".join(b"--cut\r\n" + part for part in parts) + b"--cut--\r\n"
    return browser.client.post(path, data=body, content_type="multipart/form-data; boundary=cut")


def token(browser: Any) -> str:
    """The token of this browser, logged in or not."""
    page = _Form()
    page.feed(browser.get("/login/", follow_redirects=True).get_data(as_text=True))
    return page.token


def words(browser: Any, answer: Any) -> str:
    """What the page after a redirect says."""
    assert answer.status_code == 302, answer.status_code
    return str(browser.get(answer.location).get_data(as_text=True))


def test_a_download_keeps_the_chinese_name_and_is_never_shown_by_the_browser(case: Case) -> None:
    browser = case.site.browser("sales1")
    answer = browser.get(case.path(number=case.card))
    assert answer.status_code == 200 and answer.get_data() == files.phone_photo()
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment;") and unquote(disposition).endswith("UTF-8''身份证.jpg")
    assert answer.mimetype == "image/jpeg" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    other = browser.get(case.path(number=case.door)).headers["Content-Disposition"]
    assert unquote(other).endswith("''门头 A&B.jpg")
    for route in ("/thumbnail", "/picture"):
        shown = browser.get(case.path(number=case.card, rest=route))
        assert shown.mimetype == "image/jpeg" and not Image.open(io.BytesIO(shown.get_data())).getexif()


def test_who_may_not_see_the_document_finds_nothing(case: Case) -> None:
    """404 for a colleague's document, 403 where the role has no such page at all, the login for nobody."""
    expected = {
        "sales1": 200, "clerk": 200, "gm": 200, "finance": 200, "credit": 200,
        "sales2": 404, "visits": 404, "sysadmin": 404, "service_manager": 404, "tech1": 404, "tech2": 404,
        "keeper": 403, "buyer": 403,
    }  # fmt: skip
    for who, code in expected.items():
        browser = case.site.browser(who)
        for route in ROUTES:
            assert browser.get(case.path(number=case.card, rest=route)).status_code == code, (who, route)
    for route in ROUTES:
        answer = case.site.browser().get(case.path(number=case.card, rest=route))
        assert answer.status_code == 302 and answer.location.startswith("/login/")


def test_a_technician_reaches_those_of_his_own_orders_only(case: Case) -> None:
    for who, code in (("tech1", 200), ("tech2", 404), ("service_manager", 200), ("sales2", 200), ("sales1", 404)):
        browser = case.site.browser(who)
        assert browser.get(case.path("WorkOrder", number=case.photo)).status_code == code, who
        shown = browser.get(f"/workorderview/show/{case.order}")
        assert ("现场.png" in shown.get_data(as_text=True)) == (code == 200)


def test_a_number_of_another_document_is_no_key(case: Case) -> None:
    browser = case.site.browser("clerk")
    for path in (
        case.path("WorkOrder", number=case.card), case.path("Customer", number=case.photo),
        case.path("Customer", pk=99, number=case.card), case.path(number=99999), "/attachments/Part/1/1",
        "/attachments/Attachment/1/1", "/attachments/Nothing/1/1", "/attachments/Customer/4294967299/1",
    ):  # fmt: skip
        assert browser.get(path).status_code == 404, path


def test_uploads_are_refused_to_who_may_not_and_to_who_may_not_there(case: Case) -> None:
    before = case.count()
    for who, entity, code in (
        ("sales2", "Customer", 404), ("gm", "Customer", 403), ("keeper", "Customer", 403), ("tech1", "Customer", 404),
        ("visits", "Customer", 403), ("tech2", "WorkOrder", 404), ("sales2", "WorkOrder", 403), ("finance", "WorkOrder", 403),
    ):  # fmt: skip
        answer = send(case.site.browser(who), case.path(entity), (files.pdf(), "a.pdf"))
        assert answer.status_code == code, (who, entity)
    assert send(case.site.browser(), case.path(), (files.pdf(), "a.pdf")).status_code == 401
    no_token = case.site.browser("sales1").client.post(
        case.path(), data={"kind": "OTHER", "files": (io.BytesIO(files.pdf()), "a.pdf")}
    )
    assert no_token.status_code == 400 and case.count() == before


def test_several_files_at_once_good_ones_are_kept_and_each_bad_one_is_told(case: Case) -> None:
    browser, before = case.site.browser("sales1"), case.count()
    answer = send(
        browser, case.path(), (files.pdf(), "合同-销售.pdf"), (b"MZ\x90\x00" * 20, "病毒.pdf"),
        (files.picture("PNG"), "照片.png"), (b"", "空.jpg"),
    )  # fmt: skip
    assert answer.location.endswith(f"/customerview/show/{case.customer}#attachments")
    page = words(browser, answer)
    assert (
        "“病毒.pdf”不是 PDF、图片（JPG、PNG、WebP）、Excel（.xlsx）或 Word（.docx）文件" in page
        and "“空.jpg”是空文件" in page
    )
    assert "已上传其他附件：合同-销售.pdf、照片.png" in page and case.count() == before + 2
    assert page.count('class="look"') == 4


def test_the_same_form_sent_twice_keeps_its_files_once(case: Case) -> None:
    browser, before = case.site.browser("sales1"), case.count()
    for colour in ("red", "green"):  # a browser that sends again sends the same; even another file is not taken
        send(browser, case.path(), (files.picture("PNG", colour=colour), "一.png"))
    assert case.count() == before + 1
    send(browser, case.path(), (files.picture("PNG", colour="green"), "一.png"), request_key="a2")
    assert case.count() == before + 2


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        ("", [(files.pdf(), "a.pdf")], "请选择附件类别"),
        ("NO_SUCH", [(files.pdf(), "a.pdf")], "请选择附件类别"),
        ("HANDOVER", [(files.pdf(), "a.pdf")], "“交机单”不是这类单据的附件"),
        ("OTHER", [], "请至少选择一个文件"),
        ("OTHER", [(files.pdf(), f"{n}.pdf") for n in range(21)], "一次最多上传 20 个文件"),
    ],
)  # fmt: skip
def test_a_form_that_makes_no_sense_is_answered_in_chinese(case: Case, kind: str, content: Any, says: str) -> None:
    browser, before = case.site.browser("sales1"), case.count()
    assert says in words(browser, send(browser, case.path(), *content, kind=kind))
    assert case.count() == before


def test_kinds_that_show_what_he_may_not_know_are_not_offered_and_not_taken(case: Case) -> None:
    credit, technician = case.site.browser("credit"), case.site.browser("tech1")
    assert 'value="ID_CARD"' in credit.get(f"/customerview/show/{case.customer}").get_data(as_text=True)
    page = technician.get(f"/workorderview/show/{case.order}").get_data(as_text=True)
    assert 'value="SITE_PHOTO"' in page and 'value="ID_CARD"' not in page
    assert "不是这类单据的附件" in words(
        technician, send(technician, case.path("WorkOrder"), (files.pdf(), "a.pdf"), kind="ID_CARD")
    )
    page = case.site.browser("visits").get(f"/customerview/show/{case.customer}").get_data(as_text=True)
    assert "门头" not in page and "身份证.jpg" not in page and "data-upload" not in page
    page = case.site.browser("sysadmin").get(f"/customerview/show/{case.customer}").get_data(as_text=True)
    assert "门头" in page and "身份证.jpg" not in page and "data-upload" not in page


def test_only_who_put_it_takes_it_away_through_the_page(case: Case) -> None:
    path = case.path(number=case.door, rest="/remove")
    for who, code in (("sales2", 404), ("tech1", 404), ("keeper", 403), ("gm", 403), ("clerk", 403)):
        assert case.site.browser(who).post(path).status_code == code, who
    nobody = case.site.browser()
    assert nobody.client.post(path, data={"csrf_token": token(nobody)}).status_code == 401
    browser = case.site.browser("sales1")
    page = browser.get(f"/customerview/show/{case.customer}").get_data(as_text=True)
    assert path in page and path not in case.site.browser("clerk").get(f"/customerview/show/{case.customer}").get_data(
        as_text=True
    )
    assert "已移除门头 A&amp;B.jpg" in words(browser, browser.post(path))
    assert browser.post(path).status_code == 404
    for route in ROUTES:
        assert browser.get(case.path(number=case.door, rest=route)).status_code == 404


def test_large_uploads_pass_where_forms_may_not_be_large_and_have_an_end_too(case: Case) -> None:
    browser, before = case.site.browser("sales1"), case.count()
    full = files.pdf().ljust(19 * 1024 * 1024, b"\n")
    page = words(browser, send(browser, case.path(), (full, "大一.pdf"), (full + b"\n", "大二.pdf")))
    assert "大一.pdf、大二.pdf" in page and case.count() == before + 2
    over = words(
        browser, send(browser, case.path(), (full + b"\n" * 1024 * 1025, "过.pdf"), (b"", "空"), request_key="b")
    )
    assert "“过.pdf”超过 20 兆" in over
    answer = send(browser, case.path(), (full, "一.pdf"), (full, "二.pdf"), (full, "三.pdf"), request_key="c")
    assert answer.status_code == 413 and "48 兆" in answer.get_data(as_text=True)


def test_a_page_without_script_has_everything_a_browser_needs(case: Case) -> None:
    page = case.site.browser("sales1").get(f"/customerview/show/{case.customer}").get_data(as_text=True)
    form = re.search(r'<form class="upload".*?</form>', page, re.DOTALL)
    assert form and 'enctype="multipart/form-data"' in form[0] and 'name="csrf_token"' in form[0]
    assert form[0].count('type="file"') == 2 and 'capture="environment"' in form[0] and "multiple" in form[0]
    assert ".pdf" in form[0] and ".docx" in form[0] and "<script" not in form[0] and " style=" not in page


def test_an_upload_returns_to_the_page_it_came_from_but_never_to_another_server(case: Case) -> None:
    browser = case.site.browser("tech1")
    path = case.path("WorkOrder")
    assert send(browser, path, (files.pdf(), "a.pdf"), back="/me").location == "/me"
    assert send(browser, path, (files.pdf(), "b.pdf"), back="//evil.example/x").location == "/"
