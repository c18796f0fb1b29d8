"""A camera's settings as data: what the index would have said of a recording that lacks it. Light: no libav at import.

Small and plain, so that a salvage can be given the settings alone: the bytes of another recording never share a sandbox
with a damaged one.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class SoundProfile:
    """AAC as the camera writes it. `config`: AudioSpecificConfig, hex; `frame`: samples of a packet.

    `start`: samples that the sound begins after the first picture is shown, negative: before.
    """

    config: str
    rate: int
    channels: int
    frame: int
    start: int


@dataclass(frozen=True, kw_only=True)
class CameraProfile:
    """H.264 as the camera writes it. `head`: avcC, hex; `frame`: ticks of `time_base` (seconds) that a picture lasts.

    `is_even`: every picture lasts as long; else `frame` is the mean. `is_reordered`: some pictures are stored in
    another order than they are shown. `others`: whether it writes more than these two streams.
    """

    v: Literal[1]
    head: str
    time_base: tuple[int, int]
    frame: int
    is_even: bool
    is_reordered: bool
    width: int
    height: int
    rotation: Literal[0, 90, 180, 270]
    sound: SoundProfile | None
    others: bool
