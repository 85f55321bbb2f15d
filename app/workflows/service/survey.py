"""问卷: what is asked at a visit, and what the answers come to. Source: brief S31, S32; dictionary B-35a."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from ...database import db
from ...enums import QuestionKind, Rating, VisitSource
from ...errors import AlreadyThere, MissingData, WrongAmount
from ...formulas import survey
from ...models import SurveyAnswer, SurveyQuestion, SurveyTemplate, VisitTask
from .. import checks
from ..machine import Workflow

flow = Workflow(SurveyTemplate)
MOST = 20


@flow.before_save
def prepare(template: SurveyTemplate) -> None:
    """One questionnaire in use per reason; at least one question gives points; every change is a new edition."""
    checks.strip_texts(template)
    for entry in template.questions:
        checks.strip_texts(entry)
        if entry.kind is QuestionKind.WORDS:
            entry.weight = 0
        if entry.weight > 100:
            raise WrongAmount(gettext("A weight lies between 0 and 100"), field="questions")
    if not any(entry.weight for entry in template.questions):
        raise MissingData(gettext("At least one question has to give points"), field="questions")
    if len(template.questions) > MOST:
        raise WrongAmount(gettext("Nobody answers more than %(most)s questions", most=MOST), field="questions")
    other = db.session.scalars(
        sa.select(SurveyTemplate).where(
            SurveyTemplate.source == template.source, SurveyTemplate.is_enabled, SurveyTemplate.id != (template.id or 0)
        )
    ).first()
    if template.is_enabled and other is not None:
        raise AlreadyThere(
            gettext("“%(name)s” is in use for this reason; disable it first", name=other.name), field="source"
        )
    if template.id and any(db.session.is_modified(row) for row in (template, *template.questions)):
        template.edition += 1


def asked(source: VisitSource) -> list[SurveyQuestion]:
    """The questions in use for a reason, in order; none where no questionnaire is in use."""
    return list(
        db.session.scalars(
            sa.select(SurveyQuestion)
            .join(SurveyTemplate, SurveyTemplate.id == SurveyQuestion.template_id)
            .where(SurveyTemplate.source == source, SurveyTemplate.is_enabled)
            .order_by(SurveyTemplate.id, SurveyQuestion.line_number)
        )
    )


def take(visit: VisitTask, lines: list[dict[str, Any]] | None) -> bool:
    """Write the answers down, each with its question as it stands today; the visit's score follows from them.

    lines:  [{"id": question id, "score": Rating or None, "words": text or None}].
    Gives:  whether the answers are low enough for a complaint.
    Raises: MissingData where a question that has to be answered is not.
    """
    said = {int(line["id"]): line for line in lines or [] if line.get("id")}
    for number, question in enumerate(asked(visit.source), 1):
        told = said.get(question.id, {})
        score: Rating | None = told.get("score") if question.kind is QuestionKind.SCORE else None
        words = (told.get("words") or "").strip()[:500] or None
        if question.is_required and (score is None if question.kind is QuestionKind.SCORE else words is None):
            raise MissingData(gettext("Please answer: %(question)s", question=question.question), field="lines")
        if score is None and words is None:
            continue
        visit.answers.append(
            SurveyAnswer(
                line_number=number, dimension=question.dimension, question=question.question, weight=question.weight,
                score=score.points if score else None, words=words,
            )
        )  # fmt: skip
    points = [(entry.weight, entry.score) for entry in visit.answers if entry.score is not None]
    visit.score = survey.total_score(points)
    return survey.is_low(visit.score, [given for _, given in points])
