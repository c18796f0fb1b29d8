"""Parts that join, files that come again, the same bytes told otherwise, and what a receipt then stands for."""

import pytest
from django.utils import timezone

from evidence.custody.models import Event
from evidence.ingest.models import UploadState
from evidence.ingest.services import upload_commit
from evidence.recordings.models import Recording, RecordingFile
from evidence.vault.choice import store_current
from evidence.vault.errors import VaultUnavailable
from evidence.vault.models import StoredObject
from evidence.vault.services import object_read
from tests import factories
from tests.ingest.sealed import CONTENT, committed, flagged, known
from tests.ingest.sending import RECORDED_AT, dock_sender, page_sender

pytestmark = pytest.mark.django_db


def test_parts_of_one_capture_join_one_recording_in_any_order(dock, worn):
    second = committed(dock, b"two", **known(camera="CAM-1", recording="cap-7", part="2", last="true"))
    first = committed(dock, b"one", **known(camera="CAM-1", recording="cap-7", part="1"))
    assert first.file.recording == second.file.recording
    assert list(RecordingFile.objects.order_by("part").values_list("part", flat=True)) == [1, 2]


def test_doubt_about_a_later_part_flags_the_recording_that_it_joins(dock, worn):
    committed(dock, b"one", **known(camera="CAM-1", recording="cap-8", part="1"))
    local = {**known(), "recorded_at": f"{timezone.localtime(RECORDED_AT):%Y-%m-%dT%H:%M:%S}"}
    second = committed(dock, b"two", **{**local, "camera": "CAM-1", "recording": "cap-8", "part": "2"})
    assert second.file.part == 2
    assert "local time" in flagged(second)


def test_nobody_adds_a_part_to_a_recording_of_another_sender(person):
    mine = committed(person, b"one", **known(recording="cap", part="1"))
    theirs = committed(page_sender(factories.person()), b"two", **known(recording="cap", part="2"))
    assert mine.file.recording != theirs.file.recording


def test_same_file_sent_again_by_the_same_dock_is_the_same_item_with_a_receipt_of_its_own(dock, worn):
    first = committed(dock, **known(camera="CAM-1"))
    again = committed(dock, **known(camera="CAM-1"))
    assert again.file == first.file
    assert again.state == UploadState.SEALED
    assert again.receipt["receipt"]["file"] == first.receipt["receipt"]["file"]
    assert again.receipt["receipt"]["upload"] == str(again.id)
    assert Event.objects.filter(verb="recording:upload:repeated").count() == 1
    assert (Recording.objects.count(), StoredObject.objects.count()) == (1, 1)


def test_same_bytes_told_otherwise_are_a_second_recording_that_names_the_first(dock, worn):
    first = committed(dock, **known(camera="CAM-1"))
    second = committed(dock_sender(), **known(camera="CAM-1"))
    assert second.file.recording != first.file.recording
    assert f"The same bytes as {first.file.recording_id}" in flagged(second)


def _lose(stored: StoredObject) -> None:
    store_current().drop(key=stored.key)


def _damage(stored: StoredObject) -> None:
    path = store_current().local(key=stored.key)
    if path is None:
        _lose(stored)  # nobody can damage a sealed version in S3: it is there as it was, or it is gone
        return
    path.chmod(0o600)
    path.write_bytes(b"E" + path.read_bytes()[1:])


@pytest.mark.parametrize("harm", [_lose, _damage])
def test_file_sent_again_whose_master_is_damaged_is_sealed_anew_and_both_say_so(dock, worn, harm):
    told = known(camera="CAM-1", recording="cap", part="1")
    first = committed(dock, **told)
    harm(first.file.stored)
    again = committed(dock, **told)
    assert again.file != first.file
    assert again.receipt["receipt"]["file"] == str(again.file.id)
    stored = again.file.stored
    assert b"".join(object_read(stored, 0, stored.size_bytes)) == CONTENT
    assert f"sent again for {first.file.recording_id}" in flagged(again)
    first.file.recording.refresh_from_db()
    assert f"sealed again as {again.file.recording_id}" in flagged(first)
    event = Event.objects.get(subject_id=first.file.recording_id, verb="recording:fixity:checked")
    assert event.outcome == "failed"
    assert not Event.objects.filter(verb="recording:upload:repeated").exists()
    assert committed(dock, **told).file == again.file


def test_repeated_file_is_read_again_before_it_gets_a_receipt(dock, worn):
    first = committed(dock, **known(camera="CAM-1"))
    before = timezone.now()
    committed(dock, **known(camera="CAM-1"))
    assert StoredObject.objects.get(pk=first.file.stored.pk).verified_at > before


def test_store_that_cannot_be_asked_about_the_old_master_gives_no_receipt_and_keeps_the_bytes(
    dock, worn, spool, monkeypatch
):
    committed(dock, **known(camera="CAM-1"))
    upload = dock.sent(CONTENT, **known(camera="CAM-1"))

    def unreachable(stored: StoredObject) -> bool:
        raise VaultUnavailable("The store cannot be reached.")

    monkeypatch.setattr("evidence.ingest.services.committing.object_verify", unreachable)
    with pytest.raises(VaultUnavailable):
        upload_commit(upload=upload)
    upload.refresh_from_db()
    assert (upload.state, upload.receipt) == (UploadState.RECEIVED, None)
    monkeypatch.undo()
    assert upload_commit(upload=upload).state == UploadState.SEALED
