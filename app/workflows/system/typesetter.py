"""Where a template is carried out: in the house for those that came along, in a process of its own for all others.

Started as a script it reads one order from standard input, answers on standard output and ends; it knows Jinja and nothing
of the house. It gives itself so much memory and time and no more, and whoever started it ends it when it is late.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from jinja2 import StrictUndefined, Undefined, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

FILTERS = (
    "default",
    "d",
    "length",
    "count",
    "join",
    "upper",
    "lower",
    "first",
    "last",
    "trim",
    "escape",
    "e",
    "truncate",
)
LONGEST = 2_000_000
FAULTS = (UndefinedError, SecurityError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError)
MEMORY = 512 * 2**20
SECONDS = 5  # of the processor


class TooLong(Exception):
    """More text than any paper has."""


class Shown:
    """A text that knows further texts by name: `doc.customer` is a name, `doc.customer.address` where he lives."""

    __slots__ = ("_text", "_values")

    def __init__(self, text: str, values: dict[str, Any]) -> None:
        self._text, self._values = text, values

    def __str__(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text or self._values)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]


class Drawn:
    """A square code that the house drew, carried over as it is; the only thing that is no text."""

    __slots__ = ("_drawn",)

    def __init__(self, drawn: str) -> None:
        self._drawn = drawn

    def __html__(self) -> str:
        return self._drawn


class Quiet(Undefined):
    """What the printing person may not know, and the columns of a reference that is empty: blank, all the way down."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "self":
            raise AttributeError(name)
        return self

    def __getitem__(self, _key: Any) -> Any:
        return self


def _environment(undefined: type[Undefined]) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=undefined, trim_blocks=True, lstrip_blocks=True, extensions=[],
        finalize=lambda value: "" if value is None else value,
    )  # fmt: skip
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    return made


STRICT, LENIENT = _environment(StrictUndefined), _environment(Quiet)


def set_(body: str, variables: dict[str, Any], *, strict: bool) -> str:
    """The text a template makes of the variables. Raises TooLong, or one of FAULTS."""
    length, parts = 0, []
    for part in (STRICT if strict else LENIENT).from_string(body).generate(variables):
        length += len(part)
        if length > LONGEST:
            raise TooLong
        parts.append(part)
    return "".join(parts)


def line_of(fault: BaseException) -> int:
    """The line of the template that a fault comes from: Jinja writes it into the trace."""
    line, trace = 1, fault.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def plain(value: Any) -> Any:
    """A variable as JSON can carry it."""
    if isinstance(value, Shown):
        return {"text": str(value), "values": plain(value._values)}
    if isinstance(value, Markup):
        return {"markup": str(value)}
    if isinstance(value, dict):
        return {"dict": {str(name): plain(entry) for name, entry in value.items()}}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value if value is None or isinstance(value, (bool, int)) else str(value)


def rich(value: Any) -> Any:
    """What `plain` made, as it was."""
    if isinstance(value, list):
        return [rich(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if "markup" in value:
        return Drawn(value["markup"])
    if "text" in value:
        return Shown(value["text"], rich(value["values"]))
    return {name: rich(entry) for name, entry in value["dict"].items()}


def _limit() -> None:
    """No more memory and time than a paper needs; where the system cannot say so, the house's own clock ends it."""
    try:
        import resource
    except ImportError:  # pragma: no cover - Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def main() -> None:
    """One order: {body, variables, strict}; one answer: {made}, or {fault, line, words}."""
    order = json.load(sys.stdin.buffer)
    _limit()
    try:
        answer: dict[str, Any] = {"made": set_(order["body"], rich(order["variables"]), strict=order["strict"])}
    except (*FAULTS, TooLong, MemoryError) as fault:
        answer = {"fault": type(fault).__name__, "line": line_of(fault), "words": str(fault)[:500]}
    sys.stdout.buffer.write(json.dumps(answer).encode())


if __name__ == "__main__":
    main()
