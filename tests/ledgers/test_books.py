"""The check of the books itself: it passes sound books and names every fault that is put into them by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app import clock
from app import models as m
from app.database import db
from app.enums import PayMode
from app.unit_of_work import fire
from tests.books import Books, check_books
from tests.kit import A1_FEES, D, World
from tests.stories import by_bank, by_coupon, by_prepaid, gift, part_debt, pays, sold
from tests.test_demo import FAULTS_OF_THE_DEMO

FAULTS = [
    ("coupon balance", "UPDATE coupon SET balance = balance - 100 WHERE id = 1"),
    ("coupon balance", "UPDATE coupon SET state = 'USED' WHERE id = 1"),
    ("coupon balance", "UPDATE coupon SET valid_to = NULL WHERE id = 1"),
    ("coupon balance", "UPDATE coupon_entry SET balance_after = balance_after + 1 WHERE movement = 'REDEEM'"),
    ("coupon balance", "DELETE FROM coupon_entry WHERE movement = 'ACTIVATE'"),
    ("coupon redemption", "DELETE FROM coupon_entry WHERE movement = 'REDEEM' AND origin_id = 4"),
    ("coupon redemption", "UPDATE coupon SET valid_from = '2030-01-01', valid_to = '2031-01-01' WHERE id = 1"),
    ("coupon redemption", "DELETE FROM coupon_entry WHERE movement = 'RESTORE'"),
    ("coupon redemption", "UPDATE coupon SET customer_id = 2 WHERE id = 1"),
    ("receivable", "UPDATE receivable SET settled_amount = settled_amount - 1 WHERE settled_amount > 0"),
    ("receivable", "UPDATE receivable SET settled_amount = amount + 1 WHERE id = 1"),
    ("receivable", "UPDATE receivable SET state = 'OPEN' WHERE state = 'PAID'"),
    ("receivable", "UPDATE receivable SET interest_amount = interest_amount + 1 WHERE id = 1"),
    ("receivable", "UPDATE receivable SET last_paid_on = NULL WHERE state = 'PAID'"),
    ("receivable", "DELETE FROM receivable_entry WHERE movement = 'SETTLE' AND receivable_id = 1"),
    ("receivable", "UPDATE receivable_entry SET outstanding_after = 1 WHERE id = 3"),
    ("receivable", "UPDATE receivable_entry SET customer_id = 2 WHERE id = 3"),
    ("receipt", "UPDATE receipt SET total_amount = total_amount + 1 WHERE id = 2"),
    ("receipt", "UPDATE receipt_allocation SET receivable_id = (SELECT max(id) FROM receivable) WHERE id = 1"),
    ("prepaid", "UPDATE prepaid_balance SET amount = amount + 1"),
    ("prepaid", "DELETE FROM prepaid_entry WHERE amount < 0"),
    ("prepaid", "UPDATE prepaid_entry SET balance_after = 0 WHERE id = 1"),
    ("cash", "DELETE FROM cash_entry WHERE id = 1"),
    ("cash", "UPDATE cash_entry SET amount = amount + 1 WHERE id = 1"),
    ("cash", "UPDATE cash_entry SET account_id = 2 WHERE id = 1"),
    ("cash", "UPDATE cash_entry SET serial_key = 'again' WHERE origin_id = 5 AND amount > 0"),
    ("contract money", "UPDATE machine_contract SET total_amount = total_amount + 1 WHERE id = 1"),
    ("contract money", "UPDATE machine_contract SET outstanding_amount = 0 WHERE id = 1"),
    ("contract money", "UPDATE machine_contract SET pay_state = 'SETTLED' WHERE id = 1"),
    ("contract money", "UPDATE machine_contract SET state = 'DRAFT' WHERE id = 1"),
    ("contract money", "UPDATE receivable SET kind = 'OTHER' WHERE kind = 'DOWN'"),
    ("contract money", "UPDATE contract_gift SET face_amount = 1"),
    ("contract money", "UPDATE instalment_plan SET state = 'VOID'"),
    ("collected", "UPDATE contract_fee SET payee_id = 1"),
    ("plan", "UPDATE plan_row SET principal_amount = principal_amount + 1 WHERE period = 3"),
    ("plan", "UPDATE plan_row SET due_on = '2020-01-01' WHERE period = 3"),
    ("plan", "UPDATE plan_row SET period = 13 WHERE period = 12"),
    ("approval", "UPDATE approval_record SET employee_id = (SELECT salesperson_id FROM machine_contract WHERE id = 1)"),
    ("approval", "UPDATE approval_record SET result = 'REJECT' WHERE step = 1"),
    ("approval", "DELETE FROM approval_record WHERE step = 2"),
    ("approval", "UPDATE machine_contract SET delivery_place = 'elsewhere' WHERE id = 1"),
    ("approval", "UPDATE contract_line SET unit_price = unit_price - 1"),
    ("approval", "UPDATE machine_contract SET awaiting_role = 'gm' WHERE id = 1"),
    ("contract link", "DELETE FROM customer_contact"),
    ("contract link", "UPDATE customer SET state = 'DRAFT' WHERE id = 1"),
    ("unit", "UPDATE machine_unit SET state = 'IN_STOCK' WHERE state = 'SOLD'"),
    ("unit", "UPDATE machine_unit SET owner_customer_id = 2 WHERE state = 'SOLD'"),
    ("unit", "UPDATE machine_unit SET cost_amount = cost_amount - 1"),
    ("unit", "UPDATE machine_unit SET reserved_line_id = NULL WHERE state = 'RESERVED'"),
    ("unit", "UPDATE machine_inbound SET state = 'PENDING'"),
    ("reservation", "UPDATE machine_unit SET reserved_line_id = NULL"),
    ("dispatch", "UPDATE machine_dispatch SET margin_amount = margin_amount + 1"),
    ("dispatch", "UPDATE contract_line SET is_dispatched = 0 WHERE id = 1"),
    ("dispatch", "DELETE FROM visit_task"),
    ("retention", "UPDATE retention SET due_on = '2030-01-01'"),
    ("retention", "UPDATE retention SET state = 'COLLECTED'"),
    ("retention", "DELETE FROM retention"),
    ("state change", "UPDATE state_change SET before = 'DRAFT' WHERE verb = 'dispatch'"),
    ("state change", "UPDATE state_change SET after = 'CANCELLED' WHERE verb = 'confirm'"),
    ("state change", "UPDATE state_change SET verb = 'conjure' WHERE verb = 'submit'"),
    ("state change", "DELETE FROM state_change WHERE verb = 'approve'"),
    ("state change", "UPDATE receipt SET state = 'CANCELLED' WHERE id = 1"),
    ("audit", "DELETE FROM audit_log WHERE entity = 'MachineDispatch'"),
    ("audit", "UPDATE machine_dispatch SET state = 'REVERSED'"),
    ("audit", "DELETE FROM contract_fee WHERE id = 1"),
    ("number", "UPDATE document_sequence SET last = last + 1 WHERE prefix = 'SK'"),
    ("number", "UPDATE receipt SET number = 'SK-20250305-0099' WHERE id = 1"),
    ("number", "UPDATE machine_contract SET number = 'X1' WHERE id = 1"),
    ("request key", "INSERT INTO request_key (key, entity, at) VALUES ('k', 'Receipt', '2025-03-05')"),
    ("database", "UPDATE coupon SET contract_id = 999 WHERE id = 1"),
]


@pytest.fixture
def full(world: World) -> Iterator[sa.Connection]:
    """Books with a bit of everything, and a connection on which nothing holds back: no trigger, no check, no reference."""
    customer, other = world.company(), world.company(number=2)
    contract = sold(
        world, customer, pay_mode=PayMode.INSTALMENT, down_share=D("0.30"), retention_share=D("0.05"), periods=12,
        annual_rate=D("0.06"), first_due_on=dt.date(2025, 4, 30), repay_day=31, fees=A1_FEES, gifts=[gift(world, "800")],
    )  # fmt: skip
    coupon = world.row(m.Coupon)
    debt, foreign = part_debt(world, customer, "1000"), part_debt(world, other, "50")
    with clock.on(dt.date(2025, 3, 6)):
        world.paid(customer, [], funds=[by_bank(world, "80", "B1")])
        world.paid(customer, [(debt, "30")], funds=[by_prepaid("30")])
        world.paid(customer, [(debt, "100")], funds=[by_coupon(coupon, "100")])
        wrong = world.paid(customer, [(debt, "250")], funds=[by_coupon(coupon, "50"), by_bank(world, "200", "B2")])
        fire(wrong, "reverse", by=world["finance"], reason="x")
        pays(world, customer, [world.debts(contract)["INSTALMENT.1"]])
    held = world.contract(other, world.contact(number=2), world.unit("HT215-0002"))
    fire(held, "submit", by=world["sales1"])
    assert foreign.id
    db.session.remove()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        for name in connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.commit()
        yield connection
        connection.rollback()


def test_sound_books_pass_and_every_seeded_fault_is_named(full: sa.Connection) -> None:
    check_books()
    missed = []
    for rule, statement in FAULTS:
        assert full.exec_driver_sql(statement).rowcount > 0, f"changes nothing: {statement}"
        named = {fault.split(":")[0] for fault in Books(full).faults()}
        full.rollback()
        if rule not in named:
            missed.append(f"{rule}: {statement} (named: {sorted(named)})")
    assert not missed, "\n".join(missed)
    check_books()


def test_every_rule_has_a_fault_it_finds() -> None:
    rules = {name.removeprefix("rule_").replace("_", " ") for name in dir(Books) if name.startswith("rule_")}
    assert rules == {rule for rule, _ in (*FAULTS, *FAULTS_OF_THE_DEMO)}
