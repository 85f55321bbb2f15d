"""How long 100,000 customers take into a file, and how much memory: a worker process of its own, both kinds of file.

    python benchmarks/export_customers.py [rows] [database url]

Without an address a new SQLite file is used; a PostgreSQL address names a server, the database is made and dropped.
Prints seconds and the peak of memory of the worker, and how that compares with the bare writer on the same rows.
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings come before the application is imported
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = os.environ.get("TIEMA_INSTANCE") or tempfile.mkdtemp(prefix="tiema-bench-")
os.environ["TIEMA_INSTANCE"] = FOLDER

import sqlalchemy as sa
from flask_migrate import upgrade
from werkzeug.datastructures import MultiDict

from app import background, clock, create_app
from app import models as m
from app.actor import SYSTEM, Actor, acting_as
from app.database import db
from app.enums import JobState
from app.provision import synchronise
from app.screens import export, export_job
from app.staff import actor_of

LIMIT = 200  # MB, for a worker with 100,000 rows


def peak() -> int:
    """Peak of this process since it was started, MB."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def person(username: str) -> Actor:
    user = db.session.scalar(sa.text("SELECT id FROM ab_user WHERE username = :name"), {"name": username})
    return actor_of(user, username)  # type: ignore[arg-type]


def fill(app: object, rows: int) -> None:
    """So many customers of two salespeople, from one that was made properly."""
    from tests.kit import World

    world, table, now = World(app), m.Customer.__table__, clock.now()  # type: ignore[arg-type]
    world.people = {name: person(name) for name in ("sales1", "sales2")}
    with acting_as(SYSTEM):
        one = world.company(address="安徽省合肥市经济技术开发区锦绣大道 88 号", remark="老客户，介绍人李总")
    values = dict(db.session.execute(sa.select(table).where(table.c.id == one.id)).one()._mapping)
    for start in range(1, rows, 5000):
        more = [
            {**values, "id": None, "credit_code": f"91{n:016d}", "number": f"KX{n:08d}", "name": f"安徽恒达{n:06d}土石方工程有限公司",
             "mobile": f"139{n:08d}", "salesperson_id": world["sales1" if n % 2 else "sales2"].employee_id,
             "created_at": now, "changed_at": now}
            for n in range(start, min(start + 5000, rows))
        ]  # fmt: skip
        for row in more:
            row.pop("id")
        db.session.execute(sa.insert(table), more)
    db.session.commit()


def ask(kind: str) -> int:
    screen = next(v for v in app_now().appbuilder.baseviews if type(v).__name__ == "CustomerView")
    with acting_as(person("gm")):
        return export_job.ask(screen, MultiDict({"format": kind})).id


def app_now() -> object:
    from flask import current_app

    return current_app._get_current_object()  # type: ignore[attr-defined]


def measure(url: str, what: str) -> None:
    """In a process of its own: carry out the job, or write the same rows with nothing behind the writer."""
    app = create_app(SQLALCHEMY_DATABASE_URI=url)
    with app.app_context():
        base, began = peak(), time.monotonic()
        if what == "job":
            assert background.run_next()
        else:
            _bare(what)
        print(f"{time.monotonic() - began:.2f} {base} {peak()}")


def _bare(kind: str) -> None:
    """The writer alone: the cells of one customer, so many times."""
    rows = db.session.scalar(sa.select(sa.func.count()).select_from(m.Customer.__table__)) or 0
    screen = next(v for v in app_now().appbuilder.baseviews if type(v).__name__ == "CustomerView")
    with acting_as(person("gm")):
        source = screen.exporting(MultiDict())
        line = next(iter(source.lines()))
        db.session.rollback()
        if kind == "xlsx":
            export.write_xlsx(source.found.columns, (line for _ in range(rows)), source.title, "")[0].close()
        else:
            for _part in export.write_csv(source.found.columns, (line for _ in range(rows))):
                pass


def in_worker(url: str, what: str) -> tuple[float, int, int]:
    """(seconds, MB before, MB at the peak) of another process."""
    told = subprocess.run(
        [sys.executable, __file__, "--measure", what, url], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    return float(told[-3]), int(told[-2]), int(told[-1])


def main(rows: int, address: str | None) -> None:
    from app.demo.build import Demo  # not before: the measured process imports this file as well

    server = sa.create_engine(address, isolation_level="AUTOCOMMIT") if address else None
    url, name = f"sqlite:///{FOLDER}/bench.db", f"tiema_bench_{os.getpid()}"
    if server is not None:
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        url = sa.make_url(address).set(database=name).render_as_string(hide_password=False)  # type: ignore[arg-type]
    app = create_app(SQLALCHEMY_DATABASE_URI=url)
    worst = 0
    try:
        with app.app_context():
            upgrade(directory=str(ROOT / "migrations"))
            synchronise(app.appbuilder)
            demo = Demo(date(2025, 3, 5))
            demo.staff()
            demo.master_data()
            fill(app, rows)
            print(f"{db.engine.dialect.name}: {rows:,} customers")
            for kind in ("xlsx", "csv"):
                number = ask(kind)
                db.session.rollback()  # the server ends who holds a transaction and does nothing
                seconds, base, most = in_worker(url, "job")
                with acting_as(SYSTEM):
                    job = db.session.get_one(m.Job, number, populate_existing=True)
                    assert job.state is JobState.DONE, job.message
                    size = db.session.scalar(
                        sa.select(m.JobFile.__table__.c.size).where(m.JobFile.__table__.c.job_id == number)
                    )
                db.session.rollback()
                bare, bare_base, bare_most = in_worker(url, kind)
                worst = max(worst, most)
                print(
                    f"{kind}: {seconds:.1f} s, peak {most} MB (started with {base}), file {size / 2**20:.1f} MB; "
                    f"bare writer {bare:.1f} s, peak {bare_most} MB: {seconds / bare:.1f} x the time, "
                    f"{most - base - (bare_most - bare_base):+d} MB"
                )
            db.session.remove()
            db.engine.dispose()
    finally:
        if server is not None:
            with server.connect() as connection:
                connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    print(f"peak {worst} MB: {'within' if worst <= LIMIT else 'OVER'} {LIMIT} MB")
    raise SystemExit(worst > LIMIT)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[3], sys.argv[2])
    else:
        os.environ.pop("DATABASE_URL", None)
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2] if len(sys.argv) > 2 else None)
