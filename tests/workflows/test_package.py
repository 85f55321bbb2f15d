"""保养包: services a customer has already; a maintenance order that is settled on it uses one, and no more than there are."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock, jobs
from app import models as m
from app.enums import ChargeKind, PackageState, WorkOrderKind
from app.errors import MissingData, NotAllowed, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.books import check_books
from tests.concurrency.test_races import at_once, same
from tests.kit import START, D, World, on_both, on_postgres
from tests.vans import Vans
from tests.workflows.test_work_order import sold


class Care:
    """A machine with two services left until the end of June."""

    def __init__(self, world: World) -> None:
        self.world, self.vans = world, Vans(world)
        self.customer, self.unit = sold(world)
        self.package = self.given()

    def given(self, **more: Any) -> m.ServicePackage:
        values = {"customer": self.customer, "unit": self.unit, "times": 2, "valid_until": dt.date(2025, 6, 30),
                  "reason": "年底回馈"} | more  # fmt: skip
        return create(m.ServicePackage, values, by=self.world["service_manager"])

    def finished(self, kind: WorkOrderKind = WorkOrderKind.MAINTAIN, **more: Any) -> m.WorkOrder:
        """One filter of 30.00 used on the order, two hours of work."""
        order = self.vans.at_work(self.vans.order(self.customer, self.unit, kind=kind, **more))
        if not self.world.rows(m.Part):
            filter_ = self.vans.part("LX-1")
            self.vans.stocked(filter_, "10", "300.00", self.vans.van())
        part = self.world.rows(m.Part)[0]
        fire(order, "consume", by=self.world["tech1"], part=part, quantity=D(1), charge_kind=ChargeKind.CUSTOMER)
        self.vans.finish(order)
        return self.vans.fresh(order)

    def reviewed(self, order: m.WorkOrder, package: m.ServicePackage | None, **more: Any) -> m.WorkOrder:
        line = self.world.rows(m.WorkOrderPart, work_order_id=order.id)[0]
        told = [{"id": line.id, "charge_kind": ChargeKind.PACKAGE, "unit_price": D(180)}]
        return fire(order, "review", by=self.world["service_manager"], lines=told, package=package, **more)

    def now(self, package: m.ServicePackage | None = None) -> tuple[PackageState, int]:
        row = self.vans.fresh(package or self.package)
        return row.state, row.used_times


@on_both
def test_two_services_are_two_orders_and_nothing_is_owed_for_their_parts(world: World) -> None:
    care = Care(world)
    for n, state in ((1, PackageState.ACTIVE), (2, PackageState.USED)):
        order = care.reviewed(care.finished(), care.package, labour_price=D(100), labour_hours=D(2))
        assert care.now() == (PackageState.ACTIVE, n - 1)
        fire(order, "settle", by=world["finance"])
        assert care.now() == (state, n)
        assert [d.amount for d in world.rows(m.Receivable, work_order_id=order.id)] == [D("200.00")]
    with pytest.raises(WrongState, match="用完"):
        care.reviewed(care.finished(), care.package)
    check_books()


def test_a_part_in_a_package_names_the_package_and_the_package_fits(world: World) -> None:
    care = Care(world)
    order = care.finished()
    with pytest.raises(MissingData) as fault:
        care.reviewed(order, None)
    assert fault.value.field == "package"
    other = world.company(number=7)
    strange = care.given(customer=other, unit=None)
    with pytest.raises(WrongAmount, match="另一个客户"):
        care.reviewed(order, strange)
    with pytest.raises(WrongAmount, match="保养工单"):
        care.reviewed(care.finished(WorkOrderKind.REPAIR), care.package)
    anywhere = care.given(unit=None)
    care.reviewed(order, anywhere)
    care.reviewed(order, care.package)  # thought better of it
    assert care.vans.fresh(order).package_id == care.package.id


def test_what_was_reported_in_time_is_settled_after_the_last_day(world: World) -> None:
    care = Care(world)
    order = care.finished()
    with clock.on(dt.date(2025, 7, 1)):
        jobs.nightly(dt.date(2025, 7, 1))
        assert care.now() == (PackageState.EXPIRED, 0)
        fire(care.reviewed(order, care.package), "settle", by=world["finance"])
        assert care.now() == (PackageState.EXPIRED, 1)
        late = care.finished()
        with pytest.raises(WrongState, match="2025-06-30"):
            care.reviewed(late, care.package)
        fire(care.package, "extend", by=world["service_manager"], until=dt.date(2025, 9, 30), reason="设备停工")
        care.reviewed(late, care.package)
        with pytest.raises(WrongAmount):
            fire(care.package, "extend", by=world["service_manager"], until=dt.date(2025, 9, 30), reason="x")
    check_books()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"times": 0}, "times"),
        ({"times": 61}, "times"),
        ({"valid_until": START - dt.timedelta(days=1)}, "valid_until"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_a_package_is_sensible(world: World, values: dict[str, Any], field: str) -> None:
    care = Care(world)
    with pytest.raises((WrongAmount, MissingData)) as fault:
        care.given(**values)
    assert fault.value.field == field


def test_only_the_service_manager_gives_and_voids(world: World) -> None:
    care = Care(world)
    with pytest.raises(NotAllowed):
        create(m.ServicePackage, {"customer": care.customer, "times": 1}, by=world["clerk"])
    with pytest.raises(NotAllowed):
        fire(care.package, "void", by=world["finance"], reason="x")
    fire(care.package, "void", by=world["service_manager"], reason="客户退机")
    assert care.now() == (PackageState.VOID, 0)
    with pytest.raises(WrongState):
        change(care.package, {"times": 9}, by=world["service_manager"])


@on_postgres
def test_the_last_service_is_used_once_though_two_orders_are_settled_at_once(world: World) -> None:
    care = Care(world)
    last = care.given(times=1)
    orders = [care.reviewed(care.finished(), last) for _ in range(2)]
    done = at_once(world, [(world["finance"], same(m.WorkOrder, o.id, "settle")) for o in orders])
    assert done.count(True) == 1 and care.now(last) == (PackageState.USED, 1)
    check_books()
