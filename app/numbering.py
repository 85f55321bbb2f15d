"""Document numbers: ZJHT-20261123-0007, one count per prefix and day, taken inside the document's transaction.

Two at once never get the same number; a rolled back transaction gives its number back.
"""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from . import clock

_NEXT = sa.text(
    "INSERT INTO document_sequence (prefix, day, last) VALUES (:prefix, :day, :count) "
    "ON CONFLICT (prefix, day) DO UPDATE SET last = document_sequence.last + :count RETURNING last"
)


def next_number(session: Session, prefix: str, day: date | None = None) -> str:
    """The next dated number under a prefix; take it late, the row stays locked until the commit."""
    stamp = f"{day or clock.today():%Y%m%d}"
    last = session.execute(_NEXT, {"prefix": prefix, "day": stamp, "count": 1}).scalar_one()
    return f"{prefix}-{stamp}-{last:04d}"


def next_code(session: Session, prefix: str) -> str:
    """The next undated number of a master record: KH000123."""
    return next_codes(session, prefix, 1)[0]


def next_codes(session: Session, prefix: str, count: int) -> list[str]:
    """As many undated numbers in a row, taken at once."""
    last = session.execute(_NEXT, {"prefix": prefix, "day": "", "count": count}).scalar_one()
    return [f"{prefix}{number:06d}" for number in range(last - count + 1, last + 1)]
