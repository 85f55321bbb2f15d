"""操作日志: every change on the record it belongs to, in words, and nothing its reader may not know."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.audit import header_of
from app.database import db
from app.enums import AttachmentKind, ChannelKind
from app.unit_of_work import change, create, fire, together
from app.workflows.system import attachment
from tests import files
from tests.kit import START, D, World, on_both
from tests.security.lab import Lab, raw, screen_for, text


def block(page: str) -> str:
    """The log on a page, without the rest."""
    found = re.search(r'<details class="panel trail".*?</details>', page, re.DOTALL)
    return found[0] if found else ""


def shown(page: str) -> str:
    """Its words alone."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", block(page)))


def draft(site: World, **more: Any) -> int:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        paper = site.contract(site.company(), site.contact(), site.unit(), **more)
        pk = paper.id
        db.session.remove()
    return pk


@on_both
def test_a_line_taken_out_of_a_paper_is_told_on_the_paper(world: World) -> None:
    paper = world.contract(world.company(), world.contact(), world.unit())
    line = paper.lines[0].id
    model = world.row(m.MachineModel, model="HT75")
    change(paper, {"lines": [{"model": model, "unit_price": D(390_000)}]}, by=world["sales1"])
    told = [
        (log.entity, log.action.name, log.row_id == line)
        for log in world.rows(m.AuditLog)
        if (log.root, log.root_id) == ("MachineContract", paper.id) and log.entity == "ContractLine"
    ]
    assert sorted(told) == [
        ("ContractLine", "DELETE", True),
        ("ContractLine", "INSERT", False),
        ("ContractLine", "INSERT", True),
    ]


def test_every_line_of_a_document_knows_its_header() -> None:
    lines = {
        relation.mapper.class_
        for entity in m.ENTITIES.values()
        for relation in sa.inspect(entity).relationships
        if relation.uselist and relation.cascade.delete_orphan
    }
    assert len(lines) >= 20 and all(header_of(line) for line in lines)


def test_a_change_stands_on_the_record_with_who_when_and_from_where(site: World) -> None:
    pk = draft(site)
    browser = site.browser("sales1")
    browser.submit(
        f"/machinecontractview/edit/{pk}", {"delivery_place": "合肥北站工地", "lines-0-unit_price": "1,060,000"}
    )
    page = text(browser.get(f"/machinecontractview/show/{pk}"))
    words = shown(page)
    assert "合肥北站工地" in words and "1,050,000.00 → 1,060,000.00" in words, words
    assert "张敏" in words and "127.0.0.1" in words and f"{clock.now():%Y-%m-%d}" in words
    assert "整机明细" in words or "合同整机" in words or "明细" in words  # which line it was
    assert not re.search(r"[A-Za-z]{4,}", words.replace("HT", "")), words  # labels and names, no columns and codes


def test_the_log_leads_to_the_record_and_the_record_to_the_log(site: World) -> None:
    pk = draft(site)
    gm, seller = site.browser("gm"), site.browser("sales1")
    page = text(gm.get(f"/machinecontractview/show/{pk}"))
    address = re.search(r'href="(/auditlogview/list/[^"]+)"', block(page))[1].replace("&amp;", "&")  # type: ignore[index]
    listed = text(gm.get(address))
    with site.app.app_context():
        mine = [r for r in raw(m.AuditLog) if (r.root, r.root_id) == ("MachineContract", pk)]
    assert f"共 {len(mine)} 条" in listed and {r.entity for r in mine} >= {"MachineContract", "ContractLine"}
    line = next(r for r in mine if r.entity == "ContractLine")
    assert f'href="/machinecontractview/show/{pk}"' in text(gm.get(f"/auditlogview/show/{line.id}"))
    assert "/auditlogview/" not in text(
        seller.get(f"/machinecontractview/show/{pk}")
    )  # who may not list it has no link


def test_the_log_is_filtered_by_kind_record_person_and_time(site: World) -> None:
    pk = draft(site)
    gm, screen = site.browser("gm"), screen_for(site.app, m.AuditLog)
    with site.app.app_context():
        logs = raw(m.AuditLog)
    seller, today = site["sales1"].employee_id, START.isoformat()
    for query, fits in (
        ("root=Customer", lambda r: r.root == "Customer"),
        (
            f"root=MachineContract&root_id_from={pk}&root_id_to={pk}",
            lambda r: (r.root, r.root_id) == ("MachineContract", pk),
        ),
        (f"by={seller}", lambda r: r.by_id == seller),
        (f"at_from={today}&at_to={today}&by={seller}", lambda r: r.by_id == seller and f"{r.at}"[:10] == today),
        ("root=Nonsense", lambda r: False),
    ):
        page = text(gm.get(f"/auditlogview/list/?{query}&size=200"))
        assert f"共 {len([r for r in logs if fits(r)])} 条" in page, query
    assert screen.quick_hint  # the search box says what it looks for


def test_what_a_role_may_not_know_is_not_in_its_log(lab: Lab) -> None:
    """The keeper sees no price, the administrator masked numbers; the same record, the same log."""
    with lab.app.app_context():
        contract = next(
            r for r in raw(m.MachineContract) if r.id in lab.x.ids["MachineContract"] and r.state.name == "APPROVED"
        )
        customer = next(r for r in raw(m.Customer) if r.name == "土石方甲字一有限公司")
        price = raw(m.ContractLine, m.ContractLine.__table__.c.contract_id == contract.id)[0].unit_price
    for username, knows in (("gm", True), ("keeper", False), ("visits", False)):
        page = text(lab.browser(username).get(f"/machinecontractview/show/{contract.id}?log=1"))
        assert block(page), username
        assert (f"{price:,.2f}" in block(page)) is knows, username
    for username, knows in (("sales1", True), ("sysadmin", False)):
        page = block(text(lab.browser(username).get(f"/customerview/show/{customer.id}?log=1")))
        assert (customer.mobile in page) is knows and ("****" in page) is not knows, username


def test_keys_of_ours_are_told_without_what_they_are(site: World) -> None:
    admin = site.browser("sysadmin")
    with site.app.app_context(), acting_as(SYSTEM):
        pk = create(m.NoticeChannel, {"name": "群", "kind": ChannelKind.WEBHOOK}, by=site["sysadmin"]).id
        db.session.remove()
    admin.post(f"/noticechannelview/ask/set_address/{pk}", {"address": "json://127.0.0.1:9/geheim-4711"})
    with site.app.app_context():
        logs = [r for r in raw(m.AuditLog) if r.entity == "NoticeChannel"]
        assert logs[-1].changes["address"] == [None, "***"] and "4711" not in str([r.changes for r in logs])
        assert raw(m.NoticeChannel)[0].address == "json://127.0.0.1:9/geheim-4711"
    for path in (
        f"/noticechannelview/show/{pk}",
        "/noticechannelview/list/",
        "/auditlogview/list/",
        f"/noticechannelview/ask/set_address/{pk}",
    ):
        assert "4711" not in text(admin.get(path)), path


def test_a_long_history_is_cut_and_shown_on_demand(site: World) -> None:
    admin = site.browser("sysadmin")
    pk = int(admin.submit("/tagview/add", {"name": "标签", "sort": "0"}).headers["Location"].rsplit("/", 1)[1])
    with site.app.app_context():
        row: Any = None
        for number in range(25):
            row = site.row(m.Tag, id=pk)
            change(row, {"sort": number + 1}, by=site["sysadmin"])
        db.session.remove()
    page = text(admin.get(f"/tagview/show/{pk}"))
    assert block(page).count("<tr><td") == 20 and "更早的改动" in block(page)
    assert block(text(admin.get(f"/tagview/show/{pk}?log=1"))).count("<tr><td") == 26


@pytest.mark.parametrize("username", ["sales1", "tech1", "visits"])
def test_nobody_reads_the_log_of_a_record_that_is_not_his(lab: Lab, username: str) -> None:
    pk = lab.y.ids["MachineContract"][0]
    answer = lab.browser(username).get(f"/machinecontractview/show/{pk}?log=1")
    assert answer.status_code in (403, 404) or username == "visits"


def test_verbs_tell_their_step_and_their_change_in_one_transaction(world: World, monkeypatch: Any) -> None:
    paper = world.contract(world.company(), world.contact(), world.unit())
    before = len(world.rows(m.AuditLog)), len(world.rows(m.StateChange))
    with monkeypatch.context() as broken:
        broken.setattr(db.session, "commit", lambda: (_ for _ in ()).throw(RuntimeError("power")))
        with pytest.raises(RuntimeError):
            fire(paper, "submit", by=world["sales1"])
    db.session.rollback()
    assert (len(world.rows(m.AuditLog)), len(world.rows(m.StateChange))) == before
    fire(world.row(m.MachineContract, id=paper.id), "submit", by=world["sales1"])
    assert len(world.rows(m.AuditLog)) > before[0] and len(world.rows(m.StateChange)) > before[1]


def test_files_beside_a_record_are_told_to_who_may_see_them(site: World) -> None:
    pk = draft(site)
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        contract = site.row(m.MachineContract, id=pk)

        def put() -> m.Attachment:
            attachment.attach(contract, AttachmentKind.HANDOVER, "交接单.pdf", files.pdf())
            attachment.attach(contract, AttachmentKind.ID_CARD, "身份证.jpg", files.picture())
            return attachment.attach(contract, AttachmentKind.CONTRACT, "合同扫描件.pdf", files.pdf("合同"))

        scan = together(put, by=site["sales1"], entity=m.Attachment)
        together(lambda: attachment.detach(scan), by=site["sales1"], entity=m.Attachment)
        db.session.remove()
    words = shown(text(site.browser("sales1").get(f"/machinecontractview/show/{pk}")))
    assert "交接单.pdf" in words and "身份证.jpg" in words and words.count("合同扫描件.pdf") >= 2, words
    assert "移除" in words and "张敏" in words
    words = shown(text(site.browser("visits").get(f"/machinecontractview/show/{pk}")))
    assert "交接单.pdf" in words and "身份证" not in words and "扫描件" not in words, words
