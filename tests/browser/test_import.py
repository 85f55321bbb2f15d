"""A buyer imports parts in a real browser: template, faults, correction, confirmation, progress."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from app import models as m
from app.background import Workers
from tests.browser.conftest import DESKTOP, PHONE
from tests.imports.kit import PARTS, book, count, opened, part_row, parts_file, stores
from tests.kit import World

pytestmark = pytest.mark.browser


@pytest.fixture
def workers(site: World) -> Iterator[Workers]:
    """What runs beside the pages in a real server."""
    running = Workers(site.app, 1, pause=0.1).start()
    yield running
    running.stop()


def picture(desk: Any, name: str) -> None:
    if folder := os.environ.get("TIEMA_PICTURES"):
        desk.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def hand_in(desk: Any, content: bytes) -> None:
    desk.page.set_input_files("#file", {"name": "配件.xlsx", "mimeType": "application/octet-stream", "buffer": content})
    desk.press("form.document button.primary")


def test_upload_see_faults_correct_confirm(site: World, workers: Workers, desk: Any) -> None:
    stores(site)
    buyer = desk("buyer").go("/partview/list/")
    picture(buyer, "list")
    buyer.press("a:has-text('导入 Excel')")
    with buyer.page.expect_download() as loading:
        buyer.page.click("a:has-text('下载模板')")
    assert loading.value.suggested_filename.startswith("配件-导入Excel-模板")
    rows = [part_row(n) for n in range(1, 21)]
    rows[11][3] = "12x"
    rows[15][2] = "滤心"
    picture(buyer, "import")
    hand_in(buyer, book(PARTS, rows))
    buyer.page.wait_for_selector(".faults")
    assert "第 13 行“零售价”：“12x”不是数字" in buyer.text and "第 17 行“配件分类”" in buyer.text
    assert "2 处错误" in buyer.text and count(site, m.Part) == 0
    picture(buyer, "faults")
    with buyer.page.expect_download() as loading:
        buyer.page.click("a:has-text('错误已标红')")
    buyer.go("/import/PartView/import")
    hand_in(buyer, parts_file(1500))
    picture(buyer, "progress")
    buyer.page.wait_for_selector("button:has-text('确认写入')", timeout=30_000)
    picture(buyer, "checked")
    assert "新增 1,500" in buyer.text and count(site, m.Part) == 0
    buyer.page.click("button:has-text('确认写入')")
    buyer.page.wait_for_selector(".badge:has-text('已完成')", timeout=30_000)
    picture(buyer, "done")
    assert "导入完成" in buyer.text and count(site, m.Part) == 1500
    buyer.go("/jobview/list/")
    picture(buyer, "jobs")
    assert "配件.xlsx" in buyer.text
    assert opened is not None


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_the_right_rows_go_in_and_the_page_says_what_only_begins(
    site: World, workers: Workers, desk: Any, size: tuple[int, int]
) -> None:
    stores(site)
    buyer = desk("buyer", size).go("/import/PartView/import")
    buyer.page.check("input[name=right_ones]")
    picture(buyer, f"right-ones-{size[0]}")
    lines = [part_row(1), part_row(2, price="1,23"), part_row(3, category="滤心")]
    hand_in(buyer, book(PARTS, lines))
    buyer.page.wait_for_selector("button:has-text('确认写入')", timeout=30_000)
    picture(buyer, f"checked-{size[0]}")
    assert (
        "核对无误" not in buyer.text
        and buyer.page.locator("button:has-text('确认写入')").bounding_box()["x"] < size[0] - 80
    )
    assert "2 行有错" in buyer.text and "逗号只能用作千分位" in buyer.text
    buyer.page.click("button:has-text('确认写入')")
    buyer.page.wait_for_selector(".flash")
    picture(buyer, f"begun-{size[0]}")
    assert "已开始" in buyer.text and "操作成功" not in buyer.text
    buyer.page.wait_for_selector(".badge:has-text('已完成')", timeout=30_000)
    picture(buyer, f"written-{size[0]}")
    assert "逗号只能用作千分位" in buyer.text
    with buyer.page.expect_download() as loading:
        buyer.page.click("a:has-text('退回的行')")
    assert loading.value.suggested_filename == "配件-退回的行.xlsx" and count(site, m.Part) == 1
