"""What cannot be made is refused before a job exists, each with its own sentence."""

import pytest

from evidence.editing.errors import EditRefused, NotEditable
from evidence.editing.services import clip_request, redaction_request, still_request, transcode_request
from evidence.editing.stretches import Edge, Stretch
from evidence.http.idempotency import IdempotencyKeyReused
from evidence.identity.errors import ReasonMissing
from evidence.jobs.models import Job
from tests.editing.material import COUNT, HEIGHT, WIDTH, drawn, frames, made, prepared, track, verbs
from tests.workers.media.sources import source

pytestmark = [pytest.mark.django_db, pytest.mark.once]
runs_jobs = pytest.mark.django_db(transaction=True)
OTHER_VERSION = (
    "This drawing was made by another version of the page (2; this one knows 1). Reload the page and draw it again."
)
END = "which has frames 0 to 74 and ends at 0:03.000. Move it inside."


def clipped(who, recording, *stretches, reason="For interview"):
    return clip_request(who=who, recording=recording, stretches=stretches, reason=reason)


def redacted(who, recording, draft):
    return redaction_request(who=who, recording=recording, draft=draft, reason="Third party")


def seconds(start: float, end: float) -> Stretch:
    return Stretch(Edge.at_s(start), Edge.at_s(end))


@pytest.mark.parametrize(
    ("stretches", "code", "sentence"),
    [
        ([], "no-segment", "Nothing is chosen. Choose at least one segment to keep."),
        ([frames(10, 10)], "empty", "Segment 1 is shorter than one frame. Move its end after its start."),
        ([frames(20, 10)], "empty", "Segment 1 ends before it starts. Move its end after its start."),
        ([frames(-1, 10)], "out-of-range", f"Segment 1 reaches beyond the recording, {END}"),
        ([frames(0, COUNT + 1)], "out-of-range", f"Segment 1 reaches beyond the recording, {END}"),
        ([frames(0, 5), seconds(1, 9)], "out-of-range", f"Segment 2 reaches beyond the recording, {END}"),
        ([seconds(-1, 1)], "out-of-range", f"Segment 1 reaches beyond the recording, {END}"),
        ([seconds(2.001, 2.002)], "empty", "Segment 1 is shorter than one frame. Move its end after its start."),
        (
            [frames(0, 30), frames(25, 50)], "overlapping",
            "Segments 1 and 2 overlap from 0:01.000 to 0:01.200. Join them, or move one.",
        ),
        (
            [frames(0, 74), frames(5, 10), frames(60, 70)], "overlapping",
            "Segments 1 and 2 overlap from 0:00.200 to 0:00.400. Join them, or move one.",
        ),
    ],
)  # fmt: skip
def test_stretches_that_cannot_be_cut(who, master, stretches, code, sentence):
    with pytest.raises(EditRefused) as refused:
        clipped(who, master, *stretches)
    assert (refused.value.faults[0].code, refused.value.message) == (code, sentence)
    assert not Job.objects.filter(kind="copy.render").exists()
    assert "recording:copy:requested" not in verbs(master)


@runs_jobs
def test_same_stretch_twice_is_a_repeat_and_is_made(who, master, tmp_path):
    from tests.editing.material import fetched, numbers

    clip = made(clipped(who, master, frames(10, 14), frames(10, 14)))
    assert numbers(fetched(clip, tmp_path)) == [10, 11, 12, 13] * 2


def test_stretch_may_end_where_sound_or_a_rounded_clock_says_that_the_recording_ends(who, master):
    assert clipped(who, master, seconds(2.0, 3.0)).state == "queued"
    assert clipped(who, master, seconds(2.0, master.duration_s)).state == "queued"


@pytest.mark.parametrize(
    ("draft", "code", "sentence"),
    [
        (
            drawn([track(0, 10, x=WIDTH, y=0, w=20, h=20)]), "box-outside",
            f"The box of Face 1 on frame 0 lies outside the picture ({WIDTH} by {HEIGHT} pixels). Move it inside.",
        ),
        (
            drawn([track(0, 10, x=-30, y=0, w=20, h=20)]), "box-outside",
            f"The box of Face 1 on frame 0 lies outside the picture ({WIDTH} by {HEIGHT} pixels). Move it inside.",
        ),
        (
            drawn([track(0, 10, x=5, y=5, w=0, h=20)]), "no-size",
            "The box of Face 1 on frame 0 has no size. Make it at least one pixel wide and high.",
        ),
        (
            drawn([track(0, None)]), "no-end",
            "Track 't1' has no end. Mark where it leaves the picture, or set its last frame.",
        ),
        (
            drawn([track(0, COUNT + 1)]), "out-of-range",
            "Track 't1' ends at frame 76; that must be after frame 0 and at most 75.",
        ),
        (drawn([track(0, 10), track(20, 30)]), "same-id", "Tracks 0 and 1 are both called 't1'."),
        (
            drawn(), "nothing-redacted",
            "Nothing is covered and nothing is muted. Draw a box, mute a stretch, or make a clip instead.",
        ),
        (
            drawn(mutes=[{"start_frame": 70, "end_frame": 80, "reason": "privacy"}]), "out-of-range",
            f"Muted stretch 1 reaches beyond the recording, {END}",
        ),
        (
            drawn(frames=[{"start_frame": 9, "end_frame": 9, "effect": "solid"}]), "empty",
            "Covered stretch 1 is shorter than one frame. Move its end after its start.",
        ),
        (
            drawn([track(0, 10)], segments=[{"start_frame": 0, "end_frame": 9}, {"start_frame": 5, "end_frame": 20}]),
            "overlapping", "Segments 1 and 2 overlap from 0:00.200 to 0:00.360. Join them, or move one.",
        ),
        (
            {**drawn([track(0, 10)]), "v": 2}, "other-version",
            OTHER_VERSION,
        ),
        ({**drawn([track(0, 10)]), "blurs": []}, "unknown-part", "A draft has no part called 'blurs'."),
        (["a", "list"], "not-a-draft", "The draft must be a JSON object."),
        (
            drawn([{**track(0, 10), "effect": "blur"}]), "not-a-choice",
            "'effect' of /tracks/0 must be one of none, solid, pixelate.",
        ),
        (drawn([{**track(0, 10), "reason": ""}]), "missing", "Say why it is covered: choose a reason."),
        (drawn([{**track(0, 10), "reason": "Not a code!"}]), "not-a-code", None),
        (
            drawn([{**track(0, 10), "keyframes": []}]), "no-box",
            "A track without a box covers nothing. Draw one, or remove it.",
        ),
        (
            drawn([{**track(0, 10), "keyframes": [{"frame": 0.5, "x": 1, "y": 1, "w": 9, "h": 9}]}]), "not-whole",
            "'frame' of /tracks/0/keyframes/0 must be a whole number.",
        ),
        (drawn(mutes=7), "not-a-list", "'mutes' must be a list of at most 5,000 things."),
    ],
)  # fmt: skip
def test_drawings_that_cannot_be_made(who, master, draft, code, sentence):
    with pytest.raises(EditRefused) as refused:
        redacted(who, master, draft)
    fault = refused.value.faults[0]
    if sentence is not None:
        assert (fault.code, fault.detail) == (code, sentence)
    assert fault.pointer.startswith("/") or code == "not-a-draft"
    assert not Job.objects.filter(kind="copy.render").exists()


def test_every_fault_is_told_at_once_with_its_place(who, master):
    draft = drawn([track(0, 10, x=999, y=0, w=5, h=5)], mutes=[{"start_frame": 5, "end_frame": 1, "reason": "privacy"}])
    with pytest.raises(EditRefused) as refused:
        redacted(who, master, draft)
    assert [fault.pointer for fault in refused.value.faults] == ["/mutes/0", "/tracks/0/keyframes/0"]


def test_muting_is_not_applicable_where_there_is_no_sound(who, silent):
    with pytest.raises(EditRefused) as refused:
        redacted(who, silent, drawn(mutes=[{"start_frame": 5, "end_frame": 9, "reason": "privacy"}]))
    assert refused.value.faults[0].code == "not-applicable"
    assert refused.value.message == (
        "Muting is not applicable: this recording has no sound. Take the muted stretches out."
    )


def test_box_partly_outside_is_made_and_a_box_that_leaves_and_returns_is_two_runs(who, master):
    box = {"x": WIDTH - 20, "y": 10, "w": 60, "h": 40}
    keys = [
        {"frame": 0, **box, "outside": False}, {"frame": 10, "outside": True}, {"frame": 30, **box, "outside": False},
    ]  # fmt: skip
    job = redacted(who, master, drawn([{**track(0, 40), "keyframes": keys}]))
    (drawn_track,) = job.params["recipe"]["tracks"]
    assert [len(run["boxes"]) for run in drawn_track["runs"]] == [1, 1]
    assert drawn_track["reason"] == "privacy"


@pytest.mark.parametrize("frame", [-1, COUNT])
def test_still_of_a_frame_that_is_not_there(who, master, frame):
    with pytest.raises(EditRefused) as refused:
        still_request(who=who, recording=master, moment=Edge(frame=frame), reason="Identification")
    assert refused.value.message == f"The still reaches beyond the recording, {END}"


def test_every_order_needs_a_reason(who, master):
    with pytest.raises(ReasonMissing):
        clipped(who, master, frames(0, 5), reason="  ")
    with pytest.raises(ReasonMissing):
        redaction_request(who=who, recording=master, draft=drawn([track(0, 9)]), reason="")
    with pytest.raises(ReasonMissing):
        still_request(who=who, recording=master, moment=Edge(frame=1), reason="")
    with pytest.raises(ReasonMissing):
        transcode_request(who=who, recording=master, reason="")


@runs_jobs
def test_what_cannot_be_played_cannot_be_edited_and_says_why(who, officer, tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("this is no video at all\n" * 100)
    unplayable = prepared(text, officer=officer)
    with pytest.raises(NotEditable, match="cannot be played, so nothing can be cut from it"):
        clipped(who, unplayable, frames(0, 5))
    with pytest.raises(NotEditable, match="prepared and can be played"):
        transcode_request(who=who, recording=unplayable, reason="For the CPS")


def test_what_is_not_prepared_yet_cannot_be_edited_yet(who, officer, tmp_path):
    from tests import factories

    waiting = factories.sealed(source("mp4"), officer=officer).recording
    with pytest.raises(NotEditable, match="still being prepared"):
        clipped(who, waiting, frames(0, 5))


@runs_jobs
def test_sound_alone_has_no_frames_to_cut_but_a_plain_mp4_is_made_of_it(who, officer):
    sound = prepared(source("sound_only"), officer=officer)
    with pytest.raises(NotEditable, match="Make a plain MP4 of it instead"):
        clipped(who, sound, frames(0, 5))
    assert made(transcode_request(who=who, recording=sound, reason="For the CPS")).has_audio is True


@runs_jobs
def test_still_cannot_be_cut(who, master):
    still = made(still_request(who=who, recording=master, moment=Edge(frame=3), reason="Identification"))
    with pytest.raises(NotEditable, match="A still is one picture"):
        clipped(who, still, frames(0, 1))
    with pytest.raises(NotEditable):
        transcode_request(who=who, recording=still, reason="For the CPS")


def test_same_asking_sent_twice_is_one_job_and_one_event(who, master):
    first, second = (
        clip_request(who=who, recording=master, stretches=[frames(0, 5)], reason="For interview", request_key="k1")
        for _ in range(2)
    )
    assert first.pk == second.pk
    assert verbs(master).count("recording:copy:requested") == 1


def test_same_name_for_something_else_is_refused_and_another_person_may_use_it(who, master):
    from evidence.identity.roles import Role
    from tests import factories

    clip_request(who=who, recording=master, stretches=[frames(0, 5)], reason="For interview", request_key="k1")
    with pytest.raises(IdempotencyKeyReused):
        clip_request(who=who, recording=master, stretches=[frames(0, 6)], reason="For interview", request_key="k1")
    with pytest.raises(IdempotencyKeyReused):
        transcode_request(who=who, recording=master, reason="For interview", request_key="k1")
    other = factories.who(Role.INVESTIGATOR)
    clip_request(who=other, recording=master, stretches=[frames(0, 6)], reason="For interview", request_key="k1")
    assert Job.objects.filter(kind="copy.render").count() == 2
