"""3 整机, 审批: the rules, the decisions, and what every screen of a paper that is decided on shows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from .. import actor as acting
from .. import models as m
from ..enums import ContractState, PaperState
from ..screens import Lines, Screen, rows
from ..screens.columns import Column
from ..workflows.machines import approval
from .words import LEDGER, role_name


def for_my_approval(entity: Any) -> list[Any]:
    """Papers that wait for a role of mine and that I did not write or sell."""
    by = acting.current()
    me, contract = by.employee_id or 0, m.MachineContract
    sold = (
        entity.salesperson_id == me
        if entity is contract
        else entity.contract_id.in_(sa.select(contract.__table__.c.id).where(contract.__table__.c.salesperson_id == me))
    )
    return [
        entity.state == (ContractState.PENDING if entity is contract else PaperState.PENDING),
        entity.awaiting_role.in_(by.roles),
        ~sold,
        sa.or_(entity.created_by_id.is_(None), entity.created_by_id != me),
    ]


class Decided(Screen):
    """A paper that the roles of the approval rules decide on, one after the other."""

    computed_columns = {"content_check": Column("content_check", _("Content since the approval"), "text")}

    def offered(self, transition: Any, row: Any) -> bool:
        if transition.verb in ("approve", "reject"):
            return row.awaiting_role in acting.current().roles
        return True

    def value(self, row: Any, column: Column) -> Any:
        if column.name == "awaiting_role":
            return role_name(row.awaiting_role)
        return _content_check(row) if column.name == "content_check" else super().value(row, column)


def _content_check(row: Any) -> str:
    """Whether the paper is still what was approved, with the code of its content to compare."""
    if row.approved_hash is None:
        return ""
    same = approval.content_hash(row) == row.approved_hash
    words = gettext("The same as when it was approved") if same else gettext("Not what was approved")
    return f"{words}（{approval.check_code(row.approved_hash)}）"


class ApprovalRuleView(Screen):
    datamodel = rows(m.ApprovalRule)
    short_title, icon = _("Approval rules"), "list-check"
    help_text = _(
        "Every rule that fits a document adds its roles, in the order of the rules, each role once. The route is fixed when"
        " the document is submitted; a rule that is changed later counts for the next one."
    )
    key_column = "name"
    list_columns = [
        "sequence", "name", "paper", "who", "pay_mode", "amount_from", "amount_to", "first_payment_under", "is_under_floor",
        "is_overdue", "is_enabled",
    ]  # fmt: skip
    card_columns = ["paper", "sequence", "who", "is_enabled"]
    computed_columns = {"who": Column("who", _("Who has to agree"), "text")}
    also_load = ["steps"]
    search_columns = ["paper", "pay_mode", "is_enabled"]
    quick_columns = ["name"]
    base_order = ("sequence", False)
    sections = [
        (_("Approval rule"), ["name", "paper", "sequence", "is_enabled"]),
        (
            _("When it fits"),
            ["pay_mode", "amount_from", "amount_to", "first_payment_under", "is_under_floor", "is_overdue"],
        ),
    ]
    form_sections = sections
    lines = {"steps": Lines(("role",), need=True)}
    line_tables = {"steps": ["role"]}

    def value(self, row: m.Entity, column: Column) -> Any:
        if column.name == "who":
            return "、".join(str(step) for step in row.steps)  # type: ignore[attr-defined]
        return super().value(row, column)


class ApprovalRecordView(Screen):
    datamodel = rows(m.ApprovalRecord)
    short_title, icon = _("Approvals"), "stamp"
    offers = LEDGER
    key_column = "paper_number"
    list_columns = [
        "paper_number", "contract", "round", "step", "role", "result", "employee", "opinion", "decided_at", "content_hash",
    ]  # fmt: skip
    card_columns = ["role", "result", "employee", "opinion", "decided_at"]
    search_columns = ["contract", "employee", "result", "decided_at"]
    quick_columns = ["paper_number"]
    quick_references = ["contract"]
    sections = [
        (
            _("Approval record"),
            ["paper_number", "contract", "round", "step", "role", "result", "employee", "opinion", "decided_at", "content_hash"],
        )
    ]  # fmt: skip

    def value(self, row: m.Entity, column: Column) -> Any:
        value = super().value(row, column)
        if column.name == "content_hash":
            return approval.check_code(value)
        return role_name(value) if column.name == "role" else value
