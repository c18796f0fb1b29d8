"""The redaction report of a real copy, read back as PDF, CSV and JSON; making it is an act on record."""

import csv
import hashlib
import io
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from django.http import HttpResponse

from evidence.audit.redaction_report import done_of
from evidence.audit.redaction_words import NEVER_LOOKED, NOT_SIGNED
from evidence.custody.canonical import canonical_bytes
from evidence.custody.queries import lines, subject_events
from evidence.editing.drawing import drawing_read
from evidence.editing.footage import film_of
from evidence.editing.recipes import redaction_of
from evidence.editing.services import redaction_request
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import Recording
from evidence.recordings.queries import original_file
from evidence.signoff.models import Decision, SignOff
from evidence.signoff.queries import listed
from evidence.signoff.services import look_sign, place_decide
from tests import factories
from tests.editing.material import drawn, made, recorded, track
from tests.factories import client_for
from tests.signoff.material import FOUND_BY, looked_at, place, redaction

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def sergeant(transactional_db: None) -> Person:
    return factories.person(Role.SUPERVISOR, rank="Sgt")


@pytest.fixture
def copy(sergeant: Person, settings) -> Recording:
    """Frames 10 to 74 of 75: a track for 25 frames, one kept, five frames covered whole, twenty muted; fast."""
    settings.LOOK_AGAIN = ()
    officer = factories.person(team=sergeant.posts.get().unit)
    draft = drawn(
        [track(5, 30), track(0, 75, identifier="t2", effect="none")],
        mutes=[{"start_frame": 20, "end_frame": 40, "reason": "personal-details"}],
        frames=[{"start_frame": 50, "end_frame": 55, "effect": "pixelate"}],
        segments=[{"start_frame": 10, "end_frame": 75}],
    )
    order = redaction_request(
        who=who_is(officer), recording=recorded(officer=officer), draft=draft, reason="=Third party", compatible=False
    )
    copy = made(order)
    settings.LOOK_AGAIN = ("faces",)
    return copy


def signed(copy: Recording, signer: Person) -> SignOff:
    look = looked_at(copy, signer, place())
    place_decide(who=who_is(signer), look=look, number=1, decision=Decision.ACCEPTABLE, reason="@home, a poster")
    return look_sign(
        who=who_is(signer), look=look, list_sha256=listed(look).sha256, has_watched=True, note="Watched twice"
    )


def asked(person: Person, copy: Recording, written_as: str) -> HttpResponse:
    given = {"format": written_as, "reason_code": "disclosure"}
    path = f"/api/v1/recordings/{copy.id}/redaction-report"
    return client_for(person).post(path, given, content_type="application/json")


def pdf_text(answer: HttpResponse, tmp_path: Path) -> str:
    path = tmp_path / "report.pdf"
    path.write_bytes(answer.content)
    told = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(told.split())


def test_on_paper_it_says_what_was_done_when_why_by_whom_and_who_signed_or_that_nobody_did(copy, sergeant, tmp_path):
    text = pdf_text(asked(sergeant, copy, "pdf"), tmp_path)
    assert f"Sign-off {NOT_SIGNED}" in text
    assert NEVER_LOOKED in text
    assert NOT_SIGNED in client_for(sergeant).get(f"/recordings/{copy.id}/redaction-report").content.decode()
    looked_at(copy, sergeant, place())
    assert "1 undecided, 0 to be redacted" in pdf_text(asked(sergeant, copy, "pdf"), tmp_path)
    done = signed(copy, sergeant)
    answer = asked(sergeant, copy, "pdf")
    text = pdf_text(answer, tmp_path)
    for said in (
        "Redaction report", f"by {copy.made_by.label}", f"Signed off by {sergeant.label}", "Note: Watched twice",
        "T1 Face (box) 00:00:00.000 to 00:00:00.800 00:00:00.200 to 00:00:01.200, frames 5 to 29 Covered solid Privacy",
        "T2 Face (box)", "Left visible",
        "P1 Whole picture 00:00:01.600 to 00:00:01.800 00:00:02.000 to 00:00:02.200, frames 50 to 54 Pixelated",
        "S1 Sound 00:00:00.400 to 00:00:01.200 00:00:00.800 to 00:00:01.600 Muted Personal details",
        "17 of 65 frames are identical to the Master, bit for bit", "frames 50 to 64 frames 60 to 74 15",
        "1 Face (91 %) 00:00:00.400 to 00:00:01.400 Acceptable @home, a poster", "Boxes are held longer at both ends",
        "libavcodec", "One face in ten is missed", "OFFICIAL-SENSITIVE", "Disclosure or court preparation",
    ):  # fmt: skip
        assert said in text
    together = text.replace(" ", "")
    for sha256 in (copy.parent_sha256, original_file(copy).sha256, copy.recipe_sha256, done.list_sha256, FOUND_BY):
        assert sha256 in together
    assert answer["Content-Disposition"].startswith('attachment; filename="redaction-report_')


def test_for_a_spreadsheet_each_thing_is_a_row_and_no_cell_a_formula_and_as_json_the_list_is_whole(copy, sergeant):
    done = signed(copy, sergeant)
    told_as_rows(copy, sergeant)
    told_as_json(copy, sergeant, done)
    line = lines(subject_events("recording", copy.id))[-1]
    assert (line.verb, line.category, line.actor_name) == ("copy:report:made", "consultation", sergeant.label)
    assert (line.body["data"], line.body["reason"]["code"]) == (
        {"format": "json", "look": 1, "is_signed_off": True}, "disclosure",
    )  # fmt: skip


def told_as_rows(copy: Recording, sergeant: Person) -> None:
    content = asked(sergeant, copy, "csv").content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    facts = {row["What"]: row["Text"] for row in rows if row["Part"] == "Report"}
    assert facts["Master, SHA-256"] == copy.parent_sha256
    assert facts["Why the copy was made"] == "'=Third party"
    assert facts["Sign-off"] == f"Signed off by {sergeant.label}"
    first = next(row for row in rows if (row["Part"], row["No."]) == ("Track", "1"))
    assert (first["From in the copy"], first["To in the copy"], first["From in the source"]) == (
        "00:00:00.000", "00:00:00.800", "00:00:00.200",
    )  # fmt: skip
    assert (first["Effect"], first["Reason code"], first["Found by"], first["Ordered by"]) == (
        "Covered solid", "privacy", "hand", copy.made_by.label,
    )  # fmt: skip
    (seen,) = (row for row in rows if row["Part"] == "Seen when looked at again")
    assert (seen["Found by"], seen["Decision"], seen["Text"]) == (FOUND_BY, "Acceptable", "'@home, a poster")
    assert {"Kept", "Track", "Whole picture", "Sound", "Identical, bit for bit", "Tools"} <= {r["Part"] for r in rows}
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@\t\r\n")]


def told_as_json(copy: Recording, sergeant: Person, done: SignOff) -> None:
    told = json.loads(asked(sergeant, copy, "json").content)
    look = told["look"]
    assert hashlib.sha256(canonical_bytes(look["list"])).hexdigest() == look["list_sha256"] == done.list_sha256
    assert (told["is_signed_off"], look["sign_off"]["person"]) == (True, str(sergeant.id))
    assert told["identical"][-1]["copy"] == [50, 64]
    assert [row["part"] for row in told["done"]] == ["kept", "track", "track", "picture", "sound"]


def test_a_reason_is_needed_and_a_master_has_no_such_report(sergeant, tmp_path):
    scene = factories.scene(tmp_path)
    copy = redaction(scene, tmp_path)
    path = f"/api/v1/recordings/{copy.id}/redaction-report"
    answer = client_for(scene.sergeant).post(path, {"format": "pdf"}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "reason-missing")
    answer = asked(scene.sergeant, scene.recording, "pdf")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing-rendered")


def test_what_a_detector_found_is_named_and_what_is_shown_twice_is_told_twice(sergeant):
    draft = drawn([track(5, 30)], segments=[{"start_frame": 10, "end_frame": 75}])
    recipe, _ = redaction_of(film_of(recorded(officer=sergeant), 1), drawing_read(draft), compatible=True)
    found = replace(recipe.tracks[0], found_by=FOUND_BY, inverse=True)
    twice = replace(recipe, tracks=(found,), segments=(*recipe.segments, *recipe.segments))
    (row,) = (each for each in done_of(twice) if each.part == "track")
    assert (row.found_by, row.what) == (FOUND_BY, "Everything outside of face (box)")
    assert [(float(start), float(end)) for start, end in row.where.copy] == [(0.0, 0.8), (2.6, 3.4)]
    cut_away = replace(recipe, segments=(replace(recipe.segments[0], start=recipe.tracks[0].runs[0].end),))
    assert next(each for each in done_of(cut_away) if each.part == "track").where.copy == ()
