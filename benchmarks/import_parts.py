"""How long 50,000 parts take from an Excel file, and how much memory: check, then write, on an empty database.

    python benchmarks/import_parts.py [rows] [database url]

Without an address a new SQLite file is used; a PostgreSQL address names a server, the database is made and dropped.
Prints seconds per step, the longest wait of another writer meanwhile, and the peak of memory of this process.
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings come before the application is imported
import os
import resource
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.mkdtemp(prefix="tiema-bench-")
os.environ["TIEMA_INSTANCE"] = FOLDER
os.environ.pop("DATABASE_URL", None)

import sqlalchemy as sa
from flask_migrate import upgrade

from app import background, create_app
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.demo.build import Demo
from app.enums import JobState
from app.provision import synchronise
from app.screens.import_job import KIND
from app.staff import actor_of
from app.unit_of_work import create, fire, together
from tests.imports.kit import parts_file
from tests.kit import START


def memory() -> int:
    """Peak so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def other_writer(app: object, waits: list[float], over: threading.Event) -> None:
    """A colleague who saves something small ten times a second."""
    engine = sa.create_engine(app.config["SQLALCHEMY_DATABASE_URI"], connect_args={})  # type: ignore[attr-defined]
    while not over.wait(0.1):
        began = time.monotonic()
        with suppress(sa.exc.OperationalError), engine.begin() as connection:
            connection.execute(sa.update(m.Tag.__table__).values(version=m.Tag.__table__.c.version + 1))
        waits.append(time.monotonic() - began)
    engine.dispose()


def main(rows: int, address: str | None) -> None:
    server = sa.create_engine(address, isolation_level="AUTOCOMMIT") if address else None
    url = f"sqlite:///{FOLDER}/bench.db"
    if server is not None:
        name = f"tiema_bench_{os.getpid()}"
        with server.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name}"))
        url = sa.make_url(address).set(database=name).render_as_string(hide_password=False)  # type: ignore[arg-type]
    app = create_app(SQLALCHEMY_DATABASE_URI=url)
    try:
        with app.app_context():
            upgrade(directory=str(ROOT / "migrations"))
            synchronise(app.appbuilder)
            demo = Demo(START)
            demo.staff()
            demo.master_data()
            with acting_as(SYSTEM):
                create(m.PartCategory, {"code": "LX", "name": "滤芯"})
            measure(app, rows)
            db.session.remove()
            db.engine.dispose()
    finally:
        if server is not None:
            with server.connect() as connection:
                connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


def measure(app: object, rows: int) -> None:
    content = parts_file(rows)
    print(f"{db.engine.dialect.name}: {rows:,} rows, {len(content) / 2**20:.1f} MB; before {memory()} MB")
    user = db.session.scalar(sa.text("SELECT id FROM ab_user WHERE username = 'buyer'"))
    buyer = actor_of(user, "buyer")  # type: ignore[arg-type]
    values = {"screen": "PartView", "mode": "refuse", "lines": rows}
    job_id = together(
        lambda: background.enqueue(KIND, "bench", entity="Part", verb="import", parameters=values, step="check",
                                   file=("bench.xlsx", content)), by=buyer, entity=m.Job,
    ).id  # fmt: skip
    waits: list[float] = []
    over = threading.Event()
    colleague = threading.Thread(target=other_writer, args=(app, waits, over))
    colleague.start()
    for step in ("check", "write"):
        began = time.monotonic()
        background.run_next()
        with acting_as(SYSTEM):
            job = db.session.get_one(m.Job, job_id)
            print(f"{step}: {time.monotonic() - began:.1f} s, peak {memory()} MB; {job.state.name} {job.message}")
            assert job.state is (JobState.CHECKED if step == "check" else JobState.DONE)
        if step == "check":
            fire(job, "confirm", by=buyer)
    over.set()
    colleague.join()
    print(f"another writer waited at most {max(waits):.1f} s ({len(waits)} writes)")
    with acting_as(SYSTEM):
        print(f"parts: {db.session.scalar(sa.select(sa.func.count(m.Part.id))):,}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000, sys.argv[2] if len(sys.argv) > 2 else None)
