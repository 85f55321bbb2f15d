"""The demo dealer on his day, served to a real browser. Whatever is sent is carried out to its last step and taken back:
the books stay as they are, and the order in which forms are tried does not matter.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Page
from waitress.server import create_server

from app import clock, create_app, unit_of_work
from app.actor import SYSTEM, Actor, acting_as
from app.database import db
from app.errors import BusinessError
from app.staff import actor_of
from tests.browser.conftest import DESKTOP, PHONE
from tests.conftest import once
from tests.kit import World
from tests.test_demo import DAY, build_demo

PROBE = Path(__file__).with_name("form_probe.js").read_text(encoding="utf-8")
TAKEN_BACK = "收回"


class TakenBack(BusinessError):
    """It went through to its end; nothing of it is kept."""


@dataclass
class Showroom:
    """The demo, who works there, and a browser in which everybody is logged in already."""

    app: Flask
    address: str
    chromium: Browser
    people: dict[str, Actor]
    made: list[Any] = field(default_factory=list)
    keep: Callable[[Any], Any] = lambda row: None
    _pages: dict[tuple[str, bool], Page] = field(default_factory=dict)

    @contextmanager
    def books(self, by: Actor = SYSTEM) -> Iterator[None]:
        """A look into the books, as somebody."""
        with self.app.app_context(), clock.on(DAY), acting_as(by):
            yield
            db.session.remove()

    def page(self, username: str, *, phone: bool = False) -> Page:
        """The page of this person: one for all forms, at a desk or on a phone."""
        if (username, phone) not in self._pages:
            self._pages[username, phone] = self._log_in(username, phone)
        return self._pages[username, phone]

    def _log_in(self, username: str, phone: bool) -> Page:
        name = self.app.config["SESSION_COOKIE_NAME"]
        cookie = World(self.app).browser(username).client.get_cookie(name)
        assert cookie is not None
        width, height = PHONE if phone else DESKTOP
        context = self.chromium.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            has_touch=phone,
            is_mobile=phone,
            reduced_motion="reduce",
        )
        context.add_cookies([{"name": name, "value": cookie.value, "url": self.address}])
        context.add_init_script(PROBE)
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    def close(self) -> None:
        for page in self._pages.values():
            page.context.close()


def rehearse(room: Showroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is done, looked at by `keep` and rolled back in place of the commit."""
    real = unit_of_work._run

    def run(work: Callable[[], Any], *rest: Any) -> Any:
        def last() -> Any:
            row = work()
            db.session.flush()
            room.made.append(room.keep(row))
            raise TakenBack(TAKEN_BACK)

        return real(last, *rest)

    monkeypatch.setattr(unit_of_work, "_run", run)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a free port of this machine, on the demo's day in every thread."""

    def on_its_day(environ: Any, start: Any) -> Any:
        with clock.on(DAY), closing(app(environ, start)) as answer:
            return list(answer)

    server = create_server(on_its_day, host="127.0.0.1", port=0, threads=8)

    def serve() -> None:
        with suppress(OSError):  # its descriptors are closed under it
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)


@contextmanager
def opened(factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Showroom]:
    """The showroom on a copy of the demo that was built once for all files."""
    file = factory.mktemp("showroom") / "demo.db"
    shutil.copy(once(factory, "demo.db", build_demo), file)
    app = create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{file}", TESTING=True)
    user = sa.table("ab_user", sa.column("id"), sa.column("username"))
    with app.app_context():
        found = db.session.execute(sa.select(user.c.id, user.c.username)).all()
        people = {row.username: actor_of(row.id, row.username) for row in found}
        db.session.remove()
    with pytest.MonkeyPatch.context() as monkeypatch, served(app) as address, clock.on(DAY):
        room = Showroom(app, address, chromium, people)
        rehearse(room, monkeypatch)
        yield room
        room.close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
