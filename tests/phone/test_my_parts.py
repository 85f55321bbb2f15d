"""A technician's parts on the phone: his van, what he asks for, collects, sends back; nothing of it costs money there."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from app import models as m
from app.enums import RequestLineState, RequestState, TransferKind, TransferState, WorkOrderState
from app.errors import BusinessError
from app.unit_of_work import create, fire
from tests.kit import Browser, D, World
from tests.phone.garage import SECRETS, Garage, Hand


@pytest.fixture
def garage(site: World) -> Garage:
    return Garage(site)


def test_the_own_van_is_searched_by_number_name_and_pinyin(garage: Garage) -> None:
    hand = Hand(garage).open("/phone/parts/")
    assert "李强移动库" in hand.text and "液压滤芯" in hand.text and "5 件" in hand.text and "机油滤芯" in hand.text
    for term in ("lx1001", "LX-1001", "液压", "yylx", "TM:P:LX-1001"):
        assert "液压滤芯" in hand.open(f"/phone/parts/?q={term}").text and "机油滤芯" not in hand.text, term
    assert "没有这种配件" in hand.open("/phone/parts/?q=履带").text
    assert "液压滤芯" not in Hand(garage, "tech2").open("/phone/parts/").text


def test_parts_are_asked_for_the_van_by_typed_and_scanned_numbers(garage: Garage) -> None:
    hand = Hand(garage).open("/phone/parts/want")
    lines = {
        "lines-0-part": "lx 1001",
        "lines-0-quantity": "3",
        "lines-1-part": "TM:P:DP-3001",
        "lines-1-quantity": "1",
    }
    hand.send(is_urgent="y", **lines)
    asked = garage.newest(m.PartRequest)
    assert asked["state"] is RequestState.PENDING and asked["is_urgent"] and asked["work_order_id"] is None
    assert garage.count(m.RequestLine, request_id=asked["id"]) == 2 and "2 行" in hand.text
    hand.open("/phone/parts/requests")
    assert asked["number"] in hand.text and "待处理" in hand.text and "加急" in hand.text


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ({}, "请至少填写一行"),
        ({"lines-0-part": "NOPE-1", "lines-0-quantity": "1"}, "没有配件“NOPE-1”"),
        ({"lines-0-part": "LX-1001"}, "数量"),
        ({"lines-0-part": "LX-1001", "lines-0-quantity": "0"}, "数量"),
        ({"lines-0-part": "LX-1001", "lines-0-quantity": "abc"}, "不是数字"),
        ({"lines-0-part": "", "lines-0-quantity": "2"}, "数量"),
        ({"lines-0-part": "LX-1001", "lines-0-quantity": "2", "work_order": "999"}, "所选内容不存在"),
    ],
)
def test_what_cannot_be_asked_is_said_and_kept(garage: Garage, lines: dict[str, str], words: str) -> None:
    hand = Hand(garage).open("/phone/parts/want").send(422, **lines)
    assert words in hand.text, hand.text
    assert garage.count(m.PartRequest) == 0
    if lines.get("lines-0-part"):
        assert f'value="{lines["lines-0-part"]}"' in hand.page


def test_asking_from_an_order_stops_it_until_the_parts_are_collected(garage: Garage) -> None:
    number = garage.order("working")
    other = garage.order("accepted", leader="tech2")
    hand = Hand(garage).open(f"/phone/parts/want?order={number}")
    assert number in hand.page and other not in hand.page
    hand.open(f"/phone/parts/want?order={other}", 404)
    work = garage.value(m.WorkOrder, "id", number=number)
    hand.open("/phone/parts/want").send(work_order=str(work), lines__0__part="DP-3001", lines__0__quantity="2")
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.SUSPENDED
    asked = garage.newest(m.PartRequest)["number"]
    assert "待处理" in hand.open(f"/phone/work/{number}").text
    paper = garage.sent_by_supplier(asked, garage.track_id)
    assert (
        "SF100" in hand.open("/phone/parts/coming").text and "SF100" in hand.open(f"/phone/parts/requests/{asked}").text
    )
    hand.open(f"/phone/parts/coming/{paper}").send()
    assert garage.on_hand(garage.track_id) == D(2)
    assert garage.value(m.WorkOrder, "state", number=number) is WorkOrderState.IN_SERVICE
    foreign = garage.value(m.WorkOrder, "id", number=other)
    answer = hand.background(
        "/phone/parts/want", request_key="f", work_order=str(foreign), lines__0__part="DP-3001", lines__0__quantity="1"
    )
    assert answer.status_code in (404, 422) and garage.count(m.PartRequest) == 1


def test_what_is_missing_of_a_transfer_is_said_and_stays_on_record(garage: Garage) -> None:
    asked = garage.request((garage.filter_id, "3"))
    paper = garage.sent_from_store(asked, garage.filter_id)
    hand = Hand(garage).open("/phone/parts/coming")
    assert paper in hand.text and "总库" in hand.text
    hand.open(f"/phone/parts/coming/{paper}")
    assert hand.fields()["lines-0-quantity"] == "3"
    hand.send(422, lines__0__quantity="4")
    assert "最多" in hand.text and garage.on_hand(garage.filter_id) == D(5)
    hand.send(lines__0__quantity="2")
    assert "已领 2 件" in hand.text and "少 1 件" in hand.text
    assert garage.on_hand(garage.filter_id) == D(7)
    assert garage.value(m.StockTransfer, "state", number=paper) is TransferState.SHORT
    assert garage.value(m.RequestLine, "state", part_id=garage.filter_id) is RequestLineState.SHORT
    hand.open(f"/phone/parts/coming/{paper}", 404)


def test_a_parcel_sent_twice_is_collected_once(garage: Garage) -> None:
    paper = garage.sent_from_store(garage.request((garage.filter_id, "3")), garage.filter_id)
    hand = Hand(garage).open(f"/phone/parts/coming/{paper}")
    lines = hand.fields() | {"lines-0-quantity": "3"}
    first = hand.background(f"/phone/parts/coming/{paper}", **lines)
    again = hand.background(f"/phone/parts/coming/{paper}", **lines)
    assert first.status_code == again.status_code == 200
    assert garage.on_hand(garage.filter_id) == D(8)
    assert hand.background(f"/phone/parts/coming/{paper}", **(lines | {"request_key": "other"})).status_code == 404


def test_a_direct_parcel_comes_in_two_parts(garage: Garage) -> None:
    paper = garage.sent_by_supplier(garage.request((garage.track_id, "4")), garage.track_id)
    hand = Hand(garage).open(f"/phone/parts/coming/{paper}").send(lines__0__quantity="1")
    assert garage.on_hand(garage.track_id) == D(1)
    hand.open(f"/phone/parts/coming/{paper}")
    assert hand.fields()["lines-0-quantity"] == "3"
    for wrong, words in (("0", "大于零"), ("5", "最多")):
        hand.send(422, lines__0__quantity=wrong)
        assert words in hand.text
    hand.send(lines__0__quantity="3")
    assert garage.on_hand(garage.track_id) == D(4)
    hand.open(f"/phone/parts/coming/{paper}", 404)


def test_a_request_nobody_began_with_is_taken_back(garage: Garage) -> None:
    asked = garage.request((garage.filter_id, "3"), (garage.track_id, "1"))
    garage.sent_from_store(asked, garage.filter_id)
    hand = Hand(garage).open(f"/phone/parts/requests/{asked}").send(422)
    assert "请填写" in hand.text
    hand.send(reason="客户不修了")
    assert garage.value(m.RequestLine, "state", part_id=garage.track_id) is RequestLineState.CANCELLED
    assert garage.value(m.RequestLine, "state", part_id=garage.filter_id) is RequestLineState.IN_TRANSIT


@pytest.mark.parametrize(
    ("target", "kind"), [("main_id", TransferKind.TECH_RETURN), ("other_van_id", TransferKind.TRANSFER)]
)
def test_parts_leave_the_van_for_a_store_or_a_colleague(garage: Garage, target: str, kind: TransferKind) -> None:
    hand = Hand(garage).open("/phone/parts/give")
    assert "总库" in hand.page and "王磊移动库" in hand.page and ">李强移动库<" not in hand.page
    ids = {v: k.replace("-id", "-quantity") for k, v in hand.fields().items() if k.endswith("-id")}
    hand.send(422, **{ids[str(garage.filter_id)]: "2"})
    assert "请填写" in hand.text
    hand.send(422, target=str(getattr(garage, target)), **{ids[str(garage.filter_id)]: "9"})
    assert "李强移动库" in hand.text and garage.count(m.StockTransfer) == 0
    hand.send(target=str(getattr(garage, target)), **{ids[str(garage.filter_id)]: "2"})
    paper = garage.newest(m.StockTransfer)
    assert (paper["kind"], paper["state"]) == (kind, TransferState.IN_TRANSIT) and paper["number"] in hand.text
    assert garage.on_hand(garage.filter_id) == D(3)
    if target == "other_van_id":
        wang = Hand(garage, "tech2").open("/phone/parts/coming")
        assert "李强移动库" in wang.text
        wang.open(f"/phone/parts/coming/{paper['number']}").send()
        assert garage.on_hand(garage.filter_id, garage.other_van_id) == D(2)


def test_parts_are_found_for_the_request(garage: Garage) -> None:
    hand = Hand(garage)
    found = hand.browser.get("/phone/parts/find?q=lvdai").json
    assert found["parts"] == [] and found["words"]
    found = hand.browser.get("/phone/parts/find?q=滤芯").json
    assert [(p["number"], p["held"]) for p in found["parts"]] == [("LX-1002", "2"), ("LX-1001", "5")] and not found[
        "exact"
    ]
    assert hand.browser.get("/phone/parts/find?q=TM:P:LX-1001").json["exact"]
    for odd in ("", "%25", "_", "TM:P:", "\u0000" * 0 + "１２３", "'" * 50):
        assert hand.browser.get("/phone/parts/find", query_string={"q": odd}).status_code == 200


# -- who may not ---------------------------------------------------------------------------------------------------


def addresses(garage: Garage) -> tuple[list[str], list[str]]:
    """(pages anybody of the craft has, pages of 李强 alone)."""
    number = garage.order("working")
    asked = garage.request((garage.filter_id, "3"), (garage.track_id, "1"), order=number)
    coming, bought = garage.sent_from_store(asked, garage.filter_id), garage.sent_by_supplier(asked, garage.track_id)
    verbs = (
        "accept",
        "decline",
        "depart",
        "arrive",
        "consume",
        "suspend",
        "resume",
        "finish",
        "fill_checklist",
        "put_back",
        "photos",
    )
    own = [f"/phone/work/{number}", *(f"/phone/work/{number}/{verb}" for verb in verbs), f"/phone/parts/want?order={number}",
           f"/phone/parts/requests/{asked}", f"/phone/parts/coming/{coming}", f"/phone/parts/coming/{bought}"]  # fmt: skip
    common = ["/phone/work/", "/phone/work/here", "/phone/parts/", "/phone/parts/requests", "/phone/parts/coming", "/phone/parts/used",
              "/phone/parts/find?q=LX", "/phone/parts/want", "/phone/parts/give"]  # fmt: skip
    return common, own


def test_a_colleague_opens_nothing_of_it(garage: Garage) -> None:
    common, own = addresses(garage)
    wang = Hand(garage, "tech2")
    for path in own:
        assert wang.browser.get(path).status_code == 404, path
        if path.count("/") == 4:
            assert wang.browser.post(path, {"reason": "x", "solution": "x", "request_key": "w"}).status_code == 404, (
                path
            )
    numbers = re.compile(r"(?:GD|SQ|DB|JC)-\d{8}-\d{4}")
    for path in common:
        page = (
            wang.open(path).page
            if "find" not in path and "here" not in path
            else wang.browser.get(path).get_data(as_text=True)
        )
        assert not numbers.search(page), path
    assert garage.count(m.StateChange, by_id=garage.site["tech2"].employee_id) == 0


@pytest.mark.parametrize("username", ["sales1", "clerk", "keeper", "gm", "finance"])
def test_other_posts_have_no_technicians_pages(garage: Garage, username: str) -> None:
    common, own = addresses(garage)
    other = Hand(garage, username)
    for path in (*common, *own):
        assert other.browser.get(path).status_code in (403, 404), path
        assert other.browser.post(path, {"reason": "x"}).status_code in (403, 404, 405), path


def test_nobody_is_sent_to_the_login(garage: Garage) -> None:
    common, own = addresses(garage)
    nobody = Browser(garage.site.app, None)
    for path in (*common, *own, "/phone/offline", "/phone/worker.js"):
        answer = nobody.get(path)
        assert answer.status_code == 302 and "/login/" in answer.headers["Location"], path
        assert nobody.client.post(path).status_code in (400, 401, 405), (
            path
        )  # without a session there is no token either


def test_no_page_and_no_answer_tells_a_price_or_a_cost(garage: Garage) -> None:
    common, own = addresses(garage)
    li = Hand(garage)
    asked = next(p.rsplit("/", 1)[1] for p in own if "/requests/" in p)
    pages = [li.browser.get(path, follow_redirects=True) for path in (*common, *own)]
    number = garage.value(m.WorkOrder, "number")
    for path in own:
        if "/coming/" in path:
            pages.append(li.send(200, to=path, **li.open(path).fields()).page)
    pages += [li.background(f"/phone/work/{number}/consume", request_key="c", lines__0__id=str(garage.filter_id), lines__0__quantity="8"),
              li.background(f"/phone/work/{number}/consume", request_key="d", lines__0__id=str(garage.filter_id), lines__0__quantity="9999"),
              *(li.browser.get(path) for path in (f"/phone/work/{number}", "/phone/parts/used", f"/phone/parts/requests/{asked}"))]  # fmt: skip
    with garage.inside():
        figures = {f"{value:.2f}" for row in garage.site.rows(m.StockMove) for value in (row.amount,)}
        figures |= {f"{row.cost_amount:.2f}" for row in garage.site.rows(m.WorkOrderPart)}
        figures |= {f"{row.average_cost:.2f}" for row in garage.site.rows(m.StockBalance) if row.quantity}
    figures |= set(SECRETS)
    assert len(figures) > 8
    for answer in pages:
        text = answer if isinstance(answer, str) else answer.get_data(as_text=True)
        plain = text.replace(",", "")
        assert not [
            figure
            for figure in figures
            if figure in plain or figure.rstrip("0").rstrip(".") in re.findall(r"[\d.]+", plain)
        ], text[-2000:]
        assert "¥" not in text and "￥" not in text and "元" not in re.sub(r"<[^>]+>", "", text)


def test_pages_stay_light(garage: Garage) -> None:
    common, own = addresses(garage)
    li = Hand(garage)
    static = Path("app/static")
    weights = b"".join(
        (static / name).read_bytes()
        for name in (
            "tiema.css",
            "store.css",
            "work.css",
            "tiema.js",
            "shrink.js",
            "scan.js",
            "outbox.js",
            "task.js",
            "photos.js",
        )
    )
    for path in (*common, *own):
        answer = li.browser.get(path, follow_redirects=True)
        assert len(gzip.compress(answer.get_data() + weights)) < 60_000, path


def test_a_technician_counts_his_van_by_phone_and_the_service_manager_approves(garage: Garage) -> None:
    """Nobody might. Begun with one button, entered on the page where papers are counted; nothing of the books is shown."""
    browser = garage.site.browser("tech1")
    assert "盘点移动库" in browser.get("/phone/parts/").get_data(as_text=True)
    begun = browser.post("/phone/parts/count")
    again = browser.post("/phone/parts/count")
    number = begun.location.rsplit("/", 1)[1]
    assert again.location.endswith(number)
    page = browser.get(f"/phone/store/paper/{number}").get_data(as_text=True)
    assert "LX-1001" in page and not any(secret in page for secret in SECRETS)
    with garage.inside():
        count = garage.site.row(m.StockCount)
        ids = {line.part_id: line.id for line in count.lines}
        pk = count.id
    told = {"do": "confirm", "task": "PD-submit", "lines-0-id": str(ids[garage.filter_id]), "lines-0-quantity": "4",
            "lines-1-id": str(ids[garage.oil_id]), "lines-1-quantity": "2"}  # fmt: skip
    assert browser.post(f"/phone/store/paper/{number}", told).location.endswith("/phone/parts/")
    manager = garage.site.browser("service_manager")
    assert browser.post(f"/stockcountview/ask/approve/{pk}", {"opinion": ""}).status_code == 403
    assert number in manager.get("/stockcountview/list/?tab=todo").get_data(as_text=True)
    assert manager.post(f"/stockcountview/ask/approve/{pk}", {"opinion": "少一件已核实"}).status_code == 302
    with garage.inside():
        v = garage.vans
        assert garage.site.row(m.StockCount).state is m.enums.CountState.DONE
        assert v.shelf(garage.part(garage.filter_id), garage.site.row(m.Warehouse, id=garage.van_id))[0] == D(4)


def test_neither_counts_what_is_not_his_to_count(garage: Garage) -> None:
    """A technician counts his own van, a service manager decides about vans, not about the stores of the company."""
    with garage.inside():
        site = garage.site
        with pytest.raises(BusinessError):
            create(m.StockCount, {"warehouse_id": garage.other_van_id}, by=site["tech1"])
        with pytest.raises(BusinessError):
            create(m.StockCount, {"warehouse_id": garage.main_id}, by=site["tech1"])
        count = create(m.StockCount, {"warehouse_id": garage.main_id}, by=site["keeper"])
        fire(count, "start", by=site["keeper"])
        lines = [{"id": line.id, "quantity": line.book_quantity} for line in count.lines]
        fire(count, "submit", by=site["keeper"], lines=lines)
        with pytest.raises(BusinessError):
            fire(count, "approve", by=site["service_manager"])
