"""A photo as a phone takes it: a printed code on a grey page, a little askew."""

from __future__ import annotations

import io

import segno
from PIL import Image


def photo(text: str, kind: str = "JPEG", turn: float = 7, side: int = 900) -> bytes:
    """The bytes of a picture with the code in it."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=8, border=4)
    page = Image.new("L", (side, side), 205)
    page.paste(Image.open(drawn).convert("L").rotate(turn, expand=True, fillcolor=205), (120, 160))
    taken = io.BytesIO()
    page.convert("RGB").save(taken, kind)
    return taken.getvalue()
