"""Normal forms of texts: how a name, a phone or a number is kept and compared, however it was typed.

    line      no invisible signs, odd blanks as blanks, nothing at the ends
    name      half-width letters, no blank between Chinese characters, （） around Chinese, one sign for the middle dot
    phone     13900000004 · 0551-65432100-801 · 400-800-1234
    code      half-width, upper case, no blanks, one sign for the dash: serial numbers, references, accounts
    plate     a code without dots and dashes: 皖A12345
    article   the number of a part as it is printed: half-width, upper case, single blanks
    key       letters, digits and Chinese only, upper case
    number    of a document; only looked for: ZJHT20261119 finds ZJHT-20261119-0001
    initials  only looked for: lower-case letters and digits

`kept` is applied wherever a value gets into a row (dictionary/base.py), `wanted` to what somebody looks for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial

HAN = "㐀-䶿一-鿿豈-﫿𠀀-𳎯"
_DASHES = re.compile(r"[‐‑‒–—―−﹣－]")
_DOTS = re.compile(rf"(?<=[{HAN}])[·•・‧∙⋅.](?=[{HAN}])")
_GAP = re.compile(rf"(?<=[{HAN}（）])\s+(?=[{HAN}（）])")
_HAN = re.compile(rf"[{HAN}]")
_BLANKS = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_TO_CHINESE, _TO_LATIN = str.maketrans("()", "（）"), str.maketrans("（）", "()")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0(?:10|2\d|[3-9]\d\d))-?(\d{7,8})(?:-(\d{1,5}))?")
_SERVICE = re.compile(r"([48]00)-?(\d{3})-?(\d{4})")
_EXTENSION = re.compile(r"(?<=\d)(?:转|分机|EXT\.?|X|#|,|，|\*)+[:：]?(?=\d)")
_AREA = re.compile(r"(0(?:10|2\d|[3-9]\d\d))-?(\d+)")
_NUMBER = re.compile(r"([A-Z]{2,8})?-?(\d{8})(?:-?(\d{1,6}))?")
_BEGINNING = re.compile(r"([A-Z]{2,8})-?(\d{1,7})")


def line(text: str) -> str:
    """Without signs that nobody sees; odd blanks as blanks, none at the ends."""
    if text.isascii():
        return text.strip()
    seen = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")
    return _BLANKS.sub(" ", seen).strip()


def name(text: str) -> str:
    """恒达 (安徽) with whatever width and blanks → 恒达（安徽）; a name without Chinese keeps ()."""
    text = line(text).translate(_WIDE)
    text = " ".join(text.split())
    if not _HAN.search(text):
        return text.translate(_TO_LATIN)
    text = text.translate(_TO_CHINESE)
    return _DOTS.sub("·", _GAP.sub("", text))


def code(text: str) -> str:
    """Half-width, upper case, no blanks, one sign for the dash."""
    seen = unicodedata.normalize("NFKC", line(text))
    return _DASHES.sub("-", re.sub(r"\s+", "", seen)).upper()


def plate(text: str) -> str:
    """皖A·12345 → 皖A12345."""
    return re.sub(r"[·•.\-]", "", code(text))


def article(text: str) -> str:
    """The number of a part as it is printed."""
    seen = unicodedata.normalize("NFKC", line(text))
    return _DASHES.sub("-", " ".join(seen.split())).upper()


def key(text: str) -> str:
    """Letters, digits and Chinese only: the same however dashes, dots and blanks are typed."""
    return re.sub(rf"[^0-9A-Z{HAN}]", "", code(text))


def mobile(text: str) -> str | None:
    """Eleven digits without +86, blanks and dashes, or None where it is no mobile number."""
    number = re.sub(r"[-()]", "", code(text))
    if len(number) > 11:
        number = re.sub(r"^(\+|00)?86", "", number)
    return number if _MOBILE.fullmatch(number) else None


def landline(text: str) -> str | None:
    """0551-65432100, with -801 for an extension, or a service number like 400-800-1234; None for anything else."""
    number = _spoken(text)
    if found := _LANDLINE.fullmatch(number):
        return "-".join(part for part in found.groups() if part)
    if found := _SERVICE.fullmatch(number):
        return "-".join(found.groups())
    return None


def _spoken(text: str) -> str:
    """Without brackets and the sign of the country; any word for an extension is a dash."""
    number = re.sub(r"[-()]+", "-", _EXTENSION.sub("-", code(text))).strip("-")
    number = re.sub(r"^(?:\+|00)86-?(?=0|1[3-9])", "", number)
    return re.sub(r"^(?:\+|00)86-?(?=\d)", "0", number)


def phone(text: str) -> str:
    """A number as it is kept; what is none stays as it was typed, for a check to refuse."""
    return mobile(text) or landline(text) or line(text)


def phone_wanted(text: str) -> list[str]:
    """A phone or a piece of one."""
    whole = mobile(text) or landline(text)
    if whole:
        return [whole]
    spoken = _spoken(text)
    if found := _AREA.fullmatch(spoken):
        return [f"{found[1]}-{found[2]}"]
    digits = spoken.replace("-", "")
    return list(dict.fromkeys((spoken, digits))) if digits.isdigit() else [line(text)]


def number_wanted(text: str) -> list[str]:
    """The number of a document or a piece of one, with the dashes that were left out."""
    typed = code(text)
    found = _NUMBER.fullmatch(typed) or _BEGINNING.fullmatch(typed)
    dashed = "-".join(part for part in found.groups() if part) if found else typed
    return list(dict.fromkeys((typed, dashed)))


def code_wanted(text: str) -> list[str]:
    """A code, or a word in it."""
    return [code(text)]


def initials_wanted(text: str) -> list[str]:
    """Lower-case letters and digits; Chinese is looked for in the name."""
    return [" ".join(re.sub(r"[^0-9a-z ]", "", unicodedata.normalize("NFKC", text).lower()).split())]


def _one(form: Callable[[str], str], text: str) -> list[str]:
    return [form(text)]


KEPT: dict[str, Callable[[str], str]] = {
    "line": line,
    "name": name,
    "phone": phone,
    "code": code,
    "plate": plate,
    "article": article,
    "key": key,
    "number": line,
    "initials": line,
}
WANTED: dict[str, Callable[[str], list[str]]] = {
    **{form: partial(_one, keep) for form, keep in KEPT.items()},
    "phone": phone_wanted,
    "number": number_wanted,
    "initials": initials_wanted,
}
