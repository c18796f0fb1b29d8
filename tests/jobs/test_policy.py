"""Who may see a job, and what they may do to it: asked of one row and of all of them, the answers agree."""

import pytest

from evidence.custody.models import Event
from evidence.custody.verbs import Verb
from evidence.identity.errors import Denied
from evidence.identity.roles import Role
from evidence.identity.services import denial_record
from evidence.identity.who import NOBODY, who_is
from evidence.jobs.errors import JobKept
from evidence.jobs.models import Job
from evidence.jobs.policy import JOBS, Right
from evidence.jobs.queries import job_for, jobs_requested_by, jobs_visible
from evidence.jobs.services import job_cancel
from tests.jobs.people import job_by, person, who
from tests.jobs.running import asked
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db


def test_requester_has_every_right_on_their_job():
    jones = person("jones", Role.OFFICER)
    assert JOBS.rights(who_is(jones), job_by(jones, "a")) == set(Right)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.EVIDENCE_MANAGER])
def test_nobody_else_may_know_of_it_whatever_their_role(role):
    job = job_by(person("jones", Role.OFFICER), "a")
    with pytest.raises(Denied) as refused:
        job_for(who("khan", role), job.pk)
    assert (refused.value.status, refused.value.code) == (404, "not-found")
    assert JOBS.rights(NOBODY, job) == set()


def test_evidence_manager_mends_all_work_without_its_subject():
    job = job_by(person("jones", Role.OFFICER), "a")
    assert JOBS.rights(who("manager", Role.EVIDENCE_MANAGER), job) == {Right.SEE, Right.CANCEL, Right.RETRY}


@pytest.mark.parametrize("kind", ["ingest.commit", "recording.prepare", "recording.proxy"])
def test_work_that_takes_evidence_in_or_makes_it_visible_is_nobodys_to_cancel(kind):
    job = job_by(jones := person("jones", Role.OFFICER), "a", kind=kind)
    for asker in (who_is(jones), who("manager", Role.EVIDENCE_MANAGER)):
        assert Right.CANCEL not in JOBS.rights(asker, job)
        assert not JOBS.rows(asker, Right.CANCEL).exists()
        with pytest.raises(JobKept, match="cannot be cancelled"):
            job_for(asker, job.pk, Right.CANCEL)
    with pytest.raises(JobKept):
        job_cancel(job=job, actor=who_is(jones).actor)
    with pytest.raises(Denied):
        job_for(who("khan", Role.OFFICER), job.pk, Right.CANCEL)
    job.refresh_from_db()
    assert (job.state, job.cancel_requested_at) == ("queued", None)


@pytest.mark.parametrize("kind", ["copy.render", "copy.transcode", "disc.build", "mail.send"])
def test_work_that_somebody_asked_for_may_be_cancelled(kind):
    job = job_by(jones := person("jones", Role.OFFICER), "a", kind=kind)
    assert Right.CANCEL in JOBS.rights(who_is(jones), job)


def test_refused_attempt_is_written_into_the_custody_record():
    job = job_by(person("jones", Role.OFFICER), "a")
    with pytest.raises(Denied) as refused:
        job_for(who("khan", Role.OFFICER), job.pk, Right.CANCEL)
    denial_record(refused.value)
    event = Event.objects.get(subject_kind="job", subject_id=job.pk)
    assert (event.verb, event.outcome) == (Verb.JOB_ACCESS_DENIED, "denied")


@pytest.mark.parametrize("right", list(Right))
def test_rows_and_single_answers_agree(right):
    jones, khan = person("jones", Role.OFFICER), person("khan", Role.EVIDENCE_MANAGER)
    job_by(jones, "a"), job_by(khan, "b"), asked("test.note")
    for asker in (who_is(jones), who_is(khan), NOBODY):
        rows = {row.pk for row in JOBS.rows(asker, right)}
        assert rows == {row.pk for row in Job.objects.all() if JOBS.decide(asker, right, row)}


@pytest.mark.django_db(transaction=True)
def test_lists_show_whole_jobs_only():
    manager = person("manager", Role.EVIDENCE_MANAGER)
    job = asked("test.split", parts=[{"value": 1}])
    attempt(job.pk)
    mine = job_by(manager, "mine")
    assert [row.pk for row in jobs_visible(who_is(manager))] == [mine.pk, job.pk]
    assert [row.pk for row in jobs_requested_by(manager.pk)] == [mine.pk]
