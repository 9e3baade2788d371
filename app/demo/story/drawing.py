"""Draws the papers of invented people: placeholder figures and sheets marked as specimens."""

import io
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from app.accounts import rules
from app.accounts.rules import Details

FONTS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "fonts"
SKIN = ("#f1d3b8", "#e0b48f", "#c99a72", "#eac3a0")
HAIR = ("#2b211c", "#4a3426", "#1d1d22", "#6d5844")
CLOTHES = ("#33506b", "#5d3b52", "#40594a", "#6b4b37", "#2f3440")
INK = "#22303a"

Colour = str
Picture = Image.Image


def portrait(name: str, *, background: Colour = "#f4f6f7", stripes: Colour = "") -> Image.Image:
    """Return a drawn figure, always the same one for a name; stripes spoil its background."""
    chance = random.Random(name)  # noqa: S311  (a picture, not a secret)
    image = Image.new("RGB", (480, 620), background)
    draw = ImageDraw.Draw(image)
    for left in range(0, 480, 60) if stripes else ():
        draw.rectangle((left, 0, left + 28, 620), fill=stripes)
    skin, hair = chance.choice(SKIN), chance.choice(HAIR)
    draw.ellipse((60, 430, 420, 800), fill=chance.choice(CLOTHES))
    draw.rectangle((200, 370, 280, 470), fill=skin)
    draw.ellipse((130, 90, 350, 350), fill=hair)
    draw.ellipse((148, 135, 332, 400), fill=skin)
    for eye in (205, 265):
        draw.ellipse((eye, 245, eye + 12, 257), fill=INK)
    draw.arc((210, 300, 270, 340), 20, 160, fill=INK, width=4)
    return image


def passport_page(details: Details) -> Image.Image:
    """Return a page with portrait, names and number, laid out like no passport that exists."""
    image = Image.new("RGB", (1000, 700), "#e8efe9")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 1000, 70), fill="#4b6d62")
    _write(draw, (40, 18), "SPECIMEN", 32, fill="white")
    _write(draw, (960, 12), "نموذج وثيقة سفر", 34, fill="white", anchor="ra")
    image.paste(portrait(rules.latin_name(details)).resize((270, 350)), (40, 110))
    rows = (
        ("No.", details.passport_number or details.national_number),
        ("Surname", details.family_latin),
        ("Given names", f"{details.first_latin} {details.father_latin}"),
        ("Date of birth", details.birth),
        ("Sex", "F" if details.sex == rules.Sex.FEMALE else "M"),
    )
    for position, (label, value) in enumerate(rows):
        _write(draw, (350, 110 + 78 * position), label, 20, fill="#5b6b66")
        _write(draw, (350, 134 + 78 * position), value, 34)
    _write(draw, (960, 510), rules.arabic_name(details), 38, anchor="ra")
    zone = f"P<XXX{details.family_latin}<<{details.first_latin}".upper().replace("-", "<")
    _write(draw, (40, 580), zone.ljust(36, "<")[:36], 30)
    _write(draw, (40, 630), f"{details.passport_number or '0' * 9}<0XXX".ljust(36, "<")[:36], 30)
    return image


def sheet(title: str, rows: Sequence[tuple[str, str]], *, shade: float = 1.0) -> Image.Image:
    """Return an A4 page with a title, named values and a stamp; a low shade spoils the picture."""
    image = Image.new("RGB", (827, 1169), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, 787, 1129), outline="#8a969c", width=2)
    _write(draw, (413, 110), title, 36, anchor="ma")
    for position, (label, value) in enumerate(rows):
        side, anchor = (747, "ra") if _script(label) == "arabic" else (80, "la")
        _write(draw, (side, 240 + 96 * position), label, 20, fill="#6b777c", anchor=anchor)
        _write(draw, (side, 268 + 96 * position), value, 28, anchor=anchor)
    draw.ellipse((520, 880, 720, 1080), outline="#3d5fa8", width=6)
    _write(draw, (620, 945), "SPECIMEN", 24, fill="#3d5fa8", anchor="ma")
    _write(draw, (620, 985), "ОБРАЗЕЦ", 24, fill="#3d5fa8", anchor="ma")
    return image if shade == 1.0 else _spoiled(image, shade)


def _spoiled(image: Image.Image, shade: float) -> Image.Image:
    """Return a picture as a phone takes it in bad light: dark and out of focus."""
    return ImageEnhance.Brightness(image.filter(ImageFilter.GaussianBlur(6))).enhance(shade)


def as_jpeg(image: Image.Image) -> bytes:
    """Return the picture as a JPEG."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    return stream.getvalue()


def as_pdf(image: Picture) -> bytes:
    """Return the picture as a PDF of one page."""
    stream = io.BytesIO()
    image.save(stream, "PDF", resolution=100)
    return stream.getvalue()


def shrunk(image: Picture, side: int) -> Picture:
    """Return a copy whose longer side has so many pixels at most."""
    copy = image.copy()
    copy.thumbnail((side, side))
    return copy


def _write(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    size: int,
    *,
    fill: Colour = INK,
    anchor: str = "la",
) -> None:
    draw.text(at, text, font=_font(_script(text), size), fill=fill, anchor=anchor)


def _script(text: str) -> str:
    """Return whose letters a text has; the fonts are cut down to one script each."""
    if any("\u0600" <= sign <= "\u06ff" for sign in text):
        return "arabic"
    return "cyrillic" if any("\u0400" <= sign <= "\u04ff" for sign in text) else "latin"


@cache
def _font(script: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"jaliya-{script}-400.woff2"), size)
