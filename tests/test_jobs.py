"""夜间任务: by business date, once, in order, each for itself; and the check of the books sees what is wrong."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import sqlalchemy as sa

from app import clock, jobs
from app import models as m
from app.actor import acting_as
from app.database import db
from app.enums import CouponMovement, CouponState, QuotationState, ReceivableKind, RunState
from app.errors import BusinessError, CouponUnusable, NotAllowed, WrongState
from app.reports import books
from app.unit_of_work import create, fire
from tests.asked import complains
from tests.books import check_books
from tests.kit import START, D, World, on_both
from tests.scenarios.test_a2 import Parts
from tests.stories import by_cash, by_coupon, part_debt, sold
from tests.workflows.test_coupon_life import given, stands

DAY = dt.timedelta(days=1)
LAST = dt.date(2025, 4, 4)  # of a coupon of 30 days


def night(day: dt.date, *names: str, **more: Any) -> list[tuple[str, dt.date, str, int]]:
    with clock.on(day):
        made = jobs.nightly(day, {n: jobs.JOBS[n] for n in names} | more if names or more else None)
    return [(r.job, r.day, r.state.name, r.done) for r in made]


@on_both
def test_a_coupon_expires_on_the_night_after_its_last_day(world: World) -> None:
    customer = world.company()
    coupon, other = given(world, customer, "500"), given(world, customer, "500", days=31)
    assert night(LAST, "coupons") == [("coupons", LAST, "DONE", 0)]
    assert night(LAST, "coupons") == []
    assert night(LAST + DAY, "coupons") == [("coupons", LAST + DAY, "DONE", 1)]
    assert stands(world, coupon) == (D("500.00"), CouponState.EXPIRED) and stands(world, other)[1] is CouponState.ACTIVE
    last = world.rows(m.CouponEntry, coupon_id=coupon.id)[-1]
    assert (last.movement, last.amount, last.balance_after, last.posted_by_id) == (
        CouponMovement.EXPIRE, D(0), D("500.00"), None,
    )  # fmt: skip
    step = world.rows(m.StateChange, document="Coupon", document_id=coupon.id)[-1]
    assert (step.verb, step.before, step.after, step.by_id) == ("expire", "ACTIVE", "EXPIRED", None)
    with clock.on(LAST + DAY):
        with pytest.raises(CouponUnusable):
            world.paid(customer, [(part_debt(world, customer, "9"), "9")], funds=[by_coupon(coupon, "9")])
        fire(coupon, "extend", by=world["sales_manager"], until=LAST + 9 * DAY, reason="停工")
    assert night(LAST + 10 * DAY, "coupons")[-1] == ("coupons", LAST + 10 * DAY, "DONE", 1)  # it may run out again
    assert stands(world, coupon)[1] is CouponState.EXPIRED
    check_books()


def test_quotations_run_out_and_promised_stock_stays_promised(world: World) -> None:
    customer, parts = world.company(), Parts(world)
    part = parts.part("LX-1", "滤芯", "100")
    parts.opening(part, "10", "500")
    papers = {}
    for name in ("draft", "sent", "agreed", "used", "refused"):
        papers[name] = offer = create(
            m.PartQuotation,
            {"customer": customer, "valid_until": LAST, "lines": [{"part": part, "quantity": D(2), "unit_price": D(100)}]},
            by=world["sales1"],
        )  # fmt: skip
        if name != "draft":
            fire(offer, "send", by=world["sales1"])
        if name in ("agreed", "used"):
            fire(offer, "agree", by=world["sales1"], agreed_by="王", agreed_proof="微信")
        if name == "refused":
            fire(offer, "refuse", by=world["sales1"], reason="贵")
    sale = create(m.PartSale, {"quotation": papers["used"], "sale_type": world.row(m.SaleType, code="walk_in"),
                               "warehouse": parts.main}, by=world["sales1"])  # fmt: skip
    fire(sale, "submit", by=world["sales1"])
    fire(sale, "approve", by=world["sales_manager"])
    assert night(LAST + DAY, "quotations") == [("quotations", LAST + DAY, "DONE", 2)]
    states = {name: world.row(m.PartQuotation, id=p.id).state for name, p in papers.items()}
    assert states == {
        "draft": QuotationState.DRAFT, "sent": QuotationState.EXPIRED, "agreed": QuotationState.EXPIRED,
        "used": QuotationState.USED, "refused": QuotationState.REFUSED,
    }  # fmt: skip
    assert world.row(m.StockBalance, part_id=part.id, warehouse_id=parts.main.id).reserved == D(2)


def test_missed_days_are_caught_up_in_order_each_on_its_own_date(world: World) -> None:
    seen: list[tuple[dt.date, dt.date]] = []

    def job(run: m.NightlyRun) -> int:
        seen.append((run.day, clock.today()))
        return 1

    night(LAST, x=job)
    night(LAST + 4 * DAY, x=job)
    with clock.on(LAST + 4 * DAY):
        assert jobs.nightly(LAST + 2 * DAY, {"x": job}) == []  # long done
    assert seen == [(LAST + n * DAY, LAST + n * DAY) for n in range(5)]
    assert [r.state for r in world.rows(m.NightlyRun)] == [RunState.DONE] * 5


def test_a_failing_job_waits_at_its_day_and_holds_up_nobody(world: World) -> None:
    broken = [True]

    def bad(run: m.NightlyRun) -> int:
        if broken[0]:
            raise ZeroDivisionError("打印机着火")
        return 7

    customer = world.company()
    coupon = given(world, customer, "500")
    found = night(LAST + DAY, bad=bad, coupons=jobs.coupons)
    assert found == [("bad", LAST + DAY, "FAILED", 0), ("coupons", LAST + DAY, "DONE", 1)]
    assert stands(world, coupon)[1] is CouponState.EXPIRED
    row = world.row(m.NightlyRun, job="bad")
    assert "ZeroDivisionError: 打印机着火" in row.fault and row.ended_at is not None and row.tries == 1
    assert [n.to_id for n in world.rows(m.Notification) if n.entity == "NightlyRun"] == [world["sysadmin"].employee_id]
    assert night(LAST + 2 * DAY, bad=bad) == [("bad", LAST + DAY, "FAILED", 0)]  # the later day waits
    broken[0] = False
    assert night(LAST + 2 * DAY, bad=bad) == [("bad", LAST + DAY, "DONE", 7), ("bad", LAST + 2 * DAY, "DONE", 7)]
    row = world.row(m.NightlyRun, job="bad", day=LAST + DAY)
    assert (row.tries, row.fault) == (3, None)


def test_one_row_that_cannot_be_done_does_not_stop_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = world.company()
    coupons = [given(world, customer, "500") for _ in range(3)]
    expire = jobs.coupon.expire

    def stumble(row: m.Coupon) -> None:
        if row.id == coupons[1].id:
            raise RuntimeError("磁盘满")
        expire(row)

    stumble.verb = "expire"  # type: ignore[attr-defined]
    monkeypatch.setattr(jobs.coupon, "expire", stumble)
    assert night(LAST + DAY, "coupons") == [("coupons", LAST + DAY, "FAILED", 2)]
    assert "磁盘满" in world.row(m.NightlyRun).fault
    assert [stands(world, c)[1].name for c in coupons] == ["EXPIRED", "ACTIVE", "EXPIRED"]
    monkeypatch.undo()
    assert night(LAST + DAY, "coupons") == [("coupons", LAST + DAY, "DONE", 1)]


def test_a_run_whose_process_died_is_taken_over_at_once(world: World) -> None:
    """Who is alone at it knows that nobody else is: no two hours of waiting."""
    with clock.on(LAST, dt.time(0, 10)):
        db.session.add(m.NightlyRun(job="x", day=LAST, state=RunState.RUNNING))
        db.session.commit()
    with clock.on(LAST, dt.time(0, 11)):
        assert [r.tries for r in jobs.nightly(LAST, {"x": lambda run: 1})] == [2]


def test_nights_of_days_that_have_not_come_are_not_believed(world: World) -> None:
    """A clock was six days ahead for a moment; set right, every day has its night again, and somebody is told."""
    seen: list[dt.date] = []

    def job(run: m.NightlyRun) -> int:
        seen.append(run.day)
        return 1

    night(LAST, x=job)
    night(LAST + 6 * DAY, x=job)
    assert seen == [LAST + n * DAY for n in range(7)]
    seen.clear()
    for n in range(8):
        night(LAST + n * DAY, x=job)
    assert seen == [LAST + n * DAY for n in range(1, 8)]
    assert [(r.state, r.tries) for r in world.rows(m.NightlyRun)][1:7] == [(RunState.DONE, 2)] * 6
    told = [n for n in world.rows(m.Notification) if "时钟曾经走快" in n.subject]
    assert {n.to_id for n in told} == {world["sysadmin"].employee_id, world["gm"].employee_id}
    assert "2025-04-10" in told[0].subject and len(told) == 2


def test_a_house_whose_first_night_came_too_early_has_one_today(world: World) -> None:
    with clock.on(LAST + 6 * DAY):
        jobs.nightly(LAST + 6 * DAY, {"x": lambda run: 1})
    assert night(LAST, x=lambda run: 1) == [("x", LAST, "DONE", 1)]


def test_a_day_that_has_not_come_is_refused(world: World) -> None:
    with pytest.raises(BusinessError) as fault:
        jobs.nightly(clock.today() + DAY)
    assert "2025-03-06" in str(fault.value) and world.rows(m.NightlyRun) == []


@on_both
def test_two_started_at_once_do_not_both_run(world: World) -> None:
    gate, inside, ran = threading.Barrier(4), threading.Event(), []

    def job(run: m.NightlyRun) -> int:
        ran.append(run.day)
        inside.wait(3)  # until the others have looked
        return 1

    def start() -> None:
        with world.app.app_context(), clock.on(LAST):
            gate.wait()
            try:
                if jobs.nightly(LAST, {"x": job}) == []:
                    inside.set()
            finally:
                db.session.remove()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ran == [LAST] and [(r.state, r.tries) for r in world.rows(m.NightlyRun)] == [(RunState.DONE, 1)]


def test_nobody_fires_what_the_night_fires(world: World) -> None:
    coupon = given(world, world.company(), "500")
    for who in ("gm", "sales_manager", "sysadmin"):
        with pytest.raises(NotAllowed):
            fire(coupon, "expire", by=world[who])
    with pytest.raises(WrongState):  # not before its day, whoever asks
        jobs.together(lambda: jobs.coupon.expire(world.row(m.Coupon, id=coupon.id)))


# -- the check of the books -------------------------------------------------------------------------------------------


def busy(world: World) -> m.Customer:
    """A customer with a coupon, a debt, a receipt, prepaid money; a part on a shelf."""
    customer, parts = world.company(), Parts(world)
    parts.opening(parts.part("LX-1", "滤芯"), "10", "500")
    coupon, debt = given(world, customer, "500"), part_debt(world, customer, "1000")
    world.paid(customer, [(debt, "600")], funds=[by_coupon(coupon, "200"), by_cash(world, "450")])
    undone = world.paid(customer, [(debt, "100")], funds=[by_coupon(coupon, "50"), by_cash(world, "50")])
    fire(undone, "reverse", by=world["finance"], reason="录错")
    world.receipt(customer, [(debt, "1")])
    fire(world.unit(), "read_meter", by=world["clerk"], hours=D(7))
    return customer


@on_both
def test_books_that_agree_raise_no_alarm(world: World) -> None:
    busy(world)
    assert books.differences() == []
    assert night(LAST, "books") == [("books", LAST, "DONE", 0)]
    assert [n for n in world.rows(m.Notification) if n.entity == "NightlyRun"] == []


@pytest.mark.parametrize(
    "damage, words",
    [
        ("UPDATE coupon SET balance = balance - 1000", ["300.00", "290.00"]),
        ("UPDATE receivable SET settled_amount = settled_amount + 1", ["600.00", "600.01"]),
        ("UPDATE receivable SET amount = amount + 10000", ["1,000.00", "1,100.00"]),
        ("UPDATE prepaid_balance SET amount = 0", ["50.00", "0.00", "测试土石方1有限公司"]),
        ("UPDATE stock_balance SET quantity = quantity + 1000", ["10.000", "11.000", "总库"]),
        ("UPDATE stock_balance SET amount = amount + 1", ["500.00", "500.01", "滤芯"]),
        ("UPDATE receipt_fund SET amount = amount - 100 WHERE kind = 'CASH'", ["450.00", "449.00"]),
        ("UPDATE machine_unit SET hour_meter = hour_meter + 1000", ["7.000", "8.000", "HT215-0007"]),
        ("UPDATE machine_unit SET earlier_hours = earlier_hours + 1000", ["7.000", "8.000", "HT215-0007"]),
    ],
)
def test_every_book_that_was_tampered_with_is_named_with_figures(world: World, damage: str, words: list[str]) -> None:
    busy(world)
    db.session.execute(sa.text(damage))  # hundredths and thousandths on this engine
    db.session.commit()
    [(job, _, state, count)] = night(LAST, "books")
    assert (job, state) == ("books", "DONE") and count >= 1
    fault = world.row(m.NightlyRun).fault
    assert all(word in fault for word in words), fault
    told = {n.to_id: n.subject for n in world.rows(m.Notification) if n.entity == "NightlyRun"}
    assert set(told) == {world["gm"].employee_id, world["finance"].employee_id}
    assert all("账实核对" in subject for subject in told.values())


@pytest.mark.parametrize(
    "damage, words",
    [
        ("UPDATE retention SET state = 'RUNNING', complaint_id = NULL", "状态“质保期内”与质量投诉不符"),
        ("UPDATE complaint SET verdict = 'DISMISSED'", "状态“冻结”与质量投诉不符"),
        ("UPDATE retention SET deducted_amount = deducted_amount + 100", "余额 1.00"),
        ("UPDATE receivable SET written_off_amount = 100 WHERE kind = 'RETENTION'", "余额 1.00"),
        ("UPDATE retention SET state = 'COLLECTED'", "状态“已收”与应收状态“未收”不符"),
    ],
)
def test_retention_money_that_does_not_fit_is_named(world: World, damage: str, words: str) -> None:
    customer = world.company()
    sold(world, customer, retention_share=D("0.05"))
    complains(world, customer, world.row(m.MachineUnit))
    assert books.differences() == []
    db.session.execute(sa.text(damage))
    db.session.commit()
    found = [str(difference) for difference in books.differences()]
    assert any(words in text for text in found), found


def test_the_check_reads_everybodys_rows_for_the_house_only(world: World) -> None:
    for who in ("gm", "finance", "sysadmin"):
        with acting_as(world[who]), pytest.raises(NotAllowed):
            books.differences()


# -- outside ----------------------------------------------------------------------------------------------------------


def test_the_command_tells_what_it_did_and_fails_when_a_job_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(world, world.company(), "500")
    runner = world.app.test_cli_runner()
    with clock.on(LAST + DAY):
        first = runner.invoke(args=["nightly", "--date", "2025-04-05"])
        assert first.exit_code == 0 and "卡券到期 2025-04-05：已完成，1 笔" in first.output
        again = runner.invoke(args=["nightly"])
        assert again.exit_code == 0 and "没有要做的任务" in again.output
        assert runner.invoke(args=["nightly", "--date", "2025-04-06"]).exit_code == 1
        monkeypatch.setitem(jobs.JOBS, "bad", lambda run: 1 // 0)
        failed = runner.invoke(args=["nightly"])
        assert failed.exit_code == 1 and "ZeroDivisionError" in failed.output


def test_the_administrator_sees_the_runs_and_a_salesperson_does_not(world: World) -> None:
    part_debt(world, world.company(), "5", kind=ReceivableKind.SERVICE)
    night(LAST)
    page = world.browser("sysadmin").get("/nightlyrunview/list/")
    text = page.get_data(as_text=True)
    assert page.status_code == 200 and "卡券到期" in text and "账实核对" in text and "2025-04-04" in text
    assert world.browser("sales1").get("/nightlyrunview/list/").status_code in (403, 404)


def test_what_runs_low_is_proposed_every_night_and_never_twice(world: World) -> None:
    """Three on the shelf, five are the least: two are proposed tonight, the same row tomorrow."""
    parts = Parts(world)
    part = create(m.Part, {"part_number": "LX-9", "name": "滤芯", "category": parts.filters, "min_stock": D(5)})
    order = parts.ordered((part, "3", "113"))
    parts.received(world.row(m.InboundReceipt, order_id=order.id), "3")
    assert night(START, "proposals") == [("proposals", START, "DONE", 1)]
    assert night(START + DAY, "proposals") == [("proposals", START + DAY, "DONE", 1)]
    row = world.row(m.PurchaseProposal, part_id=part.id)
    assert (row.needed_quantity, row.number[:2]) == (D(2), "CJ")
