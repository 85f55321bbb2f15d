"""员工: who works here and with which account. The administrator opens accounts and resets passwords."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import EmployeeState
from ...errors import AlreadyThere, MissingData
from ...formulas.pinyin import initials
from ...models import Employee
from .. import checks
from ..machine import Workflow
from . import account, van

flow = Workflow(Employee)


@flow.before_save
def prepare(employee: Employee) -> None:
    """Mobile in normal form, initials for typing; the van of a technician follows him."""
    checks.strip_texts(employee)
    checks.mobile(employee)
    employee.initials = initials(employee.name)
    if employee.id is not None:
        van.keep(employee)


@flow.after_create
def begin(employee: Employee) -> None:
    """A technician gets his mobile store at once."""
    van.keep(employee)


@flow.transition(EmployeeState.ACTIVE, to=None, label=_("Open account"), icon="user-plus")
def open_account(employee: Employee, by: Actor, *, username: str, roles: list[str], password: str) -> None:
    """Give an employee a login with roles; the first login asks for a new password.

    Raises: AlreadyThere when he has one or the name is taken; MissingData for a weak password.
    """
    if employee.user is not None:
        raise AlreadyThere(
            gettext("%(name)s already has the account %(user)s", name=employee.name, user=str(employee.user.username))
        )
    if account.find(username) is not None:
        raise AlreadyThere(gettext("The account %(user)s already exists", user=username), field="username")
    employee.user_id = account.add(username, employee, roles, password, must_change=True).id


@flow.transition(EmployeeState.ACTIVE, to=None, label=_("Reset password"), icon="key")
def reset_password(employee: Employee, by: Actor, *, password: str) -> None:
    """A new password from the administrator; every session of the account ends, the next login asks for another."""
    if employee.user_id is None:
        raise MissingData(gettext("%(name)s has no account yet", name=employee.name))
    account.set_password(employee.user_id, password, must_change=True)


@flow.transition(EmployeeState.ACTIVE, to=None, label=_("Unlock login"), icon="unlock")
def unlock(employee: Employee, by: Actor) -> None:
    """Forget the failed attempts of this account."""
    if employee.user is None:
        raise MissingData(gettext("%(name)s has no account yet", name=employee.name))
    account.forget_attempts(employee.user.username)


@flow.transition(
    EmployeeState.ACTIVE,
    to=EmployeeState.LEFT,
    label=_("Leaves the company"),
    icon="door-open",
    tone="danger",
    confirm=_("The account is closed at once. Continue?"),
)
def leave(employee: Employee, by: Actor) -> None:
    """The account is closed and its sessions end; papers keep the name. A van with parts in it has to be emptied first."""
    if employee.id == by.employee_id:
        raise AlreadyThere(gettext("You cannot close your own account"))
    mobile = van.of(employee.id)
    if mobile is not None and mobile.is_enabled:
        van.close(mobile)
    if employee.user is not None:
        employee.user.active = False
        account.end_sessions(employee.user.id)
        db.session.flush()
