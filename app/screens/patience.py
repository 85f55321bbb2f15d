"""A database that is started again while people work: what was only read, or not yet written, is done once more.

The unit of work tries its own transactions again. Here it is everything around them: the session's row at the beginning of
a request, the lists and forms, what a page looks up before it saves. Once a commit was begun nothing is repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import Flask, request

from ..database import abandon, commits, is_lost

PAUSES = (0.1, 0.3, 0.6, 1.0, 1.5, 2.0, 2.5)  # seconds; a server that is started again answers within these


def settle(app: Flask) -> None:
    """Both steps of a request: what comes before the page, and the page."""
    app.preprocess_request = patient(app.preprocess_request, may_repeat=True)  # type: ignore[method-assign]
    app.teardown_appcontext(
        lambda _error: abandon()
    )  # before the session is closed: a dead connection is no fault any more
    app.dispatch_request = patient(app.dispatch_request)  # type: ignore[method-assign]


def patient(step: Callable[..., Any], *, may_repeat: bool = False) -> Callable[..., Any]:
    """The step, done again while the database cannot be reached and nothing can have been written.

    may_repeat: what it writes may be written twice (when somebody was seen last).
    """

    def try_again(*args: Any) -> Any:
        for pause in PAUSES:
            before = commits()
            try:
                return step(*args)
            except Exception as fault:
                if not is_lost(fault) or (commits() != before and not may_repeat):
                    raise
                abandon()
                _rewind()
                time.sleep(pause)
        return step(*args)

    return try_again


def _rewind() -> None:
    """Files that were read to their end are read from the beginning."""
    for _name, file in request.files.items(multi=True):
        file.stream.seek(0)
