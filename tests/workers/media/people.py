"""Clips of people whose truth is known by construction: faces are put into a moving scene, so where they are is known.

Faces are drawn here (CenterFace takes them for faces); the benchmark gives pictures instead. A scene is a world that a
camera moves over: people and what hides them lie in the world's pixels, boxes come out in the picture's.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

DRAWN_PX = 240


@dataclass(frozen=True)
class Sprite:
    """A person from the shoulders up: RGBA, and the face in it (left, top, width, height)."""

    picture: np.ndarray
    face: tuple[int, int, int, int]


@dataclass(frozen=True)
class Person:
    """`at` gives, for a time in seconds, the face's centre in the world and its height in pixels; None: not there."""

    sprite: Sprite
    at: Callable[[float], tuple[float, float, float] | None]


@dataclass(frozen=True)
class Hider:
    """A pillar in front of everybody: left, top, width, height in the world."""

    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Truth:
    """A face on one frame: whose, where (left, top, width, height), the share of it that is seen, and where that is."""

    person: int
    box: tuple[float, float, float, float]
    seen: float
    seen_box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Scene:
    width: int
    height: int
    seconds: float
    people: Sequence[Person]
    hiders: Sequence[Hider] = ()
    camera: Callable[[float], tuple[float, float]] = lambda at: (0.0, 0.0)
    spoil: Callable[[np.ndarray, float], np.ndarray] = lambda picture, at: picture
    rate: int = 25
    seed: int = 1

    @property
    def frames(self) -> int:
        return round(self.seconds * self.rate)


def drawn(seed: int) -> Sprite:
    """A face of few strokes; hair, skin and clothes by `seed`."""
    rng = np.random.default_rng(seed)
    side = DRAWN_PX
    picture = np.zeros((side, side, 4), dtype=np.uint8)
    middle, unit = np.array([side / 2, side * 0.42]), side / 4.2
    skin = np.array([225, 175, 150]) * rng.uniform(0.6, 1.05)
    hair, clothes = rng.integers(20, 90, 3), rng.integers(30, 200, 3)

    def blob(x, y, wide, high, colour):
        centre = tuple(int(v) for v in middle + np.array([x, y]) * unit)
        tone = (*(int(min(v, 255)) for v in colour), 255)
        cv2.ellipse(picture, centre, (max(int(wide * unit), 1), max(int(high * unit), 1)), 0, 0, 360, tone, -1)

    blob(0, 2.6, 1.8, 1.4, clothes)
    blob(0, 0.9, 0.4, 0.7, skin * 0.88)
    blob(0, -0.15, 0.9, 1.15, hair)
    blob(0, 0, 0.75, 1, skin)
    for side_of in (-1, 1):
        blob(side_of * 0.3, -0.12, 0.17, 0.09, (250, 250, 250))
        blob(side_of * 0.3, -0.12, 0.08, 0.09, (40, 30, 30))
        blob(side_of * 0.3, -0.3, 0.2, 0.04, hair)
        blob(side_of * 0.75, 0, 0.1, 0.2, skin * 0.95)
    blob(0, 0.2, 0.1, 0.2, skin * 0.9)
    blob(0, 0.32, 0.14, 0.05, skin * 0.75)
    blob(0, 0.55, 0.28, 0.08, (170, 70, 75))
    soft = cv2.GaussianBlur(picture, (0, 0), side / 120)
    left, top = middle - np.array([0.75, 0.9]) * unit
    return Sprite(soft, (int(left), int(top), int(1.5 * unit), int(1.9 * unit)))


def walk(start: tuple[float, float, float], end: tuple[float, float, float], seconds: float, *, since: float = 0.0):
    """Straight from one place and size to another, in so many seconds; nowhere before and after."""

    def at(now: float) -> tuple[float, float, float] | None:
        part = (now - since) / seconds
        if not 0 <= part <= 1:
            return None
        return tuple(one + (other - one) * part for one, other in zip(start, end, strict=True))

    return at


def rendered(scene: Scene) -> Iterator[tuple[np.ndarray, list[Truth]]]:
    """Each frame as RGB with its truth."""
    world = _world(scene)
    for number in range(scene.frames):
        now = number / scene.rate
        x, y = scene.camera(now)
        picture = _window(world, x, y, scene)
        owner = np.full(picture.shape[:2], -1, dtype=np.int16)
        boxes = {}
        for who, person in enumerate(scene.people):
            if (place := person.at(now)) is not None:
                boxes[who] = _placed(picture, owner, who, person.sprite, place, (x, y))
        for hider in scene.hiders:
            left, top, wide, high = hider.box
            area = _clipped((left - x, top - y, wide, high), picture.shape)
            picture[area], owner[area] = (60, 62, 66), -2
        yield (
            scene.spoil(picture, now),
            [Truth(who, box, *_seen(owner, who, box)) for who, box in boxes.items()],
        )


def coded(scene: Scene, path: Path, *, crf: int = 20) -> list[list[Truth]]:
    """Write the clip as H.264; returns the truth of each frame."""
    truths = []
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=scene.rate, options={"preset": "veryfast", "crf": str(crf), "g": "30"})
        stream.width, stream.height, stream.pix_fmt = scene.width, scene.height, "yuv420p"
        for picture, truth in rendered(scene):
            truths.append(truth)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        out.mux(stream.encode(None))
    return truths


def _world(scene: Scene) -> np.ndarray:
    """Streets have detail at every size: noise of many scales, larger than the picture by half of it on each side."""
    rng = np.random.default_rng(scene.seed)
    size = scene.width * 2, scene.height * 2
    world = np.zeros((size[1], size[0], 3), dtype=np.float32)
    for cells in (6, 16, 48, 160):
        noise = rng.uniform(-1, 1, (cells, cells * 2, 3)).astype(np.float32)
        world += cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC) * (30 if cells < 100 else 12)
    return np.clip(world + 110, 0, 255).astype(np.uint8)


def _window(world: np.ndarray, x: float, y: float, scene: Scene) -> np.ndarray:
    shift = np.float32([[1, 0, -(x + scene.width / 2)], [0, 1, -(y + scene.height / 2)]])
    size = scene.width, scene.height
    return cv2.warpAffine(world, shift, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _placed(picture, owner, who, sprite, place, camera):
    centre_x, centre_y, height = place
    scale = height / sprite.face[3]
    face_x, face_y = sprite.face[0] + sprite.face[2] / 2, sprite.face[1] + sprite.face[3] / 2
    left, top = centre_x - camera[0] - face_x * scale, centre_y - camera[1] - face_y * scale
    shift = np.float32([[scale, 0, left], [0, scale, top]])
    size = picture.shape[1], picture.shape[0]
    small = sprite.picture
    if scale < 0.5:  # averaged first: a thinned out picture flickers
        step = 0.5 / scale
        small = cv2.resize(small, None, fx=1 / step, fy=1 / step, interpolation=cv2.INTER_AREA)
        shift[:, :2] *= step
    layer = cv2.warpAffine(small, shift, size, flags=cv2.INTER_LINEAR)
    weight = layer[..., 3:].astype(np.float32) / 255
    picture[:] = np.clip(picture * (1 - weight) + layer[..., :3] * weight, 0, 255).astype(np.uint8)
    owner[layer[..., 3] > 127] = who
    return left + sprite.face[0] * scale, top + sprite.face[1] * scale, sprite.face[2] * scale, sprite.face[3] * scale


def _seen(owner: np.ndarray, who: int, box) -> tuple[float, tuple[float, float, float, float]]:
    """The share of the face's pixels that belong to its person and lie in the picture, and the box around those."""
    area = _clipped(box, owner.shape)
    rows, columns = np.nonzero(owner[area] == who)
    if not len(rows):
        return 0.0, box
    left, top = area[1].start + columns.min(), area[0].start + rows.min()
    around = float(left), float(top), float(np.ptp(columns) + 1), float(np.ptp(rows) + 1)
    return min(len(rows) / (box[2] * box[3]), 1.0), around


def _clipped(box, shape) -> tuple[slice, slice]:
    left, top, wide, high = box
    rows = slice(max(round(top), 0), max(min(round(top + high), shape[0]), 0))
    return rows, slice(max(round(left), 0), max(min(round(left + wide), shape[1]), 0))
