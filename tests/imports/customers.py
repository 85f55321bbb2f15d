"""Files of customers, right ones and ones with faults planted in known places."""

from __future__ import annotations

from typing import Any

from stdnum.cn import ric, uscc

from tests.imports.kit import book

HEADS = ["客户类型", "客户名称", "信用代码或身份证号", "联系电话", "法定代表人", "市", "地址", "业务员"]


def code_of(number: int) -> str:
    """A well-formed credit code, another for each number."""
    stem = f"9134{number:013d}"
    return stem + uscc.calc_check_digit(stem)


def id_of(number: int) -> str:
    """A well-formed ID number, another for each number below 300,000."""
    stem = f"3401{number // 27_000 + 10:02d}{1950 + number // 900 % 30}0{number // 100 % 9 + 1}1{number // 1000 % 9}{number % 1000:03d}"
    return stem + ric.calc_check_digit(stem + "0")


def row(number: int, **more: Any) -> list[Any]:
    """A right row: every third is a person."""
    is_person = number % 3 == 0
    values = {
        "kind": "对私" if is_person else "对公",
        "name": f"导入客户{number}" + ("" if is_person else "有限公司"),
        "identity": id_of(number) if is_person else code_of(number),
        "mobile": f"13{number:09d}",
        "legal_rep": None if is_person else f"法人{number}",
        "city": "合肥市",
        "address": f"工业路 {number} 号",
        "salesperson": "张敏" if number % 2 else "刘洋",
    }
    return list((values | more).values())


FAULTS: list[dict[str, Any]] = [
    {"name": None},
    {"mobile": "1380"},
    {"mobile": "电话"},
    {"identity": "91340000000000000X"},
    {"identity": None},
    {"kind": "国企"},
    {"salesperson": "不存在"},
]


def file_of(count: int, faults: int = 0) -> bytes:
    """So many customers; the faults are spread evenly, one a row."""
    rows = [row(n) for n in range(1, count + 1)]
    for place in range(faults):
        at = (place + 1) * count // (faults + 1)
        rows[at] = row(at + 1, **FAULTS[place % len(FAULTS)])
    return book(HEADS, rows)
