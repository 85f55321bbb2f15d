"""Whatever a parts counter does, by several at once: nobody meets a deadlock or a locked file, and the books are right.

TIEMA_OPERATIONS of them (default 320); benchmarks/mixed_operations.py does ten thousand.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

from app.database import db
from tests.books import check_books
from tests.concurrency.mixed import faults, stock_up, work_here
from tests.kit import World, on_postgres

OPERATIONS = int(os.environ.get("TIEMA_OPERATIONS", "320"))


@on_postgres
def test_eight_workers_meet_no_deadlock_and_leave_right_books(world: World) -> None:
    stock_up(world)
    db.session.remove()
    came: Counter[str] = Counter()

    def run(seed: int) -> None:
        came.update(work_here(world.app, world.people, seed, OPERATIONS // 8))

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults(came), came
    assert came.total() == OPERATIONS // 8 * 8 and came["done"] > OPERATIONS // 4, came
    check_books()


def test_four_processes_share_one_file_and_nobody_meets_a_lock(world: World, tmp_path: Path) -> None:
    """Real processes on one SQLite file, each with its own connection."""
    stock_up(world)
    url = db.engine.url.render_as_string(hide_password=False)
    db.session.remove()
    (tmp_path / "people").write_bytes(pickle.dumps(world.people))
    told = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.concurrency.worker", url, str(tmp_path / "people"), str(seed), str(OPERATIONS // 16)],
            stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], env=os.environ | {"TIEMA_INSTANCE": str(tmp_path)},
        )
        for seed in range(4)
    ]  # fmt: skip
    came: Counter[str] = Counter()
    for process in told:
        words, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        came.update(pickle.loads(words))
    assert not faults(came), came
    assert came.total() == OPERATIONS // 16 * 4 and came["done"] > OPERATIONS // 16, came
    check_books()
