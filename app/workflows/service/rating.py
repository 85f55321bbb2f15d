"""评价链接: a door for one customer to one visit, for seven days, once; nothing but the hash of its token is kept.

Made by customer care, the service manager or the technician (who shows the code and sees no answer).
Source: brief S32; flows.md C4.5.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import OPEN_VISITS, VisitState, WorkOrderState
from ...errors import WrongState
from ...formulas.names import courtesy
from ...models import RatingAttempt, RatingLink, SurveyQuestion, VisitTask, WorkOrder
from . import answering, survey, visit
from .visit import flow as visits
from .work_order import flow as orders

W = WorkOrderState
LIFE = timedelta(days=7)
KEPT = timedelta(days=1)


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@visits.transition(VisitState.PENDING, VisitState.NO_ANSWER, to=None, label=_("Rating link"), icon="qrcode")
def invite(task: VisitTask, by: Actor, *, token_hash: str) -> None:
    """A fresh link; the one before it no longer works."""
    link = db.session.scalars(sa.select(RatingLink).where(RatingLink.visit_id == task.id)).one_or_none()
    if link is None:
        link = RatingLink(visit_id=task.id)
        db.session.add(link)
    link.token_hash, link.made_at, link.made_by_id = token_hash, clock.now(), by.employee_id
    link.expires_at, link.used_at = clock.now() + LIFE, None


@orders.transition(W.FINISHED, W.REVIEWED, W.SETTLED, to=None, label=_("Rating link"), icon="qrcode")
def invite_(order: WorkOrder, by: Actor, *, token_hash: str) -> None:
    """The work is done: the customer may rate it on the spot; its visit is planned now if it was not."""
    task = visit.of_order(order, at_once=True)
    assert task is not None
    if task.state not in OPEN_VISITS:
        raise WrongState(gettext("The customer has been asked about this order already"))
    invite(task, token_hash=token_hash)


@dataclass(frozen=True)
class Invitation:
    """All that the customer's page knows: what was done to which machine by whom, and the questions."""

    number: str
    kind: str
    model: str
    technician: str
    questions: list[SurveyQuestion]


def find(token_hash: str) -> VisitTask | None:
    """The visit behind a link that still works; unknown, used, replaced and expired ones are all None."""
    return db.session.scalars(
        sa.select(VisitTask)
        .join(RatingLink, RatingLink.visit_id == VisitTask.id)
        .where(
            RatingLink.token_hash == token_hash,
            RatingLink.used_at.is_(None),
            RatingLink.expires_at > clock.now(),
            VisitTask.state.in_(OPEN_VISITS),
        )
    ).one_or_none()


def invitation(task: VisitTask) -> Invitation:
    """What its page shows."""
    order, paper = task.work_order, task.work_order or task.dispatch or task
    return Invitation(
        number=paper.number,
        kind=str(order.kind if order is not None else task.source),
        model=task.unit.model.model if task.unit is not None else "",
        technician=courtesy(order.leader.name) if order is not None and order.leader is not None else "",
        questions=survey.asked(task.source),
    )


def submit(token_hash: str, lines: list[dict[str, Any]], answer: str | None, browser: str = "") -> VisitTask:
    """The customer's answers, once. Raises WrongState for a link that does not work (any more)."""
    task = find(token_hash)
    if task is None:
        raise WrongState(gettext("This link was used already or has expired"))
    answering.rate(task, token_hash=token_hash, lines=lines, answer=answer, browser=browser)
    return task


def forget_attempts() -> int:
    """Openings that no longer count; gives how many are gone."""
    table = RatingAttempt.__table__
    gone: Any = db.session.execute(sa.delete(table).where(table.c.at < clock.now() - KEPT))
    return int(gone.rowcount)
