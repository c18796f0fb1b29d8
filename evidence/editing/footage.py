"""What an edit is made from: sealed files with their frame indexes, as a recipe names both; a recording is one film.

Frame numbers are those of the sealed file's own index, also where browsers are shown a proxy: frame n of a proxy shows
the picture of frame n of the original, or the page offers no frames. Nothing is opened here but our own index file.
"""

from collections.abc import Mapping, Sequence
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
from workers.media.reel import Reel, TimeBasesDiffer

NOT_JOINED = "The parts of this recording can only be edited one by one."


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


@dataclass(frozen=True)
class Film:
    """What one edit is made from: a whole recording, or one part of it. Frames and seconds run on through its parts.

    `whole`: it is all there is of the recording.
    """

    parts: tuple[Footage, ...]
    reel: Reel
    whole: bool = True

    @classmethod
    def of(cls, *parts: Footage, whole: bool = True) -> "Film":
        """The parts in order, at least one."""
        return cls(parts, Reel([part.index for part in parts]), whole)

    @property
    def video(self) -> Video:
        """The picture's size and shape, the same in all parts."""
        return self.parts[0].video

    @property
    def frame_count(self) -> int:
        """Frames are numbered from 0 to one less."""
        return self.reel.frame_count

    @property
    def end_s(self) -> Fraction:
        """Seconds at which the last frame ends."""
        return self.reel.end_s

    @property
    def told_end_s(self) -> Fraction:
        """The latest end anybody was told: sound often outlasts the last picture."""
        last = self.parts[-1]
        return max(self.end_s, self.reel.starts_s[-2] + Fraction(last.file.duration_s or 0.0))

    @property
    def has_sound(self) -> bool:
        """Whether any part has."""
        return any(part.source.audio is not None for part in self.parts)

    @property
    def known(self) -> Mapping[str, KnownFile]:
        """What is on record about the files, to hold a recipe against."""
        return {name: file for part in self.parts for name, file in part.known.items()}

    def edge_s(self, frame: int) -> Fraction:
        """Seconds at which a frame begins; `frame_count` gives the end of the last."""
        return self.reel.edge_s(frame)


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


def film_of(recording: Recording, number: int | None) -> Film:
    """A part of a recording as material for an edit, or, for None, all of it.

    Raises:
        RecordingMissing: it has no such part.
        NotEditable: a part of it cannot be cut, or the parts cannot be made one film.
    """
    numbers = [part.number for part in parts_of(recording)]
    if number is not None or len(numbers) == 1:
        wanted = number if number is not None else numbers[0]
        return Film.of(footage_of(recording, wanted), whole=len(numbers) == 1)
    if not numbers:
        raise RecordingMissing
    return _joined([_part_of_whole(recording, each) for each in numbers])


def _part_of_whole(recording: Recording, number: int) -> Footage:
    try:
        return footage_of(recording, number)
    except NotEditable as refused:
        raise NotEditable(f"{NOT_JOINED} Part {number}: {refused.message}") from refused


def _joined(parts: Sequence[Footage]) -> Film:
    shapes = {(part.video.width, part.video.height, part.video.sar) for part in parts}
    if len(shapes) > 1:
        raise NotEditable(f"{NOT_JOINED} Their pictures differ in size or shape.")
    film = Film.of(*parts)
    try:
        film.reel.tick  # noqa: B018 - asking for it is the check
    except TimeBasesDiffer as differ:
        raise NotEditable(f"{NOT_JOINED} {differ.message}") from differ
    return film


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
