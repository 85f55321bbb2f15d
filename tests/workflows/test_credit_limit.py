"""授信额度: who asks, who grants how much, until when; what counts for a sale on account, and when it stops counting.

Fails on the old books: the limit was a figure of the customer that stood in no form, no verb and no file, so it was zero
for everybody and every sale on account was refused.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app import clock
from app import models as m
from app.database import db
from app.enums import CreditLimitState, CustomerLevel, ReceivableKind, SaleState
from app.errors import BusinessError, MissingData, MustBeOther, NotAllowed, WrongAmount, WrongState
from app.jobs import credit_limits, nightly
from app.unit_of_work import change, create, fire
from app.workflows.crm import credit_limit
from tests.kit import START, D, World, on_both
from tests.parts import new_part, open_stores, opening, sale
from tests.stories import left

S = CreditLimitState
NEXT_YEAR = START.replace(year=START.year + 1)


def asked(world: World, customer: m.Customer, amount: str = "5000", who: str = "sales1", **more: Any) -> m.CreditLimit:
    values = {"customer": customer, "amount": D(amount), "valid_until": NEXT_YEAR, "reason": "长期合作"} | more
    return create(m.CreditLimit, values, by=world[who])


def granted(
    world: World, customer: m.Customer, amount: str = "5000", by: str = "finance", **more: Any
) -> m.CreditLimit:
    paper = asked(world, customer, amount, **more)
    fire(paper, "submit", by=world["sales1"])
    return fire(paper, "approve", by=world[by])


def state(world: World, paper: m.CreditLimit) -> CreditLimitState:
    return world.row(m.CreditLimit, id=paper.id).state


class Shop:
    """A store with a hundred pieces, and sales on account out of it."""

    def __init__(self, world: World) -> None:
        self.world, self.main = world, open_stores(world)[0]
        self.part = new_part(world)
        opening(world, self.part, self.main, "100", "5000")

    def sells(self, customer: m.Customer, amount: str, **more: Any) -> m.PartSale:
        return sale(self.world, customer, self.main, (self.part, "1", amount), **more)


@on_both
def test_a_customer_takes_parts_on_account_up_to_what_finance_granted(world: World) -> None:
    shop, customer = Shop(world), world.company()
    with pytest.raises(WrongAmount, match="没有生效中的授信额度") as fault:
        shop.sells(customer, "100")
    assert fault.value.field == "settle_way"
    paper = granted(world, customer)
    assert paper.number.startswith("SX-20250305-") and (paper.valid_from, paper.valid_until) == (START, NEXT_YEAR)
    first = shop.sells(customer, "3000", upto="approve")
    assert first.state is SaleState.APPROVED
    with pytest.raises(WrongAmount, match=r"3,000\.00"):
        shop.sells(customer, "2000.01")
    debt = world.row(m.Receivable, sale_id=first.id)
    world.paid(customer, [(debt, "1000")])
    assert left(world, debt) == D(2000)
    assert shop.sells(customer, "3000", upto="approve").state is SaleState.APPROVED


def test_what_the_approval_will_check_the_submission_does(world: World) -> None:
    shop, customer = Shop(world), world.company()
    draft = shop.sells(customer, "100", upto="draft")
    with pytest.raises(WrongAmount):
        fire(draft, "submit", by=world["sales1"])
    assert world.row(m.PartSale, id=draft.id).state is SaleState.DRAFT


def test_the_approval_checks_again(world: World) -> None:
    shop, customer = Shop(world), world.company()
    paper = granted(world, customer)
    waiting = shop.sells(customer, "100")
    fire(paper, "revoke", by=world["finance"], reason="逾期")
    with pytest.raises(WrongAmount, match="没有生效中的授信额度"):
        fire(waiting, "approve", by=world["gm"])


def test_the_limit_counts_on_its_last_day_and_not_on_the_next(world: World) -> None:
    shop, customer = Shop(world), world.company()
    granted(world, customer)
    with clock.on(NEXT_YEAR):
        shop.sells(customer, "100", upto="approve")
    with clock.on(NEXT_YEAR + dt.timedelta(days=1)), pytest.raises(WrongAmount):  # before any night
        shop.sells(customer, "100")


def test_the_night_after_the_last_day_ends_it_and_tells_who_asked(world: World) -> None:
    paper = granted(world, world.company())
    with clock.on(NEXT_YEAR):
        nightly(NEXT_YEAR, {"credit_limits": credit_limits})
        assert state(world, paper) is S.APPROVED
    after = NEXT_YEAR + dt.timedelta(days=1)
    with clock.on(after):
        nightly(after, {"credit_limits": credit_limits})
        assert state(world, paper) is S.EXPIRED
        assert any("2026-03-05" in n.subject for n in world.rows(m.Notification, to_id=world["sales1"].employee_id))


@on_both
def test_a_newer_limit_takes_the_place_of_the_old_one_and_both_stay(world: World) -> None:
    customer = world.company()
    old = granted(world, customer)
    new = granted(world, customer, "8000")
    assert (state(world, old), state(world, new)) == (S.REPLACED, S.APPROVED)
    assert credit_limit.in_force(customer.id).amount == D(8000)  # type: ignore[union-attr]
    changes = world.rows(m.StateChange, document="CreditLimit", document_id=old.id)
    assert [c.verb for c in changes] == ["create", "submit", "approve", "replace"]


def test_finance_grants_up_to_its_sum_and_the_manager_above(world: World) -> None:
    customer = world.company()
    small, large = asked(world, customer, "50000"), asked(world, customer, "50000.01")
    for paper in (small, large):
        fire(paper, "submit", by=world["sales1"])
    with pytest.raises(MustBeOther, match=r"50,000\.00"):
        fire(large, "approve", by=world["finance"])
    with pytest.raises(MustBeOther):
        fire(large, "reject", by=world["finance"], opinion="不行")
    fire(small, "approve", by=world["finance"])
    fire(large, "approve", by=world["gm"])
    assert state(world, large) is S.APPROVED


def test_nobody_grants_what_he_asked_for(world: World) -> None:
    paper = asked(world, world.company(), who="finance")
    fire(paper, "submit", by=world["finance"])
    with pytest.raises(MustBeOther):
        fire(paper, "approve", by=world["finance"])
    fire(paper, "approve", by=world["gm"])


@pytest.mark.parametrize("who", ["sales1", "clerk", "sales_manager", "keeper", "tech1", "credit"])
def test_who_may_not_grant_or_take_back(world: World, who: str) -> None:
    paper = asked(world, world.company())
    fire(paper, "submit", by=world["sales1"])
    with pytest.raises(BusinessError):
        fire(paper, "approve", by=world[who])
    fire(paper, "approve", by=world["gm"])
    with pytest.raises(BusinessError):
        fire(paper, "revoke", by=world[who], reason="x")


def test_a_salesperson_asks_for_his_own_customers_only(world: World) -> None:
    with pytest.raises(BusinessError):
        asked(world, world.company("sales2"))
    with pytest.raises(NotAllowed):
        asked(world, world.company(number=2), who="keeper")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"amount": D(0)}, "amount"),
        ({"amount": D(-1)}, "amount"),
        ({"valid_until": START - dt.timedelta(days=1)}, "valid_until"),
        ({"valid_until": dt.date(2099, 1, 1)}, "valid_until"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_what_no_request_may_say(world: World, values: dict[str, Any], field: str) -> None:
    with pytest.raises(BusinessError) as fault:
        asked(world, world.company(), **values)
    assert fault.value.field == field


def test_nothing_is_granted_to_whom_no_business_is_done_with(world: World) -> None:
    customer = world.company()
    paper = asked(world, customer)
    fire(paper, "submit", by=world["sales1"])
    fire(customer, "blacklist", by=world["sales_manager"], reason="失信")
    assert world.row(m.Customer, id=customer.id).level is CustomerLevel.BLACK
    with pytest.raises(MissingData):
        fire(paper, "approve", by=world["finance"])


def test_a_refused_request_comes_back_and_may_be_changed(world: World) -> None:
    paper = asked(world, world.company())
    fire(paper, "submit", by=world["sales1"])
    fire(paper, "withdraw", by=world["sales1"])
    fire(paper, "submit", by=world["sales1"])
    fire(paper, "reject", by=world["finance"], opinion="太多")
    change(paper, {"amount": D(3000)}, by=world["sales1"])
    fire(paper, "submit", by=world["sales1"])
    fire(paper, "approve", by=world["finance"])
    with pytest.raises(WrongState):
        change(paper, {"amount": D(9000)}, by=world["sales1"])
    fire(asked(world, world.company(number=2)), "cancel", by=world["sales1"], reason="不要了")


def test_what_is_owed_stays_owed_when_the_limit_is_taken_back(world: World) -> None:
    shop, customer = Shop(world), world.company()
    paper = granted(world, customer)
    shop.sells(customer, "3000", upto="approve")
    fire(paper, "revoke", by=world["gm"], reason="风险")
    debt = world.row(m.Receivable, kind=ReceivableKind.PART)
    assert left(world, debt) == D(3000) and credit_limit.in_force(customer.id) is None


def test_the_card_of_the_customer_shows_what_counts(site: World) -> None:
    with clock.on(START):
        with site.app.app_context():
            customer = site.company(credit_limit=D(12345))
            path = f"/customerview/show/{customer.id}"
            db.session.remove()
        page = site.browser("sales1").get(path).get_data(as_text=True)
        assert "12,345.00" in page and "授信额度" in page
