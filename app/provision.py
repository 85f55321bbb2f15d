"""Permissions in the database made equal to roles.py: what is missing is added, what is too much is taken away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask_appbuilder import AppBuilder
from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
)

from .actor import SYSTEM, acting_as
from .database import db
from .enums import CostTarget, PriceLevel, SaleApprover, SaleDetail, WarehouseKind
from .models import SaleType, Warehouse
from .roles import ROLES

FRAMEWORK_VERBS = frozenset({"list", "show", "add", "edit", "delete", "export"})


def permission_name(verb: str) -> str:
    """How the framework calls a verb: `can_list`, but `approve`."""
    return f"can_{verb}" if verb in FRAMEWORK_VERBS else verb


def wanted_permissions(appbuilder: AppBuilder) -> dict[str, set[tuple[str, str]]]:
    """Role code → {(permission, area)} for every area that has a screen. Raises ValueError for a verb no screen has."""
    offered: dict[str, set[str]] = {}
    for view in appbuilder.baseviews:
        offered.setdefault(view.class_permission_name, set()).update(view.base_permissions or ())
    wanted: dict[str, set[tuple[str, str]]] = {}
    for code, role in ROLES.items():
        wanted[code] = set()
        for entity, grant in role.grants.items():
            for verb in grant.verbs:
                name = permission_name(verb)
                if verb.startswith("can_") or name not in offered.get(entity, ()):
                    raise ValueError(f"role {code}: no screen offers {verb} on {entity}")
                wanted[code].add((name, entity))
    return wanted


def synchronise(appbuilder: AppBuilder) -> tuple[int, int]:
    """Make roles, permissions and grants exactly what the code says; gives (added, removed) grants. One commit."""
    session = db.session
    wanted = wanted_permissions(appbuilder)
    everything = set().union(*wanted.values())
    permissions = _rows(Permission, {name for name, _ in everything})
    areas = _rows(ViewMenu, {area for _, area in everything})
    roles = _rows(Role, {*wanted, "Admin", "Public"})
    pairs = {(p.permission_id, p.view_menu_id): p.id for p in session.scalars(sa.select(PermissionView))}
    for name, area in sorted(everything):
        pair = (permissions[name], areas[area])
        if pair not in pairs:
            made = PermissionView(permission_id=pair[0], view_menu_id=pair[1])
            session.add(made)
            session.flush()
            pairs[pair] = made.id
    table = assoc_permissionview_role
    should = {
        (roles[code], pairs[permissions[name], areas[area]]) for code, grants in wanted.items() for name, area in grants
    }
    are = {
        (row.role_id, row.permission_view_id)
        for row in session.execute(sa.select(table.c.role_id, table.c.permission_view_id))
    }
    for role_id, pair_id in are - should:
        session.execute(sa.delete(table).where(table.c.role_id == role_id, table.c.permission_view_id == pair_id))
    if should - are:
        session.execute(sa.insert(table), [{"role_id": r, "permission_view_id": p} for r, p in sorted(should - are)])
    live = {pair for _, pair in should}
    for stale in session.scalars(sa.select(PermissionView)).all():
        if stale.id not in live:
            session.delete(stale)
    session.commit()
    lay_foundations()
    return len(should - are), len(are - should)


def lay_foundations() -> None:
    """Rows that every dealer has from the first day: places outside the stores, kinds of parts sales. Safe to repeat."""
    with acting_as(SYSTEM):
        have = set(db.session.scalars(sa.select(Warehouse.kind)))
        for number, kind in enumerate(OUTSIDE, 1):
            if kind not in have:
                db.session.add(Warehouse(code=f"XN{number:02d}", name=str(kind), kind=kind, is_enabled=False))
        codes = set(db.session.scalars(sa.select(SaleType.code)))
        for code, name, words in SALE_TYPES:
            if code not in codes:
                db.session.add(SaleType(code=code, name=name, **words))
        db.session.commit()


OUTSIDE = (
    WarehouseKind.TRANSIT,
    WarehouseKind.SUPPLIER,
    WarehouseKind.CUSTOMER,
    WarehouseKind.INTERNAL,
    WarehouseKind.LOST,
)
SALE_TYPES: list[tuple[str, str, dict[str, Any]]] = [
    ("wholesale", "渠道批发", {"is_channel_only": True, "takes_coupons": False, "price_level": PriceLevel.WHOLESALE}),
    (
        "self_use",
        "内部自用",
        {"needs_customer": False, "makes_debt": False, "takes_coupons": False, "needs_quotation": False,
         "price_level": PriceLevel.INNER, "cost_target": CostTarget.DEPARTMENT, "detail": SaleDetail.DEPARTMENT},
    ),
    ("walk_in", "客户上门", {}),
    ("overhaul", "大修厂", {}),
    ("expo", "部品展会", {"detail": SaleDetail.EVENT}),
    (
        "used_refurb",
        "二手维修",
        {"needs_customer": False, "makes_debt": False, "takes_coupons": False, "needs_quotation": False,
         "price_level": PriceLevel.INNER, "cost_target": CostTarget.UNIT, "detail": SaleDetail.UNIT, "approver": SaleApprover.SERVICE_MANAGER},
    ),
    (
        "gift",
        "配件赠送",
        {"makes_debt": False, "takes_coupons": False, "needs_quotation": False, "cost_target": CostTarget.MARKETING,
         "detail": SaleDetail.REASON},
    ),
]  # fmt: skip


def _rows(entity: type, names: Iterable[str]) -> dict[str, int]:
    """name → id; missing names are added."""
    have = {row.name: row.id for row in db.session.scalars(sa.select(entity))}
    for name in sorted(set(names) - have.keys()):
        row = entity(name=name)
        db.session.add(row)
        db.session.flush()
        have[name] = row.id
    return have
