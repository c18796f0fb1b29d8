"""One writer at a time: a silent line counts as cut, a lost hold writes nothing more, no file is written by two."""

import errno
import os
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from evidence.identity.who import who_dock
from evidence.ingest.errors import SpoolBroken, SpoolFull, UploadBusy
from evidence.ingest.models import Upload
from evidence.ingest.services import upload_append, upload_stand
from evidence.ingest.services import writers as module
from evidence.ingest.services.writers import writer_of
from evidence.ingest.spool import Spool
from tests.ingest.sending import dock_sender, upload_at

pytestmark = pytest.mark.django_db(transaction=True)


class Line:
    """A line that brings some bytes and then hangs until somebody wakes it."""

    declared_bytes = 1000
    is_cut = False

    def __init__(self, first: bytes, on_hang=lambda: None, *, wakes_itself: bool = False) -> None:
        self._pieces, self._woken, self._on_hang = [first], threading.Event(), on_hang
        if wakes_itself:
            self._woken.set()

    def read(self, size_bytes: int) -> bytes:
        if self._pieces:
            return self._pieces.pop()
        self._on_hang()
        assert self._woken.wait(30), "nobody woke the line"
        self.is_cut = True
        return b""

    def wake(self) -> None:
        self._woken.set()


@pytest.fixture
def begun():
    dock = dock_sender()
    upload = upload_at(dock.begun(b"x" * 1000))
    return who_dock(dock_id=dock.dock.id, name=dock.dock.name, scopes=["upload"]), upload


def test_line_that_goes_silent_counts_as_cut_and_keeps_what_arrived(begun, monkeypatch):
    who, upload = begun
    monkeypatch.setattr(module, "IDLE_S", 0.5)
    assert upload_append(who=who, upload=upload, offset_bytes=0, source=Line(b"x" * 300)) == 300
    assert Upload.objects.get(pk=upload.pk).writer_held is None


@pytest.mark.parametrize(("number", "error"), [(errno.EIO, SpoolBroken), (errno.ENOSPC, SpoolFull)])
def test_bytes_whose_flush_failed_are_never_confirmed_though_the_next_one_succeeds(begun, monkeypatch, number, error):
    who, upload = begun
    monkeypatch.setattr(module, "BEAT_S", 0.05)
    flushed, failures = os.fdatasync, [number]

    def fails_once(handle: int) -> None:
        if failures:
            raise OSError(failures.pop(), "as the kernel says once, and forgets")
        flushed(handle)

    monkeypatch.setattr("evidence.ingest.spool.os.fdatasync", fails_once)
    with pytest.raises(error):
        upload_append(who=who, upload=upload, offset_bytes=0, source=Line(b"x" * 300))
    assert Upload.objects.get(pk=upload.pk).offset_bytes == 0
    assert upload_append(who=who, upload=upload, offset_bytes=0, source=Line(b"x" * 300, wakes_itself=True)) == 300


def test_last_flush_that_fails_confirms_nothing(begun, monkeypatch):
    who, upload = begun

    def broken(handle: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr("evidence.ingest.spool.os.fdatasync", broken)
    with pytest.raises(SpoolBroken):
        upload_append(who=who, upload=upload, offset_bytes=0, source=Line(b"x" * 300, wakes_itself=True))
    row = Upload.objects.get(pk=upload.pk)
    assert (row.offset_bytes, row.writer_held) == (0, None)


def test_piece_in_hand_is_written_before_an_interruption_is_obeyed(begun):
    who, upload = begun

    class Interrupted(Line):
        def read(self, size_bytes: int) -> bytes:
            with module._here_lock:
                module._here[upload.pk].interrupt()
            return super().read(size_bytes)

    assert upload_append(who=who, upload=upload, offset_bytes=0, source=Interrupted(b"x" * 300)) == 300


def test_writer_whose_hold_was_taken_away_confirms_nothing_more(begun):
    who, upload = begun

    def taken_away() -> None:
        Upload.objects.filter(pk=upload.pk).update(writer_held=99, writer_token=99)

    with pytest.raises(UploadBusy):
        upload_append(who=who, upload=upload, offset_bytes=0, source=Line(b"x" * 300, taken_away))
    assert Upload.objects.get(pk=upload.pk).offset_bytes == 0


def test_writer_that_does_not_stop_is_waited_for_no_longer_than_said(begun, monkeypatch):
    who, upload = begun
    monkeypatch.setattr(module, "TAKE_WITHIN_S", 0.3)
    alive_until = timezone.now() + timedelta(seconds=60)
    Upload.objects.filter(pk=upload.pk).update(writer_held=1, writer_token=1, writer_lease_until=alive_until)
    with pytest.raises(UploadBusy):
        upload_stand(who=who, upload=Upload.objects.get(pk=upload.pk))


def test_writer_whose_lease_ran_out_is_replaced(begun):
    who, upload = begun
    over = timezone.now() - timedelta(seconds=1)
    Upload.objects.filter(pk=upload.pk).update(writer_held=1, writer_token=1, writer_lease_until=over)
    assert upload_stand(who=who, upload=Upload.objects.get(pk=upload.pk)).offset_bytes == 0


def test_file_that_a_stopped_process_still_holds_is_not_written_by_a_second(begun):
    who, upload = begun
    with Spool().opened(upload.pk, 0), pytest.raises(UploadBusy):
        upload_append(who=who, upload=upload, offset_bytes=0, source=Line(b"x" * 1000))
    assert Upload.objects.get(pk=upload.pk).writer_held is None


def test_newest_of_three_that_want_to_write_gets_it(begun):
    _, upload = begun
    with writer_of(upload_id=upload.pk) as first:
        Upload.objects.filter(pk=upload.pk).update(writer_held=None)
        with writer_of(upload_id=upload.pk) as second:
            assert first.is_interrupted
            assert not second.is_interrupted
