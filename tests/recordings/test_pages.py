"""My queue, Find, Copies, Access and Details."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from evidence.custody.models import Event
from evidence.custody.queries import lines, subject_events
from evidence.identity.roles import Role
from evidence.recordings import queue
from evidence.recordings.models import FileRole, Kind, PlaybackSession, Recording, RecordingFile
from evidence.recordings.queue import ROWS_SHOWN, Found, QueueRow, QueueSection, section_register
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put, object_register
from tests import factories
from tests.factories import Scene, client_for

pytestmark = pytest.mark.django_db


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def thumbnail_give(recording: Recording, tmp: Path) -> RecordingFile:
    path = tmp / f"{recording.id}.jpg"
    path.write_bytes(b"\xff\xd8\xff picture of " + recording.id.bytes)
    put = object_put(object_class=ObjectClass.DERIVED, source=path)
    stored = object_register(put)
    return RecordingFile.objects.create(
        recording=recording, role=FileRole.THUMBNAIL, stored=stored, media_type="image/jpeg"
    )


def test_the_queue_shows_an_officer_what_to_tag_and_says_when_there_is_nothing(scene: Scene) -> None:
    mine, theirs = client_for(scene.officer), client_for(scene.colleague)
    assert f"/recordings/{scene.recording.id}/" in shown(mine, "/")
    assert "every recording of yours has a category" in shown(theirs, "/")
    Recording.objects.update(category=factories.category())
    assert f"/recordings/{scene.recording.id}/" not in shown(mine, "/")


def test_the_queue_shows_a_sergeant_what_nobody_reviewed_until_it_is_opened(scene: Scene) -> None:
    client = client_for(scene.sergeant)
    assert str(scene.recording.id) in shown(client, "/")
    client.post(f"/recordings/{scene.recording.id}/open", {"reason_code": "review"})
    assert "you have opened every recording of your team" in shown(client, "/")


def test_flagged_and_failed_recordings_wait_for_the_evidence_manager(scene: Scene, tmp_path: Path) -> None:
    factories.sealed(b"from an unknown camera", tmp=tmp_path, flag_reason="Nobody has this camera.")
    text = shown(client_for(factories.person(Role.EVIDENCE_MANAGER)), "/")
    assert "Nobody has this camera." in text


def test_another_room_adds_a_section_that_only_concerned_people_see(scene: Scene) -> None:
    row = QueueRow(title="From Sgt Khan", href="/x", at=timezone.now(), action="Watch")
    section = QueueSection(
        key="test", title="Sent to me", at_heading="Sent", about_heading="Until", empty="None.", place=5,
        find=lambda who: Found(rows=[row], count="1") if who.id == scene.officer.id else None,
    )  # fmt: skip
    section_register(section)
    try:
        assert "From Sgt Khan" in shown(client_for(scene.officer), "/")
        assert "Sent to me" not in shown(client_for(scene.colleague), "/")
    finally:
        del queue._sections["test"]


def test_find_lists_only_what_one_may_know_of(scene: Scene) -> None:
    stranger = factories.person()
    assert str(scene.recording.id) in shown(client_for(scene.officer), "/recordings/")
    assert str(scene.recording.id) not in shown(client_for(stranger), "/recordings/")
    assert "Nothing found" in shown(client_for(stranger), "/recordings/")


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("q=cv-20431", True), ("q=nowhere", False), ("kind=master", True), ("kind=clip", False),
        ("state=playable", True), ("state=not-playable", False), ("waits=to-tag", True), ("waits=flagged", False),
    ],
)  # fmt: skip
def test_filters_narrow(scene: Scene, query: str, is_found: bool) -> None:
    text = shown(client_for(scene.officer), f"/recordings/?{query}")
    assert (str(scene.recording.id) in text) is is_found


def test_days_are_whole_local_days(scene: Scene) -> None:
    day = timezone.localtime(scene.recording.recorded_at).date()
    client = client_for(scene.officer)
    assert str(scene.recording.id) in shown(client, f"/recordings/?from_on={day}&until_on={day}")
    assert str(scene.recording.id) not in shown(client, f"/recordings/?from_on={day + timedelta(days=1)}")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("officer=999999", "Nobody has this collar number"), ("from_on=2026-02-02&until_on=2026-01-01", "Swap them"),
        ("from_on=someday", "Enter a valid date"),
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_explained_and_finds_nothing(scene: Scene, query: str, said: str) -> None:
    text = shown(client_for(scene.officer), f"/recordings/?{query}")
    assert said in text
    assert str(scene.recording.id) not in text


def test_pages_of_results_follow_each_other_without_a_gap(scene: Scene, tmp_path: Path) -> None:
    same = timezone.now() - timedelta(hours=1)
    made = {
        factories.sealed(f"clip {n}".encode(), officer=scene.officer, tmp=tmp_path, recorded_at=same).recording_id
        for n in range(60)
    }
    client, address, seen = client_for(scene.officer), "/recordings/", set()
    for _ in range(3):
        answer = client.get(address)
        seen |= {row["recording"].id for row in answer.context["rows"]}
        if not answer.context["older"]:
            break
        address = f"/recordings/{answer.context['older']}"
    assert seen == made | {scene.recording.id}


def test_a_page_of_pictures_is_one_act_with_an_event_for_each_picture(scene: Scene, tmp_path: Path) -> None:
    second = factories.playable(b"second", officer=scene.officer, team=scene.team, tmp=tmp_path)
    hidden = factories.playable(b"hidden", officer=scene.officer, team=scene.team, tmp=tmp_path)
    for recording in (scene.recording, second, hidden):
        thumbnail_give(recording, tmp_path)
    Recording.objects.filter(pk=hidden.pk).update(is_restricted=True)
    client = client_for(scene.officer)
    text = shown(client, "/recordings/?view=pictures")
    events = Event.objects.filter(verb="recording:storyboard:shown")
    assert {event.subject_id for event in events} == {scene.recording.id, second.id}
    assert len({event.act for event in events}) == 1
    assert "Restricted: no picture" in text
    assert "view=pictures" in text
    assert not Event.objects.filter(verb="recording:storyboard:shown").exclude(actor_id=scene.officer.id).exists()


def test_a_picture_needs_the_key_that_its_own_person_was_given(scene: Scene, tmp_path: Path) -> None:
    picture = thumbnail_give(scene.recording, tmp_path)
    client = client_for(scene.officer)
    answer = client.get("/recordings/?view=pictures")
    address = answer.context["rows"][0]["picture"]
    served = client.get(address)
    assert b"".join(served.streaming_content).startswith(b"\xff\xd8\xff")  # type: ignore[attr-defined]
    bare = f"/recordings/{scene.recording.id}/thumbnail"
    assert client.get(bare).status_code == 404
    assert client.get(f"{bare}?key=made-up").status_code == 404
    assert client_for(scene.sergeant).get(address).status_code == 404
    Recording.objects.update(is_restricted=True)
    assert client.get(address).status_code == 404
    assert picture.stored.sha256


def test_a_copy_stands_beside_its_parent_with_both_hashes(scene: Scene, tmp_path: Path) -> None:
    clip = factories.copy_of(scene.file, b"the clip", tmp=tmp_path, made_by=scene.officer)
    text = shown(client_for(scene.officer), f"/recordings/{clip.id}/copies")
    assert scene.file.sha256 in text
    assert clip.files.get().sha256 in text
    assert "For the interview" in text
    listed = shown(client_for(scene.officer), f"/recordings/{scene.recording.id}/copies")
    assert f"/recordings/{clip.id}/copies" in listed
    details = shown(client_for(scene.officer), f"/recordings/{clip.id}/details")
    assert "How this clip was made" in details


def test_who_was_given_only_a_copy_learns_nothing_of_its_parent_but_the_hash(scene: Scene, tmp_path: Path) -> None:
    clip = factories.copy_of(scene.file, b"the clip", tmp=tmp_path, made_by=scene.officer)
    stranger = factories.person()
    factories.granted(clip, stranger)
    text = shown(client_for(stranger), f"/recordings/{clip.id}/copies")
    assert "You were given this copy only" in text
    assert str(scene.recording.id) not in text
    assert client_for(stranger).get(f"/recordings/{scene.recording.id}/").status_code == 404


def test_access_tells_who_and_why_and_changes_with_the_restriction(scene: Scene) -> None:
    manager = client_for(factories.person(Role.EVIDENCE_MANAGER))
    address = f"/recordings/{scene.recording.id}/access"
    text = shown(manager, address)
    assert scene.officer.label in text
    assert scene.sergeant.label in text
    no_reason = manager.post(f"/recordings/{scene.recording.id}/restriction", {"is_restricted": "1"})
    assert no_reason.status_code == 422
    manager.post(f"/recordings/{scene.recording.id}/restriction", {"is_restricted": "1", "reason": "Child witness"})
    text = shown(manager, address)
    assert "Restricted: only its officer" in text
    assert scene.sergeant.label not in text
    assert client_for(scene.sergeant).get(address).status_code == 404


def test_the_access_list_lets_one_person_in_and_out_again(scene: Scene) -> None:
    Recording.objects.update(is_restricted=True)
    manager = client_for(factories.person(Role.EVIDENCE_MANAGER))
    base = f"/recordings/{scene.recording.id}/"
    colleague = client_for(scene.colleague)
    assert colleague.get(base).status_code == 404
    unknown = manager.post(f"{base}access/add", {"username": "nobody", "access_reason": "Case"})
    assert "Nobody here has this sign-in name" in unknown.content.decode()
    manager.post(f"{base}access/add", {"username": scene.colleague.collar_number, "access_reason": "Case"})
    assert colleague.post(f"{base}open", {"reason_code": "investigation"}).status_code == 302
    grant = manager.get(f"{base}access").context["grants"][0].grant
    manager.post(f"{base}access/{grant.id}/remove")
    assert colleague.get(base).status_code == 404
    told = [line.verb for line in lines(subject_events("recording", scene.recording.id))]
    assert {"recording:grant:given", "recording:grant:revoked"} <= set(told)


@pytest.mark.parametrize(
    ("given", "anchor", "query"),
    [
        ({}, "notes", ""), ({"at_part": "1", "at_frame": "1234"}, "notes", "?frame=1234"),
        ({"at_part": "2", "at_frame": "0"}, "notes", "?part=2&frame=0"),
        ({"at_part": "2", "at_ms": "1500"}, "notes", "?part=2&ms=1500"),
        ({"at_part": "-1", "at_frame": "1e3", "at_ms": "\u00b2"}, "notes", ""),
        ({"at_frame": "9" * 5000}, "notes", ""), ({"at_frame": "1&part=2"}, "notes", ""),
    ],
)  # fmt: skip
def test_what_is_put_on_a_recording_leads_back_to_the_part_and_frame_it_was_put_from(
    scene: Scene, given: dict[str, str], anchor: str, query: str
) -> None:
    client = client_for(scene.officer)
    base = f"/recordings/{scene.recording.id}/"
    answer = client.post(f"{base}{anchor}", {"note-text": "He drops the bag", **given})
    assert answer["Location"] == f"{base}{query}#{anchor}"


def test_the_page_starts_at_the_frame_of_its_address_and_takes_nothing_else_for_one(scene: Scene) -> None:
    client = client_for(scene.officer)
    base = f"/recordings/{scene.recording.id}/"
    client.post(f"{base}open", {"reason_code": "review"})
    assert 'data-part="1" data-start-frame="1234"' in shown(client, f"{base}?frame=1234")
    assert 'data-start-ms="1500"' in shown(client, f"{base}?part=1&ms=1500")
    for wrong in ("frame=-1", "frame=1.5", "frame=%C2%B2", "frame=" + "9" * 5000, "part=%C2%B2", "part=7&frame=3"):
        assert "data-start" not in shown(client, f"{base}?{wrong}")


def test_whoever_has_to_give_a_reason_first_comes_to_the_frame_they_were_going_to(scene: Scene) -> None:
    client = client_for(scene.officer)
    base = f"/recordings/{scene.recording.id}/"
    wanted = f"{base}?part=2&amp;frame=7"
    assert f'name="next" value="{wanted}"' in shown(client, f"{base}?part=2&frame=7")
    no_reason = client.post(f"{base}open", {"next": f"{base}?part=2&frame=7"})
    assert f'name="next" value="{wanted}"' in no_reason.content.decode()
    opened = client.post(f"{base}open", {"reason_code": "review", "next": f"{base}?part=2&frame=7"})
    assert opened["Location"] == f"{base}?part=2&frame=7"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason_code": "review"}, "for: Supervision or dip sample."),
        ({"reason_code": "review", "reason_text": "<b>Ref 12"}, "for: Supervision or dip sample: &lt;b&gt;Ref 12."),
        ({"reason_code": "other", "reason_text": "Lost dog"}, "for: Lost dog."),
    ],
)
def test_whoever_comes_back_is_shown_when_and_why_it_was_opened(scene: Scene, given: dict[str, str], said: str) -> None:
    client = client_for(scene.officer)
    base = f"/recordings/{scene.recording.id}/"
    client.post(f"{base}open", given)
    text = shown(client, base)
    opened_at = timezone.localtime(PlaybackSession.objects.get().opened_at)
    assert f"Opened {opened_at:%H:%M} {said} To give another reason, close the recording" in text
    assert "Close the recording" in text
    client.post(f"{base}close")
    assert "Say why you are opening it" in shown(client, base)


def test_a_hostile_file_name_is_shown_as_text(db: None, tmp_path: Path) -> None:
    officer = factories.person()
    file = factories.sealed(b"x", officer=officer, tmp=tmp_path, filename="<b>../../a\n\u202efdp.mp4")
    text = shown(client_for(officer), f"/recordings/{file.recording_id}/details")
    assert "&lt;b&gt;../../a" in text
    assert "<b>.." not in text


def test_a_still_is_an_image_page_under_the_same_rules(scene: Scene, tmp_path: Path) -> None:
    still = factories.copy_of(scene.file, b"\x89PNG\r\n\x1a\n", tmp=tmp_path, made_by=scene.officer, kind=Kind.STILL)
    client = client_for(scene.officer)
    assert "app-still__picture" not in shown(client, f"/recordings/{still.id}/")
    client.post(f"/recordings/{still.id}/open", {"reason_code": "review"})
    assert 'class="app-still__picture" src="/media/' in shown(client, f"/recordings/{still.id}/")


def test_what_the_queue_shows_the_top_of_is_listed_whole_by_the_link_under_it(scene: Scene, tmp_path: Path) -> None:
    for n in range(ROWS_SHOWN + 5):
        factories.playable(f"film {n}".encode(), officer=scene.officer, tmp=tmp_path)
    client = client_for(scene.officer)
    client.post(f"/recordings/{scene.recording.id}/change", {"details-version": 1, "details-title": "Seen"})
    (sections, text) = (client.get("/").context["sections"], shown(client, "/"))
    (to_tag,) = [each for each in sections if each["section"].key == "to-tag"]
    assert len(to_tag["found"].rows) == ROWS_SHOWN
    assert 'href="/recordings/?waits=to-tag"' in text
    assert client.get("/recordings/?waits=to-tag").context["count"] == to_tag["found"].count == f"{ROWS_SHOWN + 6}"
    sergeant = client_for(scene.sergeant)
    (to_review,) = [each for each in sergeant.get("/").context["sections"] if each["section"].key == "to-review"]
    assert sergeant.get(f"{to_review['section'].more}").context["count"] == to_review["found"].count
    assert client.get("/recordings/?waits=to-review").context["count"] == "0"
