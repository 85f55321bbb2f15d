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
from ...roles import ROLES
from .. import checks
from ..crm import handover
from ..machine import Workflow
from . import account, second_person, van

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


def _still_waiting(employee: Employee) -> str:
    """What has to happen before the roles count."""
    waiting = second_person.waiting(employee)
    if not waiting:
        return ""
    names = "、".join(person.name for person in second_person.confirmers(employee))
    return gettext(
        "%(roles)s counts once %(name)s has confirmed it",
        roles="、".join(str(ROLES[code].label) for code in waiting),
        name=names or str(ROLES["gm"].label),
    )


@flow.transition(EmployeeState.ACTIVE, to=None, label=_("Open account"), icon="user-plus", remainder=_still_waiting)
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
    at_once = second_person.ask(employee, roles, by)
    employee.user_id = account.add(username, employee, at_once, password, must_change=True).id
    db.session.flush()
    second_person.tell_change(employee, (), by)


@flow.transition(EmployeeState.ACTIVE, to=None, label=_("Set roles"), icon="user-shield", remainder=_still_waiting)
def set_roles(employee: Employee, by: Actor, *, roles: list[str]) -> None:
    """Other roles for an account; they count at once. Raises AlreadyThere when nobody could open accounts any more."""
    if employee.user_id is None:
        raise MissingData(gettext("%(name)s has no account yet", name=employee.name))
    account.hold_administrators()
    if account.ADMINISTRATOR not in roles and account.is_last_administrator(employee.user_id):
        raise AlreadyThere(gettext("%(name)s is the last system administrator", name=employee.name), field="roles")
    before = second_person.given(employee)
    account.set_roles(employee, second_person.ask(employee, roles, by))
    second_person.tell_change(employee, before, by)


@flow.transition(
    EmployeeState.ACTIVE, to=None, label=_("Confirm roles"), icon="user-check", tone="primary", remainder=_still_waiting
)
def confirm_roles(employee: Employee, by: Actor, *, roles: list[str]) -> None:
    """第二人确认: roles of weight count from now on."""
    second_person.let_in(employee, roles, by)


@flow.transition(EmployeeState.ACTIVE, to=None, label=_("Refuse roles"), icon="user-slash")
def refuse_roles(employee: Employee, by: Actor, *, reason: str) -> None:
    """The roles that wait are given up."""
    second_person.turn_down(employee, reason, by)


@flow.transition(EmployeeState.ACTIVE, to=None, label=_("Reset password"), icon="key")
def reset_password(employee: Employee, by: Actor, *, password: str) -> None:
    """A new password from the administrator; every session of the account ends, the next login asks for another.

    Its owner is told, and of somebody who decides all who decide.
    """
    if employee.user_id is None:
        raise MissingData(gettext("%(name)s has no account yet", name=employee.name))
    account.set_password(employee.user_id, password, must_change=True, reset_by=by.employee_id)
    second_person.tell_reset(employee, by)


@flow.transition(EmployeeState.ACTIVE, to=None, label=_("Unlock login"), icon="unlock")
def unlock(employee: Employee, by: Actor) -> None:
    """Forget the failed attempts of this account."""
    if employee.user is None:
        raise MissingData(gettext("%(name)s has no account yet", name=employee.name))
    account.forget_attempts(employee.user.username)


@flow.transition(to=None, label=_("Hand over all customers"), icon="people-arrows")
def hand_over(employee: Employee, by: Actor, *, taker: Employee, reason: str) -> None:
    """移交全部: everything this salesperson has goes to a colleague, also after he has left."""
    handover.give_all(employee, taker, reason, by)
