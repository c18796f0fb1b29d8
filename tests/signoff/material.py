"""Redactions to look at again: two people who stay, of whom a copy covers one; and lists made without a detector."""

import functools
from pathlib import Path
from typing import Any

from evidence.editing.services import redaction_request
from evidence.identity.models import Person
from evidence.identity.who import who_is
from evidence.recordings.models import Kind, Recording
from evidence.signoff.models import Look
from evidence.signoff.services import look_ask, look_finish
from evidence.signoff.services.looking import Found, FoundPlace
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put
from tests import factories
from tests.editing.material import drawn, made, prepared
from tests.factories import Scene
from tests.workers.media import people
from tests.workers.media.sources import folder

WIDTH, HEIGHT, SECONDS = 480, 270, 2
FOUND_BY = f"centerface:1.5.0:{'a' * 64}"
DETECTOR = {"name": "centerface", "version": "1.5.0", "sha256": "a" * 64, "licence": "MIT", "kind": "face"}


@functools.cache
def two_people() -> Path:
    """Two people who stay, one on the left and one on the right."""
    both = [
        people.Person(people.drawn(1), lambda at: (110, 110, 60)),
        people.Person(people.drawn(2), lambda at: (350, 120, 60)),
    ]
    path = folder() / "two-who-stay.mp4"
    people.coded(people.Scene(WIDTH, HEIGHT, SECONDS, both, seed=7), path)
    return path


def left_covered(officer: Person, **draft: Any) -> Recording:
    """A redaction that covers the one on the left and leaves the other bare; looked at again where that is on."""
    master = prepared(two_people(), officer=officer)
    track = {
        "id": "t1", "kind": "face", "effect": "solid", "reason": "privacy", "end": 50,
        "keyframes": [{"frame": 0, "x": 60, "y": 60, "w": 100, "h": 110, "outside": False}],
    }  # fmt: skip
    drawing = drawn([track], **draft)
    return made(redaction_request(who=who_is(officer), recording=master, draft=drawing, reason="Third party"))


def redaction(scene: Scene, tmp: Path, *, made_by: Person | None = None) -> Recording:
    """A redaction as a row with bytes, nobody has looked at."""
    return factories.copy_of(
        scene.file, b"redacted", tmp=tmp, made_by=made_by or scene.officer, kind=Kind.REDACTION
    )  # fmt: skip


def place(number: int = 1, **facts: Any) -> FoundPlace:
    """A place as a detector would give it."""
    usual: dict[str, Any] = {
        "track": f"face-{number}", "kind": "face", "found_by": FOUND_BY, "score_permille": 910, "is_doubtful": False,
        "frames": (10, 35), "ms": (400, 1400), "box": (300, 80, 60, 80), "box_frame": 20, "source": None,
        "picture": (0, 0, ""),
    }  # fmt: skip
    return FoundPlace(**{**usual, **facts})


def looked_at(copy: Recording, asker: Person, *places: FoundPlace, pictures: Path | None = None) -> Look:
    """A look that is over, with these places. `settings.LOOK_AGAIN` must name a detector."""
    look = look_ask(who=who_is(asker), copy=copy)
    found = Found(detectors=[DETECTOR], findings=[], frames=125, covered=1, places=places)
    put = object_put(object_class=ObjectClass.DERIVED, source=pictures) if pictures else None
    look_finish(look=look, found=found, pictures=put)
    return Look.objects.select_related("copy", "pictures").get(pk=look.pk)
