"""Makes playable copies: ``remux`` (the same packets in an MP4), ``transcode`` (H.264 High and AAC), and the proxy.

ffmpeg does the work; the plan is ``copy_plan``'s. Afterwards the copy is indexed and held against its source, so that
'frame n is frame n' is a measured claim and not a hope.
"""

import errno
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from workers.exec.errors import ToolFailed
from workers.exec.process import run
from workers.exec.tools import Tool, tool
from workers.media import playable
from workers.media.copy_plan import CopyPlan, Fitted, copy_argv, fit
from workers.media.encoders import CODECS, Encoder
from workers.media.errors import CopyFailed, NoFrames, NotMedia, NoVideo, Unplayable
from workers.media.frame_index import FrameIndex
from workers.media.index import index_build
from workers.media.probe import probe
from workers.media.progress import Progress
from workers.media.reports import AudioReport, CopyReport, Finding, IndexReport, ProbeReport, VideoReport

# The sandbox around this process ends it by its own, tighter limits; this only bounds a run outside one.
LONGEST_RUN_S = 24 * 3600
TIME_TOLERANCE = Fraction(2, 1000)
# ffmpeg writes in pieces of at most this size: with less room left than one, the disk may have stopped it
DISK_FULL_BYTES = 256 * 1024


def remux(source: Path, out: Path) -> CopyReport:
    """Rewrap as MP4 without touching picture or sound; raises Unplayable where they do not suit browsers."""
    found = _playable(source)
    video, audio = chosen_streams(found)
    if (
        video is None
        or video.is_mirrored
        or not playable.is_h264_for_browsers(video)
        or not playable.is_mp4_audio(audio)
    ):
        raise Unplayable("The picture or sound cannot be rewrapped as they are; make a proxy instead.")
    plan = CopyPlan(
        way="remux",
        video=video,
        audio=audio,
        video_done="copied",
        audio_done="copied" if audio is not None else "none",
        width=video.width,
        height=video.height,
    )
    return _make(plan, source=source, out=out)


def transcode(source: Path, out: Path, *, is_proxy: bool, encoder: Encoder = "software") -> CopyReport:
    """A plain MP4: H.264 High up to level 5.2, 4:2:0, AAC, fast start; at most 720 lines for a proxy.

    A proxy whose pictures browsers play already copies them and encodes the sound only. Raises Unplayable, CopyFailed.
    """
    found = _playable(source)
    video, audio = chosen_streams(found)
    is_copied = is_proxy and video is not None and _can_copy_pictures(found, video)
    fitted = fit(video, is_proxy=is_proxy) if video is not None else Fitted(width=0, height=0, level="")
    if is_copied and video is not None:
        fitted = replace(fitted, width=video.width, height=video.height)
    plan = CopyPlan(
        way="proxy" if is_proxy else "transcode",
        video=video,
        audio=audio,
        video_done="none" if video is None else "copied" if is_copied else "encoded",
        audio_done="none" if audio is None else "encoded",
        width=fitted.width,
        height=fitted.height,
        level=fitted.level,
        encoder=encoder,
    )
    return _make(plan, source=source, out=out)


def _can_copy_pictures(found: ProbeReport, video: VideoReport) -> bool:
    is_known = found.container in playable.MP4_LIKE | playable.REWRAPPABLE
    return is_known and not video.is_mirrored and playable.is_h264_for_browsers(video)


def _playable(source: Path) -> ProbeReport:
    found = probe(source)
    if found.playable.way == "none":
        raise Unplayable(found.playable.because)
    return found


def chosen_streams(found: ProbeReport) -> tuple[VideoReport | None, AudioReport | None]:
    """The picture and sound a copy carries: the first of each."""
    return next(iter(found.video), None), next(iter(found.audio), None)


def _make(plan: CopyPlan, *, source: Path, out: Path) -> CopyReport:
    program = tool("ffmpeg")
    before = _counted(source)
    plan = replace(plan, shares_times=before is not None and before.report.uneditable != "")
    _run(plan, program=program, source=source, out=out, frames=before.stored if before else None)
    after = _counted(out)
    if plan.video is not None and after is None:
        raise CopyFailed("The copy that was made holds no pictures; the recording may be damaged.")
    return _report(plan, program=program, out=out, before=before, after=after)


def _run(plan: CopyPlan, *, program: Tool, source: Path, out: Path, frames: int | None) -> None:
    progress = Progress(stage="copying" if plan.video_done == "copied" else "encoding", total=frames)
    done = 0

    def on_line(line: str) -> None:
        nonlocal done
        name, _, value = line.partition("=")
        if name == "frame" and value.strip().isdigit():
            done = int(value)
            progress.step(done)

    try:
        run(
            copy_argv(plan, program=program.path, source=source, out=out),
            timeout_s=LONGEST_RUN_S,
            on_line=on_line,
        )
    except ToolFailed as error:
        _require_room(out)
        out.unlink(missing_ok=True)
        tail = error.completed.stderr_tail[-1000:]
        raise CopyFailed("The copy could not be made from this recording; it may be damaged.", tail=tail) from error
    _require_room(out)
    progress.finish(done)


def _require_room(out: Path) -> None:
    """Asked while the copy is still there, and after success too: ffmpeg 5.1 ends with 0 when it cannot write the end.

    Raises OSError (ENOSPC): the disk is full, so the copy may be half of one; it is removed.
    """
    if out.exists() and shutil.disk_usage(out.parent).free < DISK_FULL_BYTES:
        out.unlink()
        raise OSError(errno.ENOSPC, "no room for the copy")


@dataclass(frozen=True)
class Counted:
    """The pictures of a file: those players show by number, and all that are stored."""

    index: FrameIndex
    report: IndexReport

    @property
    def shown(self) -> int:
        """How many pictures players show, those that share a time with another included."""
        return self.index.frame_count + self.report.duplicate_times

    @property
    def stored(self) -> int:
        """How many pictures are in the file."""
        return self.shown + sum(self.report.frames_hidden)

    def is_same_as(self, source: "Counted") -> bool:
        """Frame n here is frame n of `source`, one to one."""
        return not source.report.uneditable and is_frame_for_frame(source.index, self.index)


def _counted(path: Path) -> Counted | None:
    try:
        return Counted(*index_build(path))
    except (NoVideo, NoFrames, NotMedia):
        return None


def _report(plan: CopyPlan, *, program: Tool, out: Path, before: Counted | None, after: Counted | None) -> CopyReport:
    made = probe(out)
    frames_in, frames_out = before.stored if before else 0, after.shown if after else 0
    is_same = before is None or (after is not None and after.is_same_as(before))
    return CopyReport(
        v=1,
        way=plan.way,
        video=plan.video_done,
        audio=plan.audio_done,
        width=plan.width,
        height=plan.height,
        frames_in=frames_in,
        frames_out=frames_out,
        is_frame_for_frame=is_same,
        duration_s=made.duration_s or 0.0,
        size_bytes=made.size_bytes,
        tool=f"ffmpeg {program.version}",
        encoder=CODECS[plan.encoder] if plan.video_done == "encoded" else "none",
        findings=(*_size_findings(plan), *_findings(before, after)),
    )


def _size_findings(plan: CopyPlan) -> Iterator[Finding]:
    """A proxy is meant to be small; a plain copy is handed on, and whoever gets it must know."""
    video = plan.video
    if plan.way != "transcode" or video is None or (plan.width, plan.height) == (video.width, video.height):
        return
    sizes = f"{plan.width} by {plan.height} pixels where the recording has {video.width} by {video.height}"
    yield Finding(code="picture_smaller", sentence=f"The picture of this copy is {sizes}.")


def _findings(before: Counted | None, after: Counted | None) -> Iterator[Finding]:
    if before is None:
        return
    shown = after.shown if after is not None else 0
    if hidden := sum(before.report.frames_hidden):
        sentence = (
            f"The recording's edit list hides {hidden} of its pictures from players; this copy does not hold them."
        )
        yield Finding(code="frames_hidden", sentence=sentence)
    if shown != before.shown:
        sentence = f"The copy shows {shown} of the {before.shown} pictures of the recording."
        yield Finding(code="frames_differ", sentence=sentence)
    elif after is not None and not after.is_same_as(before):
        sentence = "The copy holds every picture of the recording, but not each at the time that is stored for it."
        yield Finding(code="times_differ", sentence=sentence)


def is_frame_for_frame(before: FrameIndex, after: FrameIndex) -> bool:
    """As many frames, each as long after the first as in the source (to 2 ms)."""
    if before.frame_count != after.frame_count:
        return False
    first_before, first_after = before.pts[0], after.pts[0]
    return all(
        abs((a - first_before) * before.time_base - (b - first_after) * after.time_base) <= TIME_TOLERANCE
        for a, b in zip(before.pts, after.pts, strict=True)
    )
