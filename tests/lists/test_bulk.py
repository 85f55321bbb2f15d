"""批量: one press on a list says how many and how much it is about, asks once, and begins with the oldest.

Seen to fail on the code before: 批量审核通过 approved at once, the youngest first, so that it took the scarce stock.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app import models as m
from app.database import db
from app.enums import ReceiptState, SaleState
from app.roles import ROLES
from app.screens import Screen
from tests.kit import D, World
from tests.parts import new_part, open_stores, opening, sale
from tests.security.lab import base, screens, text
from tests.stories import part_debt


def receipts(site: World, *amounts: str) -> list[int]:
    with site.app.app_context():
        customer = site.company()
        debts = [part_debt(site, customer, amount) for amount in amounts]
        made = [site.receipt(customer, [(d, str(d.amount))]).id for d in debts]
        db.session.remove()
    return made


def states(site: World, entity: type[m.Entity]) -> list[Any]:
    with site.app.app_context():
        return list(db.session.execute(sa.select(entity.__table__.c.state).order_by(entity.__table__.c.id)).scalars())


def test_the_question_names_how_many_and_the_sum_and_nothing_happens_before_it(site: World) -> None:
    ids = receipts(site, "100.50", "1200", "30")
    browser, chosen = site.browser("finance"), {"action": "confirm", "rowid": [str(pk) for pk in reversed(ids)]}
    page = text(browser.post("/receiptview/action_post", chosen))
    assert "已选 3 条" in page and "1,330.50" in page
    assert set(states(site, m.Receipt)) == {ReceiptState.DRAFT}
    more = text(browser.post("/receiptview/action_post", chosen | {"rowid": [*chosen["rowid"], "999999", "x"]}))
    assert "2 条不存在" in more and "1,330.50" in more
    done = text(browser.post("/receiptview/action_post", chosen | {"asked": "1"}))
    assert set(states(site, m.Receipt)) == {ReceiptState.CONFIRMED}
    shown = [done.index(f"/receiptview/show/{pk}") for pk in ids]
    assert shown == sorted(shown)


def test_the_oldest_sale_takes_the_scarce_stock_and_the_opinion_is_kept(world: World) -> None:
    """Three sales of four pieces each, ten in the store: the youngest is the one that has to wait."""
    main, _branch = open_stores(world)
    part, customer = new_part(world), world.company(credit_limit=D(100_000))
    opening(world, part, main, "10", "1000.00")
    ids = [sale(world, customer, main, (part, "4", "180")).id for _ in range(3)]
    db.session.remove()
    chosen = {"action": "approve", "rowid": [str(pk) for pk in reversed(ids)]}
    gm = world.browser("gm")
    assert "2,160.00" in text(gm.post("/partsaleview/action_post", chosen))
    page = text(gm.post("/partsaleview/action_post", chosen | {"asked": "1", "opinion": "季末促销"}))
    assert "成功 2 条，未成功 1 条" in page
    assert [row.state for row in world.rows(m.PartSale)] == [SaleState.APPROVED] * 2 + [SaleState.PENDING]
    noted = [c.note for c in world.rows(m.StateChange, document="PartSale", verb="approve")]
    assert noted == ["季末促销"] * 2


def bulk_verbs(site: World) -> list[tuple[Screen, Any]]:
    return [(screen, a) for screen in screens(site.app) for a in screen.actions.values() if a.func.bulk]


def test_every_bulk_verb_asks_before_it_is_carried_out_but_for_what_nothing_hangs_on(site: World) -> None:
    found = bulk_verbs(site)
    light = {f"{screen.entity.__name__}.{action.name}" for screen, action in found if action.func.is_light}
    assert light == {"Notification.read"} and len(found) >= 15
    people = {
        role: site.browser(name) for role, name in (("gm", "gm"), ("finance", "finance"), ("sysadmin", "sysadmin"))
    }
    tried = 0
    for screen, action in found:
        name = screen.entity.__name__
        role = next((r for r in people if action.name in _granted(r, name)), None)
        if role is None or action.func.is_light:
            continue
        tried += 1
        answer = people[role].post(f"{base(screen)}/action_post", {"action": action.name, "rowid": ["1"]})
        assert answer.status_code == 200 and 'name="asked"' in text(answer), (name, action.name)
    assert tried >= 7


def _granted(role: str, entity: str) -> frozenset[str]:
    grant = ROLES[role].grants.get(entity)
    return grant.verbs if grant else frozenset()
