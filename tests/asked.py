"""Short words for visits, ratings and complaints."""

from __future__ import annotations

import secrets
from typing import Any

from app import models as m
from app.demo.quality import answered
from app.enums import ComplaintKind, VisitSource
from app.unit_of_work import create, fire
from app.workflows.service import rating
from tests.kit import D, World
from tests.vans import Vans

SERVICE = VisitSource.WORK_ORDER


def finished(world: World, vans: Vans, customer: m.Customer, technician: str = "tech1", **more: Any) -> m.WorkOrder:
    """Work done and told, nothing charged yet."""
    order = vans.at_work(vans.order(customer, **more), technician)
    meter = {"hour_meter": D(100)} if more.get("unit") else {}
    return vans.finish(order, technician, solution="修好了", travel_km=D(10), **meter)


def settled(world: World, vans: Vans, customer: m.Customer, technician: str = "tech1", **more: Any) -> m.WorkOrder:
    """Work done, reviewed and charged: its visit is planned."""
    order = finished(world, vans, customer, technician, **more)
    fire(order, "review", by=world["service_manager"], labour_price=D(150), travel_price=D(3))
    return fire(order, "settle", by=world["finance"])


def visit_of(world: World, order: m.WorkOrder) -> m.VisitTask:
    return world.row(m.VisitTask, work_order_id=order.id)


def link(row: Any, by: Any) -> str:
    """The token of a fresh rating link."""
    token = secrets.token_urlsafe(24)
    fire(row, "invite", by=by, token_hash=rating.hashed(token))
    return token


def complains(world: World, customer: m.Customer, unit: m.MachineUnit | None = None, **more: Any) -> m.Complaint:
    """Customer care takes it down: about quality where a machine is named."""
    kind = ComplaintKind.QUALITY if unit is not None else ComplaintKind.MANNER
    values = {"customer": customer, "unit": unit, "kind": kind, "content": "回转异响"} | more
    return create(m.Complaint, values, by=world["visits"])


__all__ = ["SERVICE", "answered", "complains", "finished", "link", "settled", "visit_of"]
