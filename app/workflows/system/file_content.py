"""What a file really is: found by looking at its bytes, whatever it is called; and the small picture of a photo.

Taken are PDF, JPG, PNG, WebP, Excel (.xlsx) and Word (.docx) of at most 20 MB. Everything here is arithmetic on bytes:
it is done before a transaction begins, a few photos at a time.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import unicodedata
import zipfile
from dataclasses import dataclass

from flask_babel import gettext
from PIL import Image, ImageOps

from ...errors import WrongAmount

MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 40_000_000
THUMBNAIL, SCREENFUL = 320, 1600
PDF, JPEG, PNG, WEBP = "application/pdf", "image/jpeg", "image/png", "image/webp"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS = {
    PDF: (".pdf",),
    JPEG: (".jpg", ".jpeg"),
    PNG: (".png",),
    WEBP: (".webp",),
    XLSX: (".xlsx",),
    DOCX: (".docx",),
}
OFFICE = {"xl/workbook.xml": XLSX, "word/document.xml": DOCX}
MOST_PARTS, MOST_UNPACKED = 5000, 300 * 1024 * 1024
APPLE = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypmsf1", b"ftyphevc")
LONGEST_NAME = 120
TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)  # said by the head of the file alone
UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, *TOO_MANY_PIXELS)

few_at_a_time = threading.BoundedSemaphore(2)  # a photo of 40 million pixels takes 160 MB while it is made small


@dataclass(frozen=True)
class Examined:
    """A file that may be kept. thumbnail: a JPEG of at most 320 pixels a side, of pictures only."""

    name: str
    media_type: str
    content: bytes
    sha256: str
    thumbnail: bytes | None


def examine(name: str, content: bytes) -> Examined:
    """Look at a file and make its thumbnail. Raises WrongAmount with a sentence that names the file."""
    name = tidy_name(name)
    if not content:
        raise WrongAmount(gettext("“%(name)s” is empty", name=name), field="files")
    if len(content) > MOST_BYTES:
        raise WrongAmount(gettext("“%(name)s” is larger than 20 MB", name=name), field="files")
    media_type = _media_type(name, content)
    thumbnail = small(content, THUMBNAIL, name) if media_type.startswith("image/") else None
    if not name.lower().endswith(ENDINGS[media_type]):
        name += ENDINGS[media_type][0]
    return Examined(name, media_type, content, hashlib.sha256(content).hexdigest(), thumbnail)


def tidy_name(name: str) -> str:
    """The name without folders and without signs that hide or break it; its beginning and its ending when it is long."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: LONGEST_NAME - 6]}.{ending}" if dot and len(ending) < 6 else name[:LONGEST_NAME]
    return name or gettext("Attached file")


def _media_type(name: str, content: bytes) -> str:
    if content.startswith(b"%PDF-") and b"%%EOF" in content:
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith(b"PK\x03\x04"):
        return _office(name, content)
    if content[4:12] in APPLE:
        raise WrongAmount(
            gettext("“%(name)s” is a photo in Apple's own format; please send it as JPG", name=name), field="files"
        )
    raise WrongAmount(
        gettext("“%(name)s” is no PDF, photo (JPG, PNG, WebP), Excel (.xlsx) or Word (.docx) file", name=name),
        field="files",
    )


def _office(name: str, content: bytes) -> str:
    """Which kind of document a zip is. Raises WrongAmount for one that is none, holds macros or blows up."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as fault:
        raise WrongAmount(gettext("“%(name)s” is damaged and cannot be opened", name=name), field="files") from fault
    names = {part.filename for part in parts}
    kind = next((kind for main, kind in OFFICE.items() if main in names), None)
    if kind is None or "[Content_Types].xml" not in names:
        raise WrongAmount(
            gettext("“%(name)s” is no PDF, photo (JPG, PNG, WebP), Excel (.xlsx) or Word (.docx) file", name=name),
            field="files",
        )
    if any(part.lower().endswith("vbaproject.bin") for part in names):
        raise WrongAmount(gettext("“%(name)s” holds macros; please save it without them", name=name), field="files")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise WrongAmount(gettext("“%(name)s” is too large when it is unpacked", name=name), field="files")
    return kind


def small(content: bytes, side: int, name: str = "") -> bytes:
    """A picture the right way up, at most `side` pixels each way, as JPEG; where it was taken is not told any more.

    Raises: WrongAmount when it cannot be read or has more than 40 million pixels.
    """
    try:
        with few_at_a_time, Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise WrongAmount(gettext("“%(name)s” has more than 40 million pixels", name=name), field="files")
            picture.draft("RGB", (side, side))
            picture.load()
            picture.thumbnail((side, side))
            turned = ImageOps.exif_transpose(picture)
            clear = turned.convert("RGBA")
            white = Image.new("RGBA", clear.size, "white")
            made = io.BytesIO()
            Image.alpha_composite(white, clear).convert("RGB").save(made, "JPEG", quality=82)
    except TOO_MANY_PIXELS as fault:
        words = gettext("“%(name)s” has more than 40 million pixels", name=name)
        raise WrongAmount(words, field="files") from fault
    except UNREADABLE as fault:
        raise WrongAmount(
            gettext("“%(name)s” cannot be read as a photo; it may be damaged", name=name), field="files"
        ) from fault
    return made.getvalue()


def has_ink(content: bytes) -> bool:
    """Whether there is anything on a picture that was looked at before: more than one clear or white sheet."""
    with few_at_a_time, Image.open(io.BytesIO(content)) as picture:
        clear = picture.convert("RGBA")
        seen = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("L")
    return seen.getextrema()[0] < 128  # type: ignore[operator]
