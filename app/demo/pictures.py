"""Pictures for the demo, drawn, not taken: a digger on a site, a signature, a scanned sheet."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw


def site(number: int, size: tuple[int, int] = (960, 720)) -> bytes:
    """A yellow digger before a hill, another one for every number; JPEG."""
    chance = random.Random(number)  # noqa: S311 - a picture, not a secret
    sky, earth = chance.choice([("#9cc4e8", "#a9804f"), ("#c9d3da", "#8c6b45"), ("#f2d9b0", "#7a5a38")])
    image = Image.new("RGB", size, sky)
    pen, wide, high = ImageDraw.Draw(image), *size
    hill = chance.uniform(0.35, 0.55) * high
    pen.polygon([(0, high * 0.6), (wide * chance.uniform(0.2, 0.7), hill), (wide, high * 0.62)], fill="#6f8f5a")
    pen.rectangle((0, high * 0.62, wide, high), fill=earth)
    x, y = chance.uniform(0.15, 0.4) * wide, high * 0.72
    pen.rounded_rectangle((x, y, x + 300, y + 60), 28, fill="#2b2b2b")
    pen.rectangle((x + 30, y - 90, x + 270, y), fill="#f0a500")
    pen.rectangle((x + 40, y - 160, x + 130, y - 60), fill="#f0a500")
    pen.rectangle((x + 52, y - 148, x + 118, y - 92), fill="#34495e")
    pen.line([(x + 200, y - 80), (x + 300, y - 260), (x + 430, y - 200), (x + 450, y - 20)], fill="#d98f00", width=30)
    pen.polygon([(x + 420, y - 30), (x + 490, y - 20), (x + 470, y + 40), (x + 405, y + 30)], fill="#4d4d4d")
    for _ in range(14):
        left, top = chance.uniform(0, wide), chance.uniform(high * 0.84, high)
        pen.ellipse((left, top, left + 26, top + 14), fill="#5f4a33")
    return _bytes(image, "JPEG")


def signature(number: int) -> bytes:
    """A name as a finger writes it on glass; PNG on clear ground."""
    chance = random.Random(number)  # noqa: S311
    image = Image.new("RGBA", (480, 180), (0, 0, 0, 0))
    pen, at = ImageDraw.Draw(image), (40.0, 90.0)
    for step in range(16):
        to = (at[0] + chance.uniform(8, 42), 90 + chance.uniform(-58, 58))
        if step % 5:
            pen.line([at, to], fill=(17, 24, 39, 255), width=5, joint="curve")
        at = to
    return _bytes(image, "PNG")


def sheet(number: int) -> bytes:
    """A page with a table and a red seal, as a scanner gives it; PNG."""
    image = Image.new("RGB", (620, 877), "#fbfbf8")
    pen = ImageDraw.Draw(image)
    pen.rectangle((180, 60, 440, 84), fill="#333")
    for line in range(22):
        pen.line([(60, 130 + line * 28), (560, 130 + line * 28)], fill="#999", width=1)
        pen.rectangle((70, 138 + line * 28, 110 + (line * 53 + number * 31) % 400, 146 + line * 28), fill="#666")
    pen.ellipse((390, 690, 530, 830), outline="#c8221f", width=6)
    pen.regular_polygon((460, 760, 26), 5, fill="#c8221f")
    return _bytes(image, "PNG")


def logo() -> bytes:
    """A yellow field with the arm of a digger; PNG."""
    image = Image.new("RGB", (400, 400), "white")
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((10, 10, 390, 390), 70, fill="#f0a500")
    pen.line([(90, 320), (150, 130), (260, 110), (310, 250)], fill="#14213a", width=36, joint="curve")
    pen.polygon([(270, 240), (350, 240), (340, 310), (290, 320)], fill="#14213a")
    pen.rectangle((70, 300, 200, 340), fill="#14213a")
    return _bytes(image, "PNG")


def seal() -> bytes:
    """A round red seal with a star, on white as a scanner gives it; PNG."""
    image = Image.new("RGB", (480, 480), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((15, 15, 465, 465), outline="#c8221f", width=14)
    points = [(240, 150), (262, 210), (326, 212), (275, 250), (294, 312)]
    mirrored = [(480 - x, y) for x, y in reversed(points[1:])]
    pen.polygon([*points, (240, 276), *mirrored], fill="#c8221f")
    return _bytes(image, "PNG")


def _bytes(image: Image.Image, kind: str) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, quality=85)
    return made.getvalue()
