"""Days in a browser that speaks English: typed and picked the Chinese way, with keys and with a thumb. Forms at 200 % zoom."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import DESKTOP, PHONE, Desk
from tests.kit import World

pytestmark = pytest.mark.browser
ZOOMED = (683, 450)
TYPED = ("2025-03-09", "20250309", "2025/3/9", "2025.03.09", "2025年3月9日", "２０２５－０３－０９")


@pytest.fixture
def english(chromium: Browser, address: str) -> Any:
    """A desk whose browser speaks English."""
    places: list[Desk] = []

    def sit(username: str, size: tuple[int, int] = DESKTOP) -> Desk:
        place = Desk(chromium, address, size)
        place.close()
        phone = size == PHONE
        place.context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="en-US", is_mobile=phone, has_touch=phone
        )
        place.page = place.context.new_page()
        place.page.on("pageerror", lambda error: place.faults.append(f"script: {error}"))
        places.append(place)
        return place.log_in(username)

    yield sit
    for place in places:
        place.close()


def test_a_day_is_typed_as_people_write_it(site: World, english: Any) -> None:
    """Native fields showed 11/30/2026 and took nothing but digits in that order."""
    desk = english("sales1").go("/machinecontractview/add")
    field = desk.page.locator("#signed_on")
    for text in TYPED:
        field.fill(text)
        field.press("Tab")
        expect(field).to_have_value("2025-03-09")
    field.fill("昨天")
    field.press("Tab")
    expect(field).to_have_value("昨天")  # what nobody understands stays, and the server says so
    assert desk.page.locator("input[type=date],input[type=month],input[type=datetime-local]").count() == 0
    assert desk.faults == []


def test_a_day_is_picked_with_keys_alone(site: World, english: Any) -> None:
    desk = english("sales1").go("/machinecontractview/add")
    page, field = desk.page, desk.page.locator("#signed_on")
    field.fill("2025-03-05")
    field.press("Alt+ArrowDown")
    assert page.inner_text(".calendar .head b") == "2025年3月"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "2025年3月5日 星期三"
    for key in ("ArrowDown", "ArrowRight", "PageDown"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "2025年4月13日 星期日"
    page.keyboard.press("Enter")
    expect(field).to_have_value("2025-04-13")
    expect(field).to_be_focused()
    field.press("Alt+ArrowDown")
    page.keyboard.press("Escape")
    assert page.locator(".calendar").count() == 0
    expect(field).to_be_focused()
    assert desk.faults == []


def test_a_thumb_picks_a_day_on_the_phone(site: World, english: Any) -> None:
    desk = english("sales1", PHONE).go("/machinecontractview/add")
    page, field = desk.page, desk.page.locator("#signed_on")
    field.fill("2025-03-05")
    field.scroll_into_view_if_needed()
    page.locator(".day:has(#signed_on) > button").tap()
    box = page.locator(".calendar").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0]
    assert min(b.bounding_box()["height"] for b in page.locator(".calendar .days button").all()[:3]) >= 44
    page.locator(".calendar [aria-label='下个月']").tap()
    page.locator(".calendar .days button", has_text="18").tap()
    expect(field).to_have_value("2025-04-18")
    desk.check()


def test_the_month_of_a_report(site: World, english: Any) -> None:
    desk = english("gm").go("/stockmonthlyview/list/?month=2025-02")
    field = desk.page.locator("#month")
    expect(field).to_have_value("2025-02")
    field.fill("2025年3月")
    field.press("Tab")
    expect(field).to_have_value("2025-03")
    desk.page.locator(".day:has(#month) > button").click()
    assert desk.page.inner_text(".calendar .head b") == "2025年"
    desk.page.locator(".calendar .months button", has_text="1月").first.click()
    expect(field).to_have_value("2025-01")
    assert desk.faults == []


def test_the_first_field_has_the_focus_and_the_menu_can_be_skipped(site: World, desk: Any) -> None:
    """After Alt+N nothing had the focus, and Tab walked through 20 links of the menu."""
    place: Desk = desk("sales1").go("/customerview/list/")
    page = place.page
    with page.expect_navigation():
        page.keyboard.press("Alt+n")
    assert page.evaluate("document.activeElement.id") == "name"
    page.keyboard.type("键盘土石方公司")
    assert page.input_value("#name") == "键盘土石方公司"
    place.go("/customerview/list/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_form_at_two_hundred_percent_has_the_height(site: World, desk: Any) -> None:
    """683 × 450 is a laptop at 200 %: bars took half of it. A long title is cut, the search box and the bell keep their place."""
    place: Desk = desk("sales1", ZOOMED).go("/customerview/add")
    page = place.page
    page.evaluate("window.scrollTo(0, 250)")
    covered = page.evaluate(
        "['.top', '.tabs-bottom', '.save'].map((s) => document.querySelector(s)?.getBoundingClientRect())"
        ".filter((r) => r && r.bottom > 0 && r.top < innerHeight)"
        ".reduce((sum, r) => sum + Math.min(r.bottom, innerHeight) - Math.max(r.top, 0), 0)"
    )
    assert covered <= 60, covered
    place.check()


def test_a_long_name_is_cut_in_the_head(site: World, desk: Any) -> None:
    place: Desk = desk("sales1").go("/customerview/list/")
    page = place.page
    page.evaluate("document.querySelector('.top h1').textContent = '安徽省'.repeat(24)")
    find = page.locator(".finder").bounding_box()
    bell = page.locator(".top a.bell:has(.fa-bell)").bounding_box()
    assert find is not None and find["width"] >= 150 and bell is not None and bell["x"] + bell["width"] <= DESKTOP[0]
    assert page.evaluate("(h => h.scrollWidth > h.clientWidth && getComputedStyle(h).textOverflow)(document.querySelector('.top h1'))") == "ellipsis"  # fmt: skip
    place.check()
