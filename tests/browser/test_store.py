"""The keeper's phone in a real browser: a scanner types and presses Enter, the field keeps the focus, nothing jumps."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from app import models as m
from app.enums import InboundReceiptState, OutboundState
from tests.browser.conftest import PHONE
from tests.kit import D, World
from tests.phone.photos import photo
from tests.phone.store import Store

pytestmark = pytest.mark.browser


@pytest.fixture
def store(site: World) -> Store:
    return Store(site)


def gun(desk: Any, text: str) -> None:
    """What a scanner does: it types where the focus is and presses Enter."""
    desk.page.keyboard.type(text)
    desk.page.keyboard.press("Enter")


def tops(desk: Any) -> list[int]:
    """Where the pieces of the page stand."""
    return desk.page.evaluate(
        "['#scan', '.now', '.lines .line', '.go-bar'].map((s) => Math.round(document.querySelector(s).getBoundingClientRect().top))"
    )


def test_a_receipt_by_scanner(store: Store, desk: Any) -> None:
    number = store.inbound()
    ma = desk("keeper", PHONE)
    ma.page.click(".tabs-bottom a[href='/phone/store/']")
    expect(ma.page.locator("#scan")).to_be_focused()
    with ma.page.expect_navigation():
        gun(ma, number)
    ma.check()
    expect(ma.page.locator("#scan")).to_be_focused()
    gun(ma, "TM:P:LX-1001")
    say, many = ma.page.locator(".say"), ma.page.locator("#many")
    expect(say).to_contain_text("液压滤芯 LX-1001：1")
    expect(ma.page.locator("#scan")).to_be_focused()
    before = tops(ma)
    for _ in range(3):  # faster than the answers come
        gun(ma, "TM:P:LX-1001")
    expect(many).to_have_value("4")
    assert tops(ma) == before
    gun(ma, "nonsense")
    expect(say).to_contain_text("没有配件")
    expect(say).to_have_class("say bad")
    assert tops(ma) == before
    ma.page.click(".line:has-text('机油滤芯')")
    expect(many).to_be_focused()
    ma.page.keyboard.type("2")
    ma.page.keyboard.press("Enter")
    expect(ma.page.locator(".line:has-text('机油滤芯') .figure")).to_have_text("2/ 4")
    expect(ma.page.locator("#scan")).to_be_focused()
    ma.page.reload()  # the phone fell asleep: what was scanned is still there
    expect(ma.page.locator(".line:has-text('液压滤芯') .figure")).to_have_text("4/ 8")
    small = ma.page.evaluate(
        "[...document.querySelectorAll('main button, main a, main input:not([type=hidden])')].filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML)"
    )
    assert small == []
    ma.press("button[value=confirm]")
    assert "2 行 6 件" in ma.text
    assert store.value(m.InboundReceipt, "state", number=number) is InboundReceiptState.DONE
    assert (store.on_hand(store.filter_id, store.main_id), store.on_hand(store.oil_id, store.main_id)) == (D(14), D(8))


def test_too_many_by_scanner_and_two_fast_presses(store: Store, desk: Any) -> None:
    number = store.outbound()
    ma = desk("keeper", PHONE).go(f"/phone/store/paper/{number}")
    for _ in range(3):
        gun(ma, "LX-1001")
    expect(ma.page.locator(".say")).to_contain_text("计划 2 已齐")
    expect(ma.page.locator("#many")).to_have_value("2")
    ma.page.click("button[value=all]")
    expect(ma.page.locator(".line.full")).to_have_count(2)
    with ma.page.expect_navigation():
        ma.page.dblclick("button[value=confirm]")
    expect(ma.page.locator(".flash.success")).to_contain_text("2 行 5 件")
    assert store.value(m.PartOutbound, "state", number=number) is OutboundState.DONE


def test_without_script_a_scan_loads_the_page(store: Store, chromium: Any, address: str) -> None:
    number = store.inbound()
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/login/")
    page.fill("#username", "keeper")
    page.fill("#password", "tiema-demo")
    page.click("form.panel button.primary")
    page.goto(f"{address}/phone/store/paper/{number}")
    for _ in range(2):
        page.fill("#scan", "LX-1001")
        page.press("#scan", "Enter")
        page.wait_for_load_state()
    expect(page.locator("#many")).to_have_value("2")
    context.close()


def test_without_a_reader_in_the_browser_a_photo_is_read(store: Store, desk: Any) -> None:
    number = store.inbound()
    ma = desk("keeper", PHONE).go(f"/phone/store/paper/{number}")
    assert ma.page.evaluate("'BarcodeDetector' in window") is False
    for _ in range(2):
        with ma.page.expect_file_chooser() as chooser:
            ma.page.click("[data-camera]")
        chooser.value.set_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": photo("TM:P:LX-1001")})
        expect(ma.page.locator("[data-camera]")).to_be_enabled()
    expect(ma.page.locator("#many")).to_have_value("2")
    ma.page.set_input_files("#photo", {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": b"nothing"})
    expect(ma.page.locator(".say")).to_contain_text("这不是可以识别的照片")
    expect(ma.page.locator("#many")).to_have_value("2")


def test_the_camera_of_a_browser_that_reads_codes(store: Store, desk: Any) -> None:
    """The picture is a stand-in, the way from what it reads to the line is ours."""
    number = store.inbound()
    ma = desk("keeper", PHONE)
    ma.page.add_init_script(
        "window.BarcodeDetector = class { async detect(v) { return v.videoWidth ? [{ rawValue: 'TM:P:LX-1001' }] : []; } }"
    )
    ma.page.context.grant_permissions(["camera"])
    ma.go(f"/phone/store/paper/{number}")
    ma.page.click("[data-camera]")
    expect(ma.page.locator("#many")).to_have_value("1")
    expect(ma.page.locator("#eye")).to_be_hidden()
    assert ma.page.evaluate(
        "document.querySelector('#video').srcObject.getTracks().every((t) => t.readyState === 'ended')"
    )
