"""A drawn box followed by a job: where it was seen in frames, where it was lost in words, the record told."""

import pytest

from evidence.editing.errors import DetectionMissing, EditRefused
from evidence.editing.queries import following_for
from evidence.editing.services import Drawn, follow_request
from evidence.http.idempotency import IdempotencyKeyReused
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_cancel
from tests import factories
from tests.editing.material import record_of
from tests.editing.people_material import FRAMES, clip, filmed
from tests.jobs.running import jobs_run, state
from tests.workers.media.detect_measures import near
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(officer):
    return filmed(officer)


def box_of(person, frame):
    (truth,) = [row for row in clip()[1][frame] if row.person == person]
    return tuple(round(side) for side in truth.box)


def test_a_box_is_followed_both_ways_and_its_loss_is_said_with_the_time(who, people):
    drawn = Drawn(10, box_of(1, 10), "other")
    job = follow_request(who=who, recording=people, drawn=drawn, span=(None, 32), reason="Third party")
    jobs_run()
    assert state(job) == JobState.SUCCEEDED, job.error
    found = following_for(who, people, job.pk).result
    run = found["runs"][0]
    assert run["start"] == 0
    assert 14 <= run["end"] <= 22, "it was there until frame 17"
    assert [10, *drawn.box] in run["rows"]
    assert near(run["rows"][0][1:], box_of(1, 0))
    lost = found["lost"][-1]
    assert (lost["start"], lost["end"], lost["is_found_again"]) == (run["end"], 32, False)
    assert lost["words"].startswith("Lost at 0:00.")
    assert "draw it again where it is seen." in lost["words"]
    told = [(line.verb, line.body["data"]["kind"]) for line in record_of(people) if ":detection:" in line.verb]
    assert told == [("recording:detection:requested", "follow"), ("recording:detection:finished", "follow")]
    colleague = who_is(factories.person(Role.EVIDENCE_MANAGER))
    with pytest.raises(DetectionMissing):
        following_for(colleague, people, job.pk)


def test_a_box_that_cannot_be_followed_is_refused_at_once(who, people):
    refused = [
        (FRAMES, (9, 9, 30, 30), (None, None), "frames 0 to 49"),
        (1, (9, 9, 3, 30), (None, None), "too small to be followed"),
        (1, (400, 9, 30, 30), (None, None), "outside the picture"),
        (10, (9, 9, 30, 30), (11, 20), "outside the frames it is to be followed through"),
        (10, (9, 9, 30, 30), (0, FRAMES + 1), "outside the recording"),
    ]
    for frame, box, span, said in refused:
        with pytest.raises(EditRefused, match=said):
            follow_request(who=who, recording=people, drawn=Drawn(frame, box, "face"), span=span)


def test_the_same_asking_is_one_job_and_one_event(who, people):
    drawn = Drawn(10, (9, 9, 30, 30), "face")
    one, other = (follow_request(who=who, recording=people, drawn=drawn, request_key="k") for _ in range(2))
    assert one.pk == other.pk
    assert [line.verb for line in record_of(people)].count("recording:detection:requested") == 1
    with pytest.raises(IdempotencyKeyReused):
        follow_request(who=who, recording=people, drawn=Drawn(11, (9, 9, 30, 30), "face"), request_key="k")


def test_a_following_that_is_stopped_or_fails_is_told_by_the_record(who, people):
    for verb, end in (("cancelled", stopped), ("failed", worn_out)):
        job = follow_request(who=who, recording=people, drawn=Drawn(10, (9, 9, 30, 30), "face"))
        end(job, who)
        attempt(job.pk)
        last = record_of(people)[-1]
        assert (last.verb, last.body["data"]) == (
            f"recording:detection:{verb}", {"kind": "follow", "job": str(job.pk)},
        )  # fmt: skip


def stopped(job, who):
    job_cancel(job=job, actor=who.actor)


def worn_out(job, who):
    Job.objects.filter(pk=job.pk).update(attempt=job.max_attempts)
