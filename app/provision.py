"""Permissions in the database made equal to roles.py: what is missing is added, what is too much is taken away."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import product
from typing import Any

import sqlalchemy as sa
from flask import current_app
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
from .enums import (
    ApprovalPaper,
    ArchiveItem,
    CostTarget,
    CustomerKind,
    Industry,
    PayMode,
    PriceLevel,
    QuestionKind,
    SaleApprover,
    SaleDetail,
    SurveyDimension,
    VisitSource,
    WarehouseKind,
)
from .models import (
    ApprovalRule,
    ApprovalStep,
    ArchiveRule,
    Dealer,
    SaleType,
    SurveyQuestion,
    SurveyTemplate,
    VisitPlan,
    Warehouse,
)
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
    """Rows that every dealer has from the first day: places outside the stores, kinds of parts sales, who approves what, what
    archives hold, what customers are asked and when, the name of the house. Safe to repeat: what people have changed since stays."""
    with acting_as(SYSTEM):
        have = set(db.session.scalars(sa.select(Warehouse.kind)))
        for number, kind in enumerate(OUTSIDE, 1):
            if kind not in have:
                db.session.add(Warehouse(code=f"XN{number:02d}", name=str(kind), kind=kind, is_enabled=False))
        codes = set(db.session.scalars(sa.select(SaleType.code)))
        for code, name, words in SALE_TYPES:
            if code not in codes:
                db.session.add(SaleType(code=code, name=name, **words))
        asked, kind, item = ArchiveRule.pay_mode, ArchiveRule.customer_kind, ArchiveRule.item
        rules = {(row[0], row[1], row[2]) for row in db.session.execute(sa.select(asked, kind, item))}
        for rule in sorted(_archive_rules(), key=lambda r: (r.pay_mode.value, r.customer_kind.value, r.item.value)):
            if (rule.pay_mode, rule.customer_kind, rule.item) not in rules:
                db.session.add(rule)
        found = db.session.execute(sa.select(ApprovalRule.paper, ApprovalRule.pay_mode)).all()
        ruled, about = {row.paper for row in found}, {(row.paper, row.pay_mode) for row in found}
        for sequence, (paper, name, roles, conditions) in enumerate(APPROVAL_RULES, 1):
            mode = conditions.get("pay_mode")
            if paper not in ruled or (mode is not None and (paper, mode) not in about):
                steps = [ApprovalStep(line_number=n, role=role) for n, role in enumerate(roles, 1)]
                rule = ApprovalRule(name=name, paper=paper, sequence=sequence * 10, steps=steps, **conditions)
                db.session.add(rule)
        if db.session.scalar(sa.select(sa.func.count()).select_from(SurveyTemplate.__table__)) == 0:
            for source, name, questions in QUESTIONNAIRES:
                lines = [
                    SurveyQuestion(line_number=n, dimension=d, question=q, weight=w, kind=QuestionKind.SCORE)
                    for n, (d, q, w) in enumerate(questions, 1)
                ]
                lines.append(SurveyQuestion(**LAST_WORD, line_number=len(lines) + 1))
                db.session.add(SurveyTemplate(name=name, source=source, questions=lines))
        if db.session.scalar(sa.select(sa.func.count()).select_from(VisitPlan.__table__)) == 0:
            db.session.add_all(VisitPlan(**words) for words in VISIT_PLANS)
        if db.session.scalar(sa.select(sa.func.count()).select_from(Dealer.__table__)) == 0:
            db.session.add(Dealer(name=current_app.config["DEALER_NAME"] or None))
        db.session.commit()


def _archive_rules() -> list[ArchiveRule]:
    """What archives hold when nobody has said otherwise."""
    return [
        ArchiveRule(pay_mode=mode, customer_kind=kind, item=item, is_required=item in NEEDED[mode is not PayMode.FULL])
        for mode, kind in product(PayMode, CustomerKind)
        for item in (*ASKED[kind], *(ASKED_ON_CREDIT[kind] if mode is not PayMode.FULL else ()))
    ]


I = ArchiveItem  # noqa: E741 - the letter of the list
ASKED = {
    CustomerKind.COMPANY: (I.IDENTITY, I.PHONE, I.ADDRESS, I.LEGAL_REP, I.INVOICE, I.LICENCE),
    CustomerKind.PERSON: (I.IDENTITY, I.PHONE, I.ADDRESS, I.ID_CARD),
}
ASKED_ON_CREDIT = {
    CustomerKind.COMPANY: (I.BANK, I.GUARANTOR, I.SITE, I.CREDIT_CONSENT, I.PROPERTY),
    CustomerKind.PERSON: (
        I.BANK, I.SPOUSE, I.GUARANTOR, I.ASSET, I.SITE, I.HOUSEHOLD, I.MARRIAGE, I.PROPERTY, I.CREDIT_CONSENT,
    ),
}  # fmt: skip
# a dealer can sell from the first day: what the card proves by itself is needed; by instalments the papers are as well
NEEDED = {
    False: frozenset({I.IDENTITY, I.PHONE}),
    True: frozenset({I.IDENTITY, I.PHONE, I.LICENCE, I.ID_CARD, I.CREDIT_CONSENT}),
}


V, S = VisitSource, SurveyDimension
QUESTIONNAIRES: list[tuple[VisitSource, str, list[tuple[SurveyDimension, str, int]]]] = [
    (
        V.WORK_ORDER,
        "服务回访问卷",
        [
            (S.SPEED, "报修后我们来得及时吗？", 20),
            (S.SKILL, "师傅的技术您满意吗？", 20),
            (S.MANNER, "师傅的服务态度您满意吗？", 30),
            (S.PARTS, "需要的配件到得及时吗？", 10),
            (S.PRICE, "费用合理、讲得清楚吗？", 10),
            (S.OVERALL, "总的来说您满意吗？", 10),
        ],
    ),
    (
        V.DISPATCH,
        "交机回访问卷",
        [
            (S.SPEED, "交机时间和约定的一样吗？", 20),
            (S.MACHINE, "机器的状况您满意吗？", 30),
            (S.MANNER, "交机和讲解的态度您满意吗？", 20),
            (S.OVERALL, "总的来说您满意吗？", 30),
        ],
    ),
    (
        V.PERIODIC,
        "定期回访问卷",
        [
            (S.MACHINE, "机器近期的状况您满意吗？", 40),
            (S.PARTS, "配件供应您满意吗？", 20),
            (S.OVERALL, "总的来说您满意吗？", 40),
        ],
    ),
    (V.COMPLAINT, "投诉复访问卷", [(S.SPEED, "我们处理得及时吗？", 40), (S.OVERALL, "处理的结果您满意吗？", 60)]),
]
LAST_WORD: dict[str, Any] = {
    "dimension": S.OVERALL,
    "question": "您还想对我们说什么？",
    "kind": QuestionKind.WORDS,
    "weight": 0,
    "is_required": False,
}
VISIT_PLANS: list[dict[str, Any]] = [
    {"name": "交机后回访", "source": V.DISPATCH, "days_after": 3},
    {"name": "工单结算后回访", "source": V.WORK_ORDER, "days_after": 3},
    {"name": "投诉处理后复访", "source": V.COMPLAINT, "days_after": 7},
    {"name": "半年定期回访", "source": V.PERIODIC, "days_after": 0, "every_months": 6},
]  # fmt: skip


_MANAGER, _FINANCE, _GM = SaleApprover.SALES_MANAGER, SaleApprover.FINANCE, SaleApprover.GM
APPROVAL_RULES: list[tuple[ApprovalPaper, str, list[SaleApprover], dict[str, Any]]] = [
    (ApprovalPaper.CONTRACT, "所有整机合同", [_MANAGER], {}),
    (ApprovalPaper.CONTRACT, "分期合同加财务", [_FINANCE], {"pay_mode": PayMode.INSTALMENT}),
    (ApprovalPaper.CONTRACT, "按揭合同加财务", [_FINANCE], {"pay_mode": PayMode.MORTGAGE}),
    (ApprovalPaper.CONTRACT, "融资租赁合同加财务", [_FINANCE], {"pay_mode": PayMode.LEASE}),
    (ApprovalPaper.CONTRACT, "低于底价加总经理", [_GM], {"is_under_floor": True}),
    (
        ApprovalPaper.CONTRACT,
        "首付不足 15% 加总经理",
        [_GM],
        {"pay_mode": PayMode.INSTALMENT, "first_payment_under": Decimal("0.15")},
    ),
    (ApprovalPaper.CONTRACT, "客户有逾期加总经理", [_GM], {"is_overdue": True}),
    (ApprovalPaper.CANCELLATION, "合同取消", [_MANAGER, _FINANCE], {}),
    (ApprovalPaper.WITHDRAWAL, "撤销发车", [_MANAGER, _FINANCE], {}),
    (ApprovalPaper.RETURN, "退机", [_MANAGER, _FINANCE, _GM], {}),
]

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
    ("overhaul", "大修厂", {"only_industry": Industry.REPAIR}),
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
