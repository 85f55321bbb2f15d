"""公司资料 on papers: what is known stands there, what is not leaves no trace; logo and seal; asked for before the first print."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.demo import pictures
from app.enums import AttachmentKind
from app.errors import AlreadyThere, NotAllowed, WrongAmount
from app.screens import pdf
from app.unit_of_work import change, create, together
from app.workflows.system import attachment
from app.workflows.system.dealer import the_dealer
from tests.kit import START, World, on_both

PROFILE = {
    "name": "安徽铁马工程机械有限公司",
    "tax_number": "91340100MA2TM00001",
    "address": "合肥市繁华大道 1 号",
    "phone": "0551-65432100",
    "bank_accounts": "建设银行开发区支行 3400 1234\r\n\r\n  徽商银行繁华支行 1023 4567 ",
}


@pytest.fixture
def paper(site: World) -> str:
    """The address of a contract as a paper."""
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        contract = site.approved(site.contract(site.company(), site.contact(), site.unit()))
        address = f"/print/MachineContractView/{contract.id}"
        db.session.remove()
    return address


def known(site: World, values: dict[str, str], *files: tuple[AttachmentKind, str, bytes]) -> None:
    """The general manager fills the profile in."""
    with site.app.app_context(), acting_as(site["gm"]):
        dealer: Any = the_dealer()
        change(dealer, values)
        for file in files:
            together(lambda file=file: attachment.attach(dealer, *file), entity=m.Attachment)  # type: ignore[misc]
        db.session.remove()


def printed(page: str) -> list[tuple[str, bytes]]:
    """(place, picture) of what stands on a paper."""
    found = re.findall(r'<img class="(\w+)" alt="" src="data:image/png;base64,([^"]+)">', page)
    return [(place, base64.b64decode(data)) for place, data in found]


@on_both
def test_a_paper_says_who_sells_and_where_the_money_goes(site: World, paper: str) -> None:
    known(site, PROFILE)
    page = site.browser("clerk").get(paper).get_data(as_text=True)
    for text in (
        *(PROFILE[k] for k in ("name", "tax_number", "address", "phone")),
        "3400 1234；徽商银行繁华支行 1023 4567",
    ):
        assert text in page, text
    assert "演示" not in page


def test_what_is_not_known_leaves_no_trace(site: World, paper: str) -> None:
    page = site.browser("clerk").get(paper).get_data(as_text=True)
    assert "安徽铁马工程机械有限公司（演示）" in page  # the initial name: DEALER_NAME
    for word in (
        "纳税人识别号",
        "出卖人地址",
        "收款账户",
        "电话 <",
        "None",
        "<img",
        '<i class="logo">',
        '<i class="seal">',
    ):
        assert word not in page, word


def test_logo_and_seal_are_printed_the_newest_and_the_seal_lies_over_the_text(site: World, paper: str) -> None:
    kinds = AttachmentKind
    old = (kinds.SEAL, "旧公章.png", pictures.sheet(1))
    known(site, PROFILE, old, (kinds.LOGO, "标志.png", pictures.logo()), (kinds.SEAL, "公章.png", pictures.seal()))
    found = dict(printed(site.browser("clerk").get(paper).get_data(as_text=True)))
    assert set(found) == {"logo", "seal"}
    seal = Image.open(io.BytesIO(found["seal"]))
    assert seal.size == (480, 480) and seal.mode == "RGBA"
    white, red = seal.getpixel((2, 2)), seal.getpixel((240, 240))
    assert white[3] < 10 and red[3] == 255 and red[0] > 150 > red[1]  # type: ignore[index]
    assert Image.open(io.BytesIO(found["logo"])).mode == "RGB"


@pytest.mark.skipif(not pdf.is_possible(), reason="no PDF engine")
def test_the_pdf_holds_logo_and_seal(site: World, paper: str) -> None:
    kinds = AttachmentKind
    known(site, PROFILE, (kinds.LOGO, "标志.png", pictures.logo()), (kinds.SEAL, "公章.png", pictures.seal()))
    answer = site.browser("clerk").post(paper, {"way": "pdf"})
    assert answer.mimetype == "application/pdf" and answer.data.count(b"/Subtype /Image") >= 2


def test_production_asks_for_the_name_before_the_first_print(site: World, paper: str, monkeypatch: Any) -> None:
    with site.app.app_context(), acting_as(SYSTEM):
        db.session.execute(sa.update(m.Dealer.__table__).values(name=None))
        db.session.commit()
    monkeypatch.setitem(site.app.config, "DEALER_NAME", "")
    assert site.browser("gm").get(paper).status_code == 200  # who only plays is not asked
    monkeypatch.setitem(site.app.config, "PRODUCTION", True)
    for who, sentence, has_link in (
        ("gm", "第一次打印以前，请先填写公司名称", True),
        ("clerk", "第一次打印以前，请系统管理员先填写公司资料", False),
    ):
        browser = site.browser(who)
        for answer in (browser.get(paper), browser.post(paper, {"way": "paper"})):
            assert answer.status_code == 302 and "/machinecontractview/show/" in answer.location
        page = browser.get(answer.location).get_data(as_text=True)
        assert sentence in page, re.findall("<main.*", page, re.DOTALL)[0][:1500]
        assert ("/dealerview/edit/" in page) is has_link
    with site.app.app_context(), acting_as(SYSTEM):
        assert site.rows(m.PrintLog) == []
        db.session.remove()
    known(site, {"name": "铁马"})
    assert site.browser("clerk").get(paper).status_code == 200


def test_only_whom_it_concerns_may_change_it_and_there_is_one(world: World) -> None:
    dealer: Any = the_dealer()
    for who in ("sales1", "clerk", "keeper", "sales_manager"):
        with pytest.raises(NotAllowed):
            change(dealer, {"name": "别人"}, by=world[who])
    for who in ("gm", "finance", "sysadmin"):
        change(dealer, {"phone": f"0551-{len(who)}"}, by=world[who])
    history = [line for line in world.rows(m.AuditLog) if line.entity == "Dealer" and "phone" in str(line.changes)]
    assert len(history) == 3 and history[-1].by_id == world["sysadmin"].employee_id
    with pytest.raises(AlreadyThere):
        create(m.Dealer, {"name": "第二家"})
    for content, name in ((b"%PDF-1.4 %%EOF", "公章.pdf"), (b"GIF89a", "公章.png")):
        with pytest.raises(WrongAmount), acting_as(world["gm"]):
            together(lambda c=content, n=name: attachment.attach(dealer, AttachmentKind.SEAL, n, c))  # type: ignore[misc]
