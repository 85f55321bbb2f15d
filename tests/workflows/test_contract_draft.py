"""整机合同 while it is a draft: what it adds up to, whose it is, and everything that is missing before it is submitted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from app import models as m
from app.database import db
from app.enums import (
    ContractState,
    DueRule,
    FeeKind,
    FeeNature,
    PayMode,
    UnitState,
)
from app.errors import ChangedMeanwhile, MissingData, NotYours, UnitTaken, WrongAmount, WrongState
from app.unit_of_work import change, fire
from tests.kit import A1_FEES, D, World
from tests.stories import gift, sold

INSTALMENT: dict[str, Any] = {
    "pay_mode": PayMode.INSTALMENT, "down_share": D("0.30"), "periods": 12, "annual_rate": D("0.06"), "first_due_on": dt.date(2025, 4, 30),
}  # fmt: skip


def line(
    world: World, model: str = "HT215", price: str = "1050000", unit: m.MachineUnit | None = None
) -> dict[str, Any]:
    return {"model": world.row(m.MachineModel, model=model), "unit": unit, "unit_price": D(price)}


def told(world: World, entity: str) -> list[tuple[str, dict[str, Any]]]:
    return [(log.action.name, log.changes) for log in world.rows(m.AuditLog) if log.entity == entity]


def test_a_draft_adds_up_and_belongs_to_the_customers_salesperson(world: World) -> None:
    customer = world.company()
    contract = world.contract(customer, None, None, fees=A1_FEES, retention_share=D("0.05"))
    # 1,050,000 + 3,000 + 12,000; 5 % of the machine, fees not counted
    assert (contract.machine_amount, contract.fee_amount, contract.total_amount) == (D(1050000), D(15000), D(1065000))
    assert (contract.retention_amount, contract.down_amount, contract.finance_amount) == (D("52500.00"), D(0), D(0))
    assert contract.number == "ZJHT-20250305-0001" and contract.state is ContractState.DRAFT
    # the clerk writes it, the customer's salesperson owns it
    other = world.contract(customer, None, None, "clerk")
    assert other.salesperson_id == world["sales1"].employee_id and other.created_by_id == world["clerk"].employee_id


def test_full_payment_forgets_what_only_instalments_have(world: World) -> None:
    contract = world.contract(world.company(), None, None, **INSTALMENT)
    # 30 % of 1,050,000 down, the rest financed; the day of the first instalment repeats
    assert (contract.down_amount, contract.finance_amount, contract.repay_day) == (D(315000), D(735000), 30)
    contract = change(contract, {"pay_mode": PayMode.FULL}, by=world["sales1"])
    assert (contract.down_share, contract.down_amount, contract.finance_amount) == (None, D(0), D(0))
    assert (contract.periods, contract.annual_rate, contract.first_due_on, contract.repay_day) == (0, D(0), None, None)


def test_a_share_decides_its_amount(world: World) -> None:
    # 33.3333 % of 1,050,000 = 349,999.65
    contract = world.contract(
        world.company(), None, None, **INSTALMENT | {"down_share": D("0.333333"), "down_amount": D(1)}
    )
    assert contract.down_amount == D("349999.65")


def test_lines_are_changed_added_and_taken_out_in_one_edit_and_all_is_told(world: World) -> None:
    contract = world.contract(
        world.company(), None, None, lines=[line(world), line(world, "HT75", "390000")], gifts=[gift(world, "5000")]
    )
    first, second = (entry.id for entry in contract.lines)
    kept = line(world, "HT75", "395000") | {"id": second}
    contract = change(contract, {"lines": [kept, line(world, "SL956", "350000")], "gifts": []}, by=world["sales1"])
    assert [(entry.line_number, entry.unit_price) for entry in contract.lines] == [(1, D(395000)), (2, D(350000))]
    assert contract.lines[0].id == second and contract.total_amount == D(745000)
    assert world.rows(m.ContractLine, id=first) == [] and world.rows(m.ContractGift) == []
    assert Counter(action for action, _ in told(world, "ContractLine")) == {"INSERT": 3, "UPDATE": 1, "DELETE": 1}
    changed = next(changes for action, changes in told(world, "ContractLine") if action == "UPDATE")
    assert changed == {"unit_price": ["390000.00", "395000"]}
    gone = next(changes for action, changes in told(world, "ContractLine") if action == "DELETE")
    assert gone["unit_price"] == ["1050000.00", None]
    assert [action for action, _ in told(world, "ContractGift")] == ["INSERT", "DELETE"]


def test_a_line_of_another_contract_is_not_taken_over(world: World) -> None:
    one = world.contract(world.company(), None, None)
    two = world.contract(world.company(number=2), None, None)
    stolen = line(world, price="1") | {"id": one.lines[0].id}
    change(two, {"lines": [stolen]}, by=world["sales1"])
    assert world.rows(m.ContractLine, contract_id=one.id)[0].unit_price == D(1050000)
    assert [entry.unit_price for entry in world.rows(m.ContractLine, contract_id=two.id)] == [D(1)]


@pytest.mark.parametrize(
    "wrong, error, field",
    [
        ({"lines": [{"unit_price": D(0)}]}, WrongAmount, "lines"),
        (
            {"fees": [{"kind": FeeKind.GPS, "nature": FeeNature.REVENUE, "amount": D(1), "due_rule": DueRule.ON_DATE}]},
            MissingData,
            "fees",
        ),
        (INSTALMENT | {"repay_day": 32}, WrongAmount, "repay_day"),
        (INSTALMENT | {"repay_day": 0}, WrongAmount, "repay_day"),
    ],
)
def test_what_no_draft_may_hold(world: World, wrong: dict[str, Any], error: type, field: str) -> None:
    if "lines" in wrong:
        wrong = {"lines": [line(world) | wrong["lines"][0]]}
    with pytest.raises(error) as fault:
        world.contract(world.company(), None, None, **wrong)
    assert fault.value.field == field and world.rows(m.MachineContract) == []


SUBMIT = [
    ("no contact", {"contact": None}, MissingData, "contact"),
    ("no machine", {"lines": []}, MissingData, "lines"),
    # 1,000,000 + 52,500 > 1,050,000
    (
        "deposit and retention over the price",
        {"deposit_amount": D(1_000_000), "retention_share": D("0.05")},
        WrongAmount,
        "deposit_amount",
    ),
    (
        "down payment under the deposit",
        INSTALMENT | {"down_share": None, "down_amount": D(19_999)},
        WrongAmount,
        "down_amount",
    ),
    (
        "nothing left to finance",
        INSTALMENT | {"down_share": D("0.95"), "retention_share": D("0.05")},
        WrongAmount,
        "down_amount",
    ),
    ("no periods", INSTALMENT | {"periods": 0}, WrongAmount, "periods"),
    ("61 periods", INSTALMENT | {"periods": 61}, WrongAmount, "periods"),
    ("no first due date", INSTALMENT | {"first_due_on": None}, MissingData, "first_due_on"),
    ("due before signed", INSTALMENT | {"first_due_on": dt.date(2025, 3, 4)}, WrongAmount, "first_due_on"),
]


@pytest.mark.parametrize("terms, error, field", [case[1:] for case in SUBMIT], ids=[case[0] for case in SUBMIT])
def test_submit_says_what_is_missing_beside_its_field(
    world: World, terms: dict[str, Any], error: type, field: str
) -> None:
    unit = world.unit()
    contract = world.contract(
        world.company(),
        None if "contact" in terms else world.contact(),
        unit,
        **{k: v for k, v in terms.items() if k != "contact"},
    )
    with pytest.raises(error) as fault:
        fire(contract, "submit", by=world["sales1"])
    assert fault.value.field == field
    assert world.row(m.MachineContract).state is ContractState.DRAFT
    assert world.row(m.MachineUnit).state is UnitState.IN_STOCK


def test_instalments_that_are_less_than_a_cent_are_no_instalments(world: World) -> None:
    # 1,050,000 − 1,049,999.90 leaves 0.10 for 12 periods: some would be nothing at all
    terms = INSTALMENT | {"down_share": None, "down_amount": D("1049999.90"), "annual_rate": D(0)}
    contract = world.contract(world.company(), world.contact(), world.unit(), **terms)
    with pytest.raises(WrongAmount) as fault:
        fire(contract, "submit", by=world["sales1"])
    assert fault.value.field == "down_amount"


def test_an_individual_owes_no_retention(world: World) -> None:
    contract = world.contract(world.person(), world.contact(), world.unit(), retention_amount=D(1))
    with pytest.raises(WrongAmount) as fault:
        fire(contract, "submit", by=world["sales1"])
    assert fault.value.field == "retention_amount"


def test_a_first_instalment_on_the_day_of_signing_and_sixty_periods_are_fine(world: World) -> None:
    terms = INSTALMENT | {"first_due_on": dt.date(2025, 3, 5), "periods": 60}
    fire(world.contract(world.company(), world.contact(), world.unit(), **terms), "submit", by=world["sales1"])
    assert world.row(m.MachineContract).state is ContractState.PENDING


def test_no_business_with_a_blacklisted_or_frozen_customer(world: World) -> None:
    customer, contact = world.company(), world.contact()
    contract = world.contract(customer, contact, world.unit())
    fire(customer, "blacklist", by=world["sales_manager"], reason="欠款不还")
    for attempt in (
        lambda: fire(contract, "submit", by=world["sales1"]),
        lambda: world.contract(customer, contact, None),
    ):
        with pytest.raises(MissingData) as fault:
            attempt()
        assert fault.value.field == "customer" and customer.name in str(fault.value)
    frozen = fire(world.company(number=2), "freeze", by=world["sales_manager"], reason="核实中")
    with pytest.raises(MissingData):
        world.contract(frozen, contact, None)


def test_a_machine_is_held_by_who_submits_first_and_the_second_hears_by_whom(world: World) -> None:
    unit = world.unit()
    winner = world.contract(world.company(), world.contact(), unit)
    loser = world.contract(world.company("sales2", 2), world.contact("sales2", 2), unit, "sales2")
    fire(winner, "submit", by=world["sales1"])
    with pytest.raises(UnitTaken) as fault:
        fire(loser, "submit", by=world["sales2"])
    assert fault.value.field == "lines"
    assert all(word in str(fault.value) for word in ("HT215-0007", winner.number, "张敏"))
    assert world.row(m.MachineUnit).reserved_line_id == winner.lines[0].id


def test_a_sold_machine_another_model_or_the_same_machine_twice_are_not_held(world: World) -> None:
    sold(world, world.company(number=9), serial="HT215-0001")
    gone = world.row(m.MachineUnit, serial_number="HT215-0001")
    customer, contact, unit = world.company(), world.contact(), world.unit("HT215-0002")
    for lines in (
        [line(world, unit=gone)],
        [line(world, "HT75", "390000", unit)],
        [line(world, unit=unit), line(world, unit=unit)],
    ):
        contract = world.contract(customer, contact, None, "clerk", lines=lines)
        with pytest.raises(UnitTaken) as fault:
            fire(contract, "submit", by=world["sales1"])
        assert (
            fault.value.field == "lines" and world.row(m.MachineContract, id=contract.id).state is ContractState.DRAFT
        )
    assert world.row(m.MachineUnit, serial_number="HT215-0002").state is UnitState.IN_STOCK


def test_a_contract_without_a_machine_yet_is_submitted_all_the_same(world: World) -> None:
    fire(world.contract(world.company(), world.contact(), None), "submit", by=world["sales1"])
    assert world.row(m.MachineContract).state is ContractState.PENDING


def test_what_waits_or_is_signed_is_no_longer_edited(world: World) -> None:
    contract = world.contract(world.company(), world.contact(), world.unit())
    fire(contract, "submit", by=world["sales1"])
    with pytest.raises(WrongState):
        change(contract, {"deposit_amount": D(1)}, by=world["sales1"])
    with pytest.raises(WrongState):
        fire(contract, "submit", by=world["sales1"])
    with pytest.raises(WrongState):
        fire(contract, "void", by=world["sales1"], reason="x")


def test_a_void_contract_keeps_its_number_and_does_nothing_any_more(world: World) -> None:
    contract = world.contract(world.company(), world.contact(), world.unit())
    fire(contract, "void", by=world["sales1"], reason="客户改买二手机")
    contract = world.row(m.MachineContract)
    assert contract.state is ContractState.CANCELLED and contract.number == "ZJHT-20250305-0001"
    for verb in ("submit", "withdraw"):
        with pytest.raises(WrongState):
            fire(contract, verb, by=world["sales1"])
    assert world.contract(world.company(number=2), None, None).number == "ZJHT-20250305-0002"


def test_nobody_writes_contracts_for_a_colleagues_customer_or_with_his_contact(world: World) -> None:
    with pytest.raises(NotYours) as fault:
        world.contract(world.company("sales2", 2), None, None, "sales1")
    assert world.rows(m.MachineContract) == []
    with pytest.raises(NotYours) as fault:
        world.contract(world.company(), world.contact("sales2"), None, "sales1")
    assert fault.value.field == "contact"
    contract = world.contract(world.row(m.Customer, number="KH000002"), None, None)
    with pytest.raises(NotYours):
        fire(contract, "submit", by=world["sales2"])


def test_who_saved_first_is_named_to_who_saves_second(world: World) -> None:
    contract = world.contract(world.company(), None, None)
    seen = contract.version
    change(contract, {"delivery_place": "合肥"}, version=seen, by=world["clerk"])
    with pytest.raises(ChangedMeanwhile) as fault:
        change(contract, {"delivery_place": "芜湖"}, version=seen, by=world["sales1"])
    assert "孙丽" in str(fault.value) and world.row(m.MachineContract).delivery_place == "合肥"
    db.session.rollback()
