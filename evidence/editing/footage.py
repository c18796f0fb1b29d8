"""What an edit is made from: one sealed file with its frame index, as a recipe names both.

Frame numbers are those of the sealed file's own index, also where browsers are shown a proxy: frame n of a proxy shows
the picture of frame n of the original, or the page offers no frames. Nothing is opened here but our own index file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from evidence.editing.errors import NotEditable
from evidence.recordings.errors import RecordingMissing
from evidence.recordings.models import FileRole, Kind, Recording, RecordingFile
from evidence.recordings.queries import Part, files_of, parts_of
from evidence.vault.services import object_read
from workers.media.errors import DamagedIndex
from workers.media.frame_index import FrameIndex
from workers.media.recipe import Audio, KnownFile, Source, Video


@dataclass(frozen=True, slots=True)
class Footage:
    """A sealed file that can be cut. `source` is how a recipe names it; sizes in shown pixels."""

    file: RecordingFile
    index: FrameIndex
    source: Source
    video: Video

    @property
    def frame_count(self) -> int:
        """Frames are numbered from 0 to one less."""
        return self.index.frame_count

    @property
    def end_s(self) -> Fraction:
        """Shown seconds at which the last frame ends."""
        return self.edge_s(self.frame_count)

    @property
    def known(self) -> Mapping[str, KnownFile]:
        """What is on record about the file, to hold a recipe against."""
        extent = (self.index.pts_of(0), self.index.end_pts)
        return {
            self.source.file: KnownFile(
                sha256=self.source.sha256, video=self.source.video, audio=self.source.audio, video_range=extent
            )
        }

    def edge_s(self, frame: int) -> Fraction:
        """Shown seconds at which a frame begins; `frame_count` gives the end of the last."""
        if frame < self.frame_count:
            return self.index.seconds_of(frame)
        return (self.index.end_pts - self.index.presentation_offset) * self.index.time_base


def part_wanted(recording: Recording, number: int) -> Part:
    """A part of a recording.

    Raises:
        RecordingMissing: it has no such part.
    """
    found = next((part for part in parts_of(recording) if part.number == number), None)
    if found is None:
        raise RecordingMissing
    return found


def footage_of(recording: Recording, number: int) -> Footage:
    """A part of a recording as material for an edit.

    Raises:
        RecordingMissing: it has no such part.
        NotEditable: it is a still, is not ready yet, or has no pictures that can be read.
    """
    part = part_wanted(recording, number)
    reason = why_not(recording, part)
    if reason:
        raise NotEditable(reason)
    index = _index_of(recording, part)
    found = _videos(part.original, index)
    if not found:
        raise NotEditable("Its frame numbers belong to another picture. Have it prepared again on its Watch page.")
    source = Source(
        file=str(part.original.id), sha256=part.original.sha256,
        role="master" if part.original.role == FileRole.MASTER else "copy", video=found[0],
        audio=_audio(part.original, index),
    )  # fmt: skip
    return Footage(file=part.original, index=index, source=source, video=found[0])


def why_not(recording: Recording, part: Part) -> str:
    """Why a part cannot be cut by frames, for people; '' where it can."""
    if recording.kind == Kind.STILL:
        return "A still is one picture: there is nothing to cut. Edit the recording that it was taken from."
    original = part.original
    if original.trouble or original.way == "none":
        said = original.trouble or original.because
        return f"This recording cannot be played, so nothing can be cut from it. {said}"
    if original.probe is None:
        return "It is sealed and still being prepared. It can be edited as soon as it can be watched."
    if not original.probe.get("video"):
        return "This recording has no picture, so there are no frames to cut by. Make a plain MP4 of it instead."
    if original.probe.get("uneditable"):
        return str(original.probe["uneditable"])
    if not files_of(recording, FileRole.INDEX):
        return "No frames could be counted in this recording. Make a plain MP4 of it, and edit that."
    return ""


def _index_of(recording: Recording, part: Part) -> FrameIndex:
    stored = next(
        (file.stored for file in files_of(recording, FileRole.INDEX) if file.part == part.number), None
    )  # fmt: skip
    if stored is None:
        raise NotEditable("No frames could be counted in this part. Make a plain MP4 of it, and edit that.")
    try:
        return FrameIndex.parse(b"".join(object_read(stored, 0, stored.size_bytes)))
    except DamagedIndex as damaged:
        raise NotEditable(damaged.message) from damaged


def _videos(file: RecordingFile, index: FrameIndex) -> list[Video]:
    """The picture the index counts, as the sandbox described it; empty where it did not."""
    return [
        Video(
            stream=row["index"], time_base=_pair(row["time_base"]), width=row["width"], height=row["height"],
            rotation=row["rotation"], sar=_pair(row["sar"]),
        )
        for row in (file.probe or {}).get("video", ())
        if row["index"] == index.stream
    ]  # fmt: skip


def _audio(file: RecordingFile, index: FrameIndex) -> Audio | None:
    """The first sound that can be decoded: the one that is shown, muted and carried into copies."""
    rows = [row for row in (file.probe or {}).get("audio", ()) if row["codec"] != "unknown"]
    if not rows or index.audio_time_base is None:
        return None
    return Audio(stream=rows[0]["index"], time_base=_pair(rows[0]["time_base"]), rate=rows[0]["rate"])


def _pair(value: Any) -> tuple[int, int]:
    first, second = value
    return int(first), int(second)
