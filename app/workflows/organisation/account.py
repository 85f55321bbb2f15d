"""Login accounts: passwords, roles, sessions. The only writer of the framework's user rows."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role
from flask_babel import gettext
from werkzeug.security import check_password_hash, generate_password_hash

from ... import clock
from ...database import db
from ...errors import MissingData
from ...models import AccountState, Employee, LoginAttempt, LoginSession

SHORTEST, LONGEST = 10, 128
# Words people begin with; what they put around them (digits, signs, 1 for i, 0 for o) makes them no better.
COMMON = frozenset(
    [
        "password",
        "passwd",
        "passcode",
        "admin",
        "administrator",
        "sysadmin",
        "root",
        "guest",
        "user",
        "test",
        "demo",
        "login",
        "welcome",
        "letmein",
        "iloveyou",
        "qwerty",
        "qwertyuiop",
        "qwertyui",
        "qwert",
        "asdf",
        "asdfgh",
        "asdfghjkl",
        "zxcv",
        "zxcvbn",
        "zxcvbnm",
        "qaz",
        "qazwsx",
        "qazwsxedc",
        "qazwsxedcrfv",
        "wsx",
        "edc",
        "abc",
        "abcd",
        "abcde",
        "abcdefg",
        "abcabc",
        "aaa",
        "woaini",
        "woaiwojia",
        "woaizhongguo",
        "nihao",
        "mima",
        "wodemima",
        "zhongguo",
        "beijing",
        "shanghai",
        "hefei",
        "anhui",
        "monkey",
        "dragon",
        "sunshine",
        "princess",
        "superman",
        "football",
        "master",
        "secret",
        "changeme",
        "default",
        "company",
        "computer",
        "spring",
        "summer",
        "autumn",
        "winter",
        "january",
        "monday",
        "tiema",
        "gongcheng",
        "gongchengjixie",
        "wajueji",
        "zhuangzaiji",
        "waji",
        "peijian",
        "weixiu",
        "caiwu",
        "caterpillar",
        "komatsu",
        "hitachi",
        "kobelco",
        "sany",
        "xcmg",
        "zoomlion",
        "liugong",
        "lonking",
        "doosan",
        "volvo",
        "xugong",
        "sanyi",
        "zhonglian",
        "hengtuo",
        "tiemadealer",
    ]
) | {"密码", "口令", "铁马", "工程机械", "挖掘机", "装载机", "我爱你", "中国", "公司", "财务", "配件"}
WALKS = ("01234567890123456789", "98765432109876543210", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn",
         "1q2w3e4r5t6y7u8i9o0p", "abcdefghijklmnopqrstuvwxyz", "5201314", "147258369147258369", "123123123123", "112233445566")  # fmt: skip
LOOKALIKES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
ADMINISTRATOR = "sysadmin"


def check_strength(password: str, *names: str) -> None:
    """Ten characters or more, no common word of people or of this trade, not the account's own name.

    Raises: MissingData beside the field.
    """
    low = password.lower()
    if not SHORTEST <= len(password) <= LONGEST or "\x00" in password:
        raise MissingData(
            gettext("A password has %(low)s to %(high)s characters", low=SHORTEST, high=LONGEST), field="password"
        )
    if _is_common(low) or len(set(low)) < 4 or any(n and len(n) > 2 and n.lower() in low for n in names):
        raise MissingData(gettext("This password is too easy to guess; please take another"), field="password")


def _is_common(low: str) -> bool:
    """Whether nothing is left of a password but a word everybody tries, with digits and signs around it."""
    if any(low in walk for walk in WALKS):
        return True
    cores = {_letters(low), _letters(low.translate(LOOKALIKES)), _letters(low.strip("0123456789!@#$%^&*._- "))}
    cores.add(_letters(low.strip("0123456789!@#$%^&*._- ").translate(LOOKALIKES)))
    return any(core in COMMON or (core and core in WALKS) for core in cores)


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalpha())


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
    employee.account_roles = ",".join(sorted(roles))
    db.session.add(user)
    db.session.flush()
    db.session.add(
        AccountState(
            user_id=user.id, must_change_password=must_change, is_demo=is_demo, password_changed_at=clock.now()
        )
    )
    return user


def set_roles(employee: Employee, roles: list[str]) -> None:
    """Give an account these roles and no others; they count from its next click on."""
    user = db.session.get_one(User, employee.user_id)
    employee.account_roles = ",".join(sorted(roles))
    user.roles = list(db.session.scalars(sa.select(Role).where(Role.name.in_(roles))))
    db.session.flush()


def hold_administrators() -> None:
    """Let nobody else change who administers until this transaction ends: two who remove each other meet here."""
    table = Role.__table__
    db.session.execute(sa.update(table).where(table.c.name == ADMINISTRATOR).values(name=ADMINISTRATOR))


def is_last_administrator(user_id: int) -> bool:
    """Whether nobody but this account could open, reset or close accounts."""
    link, role, user = assoc_user_role, Role.__table__, User.__table__
    administrators = (
        sa.select(link.c.user_id)
        .join(role, role.c.id == link.c.role_id)
        .join(user, user.c.id == link.c.user_id)
        .where(role.c.name == ADMINISTRATOR, user.c.active)
    )
    return list(db.session.scalars(administrators)) == [user_id]


def set_password(user_id: int, password: str, *, must_change: bool, reset_by: int | None = None) -> None:
    """Store a new password; every open session of the account ends. reset_by: the administrator who chose it."""
    user = db.session.get_one(User, user_id)
    check_strength(password, user.username)
    user.password = generate_password_hash(password)
    state = db.session.scalars(sa.select(AccountState).where(AccountState.user_id == user_id)).one_or_none()
    if state is None:
        state = AccountState(user_id=user_id)
        db.session.add(state)
    state.must_change_password, state.password_changed_at, state.is_demo = must_change, clock.now(), False
    if must_change:
        state.reset_at, state.reset_by_id = clock.now(), reset_by
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
