"""Pinyin initials for typing: 液压滤芯 → yylx; a name whose first character reads several ways keeps them all."""

import re
import unicodedata
from typing import Any

from .normal import HAN

_SILENT = re.compile(rf"[^0-9a-z {HAN}]")


def _letters(text: str) -> Any:
    """Latin letters and digits stand for themselves, one by one."""
    return list(text)


def _sounding(name: str) -> str:
    """What of a name is spoken: no brackets and dots, whatever their width; blanks part words."""
    return " ".join(_SILENT.sub("", unicodedata.normalize("NFKC", name).lower()).split())


def initials(name: str) -> str:
    """Lower-case initials, at most 60 characters; several readings of the first character stand side by side.

    曾国强 → "cgq zgq": whichever a clerk types is found by a search that looks for the start of a word.
    """
    from pypinyin import Style, pinyin  # 55 MB of readings: for those who spell, not for every worker

    readings = pinyin(_sounding(name)[:50], style=Style.FIRST_LETTER, heteronym=True, errors=_letters)
    if not readings:
        return ""
    rest = "".join(options[0][:1] for options in readings[1:]).lower()
    first = dict.fromkeys(option[:1].lower() for option in readings[0])
    return " ".join(letter + rest for letter in first)[:60].strip()
