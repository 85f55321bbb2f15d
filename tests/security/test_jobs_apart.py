"""One job's rows are not another's: a technician reaches the machines and people of his orders, and nothing that the rule
of salespeople would open to him; a person with two jobs fires each verb on the rows of the job that has it.

Seen to fail before the ways were told apart: the machine in stock was listed, read, written on and labelled.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app import models as m
from app import scope
from app.actor import SYSTEM, Actor, acting_as
from app.database import db
from app.enums import AttachmentKind
from app.errors import NotYours
from app.models import ENTITIES
from app.roles import ROLES, Rows
from app.scope import RULES
from app.unit_of_work import fire
from tests import files
from tests.kit import D, World, on_both
from tests.security.lab import screens, text
from tests.stories import sold
from tests.vans import Vans


class Yard:
    """李强 (tech1) on an order for the machine that was delivered to a customer; another machine in stock, another sold."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mine, self.others = (self._sold(n, seller) for n, seller in ((1, "sales1"), (2, "sales2")))
        self.stock = world.unit("HT215-0900")
        vans = Vans(world)
        vans.at_work(vans.order(self.mine.owner_customer, self.mine))
        vans.assigned(vans.order(self.others.owner_customer, self.others), "tech2")

    def _sold(self, number: int, seller: str) -> m.MachineUnit:
        serial = f"HT215-090{number}"
        sold(self.world, self.world.company(seller, number), serial=serial, seller=seller)
        return self.world.row(m.MachineUnit, serial_number=serial)


@pytest.fixture
def yard(world: World) -> Yard:
    return Yard(world)


def seen(actor: Actor, entity: type[m.Entity]) -> set[int]:
    db.session.rollback()
    with acting_as(actor):
        return set(db.session.scalars(sa.select(entity.id)))


@on_both
def test_a_technician_sees_the_machines_and_people_of_his_orders_and_no_others(yard: Yard) -> None:
    tech, customer = yard.world["tech1"], yard.mine.owner_customer_id
    talks = yard.world.rows(m.CustomerContact, customer_id=customer)
    assert talks and seen(tech, m.Contact) == {link.contact_id for link in talks}
    assert seen(tech, m.MachineUnit) == {yard.mine.id} and seen(tech, m.Customer) == {customer}
    assert seen(tech, m.MachineDispatch) == {yard.world.row(m.MachineDispatch, unit_id=yard.mine.id).id}
    readings = {row.id for row in yard.world.rows(m.MeterReading, unit_id=yard.mine.id)}
    assert readings and seen(tech, m.MeterReading) == readings


def test_a_machine_in_stock_is_not_his_to_read_to_write_on_or_to_label(yard: Yard) -> None:
    world, before = yard.world, len(yard.world.rows(m.MeterReading))
    browser = world.browser("tech1")
    listed = text(browser.get("/machineunitview/list/?tab=stock")) + text(browser.get("/machineunitview/list/"))
    assert yard.stock.serial_number not in listed and yard.mine.serial_number in listed
    for unit in (yard.stock, yard.others):
        root = f"/machineunitview/{{}}/{unit.id}"
        assert browser.get(root.format("show")).status_code == 404
        assert browser.get(root.format("ask/read_meter")).status_code == 404
        assert browser.post(root.format("ask/read_meter"), {"hours": "7777"}).status_code == 404
        sent = {"kind": AttachmentKind.SITE_PHOTO.name, "files": (files.picture("PNG"), "a.png")}
        assert browser.post(f"/attachments/MachineUnit/{unit.id}", sent).status_code == 404
        assert unit.serial_number not in text(browser.get(f"/machineunitview/labels?ids={unit.id}"))
        with pytest.raises(NotYours):
            fire(unit, "read_meter", by=world["tech1"], hours=D(7777))
    assert len(world.rows(m.MeterReading)) == before and world.rows(m.Attachment, document="MachineUnit") == []
    fire(yard.mine, "read_meter", by=world["tech1"], hours=yard.mine.hour_meter + 1)


def test_a_technician_who_sold_once_keeps_no_customers_by_that(yard: Yard) -> None:
    """A card that still names him as its salesperson is not a technician's to read."""
    tech, card = yard.world["tech1"], m.Customer.__table__
    other = yard.others.owner_customer_id
    db.session.execute(sa.update(card).where(card.c.id == other).values(salesperson_id=tech.employee_id))
    db.session.commit()
    assert other not in seen(tech, m.Customer) and yard.others.id not in seen(tech, m.MachineUnit)
    assert not {row.customer_id for row in yard.world.rows(m.WorkOrder) if row.id in seen(tech, m.WorkOrder)} & {other}


def test_who_sells_and_repairs_does_each_on_the_rows_of_that_job(yard: Yard) -> None:
    """He sees the machine in stock as a salesperson; reading its meter belongs to his other job and its orders."""
    tech = yard.world["tech1"]
    both = Actor(tech.name, tech.employee_id, tech.user_id, frozenset({"technician", "salesperson"}))
    assert {yard.stock.id, yard.mine.id} <= seen(both, m.MachineUnit)
    with pytest.raises(NotYours):
        fire(yard.stock, "read_meter", by=both, hours=D(7777))
    fire(yard.mine, "read_meter", by=both, hours=yard.mine.hour_meter + 1)


class Nameless:
    """Somebody of whom a rule may ask where he works, but not which jobs he has."""

    employee_id, user_id = 1, 1
    department_ids = warehouse_ids = frozenset({1})

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a rule asks for {name}: what one job sees would hang on another")


def test_what_a_kind_of_rows_means_never_hangs_on_the_other_jobs_of_a_person() -> None:
    for entity, rule in RULES.items():
        for meaning in rule.meanings.values():
            meaning(entity.__table__.c, Nameless())  # type: ignore[arg-type]


def test_jobs_that_come_to_the_same_rows_by_different_ways_have_different_kinds() -> None:
    """Salespeople by their customers, technicians by their orders: never one kind for both on one entity."""
    sells, repairs = ROLES["salesperson"].grants, ROLES["technician"].grants
    personal = {scope.EVERY_ROW, RULES[m.Notification], RULES[m.Job], RULES[m.SavedView], RULES[m.Employee]}
    for entity in (sells.keys() & repairs.keys()) & ENTITIES.keys():
        rows = {sells[entity].rows, repairs[entity].rows}
        assert len(rows) > 1 or RULES[ENTITIES[entity]] in personal or rows == {Rows.ALL}, entity


def test_who_writes_something_can_pick_what_it_cannot_do_without(site: World) -> None:
    """A form that needs a reference is of no use to a role without a grant on what is referred to."""
    lacking = []
    for screen in screens(site.app):
        asked = [screen.column(name) for _label, part in screen.form_sections for name in part]
        needed = [c for c in asked if c.kind == "key" and c.target is not None and not c.nullable]
        for code, job in ROLES.items():
            grant = job.grants.get(screen.entity.__name__)
            if grant is not None and "add" in grant.verbs:
                lacking += [
                    (code, screen.entity.__name__, c.name) for c in needed if c.target.__name__ not in job.grants
                ]
    assert lacking == []


def test_the_house_itself_still_reads_everything(yard: Yard) -> None:
    assert len(seen(SYSTEM, m.MachineUnit)) == 3
