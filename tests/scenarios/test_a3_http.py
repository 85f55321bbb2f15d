"""The service story as people click it: report, assign, ask for parts, match, ship, collect, use, finish, review, settle."""

from __future__ import annotations

import base64
import io

import sqlalchemy as sa

from app import clock
from app import models as m
from app.actor import SYSTEM, acting_as
from app.database import db
from app.enums import AccountKind, AttachmentKind, ClaimState, EmergencyState, RequestState, WorkOrderState
from tests import files
from tests.kit import START, Browser, World, on_both
from tests.vans import Vans
from tests.workflows.test_claim import reviewed


def row_of(site: World, entity: type, **by: object) -> dict[str, object]:
    """The columns of the newest row with these values."""
    with site.app.app_context(), acting_as(SYSTEM):
        table = entity.__table__
        query = sa.select(table).filter_by(**by).order_by(table.c.id.desc()).limit(1)
        found = dict(db.session.execute(query).mappings().one())
        db.session.remove()
        return found


def press(browser: Browser, screen: str, verb: str, pk: object, **fields: object) -> None:
    """Press a button; a verb with questions gets its form filled in."""
    path = f"/{screen}/ask/{verb}/{pk}"
    if browser.get(path).status_code == 404:
        answer = browser.post(f"/{screen}/action/{verb}/{pk}", {"request_key": f"{verb}{pk}"})
    else:
        answer = browser.submit(path, fields)
    assert answer.status_code == 302, answer.get_data(as_text=True)[-3000:]


@on_both
def test_the_service_story_through_the_pages(site: World) -> None:
    with clock.on(START):
        with site.app.app_context(), acting_as(SYSTEM):
            v = Vans(site)
            part, other = v.part("LX-1001"), v.part("DP-3001", "履带板", "320")
            v.stocked(part, "20", "2300.00")
            customer = site.company()
            ids = {
                "part": part.id,
                "other": other.id,
                "main": v.main.id,
                "supplier": v.supplier.id,
                "customer": customer.id,
            }
            db.session.remove()
        people = {
            name: site.browser(name)
            for name in ("clerk", "service_manager", "tech1", "tech2", "keeper", "buyer", "finance")
        }
        tech = people["tech1"]
        made = people["clerk"].submit(
            "/workorderview/add",
            {"customer": ids["customer"], "machine_text": "徐工 XE215", "fault": "斗杆无力", "is_down": "y", "contact_phone": "13900000009"},
        )  # fmt: skip
        assert made.status_code == 302
        order = row_of(site, m.WorkOrder)["id"]
        press(people["service_manager"], "workorderview", "assign", order, leader=site["tech1"].employee_id)
        assert people["tech2"].get(f"/workorderview/show/{order}").status_code == 404
        assert people["tech2"].post(f"/workorderview/action/accept/{order}").status_code == 404
        press(tech, "workorderview", "accept", order)
        press(tech, "workorderview", "arrive", order, place="31.8,117.2")
        asked = tech.submit(
            f"/partrequestview/add?work_order={order}",
            {"lines-0-part": ids["part"], "lines-0-quantity": "3", "lines-1-part": ids["other"], "lines-1-quantity": "1",
             "lines-shown": "1"},
        )  # fmt: skip
        assert asked.status_code == 302
        assert row_of(site, m.WorkOrder)["state"] is WorkOrderState.SUSPENDED
        stock_line = row_of(site, m.RequestLine, part_id=ids["part"])["id"]
        press(people["clerk"], "requestlineview", "match", stock_line, warehouse=ids["main"])
        press(people["buyer"], "requestlineview", "buy", row_of(site, m.RequestLine, part_id=ids["other"])["id"],
              mode="DIRECT", supplier=ids["supplier"], unit_price="226")  # fmt: skip
        paper = row_of(site, m.StockTransfer)["id"]
        press(people["keeper"], "stocktransferview", "ship", paper)
        assert people["tech2"].get(f"/stocktransferview/ask/receive/{paper}").status_code == 404
        press(tech, "stocktransferview", "receive", paper)
        bought = row_of(site, m.EmergencyPurchase)["id"]
        press(people["buyer"], "emergencypurchaseview", "ship", bought, express_number="SF100")
        press(tech, "emergencypurchaseview", "collect", bought)
        assert row_of(site, m.EmergencyPurchase)["state"] is EmergencyState.DONE
        assert row_of(site, m.PartRequest)["state"] is RequestState.DONE
        for which, quantity in (("part", "2"), ("other", "1")):
            press(tech, "workorderview", "consume", order, part=ids[which], quantity=quantity, charge_kind="CUSTOMER")
        refused = tech.submit(
            f"/workorderview/ask/consume/{order}", {"part": ids["part"], "quantity": "2", "charge_kind": "CUSTOMER"}
        )
        assert refused.status_code == 422 and "李强移动库" in refused.get_data(as_text=True)
        unproved = tech.submit(
            f"/workorderview/ask/finish/{order}", {"solution": "更换", "unsigned_reason": "客户不在"}
        )
        assert unproved.status_code == 422 and "还没有现场照片" in unproved.get_data(as_text=True)
        sent = tech.client.post(
            f"/attachments/WorkOrder/{order}",
            data={"csrf_token": tech.token(), "kind": "SITE_PHOTO", "files": (io.BytesIO(files.picture()), "现场.jpg")},
        )
        assert sent.status_code == 302
        press(tech, "workorderview", "finish", order, solution="更换", labour_hours="2", travel_km="80",
              signature="data:image/png;base64," + base64.b64encode(files.signature()).decode())  # fmt: skip
        assert row_of(site, m.Attachment, kind=AttachmentKind.SIGNATURE)["name"].endswith("客户签名.png")
        press(people["service_manager"], "workorderview", "review", order, labour_price="150", travel_price="3")
        press(people["finance"], "workorderview", "settle", order)
        debt = row_of(site, m.Receivable, work_order_id=order)
        assert f"{debt['amount']:.2f}" == "1220.00"


@on_both
def test_the_warranty_story_through_the_pages(site: World) -> None:
    """Old part handed in, claimed, granted in part, paid by the manufacturer, taken back; the loss by model."""
    with clock.on(START):
        with site.app.app_context(), acting_as(SYSTEM):
            story = reviewed(site)
            order, customer, oem = story.order.id, story.order.customer_id, story.oem.id
            bank = site.row(m.FundAccount, kind=AccountKind.BANK).id
            db.session.remove()
        clerk, boss, keeper, finance = (site.browser(n) for n in ("clerk", "service_manager", "keeper", "finance"))
        made = clerk.submit("/warrantyclaimview/add", {"work_order": order, "labour_amount": "150"})
        assert made.status_code == 302, made.get_data(as_text=True)[-3000:]
        claim = row_of(site, m.WarrantyClaim)["id"]
        early = boss.submit(f"/warrantyclaimview/ask/submit/{claim}", {})
        assert early.status_code == 422 and "旧件尚未交回" in early.get_data(as_text=True)
        press(keeper, "oldpartview", "take_in", row_of(site, m.OldPart)["id"], place="A-1")
        press(boss, "warrantyclaimview", "submit", claim)
        silent = boss.submit(f"/warrantyclaimview/ask/answer/{claim}", {"granted_amount": "230"})
        assert silent.status_code == 422 and "请填写差额原因" in silent.get_data(as_text=True)
        press(boss, "warrantyclaimview", "answer", claim, granted_amount="230", answer="工时按厂家标准")
        page = finance.get(f"/warrantyclaimview/show/{claim}").get_data(as_text=True)
        assert "230.00" in page and "20.00" in page and "主机厂未付" in page
        assert "250.00" not in site.browser("keeper").get("/oldpartview/list/").get_data(as_text=True)
        debt = row_of(site, m.Receivable, payer_id=oem)
        receipt = clerk.submit(
            "/receiptview/add",
            {"customer": customer, "payer": oem, "funds-0-kind": "BANK", "funds-0-account": bank, "funds-0-amount": "230",
             "allocations-0-receivable": debt["id"], "allocations-0-amount": "230", "funds-shown": "1",
             "allocations-shown": "1"},
        )  # fmt: skip
        assert receipt.status_code == 302, receipt.get_data(as_text=True)[-3000:]
        press(finance, "receiptview", "confirm", row_of(site, m.Receipt)["id"])
        assert row_of(site, m.WarrantyClaim)["state"] is ClaimState.DONE
        report = boss.get("/warrantylossview/list/?group=MODEL").get_data(as_text=True)
        assert "HT215" in report and "250.00" in report and "20.00" in report and "8" in report
        press(finance, "receiptview", "reverse", row_of(site, m.Receipt)["id"], reason="银行退回")
        assert row_of(site, m.WarrantyClaim)["state"] is ClaimState.GRANTED
