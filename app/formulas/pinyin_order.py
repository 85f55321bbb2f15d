"""The order of a Chinese dictionary for names, where the database has none: signs and digits, Chinese by pinyin, letters.

PostgreSQL orders by ICU, which gives the same. One reading a character: 曾 stands at céng there as here.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

CHINESE, LETTERS = 0x20000, 0x40000  # where the order of Chinese characters and of other letters begins
_TONES = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}


class _Places(dict[int, int]):
    """Character → place, for str.translate; whatever is no Chinese stands by its own number, letters behind."""

    def __missing__(self, code: int) -> int:
        self[code] = code + LETTERS if chr(code).isalpha() else code
        return self[code]


@cache
def _places() -> _Places:
    """The places of all Chinese characters, from the table of readings alone: what else pypinyin loads is ten times as large."""
    found = importlib.util.find_spec("pypinyin")
    assert found is not None and found.origin is not None
    spec = importlib.util.spec_from_file_location("pinyin_readings", Path(found.origin).with_name("pinyin_dict.py"))
    assert spec is not None and spec.loader is not None
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    usual = (code for code in table.pinyin_dict if 0x3400 <= code <= 0x9FFF)
    ordered = sorted(usual, key=lambda code: (_reading(table.pinyin_dict[code]), code))
    return _Places((code, CHINESE + place) for place, code in enumerate(ordered))


def _reading(readings: str) -> tuple[str, str]:
    """The first reading without its tone, and the tone: lǜ → ("lv", "4")."""
    first = unicodedata.normalize("NFD", readings.split(",")[0])
    letters = first.replace("u\u0308", "v")
    tone = next((_TONES[c] for c in letters if c in _TONES), "5")
    return "".join(c for c in letters if c.isalpha()), tone


@lru_cache(maxsize=100_000)
def _key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().translate(_places())


def compare(one: str, other: str) -> int:
    """Less than zero where `one` comes first; names that are spelled alike stand by their characters."""
    left, right = (_key(one), one), (_key(other), other)
    return (left > right) - (left < right)
