"""通知: one line to one person about one document; told inside the transaction that causes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock, scope
from ...actor import Actor
from ...database import db
from ...enums import EmployeeState
from ...models import Employee, Entity, Notification, WarehouseKeeper
from ...staff import actor_of, holders_of
from ..machine import Workflow
from . import outbox

flow = Workflow(Notification)


@flow.transition(to=None, label=_("Mark as read"), icon="envelope-open")
def read(notice: Notification, by: Actor) -> None:
    """The person has seen it; the badge counts one less."""
    notice.read_at = notice.read_at or clock.now()


def tell(to: Iterable[Employee | None], subject: Any, document: Entity, occasion: str = "") -> None:
    """Put one notice per person; the same occasion of the same document is told to a person once."""
    people = {e.id: e for e in to if e is not None and e.state is EmployeeState.ACTIVE}
    wanted = {i: actor for i, e in people.items() if (actor := _reader(e, document)) is not None}
    keys = {i: f"{type(document).__name__}:{document.id}:{occasion}:{i}" for i in wanted} if occasion else {}
    told = set(
        db.session.scalars(sa.select(Notification.dedupe_key).where(Notification.dedupe_key.in_(keys.values())))
        if keys
        else ()
    )
    fresh = [
        Notification(
            to_id=employee_id,
            subject=str(subject)[:200],
            entity=type(document).__name__,
            row_id=document.id,
            dedupe_key=keys.get(employee_id),
        )
        for employee_id in sorted(wanted)
        if keys.get(employee_id) is None or keys[employee_id] not in told
    ]
    if fresh:
        db.session.add_all(fresh)
        with scope.elevated():
            outbox.announce(document, occasion, {n.to_id: wanted[n.to_id] for n in fresh}, fresh[0])


def warn(to: Iterable[Employee | None], subject: Any, about: Entity) -> None:
    """Tell people something about the house itself, whether or not they may open the record it is about: no link."""
    people = {e.id: e for e in to if e is not None and e.state is EmployeeState.ACTIVE and e.user_id is not None}
    told = [Notification(to_id=employee_id, subject=str(subject)[:200]) for employee_id in sorted(people)]
    if told:
        db.session.add_all(told)
        readers = {e.id: actor_of(e.user_id or 0, e.name) for e in people.values()}
        with scope.elevated():
            outbox.announce(about, "", readers, told[0], str(subject))


def _reader(employee: Employee, document: Entity) -> Actor | None:
    """A notice names a paper and its customer: it goes only to those who may see the paper."""
    if employee.user_id is None:
        return None
    actor = actor_of(employee.user_id, employee.name)
    return actor if scope.reaches(actor, document) else None


def in_role(*roles: str) -> list[Employee]:
    """Employees at work whose account carries one of the roles."""
    working = Employee.state == EmployeeState.ACTIVE
    return list(db.session.scalars(sa.select(Employee).where(Employee.user_id.in_(holders_of(*roles)), working)))


def keepers_of(warehouse_id: int) -> list[Employee]:
    """Who keeps a warehouse."""
    return list(
        db.session.scalars(
            sa.select(Employee).where(
                Employee.id.in_(
                    sa.select(WarehouseKeeper.employee_id).where(WarehouseKeeper.warehouse_id == warehouse_id)
                )
            )
        )
    )


def todo_subject(document: Entity, what: Any) -> str:
    """“ZJHT-20261123-0007 安徽恒达: waiting for your approval”."""
    customer = getattr(document, "customer", None)
    head = f"{document} {customer}" if customer is not None else str(document)
    return gettext("%(document)s: %(what)s", document=head, what=str(what))
