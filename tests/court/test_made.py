"""What a disc says of clips, redactions and stills: what was done, from what, and when that was recorded."""

import csv
import hashlib
import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from evidence.court.bundle.made import deeds_of, made_from
from evidence.court.lineage import clock_of, recorded_from
from evidence.court.models import DiscSetState
from evidence.editing.services import clip_request, redaction_request, still_request, transcode_request
from evidence.editing.stretches import Edge
from evidence.identity.roles import Role
from evidence.recordings.models import Recording
from evidence.recordings.queries import original_file
from evidence.recordings.services.notes import restriction_set
from tests import factories
from tests.court import making
from tests.editing import material

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
BEGAN = datetime(2026, 5, 1, 18, 0, 0, tzinfo=UTC)
DRAFT = {
    "v": 1,
    "tracks": [
        {
            "id": "t1", "kind": "face", "effect": "solid", "reason": "child",
            "keyframes": [{"frame": 10, "x": 40, "y": 40, "w": 60, "h": 40, "outside": False}], "end": 25,
        }
    ],
    "mutes": [{"start_frame": 25, "end_frame": 50, "reason": "personal-details"}],
    "frames": [],
    "segments": [],
}  # fmt: skip


@pytest.fixture
def bench() -> making.Bench:
    return making.bench()


def master(bench: making.Bench) -> Recording:
    recording = material.recorded(officer=bench.officer)
    Recording.objects.filter(pk=recording.pk).update(recorded_at=BEGAN)
    recording.refresh_from_db()
    return recording


def clip(bench: making.Bench, of: Recording, start: int, end: int) -> Recording:
    return material.made(
        clip_request(who=bench.who, recording=of, stretches=[material.frames(start, end)], reason="For interview")
    )


def printed(path):
    done = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


def test_clip_was_recorded_when_what_it_shows_was_recorded_also_through_another_clip(bench):
    first = clip(bench, master(bench), 25, 75)
    second = clip(bench, first, 25, 50)
    assert recorded_from(first) == BEGAN + timedelta(seconds=1)
    assert recorded_from(second) == BEGAN + timedelta(seconds=2)
    assert clock_of(second).at(Fraction(1), is_end=True) == BEGAN + timedelta(seconds=3)
    (deed,) = deeds_of(second)
    assert (deed.what, deed.where) == ("Kept", "00:00:01.000 to 00:00:02.000")
    assert deed.when == "01 May 2026 18:00:02.000 UTC to 01 May 2026 18:00:03.000 UTC"
    assert str(first.id) in made_from(second)
    assert original_file(first).sha256 in made_from(second)


def test_copy_of_a_copy_names_its_master_on_label_page_and_report(bench, tmp_path):
    of = master(bench)
    second = clip(bench, clip(bench, of, 25, 75), 25, 50)
    disc_set = making.built(bench.request(bench.exhibit(second)))
    root = making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")
    words = f"Master {of.id}, SHA-256 {original_file(of).sha256}"
    assert words in (root / "data/exhibits/AB_1/AB_1_label.txt").read_text()
    assert words in (root / "index.html").read_text()
    assert words in printed(root / "data/documents/continuity-AB_1.pdf")
    names = {path.name for path in (root / "metadata/custody").iterdir()}
    records = {"AB_1.events.jsonl", "AB_1_from1.events.jsonl", "AB_1_master.events.jsonl"}
    assert names == records | {"checkpoint", "log.vkey"}


def test_stretches_of_a_clip_each_have_their_own_time_on_the_clock(bench):
    asked = clip_request(
        who=bench.who, recording=master(bench), stretches=[material.frames(50, 60), material.frames(0, 5)],
        reason="For interview",
    )  # fmt: skip
    first, second = deeds_of(material.made(asked))
    assert (first.what, first.where) == ("Kept, stretch 1 of 2", "00:00:02.000 to 00:00:02.400")
    assert second.when == "01 May 2026 18:00:00.000 UTC to 01 May 2026 18:00:00.200 UTC"


def test_time_that_nobody_told_is_not_made_up(bench):
    of = master(bench)
    Recording.objects.filter(pk=of.pk).update(recorded_at_source="received")
    made = clip(bench, of, 25, 50)
    assert deeds_of(made)[0].when == "not known"
    assert recorded_from(made) == BEGAN


def test_redaction_says_covers_mutes_and_margins_and_still_its_frame(bench):
    of = master(bench)
    redaction = material.made(redaction_request(who=bench.who, recording=of, draft=DRAFT, reason="For disclosure"))
    said = [(deed.what, deed.where) for deed in deeds_of(redaction)]
    assert said[:4] == [
        ("Kept", "00:00:00.000 to 00:00:03.000"),
        ("1 covered track", ""),
        ("Track 1: Face, covered with a solid box (Child)", "00:00:00.400 to 00:00:01.000"),
        ("Sound muted (Personal details (address, number plate, document))", "00:00:01.000 to 00:00:02.000"),
    ]
    assert [what for what, _ in said[4:]] == [
        "Margins: boxes are 30 % larger than drawn and held 10 frames longer at both ends",
        "Margins: mutes reach 100 ms further at both ends",
    ]
    still = material.made(still_request(who=bench.who, recording=of, moment=Edge(frame=30), reason="For the jury"))
    (deed,) = deeds_of(still)
    assert (deed.what, deed.where) == ("Frame 30 (counted from 0)", "at 00:00:01.200")
    assert deed.when == "01 May 2026 18:00:01.200 UTC"
    whole = material.made(transcode_request(who=bench.who, recording=of, reason="Plays everywhere"))
    assert "Encoded anew as a whole" in deeds_of(whole)[0].what
    assert recorded_from(whole) == BEGAN


def test_disc_carries_recipe_statement_and_the_masters_own_record(bench, tmp_path):
    of = master(bench)
    made = clip(bench, of, 25, 50)
    restriction_set(who=factories.who(Role.EVIDENCE_MANAGER), recording=of, is_restricted=True, reason="PSD asked")
    restriction_set(who=factories.who(Role.EVIDENCE_MANAGER), recording=of, is_restricted=False, reason="Done")
    disc_set = making.built(bench.request(bench.exhibit(made)))
    assert (disc_set.state, disc_set.problem) == (DiscSetState.MADE, "")
    root = making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")
    recipe = (root / "metadata/recipes/AB_1.recipe.json").read_bytes()
    statement = (root / "metadata/recipes/AB_1.statement.json").read_bytes()
    assert hashlib.sha256(recipe).hexdigest() == made.recipe_sha256
    listed = (root / "tagmanifest-sha256.txt").read_text()
    assert f"{made.recipe_sha256}  metadata/recipes/AB_1.recipe.json" in listed
    assert "metadata/recipes/AB_1.statement.json" in listed
    rows = [json.loads(line) for line in (root / "metadata/custody/AB_1_master.events.jsonl").read_text().splitlines()]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert json.loads(rows[0]["body"])["verb"] == "recording:master:sealed"
    own = [json.loads(line) for line in (root / "metadata/custody/AB_1.events.jsonl").read_text().splitlines()]
    sealed = next(body for row in own if (body := json.loads(row["body"]))["verb"] == "copy:file:sealed")
    assert sealed["data"]["statement_sha256"] == hashlib.sha256(statement).hexdigest()
    report = printed(root / "data/documents/continuity-AB_1.pdf")
    assert "00:00:01.000 to 00:00:02.000" in report
    assert "01 May 2026 18:00:01.000 UTC to 01 May 2026 18:00:02.000 UTC" in report
    assert f"Record of the master {of.id}" in report
    assert "took it in and sealed the Master" in report
    page = (root / "index.html").read_text()
    assert f"Made from the Master {of.id}, SHA-256 {original_file(of).sha256}. Kept 00:00:01.000" in page
    listed = (root / "data/documents/exhibit-list.csv").read_text(encoding="utf-8-sig").splitlines()
    (row,) = csv.DictReader(listed)
    assert row["recorded_at_utc"] == "2026-05-01T18:00:01+00:00"
    assert re.search(r"Recorded 01 May 2026 19:00:01 BST", (root / "data/exhibits/AB_1/AB_1_label.txt").read_text())
    assert disc_set.discs.get().image.size_bytes <= bench_size(bench, disc_set)


def bench_size(bench: making.Bench, disc_set) -> int:
    from evidence.court.planning import set_plan_of

    return set_plan_of(disc_set).discs[0].size_bytes
