"""通知: who hears of what, each once."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from app import models as m
from app.enums import PayMode
from app.errors import NotYours
from app.unit_of_work import fire
from tests.kit import D, World
from tests.stories import hire, part_debt, pays, send

INSTALMENT = {
    "pay_mode": PayMode.INSTALMENT,
    "down_share": D("0.30"),
    "periods": 12,
    "annual_rate": D("0.06"),
    "first_due_on": dt.date(2025, 4, 30),
}


def heard(world: World, since: int = 0) -> Counter[str]:
    """Account → how many notices with a higher id."""
    names = {a.employee_id: name for name, a in world.people.items()}
    return Counter(names[n.to_id] for n in world.rows(m.Notification) if n.id > since)


def last(world: World) -> int:
    return max((n.id for n in world.rows(m.Notification)), default=0)


def test_every_step_of_a_sale_tells_those_who_are_next(world: World) -> None:
    customer, contact, unit = world.company(), world.contact(), world.unit()
    assert heard(world) == {"keeper": 1}  # a machine is to be received
    contract = world.contract(customer, contact, unit, **INSTALMENT)
    mark = last(world)
    fire(contract, "submit", by=world["sales1"])
    assert heard(world, mark) == {"sales_manager": 1}
    mark = last(world)
    fire(contract, "approve", by=world["sales_manager"])
    assert heard(world, mark) == {"finance": 1}
    mark = last(world)
    fire(contract, "approve", by=world["finance"])
    assert heard(world, mark) == {"sales1": 1, "clerk": 1, "finance": 1, "credit": 1}
    assert all(
        contract.number in n.subject and customer.name in n.subject for n in world.rows(m.Notification) if n.id > mark
    )
    mark = last(world)
    pays(world, customer, [d for d in world.debts(contract).values() if d.is_before_dispatch])
    assert heard(world, mark) == {"finance": 1}  # a receipt to be confirmed
    mark = last(world)
    send(world, contract)
    assert heard(world, mark) == {"visits": 1, "sales1": 1, "credit": 1, "service_manager": 1}


def test_a_cash_sale_concerns_finance_not_credit(world: World) -> None:
    customer = world.company()
    contract = world.approved(world.contract(customer, world.contact(), world.unit()))
    pays(world, customer, list(world.debts(contract).values()))
    mark = last(world)
    send(world, contract)
    assert heard(world, mark) == {"visits": 1, "sales1": 1, "finance": 1, "service_manager": 1}


def test_a_rejection_tells_author_and_salesperson_with_the_words(world: World) -> None:
    contract = world.contract(world.company(), world.contact(), world.unit(), "clerk")
    fire(contract, "submit", by=world["clerk"])
    mark = last(world)
    fire(contract, "reject", by=world["sales_manager"], opinion="价格请重新谈")
    assert heard(world, mark) == {"sales1": 1, "clerk": 1}
    assert all("价格请重新谈" in n.subject for n in world.rows(m.Notification) if n.id > mark)


def test_each_round_tells_again_but_nobody_twice_in_a_round(world: World) -> None:
    contract = world.contract(world.company(), world.contact(), world.unit())
    for _ in range(3):
        fire(contract, "submit", by=world["sales1"])
        fire(contract, "withdraw", by=world["sales1"])
    told = [n for n in world.rows(m.Notification) if n.entity == "MachineContract"]
    assert Counter(n.dedupe_key for n in told) == Counter(
        f"MachineContract:{contract.id}:await-{r}-sales_manager:{world['sales_manager'].employee_id}" for r in (1, 2, 3)
    )


def test_one_person_in_two_parts_hears_once(world: World) -> None:
    hire(world, "all", "全能", ["clerk", "finance"], number="180", department="XSB")
    contract = world.contract(world.company(), world.contact(), world.unit(), "clerk")
    fire(contract, "submit", by=world["clerk"])
    mark = last(world)
    fire(contract, "approve", by=world["sales_manager"])
    assert heard(world, mark) == {"sales1": 1, "clerk": 1, "finance": 1, "all": 1}


def test_who_left_hears_nothing_and_the_second_of_a_role_does(world: World) -> None:
    hire(world, "finance2", "钱会计", ["finance"], number="181")
    customer = world.company()
    debt = part_debt(world, customer, "10")
    mark = last(world)
    world.receipt(customer, [(debt, "1")])
    assert heard(world, mark) == {"finance": 1, "finance2": 1}
    fire(world.row(m.Employee, staff_number="181"), "leave", by=world["sysadmin"])
    mark = last(world)
    world.receipt(customer, [(debt, "1")])
    assert heard(world, mark) == {"finance": 1}


def test_a_notice_is_read_once_and_only_by_its_person(world: World) -> None:
    world.unit()
    notice = world.row(m.Notification)
    with pytest.raises(NotYours):
        fire(notice, "read", by=world["buyer"])
    fire(notice, "read", by=world["keeper"])
    at = world.row(m.Notification).read_at
    fire(notice, "read", by=world["keeper"])
    assert at is not None and world.row(m.Notification).read_at == at
