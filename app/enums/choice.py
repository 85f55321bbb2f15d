"""What a list of words is: a closed list of choices with labels and tones."""

from __future__ import annotations

import enum
from typing import Any


class Choice(enum.Enum):
    """A list of words with labels; `str()` gives the label."""

    label: Any
    tone: str

    def __new__(cls, label: Any, tone: str = "grey") -> Choice:
        member = object.__new__(cls)
        member._value_ = len(cls.__members__) + 1
        member.label = label
        member.tone = tone
        return member

    def __str__(self) -> str:
        return str(self.label)
