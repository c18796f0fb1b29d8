"""Sets a line of text as a mask: any script that a name may be written in, with fonts that come with the product.

Noto Sans of the packages `manimgx-fonts` and `manimgx-fonts-cjk` (SIL Open Font License 1.1). No one font has every
script, so a line is set in runs, each in the font of its script. A character that none of them has is refused, never
drawn as an empty box: a name must be read as it is written.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from itertools import groupby

import numpy as np
import PIL
from PIL import Image, ImageDraw, ImageFont

from workers.media.errors import MediaError
from workers.media.statement import Tool

FONTS, FONTS_CJK = "manimgx_fonts", "manimgx_fonts_cjk"
BASE = "NotoSans[wght].ttf"
CJK = "NotoSansCJK-VF.otf.ttc"
WEIGHT = 600
"""Between plain and bold: thin strokes vanish in small pictures."""
SCRIPTS = {
    "ARABIC": "NotoSansArabic[wght].ttf", "ARMENIAN": "NotoSansArmenian[wght].ttf",
    "BENGALI": "NotoSansBengali[wght].ttf", "DEVANAGARI": "NotoSansDevanagari[wght].ttf",
    "ETHIOPIC": "NotoSansEthiopic[wght].ttf", "GEORGIAN": "NotoSansGeorgian[wght].ttf",
    "GUJARATI": "NotoSansGujarati[wght].ttf", "GURMUKHI": "NotoSansGurmukhi[wght].ttf",
    "HEBREW": "NotoSansHebrew[wght].ttf", "KANNADA": "NotoSansKannada[wght].ttf",
    "KHMER": "NotoSansKhmer[wght].ttf", "LAO": "NotoSansLao[wght].ttf", "MALAYALAM": "NotoSansMalayalam[wght].ttf",
    "MYANMAR": "NotoSansMyanmar[wght].ttf", "ORIYA": "NotoSansOriya[wght].ttf",
    "SINHALA": "NotoSansSinhala[wght].ttf", "TAMIL": "NotoSansTamil[wght].ttf", "TELUGU": "NotoSansTelugu[wght].ttf",
    "THAI": "NotoSansThai[wght].ttf", "CJK": CJK, "HIRAGANA": CJK, "KATAKANA": CJK, "HANGUL": CJK,
    "IDEOGRAPHIC": CJK, "FULLWIDTH": CJK, "HALFWIDTH": CJK, "BOPOMOFO": CJK,
}  # fmt: skip
SYMBOLS = ("NotoSansSymbols[wght].ttf", "NotoEmoji[wght].ttf")
NOT_A_CHARACTER = "\U0010ffff"

Mask = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


class NotWritable(MediaError):
    """A character that none of the fonts has."""

    code = "not_writable"


def tools() -> tuple[Tool, ...]:
    """What sets text: its versions decide the pixels."""
    fonts = (Tool(name=name.replace("_", "-"), version=version(name)) for name in (FONTS, FONTS_CJK))
    return (*fonts, Tool(name="pillow", version=PIL.__version__))


def line_mask(text: str, size: int) -> Mask:
    """One line in letters of `size` pixels, as (height, width) coverage from 0 to 255. Raises NotWritable.

    All lines of one size are of one height, so that they stand still when their text changes.
    """
    runs = [(_font(name, size), run) for name, run in _runs(text)]
    ascent, descent = _font(BASE, size).getmetrics()
    room = size // 4
    widths = [max(round(font.getlength(run)), 1) for font, run in runs]
    picture = Image.new("L", (sum(widths) + 2, ascent + descent + 2 * room), 0)
    draw, at = ImageDraw.Draw(picture), 1
    for (font, run), width in zip(runs, widths, strict=True):
        draw.text((at, room + ascent), run, fill=255, font=font, anchor="ls")
        at += width
    return np.asarray(picture)


def line_width(text: str, size: int) -> int:
    """Pixels that `line_mask` would be wide. Raises NotWritable."""
    return sum(max(round(_font(name, size).getlength(run)), 1) for name, run in _runs(text)) + 2


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Stretches of one font; blanks, digits and marks stay with what is before them."""
    chosen: list[tuple[str, str]] = []
    for letter in text:
        usual = chosen[-1][0] if chosen else BASE
        chosen.append((_font_of(letter, usual), letter))
    for name, group in groupby(chosen, key=lambda row: row[0]):
        yield name, "".join(letter for _, letter in group)


@lru_cache(maxsize=4096)
def _font_of(letter: str, usual: str) -> str:
    script = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
    if script in SCRIPTS:
        names: tuple[str, ...] = (SCRIPTS[script],)
    elif letter == " " or unicodedata.category(letter)[0] in "MP":
        names = (usual, BASE, *SYMBOLS, CJK)
    else:
        names = (BASE, usual, *SYMBOLS, CJK)
    found = next((name for name in names if _has(name, letter)), None)
    if found is None:
        told = f"'{letter}' (U+{ord(letter):04X})"
        raise NotWritable(f"{told} cannot be written on a picture: no font here has it. Write it in other letters.")
    return found


@lru_cache(maxsize=4096)
def _has(name: str, letter: str) -> bool:
    """Whether the font draws it as something else than what it has no sign for."""
    if letter.isspace():
        return letter == " "
    font = _font(name, 24)
    drawn, empty = (font.getmask(each) for each in (letter, NOT_A_CHARACTER))
    return (drawn.size, bytes(drawn)) != (empty.size, bytes(empty))


@lru_cache(maxsize=256)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    package = FONTS_CJK if name == CJK else FONTS
    font = ImageFont.truetype(str(files(package) / name), size)
    axes = font.get_variation_axes()
    font.set_variation_by_axes([WEIGHT if axis["name"] == b"Weight" else float(axis["default"] or 0) for axis in axes])
    return font
