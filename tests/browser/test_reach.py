"""Lists, forms, details, home: axe-core finds nothing serious; the focus is seen and the keys work."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from app import clock
from app.actor import SYSTEM, acting_as
from app.database import db
from tests.browser.conftest import DESKTOP, PHONE, Desk
from tests.kit import START, World

READER = Axe()
GRAVE = {"serious", "critical"}
PAGES = {
    "gm": ["/", "/machinecontractview/list/", "/machinecontractview/show/1", "/search/?q=2025", "/print/MachineContractView/1",
           "/printtemplateview/add", "/savedviewview/list/"],
    "sales1": ["/", "/customerview/list/", "/customerview/show/1", "/customerview/add", "/machinecontractview/add",
               "/machinecontractview/add?copy=1"],
    "finance": ["/", "/receiptview/add", "/receivableview/list/"],
    "tech1": ["/", "/workorderview/list/", "/partview/list/", "/phone/work/"],
}  # fmt: skip


@pytest.fixture
def told(site: World) -> World:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        site.contract(site.company(number=1), site.contact(), site.unit())
        db.session.remove()
    return site


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("who", PAGES)
def test_pages_can_be_read_and_worked_without_a_mouse(told: World, desk: Any, who: str, size: tuple[int, int]) -> None:
    place: Desk = desk(who, size)
    faults = []
    for path in PAGES[who]:
        place.go(path)
        for fault in READER.run(place.page).response["violations"]:
            if fault["impact"] in GRAVE:
                faults.append(f"{path}: {fault['id']}: {fault['nodes'][0]['html'][:200]}")
    assert not faults, "\n".join(faults)


def test_the_focus_is_seen_and_the_keys_work(told: World, desk: Any) -> None:
    place: Desk = desk("sales1", DESKTOP).go("/customerview/list/")
    page = place.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(6):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"
        )
        assert outline.startswith("solid") and outline != "solid0px", page.evaluate("document.activeElement.outerHTML")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q" and page.input_value("#q") == ""
    page.locator("details.drop summary").first.click()
    page.keyboard.press("Escape")
    assert page.locator("details.drop[open]").count() == 0
    page.evaluate("document.activeElement.blur()")
    with page.expect_navigation():
        page.keyboard.press("Alt+n")
    assert page.url.endswith("/customerview/add")


def test_the_box_finds_while_one_types_and_the_arrows_choose(told: World, desk: Any) -> None:
    place: Desk = desk("sales1", DESKTOP).go("/")
    page = place.page
    page.keyboard.press("/")
    page.keyboard.type("测试土")
    page.locator(".findings a").first.wait_for()
    page.keyboard.press("ArrowDown")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "/customerview/show/" in page.url
    place.check()


def test_entries_that_were_not_saved_are_offered_again_and_gone_when_saved(told: World, desk: Any) -> None:
    place: Desk = desk("sales1", DESKTOP).go("/customerview/add")
    page = place.page
    page.on("dialog", lambda dialog: dialog.accept())
    place.fill(name="没存的土石方公司", mobile="13900009999", address="合肥市")
    for _ in range(40):  # kept every few seconds
        if page.evaluate("Object.keys(localStorage).some((k) => k.startsWith('tiema:draft:'))"):
            break
        page.wait_for_timeout(250)
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "没存的土石方公司" in kept and "13900009999" not in kept  # numbers of persons are not kept
    page.goto(place.address + "/")  # the question is answered with yes
    place.go("/customerview/add")
    assert page.input_value("#name") == ""
    page.locator(".draft button").first.click()
    assert page.input_value("#name") == "没存的土石方公司" and page.input_value("#address") == "合肥市"
    place.fill(mobile="13900009999", credit_code="91340100MA2T00012A")
    page.click("form.document .save .primary")
    page.wait_for_load_state()
    if "/add" not in page.url:
        assert page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('tiema:draft:')).length") == 0
    else:
        assert page.input_value("#name") == "没存的土石方公司"
    page.locator("details.person summary").click()
    page.locator("details.person form button").click()
    page.wait_for_url("**/login/**")
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('tiema:draft:')).length") == 0
