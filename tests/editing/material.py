"""Recordings to edit: each frame says its number in its pixels; sealed in the vault, looked at by our library.

COUNT frames at 25 a second, 320 x 192, with a tone. Nothing of the product is replaced.
"""

import atexit
import io
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.custody.models import Event
from evidence.custody.queries import Line, lines
from evidence.editing.stretches import Edge, Stretch
from evidence.identity.models import Person
from evidence.jobs.models import Job, JobState
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.queries import original_file
from evidence.recordings.services.preparing import (
    PREPARATION,
    Derived,
    Prepared,
    preparation_ask,
    preparation_finish,
)
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put, object_read
from tests import factories
from tests.jobs.running import jobs_run
from tests.workers.media import render_sources as numbered
from workers.handlers.prepare import DERIVED, pictures_s
from workers.media.prepare import prepare
from workers.media.wire import to_obj

COUNT = 75
PART = 30
WIDTH, HEIGHT = numbered.WIDTH, numbered.HEIGHT
BOX = {"x": 40, "y": 112, "w": 60, "h": 40}


@dataclass(frozen=True)
class _Known:
    """A recording made before in this session: its file, and what our library found in it."""

    path: Path
    prepared: Prepared
    derived: tuple[tuple[FileRole, str, Path], ...]


_folder = Path(tempfile.mkdtemp(prefix="continuity-editing-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
_known: dict[str, _Known] = {}


def recorded(*, officer: Person | None = None, with_sound: bool = True, **options: Any) -> Recording:
    """A playable Master of COUNT numbered frames; made and looked at once a session, sealed anew each time."""
    key = repr((with_sound, sorted(options.items())))
    if key not in _known:
        _known[key] = _made_known(with_sound=with_sound, **options)
    return _recorded(_known[key], _sealed(_known[key].path, officer))


def recorded_from(path: Path, *, officer: Person | None = None) -> Recording:
    """A file without sound as a playable Master; looked at once a session, sealed anew each time."""
    if str(path) not in _known:
        (folder := _folder / str(len(_known))).mkdir()
        _known[str(path)] = _looked_at(path, folder, with_sound=False)
    return _recorded(_known[str(path)], _sealed(path, officer))


def recorded_in_parts(*, officer: Person | None = None, parts: Sequence[int] = (1, 2)) -> Recording:
    """A playable Master that its camera cut into files of PART frames each: part 2 goes on where part 1 ends."""
    recording = None
    for part in parts:
        key = f"part {part}"
        if key not in _known:
            times = numbered.even_times(PART)
            _known[key] = _made_known(with_sound=True, times=times, first_number=PART * (part - 1))
        known = _known[key]
        recording = _recorded(known, _sealed(known.path, officer, sender_key="one capture", part=part))
    assert recording is not None
    return recording


def _recorded(known: _Known, file: RecordingFile) -> Recording:
    derived = tuple(
        Derived(role, object_put(object_class=ObjectClass.DERIVED, source=path), media_type)
        for role, media_type, path in known.derived
    )
    preparation_finish(file=file, prepared=known.prepared, derived=derived)
    return Recording.objects.get(pk=file.recording_id)


def _made_known(*, with_sound: bool, **options: Any) -> _Known:
    folder = _folder / str(len(_known))
    folder.mkdir()
    times = options.pop("times", numbered.even_times(COUNT))
    sound = numbered.tone(len(times) / 25) if with_sound else None
    return _looked_at(
        numbered.coded(folder / "master.mp4", times, sound=sound, **options), folder, with_sound=with_sound
    )


def _looked_at(path: Path, folder: Path, *, with_sound: bool) -> _Known:
    report = prepare(path, folder)
    probe = {**to_obj(report.probe), "pictures_s": pictures_s(report.index) if report.index else None}
    return _Known(
        path=path,
        prepared=Prepared(probe, "video/mp4", report.probe.video[0].width, report.probe.video[0].height, with_sound),
        derived=tuple((*DERIVED[name], folder / name) for name, _ in report.files),
    )


def _sealed(path: Path, officer: Person | None, **facts: Any) -> RecordingFile:
    post = officer.posts.first() if officer else None
    return factories.sealed(path, officer=officer, team=post.unit if post else None, **facts)


def prepared(path: Path, *, officer: Person | None = None) -> Recording:
    """A file as a Master, sealed and looked at by the real job."""
    file = _sealed(path, officer)
    preparation_ask(file=file, actor=PREPARATION)
    jobs_run()
    return Recording.objects.get(pk=file.recording_id)


def frames(start: int, end: int) -> Stretch:
    """A stretch by frame numbers, the end not included."""
    return Stretch(Edge(frame=start), Edge(frame=end))


def made(job: Job) -> Recording:
    """The working copy a job makes, run here and now, and prepared."""
    jobs_run()
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED, (job.error_code, job.error)
    return Recording.objects.get(pk=job.result["recording"])


def bytes_of(file: RecordingFile) -> bytes:
    """The sealed bytes."""
    return b"".join(object_read(file.stored, 0, file.size_bytes))


def fetched(recording: Recording, tmp: Path) -> Path:
    """The recording's sealed file, to be looked at with tools that are not ours."""
    file = original_file(recording)
    path = tmp / f"{recording.id}{'.png' if file.media_type == 'image/png' else '.mp4'}"
    path.write_bytes(bytes_of(file))
    return path


def numbers(path: Path) -> list[int]:
    """The numbers that the frames of a file show, in order."""
    return [frame.number for frame in numbered.frames_of(path)]


def record_of(recording: Recording) -> list[Line]:
    """The custody record of a recording."""
    return lines(Event.objects.filter(subject_id=recording.id).order_by("position"))


def verbs(recording: Recording) -> list[str]:
    """Names of what happened to it, in order."""
    return [line.verb for line in record_of(recording)]


def drawn(tracks: Sequence[dict[str, Any]] = (), **parts: Any) -> dict[str, Any]:
    """A draft as the page writes it."""
    return {"v": 1, "tracks": list(tracks), "mutes": [], "frames": [], "segments": [], **parts}


def track(first: int, end: int | None, *, identifier: str = "t1", effect: str = "solid", **box: int) -> dict[str, Any]:
    """A track with one key frame."""
    key = {"frame": first, **(box or BOX), "outside": False}
    return {
        "id": identifier, "kind": "face", "effect": effect, "reason": "privacy", "keyframes": [key], "end": end,
    }  # fmt: skip


def png_number(content: bytes) -> int:
    """The number that a still shows."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(content)) as picture:
        return numbered.number_in(np.asarray(picture.convert("L")))


def copies_of(recording: Recording) -> int:
    """How many working copies there are of it."""
    return Recording.objects.filter(parent=recording, files__role=FileRole.COPY).count()
