"""Starting safely, permissions read once a request, who acts in it, headers on every answer.

The framework's own login API, user, role and password screens are not registered; ours are in login.py, and what a
cookie is worth in sessions.py.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    User,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from flask_login import LoginManager
from werkzeug.middleware.proxy_fix import ProxyFix

from .. import actor as acting
from ..database import db
from ..models import AccountState
from ..staff import actor_of
from . import sessions
from .login import DevicesView, LoginView, PasswordView, safe_next

__all__ = [
    "TiemaSecurityManager",
    "UnsafeStart",
    "actor_of",
    "check_start",
    "demo_accounts",
    "guard_requests",
    "safe_next",
]

PUBLIC = frozenset({"LoginView.login", "RatingView.rate", "static", "appbuilder.static", "healthz", "readyz"})
NOBODYS = frozenset(
    {"static", "appbuilder.static", "healthz", "readyz"}
)  # the same for everybody: no session is looked up
WHILE_WEAK = PUBLIC | {"LoginView.logout", "PasswordView.change"}
MAX_ARGUMENTS, MAX_ARGUMENT = 80, 2000
ID_MAX = 2**31 - 1
WEAK_SECRETS = frozenset(
    {"", "dev", "secret", "change-me", "changeme", "your-secret-key", "\x02\x01thisismyscretkey\x01\x02\\e\\y\\y\\h"}
)


class UnsafeStart(RuntimeError):
    """The settings would let strangers in; the message says which and what to do."""


def check_start(app: Flask) -> None:
    """Raises UnsafeStart in production with a weak secret or without host names."""
    key = str(app.config.get("SECRET_KEY") or "")
    if not app.config.get("PRODUCTION"):
        return
    if key in WEAK_SECRETS or len(key) < 32 or len(set(key)) < 10:
        raise UnsafeStart(
            'SECRET_KEY 太弱：请设置至少 32 个随机字符（python3 -c "import secrets; print(secrets.token_hex(32))"）'
        )
    if not app.config.get("TRUSTED_HOSTS"):
        raise UnsafeStart("生产模式必须设置 TRUSTED_HOSTS（本系统的域名，逗号分隔）")


def demo_accounts() -> list[str]:
    """Names of active accounts that still have the demo's password; production refuses to serve with them."""
    user, state = User.__table__, AccountState.__table__
    return list(
        db.session.scalars(
            sa.select(user.c.username).join(state, state.c.user_id == user.c.id).where(state.c.is_demo, user.c.active)
        )
    )


class TiemaSecurityManager(SecurityManager):
    """The framework's users, roles and permissions, with our login and one permission query a request."""

    def register_views(self) -> None:
        self.auth_view = self.appbuilder.add_view_no_menu(LoginView())
        self.appbuilder.add_view_no_menu(PasswordView())
        self.appbuilder.add_view_no_menu(DevicesView())

    def create_login_manager(self, app: Flask) -> LoginManager:
        """Without the framework's word for templates, which reads the whole account on every page; nobody asks it."""
        manager = LoginManager()
        manager.init_app(app, add_context_processor=False)
        manager.login_view = "login"
        manager.user_loader(self.load_user)
        return manager

    def has_access(self, permission_name: str, view_name: str) -> bool:
        return (permission_name, view_name) in permissions()

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        return set()

    def load_user(self, pk: int) -> User | None:
        user = db.session.get(User, int(pk))
        return user if user is not None and user.active else None


GRANTED = (
    sa.select(Permission.name, ViewMenu.name)
    .select_from(Permission)
    .join(PermissionView, PermissionView.permission_id == Permission.id)
    .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
    .join(assoc_permissionview_role, assoc_permissionview_role.c.permission_view_id == PermissionView.id)
    .join(assoc_user_role, assoc_user_role.c.role_id == assoc_permissionview_role.c.role_id)
    .where(assoc_user_role.c.user_id == sa.bindparam("who"))
)


def permissions() -> frozenset[tuple[str, str]]:
    """(permission, area) pairs of the person, read once a request or job."""
    by = acting.current_or_none()
    who = by.user_id if by is not None else None
    kept: tuple[int | None, frozenset[tuple[str, str]]] | None = g.get("permissions")
    if kept is None or kept[0] != who:
        rows = db.session.execute(GRANTED, {"who": who}) if who is not None else ()
        kept = g.permissions = (who, frozenset((name, area) for name, area in rows))
    return kept[1]


def guard_requests(app: Flask) -> None:
    """Hooks around every request: clean input, a live session, an actor, headers."""
    if app.config.get("TRUSTED_PROXIES"):
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(_refuse_garbage)
    app.before_request(_know_the_person)
    app.after_request(_headers)
    app.teardown_request(_forget_the_person)


def _refuse_garbage() -> None:
    """400 for what no browser of ours sends: NUL bytes, hundreds of arguments, endless values; 404 for ids no table has."""
    if "\x00" in request.path:
        abort(400)
    pairs = list(request.args.items(multi=True))
    if len(pairs) > MAX_ARGUMENTS or any("\x00" in k or "\x00" in v or len(v) > MAX_ARGUMENT for k, v in pairs):
        abort(400)
    if any(isinstance(value, int) and value > ID_MAX for value in (request.view_args or {}).values()):
        abort(404)
    if request.method == "POST":
        for name, value in request.form.items(multi=True):
            if "\x00" in name or "\x00" in value:
                abort(400)


def _know_the_person() -> Any:
    """Set the actor from a live session row, or send the person to the login."""
    acting.put(None)
    g.pop("permissions", None)
    endpoint = request.endpoint or ""
    if endpoint in NOBODYS:
        return None
    live = sessions.live() if "_user_id" in session else None
    if live is None:
        if "_user_id" in session:
            session.clear()
            g.pop("_login_user", None)
        if endpoint in PUBLIC or not endpoint:
            return None
        if request.method != "GET" or request.headers.get("X-Requested-With") == "fetch":
            abort(401)
        return redirect(url_for("LoginView.login", next=request.full_path.rstrip("?")))
    acting.put(actor_of(live.user_id, live.username, request.remote_addr or ""))
    if live.must_change_password and endpoint not in WHILE_WEAK:
        return redirect(url_for("PasswordView.change"))
    return None


def _forget_the_person(_error: BaseException | None) -> None:
    acting.put(None)


def _headers(response: Any) -> Any:
    policy = (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    for name, value in (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()"),
    ):
        response.headers.setdefault(name, value)
    if current_app.config.get("PRODUCTION"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint not in ("static", "appbuilder.static"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
