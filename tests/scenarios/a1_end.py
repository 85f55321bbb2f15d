"""The end of the acceptance story: a complaint about quality that is none, a year later the retention money (steps 16–19)."""

from __future__ import annotations

import datetime as dt

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import ComplaintKind, PayState, ReceivableKind, ReceivableMovement, RetentionState
from app.jobs import JOBS, nightly
from app.unit_of_work import create, fire
from tests.books import check_books
from tests.desk import Desk
from tests.kit import D, World

OWES = {ReceivableMovement.RAISE, ReceivableMovement.UNSETTLE}


def balance(world: World, customer: m.Customer) -> D:
    """What a statement of the customer closes with: every entry of every receivable, debit less credit."""
    return sum(
        (e.amount if e.movement in OWES else -e.amount for e in world.rows(m.ReceivableEntry, customer_id=customer.id)),
        D("0.00"),
    )


def pay_instalments(world: World, customer: m.Customer, contract: m.MachineContract, until: dt.date) -> None:
    """Every open instalment on its due date, those due later not at all."""
    for debt in world.rows(m.Receivable, contract_id=contract.id):
        if debt.kind is ReceivableKind.INSTALMENT and debt.outstanding_amount and debt.due_on and debt.due_on <= until:
            with clock.on(min(debt.due_on, until)):
                world.paid(customer, [(debt, str(debt.outstanding_amount))])


def the_year_ends(world: World, customer: m.Customer, contract: m.MachineContract, unit: m.MachineUnit) -> None:
    """16 a complaint holds and frees the retention, 17 the instalments are paid, 18 it falls due, 19 it is collected."""

    def state() -> RetentionState:
        return world.row(m.Retention, contract_id=contract.id).state

    pay_instalments(world, customer, contract, dt.date(2025, 11, 30))
    # 16
    with clock.on(dt.date(2025, 12, 1)):
        values = {"customer": customer, "unit": unit, "kind": ComplaintKind.QUALITY, "content": "动臂下沉"}
        said = create(m.Complaint, values, by=world["visits"])
        assert state() is RetentionState.HELD
    with clock.on(dt.date(2025, 12, 20)):
        fire(said, "dismiss", by=world["service_manager"], opinion="液压油不足，加注后正常")
        assert state() is RetentionState.RUNNING
    # 17
    pay_instalments(world, customer, contract, dt.date(2026, 2, 28))
    with clock.on(dt.date(2026, 3, 11)):
        last = next(d for d in world.rows(m.Receivable, contract_id=contract.id) if d.due_on == dt.date(2026, 3, 31))
        world.paid(customer, [(last, "58740.34")])
        assert world.row(m.MachineContract, id=contract.id).outstanding_amount == D("52500.00")
        assert balance(world, customer) == D("52500.00")
    # 18
    for day, wanted in ((12, RetentionState.RUNNING), (13, RetentionState.MATURED)):
        with clock.on(dt.date(2026, 3, day)):
            nightly(clock.today(), {"retentions": JOBS["retentions"]})
            assert state() is wanted
    # 19
    with clock.on(dt.date(2026, 3, 20)):
        owed = world.debts(contract)["RETENTION"]
        world.paid(customer, [(owed, "52500")])
        assert state() is RetentionState.COLLECTED
        contract = world.row(m.MachineContract, id=contract.id)
        assert contract.outstanding_amount == D("0.00") and contract.pay_state is PayState.SETTLED
        assert str(contract.pay_state) and balance(world, customer) == D("0.00")
    check_books()


def the_year_ends_on_screen(desk: Desk, customer: int, contract: int, unit: int) -> None:
    """The same through forms: customer care types, the service manager verifies, the clerk and finance take the money in."""
    desk.browsers |= {who: desk.site.browser(who) for who in ("visits", "service_manager", "sysadmin")}

    def retention(name: str) -> object:
        return desk.value(m.Retention, name, contract_id=contract)

    def open_instalments(until: dt.date) -> list[tuple[dt.date, int, str]]:
        with desk.site.app.app_context(), acting_as(SYSTEM):
            debts = desk.site.rows(m.Receivable, contract_id=contract)
            found = [(d.due_on, d.id, str(d.outstanding_amount)) for d in debts
                     if d.kind is ReceivableKind.INSTALMENT and d.outstanding_amount and d.due_on and d.due_on <= until]  # fmt: skip
            db.session.remove()
            return found

    def pay(until: dt.date, serial: str) -> None:
        for number, (due, debt, amount) in enumerate(open_instalments(until)):
            with desk.on(due):
                desk.receipt(customer, [(debt, amount)], f"{serial}{number}")

    pay(dt.date(2025, 11, 30), "B")
    # 16
    with desk.on(dt.date(2025, 12, 1)):
        desk.send("visits", "/complaintview/add", {
            "customer": customer, "unit": unit, "kind": "QUALITY", "reported_on": "2025-12-01", "content": "动臂下沉",
        })  # fmt: skip
        said = desk.value(m.Complaint, "id")
        assert retention("state") is RetentionState.HELD
        assert "冻结" in desk.page("finance", "/retentionview/list/?tab=held")
        assert f"/ask/dismiss/{said}" not in desk.page("visits", f"/complaintview/show/{said}")
    with desk.on(dt.date(2025, 12, 20)):
        desk.send("service_manager", f"/complaintview/ask/dismiss/{said}", {"opinion": "液压油不足，加注后正常"})
        assert retention("state") is RetentionState.RUNNING
    # 17
    pay(dt.date(2026, 2, 28), "C")
    with desk.on(dt.date(2026, 3, 11)):
        (_, debt, amount), *none = open_instalments(dt.date(2026, 3, 31))
        assert none == []
        desk.receipt(customer, [(debt, amount)], "D")
        assert desk.value(m.MachineContract, "outstanding_amount", id=contract) == D("52500.00")
    # 18
    for day, wanted in ((12, RetentionState.RUNNING), (13, RetentionState.MATURED)):
        with desk.on(dt.date(2026, 3, day)):
            with desk.site.app.app_context():
                nightly(clock.today(), {"retentions": JOBS["retentions"]})
                db.session.remove()
            assert retention("state") is wanted
            listed = "52,500.00" in desk.page("finance", "/retentionview/list/?tab=todo")
            assert listed is (wanted is RetentionState.MATURED)
    # 19
    with desk.on(dt.date(2026, 3, 20)):
        desk.receipt(customer, [(int(str(retention("receivable_id"))), "52500.00")], "E")
        assert retention("state") is RetentionState.COLLECTED
        money = desk.export("finance", m.MachineContract, "outstanding_amount", "pay_state")
        assert ("0.00", "收清") in money
        assert {left for (left,) in desk.export("finance", m.Receivable, "outstanding_amount")} == {"0.00"}
        with desk.site.app.app_context(), acting_as(SYSTEM):
            assert balance(desk.site, desk.site.row(m.Customer, id=customer)) == D("0.00")
            db.session.remove()
