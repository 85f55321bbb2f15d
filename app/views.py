"""The menu: which screens there are, in which chapter; the screens themselves are in `catalogue/`."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import AppBuilder
from flask_babel import lazy_gettext as _

from .catalogue import (
    approvals,
    archive,
    background,
    checklists,
    contract_papers,
    coupons,
    credit,
    credit_limits,
    crm,
    duties,
    finance,
    house,
    lists,
    machine_purchasing,
    machines,
    organisation,
    outbox,
    part_sales,
    parts,
    printing,
    purchasing,
    quality,
    reports,
    requests,
    retention,
    service,
    stock,
    system,
    warranty,
)

MENU: list[tuple[str, Any, str, list[Any]]] = [
    (
        "crm",
        _("Customers"),
        "users",
        [
            crm.CustomerView,
            crm.ContactView,
            archive.FollowUpView,
            crm.CustomerContactView,
            archive.CustomerSiteView,
            archive.CustomerAssetView,
            archive.GuarantorView,
            archive.OwnerTransferView,
            crm.CustomerTagView,
            crm.TagView,
            archive.ArchiveRuleView,
        ],
    ),
    (
        "machines",
        _("Machines"),
        "tractor",
        [
            machines.MachineContractView,
            contract_papers.ContractAmendmentView,
            contract_papers.ContractCancellationView,
            machines.MachineDispatchView,
            contract_papers.DispatchWithdrawalView,
            contract_papers.MachineReturnView,
            machines.MachineUnitView,
            machines.MeterReadingView,
            machine_purchasing.MachinePurchaseView,
            machines.MachineInboundView,
            machines.MachineModelView,
            machines.SupplierView,
            approvals.ApprovalRecordView,
            approvals.ApprovalRuleView,
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
            service.WorkOrderPartView,
            requests.RequestLineView,
            requests.PartRequestView,
            requests.EmergencyPurchaseView,
            warranty.WarrantyClaimView,
            warranty.OldPartView,
            warranty.ServiceReminderView,
            service.ServicePackageView,
            quality.VisitTaskView,
            quality.ComplaintView,
            quality.VisitPlanView,
            quality.SurveyTemplateView,
            checklists.ChecklistTemplateView,
        ],
    ),
    (
        "finance",
        _("Finance"),
        "yen-sign",
        [
            finance.ReceiptView,
            finance.ReceivableView,
            retention.RetentionView,
            finance.PayableView,
            finance.PayableCreditView,
            finance.PaymentView,
            finance.ClaimedExpenseView,
            finance.ExpenseView,
            finance.PrepaidRefundView,
            finance.PrepaidEntryView,
            finance.FundAccountView,
            finance.CashEntryView,
            finance.ReceivableEntryView,
        ],
    ),
    ("credit", _("Credit"), "scale-balanced", [credit.InstalmentPlanView, credit_limits.CreditLimitView]),
    ("reports", _("Reports"), "chart-column", reports.REPORTS),
    (
        "system",
        _("System"),
        "gear",
        [
            system.NotificationView,
            background.JobView,
            lists.SavedViewView,
            organisation.EmployeeView,
            organisation.DepartmentView,
            organisation.WarehouseView,
            duties.DutiesView,
            outbox.NoticeChannelView,
            outbox.OutboxMessageView,
            house.DealerView,
            system.NightlyRunView,
            house.BackupRunView,
            system.AuditLogView,
            system.ExportLogView,
            printing.PrintTemplateView,
            printing.PrintLogView,
        ],
    ),
]


def register(appbuilder: AppBuilder) -> None:
    """Put every screen into the menu, chapter by chapter; the phone pages follow."""
    from .phone import coupon, follow, my_parts, rating, shell, store, tags, work
    from .public.rating import RatingView
    from .screens.attachment_page import AttachmentView
    from .screens.finder_page import FinderView
    from .screens.import_page import ImportView
    from .screens.look_page import LookView
    from .screens.print_page import PrintView

    for name, label, icon, screens in MENU:
        for screen in screens:
            appbuilder.add_view(
                screen, screen.__name__, icon=screen.icon, label=screen.short_title,
                category=name, category_icon=icon, category_label=label,
            )  # fmt: skip
    appbuilder.add_view_no_menu(tags.TagPickView)
    appbuilder.add_view_no_menu(follow.FollowPageView)
    appbuilder.add_view_no_menu(store.StoreView)
    appbuilder.add_view_no_menu(coupon.CouponPageView)
    appbuilder.add_view_no_menu(rating.RatingLinkView)
    appbuilder.add_view_no_menu(RatingView)
    appbuilder.add_view_no_menu(work.WorkView)
    appbuilder.add_view_no_menu(shell.ShellView)
    appbuilder.add_view_no_menu(my_parts.PartsView)
    appbuilder.add_view_no_menu(ImportView)
    appbuilder.add_view_no_menu(LookView)
    appbuilder.add_view_no_menu(FinderView)
    appbuilder.add_view_no_menu(PrintView)
    appbuilder.add_view_no_menu(AttachmentView)
