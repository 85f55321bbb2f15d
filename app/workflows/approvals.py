"""Separation of duty for papers that one colleague approves: who wrote or submitted does not decide."""

from __future__ import annotations

from flask_babel import gettext

from ..actor import Actor
from ..errors import MustBeOther
from ..models import Document


def other_hands(document: Document, by: Actor) -> None:
    """Raises MustBeOther for the author of the paper."""
    if by.employee_id is not None and by.employee_id == document.created_by_id:
        raise MustBeOther(gettext("Who wrote a paper does not approve it; a colleague has to"))
