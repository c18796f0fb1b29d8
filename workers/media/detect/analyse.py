"""Detect and track: a recording, or a stretch of one, and the tracks that lie in it.

The idea: decode once, look at a few small pictures a second, follow what is found where the world stands still, join
what belongs together, and write boxes a person can check. A stretch is complete in itself; `joining` puts stretches
together, so that several workers can share a long recording.
"""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from workers.media.detect.detectors import Boxes, Guarded
from workers.media.detect.joining import named
from workers.media.detect.linking import things_of
from workers.media.detect.motion import Offset
from workers.media.detect.report import DetectorFacts, DetectReport, FoundTrack, Tracks, VideoFacts
from workers.media.detect.resolving import Resolver, Timeline
from workers.media.detect.tracking import Tracker
from workers.media.detect.watching import Step, Watch
from workers.media.errors import BadRequest, NoFrames, NoVideo
from workers.media.frame_index import FrameIndex
from workers.media.frames import SourceFrames
from workers.media.index import index_build
from workers.media.inputs import NotEditable
from workers.media.probe import probe
from workers.media.progress import Progress
from workers.media.recipe_model import Video
from workers.media.reports import Finding
from workers.media.wire import to_obj

Stretch: TypeAlias = tuple[int, int]
"""From which stored pts up to which (exclusive)."""


def detect_write(
    frames: SourceFrames, out: Path, detectors: Sequence[Guarded], *, start: int | None = None, end: int | None = None
) -> DetectReport:
    """Write what is found from pts `start` up to `end` (all there is where None) to `out`; raises as `detect`."""
    began = time.process_time()
    first, last = frames.index.pts_of(0), frames.index.end_pts
    found = detect(frames, detectors, stretch=(first if start is None else start, last if end is None else end))
    size_bytes = out.write_text(json.dumps(to_obj(found), separators=(",", ":")), encoding="ascii")
    return DetectReport(
        v=1,
        range=found.range,
        frames=found.frames,
        looks=found.looks,
        looks_spared=found.looks_spared,
        detectors=found.detectors,
        tracks=len(found.tracks),
        tracks_doubtful=sum(track.is_doubtful for track in found.tracks),
        left_out=found.left_out,
        size_bytes=size_bytes,
        cpu_s=round(time.process_time() - began, 3),
        findings=found.findings,
    )


def pictures_of(path: Path, known: Path | None = None) -> SourceFrames:
    """The recording's frames, by its own index, or by the one in the file `known`, which saves reading all packets.

    Raises NotEditable where frames cannot be named, NoVideo, NotMedia; DamagedIndex for a `known` that is none.
    """
    if known is not None:
        index = FrameIndex.read(known)
    else:
        index, report = index_build(path)
        if report.uneditable:
            raise NotEditable(report.uneditable)
    row = next((row for row in probe(path).video if row.index == index.stream), None)
    if row is None:
        raise NoVideo("The recording has no picture where its index looks for it. Prepare it again.")
    video = Video(row.index, row.time_base, row.width, row.height, row.rotation, row.sar)
    return SourceFrames(path=path, video=video, index=index)


def detect(frames: SourceFrames, detectors: Sequence[Guarded], *, stretch: Stretch | None = None) -> Tracks:
    """What is found in `stretch` of a recording. Raises BadRequest, NoFrames, DetectorFailed and as SourceFrames."""
    index, video = frames.index, frames.video
    start, end = stretch or (index.pts_of(0), index.end_pts)
    if start >= end or end <= index.pts_of(0) or start >= index.end_pts:
        whole = f"{index.pts_of(0)} to {index.end_pts}"
        raise BadRequest(f"From {start} to {end} is no stretch of this recording ({whole}).")
    timeline = Timeline(end=min(end, index.end_pts))
    following = Following(detectors, timeline)
    progress = Progress(stage="looking at", total=_count(frames, start, end))
    for step in Watch(frames, detectors).steps(start, end):
        following.take(step, step.pts * float(index.time_base))
        progress.step(step.number + 1)
    progress.finish(len(timeline.pts))
    if not timeline.pts:
        raise NoFrames("Not one frame of this stretch could be decoded.")
    found = tuple(named(list(following.tracks((video.width, video.height)))))
    return Tracks(
        v=1,
        video=VideoFacts(
            stream=video.stream, time_base=video.time_base, width=video.width, height=video.height,
            rotation=video.rotation, sar=video.sar,
        ),
        range=(start, end),
        frames=len(timeline.pts),
        looks=following.looks,
        looks_spared=following.looks_spared,
        detectors=following.facts(),
        tracks=found,
        left_out=following.left_out,
        findings=tuple(_findings(following, frames)),
    )  # fmt: skip


class Following:
    """Takes the frames of a stretch and follows what each detector finds."""

    def __init__(self, detectors: Sequence[Guarded], timeline: Timeline) -> None:
        self._detectors, self._timeline = detectors, timeline
        self._sure = [Tracker(spawn=detector.spawn) for detector in detectors]
        self._faint = [Tracker(spawn=detector.keep) for detector in detectors]
        self.refused = [0] * len(detectors)
        self.looks = self.looks_spared = self.left_out = 0

    def take(self, step: Step, at_s: float) -> None:
        """The next frame."""
        self._timeline.pts.append(step.pts)
        self._timeline.offsets.append(step.offset)
        if step.look is None:
            return
        self._timeline.looks.append(step.number)
        self.looks += not step.look.is_spared
        self.looks_spared += step.look.is_spared
        for at, answer in enumerate(step.look.answers):
            rest = self._sure[at].take(step.number, at_s, _steadied(answer.boxes, step.offset))
            self._faint[at].take(step.number, at_s, rest)
            self.refused[at] += answer.refused

    def facts(self) -> tuple[DetectorFacts, ...]:
        """Which detectors they were."""
        rows = zip((detector.identity for detector in self._detectors), self.refused, strict=True)
        return tuple(
            DetectorFacts(
                name=row.name, version=row.version, sha256=row.sha256, licence=row.licence, kind=row.kind,
                refused=refused,
            )
            for row, refused in rows
        )  # fmt: skip

    def tracks(self, size: tuple[int, int]) -> Iterator[FoundTrack]:
        """All that was followed, not yet named."""
        for detector, sure, faint in zip(self._detectors, self._sure, self._faint, strict=True):
            who = detector.identity
            resolver = Resolver(timeline=self._timeline, size=size, kind=who.kind, found_by=who.found_by)
            things, left_out = things_of(sure.finish(), faint.finish())
            self.left_out += left_out
            rows = (resolver.track(thing, "") for thing in things)
            yield from (row for row in rows if row is not None)


def _steadied(boxes: Boxes, offset: Offset) -> Boxes:
    steady: Boxes = boxes.copy()
    steady[:, 0] -= offset.x
    steady[:, 1] -= offset.y
    return steady


def _count(frames: SourceFrames, start: int, end: int) -> int:
    index = frames.index
    return index.frame_of_pts(end - 1) - index.frame_of_pts(start) + 1


def _findings(following: Following, frames: SourceFrames) -> Iterator[Finding]:
    if frames.undecodable:
        yield Finding(
            code="frames_undecodable",
            sentence="Parts of the recording are damaged; what is in them was not looked at. Look at them yourself.",
        )
    if sum(following.refused):
        yield Finding(
            code="boxes_refused",
            sentence="A detector named places that cannot be in the picture; those were dropped. Tell its maker.",
        )
