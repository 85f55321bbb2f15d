"""检查表: a template for a kind of service, of one model or of all; an order takes a copy of it when it is assigned.

Kept by the service manager and the administrator. Source: dictionary B-33.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import AttachmentKind, CheckKind
from ...errors import AlreadyThere, MissingData, NotYours, WrongAmount
from ...models import ChecklistAnswer, ChecklistTemplate, MachineUnit, WorkOrder
from .. import checks
from ..machine import Workflow
from ..system import attachment

flow = Workflow(ChecklistTemplate)
WORDS = {CheckKind.YES_NO: "is_yes", CheckKind.NUMBER: "number", CheckKind.TEXT: "words", CheckKind.PHOTO: "photo"}


@flow.before_save
def prepare(template: ChecklistTemplate) -> None:
    """One template in use per kind and model; no item twice."""
    checks.strip_texts(template)
    if not template.items:
        raise MissingData(gettext("Please enter at least one item to check"), field="items")
    seen: set[str] = set()
    for item in template.items:
        item.text = (item.text or "").strip()
        if item.text in seen:
            raise AlreadyThere(gettext("“%(item)s” stands there twice", item=item.text), field="items")
        seen.add(item.text)
    model_id = template.model.id if template.model else template.model_id
    twin = _standing(template).where(
        ChecklistTemplate.model_id.is_(None) if model_id is None else ChecklistTemplate.model_id == model_id
    )
    other = db.session.scalars(twin).first() if template.is_enabled else None
    if other is not None:
        raise AlreadyThere(
            gettext("“%(name)s” is for this kind and model already; disable it first", name=other.name), field="kind"
        )


def _standing(template: ChecklistTemplate) -> Any:
    return sa.select(ChecklistTemplate).where(
        ChecklistTemplate.kind == template.kind,
        ChecklistTemplate.is_enabled,
        ChecklistTemplate.id != (template.id or 0),
    )


def chosen(order: WorkOrder) -> ChecklistTemplate | None:
    """The template of the machine's model and the kind of service, else that of the kind."""
    unit = db.session.get(MachineUnit, order.unit_id) if order.unit_id else None
    fits: Any = ChecklistTemplate.model_id.is_(None)
    if unit is not None:
        fits = sa.or_(fits, ChecklistTemplate.model_id == unit.model_id)
    return db.session.scalars(
        sa.select(ChecklistTemplate)
        .where(ChecklistTemplate.kind == order.kind, ChecklistTemplate.is_enabled, fits)
        .order_by(ChecklistTemplate.model_id.is_(None))
    ).first()


def lay_out(order: WorkOrder) -> None:
    """Copy the fitting template to the order, unless somebody began to answer; called when the order is assigned."""
    if any(check.is_answered for check in order.checks):
        return
    template = chosen(order)
    order.checklist_id = template.id if template else None
    order.checks = []
    db.session.flush()
    order.checks = [
        ChecklistAnswer(
            line_number=number, text=item.text, kind=item.kind, unit_name=item.unit_name, is_required=item.is_required
        )
        for number, item in enumerate(template.items if template else [], 1)
    ]
    db.session.flush()


def answer(order: WorkOrder, by: Actor, answers: list[dict[str, Any]]) -> None:
    """Write down what was found. answers: {"id", and "is_yes", "number", "words" or "photo" by the kind of the item}.

    photo:  a file that was looked at (`file_content.examine`); without one the photo that is there stays.
    Raises: NotYours for an item of another order; WrongAmount for an answer of another kind.
    """
    mine = {check.id: check for check in order.checks}
    for given in answers:
        check = mine.get(given.get("id") or 0)
        if check is None:
            raise NotYours(gettext("This record does not exist or is not yours"))
        name = WORDS[check.kind]
        if given.keys() - {"id", name}:
            raise WrongAmount(gettext("“%(item)s” wants another kind of answer", item=check.text), field="answers")
        if name in given and _written(order, check, name, given[name]):
            check.answered_at, check.answered_by_id = clock.now(), by.employee_id
    db.session.flush()


def _written(order: WorkOrder, check: ChecklistAnswer, name: str, value: Any) -> bool:
    """Put one answer down; whether it says something else than before."""
    if name == "photo":
        if value is None:
            return False
        if not value.media_type.startswith("image/"):
            raise WrongAmount(gettext("“%(item)s” wants a photo", item=check.text), field="answers")
        kept = attachment.keep(order, AttachmentKind.CHECK_PHOTO, value)
        is_new = kept.id != check.photo_id
        check.photo_id = kept.id
        db.session.flush()
        db.session.refresh(check, ["photo"])
        return is_new
    value = (value or "").strip()[:500] or None if name == "words" else value
    is_new = getattr(check, name) != value
    setattr(check, name, value)
    return is_new


def missing(order: WorkOrder) -> list[str]:
    """What must be answered and is not."""
    return [check.text for check in order.checks if check.is_required and not check.is_answered]
