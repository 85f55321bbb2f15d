"""flask provision · flask demo · flask docs — what a deployer and a developer say to the application."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from flask import Flask, current_app


def register(app: Flask) -> None:
    """Add our commands to `flask`."""

    @app.cli.command("provision")
    def provision() -> None:
        """Make roles and permissions equal to roles.py, exactly; safe to repeat."""
        from .provision import synchronise

        added, removed = synchronise(current_app.appbuilder)
        click.echo(f"权限已同步：新增 {added}，移除 {removed}")

    @app.cli.command("demo")
    @click.option("--today", "day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="the demo's last business day")
    def demo(day: object) -> None:
        """Build the demo dealer in an empty database, by firing verbs as named people."""
        from .demo import build, is_empty

        if app.config.get("PRODUCTION"):
            raise click.ClickException("生产模式不建立演示数据")
        if not is_empty():
            raise click.ClickException("数据库中已有数据，未建立演示数据")
        build(day.date() if day else date.today())  # type: ignore[attr-defined]
        click.echo("演示数据已建立")

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
