"""Draws demonstration footage: people walking through a street at dusk, hand-held, with two voices and a siren.

Nothing here is evidence and nothing here reads media: it only makes some, so that a fresh installation has something
to watch, cut and pixelate. Run as `python -m workers.media.scene OUT.mp4`; the same seed gives the same scene.
"""

import argparse
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT, RATE = 960, 540, 25
SOUND_RATE = 48_000
SILENT_START_S = 2.0
"""Pre-record is often silent on body-worn cameras: the scene shows it too."""
Picture = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Walker:
    """One person in the scene: where they start (pixels), how fast and how near they walk, what they wear (BGR)."""

    x: float
    speed: float
    scale: float
    coat: Colour
    skin: Colour
    hair: Colour
    phase: float


def walkers_of(seed: int) -> list[Walker]:
    """Four to six people, far ones first so that near ones pass in front of them."""
    random = np.random.default_rng(seed)
    skins = ((150, 180, 224), (92, 130, 180), (60, 86, 130), (170, 200, 240))
    people = [
        Walker(
            x=float(random.uniform(0, WIDTH)), speed=float(random.uniform(30, 90) * random.choice((-1, 1))),
            scale=float(random.uniform(0.75, 1.7)), coat=_colour(random), skin=skins[int(random.integers(4))],
            hair=_colour(random, 70), phase=float(random.uniform(0, 6)),
        )
        for _ in range(int(random.integers(4, 7)))
    ]  # fmt: skip
    return sorted(people, key=lambda walker: walker.scale)


def _colour(random: np.random.Generator, brightest: int = 190) -> Colour:
    blue, green, red = (int(value) for value in random.integers(20, brightest, 3))
    return blue, green, red


def street(seed: int) -> Picture:
    """The still background, larger than a frame so that the camera can shake: sky, houses, windows, road, a car."""
    random = np.random.default_rng(seed + 1)
    height, width = HEIGHT + 60, WIDTH + 60
    picture = np.zeros((height, width, 3), np.uint8)
    for row in range(height):
        shade = row / height
        picture[row] = (int(110 - 60 * shade), int(80 - 30 * shade), int(70 - 10 * shade))
    left = 0
    while left < width:
        wide, tall = int(random.integers(90, 190)), int(random.integers(180, 330))
        top = 380 - tall
        wall = _colour(random, 90)
        cv2.rectangle(picture, (left, top), (left + wide, 400), wall, -1)
        for y in range(top + 18, 360, 46):
            for x in range(left + 14, left + wide - 24, 40):
                lit = (120, 200, 235) if random.random() < 0.35 else (60, 50, 45)
                cv2.rectangle(picture, (x, y), (x + 20, y + 26), lit, -1)
        left += wide
    cv2.rectangle(picture, (0, 400), (width, height), (58, 56, 54), -1)
    cv2.rectangle(picture, (0, 400), (width, 414), (105, 105, 108), -1)
    for x in range(0, width, 120):
        cv2.rectangle(picture, (x, 560), (x + 60, 566), (190, 200, 205), -1)
    _car(picture, int(random.integers(80, 620)), _colour(random), f"CT{random.integers(10, 99)} DMO")
    noise = random.normal(0, 5, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def _car(picture: Picture, x: int, colour: Colour, plate: str) -> None:
    cv2.rectangle(picture, (x, 372), (x + 230, 430), colour, -1)
    cv2.rectangle(picture, (x + 45, 334), (x + 180, 376), colour, -1)
    cv2.rectangle(picture, (x + 54, 342), (x + 170, 372), (75, 62, 50), -1)
    for wheel in (x + 45, x + 185):
        cv2.circle(picture, (wheel, 432), 23, (22, 22, 22), -1)
    cv2.rectangle(picture, (x + 4, 398), (x + 86, 418), (60, 210, 240), -1)
    cv2.putText(picture, plate, (x + 8, 413), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (10, 10, 10), 1, cv2.LINE_AA)


def walker_draw(picture: Picture, walker: Walker, at_s: float) -> None:
    """Draw one person as they are at a time (seconds)."""
    size = walker.scale
    x = int((walker.x + walker.speed * at_s) % (WIDTH + 240)) - 90
    swing = math.sin(at_s * 5 + walker.phase)
    feet = int(450 + 55 * size)
    hip, chest = feet - int(62 * size), feet - int(125 * size)
    head = (x, chest - int(30 * size + 2 * abs(swing)))
    for side in (-1, 1):
        foot = (x + int(side * 20 * size * swing), feet)
        cv2.line(picture, (x, hip), foot, (48, 40, 38), max(2, int(13 * size)), cv2.LINE_AA)
        hand = (x - int(side * 26 * size * swing), hip + int(2 * size))
        cv2.line(picture, (x, chest + int(8 * size)), hand, walker.coat, max(2, int(10 * size)), cv2.LINE_AA)
    _oval(picture, (x, (hip + chest) // 2), (int(22 * size), int(40 * size)), walker.coat)
    face_draw(picture, head, size, walker)


def face_draw(picture: Picture, centre: tuple[int, int], size: float, walker: Walker) -> None:
    """A face with hair, eyes, brows, nose and mouth: enough to want to pixelate."""
    x, y = centre
    _oval(picture, (x, y - int(4 * size)), (int(19 * size), int(23 * size)), walker.hair)
    _oval(picture, (x, y + int(2 * size)), (int(16 * size), int(20 * size)), walker.skin)
    for side in (-1, 1):
        eye = (x + int(side * 6 * size), y)
        cv2.circle(picture, eye, max(1, int(2.6 * size)), (245, 245, 245), -1, cv2.LINE_AA)
        cv2.circle(picture, eye, max(1, int(1.4 * size)), (30, 30, 30), -1, cv2.LINE_AA)
        brow = (eye[0] - int(3 * size), y - int(5 * size)), (eye[0] + int(3 * size), y - int(5 * size))
        cv2.line(picture, *brow, walker.hair, max(1, int(size)), cv2.LINE_AA)
    cv2.line(picture, (x, y + int(2 * size)), (x + int(2 * size), y + int(7 * size)), (70, 90, 120), 1, cv2.LINE_AA)
    _oval(picture, (x, y + int(12 * size)), (int(6 * size), int(2 * size)), (70, 70, 160), until=180)


def _oval(picture: Picture, centre: tuple[int, int], axes: tuple[int, int], colour: Colour, until: int = 360) -> None:
    cv2.ellipse(picture, centre, axes, 0, 0, until, colour, -1, cv2.LINE_AA)


def frame_draw(background: Picture, walkers: list[Walker], number: int, caption: str) -> Picture:
    """One frame (BGR, HEIGHT x WIDTH): hand-held shake, people, and the camera's own burnt-in clock."""
    at_s = number / RATE
    dx = int(30 + 12 * math.sin(at_s * 2.1) + 6 * math.sin(at_s * 9.7))
    dy = int(30 + 9 * math.sin(at_s * 3.3) + 5 * math.sin(at_s * 11.1))
    picture = np.ascontiguousarray(background[dy : dy + HEIGHT, dx : dx + WIDTH])
    for walker in walkers:
        walker_draw(picture, walker, at_s)
    text = f"{caption}  {int(at_s) // 60:02d}:{at_s % 60:05.2f}"
    cv2.putText(picture, text, (18, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.62, (0, 0, 0), 4, cv2.LINE_AA)
    cv2.putText(picture, text, (18, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.62, (235, 235, 235), 1, cv2.LINE_AA)
    return picture


def sound(seed: int, seconds: float) -> npt.NDArray[np.float32]:
    """Mono samples in -1..1: two voices in turn (vowel-like formants in syllables), street noise, a passing siren."""
    random = np.random.default_rng(seed + 2)
    at = np.arange(int(seconds * SOUND_RATE)) / SOUND_RATE
    voices = np.zeros_like(at)
    for first, pitch in ((0.0, 115.0), (2.4, 205.0)):
        gate = (np.floor((at - first) / 2.4) % 2 == 0) & (at >= first)
        syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 3.6 * at + first)
        tone = sum(np.sin(2 * np.pi * pitch * n * at) / n for n in range(1, 14))
        formant = 0.6 + 0.4 * np.sin(2 * np.pi * 0.9 * at)
        voices += gate * syllables * formant * tone * 0.14
    near = np.exp(-(((at - seconds / 2) / 4) ** 2))
    siren = 0.06 * near * np.sin(2 * np.pi * (700 + 250 * np.sin(2 * np.pi * 0.4 * at)) * at)
    heard = (voices + siren + random.normal(0, 0.012, at.size)) * (at >= SILENT_START_S)
    return np.clip(heard, -1, 1).astype(np.float32)


def scene_make(out: Path, *, seed: int, seconds: float, caption: str, has_sound: bool = True) -> None:
    """Write `seconds` of 960x540 at 25 frames a second, H.264 with a key frame a second, AAC: as cameras do."""
    background, walkers = street(seed), walkers_of(seed)
    with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "24", "g": str(RATE)})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=SOUND_RATE, layout="mono") if has_sound else None
        for number in range(int(seconds * RATE)):
            picture = frame_draw(background, walkers, number, caption)
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(video.encode(None))
        if audio is not None:
            for start, block in _blocks(sound(seed, seconds)):
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
                container.mux(audio.encode(frame))
            container.mux(audio.encode(None))


def _blocks(samples: npt.NDArray[np.float32]) -> list[tuple[int, npt.NDArray[np.float32]]]:
    return [(start, samples[None, start : start + 1024]) for start in range(0, samples.size - 1023, 1024)]


def main() -> None:
    """Make one scene."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--caption", default="DEMONSTRATION")
    parser.add_argument("--silent", action="store_true", help="no sound track at all")
    given = parser.parse_args()
    scene_make(given.out, seed=given.seed, seconds=given.seconds, caption=given.caption, has_sound=not given.silent)


if __name__ == "__main__":
    main()
