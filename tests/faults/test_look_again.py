"""A worker killed while a copy is looked at again: one list in the end, whole, and the copy there all the while."""

import os
import signal
import subprocess
import sys

import pytest

from config.bootstrap.system import ROOT
from evidence.custody.models import Event
from evidence.identity.who import who_is
from evidence.jobs.models import Job, JobState
from evidence.recordings.models import State
from evidence.signoff.models import LookState, Place
from evidence.signoff.queries import listed, look_of
from evidence.signoff.services import look_ask
from evidence.vault.models import ObjectIntent
from tests import factories
from tests.faults.test_render import LEASE_S, lease_is_over
from tests.jobs.running import jobs_run, state, waits_until
from tests.servers import live
from tests.signoff.material import left_covered
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["looked", "put", "written"])
def test_worker_killed_at_any_step_leaves_exactly_one_list_in_the_end(settings, step):
    settings.LOOK_AGAIN = ()
    officer = factories.person()
    copy = left_covered(officer)
    settings.LOOK_AGAIN = ("faces-quick",)
    look = look_ask(who=who_is(officer), copy=copy)
    job = Job.objects.get(pk=look.job_id)
    argv = [sys.executable, "-m", "tests.faults.look_attempt", str(job.pk), step]
    lease = {"CONTINUITY_JOB_LEASE_S": str(LEASE_S), "CONTINUITY_JOB_HEARTBEAT_S": "1"}
    died = subprocess.run(argv, cwd=ROOT, env={**os.environ, **live.environment(), **lease}, check=False, timeout=120)
    assert died.returncode == -signal.SIGKILL
    assert (Place.objects.count(), look_of(copy).state, state(job)) == (0, LookState.WAITING, JobState.RUNNING)
    assert not Event.objects.filter(verb="copy:look:finished").exists()
    waits_until(lambda: lease_is_over(job), 10 + LEASE_S, "the end of the lease")
    attempt(job.pk)
    jobs_run()
    copy.refresh_from_db()
    told = listed(look_of(copy))
    assert (told.look.state, len(told.places), copy.state) == (LookState.DONE, 1, State.PLAYABLE)
    assert Event.objects.filter(verb="copy:look:finished").count() == 1
    # what the killed attempt had put is known to the sweep, and to nobody else
    assert ObjectIntent.objects.count() == (0 if step == "looked" else 1)
