"""Longer words of a dealer's story, on top of `tests.kit.World`: a machine sold, a coupon in the hand, a debt for parts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from app import clock, scope
from app import models as m
from app.actor import SYSTEM, Actor, acting_as
from app.database import db
from app.enums import AccountKind, CouponScope, EmployeeState, FundKind, PayMode, ReceivableKind
from app.screens.security import actor_of
from app.unit_of_work import create, fire
from app.workflows.organisation import account
from tests.kit import D, World


def left(world: World, debt: m.Receivable) -> Decimal:
    """What is open of a receivable, read afresh."""
    return world.row(m.Receivable, id=debt.id).outstanding_amount


def part_debt(
    world: World,
    customer: m.Customer,
    amount: str,
    *,
    due: dt.date | None = None,
    kind: ReceivableKind = ReceivableKind.PART,
) -> m.Receivable:
    """An opening receivable, typed by finance."""
    values = {"customer": customer, "kind": kind, "amount": D(amount), "due_on": due or clock.today()}
    return create(m.Receivable, values, by=world["finance"])


def pays(world: World, customer: m.Customer, debts: list[m.Receivable]) -> m.Receipt:
    """A confirmed receipt that pays everything that is open on these debts."""
    return world.paid(customer, [(d, str(left(world, d))) for d in debts])


def send(
    world: World,
    contract: m.MachineContract,
    line: m.ContractLine | None = None,
    *,
    who: str = "clerk",
    key: str | None = None,
    **more: Any,
) -> m.MachineContract:
    """Fire 出库发车 on a line, the first one that still stands here unless told otherwise."""
    line = line or next(
        entry for entry in world.rows(m.ContractLine, contract_id=contract.id) if not entry.is_dispatched
    )
    return fire(
        contract, "dispatch", by=world[who], key=key, **{"line": line, "receiver": "王建国", "is_checked": True} | more
    )


def sold(
    world: World,
    customer: m.Customer,
    *,
    serial: str = "HT215-0001",
    seller: str = "sales1",
    contact: m.Contact | None = None,
    **terms: Any,
) -> m.MachineContract:
    """Signed, paid as far as it must be, and dispatched."""
    contact = contact or world.contact(seller, 100 + len(world.rows(m.Contact)))
    contract = world.approved(world.contract(customer, contact, world.unit(serial), seller, **terms))
    pays(world, customer, [d for d in world.debts(contract).values() if d.is_before_dispatch])
    return send(world, contract)


def gift(world: World, face: str, *, scope: CouponScope = CouponScope.PART, days: int = 365) -> dict[str, Any]:
    """A gift line of a contract."""
    return {"coupon_type": world.row(m.CouponType, scope=scope), "face_amount": D(face), "valid_days": days}


def coupon_of(
    world: World, customer: m.Customer, face: str, *, serial: str = "HT215-0001", seller: str = "sales1", **more: Any
) -> m.Coupon:
    """An active coupon of a customer who just got his machine."""
    contract = sold(
        world, customer, serial=serial, seller=seller, pay_mode=PayMode.FULL, gifts=[gift(world, face, **more)]
    )
    return world.row(m.Coupon, contract_id=contract.id)


def by_coupon(coupon: m.Coupon, amount: str) -> dict[str, Any]:
    """A fund line."""
    return {"kind": FundKind.COUPON, "coupon": coupon, "amount": D(amount)}


def by_bank(world: World, amount: str, serial: str | None = None) -> dict[str, Any]:
    """A fund line."""
    return {
        "kind": FundKind.BANK,
        "account": world.row(m.FundAccount, kind=AccountKind.BANK),
        "amount": D(amount),
        "serial": serial,
    }


def by_cash(world: World, amount: str) -> dict[str, Any]:
    """A fund line."""
    return {"kind": FundKind.CASH, "account": world.row(m.FundAccount, kind=AccountKind.CASH), "amount": D(amount)}


def by_prepaid(amount: str) -> dict[str, Any]:
    """A fund line."""
    return {"kind": FundKind.PREPAID, "amount": D(amount)}


def hire(world: World, username: str, name: str, roles: list[str], *, number: str, department: str = "ZJB") -> Actor:
    """Somebody new with an account; joins `world.people`."""
    with acting_as(SYSTEM):
        person = create(
            m.Employee,
            {"staff_number": number, "name": name, "mobile": f"1385520{int(number):04d}", "department": world.row(m.Department, code=department),
             "state": EmployeeState.ACTIVE, "is_salesperson": "salesperson" in roles},
        )  # fmt: skip
        with scope.elevated():
            user = account.add(username, person, roles, "tiema-demo", must_change=False, is_demo=True)
            person.user_id = user.id
            user_id = user.id
            db.session.commit()
        world.people[username] = actor_of(user_id, username)
    return world.people[username]
