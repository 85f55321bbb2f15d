"""Files that are not what they should be: each ends in one Chinese sentence, before anything is read into memory."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest

from app.errors import BusinessError
from app.screens import sheets
from app.screens.sheetparts import Formula
from tests.kit import World

from .kit import PARTS, book, checked, flashes, hand_in, part_row, parts_file, stores


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


def lying(content: bytes) -> bytes:
    """The directory of the archive claims that its members are empty."""
    real = len(zipfile.ZipFile(io.BytesIO(content)).read("xl/workbook.xml"))
    return content.replace(real.to_bytes(4, "little"), (1).to_bytes(4, "little"))


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
UNREADABLE = "这个文件读不出来，请用 Excel 另存为新版工作簿再上传"
TOO_MUCH = "文件解压后太大，请拆开再上传"
ODD = {
    "nothing": (b"", "文件是空的"),
    "a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "文件设有密码，请取消密码后再上传"),
    "an old file": (OLE, "这是旧版 Excel 文件，请另存为新版 Excel 工作簿再上传"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), UNREADABLE),
    "a page": ("<html>配件号</html>".encode(), UNREADABLE),
    "another archive": (zipped(hello=b"x"), UNREADABLE),
    "half a file": (parts_file(3)[:-200], UNREADABLE),
    "no sheet in it": (zipped(xl__workbook_xml=b"<workbook/>"), UNREADABLE),
    "a bomb": (zipped(xl__workbook_xml=b"0" * (sheets.MOST_INFLATED + 1)), TOO_MUCH),
    "a bomb that lies": (lying(zipped(xl__workbook_xml=b"0" * 70_000_000)), UNREADABLE),
    "a thousand members": (zipped(**{f"m{n}": b"" for n in range(sheets.MOST_ENTRIES + 1)}), TOO_MUCH),
}


def test_every_odd_file_ends_in_one_sentence(site: World) -> None:
    stores(site)
    browser = site.browser("buyer")
    for what, (content, sentence) in ODD.items():
        answer = hand_in(browser, content)
        assert (answer.status_code, flashes(answer)) == (422, [sentence]), what
    assert flashes(browser.post("/import/PartView/import", {"mode": "refuse"})) == ["请选择文件"]


def test_entities_in_the_xml_are_not_followed(site: World) -> None:
    stores(site)
    laugh = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;">'
        + b"".join(b'<!ENTITY c%d "%s">' % (n, b"&b;" * 1000) for n in range(3))
        + b"]><workbook>&c0;</workbook>"
    )
    answer = hand_in(site.browser("buyer"), zipped(xl__workbook_xml=laugh))
    assert flashes(answer) == [UNREADABLE]


def test_a_row_far_away_is_a_row_and_not_a_million(site: World) -> None:
    """The last row of a sheet is read like any other: nothing is left out in silence, and nothing else is made of it."""
    stores(site)
    import xlsxwriter

    file = io.BytesIO()
    made = xlsxwriter.Workbook(file)
    sheet = made.add_worksheet()
    for line, row in enumerate([PARTS, part_row(1)]):
        sheet.write_row(line, 0, row)
    sheet.write(1, 16_383, "x")
    sheet.write(1_048_575, 0, "Z-1")
    made.close()
    one = checked(site, "buyer", file.getvalue())
    assert one.faults == ["第 1048576 行“配件分类”：请填写配件分类", "第 1048576 行“配件名称”：请填写配件名称"]


def test_more_rows_than_allowed_are_one_sentence(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stores(site)
    from app.screens import importing

    monkeypatch.setattr(importing, "MOST_ROWS", 10)
    one = checked(site, "buyer", parts_file(11))
    assert (one.message, one.is_retryable) == ("每次最多 10 行，请把文件拆开", False)


def test_numbers_dates_and_percents_are_what_the_clerk_sees() -> None:
    seen = {13812345678.0: "13812345678", 0.1: "0.1", 12.50: "12.5", 1e15: "1e+15", True: "是", " Ａ\u3000": "Ａ",
            datetime(2026, 11, 23): "2026-11-23", date(2026, 1, 2): "2026-01-02", datetime(2026, 1, 2, 8, 30): "2026-01-02 08:30"}  # fmt: skip
    for value, text in seen.items():
        if value is not True:
            assert sheets.text_of(value) == text
    import xlsxwriter

    file = io.BytesIO()
    made = xlsxwriter.Workbook(file)
    share = made.add_format({"num_format": "0.00%"})
    made.add_worksheet().write_number(0, 0, 0.13, share)
    made.close()
    (line, cells), *_none = sheets.tables(file.getvalue())[0].below(0)
    assert (line, [sheets.text_of(cell) for cell in cells]) == (1, ["13%"])


def test_text_that_looks_like_a_formula_stays_text() -> None:
    with pytest.raises(BusinessError):
        sheets.refuse_odd(b"\x00\x01\x02")
    sheet = sheets.tables(book(["a", "b"], [["'=1", "=1+1"]]))[0]
    assert [cells for _, cells in sheet.below(0)][1] == ["'=1", Formula("=1+1")]
