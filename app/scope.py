"""Which rows an actor may see and write: one rule per entity, enforced on the session itself.

Reads: every ORM select, update and delete of a scoped entity gets the rule as a criterion, so lists, details,
drop-downs, counts, exports and verbs obey it without being told. Following a reference from a visible row to
its one target (contract → customer) is not a read of a list and shows the name.
Writes: what a person saves must lie inside his rows afterwards too, and everything it points at must be visible
to him. Inside a verb the house writes: the document was checked, its effects may touch other rows (`elevated`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, RelationshipProperty, Session, object_session, with_loader_criteria
from sqlalchemy.orm.util import LoaderCriteriaOption

from . import actor as acting
from . import models as m
from .actor import Actor
from .enums import (
    DOCUMENT_SECRETS,
    PARTS_STORES,
    PRIVATE_ATTACHMENTS,
    SECRET_ATTACHMENTS,
    SIGNED_CONTRACTS,
    STANDING_ASSIGNMENTS,
    UNSORTED_SECRETS,
    AttachmentKind,
    RequestLineState,
    UnitState,
)
from .errors import NotAllowed, NotYours
from .roles import Rows

Criterion = Callable[[Any, Actor], Any]


class Rule:
    """What OWN, ASSIGNED, SERVICE, DEPARTMENT and KEPT mean for an entity; a kind of rows without a meaning gives no rows.

    like: the entity whose grants decide, when this one has none of its own (lines, links, entries).
    """

    def __init__(self, *, like: str | None = None, **meanings: Criterion) -> None:
        self.like = like
        self.meanings = {Rows(name): meaning for name, meaning in meanings.items()}

    def criterion(self, cls: Any, actor: Actor, entity: str, verb: str | None = None) -> Any:
        """True for all rows, False for none, else an SQL expression on `cls`."""
        rows = actor.rows(self.like or entity, verb)
        if Rows.ALL in rows:
            return True
        parts = [self.meanings[kind](cls, actor) for kind in Rows if kind in rows and kind in self.meanings]
        return sa.or_(*parts) if parts else False


def _ids(table: Any, *where: Any) -> Any:
    return sa.select(table.c.id).where(*where)


def _staff(actor: Actor) -> Any:
    """Employees of the actor's departments, as a sub-select of ids."""
    return _ids(EMPLOYEE, EMPLOYEE.c.department_id.in_(actor.department_ids))


EMPLOYEE = m.Employee.__table__
CUSTOMER = m.Customer.__table__
CONTACT = m.Contact.__table__
LINK = m.CustomerContact.__table__
UNIT = m.MachineUnit.__table__
LINE = m.ContractLine.__table__
CONTRACT = m.MachineContract.__table__
SALE = m.PartSale.__table__
ORDER = m.WorkOrder.__table__
ASSIGNMENT = m.WorkAssignment.__table__
ISSUE = m.CouponIssue.__table__
REQUEST = m.PartRequest.__table__
TRANSFER = m.StockTransfer.__table__
WAREHOUSE = m.Warehouse.__table__


def _my_customers(actor: Actor) -> Any:
    return _ids(CUSTOMER, CUSTOMER.c.salesperson_id == actor.employee_id)


def _our_customers(actor: Actor) -> Any:
    return _ids(CUSTOMER, CUSTOMER.c.salesperson_id.in_(_staff(actor)))


def _my_orders(actor: Actor) -> Any:
    """Work orders this technician is or was sent to."""
    return sa.select(ASSIGNMENT.c.work_order_id).where(
        ASSIGNMENT.c.technician_id == actor.employee_id, ASSIGNMENT.c.state.in_(STANDING_ASSIGNMENTS)
    )


def _on_my_orders(column: str, actor: Actor) -> Any:
    """The customers or machines of his orders."""
    return sa.select(ORDER.c[column]).where(ORDER.c.id.in_(_my_orders(actor)), ORDER.c[column].is_not(None))


def _contacts_on_my_orders(actor: Actor) -> Any:
    """Who talks for the customers of his orders."""
    return sa.select(LINK.c.contact_id).where(LINK.c.customer_id.in_(_on_my_orders("customer_id", actor)))


def _my_requests(actor: Actor) -> Any:
    return _ids(REQUEST, REQUEST.c.technician_id == actor.employee_id)


def _our_requests(actor: Actor) -> Any:
    return _ids(REQUEST, REQUEST.c.technician_id.in_(_staff(actor)))


def _out_of_my_stores(c: Any, actor: Actor) -> Any:
    """What a keeper may still match, and what he has to ship or shipped."""
    mine = _ids(TRANSFER, TRANSFER.c.source_id.in_(actor.warehouse_ids))
    return sa.or_(c.state == RequestLineState.PENDING, c.transfer_id.in_(mine))


def _kept_contracts(actor: Actor) -> Any:
    """Signed contracts with a machine standing in a warehouse of this keeper."""
    joined = LINE.join(UNIT, UNIT.c.id == LINE.c.unit_id)
    return (
        sa.select(LINE.c.contract_id)
        .select_from(joined.join(CONTRACT, CONTRACT.c.id == LINE.c.contract_id))
        .where(UNIT.c.warehouse_id.in_(actor.warehouse_ids), CONTRACT.c.state.in_(SIGNED_CONTRACTS))
    )


# `own` = the salesperson is me; `department` = the salesperson is one of my people, wherever the paper was written
SALESPERSON = {
    "own": lambda c, a: c.salesperson_id == a.employee_id,
    "department": lambda c, a: c.salesperson_id.in_(_staff(a)),
}
VIA_CUSTOMER = {
    "own": lambda c, a: c.customer_id.in_(_my_customers(a)),
    "department": lambda c, a: c.customer_id.in_(_our_customers(a)),
}
# about a customer, or about a contact alone
VIA_EITHER = {
    "own": lambda c, a: sa.or_(
        c.customer_id.in_(_my_customers(a)),
        sa.and_(c.customer_id.is_(None), c.contact_id.in_(_ids(CONTACT, CONTACT.c.salesperson_id == a.employee_id))),
    ),
    "department": lambda c, a: sa.or_(
        c.customer_id.in_(_our_customers(a)),
        sa.and_(c.customer_id.is_(None), c.contact_id.in_(_ids(CONTACT, CONTACT.c.salesperson_id.in_(_staff(a))))),
    ),
}


def _part_of(parent: type[m.Entity], column: str) -> Rule:
    """Lines are visible where their header is."""
    rule, entity, table = RULES[parent], parent.__name__, parent.__table__

    def inside(kind: Rows) -> Criterion:
        return lambda c, a: getattr(c, column).in_(_ids(table, rule.meanings[kind](table.c, a)))

    return Rule(like=rule.like or entity, **{kind.value: inside(kind) for kind in rule.meanings})


def _lines_of_contracts() -> Rule:
    """Lines are visible where their contract is, but a keeper does not meet machines that stand in another's yard."""
    rule = _part_of(m.MachineContract, "contract_id")
    of_contract = rule.meanings[Rows.KEPT]

    def here(c: Any, a: Actor) -> Any:
        elsewhere = _ids(UNIT, UNIT.c.warehouse_id.not_in(a.warehouse_ids))
        return sa.and_(of_contract(c, a), sa.or_(c.unit_id.is_(None), c.unit_id.not_in(elsewhere)))

    rule.meanings[Rows.KEPT] = here
    return rule


class OfDocument(Rule):
    """Attachments are visible where their document is, by whoever may look at that, if he may know what they show."""

    def criterion(self, cls: Any, actor: Actor, entity: str, verb: str | None = None) -> Any:
        parts = []
        for target in m.ENTITIES.values():
            rule = (
                RULES[target].criterion(target.__table__.c, actor, target.__name__, "show")
                if target.attachment_kinds
                else False
            )
            if rule is not False:
                hidden = [kind for kind in AttachmentKind if not may_know(target.__name__, kind, actor)]
                inside = True if rule is True else cls.document_id.in_(_ids(target.__table__, rule))
                parts.append(sa.and_(cls.document == target.__name__, inside, cls.kind.not_in(hidden)))
        return sa.or_(*parts) if parts else False


def may_know(document: str, kind: AttachmentKind, actor: Actor) -> bool:
    """Whether an attachment of this kind of such a document shows nothing that is hidden from the actor."""
    asked = {SECRET_ATTACHMENTS.get(kind), DOCUMENT_SECRETS.get(document)}
    if kind is AttachmentKind.OTHER:
        asked.add(UNSORTED_SECRETS.get(document))
    return all(map(actor.knows, asked)) and (kind not in PRIVATE_ATTACHMENTS or actor.unmasked("id"))


# no owner: whoever has a grant sees all
EVERY_ROW = Rule(**dict.fromkeys(("own", "assigned", "service", "department", "kept"), lambda c, a: sa.true()))
NOBODY = Rule()  # inner bookkeeping: no screen, reached by the house only

RULES: dict[type[m.Entity], Rule] = {
    m.Department: EVERY_ROW,
    m.Employee: Rule(
        own=lambda c, a: c.id == a.employee_id, department=lambda c, a: c.department_id.in_(a.department_ids)
    ),
    m.Warehouse: Rule(
        own=lambda c, a: c.id.in_(a.warehouse_ids),
        kept=lambda c, a: sa.or_(c.id.in_(a.warehouse_ids), c.kind.in_(PARTS_STORES)),  # he may send to any of them
        department=lambda c, a: c.department_id.in_(a.department_ids),
    ),
    m.Contact: Rule(**SALESPERSON, assigned=lambda c, a: c.id.in_(_contacts_on_my_orders(a))),
    m.Customer: Rule(**SALESPERSON, assigned=lambda c, a: c.id.in_(_on_my_orders("customer_id", a))),
    m.CustomerContact: Rule(**VIA_CUSTOMER),
    m.Tag: EVERY_ROW,
    m.CustomerTag: Rule(**VIA_CUSTOMER),
    m.OwnerTransfer: Rule(**VIA_EITHER),
    m.FollowUp: Rule(**VIA_EITHER),
    m.CustomerAsset: Rule(**VIA_CUSTOMER),
    m.CustomerSite: Rule(**VIA_CUSTOMER),
    m.ArchiveRule: EVERY_ROW,
    m.Supplier: EVERY_ROW,
    m.MachineModel: EVERY_ROW,
    m.MachineUnit: Rule(
        own=lambda c, a: sa.or_(
            c.state == UnitState.IN_STOCK,
            c.owner_customer_id.in_(_my_customers(a)),
            c.reserved_line_id.in_(
                sa.select(LINE.c.id)
                .join(CONTRACT, CONTRACT.c.id == LINE.c.contract_id)
                .where(CONTRACT.c.salesperson_id == a.employee_id)
            ),
        ),
        assigned=lambda c, a: c.id.in_(_on_my_orders("unit_id", a)),
        kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids),
    ),
    m.MachineInbound: Rule(kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids)),
    m.MachineContract: Rule(**SALESPERSON, kept=lambda c, a: c.id.in_(_kept_contracts(a))),
    m.MachineDispatch: Rule(
        **VIA_CUSTOMER,
        assigned=lambda c, a: c.unit_id.in_(_on_my_orders("unit_id", a)),
        kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids),
    ),
    m.ApprovalRule: EVERY_ROW,
    m.ContractAmendment: Rule(**VIA_CUSTOMER),
    m.ContractCancellation: Rule(**VIA_CUSTOMER),
    m.MachineReturn: Rule(**VIA_CUSTOMER),
    m.MachinePurchase: Rule(kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids)),
    m.DispatchWithdrawal: Rule(**VIA_CUSTOMER),
    m.CreditLimit: Rule(**VIA_CUSTOMER),
    m.CouponType: EVERY_ROW,
    m.CouponIssue: Rule(
        own=VIA_CUSTOMER["own"],
        department=lambda c, a: sa.or_(VIA_CUSTOMER["department"](c, a), c.created_by_id.in_(_staff(a))),
    ),
    m.Coupon: Rule(
        own=VIA_CUSTOMER["own"],
        department=lambda c, a: sa.or_(
            VIA_CUSTOMER["department"](c, a), c.issue_id.in_(_ids(ISSUE, ISSUE.c.created_by_id.in_(_staff(a))))
        ),
    ),
    m.WorkOrder: Rule(**VIA_CUSTOMER, assigned=lambda c, a: c.id.in_(_my_orders(a))),
    m.SurveyTemplate: EVERY_ROW,
    m.VisitPlan: EVERY_ROW,
    m.VisitTask: Rule(
        own=lambda c, a: sa.or_(VIA_CUSTOMER["own"](c, a), c.assignee_id == a.employee_id),
        department=VIA_CUSTOMER["department"],
    ),
    m.RatingLink: NOBODY,
    m.RatingAttempt: NOBODY,
    m.Complaint: Rule(
        own=lambda c, a: sa.or_(VIA_CUSTOMER["own"](c, a), c.owner_id == a.employee_id),
        assigned=lambda c, a: c.owner_id == a.employee_id,
        department=lambda c, a: sa.or_(VIA_CUSTOMER["department"](c, a), c.owner_id.in_(_staff(a))),
    ),
    m.ServicePackage: Rule(**VIA_CUSTOMER, assigned=lambda c, a: c.id.in_(_on_my_orders("package_id", a))),
    m.ChecklistTemplate: EVERY_ROW,
    m.FundAccount: EVERY_ROW,
    m.CashEntry: EVERY_ROW,
    m.Receivable: Rule(**VIA_CUSTOMER, service=lambda c, a: c.work_order_id.is_not(None)),
    m.ReceivableEntry: Rule(**VIA_CUSTOMER),
    m.Receipt: Rule(**VIA_CUSTOMER),
    m.PrepaidBalance: NOBODY,
    m.PrepaidEntry: Rule(**VIA_CUSTOMER),
    m.PrepaidRefund: Rule(**VIA_CUSTOMER),
    m.Retention: Rule(**VIA_CUSTOMER),
    m.InstalmentPlan: Rule(**VIA_CUSTOMER),
    m.DocumentSequence: NOBODY,
    m.StateChange: EVERY_ROW,
    m.RequestKey: NOBODY,
    m.AuditLog: EVERY_ROW,
    m.ExportLog: EVERY_ROW,
    m.Notification: Rule(own=lambda c, a: c.to_id == a.employee_id),
    m.NightlyRun: EVERY_ROW,
    m.LoginSession: NOBODY,
    m.LoginAttempt: NOBODY,
    m.AccountState: NOBODY,
    m.Job: Rule(own=lambda c, a: c.asked_by_id == a.employee_id),
    m.JobFile: NOBODY,
    m.JobFilePart: NOBODY,
    m.NoticeChannel: EVERY_ROW,
    m.NoticePreference: NOBODY,
    m.OutboxMessage: EVERY_ROW,
    m.SavedView: Rule(own=lambda c, a: c.owner_id == a.employee_id),
    m.ListLook: NOBODY,
    m.Dealer: EVERY_ROW,
    m.BackupRun: EVERY_ROW,
    m.PrintTemplate: EVERY_ROW,
    m.PrintLog: EVERY_ROW,
    m.Attachment: OfDocument(),
    m.AttachmentContent: NOBODY,
}
RULES |= {
    m.PartCategory: EVERY_ROW,
    m.Part: EVERY_ROW,
    m.PartSubstitute: EVERY_ROW,
    m.SaleType: EVERY_ROW,
    m.Bin: Rule(
        own=lambda c, a: c.warehouse_id.in_(a.warehouse_ids), kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids)
    ),
    m.StockBalance: Rule(
        own=lambda c, a: c.warehouse_id.in_(a.warehouse_ids), kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids)
    ),
    m.StockMove: Rule(
        kept=lambda c, a: sa.or_(c.source_id.in_(a.warehouse_ids), c.target_id.in_(a.warehouse_ids)),
        own=lambda c, a: sa.or_(c.source_id.in_(a.warehouse_ids), c.target_id.in_(a.warehouse_ids)),
    ),
    m.PurchaseOrder: Rule(kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids)),
    m.PurchaseReturn: Rule(kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids)),
    m.PurchaseProposal: Rule(kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids)),
    m.InboundReceipt: Rule(kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids)),
    m.PartQuotation: Rule(**VIA_CUSTOMER, service=lambda c, a: c.created_by_id.in_(_staff(a))),
    m.PartSale: Rule(
        **SALESPERSON,
        service=lambda c, a: c.refurb_unit_id.is_not(None),
        kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids),
    ),
    m.PartOutbound: Rule(
        kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids),
        own=lambda c, a: c.sale_id.in_(_ids(SALE, SALE.c.salesperson_id == a.employee_id)),
        department=lambda c, a: c.sale_id.in_(_ids(SALE, SALE.c.salesperson_id.in_(_staff(a)))),
    ),
    m.SaleShortage: Rule(
        kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids),
        own=lambda c, a: c.sale_id.in_(_ids(SALE, SALE.c.salesperson_id == a.employee_id)),
        department=lambda c, a: c.sale_id.in_(_ids(SALE, SALE.c.salesperson_id.in_(_staff(a)))),
    ),
    m.SaleReturn: Rule(**VIA_CUSTOMER, kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids)),
    m.StockTransfer: Rule(
        kept=lambda c, a: sa.or_(c.source_id.in_(a.warehouse_ids), c.target_id.in_(a.warehouse_ids)),
        own=lambda c, a: sa.or_(c.source_id.in_(a.warehouse_ids), c.target_id.in_(a.warehouse_ids)),
    ),
    m.PartRequest: Rule(
        own=lambda c, a: c.technician_id == a.employee_id, department=lambda c, a: c.technician_id.in_(_staff(a))
    ),
    m.RequestLine: Rule(
        own=lambda c, a: c.request_id.in_(_my_requests(a)),
        department=lambda c, a: c.request_id.in_(_our_requests(a)),
        kept=_out_of_my_stores,
    ),
    m.EmergencyPurchase: Rule(
        own=lambda c, a: c.request_id.in_(_my_requests(a)),
        department=lambda c, a: c.request_id.in_(_our_requests(a)),
        kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids),
    ),
    m.WarrantyClaim: Rule(assigned=lambda c, a: c.work_order_id.in_(_my_orders(a))),
    m.ServiceReminder: Rule(**VIA_CUSTOMER),
    m.OldPart: Rule(own=lambda c, a: c.technician_id == a.employee_id),
    m.StockCount: Rule(
        own=lambda c, a: c.warehouse_id.in_(a.warehouse_ids),
        kept=lambda c, a: c.warehouse_id.in_(a.warehouse_ids),
        department=lambda c, a: c.warehouse_id.in_(_ids(WAREHOUSE, WAREHOUSE.c.owner_id.in_(_staff(a)))),
    ),
    m.Payable: Rule(),
    m.PayableCredit: Rule(),
    m.Payment: Rule(),
    m.ClaimedExpense: Rule(
        own=lambda c, a: c.created_by_id == a.employee_id,
        department=lambda c, a: sa.or_(c.created_by_id == a.employee_id, c.department_id.in_(a.department_ids)),
    ),
    m.Expense: Rule(department=lambda c, a: c.department_id.in_(a.department_ids)),
}
RULES |= {
    m.MeterReading: _part_of(m.MachineUnit, "unit_id"),
    m.PurchaseLine: _part_of(m.PurchaseOrder, "order_id"),
    m.ClaimLine: _part_of(m.WarrantyClaim, "claim_id"),
    m.PurchaseReturnLine: _part_of(m.PurchaseReturn, "return_id"),
    m.InboundLine: _part_of(m.InboundReceipt, "receipt_id"),
    m.QuotationLine: _part_of(m.PartQuotation, "quotation_id"),
    m.SaleLine: _part_of(m.PartSale, "sale_id"),
    m.SaleCoupon: _part_of(m.PartSale, "sale_id"),
    m.OutboundLine: _part_of(m.PartOutbound, "outbound_id"),
    m.ReturnLine: _part_of(m.SaleReturn, "return_id"),
    m.TransferLine: _part_of(m.StockTransfer, "transfer_id"),
    m.CountLine: _part_of(m.StockCount, "count_id"),
    m.PaymentLine: _part_of(m.Payment, "payment_id"),
    m.WarehouseKeeper: _part_of(m.Warehouse, "warehouse_id"),
    m.ContractLine: _lines_of_contracts(),
    m.ContractFee: _part_of(m.MachineContract, "contract_id"),
    m.ContractGift: _part_of(m.MachineContract, "contract_id"),
    m.ContractInstalment: _part_of(m.MachineContract, "contract_id"),
    m.Guarantor: _part_of(m.MachineContract, "contract_id"),
    m.ApprovalRecord: _part_of(m.MachineContract, "contract_id"),
    m.AmendmentLine: _part_of(m.ContractAmendment, "amendment_id"),
    m.AmendmentFee: _part_of(m.ContractAmendment, "amendment_id"),
    m.AmendmentGift: _part_of(m.ContractAmendment, "amendment_id"),
    m.AmendmentInstalment: _part_of(m.ContractAmendment, "amendment_id"),
    m.AmendmentGuarantor: _part_of(m.ContractAmendment, "amendment_id"),
    m.MachinePurchaseLine: _part_of(m.MachinePurchase, "purchase_id"),
    m.ApprovalStep: _part_of(m.ApprovalRule, "rule_id"),
    m.CouponEntry: _part_of(m.Coupon, "coupon_id"),
    m.WorkAssignment: _part_of(m.WorkOrder, "work_order_id"),
    m.WorkOrderPart: _part_of(m.WorkOrder, "work_order_id"),
    m.ChecklistAnswer: _part_of(m.WorkOrder, "work_order_id"),
    m.ChecklistItem: _part_of(m.ChecklistTemplate, "template_id"),
    m.ReceiptFund: _part_of(m.Receipt, "receipt_id"),
    m.ReceiptAllocation: _part_of(m.Receipt, "receipt_id"),
    m.SurveyQuestion: _part_of(m.SurveyTemplate, "template_id"),
    m.SurveyAnswer: _part_of(m.VisitTask, "visit_id"),
    m.RetentionDecision: _part_of(m.Retention, "retention_id"),
    m.PlanRow: _part_of(m.InstalmentPlan, "plan_id"),
}

TABLES = {entity.__tablename__: entity for entity in RULES}

_elevated: ContextVar[bool] = ContextVar("elevated", default=False)


@contextmanager
def elevated() -> Iterator[None]:
    """The house reads and writes: inside verbs, for histories of a document that was checked, for counts of todos."""
    token = _elevated.set(True)
    try:
        yield
    finally:
        _elevated.reset(token)


def is_elevated() -> bool:
    """Whether the house is at work, not the person."""
    return _elevated.get()


def criterion(entity: type[m.Entity], actor: Actor, verb: str | None = None) -> Any:
    """The rule of an entity for an actor, as SQL on the entity, or True or False; with a verb, the rows it reaches."""
    if actor.is_system:
        return True
    return RULES[entity].criterion(entity, actor, entity.__name__, verb)


def reaches(actor: Actor, row: m.Entity, verb: str | None = None) -> bool:
    """Whether the row is among those the actor sees, or may treat with this verb: several roles do not mix."""
    entity = type(row)
    rule = criterion(entity, actor, verb)
    if isinstance(rule, bool):
        return rule
    with elevated():
        found = sa.select(entity.id).where(entity.id == row.id, rule)
        return object_session(row).scalar(found) is not None  # type: ignore[union-attr]


def _follows_reference(state: ORMExecuteState) -> bool:
    """Whether this is the load of one target behind a reference of a row that is already visible."""
    path = state.loader_strategy_path
    steps = [step for step in (path.path if path else ()) if isinstance(step, RelationshipProperty)]
    return bool(steps) and not steps[-1].uselist


def _elements(statement: Any) -> list[Any]:
    """Everything a statement is made of, from the outside in, each once: sums over sums name one sub-query many times."""
    found, known = [statement], {id(statement)}
    for element in found:
        for child in element.get_children():
            if id(child) not in known:
                known.add(id(child))
                found.append(child)
    return found


def _plugin(elements: list[Any]) -> Any:
    """What makes a statement one on entities. `exists()` and aggregates with OVER or FILTER do not hand it up by themselves."""
    return next((e._propagate_attrs for e in elements if getattr(e, "_propagate_attrs", None)), None)


def _forget_the_parents_rows(state: ORMExecuteState) -> None:
    """What narrowed the list comes along with the load of its references; what a row of one's own names is read all the same."""
    told = state.statement._with_options  # type: ignore[attr-defined]
    kept = tuple(option for option in told if not isinstance(option, LoaderCriteriaOption))
    if len(kept) != len(told):
        state.statement = state.statement._generate()  # type: ignore[attr-defined]
        state.statement._with_options = kept  # type: ignore[attr-defined]


@event.listens_for(Session, "do_orm_execute")
def _restrict(state: ORMExecuteState) -> Any:
    if state.is_column_load or _elevated.get():
        return None
    if state.is_relationship_load and _follows_reference(state):
        _forget_the_parents_rows(state)
        return None
    elements = _elements(state.statement)
    plugin = _plugin(elements)
    if plugin is None and not state.is_orm_statement:
        return None
    names = {t.name for t in elements if t.__visit_name__ == "table"}
    scoped = [TABLES[name] for name in names if name in TABLES]
    if not scoped and not state.is_from_statement:
        return None
    actor = acting.current()
    if actor.is_system:
        return None
    if state.is_from_statement or state.is_insert or (state.is_update and isinstance(state.parameters, list)):
        # this way of reading or writing knows no rows of persons: use entities, or let the house do it
        raise NotAllowed(gettext("There is no such action"))
    options = []
    for entity in scoped:
        rule = criterion(entity, actor)
        if rule is not True:
            rule = sa.false() if rule is False else rule
            options.append(with_loader_criteria(entity, rule, include_aliases=True, propagate_to_loaders=False))
    if options:
        state.statement = state.statement.options(*options)
        if not state.is_orm_statement:
            return state.invoke_statement(state.statement._set_propagate_attrs(plugin))
    return None


def _may_see(session: Session, entity: type[m.Entity], row_id: int) -> bool:
    return session.scalar(sa.select(entity.id).where(entity.id == row_id)) is not None


STAMPS = frozenset({"created_by_id", "changed_by_id", "picked_by_id", "posted_by_id", "by_id"})


def _check_references(session: Session, row: m.Entity, is_new: bool) -> None:
    state = sa.inspect(row)
    for column in state.mapper.columns:
        target = next((TABLES.get(fk.column.table.name) for fk in column.foreign_keys), None)
        name = state.mapper.get_property_by_column(column).key
        value = getattr(row, name)
        if target is None or value is None or name in STAMPS:
            continue
        if (is_new or state.attrs[name].history.has_changes()) and not _may_see(session, target, value):
            raise NotYours(
                gettext(
                    "%(label)s: this record does not exist or is not yours", label=str(column.info.get("label", name))
                ),
                field=name.removesuffix("_id"),
            )


@event.listens_for(Session, "before_flush")
def _guard_old_rows(session: Session, _context: Any, _instances: Any) -> None:
    """What is changed or deleted was the person's before; a row reached through a reference is not his to take over."""
    if _elevated.get():
        return
    touched = [row for row in session.dirty if isinstance(row, m.Entity) and session.is_modified(row)]
    touched += [row for row in session.deleted if isinstance(row, m.Entity)]
    if not touched or acting.current().is_system:
        return
    for row in touched:
        if not _may_see(session, type(row), sa.inspect(row).identity[0]):
            raise NotYours(gettext("This record does not exist or is not yours"))


@event.listens_for(Session, "after_flush")
def _guard_writes(session: Session, context: Any) -> None:
    if _elevated.get():
        return
    fresh = [row for row in session.new if isinstance(row, m.Entity)]
    changed = [row for row in session.dirty if isinstance(row, m.Entity) and session.is_modified(row)]
    changed = [
        row for row in changed if not context.is_deleted(sa.inspect(row))
    ]  # a line taken out of its paper is gone
    if not (fresh or changed) or acting.current().is_system:
        return
    for row in (*fresh, *changed):
        if not _may_see(session, type(row), row.id):
            raise NotYours(gettext("This record does not exist or is not yours"))
        _check_references(session, row, row in fresh)
