"""A worker of `mixed` as a process of its own: python -m tests.concurrency.worker URL PEOPLE SEED TIMES → a pickled count."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from app import create_app
from tests.concurrency.mixed import work_here

if __name__ == "__main__":
    url, people, seed, times = sys.argv[1:]
    app = create_app(SQLALCHEMY_DATABASE_URI=url, TESTING=True)
    came = work_here(app, pickle.loads(Path(people).read_bytes()), int(seed), int(times))
    sys.stdout.buffer.write(pickle.dumps(came))
