"""合同赠送: what leaves with the machines: parts as a sale of kind 配件赠送 of its own, services as a package of each machine.

Coupons are issued when the contract is approved and wait for the dispatch (contract_booking.py, dispatch.py). Who approved
the contract has approved its gifts: nobody decides on them again. Source: dictionary B-11c.
"""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from flask_babel import gettext

from ...actor import SYSTEM, acting_as
from ...database import db
from ...enums import DispatchState, GiftKind, PackageState, SaleState, ShipState
from ...errors import WrongState
from ...models import (
    ContractGift,
    MachineContract,
    MachineDispatch,
    PartSale,
    SaleLine,
    SaleType,
    ServicePackage,
    Warehouse,
)
from .. import machine
from ..finance import called_off
from ..parts import sale as sales
from ..service import package as packages

SALE_TYPE = "gift"


def send(sent: MachineDispatch) -> None:
    """With the first machine the parts, with each machine its services.

    Posts:  a sale of kind 配件赠送 per warehouse, approved; what the warehouse lacks waits for goods; service packages.
    """
    contract = sent.contract
    for gift in contract.gifts:
        if gift.kind is GiftKind.SERVICE:
            packages.give(contract, sent.unit, gift.times, gift.valid_days)
    parts = [gift for gift in contract.gifts if gift.kind is GiftKind.PART]
    if not parts or sales_of(contract):
        return
    by_warehouse: dict[int, list[ContractGift]] = defaultdict(list)
    for gift in parts:
        by_warehouse[gift.warehouse_id or 0].append(gift)
    for warehouse_id, given in sorted(by_warehouse.items()):
        _give_parts(contract, db.session.get_one(Warehouse, warehouse_id), given)


def _give_parts(contract: MachineContract, warehouse: Warehouse, given: list[ContractGift]) -> None:
    paper = PartSale(
        sale_type=db.session.scalars(sa.select(SaleType).where(SaleType.code == SALE_TYPE)).one(),
        customer=contract.customer,
        contract_id=contract.id,
        warehouse=warehouse,
        detail=gettext("given with contract %(number)s", number=contract.number),
        lines=[
            SaleLine(line_number=n, part=gift.part, quantity=gift.quantity, unit_price=0)
            for n, gift in enumerate(given, 1)
        ],
    )
    sales.prepare(paper)
    machine.begin(paper)
    with acting_as(SYSTEM):
        sales.submit(paper)
        sales.approve(paper, opinion=gettext("approved with contract %(number)s", number=contract.number), despite_shortage=True)  # fmt: skip


def sales_of(contract: MachineContract) -> list[PartSale]:
    """The gifts of parts of a contract that stand."""
    return list(
        db.session.scalars(
            sa.select(PartSale)
            .where(PartSale.contract_id == contract.id, PartSale.state != SaleState.CANCELLED)
            .order_by(PartSale.id)
        )
    )


def packages_of(sent: MachineDispatch) -> list[ServicePackage]:
    """The services that came with a machine and still stand."""
    return list(
        db.session.scalars(
            sa.select(ServicePackage)
            .where(
                ServicePackage.contract_id == sent.contract_id,
                ServicePackage.unit_id == sent.unit_id,
                ServicePackage.state != PackageState.VOID,
            )
            .order_by(ServicePackage.id)
        )
    )


def check_untouched(sent: MachineDispatch) -> None:
    """Raises WrongState when parts have left or a service was done."""
    for paper in sales_of(sent.contract) if _is_the_only_one(sent) else []:
        if paper.ship_state is not ShipState.NONE:
            raise WrongState(gettext("Parts given with this contract have left: %(number)s", number=paper.number))
    for package in packages_of(sent):
        if package.used_times:
            raise WrongState(gettext("Services of package %(number)s have been used", number=package.number))


def take_back(sent: MachineDispatch, reason: str) -> None:
    """What has not been used of the gifts of a machine is not given any more; parts go with the last machine that was out."""
    with acting_as(SYSTEM):
        for paper in sales_of(sent.contract) if _is_the_only_one(sent) else []:
            if paper.ship_state is ShipState.NONE:
                called_off.cancel(machine.lock(PartSale, paper.id), reason=reason)
        for package in packages_of(sent):
            if package.state in packages.STANDING:
                packages.void(machine.lock(ServicePackage, package.id), reason=reason)


def _is_the_only_one(sent: MachineDispatch) -> bool:
    """Whether no other machine of the contract is out."""
    others = sa.select(MachineDispatch.id).where(
        MachineDispatch.contract_id == sent.contract_id,
        MachineDispatch.id != sent.id,
        MachineDispatch.state == DispatchState.DONE,
    )
    return db.session.scalar(others) is None
