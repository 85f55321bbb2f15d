"""员工 and accounts: opened, reset, unlocked and closed by the administrator alone."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_appbuilder.security.sqla.models import User

from app import models as m
from app.database import db
from app.enums import EmployeeState
from app.errors import AlreadyThere, MissingData, NotAllowed, WrongState
from app.unit_of_work import change, create, fire
from app.workflows.organisation import account
from tests.kit import World

GOOD = "Kx7-Bagger-2025"


def newcomer(world: World, number: str = "301", **more: str) -> m.Employee:
    values = {
        "staff_number": number,
        "name": "许新",
        "mobile": f"138552003{int(number) % 100:02d}",
        "department": world.row(m.Department, code="XSB"),
    }
    return create(m.Employee, values | more, by=world["sysadmin"])


def opened(world: World, username: str = "xuxin") -> m.Employee:
    return fire(
        newcomer(world), "open_account", by=world["sysadmin"], username=username, roles=["salesperson"], password=GOOD
    )


def user(world: World, name: str = "xuxin") -> User:
    return db.session.scalars(sa.select(User).where(User.username == name)).one()


def test_an_employee_has_initials_and_a_tidy_unique_mobile(world: World) -> None:
    made = newcomer(world, mobile="+86 138 5520 0301")
    assert made.mobile == "13855200301" and made.initials.endswith("x") and made.state is EmployeeState.ACTIVE
    with pytest.raises(AlreadyThere) as fault:
        newcomer(world, "302", mobile="13855200301")
    assert fault.value.field == "mobile"
    with pytest.raises(AlreadyThere) as fault:
        newcomer(world, "301", mobile="13855200399")
    assert fault.value.field == "staff_number"
    with pytest.raises(MissingData) as missing:
        newcomer(world, "303", mobile="12")
    assert missing.value.field == "mobile"


def test_an_account_is_opened_with_roles_and_a_first_password_to_change(world: World) -> None:
    employee = opened(world)
    made = user(world)
    assert world.row(m.Employee, id=employee.id).user_id == made.id and [r.name for r in made.roles] == ["salesperson"]
    assert account.is_password(made, GOOD) and world.row(m.AccountState, user_id=made.id).must_change_password
    assert GOOD not in str([log.changes for log in world.rows(m.AuditLog)])


def test_no_second_account_for_a_person_or_of_a_name(world: World) -> None:
    employee = opened(world)
    with pytest.raises(AlreadyThere) as fault:
        fire(employee, "open_account", by=world["sysadmin"], username="xuxin2", roles=["clerk"], password=GOOD)
    assert "xuxin" in str(fault.value)
    other = newcomer(world, "302")
    with pytest.raises(AlreadyThere) as fault:
        fire(other, "open_account", by=world["sysadmin"], username="XuXin", roles=["clerk"], password=GOOD)
    assert fault.value.field == "username"


@pytest.mark.parametrize(
    "weak", ["short", "x" * 129, "1234567890", "aaaaaaaaaaaa", "my-xuxin-pass", "pw-13855200301", "woaini1314"]
)
def test_a_weak_password_opens_nothing(world: World, weak: str) -> None:
    employee = newcomer(world)
    with pytest.raises(MissingData) as fault:
        fire(employee, "open_account", by=world["sysadmin"], username="xuxin", roles=["clerk"], password=weak)
    assert fault.value.field == "password" and world.row(m.Employee, id=employee.id).user_id is None


def test_a_reset_asks_for_a_new_password_and_ends_every_session(world: World) -> None:
    employee = opened(world)
    world.browser("xuxin")
    fire(employee, "reset_password", by=world["sysadmin"], password="Another-One-77")
    assert account.is_password(user(world), "Another-One-77") and not account.is_password(user(world), GOOD)
    assert all(s.revoked_at is not None for s in world.rows(m.LoginSession, user_id=user(world).id))
    assert world.row(m.AccountState, user_id=user(world).id).must_change_password
    bare = newcomer(world, "302")
    for verb, answers in (("reset_password", {"password": GOOD}), ("unlock", {})):
        with pytest.raises(MissingData):
            fire(bare, verb, by=world["sysadmin"], **answers)


def test_unlocking_forgets_the_attempts_of_this_account_only(world: World) -> None:
    employee = opened(world)
    for name in ("xuxin", "gm"):
        db.session.execute(
            sa.insert(m.LoginAttempt.__table__).values(
                account_hash=account.name_hash(name), address="10.0.0.1", at=sa.func.now()
            )
        )
    db.session.commit()
    fire(employee, "unlock", by=world["sysadmin"])
    assert [a.account_hash for a in world.rows(m.LoginAttempt)] == [account.name_hash("gm")]


def test_leaving_closes_the_account_and_papers_keep_the_name(world: World) -> None:
    employee = opened(world)
    world.browser("xuxin")
    fire(employee, "leave", by=world["sysadmin"])
    assert world.row(m.Employee, id=employee.id).state is EmployeeState.LEFT and user(world).active is False
    assert all(s.revoked_at is not None for s in world.rows(m.LoginSession, user_id=user(world).id))
    for verb, answers in (("leave", {}), ("reset_password", {"password": GOOD}), ("unlock", {})):
        with pytest.raises(WrongState):
            fire(employee, verb, by=world["sysadmin"], **answers)


def test_nobody_closes_his_own_account(world: World) -> None:
    me = world.row(m.Employee, id=world["sysadmin"].employee_id)
    with pytest.raises(AlreadyThere):
        fire(me, "leave", by=world["sysadmin"])
    assert world.row(m.Employee, id=me.id).state is EmployeeState.ACTIVE


def test_accounts_are_the_administrators(world: World) -> None:
    employee = newcomer(world)
    for nobody in ("gm", "sales_manager", "clerk"):
        with pytest.raises(NotAllowed):
            fire(employee, "open_account", by=world[nobody], username="x1", roles=["gm"], password=GOOD)
        with pytest.raises(NotAllowed):
            change(employee, {"name": "别名"}, by=world[nobody])
