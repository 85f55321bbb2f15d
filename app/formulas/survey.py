"""问卷总分: what the points of a questionnaire make of 100. Source: brief S31; scenario A3, step 16."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

MOST = 5
LOW_POINTS, LOW_TOTAL = 2, 60


def total_score(points: Iterable[tuple[int, int]]) -> int | None:
    """Σ weight × points / Σ weight × 5, of 100, rounded half up once; None where nothing counts.

    points: (weight, points from 1 to 5) of every question that was answered by points.
    """
    answered = list(points)
    whole = sum(weight for weight, _ in answered) * MOST
    if not whole:
        return None
    got = sum(weight * given for weight, given in answered)
    return int((Decimal(100 * got) / whole).quantize(Decimal(1), ROUND_HALF_UP))


def is_low(total: int | None, points: Iterable[int]) -> bool:
    """Whether somebody has to look into it: one answer of at most 2 points, or less than 60 in all."""
    return any(given <= LOW_POINTS for given in points) or (total is not None and total < LOW_TOTAL)
