"""`find.tracks`, its parts `find.stretch`, and `find.follow`: faces, plates and drawn boxes, found in the sandbox.

The whole is a fan-out over stretches that begin at refreshes of the stream; each part keeps what it found as it ends,
the joining attempt only says which tracks go on in the next stretch. Nothing is covered here: a person decides.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from evidence.editing.services import (
    detection_finish,
    detection_of,
    detection_plan,
    follow_finish,
    stretch_keep,
)
from evidence.jobs.errors import JobFailed
from evidence.jobs.work import Work
from evidence.recordings.models import FileRole, RecordingFile
from evidence.recordings.queries import files_of
from evidence.vault.services import object_local
from workers.exec.sandbox import OUT, PROBE, Profile, render_profile
from workers.handlers.copying import UNKNOWN_SIDE_PX
from workers.handlers.detecting import detectors_given, looked
from workers.handlers.media import SOURCE, file_of, media_run, out_file
from workers.media.detect.report import DetectReport, FollowReport, FoundRun, LinksReport, Tracks
from workers.media.detect.to_recipe import tracks_read
from workers.media.errors import DamagedReport

INDEX, TRACKS = "/in/index", "tracks.json"
TRACKS_MAX_BYTES = 64 * 1024 * 1024
FRAMES_PER_S = 25.0
"""For limits only: how many frames are taken for a second's work."""


def handle(work: Work) -> None:
    """Share the recording out in stretches; those that an earlier try has looked at stay."""
    work.fan_out(detection_plan(work.job))


def handle_stretch(work: Work) -> None:
    """Look through one stretch."""
    detection, file = detection_of(work.job), file_of(work.job)
    start, end = int(work.params["start"]), int(work.params["end"])
    (out_dir := work.scratch / "out").mkdir()
    work.progress(0, work.job.progress_total, "looking at frame")
    detectors = detectors_given(detection.names, work.scratch)
    with _material(file) as read:
        looked(
            work, DetectReport, "detect", SOURCE, "--out", f"{OUT}/{TRACKS}", "--index", INDEX, "--from", str(start),
            "--until", str(end), *detectors.args, read={**read, **detectors.read}, out_dir=out_dir,
            profile=_profile(file, work.job.progress_total),
        )  # fmt: skip
    tracks = _tracks(out_file(out_dir, TRACKS), (start, end))
    with work.finishing():
        stretch_keep(job=work.job, tracks=tracks)


def join(work: Work) -> None:
    """Say which tracks of neighbouring stretches are of one thing."""
    work.progress(0, 0, "joining the stretches")
    read: dict[str, Path] = {}
    for stretch in detection_of(work.job).stretches.all():
        path = work.scratch / f"{stretch.seq}.json"
        path.write_text(json.dumps(stretch.found), encoding="ascii")
        read[f"/in/{stretch.seq}"] = path
    links = media_run(work, LinksReport, "link", *read, read=read, out_dir=None, profile=PROBE)
    with work.finishing() as outcome:
        detection = detection_finish(job=work.job, links=links)
        outcome |= {"detection": str(detection.pk), "finds": str(detection.recording_id)}


def handle_follow(work: Work) -> None:
    """Follow one drawn box."""
    file, params = file_of(work.job), work.params
    work.progress(0, params["frames"], "following in frame")
    helper = ("--detector", params["detector"]) if params["detector"] else ()
    with _material(file) as read:
        report = looked(
            work, FollowReport, "follow", SOURCE, "--box", ",".join(str(number) for number in params["key"]),
            "--from", str(params["start"]), "--until", str(params["end"]), "--index", INDEX, *helper, read=read,
            out_dir=None, profile=_profile(file, params["frames"]),
        )  # fmt: skip
    if list(report.key) != params["key"] or report.range != (params["start"], params["end"]):
        raise _other_work()
    with work.finishing() as outcome:
        outcome.update(follow_finish(job=work.job, report=report))


@contextmanager
def _material(file: RecordingFile) -> Iterator[Mapping[str, Path]]:
    """The sealed bytes and their frame index, as files to be read in the sandbox."""
    indexes = files_of(file.recording, FileRole.INDEX)
    stored = next((each.stored for each in indexes if each.part == file.part), None)
    if stored is None:
        raise JobFailed("not-prepared", "Its frames are not counted any more. Have it prepared again.", is_final=True)
    with object_local(file.stored) as path, object_local(stored) as index:
        yield {SOURCE: path, INDEX: index}


def _profile(file: RecordingFile, frames: int) -> Profile:
    """Twenty times what was measured, by frames: those before a stretch are decoded too, up to the last refresh."""
    pictures = [(row["width"], row["height"]) for row in (file.probe or {}).get("video", ())]
    width, height = max(pictures, default=UNKNOWN_SIDE_PX)
    return render_profile(
        duration_s=60.0 + frames / FRAMES_PER_S, width=width, height=height, input_bytes=file.size_bytes
    )


def _tracks(path: Path, asked: tuple[int, int]) -> Tracks:
    """What the sandbox left, held against what it was asked for: hostile bytes may have written it."""
    if path.stat().st_size > TRACKS_MAX_BYTES:
        raise _other_work()
    try:
        untrusted_tracks = tracks_read(path.read_bytes())
    except DamagedReport as damaged:
        raise _other_work() from damaged
    makers = {row.found_by for row in untrusted_tracks.detectors}
    is_ours = untrusted_tracks.range == asked and all(
        track.runs and track.found_by in makers and all(_is_within(run, asked) for run in track.runs)
        for track in untrusted_tracks.tracks
    )
    if not is_ours:
        raise _other_work()
    return untrusted_tracks


def _is_within(run: FoundRun, asked: tuple[int, int]) -> bool:
    times = [box[0] for box in run.boxes]
    is_ordered = all(one < other for one, other in pairwise(times))
    return bool(times) and is_ordered and asked[0] <= run.start <= times[0] and times[-1] < run.end <= asked[1]


def _other_work() -> JobFailed:
    return JobFailed(
        "damaged-report", "What was found is not what was asked for, so nothing was kept. Tell support.", is_final=True
    )
