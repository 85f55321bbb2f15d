"""Long lists as files: by a worker, for who asked, with the rows he may have at that moment; nothing half written."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from app import background, clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import JobState
from app.screens import download, export_job
from app.unit_of_work import fire
from tests.imports.kit import job, work
from tests.kit import Browser, World, on_both, on_postgres
from tests.security.lab import csv_rows, raw, text

ROOT = Path(__file__).resolve().parents[2]


def customers(site: World, seller: str, count: int, start: int = 1) -> None:
    """Many customers of a salesperson, put straight into the table."""
    now, employee = clock.now(), site[seller].employee_id
    table = m.Customer.__table__
    with site.app.app_context(), acting_as(SYSTEM):
        sample = site.company(seller, number=start)
        values = dict(db.session.execute(sa.select(table).where(table.c.id == sample.id)).one()._mapping)
        rows = [
            {k: v for k, v in values.items() if k != "id"}
            | {"number": f"KH{start:02d}{n:06d}", "name": f"客户{seller}{n:06d}", "credit_code": f"91{start:02d}{n:014d}", "id_number": None,
               "mobile": f"139{start:02d}{n:06d}", "salesperson_id": employee, "created_at": now, "changed_at": now}
            for n in range(1, count)
        ]  # fmt: skip
        for begin in range(0, len(rows), 1000):
            db.session.execute(sa.insert(table), rows[begin : begin + 1000])
        db.session.commit()
        db.session.remove()


def asked(browser: Browser, query: str = "", screen: str = "customerview") -> int:
    """An export put into the queue through the page; gives the job's number."""
    answer = browser.post(f"/{screen}/export?{query}")
    assert answer.status_code == 302 and "/jobview/show/" in answer.headers["Location"], text(answer)[:2000]
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def fetched(browser: Browser, number: int) -> Any:
    return browser.get(f"/jobview/result/{number}", buffered=True)


def names(answer: Any) -> list[str]:
    """First column of an xlsx, below note and headings."""
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data()), read_only=True).worksheets[0]
    return [str(row[0]) for row in sheet.iter_rows(min_row=3, values_only=True)]


def test_a_short_list_comes_at_once_and_a_long_one_is_offered_to_a_worker(site: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(download, "MOST_DIRECT", 5)
    customers(site, "sales1", 5)
    gm = site.browser("gm")
    assert gm.get("/customerview/export", buffered=True).mimetype == download.XLSX
    assert "后台生成" in text(gm.get("/customerview/export?later=yes&q=客户"))  # also when the person asks for it
    customers(site, "sales2", 3, start=2)
    page = text(gm.get("/customerview/export?format=csv&name=客户"))
    assert "后台生成 Excel" in page and "超过 5 行" in page
    assert re.search(r'action="/customerview/export\?format=xlsx&amp;name=', page)
    assert gm.get("/customerview/export?q=不存在的", buffered=True).mimetype == download.XLSX
    with site.app.app_context():
        assert raw(m.Job) == []  # looking has asked for nothing


@on_both
def test_a_worker_writes_what_is_filtered_and_logs_it(site: World) -> None:
    customers(site, "sales1", 1200)
    customers(site, "sales2", 30, start=2)
    gm = site.browser("gm")
    number = asked(gm, "q=客户sales1")
    with site.app.app_context():
        assert raw(m.ExportLog) == []
    work(site)
    done = job(site, number)
    assert done.state is JobState.DONE and "1,199" in done.message and done.result_name.endswith(".xlsx")
    answer = fetched(gm, number)
    assert answer.mimetype == download.XLSX and len(names(answer)) == 1199
    with site.app.app_context():
        (line,) = raw(m.ExportLog)
        assert (line.screen, line.rows, line.format, line.by_id) == ("客户", 1199, "xlsx", site["gm"].employee_id)
        assert "客户sales1" in line.filters
    page = text(gm.get(f"/jobview/show/{number}"))
    assert "1,199" in page and f"/jobview/result/{number}" in page
    again = asked(gm, "q=客户sales2&format=csv")
    work(site)
    answer = fetched(gm, again)
    assert answer.headers["Content-Type"].startswith("text/csv") and len(csv_rows(answer.get_data())) == 30


def test_what_is_written_is_what_the_person_may_have_when_it_is_written(site: World) -> None:
    """Moved to another department or without the role: the rows of now, or none, not those of when it was asked."""
    customers(site, "sales1", 10)
    manager = site.browser("sales_manager")
    first, second = asked(manager), asked(manager)
    with site.app.app_context():
        background.run_next()
        table = m.Customer.__table__
        db.session.execute(
            sa.update(table).where(table.c.name == "客户sales1000001").values(salesperson_id=site["gm"].employee_id)
        )
        db.session.commit()
    full = names(fetched(manager, first))
    work(site)
    assert len(names(fetched(manager, second))) == len(full) - 1
    third = asked(manager)
    with site.app.app_context(), acting_as(SYSTEM):
        person = site.row(m.Employee, id=site["sales_manager"].employee_id)
        fire(person, "set_roles", by=site["sysadmin"], roles=["keeper"])
        db.session.remove()
    work(site)
    ended = job(site, third)
    assert ended.state is JobState.CANCELLED and "岗位" in ended.message
    assert fetched(manager, first).status_code == 403  # nor does he get what he asked for before
    with site.app.app_context():
        assert len(raw(m.ExportLog)) == 2


def test_nobody_else_fetches_the_file(site: World) -> None:
    customers(site, "sales1", 3)
    gm = site.browser("gm")
    number = asked(gm)
    work(site)
    for username, status in (("finance", 404), ("sales1", 404), ("sysadmin", 404)):
        assert fetched(site.browser(username), number).status_code == status, username
    assert fetched(site.browser(), number).status_code == 302
    assert fetched(gm, number).status_code == 200


def test_who_may_not_export_cannot_ask_a_worker_either(site: World) -> None:
    customers(site, "sales1", 3)
    for username in ("sales1", "tech1", "keeper", "service_manager"):
        assert site.browser(username).post("/customerview/export").status_code == 403, username
    with site.app.app_context():
        assert raw(m.Job) == []


def test_hidden_columns_stay_hidden_in_the_worker(site: World) -> None:
    """The clerk takes machines away without their cost, the manager with it."""
    with site.app.app_context(), clock.on(clock.today()), acting_as(SYSTEM):
        site.unit(price="904000")
        db.session.remove()
    found = {}
    for username in ("sales_manager", "gm"):
        browser = site.browser(username)
        number = asked(browser, screen="machineunitview", query="format=csv")
        work(site)
        found[username] = csv_rows(fetched(browser, number).get_data())[0]
    assert not [head for head in found["sales_manager"] if "成本" in head] and [h for h in found["gm"] if "成本" in h]


def test_a_person_has_three_exports_open_at_most(site: World) -> None:
    customers(site, "sales1", 3)
    gm, finance = site.browser("gm"), site.browser("finance")
    for _ in range(export_job.MOST_AT_ONCE):
        asked(gm)
    answer = gm.post("/customerview/export?q=客户", follow_redirects=True)
    assert "您有 3 个后台任务还没有完成" in text(answer)
    asked(finance)
    work(site)
    asked(gm)


@on_postgres
def test_many_requests_at_once_do_not_get_past_the_limit(site: World) -> None:
    customers(site, "sales1", 3)
    browsers = [site.browser("gm") for _ in range(8)]
    token = [b.token() for b in browsers]

    def press(index: int) -> None:
        browsers[index].client.post("/customerview/export", data={"csrf_token": token[index]})

    threads = [threading.Thread(target=press, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with site.app.app_context():
        assert len(raw(m.Job)) == export_job.MOST_AT_ONCE


@on_both
def test_kill_9_while_writing_leaves_nothing_and_a_retry_writes_everything(site: World, monkeypatch: Any) -> None:
    customers(site, "sales1", 9000)
    gm = site.browser("gm")
    number = asked(gm)
    settings = {**os.environ, "DATABASE_URL": site.app.config["SQLALCHEMY_DATABASE_URI"]}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "worker", "--threads", "1"], cwd=ROOT, env=settings,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 180
        while not job(site, number).done > 0:
            assert time.monotonic() < until and job(site, number).state in (JobState.QUEUED, JobState.RUNNING)
            time.sleep(0.02)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with site.app.app_context():
        assert background.reap(timedelta(0)) == 1
        assert raw(m.JobFile) == [] and raw(m.ExportLog) == []
    dead = job(site, number)
    assert dead.state is JobState.FAILED and dead.is_retryable and dead.result_name is None
    page = text(gm.get(f"/jobview/show/{number}"))
    assert "失败-可重试" in page and fetched(gm, number).status_code == 404
    gm.post(f"/jobview/action/retry/{number}")
    work(site)
    assert job(site, number).state is JobState.DONE and len(names(fetched(gm, number))) == 9000
    with site.app.app_context():
        assert [line.rows for line in raw(m.ExportLog)] == [9000]
        told = [n for n in raw(m.Notification) if n.entity == "ExportLog"]
    assert [n.to_id for n in told] == [site["gm"].employee_id] and "9,000" in told[0].subject


def test_a_cancelled_export_leaves_no_file(site: World, monkeypatch: Any) -> None:
    customers(site, "sales1", 2000)
    gm = site.browser("gm")
    number = asked(gm)
    monkeypatch.setattr(background, "BEAT", 0.0)
    monkeypatch.setattr(export_job, "STEP", 100)
    real = background.Work.progress

    def progress(self: Any, done: int, total: int) -> None:
        if done == 500:
            gm.post(f"/jobview/action/cancel/{number}")
        real(self, done, total)

    monkeypatch.setattr(background.Work, "progress", progress)
    work(site)
    ended = job(site, number)
    assert ended.state is JobState.CANCELLED and ended.result_name is None and ended.total > 0
    with site.app.app_context():
        assert raw(m.JobFile) == [] and raw(m.ExportLog) == []


def test_files_of_exports_go_after_a_week_and_the_page_says_so(site: World) -> None:
    customers(site, "sales1", 3)
    gm = site.browser("gm")
    number = asked(gm)
    work(site)
    table = m.Job.__table__
    for days, status in ((6, 200), (8, 404)):
        with site.app.app_context():
            db.session.execute(sa.update(table).values(ended_at=clock.now() - timedelta(days=days)))
            db.session.commit()
            background.reap()
        assert fetched(gm, number).status_code == status
    page = text(gm.get(f"/jobview/show/{number}"))
    assert "文件已过保留期" in page and f"/jobview/result/{number}" not in page


def test_reports_go_the_same_way(site: World) -> None:
    gm = site.browser("gm")
    path = next(
        v.route_base
        for v in site.app.appbuilder.baseviews
        if type(v).__name__ == "CouponLiabilityScreen"
        or getattr(getattr(v, "report", None), "name", "") == "CouponLiability"
    )
    assert "后台生成" in text(gm.get(f"{path}/export?later=yes"))
    answer = gm.post(f"{path}/export")
    number = int(answer.headers["Location"].rsplit("/", 1)[1])
    work(site)
    assert job(site, number).state is JobState.DONE and fetched(gm, number).status_code == 200


def test_a_job_that_names_another_screen_than_its_right_gives_nothing(site: World) -> None:
    """The right was checked for one thing; the parameters cannot make it another."""
    with site.app.app_context():
        from app.unit_of_work import together

        number = together(
            lambda: background.enqueue(export_job.KIND, "试", entity="Customer", verb="export",
                                       parameters={"screen": "AuditLogView", "format": "xlsx", "args": []}),
            by=site["sales_manager"], entity=m.Job,
        ).id  # fmt: skip
    work(site)
    assert job(site, number).state is JobState.FAILED
    with site.app.app_context():
        assert raw(m.JobFile) == []


@pytest.mark.parametrize(
    "args",
    [[["state", "NOPE"]], [["order", "';drop"]], [["page", "x"]], [["q", "%"]], [["method", "x"], ["self", "y"]]],
)
def test_garbage_among_the_filters_does_no_harm(site: World, args: list[list[str]]) -> None:
    customers(site, "sales1", 3)
    gm = site.browser("gm")
    number = asked(gm, "&".join(f"{k}={v}" for k, v in args))
    work(site)
    assert job(site, number).state is JobState.DONE
