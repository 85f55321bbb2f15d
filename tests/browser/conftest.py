"""A real server on 127.0.0.1 and a real Chromium; skipped without one unless TIEMA_REQUIRE_BROWSER=1."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from waitress.server import create_server

from app.database import db
from tests.kit import World

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--lang=zh-CN", "--use-fake-device-for-media-stream",
]  # fmt: skip
DESKTOP, LAPTOP, PHONE = (1440, 900), (1366, 768), (390, 844)


def chromium_path() -> str | None:
    return (
        os.environ.get("CHROMIUM")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        if os.environ.get("TIEMA_REQUIRE_BROWSER") == "1":
            pytest.fail("Chromium is required here and none is installed (Debian: apt install chromium)")
        pytest.skip("no Chromium is installed")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def address(site: World) -> Iterator[str]:
    """The application served by waitress on a free port of this machine."""
    server = create_server(site.app, host="127.0.0.1", port=0, threads=4)

    def serve() -> None:
        with suppress(OSError):  # its descriptors are closed under it; whatever it does not answer, a page misses
            server.run()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)
    with site.app.app_context():
        db.engine.dispose()


class Desk:
    """One person at one screen. Every page is watched: no script error, no address outside, no sideways scroll."""

    def __init__(self, chromium: Browser, address: str, size: tuple[int, int]) -> None:
        self.address, self.faults = address, list[str]()
        phone = size == PHONE
        self.context: BrowserContext = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", is_mobile=phone, has_touch=phone
        )
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on(
            "console",
            lambda m: self.faults.append(f"console: {m.text}") if m.type == "error" and "422" not in m.text else None,
        )
        self.page.on("request", lambda r: self._watch(r.url))
        self.page.set_default_timeout(10_000)

    def _watch(self, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self.faults.append(f"outside: {url}")

    def log_in(self, username: str, password: str = "tiema-demo") -> Desk:
        self.page.goto(f"{self.address}/login/")
        self.page.fill("#username", username)
        self.page.fill("#password", password)
        self.page.click("form.panel button.primary")
        self.page.wait_for_url(lambda url: "/login" not in url)
        return self

    def go(self, path: str) -> Desk:
        self.page.goto(self.address + path)
        self.check()
        return self

    def check(self) -> None:
        assert self.faults == []
        width = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], f"{self.page.url} scrolls sideways: {width}"

    def pick(self, name: str, term: str) -> None:
        """Type into a searching drop-down and take the first answer to that, not what stood there before."""
        box = self.page.locator(f"#{name} + .select2")
        box.scroll_into_view_if_needed()
        with self.page.expect_response(lambda r: "/options/" in r.url) as answer:
            box.click()
        if term:
            with self.page.expect_response(lambda r: "/options/" in r.url and f"q={quote(term)}" in r.url) as answer:
                self.page.locator(".select2-container--open .select2-search__field").fill(term)
        first = answer.value.json()["results"][0]["text"]
        offered = self.page.locator(".select2-container--open .select2-results__option[aria-selected]")
        offered.filter(has_text=first).first.click()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"#{name.replace('__', '-')}", value)

    def press(self, selector: str) -> None:
        """Press a button that leads to another page."""
        with self.page.expect_navigation():
            self.page.click(selector)
        self.check()

    def until(self, condition: str) -> None:
        """Wait for something that only a script can see; asked from outside, for the page itself may not evaluate."""
        for _ in range(200):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never: {condition}")

    def offline(self) -> Desk:
        """Out of reach of any mast, and only then on: what the browser is told takes effect a moment later."""
        self.page.context.set_offline(True)
        self.until("fetch('/healthz', {cache: 'no-store'}).then(() => false, () => true)")
        return self

    def online(self) -> Desk:
        """Back in the network; that the line was gone is no fault."""
        self.page.context.set_offline(False)
        self.faults.clear()
        return self

    @property
    def text(self) -> str:
        return self.page.inner_text("main")

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def desk(chromium: Browser, address: str) -> Iterator[Any]:
    """desk("sales1"), desk("sales1", PHONE): a logged-in person."""
    open_desks: list[Desk] = []

    def sit(username: str | None, size: tuple[int, int] = DESKTOP) -> Desk:
        place = Desk(chromium, address, size)
        open_desks.append(place)
        return place.log_in(username) if username else place

    yield sit
    for place in open_desks:
        place.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Iterator[None]:
    """Keep a picture of every open page when a test fails: instance folder, printed."""
    outcome = yield
    report = outcome.get_result()
    if report.when == "call" and report.failed and "chromium" in item.fixturenames:
        for context in item.funcargs["chromium"].contexts if "chromium" in item.funcargs else []:
            for index, page in enumerate(context.pages):
                path = Path(os.environ["TIEMA_INSTANCE"]) / f"{item.name}-{index}.png"
                page.screenshot(path=str(path))
                print(f"picture: {path}")
