"""Checklists: which template an order takes, what must be answered, and what finishing wants to see."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app import models as m
from app.actor import acting_as
from app.database import db
from app.enums import AttachmentKind, CheckKind, WorkOrderKind, WorkOrderState
from app.errors import AlreadyThere, BusinessError, MissingData, NotAllowed, NotYours, WrongAmount, WrongState
from app.roles import ROLES
from app.unit_of_work import change, create, fire, together
from app.workflows.service import checklist, completion
from app.workflows.system import attachment
from app.workflows.system.file_content import examine
from tests import files
from tests.kit import D, World, on_both
from tests.vans import Vans
from tests.workflows.test_work_order import sold

C = CheckKind
EVERYTHING = [("机油", C.YES_NO, True), ("压力", C.NUMBER, True), ("发现", C.TEXT, False), ("仪表照片", C.PHOTO, True)]
PHOTO = files.picture("PNG", (40, 30))


def template(
    world: World,
    name: str = "维修检查表",
    kind: WorkOrderKind = WorkOrderKind.REPAIR,
    items: Any = EVERYTHING,
    **more: Any,
) -> m.ChecklistTemplate:
    lines = [{"text": text, "kind": wants, "is_required": must} for text, wants, must in items]
    return create(m.ChecklistTemplate, {"name": name, "kind": kind, "items": lines} | more, by=world["service_manager"])


def texts(v: Vans, order: m.WorkOrder) -> list[str]:
    return [check.text for check in v.fresh(order).checks]


def ids(v: Vans, order: m.WorkOrder) -> dict[str, int]:
    return {check.text: check.id for check in v.fresh(order).checks}


def fill(v: Vans, order: m.WorkOrder, *answers: dict[str, Any], by: str = "tech1") -> m.WorkOrder:
    return fire(order, "fill_checklist", by=v.world[by], answers=list(answers))


@on_both
def test_the_template_of_the_model_goes_before_that_of_the_kind(world: World) -> None:
    v = Vans(world)
    model = world.row(m.MachineModel, model="HT215")
    template(world, items=[("一般", C.YES_NO, True)])
    template(world, "HT215 维修", model=model, items=[("回转", C.YES_NO, True)])
    template(world, "HT75 维修", model=world.row(m.MachineModel, model="HT75"), items=[("履带", C.YES_NO, True)])
    template(world, "保养", WorkOrderKind.MAINTAIN, items=[("换油", C.YES_NO, True)])
    customer, unit = sold(world)
    ours = v.assigned(v.order(customer, unit))
    assert texts(v, ours) == ["回转"] and v.fresh(ours).checklist.name == "HT215 维修"
    assert texts(v, v.assigned(v.order(customer))) == ["一般"]
    assert texts(v, v.assigned(v.order(customer, unit, kind=WorkOrderKind.MAINTAIN))) == ["换油"]
    assert texts(v, v.assigned(v.order(customer, kind=WorkOrderKind.INSPECT))) == []


def test_one_template_in_use_per_kind_and_model(world: World) -> None:
    first = template(world)
    with pytest.raises(AlreadyThere, match="“维修检查表”已经用于这个服务类型和机型，请先停用它"):
        template(world, "又一份")
    model = world.row(m.MachineModel, model="HT215")
    template(world, "机型", model=model)
    with pytest.raises(AlreadyThere, match="“机型”已经用于"):
        template(world, "又一份", model=model)
    change(first, {"is_enabled": False}, by=world["sysadmin"])
    second = template(world, "又一份")
    with pytest.raises(AlreadyThere):
        change(first, {"is_enabled": True}, by=world["sysadmin"])
    change(second, {"name": "改名"}, by=world["service_manager"])


def test_a_template_has_items_and_none_twice(world: World) -> None:
    with pytest.raises(MissingData, match="请至少填一个检查项目"):
        template(world, items=[])
    with pytest.raises(AlreadyThere, match="“机油”重复了"):
        template(world, items=[("机油", C.YES_NO, True), (" 机油 ", C.TEXT, True)])
    for who in ("tech1", "clerk", "gm", "finance"):
        with pytest.raises(NotAllowed):
            create(m.ChecklistTemplate, {"name": "x", "items": [{"text": "x"}]}, by=world[who])


@on_both
def test_what_was_found_stays_when_the_template_changes(world: World) -> None:
    v = Vans(world)
    kept = template(world)
    order = v.at_work(v.order(world.company()))
    fill(v, order, {"id": ids(v, order)["机油"], "is_yes": False})
    items = [{"text": "全新项目", "kind": C.TEXT, "is_required": True}]
    change(kept, {"name": "新版", "items": items}, by=world["service_manager"])
    assert texts(v, order) == ["机油", "压力", "发现", "仪表照片"]
    found = v.fresh(order).checks[0]
    assert (found.is_yes, found.answered_by_id) == (False, world["tech1"].employee_id) and found.answered_at
    assert texts(v, v.assigned(v.order(world.company(number=2)))) == ["全新项目"]


def test_assigning_again_takes_the_list_anew_until_somebody_answered(world: World) -> None:
    v = Vans(world)
    kept = template(world)
    order = v.at_work(v.order(world.company()))
    fire(order, "withdraw", by=world["service_manager"], reason="换人")
    change(kept, {"items": [{"text": "新", "kind": C.YES_NO, "is_required": True}]}, by=world["service_manager"])
    v.at_work(order, "tech2")
    assert texts(v, order) == ["新"]
    fill(v, order, {"id": ids(v, order)["新"], "is_yes": True}, by="tech2")
    change(kept, {"items": [{"text": "更新", "kind": C.YES_NO, "is_required": True}]}, by=world["service_manager"])
    fire(order, "withdraw", by=world["service_manager"], reason="换人")
    v.at_work(order)
    assert texts(v, order) == ["新"] and v.fresh(order).checks[0].is_yes is True


@on_both
def test_answers_come_in_any_order_and_may_be_corrected(world: World) -> None:
    v = Vans(world)
    template(world)
    order = v.at_work(v.order(world.company()))
    point = ids(v, order)
    assert checklist.missing(v.fresh(order)) == ["机油", "压力", "仪表照片"]
    fill(v, order, {"id": point["压力"], "number": D("34.3")}, {"id": point["发现"], "words": "  漏油  "})
    fire(order, "suspend", by=world["tech1"], reason="等件")
    fill(
        v, order, {"id": point["仪表照片"], "photo": examine("仪表.png", PHOTO)}, {"id": point["机油"], "is_yes": True}
    )
    assert checklist.missing(v.fresh(order)) == []
    photo = world.row(m.Attachment)
    assert (photo.kind, photo.document_id, photo.name) == (AttachmentKind.CHECK_PHOTO, order.id, "仪表.png")
    values = [(c.is_yes, c.number, c.words, c.photo_id) for c in v.fresh(order).checks]
    assert values == [(True, None, None, None), (None, D("34.300"), None, None), (None, None, "漏油", None),
                      (None, None, None, photo.id)]  # fmt: skip
    fill(v, order, {"id": point["压力"], "number": None}, {"id": point["仪表照片"], "photo": None})
    assert checklist.missing(v.fresh(order)) == ["压力"]  # a figure is taken back, a photo that is there stays
    together(lambda: attachment.detach(photo), by=world["tech1"], entity=m.Attachment)
    assert checklist.missing(v.fresh(order)) == ["压力", "仪表照片"]


def test_an_answer_of_another_kind_of_another_order_or_person_is_refused(world: World) -> None:
    v = Vans(world)
    template(world)
    order, other = v.at_work(v.order(world.company())), v.at_work(v.order(world.company(number=2)), "tech2")
    point, strange = ids(v, order), ids(v, other)
    for answer, fault in (
        ({"id": point["机油"], "number": D(1)}, WrongAmount), ({"id": point["压力"], "is_yes": True}, WrongAmount),
        ({"id": point["仪表照片"], "photo": examine("a.pdf", files.pdf())}, WrongAmount),
        ({"id": strange["机油"], "is_yes": True}, NotYours), ({"id": 0, "is_yes": True}, NotYours), ({}, NotYours),
    ):  # fmt: skip
        with pytest.raises(fault):
            fill(v, order, answer)
    with pytest.raises(NotYours):
        fill(v, order, {"id": point["机油"], "is_yes": True}, by="tech2")
    for who in ("service_manager", "clerk", "sales1"):
        with pytest.raises(NotAllowed):
            fill(v, order, {"id": point["机油"], "is_yes": True}, by=who)
    with acting_as(world["tech2"]):
        seen = db.session.scalars(sa.select(m.ChecklistAnswer.work_order_id).distinct())
        assert list(seen) == [other.id]
    assert all(not check.is_answered for check in v.fresh(order).checks)
    bare = v.at_work(v.order(world.company(number=3), kind=WorkOrderKind.INSPECT))
    with pytest.raises(MissingData, match="这张工单没有检查表"):
        fill(v, bare)


def test_a_colleague_who_came_along_may_answer_but_not_finish(world: World) -> None:
    v = Vans(world)
    template(world)
    order = v.assigned(v.order(world.company()), "tech1", "tech2")
    for who in ("tech1", "tech2"):
        fire(order, "accept", by=world[who])
    fire(order, "arrive", by=world["tech1"])
    fill(v, order, {"id": ids(v, order)["机油"], "is_yes": True}, by="tech2")
    with pytest.raises(NotYours):
        v.finish(order, "tech2")


@on_both
def test_each_thing_that_is_missing_is_named(world: World) -> None:
    v = Vans(world)
    template(world)
    order = v.at_work(v.order(world.company()))
    point, tech = ids(v, order), world["tech1"]

    def refused(words: str, field: str | None = None, **answers: Any) -> None:
        with pytest.raises(BusinessError) as told:
            fire(order, "finish", by=tech, **({"solution": "修好"} | answers))
        assert words in str(told.value) and told.value.field == field
        assert v.fresh(order).state is WorkOrderState.IN_SERVICE

    refused("请输入处理结果", "solution", solution=" ")
    refused("检查表还有 3 项必填未完成：机油、压力、仪表照片")
    fill(v, order, {"id": point["机油"], "is_yes": True}, {"id": point["压力"], "number": D(0)},
         {"id": point["仪表照片"], "photo": examine("仪表.png", PHOTO)})  # fmt: skip
    refused("还没有现场照片，请至少上传一张")
    with acting_as(tech):
        assert completion.lacks(v.fresh(order)) == ["还没有现场照片，请至少上传一张"]
    v.prove(order)
    refused("客户还没有签名，请客户签名，或者填写未签名的原因", "signature")
    refused("客户还没有签名", "signature", unsigned_reason="   ")
    refused("不能作为图片打开", "files", signature=b"\x89PNG\r\n\x1a\nbroken")
    assert attachment.count(v.fresh(order), AttachmentKind.SIGNATURE) == 0
    fire(order, "finish", by=tech, solution="修好", signature=files.signature())
    done = v.fresh(order)
    assert done.state is WorkOrderState.FINISHED and done.unsigned_reason is None
    signed = attachment.of(done, AttachmentKind.SIGNATURE)
    assert [s.name for s in signed] == [f"{order.number}客户签名.png"]
    with pytest.raises(WrongState):
        fill(v, order, {"id": point["机油"], "is_yes": False})


def test_a_reason_stands_for_the_signature(world: World) -> None:
    v = Vans(world)
    order = v.finish(v.at_work(v.order(world.company())), signature=None, unsigned_reason=" 客户不在现场 ")
    assert v.fresh(order).unsigned_reason == "客户不在现场"
    fire(order, "send_back", by=world["service_manager"], reason="补签名")
    v.finish(order)
    assert v.fresh(order).unsigned_reason is None
    fire(order, "send_back", by=world["service_manager"], reason="再看一次")
    v.finish(order, signature=None)  # signed before: that counts
    assert attachment.count(v.fresh(order), AttachmentKind.SIGNATURE) == 1


def test_nothing_is_kept_of_a_finish_that_is_refused(world: World) -> None:
    v = Vans(world)
    order = v.at_work(v.order(*sold(world)))
    with pytest.raises(MissingData, match="小时"):
        v.finish(order, hour_meter=None)
    assert attachment.count(v.fresh(order), AttachmentKind.SIGNATURE) == 0


def test_who_keeps_templates_and_who_fills_them_in() -> None:
    keeps = {
        code
        for code, role in ROLES.items()
        if "edit" in role.grants.get("ChecklistTemplate", ROLES["gm"].grants["Part"]).verbs
    }
    assert keeps == {"service_manager", "sysadmin"}
    assert {
        code
        for code, role in ROLES.items()
        if "fill_checklist" in role.grants.get("WorkOrder", ROLES["gm"].grants["Part"]).verbs
    } == {"technician"}
