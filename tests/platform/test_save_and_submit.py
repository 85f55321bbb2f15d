"""保存并提交 stands below a form only where it can do what it says, and what it did is told."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import ContractState, CountState
from app.screens import Screen
from tests.kit import World
from tests.phone.store import Store
from tests.security.lab import base, screens

BUTTON = 'name="then" value="submit"'


def text(answer: Any) -> str:
    return unescape(answer.get_data(as_text=True))


def said(answer: Any) -> str:
    """The sentences at the top of a page."""
    return " ".join(re.sub("<[^>]+>", "", p) for p in re.findall(r'<p class="flash.*?</p>', text(answer), re.DOTALL))


def state_of(site: World, entity: type[m.Document]) -> Any:
    """The state of the latest document of a kind."""
    with site.app.app_context(), acting_as(SYSTEM):
        state = site.rows(entity)[-1].state
        db.session.remove()
    return state


def kinds(site: World, *, asks: bool) -> list[Screen]:
    """Screens of papers that are written by hand and submitted, with or without a question."""
    found = [s for s in screens(site.app) if "submit" in s.actions and s.form_sections and "add" in s.offers]
    return [s for s in found if (s.actions["submit"].func.form is not None) == asks]


def test_it_is_offered_where_submitting_asks_nothing(site: World) -> None:
    asked, plain = kinds(site, asks=True), kinds(site, asks=False)
    assert asked and len(plain) >= 8
    for screen in asked + plain:
        name = screen.entity.__name__
        username = next(u for u, by in site.people.items() if by.may("add", name) and by.may("submit", name))
        page = text(site.browser(username).get(f"{base(screen)}/add"))
        assert "form class" in page
        assert (BUTTON in page) == (screen in plain), name


def test_a_count_is_saved_and_nothing_is_promised(site: World) -> None:
    """It begins by being started; the button used to save a draft without a word."""
    store = Store(site)
    browser = site.browser("keeper")
    fields = {"warehouse": str(store.main_id), "then": "submit"}
    answer = browser.submit("/stockcountview/add", fields, follow_redirects=True)
    assert "只是保存了" in said(answer)
    assert state_of(site, m.StockCount) is CountState.DRAFT


@pytest.mark.parametrize(("price", "state"), [("1050000", ContractState.PENDING), ("", ContractState.DRAFT)])
def test_what_happened_is_told(site: World, price: str, state: ContractState) -> None:
    """A contract that is complete is submitted; one without a contact is saved, and why it was not submitted is told."""
    with site.app.app_context(), acting_as(SYSTEM):
        customer, contact = site.company(), site.contact()
        ids = {"customer": str(customer.id), "contact": str(contact.id) if price else ""}
        line = {"lines-0-model": str(site.row(m.MachineModel, model="HT215").id), "lines-0-unit": str(site.unit().id)}
        db.session.remove()
    fields = {**ids, **line, "pay_mode": "FULL", "lines-0-unit_price": price or "1050000", "then": "submit"}
    answer = site.browser("sales1").submit("/machinecontractview/add", fields, follow_redirects=True)
    assert "已保存" in said(answer)
    assert ("已保存，但没有提交：" in said(answer)) == (not price), said(answer)
    assert state_of(site, m.MachineContract) is state
