"""Two evidence managers erase a name in the record: proposed by one, approved by another, and told on every page."""

import json

import pytest
from django.test import Client

from evidence.custody.choosing import texts_of_person
from evidence.custody.erasing import Authority
from evidence.custody.models import AuthorityKind, Commitment, ErasureProposal, ErasureState
from evidence.custody.queries import lines, subject_events
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.services.notes import marker_add
from evidence.recordings.services.playback import playback_open
from tests import factories
from tests.custody.sealing import record_seal
from tests.factories import Scene, client_for

pytestmark = pytest.mark.django_db(transaction=True)
GIVEN = {"authority": "court-order", "reference": "T20267001", "reason": "Ordered at the hearing"}


@pytest.fixture
def scene(transactional_db: None, tmp_path) -> Scene:
    """A recording with a marker that its officer set, sealed."""
    made = factories.scene(tmp_path)
    marker_add(who=who_is(made.officer), recording=made.recording, at_s=1)
    record_seal()
    return made


@pytest.fixture
def managers() -> tuple[Client, Client]:
    return client_for(factories.person(Role.EVIDENCE_MANAGER)), client_for(factories.person(Role.EVIDENCE_MANAGER))


def propose(client: Client, **given: object) -> ErasureProposal:
    answer = client.post("/audit/erasures/new", {**GIVEN, **given})
    assert answer.status_code == 302, answer.content.decode()
    return ErasureProposal.objects.get(pk=answer.headers["Location"].rsplit("/", 1)[-1])


def for_person(person: Person) -> dict[str, object]:
    return {"way": "person", "person": person.collar_number}


def names(person: Person) -> int:
    return len(texts_of_person(person.id))


def test_a_name_goes_only_when_a_second_person_approves(scene, managers):
    one, other = managers
    proposal = propose(one, **for_person(scene.officer))
    assert names(scene.officer) == 1
    assert one.post(f"/audit/erasures/{proposal.id}/approve").status_code == 409
    assert names(scene.officer) == 1
    assert other.post(f"/audit/erasures/{proposal.id}/approve").status_code == 302
    assert names(scene.officer) == 0
    proposal.refresh_from_db()
    assert proposal.state == ErasureState.DONE
    assert other.post(f"/audit/erasures/{proposal.id}/approve").status_code == 409


def test_afterwards_every_page_and_export_says_by_what_authority(scene, managers):
    one, other = managers
    proposal = propose(one, **for_person(scene.officer))
    other.post(f"/audit/erasures/{proposal.id}/approve")
    auditor = client_for(factories.person(Role.AUDITOR))
    page = auditor.get(f"/recordings/{scene.recording.id}/custody").content.decode()
    assert "erased under Court order T20267001" in page
    assert "erased the name of who did it in line" in page
    record = auditor.get(f"/api/v1/recordings/{scene.recording.id}/custody.jsonl")
    rows = [json.loads(row) for row in b"".join(record.streaming_content).splitlines()]
    marked = next(row for row in rows if '"recording:marker:added"' in row["body"])
    assert marked["erased"]["actor.name"]["authority"] == "Court order T20267001"
    assert "actor.name" not in marked["texts"]
    assert scene.officer.label not in json.dumps([marked, rows[-2]], ensure_ascii=False)


def test_who_refuses_says_why_and_nothing_is_erased(scene, managers):
    one, other = managers
    proposal = propose(one, **for_person(scene.officer))
    assert other.post(f"/audit/erasures/{proposal.id}/refuse", {}).status_code == 422
    assert other.post(f"/audit/erasures/{proposal.id}/refuse", {"reason": "Not final"}).status_code == 302
    assert names(scene.officer) == 1
    assert other.post(f"/audit/erasures/{proposal.id}/approve").status_code == 409
    assert "Refused" in one.get("/audit/erasures").content.decode()


def test_what_is_not_sealed_waits(scene, managers):
    one, other = managers
    marker_add(who=who_is(scene.officer), recording=scene.recording, at_s=2)
    proposal = propose(one, **for_person(scene.officer))
    assert other.post(f"/audit/erasures/{proposal.id}/approve").status_code == 409
    record_seal()
    assert other.post(f"/audit/erasures/{proposal.id}/approve").status_code == 302


@pytest.mark.once
def test_one_line_or_an_exact_text_can_be_chosen(scene, managers):
    one, _ = managers
    line = lines(subject_events("recording", scene.recording.id).filter(verb="recording:marker:added"))[0]
    found = propose(one, way="line", item=str(scene.recording.id), line=line.seq, fields_=["actor.name"])
    assert [(item.event, item.field) for item in found.items.all()] == [(line.uuid, "actor.name")]
    found = propose(one, way="text", text=scene.officer.label)
    assert (line.uuid, "actor.name") in {(item.event, item.field) for item in found.items.all()}


@pytest.mark.once
@pytest.mark.parametrize("wrong", [
    {"reference": "Smith"}, {"reference": "John Smith 1"}, {"reason": ""}, {"way": "person", "person": ""},
    {"way": "person", "person": "nobody-at-all"}, {"way": "text", "text": "Nobody wrote this"},
    {"way": "line", "item": "x", "line": 1, "fields_": ["actor.name"]}, {"way": ""},
])  # fmt: skip
def test_what_is_missing_or_names_nothing_is_told_in_the_form(scene, managers, wrong):
    answer = managers[0].post("/audit/erasures/new", {**GIVEN, **for_person(scene.officer), **wrong})
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert not ErasureProposal.objects.exists()


@pytest.mark.once
def test_nobody_takes_part_in_the_erasing_of_their_own_name(scene):
    manager = factories.person(Role.EVIDENCE_MANAGER)
    marker_add(who=who_is(manager), recording=scene.recording, at_s=2)
    record_seal()
    mine, other = client_for(manager), client_for(factories.person(Role.EVIDENCE_MANAGER))
    assert mine.post("/audit/erasures/new", {**GIVEN, **for_person(manager)}).status_code == 422
    proposal = propose(other, **for_person(manager))
    assert mine.post(f"/audit/erasures/{proposal.id}/approve").status_code == 409
    assert Commitment.objects.filter(text=manager.label).exists()


@pytest.mark.once
def test_the_page_of_a_proposal_tells_nobody_who_looked(scene, managers):
    looker = factories.person(Role.PSD)
    playback_open(who=who_is(looker), recording=scene.recording, reason_code="complaint")
    proposal = propose(managers[0], **for_person(looker))
    page = managers[1].get(f"/audit/erasures/{proposal.id}").content.decode()
    assert looker.label not in page
    assert "1 withheld from you" in page


@pytest.mark.once
def test_each_step_is_in_the_record(scene, managers):
    from evidence.audit.subjects import RECORD

    proposal = propose(managers[0], **for_person(scene.officer))
    managers[1].get(f"/audit/erasures/{proposal.id}")
    managers[1].post(f"/audit/erasures/{proposal.id}/refuse", {"reason": "Not final"})
    told = lines(subject_events(RECORD.kind, RECORD.id))
    assert [line.verb for line in told] == [
        "record:erasure:proposed", "record:erasure:read", "record:erasure:refused",
    ]  # fmt: skip
    assert told[0].reason_text == GIVEN["reason"]
    assert Authority(AuthorityKind(proposal.authority), proposal.reference).words == "Court order T20267001"
