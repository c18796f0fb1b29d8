"""Finds pictures and sound in the bytes of an MP4 that lost its index.

A picture is a run of H.264 units, each behind its length. That alone would be a guess, so a unit must also be one: its
header and the beginning of its slice must fit the parameter sets in force, and no start code may lie inside it (ITU-T
H.264, 7.4.1). What lies between pictures is sound, where the decoder reads it as whole AAC frames to the last byte, and
is left out and counted where it does not. Only places and sizes are kept: memory grows by some bytes a picture.
"""

import os
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from workers.media import boxes
from workers.media.salvage.bits import IDR, PPS, SPS, BadBits, Sets, SliceHead
from workers.media.salvage.frames_aac import SoundReader

MOST_UNIT = 16 * 1024 * 1024
MOST_PICTURES = 1_000_000
"""Nine hours at 30 a second: no camera writes more into one file, a hostile file might."""
LOOK_BYTES = 1024 * 1024
MOST_BEFORE = 16
"""Units before the first slice of a picture."""
SLICES = frozenset({1, IDR})
SUPPLEMENT, DELIMITER, END_SEQUENCE, END_STREAM, FILLER = 6, 9, 10, 11, 12
NEVER_INSIDE = (b"\x00\x00\x00", b"\x00\x00\x01", b"\x00\x00\x02")
STOP_BIT = 0x80
HEADERS = bytes(
    ref << 5 | kind
    for kind in (1, IDR, SUPPLEMENT, SPS, PPS, DELIMITER, END_SEQUENCE, END_STREAM, FILLER)
    for ref in range(4)
    if kind == 1 or (ref > 0) == (kind in {IDR, SPS, PPS})
)


@dataclass
class Pictures:
    """One row a picture, in the order stored: where its units begin and how long they are together, and how it hangs.

    `order`: low bits of its place in the order shown, -1 where they are not told.
    """

    at: "array[int]" = field(default_factory=lambda: array("q"))
    size: "array[int]" = field(default_factory=lambda: array("l"))
    order: "array[int]" = field(default_factory=lambda: array("l"))
    is_refresh: bytearray = field(default_factory=bytearray)
    is_reference: bytearray = field(default_factory=bytearray)

    def __len__(self) -> int:
        return len(self.at)

    def drop_last(self) -> int:
        """Forget the last picture, some slices of which are cut off; returns its bytes."""
        self.at.pop(), self.order.pop(), self.is_refresh.pop(), self.is_reference.pop()
        return self.size.pop()


@dataclass
class Sounds:
    """One row an AAC frame, in the order stored."""

    at: "array[int]" = field(default_factory=lambda: array("q"))
    size: "array[int]" = field(default_factory=lambda: array("l"))


@dataclass
class Found:
    """What a file holds. `unread`: bytes that are neither pictures nor sound, the cut end of the file left aside.

    `is_sound_whole`: all that lies between pictures was read as sound; else none of it is to be trusted.
    `carried`: parameter sets met in the stream; `poc_bits`: of the order, 0 where pictures are stored as shown, -1
    where their order cannot be told.
    """

    pictures: Pictures = field(default_factory=Pictures)
    sounds: Sounds = field(default_factory=Sounds)
    sets: Sets = field(default_factory=Sets)
    carried: dict[tuple[int, int], bytes] = field(default_factory=dict)
    unread: int = 0
    cut: int = 0
    is_sound_whole: bool = True
    has_changed_sets: bool = False
    poc_bits: int = 0


def payload_of(path: Path) -> tuple[int, int]:
    """Where the media lies: from the first `mdat` to the end of the file, or to the beginning of an index cut short."""
    size = path.stat().st_size
    found = boxes.top_level(path)
    mdat = next((box for box in found if box.kind == b"mdat"), None)
    if mdat is None:
        return _undeclared(path, found, size)
    index = next((box.start for box in found if box.kind == b"moov" and box.start > mdat.start), size)
    return mdat.start + mdat.header, min(index, size)


def _undeclared(path: Path, found: list[boxes.Box], size: int) -> tuple[int, int]:
    """An `mdat` whose length was not yet written is no box to a reader; its name is there all the same."""
    at = max((box.start + box.size for box in found), default=0)
    with path.open("rb") as file:
        file.seek(at)
        head = file.read(16)
    if head[4:8] != b"mdat":
        return size, size
    return at + (16 if head[:4] == b"\x00\x00\x00\x01" else 8), size


class Walk:
    """One pass over the media of a file. `prefix`: bytes of a unit's length."""

    def __init__(self, file: BinaryIO, start: int, end: int, *, prefix: int, sound: SoundReader | None) -> None:
        self._fd, self._start, self._end, self._prefix = file.fileno(), start, end, prefix
        self._sound = sound
        self.found = Found()
        self._open: SliceHead | None = None
        self._last: SliceHead | None = None
        self._begins, self._is_fresh = start, True
        signs = b"".join(b"\\x%02x" % each for each in HEADERS)
        self._likely = re.compile(b"(?=\\x00[^\\xff].{%d}[%s])" % (prefix - 2, signs), re.DOTALL)

    def give(self, *units: bytes) -> None:
        """Parameter sets from elsewhere; those that the stream carries itself take their place. Raises BadBits."""
        for unit in units:
            self.found.sets.add(unit)

    def places(self) -> Iterator[int]:
        """Walk to the end; tells now and then at which byte it is."""
        at = self._start
        while at < self._end:
            unit = self._unit(at)
            if unit is not None and self._is_led(at, unit):
                self._take(at, unit)
                at += self._prefix + len(unit)
            else:
                at = self._between(at)
            yield at

    def _between(self, at: int) -> int:
        """What is no picture: one frame of sound, or all up to the next picture. Returns where it ends."""
        before, self._open, self._is_fresh = self._open, None, True
        size = self._sound.first(self._read(at, self._sound.most)) if self._sound is not None else 0
        if size:
            self.found.sounds.at.append(at)
            self.found.sounds.size.append(size)
            return at + size
        following = self._next(at + 1)
        if following is None and (self._sound is not None or self._is_cut(at)):
            self.found.cut += self._end - at
            if before is not None and self._is_rest_cut(at, before):
                self.found.cut += self.found.pictures.drop_last()
            return self._end
        stop = self._end if following is None else following
        self.found.unread += stop - at
        self.found.is_sound_whole = False
        return stop

    def _next(self, at: int) -> int | None:
        """Where the next picture begins from `at` on: one that follows the last in its numbers, or starts afresh."""
        while at < self._end:
            block = self._read(at, LOOK_BYTES + self._prefix)
            for match in self._likely.finditer(block):
                if match.start() < LOOK_BYTES and self._begins_picture(at + match.start()):
                    return at + match.start()
            at += LOOK_BYTES
        return None

    def _begins_picture(self, at: int) -> bool:
        for _ in range(MOST_BEFORE):
            unit = self._unit(at)
            if unit is None:
                return False
            kind = unit[0] & 31
            if kind in SLICES:
                return self._follows(self.found.sets.head(unit))
            if kind in {SPS, PPS} and not self.found.pictures:
                return True
            at += self._prefix + len(unit)
        return False

    def _is_led(self, at: int, unit: bytes) -> bool:
        """What is no slice counts as a unit only where a slice follows, or as the end of a picture."""
        kind = unit[0] & 31
        if kind in SLICES:
            return True
        if self._open is not None and kind in {END_SEQUENCE, END_STREAM, FILLER}:
            return True
        return self._begins_picture(at)

    def _follows(self, head: SliceHead) -> bool:
        """Whether it can come after the last picture (ITU-T H.264, 7.4.3, frame_num)."""
        last = self._last
        if last is None or head.is_refresh:
            return True
        most = 1 << self.found.sets.sequence(head.picture_set).frame_num_bits
        return head.frame_num in {last.frame_num, (last.frame_num + 1) % most}

    def _is_cut(self, at: int) -> bool:
        """Whether a unit begins here that would end behind the end of the file."""
        head = self._read(at, self._prefix + 1)
        length = int.from_bytes(head[: self._prefix], "big")
        return len(head) > self._prefix and head[-1] in HEADERS and self._end - at - self._prefix < length <= MOST_UNIT

    def _is_rest_cut(self, at: int, before: SliceHead) -> bool:
        """Whether what is cut here belongs to the picture before."""
        first = self._read(at + self._prefix, 64)
        if not self._is_cut(at) or first[0] & 31 not in SLICES:
            return False
        try:
            return _is_same_picture(before, self.found.sets.head(first))
        except BadBits:
            return False

    def _unit(self, at: int) -> bytes | None:
        """The unit whose length stands at `at`; None where there is none."""
        head = self._read(at, self._prefix + 1)
        if len(head) <= self._prefix or head[-1] not in HEADERS:
            return None
        length = int.from_bytes(head[: self._prefix], "big")
        if not length or length > min(MOST_UNIT, self._end - at - self._prefix):
            return None
        first = self._read(at + self._prefix, min(length, 64))
        if not self._is_likely(first, length):
            return None
        unit = first if length <= len(first) else self._read(at + self._prefix, length)
        return unit if self._is_unit(unit) else None

    def _is_likely(self, first: bytes, length: int) -> bool:
        """Told from its first bytes, before all of it is read."""
        kind = first[0] & 31
        if kind in {END_SEQUENCE, END_STREAM}:
            return length == 1
        if kind == DELIMITER:
            return length == 2 and first[1] & 31 == 16
        if kind in SLICES:
            try:
                self.found.sets.head(first)
            except BadBits:
                return False
        return length > 1

    def _is_unit(self, unit: bytes) -> bool:
        kind = unit[0] & 31
        if kind in {END_SEQUENCE, END_STREAM}:
            return True
        if unit[-1] == 0 or any(mark in unit for mark in NEVER_INSIDE):
            return False
        if kind in {SPS, PPS}:
            try:
                Sets().add(unit)
            except BadBits:
                return False
            return True
        return kind not in {SUPPLEMENT, FILLER} or unit[-1] == STOP_BIT

    def _take(self, at: int, unit: bytes) -> None:
        kind = unit[0] & 31
        if kind in SLICES:
            self._slice(at, unit)
            return
        if kind in {SPS, PPS}:
            self._set(unit)
        if self._open is not None:
            self._open, self._is_fresh = None, True
        if self._is_fresh:
            self._begins, self._is_fresh = at, False

    def _set(self, unit: bytes) -> None:
        key = self.found.sets.add(unit)
        self.found.has_changed_sets |= self.found.carried.get(key, unit) != unit
        self.found.carried[key] = unit

    def _slice(self, at: int, unit: bytes) -> None:
        head = self.found.sets.head(unit)
        pictures = self.found.pictures
        if self._open is not None and _is_same_picture(self._open, head):
            pictures.size[-1] = at + self._prefix + len(unit) - pictures.at[-1]
            self._open = head
            return
        if len(pictures) >= MOST_PICTURES:
            raise BadBits("more pictures than a camera writes into one file")
        begins = at if self._is_fresh or self._open is not None else self._begins
        sequence = self.found.sets.sequence(head.picture_set)
        self.found.poc_bits = {0: sequence.poc_bits, 2: 0}.get(sequence.poc_type, -1)
        pictures.at.append(begins)
        pictures.size.append(at + self._prefix + len(unit) - begins)
        pictures.order.append(-1 if head.poc is None else head.poc)
        pictures.is_refresh.append(head.is_refresh)
        pictures.is_reference.append(head.is_reference)
        self._open = self._last = head

    def _read(self, at: int, size: int) -> bytes:
        return os.pread(self._fd, max(min(size, self._end - at), 0), at)


def _is_same_picture(before: SliceHead, head: SliceHead) -> bool:
    """Further slices of a picture, or its second field (ITU-T H.264, 7.4.1.2.4): an MP4 stores them together."""
    if head.first_block:
        return before.field == head.field and before.frame_num == head.frame_num
    return bool(before.field and head.field and before.field != head.field and before.frame_num == head.frame_num)
