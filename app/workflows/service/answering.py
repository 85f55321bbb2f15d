"""回访结果: what the customer says, by phone to customer care or by himself through a link; what is bad becomes a complaint.

Any answer of at most 2 points or a total below 60 makes the complaint in the same transaction. Source: brief S31, S32.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import changed_rows, db
from ...enums import ComplaintKind, SurveyDimension, VisitChannel, VisitState
from ...errors import WrongState
from ...formulas.survey import LOW_POINTS
from ...models import Complaint, Employee, LoginSession, RatingLink, VisitTask
from . import complaint, survey, visit
from .visit import flow

S = VisitState
K, D = ComplaintKind, SurveyDimension
LINK = RatingLink.__table__
KINDS = {D.SPEED: K.DELAY, D.PARTS: K.DELAY, D.MANNER: K.MANNER, D.PRICE: K.PRICE}


def came_of(task: VisitTask) -> str:
    """What a call brought: the score, and the complaint that was made of it."""
    made = db.session.scalar(sa.select(Complaint).where(Complaint.visit_id == task.id).order_by(Complaint.id.desc()))
    told = [gettext("score %(score)s", score=task.score)] if task.score is not None else []
    told += [gettext("complaint %(number)s was made", number=made.number)] if made is not None else []
    return f"{task.number}：{'，'.join(told)}"


@flow.transition(
    S.PENDING, S.NO_ANSWER, to=S.DONE, label=_("Record the answer"), icon="phone", tone="primary", outcome=came_of
)
def complete(
    task: VisitTask,
    by: Actor,
    *,
    lines: list[dict[str, Any]] | None = None,
    answer: str | None = None,
    channel: VisitChannel | None = None,
) -> None:
    """已回访: the questionnaire as the customer answered it, and what else he said.

    lines: [{"id": question id, "score": Rating, "words": text}].
    """
    task.channel = channel or task.channel
    visit.asked_by(task, by)
    _take_down(task, lines, answer)


@flow.transition(S.PENDING, S.NO_ANSWER, to=S.DONE, label=_("Customer's own rating"), is_public=False)
def rate(
    task: VisitTask,
    by: Actor,
    *,
    token_hash: str,
    lines: list[dict[str, Any]],
    answer: str | None = None,
    browser: str = "",
) -> None:
    """客户自评: through his link, once; whoever comes second finds it used.

    An answer from the network in which whoever showed the link works himself is marked, to be verified with a call.
    Raises: WrongState where the link is used, replaced or past its last day.
    """
    claim = (
        sa.update(LINK)
        .where(
            LINK.c.token_hash == token_hash,
            LINK.c.visit_id == task.id,
            LINK.c.used_at.is_(None),
            LINK.c.expires_at > clock.now(),
        )
        .values(used_at=clock.now())
    )
    if changed_rows(claim) != 1:
        raise WrongState(gettext("This link was used already or has expired"))
    task.channel = VisitChannel.LINK
    task.rated_from, task.rated_with = by.address or None, browser[:60] or None
    task.link_by_id = db.session.scalar(sa.select(LINK.c.made_by_id).where(LINK.c.visit_id == task.id))
    task.is_doubtful = _is_own_network(by.address, task.link_by_id)
    _take_down(task, lines, answer)


@flow.transition(
    S.PENDING, S.NO_ANSWER, to=S.TRANSFERRED, label=_("Pass on as a complaint"), icon="triangle-exclamation",
    outcome=came_of,
)  # fmt: skip
def transfer(task: VisitTask, by: Actor, *, kind: ComplaintKind, is_quality: bool, content: str) -> None:
    """转投诉: the customer complains instead of answering."""
    task.answer, task.visited_at = content, clock.now()
    visit.asked_by(task, by)
    complaint.raise_from(task, kind=kind, is_quality=is_quality, content=content)
    visit.end(task)


def _is_own_network(address: str, employee_id: int | None) -> bool:
    """Whether the employee worked from this address within a day."""
    session, person = LoginSession.__table__, Employee.__table__
    same = (
        sa.select(session.c.id)
        .join(person, person.c.user_id == session.c.user_id)
        .where(
            person.c.id == employee_id,
            session.c.address == address,
            session.c.seen_at > clock.now() - timedelta(days=1),
        )
    )
    return bool(address) and db.session.scalar(same.limit(1)) is not None


def _take_down(task: VisitTask, lines: list[dict[str, Any]] | None, answer: str | None) -> None:
    is_low = survey.take(task, lines)
    task.answer, task.visited_at = (answer or "").strip()[:1000] or None, clock.now()
    order = task.work_order
    if order is not None:
        order.score, order.rated_at = task.score, task.visited_at
    db.session.flush()
    if is_low:
        low = [entry.dimension for entry in task.answers if entry.score is not None and entry.score <= LOW_POINTS]
        words = gettext("The customer is not content: %(what)s", what="、".join(map(str, low or [D.OVERALL])))
        kind = next((KINDS[dimension] for dimension in low if dimension in KINDS), K.OTHER)
        complaint.raise_from(task, kind=kind, is_quality=False, content=words)
    visit.end(task)
