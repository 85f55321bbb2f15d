"""The Chinese catalogue: every word of the code that a person sees, translated once, compiled for `gettext`.

`python -m app.chinese` extracts, updates and compiles; `--check` changes nothing and fails with a list.
The same msgid is the same Chinese everywhere; where English has one word and the trade two, the msgid has a context:
`_p("used part", "Withdraw")` in code (`lazy_pgettext as _p`), `pgettext("used part", "Withdraw")` in templates and sentences.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from flask_babel import lazy_gettext as _

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "translations" / "zh_Hans" / "LC_MESSAGES" / "messages.po"
IN_CONTEXT = ((1, "c"), 2)
KEYWORDS = DEFAULT_KEYWORDS | {
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": IN_CONTEXT,
    "_p": IN_CONTEXT,
}
HOLE = re.compile(r"%(?:\(\w+\))?[-+ #0]*[\d.]*[a-zA-Z%]")

# Said by the framework, worded by us: our catalogue is read after its own.
FRAMEWORK = (
    _("Access is Denied"),
    _("Already exists."),
    _("Invalid login. Please try again."),
    _("Not a valid choice"),
)


def source() -> Catalog:
    """What the code says now, without translations; where, by file."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog(locale="zh_Hans")
    for name, _line, words, comments, context in extract_from_dir(ROOT, methods, options, KEYWORDS, ["Translators:"]):
        found.add(words, locations=[(name.replace("\\", "/"), 0)], auto_comments=comments, context=context)
    return found


def stored() -> Catalog:
    """The catalogue as it is kept; an empty one before the first run."""
    if not PO.exists():
        return Catalog(locale="zh_Hans", project="Tiema", version="1", copyright_holder="Tiema")
    with PO.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def update() -> Catalog:
    """Bring the kept catalogue in line with the code and compile it; a word that comes back finds its old Chinese."""
    kept, now = stored(), source()
    now.creation_date = kept.creation_date
    for key, message in list(kept.obsolete.items()):
        if now.get(message.id, message.context) is not None:
            kept[message.id] = message
            del kept.obsolete[key]
    kept.update(now, no_fuzzy_matching=True, update_creation_date=False)
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, kept, width=0, include_lineno=False, sort_by_file=True)
    PO.with_suffix(".mo").write_bytes(compiled(kept))
    return kept


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as `gettext` reads it."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def faults() -> list[str]:
    """What is wrong with the kept catalogue, one line each; nothing when it is complete, tidy and compiled."""
    now, kept = by_name(source()), by_name(stored())
    wrong = [f"missing: {name}" for name in now.keys() - kept.keys()]
    wrong += [f"unused: {name}" for name in kept.keys() - now.keys()]
    for name, message in kept.items():
        if message.fuzzy:
            wrong.append(f"fuzzy: {name}")
        if not message.string or (isinstance(message.string, tuple) and not all(message.string)):
            wrong.append(f"untranslated: {name}")
        elif _holes(message, "id") != _holes(message, "string"):
            wrong.append(f"other placeholders: {name} → {message.string}")
    return sorted(wrong) + _stale(kept)


def by_name(catalogue: Catalog) -> dict[str, Message]:
    """The words of a catalogue by what a report calls them: the msgid, in front of it the context if it has one."""
    return {_name(message): message for message in catalogue if message.id}


def _name(message: Message) -> str:
    words = message.id if isinstance(message.id, str) else message.id[0]
    context = message.context
    if isinstance(context, bytes):  # as babel reads it from a compiled file
        context = context.decode()
    return f"[{context}] {words}" if context else words


def _holes(message: Message, side: str) -> set[str]:
    """The placeholders of a msgid or of its translation; order and repetition are the language's own affair."""
    words = getattr(message, side)
    return set(HOLE.findall(words if isinstance(words, str) else " ".join(words)))


def _stale(kept: dict[str, Message]) -> list[str]:
    path = PO.with_suffix(".mo")
    if not path.exists():
        return ["not compiled: messages.mo is missing"]
    with path.open("rb") as file:
        told = {name: m.string for name, m in by_name(read_mo(file)).items()}
    return (
        []
        if told == {name: m.string for name, m in kept.items() if m.string}
        else ["stale: messages.mo is not messages.po"]
    )


def main(arguments: list[str]) -> int:
    """The command; gives its exit status."""
    if "--check" not in arguments:
        print(f"{len(update())} words in {PO.relative_to(ROOT)}")  # noqa: T201
    wrong = faults()
    for line in wrong:
        print(line)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
