"""第二人确认: roles of weight count once a second person confirmed them; resets of those who decide are told.

Seen to fail on the code before: the administrator was 财务 and 总经理 with one press, and a reset told nobody.
"""

from __future__ import annotations

import pytest

from app import clock
from app import models as m
from app.actor import SYSTEM
from app.database import db
from app.errors import MissingData, MustBeOther, NotAllowed, WrongState
from app.roles import ROLES, WEIGHTY
from app.staff import actor_of
from app.unit_of_work import create, fire
from tests.kit import World, on_both
from tests.stories import hire

GOOD = "Kx7-Bagger-2025"


def person(world: World, username: str) -> m.Employee:
    return world.row(m.Employee, id=world[username].employee_id)


def roles(world: World, username: str) -> set[str]:
    return set(actor_of(world[username].user_id or 0, username).roles)


def told(world: World, username: str) -> list[str]:
    return [n.subject for n in world.rows(m.Notification, to_id=world[username].employee_id)]


def test_the_roles_of_weight_are_those_that_decide_or_move_money() -> None:
    assert {"sysadmin", "gm", "finance", "sales_manager", "service_manager"} <= WEIGHTY
    assert not WEIGHTY & {"salesperson", "technician", "keeper", "buyer", "visits", "clerk"} and set(ROLES) >= WEIGHTY


@on_both
def test_the_administrator_does_not_make_himself_finance_and_manager(world: World) -> None:
    admin = world["sysadmin"]
    fire(person(world, "sysadmin"), "set_roles", by=admin, roles=["sysadmin", "finance", "gm", "clerk"])
    assert roles(world, "sysadmin") == {"sysadmin", "clerk"}
    assert person(world, "sysadmin").awaited_roles == "finance,gm"
    for nobody in ("sysadmin", "finance"):  # he himself; somebody else while there is a general manager
        with pytest.raises((MustBeOther, NotAllowed)):
            fire(person(world, "sysadmin"), "confirm_roles", by=world[nobody], roles=["finance"])
    assert any("财务、总经理" in words for words in told(world, "gm"))
    with pytest.raises(MissingData):
        fire(person(world, "sysadmin"), "confirm_roles", by=world["gm"], roles=["sales_manager"])
    fire(person(world, "sysadmin"), "confirm_roles", by=world["gm"], roles=["finance"])
    assert roles(world, "sysadmin") == {"sysadmin", "clerk", "finance"}
    assert person(world, "sysadmin").awaited_roles == "gm"
    assert all(any("陈志远" in words for words in told(world, who)) for who in ("sysadmin", "finance", "sales_manager"))
    fire(person(world, "sysadmin"), "refuse_roles", by=world["gm"], reason="不需要")
    assert person(world, "sysadmin").awaited_roles is None and "gm" not in roles(world, "sysadmin")
    with pytest.raises(WrongState):
        fire(person(world, "sysadmin"), "confirm_roles", by=world["gm"], roles=["gm"])


def test_where_the_general_manager_is_the_one_concerned_another_person_confirms(world: World) -> None:
    fire(person(world, "gm"), "set_roles", by=world["sysadmin"], roles=["gm", "finance"])
    assert roles(world, "gm") == {"gm"}
    for nobody in ("gm", "sysadmin"):
        with pytest.raises(MustBeOther):
            fire(person(world, "gm"), "confirm_roles", by=world[nobody], roles=["finance"])
    with pytest.raises(NotAllowed):
        fire(person(world, "gm"), "confirm_roles", by=world["clerk"], roles=["finance"])
    fire(person(world, "gm"), "confirm_roles", by=world["finance"], roles=["finance"])
    assert roles(world, "gm") == {"gm", "finance"}


def test_roles_without_weight_count_at_once_and_those_held_stay(world: World) -> None:
    fire(person(world, "sales_manager"), "set_roles", by=world["sysadmin"], roles=["sales_manager", "clerk"])
    assert roles(world, "sales_manager") == {"sales_manager", "clerk"}
    assert person(world, "sales_manager").awaited_roles is None


def test_a_new_account_waits_with_its_weight_and_can_do_the_rest(world: World) -> None:
    values = {
        "staff_number": "401",
        "name": "钱多",
        "mobile": "13855200401",
        "department": world.row(m.Department, code="ZJB"),
    }
    employee = create(m.Employee, values, by=world["sysadmin"])
    fire(employee, "open_account", by=world["sysadmin"], username="qian", roles=["finance", "clerk"], password=GOOD)
    employee = world.row(m.Employee, id=employee.id)
    assert (employee.account_roles, employee.awaited_roles) == ("clerk", "finance")
    fire(employee, "confirm_roles", by=world["gm"], roles=["finance"])
    assert actor_of(employee.user_id or 0, "qian").roles == {"clerk", "finance"}


def test_a_password_from_the_asker_confirms_nothing_for_him(world: World) -> None:
    """He resets the manager's password, logs in as the manager and would confirm his own role: for a week he cannot."""
    fire(person(world, "gm"), "reset_password", by=world["sysadmin"], password="Another-One-77")
    fire(person(world, "sysadmin"), "set_roles", by=world["sysadmin"], roles=["sysadmin", "finance"])
    with pytest.raises(NotAllowed, match="吴芳"):
        fire(person(world, "sysadmin"), "confirm_roles", by=world["gm"], roles=["finance"])
    with clock.on(clock.today().replace(day=clock.today().day + 8)):
        fire(person(world, "sysadmin"), "confirm_roles", by=world["gm"], roles=["finance"])
    assert "finance" in roles(world, "sysadmin")


def test_a_reset_of_somebody_who_decides_is_told_to_him_and_to_all_who_do_without_the_password(world: World) -> None:
    fire(person(world, "gm"), "reset_password", by=world["sysadmin"], password="Another-One-77")
    for who in ("gm", "sales_manager", "service_manager", "finance"):
        assert any("郑凯" in words and "陈志远" in words for words in told(world, who)), who
    fire(person(world, "sales1"), "reset_password", by=world["sysadmin"], password="Another-One-77")
    assert any("郑凯" in words for words in told(world, "sales1"))
    assert not any("张敏" in words for words in told(world, "gm"))
    assert not any("Another" in n.subject for n in world.rows(m.Notification))
    assert not any("Another" in str(row.changes) for row in world.rows(m.AuditLog))


def test_it_goes_out_through_the_channels_as_well(world: World) -> None:
    channel = create(m.NoticeChannel, {"name": "管理群", "kind": "DINGTALK"}, by=world["sysadmin"])
    fire(channel, "set_address", by=world["sysadmin"], address="dingtalk://abcdefabcdefabcdefabcdefabcdef12")
    world.row(m.NoticeChannel, id=channel.id).is_enabled = True
    db.session.commit()
    fire(person(world, "gm"), "reset_password", by=world["sysadmin"], password="Another-One-77")
    sent = world.rows(m.OutboxMessage, channel_id=channel.id)
    assert sent and all("陈志远" in row.body and "Another" not in row.body + row.subject for row in sent)


def test_taking_a_role_of_weight_away_is_told(world: World) -> None:
    hire(world, "gm2", "副总", ["gm"], number="302")
    fire(person(world, "gm2"), "set_roles", by=world["sysadmin"], roles=["clerk"])
    assert roles(world, "gm2") == {"clerk"} and any("副总" in words for words in told(world, "gm"))


def test_in_a_house_with_one_account_the_first_manager_counts_at_once_the_next_waits(world: World) -> None:
    """What `flask first-admin` leaves: one administrator. He himself is never the exception."""
    me = person(world, "sysadmin")
    for other in world.rows(m.Employee):
        if other.id != me.id:
            other.account_roles = None
    db.session.commit()
    fire(me, "set_roles", by=world["sysadmin"], roles=["sysadmin", "gm"])
    assert roles(world, "sysadmin") == {"sysadmin"}
    fire(person(world, "clerk"), "set_roles", by=world["sysadmin"], roles=["gm"])
    assert roles(world, "clerk") == {"gm"}
    fire(person(world, "keeper"), "set_roles", by=world["sysadmin"], roles=["finance"])
    assert roles(world, "keeper") == set() and person(world, "keeper").awaited_roles == "finance"


def test_whoever_has_the_shell_gives_a_role_at_once(world: World) -> None:
    fire(person(world, "sysadmin"), "set_roles", by=SYSTEM, roles=["sysadmin", "gm"])
    assert roles(world, "sysadmin") == {"sysadmin", "gm"}


def test_an_account_without_any_role_yet_opens_and_says_so(world: World) -> None:
    fire(person(world, "keeper"), "set_roles", by=world["sysadmin"], roles=["finance"])
    browser = world.browser("keeper")
    assert [browser.get(path).status_code for path in ("/", "/me", "/password/")] == [200] * 3
    assert browser.get("/receiptview/list/").status_code == 403
