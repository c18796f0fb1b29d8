"""Parts of one capture: what joins a recording, what is kept apart from it and why, and what has not come yet."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evidence.cases.models import Case, Exhibit
from evidence.fleet.services import camera_issue
from evidence.ingest.models import Upload
from evidence.ingest.services import upload_commit
from evidence.recordings.models import Recording, RecordingFile
from evidence.recordings.services.joining import missing_words
from tests import factories
from tests.ingest.sending import RECORDED_AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def worn(officer):
    """A known camera that the officer had when it was recorded."""
    camera = factories.camera("CAM-1")
    camera_issue(camera=camera, person=officer, issued_at=RECORDED_AT - timedelta(days=40))
    return camera


@pytest.fixture
def part(dock, worn):
    """Sends and seals a part of one capture; returns its file."""

    def sent(number: int | None, **told: str) -> RecordingFile:
        given = {"camera": "CAM-1", "recording": "cap-7", "recorded_at": RECORDED_AT.isoformat(), **told}
        given |= {"part": str(number)} if number else {}
        content = f"part {number} {sorted(given.items())}".encode()
        upload = upload_commit(upload=dock.sent(content, **{key: value for key, value in given.items() if value}))
        assert upload.file is not None, upload.problem
        return upload.file

    return sent


def read(file: RecordingFile) -> Recording:
    return Recording.objects.get(pk=file.recording_id)


def kept_apart(file: RecordingFile, first: RecordingFile) -> str:
    """The reason, which must name the recording that it did not join."""
    recording = read(file)
    assert recording.pk != first.recording_id
    assert recording.is_flagged
    assert f"a part of {first.recording_id}. It was kept apart" in recording.flag_reason
    return recording.flag_reason


def test_part_of_another_officer_is_kept_apart_and_the_next_one_follows_it(part):
    other = factories.person()
    first = part(1)
    second = part(2, officer=other.collar_number)
    assert "officer" in kept_apart(second, first)
    assert read(second).officer == other
    assert part(3, officer=other.collar_number).recording_id == second.recording_id
    assert part(2).recording_id == first.recording_id


def test_part_of_an_officer_whom_nobody_knows_is_kept_apart(part):
    first = part(1)
    assert "officer that the sender named is not known" in kept_apart(part(2, officer="0000"), first)


def test_parts_of_an_officer_whom_nobody_knows_join_each_other(part):
    assert part(1, officer="0000").recording_id == part(2, officer="0000").recording_id


def test_part_that_names_no_officer_joins_the_recording_of_one(part, officer):
    factories.camera("CAM-2")  # nobody had it, so that the part does not say whose it is
    first = part(1, camera="CAM-2", officer=officer.collar_number)
    second = part(2, camera="CAM-2")
    assert second.recording_id == first.recording_id
    assert read(second).officer == officer


def test_part_of_the_officer_who_had_the_camera_does_not_join_a_recording_of_nobody(part):
    first = part(1)
    Recording.objects.update(officer=None)
    assert "officer" in kept_apart(part(2), first)


@pytest.mark.parametrize("days", [27, -27])
def test_part_recorded_at_another_time_is_kept_apart(part, days):
    first = part(1)
    later = part(2, recorded_at=(RECORDED_AT + timedelta(days=days)).isoformat())
    assert "recorded at another time" in kept_apart(later, first)
    assert read(first).recorded_at == RECORDED_AT


def test_parts_an_hour_long_join_and_how_far_apart_they_may_begin_is_a_setting(part, settings):
    first = part(1)
    hours = [part(n, recorded_at=(RECORDED_AT + timedelta(hours=n - 1)).isoformat()) for n in (2, 4)]
    assert {file.recording_id for file in hours} == {first.recording_id}
    settings.UPLOAD_PART_GAP_S = 600
    part_5 = part(5, recorded_at=(RECORDED_AT + timedelta(hours=2)).isoformat())
    assert "another time" in kept_apart(part_5, first)


def test_no_part_number_makes_a_capture_longer_than_a_day(part):
    first = part(1)
    far = part(999_999_999, recorded_at=(RECORDED_AT + timedelta(days=2)).isoformat())
    assert "another time" in kept_apart(far, first)


def test_parts_of_unknown_time_join_when_they_came_within_a_day(part):
    first = part(1, recorded_at="")
    assert part(2, recorded_at="").recording_id == first.recording_id
    long_ago = timezone.now() - timedelta(days=2)
    RecordingFile.objects.update(created_at=long_ago)
    assert "more than a day apart" in kept_apart(part(3, recorded_at=""), first)


def test_part_whose_number_is_taken_is_kept_apart_under_its_own_number(part):
    first = part(1)
    again = part(1, filename="other.mp4")
    assert "has a part 1 already" in kept_apart(again, first)
    assert again.part == 1


def test_restricted_recording_takes_no_further_part(part):
    first = part(1)
    Recording.objects.update(is_restricted=True)
    assert "takes no further part" in kept_apart(part(2), first)
    assert RecordingFile.objects.filter(recording=first.recording).count() == 1


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_exhibit_takes_no_further_part(part, officer, is_withdrawn):
    first = part(1)
    case = Case.objects.create(urn="01AB1234526", title="R v Doe", officer_in_case=officer)
    Exhibit.objects.create(
        case=case, recording=first.recording, producer=officer, initials="AB", number=1, description="BWV",
        statement_on=timezone.now().date(), withdrawn_at=timezone.now() if is_withdrawn else None,
    )  # fmt: skip
    assert "takes no further part" in kept_apart(part(2), first)


def test_part_tells_an_incident_and_an_earlier_beginning_that_were_not_known(part):
    earlier = RECORDED_AT - timedelta(minutes=20)
    part(2, last="true")
    first = part(1, recorded_at=earlier.isoformat(), incident="CV-1")
    recording = read(first)
    assert (recording.recorded_at, recording.incident_ref, recording.is_flagged) == (earlier, "CV-1", False)
    assert "cv-1" in recording.search_text


def test_part_of_another_incident_has_a_person_look_at_it(part):
    part(1, incident="CV-1")
    recording = read(part(2, incident="CV-2"))
    assert (recording.incident_ref, recording.is_flagged) == ("CV-1", True)
    assert "another incident: CV-2" in recording.flag_reason


# ---- what has not come yet


def test_last_part_alone_says_which_have_not_arrived_until_they_do(part):
    assert read(part(3, last="true")).flag_reason == "Parts 1 and 2 have not arrived."
    assert read(part(1)).flag_reason == "Part 2 has not arrived."
    recording = read(part(2))
    assert (recording.flag_reason, recording.is_flagged, recording.last_part) == ("", False, 3)
    assert "arrived" not in recording.search_text


def test_arrival_of_what_was_missing_clears_no_other_doubt(part):
    part(2, last="maybe")
    recording = read(part(1))
    assert recording.is_flagged
    assert recording.flag_reason.startswith("Whether it is the last part cannot be read")
    assert "arrived" not in recording.flag_reason


def test_announced_last_part_that_came_before_others_is_not_forgotten(part):
    part(1)
    part(4, last="true")
    recording = read(part(2))
    assert (recording.last_part, recording.flag_reason) == (4, "Part 3 has not arrived.")


def test_gap_below_the_highest_part_is_told_before_the_last_is_announced(part):
    assert read(part(1)).flag_reason == ""
    assert read(part(3)).flag_reason == "Part 2 has not arrived."


@pytest.mark.parametrize(
    ("there", "last", "words"),
    [
        ([1, 2, 3], 3, ""), ([], None, ""), ([2], None, "Part 1 has not arrived."),
        ([1], 5, "Parts 2 to 5 have not arrived."), ([5], None, "Parts 1 to 4 have not arrived."),
        ([1, 3, 7], 9, "Parts 2, 4 to 6, 8 and 9 have not arrived."),
        ([999_999_999], None, "Parts 1 to 999999998 have not arrived."),
        (list(range(2, 40, 2)), None, "Parts 1, 3, 5, 7, 9, 11 and others have not arrived."),
    ],
)  # fmt: skip
def test_missing_parts_are_named_as_a_person_would(there, last, words):
    assert missing_words(there, last) == words


def test_uploads_of_both_kept_apart_parts_have_receipts(part):
    part(1)
    part(1, filename="other.mp4")
    assert all(upload.receipt for upload in Upload.objects.all())
