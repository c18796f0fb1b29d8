"""Which files go on a disc: nothing is left out unseen, and what is called plain MP4 is one."""

import csv
import html
import json
import subprocess

import pytest

from evidence.court.contents import FAST_CAUTION
from evidence.court.errors import ExhibitEmpty, ExhibitNotPlain, ExhibitNotReady, NotForDvd
from evidence.court.models import DiscKind, DiscSetState
from evidence.court.services import disc_set_plan
from evidence.court.services.handing import may_hand_out
from evidence.identity.roles import Role
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.policy import KIND
from evidence.recordings.services.notes import restriction_set
from tests import factories
from tests.court import making
from workers.disc.planning import MediumKind

pytestmark = pytest.mark.django_db(transaction=True)


def plan(bench, *exhibits, kind=DiscKind.DATA, with_originals=False):
    return disc_set_plan(
        who=bench.who, case=bench.case, exhibits=[each.id for each in exhibits], kind=kind, medium=MediumKind.DVD_5,
        with_originals=with_originals,
    )  # fmt: skip


def disc(bench, tmp_path, *exhibits, **wishes):
    disc_set = making.built(bench.request(*exhibits, **wishes))
    assert (disc_set.state, disc_set.problem) == (DiscSetState.MADE, "")
    return making.opened(making.image(disc_set, tmp_path), tmp_path / "disc"), disc_set


def printed(path):
    done = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


def test_part_that_cannot_be_played_goes_as_it_was_sealed_and_all_documents_say_so(tmp_path):
    bench = making.bench()
    exhibit = bench.exhibit(making.parts(bench.officer, "direct", "none"))
    planned = plan(bench, exhibit)
    assert [each.name for each in planned.exhibits[0].files] == ["AB_1_original.mp4", "AB_1_original_part2.bin"]
    root, disc_set = disc(bench, tmp_path, exhibit)
    sealed = exhibit.recording.files.get(role=FileRole.MASTER, part=2)
    assert (root / "data/exhibits/AB_1/AB_1_original_part2.bin").stat().st_size == sealed.size_bytes
    words = "Nothing of it can be played here, so it goes as it was sealed"
    assert words in (root / "index.html").read_text()
    assert words in printed(root / "data/documents/continuity-AB_1.pdf")
    assert words in printed(root / "data/documents/exhibit-list.pdf")
    listed = (root / "data/documents/exhibit-list.csv").read_text(encoding="utf-8-sig").splitlines()
    rows = list(csv.DictReader(listed))
    assert words in rows[1]["note"]
    assert disc_set.discs.get().image.size_bytes <= planned.discs[0].size_bytes


def test_copy_that_was_made_fast_goes_as_plain_mp4_with_a_word_of_caution(tmp_path):
    bench = making.bench()
    exhibit = bench.exhibit(making.copied(making.recorded(bench.officer), bench.officer))
    assert plan(bench, exhibit).exhibits[0].files[0].caution == ""
    segments = [{"frames_encoded": 2, "frames_copied": 3}]
    Recording.objects.filter(pk=exhibit.recording_id).update(statement={"segments": segments})
    assert plan(bench, exhibit).exhibits[0].files[0].caution == FAST_CAUTION
    root, _ = disc(bench, tmp_path, exhibit)
    assert FAST_CAUTION in html.unescape((root / "index.html").read_text())
    assert "Everything here opens with what your computer has" in (root / "index.html").read_text()


def test_exhibit_with_nothing_playable_is_on_the_disc_and_is_not_called_a_still_picture(tmp_path):
    bench = making.bench()
    exhibit = bench.exhibit(making.unplayable(bench.officer).recording)
    root, _ = disc(bench, tmp_path, exhibit)
    assert (root / "data/exhibits/AB_1/AB_1_original.bin").read_bytes() == making.old_film().read_bytes()
    assert "still picture" not in printed(root / "data/documents/continuity-AB_1.pdf")
    said = json.loads((root / "metadata/bundle.json").read_bytes())["exhibits"][0]["files"]
    assert [(each["is_original"], each["is_playable"]) for each in said] == [(True, False)]


def test_unplayable_exhibit_that_is_restricted_later_stops_the_handing_out(tmp_path):
    bench = making.bench()
    plays = bench.exhibit(making.recorded(bench.officer).recording)
    silent = making.unplayable(bench.officer).recording
    exhibit = bench.exhibit(silent)
    made = making.built(bench.request(plays, exhibit)).discs.get()
    assert set(made.exhibits.all()) == {plays, exhibit}
    assert making.last(KIND, silent.id).verb == "recording:disc:included"
    assert may_hand_out(person_id=bench.oic.id, disc=made)
    restriction_set(
        who=factories.who(Role.EVIDENCE_MANAGER), recording=silent, is_restricted=True, reason="Sexual offence"
    )
    assert not may_hand_out(person_id=bench.oic.id, disc=made)


def test_disc_speaks_of_what_was_planned_for_it_even_where_no_file_tells():
    bench = making.bench()
    recording = making.recorded(bench.officer).recording
    made = making.built(bench.request(bench.exhibit(recording))).discs.get()
    made.contents = []
    made.save()
    restriction_set(
        who=factories.who(Role.EVIDENCE_MANAGER), recording=recording, is_restricted=True, reason="Sexual offence"
    )
    assert not may_hand_out(person_id=bench.oic.id, disc=made)


def test_part_still_being_prepared_and_exhibit_without_a_file_are_refused_by_name():
    bench = making.bench()
    recording = making.parts(bench.officer, "direct", "direct")
    exhibit = bench.exhibit(recording)
    recording.files.filter(part=2).update(probe=None)
    with pytest.raises(ExhibitNotReady, match="AB/1 is still being prepared"):
        plan(bench, exhibit)
    RecordingFile.objects.filter(recording=recording).delete()
    with pytest.raises(ExhibitEmpty, match="AB/1 has no file"):
        plan(bench, exhibit)


def test_viewing_dvd_refuses_what_cannot_be_played_in_words():
    bench = making.bench()
    nothing = bench.exhibit(making.unplayable(bench.officer).recording)
    with pytest.raises(NotForDvd, match=r"AB/1 cannot be played.*Make a data disc"):
        plan(bench, nothing, kind=DiscKind.VIEWING)
    half = bench.exhibit(making.parts(bench.officer, "direct", "none"))
    with pytest.raises(NotForDvd, match="Part 2 of AB/2 cannot be played"):
        plan(bench, half, kind=DiscKind.VIEWING)


@pytest.mark.parametrize(
    ("media_type", "video", "audio", "words"),
    [
        ("video/webm", "vp9", "opus", "AB/1 is a WebM with VP9 and Opus, which not every computer plays"),
        ("video/quicktime", "h264", "aac", r"AB/1 is a QuickTime film \(.mov\) with H.264 and AAC"),
        ("video/mp4", "h264", "mp3", "AB/1 is an MP4 with H.264 and MP3"),
        ("video/mp4", "hevc", "aac", "AB/1 is an MP4 with H.265 and AAC"),
    ],
)
def test_film_that_is_no_plain_mp4_is_refused_with_what_to_do(media_type, video, audio, words):
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded_as(bench.officer, media_type, video, audio).recording)
    with pytest.raises(ExhibitNotPlain, match=f"{words}.*Make a plain MP4 of it under Edit.*take the originals along"):
        plan(bench, exhibit)
    assert plan(bench, exhibit, kind=DiscKind.VIEWING).discs


def test_rewrapped_film_keeps_its_sound_and_is_refused_where_that_is_mp3():
    bench = making.bench()
    file = making.recorded_old(bench.officer)
    exhibit = bench.exhibit(file.recording)
    file.refresh_from_db()
    RecordingFile.objects.filter(pk=file.pk).update(
        probe={**file.probe, "video": [{"codec": "h264"}], "audio": [{"codec": "mp3"}]}
    )
    file.recording.files.filter(role=FileRole.PROXY).update(probe={"video": "copied", "audio": "copied"})
    with pytest.raises(ExhibitNotPlain, match=r"AB/1 is an MP4 with H\.264 and MP3"):
        plan(bench, exhibit)


def test_with_originals_it_goes_as_it_is_and_the_words_on_the_disc_are_true(tmp_path):
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded_as(bench.officer, "video/webm", "vp9", "opus").recording)
    root, _ = disc(bench, tmp_path, exhibit, with_originals=True)
    page = (root / "index.html").read_text()
    assert "It may need a player: it is a WebM with VP9 and Opus." in page
    assert "no program is needed" not in page
    assert "except for files" in (root / "README.txt").read_text()
    plain = making.bench(urn="20ZZ0000009")
    (tmp_path / "plain").mkdir()
    root, _ = disc(plain, tmp_path / "plain", plain.exhibit(making.recorded(plain.officer).recording))
    assert "no program is needed" in (root / "index.html").read_text()
    assert "except for files" not in (root / "README.txt").read_text()
