"""Printed papers: figures as booked, capitals, pages of ten, counts, secrets, the log, PDF; templates and their sandbox."""

from __future__ import annotations

import datetime as dt
import re
import resource
import threading
import time
import zlib
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import GiftKind, PayMode, RepayMethod, SupplierKind, TemplateState
from app.errors import BusinessError, NotYours, WrongState
from app.formulas.chinese_amount import chinese_amount
from app.screens import Screen, pdf, printing
from app.unit_of_work import change, create, fire
from app.workflows.system import sandbox
from tests.kit import START, Browser, D, World, on_both, on_postgres
from tests.scenarios.test_a2 import Parts


def words(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return plain(answer.get_data(as_text=True))


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(page)))


def logged(site: World) -> list[tuple[str, int, str]]:
    with site.app.app_context(), acting_as(SYSTEM):
        found = [(row.number, row.times, row.way.name) for row in site.rows(m.PrintLog)]
        db.session.remove()
    return found


@pytest.fixture
def deal(site: World) -> dict[str, Any]:
    """A contract, its machine dispatched, its receipt; a parts outbound of 23 lines."""
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        customer = site.company(number=1, address="合肥市包河区马鞍山路 1 号")
        contract = site.approved(site.contract(customer, site.contact(), site.unit()))
        debts = site.debts(contract)
        receipt = site.paid(customer, [(debts["DEPOSIT"], "20000")])
        ids = {"contract": contract.id, "receipt": receipt.id, "number": contract.number, "slip": receipt.number,
               "total": contract.total_amount, "customer": customer.name}  # fmt: skip
        db.session.remove()
    return ids


@on_both
def test_the_figures_on_paper_are_those_of_the_document(site: World, deal: dict[str, Any]) -> None:
    text = words(site.browser("sales1"), f"/print/MachineContractView/{deal['contract']}")
    assert deal["number"] in text and deal["customer"] in text and "合肥市包河区马鞍山路 1 号" in text
    assert f"{deal['total']:,.2f}" in text and chinese_amount(deal["total"]) in text and "HT215-0007" in text
    slip = words(site.browser("finance"), f"/print/ReceiptView/{deal['receipt']}")
    assert "收款收据" in slip and "20,000.00" in slip and "贰万元整" in slip and "定金 20,000.00" in slip
    page = site.browser("finance").get(f"/print/ReceiptView/{deal['receipt']}").get_data(as_text=True)
    assert "<svg" in page and "style=" not in page and "<script>" not in page


def test_a_contract_on_paper_says_who_else_pays_and_what_is_given(site: World) -> None:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        lessor = site.row(m.Supplier, kind=SupplierKind.LESSOR)
        rows = [{"due_on": dt.date(2025, 9, 30), "principal_amount": D(500_000), "interest_amount": D(9000)},
                {"due_on": dt.date(2026, 3, 31), "principal_amount": D(235_000), "interest_amount": D(4000)}]  # fmt: skip
        contract = site.contract(
            site.company(), site.contact(), site.unit(), pay_mode=PayMode.LEASE, financier=lessor, down_share=D("0.30"),
            repay_method=RepayMethod.CUSTOM, instalments=rows, trade_in_amount=D(90_000), trade_in_serial="XG60-2011",
            trade_in_model=site.row(m.MachineModel, model="HT75"), trade_in_yard=site.row(m.Warehouse, code="ZJ1"),
            gifts=[{"kind": GiftKind.SERVICE, "times": 3}],
        )  # fmt: skip
        pk = contract.id
        db.session.remove()
    text = words(site.browser("sales1"), f"/print/MachineContractView/{pk}")
    assert "恒拓融资租赁有限公司" in text and "90,000.00" in text and "XG60-2011" in text
    assert "2025-09-30 500,000.00 9,000.00" in text and "保养次数 3 365" in text


def test_a_preview_writes_nothing_and_each_print_counts(site: World, deal: dict[str, Any]) -> None:
    seller, path = site.browser("sales1"), f"/print/MachineContractView/{deal['contract']}"
    assert "预览" in words(seller, path) and "还没有打印过" in words(seller, path)
    assert logged(site) == []
    first = seller.post(path)
    assert first.status_code == 200 and "data-print-now" in first.get_data(as_text=True)
    assert "第 1 次打印" in plain(first.get_data(as_text=True)) and "补打" not in _paper(first)
    second = site.browser("finance").post(path)
    assert "第 2 次打印" in _paper(second) and "补打" in _paper(second)
    assert logged(site) == [(deal["number"], 1, "PAPER"), (deal["number"], 2, "PAPER")]
    assert "已打印 2 次" in words(seller, path)


def _paper(answer: Any) -> str:
    return plain(answer.get_data(as_text=True).split('<div class="paper">')[1])


def test_lines_are_cut_into_pages_of_ten_with_their_sums(site: World) -> None:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        parts = Parts(site)
        goods = [parts.part(f"LX-{n:04d}", f"滤芯{n}") for n in range(1, 24)]
        customer = site.company(number=1, credit_limit=D(1_000_000))
        offer = create(
            m.PartQuotation,
            {"customer": customer, "valid_until": START,
             "lines": [{"part": part, "quantity": D(n), "unit_price": D("12.50")} for n, part in enumerate(goods, 1)]},
            by=site["sales1"],
        )  # fmt: skip
        pk, total = offer.id, offer.total_amount
        screen, spec = next((s, p) for s, p in printing.all_papers() if p.code == "outbound")
        with site.app.test_request_context():
            made = printing._pages(screen, spec, *_outbound_lines(23))
        db.session.remove()
    assert [len(page["lines"]) for page in made] == [10, 10, 3] and [len(p["blanks"]) for p in made] == [0, 0, 7]
    assert [page["sums"]["planned_quantity"] for page in made] == ["55", "155", "66"]
    assert made[2]["is_last"] and made[0]["of"] == "3"
    text = words(site.browser("sales1"), f"/print/PartQuotationView/{pk}")
    assert f"{total:,.2f}" in text and chinese_amount(total) in text and "276" in text and total == D("3450.00")


def _outbound_lines(count: int) -> tuple[Any, Any, Any]:
    raw = [{"planned_quantity": D(n), "actual_quantity": D(0)} for n in range(1, count + 1)]
    return {"lines": [printing.Shown(str(n), {}) for n in range(count)]}, {"lines": raw}, {}


def test_a_paper_holds_nothing_that_the_printing_person_may_not_know(site: World) -> None:
    with site.app.app_context(), clock.on(START), acting_as(SYSTEM):
        order = create(
            m.WorkOrder,
            {"customer": site.company(number=1), "machine_text": "旧机", "fault": "漏油"},
            by=site["service_manager"],
        )
        pk = order.id
        with db.session.no_autoflush:
            db.session.execute(
                sa.update(m.WorkOrder.__table__).where(m.WorkOrder.__table__.c.id == pk).values(
                    customer_amount=D("777.77"), leader_id=site["tech1"].employee_id
                )
            )  # fmt: skip
        db.session.commit()
        db.session.remove()
    path = f"/print/WorkOrderView/{pk}"
    assert "777.77" in words(site.browser("finance"), path) and "柒佰柒拾柒元柒角柒分" in words(
        site.browser("finance"), path
    )
    answer = site.browser("visits").get(path)
    assert answer.status_code == 200 and "777.77" not in answer.get_data(as_text=True)
    assert "柒佰" not in answer.get_data(as_text=True)


def test_papers_are_for_those_who_may_look_at_the_document(site: World, deal: dict[str, Any]) -> None:
    path = f"/print/MachineContractView/{deal['contract']}"
    for who, code in (("sales2", 404), ("tech1", 403), ("finance", 200)):
        assert site.browser(who).get(path).status_code == code, who
        assert site.browser(who).post(path).status_code == code, who
    seller = site.browser("sales1")
    for address in ("/print/NoSuchView/1", "/print/CustomerView/1", "/print/MachineContractView/x", "/print/LookView/1",
                    "/print/MachineContractView/99999", f"{path}?paper=nonsense"):  # fmt: skip
        assert seller.get(address).status_code == 404, address
    assert site.browser(None).get(path).status_code == 302
    assert "/print/MachineContractView/" in seller.get(f"/machinecontractview/show/{deal['contract']}").get_data(
        as_text=True
    )


@pytest.mark.skipif(not pdf.is_possible(), reason="libpango is not installed")
def test_the_pdf_is_made_of_the_same_page_with_its_fonts_inside(site: World, deal: dict[str, Any]) -> None:
    answer = site.browser("sales1").post(f"/print/MachineContractView/{deal['contract']}", {"way": "pdf"})
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-") and len(answer.data) > 10_000
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E6%95%B4")
    inside = b"".join(_inflated(part) for part in re.findall(rb"stream\r?\n(.*?)endstream", answer.data, re.DOTALL))
    assert b"/FontFile" in inside and b"/Type /Page" in inside.replace(b"/Type/", b"/Type /")
    assert logged(site) == [(deal["number"], 1, "PDF")]


def _inflated(part: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(part)
    except zlib.error:
        return b""


@pytest.mark.skipif(not pdf.is_possible(), reason="libpango is not installed")
@pytest.mark.parametrize(
    "source", ["http://127.0.0.1:1/x.png", "file:///etc/passwd", "data:text/plain,x", "tiema:../config.py"]
)
def test_the_pdf_engine_fetches_nothing_but_our_sheets(site: World, source: str) -> None:
    from weasyprint.urls import FatalURLFetchingError

    from app.screens import pdf_maker

    with pytest.raises(FatalURLFetchingError):
        pdf_maker.OwnSheets({"print.css": ""}).fetch(source)
    with site.app.app_context(), pytest.raises(BusinessError):
        pdf.make(f'<html><body><img src="{source}"></body></html>')


def test_without_the_engine_there_is_no_button(
    site: World, deal: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/print/MachineContractView/{deal['contract']}"
    monkeypatch.setattr(pdf, "is_possible", lambda: False)
    assert 'value="pdf"' not in site.browser("sales1").get(path).get_data(as_text=True)
    assert site.browser("sales1").post(path, {"way": "pdf"}).status_code == 404


@on_postgres
def test_two_who_print_at_once_get_two_numbers(site: World, deal: dict[str, Any]) -> None:
    start, told = threading.Barrier(4), []

    def press(who: str) -> None:
        browser = site.browser(who)
        start.wait()
        told.append(browser.post(f"/print/MachineContractView/{deal['contract']}").status_code)

    threads = [threading.Thread(target=press, args=(who,)) for who in ("sales1", "finance", "gm", "sales_manager")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [200] * 4
    assert sorted(times for _, times, _ in logged(site)) == [1, 2, 3, 4]


# -- templates --------------------------------------------------------------------------------------------------------


def begin(world: World, code: str = "contract", by: str = "gm") -> m.PrintTemplate:
    with world.app.test_request_context():
        screen, spec = next((s, p) for s, p in printing.all_papers() if p.code == code)
        values = {"screen": type(screen).__name__, "code": spec.code, "name": str(spec.title), "paper": spec.paper,
                  "body": spec.shipped}  # fmt: skip
    return create(m.PrintTemplate, values, by=world[by])


@on_both
def test_a_version_is_tried_put_into_use_and_never_changed(world: World) -> None:
    first = begin(world)
    gm = world["gm"]
    with pytest.raises(WrongState, match="先用真实单据试打"):
        fire(first, "activate", by=gm)
    fire(first, "try_out", by=gm, number="ZJHT-1")
    change(first, {"body": first.body + "<p>改过</p>"}, by=gm)
    with pytest.raises(WrongState, match="先用真实单据试打"):
        fire(first, "activate", by=gm)  # another text has to be tried again
    fire(first, "try_out", by=gm, number="ZJHT-1")
    fire(first, "activate", by=gm)
    with pytest.raises(WrongState):
        change(first, {"body": "<p>偷改</p>"}, by=gm)
    second = begin(world)
    assert (first.revision, second.revision) == (1, 2)
    fire(second, "try_out", by=gm, number="ZJHT-1")
    fire(second, "activate", by=gm)
    states = [t.state for t in world.rows(m.PrintTemplate)]
    assert states == [TemplateState.RETIRED, TemplateState.ACTIVE]
    fire(first, "activate", by=gm)  # back to the version before
    assert [t.state for t in world.rows(m.PrintTemplate)] == [TemplateState.ACTIVE, TemplateState.RETIRED]
    fire(first, "retire", by=gm)
    with pytest.raises(NotYours):
        fire(first, "activate", by=world["clerk"])
    for statement in (
        "UPDATE print_template SET body = 'x'",
        "UPDATE print_template SET revision = 9 WHERE revision = 1",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            db.session.execute(sa.text(statement))
        db.session.rollback()


def test_a_version_is_written_tried_and_used_on_the_screen(site: World, deal: dict[str, Any]) -> None:
    gm = site.browser("gm")
    assert gm.submit("/printtemplateview/add", {"what": "nonsense"}).status_code == 422
    answer = gm.submit("/printtemplateview/add", {"what": "MachineContractView/contract"})
    assert answer.status_code == 302
    edit = answer.location
    pk = edit.rsplit("/", 1)[1]
    assert "doc.customer.address" in words(gm, edit)
    broken = gm.submit(edit, {"body": "<p>一</p>\n<p>{{ doc.number }</p>"})
    assert broken.status_code == 422 and "模板第 2 行" in broken.get_data(as_text=True)
    unknown = "<h1>{{ number }}</h1>\n<p>{{ doc.nummer }}</p>"
    assert gm.submit(edit, {"body": unknown}).status_code == 302
    tried = gm.submit(f"/printtemplateview/ask/try_out/{pk}", {"number": deal["number"]})
    assert tried.status_code == 422 and "模板第 2 行：没有“nummer”这个变量" in tried.get_data(as_text=True)
    assert (
        gm.submit(
            edit, {"body": '<h1 class="title">我家合同 {{ number }}</h1><p>{{ words.total_amount }}</p>'}
        ).status_code
        == 302
    )
    assert gm.submit(f"/printtemplateview/ask/try_out/{pk}", {"number": "ZJHT-0"}).status_code == 422
    assert gm.submit(f"/printtemplateview/ask/try_out/{pk}", {"number": deal["number"]}).status_code == 302
    trial = gm.get(f"/printtemplateview/trial/{pk}", follow_redirects=True)
    assert "我家合同" in trial.get_data(as_text=True) and "试打" in trial.get_data(as_text=True)
    path = f"/print/MachineContractView/{deal['contract']}"
    assert "我家合同" not in words(site.browser("sales1"), path)
    assert site.browser("sales1").get(f"{path}?template={pk}").status_code == 403
    gm.post(f"/printtemplateview/action/activate/{pk}")
    assert f"我家合同 {deal['number']}" in words(site.browser("sales1"), path)
    assert logged(site) == []


NOT_FOR_TEMPLATES = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ doc.__init__.__globals__ }}",
    "{{ doc['_values'] }}",
    "{{ number.format(1) }}",
    "{{ cycler.__init__ }}",
    "{{ lipsum() }}",
    "{{ self._TemplateReference__context }}",
    "{% include 'layout.html' %}",
    "{% import 'macros.html' as x %}",
    "{% extends 'layout.html' %}",
    "{% macro f() %}{{ f() }}{% endmacro %}",
    "{% autoescape false %}{{ number }}{% endautoescape %}",
    "{{ number|safe }}",
    "{{ number|map(attribute='x') }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 'x' * 999999999 }}",
    "{% for a in pages %}{% for b in pages %}{% for c in pages %}x{% endfor %}{% endfor %}{% endfor %}",
    "<img src='https://evil.example/x.png'>",
    "<{{ 'img' }} src=https://evil.example/x>",
    "<script>alert(1)</script>",
    "<p style='background:url(https://evil.example)'>",
    "<p onclick='x'>",
    "<a href='https://evil.example'>x</a>",
    "<link rel=stylesheet href='//evil.example'>",
    "<svg><image href='https://evil.example'/></svg>",
    "<style>@import 'https://evil.example'</style>",
    "<!doctype html>",
    "<iframe src='file:///etc/passwd'></iframe>",
]


@pytest.mark.parametrize("body", NOT_FOR_TEMPLATES)
def test_a_template_reaches_nothing_but_its_variables(world: World, body: str) -> None:
    given = {"number": "ZJHT-1", "doc": printing.Shown("x", {"number": "1"}), "pages": [{"no": "1"}]}
    with pytest.raises(BusinessError, match=r"模板第 \d+ 行"):
        sandbox.render("<p>好</p>\n" + body, given)
    template = begin(world)
    if "{{ 'img' }}" not in body:  # is known only when it is made
        with pytest.raises(BusinessError, match=r"模板第 [12] 行"):
            change(template, {"body": "<p>好</p>\n" + body}, by=world["gm"])


ENDLESS = [
    "{% set s = s ~ s %}" * 12 + "{% for a in s %}{% for b in s %}{% endfor %}{% endfor %}",
    "{% set s = s ~ s %}" * 40,
    "{% set s = s ~ s %}" * 24 + "{% for a in s %}{% for b in s %}{% endfor %}{% endfor %}",
    "{% set s = s ~ s %}" * 18 + "{{ s }}",
    "{% set s = (s, s, s, s, s, s, s, s)|join %}" * 9,
]


@pytest.mark.parametrize("body", ENDLESS)
def test_a_template_that_never_ends_or_doubles_a_text_ends_there_and_leaves_the_house_alone(
    world: World, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail on the code before: a thread was busy for ever, or the process three times as large."""
    monkeypatch.setattr(sandbox, "PATIENCE", 8.0)
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    with pytest.raises(BusinessError, match="模板用时过长"):
        sandbox.render("<p>{{ s }}</p>" + body, {"s": "铁马" * 16})
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert time.monotonic() - began < 30
    assert after.ru_utime - before.ru_utime < 3 and after.ru_maxrss - before.ru_maxrss < 100_000  # kilobytes


def test_brackets_without_end_are_a_sentence(world: World) -> None:
    with pytest.raises(BusinessError, match=r"模板第 \d+ 行"):
        sandbox.check("{{ " + "(" * 12_000 + "1" + ")" * 12_000 + " }}")


@pytest.mark.skipif(not pdf.is_possible(), reason="libpango is not installed")
def test_a_page_too_large_for_a_pdf_is_a_sentence_and_counts_nothing(
    site: World, deal: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "PATIENCE", 0.01)
    answer = site.browser("sales1").post(
        f"/print/MachineContractView/{deal['contract']}", {"way": "pdf"}, follow_redirects=True
    )
    assert "不能生成 PDF" in answer.get_data(as_text=True) and logged(site) == []


def test_what_is_made_goes_through_a_library_that_cleans_html_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first wall is ours; should it let something through, the second does not."""
    monkeypatch.setattr(sandbox, "_guard", lambda *_a, **_k: None)
    made = sandbox._clean("<p onclick='x'>甲<script>alert(1)</script><img src=//evil></p><svg viewBox='0 0 1 1'></svg>")
    assert made == '<p>甲</p><svg viewBox="0 0 1 1"></svg>'


def test_what_is_written_in_a_document_stays_text(world: World) -> None:
    made = sandbox.render("<p>{{ number }}</p>", {"number": "<script>alert(1)</script>{{ 7 * 7 }}"})
    assert made == "<p>&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}</p>"


def test_every_paper_that_comes_along_is_a_good_template(world: World) -> None:
    with world.app.test_request_context():
        papers = printing.all_papers()
        assert {spec.code for _, spec in papers} >= {
            "contract",
            "dispatch",
            "outbound",
            "quotation",
            "receipt",
            "work_order",
        }
        for screen, spec in papers:
            assert isinstance(screen, Screen) and len({p.code for p in screen.prints}) == len(screen.prints)
            made = sandbox.render(spec.shipped, printing.specimen(screen, spec), strict=True)
            assert "补打" in made and "None" not in made and "Undefined" not in made, spec.code
            assert not spec.lines or spec.lines in printing.table_names(screen), spec.code
            told = dict(printing.documented(screen, spec))
            assert told["number"] and "doc.number" in told


def test_a_name_that_nobody_knows_is_blank_when_printed_and_told_when_tried(world: World) -> None:
    assert sandbox.render("<p>[{{ doc.gone.further }}]</p>", {"doc": printing.Shown("x", {})}) == "<p>[]</p>"
    with pytest.raises(BusinessError, match="没有“gone”这个变量"):
        sandbox.render("<p>{{ doc.gone.further }}</p>", {"doc": printing.Shown("x", {})}, strict=True)


def test_too_many_lines_are_not_printed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = world.contract(world.company(), None, None)
    monkeypatch.setattr(printing, "MOST_LINES", 0)
    with world.app.test_request_context(), acting_as(SYSTEM):
        screen, spec = next((s, p) for s, p in printing.all_papers() if p.code == "contract")
        with pytest.raises(BusinessError, match="不能打印"):
            printing.variables(screen, contract, spec, 1)
