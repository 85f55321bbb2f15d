"""The paper side of the demo: licences and identity cards of customers, scans of contracts, photos from the site."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from .. import clock
from .. import models as m
from ..actor import SYSTEM, acting_as
from ..database import db
from ..enums import SIGNED_CONTRACTS, CustomerKind, UnitState
from ..enums import AttachmentKind as K
from ..unit_of_work import together
from ..workflows.system import attachment
from . import pictures

if TYPE_CHECKING:
    from .build import Demo

MANY = 6


class AttachmentStory:
    """What people photographed and scanned; told last, for it belongs to what is already there."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo

    def tell(self) -> None:
        with acting_as(SYSTEM):
            customers = self._first(m.Customer)
            contracts = self._first(m.MachineContract, m.MachineContract.state.in_(SIGNED_CONTRACTS))
            units = self._first(m.MachineUnit, m.MachineUnit.state == UnitState.IN_STOCK)
        for number, customer in enumerate(customers):
            seller = self._account(customer.salesperson_id)
            if customer.kind is CustomerKind.COMPANY:
                self._put(seller, customer, K.LICENCE, f"{customer.name}营业执照.png", pictures.sheet(number))
            else:
                self._put(seller, customer, K.ID_CARD, f"{customer.name}身份证.png", pictures.sheet(number))
        for number, contract in enumerate(contracts):
            name = f"{contract.number}盖章扫描件.png"
            self._put("clerk", contract, K.CONTRACT, name, pictures.sheet(40 + number))
        for number, unit in enumerate(units):
            self._put("keeper", unit, K.SITE_PHOTO, f"{unit.serial_number}入库.jpg", pictures.site(number))

    def _first(self, entity: type, *where: object) -> list:  # type: ignore[type-arg]
        return list(db.session.scalars(sa.select(entity).where(*where).order_by(entity.id).limit(MANY)))

    def _account(self, employee_id: int) -> str:
        return next(name for name, actor in self.demo.who.items() if actor.employee_id == employee_id)

    def _put(self, who: str, document: m.Entity, kind: K, name: str, content: bytes) -> None:
        with clock.on(self.demo.today - timedelta(days=1), time(16, 20)), self.demo.do(who):
            together(lambda: attachment.attach(document, kind, name, content), entity=m.Attachment)
