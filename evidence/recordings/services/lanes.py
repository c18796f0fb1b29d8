"""Having what lacks its speech lane or loudness prepared again: so many at a time, and only what is missing.

Sealed bytes are read, never written. What was done is not missing any more, so asking again goes on where it stood;
what failed or was stopped is left alone until somebody says otherwise.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from evidence.custody.parties import Actor
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.jobs.models import ENDED_BADLY, LIVE, Job
from evidence.jobs.services import job_enqueue, job_retry
from evidence.recordings.hearing import VOICE
from evidence.recordings.lanes import LOUDNESS, without_loudness, without_voice
from evidence.recordings.models import RecordingFile
from evidence.recordings.services.hearing import voice_ask
from evidence.recordings.services.preparing import PREPARATION, RULE
from evidence.recordings.subjects import subject_of

AT_A_TIME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """How it stands: files that lack speech (None: the lane is off) and loudness, jobs now asked for, under way, ended
    badly and left alone."""

    without_voice: int | None
    without_loudness: int
    asked: int
    under_way: int
    left_alone: int


def lanes_ask(*, at_most: int, is_again: bool = False) -> Lanes:
    """Ask for jobs until `at_most` are under way, newest recordings first; `is_again`: also what ended badly before.

    The record tells of each job when it is done. Done twice, it asks for nothing twice.
    """
    under_way = Job.objects.filter(kind__in=(VOICE, LOUDNESS), state__in=LIVE).count()
    asked = 0
    for lane in _lanes():
        for file, before in lane.waiting(is_again=is_again):
            if under_way + asked >= at_most:
                break
            _asked_for(lane, file, before)
            asked += 1
    ended = Job.objects.filter(kind__in=(VOICE, LOUDNESS), state__in=ENDED_BADLY)
    return Lanes(
        without_voice=without_voice().count() if settings.VOICE_LANE else None,
        without_loudness=without_loudness().count(), asked=asked, under_way=under_way + asked, left_alone=ended.count(),
    )  # fmt: skip


def loudness_ask(*, file: RecordingFile, actor: Actor) -> Job:
    """Have an original measured; asking twice gives the one job."""
    return job_enqueue(
        kind=LOUDNESS, key=f"loudness:{file.id}", actor=actor, subject=subject_of(file.recording),
        params={"file": str(file.id)},
    )  # fmt: skip


def loudness_keep(*, job: Job, file: RecordingFile, loudness: Mapping[str, Any] | None) -> None:
    """Note how loud a file is (a `LoudnessReport` as JSON; None: silence). Repeating it changes nothing."""
    with act(actor=job.requested_by) as deed:
        row = RecordingFile.objects.select_for_update(of=("self",)).select_related("recording").get(pk=file.pk)
        probe = dict(row.probe or {})
        if "loudness" in probe:
            return
        row.probe = {**probe, "loudness": dict(loudness) if loudness is not None else None}
        row.save(update_fields=["probe"])
        deed.record(
            Verb.LOUDNESS_MEASURED, subject_of(row.recording, row), rule=RULE, data={"part": row.part}
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lane:
    name: str
    files: QuerySet[RecordingFile]
    ask: Callable[..., Job]

    def waiting(self, *, is_again: bool) -> Iterator[tuple[RecordingFile, Job | None]]:
        """Files for which a job can be asked for, in order, with the one that ended badly before."""
        identifiers = list(self.files.values_list("pk", flat=True))
        for at in range(0, len(identifiers), AT_A_TIME):
            keys = {f"{self.name}:{each}": each for each in identifiers[at : at + AT_A_TIME]}
            jobs = {job.key: job for job in Job.objects.filter(key__in=keys)}
            files = RecordingFile.objects.select_related("recording").in_bulk(keys.values())
            for key, each in keys.items():
                before = jobs.get(key)
                if before is None or (is_again and before.state in ENDED_BADLY):
                    yield files[each], before


def _lanes() -> list[_Lane]:
    lanes = [_Lane("voice", without_voice(), voice_ask)] if settings.VOICE_LANE else []
    return [*lanes, _Lane("loudness", without_loudness(), loudness_ask)]


@transaction.atomic
def _asked_for(lane: _Lane, file: RecordingFile, before: Job | None) -> None:
    if before is not None:
        job_retry(job=before, actor=PREPARATION)
    else:
        lane.ask(file=file, actor=PREPARATION)
