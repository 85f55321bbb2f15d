"""A backup that can be trusted: taken while people work, whole, checked, and never over another one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from . import clock
from .database import db
from .models import BackupRun


class NoBackup(Exception):
    """Why there is no backup, as a sentence for who asked."""


def backup(url: str, target: Path) -> Path:
    """The database of this address as it stands now, in a file that did not exist before; readable by its owner only.

    SQLite: a database that can be opened as it is. PostgreSQL: an archive for `pg_restore`.
    Raises: NoBackup; then there is no file.
    """
    address = sa.make_url(url)
    if target.exists():
        raise NoBackup(f"{target} 已经存在，备份从不覆盖旧文件，请换一个文件名")
    if not target.parent.is_dir():
        raise NoBackup(f"文件夹 {target.parent} 不存在")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    draft = Path(name)
    try:
        if address.get_backend_name() == "sqlite":
            _copy_sqlite(Path(address.database or ""), draft)
        else:
            _dump_postgres(address, draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        try:
            os.link(draft, target)  # fails where somebody else was a moment earlier
        except FileExistsError:
            raise NoBackup(f"{target} 已经存在，备份从不覆盖旧文件，请换一个文件名") from None
        except OSError as fault:  # a file system without links
            if target.exists():
                raise NoBackup(f"{target} 已经存在，备份从不覆盖旧文件，请换一个文件名") from fault
            os.rename(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def remember(target: Path) -> bool:
    """Write down that there is a backup, for /readyz and for people; False where the books cannot be written just now."""
    megabytes = round(target.stat().st_size / 2**20)
    made = sa.insert(BackupRun.__table__).values(
        made_at=clock.now(), file=str(target.absolute())[-300:], megabytes=megabytes
    )
    try:
        with db.engine.begin() as connection:
            connection.execute(made)
    except sa.exc.DBAPIError:
        return False
    return True


def _copy_sqlite(source: Path, draft: Path) -> None:
    """SQLite's own online copy: one moment of the books, whoever writes meanwhile."""
    if not source.is_file():
        raise NoBackup(f"数据库文件 {source} 不存在")
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as read:
            with closing(sqlite3.connect(draft)) as write:
                read.backup(write)
                write.execute("PRAGMA journal_mode=DELETE")  # one file, no log beside it
                found = write.execute("PRAGMA integrity_check").fetchone()[0]
                broken = write.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as fault:
        raise NoBackup(f"备份没有完成：{fault}") from fault
    if found != "ok" or broken is not None:
        raise NoBackup("数据库文件已损坏，备份没有保存，请恢复较早的备份")


def _dump_postgres(address: sa.URL, draft: Path) -> None:
    """pg_dump's archive, read back once; the password goes by the environment, where no list of processes shows it."""
    programs = [shutil.which("pg_dump"), shutil.which("pg_restore")]
    if None in programs:
        raise NoBackup("找不到 pg_dump 和 pg_restore，请安装 PostgreSQL 客户端（apt install postgresql-client）")
    parts = {
        "PGHOST": address.host, "PGPORT": address.port, "PGUSER": address.username,
        "PGPASSWORD": address.password, "PGDATABASE": address.database,
    }  # fmt: skip
    environment = {**os.environ, **{name: str(value) for name, value in parts.items() if value is not None}}
    dump, restore = (str(program) for program in programs)
    for command in ([dump, "-Fc", "--no-owner", "-f", str(draft)], [restore, "--list", str(draft)]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)  # noqa: S603 - our own words
        if done.returncode != 0:
            raise NoBackup(f"备份没有完成：{done.stderr.strip()[-300:]}")
