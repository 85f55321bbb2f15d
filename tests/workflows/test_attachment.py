"""Attachments of a document: who may put what, who sees it, who takes it away, and what a rolled-back verb leaves."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import models as m
from app import scope
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import AttachmentKind as K
from app.errors import BusinessError, NotAllowed, NotYours, WrongAmount, WrongState
from app.roles import ROLES
from app.unit_of_work import fire, together
from app.workflows.system import attachment
from app.workflows.system.file_content import JPEG, PDF
from tests import files
from tests.kit import World, on_both
from tests.vans import Vans

PHOTO = files.picture("JPEG", (640, 480))


def put(
    world: World, who: str, document: m.Entity, kind: K, name: str = "一.jpg", content: bytes = PHOTO
) -> m.Attachment:
    return together(lambda: attachment.attach(document, kind, name, content), by=world[who], entity=m.Attachment)


def take(world: World, who: str, item: m.Attachment) -> m.Attachment:
    return together(lambda: attachment.detach(item), by=world[who], entity=m.Attachment)


@on_both
def test_a_file_comes_back_byte_by_byte_under_its_chinese_name(world: World) -> None:
    customer = world.company()
    scan = files.pdf("盖章") + bytes(range(256)) * 64
    made = put(world, "sales1", customer, K.LICENCE, "营业执照（副本）.pdf", scan)
    assert (made.name, made.media_type, made.size) == ("营业执照（副本）.pdf", PDF, len(scan))
    assert made.created_by_id == world["sales1"].employee_id and made.document == "Customer"
    assert attachment.content(made) == scan
    with pytest.raises(NotYours):
        attachment.thumbnail(made)
    with pytest.raises(NotYours):
        attachment.picture(made)
    photo = put(world, "sales1", customer, K.OTHER, "门头.jpg")
    assert photo.media_type == JPEG and attachment.thumbnail(photo)[:2] == attachment.picture(photo)[:2] == b"\xff\xd8"
    with acting_as(world["sales1"]):
        assert [a.name for a in attachment.of(customer)] == ["营业执照（副本）.pdf", "门头.jpg"]
        assert attachment.count(customer, K.LICENCE) == 1 and attachment.count(customer, K.PROPERTY) == 0


def test_the_same_file_under_the_same_kind_is_kept_once(world: World) -> None:
    customer = world.company()
    first = put(world, "sales1", customer, K.OTHER)
    assert put(world, "sales1", customer, K.OTHER, "又一次.jpg").id == first.id
    assert put(world, "sales1", customer, K.LICENCE).id != first.id
    take(world, "sales1", first)
    assert put(world, "sales1", customer, K.OTHER).id != first.id  # what was taken away does not stand in the way
    assert attachment.count(customer) == 2


def test_a_kind_belongs_to_its_documents_and_the_number_has_an_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = world.company()
    with pytest.raises(WrongAmount, match="“交机单”不是这类单据的附件"):
        put(world, "sales1", customer, K.HANDOVER)
    monkeypatch.setattr(attachment, "MOST", 1)
    put(world, "sales1", customer, K.OTHER)
    with pytest.raises(WrongAmount, match="一张单据最多有 1 个附件"):
        put(world, "sales1", customer, K.OTHER, content=files.picture("PNG"))


@on_both
def test_attachments_follow_the_rows_of_their_document(world: World) -> None:
    mine, other = world.company("sales1", 1), world.company("sales2", 2)
    item = put(world, "sales1", mine, K.OTHER)
    strange = put(world, "sales2", other, K.OTHER)
    with acting_as(world["sales1"]):
        assert list(db.session.scalars(sa.select(m.Attachment.id))) == [item.id]
        assert attachment.of(other) == []
        with pytest.raises(NotYours):
            attachment.find(mine, strange.id)
        with pytest.raises(NotYours):
            attachment.document_of(strange)
        assert db.session.scalars(sa.select(m.AttachmentContent)).all() == []
    for who, fault in (("sales2", NotYours), ("keeper", NotAllowed), ("gm", NotAllowed), ("tech1", NotAllowed)):
        with pytest.raises(fault):
            put(world, who, mine, K.OTHER, content=files.picture("PNG"))
    for who in ("sales2", "keeper", "tech1"):
        with pytest.raises(NotYours):
            take(world, who, item)
    with acting_as(world["gm"]):
        assert {a.id for a in attachment.of(mine) + attachment.of(other)} == {item.id, strange.id}
    with pytest.raises(NotAllowed):
        take(world, "gm", item)


def test_a_technician_sees_those_of_his_own_orders(world: World) -> None:
    vans = Vans(world)
    order = vans.at_work(vans.order(world.company()))
    item = put(world, "tech1", order, K.SITE_PHOTO)
    with acting_as(world["tech1"]):
        assert [a.id for a in attachment.of(order)] == [item.id]
    with acting_as(world["tech2"]):
        assert attachment.of(order) == []
    with pytest.raises(NotYours):
        put(world, "tech2", order, K.SITE_PHOTO, content=files.picture("PNG"))


def test_identity_papers_are_for_those_who_read_identity_numbers(world: World) -> None:
    person = world.person()
    card = put(world, "sales1", person, K.ID_CARD, "身份证.jpg")
    licence = put(world, "sales1", person, K.OTHER, "名片.jpg")
    seen = {}
    for who in ("sales1", "clerk", "finance", "credit", "sysadmin", "visits", "service_manager"):
        with acting_as(world[who]):
            seen[who] = {a.id for a in attachment.of(person)}
    both = {card.id, licence.id}
    assert seen == {"sales1": both, "clerk": both, "finance": both, "credit": both,
                    "sysadmin": {licence.id}, "visits": set(), "service_manager": set()}  # fmt: skip


def test_a_scan_of_the_contract_is_for_those_who_know_prices(world: World) -> None:
    contract = world.contract(world.company(), world.contact(), world.unit())
    scan = put(world, "sales1", contract, K.CONTRACT, "合同.pdf", files.pdf())
    sheet = put(world, "sales1", contract, K.HANDOVER, "交机单.pdf", files.pdf("交机"))
    for who, known in (("clerk", {scan.id, sheet.id}), ("service_manager", {sheet.id}), ("visits", {sheet.id})):
        with acting_as(world[who]):
            assert {a.id for a in attachment.of(contract)} == known, who
    unit = world.row(m.MachineUnit, serial_number="HT215-0007")
    with acting_as(world["keeper"]):
        assert K.INVOICE not in attachment.kinds(unit, world["keeper"])
    with pytest.raises(WrongAmount):
        put(world, "keeper", unit, K.INVOICE, "发票.pdf", files.pdf())
    put(world, "buyer", unit, K.INVOICE, "发票.pdf", files.pdf())
    with acting_as(world["keeper"]):
        assert attachment.of(unit) == []


def test_who_put_it_takes_it_away_and_the_row_says_so(world: World) -> None:
    customer = world.company()
    item = put(world, "sales1", customer, K.OTHER)
    with pytest.raises(NotAllowed, match="只有上传人本人才能移除这个附件"):
        take(world, "clerk", item)
    gone = take(world, "sales1", item)
    assert gone.removed_at is not None and gone.removed_by_id == world["sales1"].employee_id
    assert attachment.of(customer) == [] and attachment.content(gone) == PHOTO
    when = gone.removed_at
    assert take(world, "sales1", gone).removed_at == when  # once
    told = [entry for entry in world.rows(m.AuditLog, row_id=item.id) if entry.entity == "Attachment"]
    assert [entry.action.name for entry in told] == ["INSERT", "UPDATE"]
    assert "removed_at" in told[1].changes and not any("content" in entry.changes for entry in told)


def test_detach_takes_away_anybodys(world: World) -> None:
    customer = world.company()
    item = put(world, "clerk", customer, K.OTHER)
    with pytest.raises(NotAllowed):
        take(world, "sales1", item)
    assert take(world, "sales_manager", item).removed_by_id == world["sales_manager"].employee_id


def test_nothing_is_taken_from_a_closed_document(world: World) -> None:
    vans = Vans(world)
    order = vans.at_work(vans.order(world.company()))
    item = put(world, "tech1", order, K.SITE_PHOTO)
    vans.finish(order, solution="换滤芯")
    for who in ("tech1", "service_manager"):
        with pytest.raises(WrongState, match="是“待审核”状态，附件不能再移除"):
            take(world, who, item)
    put(world, "tech1", order, K.SITE_PHOTO, "补拍.png", files.picture("PNG"))  # adding is never too late
    assert attachment.count(order) == 4  # with the photo and the signature it was finished with


@on_both
def test_what_a_verb_attached_goes_with_the_verb_when_it_fails(world: World) -> None:
    customer = world.company()

    def work() -> m.Entity:
        with scope.elevated():
            attachment.attach(customer, K.OTHER, "一.jpg", PHOTO)
        raise BusinessError("no")

    with pytest.raises(BusinessError), acting_as(world["sales1"]):
        together(work)
    with acting_as(SYSTEM):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(m.AttachmentContent.__table__)) == 0
        assert attachment.of(customer) == []


def test_the_same_request_attaches_once(world: World) -> None:
    customer = world.company()
    made = [
        together(
            lambda name=name: attachment.attach(customer, K.OTHER, name, files.picture("PNG", colour=name)),
            by=world["sales1"], key="k1", entity=m.Attachment,
        ).id
        for name in ("red", "green")
    ]  # fmt: skip
    assert made[0] == made[1] and attachment.count(customer) == 1


def test_words_in_the_roles_are_on_documents_that_have_attachments() -> None:
    for code, role in ROLES.items():
        for entity, grant in role.grants.items():
            if grant.verbs & {"attach", "detach"}:
                assert m.ENTITIES[entity].attachment_kinds and "show" in grant.verbs, (code, entity)
    assert (
        not ROLES["gm"].grants["WorkOrder"].verbs & {"attach"}
        and "attach" in ROLES["technician"].grants["WorkOrder"].verbs
    )


def test_a_technician_attaches_between_two_verbs_of_his_order(world: World) -> None:
    """The lock of a verb counts the version up; an attachment does not disturb it."""
    vans = Vans(world)
    order = vans.at_work(vans.order(world.company()))
    put(world, "tech1", order, K.NAMEPLATE)
    fire(order, "suspend", by=world["tech1"], reason="等件")
    put(world, "tech1", order, K.SITE_PHOTO)
    assert attachment.count(vans.fresh(order)) == 2


@pytest.mark.parametrize("who, seen", [("clerk", 2), ("sales1", 2), ("credit", 2), ("sysadmin", 2), ("service_manager", 0), ("visits", 0)])  # fmt: skip
def test_papers_of_a_customer_are_for_who_sees_the_archive(world: World, who: str, seen: int) -> None:
    customer = world.company()
    put(world, "sales1", customer, K.PROPERTY)
    put(world, "sales1", customer, K.OTHER, content=files.picture("PNG"))
    with acting_as(world[who]):
        assert len(attachment.of(customer)) == seen
        assert bool(attachment.kinds(customer, world[who])) == bool(seen)


@pytest.mark.parametrize(
    "who, seen", [("clerk", True), ("sales1", True), ("service_manager", False), ("visits", False)]
)
def test_what_nobody_sorted_on_a_contract_is_for_who_knows_prices(world: World, who: str, seen: bool) -> None:
    contract = world.contract(world.company(), world.contact(), None)
    put(world, "sales1", contract, K.OTHER)
    put(world, "sales1", contract, K.HANDOVER)
    with acting_as(world[who]):
        assert [a.kind for a in attachment.of(contract)] == ([K.OTHER, K.HANDOVER] if seen else [K.HANDOVER])
