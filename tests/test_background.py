"""Jobs: the row is the truth. Workers die, people change their minds, servers stop; nothing is half done or done twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import background
from app import models as m
from app.actor import SYSTEM, acting_as
from app.background import Outcome, Work, Workers
from app.database import db
from app.enums import JobState
from app.errors import BusinessError, NotAllowed
from app.unit_of_work import together
from tests.imports.kit import checked, count, hand_in, job, number_of, parts_file, stores, work
from tests.kit import World, on_both, on_postgres

ROOT = Path(__file__).resolve().parent.parent


def ask(site: World, kind: str, who: str = "buyer", **more: Any) -> int:
    """A job in the queue; gives its id."""
    with site.app.app_context():
        return together(
            lambda: background.enqueue(kind, "试", entity="Part", verb="import", parameters={}, **more),
            by=site[who], entity=m.Job,
        ).id  # fmt: skip


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Kinds of work of this test alone."""
    mine = dict(background.KINDS)
    monkeypatch.setattr(background, "KINDS", mine)
    monkeypatch.setattr(background, "BEAT", 0.0)
    return mine


def is_writing(site: World, number: int) -> bool:
    """Whether the worker is in the middle of the one big transaction."""
    url = sa.make_url(site.app.config["SQLALCHEMY_DATABASE_URI"])
    if url.get_backend_name() != "sqlite":
        now = job(site, number)
        return now.state is JobState.RUNNING and now.done > now.total // 2
    for _ in range(2):
        door = sqlite3.connect(str(url.database), timeout=0, isolation_level=None)
        try:
            door.execute("BEGIN IMMEDIATE")
            return False
        except sqlite3.OperationalError:
            time.sleep(0.1)
        finally:
            door.close()
    return True


@on_both
def test_kill_9_in_the_middle_leaves_nothing_and_a_retry_writes_everything_once(site: World) -> None:
    stores(site)
    one = checked(site, "buyer", parts_file(6000))
    site.browser("buyer").post(f"/jobview/action/confirm/{one.id}")
    settings = {**os.environ, "DATABASE_URL": site.app.config["SQLALCHEMY_DATABASE_URI"]}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "worker", "--threads", "1"], cwd=ROOT, env=settings,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 120
        while not is_writing(site, one.id):
            assert time.monotonic() < until and job(site, one.id).state in (JobState.QUEUED, JobState.RUNNING)
            time.sleep(0.02)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert job(site, one.id).state is JobState.RUNNING, "the row does not know yet"
    assert count(site, m.Part) == 0
    with site.app.app_context():
        assert background.reap() == 0, "it may still be alive"
        assert background.reap(timedelta(0)) == 1
        assert not [line for line in site.rows(m.AuditLog) if line.entity == "Part"]
    dead = job(site, one.id)
    assert dead.state is JobState.FAILED and dead.is_retryable
    browser = site.browser("buyer")
    page = browser.get(f"/jobview/show/{one.id}").get_data(as_text=True)
    assert "失败-可重试" in page and "任务被中断，什么都没有写入，请重试" in page
    browser.post(f"/jobview/action/retry/{one.id}")
    work(site)
    done = job(site, one.id)
    assert done.state is JobState.DONE and done.attempts == 3, "checked, killed, written"
    assert count(site, m.Part) == 6000


@on_postgres
def test_two_imports_at_once_of_the_same_parts_write_them_once(site: World) -> None:
    stores(site)
    jobs = [checked(site, who, parts_file(800)) for who in ("buyer", "clerk")]
    for who, one in zip(("buyer", "clerk"), jobs, strict=True):
        site.browser(who).post(f"/jobview/action/confirm/{one.id}")
    threads = [threading.Thread(target=_one, args=(site,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ends = sorted(job(site, one.id).state.name for one in jobs)
    assert ends == ["DONE", "FAILED"] and count(site, m.Part) == 800
    late = next(j for one in jobs if (j := job(site, one.id)).state is JobState.FAILED)
    assert "已经存在" in late.message and not late.is_retryable


def _one(site: World) -> None:
    with site.app.app_context():
        background.run_next()


@on_both
def test_many_workers_take_every_job_once(site: World, kinds: dict[str, Any]) -> None:
    taken: list[int] = []
    kinds["note"] = lambda one: taken.append(one.id) or Outcome(JobState.DONE, "")
    wanted = [ask(site, "note", who) for who in ("buyer", "clerk") for _ in range(10)]
    workers = Workers(site.app, 4, pause=0.02).start()
    until = time.monotonic() + 60
    while len(taken) < 20 and time.monotonic() < until:
        time.sleep(0.05)
    workers.stop()
    assert sorted(taken) == wanted
    assert {job(site, n).state for n in wanted} == {JobState.DONE}


def test_a_cancelled_job_stops_at_its_next_step_and_keeps_nothing(site: World, kinds: dict[str, Any]) -> None:
    stores(site)

    def slow(one: Work) -> Outcome:
        one.progress(1, 10)
        site.browser("buyer").post(f"/jobview/action/cancel/{one.id}")
        with acting_as(SYSTEM):
            db.session.add(m.PartCategory(code="ZZ", name="不该在"))
            db.session.flush()
            db.session.rollback()
        one.progress(2, 10)
        raise AssertionError("it went on")

    kinds["slow"] = slow
    number = ask(site, "slow")
    work(site)
    ended = job(site, number)
    assert (ended.state, ended.message) == (JobState.CANCELLED, "已取消，什么都没有写入")
    waiting = ask(site, "slow")
    site.browser("buyer").post(f"/jobview/action/cancel/{waiting}")
    assert job(site, waiting).state is JobState.CANCELLED
    work(site)
    assert job(site, waiting).attempts == 0


@on_both
def test_a_run_that_was_given_up_commits_nothing_any_more(site: World, kinds: dict[str, Any]) -> None:
    """A worker that was too slow for the reaper wakes up when the job has been run again."""
    stores(site)

    def write(one: Work) -> None:
        def body() -> None:
            db.session.add(m.PartCategory(code=one.claim[:8], name=one.claim[:8]))
            db.session.flush()
            one.seal("好")

        if not runs:
            runs.append(one.claim)
            with site.app.app_context():
                background.reap(timedelta(seconds=-5))
                site_job = site.row(m.Job, id=one.id)
                assert site_job.is_retryable
            site.browser("buyer").post(f"/jobview/action/retry/{one.id}")
            threading_run = threading.Thread(target=_one, args=(site,))
            threading_run.start()
            threading_run.join()
        together(body, entity=m.Job)

    runs: list[str] = []
    kinds["write"] = write
    before = count(site, m.PartCategory)
    number = ask(site, "write")
    work(site)
    assert count(site, m.PartCategory) == before + 1
    assert job(site, number).state is JobState.DONE and job(site, number).message == "好"


def test_a_server_that_stops_puts_its_work_back_into_the_queue(site: World, kinds: dict[str, Any]) -> None:
    began = threading.Event()

    def long(one: Work) -> Outcome:
        began.set()
        for n in range(1000):
            time.sleep(0.01)
            one.progress(n, 1000)
        return Outcome(JobState.DONE, "")

    kinds["long"] = long
    number = ask(site, "long")
    workers = Workers(site.app, 1, pause=0.02).start()
    assert began.wait(30)
    workers.stop()
    left = job(site, number)
    assert left.state is JobState.QUEUED and left.claim is None and left.ended_at is None
    kinds["long"] = lambda one: Outcome(JobState.DONE, "好")
    work(site)
    assert job(site, number).state is JobState.DONE


def test_a_fault_of_ours_is_a_number_and_may_be_tried_again(site: World, kinds: dict[str, Any]) -> None:
    def broken(one: Work) -> Outcome:
        raise ZeroDivisionError("SELECT secret FROM nowhere")

    kinds["broken"] = broken
    number = ask(site, "broken")
    work(site)
    ended = job(site, number)
    assert (
        ended.state is JobState.FAILED and ended.is_retryable and ended.message.startswith("出了故障，什么都没有写入")
    )
    assert "SELECT" not in ended.message

    def refused(one: Work) -> Outcome:
        raise BusinessError("不行")

    kinds["broken"] = refused
    site.browser("buyer").post(f"/jobview/action/retry/{number}")
    work(site)
    assert (job(site, number).message, job(site, number).is_retryable) == ("不行", False)
    answer = site.browser("buyer").post(f"/jobview/action/retry/{number}", follow_redirects=True)
    assert "再试一次也会失败" in answer.get_data(as_text=True)


def test_a_job_lives_and_dies_with_the_request_that_asked(site: World, kinds: dict[str, Any]) -> None:
    kinds["note"] = lambda one: Outcome(JobState.DONE, "")

    def work_that_fails() -> None:
        background.enqueue("note", "试", entity="Part", verb="import", parameters={})
        raise BusinessError("不行")

    with site.app.app_context(), pytest.raises(BusinessError):
        together(work_that_fails, by=site["buyer"], entity=m.Job)
    assert count(site, m.Job) == 0
    with pytest.raises(NotAllowed):
        ask(site, "note", "sales1")


def test_a_person_has_a_bounded_number_of_open_jobs(
    site: World, kinds: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "MOST_OPEN", 3)
    stores(site)
    for _ in range(3):
        number_of(hand_in(site.browser("buyer"), parts_file(1)))
    with pytest.raises(BusinessError, match="您有 3 个后台任务还没有完成"):
        ask(site, "note")
    ask(site, "note", "clerk")


def test_files_of_old_jobs_are_cleared_away(site: World) -> None:
    stores(site)
    one = checked(site, "buyer", parts_file(1))
    with site.app.app_context():
        background.reap()
        assert len(site.rows(m.JobFile)) == 1
        db.session.execute(sa.update(m.Job.__table__).values(ended_at=sa.text("'2020-01-01 00:00:00'")))
        db.session.commit()
        background.reap()
        assert site.rows(m.JobFile) == []
    assert job(site, one.id).state is JobState.CHECKED


def test_a_thread_that_hangs_is_told_from_one_that_works_and_its_seat_is_filled_again(
    site: World, kinds: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two files that never end took both threads for ever; a job that tells how far it is may last as long as it likes."""
    monkeypatch.setattr(background, "HUNG", timedelta(seconds=1))
    over, ended = threading.Event(), []

    def hang(one: Work) -> Outcome:
        try:
            while True:  # a loop of Python that never tells anybody how far it is
                time.sleep(0.01)
        finally:
            ended.append(one.id)

    def long(one: Work) -> Outcome:
        until = time.monotonic() + 3
        while time.monotonic() < until:
            one.progress(1, 2)
            time.sleep(0.05)
        return Outcome(JobState.DONE, "fine")

    kinds["hang"], kinds["long"] = hang, long
    kinds["note"] = lambda one: over.set() or Outcome(JobState.DONE, "")
    stuck = [ask(site, "hang"), ask(site, "hang")]
    workers = Workers(site.app, 2, pause=0.02)
    for seat in workers.seats:
        workers._sit_down(seat)
    until = time.monotonic() + 60
    while workers.relieve() + len(ended) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    patient, last = ask(site, "long"), ask(site, "note")
    relieved = 0
    while not (over.is_set() and job(site, patient).state is JobState.DONE) and time.monotonic() < until:
        relieved += workers.relieve()
        time.sleep(0.1)
    workers.stop()
    assert sorted(ended) == stuck and relieved <= 1
    assert job(site, patient).state is JobState.DONE and job(site, last).state is JobState.DONE
    with site.app.app_context():
        background.reap(timedelta(0))
    assert {job(site, n).state for n in stuck} == {JobState.FAILED}
