"""The technician's phone in a real browser: the whole way of an order, without a network, pressed twice, with a thumb."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app import models as m
from app.database import db
from app.enums import AttachmentKind, RequestState, WorkOrderState
from tests import files
from tests.browser.conftest import PHONE
from tests.kit import D, World
from tests.phone.garage import Garage

pytestmark = pytest.mark.browser

SMALL = """[...document.querySelectorAll('main button, main a, main input:not([type=hidden]):not([type=file]), main select, .tabs-bottom a')]
  .filter((e) => e.offsetParent && !(['checkbox', 'radio'].includes(e.type) && e.closest('label')) && !e.closest('dd'))
  .filter((e) => { const b = e.getBoundingClientRect(); return b.height < 43.5 || b.width < 43.5; }).map((e) => e.outerHTML)"""


@pytest.fixture
def garage(site: World) -> Garage:
    return Garage(site)


def thumbs(li: Any) -> None:
    """Everything that is pressed is as large as a thumb, and nothing scrolls sideways."""
    li.check()
    assert li.page.evaluate(SMALL) == []


def go_on(li: Any, selector: str) -> None:
    with li.page.expect_navigation():
        li.page.click(selector)
    li.page.wait_for_load_state()
    thumbs(li)


def keys(garage: Garage) -> int:
    with garage.inside():
        return db.session.scalar(sa.select(sa.func.count()).select_from(m.RequestKey.__table__)) or 0


def test_an_order_on_the_phone_from_accepting_to_finishing(garage: Garage, desk: Any) -> None:
    number = garage.order()
    li = desk("tech1", PHONE)
    labels = [t.strip() for t in li.page.locator(".tabs-bottom a").all_inner_texts()]
    assert labels == ["工单", "我的部件", "扫码", "我的"]
    go_on(li, ".tabs-bottom a[href='/phone/work/']")
    go_on(li, f"a[href='/phone/work/{number}']")
    assert li.page.get_attribute("a.call", "href") == "tel:13900000009"
    go_on(li, "form[action$='/accept'] button")
    expect(li.page.locator(".flash.success")).to_contain_text("接单")
    li.page.context.grant_permissions(["geolocation"])
    li.page.context.set_geolocation({"latitude": 31.86001, "longitude": 117.28002})
    go_on(li, "a[href$='/arrive']")
    expect(li.page.locator("#place")).to_have_value("31.86001,117.28002")
    li.page.fill("#place", "31.86001,117.28002 工地东门")
    go_on(li, ".go-bar button.primary")
    assert garage.value(m.WorkOrder, "place", number=number) == "31.86001,117.28002 工地东门"
    # three lines: found by name, by pinyin, scanned
    go_on(li, ".steps-bar a[href*='want']")
    li.page.fill("#scan", "LX-1001")
    li.page.press("#scan", "Enter")
    expect(li.page.locator("#rows .row")).to_have_count(1)
    li.page.click("#rows .row [data-more-of]")
    li.page.fill("#scan", "滤芯")
    li.page.press("#scan", "Enter")
    li.page.click("#found button:has-text('机油滤芯')")
    li.page.fill("#scan", "TM:P:DP-3001")
    li.page.press("#scan", "Enter")
    expect(li.page.locator("#rows .row")).to_have_count(3)
    expect(li.page.locator("[data-sum]")).to_have_text("3 行 4 件")
    thumbs(li)
    li.page.reload()  # the phone fell asleep: what was typed is back
    expect(li.page.locator("#rows .row")).to_have_count(3)
    expect(li.page.locator("[data-sum]")).to_have_text("3 行 4 件")
    expect(li.page.locator("#rows .row b").last).to_have_text("履带板")
    go_on(li, ".go-bar button.primary")
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.SUSPENDED
    asked = garage.value(m.PartRequest, "number")
    # the desk: two from the store, one straight from the supplier
    first, second = garage.sent_from_store(asked, garage.filter_id), garage.sent_from_store(asked, garage.oil_id)
    bought = garage.sent_by_supplier(asked, garage.track_id)
    for paper in (first, second, bought):
        li.go("/phone/parts/coming")
        thumbs(li)
        go_on(li, f"a[href$='{paper}']")
        go_on(li, ".go-bar button.primary")
    assert garage.value(m.PartRequest, "state") is RequestState.DONE
    assert (garage.on_hand(garage.filter_id), garage.on_hand(garage.oil_id), garage.on_hand(garage.track_id)) == (
        D(7),
        D(3),
        D(1),
    )
    li.go(f"/phone/work/{number}")
    go_on(li, "a[href$='/consume']")
    for text in ("LX-1001", "TM:P:LX-1001", "DP3001"):
        li.page.fill("#scan", text)
        li.page.press("#scan", "Enter")
    expect(li.page.locator("[data-sum]")).to_have_text("2 行 3 件")
    go_on(li, ".go-bar button.primary")
    assert (garage.on_hand(garage.filter_id), garage.on_hand(garage.track_id)) == (D(5), D(0))
    go_on(li, "a[href$='/photos']")
    li.offline()
    photo = {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": files.phone_photo((3000, 2000))}
    li.page.set_input_files("input[data-kind=SITE_PHOTO] >> nth=0", photo)
    expect(li.page.locator("#pictures")).to_contain_text("待发送")
    with li.page.expect_navigation():
        li.online()
    expect(li.page.locator("#pictures img")).to_have_count(1)
    thumbs(li)
    kept = garage.newest(m.Attachment)
    assert kept["kind"] is AttachmentKind.SITE_PHOTO and garage.count(m.Attachment) == 1 and kept["size"] < 900_000
    li.go(f"/phone/work/{number}")
    expect(li.page.locator(".pictures img")).to_have_count(1)
    go_on(li, "a[href$='/finish']")
    li.page.fill("#solution", "更换液压滤芯和履带板")
    li.page.fill("#labour_hours", "2.5")
    li.page.fill("#unsigned_reason", "客户不在")
    garage.photograph(number)
    go_on(li, ".go-bar button.primary")
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.FINISHED
    assert garage.count(m.WorkOrderPart) == 2


def test_checklist_signature_and_finishing_without_a_network(garage: Garage, desk: Any) -> None:
    garage.checklist()
    number = garage.order("working")
    li = desk("tech1", PHONE).go(f"/phone/work/{number}/finish")
    assert "检查表还有 3 项" in li.text and "还没有现场照片" in li.text
    go_on(li, ".pair a[href$='/fill_checklist']")
    li.page.click("text=试机正常 >> xpath=.. >> label:has-text('是')")
    li.page.fill("input.num", "18.5")
    photo = {"name": "仪表.jpg", "mimeType": "image/jpeg", "buffer": files.phone_photo((3000, 2000))}
    li.page.set_input_files("input[type=file]", photo)
    go_on(li, ".go-bar button.primary")
    assert "3 / 3" in li.text and garage.count(m.Attachment, kind=AttachmentKind.CHECK_PHOTO) == 1
    garage.photograph(number)
    li.go(f"/phone/work/{number}/finish")
    assert "检查表还有" not in li.text
    thumbs(li)
    li.page.fill("#solution", "调整油门，试机正常")
    li.page.locator("canvas").scroll_into_view_if_needed()
    box = li.page.locator("canvas").bounding_box()
    li.page.mouse.move(box["x"] + 30, box["y"] + 40)
    li.page.mouse.down()
    for step in range(1, 9):
        li.page.mouse.move(box["x"] + 30 + step * 25, box["y"] + 40 + step % 2 * 40)
    li.page.mouse.up()
    drawn = li.page.input_value("[name=signature]")
    assert drawn.startswith("data:image/png")
    li.page.reload()  # a call came in between
    assert li.page.input_value("[name=signature]") == drawn and li.page.input_value("#solution") == "调整油门，试机正常"
    li.offline()
    li.page.click(".go-bar button.primary")
    expect(li.page.locator("#outbox")).to_contain_text("已保存在手机上")
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.IN_SERVICE
    with li.page.expect_navigation():
        li.online()
    expect(li.page.locator(".flash.success")).to_contain_text("完工")
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.FINISHED
    assert garage.count(m.Attachment, kind=AttachmentKind.SIGNATURE) == 1


def test_what_is_sent_without_a_network_is_sent_once_when_it_is_back(garage: Garage, desk: Any) -> None:
    number = garage.order("working")
    li = desk("tech1", PHONE).go(f"/phone/parts/want?order={number}")
    before = keys(garage)
    li.offline()
    li.page.fill("#scan", "LX-1001")  # nothing answers: the number is taken as it was typed
    li.page.press("#scan", "Enter")
    expect(li.page.locator("#rows .row")).to_have_count(1)
    li.page.click(".go-bar button.primary")
    expect(li.page.locator("#outbox")).to_contain_text("已保存在手机上，等网络恢复自动发送")
    assert garage.count(m.PartRequest) == 0
    with li.page.expect_navigation():
        li.online()
    expect(li.page.locator(".flash.success")).to_contain_text("已提交")
    assert garage.count(m.PartRequest) == 1 and garage.count(m.RequestLine) == 1 and keys(garage) == before + 1
    li.go("/phone/parts/requests")
    expect(li.page.locator("#outbox")).to_be_hidden()
    assert garage.count(m.PartRequest) == 1


def test_what_is_kept_is_sent_when_a_page_is_opened_again_and_a_refusal_is_told(garage: Garage, desk: Any) -> None:
    number = garage.order("working")
    li = desk("tech1", PHONE).go(f"/phone/work/{number}/consume")
    row = li.page.locator("#rows .row", has_text="LX-1001")
    row.locator("input.num").fill("4")
    li.offline()
    li.page.click(".go-bar button.primary")
    expect(li.page.locator("#outbox")).to_contain_text("已保存在手机上")
    with garage.inside():  # meanwhile somebody else's paper took three of the five
        from app.unit_of_work import fire

        order = garage.site.row(m.WorkOrder, number=number)
        fire(order, "consume", by=garage.site["tech1"], part=garage.part(garage.filter_id), quantity=D(3))
    li.page.goto("about:blank")
    li.online()
    li.go("/phone/work/")
    refused = li.page.locator("#outbox .say.bad")
    expect(refused).to_contain_text("被退回")
    expect(refused).to_contain_text("液压滤芯")
    assert garage.on_hand(garage.filter_id) == D(2) and garage.count(m.WorkOrderPart) == 1
    with li.page.expect_navigation():
        refused.locator("button").first.click()
    expect(li.page.locator("#rows .row", has_text="LX-1001").locator("input.num")).to_have_value("4")
    li.page.locator("#rows .row", has_text="LX-1001").locator("input.num").fill("2")
    go_on(li, ".go-bar button.primary")
    assert garage.on_hand(garage.filter_id) == D(0)


def test_a_lost_answer_and_a_second_send_are_one_request(garage: Garage, desk: Any) -> None:
    """The server did it, the answer never came: the phone keeps it, sends it again, the books know it once."""
    number = garage.order("working")
    li = desk("tech1", PHONE).go(f"/phone/work/{number}/consume")
    li.page.locator("#rows .row", has_text="LX-1001").locator("input.num").fill("2")

    def swallow(route: Any) -> None:
        route.fetch()
        route.abort()

    li.page.route("**/consume", swallow, times=1)
    li.page.click(".go-bar button.primary")
    expect(li.page.locator("#outbox")).to_contain_text("已保存在手机上")
    assert garage.on_hand(garage.filter_id) == D(3)
    li.faults.clear()
    with li.page.expect_navigation():
        li.page.click("#outbox button")
    expect(li.page.locator(".flash.success")).to_contain_text("已消耗")
    assert garage.on_hand(garage.filter_id) == D(3) and garage.count(m.WorkOrderPart) == 1


def test_two_fast_taps_are_one(garage: Garage, desk: Any) -> None:
    number = garage.order()
    li = desk("tech1", PHONE).go(f"/phone/work/{number}")
    with li.page.expect_navigation():
        li.page.dblclick("form[action$='/accept'] button")
    expect(li.page.locator(".flash.success")).to_contain_text("接单")
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.ACCEPTED
    assert garage.count(m.StateChange, document="WorkOrder", verb="accept") == 1


def test_drafts_and_what_waits_go_with_the_logout(garage: Garage, desk: Any) -> None:
    number = garage.order("working")
    li = desk("tech1", PHONE).go(f"/phone/work/{number}/finish")
    li.page.fill("#solution", "写了一半")
    li.go(f"/phone/work/{number}/finish")
    expect(li.page.locator("#solution")).to_have_value("写了一半")
    li.page.route("**/finish", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    li.page.click(".go-bar button.primary")
    expect(li.page.locator("#outbox")).to_contain_text("已保存在手机上")
    li.faults.clear()
    asked: list[str] = []
    li.page.on("dialog", lambda d: (asked.append(d.message), d.accept()))
    li.page.goto(li.address + "/me")
    with li.page.expect_navigation(url="**/login/"):
        li.page.click("main form button")
    assert asked and "没发出去" in asked[0]
    kept = li.page.evaluate("""async () => { const base = await new Promise((y) => { const a = indexedDB.open('tiema', 1); a.onsuccess = () => y(a.result); });
        const items = base.objectStoreNames.length ? await new Promise((y) => { const a = base.transaction('outbox').objectStore('outbox').getAll(); a.onsuccess = () => y(a.result); }) : [];
        return [items.length, Object.keys(localStorage).filter((k) => k.startsWith('tiema:')).length]; }""")
    assert kept == [0, 0]
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.IN_SERVICE


def test_what_one_person_keeps_is_never_sent_by_the_next(garage: Garage, desk: Any) -> None:
    number = garage.order("working")
    li = desk("tech1", PHONE).go(f"/phone/work/{number}/suspend")
    li.page.fill("#reason", "等件")
    li.offline()
    li.page.click(".go-bar button.primary")
    expect(li.page.locator("#outbox")).to_contain_text("已保存在手机上")
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.IN_SERVICE
    li.page.goto("about:blank")
    li.page.context.clear_cookies()  # his session ended without a logout
    li.online()
    li.log_in("tech2")
    li.go("/phone/work/")
    expect(li.page.locator("#outbox")).to_be_hidden()
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.IN_SERVICE
    li.page.context.clear_cookies()
    li.log_in("tech1")
    li.page.goto(li.address + "/phone/work/")
    expect(li.page.locator("#outbox")).to_contain_text("已发送")
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.SUSPENDED


def test_a_colleague_opens_nothing_of_it(garage: Garage, desk: Any) -> None:
    number = garage.order("working")
    asked = garage.request((garage.filter_id, "3"), order=number)
    paper = garage.sent_from_store(asked, garage.filter_id)
    wang = desk("tech2", PHONE)
    paths = [f"/phone/work/{number}", *(f"/phone/work/{number}/{verb}" for verb in ("consume", "finish", "arrive", "decline")),
             f"/phone/parts/requests/{asked}", f"/phone/parts/coming/{paper}", f"/phone/parts/want?order={number}"]  # fmt: skip
    for path in paths:
        answer = wang.page.goto(wang.address + path)
        assert answer is not None and answer.status == 404, path
        assert "恒达" not in wang.text


def test_every_page_fits_the_thumb_and_the_width(garage: Garage, desk: Any) -> None:
    number = garage.order(
        "working", is_down=True, fault="大臂动作缓慢并且异响，热机以后更加明显，驾驶员反映三天前更换过液压油" * 3
    )
    asked = garage.request((garage.filter_id, "3"), (garage.track_id, "2"), order=number)
    paper, bought = garage.sent_from_store(asked, garage.filter_id), garage.sent_by_supplier(asked, garage.track_id)
    li = desk("tech1", PHONE)
    for path in ("/phone/work/", f"/phone/work/{number}", f"/phone/work/{number}/consume", f"/phone/work/{number}/finish", f"/phone/work/{number}/arrive",
                 f"/phone/work/{number}/decline", f"/phone/work/{number}/photos", "/phone/parts/", "/phone/parts/requests", f"/phone/parts/requests/{asked}", "/phone/parts/coming",
                 f"/phone/parts/coming/{paper}", f"/phone/parts/coming/{bought}", "/phone/parts/used", "/phone/parts/want", "/phone/parts/give"):  # fmt: skip
        li.go(path)
        thumbs(li)


def test_a_page_opened_without_a_network_says_so_and_keeps_nothing_of_anybody(garage: Garage, desk: Any) -> None:
    number = garage.order("working")
    li = desk("tech1", PHONE).go(f"/phone/work/{number}")
    li.page.evaluate("""navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller
        || new Promise((yes) => navigator.serviceWorker.addEventListener('controllerchange', yes))).then(() => true)""")
    li.offline()
    li.page.goto(li.address + "/phone/parts/")
    assert "没有网络" in li.text
    kept = li.page.evaluate("""async () => { const found = []; for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname + ' ' + await (await caches.match(request)).text()); return found; }""")
    assert sorted(text.split(" ")[0] for text in kept) == [
        "/phone/offline",
        "/static/seen.js",
        "/static/store.css",
        "/static/tiema.css",
        "/static/work.css",
    ]
    assert not [text for text in kept if number in text or "李强" in text or "恒达" in text]
    li.online()
    expect(li.page.locator(".four")).to_be_visible(timeout=15_000)  # the page itself sees that the network is back


WORKER = """navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller
    || new Promise((yes) => navigator.serviceWorker.addEventListener('controllerchange', yes))).then(() => true)"""
SEEN = "Object.keys(localStorage).filter((k) => k.includes(':seen:')).length"


def test_an_order_that_was_seen_can_be_read_without_a_network(garage: Garage, desk: Any) -> None:
    """没有网络 was all there was: now the order and the van as last seen, with the time, nothing to press, no price."""
    number = garage.order("working", fault="大臂异响")
    li = desk("tech1", PHONE).go(f"/phone/work/{number}")
    li.page.evaluate(WORKER)
    li.go("/phone/parts/").go("/phone/work/")
    li.offline()
    li.page.goto(f"{li.address}/phone/work/{number}")
    assert "没有网络" in li.text and "大臂异响" in li.text and "恒达" in li.text
    assert re.search(r"这是您 \d+/\d+ \d\d:\d\d 看到的内容", li.text)
    assert li.page.locator("#seen button, #seen form, #seen input").count() == 0
    assert "元" not in li.page.inner_text("#seen") and "¥" not in li.page.inner_text("#seen")
    li.page.goto(f"{li.address}/phone/parts/")
    assert li.page.locator("#seen .small-rows a").count() >= 1
    li.page.goto(f"{li.address}/phone/work/{number}/finish")
    assert "没有网络" in li.text and number in li.page.inner_text(
        "#seen"
    )  # a question is not kept, the way to the order is
    with li.page.expect_navigation(timeout=30_000):  # the page opens by itself as soon as there is a network
        li.online()
    assert "没有网络" not in li.text and li.page.url.endswith(f"/phone/work/{number}/finish")
    li.page.goto(f"{li.address}/phone/work/{number}")
    expect(li.page.locator(".go-bar")).to_be_visible()


def test_what_was_seen_is_gone_for_the_next_person(garage: Garage, desk: Any) -> None:
    """After logging out, and for whoever meets the login page because the session has ended."""
    number = garage.order("working")
    li = desk("tech1", PHONE).go(f"/phone/work/{number}")
    assert li.page.evaluate(SEEN) == 1
    li.page.locator("details.person summary").click()
    with li.page.expect_navigation():
        li.page.locator("form[data-logout] button").click()
    assert li.page.evaluate(SEEN) == 0
    li.log_in("tech1").go(f"/phone/work/{number}")
    assert li.page.evaluate(SEEN) == 1
    li.page.context.clear_cookies()
    li.page.goto(f"{li.address}/phone/work/{number}")
    assert "/login" in li.page.url and li.page.evaluate(SEEN) == 0
