"""岗位权限: what the page says is what roles.py says; who may read it; the framework's own screens are not there."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest

from app import models as m
from app.catalogue import duties
from app.roles import ROLES
from tests.kit import World
from tests.security.lab import raw, text


@pytest.mark.parametrize("username", ["sales_manager", "sales1", "clerk", "keeper", "finance", "tech1"])
def test_only_the_administrator_and_the_manager_read_it(site: World, username: str) -> None:
    for path in ("/duties/", "/duties/who", "/duties/person", "/duties/export"):
        assert site.browser(username).get(path).status_code == 403, path
        assert site.browser("gm").get(path, buffered=True).status_code == 200, path


@pytest.mark.parametrize("code", ROLES)
def test_the_page_of_a_role_says_what_the_code_says(site: World, code: str) -> None:
    with site.app.test_request_context():
        lines = {line.thing.name: line for line in duties.lines_of([code])}
        assert lines.keys() == ROLES[code].grants.keys()
        for name, grant in ROLES[code].grants.items():
            line = lines[name]
            assert {verb for verb in duties.PLAIN if line.has(verb)} == grant.verbs & duties.PLAIN.keys()
            assert len(line.others()) == len(grant.verbs - duties.PLAIN.keys())
            assert line.whose() == str(duties.WHOSE[grant.rows])
            assert not [label for label in line.others() if label.isascii()], "a verb without a word"
        titles = [line.thing.title for line in lines.values()]
    page = text(site.browser("sysadmin").get(f"/duties/?role={code}"))
    assert not [title for title in titles if title not in page]


def test_what_a_role_does_not_see_is_said(site: World) -> None:
    admin = site.browser("sysadmin")
    told = {code: re.search(r"看不到：</b>([^<]*)", text(admin.get(f"/duties/?role={code}")))[1] for code in ROLES}  # type: ignore[index]
    assert "成本和毛利" in told["salesperson"] and "销售价" in told["technician"] and "成本" not in told["gm"]


def test_who_may_do_something_names_roles_rows_and_people(site: World) -> None:
    page = text(site.browser("gm").get("/duties/who?of=MachineContract&verb=approve"))
    rows = re.findall(r"<tr>(<td class=\"card lead\".*?)</tr>", page, re.DOTALL)
    assert (
        len(rows) == 3
        and "周伟" in page
        and "吴芳" in page
        and "陈志远" in page
        and "张敏" not in rows[0] + rows[1] + rows[2]
    )
    assert any("销售经理" in row and "本部门" in row for row in rows)
    for query in ("of=Nonsense&verb=x", "of=MachineContract&verb=nonsense", "", "of=%27&verb=%27"):
        assert site.browser("gm").get(f"/duties/who?{query}").status_code == 200


def test_a_person_with_two_roles_has_the_union_and_sees_through_which(site: World) -> None:
    admin, pk = site.browser("sysadmin"), site["keeper"].employee_id
    admin.post(f"/employeeview/ask/set_roles/{pk}", {"roles": ["keeper", "clerk"]})
    page = text(admin.get(f"/duties/person?employee={pk}"))
    assert "马强" in page and "合肥整机库" in page and "来自岗位" in page
    row = next(r for r in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if "整机合同" in r)
    assert "内勤、库管" in row and "所管仓库、全部" in row
    for query in ("employee=999999", "employee=x", "employee=1%27", ""):
        assert admin.get(f"/duties/person?{query}").status_code == 200


def test_all_of_it_is_a_file_and_the_file_is_logged(site: World) -> None:
    answer = site.browser("gm").get("/duties/export", buffered=True)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data()), read_only=True).worksheets[0]
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert len(rows) > 900 and ("财务", "财务", "收款单", "全部", "确认收款") in rows
    with site.app.app_context():
        assert [(r.screen, r.rows) for r in raw(m.ExportLog)] == [("岗位权限", len(rows))]


def test_no_screen_of_the_framework_for_users_and_roles_is_reachable(site: World) -> None:
    for username in ("sysadmin", "gm"):
        browser = site.browser(username)
        for path in ("/users/list/", "/users/add", "/roles/list/", "/roles/edit/1", "/permissions/list/", "/viewmenus/list/",
                     "/permissionviews/list/", "/userstatschartview/chart/", "/resetpassword/form", "/resetmypassword/form",
                     "/userinfoeditview/form", "/registeruser/form", "/api/v1/security/roles/"):  # fmt: skip
            assert browser.get(path, headers={"X-Requested-With": "fetch"}).status_code == 404, path
