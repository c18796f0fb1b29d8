"""Whole data discs, made by the job and opened by tools that are not ours."""

import csv
import hashlib
import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evidence.court.models import DiscSetState
from evidence.custody.services import commitment
from evidence.recordings.models import Kind
from evidence.recordings.policy import KIND
from evidence.recordings.queries import original_file
from tests.court import making
from tests.court.making import Bench
from tests.custody.sealing import record_seal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def one(tmp_path: Path) -> tuple[Bench, Path]:
    """A disc with a redaction, a still, and an old Master with its original; its files."""
    bench = making.bench()
    master = making.recorded(bench.officer)
    redaction = making.copied(master, bench.oic)
    making.watched(redaction, bench.oic)
    still = making.copied(master, bench.oic, Kind.STILL, making.picture())
    old = making.recorded_old(bench.officer)
    exhibits = [bench.exhibit(each) for each in (redaction, still, old.recording)]
    disc_set = making.built(bench.request(*exhibits, with_originals=True))
    assert (disc_set.state, disc_set.problem) == (DiscSetState.MADE, "")
    return bench, making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")


def sha256sum(root: Path, manifest: str) -> subprocess.CompletedProcess[str]:
    argv = ["sha256sum", "--strict", "-c", manifest]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)


def printed(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return done.stdout


def test_disc_holds_the_whole_bundle_and_verifies_with_sha256sum(one):
    _, root = one
    names = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert names == {
        "README.txt", "bag-info.txt", "bagit.txt", "index.html", "manifest-sha256.txt", "tagmanifest-sha256.txt",
        "verify.py", "metadata/custody/checkpoint", "metadata/custody/log.vkey",
        "data/documents/continuity-AB_1.pdf", "data/documents/continuity-AB_2.pdf",
        "data/documents/continuity-AB_3.pdf", "data/documents/exhibit-list.csv", "data/documents/exhibit-list.pdf",
        "data/exhibits/AB_1/AB_1_label.txt", "data/exhibits/AB_1/AB_1_redaction.mp4",
        "data/exhibits/AB_2/AB_2_label.txt", "data/exhibits/AB_2/AB_2_still.png",
        "data/exhibits/AB_3/AB_3_label.txt", "data/exhibits/AB_3/AB_3_original.avi",
        "data/exhibits/AB_3/AB_3_proxy.mp4", "metadata/bundle.json", "metadata/custody/AB_1.events.jsonl",
        "metadata/custody/AB_2.events.jsonl", "metadata/custody/AB_3.events.jsonl",
        "metadata/custody/AB_1_master.events.jsonl", "metadata/custody/AB_2_master.events.jsonl",
        "metadata/recipes/AB_1.recipe.json", "metadata/recipes/AB_1.statement.json",
        "metadata/recipes/AB_2.recipe.json", "metadata/recipes/AB_2.statement.json",
    }  # fmt: skip
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        checked = sha256sum(root, manifest)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_disc_that_was_changed_does_not_verify(one):
    _, root = one
    film = root / "data/exhibits/AB_1/AB_1_redaction.mp4"
    film.chmod(0o600)
    film.write_bytes(film.read_bytes()[:-1] + b"?")
    assert sha256sum(root, "manifest-sha256.txt").returncode == 1


def test_exhibits_are_byte_identical_to_what_was_sealed_and_play_as_plain_mp4(one):
    bench, root = one
    for exhibit in bench.case.exhibits.all():
        folder = root / "data" / "exhibits" / str(exhibit).replace("/", "_")
        on_disc = {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        assert original_file(exhibit.recording).sha256 in on_disc
    for film in root.rglob("*.mp4"):
        argv = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", str(film)]
        found = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()
        assert found == ["h264", "aac"]


def test_master_of_a_redaction_never_goes_along_even_with_originals(one):
    bench, root = one
    redaction = bench.case.exhibits.get(number=1).recording
    master_sha256 = original_file(redaction.parent).sha256
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*.mp4")}.isdisjoint({master_sha256})


class _Page(HTMLParser):
    """Tags of a page and what it points at."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.points: set[str] = set()
        self.handlers: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.points |= {value or "" for name, value in attrs if name in {"href", "src"}}
        self.handlers |= {name for name, _ in attrs if name.startswith("on")}


def test_index_page_has_no_script_and_all_it_points_at_is_on_the_disc(one):
    _, root = one
    page = _Page()
    page.feed((root / "index.html").read_text())
    assert "script" not in page.tags
    assert page.handlers == set()
    assert {"video", "img"} <= page.tags
    assert len(page.points) > 10
    assert [name for name in page.points if not (root / name).is_file()] == []


def test_documents_hold_real_text_with_marking_reference_and_page_numbers(one):
    _, root = one
    text = printed(root / "data/documents/continuity-AB_1.pdf")
    for words in (
        "Continuity report: exhibit AB/1", "OFFICIAL-SENSITIVE", "Page 1 of", "20AB1234526", "Aisha Begum", "UTC",
        "made and sealed it as a redacted copy", "made it an exhibit", "From the exhibit back to the original",
    ):  # fmt: skip
        assert words in text
    listed = printed(root / "data/documents/exhibit-list.pdf")
    assert all(reference in listed for reference in ("AB/1", "AB/2", "AB/3", "Birmingham Crown Court"))
    label = (root / "data/exhibits/AB_1/AB_1_label.txt").read_text()
    assert re.match(r"Exhibit AB/1, referred to in the statement of Aisha Begum dated \d{1,2} \w+ \d{4}\n", label)
    with (root / "data/documents/exhibit-list.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert [row["exhibit"] for row in rows] == ["AB/1", "AB/2", "AB/3", "AB/3"]


def test_record_that_leaves_withholds_all_consultations_and_has_no_gap(one):
    bench, root = one
    recording = bench.case.exhibits.get(number=1).recording
    shown = [json.loads(line) for line in (root / "metadata/custody/AB_1.events.jsonl").read_text().splitlines()]
    record = making.said(KIND, recording.id)[: len(shown)]
    assert [line["seq"] for line in shown] == list(range(1, len(shown) + 1))
    assert [line["leaf"] for line in shown] == [hashlib.sha256(b"\0" + line.raw).hexdigest() for line in record]
    for line, event in zip(shown, record, strict=True):
        if event.category == "consultation":
            assert set(line) == {"seq", "leaf", "withheld", "class", "proof"}
            assert (line["withheld"], line["class"]) == (True, "consultation")
        else:
            assert line["body"].encode() == event.raw
            name = line["texts"]["actor.name"]
            assert commitment(bytes.fromhex(name["salt"]), name["text"]) == event.body["actor"]["name"]
            assert "reason.text" not in line["texts"]
    assert sum(line["withheld"] for line in shown) == 2
    report = printed(root / "data/documents/continuity-AB_1.pdf")
    assert "opened it" not in report
    assert "lines 3 to 4" in " ".join(report.split())


def test_bundle_says_what_is_where_in_canonical_form(one):
    from evidence.custody.canonical import canonical_bytes

    bench, root = one
    raw = (root / "metadata/bundle.json").read_bytes()
    said = json.loads(raw)
    assert canonical_bytes(said) == raw
    assert said["urn"] == bench.case.urn
    for exhibit in said["exhibits"]:
        for file in exhibit["files"]:
            content = (root / file["path"]).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size_bytes"], file["sha256"])
    redaction = said["exhibits"][0]
    master = bench.case.exhibits.get(number=1).recording.parent
    assert redaction["made_from"][0]["sha256"] == [original_file(master).sha256]


def test_without_originals_an_old_format_leaves_as_plain_mp4_only(tmp_path):
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded_old(bench.officer).recording)
    disc_set = making.built(bench.request(exhibit))
    root = making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")
    assert {path.name for path in (root / "data/exhibits/AB_1").iterdir()} == {"AB_1_proxy.mp4", "AB_1_label.txt"}


def test_same_set_made_twice_gives_the_same_image(tmp_path):
    from evidence.court.planning import set_plan_of
    from evidence.jobs.pulse import Pulse
    from evidence.jobs.services import job_claim
    from evidence.jobs.work import Work
    from workers.handlers.disc_data import data_images

    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    disc_set = bench.request(exhibit)
    job = job_claim(job_id=making.job(disc_set).pk, owner="test")
    record_seal()
    hashes = []
    for turn in ("one", "two"):
        (tmp_path / turn).mkdir()
        work = Work(job=job, pulse=Pulse(job, is_stopping=lambda: False), scratch=tmp_path / turn)
        hashes += [image.report.sha256 for image in data_images(work, disc_set, set_plan_of(disc_set))]
        making.watched(exhibit.recording, bench.oic)  # what happens after the request is not in it
        record_seal()
    assert hashes[0] == hashes[1]
