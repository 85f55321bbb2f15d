"""Login accounts: passwords, roles, sessions. The only writer of the framework's user rows."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import Role, User
from flask_babel import gettext
from werkzeug.security import check_password_hash, generate_password_hash

from ... import clock
from ...database import db
from ...errors import MissingData
from ...models import AccountState, Employee, LoginAttempt, LoginSession

SHORTEST, LONGEST = 10, 128
COMMON = frozenset(
    [
        "1234567890",
        "0123456789",
        "12345678910",
        "123456789a",
        "a123456789",
        "qwertyuiop",
        "1qaz2wsx3edc",
        "password123",
        "password1234",
        "passw0rd123",
        "admin123456",
        "administrator",
        "woaini1314",
        "woaini520",
        "5201314520",
        "1111111111",
        "0000000000",
        "8888888888",
        "6666666666",
        "iloveyou123",
        "qwer123456",
        "asdf123456",
        "zxcvbnm123",
        "abc1234567",
        "abcd123456",
        "aa12345678",
        "tiema123456",
        "tiema12345",
        "gongcheng123",
        "wajueji123",
        "caterpillar",
        "komatsu123",
        "letmein123",
        "welcome123",
        "qazwsxedcrfv",
        "q1w2e3r4t5",
        "1q2w3e4r5t",
    ]
)


def check_strength(password: str, *names: str) -> None:
    """Ten characters or more, no common word, not the account's own name. Raises MissingData beside the field."""
    low = password.lower()
    if not SHORTEST <= len(password) <= LONGEST or "\x00" in password:
        raise MissingData(
            gettext("A password has %(low)s to %(high)s characters", low=SHORTEST, high=LONGEST), field="password"
        )
    if low in COMMON or len(set(low)) < 4 or any(n and len(n) > 2 and n.lower() in low for n in names):
        raise MissingData(gettext("This password is too easy to guess; please take another"), field="password")


def find(username: str) -> User | None:
    """The account of this name, whatever the case."""
    return db.session.scalars(sa.select(User).where(sa.func.lower(User.username) == username.strip().lower())).first()


def add(
    username: str, employee: Employee, roles: list[str], password: str, *, must_change: bool, is_demo: bool = False
) -> User:
    """A new account with roles; `is_demo` accounts may have the weak password of the demo."""
    if not is_demo:
        check_strength(password, username, employee.mobile)
    user = User(
        username=username.strip(),
        first_name=employee.name,
        last_name="",
        email=f"{username.strip()}@account.invalid",
        active=True,
        password=generate_password_hash(password),
    )
    user.roles = list(db.session.scalars(sa.select(Role).where(Role.name.in_(roles))))
    db.session.add(user)
    db.session.flush()
    db.session.add(
        AccountState(
            user_id=user.id, must_change_password=must_change, is_demo=is_demo, password_changed_at=clock.now()
        )
    )
    return user


def set_password(user_id: int, password: str, *, must_change: bool) -> None:
    """Store a new password; every open session of the account ends."""
    user = db.session.get_one(User, user_id)
    check_strength(password, user.username)
    user.password = generate_password_hash(password)
    state = db.session.scalars(sa.select(AccountState).where(AccountState.user_id == user_id)).one_or_none()
    if state is None:
        state = AccountState(user_id=user_id)
        db.session.add(state)
    state.must_change_password, state.password_changed_at, state.is_demo = must_change, clock.now(), False
    end_sessions(user_id)


def is_password(user: User, password: str) -> bool:
    """Whether this is the account's password."""
    return bool(user.password) and check_password_hash(user.password, password)


def end_sessions(user_id: int) -> None:
    """Every browser of this account is logged out at its next click."""
    table = LoginSession.__table__
    db.session.execute(
        sa.update(table).where(table.c.user_id == user_id, table.c.revoked_at.is_(None)).values(revoked_at=clock.now())
    )


def name_hash(username: Any) -> str:
    """How an account is counted in the login guard: people type passwords into the name field."""
    return hashlib.sha256(str(username).strip().lower().encode()).hexdigest()


def forget_attempts(username: str) -> None:
    """A right password, or the administrator, wipes the count of failed attempts."""
    table = LoginAttempt.__table__
    db.session.execute(sa.delete(table).where(table.c.account_hash == name_hash(username)))
