"""The custody record for people: sentences, who reads what, and that reading is itself in the record."""

import hashlib
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from evidence.audit.queries import summary_of
from evidence.audit.words import entries
from evidence.custody.queries import lines, subject_events
from evidence.custody.services import commitment
from evidence.custody.signing import signer_read
from evidence.custody.tree.checkpoint import Proof
from evidence.custody.tree.note import note_read, signatures_of
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import PlaybackSession
from evidence.recordings.reasons import LABELS
from evidence.recordings.services.notes import marker_add
from evidence.recordings.services.playback import playback_close, playback_open, watched_add
from tests import factories
from tests.factories import Scene, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: None, tmp_path: Path) -> Scene:
    return factories.scene(tmp_path)


def watch(scene: Scene, person: Person, *, seconds: float, reason: str = "review") -> None:
    opened = playback_open(who=who_is(person), recording=scene.recording, reason_code=reason)
    watched_add(session=opened.session, stretches=[(0, seconds)])
    playback_close(session=PlaybackSession.objects.get(pk=opened.session.pk))


def custody(scene: Scene, reader: Person) -> str:
    answer = client_for(reader).get(f"/recordings/{scene.recording.id}/custody")
    assert answer.status_code == 200
    return answer.content.decode()


def exported(scene: Scene, reader: Person) -> list[dict[str, object]]:
    answer = client_for(reader).get(f"/api/v1/recordings/{scene.recording.id}/custody.jsonl")
    assert answer.status_code == 200
    return [json.loads(row) for row in b"".join(answer.streaming_content).splitlines()]  # type: ignore[attr-defined]


def verbs(scene: Scene) -> list[str]:
    return [line.verb for line in lines(subject_events("recording", scene.recording.id))]


def without_tokens(page: str) -> list[str]:
    """The page but for what every answer has anew."""
    return [row for row in page.splitlines() if "csrfmiddlewaretoken" not in row]


def test_an_opening_and_its_closing_are_one_sentence(scene: Scene) -> None:
    watch(scene, scene.sergeant, seconds=47)
    told = entries(lines(subject_events("recording", scene.recording.id)), reasons=LABELS)
    assert told[-1].title == f"{scene.sergeant.label} watched 47 s: Supervision or dip sample"
    assert len(told[-1].uuids) == 2


def test_an_opening_of_which_nothing_was_watched_says_so(scene: Scene) -> None:
    officer = who_is(scene.officer)
    opened = playback_open(who=officer, recording=scene.recording, reason_code="", reason_text="By mistake")
    playback_close(session=opened.session)
    told = entries(lines(subject_events("recording", scene.recording.id)), reasons=LABELS)
    assert told[-1].title == f"{scene.officer.label} opened it and watched nothing: By mistake"


def test_an_auditor_reads_all_of_it_and_that_is_an_event(scene: Scene) -> None:
    auditor = factories.person(Role.AUDITOR)
    watch(scene, scene.sergeant, seconds=30)
    text = custody(scene, auditor)
    assert f"{scene.sergeant.label} watched 30 s" in text
    assert verbs(scene)[-1] == "recording:record:read"
    assert f"{auditor.label} read its custody record" in custody(scene, auditor)


def test_an_officer_sees_own_acts_and_a_summary_that_betrays_no_look(scene: Scene) -> None:
    psd = factories.person(Role.PSD, surname="Quiet")
    before = custody(scene, scene.officer)
    watch(scene, psd, seconds=30, reason="complaint")
    custody(scene, factories.person(Role.AUDITOR))
    after = custody(scene, scene.officer)
    assert "Quiet" not in after
    assert "read its custody record" not in after
    assert without_tokens(before) == without_tokens(after)
    watch(scene, scene.officer, seconds=5, reason="statement")
    assert f"{scene.officer.label} watched 5.0 s: Writing my statement" in custody(scene, scene.officer)


def test_whoever_may_not_see_the_looks_of_professional_standards_sees_nobody_elses(scene: Scene) -> None:
    psd = factories.person(Role.PSD, surname="Quiet")
    other = factories.person(Role.INVESTIGATOR, surname="Busy")
    watch(scene, psd, seconds=30, reason="complaint")
    watch(scene, other, seconds=20, reason="investigation")
    watch(scene, scene.sergeant, seconds=10)
    text = custody(scene, scene.sergeant)
    assert "Quiet" not in text
    assert "Busy" not in text
    assert f"{scene.sergeant.label} watched 10 s" in text
    assert "is told to auditors and professional standards" in text
    assert "Quiet" in custody(scene, psd)


def test_the_export_counts_without_a_gap_and_its_hashes_and_commitments_hold(scene: Scene) -> None:
    watch(scene, factories.person(Role.PSD), seconds=30)
    rows = exported(scene, scene.sergeant)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["withheld"] for row in rows] == [False, False, True, True]
    assert "body" not in rows[2]
    for row, line in zip(rows, lines(subject_events("recording", scene.recording.id)), strict=False):
        assert row["leaf"] == hashlib.sha256(b"\x00" + line.raw).hexdigest()
    first = rows[0]
    body = json.loads(str(first["body"]))
    name = first["texts"]["actor.name"]  # type: ignore[index]
    assert commitment(bytes.fromhex(name["salt"]), name["text"]) == body["actor"]["name"]
    assert verbs(scene)[-1] == "recording:record:read"


def test_the_export_is_refused_to_whoever_may_not_read_the_record(scene: Scene) -> None:
    refused = client_for(scene.officer).get(f"/api/v1/recordings/{scene.recording.id}/custody.jsonl")
    assert refused.status_code == 403
    assert verbs(scene)[-1] == "recording:access:denied"


def test_a_search_finds_what_a_person_did_and_is_an_event_itself(scene: Scene) -> None:
    watch(scene, scene.sergeant, seconds=30)
    auditor = client_for(factories.person(Role.AUDITOR))
    text = auditor.get(f"/audit/?person={scene.sergeant.collar_number}").content.decode()
    assert f"{scene.sergeant.label} watched 30 s" in text
    again = auditor.get("/audit/?from_on=2020-01-01").content.decode()
    assert "searched the custody record" in again
    by_item = auditor.get(f"/audit/?item={scene.recording.id}").content.decode()
    assert "sealed the Master" in by_item


def test_an_evidence_manager_searches_without_learning_who_looked(scene: Scene) -> None:
    watch(scene, factories.person(Role.PSD, surname="Quiet"), seconds=30)
    manager = client_for(factories.person(Role.EVIDENCE_MANAGER))
    text = manager.get(f"/audit/?item={scene.recording.id}").content.decode()
    assert "Quiet" not in text
    assert "prepared it for viewing" in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("person=", "Give a person, an item or a first day"), ("person=nobody", "Nobody has this collar number"),
        ("item=12", "not the number of an item"), ("from_on=2026-02-02&until_on=2026-01-01", "Swap them"),
    ],
)  # fmt: skip
def test_a_search_that_makes_no_sense_is_explained(db: None, query: str, said: str) -> None:
    text = client_for(factories.person(Role.AUDITOR)).get(f"/audit/?{query}").content.decode()
    assert said in text


def test_the_api_searches_in_pages_and_refuses_the_whole_record(scene: Scene) -> None:
    auditor = client_for(factories.person(Role.AUDITOR))
    assert auditor.get("/api/v1/custody").status_code == 400
    found = auditor.get(f"/api/v1/custody?item={scene.recording.id}").json()
    told = [row["body"]["verb"] for row in found["results"]]
    assert told == ["recording:preparation:finished", "recording:master:sealed"]
    assert found["next"] is None
    assert client_for(scene.officer).get("/api/v1/custody?from_at=2020-01-01T00:00Z").status_code == 403


def test_the_summary_says_how_often_as_it_is_said(scene: Scene) -> None:
    officer = who_is(scene.officer)
    assert dict(summary_of(who_is(scene.sergeant), scene.recording))["Given to somebody"] == "Never"
    marker_add(who=officer, recording=scene.recording, at_s=1)
    assert dict(summary_of(officer, scene.recording))["Tagged or marked"] == "Once"
    marker_add(who=officer, recording=scene.recording, at_s=2)
    assert "Twice" in custody(scene, scene.officer)
    marker_add(who=officer, recording=scene.recording, at_s=3)
    assert dict(summary_of(officer, scene.recording))["Tagged or marked"] == "3 times"


def test_the_summary_counts_what_others_were_given_and_made_for_few(scene: Scene) -> None:
    """A number that rises would tell the officer that somebody looks into the recording."""
    for person in (scene.officer, scene.colleague):
        told = dict(summary_of(who_is(person), scene.recording))
        assert "Given to somebody" not in told
        assert "Working copies made of it" not in told
    page = custody(scene, scene.sergeant)
    assert "Given to somebody" in page
    assert "Working copies made of it" in page


@pytest.mark.django_db(transaction=True)  # what is not committed gets no place in the tree
def test_lines_are_recorded_then_sealed_and_the_export_proves_each(scene: Scene, settings, tmp_path: Path) -> None:
    settings.LOG_KEY_FILE = tmp_path / "log" / "log.pem"
    sergeant = client_for(scene.sergeant)
    address = f"/recordings/{scene.recording.id}/custody"
    assert {item["state"] for item in sergeant.get(address).context["items"]} == {"recorded"}
    call_command("sequencer", "--once", stdout=StringIO())
    assert {item["state"] for item in sergeant.get(address).context["items"]} == {"sealed"}
    states = [item["state"] for item in sergeant.get(address).context["items"]]
    assert (states[0], set(states[1:])) == ("recorded", {"sealed"}), "that reading came after the checkpoint"
    export = sergeant.get(f"/api/v1/recordings/{scene.recording.id}/custody.jsonl")
    rows = [json.loads(line) for line in b"".join(export.streaming_content).splitlines()]
    proved = [row for row in rows if row["proof"]]
    assert len(proved) >= 3
    key = signer_read().verifier
    for row in proved:
        proof = Proof.read(row["proof"])
        assert proof.shows(bytes.fromhex(row["leaf"]))
        assert signatures_of(note_read(proof.checkpoint), [key])
    assert rows[-1]["proof"] is None
