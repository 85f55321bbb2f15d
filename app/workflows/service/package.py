"""保养包: ACTIVE → USED with its last service; EXPIRED past its last day; VOID. Given with a machine or by the service manager.

A reviewed maintenance order names the package; its settlement uses one service. Source: dictionary B-11c, B-30.
"""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import PackageState, WorkOrderKind
from ...errors import MissingData, WrongAmount, WrongState
from ...models import Customer, MachineContract, MachineUnit, ServicePackage, WorkOrder
from ...numbering import next_number
from .. import checks, machine
from ..crm import customer as customers
from ..machine import Workflow
from ..system import notice

S = PackageState
flow = Workflow(ServicePackage, editable=frozenset({S.ACTIVE}))
STANDING = (S.ACTIVE, S.EXPIRED)
MOST = 60


@flow.before_save
def prepare(package: ServicePackage) -> None:
    """A customer who may buy, his own machine if one is named, 1 to 60 services, a last day that has not passed."""
    checks.strip_texts(package)
    customer = package.customer or db.session.get_one(Customer, package.customer_id)
    customers.check_trading(customer)
    package.department_id = customer.salesperson.department_id
    unit = checks.referred(package, "unit")
    if unit is not None and unit.owner_customer_id != customer.id:
        raise WrongAmount(gettext("This machine belongs to another customer"), field="unit")
    least = max(package.used_times or 0, 1)
    if not least <= (package.times or 0) <= MOST:
        raise WrongAmount(
            gettext("Between %(least)s and %(most)s services", least=least, most=MOST),
            field="times",
        )
    if package.valid_until is None or package.valid_until < clock.today():
        raise WrongAmount(gettext("The last day of validity has passed"), field="valid_until")
    if not package.reason:
        raise MissingData(gettext("Please say what it is given for"), field="reason")
    package.number = package.number or next_number(db.session(), ServicePackage.prefix)


def give(contract: MachineContract, unit: MachineUnit, times: int, valid_days: int) -> ServicePackage:
    """The services that come with a machine, from its delivery on."""
    package = ServicePackage(
        customer=contract.customer,
        unit=unit,
        contract_id=contract.id,
        times=times,
        valid_until=clock.today() + timedelta(days=valid_days),
        reason=gettext("given with contract %(number)s", number=contract.number),
    )
    prepare(package)
    machine.begin(package)
    return package


def check(package: ServicePackage, order: WorkOrder) -> None:
    """Whether an order may be done on this package. Raises WrongAmount or WrongState beside the field."""
    if order.kind is not WorkOrderKind.MAINTAIN:
        raise WrongAmount(gettext("A package pays for maintenance only"), field="package")
    if package.customer_id != order.customer_id or package.unit_id not in (None, order.unit_id):
        raise WrongAmount(gettext("This package belongs to another customer or machine"), field="package")
    if package.state not in STANDING:
        raise WrongState(
            gettext("Package %(number)s is “%(state)s”", number=package.number, state=str(package.state)),
            field="package",
        )
    day: date = order.reported_at.date()
    if day > package.valid_until:
        raise WrongState(
            gettext("Package %(number)s was valid until %(day)s", number=package.number, day=package.valid_until),
            field="package",
        )


@flow.transition(*STANDING, to=(S.ACTIVE, S.EXPIRED, S.USED), label=_("Use a service"), is_public=False)
def use(package: ServicePackage, by: Actor, *, order: WorkOrder) -> PackageState:
    """One service is done; fired by the settlement of the order that names the package.

    What was reported in time is settled on it though its last day is over by then.
    """
    check(package, order)
    package.used_times += 1
    return package.state if package.used_times < package.times else S.USED


@flow.transition(
    *STANDING, S.USED, S.VOID, to=(S.ACTIVE, S.EXPIRED, S.VOID), label=_("Give a service back"), is_public=False
)
def give_back(package: ServicePackage, by: Actor) -> PackageState:
    """The settlement that used a service was taken back."""
    package.used_times -= 1
    return S.VOID if package.state is S.VOID else _standing(package)


@flow.transition(S.VOID, to=(S.ACTIVE, S.EXPIRED, S.USED), label=_("Valid after all"), icon="rotate-left")
def revive(package: ServicePackage, by: Actor, *, reason: str) -> PackageState:
    """恢复: declared void by mistake; it stands as it would without that."""
    return _standing(package) if package.unused_times else S.USED


def _standing(package: ServicePackage) -> PackageState:
    return S.ACTIVE if package.valid_until >= clock.today() else S.EXPIRED


@flow.transition(S.ACTIVE, to=S.EXPIRED, label=_("Expire"), is_public=False)
def expire(package: ServicePackage, by: Actor) -> None:
    """Its last day is over; only orders that were reported in time are still done on it."""


@flow.transition(S.ACTIVE, S.EXPIRED, to=S.ACTIVE, label=_("Extend"), icon="calendar-plus")
def extend(package: ServicePackage, by: Actor, *, until: date, reason: str) -> None:
    """延期: good until another day, the last one included."""
    if until < clock.today() or until <= package.valid_until:
        raise WrongAmount(
            gettext("The package is valid until %(day)s already", day=package.valid_until.isoformat()), field="until"
        )
    package.valid_until = until
    notice.tell(
        [package.customer.salesperson],
        notice.todo_subject(package, gettext("extended to %(day)s: %(reason)s", day=until.isoformat(), reason=reason)),
        package,
    )


@flow.transition(S.ACTIVE, S.EXPIRED, to=S.VOID, label=_("Void"), icon="ban", tone="danger")
def void(package: ServicePackage, by: Actor, *, reason: str) -> None:
    """作废: what is left of it is not given any more."""
    notice.tell(
        [package.customer.salesperson],
        notice.todo_subject(package, gettext("package void: %(reason)s", reason=reason)),
        package,
    )
