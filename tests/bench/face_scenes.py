"""The scenes that detection is measured on: what goes wrong on a body-worn camera, one thing a scene."""

from collections.abc import Callable, Mapping, Sequence
from math import sin

import cv2
import numpy as np

from tests.workers.media.people import Hider, Person, Scene, Sprite, walk

WIDTH, HEIGHT, SECONDS, RATE = 1280, 720, 8.0, 30


def sprites(picture: np.ndarray) -> list[Sprite]:
    """Eight people from the astronaut of scikit-image (NASA, public domain): mirrored, tinted, turned, cut alike."""
    person = picture[0:330, 60:390]
    high, wide = person.shape[:2]
    rows, columns = np.mgrid[0:high, 0:wide]
    head = ((columns - 164) / 85) ** 2 + ((rows - 110) / 105) ** 2
    body = ((columns - 164) / 165) ** 2 + ((rows - 330) / 150) ** 2
    mask = np.clip((1.15 - np.minimum(head, body)) * 6, 0, 1)
    found = []
    for number in range(8):
        tint = np.array([1.0, 0.9 + 0.05 * (number % 3), 0.85 + 0.05 * (number % 4)]) * (1.05 - 0.05 * number)
        shown = np.clip(person * tint, 0, 255).astype(np.uint8)
        whole = np.dstack([shown, (mask * 255).astype(np.uint8)])
        face = (120, 62, 90, 112)
        if number % 2:
            whole, face = np.ascontiguousarray(whole[:, ::-1]), (wide - face[0] - face[2], face[1], face[2], face[3])
        turn = cv2.getRotationMatrix2D((face[0] + face[2] / 2, face[1] + face[3] / 2), (number % 3 - 1) * 6, 1.0)
        found.append(Sprite(cv2.warpAffine(whole, turn, (wide, high)), face))
    return found


def _people(faces: Sequence[Sprite], *rows: Callable[[float], tuple[float, float, float] | None]) -> list[Person]:
    return [Person(faces[number % len(faces)], row) for number, row in enumerate(rows)]


def _swaying(x: float, y: float, size: float, speed: float = 0.0) -> Callable[[float], tuple[float, float, float]]:
    return lambda at: (x + speed * at + 14 * sin(at * 2.1 + x), y + 6 * sin(at * 3.3 + y), size)


def _shaking(at: float) -> tuple[float, float]:
    return (
        30 * sin(at * 19) + 18 * sin(at * 31 + 1) + 12 * at,
        22 * sin(at * 23 + 2) + 12 * sin(at * 41),
    )


def _blurred(picture: np.ndarray, at: float) -> np.ndarray:
    width = 3 + round(9 * (0.5 + 0.5 * sin(at * 2.5)))
    return cv2.blur(picture, (width * 2 + 1, 1))


def _dark(picture: np.ndarray, at: float) -> np.ndarray:
    rng = np.random.default_rng(round(at * 1000))
    dim = (picture / 255.0) ** 1.4 * 60 + 8
    return np.clip(dim + rng.normal(0, 5, picture.shape), 0, 255).astype(np.uint8)


def scenes(faces: Sequence[Sprite]) -> Mapping[str, Scene]:
    """By name; eight seconds of 720p each."""
    at_ease = _people(
        faces, walk((150, 300, 60), (900, 360, 110), 8), walk((1200, 280, 50), (300, 300, 60), 8),
        _swaying(640, 250, 40), _swaying(900, 240, 32, 10),
    )  # fmt: skip
    crossing = _people(
        faces, walk((200, 330, 80), (1100, 330, 80), 8), walk((1100, 350, 90), (200, 350, 90), 8),
        walk((100, 300, 45), (1250, 310, 45), 8), walk((700, 290, 36), (500, 300, 36), 8),
    )  # fmt: skip
    far = _people(faces, *(_swaying(150 + 140 * number, 240 + 9 * number, 16 + 2 * number, 5) for number in range(8)))
    pillars = [Hider((420, 0, 90, 720)), Hider((800, 0, 120, 720))]

    def scene(people: Sequence[Person], seed: int, **more: object) -> Scene:
        return Scene(WIDTH, HEIGHT, SECONDS, people, rate=RATE, seed=seed, **more)  # type: ignore[arg-type]

    return {
        "plain": scene(at_ease, 1, camera=lambda at: (20 * at, 4 * sin(at))),
        "crossing and hidden": scene(crossing, 2, hiders=pillars),
        "shaking": scene(at_ease, 3, camera=_shaking),
        "blurred": scene(at_ease, 4, camera=lambda at: (25 * sin(at), 0), spoil=_blurred),
        "dark": scene(at_ease, 5, camera=lambda at: (10 * at, 0), spoil=_dark),
        "far": scene(far, 6, camera=lambda at: (6 * at, 3 * sin(at * 5))),
    }
