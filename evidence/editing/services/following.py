"""A drawn box followed through the recording: asked for, done by a job, and told in frames, losses included.

What comes of it is no change of anything: the page, or a program, puts it into the draft it belongs to.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from evidence.custody.parties import Actor, Reason
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.editing.detectors import FOR_KIND
from evidence.editing.errors import EditRefused
from evidence.editing.finds import rows_of
from evidence.editing.footage import Footage, footage_of
from evidence.editing.services.finding import LOOKING, RULE, canceller
from evidence.editing.stretches import Frames, clock
from evidence.http.errors import Fault
from evidence.http.idempotency import IdempotencyKeyReused
from evidence.identity.who import Who
from evidence.jobs.models import Job
from evidence.jobs.services import job_enqueue
from evidence.recordings.models import Recording, RecordingFile
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.subjects import subject_of
from workers.media.detect.report import FollowReport
from workers.media.wire import to_obj

FOLLOW = "find.follow"
SMALLEST_PX = 4
REACH_S = 60
"""So far to each side a box is followed where nobody says how far."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box drawn on a frame: left, top, width, height in shown pixels; and what it is around."""

    frame: int
    box: tuple[int, int, int, int]
    kind: str


def follow_request(
    *, who: Who, recording: Recording, drawn: Drawn, span: tuple[int | None, int | None] = (None, None), part: int = 1,
    reason: str = "", request_key: str | None = None,
) -> Job:  # fmt: skip
    """Have a box followed from its frame back to `span`'s first and on to its last, exclusive (a minute where None).

    Raises:
        Denied, NotEditable, EditRefused, RecordingMissing, IdempotencyKeyReused: says what to do.
    """
    RECORDINGS.require(who, Right.EDIT, recording)
    footage = footage_of(recording, part)
    _check(footage, drawn)
    first, end = _span(footage, drawn, span)
    params = {
        "file": str(footage.file.pk), "key": [footage.index.pts_of(drawn.frame), *drawn.box],
        "start": footage.index.pts_of(first), "end": footage.index.end_of(end - 1), "frames": end - first,
        "detector": FOR_KIND.get(drawn.kind, ""),
    }  # fmt: skip
    asked = str(uuid4())
    with act(actor=who.actor, reason=Reason(text=reason.strip()[:500] or None)) as deed:
        decision = RECORDINGS.require(who, Right.EDIT, recording)
        job = job_enqueue(
            kind=FOLLOW, key=f"follow:{who.person_id}:{(request_key or str(uuid4()))[:100]}", actor=who.actor,
            subject=subject_of(recording), params={**params, "asked": asked},
        )  # fmt: skip
        if {**job.params, "asked": asked} != {**params, "asked": asked}:
            raise IdempotencyKeyReused
        if job.params["asked"] == asked:
            deed.record(
                Verb.DETECTION_REQUESTED, subject_of(recording, footage.file), rule=decision.rule, data=_told(job)
            )
    return job


def follow_finish(*, job: Job, report: FollowReport) -> dict[str, Any]:
    """What the job's result says, in frames. Called inside the job's finishing transaction."""
    file = _file(job)
    footage = footage_of(file.recording, file.part)
    with act(actor=LOOKING) as deed:
        deed.record(
            Verb.DETECTION_FINISHED, subject_of(file.recording, file), rule=RULE,
            data={**_told(job), "frames": report.frames, "losses": len(report.lost)},
        )  # fmt: skip
    return {"runs": [_rows(footage, run) for run in to_obj(report)["runs"]], "lost": list(_lost(footage, report))}


def follow_failed(job: Job) -> None:
    """Tell the recording that a box could not be followed, and why."""
    _ended(job, Verb.DETECTION_FAILED, LOOKING, Reason(code=job.error_code or None, text=job.error or None))


def follow_cancelled(job: Job) -> None:
    """Tell the recording that somebody stopped it."""
    _ended(job, Verb.DETECTION_CANCELLED, canceller(job), Reason())


def _check(footage: Footage, drawn: Drawn) -> None:
    x, y, w, h = drawn.box
    video = footage.video
    if not 0 <= drawn.frame < footage.frame_count:
        detail = f"The recording has frames 0 to {footage.frame_count - 1:,}. Draw the box on one of them."
        raise EditRefused([Fault("/frame", "out-of-range", detail)])
    if min(w, h) < SMALLEST_PX or x >= video.width or y >= video.height or x + w <= 0 or y + h <= 0:
        detail = (
            f"The box is too small to be followed, or outside the picture ({video.width} by {video.height} pixels). "
            "Draw it around what is to be followed."
        )
        raise EditRefused([Fault("/w", "box-outside", detail)])


def _span(footage: Footage, drawn: Drawn, span: tuple[int | None, int | None]) -> Frames:
    at = footage.index.seconds_of(drawn.frame)
    first, end = span
    if first is None:
        first = footage.index.frame_at(max(at - REACH_S, footage.index.seconds_of(0)))
    if end is None:
        end = footage.index.frame_at(min(at + REACH_S, footage.end_s)) + 1
    if not 0 <= first <= drawn.frame < end <= footage.frame_count:
        detail = "The box lies outside the frames it is to be followed through, or those outside the recording."
        raise EditRefused([Fault("/from_frame", "out-of-range", detail)])
    return first, end


def _rows(footage: Footage, run: dict[str, Any]) -> dict[str, Any]:
    rows = rows_of([run], footage.index)
    return {"start": rows[0][0], "end": rows[-1][0], "rows": rows[:-1]}


def _lost(footage: Footage, report: FollowReport) -> Any:
    for row in report.lost:
        first, end = footage.index.frame_of_pts(row.start), footage.index.frame_of_pts(row.end - 1) + 1
        at = clock(footage.edge_s(first))
        back = f" It was found again at {clock(footage.edge_s(end))}." if row.is_found_again else ""
        words = f"Lost at {at}: draw it again where it is seen.{back}"
        yield {"start": first, "end": end, "is_found_again": row.is_found_again, "words": words}


def _file(job: Job) -> RecordingFile:
    return RecordingFile.objects.select_related("recording", "stored").get(pk=job.params["file"])


def _told(job: Job) -> dict[str, Any]:
    return {"kind": "follow", "job": str(job.pk)}


def _ended(job: Job, verb: Verb, actor: Actor, reason: Reason) -> None:
    file = _file(job)
    with act(actor=actor, reason=reason) as deed:
        deed.record(verb, subject_of(file.recording, file), rule=RULE, data=_told(job))
