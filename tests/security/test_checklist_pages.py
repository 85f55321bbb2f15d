"""The checklist as a page: files and answers in one form, refused answers beside their field, another technician's order."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

import pytest

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import CheckKind, WorkOrderKind
from app.unit_of_work import create
from tests import files
from tests.kit import START, World
from tests.vans import Vans

ITEMS = [("机油", CheckKind.YES_NO), ("压力", CheckKind.NUMBER), ("发现", CheckKind.TEXT), ("照片", CheckKind.PHOTO)]


@dataclass
class Case:
    site: World
    order: int
    names: dict[str, str]

    def answers(self) -> list[Any]:
        with self.site.app.app_context(), acting_as(SYSTEM):
            found = self.site.rows(m.ChecklistAnswer)
            return [(c.is_yes, c.number, c.words, c.photo_id is not None) for c in found]


@pytest.fixture
def case(site: World) -> Case:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        lines = [
            {"text": text, "kind": kind, "unit_name": "MPa" if kind is CheckKind.NUMBER else None}
            for text, kind in ITEMS
        ]
        create(
            m.ChecklistTemplate,
            {"name": "维修", "kind": WorkOrderKind.REPAIR, "items": lines},
            by=site["service_manager"],
        )
        vans = Vans(site)
        order = vans.at_work(vans.order(site.company()))
        names = {check.text: f"answers-c{check.id}" for check in vans.fresh(order).checks}
        found = Case(site, order.id, names)
        db.session.remove()
    return found


def test_the_list_is_filled_in_and_shown(case: Case) -> None:
    browser, path, n = case.site.browser("tech1"), f"/workorderview/ask/fill_checklist/{case.order}", case.names
    page = browser.get(path).get_data(as_text=True)
    assert 'enctype="multipart/form-data"' in page and "压力（MPa）" in page and 'type="file"' in page
    photo = (io.BytesIO(files.picture("PNG")), "仪表.png")
    refused = browser.submit(path, {n["机油"]: "1", n["压力"]: "三十", n["照片"]: (io.BytesIO(files.pdf()), "a.pdf")})
    words = refused.get_data(as_text=True)
    assert (
        refused.status_code == 422
        and "“三十”不是数字" in words
        and "请选择照片" in words
        and case.answers()[0][0] is None
    )
    assert 'value="三十"' in words
    assert browser.submit(path, {n["机油"]: "0", n["压力"]: "34.3", n["照片"]: photo}).status_code == 302
    assert case.answers()[0][0] is False and case.answers()[3][3]
    shown = browser.get(f"/workorderview/show/{case.order}").get_data(as_text=True)
    assert "3/4" in shown and "34.3 MPa" in shown and "/thumbnail" in shown and "未填" in shown
    again = browser.get(path).get_data(as_text=True)
    assert 'class="there"' in again and 'value="0" checked' in again
    assert browser.submit(path, {n["机油"]: "", n["发现"]: "漏油"}).status_code == 302
    assert case.answers()[0][0] is None and case.answers()[2][2] == "漏油" and case.answers()[3][3]


def test_another_technician_and_nobody_find_no_list(case: Case) -> None:
    path = f"/workorderview/ask/fill_checklist/{case.order}"
    assert case.site.browser("tech2").get(path).status_code == 404
    assert case.site.browser("tech2").post(path, {case.names["机油"]: "1"}).status_code == 404
    assert case.site.browser("service_manager").get(path).status_code == 403
    assert case.site.browser().get(path).status_code == 302
    shown = case.site.browser("service_manager").get(f"/workorderview/show/{case.order}").get_data(as_text=True)
    assert "机油" in shown and "fill_checklist" not in shown


@pytest.mark.parametrize(
    "drawn",
    [
        "x", "data:image/png;base64,!!!", "data:text/html;base64,PHNjcmlwdD4=", "data:image/png;base64,",
        "data:image/png;base64," + base64.b64encode(files.picture("JPEG")).decode(),
        "data:image/png;base64," + base64.b64encode(files.picture("PNG", colour="white")).decode(),
        "data:image/png;base64," + "A" * 600_001,
    ],
)  # fmt: skip
def test_what_is_no_signature_is_refused_beside_the_field(case: Case, drawn: str) -> None:
    browser = case.site.browser("tech1")
    answer = browser.submit(f"/workorderview/ask/finish/{case.order}", {"solution": "修好", "signature": drawn})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "签名无效，请重新签名" in page and 'id="signature-error"' in page


def test_a_good_signature_comes_back_with_a_form_that_is_refused(case: Case) -> None:
    drawn = "data:image/png;base64," + base64.b64encode(files.signature()).decode()
    answer = case.site.browser("tech1").submit(
        f"/workorderview/ask/finish/{case.order}", {"solution": "修好", "signature": drawn}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and drawn in page and "检查表还有 4 项必填未完成：机油、压力、发现、照片" in page
    assert "signature.js" in page and "<canvas" in page
