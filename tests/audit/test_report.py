"""A custody report: what stands in it for whom, that it can be checked without us, and that making it is on record."""

import copy
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from evidence.audit import reporting
from evidence.cases.services import case_open, exhibit_produce
from evidence.custody.choosing import Text
from evidence.custody.erasing import Authority, texts_erase
from evidence.custody.models import AuthorityKind, Event, LogKey
from evidence.custody.queries import Line, lines, subject_events
from evidence.custody.services import commitment
from evidence.custody.tree.checkpoint import Checkpoint, Proof
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.note import NoteInvalid, Verifier, note_read, signatures_of
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import PlaybackSession, Recording
from evidence.recordings.services.notes import marker_add
from evidence.recordings.services.playback import playback_close, playback_open, watched_add
from tests import factories
from tests.custody.sealing import record_seal
from tests.factories import Scene, client_for

pytestmark = pytest.mark.django_db
WHY = {"reason_code": "complaint", "reason_text": "Ref 12"}


@pytest.fixture
def scene(db: None, tmp_path: Path) -> Scene:
    return factories.scene(tmp_path)


def watch(recording: Recording, person: Person) -> None:
    opened = playback_open(who=who_is(person), recording=recording, reason_code="review")
    watched_add(session=opened.session, stretches=[(0, 30)])
    playback_close(session=PlaybackSession.objects.get(pk=opened.session.pk))


def asked(client: Client, address: str, **wishes: object) -> Any:
    return client.post(f"/api/v1/{address}", {**WHY, **wishes}, content_type="application/json")


def of_recording(scene: Scene, reader: Person) -> dict[str, Any]:
    answer = asked(client_for(reader), f"recordings/{scene.recording.id}/custody-report")
    assert answer.status_code == 200, answer.content
    return answer.json()


def searched(reader: Person, **wishes: object) -> dict[str, Any]:
    answer = asked(client_for(reader), "custody-report", **wishes)
    assert answer.status_code == 200, answer.content
    return answer.json()


def last(kind: str, identifier: object) -> Line:
    return lines(subject_events(kind, identifier))[-1]  # type: ignore[arg-type]


def faults(report: dict[str, Any], key: Verifier) -> list[str]:
    """What somebody without the force finds wrong: gaps, hashes, commitments, proofs, signature."""
    found = []
    root = bytes.fromhex(report["log"]["root"])
    for item in report["items"]:
        for place, line in enumerate(item["lines"], start=1):
            if line["seq"] != place:
                return [*found, f"line {place} is missing"]
            if not line["withheld"]:
                body = json.loads(line["body"])
                if leaf_hash(line["body"].encode()).hex() != line["leaf"] or body["subject_seq"] != place:
                    found.append(f"line {place} was changed")
                name = line["texts"]["actor.name"]
                if commitment(bytes.fromhex(name["salt"]), name["text"]) != body["actor"]["name"]:
                    found.append(f"a name in line {place} was changed")
            if line["proof"] is None:
                found.append(f"line {place} is not sealed")
                continue
            proof = Proof.read(line["proof"])
            try:
                signatures_of(note_read(proof.checkpoint), [key])
            except NoteInvalid:
                found.append(f"line {place}: not signed")
            if not proof.shows(bytes.fromhex(line["leaf"])) or root not in _stated(proof):
                found.append(f"line {place} is not under the checkpoint")
    return found


def _stated(proof: Proof) -> list[bytes]:
    return [Checkpoint.read(note_read(proof.checkpoint).text).root]


@pytest.mark.django_db(transaction=True)  # what is not committed gets no place in the tree
def test_a_report_is_checked_without_the_force_and_shows_whatever_was_done_to_it(scene: Scene) -> None:
    watch(scene.recording, factories.person(Role.PSD))
    key = record_seal().verifier
    report = of_recording(scene, scene.sergeant)
    assert key.text in report["log"]["keys"]
    assert key.text == LogKey.objects.get().verifier
    told = report["items"][0]["lines"]
    assert [line["state"] for line in told] == ["sealed"] * len(told)
    assert faults(report, key) == []

    cut = copy.deepcopy(report)
    del cut["items"][0]["lines"][1]
    assert faults(cut, key) == ["line 2 is missing"]
    changed = copy.deepcopy(report)
    changed["items"][0]["lines"][0]["body"] = told[0]["body"].replace('"done"', '"failed"')
    assert faults(changed, key) == ["line 1 was changed"]
    named = copy.deepcopy(report)
    named["items"][0]["lines"][0]["texts"]["actor.name"]["text"] = "PC 1 Nobody"
    assert faults(named, key) == ["a name in line 1 was changed"]
    swapped = copy.deepcopy(report)
    swapped["items"][0]["lines"][2]["leaf"] = told[3]["leaf"]
    assert faults(swapped, key) == ["line 3 is not under the checkpoint"]
    stranger = Verifier(key.name, bytes(32))
    assert faults(report, stranger) == [f"line {place}: not signed" for place in range(1, len(told) + 1)]


def test_it_counts_without_a_gap_and_withholds_others_looks_by_number_and_hash(scene: Scene) -> None:
    watch(scene.recording, factories.person(Role.PSD, surname="Quiet"))
    watch(scene.recording, scene.sergeant)
    report = of_recording(scene, scene.sergeant)
    told = report["items"][0]["lines"]
    assert [line["seq"] for line in told] == [1, 2, 3, 4, 5, 6]
    assert [line["withheld"] for line in told] == [False, False, True, True, False, False]
    assert {key for line in told[2:4] for key in line} == {"seq", "leaf", "withheld", "state", "proof", "class"}
    assert told[2]["class"] == "withheld"
    assert "Quiet" not in json.dumps(report)
    assert "is told to auditors and professional standards" in report["withholding"]
    whole = of_recording(scene, factories.person(Role.AUDITOR))
    assert whole["withholding"] is None
    assert not any(line["withheld"] for line in whole["items"][0]["lines"])
    assert "Quiet" in json.dumps(whole)


def test_it_says_who_made_it_when_why_and_of_what(scene: Scene) -> None:
    report = of_recording(scene, scene.sergeant)
    assert (report["v"], report["kind"], report["marking"]) == (1, "custody-report", "OFFICIAL-SENSITIVE")
    assert report["made_by"]["id"] == str(scene.sergeant.id)
    assert report["made_by"]["post"].startswith("Supervisor")
    assert report["reason"] == {"code": "complaint", "text": "Ref 12"}
    assert report["scope"] == {"kind": "recording", "id": str(scene.recording.id)}
    assert report["items"][0]["sha256"] == [scene.file.sha256]
    assert report["items"][0]["lines"][0]["words"].startswith("Tests took it in and sealed the Master")


def test_making_one_is_an_event_with_its_reason_format_and_length(scene: Scene) -> None:
    of_recording(scene, scene.sergeant)
    line = last("recording", scene.recording.id)
    assert (line.verb, line.category) == ("recording:report:made", "consultation")
    assert line.body["reason"]["code"] == "complaint"
    assert line.body["data"] == {"way": "report", "format": "json", "lines": 2}


def test_without_a_reason_nothing_is_made(scene: Scene) -> None:
    before, auditor = Event.objects.count(), client_for(factories.person(Role.AUDITOR))
    for address in (f"recordings/{scene.recording.id}/custody-report", "custody-report", "custody-log"):
        wish = {"reason_text": " ", "from_at": "2020-01-01T00:00Z"}
        answer = auditor.post(f"/api/v1/{address}", wish, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "reason-missing")
    assert Event.objects.count() == before


def test_a_working_copy_has_a_report_of_its_own(scene: Scene, tmp_path: Path) -> None:
    clip = factories.copy_of(scene.file, b"a clip", tmp=tmp_path, made_by=scene.officer)
    answer = asked(client_for(factories.person(Role.INVESTIGATOR)), f"recordings/{clip.id}/custody-report")
    told = answer.json()["items"][0]
    assert told["id"] == str(clip.id)
    assert json.loads(told["lines"][0]["body"])["verb"] == "copy:file:sealed"


def test_a_case_is_reported_with_the_records_that_its_reader_may_read(scene: Scene, tmp_path: Path) -> None:
    lead = factories.person(Role.INVESTIGATOR)
    kept = factories.playable(b"kept back", officer=scene.officer, team=scene.team, tmp=tmp_path)
    case = case_open(who=who_is(lead), urn="20AB0001126", title="R v Smith", officer_in_case=lead)
    for recording in (scene.recording, kept):
        exhibit_produce(
            who=who_is(lead), case=case, recording=recording, producer=scene.officer, description="BWV of the arrest"
        )
    Recording.objects.filter(pk=kept.pk).update(is_restricted=True)
    report = asked(client_for(lead), f"cases/{case.id}/custody-report").json()
    own, first, second = report["items"]
    assert (own["kind"], own["id"]) == ("case", str(case.id))
    assert first["id"] == str(scene.recording.id)
    assert [line["seq"] for line in first["lines"]] == list(range(1, len(first["lines"]) + 1))
    assert (second["told"], second["id"], second["lines"]) == (False, None, [])
    assert second["exhibits"] != first["exhibits"]
    assert str(kept.id) not in json.dumps(report)
    assert last("case", case.id).verb == "case:report:made"
    assert last("recording", scene.recording.id).verb == "recording:report:made"
    assert last("recording", kept.id).verb == "recording:exhibit:produced"


def test_acts_of_a_person_are_told_first_to_last_across_items_and_only_theirs(scene: Scene, tmp_path: Path) -> None:
    other = factories.playable(b"another", officer=scene.officer, team=scene.team, tmp=tmp_path)
    watch(scene.recording, scene.sergeant)
    watch(other, scene.sergeant)
    marker_add(who=who_is(scene.officer), recording=scene.recording, at_s=1)
    auditor = factories.person(Role.AUDITOR)
    told = searched(auditor, person=str(scene.sergeant.id))["lines"]
    bodies = [json.loads(line["body"]) for line in told]
    assert [body["subject"]["id"] for body in bodies] == [str(scene.recording.id)] * 2 + [str(other.id)] * 2
    assert {body["actor"]["id"] for body in bodies} == {str(scene.sergeant.id)}
    line = lines(Event.objects.order_by("-position")[:1])[0]
    assert line.verb == "record:report:made"
    said = {"person": str(scene.sergeant.id), "item": None, "from": None, "until": None}
    assert line.body["data"] == {**said, "way": "report", "format": "json", "lines": 4}
    one = searched(auditor, person=str(scene.sergeant.id), item=str(other.id))["lines"]
    assert [json.loads(each["body"])["subject"]["id"] for each in one] == [str(other.id)] * 2
    assert searched(auditor, person=str(scene.sergeant.id), until_at="2020-01-01T00:00Z")["lines"] == []


def test_nothing_in_a_report_across_items_tells_an_evidence_manager_whether_anybody_looked(scene: Scene) -> None:
    manager = factories.person(Role.EVIDENCE_MANAGER)
    quiet = factories.person(Role.PSD, surname="Quiet")
    wish = {"person": str(quiet.id)}

    def but_for_the_hour() -> dict[str, Any]:
        report = searched(manager, **wish)
        assert Event.objects.latest("position").verb == "record:report:made"
        return {key: value for key, value in report.items() if key not in {"made_at", "log"}}

    before = but_for_the_hour()
    watch(scene.recording, quiet)
    assert but_for_the_hour() == before
    assert "Any such lines of others are left out" in before["withholding"]
    assert len(searched(factories.person(Role.AUDITOR), **wish)["lines"]) == 2


def test_a_report_across_items_is_narrow_and_for_few(scene: Scene) -> None:
    auditor = client_for(factories.person(Role.AUDITOR))
    for address in ("custody-report", "custody-log"):
        wide = asked(auditor, address)
        assert (wide.status_code, wide.json()["code"]) == (400, "search-too-wide")
        assert asked(client_for(scene.sergeant), address, item=str(scene.recording.id)).status_code == 403


def test_what_is_too_long_is_refused_and_says_what_to_do(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "LINES_MAX", 1)
    before = Event.objects.count()
    answer = asked(client_for(scene.sergeant), f"recordings/{scene.recording.id}/custody-report")
    assert (answer.status_code, answer.json()["code"], answer.json()["most"]) == (400, "report-too-long", 1)
    assert "Export the record as JSON lines instead" in answer.json()["detail"]
    auditor = client_for(factories.person(Role.AUDITOR))
    wide = asked(auditor, "custody-report", item=str(scene.recording.id))
    assert "Narrow the days" in wide.json()["detail"]
    page = auditor.post("/audit/report", {"item": str(scene.recording.id), "reason_code": "review", "format": "pdf"})
    assert page.status_code == 422
    assert "Narrow the days" in page.content.decode()
    assert Event.objects.count() == before


def test_a_program_that_accepts_nothing_but_pdf_is_given_it(scene: Scene) -> None:
    answer = client_for(scene.sergeant).post(
        f"/api/v1/recordings/{scene.recording.id}/custody-report", {**WHY, "format": "pdf"},
        content_type="application/json", headers={"Accept": "application/pdf"},
    )  # fmt: skip
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.django_db(transaction=True)
def test_names_that_were_erased_are_told_with_the_authority_and_without_the_name(scene: Scene) -> None:
    watch(scene.recording, scene.sergeant)
    key = record_seal().verifier
    opened = subject_events("recording", scene.recording.id).get(verb="recording:playback:opened")
    texts_erase(
        actor=who_is(factories.person(Role.EVIDENCE_MANAGER)).actor, rule="test", proposal=uuid4(),
        authority=Authority(AuthorityKind.COURT_ORDER, "T20267001"), proposed_by=uuid4(),
        chosen=[Text(opened.uuid, "actor.name")],
    )  # fmt: skip
    auditor = factories.person(Role.AUDITOR)
    line = of_recording(scene, auditor)["items"][0]["lines"][2]
    assert line["erased"]["actor.name"]["authority"] == "Court order T20267001"
    assert "actor.name" not in line["texts"]
    assert "erased under Court order T20267001" in line["words"]
    assert leaf_hash(line["body"].encode()).hex() == line["leaf"]
    assert Proof.read(line["proof"]).shows(bytes.fromhex(line["leaf"]))
    assert signatures_of(note_read(Proof.read(line["proof"]).checkpoint), [key])
    for address in (f"/recordings/{scene.recording.id}/custody", f"/audit/?item={scene.recording.id}"):
        assert "erased under Court order T20267001" in client_for(auditor).get(address).content.decode()
