"""The Watch page and the bytes under it: reason first, then a cookie for exactly this opening."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from evidence.custody.queries import lines, subject_events
from evidence.identity.roles import Role
from evidence.recordings.models import Marker, Note, PlaybackSession, Recording, State
from evidence.recordings.services.playback import IDLE, playbacks_close_over
from tests import factories
from tests.factories import Scene, client_for

pytestmark = pytest.mark.django_db


def page(scene: Scene, path: str = "") -> str:
    return f"/recordings/{scene.recording.id}/{path}"


def opened(client: Client, scene: Scene) -> PlaybackSession:
    answer = client.post(page(scene, "open"), {"reason_code": "statement"})
    assert answer.status_code == 302, answer.content
    return PlaybackSession.objects.latest("opened_at")


def video(client: Client, session: PlaybackSession, **headers: str) -> int:
    return client.get(f"/media/{session.id}/video", headers=headers).status_code


def verbs(recording: Recording) -> list[str]:
    return [line.verb for line in lines(subject_events("recording", recording.id))]


def test_the_page_asks_why_before_it_shows_anything(scene: Scene) -> None:
    client = client_for(scene.officer)
    before = client.get(page(scene)).content.decode()
    assert "Say why you are opening it" in before
    assert "/media/" not in before
    session = opened(client, scene)
    after = client.get(page(scene)).content.decode()
    assert f"/media/{session.id}/video/1" in after
    assert "Say why" not in after


@pytest.mark.parametrize("given", [{}, {"reason_code": "other"}, {"reason_code": "made-up"}])
def test_without_a_reason_no_footage_is_opened(scene: Scene, given: dict[str, str]) -> None:
    answer = client_for(scene.officer).post(page(scene, "open"), given)
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()
    assert not PlaybackSession.objects.exists()


def test_after_opening_the_person_goes_on_to_where_they_wanted_but_never_to_another_site(scene: Scene) -> None:
    client = client_for(scene.officer)
    mine = {"reason_code": "review", "next": page(scene, "edit/")}
    assert client.post(page(scene, "open"), mine)["Location"] == page(scene, "edit/")
    for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        answer = client.post(page(scene, "open"), {"reason_code": "review", "next": evil})
        assert answer["Location"] == page(scene)


def test_bytes_come_whole_by_range_and_not_at_all_beyond_the_end(scene: Scene) -> None:
    client = client_for(scene.officer)
    session = opened(client, scene)
    whole = client.get(f"/media/{session.id}/video")
    content = b"".join(whole.streaming_content)  # type: ignore[attr-defined]
    assert (whole.status_code, content) == (200, b"sixty seconds of footage")
    part = client.get(f"/media/{session.id}/video", headers={"Range": "bytes=6-12"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == b"seconds"  # type: ignore[attr-defined]
    assert part["Content-Range"] == "bytes 6-12/24"
    assert part["Cache-Control"] == "private, no-store"
    assert video(client, session, Range="bytes=24-") == 416


def test_the_cookie_is_for_this_opening_only(scene: Scene, tmp_path: Path) -> None:
    client = client_for(scene.officer)
    session = opened(client, scene)
    cookie = next(morsel for name, morsel in client.cookies.items() if name.startswith("playback_"))
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == (f"/media/{session.id}/", "Strict", True)
    other = factories.playable(b"other footage", officer=scene.officer, tmp=tmp_path)
    second = client_for(scene.officer)
    second.post(f"/recordings/{other.id}/open", {"reason_code": "statement"})
    theirs = PlaybackSession.objects.latest("opened_at")
    assert video(client, theirs) == 410
    assert video(Client(HTTP_HOST="localhost"), session) == 410


def test_whoever_signs_in_next_at_the_same_desk_gets_nothing(scene: Scene) -> None:
    client = client_for(scene.officer)
    session = opened(client, scene)
    assert video(client, session) == 200
    kept = {name: morsel.value for name, morsel in client.cookies.items() if name.startswith("playback_")}
    for successor in (client_for(scene.colleague), client_for(None)):
        for name, value in kept.items():
            successor.cookies[name] = value
        assert video(successor, session) == 410


def test_an_opening_ends_with_its_time_its_closing_or_a_long_silence(scene: Scene) -> None:
    client = client_for(scene.officer)
    expired, silent, closed = opened(client, scene), opened(client, scene), opened(client, scene)
    PlaybackSession.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    PlaybackSession.objects.filter(pk=silent.pk).update(seen_at=timezone.now() - IDLE - timedelta(seconds=1))
    client.post(page(scene, "close"))
    closed.refresh_from_db()
    assert closed.closed_at
    assert video(client, expired) == 410
    assert video(client, closed) == 410
    assert playbacks_close_over() == 2
    assert playbacks_close_over() == 0
    assert video(client, silent) == 410
    assert verbs(scene.recording).count("recording:playback:closed") == 3
    assert "Say why you are opening it" in client.get(page(scene)).content.decode()


def test_a_right_taken_away_mid_way_stops_the_bytes_though_the_player_keeps_reporting(scene: Scene) -> None:
    client = client_for(scene.colleague)
    grant = factories.granted(scene.recording, scene.colleague)
    session = opened(client, scene)
    grant.revoked_at = timezone.now()
    grant.save()
    report = json.dumps({"stretches": [{"start_s": 0, "end_s": 9}]})
    PlaybackSession.objects.filter(pk=session.pk).update(seen_at=timezone.now() - timedelta(seconds=55))
    assert client.post(f"/media/{session.id}/watched", report, content_type="application/json").status_code == 200
    PlaybackSession.objects.filter(pk=session.pk).update(seen_at=timezone.now() - timedelta(seconds=61))
    assert video(client, session) == 410
    assert video(client, session) == 410


def test_what_was_watched_is_merged_and_told_in_the_record(scene: Scene) -> None:
    client = client_for(scene.sergeant)
    client.post(page(scene, "open"), {"reason_code": "review"})
    session = PlaybackSession.objects.get()
    for start, end in ((0, 8.5), (8.4, 20), (40, 41.5), (90, 99)):
        body = json.dumps({"stretches": [{"start_s": start, "end_s": end}]})
        client.post(f"/media/{session.id}/watched/1", body, content_type="application/json")
    session.refresh_from_db()
    assert session.watched == [[0.0, 20.0], [40.0, 41.5]]
    client.post(page(scene, "close"))
    closing = lines(subject_events("recording", scene.recording.id))[-1]
    assert closing.body["data"]["watched_ms"] == 21_500
    assert closing.body["follows"] == str(session.opened_event)


@pytest.mark.parametrize(
    "body", ["[]", "{}", '{"stretches": [[0, 1]]}', '{"stretches": [{"start_s": NaN, "end_s": 1}]}']
)
def test_a_report_that_makes_no_sense_is_answered_with_a_problem(scene: Scene, body: str) -> None:
    client = client_for(scene.officer)
    session = opened(client, scene)
    answer = client.post(f"/media/{session.id}/watched", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_markers_are_put_at_a_written_time_listed_and_removed(scene: Scene) -> None:
    client = client_for(scene.officer)
    opened(client, scene)
    answer = client.post(page(scene, "markers"), {"at_s": "0:12.5", "text": "Door opens", "part": "1"})
    assert answer["Location"] == page(scene, "#markers")
    shown = client.get(page(scene)).content.decode()
    assert "00:00:12.500" in shown
    assert "Door opens" in shown
    marker = Marker.objects.get()
    client.post(page(scene, f"markers/{marker.id}/remove"))
    assert "Door opens" not in client.get(page(scene)).content.decode()
    assert verbs(scene.recording)[-2:] == ["recording:marker:added", "recording:marker:removed"]


@pytest.mark.parametrize(
    ("given", "said"), [("2:30", "not within the recording"), ("soon", "minutes and seconds"), ("", "Enter time")]
)
def test_a_marker_outside_the_recording_or_at_no_time_is_explained(scene: Scene, given: str, said: str) -> None:
    answer = client_for(scene.officer).post(page(scene, "markers"), {"at_s": given, "part": "1"})
    assert answer.status_code == 422
    client = client_for(scene.officer)
    opened(client, scene)
    again = client.post(page(scene, "markers"), {"at_s": given, "part": "1"}).content.decode()
    assert said in again
    assert not Marker.objects.exists()


def test_details_are_changed_unless_somebody_was_faster(scene: Scene) -> None:
    client = client_for(scene.officer)
    category = factories.category()
    given = {"details-version": scene.recording.version, "details-category": category.id, "details-title": "Door"}
    assert client.post(page(scene, "change"), given).status_code == 302
    late = client.post(page(scene, "change"), {**given, "details-title": "Window"})
    assert late.status_code == 422
    assert "Somebody changed these details" in late.content.decode()
    scene.recording.refresh_from_db()
    assert (scene.recording.title, scene.recording.category) == ("Door", category)


def test_notes_are_kept_and_shown_as_text(scene: Scene) -> None:
    client = client_for(scene.officer)
    client.post(page(scene, "notes"), {"note-text": "<script>alert(1)</script> seen at the door"})
    shown = client.get(page(scene)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; seen at the door" in shown
    assert "<script>alert" not in shown
    assert Note.objects.get().made_by == scene.officer


def test_a_waiting_recording_is_asked_for_until_it_can_be_played(scene: Scene, tmp_path: Path) -> None:
    client = client_for(scene.officer)
    file = factories.sealed(b"just received", officer=scene.officer, tmp=tmp_path)
    address = f"/recordings/{file.recording_id}/state"
    waiting = client.get(address).content.decode()
    assert "Sealed, and waiting to be prepared" in waiting
    assert f'hx-get="{address}"' in waiting
    Recording.objects.filter(pk=file.recording_id).update(state=State.NOT_PLAYABLE, state_reason="This is a text file.")
    settled = client.get(address).content.decode()
    assert "hx-get" not in settled
    assert "This is a text file." in settled
    assert "sealed exactly as they came" in settled


def test_who_may_know_of_it_but_not_watch_is_told_whom_to_ask(scene: Scene) -> None:
    auditor = factories.person(Role.AUDITOR)
    shown = client_for(auditor).get(page(scene)).content.decode()
    assert "You cannot watch this" in shown
    assert "Ask the evidence manager" in shown
    refused = client_for(auditor).post(page(scene, "open"), {"reason_code": "review"})
    assert refused.status_code == 403
    assert verbs(scene.recording)[-1] == "recording:access:denied"


def test_an_api_opening_serves_its_bytes_to_a_program_that_is_not_signed_in_on_a_page(scene: Scene) -> None:
    from evidence.identity.services import token_make

    token = token_make(owner_kind="person", owner_id=scene.officer.id, label="tool", scopes=[])
    client = Client(HTTP_HOST="localhost")
    answer = client.post(
        f"/api/v1/recordings/{scene.recording.id}/playbacks", json.dumps({"reason_code": "review"}),
        content_type="application/json", headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.status_code == 201
    ranged = client.get(answer.json()["video"], headers={"Range": "bytes=0-4"})
    assert ranged.status_code == 206
