"""Bins and minimums: who names shelves, who says where a part lies, and in which order papers are walked."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade

from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.errors import AlreadyThere, NotAllowed, NotYours, WrongAmount, WrongState
from app.unit_of_work import change, create, fire
from tests.conftest import MIGRATIONS
from tests.kit import D, World, on_both
from tests.phone.store import Phone, Store


@pytest.fixture
def store(site: World) -> Store:
    return Store(site)


def balance(world: World, part_id: int, warehouse_id: int) -> m.StockBalance:
    return world.row(m.StockBalance, part_id=part_id, warehouse_id=warehouse_id)


@on_both
def test_a_keeper_names_shelves_of_his_own_warehouse_only(site: World) -> None:
    store = Store(site)
    with site.app.app_context():
        made = create(m.Bin, {"warehouse_id": store.main_id, "code": " c-01 "}, by=site["keeper"])
        assert made.code == "C-01"
        with pytest.raises(AlreadyThere):
            create(m.Bin, {"warehouse_id": store.main_id, "code": "c-01"}, by=site["keeper"])
        create(
            m.Bin, {"warehouse_id": store.near_id, "code": "C-01"}, by=site["keeper"]
        )  # another warehouse, another shelf
        for username, error in (("keeper2", NotYours), ("clerk", NotAllowed), ("technician", NotAllowed)):
            who = site["tech1" if username == "technician" else username]
            with pytest.raises(error):
                create(m.Bin, {"warehouse_id": store.main_id, "code": f"X-{username}"}, by=who)
        with pytest.raises(NotYours):
            change(made, {"name": "theirs"}, by=site["keeper2"])
        create(m.Bin, {"warehouse_id": store.far_id, "code": "S-01"}, by=site["sysadmin"])


@on_both
def test_bin_and_minimum_are_set_by_the_keeper_and_change_no_quantity(site: World) -> None:
    store = Store(site)
    with site.app.app_context(), acting_as(SYSTEM):
        held = balance(site, store.filter_id, store.main_id)
        before = (held.quantity, held.reserved, held.amount)
        shelf = site.row(m.Bin, code="A-01")
        fire(held, "shelve", by=site["keeper"], bin=shelf, min_quantity=D("12.5"))
        held = balance(site, store.filter_id, store.main_id)
        assert (held.bin_id, held.min_quantity, held.minimum) == (shelf.id, D("12.500"), D("12.500"))
        assert (held.quantity, held.reserved, held.amount) == before
        far = create(m.Bin, {"warehouse_id": store.far_id, "code": "Z-09"}, by=site["keeper2"])
        with pytest.raises(WrongAmount):
            fire(held, "shelve", by=SYSTEM, bin=far, min_quantity=None)
        with pytest.raises(NotYours):
            fire(held, "shelve", by=site["keeper2"], bin=shelf, min_quantity=None)
        for username in ("clerk", "gm", "finance", "buyer", "sales1"):
            with pytest.raises(NotAllowed):
                fire(held, "shelve", by=site[username], bin=shelf, min_quantity=None)
        old = create(m.Bin, {"warehouse_id": store.main_id, "code": "OLD", "is_enabled": False}, by=site["keeper"])
        with pytest.raises(WrongAmount):
            fire(held, "shelve", by=site["keeper"], bin=old, min_quantity=None)
        fire(held, "shelve", by=site["keeper"], bin=None, min_quantity=None)
        assert balance(site, store.filter_id, store.main_id).minimum == D(0)  # the part's own


def test_a_bin_with_parts_stays_in_its_warehouse(store: Store) -> None:
    with store.site.app.app_context(), acting_as(SYSTEM):
        shelf = store.site.row(m.Bin, code="A-01")
        with pytest.raises(WrongState):
            change(shelf, {"warehouse": db.session.get_one(m.Warehouse, store.near_id)}, by=store.site["keeper"])


def test_the_form_offers_bins_of_this_warehouse_and_says_what_holds(store: Store) -> None:
    with store.site.app.app_context(), acting_as(SYSTEM):
        pk = balance(store.site, store.filter_id, store.main_id).id
        other = create(m.Bin, {"warehouse_id": store.near_id, "code": "N-77"}, by=store.site["keeper"])
        shelf, other_id = store.site.row(m.Bin, code="A-01").id, other.id
    browser = store.site.browser("keeper")
    offered = browser.get(f"/stockbalanceview/options/shelve!bin?pk={pk}").get_json()["results"]
    assert [option["text"] for option in offered] == ["B-02", "A-01"] or {o["text"] for o in offered} == {
        "A-01",
        "B-02",
    }
    assert browser.submit(f"/stockbalanceview/ask/shelve/{pk}", {"bin": shelf, "min_quantity": "-1"}).status_code == 422
    assert browser.submit(f"/stockbalanceview/ask/shelve/{pk}", {"bin": other_id}).status_code == 422
    assert browser.submit(f"/stockbalanceview/ask/shelve/{pk}", {"bin": shelf, "min_quantity": "11"}).status_code == 302
    assert store.value(m.StockBalance, "min_quantity", id=pk) == D(11)
    assert store.site.browser("keeper2").get(f"/stockbalanceview/ask/shelve/{pk}").status_code == 404
    assert store.site.browser("clerk").get(f"/stockbalanceview/ask/shelve/{pk}").status_code == 403
    low = browser.get("/stockbalanceview/list/?tab=low").get_data(as_text=True)
    assert "液压滤芯" in low and "机油滤芯" not in low  # ten of at least eleven
    phone = Phone(store).open("/phone/store/?scan=LX-1001")
    assert "低于最低库存" in phone.page


def test_papers_are_walked_shelf_by_shelf_and_unplaced_parts_come_last(store: Store) -> None:
    number, browser = store.inbound(), store.site.browser("keeper")
    pk = store.value(m.InboundReceipt, "id", number=number)
    for path in (
        f"/inboundreceiptview/show/{pk}",
        f"/inboundreceiptview/ask/receive/{pk}",
        f"/phone/store/paper/{number}",
    ):
        page = browser.get(path).get_data(as_text=True)
        places = [page.index(word) for word in ("A-01", "B-02")]
        assert places == sorted(places) and page.index("LX-1002") < page.index("LX-1001"), path
    with store.site.app.app_context(), acting_as(SYSTEM):
        held = balance(store.site, store.oil_id, store.main_id)
        fire(held, "shelve", by=store.site["keeper"], bin=None, min_quantity=None)
    page = browser.get(f"/inboundreceiptview/ask/receive/{pk}").get_data(as_text=True)
    assert page.index("LX-1001") < page.index("LX-1002")


def test_the_order_of_shelves_does_not_mix_up_the_quantities(store: Store) -> None:
    """The form lists lines by shelf; what is typed beside a part is booked on that part."""
    number, browser = store.inbound(), store.site.browser("keeper")
    pk = store.value(m.InboundReceipt, "id", number=number)
    form = browser.form(f"/inboundreceiptview/ask/receive/{pk}")
    assert [form["lines-0-quantity"], form["lines-1-quantity"]] == ["4", "8"]  # A-01 oil filters, B-02 filters
    wrong = browser.submit(f"/inboundreceiptview/ask/receive/{pk}", {"lines-0-quantity": "5"})
    page = wrong.get_data(as_text=True)
    assert wrong.status_code == 422 and page.index("LX-1002") < page.index("LX-1001") and 'value="5"' in page
    assert browser.submit(f"/inboundreceiptview/ask/receive/{pk}", {"lines-0-quantity": "1"}).status_code == 302
    assert (store.on_hand(store.oil_id, store.main_id), store.on_hand(store.filter_id, store.main_id)) == (D(7), D(18))


def test_a_count_on_the_desk_does_not_tell_the_books(store: Store) -> None:
    number, browser = store.count(), store.site.browser("keeper")
    pk = store.value(m.StockCount, "id", number=number)
    browser.post(f"/stockcountview/action/start/{pk}")
    page = browser.get(f"/stockcountview/ask/submit/{pk}").get_data(as_text=True)
    assert "A-01" in page and not re.search(r"<output>(10|6)</output>", page)


def test_each_end_of_a_transfer_is_its_keepers(store: Store) -> None:
    store.transfer("main", "far")
    with store.site.app.app_context(), acting_as(SYSTEM):
        paper = store.site.rows(m.StockTransfer)[-1]
        with pytest.raises(NotYours):
            fire(paper, "ship", by=store.site["keeper2"])
        fire(paper, "ship", by=store.site["keeper"])
        with pytest.raises(NotYours):
            fire(paper, "receive", by=store.site["keeper"], lines=[{"id": paper.lines[0].id, "quantity": D(3)}])
        fire(paper, "receive", by=store.site["keeper2"], lines=[{"id": paper.lines[0].id, "quantity": D(3)}])


@on_both
def test_bins_typed_as_text_become_rows_and_text_again(site: World) -> None:
    """The migration with data in the tables, down and up; a blank text is no bin, two spellings are one."""
    store = Store(site)
    before = str(ScriptDirectory(MIGRATIONS).get_revision("0004").down_revision)
    with site.app.app_context():
        db.session.remove()
        downgrade(directory=MIGRATIONS, revision=before)
        texts = sa.text("SELECT part_id, bin FROM stock_balance WHERE warehouse_id = :main ORDER BY part_id")
        kept = db.session.execute(texts, {"main": store.main_id}).all()
        assert kept == [(store.filter_id, "B-02"), (store.oil_id, "A-01")]
        for part_id, text in ((store.filter_id, " c-07"), (store.oil_id, "C-07 ")):
            db.session.execute(
                sa.text("UPDATE stock_balance SET bin = :text WHERE part_id = :part"), {"text": text, "part": part_id}
            )
        db.session.commit()
        db.session.remove()
        upgrade(directory=MIGRATIONS)
    with store._inside():
        assert [(shelf.code, shelf.warehouse_id) for shelf in site.rows(m.Bin)] == [("C-07", store.main_id)]
        assert {row.bin.code for row in site.rows(m.StockBalance, warehouse_id=store.main_id) if row.bin} == {"C-07"}
        with pytest.raises(sa.exc.IntegrityError):
            db.session.execute(sa.text("UPDATE stock_balance SET min_quantity = -1"))
        db.session.rollback()
        assert site.row(m.StockBalance, part_id=store.filter_id, warehouse_id=store.main_id).quantity == D(10)
