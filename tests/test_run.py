"""run.py: whatever can be expected to go wrong ends in one sentence a person can act on, and exit code 1."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import re
import socket
import sqlite3
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

import config
import run
from app import create_app
from tests.conftest import postgres_url

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = (
    "TIEMA_INSTANCE",
    "TIEMA_MODE",
    "DATABASE_URL",
    "SECRET_KEY",
    "TRUSTED_HOSTS",
    "TRUSTED_PROXIES",
    "NIGHTLY",
    "JOB_THREADS",
    "FREE_DISK_MB",
    "HOST",
    "PORT",
)
NOWHERE = "postgresql://tiema@127.0.0.1:1/tiema"  # nothing listens on port 1


def start(*arguments: str, root: Path = ROOT, **settings: Any) -> subprocess.CompletedProcess[str]:
    """run.py in a process of its own, with these settings and no others of ours."""
    environment = {name: value for name, value in os.environ.items() if name not in (*SETTINGS, "TIEMA_RESTARTED")}
    environment |= {name: str(value) for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, str(root / "run.py"), *arguments],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def told(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence that a failed start leaves; no trace and no second line are with it."""
    assert done.returncode == 1, done
    assert re.fullmatch(r"铁马没有启动：[^\n]+。\n", done.stderr), done.stderr
    return done.stderr


def refused(what: Callable[[], Any]) -> str:
    """The sentence with which a part of run.py ends the start."""
    with pytest.raises(SystemExit) as end:
        what()
    assert re.fullmatch(r"铁马没有启动：[^\n]+。", str(end.value.code)), end.value.code
    return str(end.value.code)


def put(patch: pytest.MonkeyPatch, folder: Path, **values: str) -> None:
    """Settings for parts of run.py that are called in this process, and no others of ours."""
    for name in SETTINGS:
        patch.delenv(name, raising=False)
    for name, value in ({"TIEMA_INSTANCE": str(folder), "TIEMA_MODE": "demo"} | values).items():
        patch.setenv(name, value)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """`put` with a folder of the test's own; nothing but the defaults until it is called."""
    put(monkeypatch, tmp_path / "instance")
    return partial(put, monkeypatch, tmp_path / "instance")


# == Python and its packages ====================================================================================


def test_an_old_python_is_told() -> None:
    assert "需要 Python 3.11 或更新，现在是 3.10" in refused(lambda: run.check_python((3, 10, 13)))
    for version in ((3, 11), (3, 14, 1), (4, 0)):
        run.check_python(version)


def test_an_old_python_can_read_the_file_as_far_as_the_sentence() -> None:
    """No syntax that is newer than the oldest Python a server may have; annotations come after the check."""
    import ast

    text = (ROOT / "run.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 7))
    assert "from __future__" not in text, "Python 3.6 does not know it"
    before = text[: text.index("\ncheck_python()")]
    assert "->" not in before and re.findall(r"(?m)^(?:import|from) .+", before) == ["import sys"]


def test_the_lock_is_what_is_installed_here() -> None:
    assert run.has_locked(run.RUNTIME) and run.has_locked(run.DEVELOPMENT)
    assert not run.has_locked(run.RUNTIME, folders=[])


def test_a_package_of_another_version_or_a_missing_one_is_seen(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(
        "# header\nalpha[more,less]==1.0 \\\n    --hash=sha256:00\nBeta_b.c==2 ; python_full_version < '3' \\\n    --hash=sha256:00\n"
        "gamma==1 ; python_full_version < '3.12' \\\n    --hash=sha256:00\ngamma==2 ; python_full_version >= '3.12'\n"
    )
    assert run.locked(lock) == {"alpha": {"1.0"}, "beta-b-c": {"2", None}, "gamma": {"1", "2", None}}

    def installed(**packages: str) -> bool:
        folder = tmp_path / "-".join(packages.values())
        for name, version in packages.items():
            info = folder / f"{name}-{version}.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        return run.has_locked(lock, [str(folder)])

    assert installed(alpha="1.0", gamma="2") and installed(Alpha="1.0", gamma="1", more="3")
    assert not installed(alpha="1.1") and not installed(gamma="1") and not installed(alpha="1.0", gamma="3")


def test_the_two_locks_agree_with_each_other_and_with_the_project() -> None:
    runtime, development = run.locked(run.RUNTIME), run.locked(run.DEVELOPMENT)
    assert runtime.items() <= development.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for wanted, lock in ((project["dependencies"], runtime), (project["optional-dependencies"]["dev"], development)):
        for line in wanted:
            assert re.split(r"[\[<>=~! ]", line)[0].lower() in lock, line
    for path in (run.RUNTIME, run.DEVELOPMENT):
        text = path.read_text(encoding="utf-8")
        assert text.count("==") <= text.count("--hash=sha256:") and "://" not in text


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A project folder with run.py and one dependency that no Python has, as a small wheel beside it."""
    root = tmp_path / "bare"
    (root / "app").mkdir(parents=True)
    (root / "run.py").write_text((ROOT / "run.py").read_text(encoding="utf-8"), encoding="utf-8")
    (root / "app" / "__init__.py").touch()
    (root / "app" / "chinese.py").write_text("import sys, onlyhere\nraise SystemExit(f'inside {sys.prefix}')\n")
    wheel = root / "onlyhere-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("onlyhere.py", "")
        archive.writestr("onlyhere-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: onlyhere\nVersion: 1.0\n")
        archive.writestr(
            "onlyhere-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("onlyhere-1.0.dist-info/RECORD", "")
    return root


def lock(root: Path, digest: str) -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        (root / name).write_text(f"onlyhere==1.0 \\\n    --hash=sha256:{digest}\n")


def test_missing_packages_are_installed_once_or_a_sentence_says_why_not(bare: Path) -> None:
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1", "PORT": "0"}
    offline = pip | {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_FIND_LINKS": ""}
    beside = pip | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(bare)}
    right = hashlib.sha256((bare / "onlyhere-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    lock(bare, right)
    sentence = told(start(root=bare, **offline))
    assert "请检查网络" in sentence and "PIP_INDEX_URL" in sentence
    assert "onlyhere" in (bare / ".venv" / "pip.log").read_text(encoding="utf-8")
    lock(bare, "0" * 64)
    assert "与锁定文件不符" in told(start("prepare", root=bare, **beside))
    lock(bare, right)
    done = start("test", root=bare, **beside)
    assert done.returncode == 1 and f"inside {bare / '.venv'}" in done.stdout, done
    assert "正在安装依赖" in done.stdout and "正在安装依赖" not in start("test", root=bare, **offline).stdout


def test_a_python_without_venv_names_the_package_to_install(bare: Path, tmp_path: Path) -> None:
    lock(bare, "0" * 64)
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    assert "apt install python3-venv" in told(start("prepare", root=bare, PYTHONPATH=tmp_path))
    assert not (bare / ".venv").exists()


def test_an_environment_that_stays_incomplete_is_not_tried_for_ever(bare: Path) -> None:
    lock(bare, "0" * 64)
    sentence = told(start("prepare", root=bare, TIEMA_RESTARTED=bare / "requirements.txt"))
    assert "请删除 .venv 文件夹" in sentence


# == settings and places ========================================================================================


def test_usage_is_told_even_to_a_terminal_without_chinese() -> None:
    assert start("--help").returncode == 0 and "python3 run.py test" in start("--help").stdout
    assert start("nonsense").returncode == 2 and start("prepare", "now").returncode == 2
    assert start("--help", PYTHONIOENCODING="ascii").returncode == 0


def test_a_taken_port_is_told_before_anything_is_done(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = told(start(PORT=port, TIEMA_INSTANCE=tmp_path / "instance"))
    assert f"端口 {port} 已被占用" in sentence and f"PORT={port + 1} python3 run.py" in sentence
    assert not (tmp_path / "instance").exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"PORT": "eighty"}, "PORT=eighty 不是端口号"),
        ({"PORT": "65536"}, "PORT=65536 不是端口号"),
        ({"HOST": "192.0.2.1", "PORT": "0"}, "HOST=192.0.2.1 不是这台机器的地址"),
    ],
)
def test_a_door_that_cannot_be_opened_is_told(settings: Any, values: dict[str, str], sentence: str) -> None:
    settings(**values)
    assert sentence in refused(run.open_door)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"TIEMA_MODE": "prod"}, "TIEMA_MODE=prod 不认识"),
        ({"TRUSTED_PROXIES": "yes"}, "TRUSTED_PROXIES 应当是一个整数"),
        ({"FREE_DISK_MB": "abc"}, "FREE_DISK_MB 应当是一个整数，现在是“abc”"),
        ({"JOB_THREADS": "-1"}, "JOB_THREADS 应当是一个整数"),
        ({"JOB_THREADS": ""}, "JOB_THREADS 应当是一个整数"),
        ({"NIGHTLY": "no"}, "NIGHTLY=no 不认识，请写 1（网页进程自己做夜间任务）或 0"),
        ({"DATABASE_URL": "postgresql://tiema:ge@heim@127.0.0.1/tiema"}, "@ 写成 %40"),
        ({"DATABASE_URL": "postgresql://tiema:ge@he:im@127.0.0.1/tiema"}, "@ 写成 %40"),
        ({"DATABASE_URL": "postgresql://tiema@127.0.0.1:port/tiema"}, "DATABASE_URL 看不懂"),
        ({"DATABASE_URL": "tiema"}, "DATABASE_URL 看不懂"),
        ({"DATABASE_URL": "postgres://root@127.0.0.1/tiema"}, "请写成 postgresql://"),
        ({"DATABASE_URL": "mysql://root@127.0.0.1/tiema"}, "DATABASE_URL 看不懂"),
    ],
)
def test_a_setting_that_means_nothing_is_told(settings: Any, values: dict[str, str], sentence: str) -> None:
    settings(**values)
    assert sentence in refused(run.check_settings)


def test_every_setting_that_is_a_number_or_a_word_is_looked_at_before_it_is_read() -> None:
    """Whatever config.py turns into a number is in the table of run.py; so a new one is told in a sentence as well."""
    source = (ROOT / "config.py").read_text(encoding="utf-8")
    assert set(re.findall(r'int\(os\.environ\.get\("(\w+)"', source)) == set(run.WHOLE)
    assert "float(os" not in source and all(f"\n{name} " in source for name in (*run.WHOLE, *run.WORDS))


def test_a_full_disk_is_not_another_tiema(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    """SQLite's lock file cannot be made on a disk without room: seen on a tmpfs of one megabyte as well."""

    def full(*_about: Any, **_more: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    def no_lock(*_about: Any, **_more: Any) -> Any:
        raise sqlite3.OperationalError("unable to open database file")

    settings(TIEMA_INSTANCE=str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(run.sqlite3, "connect", no_lock)
        patched.setattr(run.tempfile, "TemporaryFile", full)
        sentence = refused(lambda: run.alone(tmp_path).__enter__())
    assert "磁盘已满" in sentence and "另一个铁马" not in sentence
    monkeypatch.setattr(run, "_prepare_tables", full)
    monkeypatch.setattr(config, "SQLALCHEMY_DATABASE_URI", f"sqlite:///{tmp_path / 'books.db'}")
    assert "磁盘已满，请先腾出空间" in refused(run.prepare)


def test_good_settings_pass(settings: Any) -> None:
    for url in (
        "",
        "postgresql://tiema:a:b%40c@127.0.0.1:5432/tiema",
        "sqlite:////tmp/x.db",
        "postgresql://a:b@c/d",
        "postgresql+psycopg://a/b",
    ):
        settings(DATABASE_URL=url, TRUSTED_PROXIES="1", TIEMA_MODE="production")
        run.check_settings()


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    sentence = told(start("prepare", TIEMA_INSTANCE=tmp_path / "taken"))
    assert f"文件夹 {tmp_path / 'taken'} 不能写入" in sentence and "TIEMA_INSTANCE" in sentence


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_only_be_read_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "不能写入" in told(start("prepare", TIEMA_INSTANCE=tmp_path))


# == the database ===============================================================================================


def test_a_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    secret = "postgresql://tiema:geheim@127.0.0.1:1/tiema"
    sentence = told(start("prepare", TIEMA_INSTANCE=tmp_path, DATABASE_URL=secret))
    assert "连不上数据库 postgresql://tiema:***@127.0.0.1:1/tiema" in sentence and "geheim" not in sentence


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("postgresql://root@127.0.0.1/tiema_of_nobody", "请先运行：createdb tiema_of_nobody"),
        ("postgresql://tiema_nobody@127.0.0.1/postgres", "请先运行：createuser tiema_nobody"),
    ],
)
def test_a_server_without_the_database_or_the_account_is_told(place: str, sentence: str) -> None:
    import sqlalchemy as sa

    server = postgres_url()
    if server is None:
        pytest.skip("no PostgreSQL answers; set TEST_POSTGRES_URL")
    here, wanted = sa.make_url(server), sa.make_url(place)
    url = here.set(database=wanted.database) if wanted.username == "root" else here.set(username=wanted.username)
    if "createuser" in sentence and here.password:
        pytest.skip("a server that asks for passwords does not say which accounts it has")
    assert sentence in refused(lambda: run.alone_on_server(url.render_as_string(hide_password=False)).__enter__())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ('FATAL:  password authentication failed for user "tiema"', "账号或口令不对"),
        ("connection failed: fe_sendauth: no password supplied", "账号或口令不对"),
        ("permission denied for schema public\nLINE 2: CREATE TABLE", "没有建表的权限"),
        ("attempt to write a readonly database", "只能读、不能写"),
        ("cannot execute CREATE TABLE in a read-only transaction", "只能读、不能写"),
        ("unable to open database file", "打不开数据库文件"),
        ("database disk image is malformed", "已损坏"),
        ("database or disk is full", "磁盘已满"),
        ("table ab_group already exists", "升级中途被打断"),
        ("database is locked", "占用"),
        ("FATAL:  sorry, too many clients already", "连接数已满"),
    ],
)
def test_what_a_database_complains_about_becomes_advice(words: str, sentence: str) -> None:
    assert sentence in (run.database_sentence(words) or "")


def test_a_complaint_that_nobody_expected_keeps_its_trace() -> None:
    assert run.database_sentence('relation "machine_contract" does not exist') is None


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as books:
        books.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        books.execute("INSERT INTO alembic_version VALUES ('9999')")
    books.close()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_newer, "数据库的版本（9999）比程序新"),
        (lambda path: path.write_text("not a database at all, but long enough to be read as one\n" * 20), "已损坏"),
        (lambda path: path.mkdir(), "打不开数据库文件"),
    ],
)
def test_a_database_that_is_not_ours_to_change_is_told(
    make: Callable[[Path], Any], sentence: str, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "books.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    monkeypatch.setattr(config, "SQLALCHEMY_DATABASE_URI", f"sqlite:///{path}")
    assert sentence in refused(run.prepare)
    after = path.read_bytes() if path.is_file() else b""
    assert len(after) == len(before), "a database that is refused is left as it is"


# == compressing ================================================================================================


def answering(kind: str, body: bytes, **headers: str) -> Client:
    """A browser before a server that always gives this."""

    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", kind), *((k.replace("_", "-"), v) for k, v in headers.items())])
        return iter([body[:100], body[100:]])

    return Client(run.compressed(application))


GZIP = {"Accept-Encoding": "gzip, br"}


def test_texts_travel_compressed() -> None:
    page = "合同审批 ".encode() * 500
    answer = answering("text/html; charset=utf-8", page, ETag='"abc"').get("/", headers=GZIP)
    assert answer.headers["Content-Encoding"] == "gzip" and gzip.decompress(answer.data) == page
    assert len(answer.data) == answer.content_length < len(page) / 20
    assert "Accept-Encoding" in answer.vary and answer.get_etag() == ("abc", True)


@pytest.mark.parametrize(
    ("kind", "body", "wishes"),
    [
        ("text/html", b"x" * 5000, {}),
        ("text/html", b"x" * 5000, {"Accept-Encoding": "gzip;q=0"}),
        ("text/html", b"short", GZIP),
        ("image/png", b"x" * 5000, GZIP),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"x" * 5000, GZIP),
    ],
)
def test_what_is_short_or_no_text_or_not_asked_for_travels_as_it_is(
    kind: str, body: bytes, wishes: dict[str, str]
) -> None:
    answer = answering(kind, body, Content_Length=str(len(body))).get("/", headers=wishes)
    assert "Content-Encoding" not in answer.headers and answer.data == body


def test_a_style_sheet_keeps_its_fingerprint_through_compression() -> None:
    """A browser that has the compressed one is told that it is still the same."""
    browser = Client(run.compressed(create_app(SQLALCHEMY_DATABASE_URI="sqlite://", TESTING=True)))
    with browser.get("/static/tiema.css", headers=GZIP) as first:
        assert first.headers["Content-Encoding"] == "gzip"
    with browser.get("/static/tiema.css", headers=GZIP | {"If-None-Match": first.headers["ETag"]}) as again:
        assert again.status_code == 304 and again.data == b""


# == checking ===================================================================================================


def test_every_step_is_run_and_told_even_when_one_fails(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    speak = "import os; print('why not', os.environ.get('DATABASE_URL'), os.path.isdir(os.environ['TIEMA_INSTANCE'])); raise SystemExit(3)"
    steps = [
        ("坏", [["python", "-c", speak], ["python", "-c", "print('never reached')"]]),
        ("没有", [["no-such-tool"]]),
        ("好", [["python", "-c", "print('all is well')"]]),
    ]
    monkeypatch.setattr(run, "STEPS", steps)
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    monkeypatch.setenv("TIEMA_INSTANCE", "/nowhere")
    assert run.test([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line[:1] for line in lines] == ["✗", "w", "✗", "✓", "没"]
    assert lines[1] == "why not None True" and lines[-1] == "没有通过：坏、没有"
    monkeypatch.setattr(run, "STEPS", steps[2:])
    assert run.test([]) == 0 and capsys.readouterr().out.startswith("✓ 好：python")


def test_arguments_go_to_pytest_and_its_words_come_last(monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    assert run.STEPS[-1] == ("测试", [["pytest"]])
    monkeypatch.setattr(run, "STEPS", run.STEPS[-1:])
    for name in [n for n in os.environ if n.startswith("PYTEST")]:
        monkeypatch.delenv(name)
    assert run.test(["--version"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "▶ 测试：pytest" and lines[-1].startswith("pytest ")
