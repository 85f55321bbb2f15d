"""采购退货 through the pages: the buyer writes, finance approves, the keeper sends and sees no price."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from tests.books import check_books
from tests.kit import START, World
from tests.workflows.test_purchase_return import S, Story


@pytest.fixture
def desk(site: World) -> Iterator[Callable[[], Any]]:
    """A context for what is done between the clicks, closed again before the next request."""

    @contextmanager
    def between() -> Iterator[None]:
        with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
            yield
            db.session.remove()

    with clock.on(START):
        yield between


def test_the_keeper_sees_no_price_on_the_page(site: World, desk: Any) -> None:
    with desk():
        p = Story(site)
        paper_id = p.approved(p.came(), "3").id
    page = site.browser("keeper").get(f"/purchasereturnview/show/{paper_id}").get_data(as_text=True)
    assert "液压滤芯" in page and "339.00" not in page and "300.00" not in page
    boss = site.browser("buyer").get(f"/purchasereturnview/show/{paper_id}").get_data(as_text=True)
    assert "339.00" in boss


def test_a_return_is_made_and_sent_with_the_pages(site: World, desk: Any) -> None:
    with desk():
        p = Story(site)
        receipt = p.came()
        receipt_id, line_id = receipt.id, receipt.lines[0].id
    buyer, finance, keeper = (site.browser(name) for name in ("buyer", "finance", "keeper"))
    answer = buyer.submit(
        f"/purchasereturnview/add?receipt={receipt_id}",
        {"reason": "型号不符", "lines-0-receipt_line": str(line_id), "lines-0-quantity": "3"},
    )
    assert answer.status_code == 302
    wrong = buyer.submit("/purchasereturnview/edit/1", {"lines-0-quantity": "30"})
    assert wrong.status_code == 422 and "10" in wrong.get_data(as_text=True)
    assert buyer.post("/purchasereturnview/action/submit/1").status_code == 302
    assert finance.submit("/purchasereturnview/ask/approve/1", {"opinion": "ok"}).status_code == 302
    assert keeper.submit("/purchasereturnview/ask/ship/1", {"express_number": "SF-9"}).status_code == 302
    with desk():
        assert site.row(m.PurchaseReturn).state is S.DONE
        check_books()
