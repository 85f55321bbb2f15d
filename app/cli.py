"""flask provision · flask first-admin · flask nightly · flask demo · flask worker · flask backup · flask check-books · flask ready · flask docs — what a deployer and a developer say to the application."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import click
from flask import Flask, current_app

from .enums import RunState
from .errors import BusinessError


def register(app: Flask) -> None:
    """Add our commands to `flask`."""

    @app.cli.command("provision")
    def provision() -> None:
        """Make roles and permissions equal to roles.py, exactly; safe to repeat."""
        from .provision import synchronise

        added, removed = synchronise(current_app.appbuilder)
        click.echo(f"权限已同步：新增 {added}，移除 {removed}")

    @app.cli.command("first-admin")
    @click.option("--username", prompt="账号", help="what the administrator logs in with")
    @click.option("--name", prompt="姓名")
    @click.option("--mobile", prompt="手机")
    @click.option(
        "--department", "department_name", default="总经办", show_default=True, help="made where there is none"
    )
    @click.option("--password-stdin", is_flag=True, help="read the password from the first line of standard input")
    def first_admin(username: str, name: str, mobile: str, department_name: str, password_stdin: bool) -> None:
        """Make the first account, a system administrator who must change the password at the first login."""
        if password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        else:
            password = click.prompt(
                "口令（至少 10 个字符，输入时不显示）", hide_input=True, confirmation_prompt="再输一次"
            )
        try:
            _make_first_admin(username, name, mobile, department_name, password)
        except BusinessError as fault:
            raise click.ClickException(str(fault)) from None
        click.echo(f"管理员 {username} 已建立，首次登录时须更换口令。")

    @app.cli.command("give-role")
    @click.argument("username")
    @click.argument("role")
    def give_role(username: str, role: str) -> None:
        """Give an account a role at once: for a house where no second person can confirm it. Everybody who decides is told."""
        try:
            _give_role(username, role)
        except BusinessError as fault:
            raise click.ClickException(str(fault)) from None
        click.echo(f"已给 {username} 设置岗位 {role}")

    @app.cli.command("demo")
    @click.option(
        "--today", "day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="the demo's last business day"
    )
    def demo(day: object) -> None:
        """Build the demo dealer in an empty database, by firing verbs as named people."""
        from . import clock
        from .demo import build, is_empty

        if app.config.get("PRODUCTION"):
            raise click.ClickException("生产模式不建立演示数据")
        if not is_empty():
            raise click.ClickException("数据库中已有数据，未建立演示数据")
        build(day.date() if day else clock.today())  # type: ignore[attr-defined]
        click.echo("演示数据已建立")

    @app.cli.command("nightly")
    @click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="business date, default today")
    def nightly(day: object) -> None:
        """What runs every night; missed days are caught up, twice on a day does nothing."""
        from . import clock, jobs

        try:
            made = jobs.nightly(day.date() if day else clock.today())  # type: ignore[attr-defined]
        except BusinessError as fault:
            raise click.ClickException(str(fault)) from None
        for run in made:
            click.echo(f"{run}：{run.state}，{run.done} 笔" + (f"\n{run.fault}" if run.fault else ""))
        if any(run.state is RunState.FAILED for run in made):
            raise click.ClickException("有任务失败，详见“夜间任务”")
        click.echo("夜间任务已完成" if made else "没有要做的任务：已经做完，或者另一个进程正在做")

    @app.cli.command("worker")
    @click.option("--threads", default=2, show_default=True, help="jobs at once")
    @click.option("--until-empty", is_flag=True, help="end when nothing is left in the queue")
    def worker(threads: int, until_empty: bool) -> None:
        """Carry out background jobs in this process until Ctrl+C; any number of such processes may run."""
        from . import background, night, outbox

        if until_empty:
            while outbox.send_next() | background.run_next():
                pass
            return
        helpers = [background.Workers(app, threads).start()]
        if app.config["NIGHTLY"]:
            helpers.append(night.Night(app).start())
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        click.echo("后台任务进程已启动，按 Ctrl+C 停止")
        try:
            while True:
                time.sleep(3600)
        except (KeyboardInterrupt, SystemExit):
            for helper in helpers:
                helper.stop()

    @app.cli.command("backup")
    @click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
    def backup(target: Path) -> None:
        """Copy the books as they stand now into a new file; people go on working meanwhile."""
        from .backup import NoBackup, backup, remember

        try:
            backup(app.config["SQLALCHEMY_DATABASE_URI"], target)
        except NoBackup as fault:
            raise click.ClickException(str(fault)) from None
        if not remember(target):
            click.echo("备份已保存，但没有记进备份记录")
        click.echo(f"已备份到 {target}（{target.stat().st_size / 2**20:.1f} 兆）")

    @app.cli.command("check-books")
    def check_books() -> None:
        """Every balance against its journal; to be run after a restore. Ends with status 1 where they differ."""
        from .actor import SYSTEM, acting_as
        from .reports import books

        with acting_as(SYSTEM):
            found = books.differences()
        for difference in found:
            click.echo(str(difference))
        if found:
            raise click.ClickException(f"账实不符：{len(found)} 处")
        click.echo("各本账都对得上")

    @app.cli.command("ready")
    def ready() -> None:
        """What /readyz looks at, with details. Ends with status 1 when the answer is no."""
        from .screens.health import findings

        found = findings()
        for finding in found:
            click.echo(f"{'✓' if finding.is_fine else '✗'} {finding.name}：{finding.words}")
        if any(f.is_needed and not f.is_fine for f in found):
            raise click.ClickException("现在不能工作")

    @app.cli.command("docs")
    @click.option("--check", is_flag=True, help="fail if a page is not current")
    def docs(check: bool) -> None:
        """Write docs/generated from the code: states, roles, dictionary."""
        from .documentation import pages

        folder = Path(app.root_path).parent / "docs" / "generated"
        stale = []
        for name, text in pages().items():
            path = folder / name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
                if not check:
                    path.write_text(text, encoding="utf-8")
        if check and stale:
            raise click.ClickException(f"not current, run `flask docs`: {', '.join(stale)}")
        click.echo("docs/generated is current" if not stale else f"written: {', '.join(stale)}")


def _give_role(username: str, role: str) -> None:
    """The roles the account has, and this one; whoever has the shell needs nobody to confirm it."""
    import sqlalchemy as sa

    from .actor import SYSTEM, acting_as
    from .database import db
    from .models import Employee
    from .roles import ROLES
    from .unit_of_work import fire
    from .workflows.organisation import account, second_person

    if role not in ROLES:
        raise click.ClickException(f"没有岗位 {role}；可用的有：{'、'.join(ROLES)}")
    with acting_as(SYSTEM):
        user = account.find(username)
        mine = sa.select(Employee).where(Employee.user_id == (user.id if user is not None else 0))
        employee = db.session.scalars(mine).one_or_none()
        if employee is None:
            raise click.ClickException(f"没有账号 {username}")
        fire(employee, "set_roles", roles=sorted({*second_person.given(employee), role}))


def _make_first_admin(username: str, name: str, mobile: str, department_name: str, password: str) -> None:
    """A department, an employee in it and his account; what an interrupted try has left is used again.

    Raises: ClickException when somebody has an account already; BusinessError for a weak password, a wrong mobile.
    """
    import sqlalchemy as sa
    from flask_appbuilder.security.sqla.models import Role

    from .actor import SYSTEM, acting_as
    from .database import db
    from .demo import is_empty
    from .models import Department, Employee
    from .unit_of_work import create, fire
    from .workflows.organisation import account

    if not sa.inspect(db.engine).has_table("ab_role") or not db.session.scalar(sa.select(Role.id).limit(1)):
        raise click.ClickException("数据库还没有准备好，请先运行 python3 run.py prepare")
    if not is_empty():
        raise click.ClickException("已经有账号了，请由系统管理员在“员工”中开通其他账号")
    account.check_strength(password, username, mobile)
    with acting_as(SYSTEM):
        department = db.session.scalars(sa.select(Department).where(Department.name == department_name)).first()
        department = department or create(Department, {"code": "01", "name": department_name})
        employee = db.session.scalars(sa.select(Employee).where(Employee.mobile == mobile)).first()
        employee = employee or create(
            Employee,
            {"staff_number": "001", "name": name, "mobile": mobile, "department": department, "post": "系统管理员"},
        )
        fire(employee, "open_account", username=username, roles=["sysadmin"], password=password)
