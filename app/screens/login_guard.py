"""How often a password may be tried: by account and address first, so that nobody is shut out by what a neighbour does.

    5 tries of one account from one address, then that account waits there
    30 tries of one account from everywhere, 50 from one address (of each account no more than its 5 count)

The two wider limits do not shut out who logged in from this address lately: the office behind one router goes on working.
Every try is written down before the password is looked at, so that parallel guesses count too, on every worker.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import abort, current_app, request
from flask_appbuilder.security.sqla.models import User

from .. import clock
from ..database import db
from ..models import LoginAttempt, LoginSession
from ..workflows.organisation import account

TABLE, SESSION, USER = LoginAttempt.__table__, LoginSession.__table__, User.__table__
HOME = timedelta(days=30)  # how long an address is known to be where somebody works


def count(username: str) -> None:
    """Write a try down; 429 when there were too many of late."""
    now = clock.now()
    name, address = account.name_hash(username), request.remote_addr or ""
    db.session.rollback()
    _forget_the_future(now)
    db.session.execute(sa.insert(TABLE).values(account_hash=name, address=address, at=now))
    db.session.commit()
    if _tries(now, TABLE.c.account_hash == name, TABLE.c.address == address) > _most("ACCOUNT"):
        abort(429)
    is_spread = _tries(now, TABLE.c.account_hash == name) > _most("ANYWHERE")
    if (is_spread or _by_address(now, address) > _most("ADDRESS")) and not _is_home(username, address, now):
        abort(429)


def is_locked(username: str) -> bool:
    """Whether an account has to wait somewhere now."""
    now, mine = clock.now(), TABLE.c.account_hash == account.name_hash(username)
    places = sa.select(sa.func.count()).where(mine, *_lately(now)).group_by(TABLE.c.address)
    tries = list(db.session.scalars(places))
    return max(tries, default=0) >= _most("ACCOUNT") or sum(tries) >= _most("ANYWHERE")


def _most(what: str) -> int:
    return int(current_app.config[f"LOGIN_TRIES_PER_{what}"])


def _lately(now: datetime) -> tuple[Any, ...]:
    return TABLE.c.at > now - current_app.config["LOGIN_WINDOW"], TABLE.c.at <= now + current_app.config["LOGIN_WINDOW"]


def _forget_the_future(now: datetime) -> None:
    """Tries that a clock wrote down which was ahead: nobody waits until that day comes."""
    db.session.execute(sa.delete(TABLE).where(TABLE.c.at > now + current_app.config["LOGIN_WINDOW"]))


def _tries(now: datetime, *where: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(TABLE).where(*where, *_lately(now))) or 0


def _by_address(now: datetime, address: str) -> int:
    """Tries from an address; who is shut out already adds no more to it."""
    each = sa.select(sa.func.count()).where(TABLE.c.address == address, *_lately(now)).group_by(TABLE.c.account_hash)
    return sum(min(tries, _most("ACCOUNT")) for tries in db.session.scalars(each))


def _is_home(username: str, address: str, now: datetime) -> bool:
    """Whether the account logged in from this address lately."""
    known = (
        sa.select(SESSION.c.id)
        .join(USER, USER.c.id == SESSION.c.user_id)
        .where(
            sa.func.lower(USER.c.username) == username.strip().lower(),
            SESSION.c.address == address,
            SESSION.c.created_at > now - HOME,
        )
        .limit(1)
    )
    return db.session.scalar(known) is not None
