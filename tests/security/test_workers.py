"""Two server processes, one house: what ends a session or shuts an account on one of them holds on the other."""

from __future__ import annotations

import http.cookiejar
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.build import PASSWORD
from tests.kit import World, _Form, on_both

ROOT = Path(__file__).resolve().parents[2]
GOOD = "九曲黄河万里沙 2025"
SERVER = (
    "from waitress.server import create_server; from app import create_app; "
    "server = create_server(create_app(), host='127.0.0.1', port=0, threads=2); "
    "print(server.effective_port, flush=True); server.run()"
)


class Visitor:
    """A browser that speaks to real servers; the cookie belongs to the house, not to one server."""

    def __init__(self) -> None:
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def open(self, server: str, path: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        """(status, path one ended at, page)"""
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        try:
            answer = self.opener.open(server + path, body, timeout=60)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            page = answer.read().decode()
        return answer.status, urllib.parse.urlsplit(answer.geturl()).path, page

    def post(self, server: str, path: str, data: dict[str, str], form: str = "/me") -> tuple[int, str, str]:
        page = _Form()
        page.feed(self.open(server, form)[2])
        return self.open(server, path, {"csrf_token": page.token, **data})

    def log_in(self, server: str, username: str, password: str) -> int:
        return self.post(server, "/login/", {"username": username, "password": password}, form="/login/")[0]

    def is_in(self, server: str) -> bool:
        return self.open(server, "/me")[1] == "/me"

    def copy(self) -> Visitor:
        """Somebody else with the same cookie."""
        thief = Visitor()
        for cookie in self.jar:
            thief.jar.set_cookie(cookie)
        return thief


@pytest.fixture
def servers(site: World) -> Iterator[tuple[str, str]]:
    settings = {
        **os.environ, "DATABASE_URL": site.app.config["SQLALCHEMY_DATABASE_URI"],
        "SECRET_KEY": site.app.config["SECRET_KEY"], "JOB_THREADS": "0",
    }  # fmt: skip
    started = [
        subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        first, second = (f"http://127.0.0.1:{int(one.stdout.readline())}" for one in started)  # type: ignore[union-attr]
        yield first, second
    finally:
        for one in started:
            one.terminate()
            one.wait(30)
            one.stdout.close()  # type: ignore[union-attr]


@on_both
def test_what_ends_a_session_on_one_worker_ends_it_on_the_other(servers: tuple[str, str]) -> None:
    one, two = servers
    here = Visitor()
    assert here.log_in(one, "sales1", PASSWORD) == 200 and here.is_in(one) and here.is_in(two)
    thief = here.copy()
    assert thief.is_in(two)
    here.post(one, "/logout/", {})
    assert not here.is_in(one) and not thief.is_in(one) and not thief.is_in(two)

    desk, phone = Visitor(), Visitor()
    assert desk.log_in(one, "sales1", PASSWORD) == phone.log_in(two, "sales1", PASSWORD) == 200
    thief = phone.copy()
    desk.post(two, "/password/", {"current": PASSWORD, "password": GOOD, "again": GOOD})
    assert desk.is_in(one) and desk.is_in(two)
    assert not phone.is_in(one) and not phone.is_in(two) and not thief.is_in(one)

    phone.log_in(one, "sales1", GOOD)
    assert phone.is_in(two)
    page = desk.open(one, "/devices/")[2]
    assert page.count("<tr><td") == 2 and "本机" in page
    desk.post(two, "/devices/end_others", {})
    assert desk.is_in(one) and not phone.is_in(one) and not phone.is_in(two)


@on_both
def test_wrong_passwords_are_counted_over_all_workers(servers: tuple[str, str]) -> None:
    one, two = servers
    stranger = Visitor()
    tried = [stranger.log_in(server, "clerk", f"wrong-word-{n}") for n, server in enumerate((one, two, one, two, one))]
    assert tried == [200] * 5
    assert stranger.log_in(two, "clerk", PASSWORD) == 429 and stranger.log_in(one, "clerk", PASSWORD) == 429
    assert not stranger.is_in(one) and stranger.log_in(two, "finance", PASSWORD) == 200
