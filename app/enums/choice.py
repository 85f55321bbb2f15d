"""What a list of words is: a closed list of choices with labels and tones."""

from __future__ import annotations

import enum
from typing import Any

LATER = "later"  # behind the label of a choice that nothing brings about yet; whoever makes it work takes the word away


class Choice(enum.Enum):
    """A list of words with labels; `str()` gives the label.

    Behind the label: a tone, and LATER where the database knows the word already but no form or filter offers it.
    """

    label: Any
    tone: str
    is_later: bool

    def __new__(cls, label: Any, tone: str = "grey", later: str = "") -> Choice:
        member = object.__new__(cls)
        member._value_ = len(cls.__members__) + 1
        member.label = label
        member.tone = tone
        member.is_later = later == LATER
        return member

    def __str__(self) -> str:
        return str(self.label)
