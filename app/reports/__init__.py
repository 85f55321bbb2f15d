"""Reports: questions to the books, in the chapters of the dictionary. They read, they never write.

A report is a class: what it asks (parameters), what it shows (figures), one SELECT, and the entity whose rule says whose
rows it counts. Screens, exports, roles, translations and tests read these classes (docs/decisions/reports.md).
"""

from __future__ import annotations

from .coupons import CouponLiability
from .machine_margin import MachineMargin
from .machine_stock import MachineStock
from .order_book import OrderBook
from .part_sales import PartMargin
from .report import Report
from .service_quality import ServiceQuality
from .slow_stock import SlowStock
from .stock_card import StockCard
from .stock_monthly import StockMonthly
from .warranty import WarrantyLoss

# every report by name, in the order of the menu
REPORTS: dict[str, type[Report]] = {
    report.name: report
    for report in (
        MachineStock,
        MachineMargin,
        OrderBook,
        StockCard,
        StockMonthly,
        SlowStock,
        PartMargin,
        CouponLiability,
        WarrantyLoss,
        ServiceQuality,
    )
}
