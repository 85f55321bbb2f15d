"""Parts with paper and pencil: what stands where, what it is worth, who owes what, with none of the house's code.

Every verb is a method that changes the notes or raises `Wrong`; the caller works on a copy and keeps it when it held.
Formulas: flows.md C2.2 and C3.3, in fractions, rounded half up once.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

D = Decimal
ZERO = Decimal(0)
MAIN, BRANCH, TRANSIT = "ZK", "FK", "TRANSIT"
CREDIT_DAYS, LATE_DAYS = 30, 90


class Wrong(Exception):
    """The house has to refuse this."""


def want(is_so: bool) -> None:
    """What has to be so for the verb to be right."""
    if not is_so:
        raise Wrong


def yuan(value: Fraction | Decimal) -> Decimal:
    """Half up to the cent, exactly."""
    return Decimal(math.floor(Fraction(value) * 100 + Fraction(1, 2))) / 100


@dataclass
class Shelf:
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    reserved: Decimal = ZERO
    is_frozen: bool = False


@dataclass
class Voucher:
    customer: int
    face: Decimal
    left: Decimal
    last: dt.date


@dataclass
class OrderLine:
    part: int
    quantity: Decimal
    price: Decimal
    agreed: Decimal | None
    came: Decimal = ZERO
    came_gross: Decimal = ZERO
    came_net: Decimal = ZERO

    @property
    def gross(self) -> Decimal:
        return self.agreed if self.agreed is not None else yuan(Fraction(self.quantity) * Fraction(self.price))

    @property
    def net(self) -> Decimal:
        return yuan(Fraction(self.gross) / Fraction("1.13"))


@dataclass
class Receipt:
    """A 待入库 of an order: (line of the order, planned); once received, what came and what it was worth."""

    planned: list[tuple[int, Decimal]]
    came: list[tuple[int, Decimal, Decimal, Decimal]] = field(default_factory=list)
    state: str = "PENDING"


@dataclass
class Order:
    place: str
    lines: list[OrderLine]
    receipts: list[Receipt] = field(default_factory=list)


@dataclass
class SaleLine:
    part: int
    quantity: Decimal
    price: Decimal
    shipped: Decimal = ZERO
    cost: Decimal = ZERO
    back: Decimal = ZERO
    back_cost: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        return yuan(Fraction(self.quantity) * Fraction(self.price))


@dataclass
class Outbound:
    planned: list[tuple[int, Decimal]]
    state: str = "PENDING"


@dataclass
class Return:
    place: str
    lines: list[tuple[int, Decimal]]
    amount: Decimal = ZERO
    credited: Decimal = ZERO
    coupon: Decimal = ZERO
    money: Decimal = ZERO
    state: str = "DRAFT"


@dataclass
class Sale:
    """customer: None for internal use. coupons and paid_coupons: (coupon, yuan) as they were redeemed, oldest first."""

    customer: int | None
    place: str
    is_cash: bool
    discount: Decimal
    lines: list[SaleLine]
    coupons: list[tuple[int, Decimal]]
    redeemed: list[tuple[int, Decimal]] = field(default_factory=list)
    given: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    outbounds: list[Outbound] = field(default_factory=list)
    returns: dict[int, Return] = field(default_factory=dict)
    state: str = "PENDING"
    due: dt.date | None = None
    paid: Decimal = ZERO
    credited: Decimal = ZERO

    @property
    def goods(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO) if self.customer else ZERO

    @property
    def net(self) -> Decimal:
        return self.goods - min(self.discount, self.goods)

    @property
    def debt(self) -> Decimal:
        return self.net - sum((a for _, a in self.coupons), ZERO)

    @property
    def unpaid(self) -> Decimal:
        return self.debt - self.paid - self.credited if self.state == "APPROVED" else ZERO


@dataclass
class Transfer:
    source: str
    target: str
    lines: list[tuple[int, Decimal]]
    values: dict[int, Decimal] = field(default_factory=dict)
    missing: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    state: str = "PENDING"


@dataclass
class Count:
    place: str
    book: dict[int, tuple[Decimal, Decimal]]
    found: dict[int, Decimal] = field(default_factory=dict)
    gains: dict[int, Decimal] = field(default_factory=dict)
    state: str = "COUNTING"


@dataclass
class Notes:
    """All that has been noted down."""

    day: dt.date
    limit: Decimal
    limit_until: dt.date
    vouchers: dict[int, Voucher]
    shelves: dict[tuple[int, str], Shelf] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    sales: dict[int, Sale] = field(default_factory=dict)
    transfers: dict[int, Transfer] = field(default_factory=dict)
    counts: dict[int, Count] = field(default_factory=dict)
    bought: list[tuple[int, Decimal, Decimal, Receipt]] = field(default_factory=list)
    expenses: Decimal = ZERO
    money: Decimal = ZERO

    # -- shelves --------------------------------------------------------------------------------------------------

    def take(
        self, part: int, place: str, quantity: Decimal, value: Decimal | None = None, *, is_promised: bool = False
    ) -> Decimal:
        """Out: the whole amount with the last piece, else at the average; or at exactly `value`."""
        shelf = self.shelves.setdefault((part, place), Shelf())
        others = shelf.reserved - quantity if is_promised else shelf.reserved
        want(not shelf.is_frozen and quantity <= shelf.quantity - others)
        if value is None:
            value = (
                shelf.value
                if quantity == shelf.quantity
                else yuan(Fraction(quantity) * Fraction(shelf.value) / Fraction(shelf.quantity))
            )
        want(value <= shelf.value and (quantity != shelf.quantity or value == shelf.value))
        shelf.quantity, shelf.value = shelf.quantity - quantity, shelf.value - value
        if is_promised:
            shelf.reserved -= quantity
        return value

    def put(self, part: int, place: str, quantity: Decimal, value: Decimal) -> None:
        shelf = self.shelves.setdefault((part, place), Shelf())
        want(not shelf.is_frozen)
        shelf.quantity, shelf.value = shelf.quantity + quantity, shelf.value + value

    # -- purchase -------------------------------------------------------------------------------------------------

    def order(self, key: int, place: str, lines: list[OrderLine]) -> None:
        planned = [(n, line.quantity) for n, line in enumerate(lines)]
        self.orders[key] = Order(place, lines, [Receipt(planned)])

    def receive(self, key: int, number: int, came: list[Decimal]) -> None:
        order, receipt = self.orders[key], self.orders[key].receipts[number]
        want(receipt.state == "PENDING" and any(came))
        want(all(ZERO <= q <= planned for q, (_, planned) in zip(came, receipt.planned, strict=True)))
        rest = []
        for quantity, (n, planned) in zip(came, receipt.planned, strict=True):
            line = order.lines[n]
            if quantity:
                gross, net = self._worth(line, quantity)
                line.came, line.came_gross, line.came_net = (
                    line.came + quantity,
                    line.came_gross + gross,
                    line.came_net + net,
                )
                self.put(line.part, order.place, quantity, net)
                receipt.came.append((n, quantity, gross, net))
                self.bought.append((line.part, quantity, net, receipt))
            if quantity < planned:
                rest.append((n, planned - quantity))
        receipt.state = "DONE"
        if rest:
            order.receipts.append(Receipt(rest))

    @staticmethod
    def _worth(line: OrderLine, quantity: Decimal) -> tuple[Decimal, Decimal]:
        """Its share of the line; the last receipt takes the rest, and none takes more than is left."""
        left_gross, left_net = line.gross - line.came_gross, line.net - line.came_net
        if line.came + quantity == line.quantity:
            return left_gross, left_net
        whole = line.agreed if line.agreed is not None else Fraction(line.quantity) * Fraction(line.price)
        gross = min(yuan(Fraction(whole) * Fraction(quantity) / Fraction(line.quantity)), left_gross)
        return gross, min(yuan(Fraction(gross) / Fraction("1.13")), left_net)

    def reverse(self, key: int, number: int) -> None:
        order, receipt = self.orders[key], self.orders[key].receipts[number]
        want(receipt.state == "DONE")
        for n, quantity, gross, net in receipt.came:
            line = order.lines[n]
            self.take(line.part, order.place, quantity, net)
            line.came, line.came_gross, line.came_net = (
                line.came - quantity,
                line.came_gross - gross,
                line.came_net - net,
            )
        receipt.state = "REVERSED"
        order.receipts.append(Receipt([(n, q) for n, q, _, _ in receipt.came]))

    # -- sale -----------------------------------------------------------------------------------------------------

    def submit(self, key: int, sale: Sale) -> None:
        want(all(amount <= self.vouchers[c].left and self.day <= self.vouchers[c].last for c, amount in sale.coupons))
        self._check_credit(sale)
        self.sales[key] = sale

    def approve(self, key: int) -> None:
        sale = self.sales[key]
        want(sale.state == "PENDING")
        self._check_credit(sale)
        for coupon, amount in sorted(sale.coupons):
            self._redeem(coupon, amount, sale)
            want(amount <= sale.goods)
        for line in sale.lines:
            shelf = self.shelves.setdefault((line.part, sale.place), Shelf())
            want(line.quantity <= shelf.quantity - shelf.reserved)
            shelf.reserved += line.quantity
        sale.state = "APPROVED"
        sale.due = self.day + dt.timedelta(days=0 if sale.is_cash else CREDIT_DAYS)
        sale.outbounds = [Outbound([(n, line.quantity) for n, line in enumerate(sale.lines)])]

    def _check_credit(self, sale: Sale) -> None:
        """On account: asked when it is submitted and again when it is approved."""
        if not sale.is_cash and sale.customer and sale.debt:
            open_ = [s for s in self.sales.values() if s.customer == sale.customer and s.unpaid]
            want(self.day <= self.limit_until and sum((s.unpaid for s in open_), ZERO) + sale.debt <= self.limit)
            want(not any(s.due and s.due < self.day - dt.timedelta(days=LATE_DAYS) for s in open_))

    def _redeem(self, coupon: int, amount: Decimal, sale: Sale) -> None:
        voucher = self.vouchers[coupon]
        want(voucher.customer == sale.customer and amount <= voucher.left and self.day <= voucher.last)
        voucher.left -= amount
        sale.redeemed.append((coupon, amount))

    def pay(self, key: int, money: Decimal, coupons: list[tuple[int, Decimal]]) -> None:
        sale = self.sales[key]
        amount = money + sum((a for _, a in coupons), ZERO)
        want(amount <= sale.unpaid)
        for coupon, part in coupons:
            self._redeem(coupon, part, sale)
        sale.paid += amount
        self.money += money

    def ship(self, key: int, number: int, sent: list[Decimal]) -> None:
        sale, paper = self.sales[key], self.sales[key].outbounds[number]
        want(paper.state == "PENDING" and any(sent))
        want(all(ZERO <= q <= planned for q, (_, planned) in zip(sent, paper.planned, strict=True)))
        want(not (sale.is_cash and sale.unpaid))
        rest = []
        for quantity, (n, planned) in zip(sent, paper.planned, strict=True):
            line = sale.lines[n]
            if quantity:
                cost = self.take(line.part, sale.place, quantity, is_promised=True)
                line.shipped, line.cost = line.shipped + quantity, line.cost + cost
                self.expenses += ZERO if sale.customer else cost
            if quantity < planned:
                rest.append((n, planned - quantity))
        paper.state = "DONE"
        if rest:
            sale.outbounds.append(Outbound(rest))

    def cancel(self, key: int) -> None:
        """What was paid in money is prepaid then; what a receipt paid with a coupon never becomes money."""
        sale = self.sales[key]
        want(sale.state == "APPROVED" and not any(line.shipped for line in sale.lines))
        want(len(sale.redeemed) == len(sale.coupons))
        for line in sale.lines:
            self.shelves[line.part, sale.place].reserved -= line.quantity
        for coupon, amount in sale.redeemed:
            self.vouchers[coupon].left += amount
        sale.redeemed = []
        sale.outbounds[0].state = sale.state = "CANCELLED"

    # -- return ---------------------------------------------------------------------------------------------------

    def write_return(self, key: int, number: int, paper: Return) -> None:
        """Draft: more than is out is refused when it is written as well as when it comes."""
        self._check_return(self.sales[key], paper)
        self.sales[key].returns[number] = paper

    def _check_return(self, sale: Sale, paper: Return) -> None:
        want(sale.customer is not None)
        for n, quantity in paper.lines:
            want(ZERO < quantity <= sale.lines[n].shipped - sale.lines[n].back)

    def take_back(self, key: int, number: int) -> None:
        """In at the cost of issue pro rata; the last piece out there takes the rest, and none takes more than is left."""
        sale, paper = self.sales[key], self.sales[key].returns[number]
        want(paper.state == "DRAFT")
        self._check_return(sale, paper)
        paper.amount = self._price(sale, paper)
        for n, quantity in paper.lines:
            line = sale.lines[n]
            cost = left = line.cost - line.back_cost
            if line.back + quantity < line.shipped:
                cost = min(yuan(Fraction(line.cost) * Fraction(quantity) / Fraction(line.shipped)), left)
            line.back, line.back_cost = line.back + quantity, line.back_cost + cost
            self.put(line.part, paper.place, quantity, cost)
        paper.state = "RECEIVED"

    @staticmethod
    def _price(sale: Sale, paper: Return) -> Decimal:
        """Goods at their price after discount; the return that ends the sale takes the rest of its price."""
        left = sale.net - sum((r.amount for r in sale.returns.values() if r.state in ("RECEIVED", "REFUNDED")), ZERO)
        now = dict(paper.lines)
        if all(line.back + now.get(n, ZERO) == line.quantity for n, line in enumerate(sale.lines)):
            return left
        share = Fraction(sale.net) / Fraction(sale.goods) if sale.goods else Fraction(0)
        amount = ZERO
        for n, q in paper.lines:
            amount += min(yuan(Fraction(q) * Fraction(sale.lines[n].price) * share), left - amount)
        return amount

    def refund(self, key: int, number: int) -> None:
        """Off the debt first; then coupon and money as they were paid. A coupon never becomes money."""
        sale, paper = self.sales[key], self.sales[key].returns[number]
        want(paper.state == "RECEIVED")
        refunded = [r for r in sale.returns.values() if r.state == "REFUNDED"]
        was_paid = sum((a for _, a in sale.coupons), ZERO) + sale.paid
        paper.credited = min(paper.amount, sale.unpaid)
        sale.credited += paper.credited
        rest = paper.amount - paper.credited
        share = sum((a for _, a in sale.redeemed), ZERO)
        left = share - sum((r.coupon for r in refunded), ZERO)
        if rest and sum((r.amount for r in refunded), paper.amount) == sale.net:
            paper.coupon = min(left, rest)
        elif was_paid:
            paper.coupon = min(yuan(Fraction(rest) * Fraction(share) / Fraction(was_paid)), left)
        paper.money = rest - paper.coupon
        self.money -= paper.money
        self._give_back(sale, paper.coupon)
        paper.state = "REFUNDED"

    def _give_back(self, sale: Sale, amount: Decimal) -> None:
        """To the coupons it came from, the latest redemption first."""
        taken: dict[int, Decimal] = defaultdict(Decimal)
        for coupon, part in sale.redeemed:
            taken[coupon] += part
        for coupon in dict.fromkeys(c for c, _ in reversed(sale.redeemed)):
            part = min(amount, taken[coupon] - sale.given[coupon])
            sale.given[coupon] += part
            self.vouchers[coupon].left += part
            amount -= part
        assert amount == 0

    # -- transfer -------------------------------------------------------------------------------------------------

    def plan(self, key: int, transfer: Transfer) -> None:
        """Nobody plans to send what is not free; a shelf that is being counted may still be planned with."""
        for part, quantity in transfer.lines:
            shelf = self.shelves.get((part, transfer.source), Shelf())
            want(quantity <= shelf.quantity - shelf.reserved)
        self.transfers[key] = transfer

    def leave(self, key: int) -> None:
        transfer = self.transfers[key]
        want(transfer.state == "PENDING")
        for part, quantity in transfer.lines:
            value = self.take(part, transfer.source, quantity)
            self.put(part, TRANSIT, quantity, value)
            transfer.values[part] = value
        transfer.state = "IN_TRANSIT"

    def arrive(self, key: int, came: list[Decimal]) -> None:
        transfer = self.transfers[key]
        want(transfer.state == "IN_TRANSIT")
        for (part, quantity), here in zip(transfer.lines, came, strict=True):
            want(ZERO <= here <= quantity)
            value = whole = transfer.values[part]
            if here < quantity:
                value = yuan(Fraction(whole) * Fraction(here) / Fraction(quantity))
                transfer.missing[part] = (quantity - here, whole - value)
            if here:
                self.take(part, TRANSIT, here, value)
                self.put(part, transfer.target, here, value)
        transfer.state = "SHORT" if transfer.missing else "DONE"

    def settle(self, key: int, *, is_loss: bool) -> None:
        transfer = self.transfers[key]
        want(transfer.state == "SHORT")
        for part, (quantity, value) in transfer.missing.items():
            self.take(part, TRANSIT, quantity, value)
            if is_loss:
                self.expenses += value
            else:
                self.put(part, transfer.source, quantity, value)
        transfer.state = "DONE"

    # -- count ----------------------------------------------------------------------------------------------------

    def start(self, key: int, place: str) -> None:
        mine = {part: shelf for (part, where), shelf in self.shelves.items() if where == place}
        want(bool(mine) and not any(shelf.is_frozen for shelf in mine.values()))
        self.counts[key] = Count(place, {part: (s.quantity, s.value) for part, s in mine.items()})
        for shelf in mine.values():
            shelf.is_frozen = True

    def enter(self, key: int, found: dict[int, Decimal]) -> None:
        want(self.counts[key].state == "COUNTING" and all(q >= 0 for q in found.values()))
        count = self.counts[key]
        count.found, count.state = found, "REVIEWING"
        count.gains = {
            part: yuan(Fraction(found[part] - quantity) * self._average(part, quantity, value))
            for part, (quantity, value) in count.book.items()
            if found[part] > quantity
        }

    def _average(self, part: int, quantity: Decimal, value: Decimal) -> Fraction:
        """Of the books; where they hold nothing, of the last purchase that stands and was not for nothing."""
        if quantity:
            return Fraction(value) / Fraction(quantity)
        stands = [(q, net) for p, q, net, receipt in self.bought if p == part and net and receipt.state == "DONE"]
        return Fraction(stands[-1][1]) / Fraction(stands[-1][0]) if stands else Fraction(0)

    def agree(self, key: int, *, worth_nothing: bool) -> None:
        """What comes in for nothing comes in only when that is confirmed."""
        count = self.counts[key]
        want(count.state == "REVIEWING" and (worth_nothing or all(count.gains.values())))
        self._thaw(count)
        for part, (quantity, _value) in count.book.items():
            more = count.found[part] - quantity
            if more > 0:
                self.put(part, count.place, more, count.gains[part])
            elif more < 0:
                self.take(part, count.place, -more)
        count.state = "DONE"

    def drop(self, key: int) -> None:
        want(self.counts[key].state in ("COUNTING", "REVIEWING"))
        self._thaw(self.counts[key])
        self.counts[key].state = "CANCELLED"

    def _thaw(self, count: Count) -> None:
        for part in count.book:
            self.shelves[part, count.place].is_frozen = False
