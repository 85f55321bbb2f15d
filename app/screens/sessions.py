"""Who is logged in: a cookie is a key to a row of `LoginSession`, and worth nothing once that row has ended."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app, request, session
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext
from flask_login import login_user
from sqlalchemy.exc import DBAPIError

from .. import clock
from ..database import changed_rows, db, is_lost
from ..models import AccountState, LoginSession

TABLE, STATE, USER = LoginSession.__table__, AccountState.__table__, User.__table__
BEHIND = (
    sa.select(
        TABLE.c.id, TABLE.c.user_id, TABLE.c.created_at, TABLE.c.seen_at, TABLE.c.revoked_at,
        USER.c.username, USER.c.active, STATE.c.must_change_password,
    )
    .join(USER, USER.c.id == TABLE.c.user_id)
    .outerjoin(STATE, STATE.c.user_id == TABLE.c.user_id)
    .where(TABLE.c.token_hash == sa.bindparam("token_hash"))
)  # fmt: skip
BROWSERS = (
    ("MicroMessenger", "微信"), ("wxwork", "企业微信"), ("DingTalk", "钉钉"), ("Lark|Feishu", "飞书"), ("Edg", "Edge"),
    ("Firefox", "Firefox"), ("Chrome|Chromium|CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
MACHINES = (
    ("iPhone|iPad", "iOS"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def live() -> Any:
    """The row behind the cookie of this request with its account, or None when it has ended in any way."""
    row = db.session.execute(BEHIND, {"token_hash": _hash(session.get("token", ""))}).first()
    now = clock.now()
    if (
        row is None
        or row.revoked_at is not None
        or not row.active
        or str(row.user_id) != str(session.get("_user_id"))
        or abs(now - row.created_at)
        > current_app.config["SESSION_LIFETIME"]  # either way: the clock may have been ahead
        or abs(now - row.seen_at) > current_app.config["SESSION_IDLE"]
    ):
        return None
    if now - row.seen_at > timedelta(minutes=1):
        _note_seen(row.id, now)
    return row


def _note_seen(session_id: int, now: datetime) -> None:
    """Write down that somebody is here; a house that can only be read for a while shows its pages all the same."""
    try:
        db.session.execute(sa.update(TABLE).where(TABLE.c.id == session_id).values(seen_at=now))
        db.session.commit()
    except DBAPIError as fault:
        db.session.rollback()
        if is_lost(fault):
            raise


def begin(user: User) -> None:
    """A fresh session: the old cookie's contents go, a new token comes."""
    user_id = user.id
    now, token = clock.now(), secrets.token_urlsafe(32)
    session.clear()
    login_user(user, remember=False)
    session["token"] = token
    db.session.execute(
        sa.insert(TABLE).values(
            token_hash=_hash(token),
            user_id=user_id,
            address=request.remote_addr or "",
            agent=(request.user_agent.string or "")[:200],
            created_at=now,
            seen_at=now,
        )
    )
    db.session.execute(sa.update(USER).where(USER.c.id == user_id).values(last_login=now))
    db.session.commit()


def is_this(row: Any) -> bool:
    """Whether a session is the one of this request."""
    return row.token_hash == _hash(session.get("token", ""))


def alive(user_id: int) -> list[Any]:
    """The sessions of an account that would still be let in, latest first."""
    config, now = current_app.config, clock.now()
    query = sa.select(TABLE).where(
        TABLE.c.user_id == user_id,
        TABLE.c.revoked_at.is_(None),
        TABLE.c.created_at >= now - config["SESSION_LIFETIME"],
        TABLE.c.seen_at >= now - config["SESSION_IDLE"],
    )
    return list(db.session.execute(query.order_by(TABLE.c.seen_at.desc(), TABLE.c.id.desc())))


def end(user_id: int, *, only: int | None = None, but_this: bool = False) -> int:
    """End sessions of an account: all, one of them, or all but the one of this request; gives how many."""
    ended = sa.update(TABLE).where(TABLE.c.user_id == user_id, TABLE.c.revoked_at.is_(None))
    if only is not None:
        ended = ended.where(TABLE.c.id == only)
    if but_this:
        ended = ended.where(TABLE.c.token_hash != _hash(session.get("token", "")))
    count = changed_rows(ended.values(revoked_at=clock.now()))
    db.session.commit()
    return count


def end_this() -> None:
    """End the session of this request."""
    token = session.get("token", "")
    db.session.execute(sa.update(TABLE).where(TABLE.c.token_hash == _hash(token)).values(revoked_at=clock.now()))
    db.session.commit()


def browser_name(agent: str) -> str:
    """A browser and its machine as people call them: Chrome · Windows."""
    words = [next((name for sign, name in table if re.search(sign, agent)), "") for table in (BROWSERS, MACHINES)]
    return " · ".join(word for word in words if word) or gettext("Unknown browser")
