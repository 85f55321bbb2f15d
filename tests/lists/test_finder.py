"""The search box of every page: what it finds, whose rows, how many statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.screens import Screen, finder
from tests.kit import START, Browser, World, on_both
from tests.workflows.test_back_order import Story


@contextmanager
def statements(site: World) -> Iterator[list[str]]:
    told: list[str] = []
    with site.app.app_context():
        engine = db.engine

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield told
    event.remove(engine, "before_cursor_execute", note)


def found(browser: Browser, term: str) -> dict[str, list[str]]:
    answer = browser.get("/search/", query_string={"q": term}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 200
    return {group["label"]: [hit["text"] for hit in group["hits"]] for group in answer.get_json()["groups"]}


@pytest.fixture
def stocked(site: World) -> dict[str, Any]:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        contract = site.contract(site.company(number=1), None, site.unit())
        other = site.company("sales2", 9)
        Story(site)
        unit = site.rows(m.MachineUnit)[0]
        ids = {"number": contract.number, "id": contract.id, "name": contract.customer.name, "mobile": contract.customer.mobile,
               "serial": unit.serial_number, "other": other.name, "unit": unit.id}  # fmt: skip
        db.session.remove()
    return ids


@on_both
def test_numbers_names_pinyin_phones_serials_and_parts_are_found(site: World, stocked: dict[str, Any]) -> None:
    gm = site.browser("gm")
    assert found(gm, stocked["number"]) == {"整机合同": [stocked["number"]]}
    assert found(gm, stocked["number"].lower()[:10])["整机合同"] == [stocked["number"]]
    assert stocked["number"] in found(gm, stocked["number"][-9:])["整机合同"]
    assert stocked["name"] in found(gm, stocked["name"][:4])["客户"]
    assert stocked["name"] in found(gm, "cstsf")["客户"]  # 测试土石方
    assert stocked["name"] in found(gm, stocked["mobile"])["客户"]
    assert stocked["name"] in found(gm, stocked["mobile"][-4:])["客户"]
    assert found(gm, stocked["serial"])["整机"] == [stocked["serial"]]
    assert found(gm, "LX-1001")["配件"] == ["LX-1001"]
    for nothing in ("", "   ", "%", "_", "不存在的东西", "' OR 1=1 --", "\\", "%%%", "x" * 500):
        assert found(gm, nothing) == {}, nothing


def test_a_whole_number_goes_straight_to_the_document(site: World, stocked: dict[str, Any]) -> None:
    seller = site.browser("sales1")
    answer = seller.get("/search/", query_string={"q": f" {stocked['number'].lower()} "})
    assert answer.status_code == 302 and answer.location == f"/machinecontractview/show/{stocked['id']}"
    page = site.browser("sales2").get("/search/", query_string={"q": stocked["number"]})
    assert page.status_code == 200 and "没有找到" in page.get_data(as_text=True)  # not his


def test_only_rows_and_lists_of_the_person_are_found(site: World, stocked: dict[str, Any]) -> None:
    seller, technician = site.browser("sales1"), site.browser("tech1")
    assert found(seller, "测试土石方") == {"客户": [stocked["name"]]}
    assert found(site.browser("gm"), "测试土石方")["客户"] == sorted([stocked["name"], stocked["other"]], reverse=True)
    assert found(technician, stocked["number"]) == {}
    assert found(technician, "测试土石方") == {}
    assert found(site.browser("keeper"), stocked["mobile"]) == {}  # reads the mask only, and lists no customers


def test_who_reads_the_mask_of_a_phone_does_not_find_by_it(site: World, stocked: dict[str, Any]) -> None:
    manager = site.browser("service_manager")
    assert found(manager, stocked["name"])["客户"] and found(manager, stocked["mobile"]) == {}


def test_at_most_eight_of_a_kind_and_the_way_to_the_rest(site: World) -> None:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        for number in range(20, 31):
            site.company("sales1", number)
        db.session.remove()
    seller = site.browser("sales1")
    answer = seller.get("/search/?q=cs", headers={"X-Requested-With": "fetch"}).get_json()
    [group] = [g for g in answer["groups"] if g["label"] == "客户"]
    assert len(group["hits"]) == 8 and group["more"] == "/customerview/list/?q=cs"
    text = seller.get("/search/?q=cs").get_data(as_text=True)
    assert "8+" in text and 'href="/customerview/list/?q=cs"' in text


def test_the_search_is_two_statements_and_a_whole_number_one(site: World, stocked: dict[str, Any]) -> None:
    gm = site.browser("gm")
    gm.get("/me")
    for term, most in ((stocked["number"], 1), ("测试", 2), ("zzz", 2), ("0001", 2), ("13900", 2)):
        with statements(site) as told:
            gm.get("/search/", query_string={"q": term})
        own = [s for s in told if "UNION ALL" in s or ".number = " in s]
        assert len(own) <= most, (term, own)
        assert len(told) <= 14, (term, len(told))


def test_every_paper_with_a_number_is_searched(site: World) -> None:
    screens = [v for v in site.app.appbuilder.baseviews if isinstance(v, Screen)]  # type: ignore[attr-defined]
    offered = {screen.entity for screen in screens if finder._names(screen)}
    assert offered >= {s.entity for s in screens if issubclass(s.entity, m.Document)}
    assert {m.Customer, m.Contact, m.MachineUnit, m.Part} <= offered
    for screen in screens:
        for name in finder._names(screen):
            assert sa.inspect(screen.entity).column_attrs[name], (screen, name)
