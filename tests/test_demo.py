"""The demo is a small living dealer: enough of everything, every state of a contract, and books that prove themselves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from flask_migrate import upgrade

from app import create_app
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.demo import build, is_empty
from app.enums import ContractState
from app.provision import synchronise
from tests.books import check_books
from tests.conftest import MIGRATIONS
from tests.kit import World


def test_the_demo_has_what_its_readme_promises(tmp_path: Path) -> None:
    app = create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'demo.db'}", TESTING=True)
    with app.app_context():
        upgrade(directory=MIGRATIONS)
        synchronise(app.appbuilder)
        assert is_empty()
        build(dt.date(2026, 11, 23))
        dealer = World(app)
        with acting_as(SYSTEM):
            assert len(dealer.rows(m.Department)) == 3 and len(dealer.rows(m.Employee)) == 14
            assert len(dealer.rows(m.Customer)) == 30 and len(dealer.rows(m.MachineUnit)) == 25
            contracts = dealer.rows(m.MachineContract)
            assert len(contracts) == 12 and {c.state for c in contracts} == set(ContractState)
            check_books()
        assert not is_empty()
        db.session.remove()
        db.engine.dispose()
