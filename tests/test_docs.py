"""The pages that are written from the code are current, and the tour names real things."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from app import documentation
from app.documentation import pages
from app.enums import FulfilMode
from app.roles import ROLES
from tests.kit import World

ROOT = Path(__file__).resolve().parent.parent


def test_generated_pages_are_current(world: World) -> None:
    for name, text in pages().items():
        assert (ROOT / "docs" / "generated" / name).read_text(encoding="utf-8") == text, f"run `flask docs`: {name}"


def test_generated_pages_speak_chinese(world: World) -> None:
    assert (
        "整机合同" in pages()["dictionary.md"] and "待审核" in pages()["states.md"] and "业务员" in pages()["roles.md"]
    )


def test_the_ways_of_a_part_are_drawn_from_the_verbs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every arrow is a verb that this role may fire from where the one before left; a changed verb changes the page."""
    for steps in documentation.WAYS.values():
        for role, step in steps:
            assert step.verb in ROLES[role].grants[step.flow.entity.__name__].verbs, (role, step.verb)
    page = documentation.emergency_ways()
    assert page.count("```mermaid") == 3 and "匹配库房" in page and "直发技师" in page
    step = documentation.WAYS[FulfilMode.STOCK][0][1]
    renamed = dataclasses.replace(step, label="换个说法")
    monkeypatch.setitem(documentation.WAYS, FulfilMode.STOCK, (("clerk", renamed),))
    assert "换个说法" in documentation.emergency_ways()


def test_the_tour_names_real_files_and_names() -> None:
    text = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
    files = sorted(set(re.findall(r"`(app/[\w/]+\.py)`", text)))
    assert len(files) >= 10
    for path in files:
        assert (ROOT / path).is_file(), path
    for path, names in re.findall(r"`(app/[\w/]+\.py)`(?:,| →)((?: (?:class )?`[\w.]+`,?)+)", text):
        source = (ROOT / path).read_text(encoding="utf-8")
        for name in re.findall(r"`([\w.]+)`", names):
            last = name.split(".")[-1]
            assert re.search(rf"(class|def) {last}\b|^\s*{last}\b\s*[:=]", source, re.M), f"{name} is not in {path}"


@pytest.mark.parametrize(
    "page", ["README.md", "framework.md", "transactions.md", "screens.md", "people.md", "background.md"]
)
def test_decisions_exist(page: str) -> None:
    assert len((ROOT / "docs" / "decisions" / page).read_text(encoding="utf-8")) > 300
