"""问卷总分, worked out by hand: Σ weight × points / Σ weight × 5, of 100."""

from __future__ import annotations

import pytest

from app.formulas.names import courtesy
from app.formulas.survey import is_low, total_score


@pytest.mark.parametrize(
    "points, total",
    [
        ([(20, 5), (20, 5), (30, 3), (10, 5), (10, 5), (10, 5)], 88),  # 3 of 5 for what weighs 30 of 100: 12 are lost
        ([(10, 5)], 100),
        ([(10, 1)], 20),
        ([(1, 5), (1, 4), (1, 4)], 87),  # 13 of 15 = 86.67
        ([(1, 3), (1, 4)], 70),
        ([(3, 4), (5, 3)], 68),  # 27 of 40 = 67.5: half goes up
        ([(0, 1), (10, 5)], 100),  # what weighs nothing does not count
        ([(0, 1)], None),
        ([], None),
    ],
)
def test_the_total_is_the_weighted_share_of_the_points(points: list[tuple[int, int]], total: int | None) -> None:
    assert total_score(points) == total


@pytest.mark.parametrize(
    "total, points, low",
    [(88, [5, 3], False), (95, [5, 2], True), (59, [3], True), (60, [3], False), (None, [], False), (92, [1, 5], True)],
)
def test_one_answer_of_two_points_or_less_than_sixty_is_low(total: int | None, points: list[int], low: bool) -> None:
    assert is_low(total, points) is low


def test_a_stranger_is_told_the_surname() -> None:
    assert [courtesy(n) for n in ("李强", "欧阳锋", "欧阳", "王")] == ["李师傅", "欧阳师傅", "欧师傅", "王师傅"]
