"""员工: who works here and with which account. The administrator opens accounts and resets passwords."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ...actor import Actor
from ...database import db
from ...enums import EmployeeState
from ...errors import AlreadyThere, MissingData
from ...formulas.pinyin import initials
from ...models import Customer, Employee
from .. import checks
from ..crm import handover
from ..machine import Workflow
from ..system import notice
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


@flow.transition(EmployeeState.ACTIVE, to=None, label=_("Set roles"), icon="user-shield")
def set_roles(employee: Employee, by: Actor, *, roles: list[str]) -> None:
    """Other roles for an account; they count at once. Raises AlreadyThere when nobody could open accounts any more."""
    if employee.user_id is None:
        raise MissingData(gettext("%(name)s has no account yet", name=employee.name))
    account.hold_administrators()
    if account.ADMINISTRATOR not in roles and account.is_last_administrator(employee.user_id):
        raise AlreadyThere(gettext("%(name)s is the last system administrator", name=employee.name), field="roles")
    account.set_roles(employee, roles)


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
    account.hold_administrators()
    if employee.user_id is not None and account.is_last_administrator(employee.user_id):
        raise AlreadyThere(gettext("%(name)s is the last system administrator", name=employee.name))
    mobile = van.of(employee.id)
    if mobile is not None and mobile.is_enabled:
        van.close(mobile)
    if employee.user is not None:
        employee.user.active = False
        account.end_sessions(employee.user.id)
        db.session.flush()
    _call_for_hand_over(employee)


def _call_for_hand_over(employee: Employee) -> None:
    """Customers of somebody who left wait for another salesperson; the sales managers are told."""
    owned = sa.select(sa.func.count(Customer.id)).where(Customer.salesperson_id == employee.id)
    count = db.session.scalar(owned) or 0
    if count:
        notice.tell(
            notice.in_role("sales_manager"),
            gettext("%(name)s has left; %(n)s customers wait to be handed over", name=employee.name, n=count),
            employee,
        )


@flow.transition(to=None, label=_("Hand over all customers"), icon="people-arrows")
def hand_over(employee: Employee, by: Actor, *, taker: Employee, reason: str) -> None:
    """移交全部: everything this salesperson has goes to a colleague, also after he has left."""
    handover.give_all(employee, taker, reason, by)
