"""Who gets in, for how long, and what ends it: login, sessions, passwords, start-up, addresses to return to."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from app import clock, create_app
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.demo.build import PASSWORD
from app.errors import MissingData
from app.screens import security
from app.workflows.organisation import account
from tests.kit import Browser, World, _Form, on_both
from tests.security.lab import Lab, raw, text

GOOD = "九曲黄河万里沙 2025"
ROOT = Path(__file__).resolve().parents[2]


def log_in(site: World, username: str, password: str, query: str = "") -> tuple[Browser, Any]:
    """A browser that went through the login page."""
    browser = site.browser()
    page = _Form()
    page.feed(text(browser.get("/login/")))
    return browser, browser.client.post(
        f"/login/{query}", data={"csrf_token": page.token, "username": username, "password": password}
    )


def works(browser: Browser) -> bool:
    """Whether the browser is logged in."""
    answer = browser.get("/me")
    assert answer.status_code in (200, 302)
    return answer.status_code == 200


def copy_of(browser: Browser) -> Browser:
    """Another machine with the stolen cookie."""
    thief = Browser(browser.app, None)
    thief.client.set_cookie("tiema", browser.client.get_cookie("tiema").value)
    return thief


# -- the session ends ---------------------------------------------------------------------------------------------


def test_the_right_password_opens_and_a_wrong_one_does_not_say_what_was_wrong(site: World) -> None:
    browser, answer = log_in(site, "sales1", PASSWORD)
    assert answer.status_code == 302 and works(browser)
    wrong = [
        log_in(site, name, word)[1] for name, word in (("sales1", "wrong-word-1"), ("nobody-here", "wrong-word-1"))
    ]
    assert [a.status_code for a in wrong] == [200, 200]
    sentences = {text(a).count("账号或密码") for a in wrong}
    assert len(sentences) == 1 and not any("Set-Cookie" in a.headers and "_user_id" in str(a.headers) for a in wrong)


def test_a_copied_cookie_is_dead_after_logout(site: World) -> None:
    """Stock: the cookie is the session; a copy works until it expires."""
    browser, _ = log_in(site, "sales1", PASSWORD)
    thief = copy_of(browser)
    assert works(thief)
    assert browser.post("/logout/").status_code == 302
    assert not works(browser) and not works(thief)


def test_logout_is_no_link(site: World) -> None:
    """A picture on another site logs nobody out."""
    browser = site.browser("sales1")
    assert browser.get("/logout/").status_code == 405
    assert browser.client.post("/logout/").status_code == 400
    assert works(browser)


def test_a_new_password_ends_every_other_session_and_asks_for_the_old_one(site: World) -> None:
    here, _ = log_in(site, "sales1", PASSWORD)
    there, _ = log_in(site, "sales1", PASSWORD)
    thief = copy_of(here)
    for current, new, again in (
        ("wrong", GOOD, GOOD), ("", GOOD, GOOD), (PASSWORD, GOOD, GOOD + "!"), (PASSWORD, PASSWORD, PASSWORD), (PASSWORD, "short", "short"), (PASSWORD, "", ""),
    ):  # fmt: skip
        here.post("/password/", {"current": current, "password": new, "again": again})
        assert works(there), (current, new)
    assert here.post("/password/", {"current": PASSWORD, "password": GOOD, "again": GOOD}).status_code == 302
    assert works(here) and not works(there) and not works(thief)
    assert log_in(site, "sales1", PASSWORD)[1].status_code == 200 and works(log_in(site, "sales1", GOOD)[0])


def test_a_reset_by_the_administrator_ends_the_sessions_and_asks_for_a_new_password(site: World) -> None:
    victim, admin = site.browser("sales1"), site.browser("sysadmin")
    pk = site["sales1"].employee_id
    for weak in ("kurz", "1234567890", "sales1sales1", "a" * 12, "aaaabbbb1111"[:9], "x" * 129):
        answer = admin.post(f"/employeeview/ask/reset_password/{pk}", {"password": weak})
        assert answer.status_code == 422 and 'id="password-error"' in text(answer), weak
        assert weak not in text(answer)
    assert works(victim)
    assert admin.post(f"/employeeview/ask/reset_password/{pk}", {"password": GOOD}).status_code == 302
    assert not works(victim)
    browser, answer = log_in(site, "sales1", GOOD)
    assert answer.status_code == 302
    for path in ("/", "/me", "/customerview/list/", "/customerview/export?format=csv"):
        assert browser.get(path).headers["Location"] == "/password/", path
    page = browser.get("/password/")
    assert page.status_code == 200
    form = _Form()
    form.feed(text(page))
    answer = browser.client.post(
        "/contactview/add", data={"csrf_token": form.token, "name": "x", "mobile": "13800000000"}
    )
    assert answer.headers["Location"] == "/password/"
    better = GOOD + " 之二"
    assert (
        browser.client.post(
            "/password/", data={"csrf_token": form.token, "current": GOOD, "password": better, "again": better}
        ).status_code
        == 302
    )
    assert works(browser)


def test_who_leaves_is_out_at_once_and_does_not_come_back(site: World) -> None:
    victim = site.browser("sales2")
    assert works(victim)
    assert site.browser("sysadmin").post(f"/employeeview/ask/leave/{site['sales2'].employee_id}").status_code == 302
    assert not works(victim)
    assert not works(log_in(site, "sales2", PASSWORD)[0])


def test_a_new_account_starts_with_a_forced_change_and_a_strong_password(site: World) -> None:
    admin = site.browser("sysadmin")
    with site.app.app_context():
        department = raw(m.Department)[0].id
    answer = admin.post(
        "/employeeview/add",
        {"staff_number": "900", "name": "新人", "mobile": "13800009000", "department": str(department)},
    )
    assert answer.status_code == 302
    with site.app.app_context():
        pk = next(e.id for e in raw(m.Employee) if e.staff_number == "900")
    for values in (
        {"username": "newbie", "roles": ["salesperson"], "password": "weak"},
        {"username": "newbie", "roles": ["Admin"], "password": GOOD},
        {"username": "newbie", "roles": [], "password": GOOD},
        {"username": "GM", "roles": ["salesperson"], "password": GOOD},
        {"username": "newbie", "roles": ["salesperson"], "password": "13800009000a"},
    ):
        assert admin.post(f"/employeeview/ask/open_account/{pk}", values).status_code == 422, values
    assert (
        admin.post(
            f"/employeeview/ask/open_account/{pk}", {"username": "newbie", "roles": ["salesperson"], "password": GOOD}
        ).status_code
        == 302
    )
    browser, _ = log_in(site, "NEWBIE ", GOOD)
    assert browser.get("/me").headers["Location"] == "/password/"


def test_nobody_but_the_administrator_opens_accounts_or_resets_passwords(site: World) -> None:
    """Stock: whoever may edit users resets the administrator's password and becomes one."""
    pk = site["gm"].employee_id
    for username in ("gm", "sales_manager", "clerk", "finance", "sales1", "keeper"):
        browser = site.browser(username)
        for verb in ("open_account", "reset_password"):
            answer = browser.post(
                f"/employeeview/ask/{verb}/{pk}", {"password": GOOD, "username": "x", "roles": ["gm"]}
            )
            assert answer.status_code == 403, (username, verb)
        for verb in ("unlock", "leave"):
            assert browser.post(f"/employeeview/action/{verb}/{pk}").status_code == 403, (username, verb)
    rules = [str(rule) for rule in site.app.url_map.iter_rules()]
    assert not [
        r
        for r in rules
        if any(
            word in r
            for word in ("users", "roles", "resetpassword", "resetmypassword", "userinfo", "permissions", "viewmenus")
        )
    ]


def test_a_session_dies_after_an_idle_hour_and_after_twelve_hours_at_most(site: World) -> None:
    day = dt.date(2025, 3, 5)

    def at(hour: int, minute: int = 0) -> Any:
        return clock.on(day, dt.time(hour, minute))

    with at(8):
        idle, busy = site.browser("sales1"), site.browser("sales2")
    with at(8, 59):
        assert works(idle)
    with at(9, 58):
        assert works(idle)
    for step in range(1, 14):
        with clock.on(day, (dt.datetime(2025, 3, 5, 8) + dt.timedelta(minutes=50 * step)).time()):
            assert works(busy), step
    with at(11):
        assert not works(idle)
    with at(19, 40):
        assert works(busy)
    with at(20, 1):
        assert not works(busy)


def test_a_cookie_cannot_name_another_person(site: World) -> None:
    """The row behind the token says who it is; the id in the cookie has to agree."""
    browser = site.browser("sales1")
    with browser.client.session_transaction() as cookie:
        cookie["_user_id"] = str(site["gm"].user_id)
    assert not works(browser)
    browser = site.browser("sales1")
    for token in ("", "x", "a" * 5000):
        with browser.client.session_transaction() as cookie:
            cookie["_user_id"], cookie["token"] = str(site["gm"].user_id), token
        assert not works(browser)
    fake = site.browser()
    fake.client.set_cookie("tiema", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb")
    assert not works(fake)


def test_logging_in_gives_a_new_token_and_leaves_nothing_of_before(site: World) -> None:
    browser = site.browser()
    browser.get("/login/")
    with browser.client.session_transaction() as cookie:
        cookie["planted"], cookie["token"] = "x", "fixed"
    form = _Form()
    form.feed(text(browser.get("/login/")))
    browser.client.post("/login/", data={"csrf_token": form.token, "username": "sales1", "password": PASSWORD})
    with browser.client.session_transaction() as cookie:
        assert "planted" not in cookie and cookie["token"] != "fixed" and len(cookie["token"]) > 40
    with site.app.app_context():
        assert all(len(row.token_hash) == 64 for row in raw(m.LoginSession))


@pytest.mark.parametrize(
    "header",
    [
        {"Authorization": "Basic Z206dGllbWEtZGVtbw=="},
        {"Authorization": "Bearer x"},
        {"X-API-Key": "x"},
        {"Remote-User": "gm"},
    ],
)
def test_no_header_logs_anybody_in(site: World, header: dict[str, str]) -> None:
    assert site.browser().get("/me", headers=header).status_code == 302


# -- the guard ----------------------------------------------------------------------------------------------------


@on_both
def test_of_many_wrong_passwords_at_once_five_are_looked_at(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stock counts nothing; its limiter counts per process."""
    looked: list[str] = []
    monkeypatch.setattr(account, "is_password", lambda user, password: looked.append(password) or False)
    statuses: list[int] = []
    browsers = [site.browser() for _ in range(16)]
    tokens = []
    for browser in browsers:
        form = _Form()
        form.feed(text(browser.get("/login/")))
        tokens.append(form.token)

    def guess(browser: Browser, token: str) -> None:
        answer = browser.client.post(
            "/login/", data={"csrf_token": token, "username": "SALES1", "password": "guess-guess"}
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=guess, args=pair) for pair in zip(browsers, tokens, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked) <= 5 and sorted(statuses) == [200] * len(looked) + [429] * (16 - len(looked))
    monkeypatch.undo()
    assert log_in(site, "sales1", PASSWORD)[1].status_code == 429  # the right one does not help now
    assert log_in(site, "sales2", PASSWORD)[1].status_code == 302  # others are not locked out
    assert site.browser("sysadmin").post(f"/employeeview/action/unlock/{site['sales1'].employee_id}").status_code == 302
    assert log_in(site, "sales1", PASSWORD)[1].status_code == 302


def test_the_lock_opens_by_itself_after_five_minutes(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "is_password", lambda user, password: password == PASSWORD)
    with clock.on(dt.date(2025, 3, 5), dt.time(9, 0)):
        assert [log_in(site, "sales1", "x")[1].status_code for _ in range(7)] == [200] * 5 + [429] * 2
    with clock.on(dt.date(2025, 3, 5), dt.time(9, 4, 59)):
        assert log_in(site, "sales1", PASSWORD)[1].status_code == 429
    with clock.on(dt.date(2025, 3, 5), dt.time(9, 10, 1)):
        assert log_in(site, "sales1", PASSWORD)[1].status_code == 302


def test_one_address_may_not_try_one_password_on_every_account(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "is_password", lambda user, password: False)
    browser = site.browser()
    form = _Form()
    form.feed(text(browser.get("/login/")))
    statuses = [
        browser.client.post(
            "/login/", data={"csrf_token": form.token, "username": f"name{i}", "password": "Summer2025"}
        ).status_code
        for i in range(55)
    ]
    assert statuses == [200] * 50 + [429] * 5


def test_an_unknown_name_costs_a_hash_like_a_known_one(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names cannot be told apart by the clock: the same work is done for both."""
    hashes: list[str] = []
    real = account.check_password_hash
    monkeypatch.setattr(
        account, "check_password_hash", lambda stored, word: hashes.append(stored.split("$")[0]) or real(stored, word)
    )
    log_in(site, "nobody-here", "wrong-word-1")
    log_in(site, "sales1", "wrong-word-1")
    assert len(hashes) == 2 and hashes[0] == hashes[1]


def test_a_password_typed_into_the_name_field_is_kept_nowhere(site: World) -> None:
    secret = "my-secret-word-17"
    log_in(site, secret, "x")
    with site.app.app_context():
        assert all(len(row.account_hash) == 64 for row in raw(m.LoginAttempt))
        kept = db.session.execute(
            sa.text("SELECT count(*) FROM login_attempt WHERE account_hash LIKE '%secret%'")
        ).scalar()
    assert kept == 0


@pytest.mark.parametrize(
    "username", ["", " ", "x" * 151, "x" * 5000, "sales1\x01", "' OR 1=1 --", "%", "sales1%", "\u202esales1"]
)
@pytest.mark.parametrize("password", ["", PASSWORD, "x" * 257, "x" * 5000])
def test_no_garbage_logs_in_or_breaks_the_login(site: World, username: str, password: str) -> None:
    browser, answer = log_in(site, username, password)
    assert answer.status_code == 200 and not works(browser)


# -- passwords ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    ["", "x", "123456789", "1234567890", "PASSWORD123", "Tiema123456", "aaaaaaaaaaaa", "abababababab", "abcabcabcabc", "has\x00a-nul-byte", "x" * 129, "zhang-san-2025"],
)  # fmt: skip
def test_a_weak_password_is_refused(app: Flask, word: str) -> None:
    with app.test_request_context(), pytest.raises(MissingData) as refused:
        account.check_strength(word, "zhang-san", "13800000000")
    assert refused.value.field == "password" and (not word or word not in str(refused.value))


@pytest.mark.parametrize(
    "word", ["长江后浪推前浪一代新人", "correct horse battery", "x7#kQ9!mZ2", "0" * 5 + "abcdef", "a1b2" * 32]
)
def test_a_long_word_needs_no_signs_and_no_capitals(app: Flask, word: str) -> None:
    with app.test_request_context():
        account.check_strength(word, "zhang-san", "13800000000")


def test_passwords_are_stored_hashed_and_appear_in_no_table(site: World) -> None:
    admin = site.browser("sysadmin")
    admin.post(f"/employeeview/ask/reset_password/{site['sales1'].employee_id}", {"password": GOOD})
    admin.post(f"/employeeview/ask/reset_password/{site['sales2'].employee_id}", {"password": "weak"})
    with site.app.app_context():
        tables = sa.inspect(db.engine).get_table_names()
        found = [
            t
            for t in tables
            for row in db.session.execute(sa.text(f'SELECT * FROM "{t}"'))
            for cell in row
            if GOOD in str(cell)
        ]
        hashes = [row.password for row in db.session.execute(sa.text("SELECT password FROM ab_user"))]
        told = " ".join(str(row.changes) for row in raw(m.AuditLog))
    assert found == [] and all(h.startswith("scrypt:") for h in hashes)
    assert not any(h in told or h.split("$")[-1] in told for h in hashes)
    assert "password_changed_at" in told  # that it was changed is told


# -- start-up, cookies, addresses --------------------------------------------------------------------------------------


def settings(**more: Any) -> Flask:
    app = Flask("settings")
    app.config.update(
        {"PRODUCTION": True, "SECRET_KEY": "0f9d8c7b6a5e4d3c2b1a09f8e7d6c5b4", "TRUSTED_HOSTS": ["books.example"]}
        | more
    )
    return app


@pytest.mark.parametrize(
    "key",
    [
        None,
        "",
        "dev",
        "secret",
        "change-me",
        "a" * 64,
        "ab" * 32,
        "0123456789abcdef",
        "your-secret-key",
        "\2\1thisismyscretkey\1\2\\e\\y\\y\\h",
    ],
)
def test_production_does_not_start_with_a_weak_key(key: str | None) -> None:
    with pytest.raises(security.UnsafeStart, match="SECRET_KEY"):
        security.check_start(settings(SECRET_KEY=key))
    security.check_start(settings(SECRET_KEY=key, PRODUCTION=False))


def test_production_does_not_start_without_its_host_names() -> None:
    with pytest.raises(security.UnsafeStart, match="TRUSTED_HOSTS"):
        security.check_start(settings(TRUSTED_HOSTS=None))
    security.check_start(settings())


def test_the_whole_application_refuses_the_unsafe_start() -> None:
    with pytest.raises(security.UnsafeStart):
        create_app(PRODUCTION=True, SECRET_KEY="dev", SQLALCHEMY_DATABASE_URI="sqlite://")


def test_building_the_application_sends_no_statement(tmp_path: Path) -> None:
    """Stock: eight workers that start together write tables and permissions, and some of them crash."""
    sent: list[str] = []
    listen = lambda connection, cursor, statement, *rest: sent.append(statement)  # noqa: E731
    sa.event.listen(sa.engine.Engine, "before_cursor_execute", listen)
    try:
        create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'empty.db'}", TESTING=True)
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", listen)
    assert sent == [] and not (tmp_path / "empty.db").exists()


def test_production_settings_are_the_strict_ones() -> None:
    """Read in a process of its own, as a server would."""
    program = (
        "import config as c; print(c.SESSION_COOKIE_NAME, c.SESSION_COOKIE_SECURE, c.SESSION_COOKIE_HTTPONLY, c.SESSION_COOKIE_SAMESITE, "
        "c.PRODUCTION, c.TRUSTED_HOSTS, c.FAB_SAFE_REDIRECT_HOSTS, c.MAX_CONTENT_LENGTH, c.FAB_ADD_SECURITY_API, c.AUTH_USER_REGISTRATION)"
    )
    environment = {**os.environ, "TIEMA_MODE": "production", "TRUSTED_HOSTS": "books.example", "SECRET_KEY": "x" * 40}
    told = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert told.split() == [
        "__Host-tiema",
        "True",
        "True",
        "Lax",
        "True",
        "['books.example']",
        "['books.example']",
        str(16 * 1024 * 1024),
        "False",
        "False",
    ]


def test_the_secret_of_an_installation_is_its_own_and_nobody_elses_to_read(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("SECRET_KEY", "TIEMA_MODE")} | {
        "TIEMA_INSTANCE": str(tmp_path)
    }
    keys = {
        subprocess.run(
            [sys.executable, "-c", "import config; print(config.SECRET_KEY)"],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
        ).stdout
        for _ in range(2)
    }
    assert len(keys) == 1 and len(keys.pop().strip()) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(site: World) -> None:
    _, answer = log_in(site, "sales1", PASSWORD)
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies and all(
        "HttpOnly" in c and "SameSite=Lax" in c and "Path=/" in c and "Domain" not in c for c in cookies
    )
    assert not any("remember" in c for c in cookies)


def test_the_production_cookie_travels_over_https_only(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SESSION_COOKIE_SECURE", True), ("SESSION_COOKIE_NAME", "__Host-tiema"), ("PRODUCTION", True)):
        monkeypatch.setitem(site.app.config, name, value)
    answer = site.browser().get("/login/")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-tiema=") and "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"]
    assert PASSWORD not in text(answer) and "sales1" not in text(answer)  # no demo accounts on its login page


NEXT = [
    "//evil.example", "///evil.example", "////evil.example", "http://evil.example", "https://evil.example/x", "HTTP://evil.example", "https:evil.example",
    "http:/evil.example", "\\\\evil.example", "/\\evil.example", "\\/evil.example", "/\\/evil.example", "//evil.example\\@localhost", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "ftp://evil.example", "mailto:x@evil.example", " //evil.example", "\t//evil.example", "/\t/evil.example",
    "/\n/evil.example", "\r\n//evil.example", "/%0d%0aLocation:%20//evil.example", "/\r\nSet-Cookie: x=1", "//localhost@evil.example", "//evil.example:80", "//[::1]",
    "//[", "http://[", "/[", "//evil。example", "／／evil.example", "evil.example", "?next=//evil.example", "#//evil.example", "", ".", "..//evil.example",
    "/..//evil.example", "/.//evil.example", "//%65vil.example", "/\x00/evil.example", "http://localhost.evil.example/", "//evil.example/%2f..",
]  # fmt: skip


def stays_here(location: str) -> bool:
    """Where a browser would go: it drops tabs and line ends, and reads a backslash as a slash."""
    read = location.translate({9: None, 10: None, 13: None}).replace("\\", "/").lstrip()
    if read.startswith("//"):
        return False
    try:
        target = urlsplit(urljoin("http://localhost/login/", read))
    except ValueError:
        return False
    return target.scheme == "http" and target.netloc == "localhost"


def test_the_login_returns_only_to_a_page_of_this_server(site: World) -> None:
    assert len(NEXT) >= 40
    browser = site.browser("sales1")
    for target in NEXT:
        answer = browser.get("/login/?next=" + quote(target, safe=""))
        assert answer.status_code in (302, 400), target
        if answer.status_code == 302:
            assert stays_here(answer.headers["Location"]), (target, answer.headers["Location"])
    for target in NEXT[::8]:
        answer = log_in(site, "sales2", PASSWORD, "?next=" + quote(target, safe=""))[1]
        assert answer.status_code in (302, 400) and stays_here(answer.headers.get("Location", "/")), target
    kept = log_in(site, "sales2", PASSWORD, "?next=" + quote("/customerview/list/?q=恒达&page=2", safe=""))[1].headers[
        "Location"
    ]
    assert urlsplit(kept).path == "/customerview/list/" and "page=2" in kept


def test_a_page_asked_for_before_the_login_is_where_it_leads(site: World) -> None:
    answer = site.browser().get("/customerview/list/?q=x")
    assert answer.status_code == 302 and answer.headers["Location"] == "/login/?next=/customerview/list/?q%3Dx"
    assert stays_here(site.browser().get("//evil.example/%2e%2e").headers.get("Location", "/"))
    assert (
        site.browser()
        .get("/back", headers={"Referer": "http://evil.example"})
        .headers["Location"]
        .startswith("/login/")
    )
    assert stays_here(
        site.browser("sales1").get("/back", headers={"Referer": "http://evil.example"}).headers["Location"]
    )


def test_a_foreign_host_name_gets_a_plain_refusal(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stock builds its way back from the Host header; production answers to its own names only."""
    monkeypatch.setitem(site.app.config, "TRUSTED_HOSTS", ["localhost"])
    for host in (
        "evil.example",
        "localhost.evil.example",
        "evil.example:80",
        "localhost@evil.example",
        "",
        "[",
        "a b",
        "localhost/x",
    ):
        for path in ("/login/?next=/x", "/customerview/list", "/", "/no/such/page"):
            answer = site.browser().get(path, headers={"Host": host})
            assert answer.status_code == 400 and "evil" not in answer.headers.get("Location", ""), (host, path)
            assert answer.headers["X-Frame-Options"] == "DENY" and "Traceback" not in text(answer)
    assert site.browser().get("/login/").status_code == 200


def test_demo_accounts_are_named_for_the_start_to_refuse_them(site: World) -> None:
    with site.app.app_context(), acting_as(SYSTEM):
        assert "gm" in security.demo_accounts() and len(security.demo_accounts()) == 14
        account.set_password(site["gm"].user_id or 0, GOOD, must_change=False)
        db.session.commit()
        assert "gm" not in security.demo_accounts()


def test_an_account_without_an_employee_or_role_reaches_nothing(lab: Lab) -> None:
    with lab.app.app_context():
        with acting_as(SYSTEM):
            user = account.add(
                "ghost", m.Employee(name="ghost", mobile=""), [], PASSWORD, must_change=False, is_demo=True
            )
            db.session.commit()
            assert user.id
    browser = lab.browser("ghost")
    assert works(browser) and browser.get("/").status_code == 200
    for path in (
        "/customerview/list/",
        "/customerview/show/1",
        "/phone/tags/",
        "/phone/work/",
        "/phone/parts/",
        "/notificationview/list/",
        "/auditlogview/export?format=csv",
    ):
        assert browser.get(path).status_code == 403, path
