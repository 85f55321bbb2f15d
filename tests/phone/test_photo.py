"""A photo of a label instead of a scanner: what is in it is read, what is none is said in a sentence."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from app.formulas import label_codes
from app.phone.photo import MOST_PIXELS
from tests.kit import World
from tests.phone.photos import photo


def send(site: World, who: str, taken: bytes) -> tuple[int, str]:
    browser = site.browser(who)
    sent = {"photo": (io.BytesIO(taken), "照片.jpg")}
    answer = browser.client.post("/phone/store/read", data=sent, headers={"X-CSRFToken": browser.token()})
    said = answer.get_json(silent=True) or {}
    return answer.status_code, said.get("text") or said.get("fault") or ""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_code_in_a_photo_is_read(site: World, kind: str) -> None:
    text = label_codes.part("滤芯—01/A")
    assert send(site, "keeper", photo(text, kind)) == (200, text)


def test_what_is_no_photo_or_has_no_code_is_said(site: World) -> None:
    empty, huge = io.BytesIO(), io.BytesIO()
    Image.new("L", (300, 300), 128).save(empty, "JPEG")
    Image.new("1", (10_000, MOST_PIXELS // 10_000 + 1)).save(huge, "PNG")
    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)  # a PNG of 400 million pixels, of which nothing comes
    boast = (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + b"IHDR"
        + head
        + struct.pack(">I", zlib.crc32(b"IHDR" + head))
        + struct.pack(">I", 9)
        + b"IDAT"
    )
    for taken, words in [
        (boast, "照片太大"),
        (b"", "这不是可以识别的照片"),
        (b"MZ\x90 an exe", "这不是可以识别的照片"),
        (photo("x")[:2000], "这不是可以识别的照片"),
        (empty.getvalue(), "照片里没有找到码"),
        (huge.getvalue(), "照片太大"),
    ]:
        status, said = send(site, "keeper", taken)
        assert status == 422 and words in said, said


def test_only_who_works_in_the_store_has_photos_read(site: World) -> None:
    assert send(site, "sales1", photo("x"))[0] == 403
