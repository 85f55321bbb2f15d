"""保留期: what is kept for a while and then goes; the night asks, some rows at a time.

Sessions and attempts to log in stay for six months (网络安全法 第二十一条); a file that was taken away from a document can be
brought back by hand for three, its row with name, fingerprint, who and when stays for good.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from ...database import changed_rows
from ...models import Attachment, AttachmentContent, LoginAttempt, LoginSession

LOGINS, REMOVED_FILES = timedelta(days=180), timedelta(days=90)
AT_ONCE = 200


def forget_sessions(day: date) -> int:
    """Login sessions in which nothing was done for six months; ended or not, none of them lets anybody in."""
    table = LoginSession.__table__
    return _delete(table, table.c.seen_at < _before(day, LOGINS))


def forget_attempts(day: date) -> int:
    """Attempts to log in of more than six months ago."""
    table = LoginAttempt.__table__
    return _delete(table, table.c.at < _before(day, LOGINS))


def erase_removed(day: date) -> int:
    """The bytes of attachments that were taken away three months ago."""
    table, file = AttachmentContent.__table__, Attachment.__table__
    gone = sa.select(file.c.id).where(file.c.removed_at < _before(day, REMOVED_FILES))
    return _delete(table, table.c.attachment_id.in_(gone))


STEPS = (forget_sessions, forget_attempts, erase_removed)


def _before(day: date, kept: timedelta) -> datetime:
    return datetime.combine(day, time()) - kept


def _delete(table: Any, which: Any) -> int:
    """Some rows; gives how many, and 0 when none is left."""
    some = sa.select(table.c.id).where(which).order_by(table.c.id).limit(AT_ONCE)
    return changed_rows(sa.delete(table).where(table.c.id.in_(some)))
