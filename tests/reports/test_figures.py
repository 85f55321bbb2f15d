"""The figures of every report, worked out by hand from scenario A2 (domain story: purchase, sale with a coupon, return)."""

from __future__ import annotations

import datetime as dt

from app import clock
from app.database import db
from tests.kit import D, World, on_both
from tests.reports.story import claimed, rows, story, totals

MARGIN = ("revenue", "cost", "margin", "coupons", "margin_after")


@on_both
def test_the_margin_of_a_sale_before_and_after_coupons_and_after_a_return(world: World) -> None:
    """1,320.00 / 1.13 = 1,168.14; cost 776.36 + 33.33 = 809.69; 800.00 of coupons / 1.13 = 707.96.

    Returned 360.00 / 1.13 = 318.58 at a cost of 221.82; coupon back 218.18 / 1.13 = 193.08.
    """
    telling = story(world)
    told = next(telling)
    shipped = (D("1168.14"), D("809.69"), D("358.45"), D("707.96"), D("-349.51"))
    assert totals(world, "PartMargin", *MARGIN) == shipped
    assert totals(world, "PartMargin", "gross", "quantity", "margin_share") == (D("1320.00"), D(8), D("0.3069"))
    next(telling)
    # 1,168.14 − 318.58; 809.69 − 221.82; their difference; 707.96 − 193.08; and what is left of it
    returned = (D("849.56"), D("587.87"), D("261.69"), D("514.88"), D("-253.19"))
    assert totals(world, "PartMargin", *MARGIN) == returned
    for group in ("CUSTOMER", "SALESPERSON", "SALE_TYPE"):
        assert rows(world, "PartMargin", *MARGIN, group=group) == [returned], group
    # the internal use of two oil filters is a cost of the service department and earns nothing: only one was sold
    by_part = rows(world, "PartMargin", "part_number", "quantity", "revenue", "cost", group="PART")
    assert by_part == [("LX-1001", D(5), D("796.46"), D("554.54")), ("LX-1002", D(1), D("53.10"), D("33.33"))]
    assert rows(world, "PartMargin", "number", "part_number", part=told.oil.id) == [(told.sale.number, "LX-1002")]
    assert rows(world, "PartMargin", "number", day_from="2025-03-06") == []


@on_both
def test_the_stock_card_runs_from_the_opening_to_the_balance(world: World) -> None:
    """10 / 1,000.00 + 12 / 1,440.00 − 7 / 776.36 + 8 / 960.00 + 2 / 221.82 = 25 / 2,845.46."""
    *_, told = story(world)
    card = rows(
        world, "StockCard", "in_quantity", "out_quantity", "balance_quantity", "balance_amount", part=told.hydraulic.id
    )
    assert card == [
        (None, None, D(10), D("1000.00")),
        (D(12), None, D(22), D("2440.00")),
        (None, D(7), D(15), D("1663.64")),
        (D(8), None, D(23), D("2623.64")),
        (D(2), None, D(25), D("2845.46")),
    ]
    ends = totals(world, "StockCard", "in_quantity", "in_amount", "out_amount", "balance_quantity", "balance_amount",
                  part=told.hydraulic.id, warehouse=told.parts.main.id)  # fmt: skip
    assert ends == (D(22), D("2621.82"), D("776.36"), D(25), D("2845.46"))
    february = totals(
        world,
        "StockCard",
        "balance_quantity",
        "balance_amount",
        part=told.hydraulic.id,
        day_from="",
        day_to="2025-02-28",
    )
    assert february == (D(10), D("1000.00"))
    assert rows(world, "StockCard", "number") == []


@on_both
def test_a_month_opens_with_what_was_there_and_closes_with_what_is_there(world: World) -> None:
    """Filters: 10 + 22 − 7 = 25, 1,000.00 + 2,621.82 − 776.36 = 2,845.46; oil: 0 + 3 − 3 = 0, 100.00 − 100.00."""
    *_, told = story(world)
    names = [f"{when}_{kind}" for kind in ("quantity", "amount") for when in ("opening", "in", "out", "closing")]
    assert rows(world, "StockMonthly", "part_number", *names) == [
        ("LX-1001", D(10), D(22), D(7), D(25), D("1000.00"), D("2621.82"), D("776.36"), D("2845.46")),
        ("LX-1002", D(0), D(3), D(3), D(0), D("0.00"), D("100.00"), D("100.00"), D("0.00")),
    ]
    assert rows(world, "StockMonthly", "part_number", *names, month="2025-02") == [
        ("LX-1001", D(0), D(10), D(0), D(10), D("0.00"), D("1000.00"), D("0.00"), D("1000.00"))
    ]
    assert rows(world, "StockMonthly", "opening_amount", "closing_amount", month="2025-04") == [(D("2845.46"),) * 2]
    kinds = ("purchase_in_in_amount", "sale_return_in_in_amount", "sale_out_out_amount", "self_use_out_amount")
    assert totals(world, "StockMonthly", *kinds, show="AMOUNT") == (D("2500.00"), D("221.82"), D("809.69"), D("66.67"))
    assert rows(world, "StockMonthly", "sale_out_out_quantity", show="QUANTITY", part=told.hydraulic.id) == [(D(7),)]


@on_both
def test_coupon_liabilities_add_up_to_the_balances(world: World) -> None:
    """800.00 issued − 500.00 on the sale − 300.00 in the receipt + 218.18 restored = 218.18."""
    from app import models as m

    telling = story(world)
    next(telling)
    assert rows(world, "CouponLiability", "issued", "deducted", "redeemed", "balance") == [
        (D("800.00"), D("500.00"), D("300.00"), D("0.00"))
    ]
    told = next(telling)
    columns = ("issued", "deducted", "redeemed", "restored", "balance", "later")
    assert rows(world, "CouponLiability", *columns) == [
        (D("800.00"), D("500.00"), D("300.00"), D("218.18"), D("218.18"), D("218.18"))
    ]
    assert totals(world, "CouponLiability", "balance") == (sum(c.balance for c in world.rows(m.Coupon)),)
    assert rows(world, "CouponLiability", "number", "balance", group="COUPON") == [(told.coupon.number, D("218.18"))]
    # the coupon ends on 2026-03-05: 30 days before, on its day, and after it
    for day, bucket in (
        ("2026-02-03", "within_30"),
        ("2026-03-05", "within_30"),
        ("2026-03-06", "past"),
        ("2025-12-05", "within_90"),
    ):
        assert totals(world, "CouponLiability", bucket, day=day) == (D("218.18"),), day
    assert rows(world, "CouponLiability", "balance", day="2025-03-04") == []


@on_both
def test_warranty_losses_by_model_manufacturer_and_claim(world: World) -> None:
    """250 − 230 and 150 − 0 on one model, 100 − 100 on another: 170 of 400 lost is 42.5 %, and nothing of 100."""
    customer, oem = world.company(), "恒拓重工股份有限公司"
    for serial, model, labour, granted in (
        ("W-1", "HT215", "250", "230"),
        ("W-2", "HT215", "150", "0"),
        ("W-3", "HT370", "100", "100"),
    ):
        claimed(world, customer, world.unit(serial, model), labour, granted)
    told = ("claims", "claim_amount", "granted_amount", "loss_amount", "share")
    by_model = rows(world, "WarrantyLoss", "model_name", *told)
    assert [row[1:] for row in by_model] == [
        (2, D("400.00"), D("230.00"), D("170.00"), D("0.4250")),
        (1, D("100.00"), D("100.00"), D("0.00"), D(0)),
    ]
    assert "HT215" in by_model[0][0]
    assert rows(world, "WarrantyLoss", "supplier_name", *told[:4], group="SUPPLIER") == [
        (oem, 3, D("500.00"), D("330.00"), D("170.00"))
    ]
    assert totals(world, "WarrantyLoss", *told[1:4]) == (D("500.00"), D("330.00"), D("170.00"))
    lost = rows(world, "WarrantyLoss", "serial_number", "loss_amount", group="CLAIM")
    assert sorted(lost) == [("W-1", D("20.00")), ("W-2", D("150.00")), ("W-3", D("0.00"))]
    assert rows(world, "WarrantyLoss", "claims", day_from="2025-03-06", day_to="2025-03-31") == []


def test_a_report_opened_on_the_first_of_a_month_shows_the_last_one_in_which_anything_happened(world: World) -> None:
    """Before: an empty page on 1 April although March was full. What somebody asked for stays as he asked it."""
    for _ in story(world):
        pass
    db.session.rollback()
    with clock.on(dt.date(2025, 4, 1)):
        seller = world.browser("gm")
        page = seller.get("/partmarginview/list/").get_data(as_text=True)
        asked = seller.get("/partmarginview/list/?day_from=2025-04-01&day_to=2025-04-01").get_data(as_text=True)
    assert "2025-03-01" in page and "2025-03-31" in page and "LX-1001" in page
    assert "LX-1001" not in asked
