"""Sets of several discs, hostile names, damaged exhibits, cancelling, failing: what the job leaves in each case."""

import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from evidence.cases.services import exhibit_withdraw, member_add, member_remove
from evidence.court.models import Disc, DiscKind, DiscSet, DiscSetState
from evidence.court.services import disc_set_cancel
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.models import JobState
from evidence.jobs.services import job_retry
from evidence.recordings.models import Kind
from evidence.recordings.policy import KIND
from evidence.recordings.queries import original_file
from evidence.recordings.services.notes import restriction_set
from evidence.vault.models import ObjectClass, ObjectIntent, StoredObject
from tests import factories
from tests.court import making
from workers.disc.planning import MEDIA, Medium, MediumKind
from workers.handlers import disc as disc_handler

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = "=cmd|' /C calc'!A0 <script>alert(1)</script> & \u202egnp.exe\u202c ../../etc Łukasz \U0001f480"


def nothing_left(disc_set: DiscSet) -> bool:
    """No disc, no image, no put under way, nothing in its job's scratch."""
    is_clean = not (Path(settings.SCRATCH_DIR) / "job" / str(making.job(disc_set).pk)).exists()
    images = StoredObject.objects.filter(object_class=ObjectClass.IMAGE)
    return is_clean and not Disc.objects.exists() and not images.exists() and not ObjectIntent.objects.exists()


@pytest.fixture
def small_dvd(monkeypatch) -> None:
    """A DVD on which one of two noisy films fits beside the documents."""
    monkeypatch.setitem(MEDIA, MediumKind.DVD_5, Medium(MediumKind.DVD_5, "DVD (small)", 2_600_000))


def noisy(officer, number: int):
    path = Path(settings.SCRATCH_DIR).parent / f"noisy{number}.bin"
    path.write_bytes(bytes([number]) * 1_000_000)
    when = timezone.now() - timedelta(days=10 - number)
    return making.recorded(officer, path, recorded_at=when).recording


def test_two_discs_when_needed_each_complete_with_a_list_of_the_other(small_dvd, tmp_path):
    bench = making.bench()
    exhibits = [bench.exhibit(noisy(bench.officer, number)) for number in (1, 2)]
    disc_set = making.built(bench.request(*exhibits))
    assert disc_set.problem == ""
    discs = list(disc_set.discs.all())
    assert [disc.volume_id for disc in discs] == ["20AB1234526D1OF2", "20AB1234526D2OF2"]
    for disc, exhibit, other in zip(discs, exhibits, reversed(exhibits), strict=True):
        assert disc.image.size_bytes <= MEDIA[MediumKind.DVD_5].usable_bytes
        root = making.opened(making.image(disc_set, tmp_path, disc.number), tmp_path / f"disc{disc.number}")
        subprocess.run(["sha256sum", "-c", "manifest-sha256.txt"], cwd=root, capture_output=True, check=True)
        assert [path.name for path in (root / "data/exhibits").iterdir()] == [exhibit.reference.replace("/", "_")]
        page = (root / "index.html").read_text()
        assert f"Disc {3 - disc.number} of 2: {other.reference}" in page
        said = json.loads((root / "metadata/bundle.json").read_bytes())
        assert [each["exhibits"] for each in said["discs"]] == [["AB/1"], ["AB/2"]]
        assert f"Disc {disc.number} of 2" in disc.label
        assert disc.image.sha256[:16] in disc.label


def test_every_event_is_there_once_with_recipient_and_hash():
    bench = making.bench()
    recording = making.recorded(bench.officer).recording
    disc_set = making.built(bench.request(bench.exhibit(recording)))
    disc = disc_set.discs.get()
    verbs = making.verbs("case", bench.case.id)
    assert verbs[-2:] == ["case:disc:requested", "case:disc:made"]
    made = making.last("case", bench.case.id)
    assert made.body["data"]["image_sha256"] == disc.image.sha256
    assert made.recipient_names == ["Birmingham Crown Court"]
    assert made.actor_name == bench.oic.label
    assert made.reason_text == "Trial bundle"
    on_disc = making.last(KIND, recording.id)
    assert on_disc.verb == "recording:disc:included"
    assert on_disc.body["subject"]["files"][0]["sha256"] == original_file(recording).sha256
    assert str(bench.case.id) not in on_disc.raw.decode()


def test_hostile_words_stay_words_in_every_document(tmp_path):
    bench = making.bench(urn="20AB/../99", title=HOSTILE)
    evil = factories.person(first_name="<b>Ann", surname="O'Hara&amp;</b>")
    exhibit = bench.exhibit(making.recorded(bench.officer).recording, HOSTILE, by=evil)
    disc_set = making.built(bench.request(exhibit, recipient_name="+Court\nof <Hell>"))
    assert disc_set.problem == ""
    root = making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")
    names = [part for path in root.rglob("*") for part in path.relative_to(root).parts]
    assert all(set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") for name in names)
    page = (root / "index.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not any(mark in page for mark in "\u202e\u202c")
    cells = (root / "data/documents/exhibit-list.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert ",'=cmd|" in cells or ",\"'=cmd|" in cells
    printed = subprocess.run(
        ["pdftotext", str(next((root / "data/documents").glob("continuity-*.pdf"))), "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "<script>alert(1)</script>" in " ".join(printed.split())
    assert disc_set.discs.get().volume_id.replace("_", "").isalnum()


def test_damaged_exhibit_is_refused_by_name_and_its_record_says_so():
    bench = making.bench()
    recording = making.recorded(bench.officer).recording
    exhibit = bench.exhibit(recording)
    disc_set = bench.request(exhibit)
    # the vault has another file than its row says: what a failing disc or a careless hand leaves
    other = making.recorded(bench.officer, making.film("red"))
    stored = original_file(recording).stored
    StoredObject.objects.filter(pk=other.stored_id).update(key=f"masters/{exhibit.id}")
    StoredObject.objects.filter(pk=stored.pk).update(
        key=other.stored.key, version_id=other.stored.version_id, size_bytes=other.stored.size_bytes
    )
    making.built(disc_set)
    assert disc_set.state == DiscSetState.FAILED
    assert disc_set.problem.startswith("AB/1 is not what was sealed")
    assert making.job(disc_set).attempt == 1
    last = making.last(KIND, recording.id)
    assert (last.verb, last.outcome) == ("recording:fixity:checked", "failed")
    assert making.verbs("case", bench.case.id)[-1] == "case:disc:failed"
    assert nothing_left(disc_set)


def test_exhibit_withdrawn_after_the_request_stops_the_set():
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    disc_set = bench.request(exhibit)
    exhibit_withdraw(who=bench.who, exhibit=exhibit, reason="Wrong recording")
    making.built(disc_set)
    assert (disc_set.state, disc_set.discs.count()) == (DiscSetState.FAILED, 0)
    assert "AB/1 was withdrawn" in disc_set.problem


def restrict(recording) -> None:
    restriction_set(
        who=factories.who(Role.EVIDENCE_MANAGER), recording=recording, is_restricted=True, reason="Sexual offence"
    )


def test_exhibit_restricted_after_the_request_is_not_built_and_the_set_says_why():
    bench = making.bench()
    recording = making.recorded(bench.officer).recording
    disc_set = bench.request(bench.exhibit(recording))
    restrict(recording)
    making.built(disc_set)
    assert (disc_set.state, disc_set.discs.count()) == (DiscSetState.FAILED, 0)
    assert f"{bench.oic.label} may not disclose AB/1 any more" in disc_set.problem
    assert making.job(disc_set).attempt == 1
    assert nothing_left(disc_set)


def test_exhibit_restricted_while_its_disc_is_built_is_not_written(monkeypatch):
    bench = making.bench()
    recording = making.recorded(bench.officer).recording
    disc_set = bench.request(bench.exhibit(recording))
    build = disc_handler.data_images

    def slow(*given):
        images = build(*given)
        restrict(recording)
        return images

    monkeypatch.setattr(disc_handler, "data_images", slow)
    making.built(disc_set)
    assert (disc_set.state, disc_set.discs.count()) == (DiscSetState.FAILED, 0)
    assert "may not disclose AB/1 any more" in disc_set.problem
    assert nothing_left(disc_set)


def test_requester_taken_off_the_case_or_gone_gets_no_discs():
    bench = making.bench()
    member = factories.person(Role.INVESTIGATOR)
    on_case = member_add(who=bench.who, case=bench.case, person=member)
    disc_set = bench.request(bench.exhibit(making.recorded(bench.officer).recording), who=who_is(member))
    member_remove(who=bench.who, member=on_case)
    making.built(disc_set)
    assert disc_set.state == DiscSetState.FAILED
    assert f"{member.label} may not make discs of this case any more" in disc_set.problem


def test_exhibit_of_many_parts_with_long_words_is_made(tmp_path):
    bench = making.bench()
    recording = making.parts(bench.officer, *["direct"] * 60)
    exhibit = bench.exhibit(recording, "W" * 300)
    disc_set = making.built(bench.request(exhibit))
    assert (disc_set.state, disc_set.problem) == (DiscSetState.MADE, "")
    root = making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")
    for name in ("exhibit-list.pdf", "continuity-AB_1.pdf"):
        argv = ["pdftotext", "-raw", str(root / "data/documents" / name), "-"]
        text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
        assert "AB_1_original_part60.mp4" in "".join(text.split())


def test_row_taller_than_a_page_goes_on_in_rows_below(tmp_path):
    from evidence.court.bundle.pdf import pdf_write, table

    words = " ".join(f"word{number}" for number in range(5_000))
    story = [table([("No.", "What"), ("1", words)], (0.2, 0.3))]
    pdf_write(tmp_path / "long.pdf", title="Long", footer="Long", made_at=timezone.now(), story=story)
    argv = ["pdftotext", "-raw", str(tmp_path / "long.pdf"), "-"]
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert [f"word{number}" for number in range(5_000)] == re.findall(r"word\d+", text)


def test_exhibit_spread_over_discs_is_whole_again_from_all_of_them(monkeypatch, tmp_path):
    monkeypatch.setitem(MEDIA, MediumKind.DVD_5, Medium(MediumKind.DVD_5, "DVD (small)", 3_000_000))
    bench = making.bench()
    exhibit = bench.exhibit(making.parts(bench.officer, "direct", "direct", size_bytes=1_000_000))
    disc_set = making.built(bench.request(exhibit))
    assert (disc_set.state, disc_set.problem) == (DiscSetState.MADE, "")
    for disc in disc_set.discs.all():
        assert set(disc.exhibits.all()) == {exhibit}
        assert disc.label.startswith(f"AB/1 part {disc.number} of 2")
        root = making.opened(making.image(disc_set, tmp_path, disc.number), tmp_path / f"disc{disc.number}")
        subprocess.run(["sha256sum", "-c", "manifest-sha256.txt"], cwd=root, capture_output=True, check=True)
        files = sorted(path.name for path in (root / "data/exhibits/AB_1").iterdir() if path.suffix != ".txt")
        assert files == [["AB_1_original.mp4"], ["AB_1_original_part2.mp4"]][disc.number - 1]
        said = json.loads((root / "metadata/bundle.json").read_bytes())["exhibits"][0]
        assert (said["discs"], [each["disc"] for each in said["files"]]) == ([1, 2], [1, 2])
        assert f"Disc {3 - disc.number} of 2: AB/1" in (root / "index.html").read_text()


def test_cancelled_before_it_began_leaves_nothing_and_names_who_stopped_it():
    bench = making.bench()
    disc_set = bench.request(bench.exhibit(making.recorded(bench.officer).recording))
    job = disc_set_cancel(who=bench.who, disc_set=disc_set)
    assert job.state == JobState.CANCELLED
    making.built(disc_set)
    assert disc_set.state == DiscSetState.CANCELLED
    last = making.last("case", bench.case.id)
    assert (last.verb, last.actor_name) == ("case:disc:cancelled", bench.oic.label)
    assert nothing_left(disc_set)


def test_failed_set_is_made_when_its_job_is_tried_again():
    bench = making.bench()
    disc_set = bench.request(bench.exhibit(making.recorded(bench.officer).recording))
    disc_set_cancel(who=bench.who, disc_set=disc_set)
    making.built(disc_set)
    job_retry(job=making.job(disc_set), actor=bench.who.actor)
    making.built(disc_set)
    assert (disc_set.state, disc_set.problem, disc_set.discs.count()) == (DiscSetState.MADE, "", 1)


def test_finished_set_is_not_made_again_by_a_second_ring():
    bench = making.bench()
    disc_set = making.built(bench.request(bench.exhibit(making.recorded(bench.officer).recording)))
    making.built(disc_set)
    assert disc_set.discs.count() == 1
    assert making.verbs("case", bench.case.id).count("case:disc:made") == 1


def test_image_too_large_for_its_medium_fails_with_the_media_it_fits_on(monkeypatch):
    bench = making.bench()
    disc_set = bench.request(bench.exhibit(making.recorded(bench.officer).recording))
    monkeypatch.setitem(MEDIA, MediumKind.DVD_5, Medium(MediumKind.DVD_5, "DVD (tiny)", 100_000))
    making.built(disc_set)
    assert disc_set.state == DiscSetState.FAILED
    assert "AB/1 needs" in disc_set.problem
    assert "Blu-ray" in disc_set.problem
    assert nothing_left(disc_set)


def test_viewing_dvd_plays_with_menu_and_titles(tmp_path):
    bench = making.bench()
    master = making.recorded(bench.officer)
    exhibits = [bench.exhibit(master.recording), bench.exhibit(making.copied(master, bench.oic, Kind.CLIP))]
    disc_set = making.built(bench.request(*exhibits, kind=DiscKind.VIEWING))
    assert (disc_set.state, disc_set.problem) == (DiscSetState.MADE, "")
    disc = disc_set.discs.get()
    found = subprocess.run(
        ["lsdvd", "-x", str(making.image(disc_set, tmp_path))], capture_output=True, text=True, check=True
    ).stdout
    assert len(re.findall(r"^Title: ", found, re.MULTILINE)) == 2
    assert "PAL" in found
    assert "VIEWING COPY Disc 1 of 1" in disc.label
    assert [each["path"] for each in disc.contents] == ["title 1", "title 2"]
    assert making.last(KIND, master.recording.id).verb == "recording:disc:included"
