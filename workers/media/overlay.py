"""Writes on pictures: a caption, the time, and the name of who a copy is for, burnt into every frame.

Caption above left and time below left, white on a dark strip; the name faint and slanted, again and again over the
whole picture, so that no crop is without it. The size of letters follows the picture's, from 160 pixels across to 4K.
Drawn last of all, on what is covered already; nothing of it can be taken off again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil

import numpy as np
from PIL import Image

from workers.media.lettering import Mask, NotWritable, line_mask, line_width
from workers.media.mask import Plane, Planes
from workers.media.recipe_model import Overlay

LETTER_SHARE = Fraction(45, 1000)
"""Of the shorter side; below LETTER_LEAST a word cannot be read at all."""
LETTER_LEAST = 11
STRIP_SHADE = 170
"""Of 255: how much of the picture under a strip is darkened away."""
NAME_SHADE = 90
NAME_SLANT = 25
NAME_APART = (2, 4)
"""Letters' heights between names, across and down."""
BLACK_LIMITED, WHITE_LIMITED, GREY = 16, 235, 128
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


Levels = np.ndarray[tuple[int, ...], np.dtype[np.uint16]]


@dataclass(frozen=True)
class _Blend:
    """New samples of a plane from old ones: `(old * keep + add) / 255`."""

    top: int
    left: int
    keep: Levels
    add: Levels

    def onto(self, plane: Plane) -> None:
        """In place; what reaches beyond the plane is left out."""
        height, width = self.keep.shape
        area = plane[self.top : self.top + height, self.left : self.left + width]
        keep, add = self.keep[: area.shape[0], : area.shape[1]], self.add[: area.shape[0], : area.shape[1]]
        mixed = area * keep + add
        area[...] = (mixed + 128 + (mixed >> 8)) >> 8


@dataclass(frozen=True)
class _Stamp:
    """Something that is written at a place: what it does to the light and to both planes of colour."""

    light: _Blend
    colour: _Blend

    def onto(self, planes: Planes) -> None:
        """Write it."""
        self.light.onto(planes.y)
        for plane in (planes.u, planes.v):
            self.colour.onto(plane)


class Lettering:
    """What is written on the pictures of one output, `width` x `height` pixels of them shown."""

    def __init__(self, overlay: Overlay, *, width: int, height: int, is_full_range: bool) -> None:
        self._overlay, self._width, self._height = overlay, width, height
        self._white = 255 if is_full_range else WHITE_LIMITED
        self._black = 0 if is_full_range else BLACK_LIMITED
        self._size = max(int(min(width, height) * LETTER_SHARE), LETTER_LEAST)
        self._still: list[_Stamp] = []
        if overlay.viewer is not None:
            self._still.append(self._scattered(overlay.viewer))
        if overlay.caption is not None:
            self._still.append(self._strip(overlay.caption, is_below=False))

    def draw(self, planes: Planes, *, source: int, shown_s: Fraction) -> None:
        """Write on one picture, in place; `shown_s` is when its source shows it. Raises NotWritable."""
        for stamp in self._still:
            stamp.onto(planes)
        words = time_words(self._overlay, source, shown_s)
        if words:
            self._strip(words, is_below=True).onto(planes)

    def _strip(self, text: str, *, is_below: bool) -> _Stamp:
        """Lines on a dark ground, in the corner; broken where the picture is narrow."""
        lines = [line_mask(line, self._size) for line in _broken(text, self._size, self._width - self._size)]
        height = lines[0].shape[0]
        if 2 * height * len(lines) > self._height:
            raise NotWritable(f"'{text}' is too long for so small a picture. Shorten it, or leave it out.")
        edge = self._size // 2
        across = min(max(line.shape[1] for line in lines) + 2 * edge, self._width)
        light = np.zeros((height * len(lines), across), dtype=np.uint8)
        for number, line in enumerate(lines):
            part = line[:, : across - edge]
            light[number * height : (number + 1) * height, edge : edge + part.shape[1]] = part
        room = self._height - light.shape[0]
        top = room - min(edge, room) if is_below else min(edge, room)
        return self._stamp(top, 0, light, np.full_like(light, STRIP_SHADE))

    def _scattered(self, text: str) -> _Stamp:
        """The name in rows, each shifted against the one before, turned a little, over all of the picture."""
        line = line_mask(text, self._size)
        step_x = line.shape[1] + NAME_APART[0] * self._size
        step_y = line.shape[0] + NAME_APART[1] * self._size
        side = ceil((self._width**2 + self._height**2) ** 0.5)
        sheet = Image.new("L", (side, side), 0)
        name = Image.fromarray(line)
        for row, top in enumerate(range(0, side, step_y)):
            for left in range(-(row % 2) * step_x // 2, side, step_x):
                sheet.paste(name, (left, top))
        turned = sheet.rotate(NAME_SLANT, resample=Image.Resampling.BICUBIC)
        left, top = (side - self._width) // 2, (side - self._height) // 2
        cover = np.asarray(turned.crop((left, top, left + self._width, top + self._height)), dtype=np.uint16)
        shadow = np.roll(cover, (1, 1), axis=(0, 1))
        faint, under = ((each * NAME_SHADE // 255).astype(np.uint8) for each in (cover, shadow))
        return self._stamp(0, 0, faint, under)

    def _stamp(self, top: int, left: int, light: Mask, dark: Mask) -> _Stamp:
        """Dark first, light over it; colours lose as much of themselves as the picture under them."""
        kept, lit = 255 - light.astype(np.uint32), light.astype(np.uint32)
        shade = dark.astype(np.uint32)
        keep = (255 - shade) * kept // 255
        add = self._black * shade * kept // 255 + self._white * lit
        colour = _halved(np.maximum(light, dark), top % 2, left % 2).astype(np.uint16)
        return _Stamp(
            _Blend(top, left, keep.astype(np.uint16), add.astype(np.uint16)),
            _Blend(top // 2, left // 2, 255 - colour, GREY * colour),
        )


def time_words(overlay: Overlay, source: int, shown_s: Fraction) -> str:
    """The time that is written on a picture of a source: on the clock, or since the recording began; '' for none."""
    if overlay.time == "none":
        return ""
    at_ms = overlay.starts[source] + int(shown_s * 1000)
    if overlay.time == "clock":
        at = EPOCH + timedelta(milliseconds=at_ms)
        return f"{at.day} {at:%b %Y %H:%M:%S}.{at.microsecond // 1000:03d} UTC"
    sign, at_ms = ("-" if at_ms < 0 else ""), abs(at_ms)
    minutes, rest_ms = divmod(at_ms, 60_000)
    return f"{sign}{minutes // 60}:{minutes % 60:02d}:{rest_ms // 1000:02d}.{rest_ms % 1000:03d}"


def _broken(text: str, size: int, room: int) -> list[str]:
    """Lines no wider than `room` pixels: between words, within a word only where one is wider than that."""
    lines: list[str] = []
    for word in text.split():
        together = f"{lines[-1]} {word}" if lines else word
        if lines and line_width(together, size) <= room:
            lines[-1] = together
            continue
        while line_width(word, size) > room and len(word) > 1:
            fits = next((end for end in range(len(word) - 1, 0, -1) if line_width(word[:end], size) <= room), 1)
            lines.append(word[:fits])
            word = word[fits:]  # noqa: PLW2901 - what is left of it
        lines.append(word)
    return lines or [""]


def _halved(cover: Mask, odd_top: int, odd_left: int) -> Mask:
    """Coverage of the colour samples: the most of the four that each stands for."""
    height, width = cover.shape
    padded = np.zeros((height + odd_top + 1 & ~1, width + odd_left + 1 & ~1), dtype=np.uint8)
    padded[odd_top : odd_top + height, odd_left : odd_left + width] = cover
    halved: Mask = padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2).max(axis=(1, 3))
    return halved
