"""`manage.py ingest`: each file sealed or a sentence that says why not; one that fails does not stop the others."""

import io
import os

import pytest
from django.core.management import CommandError, call_command

from evidence.custody.models import Event
from evidence.ingest.models import Upload
from evidence.recordings.models import Recording
from evidence.vault.models import StoredObject
from tests import factories
from tests.ingest.sending import RECORDED_AT, sha256

pytestmark = pytest.mark.django_db


def ingest(*paths, **options):
    """What it printed, what it complained of, and how it ended."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("ingest", *map(str, paths), stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue().splitlines(), err.getvalue().splitlines(), str(error)
    return out.getvalue().splitlines(), err.getvalue().splitlines(), ""


def test_file_is_sealed_with_what_was_told_and_its_line_names_it(tmp_path, officer):
    path = tmp_path / "take one.mp4"
    path.write_bytes(b"footage")
    factories.camera("CAM-7")
    told = {
        "officer": officer.collar_number,
        "camera": "CAM-7",
        "recorded_at": RECORDED_AT.isoformat(),
        "incident": "CV-1",
    }
    (line,), complaints, ended = ingest(path, **told)
    recording = Recording.objects.get()
    assert line == f"{recording.pk}  {sha256(b'footage')}  sealed  take one.mp4"
    assert (complaints, ended) == ([], "")
    assert (recording.officer, recording.camera.serial, recording.incident_ref) == (officer, "CAM-7", "CV-1")
    assert (recording.recorded_at, recording.is_flagged) == (RECORDED_AT, False)
    assert path.read_bytes() == b"footage"
    assert Upload.objects.get().receipt["receipt"]["dock"] is None
    assert Event.objects.filter(verb="recording:master:sealed", actor_kind="system").count() == 1


def test_person_named_is_the_actor(tmp_path, officer):
    (tmp_path / "a.mp4").write_bytes(b"1")
    ingest(tmp_path / "a.mp4", username=officer.username)
    assert Event.objects.get(verb="recording:master:sealed").actor_id == officer.pk


def test_what_cannot_be_read_gets_a_sentence_and_the_others_go_on(tmp_path, settings):
    good, hostile = tmp_path / "good.mp4", tmp_path / os.fsdecode(b"bad\xff\nname.mp4")
    good.write_bytes(b"good")
    hostile.write_bytes(b"hostile")
    os.mkfifo(tmp_path / "pipe")
    settings.UPLOAD_MAX_BYTES = 1000
    (tmp_path / "large").write_bytes(b"x" * 1001)
    paths = [tmp_path / "missing.mp4", tmp_path, tmp_path / "pipe", tmp_path / "large", good, hostile, "nul\0.mp4"]
    sealed, complaints, ended = ingest(*paths)
    assert [line.rpartition("  ")[2] for line in sealed] == ["good.mp4", "bad?_name.mp4"]
    assert len(complaints) == 5
    assert "missing.mp4: It cannot be opened: No such file or directory." in complaints
    assert "pipe: It is no file: name the files themselves, not their folder." in complaints
    assert ended == "5 of 7 files were not sealed; the lines above say why."
    assert Upload.objects.get(metadata__filename__startswith="bad").metadata["filename"] == "bad\ufffd\nname.mp4"


def test_failed_file_leaves_nothing_behind(tmp_path, spool):
    ingest(tmp_path)
    assert not spool.exists() or list(spool.iterdir()) == []
    assert not Upload.objects.exists()


def test_same_file_twice_is_one_recording(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"1")
    first, second = (ingest(tmp_path / "a.mp4", recorded_at=RECORDED_AT.isoformat())[0] for _ in range(2))
    assert first == second
    assert (Recording.objects.count(), StoredObject.objects.count()) == (1, 1)


def test_unknown_or_unfit_person_stops_it_before_any_file(tmp_path):
    from evidence.identity.roles import Role

    (tmp_path / "a.mp4").write_bytes(b"1")
    assert "Nobody signs in as 'ghost'" in ingest(tmp_path / "a.mp4", username="ghost")[2]
    auditor = factories.person(Role.AUDITOR)
    assert "cannot send recordings in" in ingest(tmp_path / "a.mp4", username=auditor.username)[2]
    assert not Upload.objects.exists()
