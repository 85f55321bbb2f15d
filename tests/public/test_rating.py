"""客户自评 through its link: one answer, for seven days, telling nothing to whoever should not know."""

from __future__ import annotations

import datetime as dt
import re
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock
from app import models as m
from app.database import db
from app.enums import VisitChannel, VisitState, WorkOrderState
from app.errors import WrongState
from app.unit_of_work import fire
from app.workflows.service import rating
from tests.asked import finished, link, settled, visit_of
from tests.kit import Browser, World, on_both, on_postgres
from tests.vans import Vans

GONE = "此评价链接已使用或已失效"


def story(site: World, *, charged: bool = True) -> tuple[str, int]:
    """A finished order of a customer; (token, order id)."""
    with site.app.app_context(), clock.on(dt.date(2025, 3, 5)):
        from app.actor import SYSTEM, acting_as

        with acting_as(SYSTEM):
            customer = site.company(name="安徽恒达土石方有限公司")
            order = (settled if charged else finished)(site, Vans(site), customer)
            token = link(order, site["tech1"])
            order_id = order.id
            db.session.remove()
    return token, order_id


def stranger(site: World) -> Browser:
    return Browser(site.app, None)


def answers(browser: Browser, token: str, **lower: str) -> dict[str, str]:
    """What a customer sends: 5 points for everything but what is named by its place on the page (q3=3)."""
    page = browser.get(f"/r/{token}").get_data(as_text=True)
    names = list(dict.fromkeys(re.findall(r'type="radio" name="(q\d+)"', page)))
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert csrf and names
    return {"csrf_token": csrf[1]} | {n: lower.get(f"q{i}", "5") for i, n in enumerate(names, 1)}


def row(site: World, entity: Any, **by: Any) -> Any:
    with site.app.app_context():
        found = site.row(entity, **by)
        db.session.expunge_all()
        return found


@on_both
def test_a_customer_rates_once(site: World) -> None:
    token, order_id = story(site)
    with clock.on(dt.date(2025, 3, 6)):
        browser = stranger(site)
        first = browser.get(f"/r/{token}")
        page = first.get_data(as_text=True)
        number = row(site, m.WorkOrder, id=order_id).number
        assert first.status_code == 200 and number in page and "李师傅" in page and "维修" in page
        for secret in ("安徽恒达", "李强", "13900000001", "不能启动", "side-menu", "<nav", "XE215"):
            assert secret not in page, secret
        assert first.headers["Referrer-Policy"] == "no-referrer" and "noindex" in first.headers["X-Robots-Tag"]
        assert first.headers["Cache-Control"] == "no-store"
        sent = browser.client.post(f"/r/{token}", data=answers(browser, token, q3="3") | {"answer": "好"})
        assert sent.status_code == 200 and "谢谢您" in sent.get_data(as_text=True)
        visit = row(site, m.VisitTask)
        assert (visit.score, visit.state, visit.channel, visit.answer) == (88, VisitState.DONE, VisitChannel.LINK, "好")
        order = row(site, m.WorkOrder, id=order_id)
        assert (order.state, order.score) == (WorkOrderState.CLOSED, 88)
        again = browser.get(f"/r/{token}")
        assert again.status_code == 404 and GONE in again.get_data(as_text=True)
        assert browser.client.post(f"/r/{token}", data={"csrf_token": "x"}).status_code in (400, 404)
        assert row(site, m.VisitTask).score == 88


def test_links_that_do_not_work_look_alike(site: World) -> None:
    token, _ = story(site)
    with site.app.app_context(), clock.on(dt.date(2025, 3, 5)):
        from app.actor import SYSTEM, acting_as

        with acting_as(SYSTEM):
            newer = link(site.row(m.WorkOrder), site["visits"])
            db.session.remove()
    with clock.on(dt.date(2025, 3, 12)):
        pages = {stranger(site).get(f"/r/{t}").get_data(as_text=True) for t in (token, "x" * 32, "1", "';--")}
        codes = {stranger(site).get(f"/r/{t}").status_code for t in (token, "x" * 32, "中文")}
        assert len(pages) == 1 and codes == {404} and GONE in pages.pop()
    with clock.on(dt.date(2025, 3, 11)):
        assert stranger(site).get(f"/r/{newer}").status_code == 200
    with clock.on(dt.date(2025, 3, 13)):
        assert stranger(site).get(f"/r/{newer}").status_code == 404  # seven days are over


def test_only_the_hash_is_kept(site: World) -> None:
    token, _ = story(site)
    with site.app.app_context():
        kept = db.session.execute(sa.select(m.RatingLink.__table__)).one()
        assert token not in str(kept) and kept.token_hash == rating.hashed(token) and len(token) >= 32


def test_what_is_missing_is_asked_for_and_what_was_ticked_stays(site: World) -> None:
    token, _ = story(site)
    with clock.on(dt.date(2025, 3, 6)):
        browser = stranger(site)
        data = answers(browser, token, q1="4")
        last = list(data)[-1]
        for wrong in ("", "9", "五", "-1"):
            answer = browser.client.post(f"/r/{token}", data=data | {last: wrong})
            page = answer.get_data(as_text=True)
            assert answer.status_code == 422 and "请回答：总的来说您满意吗？" in page and 'value="4" checked' in page
        long = browser.client.post(f"/r/{token}", data=data | {"answer": "长" * 1001})
        assert long.status_code == 422 and row(site, m.VisitTask).state is VisitState.PENDING
        assert browser.client.post(f"/r/{token}", data=data).status_code == 200


def test_a_form_of_another_site_is_refused(site: World) -> None:
    token, _ = story(site)
    with clock.on(dt.date(2025, 3, 6)):
        browser = stranger(site)
        data = answers(browser, token)
        data.pop("csrf_token")
        assert browser.client.post(f"/r/{token}", data=data).status_code == 400
        assert row(site, m.VisitTask).state is VisitState.PENDING


def test_too_many_openings_close_it_for_a_while(site: World) -> None:
    token, _ = story(site)
    site.app.config.update(RATING_TRIES_PER_LINK=3, RATING_TRIES_PER_ADDRESS=6)
    try:
        with clock.on(dt.date(2025, 3, 6), dt.time(9, 0)):
            codes = [stranger(site).get(f"/r/{token}").status_code for _ in range(4)]
            assert codes == [200, 200, 200, 429]
            assert [stranger(site).get(f"/r/guess{n}").status_code for n in range(4)] == [404, 404, 404, 429]
        with clock.on(dt.date(2025, 3, 6), dt.time(9, 16)):
            assert stranger(site).get(f"/r/{token}").status_code == 200
    finally:
        site.app.config.update(RATING_TRIES_PER_LINK=30, RATING_TRIES_PER_ADDRESS=60)


def test_nobody_of_the_house_rates(site: World) -> None:
    token, _ = story(site)
    with clock.on(dt.date(2025, 3, 6)):
        for who in ("tech1", "service_manager", "visits"):
            assert site.browser(who).get(f"/r/{token}").status_code == 403
            assert site.browser(who).post(f"/r/{token}", {"q1": "5"}).status_code == 403
        assert row(site, m.VisitTask).state is VisitState.PENDING


def test_a_technician_shows_the_code_and_meets_no_answer(site: World) -> None:
    _, order_id = story(site, charged=False)
    with clock.on(dt.date(2025, 3, 6)):
        tech = site.browser("tech1")
        assert f"/rating/WorkOrder/{order_id}" in tech.get(f"/workorderview/show/{order_id}").get_data(as_text=True)
        number = row(site, m.WorkOrder, id=order_id).number
        assert f"/rating/WorkOrder/{order_id}" in tech.get(f"/phone/work/{number}").get_data(as_text=True)
        shown = tech.post(f"/rating/WorkOrder/{order_id}").get_data(as_text=True)
        token = re.search(r"/r/([\w-]{32})", shown)
        assert token and "<svg" in shown
        assert token[1] not in tech.get(f"/rating/WorkOrder/{order_id}").get_data(as_text=True)
        browser = stranger(site)
        browser.client.post(f"/r/{token[1]}", data=answers(browser, token[1], q3="2") | {"answer": "态度差"})
        visit = row(site, m.VisitTask)
        assert visit.score == 82
        page = tech.get(f"/workorderview/show/{order_id}").get_data(as_text=True)
        assert "态度差" not in page and ">82<" not in page and "评价时间" in page
        assert tech.get(f"/visittaskview/show/{visit.id}").status_code == 403
        assert tech.post(f"/visittaskview/ask/complete/{visit.id}").status_code == 403
        assert tech.get(f"/rating/VisitTask/{visit.id}").status_code == 403
        assert site.browser("tech2").get(f"/rating/WorkOrder/{order_id}").status_code == 404
        assert site.browser("keeper").get(f"/rating/WorkOrder/{order_id}").status_code == 403
        assert site.browser("gm").get("/rating/Receipt/1").status_code == 404
        manager = site.browser("service_manager").get(f"/workorderview/show/{order_id}").get_data(as_text=True)
        assert "82" in manager
        over = tech.post(f"/rating/WorkOrder/{order_id}", follow_redirects=True).get_data(as_text=True)
        assert "该工单已完成回访" in over


@on_postgres
def test_two_posts_at_once_save_once(site: World) -> None:
    token, _ = story(site)
    gate, codes = threading.Barrier(4), []
    with clock.on(dt.date(2025, 3, 6)):
        browsers = [stranger(site) for _ in range(4)]
        forms = [answers(browser, token) for browser in browsers]

    def send(browser: Browser, data: dict[str, str]) -> None:
        with clock.on(dt.date(2025, 3, 6)):
            gate.wait()
            codes.append(browser.client.post(f"/r/{token}", data=data).status_code)

    threads = [threading.Thread(target=send, args=pair) for pair in zip(browsers, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 404, 404, 404]
    with site.app.app_context():
        assert len(site.rows(m.SurveyAnswer)) == 6


def test_a_link_needs_an_open_visit(world: World) -> None:
    order = settled(world, Vans(world), world.company())
    fire(visit_of(world, order), "refuse", by=world["visits"], reason="x")
    with pytest.raises(WrongState):
        link(order, world["tech1"])


@pytest.mark.parametrize("address, doubtful", [("10.0.0.5", True), ("120.1.1.9", False)])
def test_an_answer_from_the_network_of_who_showed_the_link_is_to_be_verified(
    site: World, address: str, doubtful: bool
) -> None:
    token, order_id = story(site)
    now = dt.datetime(2025, 3, 6, 10)
    with site.app.app_context():
        session = {"token_hash": "x", "user_id": site["tech1"].user_id, "address": "10.0.0.5", "agent": "work phone"}
        db.session.execute(sa.insert(m.LoginSession.__table__).values(**session, created_at=now, seen_at=now))
        db.session.commit()
    phone = {"REMOTE_ADDR": address, "HTTP_USER_AGENT": "Mozilla/5.0 (Linux; Android 14) Chrome/120"}
    with clock.on(now.date()):
        browser = stranger(site)
        browser.client.environ_base.update(phone)
        assert browser.client.post(f"/r/{token}", data=answers(browser, token)).status_code == 200
        visit = row(site, m.VisitTask, work_order_id=order_id)
        assert (visit.rated_from, visit.rated_with, visit.is_doubtful) == (address, "Chrome · Android", doubtful)
        page = site.browser("visits").get(f"/visittaskview/show/{visit.id}").get_data(as_text=True)
        assert address in page and "李强" in page and ("请电话核实" in page) == doubtful
        listed = site.browser("visits").get("/visittaskview/list/?tab=doubt").get_data(as_text=True)
        assert (visit.number in listed) == doubtful
    with site.app.app_context():
        logged = [log.address for log in site.rows(m.AuditLog) if "rated_with" in log.changes]
    assert logged == [address]
