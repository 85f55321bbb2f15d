"""人民币大写: the amount in words of finance, for contracts, receipts and the foot of order lines."""

from decimal import Decimal

from .money import cents

YI = Decimal(100_000_000)


def chinese_amount(amount: Decimal) -> str:
    """壹佰元零伍分 for 100.05; up to 10^16 yuan, negative amounts with 负.

    cn2an drops a 零 above 亿 when the group of 万 is empty, so the number is split at 亿 and put together here.
    """
    amount = cents(amount)
    if amount < 0:
        return "负" + chinese_amount(-amount)
    high, low = divmod(amount, YI)
    if high == 0:
        return _in_words(low, "rmb")
    head = _in_words(int(high), "up") + "亿"
    if low == 0:
        return head + "元整"
    if low < 1:
        return head + "元" + ("零" if low < Decimal("0.1") else "") + _in_words(low, "rmb").lstrip("零")
    return head + ("零" if low < 10_000_000 else "") + _in_words(low, "rmb")


def _in_words(value: Decimal | int, mode: str) -> str:
    import cn2an  # 4 MB, for those who print

    return str(cn2an.an2cn(str(value), mode))
