"""The night's work begins by itself, in whatever process, and is done once."""

from __future__ import annotations

import datetime as dt
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import clock, jobs
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db, only_one
from app.enums import CouponMovement, CouponState, RunState
from app.night import Night
from tests.kit import World, on_both
from tests.workflows.test_coupon_life import given

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
HOUR = dt.timedelta(hours=1)


def process(site: World, work: Callable[[], None]) -> int:
    """Do the work in a process of its own; gives its number at once."""
    with site.app.app_context():
        db.session.remove()
        db.engine.dispose()
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    return child


def watching(site: World) -> Callable[[], None]:
    """A web process that looks twenty times a second whether there is anything to do, until all of it is done."""

    def work() -> None:
        night = Night(site.app, pause=0.05).start()
        limit = time.monotonic() + 60
        while time.monotonic() < limit and not is_done(site):
            time.sleep(0.1)
        time.sleep(0.3)  # nothing is begun a second time
        night.stop()

    return work


def is_done(site: World) -> bool:
    with site.app.app_context():
        done = sa.select(sa.func.count(sa.distinct(m.NightlyRun.job))).where(
            m.NightlyRun.day == clock.today(), m.NightlyRun.state == RunState.DONE
        )
        with acting_as(SYSTEM):
            return db.session.scalar(done) == len(jobs.JOBS)


def runs(site: World) -> dict[str, list[tuple[dt.date, RunState, int]]]:
    found: dict[str, list[tuple[dt.date, RunState, int]]] = {}
    with site.app.app_context(), acting_as(SYSTEM):
        for run in db.session.scalars(sa.select(m.NightlyRun).order_by(m.NightlyRun.day)):
            found.setdefault(run.job, []).append((run.day, run.state, run.tries))
        db.session.remove()
    return found


def a_coupon_that_ran_out(site: World) -> int:
    with site.app.app_context(), acting_as(SYSTEM), clock.on(dt.date(2025, 3, 5)):
        coupon_id = given(site, site.company(), "500").id
        db.session.remove()
    return coupon_id


@on_both
def test_two_processes_do_one_night_once(site: World) -> None:
    """Both look all the time; every job of the day is one row that was tried once, and its effect is there once."""
    coupon_id = a_coupon_that_ran_out(site)
    for child in [process(site, watching(site)) for _ in range(2)]:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert runs(site) == {name: [(clock.today(), RunState.DONE, 1)] for name in jobs.JOBS}
    with site.app.app_context(), acting_as(SYSTEM):
        assert db.session.get_one(m.Coupon, coupon_id).state is CouponState.EXPIRED
        expired = sa.select(sa.func.count()).where(m.CouponEntry.movement == CouponMovement.EXPIRE)
        assert db.session.scalar(expired) == 1
        db.session.remove()


@on_both
def test_a_night_that_was_killed_half_way_is_completed_by_the_next_try(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    coupon_id = a_coupon_that_ran_out(site)

    def dies(run: m.NightlyRun) -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    monkeypatch.setitem(jobs.JOBS, "packages", dies)
    child = process(site, watching(site))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert [state for [(_, state, _)] in runs(site).values()] == [RunState.DONE] * 2 + [RunState.RUNNING]
    monkeypatch.undo()
    os.waitpid(process(site, watching(site)), 0)
    tries = {name: tries for name, [(_, state, tries)] in runs(site).items() if state is RunState.DONE}
    assert tries == {name: 2 if name == "packages" else 1 for name in jobs.JOBS}
    with site.app.app_context(), acting_as(SYSTEM):
        assert db.session.get_one(m.Coupon, coupon_id).state is CouponState.EXPIRED


@on_both
def test_while_one_is_at_it_the_others_leave_it_alone(site: World) -> None:
    """Cron as well: its command says so and is content."""
    with site.app.app_context(), only_one(jobs.LOCK) as is_ours:
        assert is_ours
        with only_one(jobs.LOCK) as is_ours_too:
            assert not is_ours_too
        told = site.app.test_cli_runner().invoke(args=["nightly"])
    assert told.exit_code == 0 and "另一个进程正在做" in told.output and runs(site) == {}
    with site.app.app_context():
        told = site.app.test_cli_runner().invoke(args=["nightly"])
    assert told.exit_code == 0 and "夜间任务已完成" in told.output
    with site.app.app_context():
        assert not jobs.is_due()


def test_what_failed_is_tried_again_after_an_hour(site: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def bad(run: m.NightlyRun) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(jobs, "JOBS", {"coupons": jobs.coupons, "packages": bad})
    day = dt.date(2025, 4, 4)
    with site.app.app_context():
        assert jobs.is_due()
        with clock.on(day, dt.time(0, 1)):
            jobs.nightly(day)
        for hour, is_due in ((dt.time(0, 2), False), (dt.time(1, 0), False), (dt.time(1, 2), True)):
            with clock.on(day, hour):
                assert jobs.is_due() is is_due
        with clock.on(day - dt.timedelta(days=1)):
            assert jobs.is_due()  # a night was done too early


def test_nobody_asks_the_machine_what_day_it_is() -> None:
    """`flask demo` took the day of the machine's zone; the business calendar has one door, app/clock.py."""
    folder = Path(jobs.__file__).parent
    asking = re.compile(r"\bdate\.today\(|\bdatetime\.(now|utcnow|today)\(")
    found = [str(p.relative_to(folder)) for p in folder.rglob("*.py") if asking.search(p.read_text(encoding="utf-8"))]
    assert found == ["clock.py"]
