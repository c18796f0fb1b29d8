"""A finished redaction is looked at again by the real detector in the sandbox; its copy never suffers for it."""

import hashlib
import json

import pytest

from evidence.identity.who import who_is
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_cancel, job_retry
from evidence.recordings.models import State
from evidence.recordings.queries import original_file
from evidence.signoff.errors import ListSigned, NotRedacted
from evidence.signoff.models import Look, LookState
from evidence.signoff.queries import listed, look_of
from evidence.signoff.services import look_ask, look_read, look_sign
from evidence.vault.models import ObjectIntent
from evidence.vault.services import object_read
from tests import factories
from tests.editing.material import record_of, verbs
from tests.jobs.running import jobs_run
from tests.signoff.material import left_covered
from workers.handlers import look_again
from workers.handlers.attempt import attempt
from workers.media.detect.report import DetectorFacts, LookAgainReport, Place, Places, VideoFacts
from workers.media.wire import to_obj

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def test_a_redaction_is_looked_at_by_itself_and_what_was_left_bare_is_listed(settings):
    settings.LOOK_AGAIN = ("faces",)
    officer = factories.person()
    copy = left_covered(officer, segments=[{"start_frame": 20, "end_frame": 45}])
    look = look_of(copy)
    told = look_read(who=who_is(officer), look=look)
    (found,) = told.places
    assert (look.state, look.number, look.asked_by, look.frames) == (LookState.DONE, 1, None, 25)
    assert (found.kind, found.box[0] > 240, found.decision) == ("face", True, "")
    assert (found.first_frame, found.end_frame, found.start_ms, found.end_ms) == (0, 25, 0, 1000)
    assert (found.source_file, found.source_frame) == (original_file(copy.parent).pk, 20 + found.box_frame)
    assert found.found_by == f"centerface:{look.detectors[0]['version']}:{look.detectors[0]['sha256']}"
    picture = b"".join(object_read(look.pictures, 0, look.pictures.size_bytes))
    assert (picture[:2], hashlib.sha256(picture).hexdigest()) == (b"\xff\xd8", found.picture_sha256)
    assert [verb for verb in verbs(copy) if ":look:" in verb] == [
        "copy:look:requested", "copy:look:finished", "copy:look:read",
    ]  # fmt: skip
    finished = next(line for line in record_of(copy) if line.verb == "copy:look:finished")
    assert finished.body["data"]["list_sha256"] == told.sha256
    job = Job.objects.get(pk=look.job_id)
    assert (job.requested_by_id, job.result["look"]) == (officer.id, str(copy.id))


def test_a_detector_that_is_not_installed_is_told_and_leaves_the_copy_usable(scene, copy):
    look = look_ask(who=who_is(scene.officer), copy=copy)
    # as where the package with the weights is not installed: the sandbox's own answer to a name it has no detector for
    Job.objects.filter(pk=look.job_id).update(params={"look": str(look.id), "detectors": ["weights-that-are-not-here"]})
    jobs_run()
    look.refresh_from_db()
    assert (look.state, Job.objects.get(pk=look.job_id).error_code) == (LookState.FAILED, "media:detector_missing")
    assert look.because == f"{look_again.MISSING} {look_again.USABLE}"
    copy.refresh_from_db()
    assert copy.state == State.PLAYABLE
    assert verbs(copy)[-1] == "copy:look:failed"
    signed = look_sign(who=who_is(scene.sergeant), look=look, list_sha256=listed(look).sha256, has_watched=True)
    assert signed.look == look


def test_a_look_that_is_stopped_says_by_whom_and_can_be_tried_again(scene, copy):
    look = look_ask(who=who_is(scene.officer), copy=copy)
    job = Job.objects.get(pk=look.job_id)
    job_cancel(job=job, actor=who_is(scene.officer).actor)
    attempt(job.pk)
    look.refresh_from_db()
    assert (look.state, look.because) == (
        LookState.CANCELLED, f"{scene.officer.label} stopped the detector, so there is no list.",
    )  # fmt: skip
    assert (record_of(copy)[-1].verb, record_of(copy)[-1].actor_name) == ("copy:look:cancelled", scene.officer.label)
    job_retry(job=job, actor=who_is(scene.officer).actor)
    assert attempt_until_over(job).state == JobState.FAILED, "the copy of this scene is no film"
    look.refresh_from_db()
    assert look.state == LookState.FAILED


def attempt_until_over(job: Job) -> Job:
    jobs_run()
    job.refresh_from_db()
    return job


def test_what_was_signed_without_a_detector_is_not_looked_at_under_the_signature(scene, copy):
    look = look_ask(who=who_is(scene.officer), copy=copy)
    job = attempt_until_over(Job.objects.get(pk=look.job_id))
    look_sign(who=who_is(scene.sergeant), look=look, list_sha256=listed(again(look)).sha256, has_watched=True)
    job_retry(job=job, actor=who_is(scene.officer).actor)
    job = attempt_until_over(job)
    assert job.error_code == ListSigned.code
    assert again(look).state == LookState.FAILED


def again(look: Look) -> Look:
    return Look.objects.select_related("copy").get(pk=look.pk)


def test_only_a_redaction_is_looked_at_again(scene, tmp_path):
    clip = factories.copy_of(scene.file, b"a clip", tmp=tmp_path, made_by=scene.officer)
    with pytest.raises(NotRedacted):
        look_ask(who=who_is(scene.officer), copy=clip)


def test_what_the_sandbox_says_is_held_against_the_copy_before_it_is_kept(scene, copy, monkeypatch):
    """A process that hostile bytes took over can write what it likes."""
    lie = {"frames": (0, 10), "box": (0, 5, 5, 20, 20), "box_frame": 3, "thumbnail_jpeg": "PHNjcmlwdD4="}
    facts = DetectorFacts(name="x", version="1", sha256="a" * 64, licence="MIT", kind="face", refused=0)
    video = VideoFacts(stream=0, time_base=(1, 25), width=64, height=64, rotation=0, sar=(1, 1))

    def lying(**more):
        usual = {
            "track": "1", "kind": "face", "found_by": f"x:1:{'a' * 64}", "score": 0.9, "is_doubtful": False,
            "start": 0, "end": 10, "start_s": 0.0, "end_s": 0.4, **lie, **more,
        }  # fmt: skip
        listing = Places(
            v=1, video=video, frames=10, detectors=(facts,), places=(Place(**usual),), covered=0, findings=()
        )

        def run(work, kind, *args, out_dir, **options):
            (out_dir / "places.json").write_text(json.dumps(to_obj(listing)))
            return LookAgainReport(
                v=1, frames=10, places=1, places_doubtful=0, covered=0, detectors=(facts,), findings=()
            )

        monkeypatch.setattr(look_again, "media_run", run)
        look = look_ask(who=who_is(scene.officer), copy=copy)
        Job.objects.filter(pk=look.job_id).update(max_attempts=1)
        jobs_run()
        return again(look)

    for wrong in ({"frames": (0, 11)}, {"box_frame": 10}, {"score": 1.5}, {"end_s": float("nan")}):
        assert lying(**wrong).state == LookState.FAILED
    kept = lying()
    (place,) = listed(kept).places
    assert (kept.state, place.picture_bytes, kept.pictures) == (LookState.DONE, 0, None), "what is no JPEG is dropped"
    assert "could not be told apart" in kept.findings[0]
    assert not ObjectIntent.objects.exists()
