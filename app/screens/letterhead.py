"""The dealer on his papers: the texts of 公司资料, and logo and seal where a template leaves a place for them.

A template writes `<i class="seal"></i>`; the picture is put there after the sandbox, which lets no picture through.
"""

from __future__ import annotations

import base64
import io
from functools import lru_cache

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext
from PIL import Image, ImageChops, ImageOps

from .. import actor as acting
from .. import scope
from ..database import db
from ..enums import AttachmentKind
from ..models import Attachment
from ..workflows.system import attachment
from ..workflows.system.dealer import the_dealer

SPOTS = {"logo": AttachmentKind.LOGO, "seal": AttachmentKind.SEAL}
SIDE = 640  # pixels: a seal of 42 mm at 380 dots an inch
NAMES = ("tax_number", "address", "phone", "bank_accounts")


def name() -> str:
    """The seller as papers call him."""
    found = the_dealer()
    return (found.name if found is not None else None) or current_app.config["DEALER_NAME"]


def texts() -> dict[str, str]:
    """What a template may say of the dealer; what is not known is an empty text."""
    found = the_dealer()
    told = {column: getattr(found, column, None) or "" for column in NAMES}
    return told | {"bank_accounts": "；".join(told["bank_accounts"].splitlines())}


def lacking() -> str | None:
    """The sentence for who prints before the house has a name; None when it has one, or while it only plays."""
    if name() or not current_app.config["PRODUCTION"]:
        return None
    if acting.current().may("edit", "Dealer"):
        return gettext("Before the first print, please enter the name of the company")
    return gettext("Before the first print, the system administrator has to enter the company profile")


def put_pictures(html: str) -> str:
    """Logo and seal in their places; a place without a picture goes."""
    for spot, kind in SPOTS.items():
        place = f'<i class="{spot}"></i>'
        if place in html:
            html = html.replace(place, _picture(spot, kind))
    return html


def _picture(spot: str, kind: AttachmentKind) -> str:
    found = the_dealer()
    with scope.elevated():
        pictures = attachment.of(found, kind) if found is not None else []
        if not pictures:
            return ""
        data = _png(pictures[-1].sha256, is_clear=spot == "seal")
    return f'<img class="{spot}" alt="" src="data:image/png;base64,{data}">'


@lru_cache(maxsize=8)
def _png(sha256: str, *, is_clear: bool) -> str:
    """The picture small enough for a paper; of a seal white becomes clear, so that it lies over the text."""
    kept = db.session.scalars(sa.select(Attachment).where(Attachment.sha256 == sha256)).first()
    assert kept is not None
    with Image.open(io.BytesIO(attachment.picture(kept))) as found:
        picture = ImageOps.exif_transpose(found).convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    if is_clear:
        ink = ImageChops.invert(picture)
        deepest = ImageChops.lighter(ImageChops.lighter(*ink.split()[:2]), ink.split()[2])
        picture.putalpha(deepest.point(lambda depth: min(255, depth * 2)))
    made = io.BytesIO()
    picture.save(made, "PNG")
    return base64.b64encode(made.getvalue()).decode()
