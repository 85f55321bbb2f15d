"""配件报价: DRAFT → SENT → AGREED → USED (in a sale); REFUSED, EXPIRED, REPLACED by a revision. Source: flows.md C2.3."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p

from ... import clock
from ...actor import Actor
from ...database import db
from ...enums import QuotationState
from ...errors import MissingData, WrongAmount, WrongState
from ...formulas.money import cents
from ...models import Customer, PartQuotation, QuotationLine
from ...numbering import next_number
from .. import checks, machine
from ..crm import customer as customers
from ..machine import Workflow

S = QuotationState
flow = Workflow(PartQuotation, editable=frozenset({S.DRAFT}))


@flow.before_save
def prepare(quotation: PartQuotation) -> None:
    """Amounts of the lines; the customer's department; not valid in the past."""
    checks.strip_texts(quotation)
    checks.not_negative(quotation)
    customer = quotation.customer or db.session.get_one(Customer, quotation.customer_id)
    customers.check_trading(customer)
    quotation.department_id = customer.salesperson.department_id
    for line in quotation.lines:
        if (line.quantity or 0) <= 0:
            raise WrongAmount(gettext("Every line has a quantity above zero"), field="lines")
        line.amount = cents(line.quantity * line.unit_price)
    quotation.total_amount = sum((line.amount for line in quotation.lines), Decimal(0))
    if quotation.id is None and quotation.valid_until < clock.today():
        raise WrongAmount(gettext("The last day of validity has passed"), field="valid_until")
    quotation.number = quotation.number or next_number(db.session(), PartQuotation.prefix)


@flow.transition(S.DRAFT, to=S.SENT, label=_("Send"), icon="paper-plane", tone="primary")
def send(quotation: PartQuotation, by: Actor) -> None:
    """发送: the customer has it."""
    if not quotation.lines:
        raise MissingData(gettext("At least one line is needed"), field="lines")


@flow.transition(S.SENT, to=S.AGREED, label=_("Customer agrees"), icon="handshake", tone="primary")
def agree(quotation: PartQuotation, by: Actor, *, agreed_by: str, agreed_proof: str) -> None:
    """客户同意: who agreed and how we know it. Raises WrongState after the last day of validity."""
    if quotation.valid_until < clock.today():
        raise WrongState(
            gettext("This quotation expired on %(day)s; make a revision", day=quotation.valid_until.isoformat())
        )
    quotation.agreed_by, quotation.agreed_proof, quotation.agreed_on = agreed_by, agreed_proof, clock.today()


@flow.transition(S.SENT, S.AGREED, to=S.REFUSED, label=_p("quotation", "Customer refuses"), icon="ban", tone="danger")
def refuse(quotation: PartQuotation, by: Actor, *, reason: str) -> None:
    """客户拒绝: with the reason, for the next offer."""


@flow.transition(S.SENT, S.AGREED, S.REFUSED, S.EXPIRED, to=S.REPLACED, label=_("Revise"), icon="code-branch")
def revise(quotation: PartQuotation, by: Actor) -> None:
    """修订: a new draft with the same lines; this one stays readable and can no longer be used."""
    fresh = PartQuotation(
        number=next_number(db.session(), PartQuotation.prefix),
        department_id=quotation.department_id,
        customer_id=quotation.customer_id,
        contact_id=quotation.contact_id,
        unit_id=quotation.unit_id,
        valid_until=max(quotation.valid_until, clock.today()),
        total_amount=quotation.total_amount,
        revision=quotation.revision + 1,
        earlier_id=quotation.id,
        lines=[
            QuotationLine(
                line_number=n, part_id=o.part_id, quantity=o.quantity, unit_price=o.unit_price, amount=o.amount
            )
            for n, o in enumerate(quotation.lines, 1)
        ],
    )
    machine.begin(fresh)


@flow.transition(S.AGREED, to=S.USED, label=_("Use"), is_public=False)
def use(quotation: PartQuotation, by: Actor) -> None:
    """A sale refers to it; fired by the sale's submission."""
    if quotation.valid_until < clock.today():
        raise WrongState(
            gettext("This quotation expired on %(day)s; make a revision", day=quotation.valid_until.isoformat())
        )


@flow.transition(S.USED, to=(S.AGREED, S.EXPIRED), label=_("Give back"), is_public=False)
def give_back(quotation: PartQuotation, by: Actor) -> QuotationState:
    """The sale came to nothing; the quotation stands again while it is valid."""
    return S.AGREED if quotation.valid_until >= clock.today() else S.EXPIRED


@flow.transition(S.SENT, S.AGREED, to=S.EXPIRED, label=_("Expire"), is_public=False)
def expire(quotation: PartQuotation, by: Actor) -> None:
    """The last day of validity has passed; fired by the nightly job."""
