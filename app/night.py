"""The night's work begins by itself: a thread of every web process looks once a minute, one of all of them does it."""

from __future__ import annotations

import logging
import threading

from flask import Flask

from . import clock, jobs

log = logging.getLogger(__name__)


class Night:
    """A thread that does what a day begins with, soon after midnight of the business calendar, and what was missed."""

    def __init__(self, app: Flask, pause: float = 60.0) -> None:
        self.app, self.pause, self.closing = app, pause, threading.Event()
        self.thread = threading.Thread(target=self._watch, name="night", daemon=True)

    def start(self) -> Night:
        self.thread.start()
        return self

    def stop(self, patience: float = 10.0) -> None:
        """What is not finished by then is completed by the next process."""
        self.closing.set()
        self.thread.join(patience)

    def _watch(self) -> None:
        while not self.closing.wait(self.pause):
            try:
                with self.app.app_context():
                    if jobs.is_due():
                        jobs.nightly(clock.today())
            except Exception:
                log.exception("the night's work stumbled")
