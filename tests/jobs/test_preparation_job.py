"""Of the jobs that prepare a recording, the one its page speaks of and lets be tried again."""

from uuid import uuid4

import pytest

from evidence.custody.parties import Subject
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_enqueue
from evidence.recordings.models import Recording
from evidence.recordings.queries import preparation_job
from tests.jobs.running import ACTOR

pytestmark = pytest.mark.django_db


def _job(recording: Recording, state: JobState) -> Job:
    subject = Subject("recording", recording.id)
    job = job_enqueue(kind="recording.prepare", key=str(uuid4()), actor=ACTOR, subject=subject)
    Job.objects.filter(pk=job.pk).update(state=state)
    return job


@pytest.mark.parametrize("ended", [JobState.FAILED, JobState.CANCELLED])
def test_part_that_ended_badly_is_not_hidden_by_a_later_one_that_was_prepared(ended):
    recording = Recording(id=uuid4())
    assert preparation_job(recording) is None
    first = _job(recording, ended)
    _job(recording, JobState.SUCCEEDED)
    assert preparation_job(recording).pk == first.pk
    under_way = _job(recording, JobState.QUEUED)
    _job(recording, JobState.SUCCEEDED)
    assert preparation_job(recording).pk == under_way.pk
