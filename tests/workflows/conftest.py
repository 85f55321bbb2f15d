"""After every story of this folder the books have to agree."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.database import db
from tests.books import check_books
from tests.kit import World


@pytest.fixture(autouse=True)
def books_agree(world: World) -> Iterator[None]:
    yield
    db.session.rollback()
    check_books()
