"""Rounding and value-added tax. Yuan, Decimal, half up; source: flows.md conventions."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    """The value rounded half up to two places."""
    return value.quantize(CENT, ROUND_HALF_UP)


def floor_cents(value: Decimal) -> Decimal:
    """The value cut after two places; the last part of a split takes the rest."""
    return value.quantize(CENT, ROUND_DOWN)


def without_tax(gross: Decimal, tax_rate: Decimal) -> Decimal:
    """The part of a tax-inclusive price that is not tax: gross / (1 + rate), rounded once."""
    return cents(gross / (1 + tax_rate))


def share(amount: Decimal, part: Decimal) -> Decimal:
    """amount × part (0.30 is 30 %), rounded once."""
    return cents(amount * part)


def spread(whole: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """`whole` divided by weights (not negative), to the cent; together exactly `whole`. Differences of rounded running sums."""
    parts: list[Decimal] = []
    total = sum(weights, Decimal(0))
    upto = before = Decimal(0)
    for weight in weights:
        upto += weight
        reached = cents(whole * upto / total) if total else Decimal(0)
        parts.append(reached - before)
        before = reached
    return parts
