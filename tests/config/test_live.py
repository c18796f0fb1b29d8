"""The product's web server and worker as processes of their own, on the database of the test that started it."""

import time
from uuid import uuid4

import pytest
import requests
from django.contrib.auth import get_user_model
from django.db import connection

from evidence.jobs.models import Job, JobState


def test_site_answers_by_name_and_refuses_a_name_that_is_not_its_own(live_site):
    signed_out = requests.get(f"{live_site.address}/sign-in", headers={"Host": live_site.host()}, timeout=20)
    assert signed_out.status_code == 200
    assert "sign in" in signed_out.text.lower()
    stranger = requests.get(f"{live_site.address}/sign-in", headers={"Host": "elsewhere.example"}, timeout=20)
    assert stranger.status_code == 400


def test_worker_finds_a_job_nobody_told_it_of_and_says_why_it_cannot_do_it(live_worker):
    asked_by = {"requested_by_kind": "system", "requested_by_name": "Test", "request": uuid4()}
    job = Job.objects.create(kind="nobody.knows", queue="redact", key=str(uuid4()), max_attempts=1, **asked_by)
    deadline_at = time.monotonic() + 60
    while job.state != JobState.FAILED:
        assert time.monotonic() < deadline_at, f"the job is still {job.state}"
        time.sleep(0.2)
        job.refresh_from_db()
    assert "does not know how to do 'nobody.knows'" in job.error
    assert live_worker.poll() is None


def test_custody_record_is_guarded_again_after_a_test_that_emptied_the_database(live_site):
    from evidence.custody.triggers import triggers_missing

    assert triggers_missing(connection) == []


@pytest.mark.django_db
def test_database_is_empty_of_people_between_tests():
    assert get_user_model().objects.count() == 0
