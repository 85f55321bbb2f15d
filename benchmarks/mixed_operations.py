"""Ten thousand mixed operations of a parts counter by eight processes on PostgreSQL; prints what came of them.

    python -m benchmarks.mixed_operations [operations] [workers]

The server is found as the tests find it (TEST_POSTGRES_URL or one on localhost); the database is made and dropped here.
Ends with 1 when a fault reached anybody or the books are wrong.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from app import clock
from app.actor import SYSTEM, acting_as
from app.database import db
from app.screens.security import actor_of
from tests.books import faults_of_the_books
from tests.concurrency.mixed import faults, stock_up
from tests.conftest import Engine
from tests.kit import START, World


def open_house(engine: Engine) -> World:
    """The dealer of the tests with full shelves."""
    world = World(engine.app)
    with engine.app.app_context(), clock.on(START), acting_as(SYSTEM):
        user = sa.table("ab_user", sa.column("id"), sa.column("username"))
        for row in db.session.execute(sa.select(user.c.id, user.c.username)).all():
            world.people[row.username] = actor_of(row.id, row.username)
        stock_up(world)
        db.session.remove()
        db.engine.dispose()
    return world


def run(url: str, world: World, operations: int, workers: int) -> Counter[str]:
    """Every worker is a process of its own."""
    people = Path(tempfile.mkdtemp()) / "people"
    people.write_bytes(pickle.dumps(world.people))
    words = [sys.executable, "-m", "tests.concurrency.worker", url, str(people)]
    started = [
        subprocess.Popen([*words, str(seed), str(operations // workers)], stdout=subprocess.PIPE)
        for seed in range(workers)
    ]
    came: Counter[str] = Counter()
    for process in started:
        came.update(pickle.loads(process.communicate()[0]))
    return came


def main(operations: int = 10_000, workers: int = 8) -> int:
    engine = Engine("postgresql")
    try:
        world, begun = open_house(engine), time.monotonic()
        came = run(engine.url, world, operations, workers)
        took = time.monotonic() - begun
        with engine.app.app_context():
            wrong = faults_of_the_books()
            counted = sa.text("SELECT deadlocks, xact_commit, xact_rollback FROM pg_stat_database WHERE datname = current_database()")  # fmt: skip
            deadlocks, commits, rollbacks = db.session.execute(counted).one()
            db.session.remove()
            db.engine.dispose()
    finally:
        engine.drop()
    print(f"{operations} operations by {workers} processes in {took:.0f} s = {operations / took:.1f} a second")
    print(", ".join(f"{name} {count}" for name, count in came.most_common()))
    print(f"commits {commits}, rollbacks {rollbacks}, deadlocks PostgreSQL resolved {deadlocks}")
    print(
        f"faults that reached somebody: {len(faults(came))}; faults in the books: {len(wrong)}", *wrong[:10], sep="\n"
    )
    return int(bool(faults(came) or wrong))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
