"""客户全景 and 一机一档: figures lead to lists with the same total, within what each person may know; few statements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
import sqlalchemy as sa

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import ComplaintKind, WorkOrderState
from app.unit_of_work import create
from tests.kit import START, D, World
from tests.security import lab

FIGURE = re.compile(r'<a class="panel figure" href="([^"]+)"><span>([^<]+)</span><b[^>]*>([\d,.\-]+)')
MOST = 28  # the frame of every page is nine of them


@pytest.fixture
def house(site: World) -> Iterator[World]:
    """A customer with contracts, debts, coupons, sales, orders and a machine."""
    with clock.on(START):
        with site.app.app_context(), acting_as(SYSTEM):
            lab.store(site)
            lab.books(site, "sales1", "甲字一", 1, "ZJ1", "ZK")
            db.session.remove()
        yield site


def card(site: World, entity: type, **by: object) -> int:
    with site.app.app_context():
        found = site.rows(entity, **by)[0].id
        db.session.remove()
        return int(found)


def statements(site: World) -> tuple[list[str], object]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with site.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    return seen, lambda: sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def counted(house: World) -> Iterator[list[str]]:
    seen, stop = statements(house)
    yield seen
    stop()  # type: ignore[operator]


@pytest.mark.parametrize("who", ["gm", "sales_manager", "sales1", "clerk", "finance", "credit"])
def test_every_figure_of_a_customer_is_what_the_list_behind_it_says(house: World, who: str) -> None:
    browser = house.browser(who)
    page = browser.get(f"/customerview/show/{card(house, m.Customer)}").get_data(as_text=True)
    figures = FIGURE.findall(page)
    assert {"应收余额", "逾期金额"} <= {label for _, label, _ in figures}
    for url, label, value in figures:
        listed = browser.get(unescape(url)).get_data(as_text=True)
        if label == "在用设备":
            assert f"共 {value} 条" in listed
        else:
            total = (re.findall(r"<tfoot>.*?</tfoot>", listed, re.DOTALL) or [""])[0]
            assert value == "0.00" or value in total, (label, value, total)
    assert who != "gm" or {label for _, label, _ in figures} == {
        "应收余额",
        "逾期金额",
        "预收余额",
        "其中待退",
        "授信额度",
        "卡券余额",
        "在用设备",
    }


@pytest.mark.parametrize("who", ["tech1", "service_manager", "visits"])
def test_who_may_not_know_money_meets_none_on_the_cards(house: World, who: str) -> None:
    browser = house.browser(who)
    for path in (
        f"/customerview/show/{card(house, m.Customer)}",
        f"/machineunitview/show/{card(house, m.MachineUnit)}",
    ):
        answer = browser.get(path)
        page = answer.get_data(as_text=True)
        for word in ("应收余额", "逾期金额", "预收余额", "毛利", "不含税收入", "担保人"):
            assert word not in page, (who, path, word)


def test_a_machine_shows_its_whole_life(house: World) -> None:
    with house.app.app_context():
        unit = next(u.id for u in house.rows(m.MachineUnit) if u.owner_customer_id)
        db.session.remove()
    browser = house.browser("gm")
    parts = ("sale", "service", "origin")
    page = "".join(browser.get(f"/machineunitview/show/{unit}?part={part}").get_data(as_text=True) for part in parts)
    for word in ("ZJHT-", "FC-", "毛利", "工单", "ZJRK-", "小时表"):
        assert word in page, word


@pytest.mark.parametrize("part", ["deals", "money", "machines", "quality", "archive"])
def test_a_part_of_the_customers_page_takes_few_statements(house: World, counted: list[str], part: str) -> None:
    browser = house.browser("gm")
    path = f"/customerview/show/{card(house, m.Customer)}?part={part}"
    browser.get(path)
    counted.clear()
    assert browser.get(path).status_code == 200
    assert len(counted) <= MOST, "\n".join(s[:150] for s in counted)


@pytest.mark.parametrize("part", ["sale", "service", "quality", "origin"])
def test_the_machines_page_takes_few_statements(house: World, counted: list[str], part: str) -> None:
    with house.app.app_context():
        unit = next(u.id for u in house.rows(m.MachineUnit) if u.owner_customer_id)
        db.session.remove()
    browser = house.browser("gm")
    counted.clear()
    assert browser.get(f"/machineunitview/show/{unit}?part={part}").status_code == 200
    assert len(counted) <= MOST, "\n".join(s[:150] for s in counted)


def test_complaints_and_claims_stand_on_both_files_for_those_who_may_see_them(house: World) -> None:
    with house.app.app_context(), clock.on(START), acting_as(SYSTEM):
        unit = next(u for u in house.rows(m.MachineUnit) if u.owner_customer_id)
        customer, unit_id = unit.owner_customer, unit.id
        order = create(m.WorkOrder, {"customer": customer, "unit": unit, "fault": "漏油"}, by=house["clerk"])
        order.state = WorkOrderState.REVIEWED
        db.session.commit()
        claim = create(m.WarrantyClaim, {"work_order": order, "labour_amount": D(250)}, by=house["clerk"]).number
        values = {"customer": customer, "unit": unit, "kind": ComplaintKind.QUALITY, "content": "液压管漏油"}
        moan, customer_id = create(m.Complaint, values, by=house["clerk"]).number, customer.id
        db.session.remove()
    paths = [f"/customerview/show/{customer_id}?part=quality", f"/machineunitview/show/{unit_id}?part=quality"]
    for who, complaints, claims in (
        ("gm", True, True), ("finance", True, True), ("clerk", True, True), ("sales1", True, False), ("visits", True, False),
        ("keeper", False, False), ("buyer", False, False),
    ):  # fmt: skip
        for path in paths:
            page = house.browser(who).get(path).get_data(as_text=True)
            assert ((moan in page), (claim in page)) == (complaints, claims), (who, path)


def test_a_guarantor_is_written_with_a_contract_and_nowhere_else(house: World) -> None:
    """His page offers nothing that would be refused: it says where he is written."""
    for who in ("gm", "clerk", "sales1"):
        page = house.browser(who).get("/guarantorview/list/").get_data(as_text=True)
        assert "/guarantorview/add" not in page and "担保人在整机合同里登记" in page, who
