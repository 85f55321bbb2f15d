"""Makes one PDF file and ends: the page and our style sheets on standard input, the file on standard output.

Started by pdf.py as a process of its own, with so much memory and time and no more: a page that an administrator's template
made may be larger than anybody thought.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

SHEETS, PICTURE = "tiema:", "data:image/png;base64,"
MEMORY = 2 * 2**30
SECONDS = 60  # of the processor


class OwnSheets(URLFetcher):
    """`tiema:print.css` is our file of that name, logo and seal stand in the page; there is no other address."""

    def __init__(self, sheets: dict[str, str]) -> None:
        super().__init__()
        self.sheets = sheets

    def fetch(self, url: str, headers: Any = None) -> Any:
        if url.startswith(PICTURE):
            content = base64.b64decode(url.removeprefix(PICTURE))
            return URLFetcherResponse(url, content, {"Content-Type": "image/png"})
        name = url.removeprefix(SHEETS)
        if url.startswith(SHEETS) and name in self.sheets:
            return URLFetcherResponse(url, self.sheets[name].encode(), {"Content-Type": "text/css"})
        raise FatalURLFetchingError(f"not ours to fetch: {url[:100]}")


def main() -> None:
    """One page, one file."""
    order = json.load(sys.stdin.buffer)
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    except ImportError:  # pragma: no cover - Windows
        pass
    made = HTML(string=order["page"], base_url=SHEETS, url_fetcher=OwnSheets(order["sheets"])).write_pdf()
    sys.stdout.buffer.write(bytes(made or b""))


if __name__ == "__main__":
    main()
