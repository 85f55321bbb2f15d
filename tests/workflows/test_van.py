"""移动库: a technician's store comes, is renamed and goes with him."""

from __future__ import annotations

import pytest

from app import models as m
from app.actor import acting_as
from app.database import db
from app.enums import EmployeeState, StockMovement, TransferState, WarehouseKind
from app.errors import WrongAmount, WrongState
from app.ledgers import stock
from app.staff import actor_of
from app.unit_of_work import change, create, fire
from tests.kit import D, World
from tests.vans import Vans


def hired(world: World, number: str = "301", **more: object) -> m.Employee:
    values = {"staff_number": number, "name": "赵铁", "mobile": f"13855200{number}", "is_technician": True,
              "department": world.row(m.Department, code="FWB")} | more  # fmt: skip
    return create(m.Employee, values, by=world["sysadmin"])


def van_of(world: World, employee: m.Employee) -> m.Warehouse:
    return world.row(m.Warehouse, owner_id=employee.id)


def test_a_new_technician_gets_a_store_named_after_him(world: World) -> None:
    van = van_of(world, hired(world))
    assert (van.name, van.kind, van.is_enabled) == ("赵铁移动库", WarehouseKind.MOBILE, True)
    assert van.department.code == "FWB" and van.code == "YD301"
    assert world.rows(m.Warehouse, owner_id=hired(world, "302", name="钱文", is_technician=False).id) == []


def test_a_second_technician_of_the_name_carries_his_staff_number(world: World) -> None:
    assert [van_of(world, hired(world, n)).name for n in ("301", "302")] == ["赵铁移动库", "赵铁302移动库"]


def test_renaming_or_moving_the_technician_renames_and_moves_the_store(world: World) -> None:
    person = hired(world)
    change(person, {"name": "赵刚", "department": world.row(m.Department, code="XSB")}, by=world["sysadmin"])
    van = van_of(world, person)
    assert van.name == "赵刚移动库" and van.department.code == "XSB"


def test_becoming_a_technician_later_and_again_uses_one_store(world: World) -> None:
    person = hired(world, is_technician=False)
    for is_technician in (True, False, True):
        change(person, {"is_technician": is_technician}, by=world["sysadmin"])
    assert [v.is_enabled for v in world.rows(m.Warehouse, owner_id=person.id)] == [True]


@pytest.mark.parametrize("how", ["leave", "unset"])
def test_nobody_goes_with_parts_in_the_van(world: World, how: str) -> None:
    v = Vans(world)
    person, part = world.row(m.Employee, id=world["tech1"].employee_id), v.part("LX-1")
    v.stocked(part, "2", "20.00", v.van())
    with pytest.raises(WrongState) as refused:
        fire(person, "leave", by=world["sysadmin"]) if how == "leave" else change(
            person, {"is_technician": False}, by=world["sysadmin"]
        )
    assert "李强移动库" in str(refused.value)
    person = v.fresh(person)
    assert person.state is EmployeeState.ACTIVE and person.is_technician and v.van().is_enabled


def test_nobody_goes_while_parts_are_on_the_way_to_him(world: World) -> None:
    v = Vans(world)
    person, part = world.row(m.Employee, id=world["tech1"].employee_id), v.part("LX-1")
    v.stocked(part, "2", "20.00")
    paper = create(
        m.StockTransfer,
        {"source": v.main, "target": v.van(), "lines": [{"part": part, "quantity": D(1)}]},
        by=world["clerk"],
    )
    with pytest.raises(WrongState) as refused:
        fire(person, "leave", by=world["sysadmin"])
    assert paper.number in str(refused.value)
    fire(paper, "cancel", by=world["clerk"], reason="不用了")
    fire(person, "leave", by=world["sysadmin"])
    assert not v.van().is_enabled and v.fresh(paper).state is TransferState.CANCELLED


def test_a_mobile_store_is_not_made_turned_or_renamed_by_hand(world: World) -> None:
    by = world["sysadmin"]
    with pytest.raises(WrongAmount) as refused:
        create(m.Warehouse, {"code": "Y9", "name": "野库", "kind": WarehouseKind.MOBILE,
                             "department": world.row(m.Department, code="FWB")}, by=by)  # fmt: skip
    assert refused.value.field == "kind"
    van = van_of(world, hired(world))
    with pytest.raises(WrongAmount):
        change(van, {"kind": WarehouseKind.MAIN}, by=by)
    change(van, {"name": "我的库", "is_enabled": False, "address": "皖 A12345"}, by=by)
    van = van_of(world, m.Employee(id=van.owner_id))
    assert (van.name, van.is_enabled, van.address) == ("赵铁移动库", True, "皖 A12345")


def test_a_technician_works_with_his_own_store_and_meets_no_other(world: World) -> None:
    v = Vans(world)
    assert world["tech1"].warehouse_ids == {v.van().id} and world["tech2"].warehouse_ids == {v.van("tech2").id}
    part = v.part("LX-1")
    for store in (v.main, v.van(), v.van("tech2")):
        v.stocked(part, "1", "10.00", store)
    with acting_as(world["tech1"]):
        seen = db.session.scalars(__import__("sqlalchemy").select(m.StockBalance)).all()
    assert [b.warehouse_id for b in seen] == [v.van().id]
    page = world.browser("tech1").get("/stockbalanceview/list/").get_data(as_text=True)
    assert "李强移动库" in page and "总库" not in page and "10.00" not in page


def test_a_closed_van_is_no_longer_ones_own(world: World) -> None:
    person = world.row(m.Employee, id=world["tech1"].employee_id)
    change(person, {"is_technician": False}, by=world["sysadmin"])
    assert actor_of(world["tech1"].user_id or 0, "tech1").warehouse_ids == frozenset()


def test_the_ledger_keeps_a_balance_in_a_van(world: World) -> None:
    v = Vans(world)
    part = v.part("LX-1")
    v.stocked(part, "3", "100.00", v.van())
    paper = create(m.PurchaseOrder, {"supplier": v.supplier, "warehouse": v.main, "lines": [
        {"part": part, "quantity": D(1), "unit_price": D(0)}]}, by=world["buyer"])  # fmt: skip
    stock.move(part, D(1), source=v.van(), target=v.main, movement=StockMovement.TECH_RETURN_OUT, origin=paper, line=1)
    db.session.commit()
    assert v.shelf(part, v.van()) == (D(2), D("66.67")) and v.shelf(part, v.main) == (D(1), D("33.33"))
