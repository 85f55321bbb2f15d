"""A printed paper as PDF, by WeasyPrint where it can be loaded; it is given our own style sheets and nothing else."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app
from PIL import ImageFile

SHEETS, PICTURE = "tiema:", "data:image/png;base64,"


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
    """The page as a PDF file. Whatever it names outside our style sheets is not fetched, and makes no file."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    folder = Path(current_app.static_folder or "")

    class OwnSheets(URLFetcher):
        """`tiema:print.css` is our file of that name, logo and seal stand in the page; there is no other address."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith(PICTURE):
                content = base64.b64decode(url.removeprefix(PICTURE))
                return URLFetcherResponse(url, content, {"Content-Type": "image/png"})
            name = url.removeprefix(SHEETS)
            if url.startswith(SHEETS) and name in ("print.css", "print-a4.css", "print-triple.css"):
                return URLFetcherResponse(url, (folder / name).read_bytes(), {"Content-Type": "text/css"})
            raise FatalURLFetchingError(f"not ours to fetch: {url[:100]}")

    return bytes(_engine().HTML(string=page, base_url=SHEETS, url_fetcher=OwnSheets()).write_pdf())
