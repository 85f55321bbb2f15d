"""Amounts in words, identity numbers, phones, initials."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.formulas import identity
from app.formulas.chinese_amount import chinese_amount
from app.formulas.pinyin import initials
from tests.kit import credit_code, id_card

D = Decimal
DIGITS = "零壹贰叁肆伍陆柒捌玖"


def group(n: int) -> str:
    """One to four digits in words, a single 零 for each gap inside."""
    text, gap = "", False
    for power, unit in ((1000, "仟"), (100, "佰"), (10, "拾"), (1, "")):
        digit = n // power % 10
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + unit
        gap = digit == 0 if digit or text else gap
    return text


def independent(amount: Decimal) -> str:
    """The amount in words by another road: groups of four digits, 万 and 亿 between them, written without the library."""
    cents = int(amount * 100)
    if cents < 0:
        return "负" + independent(-amount)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    text, needs_zero = "", False
    for exponent, unit in ((12, "万亿"), (8, "亿"), (4, "万"), (0, "")):
        part = yuan // 10**exponent % 10_000
        if part:
            gap = bool(text) and (needs_zero or part < 1000)
            text += ("零" if gap else "") + group(part) + ("万" if exponent == 12 else unit)
            needs_zero = False
        elif text:
            needs_zero = True
        if exponent == 8 and yuan >= 10**12 and not part:
            text += "亿"
    text = text and text + "元"
    if not jiao and not fen:
        return (text or "零元") + "整"
    if jiao:
        text += DIGITS[jiao] + "角"
    elif text:
        text += "零"
    return text + (DIGITS[fen] + "分" if fen else "")


@pytest.mark.parametrize(
    "amount, words",
    [
        ("0", "零元整"),
        ("0.01", "壹分"),
        ("0.10", "壹角"),
        ("0.11", "壹角壹分"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("100.05", "壹佰元零伍分"),
        ("100.50", "壹佰元伍角"),
        ("1005.00", "壹仟零伍元整"),
        ("10000", "壹万元整"),
        ("10005", "壹万零伍元整"),
        ("100000", "壹拾万元整"),
        ("1065000", "壹佰零陆万伍仟元整"),
        ("1087384.08", "壹佰零捌万柒仟叁佰捌拾肆元零捌分"),
        ("100000000", "壹亿元整"),
        ("100000005", "壹亿零伍元整"),
        ("-52500", "负伍万贰仟伍佰元整"),
    ],
)
def test_amounts_in_words(amount: str, words: str) -> None:
    assert chinese_amount(D(amount)) == words == independent(D(amount))


@given(
    st.one_of(
        st.integers(0, 10**17 - 1),
        st.integers(0, 10**7),
        st.integers(0, 10**6).map(lambda n: n * 10**7),
        st.integers(0, 10**9).map(lambda n: n * 10**4),
    )
)
@settings(derandomize=True, max_examples=1500, deadline=None)
def test_words_agree_with_an_independent_way_up_to_a_thousand_million_million(cents: int) -> None:
    amount = D(cents) / 100
    assert chinese_amount(amount) == independent(amount)


@given(st.integers(1, 10**15))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_different_amounts_have_different_words(cents: int) -> None:
    assert chinese_amount(D(cents) / 100) != chinese_amount(D(cents - 1) / 100)


# -- identity -----------------------------------------------------------------------------------------------------


def check_digit(stem: str) -> str:
    """GB 11643, written out: weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2, modulo 11."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(c) * w for c, w in zip(stem, weights, strict=True)) % 11]


TODAY = dt.date(2026, 11, 23)


@given(st.dates(dt.date(1906, 11, 23), TODAY), st.integers(110000, 839999), st.integers(0, 999))
@settings(derandomize=True, max_examples=200)
def test_an_id_card_with_the_right_check_digit_is_one_and_with_any_other_is_none(
    born: dt.date, place: int, serial: int
) -> None:
    stem = f"{place}{born:%Y%m%d}{serial:03d}"
    right = check_digit(stem)
    assert [c for c in "0123456789X" if identity.is_id_card(stem + c, TODAY)] == [right]


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "34010419780101",
        "340104197802300028",
        "340104 19780101002",
        "０４０１０４１９７８０１０１００２",
        "34010419780101001x",
    ],
)
def test_what_is_no_id_card(wrong: str) -> None:
    assert not identity.is_id_card(wrong, TODAY)


@pytest.mark.parametrize("born", ["20990101", "18000101", "19061122", "20261124"])
def test_nobody_was_born_tomorrow_or_is_older_than_120_years(born: str) -> None:
    stem = f"340104{born}001"
    assert not identity.is_id_card(stem + check_digit(stem), TODAY)


def test_residence_permits_are_id_cards() -> None:
    stem = "81000019900101001"
    assert identity.is_id_card(stem + check_digit(stem), TODAY)


def test_a_credit_code_has_18_characters_and_its_check_character() -> None:
    code = credit_code(7)
    assert identity.is_credit_code(code) and not identity.is_credit_code(code[:-1])
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    assert [c for c in alphabet if identity.is_credit_code(code[:-1] + c)] == [code[-1]]


@pytest.mark.parametrize(
    "typed, number",
    [
        ("13900000001", "13900000001"), ("139 0000 0001", "13900000001"), ("139-0000-0001", "13900000001"), ("+86 13900000001", "13900000001"),
        ("8613900000001", "13900000001"), ("１３９００００００01", "13900000001"), ("12900000001", None), ("1390000000", None), ("139000000012", None), ("", None),
    ],
)  # fmt: skip
def test_mobiles(typed: str, number: str | None) -> None:
    assert identity.normal_mobile(typed) == number


@pytest.mark.parametrize(
    "typed, number",
    [
        ("0551-65432100", "0551-65432100"),
        ("055165432100", "0551-65432100"),
        ("400-820-8820", "400-820-8820"),
        ("010-12345678-123", "010-12345678-123"),
        ("13900000001", "13900000001"),
        ("65432100", None),
        ("abc", None),
    ],
)
def test_landlines_and_service_numbers(typed: str, number: str | None) -> None:
    assert identity.normal_phone(typed) == number


def test_a_mask_keeps_the_length_and_hides_the_middle() -> None:
    number = id_card(1)
    assert (
        identity.masked(number) == number[:4] + "*" * 10 + number[-4:]
        and identity.masked("13900000001") == "139****0001"
    )


@given(st.text(min_size=1, max_size=30))
@settings(derandomize=True)
def test_no_mask_shows_a_whole_number(text: str) -> None:
    shown = identity.masked(text)
    assert len(shown) == len(text) and (len(text) < 2 or "*" in shown)


# -- initials -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, letters",
    [
        ("液压滤芯", {"yylx"}),
        ("重庆", {"cq"}),
        ("曾国强", {"cgq", "zgq"}),
        ("单晓明", {"sxm", "dxm"}),
        ("HT215 挖掘机", {"ht215", "wjj"}),
        ("", set()),
    ],
)
def test_initials_as_a_clerk_types_them(name: str, letters: set[str]) -> None:
    assert letters <= set(initials(name).split())


@given(st.text(max_size=200))
@settings(derandomize=True, deadline=None)
def test_initials_fit_their_column_and_are_lower_case(name: str) -> None:
    found = initials(name)
    assert len(found) <= 60 and found == found.lower()
