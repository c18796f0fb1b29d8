"""A worker killed while it looks for faces: the stretches it had stay, the others are looked at, nothing twice."""

import os
import signal
import subprocess
import sys

import pytest

from config.bootstrap.system import ROOT
from evidence.custody.models import Event
from evidence.editing.models import Detection, DetectionStretch
from evidence.editing.queries import proposals_of, standing_of
from evidence.editing.services import detection_request
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.models import Job, JobState
from tests import factories
from tests.editing.people_material import filmed, stretch_looked
from tests.faults.test_render import LEASE_S, lease_is_over
from tests.jobs.running import jobs_run, waits_until
from tests.servers import live
from workers.handlers.attempt import attempt

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
STEPS = {"looking at frame": 0, "found": 0, "kept": 0, "committed": 1}
"""Step -> stretches to be seen after the kill."""


def killed(job: Job, step: str) -> int:
    argv = [sys.executable, "-m", "tests.faults.finding_attempt", str(job.pk), step]
    env = {
        **os.environ, **live.environment(), "CONTINUITY_JOB_LEASE_S": str(LEASE_S),
        "CONTINUITY_JOB_HEARTBEAT_S": "1",
    }  # fmt: skip
    return subprocess.run(argv, cwd=ROOT, env=env, check=False, timeout=120).returncode


@pytest.mark.parametrize(
    "step", [pytest.param(step, marks=() if step == "kept" else pytest.mark.slow) for step in STEPS]
)
def test_a_worker_killed_while_it_looks_leaves_what_it_had_and_the_rest_is_looked_at(settings, step):
    settings.DETECTION_STRETCH_S = 1
    officer = factories.person(Role.OFFICER)
    people, who = filmed(officer), who_is(officer)
    detection = detection_request(who=who, recording=people, detectors=["faces"])
    attempt(detection.job_id)
    first, second = Job.objects.filter(kind="find.stretch").order_by("seq")
    stretch_looked(first)
    kept = DetectionStretch.objects.get(seq=0).pk
    assert killed(second, step) == -signal.SIGKILL
    detection = Detection.objects.get(pk=detection.pk)
    assert standing_of(detection).ready == 1 + STEPS[step]
    assert proposals_of(detection), "the first stretch can be used meanwhile"
    second.refresh_from_db()
    if second.state == JobState.RUNNING:
        waits_until(lambda: lease_is_over(second), 10 + LEASE_S, "the end of the lease")
        attempt(second.pk)
    jobs_run()
    detection = Detection.objects.get(pk=detection.pk)
    assert standing_of(detection).state == "done"
    assert [row.seq for row in detection.stretches.all()] == [0, 1]
    assert detection.stretches.first().pk == kept
    assert [len(each.pieces) for each in proposals_of(detection)] == [2, 1]
    assert Event.objects.filter(subject_id=people.pk, verb="recording:detection:finished").count() == 1
