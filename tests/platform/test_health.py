"""/healthz and /readyz: yes or no to strangers, details to who sits at the machine."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock, jobs
from app import models as m
from app.database import db
from app.enums import RunState
from app.screens import health
from tests.kit import World, on_both


def night(site: World, days_ago: int = 0, *, without: str = "", moment: datetime | None = None) -> None:
    """The rows of a night that was done, one a job; `without` names a job that was not."""
    with site.app.app_context():
        ended = moment or clock.now() - timedelta(days=days_ago)
        run = {
            "day": ended.date(),
            "state": RunState.DONE,
            "started_at": ended,
            "ended_at": ended,
            "done": 0,
            "tries": 1,
        }
        rows = [run | {"job": name} for name in jobs.JOBS if name != without]
        db.session.execute(sa.insert(m.NightlyRun.__table__), rows)
        db.session.commit()
        db.session.remove()


@on_both
def test_a_house_that_works_says_so_without_a_login_and_without_details(site: World) -> None:
    stranger = site.browser()
    assert stranger.get("/healthz").get_json() == {"status": "ok"}
    assert stranger.get("/readyz").get_json() == {"status": "attention"}  # no night has run yet
    night(site)
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready"})
    assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("hour", "days_ago", "status"), [(5, 1, "ready"), (6, 1, "attention"), (6, 0, "ready"), (5, 2, "attention")]
)
def test_a_night_is_late_when_the_office_opens_without_it(site: World, hour: int, days_ago: int, status: str) -> None:
    day = clock.today() + timedelta(days=1)
    with clock.on(day, time(hour)):
        night(site, days_ago)
        answer = site.browser().get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": status})


def test_one_job_that_fails_every_night_is_late_though_the_others_are_done(site: World) -> None:
    """The last of all jobs was what was looked at: eight of nine done hid the ninth."""
    night(site, 1, without="retentions")
    night(site, without="retentions")
    with clock.on(clock.today(), time(12)):
        assert site.browser().get("/readyz").get_json() == {"status": "attention"}
    with site.app.app_context(), clock.on(clock.today(), time(12)):
        words = next(f.words for f in health.findings() if f.name == "夜间任务")
    assert "质保金" in words and "从未" in words and "卡券" not in words


def test_what_is_dated_in_the_future_wants_attention(site: World) -> None:
    """A clock was six days ahead for a moment: neither its nights nor its records are taken for today's."""
    ahead = clock.now() + timedelta(days=6)
    night(site, moment=ahead)
    assert site.browser().get("/readyz").get_json() == {"status": "attention"}
    night(site)
    with site.app.app_context():
        found = {f.name: f for f in health.findings()}
        assert found["夜间任务"].is_fine and not found["时钟"].is_fine
        assert f"{ahead:%Y-%m-%d %H:%M}" in found["时钟"].words
    assert site.browser().get("/readyz").get_json() == {"status": "attention"}


def test_a_full_disk_is_not_ready(site: World, monkeypatch: Any) -> None:
    night(site)
    monkeypatch.setitem(site.app.config, "FREE_DISK_MB", 10**9)
    answer = site.browser().get("/readyz")
    assert (answer.status_code, answer.get_json()) == (503, {"status": "not ready"})
    assert site.browser().get("/healthz").status_code == 200


@on_both
def test_a_schema_that_is_not_the_programs_is_not_ready(site: World) -> None:
    with site.app.app_context():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        db.session.commit()
    assert site.browser().get("/readyz").status_code == 503


def test_a_database_that_does_not_answer_is_not_ready_and_nothing_of_it_is_told(site: World, monkeypatch: Any) -> None:
    def gone(*_words: Any, **_more: Any) -> Any:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("unable to open database file /secret/place"))

    with site.app.app_context():
        monkeypatch.setattr(db.engine, "connect", gone)
        answer = site.browser().get("/readyz")
        assert answer.status_code == 503 and "secret" not in answer.get_data(as_text=True)
        assert next(f.name for f in health.findings()) == "数据库"


def test_who_sits_at_the_machine_is_told_everything(site: World, monkeypatch: Any) -> None:
    night(site)
    told = site.app.test_cli_runner().invoke(args=["ready"])
    assert told.exit_code == 0 and told.output.count("✓") == 5 and "夜间任务" in told.output
    monkeypatch.setitem(site.app.config, "FREE_DISK_MB", 10**9)
    told = site.app.test_cli_runner().invoke(args=["ready"])
    assert told.exit_code == 1 and "✗ 磁盘" in told.output
