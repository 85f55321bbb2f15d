"""3 整机: papers that change a contract after its approval."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm

from .. import actor as acting
from .. import clock, forms
from .. import models as m
from ..enums import ContractState, DispatchState, PaperState, WarehouseKind
from ..screens import Alert, Lines, Tab, act, rows, trail
from ..screens.columns import describe
from ..workflows.machines import amendment, cancellation, machine_return, machine_share, withdrawal
from . import repayment
from .approvals import Decided, for_my_approval
from .machines import MachineContractView, adds_up


class ContractCancellationView(Decided):
    datamodel = rows(m.ContractCancellation)
    short_title, icon = _("Cancellations"), "file-circle-xmark"
    help_text = _(
        "What was paid becomes prepaid money. The deposit is forfeited as far as agreed; the rest is refunded, unless the"
        " customer leaves it here."
    )
    list_columns = [
        "number", "state", "contract", "customer", "paid_amount", "forfeit_amount", "refund_amount", "awaiting_role",
        "created_by",
    ]  # fmt: skip
    card_columns = [
        "contract",
        "customer",
        "paid_amount",
        "deposit_amount",
        "forfeit_amount",
        "kept_amount",
        "refund_amount",
        "awaiting_role",
    ]
    sum_columns = ["paid_amount", "forfeit_amount", "refund_amount"]
    search_columns = ["number", "contract", "customer", "state", "business_on"]
    quick_columns = ["number"]
    quick_references = ["contract", "customer"]
    sections = [
        (_("Contract cancellation"), ["number", "state", "contract", "customer", "awaiting_role", "content_check", "business_on", "reason"]),
        (_("Money"), ["paid_amount", "deposit_amount", "forfeit_amount", "kept_amount", "refund_amount", "account"]),
    ]  # fmt: skip
    form_sections = [(_("Contract cancellation"), ["contract", "forfeit_amount", "kept_amount", "reason"])]
    optional = ["forfeit_amount", "kept_amount"]
    summary = [("paid", _("Paid on the contract")), ("deposit", _("Of it deposit")), ("refund", _("Refund"))]
    picks = {
        "contract": {"narrow": lambda q, given: q.where(m.MachineContract.state == ContractState.APPROVED)},
        **MachineContractView.picks,
    }
    tabs = [
        Tab("todo", _("Cancellations for my approval"), lambda q: q.where(*for_my_approval(m.ContractCancellation)), todo="approve"),
        Tab("refund", _("Cancellations to be refunded"), lambda q: q.where(m.ContractCancellation.state == PaperState.TO_REFUND),
            todo="refund"),
    ]  # fmt: skip
    submit = act(cancellation.life.submit)
    approve = act(cancellation.life.approve, form=forms.ApproveForm)
    reject = act(cancellation.life.reject, form=forms.RejectForm)
    refund = act(cancellation.money_back.refund, form=forms.PayBackForm)
    leave = act(cancellation.money_back.leave, form=forms.ReasonForm)
    came_back = act(cancellation.money_back.came_back, form=forms.CameBackForm)
    withdraw = act(cancellation.life.withdraw)
    void = act(cancellation.life.void, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        """What came in, of it deposit, and what goes back, as soon as the contract is chosen."""
        if form.contract.data is None:
            return dict.fromkeys(("paid", "deposit", "refund"), "")
        paid, deposit = cancellation.paid(form.contract.data)
        off = (form.forfeit_amount.data or m.ZERO) + (form.kept_amount.data or m.ZERO)
        return {"paid": f"{paid:,.2f}", "deposit": f"{deposit:,.2f}", "refund": f"{paid - off:,.2f}"}


class DispatchWithdrawalView(Decided):
    datamodel = rows(m.DispatchWithdrawal)
    short_title, icon = _("Withdrawals of dispatches"), "truck-arrow-right"
    help_text = _("On the day of the dispatch only, and only while nothing has followed from it.")
    list_columns = ["number", "state", "dispatch", "contract", "customer", "awaiting_role", "reason", "created_by"]
    card_columns = ["dispatch", "customer", "awaiting_role", "reason"]
    search_columns = ["number", "dispatch", "contract", "customer", "state", "business_on"]
    quick_columns = ["number"]
    quick_references = ["dispatch", "contract", "customer"]
    sections = [
        (
            _("Dispatch withdrawal"),
            ["number", "state", "dispatch", "contract", "customer", "awaiting_role", "content_check", "business_on", "reason"],
        )
    ]  # fmt: skip
    form_sections = [(_("Dispatch withdrawal"), ["dispatch", "reason"])]
    picks = {
        "dispatch": {
            "narrow": lambda q, given: q.where(
                m.MachineDispatch.state == DispatchState.DONE, m.MachineDispatch.business_on == clock.today()
            )
        }
    }
    tabs = [
        Tab("todo", _("Withdrawals for my approval"), lambda q: q.where(*for_my_approval(m.DispatchWithdrawal)), todo="approve"),
    ]  # fmt: skip
    submit = act(withdrawal.life.submit)
    approve = act(withdrawal.life.approve, form=forms.ApproveForm)
    reject = act(withdrawal.life.reject, form=forms.RejectForm)
    withdraw = act(withdrawal.life.withdraw)
    void = act(withdrawal.life.void, form=forms.ReasonForm)


def from_contract(form: FlaskForm) -> None:
    """What the contract says now, to be changed."""
    chosen = form.contract.data
    for field in form:
        name = field.short_name
        if name in amendment.HEADER or f"{name}_id" in amendment.HEADER:
            field.process_data(getattr(chosen, name))
    for name in amendment.LISTS:
        if name in form:
            form[name].take(getattr(chosen, name))


class ContractAmendmentView(Decided):
    datamodel = rows(m.ContractAmendment)
    short_title, icon = _("Amendments"), "file-pen"
    help_text = _(
        "Choose the contract: what it says now comes with it, to be changed. The same roles decide as on a new contract; what"
        " was paid stays on the debts that stay, the rest pays what is due before dispatch."
    )
    list_columns = [
        "number", "state", "contract", "customer", "revision", "total_amount", "awaiting_role", "reason", "created_by",
    ]  # fmt: skip
    card_columns = ["contract", "customer", "total_amount", "awaiting_role", "reason"]
    search_columns = ["number", "contract", "customer", "state", "business_on"]
    quick_columns = ["number"]
    quick_references = ["contract", "customer"]
    sections = [
        (_("Contract amendment"), ["number", "state", "contract", "customer", "revision", "awaiting_role", "content_check", "business_on", "reason"]),
        (_("Money"), ["machine_amount", "fee_amount", "total_amount", "deposit_amount", "down_amount", "retention_amount", "finance_amount"]),
        (_("Financing"), ["financier", "payout_on", "is_paid_out_first"]),
        (_("Trade-in"), ["trade_in_amount", "trade_in_model", "trade_in_serial", "trade_in_year", "trade_in_yard"]),
        (_("Instalment terms"), ["pay_mode", "periods", "annual_rate", "repay_method", "first_due_on", "repay_day", "penalty_rate", "grace_days"]),
    ]  # fmt: skip
    form_sections = [
        (_("Contract amendment"), ["contract", "pay_mode", "delivery_place", "reason"]),
        *MachineContractView.form_sections[1:5],
    ]
    lines_after = 1
    fills = {"contract": from_contract}
    only_when = MachineContractView.only_when
    optional = MachineContractView.optional
    picks = {"contract": {"narrow": lambda q, given: q.where(m.MachineContract.state == ContractState.APPROVED)}}
    lines = {
        "lines": Lines(("model", "unit_price", "tax_rate", "configuration"), need=True, secret="price"),
        "fees": MachineContractView.lines["fees"],
        "gifts": MachineContractView.lines["gifts"],
        "instalments": MachineContractView.lines["instalments"],
        "guarantors": MachineContractView.lines["guarantors"],
    }
    line_tables = {
        "lines": ["model", "unit_price", "tax_rate", "configuration"],
        "fees": MachineContractView.line_tables["fees"],
        "gifts": MachineContractView.line_tables["gifts"],
        "instalments": MachineContractView.line_tables["instalments"],
        "guarantors": MachineContractView.line_tables["guarantors"],
    }
    summary = MachineContractView.summary
    tabs = [
        Tab("todo", _("Amendments for my approval"), lambda q: q.where(*for_my_approval(m.ContractAmendment)), todo="approve"),
    ]  # fmt: skip
    submit = act(amendment.life.submit)
    approve = act(amendment.life.approve, form=forms.ApproveForm)
    reject = act(amendment.life.reject, form=forms.RejectForm)
    withdraw = act(amendment.life.withdraw)
    void = act(amendment.life.void, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        return adds_up(form)

    def alerts(self, row: Any) -> list[Alert]:
        return repayment.alerts(row)

    def changes(self, row: m.ContractAmendment) -> list[tuple[str, str, str]]:
        """(what, before, after) of everything that changes, of what this person may know."""
        if not row.before or not acting.current().knows("price"):
            return []
        after, told = amendment.content(row), []
        for name in amendment.HEADER:
            if row.before.get(name) != after[name]:
                column = describe(m.ContractAmendment, name)
                values = (
                    trail.in_words(m.ContractAmendment, name, told_) for told_ in (row.before.get(name), after[name])
                )
                told.append((str(column.label), *values))
        for name in amendment.LISTS:
            if name == "guarantors" and not acting.current().knows("archive"):
                continue
            was, now = row.before.get(name, []), after.get(name, [])
            for index in range(max(len(was), len(now))):
                old, new = (part[index] if index < len(part) else {} for part in (was, now))
                if old != new:
                    label = f"{describe(m.ContractAmendment, name).label} {index + 1}"
                    told.append((label, _line(name, old), _line(name, new)))
        return told


def _line(name: str, told: dict[str, Any]) -> str:
    """A line of a contract in words."""
    entity = describe(m.ContractAmendment, name).target
    assert entity is not None
    return "，".join(trail.in_words(entity, key, value) for key, value in told.items() if value is not None)


def from_dispatch(form: FlaskForm) -> None:
    """The machine comes back to the yard it left, until somebody says otherwise."""
    if form.warehouse.data is None:
        form.warehouse.process_data(form.dispatch.data.warehouse)


class MachineReturnView(Decided):
    datamodel = rows(m.MachineReturn)
    short_title, icon = _("Machine returns"), "rotate-left"
    help_text = _(
        "What was paid for the machine goes back less the depreciation; the machine waits in the yard until it is decided what"
        " becomes of it. Fees of the contract stay owed. One of several machines takes its share along, by its price."
    )
    list_columns = [
        "number", "state", "dispatch", "customer", "paid_amount", "depreciation_amount", "refund_amount", "cost_back",
        "awaiting_role",
    ]  # fmt: skip
    card_columns = [
        "dispatch",
        "customer",
        "paid_amount",
        "depreciation_amount",
        "kept_amount",
        "refund_amount",
        "awaiting_role",
    ]
    sum_columns = ["paid_amount", "depreciation_amount", "refund_amount", "cost_back"]
    search_columns = ["number", "dispatch", "contract", "customer", "state", "business_on"]
    quick_columns = ["number"]
    quick_references = ["dispatch", "contract", "customer"]
    sections = [
        (_("Machine return"), ["number", "state", "dispatch", "contract", "customer", "warehouse", "hour_meter", "awaiting_role",
                               "content_check", "business_on", "reason"]),
        (_("Money"), ["paid_amount", "depreciation_amount", "kept_amount", "refund_amount", "account", "agreed_cost", "cost_back"]),
    ]  # fmt: skip
    form_sections = [
        (_("Machine return"), ["dispatch", "warehouse", "hour_meter", "reason"]),
        (_("Money"), ["depreciation_amount", "kept_amount", "agreed_cost"]),
    ]
    optional = ["depreciation_amount", "kept_amount"]
    summary = [("paid", _("Paid for the machine")), ("refund", _("Refund"))]
    fills = {"dispatch": from_dispatch}
    picks = {
        "dispatch": {"narrow": lambda q, given: q.where(m.MachineDispatch.state == DispatchState.DONE)},
        "warehouse": {"narrow": lambda q, given: q.where(m.Warehouse.kind == WarehouseKind.MACHINE)},
    }
    tabs = [
        Tab("todo", _("Returns for my approval"), lambda q: q.where(*for_my_approval(m.MachineReturn)), todo="approve"),
        Tab("refund", _("Returns to be refunded"), lambda q: q.where(m.MachineReturn.state == PaperState.TO_REFUND), todo="refund"),
    ]  # fmt: skip
    submit = act(machine_return.life.submit)
    approve = act(machine_return.life.approve, form=forms.ApproveForm)
    reject = act(machine_return.life.reject, form=forms.RejectForm)
    refund = act(machine_return.money_back.refund, form=forms.PayBackForm)
    leave = act(machine_return.money_back.leave, form=forms.ReasonForm)
    came_back = act(machine_return.money_back.came_back, form=forms.CameBackForm)
    withdraw = act(machine_return.life.withdraw)
    void = act(machine_return.life.void, form=forms.ReasonForm)

    def computed(self, form: FlaskForm) -> dict[str, str]:
        """What was paid for the machine and what of it goes back, as soon as the dispatch is chosen."""
        if form.dispatch.data is None:
            return dict.fromkeys(("paid", "refund"), "")
        paid = machine_share.paid(form.dispatch.data.contract_line)
        charged, kept = form.depreciation_amount.data or m.ZERO, form.kept_amount.data or m.ZERO
        return {"paid": f"{paid:,.2f}", "refund": f"{max(paid - charged, m.ZERO) - kept:,.2f}"}
