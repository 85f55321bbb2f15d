"""Names, phones and numbers are kept and looked for in one form, from whatever door they come."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.errors import AlreadyThere
from app.screens import options
from tests.conftest import MIGRATIONS
from tests.kit import D, World, on_both
from tests.lists.test_finder import found
from tests.workflows.test_receipt import by_bank

ODD = {"name": "恒达\u200b (安徽)　有限公司", "mobile": "0551-65432100转801", "legal_rep": "王　五\ufeff"}


def shown(site: World, who: str, q: str) -> bool:
    page = site.browser(who).get("/customerview/list/", query_string={"q": q}).get_data(as_text=True)
    return "恒达（安徽）有限公司" in page


@on_both
def test_a_customer_is_kept_in_normal_form_and_found_however_he_is_typed(site: World) -> None:
    with site.app.app_context():
        row = site.company(**ODD)
        assert (row.name, row.mobile, row.legal_rep) == ("恒达（安徽）有限公司", "0551-65432100-801", "王五")
        db.session.remove()
    for q in (
        "恒达(安徽)",
        "恒达（安徽）",
        "恒达\u200b(",
        "hdahyxgs",
        "HD·AH",
        "055165432100",
        "65432100转801",
        "kh000001",
    ):
        assert shown(site, "gm", q), q
        assert "客户" in found(site.browser("gm"), q), q
    assert not shown(site, "gm", "()") or found(site.browser("gm"), "()") == {}


def test_a_phone_with_dashes_and_country_is_the_same_phone(site: World) -> None:
    with site.app.app_context():
        site.company(mobile="+86 139-0000-0004")
        assert site.row(m.Customer).mobile == "13900000004"
        with acting_as(SYSTEM):
            texts = [o["text"] for o in options.search(m.Customer, "139-0000-0004", 1)["results"]]
        assert len(texts) == 1
        db.session.remove()


@on_both
def test_a_document_is_found_without_its_dashes(site: World) -> None:
    with site.app.app_context():
        number = site.contract(site.company(), None, site.unit()).number
        db.session.remove()
    gm = site.browser("gm")
    for term in (number.replace("-", ""), number.replace("-", "").lower(), number.replace("-", "").lower()[:12]):
        page = gm.get("/machinecontractview/list/", query_string={"q": term}).get_data(as_text=True)
        assert number in page, term
        assert found(gm, term).get("整机合同") == [number], term
    assert gm.get("/search/", query_string={"q": number.replace("-", "").lower()}).status_code == 302


@on_both
def test_a_bank_reference_is_one_in_other_case_width_and_spacing(world: World) -> None:
    """Failed on the old code: all four were booked."""
    customer = world.company()
    world.paid(customer, [], funds=[by_bank(world, "100", "ICBC-20261119 01")])
    for typed in ("icbc-2026111901", "ＩＣＢＣ2026111901", "ICBC 20261119-01", "icbc\u200b2026111901"):
        with pytest.raises(AlreadyThere):
            world.paid(customer, [], funds=[by_bank(world, "100", typed)])


@on_both
def test_what_stood_in_the_books_gets_its_normal_form(world: World) -> None:
    """Up from the revision before: names, phones and initials; what is taken stays for a person to decide."""
    first, second = world.company(number=1), world.company(number=2)
    world.paid(first, [], funds=[by_bank(world, "1", "A-1")])
    code, first_id, second_id = first.credit_code, first.id, second.id
    db.session.remove()
    downgrade(directory=MIGRATIONS, revision="0027")
    change = sa.text("UPDATE customer SET name = :name, mobile = :mobile, initials = :initials WHERE id = :id")
    odd = {"name": "恒达(安徽)\u200b", "mobile": "055165432100", "initials": "hd(ah)"}
    with db.engine.begin() as connection:
        connection.execute(change, odd | {"id": first_id})
        connection.execute(sa.text("UPDATE cash_entry SET serial_key = 'a 1' WHERE serial_key IS NOT NULL"))
        taken = sa.text("UPDATE customer SET credit_code = :code WHERE id = :id")
        connection.execute(taken, {"code": code.lower(), "id": second_id})
    upgrade(directory=MIGRATIONS)
    row = world.row(m.Customer, id=first_id)
    assert (row.name, row.mobile, row.initials) == ("恒达（安徽）", "0551-65432100", "hdah")
    assert world.row(m.Customer, id=second_id).credit_code == code.lower()
    assert world.row(m.CashEntry).serial_key == "A1" and world.row(m.CashEntry).amount == D("1.00")
