"""查重 in a real browser: the warning beside the field, the box that comes up, the form that is kept and then saved."""

from __future__ import annotations

from typing import Any

import pytest

from app import models as m
from app.actor import SYSTEM, acting_as
from tests.kit import World, credit_code


@pytest.fixture
def ready(site: World) -> World:
    """刘洋 has a customer with this mobile and this credit code."""
    with site.app.app_context(), acting_as(SYSTEM):
        site.company("sales2", name="安徽恒达土石方有限公司", mobile="13800000001", credit_code=credit_code(7))
    return site


def test_a_shared_mobile_warns_at_once_and_is_saved_with_a_tick(ready: World, desk: Any) -> None:
    zhang = desk("sales1").go("/customerview/add")
    assert not zhang.page.is_visible("#despite_twin")
    zhang.fill(name="合肥新客户有限公司", credit_code=credit_code(7), mobile="138 0000 0001")
    zhang.page.locator("#city").focus()
    zhang.page.wait_for_selector(".warn.twin")
    assert "手机号相同" in zhang.page.inner_text(".warn.twin") and "恒达" not in zhang.page.inner_text("form.document")
    zhang.page.wait_for_selector(".error.twin")
    assert "KH000001" in zhang.page.inner_text(".error.twin")
    assert zhang.page.is_visible("#despite_twin")
    zhang.fill(credit_code=credit_code(8))
    zhang.page.check("#despite_twin")
    zhang.page.wait_for_selector(".error.twin", state="detached")
    zhang.press(".save button.primary")
    assert zhang.page.url.endswith("/customerview/show/2"), zhang.page.inner_text("main")
    with ready.app.app_context():
        assert len(ready.rows(m.Customer)) == 2
