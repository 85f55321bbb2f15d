"""Labels: the code on paper says what the scan page understands, the page prints what was chosen."""

from __future__ import annotations

import re

import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from app import models as m
from app.formulas import label_codes
from app.formulas.label_codes import Scan
from app.screens.labels import MOST, Label
from tests.kit import World
from tests.phone.store import Phone, Store


@pytest.fixture
def store(site: World) -> Store:
    return Store(site)


def decoded(svg: str) -> str:
    """What a scanner reads off an SVG code: its dark runs are painted and read back."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])  # type: ignore[index]
    width = side * 8
    picture = bytearray(b"\xff" * width * width)
    x, y = 0.0, 0.0
    for move, dx, dy in re.findall(r"([Mmh])(-?[\d.]+)(?:[ ,]?(-?[\d.]+))?", re.search(r' d="([^"]+)"', svg)[1]):  # type: ignore[index]
        if move == "M":
            x, y = float(dx), float(dy)
        elif move == "m":
            x, y = x + float(dx), y + float(dy)
        else:
            for row in range(int((y - 0.5) * 8), int((y + 0.5) * 8)):
                picture[row * width + int(x * 8) : row * width + int((x + float(dx)) * 8)] = bytes(int(float(dx) * 8))
            x += float(dx)
    found = zxingcpp.read_barcodes(memoryview(picture).cast("B", shape=[width, width]))
    return found[0].text if found else ""


@pytest.mark.parametrize(
    "text",
    [
        label_codes.part("LX-1001"),
        label_codes.part("滤芯—01/A"),
        label_codes.bin("PJ1", "A-01-03"),
        label_codes.machine("HT215-0007"),
    ],
)
def test_a_code_reads_back_as_it_was_written(text: str) -> None:
    assert decoded(str(Label(text, "x").picture)) == text


def test_the_finder_of_codes_tells_different_codes_apart() -> None:
    drawn = segno.make("TM:P:LX-1002", error="m", micro=False).svg_inline(omitsize=True, border=2)
    assert decoded(drawn) == "TM:P:LX-1002" != "TM:P:LX-1001"


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    found = label_codes.read(text)
    assert len(found.value) <= label_codes.LONGEST and "\n" not in found.value


@given(st.from_regex(r"[A-Z0-9][A-Z0-9./-]{0,30}", fullmatch=True), st.from_regex(r"[A-Z0-9]{1,6}", fullmatch=True))
def test_what_is_written_is_read(number: str, warehouse: str) -> None:
    assert label_codes.read(label_codes.part(number)) == Scan("P", number)
    assert label_codes.read(label_codes.machine(number)) == Scan("M", number)
    assert label_codes.read(label_codes.bin(warehouse, number)) == Scan("B", number, warehouse)


@pytest.mark.parametrize(
    ("text", "scan"),
    [
        ("RK-20250305-0001", Scan("D", "RK-20250305-0001")),
        (" ck202503050012\r", Scan("D", "CK-20250305-0012")),
        ("ＤＢ－２０２５０３０５－０００１", Scan("D", "DB-20250305-0001")),
        ("tm:d:TH-20250305-0001", Scan("D", "TH-20250305-0001")),
        ("XS-20250305-0001", Scan("", "XS-20250305-0001")),
        ("tm:p:lx-1001", Scan("P", "lx-1001")),
        ("LX-1001", Scan("", "LX-1001")),
        ("", Scan("", "")),
    ],
)
def test_scans_are_understood(text: str, scan: Scan) -> None:
    assert label_codes.read(text) == scan


def test_labels_of_the_chosen_rows_are_printed_in_copies(store: Store) -> None:
    browser = store.site.browser("keeper")
    answer = browser.post("/partview/labels", {"rowid": [str(store.oil_id), str(store.filter_id)]})
    assert (
        answer.status_code == 302 and answer.location.endswith(f"ids={store.oil_id},{store.filter_id}")
    ) or "%2C" in answer.location
    page = browser.get(f"{answer.location}&copies=2").get_data(as_text=True)
    codes = [decoded(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]
    assert codes == ["TM:P:LX-1002"] * 2 + ["TM:P:LX-1001"] * 2 and page.count('class="page"') == 4
    sheet = browser.get(f"/partview/labels?ids={store.oil_id}&size=sheet&copies=30&skip=5").get_data(as_text=True)
    assert sheet.count('class="page"') == 2 and sheet.count("<svg") == 30
    assert browser.post("/partview/labels", {}).status_code == 302
    most = browser.get(f"/partview/labels?ids={store.oil_id},{store.filter_id}&copies=999").get_data(as_text=True)
    assert most.count("<svg") == 200 <= MOST


def test_labels_of_bins_and_machines_open_what_they_name(store: Store) -> None:
    with store._inside():
        unit_id = store.site.unit("HT215-0007").id
    phone, shelf = Phone(store), store.value(m.Bin, "id", code="A-01")
    for path, words in (
        (f"/binview/labels?ids={shelf}", "机油滤芯"),
        (f"/machineunitview/labels?ids={unit_id}", "HT215-0007"),
    ):
        code = decoded(re.findall(r"<svg.*?</svg>", phone.open(path).page, re.DOTALL)[0])
        assert words in phone.open(f"/phone/store/?scan={code}").page
    assert "打印标签" in phone.open(f"/partview/show/{store.oil_id}").page
    assert "打印所选标签" in phone.open("/partview/list/").page


def test_labels_of_others_rows_are_not_there(store: Store) -> None:
    shelf = store.value(m.Bin, "id", code="A-01")
    assert store.site.browser("keeper2").get(f"/binview/labels?ids={shelf}").status_code == 404
    assert store.site.browser("visits").get(f"/binview/labels?ids={shelf}").status_code == 403
    assert store.site.browser("keeper").get("/warehouseview/labels?ids=1").status_code == 404
    for text in ("", "x", "1;2", "9" * 30, "-1"):
        assert store.site.browser("keeper").get(f"/partview/labels?ids={text}").status_code == 404
