"""Checklist and signature in a real browser, at the width of a phone and at the desk: buttons, a photo, a name on the glass."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import AttachmentKind, CheckKind, WorkOrderKind, WorkOrderState
from app.unit_of_work import create
from app.workflows.system import attachment
from tests import files
from tests.browser.conftest import DESKTOP, PHONE
from tests.kit import START, World
from tests.vans import Vans


@pytest.fixture
def order(site: World) -> int:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        items = [{"text": "试机正常", "kind": CheckKind.YES_NO}, {"text": "仪表照片", "kind": CheckKind.PHOTO}]
        create(
            m.ChecklistTemplate,
            {"name": "维修", "kind": WorkOrderKind.REPAIR, "items": items},
            by=site["service_manager"],
        )
        vans = Vans(site)
        found = vans.at_work(vans.order(site.company()))
        vans.prove(found)
        row_id = found.id
        db.session.remove()
    return row_id


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_a_technician_answers_signs_and_finishes(
    site: World, desk: Any, order: int, tmp_path: Path, size: tuple[int, int]
) -> None:
    (tmp_path / "仪表.png").write_bytes(files.picture("PNG"))
    place = desk("tech1", size).go(f"/workorderview/ask/finish/{order}")
    page = place.page
    assert "检查表还有 2 项必填未完成：试机正常、仪表照片" in place.text
    place.go(f"/workorderview/ask/fill_checklist/{order}")
    page.click(".either label:first-child")
    page.set_input_files("input[type=file]", str(tmp_path / "仪表.png"))
    place.press("form.ask .save button")
    assert "2/2" in place.text
    place.go(f"/workorderview/ask/finish/{order}")
    page.fill("#solution", "更换滤芯")
    page.evaluate(
        "document.querySelector('canvas').scrollIntoView({ block: 'center' })"
    )  # clear of the bar at the foot
    box = page.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 30)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(box["x"] + 20 + step * 20, box["y"] + 30 + step % 2 * 30)
    page.mouse.up()
    page.fill("#labour_hours", "两小时")  # refused: the drawing is still there when the form comes back
    page.click("form.ask .save button")
    page.wait_for_selector("#labour_hours-error")
    drawn = (
        "[...document.querySelector('canvas').getContext('2d').getImageData(0, 0, 640, 240).data].some((v) => v > 0)"
    )
    place.until(drawn)
    page.fill("#labour_hours", "2")
    place.press("form.ask .save button")
    with site.app.app_context(), acting_as(SYSTEM):
        assert site.row(m.WorkOrder, id=order).state is WorkOrderState.FINISHED
        signed = site.row(m.Attachment, kind=AttachmentKind.SIGNATURE)
        shown = Image.open(io.BytesIO(attachment.content(signed)))
        assert shown.size == (640, 240) and shown.getchannel("A").getbbox() is not None
        db.session.remove()


def test_a_signature_is_drawn_again(desk: Any, order: int) -> None:
    place = desk("tech1", PHONE).go(f"/workorderview/ask/finish/{order}")
    place.page.locator("canvas").scroll_into_view_if_needed()
    place.page.locator("canvas").click(position={"x": 50, "y": 50})
    value = "document.querySelector('[name=signature]').value"
    assert place.page.evaluate(value).startswith("data:image/png;base64,")
    place.page.click("[data-signature] button")
    assert place.page.evaluate(value) == ""


def test_a_draft_brings_back_the_button_that_was_pressed_and_no_signature(desk: Any, order: int) -> None:
    place = desk("tech1", DESKTOP).go(f"/workorderview/ask/fill_checklist/{order}")
    page = place.page
    picked = "[...document.querySelectorAll('.either input')].map((b) => [b.value, b.checked])"
    page.click(".either label:last-child")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.reload()
    page.click(".draft button >> nth=0")
    assert page.evaluate(picked) == [["1", False], ["0", True]]
    place.go(f"/workorderview/ask/finish/{order}")
    page.fill("#solution", "写了一半")
    page.locator("canvas").click(position={"x": 50, "y": 50})
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.reload()
    page.click(".draft button >> nth=0")
    assert page.input_value("#solution") == "写了一半"
    assert page.evaluate("document.querySelector('[name=signature]').value") == ""
