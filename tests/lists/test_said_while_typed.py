"""What a form says while it is typed and the page of whoever decides: the second due day, what was paid on a contract.

Fails where the terms were silent: repay day 5 after a first instalment on 31 January, a cancellation without its money.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from app import clock
from app import models as m
from app.database import db
from app.enums import PayMode
from app.unit_of_work import create, fire
from tests.kit import START, D, World
from tests.stories import sold


def said(site: World, who: str, screen: str, fields: dict[str, Any]) -> dict[str, str]:
    browser = site.browser(who)
    answer = browser.client.post(f"/{screen}/compute", data={**browser.form(f"/{screen}/add"), **fields})
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    return answer.get_json()  # type: ignore[no-any-return]


TERMS = {
    "pay_mode": "INSTALMENT", "down_share": "30", "periods": "12", "annual_rate": "6", "lines-shown": "1",
    "lines-0-unit_price": "1000000", "repay_method": "ANNUITY",
}  # fmt: skip


def test_a_repayment_day_that_makes_the_second_instalment_follow_at_once_is_told(site: World) -> None:
    with clock.on(START):
        odd = said(site, "sales1", "machinecontractview", TERMS | {"first_due_on": "2025-03-31", "repay_day": "5"})
        assert odd["second"] == "⚠ 2025-04-05，离第一期只有 5 天，请核对还款日"
        even = said(site, "sales1", "machinecontractview", TERMS | {"first_due_on": "2025-03-31", "repay_day": "31"})
        assert even["second"] == "2025-04-30"


def test_whoever_decides_reads_it_on_the_contract(site: World) -> None:
    with clock.on(START):
        with site.app.app_context():
            terms: dict[str, Any] = {
                "pay_mode": PayMode.INSTALMENT,
                "down_share": D("0.3"),
                "periods": 12,
                "repay_day": 5,
            }
            for first in (dt.date(2025, 3, 31), dt.date(2025, 4, 5)):
                site.contract(
                    site.company(number=first.day), site.contact(number=first.day), None, first_due_on=first, **terms
                )
            db.session.remove()
        boss = site.browser("gm")
        assert "离第一期只有 5 天" in boss.get("/machinecontractview/show/1").get_data(as_text=True)
        assert "离第一期" not in boss.get("/machinecontractview/show/2").get_data(as_text=True)


def test_a_cancellation_shows_what_came_in_and_what_of_it_is_deposit(site: World) -> None:
    with clock.on(START):
        with site.app.app_context():
            customer = site.company()
            contract = site.approved(site.contract(customer, site.contact(), site.unit()))
            owed = site.debts(contract)
            site.paid(customer, [(owed["DEPOSIT"], "20000"), (owed["BALANCE"], "500000")])
            number = str(contract.id)
            db.session.remove()
        fields = {"contract": number, "forfeit_amount": "20000", "kept_amount": "100,000"}
        told = said(site, "clerk", "contractcancellationview", fields)
        assert told == {"paid": "520,000.00", "deposit": "20,000.00", "refund": "400,000.00"}
        with site.app.app_context():
            paper = create(
                m.ContractCancellation, {"contract_id": int(number), "reason": "资金不到位"}, by=site["clerk"]
            )
            fire(paper, "submit", by=site["clerk"])
            path = f"/contractcancellationview/ask/approve/{paper.id}"
            db.session.remove()
        page = site.browser("sales_manager").get(path).get_data(as_text=True)
        assert "520,000.00" in page and "20,000.00" in page


def test_a_return_shows_what_was_paid_for_the_machine(site: World) -> None:
    with clock.on(START):
        with site.app.app_context():
            sold(site, site.company())
            dispatch = str(site.row(m.MachineDispatch).id)
            db.session.remove()
        told = said(site, "clerk", "machinereturnview", {"dispatch": dispatch, "depreciation_amount": "50000"})
        assert told == {"paid": "1,050,000.00", "refund": "1,000,000.00"}
