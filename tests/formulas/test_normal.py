"""One normal form a text, however it is typed; and the pieces somebody looks for."""

from __future__ import annotations

import pytest

from app.formulas import normal
from app.formulas.pinyin import initials

SAME = {
    "name": [
        ("恒达（安徽）有限公司", ["恒达(安徽)有限公司", "恒达\u200b（安徽）\ufeff有限公司", " 恒达 （安徽） 有限公司　"]),
        ("张敏", ["张 敏", "张　敏", "张\u200d敏"]),
        ("阿里·买买提", ["阿里•买买提", "阿里・买买提", "阿里．买买提"]),
        ("ABC (HK) Ltd.", ["ＡＢＣ　（HK） Ltd．", "ABC  (HK)\xa0Ltd."]),
    ],
    "phone": [
        ("13900000004", ["139-0000-0004", "+86 139 0000 0004", "0086-13900000004", "１３９０００００００４", "8613900000004"]),
        ("0551-65432100-801", ["0551-65432100转801", "055165432100-801", "(0551)65432100 转 801", "0551—65432100分机801"]),
        ("010-12345678", ["01012345678", "+86-10-12345678", "010 1234 5678"]),
        ("400-820-8820", ["4008208820", "400－820－8820"]),
        ("电话", ["电话\u200b"]),
    ],
    "code": [("HT215-0007", ["ht215-0007", "ＨＴ215－0007", "HT215 - 0007", "HT215—0007\u200b"])],
    "plate": [("皖A12345", ["皖A·12345", "皖a-12345", "皖 Ａ12345"])],
    "article": [("LX 1001-A", ["lx  1001-a", "ＬＸ　1001—Ａ"])],
    "key": [("LX1001A", ["lx-1001 a", "ＬＸ．1001/A", "LX\u200b1001A"])],
}  # fmt: skip


@pytest.mark.parametrize(("form", "kept", "typed"), [(f, k, t) for f, rows in SAME.items() for k, t in rows])
def test_what_is_the_same_is_kept_the_same(form: str, kept: str, typed: list[str]) -> None:
    keep = normal.KEPT[form]
    assert [keep(text) for text in typed] == [kept] * len(typed) and keep(kept) == kept


@pytest.mark.parametrize(
    ("form", "typed", "inside"),
    [
        ("number", "zjht20261119", "ZJHT-20261119-0001"),
        ("number", "ＺＪＨＴ202611190001", "ZJHT-20261119-0001"),
        ("number", "20261119-0001", "ZJHT-20261119-0001"),
        ("number", "202611190001", "ZJHT-20261119-0001"),
        ("number", "zjht202611", "ZJHT-20261119-0001"),
        ("number", "kh000012", "KH000012"),
        ("phone", "139-0000", "13900000004"),
        ("phone", "+86139", "13900000004"),
        ("phone", "05516543", "0551-65432100-801"),
        ("phone", "65432100转801", "0551-65432100-801"),
        ("name", "恒达(安", "恒达（安徽）有限公司"),
        ("initials", "H·D（", "hdahyxgs"),
    ],
)
def test_a_piece_is_found_however_it_is_typed(form: str, typed: str, inside: str) -> None:
    assert any(wanted and wanted in inside for wanted in normal.WANTED[form](typed))


def test_initials_have_no_dots_and_brackets() -> None:
    assert initials("恒达（安徽）·X").split()[0] == "hdahx"
    assert initials("恒达(１) 泵") == "hd1 b"


def test_what_cannot_be_stored_is_left_for_the_form_to_refuse() -> None:
    assert normal.line("坏\x0b字") == "坏\x0b字"
