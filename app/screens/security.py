"""Logging in, sessions that can be ended, who acts in this request, permissions read once, headers on every answer.

The framework's own login API, user, role and password screens are not registered. A cookie holds a random token; the
session is a row that logout, a new password, a reset or a leaving employee ends at once, on every worker.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    User,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.views import BaseView
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import login_user, logout_user
from flask_wtf import FlaskForm
from werkzeug.middleware.proxy_fix import ProxyFix
from wtforms import PasswordField

from .. import actor as acting
from .. import clock, scope
from ..database import db
from ..errors import BusinessError
from ..models import AccountState, Employee, LoginAttempt, LoginSession
from ..roles import ROLES
from ..staff import actor_of
from ..workflows.organisation import account
from .formfields import Needed, TextLine

PUBLIC = frozenset({"LoginView.login", "static", "appbuilder.static", "health"})
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


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class TiemaSecurityManager(SecurityManager):
    """The framework's users, roles and permissions, with our login and one permission query a request."""

    def register_views(self) -> None:
        self.auth_view = self.appbuilder.add_view_no_menu(LoginView())
        self.appbuilder.add_view_no_menu(PasswordView())

    def has_access(self, permission_name: str, view_name: str) -> bool:
        return (permission_name, view_name) in permissions()

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        return set()

    def load_user(self, pk: int) -> User | None:
        user = db.session.get(User, int(pk))
        return user if user is not None and user.active else None


def permissions() -> frozenset[tuple[str, str]]:
    """(permission, area) pairs of the person, read once a request."""
    if "permissions" not in g:
        by = acting.current_or_none()
        g.permissions = frozenset()
        if by is not None and by.user_id is not None:
            granted = (
                sa.select(Permission.name, ViewMenu.name)
                .select_from(Permission)
                .join(PermissionView, PermissionView.permission_id == Permission.id)
                .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
                .join(assoc_permissionview_role, assoc_permissionview_role.c.permission_view_id == PermissionView.id)
                .join(assoc_user_role, assoc_user_role.c.role_id == assoc_permissionview_role.c.role_id)
                .where(assoc_user_role.c.user_id == by.user_id)
            )
            g.permissions = frozenset((name, area) for name, area in db.session.execute(granted))
    return g.permissions  # type: ignore[no-any-return]


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
    if endpoint in ("static", "appbuilder.static"):
        return None
    live = _live_session() if "_user_id" in session else None
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


def _live_session() -> Any:
    table, state, user = LoginSession.__table__, AccountState.__table__, User.__table__
    row = db.session.execute(
        sa.select(
            table.c.id, table.c.user_id, table.c.created_at, table.c.seen_at, table.c.revoked_at,
            user.c.username, user.c.active, state.c.must_change_password,
        )
        .join(user, user.c.id == table.c.user_id)
        .outerjoin(state, state.c.user_id == table.c.user_id)
        .where(table.c.token_hash == _hash(session.get("token", "")))
    ).first()  # fmt: skip
    now = clock.now()
    if (
        row is None
        or row.revoked_at is not None
        or not row.active
        or str(row.user_id) != str(session.get("_user_id"))
        or now - row.created_at > current_app.config["SESSION_LIFETIME"]
        or now - row.seen_at > current_app.config["SESSION_IDLE"]
    ):
        return None
    if now - row.seen_at > timedelta(minutes=1):
        db.session.execute(sa.update(table).where(table.c.id == row.id).values(seen_at=now))
        db.session.commit()
    return row


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


def safe_next(target: str) -> str:
    """A path of this server, or the home page."""
    if not target.startswith("/") or target.startswith("//") or "\\" in target or any(ord(c) < 32 for c in target):
        return "/"
    parts = urlsplit(target)
    return "/" if parts.netloc or parts.scheme else target


class LoginForm(FlaskForm):
    username = TextLine(_("Account"), validators=[Needed()], longest=150)
    password = PasswordField(_("Password"), validators=[Needed()])


class LoginView(AuthDBView):
    """Login and logout; logout is a POST, so that no picture on another site can do it."""

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        if acting.current_or_none() is not None:
            return redirect(safe_next(request.args.get("next", "/")))
        form = LoginForm()
        if form.validate_on_submit():
            user = _attempt(form.username.data, form.password.data or "")
            if user is not None:
                _begin(user)
                return redirect(safe_next(request.args.get("next", "/")))
            form.password.errors = [gettext("Account or password is wrong")]
        demo = [] if current_app.config.get("PRODUCTION") else _demo_people()
        return self.render_template("login.html", title=gettext("Log in"), form=form, demo=demo)

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        token = session.get("token", "")
        table = LoginSession.__table__
        db.session.execute(sa.update(table).where(table.c.token_hash == _hash(token)).values(revoked_at=clock.now()))
        db.session.commit()
        logout_user()
        session.clear()
        return redirect(url_for("LoginView.login"))


def _attempt(username: str, password: str) -> User | None:
    """The account, if the password is right and not too many were tried; 429 when too many were.

    The attempt is written before anything is looked at, so that parallel guesses count too, on every worker.
    """
    if len(username) > 150 or len(password) > 256:
        return None
    config, table, now = current_app.config, LoginAttempt.__table__, clock.now()
    name, address = account.name_hash(username), request.remote_addr or ""
    db.session.rollback()
    db.session.execute(sa.insert(table).values(account_hash=name, address=address, at=now))
    db.session.commit()
    since = now - config["LOGIN_WINDOW"]
    tried = [
        db.session.scalar(sa.select(sa.func.count()).select_from(table).where(column == value, table.c.at > since)) or 0
        for column, value in ((table.c.account_hash, name), (table.c.address, address))
    ]
    if tried[0] > config["LOGIN_TRIES_PER_ACCOUNT"] or tried[1] > config["LOGIN_TRIES_PER_ADDRESS"]:
        abort(429)
    user = account.find(username)
    db.session.rollback()  # no open transaction while the password is hashed
    user = account.find(username)
    if user is None or not user.active:
        account.is_password(_NOBODY, password)
        return None
    if not account.is_password(user, password):
        return None
    account.forget_attempts(username)
    db.session.commit()
    return user


class _Nobody:
    """An account that does not exist still costs the time of a hash: names cannot be guessed by the clock."""

    password = (
        "scrypt:32768:8:1$aaaaaaaaaaaaaaaa$"
        "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    )


_NOBODY: Any = _Nobody()


def _begin(user: User) -> None:
    """A fresh session: the old cookie's contents go, a new token comes."""
    user_id = user.id
    now, token = clock.now(), secrets.token_urlsafe(32)
    session.clear()
    login_user(user, remember=False)
    session["token"] = token
    db.session.execute(
        sa.insert(LoginSession.__table__).values(
            token_hash=_hash(token),
            user_id=user_id,
            address=request.remote_addr or "",
            agent=(request.user_agent.string or "")[:200],
            created_at=now,
            seen_at=now,
        )
    )
    db.session.execute(sa.update(User.__table__).where(User.__table__.c.id == user_id).values(last_login=now))
    db.session.commit()


def _demo_people() -> list[tuple[str, str, str]]:
    """(account, name, role) of the demo, for its login page."""
    with scope.elevated():
        rows = db.session.execute(
            sa.select(User.username, Employee.name, Role.name)
            .join(AccountState.__table__, AccountState.__table__.c.user_id == User.id)
            .join(Employee.__table__, Employee.__table__.c.user_id == User.id)
            .join(assoc_user_role, assoc_user_role.c.user_id == User.id)
            .join(Role, Role.id == assoc_user_role.c.role_id)
            .where(AccountState.__table__.c.is_demo)
            .order_by(User.id)
        ).all()
    return [(name, person, str(ROLES[role].label)) for name, person, role in rows if role in ROLES]


class PasswordForm(FlaskForm):
    current = PasswordField(_("Current password"), validators=[Needed()])
    password = PasswordField(_("New password"), validators=[Needed()], description=_("At least 10 characters"))
    again = PasswordField(_("New password again"), validators=[Needed()])


class PasswordView(BaseView):
    """Changing one's own password asks for the current one and ends every other session."""

    route_base = "/password"
    default_view = "change"

    @expose("/", methods=["GET", "POST"])
    def change(self) -> Any:
        by = acting.current()
        form = PasswordForm()
        if form.validate_on_submit():
            user = db.session.get_one(User, by.user_id)
            try:
                if not account.is_password(user, form.current.data):
                    raise BusinessError(gettext("The current password is wrong"), field="current")
                if form.password.data != form.again.data:
                    raise BusinessError(gettext("The two new passwords differ"), field="again")
                if form.password.data == form.current.data:
                    raise BusinessError(gettext("The new password is the old one"), field="password")
                with scope.elevated():
                    account.set_password(user.id, form.password.data, must_change=False)
                    db.session.commit()
                _begin(user)
                flash(gettext("Password changed; other devices are logged out"), "success")
                return redirect("/")
            except BusinessError as fault:
                db.session.rollback()
                form[fault.field or "password"].errors = [str(fault)]
        return self.render_template("password.html", title=gettext("Change password"), form=form)
