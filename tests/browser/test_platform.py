"""What every chapter leans on, in a real browser: lists that are remembered, copies, paper, the log, notices, files by
workers, who may what, devices and passwords, messages out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from app import clock, outbox
from app import models as m
from app.actor import SYSTEM, acting_as
from app.background import Workers
from app.database import db
from app.formulas.chinese_amount import chinese_amount
from app.screens import pdf
from app.unit_of_work import fire
from tests.browser.conftest import DESKTOP, PHONE, Desk
from tests.kit import START, D, World
from tests.platform.test_outbox import Robot, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def deal(site: World) -> World:
    """张敏's customer with a contract that waits for approval, and a second customer."""
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        customer = site.company(name="安徽恒达土石方有限公司", city="合肥市")
        fire(site.contract(customer, site.contact(), site.unit()), "submit", by=site["sales1"])
        site.company(number=2, name="六安大别山矿业有限公司", city="六安市")
        db.session.remove()
    return site


@pytest.fixture
def workers(site: World) -> Iterator[Workers]:
    running = Workers(site.app, 1, pause=0.1).start()
    yield running
    running.stop()


def headings(desk: Desk) -> list[str]:
    return [" ".join(h.split()) for h in desk.page.locator("table.grid thead th").all_inner_texts() if h.strip()]


def fetch(desk: Desk, selector: str) -> tuple[str, bytes]:
    """(name, content) of what a click brings down."""
    with desk.page.expect_download() as loading:
        desk.page.click(selector)
    return loading.value.suggested_filename, Path(loading.value.path()).read_bytes()


# -- lists ------------------------------------------------------------------------------------------------------------


def test_a_search_its_columns_and_its_order_are_kept_under_a_name(deal: World, desk: Any) -> None:
    clerk = desk("clerk").go("/customerview/list/")
    clerk.page.fill("#q", "大别山")
    clerk.press("form.search .quick button.primary")
    assert "六安大别山" in clerk.text and "恒达" not in clerk.page.inner_text("table.grid")
    clerk.page.click("summary:has-text('列设置')")
    before = headings(clerk)
    box = clerk.page.locator("ul.columns input[type=checkbox]:checked:not([disabled])").last
    name = box.evaluate("b => b.closest('label').innerText").strip()
    box.uncheck()
    clerk.press("details[open] .choose button.primary")
    assert name in before and name not in headings(clerk)
    clerk.page.click("details.drop >> nth=0 >> summary")
    clerk.page.fill("details[open] input[name=name]", "六安的客户")
    clerk.page.check("details[open] input[name=is_default]")
    clerk.press("details[open] button:has-text('保存方案')")
    clerk.go("/customerview/list/")
    assert "六安大别山" in clerk.text and "恒达" not in clerk.page.inner_text("table.grid")
    assert name not in headings(clerk) and "六安的客户" in clerk.page.inner_text("details.drop >> nth=0")
    clerk.go("/savedviewview/list/")
    assert "六安的客户" in clerk.text


def test_the_totals_row_adds_up_what_is_filtered(deal: World, desk: Any) -> None:
    manager = desk("gm").go("/machinecontractview/list/")
    expect(manager.page.locator("table.grid tfoot")).to_contain_text("1,050,000.00")
    manager.go("/machinecontractview/list/?q=没有这样的合同")
    assert manager.page.locator("table.grid tfoot").count() == 0 and "1,050,000.00" not in manager.text
    phone = desk("gm", PHONE).go("/machinecontractview/list/")
    assert "1,050,000.00" in phone.text


def test_a_copy_is_a_new_form_and_nothing_until_it_is_saved(deal: World, desk: Any) -> None:
    zhang = desk("sales1").go("/machinecontractview/show/1")
    with zhang.page.expect_navigation():
        zhang.page.click(".actions a:has-text('复制')")
    zhang.check()
    assert "恒达" in zhang.page.inner_text("#customer + .select2")
    assert zhang.page.input_value("#lines-0-unit_price").replace(",", "") == "1050000.00"
    with deal.app.app_context():
        assert len(deal.rows(m.MachineContract)) == 1
    zhang.press(".save button.primary >> nth=0")
    assert "/show/2" in zhang.page.url and "草稿" in zhang.text


# -- paper ------------------------------------------------------------------------------------------------------------


def test_a_contract_is_looked_at_printed_and_taken_as_pdf(deal: World, desk: Any) -> None:
    zhang = desk("sales1").go("/print/MachineContractView/1")
    total, capitals = "1,050,000.00", chinese_amount(D("1050000.00"))
    paper = zhang.page.inner_text(".paper")
    assert total in paper and capitals in paper and "恒达" in paper and "预览" in zhang.text
    zhang.page.emulate_media(media="print")
    assert not zhang.page.is_visible("header.bar") and zhang.page.is_visible(".paper")
    zhang.page.emulate_media(media="screen")
    if pdf.is_possible():
        name, content = fetch(zhang, "button[value=pdf]")
        assert name.endswith(".pdf") and content.startswith(b"%PDF")
    with deal.app.app_context():
        assert [p.times for p in deal.rows(m.PrintLog)] == [1] * pdf.is_possible()


# -- what happened ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1440", "390"])
def test_a_change_is_told_on_the_record_and_in_the_list_of_all(deal: World, desk: Any, size: tuple[int, int]) -> None:
    zhang = desk("sales1", size).go("/customerview/edit/2")
    zhang.fill(city="芜湖市")
    zhang.press(".save button.primary >> nth=0")
    assert zhang.page.locator("#trail[open]").count() == 0
    zhang.page.click("#trail summary")
    expect(zhang.page.locator("#trail .changes").first).to_contain_text("六安市 → 芜湖市")
    zhang.check()
    boss = desk("gm", size).go("/auditlogview/list/?root=Customer&root_id_from=2&root_id_to=2")
    assert "张敏" in boss.text and "六安大别山" in boss.text
    boss.page.click("table.grid td.key a >> nth=0")
    boss.page.wait_for_url("**/auditlogview/show/**")
    assert "六安市" in boss.text and "芜湖市" in boss.text


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1440", "390"])
def test_the_bell_counts_leads_there_and_falls_silent(deal: World, desk: Any, size: tuple[int, int]) -> None:
    manager = desk("sales_manager", size).go("/")
    bell = manager.page.locator("a.bell:not(.find-link)")
    expect(bell).to_have_text("1")
    bell.click()
    manager.page.wait_for_url("**/notificationview/list/**")
    manager.page.click("table.grid td.key button >> nth=0")
    manager.page.wait_for_url("**/machinecontractview/show/1**")
    expect(bell).to_have_text("")
    manager.check()


# -- files by workers -------------------------------------------------------------------------------------------------


def test_an_export_by_a_worker_is_fetched_by_who_asked_and_nobody_else(
    deal: World, workers: Workers, desk: Any
) -> None:
    boss = desk("gm").go("/customerview/export?later=yes")
    boss.press("button:has-text('后台生成 Excel')")
    boss.page.wait_for_selector(".badge:has-text('已完成')", timeout=30_000)
    expect(boss.page.locator("progress")).to_have_count(0)
    name, content = fetch(boss, ".actions a:has-text('.xlsx')")
    assert name.startswith("客户-") and content.startswith(b"PK")
    number = re.search(r"/show/(\d+)", boss.page.url)[1]  # type: ignore[index]
    stranger = desk("finance")
    assert stranger.page.request.get(f"{stranger.address}/jobview/result/{number}").status == 404
    assert stranger.page.request.get(f"{stranger.address}/jobview/show/{number}").status == 404
    stranger.go("/jobview/list/")
    assert "客户" not in stranger.page.inner_text("main")


# -- who may what -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["1440", "390"])
def test_who_may_what_is_read_by_role_by_verb_and_by_person(site: World, desk: Any, size: tuple[int, int]) -> None:
    admin = desk("sysadmin", size).go("/duties/")
    admin.press(".tabs.small a:has-text('库管')")
    assert "库管" in admin.page.inner_text("h2 >> nth=0") and "仓库" in admin.text
    admin.press(".tabs >> nth=0 >> a >> nth=1")
    admin.page.select_option("select[name=of]", "MachineContract")
    admin.press("form.search button.primary")
    admin.page.select_option("select[name=verb]", "approve")
    admin.press("form.search button.primary")
    found = admin.page.inner_text("table.grid")
    assert "总经理" in found and "销售经理" in found and "业务员" not in found
    admin.press(".tabs >> nth=0 >> a >> nth=2")
    admin.page.select_option("select[name=employee]", label=admin.page.locator("option:has-text('张敏')").inner_text())
    admin.press("form.search button.primary")
    assert "业务员" in admin.text and "张敏" in admin.text


# -- accounts ---------------------------------------------------------------------------------------------------------


def test_a_device_that_was_ended_meets_the_login_at_its_next_click(site: World, desk: Any) -> None:
    office, phone = desk("sales1").go("/devices/"), desk("sales1", PHONE)
    phone.go("/devices/")
    assert phone.page.locator("tbody tr").count() == 2 and "本机" in phone.text
    office.go("/devices/").press("tbody form button")
    assert office.page.locator("tbody tr").count() == 1
    phone.page.goto(f"{phone.address}/customerview/list/")
    phone.page.wait_for_url("**/login/**")
    office.go("/customerview/list/")


def test_a_copied_cookie_dies_with_the_old_password(site: World, desk: Any) -> None:
    zhang = desk("sales1")
    thief = desk(None)
    thief.context.add_cookies(zhang.context.cookies())
    thief.go("/customerview/list/")
    zhang.go("/password/")
    zhang.fill(current="tiema-demo", password="青山绿水-Kw7-不改", again="青山绿水-Kw7-不改")
    zhang.press(".save button.primary")
    zhang.go("/customerview/list/")
    thief.page.goto(f"{thief.address}/customerview/list/")
    thief.page.wait_for_url("**/login/**")


# -- messages out -----------------------------------------------------------------------------------------------------


@pytest.fixture
def robot() -> Iterator[Robot]:
    yield from serving(Robot())


def test_a_channel_is_set_up_tried_and_switched_on(site: World, robot: Robot, desk: Any) -> None:
    admin = desk("sysadmin").go("/noticechannelview/add")
    admin.fill(name="管理群")
    admin.page.select_option("#kind", "WEBHOOK")
    admin.press(".save button.primary >> nth=0")
    show = admin.page.url.removeprefix(admin.address)
    admin.press("a[href*='/ask/set_address/']")
    admin.fill(address=robot.address)
    admin.press(".save button.primary")
    assert "/hook" not in admin.page.content() and "127.0.0.1" in admin.text  # where, never the key
    admin.press("a[href*='/ask/try_out/']")
    admin.press(".save button.primary")
    with site.app.app_context():
        assert outbox.send_next()
    assert len(robot.heard) == 1
    admin.go(show).press("form[action*='/action/switch_on/'] button")
    with site.app.app_context():
        assert db.session.scalar(sa.select(m.NoticeChannel.__table__.c.is_enabled))
    admin.go("/outboxmessageview/list/")
    assert "管理群" in admin.text and "已发送" in admin.text
