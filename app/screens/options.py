"""Drop-downs that search while one types: by name, number and pinyin initials, within the actor's rows, 20 at a time."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from .. import actor as acting
from .. import models as m
from ..database import by_pinyin, db
from ..formulas import normal
from ..workflows.crm.customer import trouble
from .columns import describe
from .offer import Offer

PAGE = 20
PARTIES = ("customer", "supplier", "unit")

SEARCHED: dict[type[m.Entity], tuple[str, ...]] = {
    m.Employee: ("name", "initials", "staff_number"),
    m.Customer: ("name", "initials", "number", "mobile"),
    m.Contact: ("name", "initials", "number", "mobile"),
    m.Supplier: ("name", "initials", "number"),
    m.MachineModel: ("model", "brand"),
    m.MachineUnit: ("serial_number",),
    m.Part: ("part_number", "part_key", "name", "initials"),
    m.MachineContract: ("number",),
    m.Coupon: ("number",),
    m.Receivable: ("number",),
    m.ContractLine: (),
}


def searched(entity: type[m.Entity]) -> list[Any]:
    """The columns a typed word is looked for in; masked ones are left out for those who see the mask."""
    names = SEARCHED.get(entity) or tuple(n for n in ("number", "name", "code") if _is_text(entity, n))
    by = acting.current()
    return [getattr(entity, n) for n in names if by.unmasked(describe(entity, n).private)]


def _is_text(entity: type[m.Entity], name: str) -> bool:
    column = sa.inspect(entity).columns.get(name)
    return column is not None and isinstance(column.type, sa.String)


def escaped(term: str) -> str:
    """The term as LIKE takes it word for word."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def contains(columns: list[Any], term: str) -> Any:
    """Any of the columns contains the term in its own normal form, letter case aside."""
    return _like(columns, term, "%")


def begins(columns: list[Any], term: str) -> Any:
    """Any of the columns begins with the term in its own normal form, letter case aside."""
    return _like(columns, term, "")


def _like(columns: list[Any], term: str, before: str) -> Any:
    found = [
        column.ilike(f"{before}{escaped(wanted)}%", escape="\\")
        for column in columns
        for wanted in normal.WANTED[getattr(column, "info", {}).get("form", "line")](term)
        if wanted
    ]
    return sa.or_(*found) if found else sa.false()


def option_text(row: m.Entity) -> str:
    """One line to recognise a row by; never a cost, never a masked number."""
    if isinstance(row, m.Customer):
        word = trouble(row)
        return f"{row.name}（{row.number}）" + (f"【{word}】" if word else "")
    if isinstance(row, m.Contact):
        return f"{row.name}（{row.salesperson.name}）"
    if isinstance(row, m.MachineUnit):
        return f"{row.serial_number}（{row.model}，{row.state}）"
    if isinstance(row, m.Part):
        return f"{row.part_number} {row.name} {row.specification or ''}".strip()
    if isinstance(row, m.PartQuotation):
        return f"{row.number}（{row.customer.name}，{row.total_amount:,.2f}）"
    if isinstance(row, m.Coupon):
        return f"{row.number}（{row.type}，{row.balance:,.2f}）"
    if isinstance(row, m.ContractLine):
        return f"{row.line_number}. {row.model} {row.unit or ''}".strip()
    if isinstance(row, m.Receivable):
        due = f"，{row.due_on:%Y-%m-%d}" if row.due_on else ""
        word = f"{row.kind} {row.fee_kind}" if row.fee_kind else f"{row.kind} {row.period}" if row.period else row.kind
        return f"{row.number}（{word}，{row.outstanding_amount:,.2f}{due}）"
    if isinstance(row, m.Payable):
        return f"{row.number}（{row.kind}，{row.outstanding_amount:,.2f}）"
    if isinstance(row, m.Document) and type(row).__str__ is m.Entity.__str__:
        return _paper_text(row)
    return str(row)


def _paper_text(row: m.Document) -> str:
    """GD-20261123-0007（安徽恒达，HT215-0007，维修中）: a number alone tells nobody which paper it is."""
    told = [value for name in PARTIES if (value := getattr(row, name, None)) is not None]
    if hasattr(row, "state"):
        told.append(row.state)
    return f"{row.number}（{'，'.join(map(str, told))}）" if told else row.number


def _about(entity: type[m.Entity], term: str) -> list[Any]:
    """A paper is found by whom and what it is about as well."""
    if not issubclass(entity, m.Document):
        return []
    parties = [sa.inspect(entity).relationships[n] for n in PARTIES if n in sa.inspect(entity).relationships]
    return [getattr(entity, r.key).has(contains(searched(r.mapper.class_), term)) for r in parties]


def search(
    entity: type[m.Entity], term: str, page: int, offer: Offer = Offer(), given: dict[str, str] | None = None
) -> dict[str, Any]:
    """One page of options in the shape select2 reads: {"results": [{id, text}], "pagination": {"more": bool}}."""
    query = offer.of(sa.select(entity), entity, given or {})
    if term:
        query = query.where(sa.or_(contains(searched(entity), term), *_about(entity, term)))
    loads = [
        selectinload(getattr(entity, n))
        for n in ("salesperson", "model", "type", *PARTIES)
        if n in sa.inspect(entity).relationships
    ]
    order = by_pinyin(entity.name) if hasattr(entity, "name") else entity.id
    found = db.session.scalars(
        query.options(*loads).order_by(order, entity.id).offset((page - 1) * PAGE).limit(PAGE + 1)
    ).all()
    return {
        "results": [
            {"id": row.id, "text": option_text(row)}
            | ({"tone": "bad"} if isinstance(row, m.Customer) and trouble(row) else {})
            for row in found[:PAGE]
        ],
        "pagination": {"more": len(found) > PAGE},
    }
