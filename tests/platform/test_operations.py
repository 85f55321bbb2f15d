"""docs/operations.md, run as it is written: by the user it is written for, who is not root and reads what he may."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app import clock, create_app
from app.screens import health

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
CHAPTER = PAGE[PAGE.index("## As services") : PAGE.index("## Backup and restore")]
pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root to become another")
WHO = "nobody"  # stands for tiema: an account that every machine has and that may nothing


@cache
def python() -> str:
    """A Python of our version that the user may run: ours, or the system's with our packages."""
    for found in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        if as_user(f"{found} -c ''").returncode == 0:
            return found
    pytest.skip("no Python of this version that others than root may run")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", CHAPTER, re.DOTALL)


@pytest.fixture(scope="module")
def machine() -> Iterator[Path]:
    """A machine in a folder: /opt/tiema, /etc and /backup as the page makes them, on a database that the user owns."""
    folder = Path(tempfile.mkdtemp(prefix="tiema-machine-"))
    folder.chmod(0o755)
    opt = folder / "opt" / "tiema"
    opt.mkdir(parents=True)
    (folder / "etc").mkdir()
    for name in ("app", "config.py", "run.py", "migrations", "translations", "requirements.txt", "docs"):
        (opt / name).symlink_to(ROOT / name)
    scripts = opt / ".venv" / "bin"
    scripts.mkdir(parents=True)
    (scripts / "flask").write_text(f'#!/bin/sh\nexec {python()} -m flask "$@"\n')
    (scripts / "flask").chmod(0o755)
    for line in blocks("sh")[0].splitlines():
        if line.startswith(("chown", "install")):
            subprocess.run(["sh", "-c", here(line, folder)], check=True)
    env = re.sub(r"DATABASE_URL=.*", f"DATABASE_URL='sqlite:///{opt}/books.db'", blocks("env")[0])
    env += f"TIEMA_INSTANCE={opt}/instance\n"  # our run.py is a link and looks beside the file it leads to
    env += f"PYTHONPATH={':'.join(p for p in sys.path if p.endswith('site-packages'))}\n"
    (folder / "etc" / "tiema.env").write_text(env)
    yield folder
    shutil.rmtree(folder)


def here(text: str, folder: Path) -> str:
    """A command of the page on our machine."""
    group = str(pwd.getpwnam(WHO).pw_gid)
    text = re.sub(r"/(opt/tiema|backup|etc/tiema)", rf"{folder}/\1", text)
    text = (
        text.replace("tiema:tiema", f"{WHO}:{group}")
        .replace("-o tiema", f"-o {WHO}")
        .replace("-g tiema", f"-g {group}")
    )
    return text.replace("python3 run.py", f"{python()} run.py")


def as_user(command: str) -> subprocess.CompletedProcess[str]:
    """What cron does: a bare shell of that user, who knows nothing of our environment."""
    account = pwd.getpwnam(WHO)
    return subprocess.run(
        ["/bin/sh", "-c", command], user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": "/", "LOGNAME": WHO, "SHELL": "/bin/sh", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, encoding="utf-8", timeout=240, check=False,
    )  # fmt: skip


def test_the_page_is_run_by_a_user_who_is_not_root(machine: Path) -> None:
    """As it was written before, the file of settings was readable by root alone: neither night nor backup ever ran."""
    settings = machine / "etc" / "tiema.env"
    assert settings.stat().st_mode & 0o777 == 0o640 and settings.stat().st_uid == 0
    prepare, first_admin = [line for line in blocks("sh")[1].splitlines() if line.startswith("cd ")]
    done = as_user(here(prepare, machine))
    assert done.returncode == 0 and "数据库已准备好" in done.stdout, done
    words = "--username boss --name 王总 --mobile 13800138000 --password-stdin"
    done = as_user(f"printf 'correct horse\\n' | ({here(first_admin, machine)} {words})")
    assert done.returncode == 0, done
    lines = [line.split(maxsplit=6) for line in blocks("cron")[0].splitlines() if not line.startswith("#")]
    assert {line[5] for line in lines} == {"tiema"} and len(lines) == 3
    for line in lines[:2]:
        done = as_user(here(line[6].replace("\\%", "%"), machine))  # cron takes a bare % for the end of the line
        assert done.returncode == 0, (done, [log.read_text() for log in (machine / "opt/tiema").glob("*.log")])
    [backup] = (machine / "backup").iterdir()
    assert re.fullmatch(r"tiema-\d{4}-\d\d-\d\d\.dump", backup.name) and backup.stat().st_size > 0
    assert "夜间任务已完成" in (machine / "opt/tiema/nightly.log").read_text(encoding="utf-8")
    check_ready(machine)


def check_ready(machine: Path) -> None:
    """The house says that last night and the backup are there, and when the backup is old or was none."""
    app = create_app(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{machine}/opt/tiema/books.db", PRODUCTION=True, TESTING=True,
        SECRET_KEY="0123456789abcdefghijklmnopqrstuvwxyz", TRUSTED_HOSTS=["crm.example.cn"],
    )  # fmt: skip
    with app.app_context():
        assert {f.name: f.is_fine for f in health.findings()} == dict.fromkeys(
            ["数据库", "磁盘", "表结构", "夜间任务", "备份", "时钟"], True
        )
        with clock.on(clock.today().replace(year=clock.today().year + 1)):
            found = {f.name: f for f in health.findings()}
        assert not found["备份"].is_fine and not found["夜间任务"].is_fine and found["备份"].is_needed is False


def test_the_unit_reads_what_the_page_installs() -> None:
    [unit] = blocks("ini")
    assert "User=tiema\nGroup=tiema\n" in unit and "EnvironmentFile=/etc/tiema.env" in unit
    assert "ReadWritePaths=/opt/tiema" in unit and "WorkingDirectory=/opt/tiema" in unit
