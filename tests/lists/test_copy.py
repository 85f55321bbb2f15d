"""复制: the form of a new one, filled from one that is there; nothing written, nothing taken that belongs to one row alone."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.screens import Screen
from tests.kit import START, D, World


@pytest.fixture
def signed(site: World) -> dict[str, Any]:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        contract = site.contract(site.company(number=1), None, site.unit())
        ids = {"contract": contract.id, "customer": contract.customer_id, "total": contract.total_amount}
        db.session.remove()
    return ids


def count(site: World, entity: type[m.Entity]) -> int:
    with site.app.app_context(), acting_as(SYSTEM):
        found = len(site.rows(entity))
        db.session.remove()
        return found


def test_a_contract_is_copied_with_its_lines_without_number_machine_and_dates(
    site: World, signed: dict[str, Any]
) -> None:
    seller = site.browser("sales1")
    form = seller.form(f"/machinecontractview/add?copy={signed['contract']}")
    assert form["customer"] == str(signed["customer"])
    assert form["lines-0-model"] and not form["lines-0-unit"] and not form["lines-0-id"]
    assert D(form["lines-0-unit_price"].replace(",", "")) > 0
    assert form["signed_on"] == clock.today().isoformat() and "version" not in form
    assert count(site, m.MachineContract) == 1  # nothing is written by looking
    answer = seller.submit(f"/machinecontractview/add?copy={signed['contract']}", {})
    assert answer.status_code == 302, answer.get_data(as_text=True)
    with site.app.app_context(), acting_as(SYSTEM):
        old, new = site.rows(m.MachineContract)
        assert new.number != old.number and new.total_amount == old.total_amount == signed["total"]
        assert len(old.lines) == len(new.lines) == 1 and new.lines[0].unit is None
        db.session.remove()


def test_what_no_two_customers_share_is_left_blank(site: World) -> None:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        pk = site.company(number=3, address="合肥市包河区").id
        db.session.remove()
    form = site.browser("sales1").form(f"/customerview/add?copy={pk}")
    assert form["name"] == "测试土石方3有限公司" and form["address"] == "合肥市包河区"
    assert not form["credit_code"] and not form["mobile"]


def test_copies_are_for_those_who_may_see_it_and_add_one(site: World, signed: dict[str, Any]) -> None:
    path = f"/machinecontractview/add?copy={signed['contract']}"
    assert site.browser("sales2").get(path).status_code == 404  # a colleague's
    assert site.browser("finance").get(path).status_code == 403  # adds none
    seller = site.browser("sales1")
    for garbage in ("", "x", "0", "99999999", "-1", "９"):
        assert seller.get(f"/machinecontractview/add?copy={garbage}").status_code == 404, garbage
    button = f"/machinecontractview/add?copy={signed['contract']}"
    assert button in unescape(seller.get(f"/machinecontractview/show/{signed['contract']}").get_data(as_text=True))
    text = site.browser("finance").get(f"/machinecontractview/show/{signed['contract']}").get_data(as_text=True)
    assert "?copy=" not in text


def test_what_happens_once_is_not_copied(site: World) -> None:
    screens = [v for v in site.app.appbuilder.baseviews if isinstance(v, Screen)]  # type: ignore[attr-defined]
    once = {type(screen).__name__ for screen in screens if "*" in screen.copy_without}
    assert once == {"ReceivableView", "SaleReturnView", "PurchaseReturnView", "PrintTemplateView"}
    for screen in screens:
        for path in screen.copy_without:
            assert path == "*" or screen.column(path.split(".")[0]), (screen, path)
            if "." in path:
                lines, name = path.split(".")
                assert name in screen.lines[lines].columns, (screen, path)
