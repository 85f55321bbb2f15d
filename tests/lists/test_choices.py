"""What a drop-down does not offer is not taken either: disabled, left, of the wrong kind, or not fitting the rest of the form;
by an old open form, a posted id, a copy, a file or a program. What stands in the books may stay."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from wtforms.validators import ValidationError

from app import in_use
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import EmployeeState, SupplierKind
from app.errors import WrongChoice
from app.screens import Screen
from app.screens.formfields import LinesField, PickField
from app.screens.forming import form_class
from app.unit_of_work import change, create
from tests.kit import D, World
from tests.parts import new_part, open_stores

NO_LONGER = "已停用或已离职，请另选一个"
NOT_HERE = "不能用在这里，请另选一个"


@pytest.fixture
def shop(world: World) -> World:
    open_stores(world)
    new_part(world)
    new_part(world, "LX-2")
    return world


def order(world: World, **more: Any) -> dict[str, Any]:
    lines = [{"part": world.row(m.Part, part_number="LX-1"), "quantity": D(1), "unit_price": D(10)}]
    supplier = world.row(m.Supplier, name="滤清器厂")
    return {"supplier": supplier, "warehouse": world.row(m.Warehouse, code="ZK"), "lines": lines} | more


def off(row: Any) -> Any:
    """Disabled behind everybody's back, as by a colleague while a form is open."""
    table = type(row).__table__
    value = {"state": EmployeeState.LEFT} if isinstance(row, m.Employee) else {"is_enabled": False}
    db.session.execute(sa.update(table).where(table.c.id == row.id).values(**value))
    db.session.commit()
    return row


def picks(world: World) -> list[tuple[str, str, PickField]]:
    """Every reference of every form and of its lines, as the system administrator's colleague with all rights sees it."""
    found = []
    for screen in (v for v in world.app.appbuilder.baseviews if isinstance(v, Screen) and v.form_sections):
        with world.app.test_request_context(), acting_as(SYSTEM):
            form = form_class(screen, None)(meta={"csrf": False})
        for field in form:
            inner = list(field.form_class()) if isinstance(field, LinesField) else [field]
            name = type(screen).__name__
            found += [(name, f"{field.short_name}.{f.short_name}", f) for f in inner if isinstance(f, PickField)]
    return found


def test_no_form_takes_what_is_no_longer_in_use(shop: World) -> None:
    every = picks(shop)
    with acting_as(SYSTEM):
        _try_each(every)


def _try_each(every: list[tuple[str, str, PickField]]) -> None:
    asked = [p for p in every if hasattr(p[2].entity, "is_enabled") or p[2].entity is m.Employee]
    assert len(asked) > 50
    taken = []
    for screen, path, field in asked:
        row = db.session.scalars(sa.select(field.entity)).first() or field.entity(is_enabled=False)
        with db.session.no_autoflush, db.session.begin_nested() as step:
            if field.entity is m.Employee:
                row.state = EmployeeState.LEFT
            else:
                row.is_enabled = False
            field.data = row
            try:
                field.pre_validate(type("Bare", (dict,), {})())
                taken.append((screen, path, field.offer.retired))
            except ValidationError:
                pass
            step.rollback()
        db.session.expire_all()
    assert [(screen, path) for screen, path, retired in taken if not retired] == []
    assert {(s, p) for s, p, _ in taken} == {
        ("PaymentView", "supplier.supplier"),  # what is owed to him is paid all the same
        ("StockTransferView", "lines.part"),  # what lies there is moved and sold off
    }


def test_the_unit_of_work_refuses_what_is_retired_and_names_the_field(shop: World) -> None:
    off(shop.row(m.Supplier, name="滤清器厂"))
    with pytest.raises(WrongChoice, match=NO_LONGER) as caught:
        create(m.PurchaseOrder, order(shop), by=shop["buyer"])
    assert caught.value.field == "supplier"


def test_a_line_with_a_disabled_part_is_refused(shop: World) -> None:
    off(shop.row(m.Part, part_number="LX-1"))
    with pytest.raises(WrongChoice, match=NO_LONGER):
        create(m.PurchaseOrder, order(shop), by=shop["buyer"])


def test_what_stands_in_a_draft_may_stay_and_the_rest_be_changed(shop: World) -> None:
    paper = create(m.PurchaseOrder, order(shop), by=shop["buyer"])
    off(shop.row(m.Part, part_number="LX-1"))
    paper = shop.row(m.PurchaseOrder)
    line = paper.lines[0]
    kept = {"id": line.id, "part": line.part, "quantity": D(2), "unit_price": D(10)}
    changed = change(paper, {"lines": [kept]}, version=paper.version, by=shop["buyer"])
    assert changed.lines[0].quantity == 2
    other = off(shop.row(m.Part, part_number="LX-2"))
    with pytest.raises(WrongChoice, match=NO_LONGER):
        change(changed, {"lines": [kept | {"part": other}]}, version=changed.version, by=shop["buyer"])


@pytest.mark.parametrize("kind", [SupplierKind.BANK, SupplierKind.INSURER, SupplierKind.CARRIER, SupplierKind.LESSOR])
def test_parts_are_ordered_from_who_sells_parts(shop: World, kind: SupplierKind) -> None:
    wrong = create(m.Supplier, {"name": f"{kind.name} 公司", "kind": kind})
    with pytest.raises(WrongChoice, match=NOT_HERE) as caught:
        create(m.PurchaseOrder, order(shop, supplier=wrong), by=shop["buyer"])
    assert caught.value.field == "supplier"


def _ids(site: World) -> dict[str, int]:
    with site.app.app_context(), acting_as(SYSTEM):
        open_stores(site)
        part, spare = new_part(site), new_part(site, "LX-2")
        bank = create(m.Supplier, {"name": "某银行", "kind": SupplierKind.BANK})
        supplier, store = site.row(m.Supplier, name="滤清器厂"), site.row(m.Warehouse, code="ZK")
        ids = {"part": part.id, "spare": spare.id, "bank": bank.id, "supplier": supplier.id, "store": store.id}
        db.session.remove()
    return ids


def _typed(ids: dict[str, int], **more: Any) -> dict[str, Any]:
    return {
        "supplier": ids["supplier"], "warehouse": ids["store"], "lines-shown": "1", "lines-0-part": ids["part"],
        "lines-0-quantity": "1", "lines-0-unit_price": "10", "lines-0-tax_rate": "13",
    } | more  # fmt: skip


def _off(site: World, entity: type, row_id: int) -> None:
    with site.app.app_context(), acting_as(SYSTEM):
        off(site.row(entity, id=row_id))
        db.session.remove()


def test_a_form_that_was_open_while_the_part_was_disabled_comes_back_with_a_sentence(site: World) -> None:
    ids = _ids(site)
    buyer = site.browser("buyer")
    form = {**buyer.form("/purchaseorderview/add"), **_typed(ids)}
    _off(site, m.Part, ids["part"])
    answer = buyer.client.post("/purchaseorderview/add", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and NO_LONGER in page
    assert page.index(NO_LONGER) > page.index("lines-0-part")  # beside the line
    assert f'value="{ids["part"]}" selected' in page  # what was chosen is kept


def test_a_posted_bank_is_no_supplier_of_parts_and_is_not_offered(site: World) -> None:
    ids = _ids(site)
    buyer = site.browser("buyer")
    answer = buyer.submit("/purchaseorderview/add", _typed(ids, supplier=ids["bank"]))
    assert answer.status_code == 422 and NOT_HERE in answer.get_data(as_text=True)
    offered = buyer.get("/purchaseorderview/options/supplier").get_json()["results"]
    assert ids["supplier"] in [o["id"] for o in offered] and ids["bank"] not in [o["id"] for o in offered]


def test_a_copy_of_what_was_ordered_before_does_not_order_it_again(site: World) -> None:
    ids = _ids(site)
    buyer = site.browser("buyer")
    assert buyer.submit("/purchaseorderview/add", _typed(ids)).status_code == 302
    _off(site, m.Part, ids["part"])
    answer = buyer.submit("/purchaseorderview/add?copy=1", {})
    assert answer.status_code == 422 and NO_LONGER in answer.get_data(as_text=True)
    edited = buyer.submit("/purchaseorderview/edit/1", {"lines-0-quantity": "3"})
    assert edited.status_code == 302, "the draft itself may be saved as it stands"


def test_one_looks_for_what_was_as_well(site: World) -> None:
    ids = _ids(site)
    _off(site, m.Supplier, ids["supplier"])
    buyer = site.browser("buyer")
    offered = buyer.get("/purchaseorderview/options/supplier").get_json()["results"]
    sought = buyer.get("/purchaseorderview/options/supplier?filter=1").get_json()["results"]
    assert ids["supplier"] not in [o["id"] for o in offered] and ids["supplier"] in [o["id"] for o in sought]
    assert "filter=1" in buyer.get("/purchaseorderview/list/").get_data(as_text=True)


def test_a_machine_of_another_customer_is_refused_on_a_work_order(site: World) -> None:
    with site.app.app_context(), acting_as(SYSTEM):
        mine, other = site.company(number=1), site.company(number=2)
        unit = site.unit()
        db.session.execute(sa.update(m.MachineUnit.__table__).values(owner_customer_id=other.id))
        db.session.commit()
        customer, machine = mine.id, unit.id
        db.session.remove()
    manager = site.browser("service_manager")
    answer = manager.submit("/workorderview/add", {"customer": customer, "unit": machine})
    assert answer.status_code == 422 and NOT_HERE in answer.get_data(as_text=True)


def test_the_same_request_sent_again_gets_its_answer_again(site: World) -> None:
    """Between the two presses the part was disabled; the second is the same request, not a new order."""
    ids = _ids(site)
    buyer = site.browser("buyer")
    form = {**buyer.form("/purchaseorderview/add"), **_typed(ids)}
    first = buyer.client.post("/purchaseorderview/add", data=form)
    _off(site, m.Part, ids["part"])
    second = buyer.client.post("/purchaseorderview/add", data=form)
    assert (first.status_code, second.status_code) == (302, 302) and first.location == second.location
    with site.app.app_context(), acting_as(SYSTEM):
        assert len(site.rows(m.PurchaseOrder)) == 1
        db.session.remove()


def test_retired_is_what_it_says(world: World) -> None:
    person = world.row(m.Employee, id=world["sales1"].employee_id)
    assert not in_use.is_retired(person)
    assert in_use.is_retired(off(person))
