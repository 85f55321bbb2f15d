"""Small real files as people send them: photos of a phone, scans, tables."""

from __future__ import annotations

import io
import zipfile

import openpyxl
from PIL import Image

GPS = 0x8825
ORIENTATION = 0x0112


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), colour: str = "orange", **more: object) -> bytes:
    """A picture of one colour."""
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, kind, **more)
    return made.getvalue()


def phone_photo(size: tuple[int, int] = (800, 600)) -> bytes:
    """A photo held upright: the pixels lie on their side, left half red, and the phone says where it was."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (31.0, 51.0, 36.0)
    made = io.BytesIO()
    image.save(made, "JPEG", exif=exif, quality=95)
    return made.getvalue()


def signature() -> bytes:
    """A line on clear ground, as a finger draws it."""
    image = Image.new("RGBA", (300, 120), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (20, 50, 260, 56))
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def pdf(words: str = "scan") -> bytes:
    return f"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% {words}\ntrailer<</Root 1 0 R>>\n%%EOF\n".encode()


def xlsx() -> bytes:
    book, made = openpyxl.Workbook(), io.BytesIO()
    book.active["A1"] = "铁马"  # type: ignore[index]
    book.save(made)
    return made.getvalue()


def archive(*names: str, content: bytes = b"x") -> bytes:
    """A zip with these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, content)
    return made.getvalue()


def docx() -> bytes:
    return archive("[Content_Types].xml", "word/document.xml")
