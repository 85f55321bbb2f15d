"""The keeper's day in a real browser, on a wide screen and on a phone: what he has to type stands there and is booked."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from app import models as m
from app.enums import CountState, InboundReceiptState
from tests.browser.conftest import DESKTOP, PHONE
from tests.kit import D, World
from tests.phone.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])]


@pytest.fixture
def store(site: World) -> Store:
    return Store(site)


def rows(place: Any) -> Any:
    return place.page.locator("table.counted [data-line]")


def test_a_short_delivery_is_typed_line_by_line(store: Store, desk: Any, size: tuple[int, int]) -> None:
    """8 and 4 are expected, 5 and 4 come: the rest waits on a paper of its own. The table used to be hidden."""
    number = store.inbound()
    receipt = store.value(m.InboundReceipt, "id", number=number)
    ma = desk("keeper", size).go(f"/inboundreceiptview/ask/receive/{receipt}")
    expect(rows(ma)).to_have_count(2)
    fields = ma.page.locator("table.counted input.num")
    filters = rows(ma).filter(has_text="LX-1001").locator("input.num")
    for index in range(2):
        expect(fields.nth(index)).to_be_visible()
    expect(filters).to_have_value("8")
    filters.fill("9")
    ma.press(".save button")
    expect(ma.page.locator(".error")).to_contain_text("液压滤芯")
    expect(ma.page.locator(".error")).to_be_in_viewport()
    filters.fill("5")
    ma.press(".save button")
    assert store.value(m.InboundReceipt, "state", number=number) is InboundReceiptState.DONE
    assert (store.on_hand(store.filter_id, store.main_id), store.on_hand(store.oil_id, store.main_id)) == (D(15), D(10))
    waiting = store.value(m.InboundReceipt, "lines", earlier_id=receipt)
    assert [(line.part_id, line.planned_quantity) for line in waiting] == [(store.filter_id, D(3))]


def test_a_count_is_typed_line_by_line(store: Store, desk: Any, size: tuple[int, int]) -> None:
    """An empty field is refused beside it: nobody looked there. The table used to be hidden, and no word was said."""
    number = store.count()
    count = store.value(m.StockCount, "id", number=number)
    ma = desk("keeper", size).go(f"/stockcountview/show/{count}")
    ma.press("form[action*='/action/start/'] button")
    ma.press("a[href*='/ask/submit/']")
    expect(rows(ma)).to_have_count(2)
    filters, oil = (rows(ma).filter(has_text=name) for name in ("LX-1001", "LX-1002"))
    expect(filters.locator("input.num")).to_have_value("")
    filters.locator("input.num").fill("9")
    ma.press(".save button")
    expect(oil.locator(".error")).to_have_text("请填写实盘数量")
    expect(oil.locator(".error")).to_be_in_viewport()
    expect(filters.locator("input.num")).to_have_value("9")
    oil.locator("input.num").fill("0")
    ma.press(".save button")
    assert store.value(m.StockCount, "state", number=number) is CountState.REVIEWING
    said = store.value(m.StockCount, "lines", number=number)
    assert {line.part_id: line.actual_quantity for line in said} == {store.filter_id: D(9), store.oil_id: D(0)}
