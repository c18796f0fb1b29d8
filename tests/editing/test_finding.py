"""Looking for faces: asked once, shared out in stretches, kept as they end, known from then on, taken into a draft."""

import hashlib
import json
from pathlib import Path

import pytest

from evidence.editing.drawing import drawing_read
from evidence.editing.errors import DetectionMissing, DetectionOver, EditRefused, NotEditable
from evidence.editing.finds import draft_rows
from evidence.editing.queries import detection_for, proposals_of, standing_of
from evidence.editing.services import (
    detection_cancel,
    detection_request,
    redaction_request,
)
from evidence.identity.errors import Denied
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.models import Job, JobState
from evidence.recordings.queries import original_file
from tests import factories
from tests.editing.material import drawn, record_of, verbs
from tests.editing.people_material import FRAMES, REFRESH, filmed, looked, stretch_looked
from tests.jobs.running import jobs_run
from workers.handlers.attempt import attempt
from workers.media.detect import centerface
from workers.media.detect.asking import OWN_NAMES
from workers.media.detect.chosen import OWN

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def in_two(settings):
    """The recording is looked through in two stretches."""
    settings.DETECTION_STRETCH_S = 1


@pytest.fixture
def people(officer):
    return filmed(officer)


@pytest.fixture
def manager():
    return who_is(factories.person(Role.EVIDENCE_MANAGER))


def attempt_next(kind: str) -> None:
    attempt(Job.objects.filter(kind=kind, state=JobState.QUEUED).order_by("seq").first().pk)


def taken(proposal, identifier="t1", **more):
    """A proposal as the page puts it into a draft."""
    samples, end = draft_rows(proposal.pieces)
    return {
        "id": identifier, "kind": proposal.kind, "effect": "solid", "reason": "privacy", "keyframes": [],
        "samples": samples, "end": end, "found": [piece.id for piece in proposal.pieces],
        "found_by": proposal.found_by, **more,
    }  # fmt: skip


def test_a_recording_is_looked_through_in_stretches_and_what_was_found_becomes_tracks_of_a_recipe(who, people, in_two):
    detection = detection_request(who=who, recording=people, detectors=["faces"], reason="Third party")
    jobs_run()
    detection = detection_for(who, people, detection.pk)
    assert standing_of(detection).stretches == ((0, REFRESH, True), (REFRESH, FRAMES, True))
    (detector,) = detection.detectors
    assert (detector["name"], detector["licence"], len(detector["sha256"])) == ("centerface", "MIT", 64)
    walker, other = proposals_of(detection)
    assert [len(each.pieces) for each in (walker, other)] == [2, 1]
    assert (walker.start_frame, walker.end_frame) == (0, FRAMES), "one person is one track across the joint"
    assert other.end_frame < REFRESH
    draft = drawn([taken(walker), taken(other, "t2", effect="none")])
    job = redaction_request(who=who, recording=people, draft=draft, reason="Third party")
    covered, left = job.params["recipe"]["tracks"]
    assert covered["found_by"] == f"centerface:{detector['version']}:{detector['sha256']}" == walker.found_by
    assert len(covered["runs"][0]["boxes"]) == len(taken(walker)["samples"])
    assert (left["effect"], left["found_by"]) == ("none", walker.found_by), "what is left visible is on record"
    told = [line for line in record_of(people) if ":detection:" in line.verb]
    assert [line.verb for line in told] == ["recording:detection:requested", "recording:detection:finished"]
    assert told[1].body["data"]["found_by"] == [walker.found_by]


def test_asked_for_again_it_is_one_job_while_it_lasts_and_known_afterwards_and_that_is_told(who, people, manager):
    first = detection_request(who=who, recording=people, detectors=["faces"])
    assert standing_of(first).state == "live"
    assert looked(who, people).job_id == first.job_id
    again = detection_request(who=manager, recording=people, detectors=["faces"])
    assert again.pk == first.pk
    assert Job.objects.filter(kind="find.tracks").count() == 1
    asked = [line for line in record_of(people) if line.verb == "recording:detection:requested"]
    assert [line.body["data"]["is_known"] for line in asked] == [False, False, True]
    assert detection_request(who=who, recording=people, detectors=["faces-quick"]).pk != first.pk


def test_a_look_is_stopped_by_whoever_may_edit_and_asked_for_again_it_goes_on_where_it_was(
    who, people, manager, in_two
):
    detection = detection_request(who=who, recording=people, detectors=["faces"])
    attempt_next("find.tracks")
    stretch_looked(detection.job.children.get(seq=0))
    detection_cancel(who=manager, detection=detection)
    attempt(detection.job_id)
    assert (record_of(people)[-1].verb, record_of(people)[-1].actor_name) == (
        "recording:detection:cancelled", manager.actor.name,
    )  # fmt: skip
    detection = detection_for(who, people, detection.pk)
    assert (standing_of(detection).state, standing_of(detection).ready) == ("cancelled", 1)
    assert len(proposals_of(detection)) == 2, "what was looked at is there to be used"
    kept = detection.stretches.get().pk
    with pytest.raises(DetectionOver):
        detection_cancel(who=manager, detection=detection)
    detection = detection_request(who=who, recording=people, detectors=["faces"])
    attempt(detection.job_id)
    assert [job.state for job in detection.job.children.order_by("seq")] == [JobState.SUCCEEDED, JobState.QUEUED]
    assert detection.stretches.get().pk == kept, "it is not looked at again"


@pytest.mark.once
def test_a_draft_cannot_say_that_a_detector_found_what_it_did_not_and_a_person_overrides_what_it_did(
    who, people, silent
):
    walker, _ = proposals_of(looked(who, people))
    track = taken(walker)
    wrong = (
        {**track, "found": []},
        {**track, "found_by": "hand"},
        {**track, "found_by": "better:1.0:" + "a" * 64},
        {**track, "found": [f"{walker.id.partition('/')[0]}/99"]},
        {**track, "found": ["nothing"]},
    )
    for each in wrong:
        with pytest.raises(EditRefused, match="did not find it in this recording"):
            redaction_request(who=who, recording=people, draft=drawn([each]), reason="Third party")
    with pytest.raises(EditRefused, match="did not find it in this recording"):
        redaction_request(who=who, recording=silent, draft=drawn([track]), reason="Third party")
    # what it did find is taken, and a person's key frame overrides the sample of its frame
    frame = track["samples"][0][0]
    track["keyframes"] = [{"frame": frame, "x": 1, "y": 2, "w": 30, "h": 40, "outside": False}]
    job = redaction_request(who=who, recording=people, draft=drawn([track]), reason="Third party")
    (run,) = job.params["recipe"]["tracks"][0]["runs"]
    assert run["boxes"][0][1:] == [1, 2, 30, 40]
    assert len(run["boxes"]) == len(track["samples"])


@pytest.mark.once
def test_samples_that_are_none_are_refused():
    row = {"id": "t1", "kind": "face", "effect": "solid", "reason": "privacy", "end": 9}
    assert drawing_read(drawn([{**row, "samples": [[0, 1, 2, 3, 4], [5]]}])).tracks[0].keys[1].outside
    for samples in [[0, 1, 2, 3]], [["0"]], [[0, 1.5, 2, 3, 4]], [5], [[True]], {"0": 1}, [[2**40, 0, 0, 9, 9]]:
        with pytest.raises(EditRefused):
            drawing_read(drawn([{**row, "samples": samples}]))


def test_what_cannot_be_looked_for_or_looked_at_is_refused_with_what_to_do(who, people, tmp_path):
    with pytest.raises(EditRefused, match=r"no detector called 'ghosts' here\. There are: faces, "):
        detection_request(who=who, recording=people, detectors=["faces", "ghosts"])
    with pytest.raises(EditRefused, match="Choose what to look for"):
        detection_request(who=who, recording=people, detectors=[])
    file = original_file(people)
    for probe, said in ({**file.probe, "video": []}, "This recording has no picture"), (None, "still being prepared"):
        file.probe = probe
        file.save(update_fields=["probe"])
        with pytest.raises(NotEditable, match=said):
            detection_request(who=who, recording=people, detectors=["faces"])
    stranger = who_is(factories.person(Role.OFFICER))
    with pytest.raises(Denied):
        detection_request(who=stranger, recording=people, detectors=["faces"])
    with pytest.raises(DetectionMissing):
        detection_for(who, people, people.pk)
    assert "recording:detection:requested" not in verbs(people)


ONNX = {"use": "onnx", "file": "/nowhere/own.onnx", "version": "1", "licence": "MIT", "kind": "face"}


@pytest.mark.once
@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        (ONNX, "detector-missing", "The file of the detector 'own' is not there. Ask the administrator."),
        pytest.param(
            {"use": "python", "factory": "json:loads"},
            "media:detector_refused",
            "Is its package installed here?",
            marks=pytest.mark.slow,
        ),
        ({"use": "python", "factory": "os:abort"}, "tool_failed", "was ended by the detector, or by the recording"),
    ],
)
def test_a_detector_of_the_forces_own_that_is_missing_or_crashes_is_told_as_its_fault(
    who, people, settings, tmp_path, row, code, said
):
    settings.DETECTORS_FILE = tmp_path / "detectors.json"
    settings.DETECTORS_FILE.write_text(json.dumps({"v": 1, "detectors": [{**row, "name": "own"}]}))
    detection = detection_request(who=who, recording=people, detectors=["own"])
    attempt_next("find.tracks")
    Job.objects.filter(kind="find.stretch").update(max_attempts=1)
    attempt_next("find.stretch")
    attempt(detection.job_id)
    detection = detection_for(who, people, detection.pk)
    assert (standing_of(detection).state, detection.job.error_code) == ("failed", code)
    assert said in standing_of(detection).words
    assert verbs(people)[-1] == "recording:detection:failed"


@pytest.mark.slow
def test_a_detector_of_the_forces_own_finds_and_is_recorded_by_what_it_is(who, people, settings, tmp_path):
    settings.DETECTORS_FILE = tmp_path / "detectors.json"
    row = {"use": "python", "name": "own", "factory": "workers.media.detect.centerface:CenterFace"}
    settings.DETECTORS_FILE.write_text(json.dumps({"v": 1, "detectors": [row]}))
    detection = detection_request(who=who, recording=people, detectors=["own"])
    jobs_run()
    detection = detection_for(who, people, detection.pk)
    code = hashlib.sha256(Path(centerface.__file__).read_bytes()).hexdigest()
    assert [row["sha256"] for row in detection.detectors] == [code]
    assert proposals_of(detection)


@pytest.mark.once
def test_the_names_that_are_offered_are_those_that_there_are():
    assert set(OWN_NAMES) == set(OWN)
