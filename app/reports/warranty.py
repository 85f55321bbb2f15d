"""6 三包, 三包损失: what was claimed, granted and lost, by machine model, by manufacturer or claim by claim."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p

from .. import clock
from .. import models as m
from ..enums import ANSWERED_CLAIMS, LossGrouping
from .exact import total
from .report import Asked, Drill, Figure, Parameter, Report, Row, address

CLAIM, MODEL, SUPPLIER = m.WarrantyClaim.__table__, m.MachineModel.__table__, m.Supplier.__table__
UNIT = m.MachineUnit.__table__
MONEY = {
    "claim_amount": _("Claim in all"),
    "granted_amount": _("Granted"),
    "loss_amount": _("Warranty loss"),
}


class WarrantyLoss(Report):
    name, title = "WarrantyLoss", _("Warranty losses")
    help_text = _("Claims that the manufacturer answered in these days: claimed − granted = loss.")
    whose = m.WarrantyClaim
    parameters = (
        Parameter("day_from", _("Answered from"), "day", default=lambda: clock.today().replace(month=1, day=1)),
        Parameter("day_to", _("Answered until"), "day", default=clock.today),
        Parameter("model", _("Machine model"), "key", entity=m.MachineModel),
        Parameter("supplier", _("Manufacturer"), "key", entity=m.Supplier),
        Parameter(
            "group", _("Grouped by"), "choice", options=LossGrouping, default=lambda: LossGrouping.MODEL, needed=True
        ),
    )

    def ordered(self, asked: Asked) -> list[tuple[str, bool]]:
        if asked["group"] is LossGrouping.CLAIM:
            return [("answered_on", True), ("claim_id", True)]
        return [("loss_amount", True), ("group_id", False)]

    def figures(self, asked: Asked) -> list[Figure]:
        def behind(column: str) -> Callable[[Row, Asked], Drill | None] | None:
            if asked["group"] is LossGrouping.CLAIM:
                return None  # its number leads to it
            return lambda row, a: _behind(row, a, column)

        money = [
            Figure(name, label, "money", _("yuan"), "charge", total=True, drill=behind(name))
            for name, label in MONEY.items()
        ]
        share = Figure("share", _("Loss of what was claimed"), "percent", "%", "charge", order="", derive=_share)
        if asked["group"] is LossGrouping.CLAIM:
            return [
                Figure("number", _("Warranty claim"), "text", paper=lambda row: ("WarrantyClaim", row["claim_id"])),
                Figure("model_name", _("Machine model"), "text"),
                Figure("serial_number", _("Machine"), "text", paper=lambda row: ("MachineUnit", row["unit_id"])),
                Figure("supplier_name", _("Manufacturer"), "text"),
                Figure("answered_on", _p("claim", "Answered on"), "day"),
                *money,
                Figure("answer", _("Why less"), "text"),
            ]
        first = (
            Figure("model_name", _("Machine model"), "text")
            if asked["group"] is LossGrouping.MODEL
            else Figure("supplier_name", _("Manufacturer"), "text")
        )
        return [first, Figure("claims", _("Warranty claims"), "whole", total=True), *money, share]

    def query(self, asked: Asked, mine: Callable[[Any], Any]) -> sa.Select[Any]:
        given = []
        if asked.get("day_from"):
            given.append(CLAIM.c.answered_on >= asked["day_from"])
        if asked.get("day_to"):
            given.append(CLAIM.c.answered_on <= asked["day_to"])
        for word in ("model", "supplier"):
            if asked.get(word):
                given.append(CLAIM.c[f"{word}_id"] == asked[word].id)
        model_name = sa.func.coalesce(MODEL.c.brand + " " + MODEL.c.model, "").label("model_name")
        row = (
            sa.select(
                CLAIM.c.id.label("claim_id"), CLAIM.c.number, CLAIM.c.unit_id, CLAIM.c.model_id, CLAIM.c.supplier_id,
                CLAIM.c.answered_on, CLAIM.c.answer, *(CLAIM.c[name] for name in MONEY), model_name,
                SUPPLIER.c.name.label("supplier_name"), UNIT.c.serial_number,
            )
            .select_from(
                CLAIM.join(SUPPLIER, SUPPLIER.c.id == CLAIM.c.supplier_id)
                .outerjoin(MODEL, MODEL.c.id == CLAIM.c.model_id)
                .outerjoin(UNIT, UNIT.c.id == CLAIM.c.unit_id)
            )
            .where(CLAIM.c.state.in_(ANSWERED_CLAIMS), mine(CLAIM.c), *given)
            .subquery("row")
        )  # fmt: skip
        if asked["group"] is LossGrouping.CLAIM:
            return sa.select(row)
        by = "model" if asked["group"] is LossGrouping.MODEL else "supplier"
        key, name = row.c[f"{by}_id"], row.c[f"{by}_name"]
        sums = [total(row.c[n]).label(n) for n in MONEY]
        return sa.select(*[key.label("group_id"), name, sa.func.count().label("claims"), *sums]).group_by(key, name)


def _behind(row: Row, asked: Asked, column: str) -> Drill | None:
    """The claims behind a sum; none where the machine is not one of ours and has no model."""
    if row["group_id"] is None:
        return None
    by = "model" if asked["group"] is LossGrouping.MODEL else "supplier"
    kept = {name: asked.get(name) for name in ("model", "supplier")} | {by: row["group_id"]}
    days = {"answered_on_from": asked.get("day_from"), "answered_on_to": asked.get("day_to")}
    return Drill("WarrantyClaim", address(**kept, **days), column)


def _share(row: Row, _asked: Asked) -> Decimal:
    claimed = row["claim_amount"]
    return (row["loss_amount"] / claimed).quantize(Decimal("0.0001"), ROUND_HALF_UP) if claimed else Decimal(0)
