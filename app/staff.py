"""Who an account is at work: employee, roles, departments, warehouses; read without rows of persons, it makes them."""

from __future__ import annotations

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import Role, assoc_user_role

from .actor import Actor
from .database import db
from .models import Department, Employee, Warehouse, WarehouseKeeper
from .roles import ROLES, Rows


def actor_of(user_id: int, username: str, address: str = "") -> Actor:
    """Who the account is: employee, roles, departments, warehouses."""
    person, roles = Employee.__table__, Role.__table__
    employee = db.session.execute(
        sa.select(person.c.id, person.c.name, person.c.department_id).where(person.c.user_id == user_id)
    ).first()
    codes = frozenset(
        db.session.scalars(
            sa.select(roles.c.name)
            .join(assoc_user_role, assoc_user_role.c.role_id == roles.c.id)
            .where(assoc_user_role.c.user_id == user_id)
        )
    )
    reach = {grant.rows for code in codes & ROLES.keys() for grant in ROLES[code].grants.values()}
    departments: frozenset[int] = frozenset()
    kept: set[int] = set()
    if employee is not None and Rows.DEPARTMENT in reach:
        departments = _subtree(employee.department_id)
    if employee is not None and Rows.KEPT in reach:
        keeper = WarehouseKeeper.__table__
        kept |= set(db.session.scalars(sa.select(keeper.c.warehouse_id).where(keeper.c.employee_id == employee.id)))
    if employee is not None and reach & {Rows.KEPT, Rows.OWN}:
        store = Warehouse.__table__
        kept |= set(
            db.session.scalars(sa.select(store.c.id).where(store.c.owner_id == employee.id, store.c.is_enabled))
        )
    return Actor(
        name=employee.name if employee else username,
        employee_id=employee.id if employee else None,
        user_id=user_id,
        roles=codes,
        department_ids=departments,
        warehouse_ids=frozenset(kept),
        address=address,
    )


def _subtree(department_id: int) -> frozenset[int]:
    """A department and everything below it."""
    table = Department.__table__
    below = sa.select(table.c.id).where(table.c.id == department_id).cte(recursive=True)
    below = below.union(sa.select(table.c.id).join(below, table.c.parent_id == below.c.id))
    return frozenset(db.session.scalars(sa.select(below.c.id)))
