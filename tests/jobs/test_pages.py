"""The jobs pages and API: what is shown to whom, the part that asks for itself again, cancel and try again."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from evidence.custody.parties import Subject
from evidence.identity.roles import Role
from evidence.identity.services import token_make
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_claim
from tests.jobs.people import browser, job_by, person
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jones():
    return person("jones", Role.OFFICER)


@pytest.fixture
def manager():
    return person("manager", Role.EVIDENCE_MANAGER)


def _text(response: object) -> str:
    assert response.status_code == 200, response.content[:500]
    return " ".join(response.content.decode().split())


def test_stranger_is_sent_to_sign_in(client):
    response = client.get("/jobs/", headers={"host": "localhost"})
    assert (response.status_code, response["Location"]) == (302, "/sign-in?next=/jobs/")


def test_my_jobs_are_listed_by_state(jones):
    job = job_by(jones, "a")
    page = _text(browser(jones).get("/jobs/"))
    assert "Write a note" in page
    assert "waiting to start" in page
    attempt(job.pk)
    assert "Nothing is under way" in _text(browser(jones).get("/jobs/"))
    assert "Write a note" in _text(browser(jones).get("/jobs/?state=ended"))
    assert "Nothing has failed" in _text(browser(jones).get("/jobs/?state=failed"))


def test_officer_cannot_list_everybodys_jobs(jones, manager):
    job_by(manager, "a")
    assert "Write a note" not in _text(browser(jones).get("/jobs/?whose=all"))


def test_evidence_manager_lists_everybodys_jobs_without_their_items(jones, manager):
    item = uuid4()
    job = job_by(jones, "a", subject=Subject("recording", item))
    assert f"by {jones.label}" in _text(browser(manager).get("/jobs/?whose=all"))
    for path in ("/jobs/?whose=all", f"/jobs/{job.pk}", f"/jobs/{job.pk}/progress"):
        assert str(item) not in _text(browser(manager).get(path))
        assert str(item) in _text(browser(jones).get(path.partition("?")[0]))


def test_colleagues_job_is_not_found(jones):
    job = job_by(jones, "a")
    khan = browser(person("khan", Role.SUPERVISOR))
    for path in (f"/jobs/{job.pk}", f"/jobs/{job.pk}/progress", f"/jobs/{uuid4()}"):
        assert khan.get(path).status_code == 404
    for action in ("cancel", "retry"):
        assert khan.post(f"/jobs/{job.pk}/{action}").status_code == 404
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_part_that_asks_for_itself_stops_when_the_job_is_over(jones):
    job = job_by(jones, "a")
    part = _text(browser(jones).get(f"/jobs/{job.pk}/progress"))
    assert f'hx-get="/jobs/{job.pk}/progress"' in part
    assert 'hx-trigger="every 2s"' in part
    assert 'role="status"' in part
    attempt(job.pk)
    part = _text(browser(jones).get(f"/jobs/{job.pk}/progress"))
    assert "hx-get" not in part
    assert "finished" in part


def test_progress_is_said_and_drawn(jones):
    job = job_by(jones, "a")
    job_claim(job_id=job.pk, owner="here")
    Job.objects.update(stage="masking frame", progress_done=5_200, progress_total=18_000)
    page = _text(browser(jones).get(f"/jobs/{job.pk}"))
    assert "masking frame 5,200 of 18,000" in page
    assert 'max="18000" value="5200"' in page


def test_cancel_button_cancels_and_says_so(jones):
    job = job_by(jones, "a")
    client = browser(jones)
    response = client.post(reverse("job-cancel", args=[job.pk]), follow=True)
    assert "&#x27;Write a note&#x27; was cancelled." in _text(response)
    job.refresh_from_db()
    assert (job.state, job.cancel_requested_by_id) == (JobState.CANCELLED, jones.pk)
    assert client.get(reverse("job-cancel", args=[job.pk])).status_code == 405


def test_work_that_is_never_cancelled_has_no_button_and_says_why_when_asked(client, jones):
    job = job_by(jones, "a", kind="test.kept")
    page = browser(jones)
    assert reverse("job-cancel", args=[job.pk]) not in _text(page.get(f"/jobs/{job.pk}"))
    response = page.post(reverse("job-cancel", args=[job.pk]))
    assert response.status_code == 409
    assert "takes evidence in or makes it visible" in response.content.decode()
    token = token_make(owner_kind="person", owner_id=jones.pk, label="script", scopes=[])
    status, body = _api(client, f"/api/v1/jobs/{job.pk}/cancel", token, "post")
    assert (status, body["code"]) == (409, "job-kept")
    attempt(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED


def test_cancelling_what_is_over_explains_itself(jones):
    job = job_by(jones, "a")
    attempt(job.pk)
    response = browser(jones).post(reverse("job-cancel", args=[job.pk]))
    assert response.status_code == 409
    assert "already ended" in response.content.decode()


def test_failed_job_says_what_to_do_and_is_tried_again(jones):
    job = job_by(jones, "a", kind="test.crashing")
    attempt(job.pk)
    client = browser(jones)
    page = _text(client.get(f"/jobs/{job.pk}"))
    assert "Something went wrong that nobody foresaw" in page
    assert f'action="/jobs/{job.pk}/retry"' in page
    response = client.post(reverse("job-retry", args=[job.pk]), follow=True)
    assert "starts again" in _text(response)
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_finished_job_leads_to_what_it_made(jones):
    made = uuid4()
    job = job_by(jones, "a", subject=Subject("recording", uuid4()))
    Job.objects.update(state=JobState.SUCCEEDED, result={"recording": str(made)})
    assert f'href="/recordings/{made}/"' in _text(browser(jones).get(f"/jobs/{job.pk}"))


def test_job_of_a_kind_that_is_gone_is_still_shown(jones):
    job_by(jones, "a")
    Job.objects.update(kind="test.retired")
    assert "test.retired" in _text(browser(jones).get("/jobs/"))


def test_older_jobs_are_a_page_further(jones):
    jobs = [job_by(jones, f"{number}") for number in range(51)]
    client = browser(jones)
    first = _text(client.get("/jobs/"))
    assert str(jobs[50].pk) in first
    assert str(jobs[0].pk) not in first
    older = first.partition("cursor=")[2].partition('"')[0].partition("&")[0]
    second = _text(client.get(f"/jobs/?cursor={older}"))
    assert str(jobs[0].pk) in second
    assert str(jobs[50].pk) not in second


def _api(client: object, path: str, token: str, method: str = "get") -> tuple[int, dict[str, object]]:
    response = getattr(client, method)(path, headers={"host": "localhost", "authorization": f"Bearer {token}"})
    return response.status_code, json.loads(response.content)


def test_program_follows_and_cancels_its_job(client, jones):
    token = token_make(owner_kind="person", owner_id=jones.pk, label="script", scopes=[])
    item = uuid4()
    job = job_by(jones, "a", subject=Subject("recording", item))
    status, body = _api(client, f"/api/v1/jobs/{job.pk}", token)
    assert status == 200
    assert (body["state"], body["label"], body["words"]) == ("queued", "Write a note", "waiting to start")
    assert body["subject_id"] == str(item)
    status, body = _api(client, f"/api/v1/jobs/{job.pk}/cancel", token, "post")
    assert (status, body["state"]) == (202, "cancelled")
    status, body = _api(client, f"/api/v1/jobs/{job.pk}/cancel", token, "post")
    assert (status, body["code"]) == (409, "job-over")


def test_program_of_an_evidence_manager_does_not_learn_the_item(client, jones, manager):
    token = token_make(owner_kind="person", owner_id=manager.pk, label="script", scopes=[])
    job = job_by(jones, "a", subject=Subject("recording", uuid4()))
    status, body = _api(client, f"/api/v1/jobs/{job.pk}", token)
    assert (status, body["subject_kind"], body["subject_id"], body["result"]) == (200, "", None, {})


def test_program_of_a_colleague_finds_nothing(client, jones):
    khan = person("khan", Role.OFFICER)
    token = token_make(owner_kind="person", owner_id=khan.pk, label="script", scopes=[])
    job = job_by(jones, "a")
    for method, path in (("get", f"/api/v1/jobs/{job.pk}"), ("post", f"/api/v1/jobs/{job.pk}/cancel")):
        status, body = _api(client, path, token, method)
        assert (status, body["code"]) == (404, "not-found")
