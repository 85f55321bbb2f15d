"""A printed paper as PDF, by WeasyPrint where it can be loaded; it is given our own style sheets and nothing else."""

from __future__ import annotations

import json
import logging
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import gettext
from PIL import ImageFile

from ..errors import BusinessError
from ..workflows.system import bounded

SHEETS = "tiema:"
OWN = ("print.css", "print-a4.css", "print-triple.css")
MAKER = Path(__file__).with_name("pdf_maker.py")
PATIENCE = 90.0  # seconds by the wall clock

log = logging.getLogger(__name__)


@cache
def _engine() -> Any:
    """WeasyPrint, or None where its libraries (libpango) are not installed."""
    try:
        import weasyprint
    except (ImportError, OSError):
        return None
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # its import switches this on for the whole process: half a photo is none
    return weasyprint


def is_possible() -> bool:
    """Whether this server makes PDF files."""
    return _engine() is not None


def make(page: str) -> bytes:
    """The page as a PDF file, by a process of its own. Whatever it names outside our style sheets is not fetched.

    Raises: BusinessError when there is no file of it, or it would take too long.
    """
    folder = Path(current_app.static_folder or "")
    order = {"page": page, "sheets": {name: (folder / name).read_text(encoding="utf-8") for name in OWN}}
    try:
        return bounded.run(MAKER, json.dumps(order).encode(), PATIENCE)
    except bounded.Exhausted as fault:
        log.warning("no PDF: %s", fault)
        raise BusinessError(gettext("No PDF can be made of this paper; please print it")) from None
