"""/healthz: this process answers. /readyz: and it can work. Strangers hear yes or no; who may see details asks `flask ready`."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app, jsonify

from .. import clock, jobs
from ..database import db
from ..enums import NIGHTLY_JOBS
from ..models import AuditLog, BackupRun, NightlyRun

MORNING = 6  # o'clock, when the night's work has to be done
OLD = timedelta(hours=36)  # of a backup that is made once a day
AHEAD = timedelta(minutes=5)  # clocks of several machines may differ by that
MEGABYTE = 2**20


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. is_needed: without it no work is possible, so the answer is no."""

    name: str
    is_fine: bool
    words: str
    is_needed: bool = True


def findings() -> list[Finding]:
    """Database, schema, disk, nightly jobs, backup, clock, in this order; what cannot be asked without a database is left out."""
    found = [_disk()]
    try:
        with db.engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
            here = set(MigrationContext.configure(connection).get_current_heads())
        found.insert(0, Finding("数据库", True, "能连上"))
        heads = set(ScriptDirectory(str(_migrations())).get_heads())
        words = "、".join(sorted(here)) or "没有表"
        found.append(Finding("表结构", here == heads, f"版本 {words}，程序要 {'、'.join(sorted(heads))}"))
        if here == heads:
            found += [_nightly(), *_backup(), _clock()]
            db.session.rollback()
    except sa.exc.DBAPIError as fault:
        found.insert(0, Finding("数据库", False, f"连不上：{str(fault.orig).strip().splitlines()[0]}"))
    return found


def _migrations() -> Path:
    return Path(current_app.root_path).parent / "migrations"


def _disk() -> Finding:
    """Room where the database file or the instance is."""
    url = sa.make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    folder = Path(str(url.database)).parent if is_file else Path(current_app.config["INSTANCE"])
    free = shutil.disk_usage(folder if folder.exists() else Path(current_app.root_path)).free // MEGABYTE
    return Finding("磁盘", free >= current_app.config["FREE_DISK_MB"], f"剩余 {free} 兆")


def _nightly() -> Finding:
    """Whether every job was done this night, or last night while it is early; one that fails every night is late."""
    now = clock.now()
    wanted = now.date() if now.hour >= MORNING else now.date() - timedelta(days=1)
    last = jobs.last_days()
    if not last:
        return Finding("夜间任务", False, "还没有运行过", is_needed=False)
    late = [
        f"{NIGHTLY_JOBS[name]}（{last.get(name, '从未')}）"
        for name in jobs.JOBS
        if last.get(name, now.min.date()) < wanted
    ]
    words = f"没有做到 {wanted} 的：{'、'.join(late)}" if late else f"已做到 {min(last.values())}"
    return Finding("夜间任务", not late, words, is_needed=False)


def _backup() -> list[Finding]:
    """How old the last backup is, where real books are kept."""
    if not current_app.config["PRODUCTION"]:
        return []
    last = db.session.scalar(sa.select(sa.func.max(BackupRun.__table__.c.made_at)))
    if last is None:
        return [Finding("备份", False, "还没有备份过，请用 flask backup 备份", is_needed=False)]
    is_fine = timedelta() <= clock.now() - last + AHEAD <= OLD
    return [Finding("备份", is_fine, f"上次备份于 {last:%Y-%m-%d %H:%M}", is_needed=False)]


def _clock() -> Finding:
    """Whether anything is dated in the future: then a clock was ahead, or this one is behind."""
    run, log = NightlyRun.__table__.c, AuditLog.__table__.c
    latest = [db.session.scalar(sa.select(sa.func.max(moment))) for moment in (run.started_at, run.ended_at, log.at)]
    ahead = max((moment for moment in latest if moment is not None), default=clock.now())
    if ahead <= clock.now() + AHEAD:
        return Finding("时钟", True, f"{clock.now():%Y-%m-%d %H:%M}", is_needed=False)
    words = f"现在是 {clock.now():%Y-%m-%d %H:%M}，已有记到 {ahead:%Y-%m-%d %H:%M} 的记录，请校对时钟"
    return Finding("时钟", False, words, is_needed=False)


def register(app: Flask) -> None:
    """Two addresses that need no login."""

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """This process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> Any:
        """200 ready, 200 attention (it works, but somebody should look), 503 not ready."""
        found = findings()
        if any(f.is_needed and not f.is_fine for f in found):
            return jsonify(status="not ready"), 503
        return jsonify(status="ready" if all(f.is_fine for f in found) else "attention")
