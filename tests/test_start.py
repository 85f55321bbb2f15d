"""The first start: eight processes at once prepare one database; production lets no stranger in."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    User,
    ViewMenu,
    assoc_permissionview_role,
)

import config
import run
from app import create_app
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.demo.people import PEOPLE
from app.provision import wanted_permissions
from app.screens.security import actor_of
from app.workflows.organisation import account
from tests.conftest import postgres_url
from tests.test_run import ROOT, SETTINGS, put, refused, start, told

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz"
SAFE = {"TIEMA_MODE": "production", "TRUSTED_HOSTS": "books.example,127.0.0.1", "SECRET_KEY": SECRET}

# One process loads the code, then eight of it begin in the same moment: settings, secret and database are each one's own.
EIGHT = """
import os, sys
import app.views, app.screens.security, app.demo, run
def staff_only(day):
    sys.modules["app.demo.build"].Demo(day).staff()
if os.environ.get("SHORT_DEMO"):
    app.demo.build = staff_only
children = []
for _ in range(8):
    if not (child := os.fork()):
        code = 99
        os.environ["TIEMA_INSTANCE"] = os.environ["TIEMA_INSTANCE"].replace("EACH", str(os.getpid()))
        try:
            code = run.main(["prepare"])
        except SystemExit as end:
            print(end.code, file=sys.stderr, flush=True)
            code = 1
        finally:
            os._exit(code)
    children.append(child)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""


def ours_only(**settings: Any) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return clean | {name: str(value) for name, value in settings.items()}


def eight(**settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", EIGHT], cwd=ROOT, env=ours_only(**settings), capture_output=True, encoding="utf-8", timeout=170, check=False
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("start")


@pytest.fixture
def empty_postgres() -> Iterator[str]:
    """A database of its own on the server, gone afterwards."""
    url = postgres_url()
    if url is None:
        if os.environ.get("TIEMA_REQUIRE_POSTGRES") == "1":
            pytest.fail("PostgreSQL is required here and none answers; set TEST_POSTGRES_URL")
        pytest.skip("no PostgreSQL answers; set TEST_POSTGRES_URL")
    name = f"tiema_start_{os.getpid()}"
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    with server.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield sa.make_url(url).set(database=name).render_as_string(hide_password=False)
        connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def look(url: str, **settings: Any) -> Iterator[Flask]:
    """The application on a database that another process prepared."""
    app = create_app(SQLALCHEMY_DATABASE_URI=url, TESTING=True, **settings)
    with app.app_context(), acting_as(SYSTEM):
        yield app
        db.session.remove()
        db.engine.dispose()


def granted() -> dict[str, set[tuple[str, str]]]:
    """Role → {(permission, area)} as the database has it."""
    link = assoc_permissionview_role
    rows = db.session.execute(
        sa.select(Role.name, Permission.name, ViewMenu.name)
        .select_from(link)
        .join(Role, Role.id == link.c.role_id)
        .join(PermissionView, PermissionView.id == link.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
    ).all()
    assert len(rows) == len(set(rows))
    found: dict[str, set[tuple[str, str]]] = {}
    for role, permission, area in rows:
        found.setdefault(role, set()).add((permission, area))
    return found


def count(entity: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(entity.__table__)) or 0


def check_one_demo(done: subprocess.CompletedProcess[str], url: str, contracts: int = 24) -> None:
    """Nobody failed or complained, one of them built the demo, and roles may do exactly what roles.py says."""
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == str([0] * 8)
    assert done.stdout.count("正在建立演示数据") == 1 and done.stdout.count("数据库已准备好") == 8
    for app in look(url):
        assert granted() == wanted_permissions(app.appbuilder)
        assert sorted(db.session.scalars(sa.select(User.username))) == sorted(person[0] for person in PEOPLE)
        assert count(m.MachineContract) == contracts
        assert not sa.inspect(db.engine).has_table(run.UNFINISHED)


# == several at once ============================================================================================


@pytest.fixture(scope="module")
def started(folder: Path) -> subprocess.CompletedProcess[str]:
    """Eight processes on an empty folder, with the default database."""
    return eight(TIEMA_INSTANCE=folder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_eight_processes_prepare_one_empty_sqlite_database(started: Any, folder: Path) -> None:
    check_one_demo(started, f"sqlite:///{folder / 'tiema.db'}")
    secret = folder / "secret_key"
    assert re.fullmatch(r"[0-9a-f]{64}", secret.read_text()) and secret.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_eight_processes_prepare_one_empty_postgresql_database(empty_postgres: str, tmp_path: Path) -> None:
    """Each with a folder of its own, as on eight machines: only the server can make them wait for each other."""
    done = eight(TIEMA_INSTANCE=tmp_path / "EACH", DATABASE_URL=empty_postgres, SHORT_DEMO=1)
    check_one_demo(done, empty_postgres, contracts=0)
    assert len(list(tmp_path.iterdir())) == 8


def test_a_second_start_changes_nothing(
    started: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    rows = "SELECT (SELECT count(*) FROM audit_log), (SELECT count(*) FROM ab_permission_view_role), (SELECT max(id) FROM ab_user)"
    url = f"sqlite:///{folder / 'tiema.db'}"
    for _ in look(url):
        before = db.session.execute(sa.text(rows)).one()
    put(monkeypatch, folder)
    monkeypatch.setattr(config, "SQLALCHEMY_DATABASE_URI", url)
    run.prepare()
    assert capsys.readouterr() == ("", "")
    for _ in look(url):
        assert db.session.execute(sa.text(rows)).one() == before


# == production =================================================================================================


def test_production_refuses_the_demo(started: Any, folder: Path) -> None:
    sentence = told(start("prepare", TIEMA_INSTANCE=folder, **SAFE))
    assert "口令公开的演示账号" in sentence and "gm、sysadmin、finance" in sentence


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "changeme", "SECRET_KEY 太弱"),
        ("SECRET_KEY", "a" * 64, "SECRET_KEY 太弱"),
        ("TRUSTED_HOSTS", None, "必须设置 TRUSTED_HOSTS"),
    ],
)
def test_production_refuses_unsafe_settings(
    name: str, value: str | None, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put(monkeypatch, tmp_path)
    good = {"PRODUCTION": True, "SECRET_KEY": SECRET, "TRUSTED_HOSTS": ["books.example"]}
    for key, kept in (good | {name: value, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'tiema.db'}"}).items():
        monkeypatch.setattr(config, key, kept)
    assert sentence in refused(run.prepare)
    assert not (tmp_path / "tiema.db").exists()


def test_production_begins_empty_and_names_the_first_step(tmp_path: Path) -> None:
    """Served for real: the address and the command are printed, pages come compressed, SIGTERM ends it cleanly."""
    settings = ours_only(TIEMA_INSTANCE=tmp_path, PORT=0, **SAFE)
    server = subprocess.Popen([sys.executable, "run.py"], cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")  # fmt: skip
    with server:
        try:
            said = ""
            while "first-admin" not in said:
                line = server.stdout.readline()  # type: ignore[union-attr]
                assert line, said
                said += line
            assert "演示" not in said and "https://books.example/" in said
            address = re.findall(r"http://127\.0\.0\.1:\d+/", said)[0]
            page = urllib.request.Request(f"{address}login/", headers={"Accept-Encoding": "gzip"})
            with urllib.request.urlopen(page, timeout=20) as answer:
                assert answer.status == 200 and answer.headers["Content-Encoding"] == "gzip"
                assert answer.headers["Server"] == "tiema" and "__Host-tiema" in answer.headers["Set-Cookie"]
        finally:
            server.send_signal(signal.SIGTERM)
        rest = server.stdout.read()  # type: ignore[union-attr]
    assert server.returncode == 0 and rest.strip() == "铁马已停止。"
    url = f"sqlite:///{tmp_path / 'tiema.db'}"
    for app in look(url, PRODUCTION=True, SECRET_KEY=SECRET, TRUSTED_HOSTS=["books.example"]):
        assert count(User) == count(m.Employee) == 0
        check_first_admin(app)


def check_first_admin(app: Flask) -> None:
    """The one command: refuses a weak password and a second use; makes one administrator who must change it."""

    def tell(password: str, mobile: str = "13800138000") -> Any:
        arguments = ["first-admin", "--username", "boss", "--name", "王总", "--mobile", mobile, "--password-stdin"]
        return app.test_cli_runner().invoke(args=arguments, input=f"{password}\n")

    for password, mobile, sentence in (("weak", "13800138000", "密码长度"), ("correct horse", "138", "手机号")):
        answer = tell(password, mobile)
        assert answer.exit_code == 1 and sentence in answer.output and "Traceback" not in answer.output
    assert count(User) == 0
    made = tell("correct horse")
    assert made.exit_code == 0 and "首次登录时须更换口令" in made.output and "correct" not in made.output
    again = tell("correct horse")
    assert again.exit_code == 1 and "已经有账号了" in again.output
    user = account.find("boss")
    assert user is not None and account.is_password(user, "correct horse")
    who = actor_of(user.id, user.username)
    assert who.roles == {"sysadmin"} and who.name == "王总" and who.may("open_account", "Employee")
    state = db.session.scalars(sa.select(m.AccountState)).one()
    assert state.must_change_password and not state.is_demo
    assert count(User) == count(m.Employee) == count(m.Department) == 1
