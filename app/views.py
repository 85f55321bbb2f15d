"""The menu: which screens there are, in which chapter; the screens themselves are in `catalogue/`."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _

from .catalogue import (
    background,
    coupons,
    credit,
    crm,
    finance,
    machines,
    organisation,
    part_sales,
    parts,
    purchasing,
    reports,
    requests,
    service,
    stock,
    system,
)
from .screens import ReportScreen, Screen

MENU: list[tuple[str, Any, str, list[type[Screen]] | list[type[ReportScreen]]]] = [
    (
        "crm",
        _("Customers"),
        "users",
        [crm.CustomerView, crm.ContactView, crm.CustomerContactView, crm.CustomerTagView, crm.TagView],
    ),
    (
        "machines",
        _("Machines"),
        "tractor",
        [
            machines.MachineContractView,
            machines.MachineDispatchView,
            machines.MachineUnitView,
            machines.MachineInboundView,
            machines.MachineModelView,
            machines.SupplierView,
            machines.ApprovalRecordView,
        ],
    ),
    (
        "parts",
        _("Parts"),
        "gears",
        [
            part_sales.PartSaleView,
            part_sales.PartQuotationView,
            part_sales.PartOutboundView,
            part_sales.SaleShortageView,
            part_sales.SaleReturnView,
            purchasing.PurchaseOrderView,
            purchasing.InboundReceiptView,
            purchasing.PurchaseReturnView,
            purchasing.PurchaseProposalView,
            stock.StockBalanceView,
            stock.BinView,
            stock.StockMoveView,
            stock.StockTransferView,
            stock.StockCountView,
            parts.PartView,
            parts.PartSubstituteView,
            parts.PartCategoryView,
            parts.SaleTypeView,
        ],
    ),
    (
        "coupons",
        _("Coupons"),
        "ticket",
        [coupons.CouponView, coupons.CouponIssueView, coupons.CouponEntryView, coupons.CouponTypeView],
    ),
    (
        "service",
        _("Service"),
        "headset",
        [
            service.WorkOrderView,
            requests.RequestLineView,
            requests.PartRequestView,
            requests.EmergencyPurchaseView,
            service.VisitTaskView,
        ],
    ),
    (
        "finance",
        _("Finance"),
        "yen-sign",
        [
            finance.ReceiptView,
            finance.ReceivableView,
            finance.RetentionView,
            finance.PayableView,
            finance.PayableCreditView,
            finance.PaymentView,
            finance.ExpenseView,
            finance.PrepaidEntryView,
            finance.FundAccountView,
            finance.CashEntryView,
            finance.ReceivableEntryView,
        ],
    ),
    ("credit", _("Credit"), "scale-balanced", [credit.InstalmentPlanView]),
    ("reports", _("Reports"), "chart-column", reports.REPORTS),
    (
        "system",
        _("System"),
        "gear",
        [
            system.NotificationView,
            background.JobView,
            organisation.EmployeeView,
            organisation.DepartmentView,
            organisation.WarehouseView,
            system.NightlyRunView,
            system.AuditLogView,
            system.ExportLogView,
        ],
    ),
]


def register(appbuilder: AppBuilder) -> None:
    """Put every screen into the menu, chapter by chapter; the phone pages follow."""
    from .phone import store, tags
    from .screens.import_page import ImportView

    for name, label, icon, screens in MENU:
        for screen in screens:
            appbuilder.add_view(
                screen, screen.__name__, icon=screen.icon, label=screen.short_title,
                category=name, category_icon=icon, category_label=label,
            )  # fmt: skip
    appbuilder.add_view_no_menu(tags.TagPickView)
    appbuilder.add_view_no_menu(store.StoreView)
    appbuilder.add_view_no_menu(ImportView)
