"""第二人确认: a role that decides, moves money or gives roles counts once a second person has confirmed it.

The general manager confirms; where he is the one concerned, or asked for it himself, another person who decides. Nobody
confirms for himself or what he asked for, nor with a password that the asker gave him in the last seven days. In a house
where nobody could ever have been asked the first one counts at once. Source: docs/decisions/people.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext

from ... import clock
from ...actor import Actor
from ...database import db
from ...errors import MissingData, MustBeOther, NotAllowed, WrongState
from ...models import AccountState, Employee
from ...roles import ROLES, WEIGHTY
from ..system import notice
from . import account

FRESH_RESET = timedelta(days=7)  # so long an account whose password he chose confirms nothing an administrator asks
FIRST, ELSE = "gm", ("finance", "sysadmin")  # who confirms, and who where no general manager can


def given(employee: Employee) -> list[str]:
    """The roles that count now."""
    return sorted(role.name for role in employee.user.roles) if employee.user is not None else []


def waiting(employee: Employee) -> list[str]:
    """The roles that somebody asked for and a second person has not confirmed."""
    return [code for code in (employee.awaited_roles or "").split(",") if code in ROLES]


def ask(employee: Employee, roles: Iterable[str], by: Actor) -> list[str]:
    """Of the roles wanted, those that count at once; the others begin to wait, and who can confirm them is told."""
    wanted, mine = list(roles), given(employee)
    fresh = [code for code in wanted if code in WEIGHTY and code not in mine]
    if by.is_system or _is_first_of_the_house(employee, by):
        fresh = []
    employee.awaited_roles, employee.awaited_from_id = ",".join(fresh) or None, by.employee_id if fresh else None
    if fresh:
        subject = gettext(
            "%(asker)s gives %(name)s the role %(roles)s; please confirm or refuse",
            asker=by.name,
            name=employee.name,
            roles=_labels(fresh),
        )
        notice.tell(confirmers(employee), subject, employee, f"roles {','.join(fresh)} {clock.now()}")
    return [code for code in wanted if code not in fresh]


def confirmers(employee: Employee) -> list[Employee]:
    """Who can confirm what waits for this person: not he, not the asker, nobody who has his password from the asker."""
    asker = employee.awaited_from_id
    reset = sa.select(AccountState.user_id).where(
        AccountState.reset_by_id == asker, AccountState.reset_at > clock.now() - FRESH_RESET
    )
    held = set(db.session.scalars(reset)) if asker is not None else set()

    def able(*roles: str) -> list[Employee]:
        return [p for p in notice.in_role(*roles) if p.id not in (employee.id, asker) and p.user_id not in held]

    return able(FIRST) or able(*ELSE)


def let_in(employee: Employee, roles: list[str], by: Actor) -> None:
    """The roles count from now on; everybody who decides is told.

    Raises: WrongState when nothing waits, MissingData when something else waits than was shown, MustBeOther, NotAllowed.
    """
    _check(employee, by)
    if not roles or not set(roles) <= set(waiting(employee)):
        raise MissingData(gettext("Other roles wait by now; please look again"), field="roles")
    account.set_roles(employee, sorted({*given(employee), *roles}))
    rest = [code for code in waiting(employee) if code not in roles]
    asker = employee.awaited_from
    employee.awaited_roles, employee.awaited_from_id = (
        ",".join(rest) or None,
        employee.awaited_from_id if rest else None,
    )
    subject = gettext(
        "%(name)s is %(roles)s now; asked for by %(asker)s, confirmed by %(by)s",
        name=employee.name,
        roles=_labels(roles),
        asker=asker.name if asker else gettext("the system"),
        by=by.name,
    )
    notice.warn([employee, asker, *deciders()], subject, employee)


def turn_down(employee: Employee, reason: str, by: Actor) -> None:
    """What waits is given up, by who could confirm it or by who asked; the asker is told."""
    if by.employee_id is None or by.employee_id != employee.awaited_from_id:
        _check(employee, by)
    subject = gettext("%(name)s does not become %(roles)s: %(reason)s", name=employee.name,
                      roles=_labels(waiting(employee)), reason=reason)  # fmt: skip
    notice.warn([employee.awaited_from], subject, employee)
    employee.awaited_roles = employee.awaited_from_id = None


def deciders() -> list[Employee]:
    """Everybody who decides something: those who have to know when one of them changes."""
    return notice.in_role(*WEIGHTY)


def tell_change(employee: Employee, before: Iterable[str], by: Actor) -> None:
    """Roles of weight that somebody has at once, or has no more, are told to him and to everybody who decides."""
    had, has = set(before) & WEIGHTY, set(given(employee)) & WEIGHTY
    if has - had:
        subject = gettext("%(by)s gave %(name)s the role %(roles)s", by=by.name, name=employee.name,
                          roles=_labels(sorted(has - had)))  # fmt: skip
        notice.warn([employee, *deciders()], subject, employee)
    gone = sorted(had - has)
    if gone:
        subject = gettext(
            "%(by)s took the role %(roles)s from %(name)s", by=by.name, roles=_labels(gone), name=employee.name
        )
        notice.warn([employee, *deciders()], subject, employee)


def tell_reset(employee: Employee, by: Actor) -> None:
    """A new password is told to its owner, and of who decides something to all who do: never the password itself."""
    subject = gettext("%(by)s reset the password of %(name)s", by=by.name, name=employee.name)
    above = deciders() if set(given(employee)) & WEIGHTY else []
    notice.warn([employee, *above], subject, employee)


def tell_gone(employee: Employee, roles: Iterable[str], by: Actor) -> None:
    """That somebody who decided has left is told to all who decide."""
    if set(roles) & WEIGHTY:
        subject = gettext("%(by)s closed the account of %(name)s, who has left", by=by.name, name=employee.name)
        notice.warn(deciders(), subject, employee)


def tell_back(employee: Employee, by: Actor) -> None:
    """That somebody works here again is told to him, and to all who decide where he does."""
    subject = gettext("%(by)s reinstated %(name)s", by=by.name, name=employee.name)
    above = deciders() if set(given(employee)) & WEIGHTY else []
    notice.warn([employee, *above], subject, employee)


def _check(employee: Employee, by: Actor) -> None:
    if not waiting(employee):
        raise WrongState(gettext("No role of %(name)s waits", name=employee.name))
    if by.is_system:
        return
    if by.employee_id in (employee.id, employee.awaited_from_id):
        raise MustBeOther(gettext("Who asked for a role, and who is to have it, cannot confirm it; a colleague has to"))
    able = confirmers(employee)
    if by.employee_id not in {person.id for person in able}:
        names = "、".join(person.name for person in able) or str(ROLES[FIRST].label)
        raise NotAllowed(gettext("This waits for %(name)s", name=names))


def _is_first_of_the_house(employee: Employee, by: Actor) -> bool:
    """Whether nobody but the two was ever able to decide; it is never so for oneself."""
    if employee.id == by.employee_id:
        return False
    others = sa.select(Employee.account_roles).where(
        Employee.id.not_in((employee.id, by.employee_id or 0)), Employee.account_roles.is_not(None)
    )
    return not any(set((codes or "").split(",")) & WEIGHTY for codes in db.session.scalars(others))


def _labels(roles: Iterable[str]) -> str:
    return "、".join(str(ROLES[code].label) for code in roles)
