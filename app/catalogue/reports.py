"""Reports: what the books say, chapter by chapter."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from ..reports.coupons import CouponLiability
from ..reports.machine_margin import MachineMargin
from ..reports.machine_stock import MachineStock
from ..reports.order_book import OrderBook
from ..reports.part_sales import PartMargin
from ..reports.service_quality import ServiceQuality
from ..reports.slow_stock import SlowStock
from ..reports.stock_card import StockCard
from ..reports.stock_monthly import StockMonthly
from ..reports.warranty import WarrantyLoss
from ..screens import ReportScreen


class MachineStockView(ReportScreen):
    report, short_title, icon = MachineStock(), _("Machine stock and its age"), "warehouse"


class MachineMarginView(ReportScreen):
    report, short_title, icon = MachineMargin(), _("Margin of machine sales"), "sack-dollar"


class OrderBookView(ReportScreen):
    report, short_title, icon = OrderBook(), _("Order book of machines"), "clipboard-list"


class StockCardView(ReportScreen):
    report, short_title, icon = StockCard(), _("Stock card"), "book"


class StockMonthlyView(ReportScreen):
    report, short_title, icon = StockMonthly(), _("Monthly stock report"), "calendar-days"


class SlowStockView(ReportScreen):
    report, short_title, icon = SlowStock(), _("Slow stock"), "hourglass-half"


class PartMarginView(ReportScreen):
    report, short_title, icon = PartMargin(), _("Margin of parts sales"), "chart-line"


class CouponLiabilityView(ReportScreen):
    report, short_title, icon = CouponLiability(), _("Coupon liabilities"), "ticket"


class WarrantyLossView(ReportScreen):
    report, short_title, icon = WarrantyLoss(), _("Warranty losses"), "shield-halved"


class ServiceQualityView(ReportScreen):
    report, short_title, icon = ServiceQuality(), _("Service quality"), "star-half-stroke"


REPORTS: list[type[ReportScreen]] = [
    MachineStockView,
    MachineMarginView,
    OrderBookView,
    StockCardView,
    StockMonthlyView,
    SlowStockView,
    PartMarginView,
    CouponLiabilityView,
    WarrantyLossView,
    ServiceQualityView,
]
