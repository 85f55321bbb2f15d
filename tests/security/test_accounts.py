"""One's own devices and password; roles of accounts; the last administrator stays."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role

from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.demo.build import PASSWORD
from app.errors import AlreadyThere, BusinessError, MissingData
from app.screens import sessions
from app.unit_of_work import fire
from app.workflows.organisation import account
from tests.kit import World, on_both, on_postgres
from tests.security.lab import raw, text
from tests.security.test_login import GOOD, log_in, works
from tests.stories import hire


def holders(role: str) -> set[str]:
    """Accounts that are open and have the role."""
    query = (
        sa.select(User.username)
        .join(assoc_user_role, assoc_user_role.c.user_id == User.id)
        .join(Role, Role.id == assoc_user_role.c.role_id)
        .where(Role.name == role, User.active)
    )
    return set(db.session.scalars(query))


def person(world: World, username: str) -> m.Employee:
    return world.row(m.Employee, id=world[username].employee_id)


# -- devices ----------------------------------------------------------------------------------------------------


def test_a_person_sees_his_own_devices_and_logs_the_others_out(site: World) -> None:
    here, there, other = site.browser("sales1"), site.browser("sales1"), site.browser("sales2")
    page = text(here.get("/devices/"))
    assert page.count("<tr><td") == 2 and page.count("本机") == 1
    assert here.post("/devices/end_others").status_code == 302
    assert works(here) and not works(there) and works(other)
    assert "退出其他设备" not in text(here.get("/devices/"))  # nothing left to do


def test_one_device_is_ended_by_its_owner_and_by_nobody_else(site: World) -> None:
    here, there, thief = site.browser("sales1"), site.browser("sales1"), site.browser("sales2")
    with site.app.app_context():
        mine = [r.id for r in raw(m.LoginSession) if r.user_id == site["sales1"].user_id]
    assert thief.post(f"/devices/end/{mine[1]}").status_code == 404
    assert thief.post("/devices/end/999999").status_code == 404 and works(there)
    assert here.post(f"/devices/end/{mine[1]}").status_code == 302
    assert works(here) and not works(there)
    assert here.get(f"/devices/end/{mine[0]}").status_code == 405


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) MicroMessenger/8.0", "微信 · iOS"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/140 Safari Edg/140", "Edge · Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox · Linux"),
        ("curl/8", "未知浏览器"),
    ],
)
def test_a_browser_is_named_as_people_name_it(app: Flask, agent: str, name: str) -> None:
    with app.test_request_context():
        assert sessions.browser_name(agent) == name


# -- the current password -----------------------------------------------------------------------------------------


def test_a_stolen_session_cannot_try_passwords_without_end(site: World) -> None:
    browser, _ = log_in(site, "sales1", PASSWORD)
    wrong = {"current": "wrong-word-1", "password": GOOD, "again": GOOD}
    assert [browser.post("/password/", wrong).status_code for _ in range(7)] == [200] * 5 + [429] * 2
    assert browser.post("/password/", {"current": PASSWORD, "password": GOOD, "again": GOOD}).status_code == 429


@pytest.mark.parametrize(
    "word",
    ["Tiema@2026!!", "铁马2026铁马", "P@ssw0rd2026", "passw0rd!!!!!", "qwertyuiop1", "1q2w3e4r5t6", "wajueji2026", "Caterpillar1",
     "woaini5201314", "admin@123456", "Hefei2026...", "98765432109", "147258369147258", "工程机械2026年", "XCMG-2026-01"],
)  # fmt: skip
def test_words_everybody_tries_are_refused_whatever_stands_around_them(app: Flask, word: str) -> None:
    with app.test_request_context(), pytest.raises(MissingData):
        account.check_strength(word, "zhangsan", "13800000000")


@pytest.mark.parametrize(
    "word", ["挖掘机停在第三号院子", "kx7-bagger-2025", "tiema is my second home", "wajueji-lanse-haitun"]
)
def test_a_sentence_with_such_a_word_in_it_is_fine(app: Flask, word: str) -> None:
    with app.test_request_context():
        account.check_strength(word, "zhangsan", "13800000000")


# -- roles ----------------------------------------------------------------------------------------------------------


def test_other_roles_count_at_the_next_click(site: World) -> None:
    browser, admin = site.browser("sales1"), site.browser("sysadmin")
    assert browser.get("/receiptview/list/").status_code == 200
    assert browser.post("/receiptview/action/confirm/1").status_code == 403
    pk = site["sales1"].employee_id
    page = text(admin.get(f"/employeeview/ask/set_roles/{pk}"))
    assert 'value="salesperson" checked' in page and 'value="gm" checked' not in page
    answer = admin.post(f"/employeeview/ask/set_roles/{pk}", {"roles": ["keeper"]})
    assert answer.status_code == 302
    assert works(browser) and browser.get("/receiptview/list/").status_code == 403
    assert browser.get("/stocktransferview/list/").status_code == 200
    with site.app.app_context():
        told = [r.changes["account_roles"] for r in raw(m.AuditLog) if "account_roles" in r.changes]
    assert told[-1] == ["salesperson", "keeper"]
    assert "岗位" in text(admin.get(f"/employeeview/show/{pk}"))


def test_a_role_that_does_not_exist_and_no_role_are_refused(site: World) -> None:
    admin, pk = site.browser("sysadmin"), site["sales1"].employee_id
    for roles in (["Admin"], ["salesperson", "boss"], []):
        assert admin.post(f"/employeeview/ask/set_roles/{pk}", {"roles": roles}).status_code == 422, roles
    for username in ("gm", "sales_manager", "finance", "sales1"):
        answer = site.browser(username).post(f"/employeeview/ask/set_roles/{pk}", {"roles": ["gm"]})
        assert answer.status_code == 403, username


def test_the_pages_say_what_waits_and_for_whom(site: World) -> None:
    pk = site["sysadmin"].employee_id
    admin, manager = site.browser("sysadmin"), site.browser("gm")
    said = admin.post(f"/employeeview/ask/set_roles/{pk}", {"roles": ["sysadmin", "finance"]}, follow_redirects=True)
    assert "财务须由陈志远确认后生效" in text(said) and "ask/confirm_roles" not in text(said)
    page = text(manager.get(f"/employeeview/show/{pk}"))
    assert "ask/confirm_roles" in page and "财务须由陈志远确认后生效" in page
    assert "待确认的岗位" in text(manager.get("/"))
    assert "郑凯" in text(manager.get("/employeeview/list/?tab=roles"))
    assert "郑凯" in text(manager.get(f"/employeeview/ask/confirm_roles/{pk}"))
    assert manager.post(f"/employeeview/ask/confirm_roles/{pk}", {"roles": ["gm"]}).status_code == 422
    assert manager.post(f"/employeeview/ask/confirm_roles/{pk}", {"roles": ["finance"]}).status_code == 302
    with site.app.app_context():
        assert "sysadmin" in holders("finance")


@on_both
def test_the_last_administrator_cannot_be_taken_away(world: World) -> None:
    me = person(world, "sysadmin")
    with pytest.raises(AlreadyThere, match="最后一个系统管理员"):
        fire(me, "set_roles", by=world["sysadmin"], roles=["gm"])
    with pytest.raises(AlreadyThere):
        fire(me, "leave", by=world["sysadmin"])
    hire(world, "admin2", "副管", ["sysadmin"], number="190")
    second = person(world, "admin2")
    fire(me, "set_roles", by=world["admin2"], roles=["clerk"])
    assert holders("sysadmin") == {"admin2"}
    with pytest.raises(AlreadyThere, match="最后一个系统管理员"):
        fire(second, "leave", by=SYSTEM)
    fire(me, "set_roles", by=world["admin2"], roles=["clerk", "sysadmin"])
    assert holders("sysadmin") == {"admin2"}  # who administers needs a second person's word
    fire(me, "confirm_roles", by=world["gm"], roles=["sysadmin"])
    fire(second, "leave", by=world["sysadmin"])
    assert holders("sysadmin") == {"sysadmin"}


@on_postgres
def test_two_administrators_who_remove_each_other_do_not_both_succeed(site: World) -> None:
    with site.app.app_context(), acting_as(SYSTEM):
        hire(site, "admin2", "副管", ["sysadmin"], number="190")
        db.session.remove()
    barrier, ends = threading.Barrier(2), []

    def remove(victim: str, by: str) -> None:
        with site.app.app_context():
            target: Any = site.row(m.Employee, id=site[victim].employee_id)
            barrier.wait()
            try:
                fire(target, "set_roles", by=site[by], roles=["clerk"])
                ends.append("done")
            except BusinessError:
                ends.append("refused")
            db.session.remove()

    threads = [threading.Thread(target=remove, args=pair) for pair in (("sysadmin", "admin2"), ("admin2", "sysadmin"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["done", "refused"]
    with site.app.app_context():
        assert len(holders("sysadmin")) == 1
