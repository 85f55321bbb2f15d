"""Where a technician's notices lead: to his pages on the phone, as far as they are there for him."""

from __future__ import annotations

from flask import url_for

from .. import actor as acting
from .. import models as m
from ..database import db
from ..enums import STANDING_ASSIGNMENTS
from . import van
from .work import orders_of_mine


def page_of(entity: str, row_id: int) -> str | None:
    """The phone page of a row that is the technician's own now; None for everybody and everything else."""
    if not acting.current().may("accept", "WorkOrder"):
        return None
    if entity == "WorkOrder":
        order = db.session.scalars(orders_of_mine(*STANDING_ASSIGNMENTS).where(m.WorkOrder.id == row_id)).one_or_none()
        return url_for("WorkView.order", number=order.number) if order else None
    if entity == "PartRequest":
        asked = next((r for r in van.requests() if r.id == row_id), None)
        return url_for("PartsView.request_", number=asked.number) if asked else None
    parcel = next((p for p in van.parcels() if type(p.paper).__name__ == entity and p.paper.id == row_id), None)
    return url_for("PartsView.collect", number=parcel.number) if parcel else None
