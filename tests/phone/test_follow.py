"""跟进 on the phone: who is due, one record with a photo, once however often the button is pressed, own people only."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from app import clock
from app import models as m
from app.database import db
from app.demo import pictures
from tests.kit import START, World


def send(browser: Any, path: str, fields: dict[str, Any], photos: int = 0) -> Any:
    data: dict[str, Any] = {k: v for k, v in (browser.form(path) | fields).items() if v is not None}
    data["photo"] = [(io.BytesIO(pictures.site(n)), f"现场{n}.jpg") for n in range(photos)]
    return browser.client.post(path, data=data, content_type="multipart/form-data")


def test_a_salesperson_writes_down_a_talk_with_two_photos_once(site: World) -> None:
    with clock.on(START):
        with site.app.app_context():
            site.company(next_follow_on=START)
            site.contact(name="王建国", next_follow_on=date(2025, 3, 1))
            site.contact("sales2", 2, name="别人的", next_follow_on=START)
            db.session.remove()
        browser = site.browser("sales1")
        page = browser.get("/phone/follow/").get_data(as_text=True)
        assert "王建国" in page and "测试土石方1有限公司" in page and "别人的" not in page
        assert page.index("王建国") < page.index("测试土石方1有限公司")  # the oldest first
        fields = {"way": "PHONE", "content": "下周来看 HT215", "next_on": "2025-03-12", "location": "合肥南站"}
        fields["request_key"] = "k1"
        for _ in range(2):
            assert send(browser, "/phone/follow/contact/1", fields, photos=2).status_code == 302
        with site.app.app_context():
            made = site.row(m.FollowUp)
            assert (made.content, made.location, made.next_on) == ("下周来看 HT215", "合肥南站", date(2025, 3, 12))
            assert site.row(m.Contact, name="王建国").next_follow_on == date(2025, 3, 12)
            assert len(site.rows(m.Attachment, document="FollowUp", document_id=made.id)) == 2
            db.session.remove()
        browser.get("/phone/follow/")  # says that it was saved
        assert "王建国" not in browser.get("/phone/follow/").get_data(as_text=True)
        assert "王建国" in browser.get("/phone/follow/?q=wjg").get_data(as_text=True)
        assert "下周来看" in browser.get("/phone/follow/contact/1").get_data(as_text=True)


def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(site: World) -> None:
    with clock.on(START):
        with site.app.app_context():
            site.company()
            db.session.remove()
        browser = site.browser("sales1")
        answer = send(browser, "/phone/follow/customer/1", {"content": "谈价格", "next_on": "2025-03-01"})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422 and "下次跟进日期已过" in page and "谈价格" in page
        assert "请填写" in send(browser, "/phone/follow/customer/1", {"content": " "}).get_data(as_text=True)
        bad = {"content": "x", "csrf_token": browser.token(), "photo": (io.BytesIO(b"no photo"), "a.jpg")}
        odd = browser.client.post("/phone/follow/customer/1", data=bad, content_type="multipart/form-data")
        assert odd.status_code == 422
        with site.app.app_context():
            assert site.rows(m.FollowUp) == []
            db.session.remove()


def test_other_peoples_customers_are_not_there(site: World) -> None:
    with site.app.app_context():
        site.company("sales2")
        db.session.remove()
    browser = site.browser("sales1")
    for path in ("/phone/follow/customer/1", "/phone/follow/customer/999999", "/phone/follow/part/1"):
        assert browser.get(path).status_code == 404, path
    assert site.browser("keeper").get("/phone/follow/").status_code == 403
