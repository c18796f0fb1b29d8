"""The pages of a viewing DVD's menu: what stands where, the picture, and the frames that light up around a choice.

Text that people typed is drawn with Pillow and becomes pixels; it reaches no filter, no XML and no command. Pages are
laid out in square pixels (768x576, 4:3) and squeezed to PAL's 720x576; the overlays are drawn at 720x576 at once,
because a DVD allows them four colours and no smoothing.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from workers.disc.label import PROTECTIVE_MARKING, CopyKind, one_line

TITLES_PER_PAGE: Final = 5

_PAGE_PX: Final = (768, 576)
_PAL_PX: Final = (720, 576)
_MARGIN_PX: Final = 64
_FIRST_ROW_PX: Final = 178
_ROW_PX: Final = 62
_ROW_GAP_PX: Final = 4
_NAV_TOP_PX: Final = 510
_NAV_PX: Final = (150, 34)
_FRAME_PX: Final = 4

_GROUND: Final = (18, 24, 38)
_TEXT: Final = (240, 240, 240)
_QUIET: Final = (176, 184, 200)
_WARNING: Final = (255, 205, 70)
_LIT: Final = (255, 205, 70, 255)
_CHOSEN: Final = (255, 255, 255, 255)
_CLEAR: Final = (0, 0, 0, 0)

_NOTE: Final = "For viewing only: picture and frame rate are changed. The data disc is the record."
_CUT: Final = "\u2026"
_FONTS: Final = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Choice:
    """One line to choose on the menu: what it is called, and what stands below it."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Button:
    """A place on a page. `box_px` is (left, top, right, bottom) in PAL pixels, even numbers; `title` or `page` count
    from 1 and say where it leads."""

    name: str
    box_px: Box
    title: int | None = None
    page: int | None = None


@dataclass(frozen=True)
class Page:
    """A page of the menu: its number, how many there are, the titles shown (first one counted from 1), its buttons."""

    number: int
    of: int
    first_title: int
    choices: tuple[Choice, ...]
    buttons: tuple[Button, ...]


def menu_pages(choices: Sequence[Choice]) -> tuple[Page, ...]:
    """Spread the titles over pages, five to a page, with buttons to the pages before and after."""
    of = -(-len(choices) // TITLES_PER_PAGE)
    return tuple(_page(number, of, choices) for number in range(1, of + 1))


def page_of_title(title: int) -> int:
    """The page, counted from 1, on which the title, counted from 1, stands."""
    return (title - 1) // TITLES_PER_PAGE + 1


def page_drawn(page: Page, heading: str) -> Image.Image:
    """The page's picture, RGB, 720x576."""
    image = Image.new("RGB", _PAGE_PX, _GROUND)
    draw = ImageDraw.Draw(image)
    width_px = _PAGE_PX[0] - 2 * _MARGIN_PX
    _text(draw, (_MARGIN_PX, 48), CopyKind.VIEWING, size=30, fill=_WARNING, width_px=width_px // 2, is_bold=True)
    _text(draw, (_MARGIN_PX + width_px // 2 + 40, 54), PROTECTIVE_MARKING, size=24, fill=_TEXT, width_px=width_px // 2)
    _text(draw, (_MARGIN_PX, 96), heading, size=26, fill=_TEXT, width_px=width_px, is_bold=True)
    _text(draw, (_MARGIN_PX, 138), _NOTE, size=15, fill=_QUIET, width_px=width_px)
    for row, choice in enumerate(page.choices):
        top = _FIRST_ROW_PX + row * (_ROW_PX + _ROW_GAP_PX)
        name = f"{page.first_title + row}. {choice.heading}"
        _text(draw, (_MARGIN_PX + 14, top + 8), name, size=22, fill=_TEXT, width_px=width_px - 28)
        below = " \u00b7 ".join(choice.lines)
        _text(draw, (_MARGIN_PX + 14, top + 37), below, size=16, fill=_QUIET, width_px=width_px - 28)
    _navigation(draw, page)
    return image.resize(_PAL_PX, Image.Resampling.LANCZOS)


def overlays_drawn(page: Page) -> tuple[Image.Image, Image.Image]:
    """The frames around the buttons, RGBA, 720x576, two colours each: as one moves over them, and as one is chosen."""
    return _overlay(page, _LIT), _overlay(page, _CHOSEN)


def _page(number: int, of: int, choices: Sequence[Choice]) -> Page:
    first = (number - 1) * TITLES_PER_PAGE
    shown = tuple(choices[first : first + TITLES_PER_PAGE])
    right = _PAGE_PX[0] - _MARGIN_PX
    buttons = [
        Button(f"t{first + row + 1}", _pal(_MARGIN_PX, _row_top(row), right, _row_top(row) + _ROW_PX), first + row + 1)
        for row in range(len(shown))
    ]
    wide, high = _NAV_PX
    if number > 1:
        box = _pal(_MARGIN_PX, _NAV_TOP_PX, _MARGIN_PX + wide, _NAV_TOP_PX + high)
        buttons.append(Button("previous", box, page=number - 1))
    if number < of:
        buttons.append(Button("next", _pal(right - wide, _NAV_TOP_PX, right, _NAV_TOP_PX + high), page=number + 1))
    return Page(number, of, first + 1, shown, tuple(buttons))


def _row_top(row: int) -> int:
    return _FIRST_ROW_PX + row * (_ROW_PX + _ROW_GAP_PX)


def _pal(left: int, top: int, right: int, bottom: int) -> Box:
    def squeezed(x: int) -> int:
        return x * _PAL_PX[0] // _PAGE_PX[0] // 2 * 2

    return squeezed(left), top // 2 * 2, squeezed(right), bottom // 2 * 2


def _navigation(draw: ImageDraw.ImageDraw, page: Page) -> None:
    right = _PAGE_PX[0] - _MARGIN_PX
    if page.number > 1:
        _text(draw, (_MARGIN_PX + 14, _NAV_TOP_PX + 7), "< Previous", size=18, fill=_TEXT, width_px=_NAV_PX[0])
    if page.number < page.of:
        _text(draw, (right - _NAV_PX[0] + 14, _NAV_TOP_PX + 7), "Next >", size=18, fill=_TEXT, width_px=_NAV_PX[0])
    if page.of > 1:
        where = f"Page {page.number} of {page.of}"
        _text(draw, (_PAGE_PX[0] // 2 - 50, _NAV_TOP_PX + 8), where, size=16, fill=_QUIET, width_px=200)


def _overlay(page: Page, colour: tuple[int, int, int, int]) -> Image.Image:
    image = Image.new("RGBA", _PAL_PX, _CLEAR)
    draw = ImageDraw.Draw(image)
    for button in page.buttons:
        left, top, right, bottom = button.box_px
        draw.rectangle((left, top, right - 1, bottom - 1), outline=colour, width=_FRAME_PX)
    return image


def _text(
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    text: str,
    *,
    size: int,
    fill: tuple[int, int, int],
    width_px: int,
    is_bold: bool = False,
) -> None:
    font = _font(size, is_bold=is_bold)
    shown = one_line(text)[:200]
    while shown and draw.textlength(shown, font=font) > width_px:
        shown = shown.removesuffix(_CUT)[:-1].rstrip() + _CUT if len(shown) > len(_CUT) + 1 else ""
    draw.text(at, shown, font=font, fill=fill)


@functools.lru_cache(maxsize=32)
def _font(size: int, *, is_bold: bool) -> Font:
    try:
        return ImageFont.truetype(_FONTS[is_bold], size)
    except OSError:  # no such font on this machine: Pillow carries one, for Latin letters
        return ImageFont.load_default(size)


def page_saved(page: Page, heading: str, directory: Path) -> tuple[Path, Path, Path]:
    """Write the page's picture and its two overlays as PNG; returns their paths in that order."""
    names = [directory / f"menu{page.number}_{part}.png" for part in ("ground", "lit", "chosen")]
    for path, image in zip(names, (page_drawn(page, heading), *overlays_drawn(page)), strict=True):
        image.save(path)
    return names[0], names[1], names[2]
