"""卡券: PENDING → ACTIVE → USED or HANDED_ON; EXPIRED past its last day and back by extension; ACTIVE ⇄ FROZEN; VOID.

Sales and receipts use it (redemption.py), the ledgers move it. Here is what a manager does with one by hand, each time
with a reason. Types are kept by the administrator. Source: brief S27, S28; flows.md C3.3; docs/decisions/coupons.md.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ... import clock, scope
from ...actor import Actor
from ...enums import ContractState, CouponState
from ...errors import CouponUnusable, NotYours, WrongAmount, WrongState
from ...ledgers import coupon as ledger
from ...ledgers import coupon_life as life
from ...ledgers import coupon_terms
from ...models import Coupon, CouponType, Customer
from .. import checks, machine
from ..crm import customer as customers
from ..machine import Workflow
from ..system import notice

S = CouponState
flow = Workflow(Coupon)
types = Workflow(CouponType)


@types.before_save
def prepare(type_: CouponType) -> None:
    """A share between 1 and 100 %, an order not below zero, at least one day."""
    checks.strip_texts(type_)
    if not Decimal(0) < type_.max_share <= Decimal(1):
        raise WrongAmount(gettext("The share lies between 1 and 100 %"), field="max_share")
    if (type_.min_order_amount or 0) < 0:
        raise WrongAmount(gettext("An amount is not below zero"), field="min_order_amount")
    if not 1 <= (type_.valid_days or 0) <= 3650:
        raise WrongAmount(gettext("A coupon is valid for 1 to 3650 days"), field="valid_days")


@flow.transition(S.PENDING, to=S.ACTIVE, label=_("Activate"), icon="play", tone="primary")
def activate(coupon: Coupon, by: Actor) -> None:
    """激活: good from today. Raises WrongState for one that waits for its machine."""
    _check_machine_left(coupon)
    ledger.activate(coupon, coupon, clock.today())


@flow.transition(S.ACTIVE, S.EXPIRED, S.VOID, to=S.ACTIVE, label=_("Extend"), icon="calendar-plus")
def extend(coupon: Coupon, by: Actor, *, until: date, reason: str) -> None:
    """延期: good until another day, the last one included; one that has run out, or a void one that got something
    back from a return, is active again.

    Raises: WrongAmount for a day that is past or no later; WrongState where nothing is left.
    """
    if coupon.balance == 0:
        raise WrongState(gettext("Nothing is left on coupon %(number)s", number=coupon.number))
    today = clock.today()
    if until < today:
        raise WrongAmount(gettext("The last day of validity has passed"), field="until")
    if coupon.valid_to is not None and until <= coupon.valid_to and coupon.state is not S.VOID:
        raise WrongAmount(
            gettext("The coupon is valid until %(day)s already", day=coupon.valid_to.isoformat()), field="until"
        )
    if (until - today).days > 3650:
        raise WrongAmount(gettext("A coupon is valid for 1 to 3650 days"), field="until")
    life.extend(coupon, until)
    _tell(coupon, gettext("coupon extended to %(day)s: %(reason)s", day=until.isoformat(), reason=reason))


@flow.transition(S.ACTIVE, to=S.FROZEN, label=_("Freeze"), icon="snowflake", tone="danger")
def freeze(coupon: Coupon, by: Actor, *, reason: str) -> None:
    """冻结: neither a sale nor a receipt can use it until it is released."""
    life.freeze(coupon)
    _tell(coupon, gettext("coupon frozen: %(reason)s", reason=reason))


@flow.transition(S.FROZEN, to=(S.ACTIVE, S.EXPIRED), label=_("Unfreeze"), icon="unlock")
def unfreeze(coupon: Coupon, by: Actor, *, reason: str) -> CouponState:
    """解冻: usable again, or expired when its last day passed meanwhile."""
    life.unfreeze(coupon, clock.today())
    return coupon.state


@flow.transition(S.PENDING, S.ACTIVE, S.FROZEN, S.EXPIRED, to=S.VOID, label=_("Void"), icon="ban", tone="danger")
def void(coupon: Coupon, by: Actor, *, reason: str) -> None:
    """作废: the unused part is gone for good; what was used stays used.

    Raises: WrongState for one that a signed contract promises with a machine that has not left.
    """
    _check_machine_left(coupon)
    life.void(coupon, coupon)
    _tell(coupon, gettext("coupon void: %(reason)s", reason=reason))


@flow.transition(S.ACTIVE, to=S.HANDED_ON, label=_("Hand on"), icon="people-arrows")
def transfer(coupon: Coupon, by: Actor, *, customer: Customer, reason: str) -> None:
    """转让: what is left becomes a coupon of another customer, with its own number and the same last day.

    Raises: CouponUnusable where the type forbids it, the coupon ran out, or the customer has it already.
    """
    if not by.is_system and not scope.reaches(by, customer):
        raise NotYours(gettext("This record does not exist or is not yours"), field="customer")
    if not coupon.type.is_transferable:
        raise CouponUnusable(gettext("Coupons “%(type)s” cannot be handed on", type=coupon.type.name))
    if customer.id == coupon.customer_id:
        raise CouponUnusable(gettext("The coupon belongs to this customer already"), field="customer")
    customers.check_trading(customer)
    coupon_terms.check_standing(coupon, coupon.balance, clock.today())
    fresh = life.hand_on(coupon, customer, clock.today())
    machine.record(fresh, "create", None, fresh.state, f"{coupon.number} {coupon.customer.name}: {reason}"[:1000])
    _tell(fresh, gettext("coupon handed on by %(customer)s", customer=coupon.customer.name))


@flow.transition(S.ACTIVE, to=S.EXPIRED, label=_("Expire"), is_public=False)
def expire(coupon: Coupon, by: Actor) -> None:
    """到期: fired by the nightly job on the day after the last one."""
    if coupon.valid_to is None or coupon.valid_to >= clock.today():
        raise WrongState(gettext("Coupon %(number)s is still valid", number=coupon.number))
    life.expire(coupon)


def _check_machine_left(coupon: Coupon) -> None:
    """A coupon that comes with a machine follows its contract; nobody moves it by hand before."""
    contract = coupon.contract
    if coupon.state is S.PENDING and contract is not None and contract.state is not ContractState.CANCELLED:
        raise WrongState(
            gettext(
                "Coupon %(number)s comes with contract %(contract)s and becomes active when the machine is dispatched",
                number=coupon.number,
                contract=contract.number,
            )
        )


def _tell(coupon: Coupon, what: str) -> None:
    """The customer's salesperson hears of it."""
    notice.tell([coupon.customer.salesperson], notice.todo_subject(coupon, what), coupon)
