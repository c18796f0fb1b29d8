"""The continuity report says what the record bears out, and nothing about who inside the force had access."""

import json
import subprocess
from pathlib import Path

import pytest

from evidence.court.bundle.intake import clock_words, sender_of, time_source_words
from evidence.court.leaving import withheld_as
from evidence.court.models import DiscSetState
from evidence.custody.models import Event
from evidence.custody.parties import Actor, ActorKind, system
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.fleet.models import Camera
from evidence.identity.errors import Denied
from evidence.identity.roles import Role
from evidence.identity.services import denial_record
from evidence.recordings.models import Recording
from evidence.recordings.policy import KIND
from evidence.recordings.queries import recording_for
from evidence.recordings.services.access import access_end, access_give
from evidence.recordings.services.notes import restriction_set
from evidence.recordings.services.sealing import Sealing, recording_seal
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put, object_register
from tests import factories
from tests.court import making

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bench() -> making.Bench:
    return making.bench()


def report(bench: making.Bench, recording: Recording, tmp_path: Path) -> tuple[str, list[dict]]:
    """The text of the report and the lines of the record file of a disc with this recording."""
    disc_set = making.built(bench.request(bench.exhibit(recording)))
    assert (disc_set.state, disc_set.problem) == (DiscSetState.MADE, "")
    root = making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")
    argv = ["pdftotext", "-raw", str(root / "data/documents/continuity-AB_1.pdf"), "-"]
    text = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    rows = (root / "metadata/custody/AB_1.events.jsonl").read_text().splitlines()
    return " ".join(text.split()), [json.loads(row) for row in rows]


def sealed_by(actor: Actor, officer) -> Recording:
    """A Master that this actor sent in."""
    put = object_put(object_class=ObjectClass.MASTER, source=making.film())
    moment = factories.timezone.now()
    sealing = Sealing(
        "film.mp4", recorded_at=moment, recorded_at_source="declared", received_at=moment, officer=officer
    )
    with act(actor=actor) as deed:
        return recording_seal(deed=deed, stored=object_register(put), sealing=sealing, rule="test").recording


def test_source_of_the_time_is_worded_by_who_sent_it(bench):
    person = Actor(ActorKind.PERSON, bench.officer.id, bench.officer.label)
    dock = Actor(ActorKind.DOCK, bench.officer.id, "Charging room 2")
    for actor, came, said in (
        (person, f"sent in by {bench.officer.label}", "as the person who sent it in said"),
        (dock, "sent in by the dock Charging room 2", "as the dock that sent it said"),
        (system("Folder import"), "taken in by a process of the force (Folder import)", "as the force's import said"),
    ):
        recording = sealed_by(actor, bench.officer)
        assert (sender_of(recording), time_source_words(recording)) == (came, said)
    unsealed = Recording.objects.create(recorded_at=recording.recorded_at)
    assert sender_of(unsealed) == "it is not known who sent it in"
    assert time_source_words(unsealed) == "as its sender said; who that was is not known"
    unsealed.recorded_at_source = "received"
    assert "nobody said when it was recorded" in time_source_words(unsealed)


def test_report_of_a_browser_upload_names_no_dock(bench, tmp_path):
    recording = sealed_by(Actor(ActorKind.PERSON, bench.officer.id, bench.officer.label), bench.officer)
    making._prepare(recording.files.get(), "direct", "video/mp4")
    text, _ = report(bench, Recording.objects.get(pk=recording.pk), tmp_path)
    assert "as the person who sent it in said" in text
    assert "dock" not in text
    assert "from the camera" not in text


@pytest.mark.parametrize("is_watched", [True, False])
def test_report_tells_about_looks_neither_way(bench, tmp_path, is_watched):
    recording = making.recorded(bench.officer).recording
    if is_watched:
        making.watched(recording, bench.oic)
    text, rows = report(bench, recording, tmp_path)
    assert (
        "Consultations, and lines about who inside the force was given or refused access, are always withheld" in text
    )
    assert "looked at it" not in text
    assert ("Withheld: lines" in text) is is_watched
    assert [row["class"] for row in rows if row["withheld"]] == ["consultation"] * (2 if is_watched else 0)


def test_report_says_how_far_the_record_reaches_and_not_that_discs_were_made_then(bench, tmp_path):
    text, _ = report(bench, making.recorded(bench.officer).recording, tmp_path)
    assert "as it stood when the discs were asked for, " in text
    assert ", made 2" not in text
    assert "asked for " in text


@pytest.mark.parametrize(
    ("fast_s", "words"),
    [(12, "12 s fast when last compared"), (-7, "7 s slow"), (0, "right when last compared"), (None, "")],
)
def test_error_of_the_cameras_clock_is_printed_where_it_is_known(bench, tmp_path, fast_s, words):
    recording = making.recorded(bench.officer).recording
    Camera.objects.filter(pk=recording.camera_id).update(clock_fast_s=fast_s)
    recording = Recording.objects.get(pk=recording.pk)
    assert words in clock_words(recording)
    if fast_s == 12:
        text, _ = report(bench, recording, tmp_path)
        assert "Camera's clock 12 s fast when last compared; times here are not corrected" in text


def test_grants_restrictions_access_list_and_denials_leave_the_force_as_hashes_only(bench, tmp_path):
    recording = making.recorded(bench.officer).recording
    psd = factories.person(Role.PSD, first_name="Petra", surname="Standards")
    manager = factories.who(Role.EVIDENCE_MANAGER)
    restriction_set(who=making.who_is(psd), recording=recording, is_restricted=True, reason="Complaint")
    given = access_give(who=making.who_is(psd), recording=recording, person=psd, reason="Complaint")
    with pytest.raises(Denied) as refused:
        recording_for(making.who_is(factories.person(Role.OFFICER)), recording.pk)
    denial_record(refused.value)
    access_end(who=manager, recording=recording, grant_id=given.id)
    restriction_set(who=making.who_is(psd), recording=recording, is_restricted=False, reason="Over")
    text, rows = report(bench, Recording.objects.get(pk=recording.pk), tmp_path)
    internal = {
        event.subject_seq
        for event in Event.objects.filter(subject_kind=KIND, subject_id=recording.id)
        if event.verb in {Verb.GRANT_GIVEN, Verb.GRANT_REVOKED, Verb.RESTRICTION_CHANGED, Verb.ACCESS_DENIED}
    }
    assert len(internal) == 5
    assert {row["seq"] for row in rows if row.get("class") == "internal access"} == internal
    assert all(set(row) == {"seq", "leaf", "withheld", "class", "proof"} for row in rows if row["withheld"])
    for word in ("Standards", "restrict", "gave access", "took back"):
        assert word not in text
        assert word not in json.dumps(rows)
    assert [withheld_as(line) for line in making.said(KIND, recording.id) if line.seq not in internal] == [""] * (
        len(rows) - 5 + 1  # on the disc, which came after the record was cut
    )
