"""标签码: what the square code on a label says, and how a scan or a typed number is understood.

    TM:P:LX-1001       a part
    TM:B:PJ1:A-01-03   a bin of a warehouse
    TM:M:HT215-0007    a machine
    TM:K:KQ7XK2M4NP8R  a coupon

The number of a paper is read with or without dashes; anything else is what a person typed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 120
PART, BIN, MACHINE, COUPON, PAPER, TYPED = "P", "B", "M", "K", "D", ""
_LABEL = re.compile(r"TM:([PBMK]):(.+)", re.IGNORECASE)
_PAPER = re.compile(r"(?:TM:D:)?(RK|CK|DB|PD|TH)-?(\d{8})-?(\d{4,6})", re.IGNORECASE)


@dataclass(frozen=True)
class Scan:
    """What was scanned: kind, the number itself and, for a bin, the code of its warehouse."""

    kind: str
    value: str
    store: str = ""


def part(number: str) -> str:
    """The text of a part's code."""
    return f"TM:{PART}:{number}"


def bin(store: str, code: str) -> str:
    """The text of a bin's code; warehouse codes hold no colon, or the first one ends them."""
    return f"TM:{BIN}:{store}:{code}"


def machine(serial: str) -> str:
    """The text of a machine's code."""
    return f"TM:{MACHINE}:{serial}"


def coupon(number: str) -> str:
    """The text of a coupon's code."""
    return f"TM:{COUPON}:{number}"


def read(text: str) -> Scan:
    """What a scanner or a person sent: half-width, blanks and control characters gone."""
    text = "".join(c for c in unicodedata.normalize("NFKC", text) if c.isprintable()).strip()[:LONGEST]
    if found := _PAPER.fullmatch(text):
        return Scan(PAPER, f"{found[1].upper()}-{found[2]}-{found[3]}")
    if found := _LABEL.fullmatch(text):
        kind, value = found[1].upper(), found[2].strip()
        store, _colon, code = value.partition(":")
        return Scan(kind, code, store) if kind == BIN and code else Scan(kind, value)
    return Scan(TYPED, text)
