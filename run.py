"""The main job in one command; nothing but the standard library until the locked dependencies are there.

python3 run.py               prepares the database and serves http://127.0.0.1:8080/
python3 run.py prepare       prepares the database and ends, for those who serve with another server
python3 run.py test [...]    every check of STEPS; what follows goes to pytest

PORT  8080       where it listens; 0 takes any free port
HOST  127.0.0.1  0.0.0.0 lets the house's network in
The other settings are in config.py. What can be expected to fail ends in one Chinese sentence and exit code 1.
"""

# ruff: noqa: E402 - an old Python gets its sentence before it meets an import or an annotation that it does not know

import sys


def check_python(version=sys.version_info):  # type: ignore[no-untyped-def]
    """Exit with a sentence where Python is too old. The whole file keeps to a syntax that Python 3.6 can read."""
    if tuple(version[:2]) < (3, 11):
        raise SystemExit(
            f"铁马没有启动：需要 Python 3.11 或更新，现在是 {version[0]}.{version[1]}（{sys.executable}）。"
        )


check_python()

import errno
import gzip
import logging
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
RUNTIME, DEVELOPMENT = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
USAGE = "用法：python3 run.py（启动）｜ python3 run.py prepare（只准备数据库）｜ python3 run.py test（全部检查与测试）"
LOCK = 7_412_002  # on PostgreSQL; migrations/env.py takes 7_412_001 inside it
# Settings that are a whole number (what it means), and settings that know a few words.
WHOLE = {
    "TRUSTED_PROXIES": "前面有几层反向代理",
    "JOB_THREADS": "网页进程里同时做几个后台任务，0 表示交给 flask worker",
    "FREE_DISK_MB": "磁盘剩余少于多少兆算不够",
}
WORDS = {
    "TIEMA_MODE": {"demo": "演示", "production": "生产"},
    "NIGHTLY": {"1": "网页进程自己做夜间任务", "0": "交给 cron"},
}
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # EDQUOT: not on every system
UNFINISHED = "demo_unfinished"  # this table stands in the database while the demo is being built

# What `test` does, in this order: (what a person reads, commands of the tools beside our Python).
STEPS = [
    ("代码", [["ruff", "check", "."]]),
    ("格式", [["ruff", "format", "--check", "."]]),
    ("类型", [["mypy"]]),
    ("依赖方向", [["lint-imports"]]),
    ("译文", [["python", "-m", "app.chinese", "--check"]]),
    ("迁移", [["flask", "--app", "app", "db", "upgrade"], ["flask", "--app", "app", "db", "check"]]),
    ("文档", [["flask", "--app", "app", "docs", "--check"]]),
    ("测试", [["pytest"]]),
]

# What a database says when it does not work (part of its words → ours).
DATABASE_FAULTS = [
    (r'database "(.+?)" does not exist', "数据库“{0}”还没有建立，请先运行：createdb {0}"),
    (r'role "(.+?)" does not exist', "数据库账号“{0}”不存在，请先运行：createuser {0}"),
    (r"password authentication failed|no password supplied", "数据库的账号或口令不对，请检查 DATABASE_URL"),
    (r"permission denied|must be owner", "数据库账号没有建表的权限，请把数据库的所有者改成它"),
    (r"readonly database|read-only", "数据库只能读、不能写，请检查文件和文件夹的权限"),
    (r"unable to open database file", "打不开数据库文件，请检查它所在的文件夹是否存在、是否可写"),
    (r"file is not a database|malformed", "数据库文件已损坏，或者不是铁马的数据库，请用备份恢复"),
    (r"disk is full|No space left", "磁盘已满，请先腾出空间"),
    (
        r"table (\S+) already exists|duplicate column name: (\S+)",
        "数据库在旧版程序升级中途被打断，只升级了一半，请恢复升级前的备份再启动；还没有录入资料的，换一个新数据库",
    ),
    (r"database is locked|lock timeout", "数据库正被别的程序占用，请稍后再试"),
    (r"too many clients|remaining connection slots", "PostgreSQL 的连接数已满，请稍后再试"),
]


def say(*words: str) -> None:
    print(*words, flush=True)


def stop(sentence: str) -> NoReturn:
    """End with a sentence on the error stream and exit code 1."""
    raise SystemExit(f"铁马没有启动：{sentence}。")


# == the environment ============================================================================================


def locked(lock: Path) -> dict[str, set[str | None]]:
    """Package → versions the lock admits; None is among them where only some systems need the package."""
    wanted: dict[str, set[str | None]] = {}
    for name, version, marker in re.findall(
        r"(?m)^([\w.-]+)(?:\[[\w,.-]+\])?==([^\s;\\]+)( ;)?", lock.read_text(encoding="utf-8")
    ):
        wanted.setdefault(_plain(name), set()).update({version, None} if marker else {version})
    return wanted


def has_locked(lock: Path, folders: list[str] | None = None) -> bool:
    """Whether exactly the locked versions are installed, here or in the given site-packages; more may be there."""
    have: dict[str, str] = {}
    for package in metadata.distributions(path=folders) if folders is not None else metadata.distributions():
        if package.metadata["Name"]:
            have.setdefault(_plain(package.metadata["Name"]), package.version)
    return all(have.get(name) in versions for name, versions in locked(lock).items())


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def enter_environment(lock: Path) -> None:
    """Come back where the locked versions are at hand; else install them into .venv and start again in there."""
    if has_locked(lock):
        return
    if os.environ.get("TIEMA_RESTARTED") == str(lock):
        stop("依赖装好以后仍不完整，请删除 .venv 文件夹再运行一次")
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    check_writable(ROOT, "请把程序放到一个能写入的文件夹")
    with alone(instance()):
        packages = [*VENV.glob("lib/python*/site-packages"), *VENV.glob("Lib/site-packages")]
        if not (python.exists() and has_locked(lock, [str(folder) for folder in packages])):
            make_environment(python)
            install(python, lock)
    os.environ["TIEMA_RESTARTED"] = str(lock)
    command = [str(python), str(ROOT / "run.py"), *sys.argv[1:]]
    if os.name == "nt":
        raise SystemExit(subprocess.call(command))
    os.execv(command[0], command)


def make_environment(python: Path) -> None:
    """A .venv with pip in it; one that is there is kept if it can be used."""
    if succeeds(python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))") and (
        succeeds(python, "-m", "pip", "--version") or succeeds(python, "-m", "ensurepip")
    ):
        return
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        stop("这个 Python 缺少 venv 组件，请先运行：apt install python3-venv（Debian、Ubuntu），再启动一次")
    say("第一次运行：正在建立 .venv ……")
    try:
        venv.create(VENV, with_pip=True, clear=True, symlinks=os.name != "nt")
    except (OSError, subprocess.CalledProcessError) as fault:
        stop(f"建立 {VENV} 时出错（{fault}），请删除这个文件夹再试")


def succeeds(program: Path, *arguments: str) -> bool:
    if not program.exists():
        return False
    return subprocess.call([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def install(python: Path, lock: Path) -> None:
    """Exactly what the lock says, every file checked against its hash."""
    say(f"正在安装依赖（{lock.name}，约一分钟）……")
    options = "--quiet --no-input --disable-pip-version-check --require-hashes"
    worked, words = listen([str(python), "-m", "pip", "install", *options.split(), "-r", str(lock)], dict(os.environ))
    if worked:
        return
    log = VENV / "pip.log"
    log.write_text(words, encoding="utf-8")
    if "DO NOT MATCH THE HASHES" in words:
        stop(f"下载的依赖与锁定文件不符，没有安装，请检查网络或镜像源（详见 {log}）")
    if "No space left" in words:
        stop("磁盘已满，依赖没有装完，请先腾出空间")
    stop(f"依赖没有装上，请检查网络；网络慢或不通时请给 pip 设置镜像源（PIP_INDEX_URL）再试（详见 {log}）")


def listen(command: list[str], environment: dict[str, str]) -> tuple[bool, str]:
    """Whether a command succeeds, and everything it says; it cannot ask anything."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    return done.returncode == 0, done.stdout


# == settings and places ========================================================================================


def instance() -> Path:
    """The folder of the database file, the secret and the lock, as config.py will see it."""
    folder = Path(os.environ.get("TIEMA_INSTANCE") or ROOT / "instance").absolute()
    os.environ["TIEMA_INSTANCE"] = str(folder)
    check_writable(folder, "请修改它的权限，或用 TIEMA_INSTANCE 换一个文件夹")
    return folder


def check_writable(folder: Path, advice: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as fault:
        reason = "磁盘已满" if fault.errno in FULL else "不能写入"
        stop(f"文件夹 {folder} {reason}，{advice}")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process at a time in this folder. SQLite's own file lock works everywhere and goes with its process."""
    try:
        lock = sqlite3.connect(folder / "start.lock", timeout=600, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as fault:
        sentence = full_or_forbidden(folder, str(fault))
        if sentence:
            stop(sentence)
        stop(f"不能独占文件夹 {folder}（{fault}），另一个铁马可能正在里面做准备，请稍后再试")
    try:
        yield
    finally:
        lock.close()


@contextmanager
def told_when_full() -> Iterator[None]:
    """A disk without room is one sentence, whatever was being written."""
    try:
        yield
    except OSError as fault:
        if fault.errno not in FULL:
            raise
        stop("磁盘已满，请先腾出空间")


def full_or_forbidden(folder: Path, words: str) -> str | None:
    """Why nothing can be written into a folder: the disk is full, or it may not be; None where it is neither."""
    if "locked" in words:
        return None
    try:
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"0" * 65536)
            trial.flush()
            os.fsync(trial.fileno())
    except OSError as fault:
        reason = "磁盘已满，请先腾出空间" if fault.errno in FULL else "不能写入，请检查它的权限"
        return f"文件夹 {folder} {reason}"
    return database_sentence(words)


def check_settings() -> None:
    """Settings that config.py would misread or silently take for something else."""
    os.environ.setdefault("TIEMA_MODE", "demo")
    for name, words in WORDS.items():
        value = os.environ.get(name)
        if value is not None and value not in words:
            choices = "或 ".join(f"{word}（{meaning}）" for word, meaning in words.items())
            stop(f"{name}={value} 不认识，请写 {choices}")
    for name, meaning in WHOLE.items():
        value = os.environ.get(name)
        if value is not None and not (value.isdecimal() and value.isascii() and len(value) < 10):
            stop(f"{name} 应当是一个整数，现在是“{value}”：{meaning}")
    if os.environ.get("DATABASE_URL"):
        check_address(os.environ["DATABASE_URL"])
    else:
        os.environ.pop("DATABASE_URL", None)


def check_address(text: str) -> None:
    """An address of a database that says what was meant: a password may have cut it in the wrong place."""
    import sqlalchemy as sa

    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        url = None
    whose, at, _place = text.partition("://")[2].rpartition("@")
    if at and ("@" in whose or (url is None and ":" in whose)):
        stop("DATABASE_URL 里的账号或口令含有特殊符号，请改写：@ 写成 %40，: 写成 %3A，/ 写成 %2F，% 写成 %25")
    if url is None or url.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"):
        stop("DATABASE_URL 看不懂，请写成 postgresql://账号:口令@主机/库名 或 sqlite:////文件的完整路径")


def open_door() -> socket.socket:
    """The listening socket. Browsers that come while the database is being prepared wait in it."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8080"
    if not (port.isdecimal() and int(port) < 65536):
        stop(f"PORT={port} 不是端口号，请写 1 到 65535 之间的数")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    except OSError:
        stop(f"HOST={host} 不是这台机器的地址，请写 127.0.0.1（只给本机用）或 0.0.0.0（给局域网用）")
    door = socket.socket(family, kind, protocol)
    try:
        if os.name != "nt":
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)
        door.listen(1024)
        return door
    except OSError as fault:
        door.close()
        if fault.errno == errno.EADDRINUSE:
            stop(f"端口 {port} 已被占用，请关掉占用它的程序，或者换一个：PORT={int(port) % 65535 + 1} python3 run.py")
        if fault.errno == errno.EACCES:
            stop(f"没有权限使用端口 {port}，请换一个 1024 以上的端口，例如 PORT=8080")
        stop(f"HOST={host} 不是这台机器的地址，请写 127.0.0.1（只给本机用）或 0.0.0.0（给局域网用）")


# == the database ===============================================================================================


def prepare() -> Any:
    """The application on a migrated, provisioned database; on the first start in demo mode with the demo dealer.

    Any number of processes may do this at once: one works, the others wait and find everything done.
    """
    folder = instance()
    check_settings()
    from sqlalchemy.exc import DBAPIError

    from app import create_app
    from app.screens.security import UnsafeStart
    from migrations.whole import NotWhole

    with told_when_full(), alone(folder):
        import config  # makes the secret
    try:
        app = create_app(config)
    except UnsafeStart as fault:
        stop(str(fault))
    try:
        with told_when_full(), alone(folder), app.app_context(), alone_on_server(app.config["SQLALCHEMY_DATABASE_URI"]):
            _prepare_tables(app)
    except NotWhole as fault:
        stop(f"升级后的检查没有通过，这一步没有保存，原来的数据没有变；请把这句话告诉开发者（{fault}）")
    except DBAPIError as fault:
        sentence = database_sentence(str(fault.orig))
        if sentence is None:
            raise
        stop(sentence)
    return app


def database_sentence(words: str) -> str | None:
    """What a person can do about a database's complaint; None where we do not know it."""
    for pattern, sentence in DATABASE_FAULTS:
        found = re.search(pattern, words)
        if found:
            return sentence.format(*found.groups())
    return None


@contextmanager
def alone_on_server(address: str) -> Iterator[None]:
    """On PostgreSQL one preparation at a time, from whatever machine it is started."""
    import sqlalchemy as sa

    url = sa.make_url(address)
    if url.get_backend_name() == "sqlite":
        yield
        return
    engine = sa.create_engine(
        url, poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 10}
    )
    try:
        connection = engine.connect()
    except sa.exc.OperationalError as fault:
        stop(
            database_sentence(str(fault.orig)) or f"连不上数据库 {url}，请确认 PostgreSQL 已经启动，地址和端口没有写错"
        )
    with connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        yield


def _prepare_tables(app: Any) -> None:
    from flask_migrate import upgrade

    from app.database import db
    from app.provision import synchronise
    from app.screens.security import demo_accounts

    _refuse_unknown_version()
    _clear_half_a_demo(app)
    upgrade(directory=str(ROOT / "migrations"))
    synchronise(app.appbuilder)
    if app.config["PRODUCTION"]:
        names = "、".join(demo_accounts())
        if names:
            stop(
                f"数据库里还有口令公开的演示账号（{names}），请换一个新数据库，或者先在演示模式下给他们重置口令或办理离职"
            )
    else:
        _build_demo()
    db.session.remove()


def _refuse_unknown_version() -> None:
    """A database that a later release migrated would be damaged by this one."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    from app.database import db

    known = {script.revision for script in ScriptDirectory(str(ROOT / "migrations")).walk_revisions()}
    with db.engine.connect() as connection:
        unknown = set(MigrationContext.configure(connection).get_current_heads()) - known
    if unknown:
        stop(f"数据库的版本（{'、'.join(sorted(unknown))}）比程序新，请更新程序，或者恢复与程序同版本的备份")


def _clear_half_a_demo(app: Any) -> None:
    """A demo whose building was interrupted goes, tables and all: nobody has worked in it, no start has been completed."""
    import sqlalchemy as sa
    from flask_migrate import downgrade

    from app.database import db

    if not sa.inspect(db.engine).has_table(UNFINISHED):
        return
    if app.config["PRODUCTION"]:
        stop("数据库里有没建完的演示数据，请换一个新数据库")
    say("上次建立演示数据时被打断，正在清空重来……")
    downgrade(directory=str(ROOT / "migrations"), revision="base")
    with db.engine.begin() as connection:
        connection.execute(sa.text(f"DROP TABLE {UNFINISHED}"))


def _build_demo() -> None:
    """The demo dealer, where nobody works yet; a table marks the database until the last of its many commits."""
    import sqlalchemy as sa

    from app import clock, demo
    from app.database import db

    if not demo.is_empty():
        return
    say("第一次运行：正在建立演示数据，约十秒……")
    db.session.execute(sa.text(f"CREATE TABLE {UNFINISHED} (id INTEGER)"))
    db.session.commit()
    demo.build(clock.today())
    db.session.execute(sa.text(f"DROP TABLE {UNFINISHED}"))
    db.session.commit()


# == serving ====================================================================================================


def serve() -> None:
    """Prepare, say where it is, serve until Ctrl+C or SIGTERM; requests under way are finished."""
    door = open_door()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app = prepare()
    from waitress import create_server

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else a line for every request that waits a moment
    server = create_server(
        compressed(app),
        sockets=[door],
        threads=8,
        ident="tiema",
        # between our limit and this one a page in Chinese says what is too large
        max_request_body_size=4 * app.config["MAX_CONTENT_LENGTH"],
        # behind a proxy the application itself reads them
        clear_untrusted_proxy_headers=not app.config["TRUSTED_PROXIES"],
    )
    from app.background import Workers
    from app.night import Night

    helpers = [Workers(app, app.config["JOB_THREADS"]).start()]
    if app.config["NIGHTLY"]:
        helpers.append(Night(app).start())
    introduce(app, door)
    server.run()
    for helper in helpers:
        helper.stop()
    say("铁马已停止。")


def introduce(app: Any, door: socket.socket) -> None:
    """Where it is and who can log in."""
    from app import demo
    from app.demo.people import PEOPLE
    from app.screens.security import demo_accounts

    host, port = str(door.getsockname()[0]), door.getsockname()[1]
    everywhere = host in ("0.0.0.0", "::")
    here = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
    say(f"\n铁马已启动：http://{here}:{port}/    按 Ctrl+C 停止")
    with app.app_context():
        active, nobody = demo_accounts(), demo.is_empty()
    if app.config["PRODUCTION"]:
        say(f"生产模式：请经 HTTPS 反向代理访问 https://{app.config['TRUSTED_HOSTS'][0]}/")
        if nobody:
            say(f"还没有账号。请在 {ROOT} 中用同样的环境变量建立第一个管理员：")
            say(f"    {sys.executable} -m flask --app app first-admin")
    elif active:
        say(f"\n演示账号，口令都是 {demo.PASSWORD}：")
        for account, name, _, _, post, _ in PEOPLE:
            if account in active:
                say(f"    {account:<16}{name}\t{post}")
        if everywhere:
            say("注意：局域网里的人都能用公开的口令登录，请不要录入真实资料。")


TEXTS = re.compile(r"text/(html|css|javascript)|application/(javascript|json)|image/svg\+xml")


def compressed(application: Callable[..., Any]) -> Callable[..., Any]:
    """The application, with its texts gzipped for browsers that take that: a page of 60 KB travels as 8.

    A reverse proxy that compresses by itself finds nothing left to do. Other sites cannot measure the length of an
    answer to guess at tokens in it: the cookie is SameSite=Lax.
    """
    from werkzeug.wrappers import Request, Response

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        response, request = Response.from_app(application, environ), Request(environ)
        if TEXTS.fullmatch(response.mimetype or "") and response.status_code not in (204, 206, 304):
            response.vary.add("Accept-Encoding")
            wanted = request.accept_encodings.quality("gzip") and request.method != "HEAD"
            if wanted and (response.content_length is None or response.content_length >= 1024):
                tag, _ = response.get_etag()
                response.set_data(gzip.compress(response.get_data(), 5, mtime=0))
                response.headers["Content-Encoding"] = "gzip"
                if tag:
                    response.set_etag(tag, weak=True)
        return response(environ, start_response)

    return answer


# == checking ===================================================================================================


def test(arguments: list[str]) -> int:
    """Every step of STEPS, a line each, on a database of its own; 1 if any fails. pytest's own words come last."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="tiema-") as folder:
        ours = ("TIEMA_MODE", "DATABASE_URL", "SECRET_KEY", "TRUSTED_HOSTS", "TRUSTED_PROXIES", "TIEMA_RESTARTED")
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment.update(TIEMA_INSTANCE=folder, PYTHONIOENCODING="utf-8")
        for name, commands in STEPS:
            if not all(run_step(name, command, arguments, environment) for command in commands):
                failed.append(name)
    if failed:
        say(f"没有通过：{'、'.join(failed)}")
    return 1 if failed else 0


def run_step(name: str, command: list[str], arguments: list[str], environment: dict[str, str]) -> bool:
    """Whether the command succeeds. Its words are shown when it fails; pytest speaks for itself."""
    title = f"{name}：{' '.join(command)}"
    path = sys.executable if command[0] == "python" else shutil.which(command[0], path=str(Path(sys.executable).parent))
    if path is None:
        say(f"✗ {title}：没有这个工具")
        return False
    if command == ["pytest"]:
        say(f"▶ {title}")
        return subprocess.call([path, *arguments], cwd=ROOT, env=environment) == 0
    began = time.monotonic()
    worked, words = listen([path, *command[1:]], environment)
    say(f"{'✓' if worked else '✗'} {title}（{time.monotonic() - began:.1f} 秒）")
    if not worked:
        say(words.rstrip())
    return worked


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    task = arguments[0] if arguments else "serve"
    if task not in ("serve", "prepare", "test") or (task != "test" and len(arguments) > 1):
        say(USAGE)
        return 0 if task in ("-h", "--help", "help") else 2
    if task == "serve":
        open_door().close()  # before anything is installed
    enter_environment(DEVELOPMENT if task == "test" else RUNTIME)
    if task == "test":
        return test(arguments[1:])
    if task == "prepare":
        prepare()
        say("数据库已准备好。")
    else:
        serve()
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
