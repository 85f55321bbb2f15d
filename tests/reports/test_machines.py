"""整机库存与库龄, 整机毛利, 在手订单: every figure worked out by hand.

Stock on 2025-03-05; an HT215 of 904,000.00 costs 904,000.00 / 1.13 = 800,000.00, of 113,000.00 exactly 100,000.00.

| machine | arrived | days | cost |
|---|---|---|---|
| HT215-0001, ZJ1 | 2024-02-01 | 366 to 2025-02-01 + 28 − 1 + 5 = 398 | 800,000.00 |
| HT215-0002, ZJ2 | 2024-09-06 | 24 + 31 + 30 + 31 + 31 + 28 + 5 = 180 | 100,000.00 + 1,234.56 extra |
| HT215-0003, ZJ1 | 2024-12-04, booked on 2024-12-20 | 27 + 31 + 28 + 5 = 91 | 100,000.00 |
| HT75-0004, ZJ1, held for a contract | 2024-12-05 | 90 | 100,000.00 |
| HT215-0005 | 2024-03-01, sold 2025-01-05, came back 2025-02-23 | 10 | 700,000.00 |
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import (
    CouponScope,
    FundKind,
    GiftKind,
    InboundKind,
    InspectionResult,
    PaperState,
    StockAge,
    UnitCondition,
    UnitState,
)
from app.unit_of_work import change, create, fire
from tests.kit import A1_FEES, D, World, on_both
from tests.parts import new_part, open_stores, opening
from tests.reports.story import read, rows, totals
from tests.stories import gift, part_debt, pays, send, sold

OUT = ("revenue", "cost", "margin", "margin_share", "gifts", "margin_after")


def decided(world: World, paper: Any) -> Any:
    fire(paper, "submit", by=world["clerk"])
    while (role := world.row(type(paper), id=paper.id).awaiting_role) is not None:
        fire(paper, "approve", by=next(a for a in world.people.values() if role in a.roles))
    return world.row(type(paper), id=paper.id)


def line(world: World, unit: m.MachineUnit | None, price: str, model: str = "HT215") -> dict[str, Any]:
    return {"model": world.row(m.MachineModel, model=model), "unit": unit, "unit_price": D(price)}


def yard(world: World) -> m.MachineContract:
    """The five machines above; the contract that holds the fourth."""
    with clock.on(dt.date(2024, 2, 1)):
        world.unit("HT215-0001")
    with clock.on(dt.date(2024, 3, 1)):
        world.unit("HT215-0005")
    with clock.on(dt.date(2024, 9, 6)):
        second = world.unit("HT215-0002", price="113000", yard="ZJ2")
    with acting_as(SYSTEM):
        second.extra_cost_amount = D("1234.56")
        db.session.commit()
    with clock.on(dt.date(2024, 12, 20)):
        paper = create(
            m.MachineInbound,
            {"kind": InboundKind.OPENING, "model": world.row(m.MachineModel, model="HT215"), "serial_number": "HT215-0003",
             "condition": UnitCondition.USED, "warehouse": world.row(m.Warehouse, code="ZJ1"), "gross_amount": D(113000),
             "arrived_on": dt.date(2024, 12, 4)},
            by=world["buyer"],
        )  # fmt: skip
        fire(paper, "receive", by=world["keeper"], inspection=InspectionResult.PASS)
    with clock.on(dt.date(2024, 12, 5)):
        fourth = world.unit("HT75-0004", "HT75", "113000")
    with clock.on(dt.date(2025, 1, 5)):
        fifth = world.row(m.MachineUnit, serial_number="HT215-0005")
        gone = world.approved(world.contract(world.company(number=5), world.contact(number=5), fifth))
        pays(world, gone.customer, list(world.debts(gone).values()))
        send(world, gone)
    with clock.on(dt.date(2025, 2, 23)):
        sent = world.row(m.MachineDispatch, contract_id=gone.id)
        values = {"dispatch": sent, "warehouse": world.row(m.Warehouse, code="ZJ2"), "reason": "功率不足"}
        back = decided(world, create(m.MachineReturn, values | {"depreciation_amount": D(113000)}, by=world["clerk"]))
        assert back.state is PaperState.TO_REFUND
    held = world.contract(
        world.company("sales2", number=6), world.contact("sales2", number=6), None, "sales2",
        lines=[line(world, fourth, "390000", "HT75")],
    )  # fmt: skip
    return world.approved(held)


@on_both
def test_every_machine_in_a_yard_with_its_age_and_cost(world: World) -> None:
    contract = yard(world)
    each = rows(world, "MachineStock", "serial_number", "days", "age", "state", "cost", "contract_number")
    assert each == [
        ("HT215-0001", 398, StockAge.OLDER, UnitState.IN_STOCK, D("800000.00"), None),
        ("HT215-0002", 180, StockAge.DAYS_180, UnitState.IN_STOCK, D("101234.56"), None),
        ("HT215-0003", 91, StockAge.DAYS_180, UnitState.IN_STOCK, D("100000.00"), None),
        ("HT75-0004", 90, StockAge.DAYS_90, UnitState.RESERVED, D("100000.00"), contract.number),
        ("HT215-0005", 10, StockAge.DAYS_90, UnitState.RETURNED, D("700000.00"), None),
    ]
    assert totals(world, "MachineStock", "cost") == (D("1801234.56"),)
    bands = ("pieces", "aged_days_90", "aged_days_180", "aged_days_365", "aged_older", "oldest", "cost")
    by_yard = rows(world, "MachineStock", "warehouse_name", *bands, group="WAREHOUSE")
    yards = {w.code: w.name for w in world.rows(m.Warehouse)}
    assert by_yard == [
        (yards["ZJ1"], 3, 1, 1, 0, 1, 398, D("1000000.00")),
        (yards["ZJ2"], 2, 1, 1, 0, 0, 180, D("801234.56")),
    ]
    by_condition = rows(world, "MachineStock", "condition", "pieces", "cost", group="CONDITION")
    assert by_condition == [
        (UnitCondition.NEW, 3, D("1001234.56")), (UnitCondition.USED, 2, D("800000.00")),
    ]  # fmt: skip
    old = rows(world, "MachineStock", "serial_number", age="DAYS_180", condition="NEW")
    assert old == [("HT215-0002",)]
    # a withdrawn dispatch interrupts nothing; a machine that is out is no stock
    pays(world, contract.customer, list(world.debts(contract).values()))
    send(world, contract)
    assert len(rows(world, "MachineStock", "days")) == 4
    values = {"contract": contract, "dispatch": world.row(m.MachineDispatch, contract_id=contract.id), "reason": "装错"}
    decided(world, create(m.DispatchWithdrawal, values, by=world["clerk"]))
    assert rows(world, "MachineStock", "serial_number", "days", state="RESERVED") == [("HT75-0004", 90)]


def test_who_sees_which_machines_and_no_cost(world: World) -> None:
    """A salesperson meets what he can offer and what is held for him; a keeper his yard; neither meets a cost."""
    yard(world)
    free = {"HT215-0001", "HT215-0002", "HT215-0003"}
    for who, machines in (
        ("sales1", free),
        ("sales2", free | {"HT75-0004"}),
        ("clerk", free | {"HT75-0004", "HT215-0005"}),
    ):
        sheet, told, sums = read(world, "MachineStock", world[who])
        assert {row["serial_number"] for row in told} == machines, who
        assert "cost" not in sheet.figures and sums == {}
    sheet, told, sums = read(world, "MachineStock", world["keeper"])
    assert {row["serial_number"] for row in told} <= free | {"HT75-0004", "HT215-0005"} and sums == {}


def coupons_used(world: World) -> None:
    """Four machines out in March, one back, one withdrawn; 300.00 and 100.00 of coupons redeemed, 50.00 of a handed-on one.

    | paper | revenue | cost | redeemed |
    |---|---|---|---|
    | contract 1 | 1,050,000.00 / 1.13 = 929,203.54 | 800,000.00 | 300.00 + 50.00 handed on |
    | contract 2, line 1 | 929,203.54 | 800,000.00 | 100.00 × 929,203.54 / 1,274,336.28 = 72.92 |
    | contract 2, line 2 | 390,000.00 / 1.13 = 345,132.74 | 300,000.00 + 65.43 extra | 100.00 − 72.92 = 27.08 |
    """
    one, two = world.company(), world.company("sales2", number=2)
    with acting_as(SYSTEM):
        kind = world.row(m.CouponType, scope=CouponScope.PART)
        kind.is_transferable = True
        db.session.commit()
    sold(world, one, fees=A1_FEES, gifts=[gift(world, "5000")])
    first = world.row(m.Coupon)
    second_unit, third_unit = world.unit("HT215-0002"), world.unit("HT75-0003", "HT75", "339000")
    with acting_as(SYSTEM):
        third_unit.extra_cost_amount = D("65.43")
        db.session.commit()
    both = world.approved(world.contract(
        two, world.contact("sales2", 2), None, "sales2", gifts=[gift(world, "2000")],
        lines=[line(world, second_unit, "1050000"), line(world, third_unit, "390000", "HT75")],
    ))  # fmt: skip
    pays(world, two, list(world.debts(both).values()))
    with clock.on(dt.date(2025, 3, 31)):
        send(world, both)
    with clock.on(dt.date(2025, 4, 1)):
        send(world, both)
        other = next(c for c in world.rows(m.Coupon) if c.id != first.id)
        for customer, coupon, amount in ((one, first, "300"), (two, other, "100")):
            debt = part_debt(world, customer, "1000")
            world.paid(
                customer, [(debt, amount)], funds=[{"kind": FundKind.COUPON, "coupon": coupon, "amount": D(amount)}]
            )
        friend = world.company("sales1", number=3)
        fire(world.row(m.Coupon, id=first.id), "transfer", by=world["gm"], customer=friend, reason="客户要求")
        handed = world.row(m.Coupon, from_coupon_id=first.id)
        debt = part_debt(world, friend, "1000")
        used = world.paid(friend, [(debt, "80")], funds=[{"kind": FundKind.COUPON, "coupon": handed, "amount": D(80)}])
        fire(used, "reverse", by=world["finance"], reason="用错券")  # 80.00 restored
        world.paid(friend, [(debt, "50")], funds=[{"kind": FundKind.COUPON, "coupon": handed, "amount": D(50)}])
    returned = sold(world, world.company(number=4), serial="HT215-0004")
    with clock.on(dt.date(2025, 4, 2)):
        sent = world.row(m.MachineDispatch, contract_id=returned.id)
        values = {"dispatch": sent, "warehouse": world.row(m.Warehouse, code="ZJ1"), "reason": "功率不足"}
        decided(world, create(m.MachineReturn, values, by=world["clerk"]))
    gone = sold(world, world.company(number=5), serial="HT215-0005")
    values = {"contract": gone, "dispatch": world.row(m.MachineDispatch, contract_id=gone.id), "reason": "装错"}
    decided(world, create(m.DispatchWithdrawal, values, by=world["clerk"]))


@on_both
def test_what_machines_earned_before_and_after_the_coupons_given_with_them(world: World) -> None:
    coupons_used(world)
    wide: dict[str, Any] = {"day_from": "2025-03-01", "day_to": "2025-04-30"}
    assert rows(world, "MachineMargin", "serial_number", "business_on", *OUT, **wide) == [
        ("HT75-0003", dt.date(2025, 4, 1), D("345132.74"), D("300065.43"), D("45067.31"), D("0.1306"), D("27.08"), D("45040.23")),
        ("HT215-0002", dt.date(2025, 3, 31), D("929203.54"), D("800000.00"), D("129203.54"), D("0.1390"), D("72.92"), D("129130.62")),
        ("HT215-0001", dt.date(2025, 3, 5), D("929203.54"), D("800000.00"), D("129203.54"), D("0.1390"), D("350.00"), D("128853.54")),
    ]  # fmt: skip
    # 929,203.54 × 2 + 345,132.74; 800,000.00 × 2 + 300,065.43; 303,474.39 / 2,203,539.82 = 0.137721…; 350.00 + 100.00
    whole = (D("2203539.82"), D("1900065.43"), D("303474.39"), D("0.1377"), D("450.00"), D("303024.39"))
    assert totals(world, "MachineMargin", *OUT, **wide) == whole
    assert rows(world, "MachineMargin", "month", "pieces", "revenue", "gifts", group="MONTH", **wide) == [
        ("2025-04", 1, D("345132.74"), D("27.08")), ("2025-03", 2, D("1858407.08"), D("422.92")),
    ]  # fmt: skip
    names = {e.id: e.name for e in world.rows(m.Employee)}
    assert rows(world, "MachineMargin", "salesperson_name", "pieces", "margin", group="SALESPERSON", **wide) == [
        (names[world["sales2"].employee_id], 2, D("174270.85")), (names[world["sales1"].employee_id], 1, D("129203.54")),
    ]  # fmt: skip
    by_model = rows(world, "MachineMargin", "model_name", "revenue", "margin_after", group="MODEL", **wide)
    assert [row[1:] for row in by_model] == [
        (D("1858407.08"), D("257984.16")), (D("345132.74"), D("45040.23")),
    ]  # fmt: skip
    assert totals(world, "MachineMargin", *OUT, group="DEPARTMENT", **wide) == whole
    # the shares of a contract are those of all its machines, whatever is asked for
    assert totals(world, "MachineMargin", "gifts", day_from="2025-04-01", day_to="2025-04-30") == (D("27.08"),)


@on_both
def test_a_machine_that_was_taken_in_payment_is_counted_once_since_it_came_back(world: World) -> None:
    customer = world.company()
    sold(world, customer, serial="HT215-0001")
    contract = world.approved(world.contract(
        customer, world.contact(number=7), None, deposit_amount=D(0), lines=[line(world, world.unit("HT75-1", "HT75", "339000"), "400000", "HT75")],
        trade_in_amount=D(90_000), trade_in_serial="HT215-0001", trade_in_model=world.row(m.MachineModel, model="HT215"),
        trade_in_yard=world.row(m.Warehouse, code="ZJ1"),
    ))  # fmt: skip
    with clock.on(dt.date(2025, 4, 3)):
        paper = world.row(m.MachineInbound, contract_id=contract.id)
        change(paper, {"arrived_on": clock.today()}, by=world["buyer"])
        fire(paper, "receive", by=world["keeper"], inspection=InspectionResult.PASS)
        found = [r for r in rows(world, "MachineStock", "serial_number", "since", "cost") if r[0] == "HT215-0001"]
    assert found == [("HT215-0001", dt.date(2025, 4, 3), D("90000.00"))]


def test_parts_given_count_when_they_have_left(world: World) -> None:
    """Two HT75 of 400,000.00; three filters of 20.00 go with them: 60.00, half of it borne by each machine."""
    main, _branch = open_stores(world)
    opening(world, new_part(world), main, "10", "200")
    given = {"kind": GiftKind.PART, "part": world.row(m.Part), "warehouse": main, "quantity": D(3)}
    units = [world.unit(f"HT75-{n}", "HT75", "339000") for n in (1, 2)]
    contract = world.approved(world.contract(
        world.company(), world.contact(), None, gifts=[given], lines=[line(world, u, "400000", "HT75") for u in units],
    ))  # fmt: skip
    pays(world, contract.customer, [d for d in world.debts(contract).values() if d.is_before_dispatch])
    for _ in units:
        send(world, contract)
    wide: dict[str, Any] = {"day_from": "2025-03-01", "day_to": "2025-04-30"}
    assert totals(world, "MachineMargin", "margin", "parts", "margin_after", **wide) == (
        D("107964.60"),
        D("0.00"),
        D("107964.60"),
    )
    paper = world.row(m.PartOutbound)
    fire(paper, "ship", by=world["keeper"], lines=[{"id": row.id, "quantity": D(3)} for row in paper.lines])
    # 2 × (353,982.30 − 300,000.00) = 107,964.60
    assert totals(world, "MachineMargin", "margin", "parts", "margin_after", **wide) == (
        D("107964.60"),
        D("60.00"),
        D("107904.60"),
    )
    assert [row for (row,) in rows(world, "MachineMargin", "parts", **wide)] == [D("30.00"), D("30.00")]


def test_a_salesperson_meets_the_margin_of_nobody(world: World) -> None:
    coupons_used(world)
    wide: dict[str, Any] = {"day_from": "2025-03-01", "day_to": "2025-04-30"}
    sheet, told, sums = read(world, "MachineMargin", world["sales1"], **wide)
    assert {row["serial_number"] for row in told} == {"HT215-0001"}
    assert not {"cost", "margin", "margin_share", "parts", "margin_after"} & (set(sheet.figures) | set(sums))
    assert sums["revenue"] == D("929203.54")


def orders(world: World) -> list[m.MachineContract]:
    """A contract of two machines of which one has left, one half paid that has nothing yet, one by instalments that waits.

    | contract | before dispatch | paid |
    |---|---|---|
    | 1 of sales1: HT215 left, HT75 held | 1,440,000.00 | all |
    | 2 of sales2: HT215, no machine | 1,050,000.00 + 15,000.00 of fees | 20,000.00 |
    | 3 of sales1: HT75 by instalments, no machine | 30 % of 390,000.00 = 117,000.00 | 0.00 |
    """
    one, two, three = world.company(), world.company("sales2", number=2), world.company(number=3)
    with clock.on(dt.date(2025, 2, 3)):
        first = world.approved(world.contract(
            one, world.contact(), None,
            lines=[line(world, world.unit("HT215-0001"), "1050000"), line(world, world.unit("HT75-0002", "HT75", "339000"), "390000", "HT75")],
        ))  # fmt: skip
        pays(world, one, list(world.debts(first).values()))
    send(world, first)
    with clock.on(dt.date(2025, 2, 23)):
        second = world.approved(world.contract(two, world.contact("sales2", 2), None, "sales2", fees=A1_FEES))
        world.paid(two, [(world.debts(second)["DEPOSIT"], "20000")])
    third = world.approved(world.contract(
        three, world.contact(number=3), None, pay_mode=m.enums.PayMode.INSTALMENT, down_share=D("0.30"), periods=12,
        annual_rate=D("0.06"), first_due_on=dt.date(2025, 4, 30), lines=[line(world, None, "390000", "HT75")],
    ))  # fmt: skip
    world.contract(world.company(number=4), world.contact(number=4), world.unit("HT215-0009"))  # a draft is no order
    return [first, second, third]


@on_both
def test_what_is_ordered_and_has_not_left(world: World) -> None:
    first, second, third = orders(world)
    figures = ("open_machines", "unallocated", "open_amount", "required", "paid", "missing", "days")
    # 2025-02-03 → 03-05: 25 + 5 = 30 days; 02-23 → 03-05: 5 + 5 = 10; fees are due before dispatch
    assert rows(world, "OrderBook", "number", *figures) == [
        (first.number, 1, 0, D("390000.00"), D("1440000.00"), D("1440000.00"), D("0.00"), 30),
        (second.number, 1, 1, D("1050000.00"), D("1065000.00"), D("20000.00"), D("1045000.00"), 10),
        (third.number, 1, 1, D("390000.00"), D("117000.00"), D("0.00"), D("117000.00"), 0),
    ]
    assert totals(world, "OrderBook", *figures[:-1]) == (
        3, 2, D("1830000.00"), D("2622000.00"), D("1460000.00"), D("1162000.00"),
    )  # fmt: skip
    by_model = rows(
        world, "OrderBook", "open_machines", "allocated", "unallocated", "open_amount", "days", group="MODEL"
    )
    assert by_model == [(2, 1, 1, D("780000.00"), 30), (1, 0, 1, D("1050000.00"), 10)]
    ht215 = world.row(m.MachineModel, model="HT215")
    assert rows(world, "OrderBook", "number", model=ht215.id) == [(second.number,)]
    assert rows(world, "OrderBook", "number", pay_mode="INSTALMENT") == [(third.number,)]
    assert rows(world, "OrderBook", "number", customer=second.customer_id) == [(second.number,)]
    fire(second, "permit", by=world["gm"], reason="老客户", until=clock.today())
    assert [row for row in rows(world, "OrderBook", "special_amount") if row[0]] == [(D("1045000.00"),)]
    # it is what the gate says
    from app.workflows.machines.dispatch import short_of

    with acting_as(SYSTEM):
        gate = [short_of(world.row(m.MachineContract, id=c.id)) for c in (first, second, third)]
    assert rows(world, "OrderBook", "required", "paid", "missing") == gate
    by_seller = rows(world, "OrderBook", "contracts", "open_machines", "missing", group="SALESPERSON")
    assert by_seller == [(2, 2, D("117000.00")), (1, 1, D("1045000.00"))]
    assert rows(world, "OrderBook", "number", by=world["sales2"]) == [(second.number,)]
