"""The demo is a small living dealer: enough of everything, every state of a contract, and books that prove themselves."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from app import clock, create_app
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.demo import build, is_empty
from app.demo.people import PEOPLE
from app.enums import ContractState
from app.provision import synchronise
from tests.books import Books, check_books
from tests.conftest import MIGRATIONS, once
from tests.kit import World

DAY = dt.date(2026, 11, 23)
FAULTS_OF_THE_DEMO = [
    ("stock", "UPDATE stock_balance SET amount = amount + 1 WHERE quantity > 0"),
    ("stock", "DELETE FROM stock_move WHERE id = (SELECT min(id) FROM stock_move)"),
    ("payable", "UPDATE payable SET paid_amount = paid_amount + 1"),
    ("held", "UPDATE prepaid_balance SET held_amount = held_amount - 1 WHERE held_amount > 0"),
    ("spending", "UPDATE claimed_expense SET amount = amount + 1 WHERE state = 'APPROVED'"),
    ("held", "UPDATE prepaid_refund SET amount = amount + 1 WHERE state = 'APPROVED'"),
    ("promise", "UPDATE stock_balance SET reserved = 0 WHERE reserved > 0"),
    ("promise", "UPDATE sale_shortage SET served_quantity = quantity"),
    ("promised", "UPDATE stock_balance SET reserved = reserved + 1000 WHERE quantity > 0"),
    ("purchase return", "UPDATE purchase_return SET credited_amount = credited_amount + 1"),
    ("purchase return", "UPDATE purchase_return SET variance_amount = variance_amount + 1"),
    ("purchase proposal", "UPDATE purchase_proposal SET order_id = 1 WHERE state = 'OPEN'"),
    ("coupon issue", "UPDATE coupon_issue SET pieces = pieces + 1 WHERE state = 'APPROVED'"),
    ("coupon handed on", "UPDATE coupon SET from_coupon_id = 1 WHERE id = (SELECT max(id) FROM coupon)"),
    ("coupon return", "UPDATE sale_return SET coupon_amount = coupon_amount + 100"),
    ("parts used", "UPDATE work_order_part SET cost_amount = cost_amount + 1"),
    ("work order", "UPDATE work_order SET cost_amount = cost_amount + 1"),
    ("work order", "UPDATE work_order SET leader_id = NULL WHERE leader_id IS NOT NULL"),
    ("package", "UPDATE service_package SET used_times = used_times + 1 WHERE used_times < times"),
    ("requests", "UPDATE request_line SET received_quantity = quantity + 1"),
    ("cancellation", "UPDATE contract_cancellation SET forfeit_amount = forfeit_amount + 1 WHERE state = 'DONE'"),
    (
        "cancellation",
        "UPDATE contract_cancellation SET refund_amount = refund_amount - 1, kept_amount = kept_amount + 1",
    ),
    ("cancellation", "DELETE FROM prepaid_entry WHERE origin = 'ContractCancellation'"),
    ("cancellation", "UPDATE receivable SET settled_amount = 0 WHERE kind = 'FORFEIT'"),
    ("withdrawal", "UPDATE machine_dispatch SET state = 'DONE' WHERE state = 'REVERSED'"),
    ("withdrawal", "UPDATE visit_task SET state = 'PENDING' WHERE state = 'CANCELLED'"),
    ("contract money", "UPDATE receivable SET state = 'OPEN' WHERE state = 'VOID'"),
    ("amendment", "UPDATE machine_contract SET revision = revision + 1 WHERE revision = 1"),
    ("amendment", "DELETE FROM prepaid_entry WHERE origin = 'ContractAmendment'"),
    ("return", "UPDATE machine_dispatch SET state = 'DONE' WHERE state = 'RETURNED'"),
    ("return", "UPDATE machine_return SET kept_amount = kept_amount + 1 WHERE state = 'DONE'"),
    ("return", "UPDATE machine_return SET depreciation_amount = depreciation_amount - 1"),
    ("return", "UPDATE machine_unit SET condition = 'NEW' WHERE state = 'RETURNED'"),
    ("unit", "UPDATE machine_return SET cost_back = cost_back + 1"),
    ("machine purchase", "UPDATE machine_purchase_line SET received_pieces = 3 WHERE received_pieces = 2"),
    ("machine purchase", "UPDATE payable SET amount = amount + 1 WHERE origin = 'MachineInbound'"),
    ("machine purchase", "UPDATE machine_inbound SET state = 'CANCELLED' WHERE serial_number IS NULL"),
    ("approval", "UPDATE contract_cancellation SET reason = '别的' WHERE state = 'DONE'"),
    ("receivable", "UPDATE receipt_allocation SET released_amount = 0 WHERE released_amount > 0"),
    ("quality complaint", "UPDATE retention SET state = 'RUNNING' WHERE state = 'HELD'"),
    ("quality complaint", "UPDATE retention SET deducted_amount = 1 WHERE state = 'MATURED'"),
    ("quality complaint", "UPDATE complaint SET verdict = 'DISMISSED' WHERE verdict = 'UPHELD'"),
    ("quality complaint", "UPDATE retention SET extended_to = '2030-01-01' WHERE state = 'RUNNING'"),
    ("visit", "UPDATE survey_answer SET score = 4 WHERE score = 3"),
    ("visit", "UPDATE visit_task SET score = 99 WHERE score = 88"),
    ("visit", "DELETE FROM complaint WHERE visit_id IS NOT NULL"),
    ("visit", "UPDATE work_order SET state = 'SETTLED' WHERE score = 88"),
    ("hour meter", "UPDATE machine_unit SET hour_meter = hour_meter + 1 WHERE hour_meter_on IS NOT NULL"),
    ("hour meter", "UPDATE meter_reading SET total_hours = 0 WHERE id = (SELECT max(id) FROM meter_reading)"),
    ("hour meter", "DELETE FROM meter_reading WHERE source = 'WORK_ORDER'"),
    ("warranty claim", "UPDATE warranty_claim SET granted_amount = granted_amount + 1 WHERE state = 'GRANTED'"),
    ("warranty claim", "UPDATE expense SET amount = amount + 1 WHERE kind = 'WARRANTY_LOSS'"),
    ("warranty claim", "UPDATE receivable SET payer_id = NULL WHERE kind = 'WARRANTY'"),
    ("warranty claim", "UPDATE claim_line SET amount = amount + 1"),
    ("warranty claim", "UPDATE warranty_claim SET state = 'GRANTED' WHERE state = 'DONE'"),
    ("receipt", "UPDATE receipt SET payer_id = NULL WHERE payer_id IS NOT NULL"),
    ("old part", "DELETE FROM old_part WHERE state = 'OWED'"),
    ("old part", "UPDATE old_part SET kept_at = NULL WHERE state = 'KEPT'"),
    ("reminder", "UPDATE service_reminder SET work_order_id = NULL WHERE state = 'ORDERED'"),
    ("vans", "UPDATE warehouse SET owner_id = NULL WHERE kind = 'MOBILE'"),
]


def build_demo(file: Path) -> None:
    """The demo on an empty database."""
    app = create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{file}", TESTING=True)
    with app.app_context():
        upgrade(directory=MIGRATIONS)
        synchronise(app.appbuilder)
        assert is_empty()
        build(DAY)
        assert not is_empty()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def dealer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demo on its day, on a copy that only this file uses."""
    file = tmp_path_factory.mktemp("demo") / "demo.db"
    shutil.copy(once(tmp_path_factory, "demo.db", build_demo), file)
    app = create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{file}", TESTING=True)
    with clock.on(DAY):
        yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_demo_has_what_its_readme_promises(dealer: Flask) -> None:
    world = World(dealer)
    with dealer.app_context(), acting_as(SYSTEM):
        assert len(world.rows(m.Department)) == 3 and len(world.rows(m.Employee)) == 15
        assert len(world.rows(m.Customer)) == 30 and len(world.rows(m.MachineUnit)) == 31
        contracts = world.rows(m.MachineContract)
        assert len(contracts) == 24 and {c.state for c in contracts} == set(ContractState)
        check_books()
        db.session.remove()


@pytest.mark.parametrize("username", [person[0] for person in PEOPLE])
def test_every_number_on_the_first_page_is_what_the_list_behind_it_says(dealer: Flask, username: str) -> None:
    """To-do counts and figures, for everybody: the rows behind the link are as many, their total is the same money."""
    browser = World(dealer).browser(username)
    home = browser.get("/").get_data(as_text=True)
    todos = re.findall(r'<a href="([^"]+)"><i [^>]*></i>([^<]+)<b>(\d+)</b></a>', home)
    for url, label, count in todos:
        page = browser.get(unescape(url)).get_data(as_text=True)
        assert f"共 {count} 条" in page, label
    figures = re.findall(
        r'<a class="panel figure" href="([^"]+)"><span>([^<]+)</span><b[^>]*>([\d,.]+) .*?<em>(\d*)', home
    )
    for url, label, value, count in figures:
        page = browser.get(unescape(url)).get_data(as_text=True)
        assert f"共 {count or value} 条" in page, label
        sums = [
            float(s.replace(",", ""))
            for s in re.findall(r"[\d,]+\.\d\d", (re.findall(r"<tfoot>.*?</tfoot>", page, re.DOTALL) or [""])[0])
        ]
        if count and count != "0":
            assert any(f"{s / 10_000:,.2f}" == value for s in sums), (label, value, sums)
    assert todos or figures or username in ("tech1", "tech2")


def test_every_fault_in_the_books_of_parts_and_service_is_named(dealer: Flask, tmp_path: Path) -> None:
    """On a copy of the demo's books, on which nothing holds back: no trigger, no check, no reference."""
    with dealer.app_context():
        source = db.engine.url.database or ""
        db.session.remove()
    shutil.copy(source, tmp_path / "copy.db")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'copy.db'}", poolclass=sa.pool.NullPool)
    missed = []
    with engine.connect() as books:
        books.exec_driver_sql("PRAGMA foreign_keys=OFF")
        books.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        for name in books.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            books.exec_driver_sql(f"DROP TRIGGER {name}")
        books.commit()
        assert not list(Books(books).faults())
        for rule, statement in FAULTS_OF_THE_DEMO:
            assert books.exec_driver_sql(statement).rowcount > 0, f"changes nothing: {statement}"
            named = {fault.split(":")[0] for fault in Books(books).faults()}
            books.rollback()
            if rule not in named:
                missed.append(f"{rule}: {statement} (named: {sorted(named)})")
    engine.dispose()
    assert not missed, "\n".join(missed)
