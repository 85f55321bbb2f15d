"""A photo of a label, read on the server: for phones whose browser cannot read codes itself."""

from __future__ import annotations

from typing import IO

from flask_babel import gettext
from PIL import Image, ImageOps

from ..errors import BusinessError, WrongAmount
from ..workflows.system.file_content import MOST_PIXELS, TOO_MANY_PIXELS, UNREADABLE, few_at_a_time

SIDE = 2000
KINDS = ("JPEG", "PNG", "WEBP")


def code_in(photo: IO[bytes]) -> str:
    """The text of the first code in a photo (JPEG, PNG or WebP of at most 40 million pixels).

    Raises: WrongAmount when this is no such photo; BusinessError when there is no code in it.
    """
    try:
        with few_at_a_time, Image.open(photo, formats=KINDS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise WrongAmount(gettext("This photo is too large"))
            picture.draft("L", (SIDE, SIDE))
            grey = ImageOps.exif_transpose(picture).convert("L")
    except TOO_MANY_PIXELS as fault:
        raise WrongAmount(gettext("This photo is too large")) from fault
    except UNREADABLE as fault:
        raise WrongAmount(gettext("This is no photo that can be read")) from fault
    grey.thumbnail((SIDE, SIDE))
    import zxingcpp  # 2 MB, for browsers that cannot read codes themselves

    found = zxingcpp.read_barcodes(memoryview(grey.tobytes()).cast("B", shape=[grey.height, grey.width]))
    text = next((code.text.strip() for code in found if code.text.strip()), "")
    if not text:
        raise BusinessError(gettext("No code was found in the photo; go closer and hold still"))
    return text[:300]
