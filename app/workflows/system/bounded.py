"""Work that may never end is done by a process of its own, which is ended when it is late."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


class Exhausted(Exception):
    """The process took too long, took too much memory, or died."""


def run(script: Path, given: bytes, seconds: float) -> bytes:
    """What a script of ours answers on standard output, within so many seconds by the wall clock.

    Raises: Exhausted; the process is gone then.
    """
    command = [sys.executable, "-I", str(script)]
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=seconds, check=True)  # noqa: S603 - ours
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as fault:
        last = (fault.stderr or b"").decode(errors="replace").strip().splitlines()[-1:]
        raise Exhausted(" ".join([script.name, type(fault).__name__, *last])[:300]) from fault
    return done.stdout
