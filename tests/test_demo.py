"""The demo is a small living dealer: enough of everything, every state of a contract, and books that prove themselves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask
from flask_migrate import upgrade

from app import clock, create_app
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.demo import build, is_empty
from app.demo.people import PEOPLE
from app.enums import ContractState
from app.provision import synchronise
from tests.books import check_books
from tests.conftest import MIGRATIONS
from tests.kit import World

DAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def dealer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.db'}"
    app = create_app(SQLALCHEMY_DATABASE_URI=url, TESTING=True)
    with app.app_context():
        upgrade(directory=MIGRATIONS)
        synchronise(app.appbuilder)
        assert is_empty()
        build(DAY)
        assert not is_empty()
        db.session.remove()
    with clock.on(DAY):
        yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_demo_has_what_its_readme_promises(dealer: Flask) -> None:
    world = World(dealer)
    with dealer.app_context(), acting_as(SYSTEM):
        assert len(world.rows(m.Department)) == 3 and len(world.rows(m.Employee)) == 14
        assert len(world.rows(m.Customer)) == 30 and len(world.rows(m.MachineUnit)) == 25
        contracts = world.rows(m.MachineContract)
        assert len(contracts) == 12 and {c.state for c in contracts} == set(ContractState)
        check_books()
        db.session.remove()


@pytest.mark.parametrize("username", [person[0] for person in PEOPLE])
def test_every_number_on_the_first_page_is_what_the_list_behind_it_says(dealer: Flask, username: str) -> None:
    """To-do counts and figures, for everybody: the rows behind the link are as many, their total is the same money."""
    browser = World(dealer).browser(username)
    home = browser.get("/").get_data(as_text=True)
    todos = re.findall(r'<a href="([^"]+)"><i [^>]*></i>([^<]+)<b>(\d+)</b></a>', home)
    for url, label, count in todos:
        page = browser.get(unescape(url)).get_data(as_text=True)
        assert f"共 {count} 条" in page, label
    figures = re.findall(
        r'<a class="panel figure" href="([^"]+)"><span>([^<]+)</span><b[^>]*>([\d,.]+) .*?<em>(\d*)', home
    )
    for url, label, value, count in figures:
        page = browser.get(unescape(url)).get_data(as_text=True)
        assert f"共 {count or value} 条" in page, label
        sums = [
            float(s.replace(",", ""))
            for s in re.findall(r"[\d,]+\.\d\d", (re.findall(r"<tfoot>.*?</tfoot>", page, re.DOTALL) or [""])[0])
        ]
        if count and count != "0":
            assert any(f"{s / 10_000:,.2f}" == value for s in sums), (label, value, sums)
    assert todos or figures or username in ("tech1", "tech2")
