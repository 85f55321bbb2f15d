"""Two people at once at the cards of customers: one identity once, one hand-over after the other, no deadlock."""

from __future__ import annotations

import datetime as dt

from app import models as m
from app.enums import CustomerKind
from app.unit_of_work import create
from tests.concurrency.test_races import at_once, same
from tests.kit import World, id_card, on_postgres

pytestmark = on_postgres


def test_one_person_becomes_a_customer_once_though_two_ask_at_once(world: World) -> None:
    contacts = [world.contact("sales1", 1).id, world.contact("sales2", 2).id]
    results = at_once(
        world,
        [
            (world[who], same(m.Contact, row_id, "convert", id_number=id_card(9)))
            for who, row_id in zip(("sales1", "sales2"), contacts, strict=True)
        ],
    )
    assert sum(r is True for r in results) == 1
    assert len(world.rows(m.Customer)) == 1 and len(world.rows(m.CustomerContact)) == 1


def test_one_identity_is_entered_once_though_eight_enter_it_at_once(world: World) -> None:
    def enter(number: int) -> object:
        return lambda: create(
            m.Customer,
            {"name": f"个体{number}", "kind": CustomerKind.PERSON, "id_number": id_card(9), "mobile": f"1380000{number:04d}",
             "salesperson_id": world["sales1"].employee_id},
        )  # fmt: skip

    results = at_once(world, [(world["sales1"], enter(n)) for n in range(8)])
    assert sum(r is True for r in results) == 1
    assert all(r is True or "KH00000" in r for r in results), results
    assert len(world.rows(m.Customer)) == 1


def test_an_approval_and_a_hand_over_at_once_both_go_through(world: World) -> None:
    customer = world.company()
    contract = world.contract(customer, world.contact(), None)
    from app.unit_of_work import fire

    fire(contract, "submit", by=world["sales1"])
    results = at_once(
        world,
        [
            (world["gm"], same(m.MachineContract, contract.id, "reject", opinion="再谈谈")),
            (world["sales_manager"], same(m.Customer, customer.id, "hand_over", reason="调整",
                                          taker=(m.Employee, world["sales2"].employee_id))),
            (world["sales_manager"], same(m.Customer, customer.id, "follow", way=m.enums.FollowWay.PHONE, content="问候",
                                          next_on=dt.date(2025, 3, 9))),
        ],
    )  # fmt: skip
    assert results[1] is True and results[2] is True
    assert world.row(m.MachineContract).salesperson_id == world["sales2"].employee_id
