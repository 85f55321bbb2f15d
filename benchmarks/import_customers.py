"""How an import of customers grows: a tenth of the rows and all of them, checked with 37 planted faults, then written.

    python benchmarks/import_customers.py [rows, 50,000 unless told]

On a new SQLite file. Prints seconds and what a row costs with all of them compared with a tenth: near 1 means that it grows
with the file and no faster.
"""

from __future__ import annotations

# ruff: noqa: E402 - the settings come before the application is imported
import os
import sys
import tempfile
import time
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
from app.actor import SYSTEM, Actor, acting_as
from app.database import db
from app.demo.build import Demo
from app.enums import JobState
from app.provision import synchronise
from app.screens.import_job import KIND
from app.unit_of_work import fire, together
from tests.imports.customers import file_of
from tests.kit import START

FAULTS = 37


def enqueue(by: Actor, rows: int, content: bytes) -> int:
    values = {"screen": "CustomerView", "mode": "refuse", "lines": rows}
    return together(
        lambda: background.enqueue(KIND, "bench", entity="Customer", verb="import", parameters=values, step="check",
                                   file=("bench.xlsx", content)), by=by, entity=m.Job,
    ).id  # fmt: skip


def step(job_id: int, wanted: JobState) -> float:
    """Seconds until the job stands where it should."""
    began = time.monotonic()
    background.run_next()
    with acting_as(SYSTEM):
        job = db.session.get_one(m.Job, job_id)
        assert job.state is wanted, job.message
        db.session.rollback()
    return time.monotonic() - began


def measure(by: Actor, rows: int) -> dict[str, float]:
    """Seconds of each step for a file of so many rows, on books without customers."""
    bad = enqueue(by, rows, file_of(rows, faults=FAULTS))
    found = {"faults": step(bad, JobState.FAILED)}
    with acting_as(SYSTEM):
        assert db.session.get_one(m.Job, bad).fault_count == FAULTS
        assert db.session.scalar(sa.select(sa.func.count(m.Customer.id))) == 0
    good = enqueue(by, rows, file_of(rows))
    found["check"] = step(good, JobState.CHECKED)
    with acting_as(SYSTEM):
        fire(db.session.get_one(m.Job, good), "confirm", by=by)
    found["write"] = step(good, JobState.DONE)
    with acting_as(SYSTEM):
        assert db.session.scalar(sa.select(sa.func.count(m.Customer.id))) == rows
        db.session.execute(sa.delete(m.Customer.__table__))
        db.session.commit()
    return found


def main(rows: int) -> None:
    app = create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{FOLDER}/bench.db")
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        synchronise(app.appbuilder)
        demo = Demo(START)
        demo.staff()
        few, many = measure(demo.who["clerk"], rows // 10), measure(demo.who["clerk"], rows)
        for name in few:
            print(
                f"{name}: {rows // 10:,} rows {few[name]:.1f} s, {rows:,} rows {many[name]:.1f} s; "
                f"a row costs {many[name] / few[name] / 10:.2f} times as much"
            )
        db.session.remove()
        db.engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
