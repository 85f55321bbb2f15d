"""Logging in and out, one's own password, one's own devices."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import abort, current_app, flash, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role
from flask_appbuilder.security.views import AuthDBView
from flask_appbuilder.views import BaseView
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import logout_user
from flask_wtf import FlaskForm
from wtforms import PasswordField

from .. import actor as acting
from .. import scope
from ..database import db
from ..errors import BusinessError
from ..models import AccountState, Employee
from ..roles import ROLES
from ..workflows.organisation import account
from . import login_guard, sessions
from .formfields import Needed, TextLine


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
                sessions.begin(user)
                return redirect(safe_next(request.args.get("next", "/")))
            form.password.errors = [gettext("Account or password is wrong")]
        demo = [] if current_app.config.get("PRODUCTION") else _demo_people()
        return self.render_template("login.html", title=gettext("Log in"), form=form, demo=demo)

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        sessions.end_this()
        logout_user()
        session.clear()
        return redirect(url_for("LoginView.login"))


def _attempt(username: str, password: str) -> User | None:
    """The account, if the password is right and not too many were tried; 429 when too many were."""
    if len(username) > 150 or len(password) > 256:
        return None
    login_guard.count(username)
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
            login_guard.count(db.session.get_one(User, by.user_id).username)
            user = db.session.get_one(User, by.user_id)
            try:
                if not account.is_password(user, form.current.data):
                    raise BusinessError(gettext("The current password is wrong"), field="current")
                account.forget_attempts(user.username)
                if form.password.data != form.again.data:
                    raise BusinessError(gettext("The two new passwords differ"), field="again")
                if form.password.data == form.current.data:
                    raise BusinessError(gettext("The new password is the old one"), field="password")
                with scope.elevated():
                    account.set_password(user.id, form.password.data, must_change=False)
                    db.session.commit()
                sessions.begin(user)
                flash(gettext("Password changed; other devices are logged out"), "success")
                return redirect("/")
            except BusinessError as fault:
                db.session.rollback()
                form[fault.field or "password"].errors = [str(fault)]
        return self.render_template("password.html", title=gettext("Change password"), form=form)


class DevicesView(BaseView):
    """Where one is logged in, and the way out of the others."""

    route_base = "/devices"
    default_view = "list"

    @expose("/")
    def list(self) -> str:
        by = acting.current()
        rows = [
            {"row": row, "name": sessions.browser_name(row.agent), "is_this": sessions.is_this(row)}
            for row in sessions.alive(by.user_id or 0)
        ]
        return self.render_template("devices.html", title=gettext("Where I am logged in"), rows=rows)

    @expose("/end_others", methods=["POST"])
    def end_others(self) -> Any:
        """Every other browser of this account is logged out at its next click."""
        count = sessions.end(acting.current().user_id or 0, but_this=True)
        flash(gettext("%(n)s other devices are logged out", n=count), "success")
        return redirect(url_for("DevicesView.list"))

    @expose("/end/<int:pk>", methods=["POST"])
    def end(self, pk: int) -> Any:
        """One browser of this account; a session of somebody else is not found."""
        if not sessions.end(acting.current().user_id or 0, only=pk):
            abort(404)
        flash(gettext("The device is logged out"), "success")
        return redirect(url_for("DevicesView.list"))
