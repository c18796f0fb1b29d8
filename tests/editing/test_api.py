"""The editing API: orders, drafts, refusals as problems, idempotency; and who may, for every role and endpoint."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from evidence.custody.models import Event
from evidence.editing import api_urls
from evidence.editing.models import Draft
from evidence.editing.services import clip_request
from evidence.identity.errors import Denied
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.models import Job
from evidence.recordings.models import Recording
from evidence.recordings.services.notes import restriction_set
from tests import factories
from tests.editing.material import COUNT, drawn, fetched, frames, made, numbers, track
from tests.factories import client_for

pytestmark = pytest.mark.django_db
runs_jobs = pytest.mark.django_db(transaction=True)
JSON = "application/json"
BODIES = {
    "clips": {"segments": [{"start_frame": 5, "end_frame": 9}], "reason": "For interview"},
    "redactions": {"draft": drawn([track(0, 10)]), "reason": "Third party"},
    "stills": {"frame": 12, "reason": "Identification"},
    "transcodes": {"reason": "For the CPS"},
    "sheets": {"reason": "To see what there is", "count": 6},
}
ELSEWHERE = {"salvages"}
"""Of a recording that lost its index: `test_salvage`, and the table of all endpoints."""


def posted(client, recording, what, body=None, **headers):
    return client.post(
        f"/api/v1/recordings/{recording.pk}/{what}", body or BODIES[what], content_type=JSON, headers=headers
    )


@runs_jobs
def test_order_answers_202_with_the_address_of_its_job_and_the_job_names_the_copy(officer, master, tmp_path):
    client = client_for(officer)
    answer = posted(client, master, "clips")
    assert answer.status_code == 202
    body = answer.json()
    assert answer["Location"] == body["href"] == f"/api/v1/jobs/{body['id']}"
    clip = made(Job.objects.get(pk=body["id"]))
    job = client.get(body["href"]).json()
    assert (job["state"], job["result"]["recording"]) == ("succeeded", str(clip.pk))
    assert numbers(fetched(clip, tmp_path)) == [5, 6, 7, 8]


@pytest.mark.parametrize("what", sorted(BODIES))
def test_every_order_is_accepted_once_for_one_idempotency_key(officer, master, what):
    client = client_for(officer)
    key = str(uuid4())
    first, second = (posted(client, master, what, **{"Idempotency-Key": key}) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    assert posted(client, master, what).json()["id"] != first.json()["id"]


def test_idempotency_key_for_another_body_or_of_odd_form_is_a_problem(officer, master):
    client = client_for(officer)
    posted(client, master, "clips", **{"Idempotency-Key": "one"})
    other = posted(client, master, "stills", **{"Idempotency-Key": "one"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    odd = posted(client, master, "clips", **{"Idempotency-Key": "x" * 201})
    assert (odd.status_code, odd.json()["code"]) == (400, "idempotency-key-invalid")


def test_parts_of_a_draft_may_stand_side_by_side(officer, master):
    body = {"tracks": [track(0, 10)], "mutes": [], "reason": "Third party"}
    assert posted(client_for(officer), master, "redactions", body).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        {"draft": drawn([track(0, 10)]), "mutes": [{"start_frame": 0, "end_frame": 9, "reason": "other"}]},
        {"tracks": [track(0, 10)], "mute": [{"start_frame": 0, "end_frame": 9, "reason": "other"}]},
        {"tracks": [track(0, 10)], "covers": [{"start_frame": 0, "end_frame": 9, "effect": "solid"}]},
    ],
)
def test_no_part_of_a_redaction_is_skipped_in_silence(officer, master, body):
    answer = posted(client_for(officer), master, "redactions", {**body, "reason": "Third party"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert not Job.objects.filter(kind__startswith="copy.").exists()


def test_refusal_is_a_problem_with_a_pointer_and_a_sentence(officer, master):
    body = {"segments": [{"start_frame": 0, "end_frame": 500}], "reason": "For interview"}
    answer = posted(client_for(officer), master, "clips", body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "edit-refused")
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["errors"][0]["pointer"] == "/segments/0"
    assert "reaches beyond the recording" in problem["detail"]


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("clips", {"segments": [{"start_frame": 1}], "reason": "x"}),
        ("clips", {"segments": [{"start_frame": 1, "start_s": 1, "end_s": 2}], "reason": "x"}),
        ("clips", {"segments": "all", "reason": "x"}),
        ("stills", {"reason": "x"}),
        ("stills", {"frame": 1, "at_s": 1.0, "reason": "x"}),
        ("transcodes", {"part": 0, "reason": "x"}),
    ],
)
def test_body_that_says_nothing_clear_is_400(officer, master, what, body):
    assert posted(client_for(officer), master, what, body).status_code == 400


def test_missing_reason_and_missing_part_are_problems(officer, master):
    client = client_for(officer)
    unreasoned = posted(client, master, "clips", {"segments": BODIES["clips"]["segments"]})
    assert (unreasoned.status_code, unreasoned.json()["code"]) == (400, "reason-missing")
    assert posted(client, master, "clips", {**BODIES["clips"], "part": 2}).status_code == 404


def test_draft_is_kept_per_person_and_thrown_away(officer, master):
    client, address = client_for(officer), f"/api/v1/recordings/{master.pk}/draft"
    assert client.get(address).json() == {"content": drawn(), "saved_at": None}
    unfinished = drawn([track(0, None)])
    kept = client.put(address, unfinished, content_type=JSON)
    assert (kept.status_code, kept.json()["content"]) == (200, unfinished)
    client.put(address, drawn([track(0, 20)]), content_type=JSON)
    assert Draft.objects.get().content["tracks"][0]["end"] == 20
    other = client_for(factories.person(Role.INVESTIGATOR))
    assert other.get(address).json()["saved_at"] is None
    assert client.delete(address).status_code == 204
    assert not Draft.objects.exists()


def test_draft_that_could_not_be_read_again_is_refused(officer, master):
    client, address = client_for(officer), f"/api/v1/recordings/{master.pk}/draft"
    for content in ({"v": 9}, {**drawn(), "surprise": 1}, [1, 2]):
        assert client.put(address, content, content_type=JSON).status_code == 422
    assert client.put(f"{address}?part=3", drawn(), content_type=JSON).status_code == 404
    assert not Draft.objects.exists()


YES, KNOWN, HIDDEN = 202, 403, 404
ROLES = {
    "own officer": YES, "colleague": HIDDEN, "supervisor": YES, "other team's supervisor": HIDDEN, "investigator": YES,
    "disclosure-officer": KNOWN, "evidence-manager": YES, "psd": KNOWN, "auditor": KNOWN, "administrator": HIDDEN,
    "nobody's post": HIDDEN, "granted to watch": KNOWN, "granted to edit": YES, "grant is over": HIDDEN,
}  # fmt: skip


def _person(name, officer, master):
    if name == "own officer":
        return officer
    if name == "colleague":
        return factories.person(Role.OFFICER, master.unit)
    if name in {"supervisor", "other team's supervisor"}:
        return factories.person(Role.SUPERVISOR, master.unit if name == "supervisor" else None)
    if name.startswith("grant"):
        someone = factories.person(Role.OFFICER)
        until_at = timezone.now() + timedelta(hours=-1 if name == "grant is over" else 1)
        factories.granted(master, someone, until_at=until_at, may_edit=name != "granted to watch")
        return someone
    return factories.person(None if name == "nobody's post" else Role(name))


@pytest.mark.parametrize("name", sorted(ROLES))
def test_role_table_for_every_endpoint(officer, master, name):
    client, wanted = client_for(_person(name, officer, master)), ROLES[name]
    for what in BODIES:
        assert posted(client, master, what).status_code == wanted, what
    address = f"/api/v1/recordings/{master.pk}/draft"
    answers = [client.get(address), client.put(address, drawn(), content_type=JSON), client.delete(address)]
    assert [answer.status_code for answer in answers] == ([200, 200, 204] if wanted == YES else [wanted] * 3)
    if wanted != YES:
        denied = Event.objects.filter(verb="recording:access:denied", subject_id=master.pk, outcome="denied")
        assert denied.count() == len(BODIES) + 3
        assert not Job.objects.filter(kind__startswith="copy.").exists()


def test_role_table_names_every_endpoint():
    finding = {"detections", "<uuid:detection_id>", "tracks", "take", "cancel", "follows", "<uuid:job_id>"}
    others = {"start-again", "mute-proposals"}
    named = {str(each.pattern).rsplit("/", 1)[1] for each in api_urls.urlpatterns}
    assert named - finding - others == {*BODIES, *ELSEWHERE, "draft"}, "those are in the table of access"


def test_nobody_and_a_dock_are_refused(master):
    assert posted(client_for(None), master, "clips").status_code == 401


def test_restricted_recording_is_edited_by_its_officer_only(officer, master):
    keeper = who_is(factories.person(Role.EVIDENCE_MANAGER))
    restriction_set(who=keeper, recording=master, is_restricted=True, reason="Complaint")
    assert posted(client_for(officer), master, "clips").status_code == 202
    assert posted(client_for(factories.person(Role.INVESTIGATOR)), master, "clips").status_code == 404


@runs_jobs
def test_grant_on_a_copy_never_reaches_its_parent(officer, master):
    clip = made(clip_request(
        who=who_is(officer), recording=master, stretches=[frames(0, 9)], reason="For interview"
    ))  # fmt: skip
    helper = factories.person(Role.OFFICER)
    factories.granted(clip, helper, may_edit=True)
    assert posted(client_for(helper), clip, "stills", {"frame": 0, "reason": "x"}).status_code == 202
    with pytest.raises(Denied):
        clip_request(who=who_is(helper), recording=master, stretches=[frames(0, 9)], reason="For interview")
    assert Recording.objects.filter(parent=master).count() == 1
    assert COUNT > 9
