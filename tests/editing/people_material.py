"""A recording of two composed people, small and short, sealed and prepared; made once a session."""

import functools
from pathlib import Path

from evidence.editing.models import Detection
from evidence.editing.services import detection_finish, detection_of, detection_request, stretch_keep
from evidence.identity.models import Person
from evidence.identity.who import Who
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_claim, job_finishing
from evidence.recordings.models import Recording
from tests.editing.material import recorded_from
from tests.workers.media.people import Person as Passer
from tests.workers.media.people import Scene, Truth, coded, drawn, walk
from tests.workers.media.sources import folder
from workers.handlers.attempt import attempt
from workers.media.detect.analyse import detect, pictures_of
from workers.media.detect.chosen import detectors_open
from workers.media.detect.joining import links
from workers.media.detect.report import Tracks

WIDTH, HEIGHT, FRAMES, REFRESH = 320, 180, 50, 30
"""Frames at 25 a second; the stream can be entered at 0 and at REFRESH."""


@functools.cache
def clip() -> tuple[Path, list[list[Truth]]]:
    """The file, and the truth of each frame: one walks all the way across, the other is gone after 0.7 s."""
    people = [
        Passer(drawn(1), walk((60, 80, 44), (250, 90, 50), 2)),
        Passer(drawn(2), walk((270, 60, 40), (262, 62, 40), 0.7)),
    ]
    path = folder() / "finding.mp4"
    return path, coded(Scene(WIDTH, HEIGHT, FRAMES / 25, people, seed=4), path)


def filmed(officer: Person) -> Recording:
    """The clip as a Master."""
    return recorded_from(clip()[0], officer=officer)


@functools.cache
def found(start: int, stop: int) -> Tracks:
    """What our library finds in a stretch of the clip; looked for once a session."""
    return detect(pictures_of(clip()[0]), detectors_open(["faces"]), stretch=(start, stop))


def stretch_looked(job: Job) -> None:
    """A part of a look done as its handler does it, but with what was found before in this session."""
    claimed = job_claim(job_id=job.pk, owner="test")
    assert claimed is not None
    with job_finishing(job=claimed):
        stretch_keep(job=claimed, tracks=found(claimed.params["start"], claimed.params["end"]))


def looked(who: Who, recording: Recording) -> Detection:
    """The whole clip looked through for faces, at once."""
    detection = detection_request(who=who, recording=recording, detectors=["faces"], reason="Third party")
    assert detection.job is not None
    attempt(detection.job.pk)
    finished(detection.job)
    return Detection.objects.get(pk=detection.pk)


def finished(job: Job) -> None:
    """What is left of a look that was shared out in parts, joining included."""
    for part in job.children.filter(state=JobState.QUEUED).order_by("seq"):
        stretch_looked(part)
    joining = job_claim(job_id=job.pk, owner="test")
    assert joining is not None
    plan = detection_of(joining).plan
    with job_finishing(job=joining):
        detection_finish(job=joining, links=links([found(start, stop) for _, _, start, stop in plan]))
