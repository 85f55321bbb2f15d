"""A technician's work orders on the phone: every step, what is refused, and that sending twice is once."""

from __future__ import annotations

import io
from typing import Any

import pytest

from app import models as m
from app.enums import UsedPartState, WorkOrderState
from tests import files
from tests.kit import D, World
from tests.phone.garage import Garage, Hand


@pytest.fixture
def garage(site: World) -> Garage:
    return Garage(site)


def state(garage: Garage, number: str) -> WorkOrderState:
    return garage.value(m.WorkOrder, "state", number=number)


def test_an_order_from_the_list_to_the_end(garage: Garage) -> None:
    number = garage.order()
    hand = Hand(garage).open("/phone/work/")
    assert "待接工单 1" in hand.text and "安徽恒达" in hand.text and number in hand.text
    hand.open(f"/phone/work/{number}")
    assert 'href="tel:13900000009"' in hand.page and "长江西路 88 号" in hand.page
    hand.send(to=f"/phone/work/{number}/accept")
    assert state(garage, number) is WorkOrderState.ACCEPTED
    hand.send(to=f"/phone/work/{number}/depart")
    assert state(garage, number) is WorkOrderState.DEPARTED
    hand.open(f"/phone/work/{number}/arrive").send(place="31.86000,117.28000 工地东门")
    assert state(garage, number) is WorkOrderState.IN_SERVICE
    assert garage.value(m.WorkOrder, "place", number=number) == "31.86000,117.28000 工地东门"
    hand.open(f"/phone/work/{number}/suspend").send(reason="等配件")
    assert state(garage, number) is WorkOrderState.SUSPENDED
    hand.send(to=f"/phone/work/{number}/resume")
    hand.open(f"/phone/work/{number}/finish").send(422, solution="")
    assert "请填写" in hand.text and state(garage, number) is WorkOrderState.IN_SERVICE
    hand.send(422, solution="更换滤芯", unsigned_reason="客户不在")
    assert "还没有现场照片" in hand.text
    garage.photograph(number)
    hand.send(solution="更换滤芯", hour_meter="", labour_hours="2", travel_km="80", unsigned_reason="客户不在")
    assert state(garage, number) is WorkOrderState.FINISHED


def test_only_what_is_possible_now_can_be_pressed(garage: Garage) -> None:
    number = garage.order()
    hand = Hand(garage)

    def buttons() -> set[str]:
        page = hand.open(f"/phone/work/{number}").page
        return {
            v
            for v in ("accept", "decline", "depart", "arrive", "consume", "suspend", "resume", "finish")
            if f"/{number}/{v}" in page
        }

    assert buttons() == {"accept", "decline"}
    hand.send(to=f"/phone/work/{number}/accept")
    assert buttons() == {"depart", "arrive"}
    hand.send(to=f"/phone/work/{number}/arrive")
    assert buttons() == {"consume", "suspend", "finish"} and "/phone/parts/want?order=" in hand.page
    hand.send(to=f"/phone/work/{number}/suspend")
    assert buttons() == {"resume"}
    hand.send(422, to=f"/phone/work/{number}/depart")
    assert "请刷新" in hand.text and state(garage, number) is WorkOrderState.SUSPENDED


def test_a_declined_order_is_gone_and_the_same_press_again_is_the_same(garage: Garage) -> None:
    number = garage.order()
    hand = Hand(garage)
    first = hand.background(f"/phone/work/{number}/decline", reason="车坏了", request_key="k1")
    again = hand.background(f"/phone/work/{number}/decline", reason="车坏了", request_key="k1")
    assert first.json == again.json and first.json["url"] == "/phone/work/"
    assert state(garage, number) is WorkOrderState.OPEN
    assert hand.background(f"/phone/work/{number}/decline", reason="车坏了", request_key="k2").status_code == 404
    hand.open(f"/phone/work/{number}", 404)


def test_several_parts_are_used_in_one_send(garage: Garage) -> None:
    number = garage.order("working")
    hand = Hand(garage).open(f"/phone/work/{number}/consume")
    assert "液压滤芯" in hand.text and "机油滤芯" in hand.text and "履带板" not in hand.text
    ids = {v: k.replace("-id", "-quantity") for k, v in hand.fields().items() if k.endswith("-id")}
    hand.send(**{ids[str(garage.filter_id)]: "2", ids[str(garage.oil_id)]: "1"})
    assert (garage.on_hand(garage.filter_id), garage.on_hand(garage.oil_id)) == (D(3), D(1))
    assert garage.count(m.WorkOrderPart) == 2 and "液压滤芯" in hand.text
    line = garage.value(m.WorkOrderPart, "id", part_id=garage.oil_id)
    hand.send(to=f"/phone/work/{number}/put_back", line=str(line))
    assert garage.on_hand(garage.oil_id) == D(2)
    assert garage.value(m.WorkOrderPart, "state", part_id=garage.oil_id) is UsedPartState.REVERSED


def test_every_refused_part_is_named_and_nothing_is_changed(garage: Garage) -> None:
    number = garage.order("working")
    hand = Hand(garage)
    lines = {"lines-0-id": str(garage.filter_id), "lines-0-quantity": "6", "lines-1-id": str(garage.oil_id),
             "lines-1-quantity": "1", "lines-2-id": str(garage.track_id), "lines-2-quantity": "1"}  # fmt: skip
    answer = hand.background(f"/phone/work/{number}/consume", request_key="a", **lines)
    assert answer.status_code == 422
    words = answer.json["fault"]
    assert "液压滤芯" in words and "履带板" in words and "李强移动库" in words and "机油滤芯" not in words
    assert (garage.on_hand(garage.filter_id), garage.on_hand(garage.oil_id)) == (D(5), D(2))
    assert garage.count(m.WorkOrderPart) == 0 and garage.count(m.StockMove, origin_number=number) == 0
    for bad in ("x", "-1", "1e99", "0.0001"):
        answer = hand.background(
            f"/phone/work/{number}/consume", request_key="b", lines__0__id=str(garage.filter_id), lines__0__quantity=bad
        )
        assert answer.status_code == 422 and answer.json["fields"]["lines-0-quantity"], bad
    assert hand.background(f"/phone/work/{number}/consume", request_key="c").status_code == 422


def test_the_same_send_twice_uses_once(garage: Garage) -> None:
    number = garage.order("working")
    hand = Hand(garage)
    lines = {"lines-0-id": str(garage.filter_id), "lines-0-quantity": "2"}
    first = hand.background(f"/phone/work/{number}/consume", request_key="same", **lines)
    again = hand.background(f"/phone/work/{number}/consume", request_key="same", **lines)
    assert first.status_code == again.status_code == 200 and first.json == again.json
    assert garage.on_hand(garage.filter_id) == D(3)


def test_a_colleague_comes_along_and_uses_his_own_van(garage: Garage) -> None:
    with garage.inside():
        order = garage.vans.order(garage.site.row(m.Customer, id=garage.customer_id))
        number = order.number
        garage.vans.assigned(order, "tech1", "tech2")
    li, wang = Hand(garage), Hand(garage, "tech2")
    for hand in (li, wang):
        hand.send(to=f"/phone/work/{number}/accept")
    li.send(to=f"/phone/work/{number}/arrive")
    page = wang.open(f"/phone/work/{number}").page
    assert f"/{number}/consume" in page and f"/{number}/finish" not in page
    answer = wang.background(
        f"/phone/work/{number}/consume", request_key="w", lines__0__id=str(garage.filter_id), lines__0__quantity="1"
    )
    assert answer.status_code == 422 and "王磊移动库" in answer.json["fault"]
    assert wang.background(f"/phone/work/{number}/finish", request_key="f", solution="x").status_code == 404


def test_the_phone_of_a_closed_order_is_masked_after_thirty_days(garage: Garage) -> None:
    number = garage.order("working")
    hand = Hand(garage).open(f"/phone/work/{number}")
    assert "tel:13900000009" in hand.page
    garage.photograph(number)
    done = hand.background(f"/phone/work/{number}/finish", request_key="f", solution="好了", unsigned_reason="客户不在")
    assert done.status_code == 200
    with garage.inside():
        from datetime import timedelta

        from app import clock
        from app.database import db

        order = garage.site.row(m.WorkOrder, number=number)
        order.closed_at = clock.now() - timedelta(days=31)
        db.session.commit()
    hand.open(f"/phone/work/{number}")
    assert "13900000009" not in hand.page and "tel:" not in hand.page


def test_photos_are_kept_once_and_only_photos(garage: Garage) -> None:
    number = garage.order("working")
    hand = Hand(garage)

    def send(key: str, name: str, content: bytes, kind: str = "SITE_PHOTO", who: Hand = hand) -> Any:
        data = {
            "csrf_token": who.browser.token(),
            "request_key": key,
            "kind": kind,
            "photo": (io.BytesIO(content), name),
        }
        return who.browser.client.post(f"/phone/work/{number}/photos", data=data, headers={"X-Requested-With": "fetch"})

    for _twice in range(2):
        assert "现场照片" in send("p1", "a.jpg", files.phone_photo()).json["done"]
    assert garage.count(m.Attachment) == 1
    assert send("p2", "b.jpg", files.picture(colour="red"), "NAMEPLATE").status_code == 200
    page = hand.open(f"/phone/work/{number}").page
    assert page.count("/thumbnail") == 2
    for name, content, words in (("x.pdf", b"%PDF-1.4 no", ""), ("x.jpg", b"nothing", ""), ("x.html", b"<html>", "")):
        answer = send("p3", name, content)
        assert answer.status_code == 422 and answer.json["fault"] and words in answer.json["fault"], name
    assert send("p4", "c.jpg", files.picture(), "ID_CARD").status_code == 422
    assert hand.background(f"/phone/work/{number}/photos", request_key="p5", kind="SITE_PHOTO").status_code == 422
    assert send("p6", "d.jpg", files.picture(), who=Hand(garage, "tech2")).status_code == 404
    assert garage.count(m.Attachment) == 2


def test_notices_of_a_technician_lead_to_his_phone_pages(garage: Garage) -> None:
    number = garage.order()
    paper = garage.sent_from_store(garage.request((garage.filter_id, "1")), garage.filter_id)
    hand = Hand(garage).open("/")
    assert 'href="/phone/work/"' in hand.page and 'href="/phone/parts/"' in hand.page
    with garage.inside():
        mine = {
            note.entity: note.id for note in garage.site.rows(m.Notification, to_id=garage.site["tech1"].employee_id)
        }
    for entity, page in (("WorkOrder", f"/phone/work/{number}"), ("StockTransfer", f"/phone/parts/coming/{paper}")):
        assert hand.browser.post(f"/notificationview/open/{mine[entity]}").headers["Location"] == page
    with garage.inside():
        theirs = garage.site.rows(m.Notification, to_id=garage.site["service_manager"].employee_id)[0].id
    leads = Hand(garage, "service_manager").browser.post(f"/notificationview/open/{theirs}").headers["Location"]
    assert leads.startswith("/workorderview/show/")
