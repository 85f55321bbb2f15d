"""Who an account is at work: employee, roles, departments, warehouses; read without rows of persons, it makes them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role

from .actor import Actor
from .database import db
from .models import Department, Employee, Warehouse, WarehouseKeeper
from .roles import ROLES, Rows

_who: Any = sa.bindparam("who")
_person, _keeper, _store = Employee.__table__, WarehouseKeeper.__table__, Warehouse.__table__
_user, _role, _given = User.__table__, Role.__table__, assoc_user_role
PERSON = (
    sa.select(_person.c.id, _person.c.name, _person.c.department_id, _role.c.name.label("role"))
    .select_from(_user)
    .outerjoin(_person, _person.c.user_id == _user.c.id)
    .outerjoin(_given, _given.c.user_id == _user.c.id)
    .outerjoin(_role, _role.c.id == _given.c.role_id)
    .where(_user.c.id == _who)
)
KEPT = sa.select(_keeper.c.warehouse_id).where(_keeper.c.employee_id == _who)
OWNED = sa.select(_store.c.id).where(_store.c.owner_id == _who, _store.c.is_enabled)


def actor_of(user_id: int, username: str, address: str = "") -> Actor:
    """Who the account is: employee, roles, departments, warehouses."""
    found = db.session.execute(PERSON, {"who": user_id}).all()
    employee = next((row for row in found if row.id is not None), None)
    codes = frozenset(row.role for row in found if row.role is not None)
    reach = {grant.rows for code in codes & ROLES.keys() for grant in ROLES[code].grants.values()}
    departments: frozenset[int] = frozenset()
    kept: set[int] = set()
    if employee is not None and Rows.DEPARTMENT in reach:
        departments = _subtree(employee.department_id)
    if employee is not None and Rows.KEPT in reach:
        kept |= set(db.session.scalars(KEPT, {"who": employee.id}))
    if employee is not None and reach & {Rows.KEPT, Rows.OWN}:
        kept |= set(db.session.scalars(OWNED, {"who": employee.id}))
    return Actor(
        name=employee.name if employee else username,
        employee_id=employee.id if employee else None,
        user_id=user_id,
        roles=codes,
        department_ids=departments,
        warehouse_ids=frozenset(kept),
        address=address,
    )


def holders_of(*roles: str) -> Any:
    """Accounts that carry one of the roles, as a sub-select of their ids."""
    return (
        sa.select(assoc_user_role.c.user_id)
        .join(Role.__table__, Role.__table__.c.id == assoc_user_role.c.role_id)
        .where(Role.__table__.c.name.in_(roles))
    )


def _subtree(department_id: int) -> frozenset[int]:
    """A department and everything below it."""
    table = Department.__table__
    below = sa.select(table.c.id).where(table.c.id == department_id).cte(recursive=True)
    below = below.union(sa.select(table.c.id).join(below, table.c.parent_id == below.c.id))
    return frozenset(db.session.scalars(sa.select(below.c.id)))
