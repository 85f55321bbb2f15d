"""What a file is, by its bytes; what is refused, in a sentence that names it; what a thumbnail shows and hides."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from PIL import Image

from app.errors import WrongAmount
from app.workflows.system import file_content
from app.workflows.system.file_content import DOCX, JPEG, PDF, PNG, WEBP, XLSX, examine, tidy_name
from tests import files
from tests.kit import World


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("身份证正面.jpg", files.picture("JPEG"), JPEG),
        ("营业执照.PNG", files.picture("PNG"), PNG),
        ("现场.webp", files.picture("WEBP"), WEBP),
        ("合同-销售（盖章）.pdf", files.pdf(), PDF),
        ("清单.xlsx", files.xlsx(), XLSX),
        ("说明.docx", files.docx(), DOCX),
    ],
)
def test_what_is_taken_keeps_its_chinese_name(world: World, name: str, content: bytes, media_type: str) -> None:
    found = examine(name, content)
    assert (found.name, found.media_type, found.content) == (name, media_type, content)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert (found.thumbnail is not None) == media_type.startswith("image/")


def test_a_name_that_says_something_else_gets_the_ending_of_what_it_is(world: World) -> None:
    assert examine("照片.png", files.picture("JPEG")).name == "照片.png.jpg"
    assert examine("没有后缀", files.pdf()).name == "没有后缀.pdf"
    assert examine("setup.exe", files.pdf()).name == "setup.exe.pdf"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("发票.pdf", b"MZ\x90\x00\x03" + b"\x00" * 200, "“发票.pdf”不是 PDF、图片"),
        ("页面.pdf", b"<!doctype html><script>alert(1)</script>", "不是 PDF"),
        ("图.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "不是 PDF"),
        ("动图.jpg", b"GIF89a" + b"\x00" * 40, "不是 PDF"),
        ("旧表.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "不是 PDF"),
        ("半截.pdf", b"%PDF-1.7\n1 0 obj", "不是 PDF"),
        ("空.pdf", b"", "“空.pdf”是空文件"),
        ("打包.docx", files.archive("readme.txt"), "不是 PDF"),
        ("没有目录.xlsx", files.archive("xl/workbook.xml"), "不是 PDF"),
        ("坏表.xlsx", files.xlsx()[:300], "已损坏"),
        ("宏.xlsx", files.archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "带有宏"),
        ("苹果.jpg", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 50, "苹果的 HEIC 照片"),
        ("坏图.jpg", files.picture("JPEG", (400, 400))[:-300], "不能作为图片打开"),
        ("假图.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "不能作为图片打开"),
        ("假图.webp", b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 40, "不能作为图片打开"),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_in_chinese_with_its_name(world: World, name: str, content: bytes, words: str) -> None:
    with pytest.raises(WrongAmount) as told:
        examine(name, content)
    assert words in str(told.value) and name in str(told.value) and told.value.field == "files"


def test_twenty_megabytes_are_taken_and_a_byte_more_is_not(world: World) -> None:
    full = files.pdf().ljust(file_content.MOST_BYTES, b"\n")
    assert len(examine("大.pdf", full).content) == 20 * 1024 * 1024
    with pytest.raises(WrongAmount, match=r"“大\.pdf”超过 20 兆"):
        examine("大.pdf", full + b"\n")


def test_forty_million_pixels_are_the_most_and_nothing_is_unpacked_to_find_out(world: World) -> None:
    made = io.BytesIO()
    Image.new("1", (8000, 5001)).save(made, "PNG")
    with pytest.raises(WrongAmount, match="4000 万像素"):
        examine("全景.png", made.getvalue())
    huge = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(huge, "PNG")
    with pytest.raises(WrongAmount, match=r"不能作为图片打开|4000 万像素"):
        examine("炸弹.png", huge.getvalue())


def test_a_zip_that_blows_up_is_refused_by_what_it_says_of_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_content, "MOST_UNPACKED", 1_000_000)
    bomb = files.archive("[Content_Types].xml", "xl/workbook.xml", content=b"0" * 600_000)
    assert len(bomb) < 10_000
    with pytest.raises(WrongAmount, match="解压后过大"):
        examine("炸弹.xlsx", bomb)


def test_a_thumbnail_stands_upright_is_small_and_does_not_tell_where_it_was_taken(world: World) -> None:
    original = files.phone_photo()
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(files.GPS)
    shown = Image.open(io.BytesIO(examine("现场.jpg", original).thumbnail or b""))
    assert (shown.format, shown.size) == ("JPEG", (240, 320))
    assert not shown.getexif() and "exif" not in shown.info
    top, bottom = shown.getpixel((120, 20)), shown.getpixel((120, 300))
    assert top[0] > 200 > top[2] and bottom[2] > 200 > bottom[0]  # what lay left is on top
    assert examine("现场.jpg", original).content == original


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_picture_gets_a_thumbnail(world: World, mode: str) -> None:
    made = io.BytesIO()
    Image.new(mode, (50, 40)).save(made, "JPEG" if mode == "CMYK" else "PNG")
    shown = Image.open(io.BytesIO(examine("扫描.png", made.getvalue()).thumbnail or b""))
    assert shown.mode == "RGB" and shown.size == (50, 40)


def test_clear_ground_becomes_white(world: World) -> None:
    shown = Image.open(io.BytesIO(examine("签名.png", files.signature()).thumbnail or b""))
    assert shown.getpixel((5, 5)) == (255, 255, 255) and sum(shown.getpixel((100, 53))) < 60


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("C:\\fakepath\\合同.pdf", "合同.pdf"),
        ("../../etc/passwd", "passwd"),
        ("合同\u202efdp.exe", "合同fdp.exe"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ('报价"单"<1>.pdf', "报价_单__1_.pdf"),
        ("...", "附件"),
        ("", "附件"),
        ("\u5409" * 200 + ".pdf", "\u5409" * 114 + ".pdf"),
    ],
)
def test_a_name_is_cleaned_of_what_hides_or_breaks_it(world: World, typed: str, kept: str) -> None:
    assert tidy_name(typed) == kept


def test_an_encrypted_or_strange_zip_is_no_fault_of_ours(world: World) -> None:
    made = bytearray(files.docx())
    made[-22:] = b"PK\x05\x06" + b"\xff" * 18
    with pytest.raises(WrongAmount):
        examine("坏.docx", bytes(made))
    assert zipfile.is_zipfile(io.BytesIO(files.docx()))
