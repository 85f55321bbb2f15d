"""Reports: its states and choice lists."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from .choice import Choice


class StockFigures(Choice):
    TOTAL = _("Totals")
    QUANTITY = _("Quantity by movement")
    AMOUNT = _("Value by movement")


class StockAge(Choice):
    DAYS_90 = _("Up to 90 days"), "green"
    DAYS_180 = _("91 to 180 days"), "blue"
    DAYS_365 = _("181 to 365 days"), "orange"
    OLDER = _("More than 365 days"), "red"


class SlowGrouping(Choice):
    PART = _("Each part and warehouse")
    AGE = _("By days without issue")


class MarginGrouping(Choice):
    LINE = _("Each sale line")
    CUSTOMER = _("By customer")
    SALESPERSON = _("By salesperson")
    SALE_TYPE = _("By kind of sale")
    PART = _("By part")


class LiabilityGrouping(Choice):
    CUSTOMER = _("By customer and type")
    COUPON = _("Each coupon")


class QualityGrouping(Choice):
    TECHNICIAN = _("By technician")
    DEPARTMENT = _("By department")
    KIND = _("By kind of service")


class QualityFigures(Choice):
    TIMES = _("Response times")
    SCORES = _("Ratings")


class MachineStockGrouping(Choice):
    UNIT = _("Each machine")
    MODEL = _("By machine model")
    WAREHOUSE = _("By warehouse")
    CONDITION = _("By condition")


class MachineMarginGrouping(Choice):
    DISPATCH = _("Each dispatch")
    MODEL = _("By machine model")
    SALESPERSON = _("By salesperson")
    DEPARTMENT = _("By department")
    MONTH = _("By month")


class OrderBookGrouping(Choice):
    CONTRACT = _("Each contract")
    SALESPERSON = _("By salesperson")
    MODEL = _("By machine model")
