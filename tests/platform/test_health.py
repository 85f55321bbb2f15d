"""/healthz and /readyz: yes or no to strangers, details to who sits at the machine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app import clock
from app import models as m
from app.database import db
from app.enums import RunState
from app.screens import health
from tests.kit import World, on_both


def night(site: World, hours_ago: int) -> None:
    with site.app.app_context():
        ended = clock.now() - timedelta(hours=hours_ago)
        run = {
            "job": "books",
            "day": ended.date(),
            "state": RunState.DONE,
            "started_at": ended,
            "ended_at": ended,
            "done": 0,
            "tries": 1,
        }
        db.session.execute(sa.insert(m.NightlyRun.__table__).values(**run))
        db.session.commit()
        db.session.remove()


@on_both
def test_a_house_that_works_says_so_without_a_login_and_without_details(site: World) -> None:
    stranger = site.browser()
    assert stranger.get("/healthz").get_json() == {"status": "ok"}
    assert stranger.get("/readyz").get_json() == {"status": "attention"}  # no night has run yet
    night(site, 3)
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready"})
    assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "no-store"


def test_two_nights_without_a_run_want_attention_but_are_no_reason_to_stop(site: World) -> None:
    night(site, 37)
    answer = site.browser().get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "attention"})


def test_a_full_disk_is_not_ready(site: World, monkeypatch: Any) -> None:
    night(site, 1)
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
    night(site, 1)
    told = site.app.test_cli_runner().invoke(args=["ready"])
    assert told.exit_code == 0 and told.output.count("✓") == 4 and "夜间任务" in told.output
    monkeypatch.setitem(site.app.config, "FREE_DISK_MB", 10**9)
    told = site.app.test_cli_runner().invoke(args=["ready"])
    assert told.exit_code == 1 and "✗ 磁盘" in told.output
