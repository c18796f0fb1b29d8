"""Check a file: who is told what of bytes they hold, on the force site and its API, and what stands in the record."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse

from evidence.audit.check_pace import CheckPace
from evidence.audit.checking import LIFE
from evidence.cases.services import case_open, exhibit_produce
from evidence.court.models import Disc, DiscKind, DiscSet
from evidence.custody.models import Event
from evidence.custody.queries import Line, lines, subject_events
from evidence.custody.services import act
from evidence.custody.verbs import Outcome, Verb
from evidence.fleet.services import dock_enrol
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import FileRole, Kind, Recording, RecordingFile
from evidence.recordings.subjects import subject_of
from evidence.vault.models import ObjectClass, StoredObject
from evidence.vault.services import object_put, object_register
from tests import factories
from tests.custody.sealing import record_seal
from tests.factories import Scene, client_for

pytestmark = pytest.mark.django_db
FOOTAGE = b"sixty seconds of footage"


@pytest.fixture
def scene(db: None, tmp_path: Path) -> Scene:
    cache.clear()  # the pace remembers earlier tests
    return factories.scene(tmp_path)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def asked(person: Person, content: bytes = FOOTAGE, **given: Any) -> HttpResponse:
    values = {"sha256": digest(content), **given}
    return client_for(person).post("/api/v1/file-checks", values, content_type="application/json")


def told(person: Person, content: bytes = FOOTAGE, **given: Any) -> list[dict[str, Any]]:
    answer = asked(person, content, **given)
    assert answer.status_code == 200, answer.content
    results: list[dict[str, Any]] = answer.json()["results"]
    assert answer.json()["is_known"] == bool(results)
    return results


def page(person: Person, content: bytes = FOOTAGE) -> str:
    answer = client_for(person).post("/check", {"sha256": digest(content)})
    assert answer.status_code == 200
    return answer.content.decode()


def checks(recording: Recording) -> list[Line]:
    return lines(subject_events("recording", recording.id).filter(verb=Verb.FILE_CHECKED.value))


def derived(recording: Recording, content: bytes, role: FileRole, tmp_path: Path) -> RecordingFile:
    path = tmp_path / "derived"
    path.write_bytes(content)
    stored = object_register(object_put(object_class=ObjectClass.DERIVED, source=path))
    return RecordingFile.objects.create(recording=recording, role=role, stored=stored, media_type="video/mp4")


def test_whoever_may_list_it_is_told_that_it_is_an_original_and_which(scene: Scene) -> None:
    (known,) = told(scene.sergeant, size_bytes=len(FOOTAGE))
    assert known["kind"] == "original"
    assert known["sealed_at"].endswith("+00:00")
    assert known["item"]["href"] == f"/recordings/{scene.recording.id}/"
    assert known["item"]["title"] == scene.recording.label
    assert known["trouble"] is None
    text = page(scene.sergeant)
    assert "An original, exactly as it was sealed" in text
    assert f'href="/recordings/{scene.recording.id}/"' in text
    assert "UTC" in text


def test_whoever_holds_it_and_may_not_list_it_learns_that_it_is_an_original_and_no_more(scene: Scene) -> None:
    (known,) = told(scene.colleague)
    assert (known["kind"], known["item"], known["made_of"], known["exhibits"]) == ("original", None, None, [])
    assert known["sealed_at"]
    text = page(scene.colleague)
    assert "An original, exactly as it was sealed" in text
    assert str(scene.recording.id) not in text
    assert scene.officer.label not in text


@pytest.mark.parametrize("kind", [Kind.CLIP, Kind.REDACTION, Kind.STILL, Kind.TRANSCODE])
def test_a_working_copy_says_which_it_is_and_of_what_it_was_made(scene: Scene, kind: Kind, tmp_path: Path) -> None:
    copy = factories.copy_of(scene.file, b"a copy", tmp=tmp_path, made_by=scene.sergeant, kind=kind)
    (known,) = told(scene.sergeant, b"a copy")
    assert (known["kind"], known["item"]["id"]) == (kind.value, str(copy.id))
    assert known["made_of"]["sha256"] == digest(FOOTAGE)
    assert known["made_of"]["item"]["id"] == str(scene.recording.id)
    (held,) = told(scene.colleague, b"a copy")
    assert (held["kind"], held["item"], held["made_of"]) == (kind.value, None, None)


def test_a_maker_who_may_not_list_the_original_is_told_its_hash_alone(scene: Scene, tmp_path: Path) -> None:
    factories.copy_of(scene.file, b"a copy", tmp=tmp_path, made_by=scene.colleague)
    (known,) = told(scene.colleague, b"a copy")
    assert known["item"] is not None
    assert known["made_of"] == {"sha256": digest(FOOTAGE), "item": None}


def test_a_viewing_copy_is_told_from_the_original(scene: Scene, tmp_path: Path) -> None:
    derived(scene.recording, b"a proxy", FileRole.PROXY, tmp_path)
    (known,) = told(scene.sergeant, b"a proxy")
    assert (known["kind"], known["made_of"]["sha256"]) == ("viewing-copy", digest(FOOTAGE))
    assert "It is not the original" in page(scene.colleague, b"a proxy")


def test_small_derived_files_are_no_answer(scene: Scene, tmp_path: Path) -> None:
    derived(scene.recording, b"flat line", FileRole.WAVEFORM, tmp_path)
    assert told(scene.sergeant, b"flat line") == []


def test_what_is_not_known_says_so_and_is_no_event(scene: Scene) -> None:
    before = Event.objects.count()
    assert told(scene.sergeant, b"another file") == []
    assert told(scene.sergeant, FOOTAGE, size_bytes=1) == []
    assert "Not known here" in page(scene.sergeant, b"another file")
    assert Event.objects.count() == before


def test_a_check_is_a_consultation_by_whoever_asked_in_the_same_transaction(scene: Scene) -> None:
    told(scene.sergeant)
    told(scene.colleague)
    first, second = checks(scene.recording)
    assert (first.actor_name, first.category, first.body["rule"]) == (
        scene.sergeant.label, "consultation", "supervises-unit",
    )  # fmt: skip
    assert first.body["subject"]["files"] == [{"id": str(scene.file.id), "sha256": digest(FOOTAGE)}]
    assert (second.actor_name, second.body["rule"]) == (scene.colleague.label, "holds-file")


def test_a_restricted_item_is_unknown_to_whoever_may_not_know_of_it_and_that_is_on_record(scene: Scene) -> None:
    unknown = page(scene.colleague, b"never was here").replace(digest(b"never was here"), digest(FOOTAGE))
    Recording.objects.update(is_restricted=True)

    def without_tokens(text: str) -> list[str]:
        return [row for row in text.splitlines() if "csrfmiddlewaretoken" not in row]

    assert without_tokens(page(scene.colleague)) == without_tokens(unknown)
    assert told(scene.sergeant) == []
    assert [(line.outcome, line.body["rule"], line.category) for line in checks(scene.recording)] == [
        ("denied", "no-rule", None)
    ] * 2
    (known,) = told(scene.officer)
    assert known["item"]["id"] == str(scene.recording.id)


def test_a_restricted_copy_hides_behind_an_open_one_with_the_same_bytes(scene: Scene, tmp_path: Path) -> None:
    other = factories.sealed(FOOTAGE, officer=scene.colleague, team=factories.unit(), tmp=tmp_path).recording
    Recording.objects.filter(pk=other.pk).update(is_restricted=True)
    (known,) = told(factories.person())
    assert known["item"] is None
    assert [line.outcome for line in checks(other)] == ["denied"]
    assert [line.outcome for line in checks(scene.recording)] == ["done"]


def test_the_same_bytes_sealed_twice_are_two_answers_for_whoever_may_list_both(scene: Scene, tmp_path: Path) -> None:
    other = factories.sealed(FOOTAGE, officer=scene.colleague, team=scene.team, tmp=tmp_path).recording
    assert [known["item"]["id"] for known in told(scene.sergeant)] == [str(scene.recording.id), str(other.id)]
    assert "were sealed twice" in page(scene.sergeant)
    assert [known["item"]["id"] for known in told(scene.officer)] == [str(scene.recording.id)]
    assert len(told(factories.person())) == 1
    assert len(checks(other)) == 2


def test_the_number_of_events_betrays_no_look_to_who_does_not_read_the_record(scene: Scene) -> None:
    (before,) = told(scene.officer)
    told(factories.person(Role.PSD))
    factories.granted(scene.recording, factories.person(Role.PSD), may_watch=True)
    (after,) = told(scene.officer)
    assert before["events"] == after["events"] > 0
    told_to_all = subject_events("recording", scene.recording.id).filter(verb__in=[verb.value for verb in LIFE])
    assert after["events"] == told_to_all.count()
    (auditor,) = told(factories.person(Role.AUDITOR))
    assert auditor["events"] > after["events"]
    (sergeant,) = told(scene.sergeant)
    counted = [known["events_counted"] for known in (after, sergeant, auditor)]
    assert counted == ["life", "others-looks-left-out", "all"]
    assert "was given it or made copies of it is not counted" in page(scene.officer)


def test_it_says_how_much_of_the_record_is_under_a_checkpoint(scene: Scene) -> None:
    (before,) = told(scene.colleague)
    assert (before["events_sealed"], before["events"] > 0) == (0, True)
    record_seal()
    (after,) = told(scene.colleague)
    assert after["events_sealed"] == after["events"]
    assert "all under a signed checkpoint" in page(scene.colleague)


def test_a_damaged_original_says_that_the_stored_copy_is_looked_into(scene: Scene) -> None:
    def checked(outcome: Outcome) -> None:
        with act(actor=factories.TESTS) as deed:
            deed.record(Verb.FIXITY_CHECKED, subject_of(scene.recording, scene.file), rule="test", outcome=outcome)

    checked(Outcome.FAILED)
    assert told(scene.colleague)[0]["trouble"] == "damaged"
    assert "The stored copy is being looked into" in page(scene.sergeant)
    checked(Outcome.DONE)
    assert told(scene.colleague)[0]["trouble"] is None


def test_a_file_in_quarantine_says_the_same(scene: Scene) -> None:
    StoredObject.objects.update(quarantined_at=scene.recording.sealed_at)
    assert told(scene.colleague)[0]["trouble"] == "damaged"


def test_what_was_disposed_of_says_so(scene: Scene) -> None:
    StoredObject.objects.update(destroyed_at=scene.recording.sealed_at)
    assert told(scene.sergeant)[0]["trouble"] == "disposed"
    assert "was disposed of since" in page(scene.sergeant)


def disc_of(exhibit: Any, content: bytes, tmp_path: Path) -> Disc:
    path = tmp_path / "image.iso"
    path.write_bytes(content)
    image = object_register(object_put(object_class=ObjectClass.IMAGE, source=path))
    disc_set = DiscSet.objects.create(
        case=exhibit.case, kind=DiscKind.DATA, medium="dvd-5", recipient_name="Court", reason="Trial",
        requested_by=exhibit.case.officer_in_case,
    )  # fmt: skip
    return Disc.objects.create(
        disc_set=disc_set, number=1, volume_id="AB_1", image=image, label="AB/1",
        contents=[{"exhibit": "AB/1", "recording": str(exhibit.recording_id)}],
    )  # fmt: skip


def test_the_image_of_a_disc_is_known_to_its_case_and_as_such_to_others(scene: Scene, tmp_path: Path) -> None:
    lead = factories.person(Role.INVESTIGATOR)
    case = case_open(who=who_is(lead), urn="20AB0012326", title="R v Smith", officer_in_case=lead)
    exhibit = exhibit_produce(
        who=who_is(lead), case=case, recording=scene.recording, producer=scene.officer, description="Door"
    )
    disc = disc_of(exhibit, b"an image", tmp_path)
    (known,) = told(lead, b"an image")
    assert (known["kind"], known["item"]["href"]) == ("disc-image", f"/cases/{case.id}/discs/{disc.disc_set_id}/")
    (original,) = told(lead)
    assert original["exhibits"] == [f"{exhibit.reference}, {case.urn}"]
    assert told(scene.colleague, b"an image")[0]["item"] is None
    assert "The image of a disc" in page(scene.colleague, b"an image")
    Recording.objects.update(is_restricted=True)
    assert told(scene.colleague, b"an image") == []
    found = lines(subject_events("case", case.id).filter(verb=Verb.DISC_CHECKED.value))
    assert [(line.outcome, line.body["rule"]) for line in found] == [
        ("done", "officer-in-case"), ("done", "holds-file"), ("done", "holds-file"), ("denied", "no-rule"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    [
        "{hash}", " {HASH} \n", "{hash}  film.mp4", "\\{hash}  odd name", "SHA256 (film.mp4) = {hash}",
        "SHA256          {HASH}       C:\\film.mp4", "{spaced}",
    ],
)  # fmt: skip
def test_the_form_takes_what_commands_print(scene: Scene, typed: str) -> None:
    found = digest(FOOTAGE)
    spaced = " ".join(found[at : at + 2] for at in range(0, 64, 2))
    values = {"sha256": typed.format(hash=found, HASH=found.upper(), spaced=spaced)}
    answer = client_for(scene.colleague).post("/check", values)
    assert "An original, exactly as it was sealed" in answer.content.decode()


@pytest.mark.parametrize("typed", ["", "a" * 63, "a" * 65, "film.mp4", f"{'a' * 64} {'b' * 64}"])
def test_what_is_no_sha_256_is_said_at_the_field(scene: Scene, typed: str) -> None:
    answer = client_for(scene.colleague).post("/check", {"sha256": typed})
    assert answer.status_code == 422
    assert 'href="#id_sha256"' in answer.content.decode()


@pytest.mark.parametrize("wrong", [{"sha256": "abc"}, {"size_bytes": -1}, {"size_bytes": 2**63}, {"size_bytes": "x"}])
def test_the_api_answers_bad_input_with_a_problem(scene: Scene, wrong: dict[str, Any]) -> None:
    answer = asked(scene.colleague, **wrong)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(wrong))}"


def test_too_many_checks_are_held_up_for_that_asker_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CheckPace.rate == "60/min"
    # sixty of them may take a slow machine a minute
    monkeypatch.setattr(CheckPace, "rate", "6/min")
    answers = [asked(scene.colleague, b"nothing") for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2
    assert answers[-1].json()["code"] == "too-many-checks"
    assert answers[-1].json()["retry_after_s"] > 0
    assert client_for(scene.colleague).post("/check", {"sha256": "a" * 64}).status_code == 429
    assert asked(scene.officer).status_code == 200


def test_a_dock_checks_no_files(scene: Scene) -> None:
    token = dock_enrol(name="Dock 7", unit=scene.team)[1]
    answer = client_for(None).post(
        "/api/v1/file-checks", {"sha256": digest(FOOTAGE)}, content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (403, "denied")
    assert checks(scene.recording) == []


def test_the_page_is_linked_from_every_page_and_from_the_audit(scene: Scene) -> None:
    assert 'href="/check"' in client_for(scene.colleague).get("/").content.decode()
    assert "Check a file against" in client_for(factories.person(Role.AUDITOR)).get("/audit/").content.decode()
