"""附件 in a real browser: photos are made smaller before they travel, on the desk and on a phone."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.workflows.system import attachment
from tests import files
from tests.browser.conftest import DESKTOP, PHONE
from tests.kit import START, World
from tests.vans import Vans


@pytest.fixture
def order(site: World) -> int:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        vans = Vans(site)
        found = vans.at_work(vans.order(site.company())).id
        db.session.remove()
    return found


def noisy(side: int = 3000) -> bytes:
    """A photo of 3000 pixels a side that does not compress well, lying on its side."""
    chance, exif, made = random.Random(5), Image.Exif(), io.BytesIO()
    exif[files.ORIENTATION] = 6
    image = Image.frombytes("RGB", (side // 4, side // 3), chance.randbytes(side // 4 * (side // 3) * 3))
    image.resize((side, side * 3 // 4)).save(made, "JPEG", quality=97, exif=exif)
    return made.getvalue()


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_photos_are_chosen_made_small_sent_and_seen(
    site: World, desk: Any, order: int, tmp_path: Path, size: tuple[int, int]
) -> None:
    taken = noisy()
    assert len(taken) > 2 * 1024 * 1024
    (tmp_path / "挖机现场.jpg").write_bytes(taken)
    (tmp_path / "服务单.pdf").write_bytes(files.pdf())
    place = desk("tech1", size).go(f"/workorderview/show/{order}")
    page = place.page
    assert page.locator(".camera").is_visible() == (size == PHONE)
    button = page.locator("form.upload button")
    assert button.is_disabled()
    page.select_option("form.upload select", "SITE_PHOTO")
    page.locator("form.upload input[multiple]").set_input_files(
        [str(tmp_path / "挖机现场.jpg"), str(tmp_path / "服务单.pdf")]
    )
    page.wait_for_selector(".chosen li:nth-child(2)")
    assert "挖机现场.jpg" in page.inner_text(".chosen")
    place.press("form.upload button")
    place.until("document.querySelector('.files img').naturalWidth > 0")
    assert page.locator(".files li").count() == 2
    page.locator("#attachments").scroll_into_view_if_needed()
    place.check()
    if folder := os.environ.get("TIEMA_PICTURES"):
        page.screenshot(path=f"{folder}/attachments-{size[0]}.png", full_page=True)
    with site.app.app_context(), acting_as(SYSTEM):
        photo, sheet = site.rows(m.Attachment)
        assert photo.size < len(taken) / 2 and photo.name == "挖机现场.jpg"
        shown = Image.open(io.BytesIO(attachment.content(photo)))
        assert max(shown.size) == 2400 and shown.height > shown.width  # upright, as the phone was held
        assert attachment.content(sheet) == files.pdf()
        db.session.remove()
    page.once("dialog", lambda dialog: dialog.accept())
    place.press(".files li:first-child form button")
    assert page.locator(".files li").count() == 1 and "已移除挖机现场.jpg" in place.text


def test_a_file_that_is_too_large_is_told_before_it_is_sent(desk: Any, order: int, tmp_path: Path) -> None:
    (tmp_path / "大.pdf").write_bytes(files.pdf().ljust(21 * 1024 * 1024, b"\n"))
    place = desk("tech1", PHONE).go(f"/workorderview/show/{order}")
    place.page.locator("form.upload input[multiple]").set_input_files(str(tmp_path / "大.pdf"))
    place.page.wait_for_selector(".chosen .error")
    assert "“大.pdf”超过 20 兆" in place.page.inner_text(".chosen")
    assert place.page.locator("form.upload button").is_disabled()
