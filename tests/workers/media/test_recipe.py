import copy
import json
import subprocess
import sys

import pytest

from workers.media.recipe import (
    Audio,
    AudioRange,
    Box,
    FrameRange,
    KnownFile,
    RecipeError,
    Run,
    Segment,
    Source,
    Track,
    Video,
    clip_recipe,
    recipe_bytes,
    recipe_parse,
    recipe_parse_bytes,
    recipe_sha256,
    recipe_to_obj,
    redaction_recipe,
    still_recipe,
)

FILE = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
SHA = "ab" * 32
VIDEO = Video(stream=0, time_base=(1, 12800), width=640, height=480)
SOURCE = Source(
    file=FILE, sha256=SHA, role="master", video=VIDEO, audio=Audio(stream=1, time_base=(1, 48000), rate=48000)
)
RUN = Run(start=0, end=5120, boxes=(Box(0, 10, 20, 30, 40), Box(2560, 50, 60, 30, 40)))


def track(**changes) -> Track:
    facts = {
        "id": "face-1",
        "kind": "face",
        "found_by": "hand",
        "shape": "box",
        "effect": "solid",
        "inverse": False,
        "reason": "third_party",
        "source": 0,
        "runs": (RUN,),
    }
    return Track(**(facts | changes))


def full() -> dict:
    recipe = redaction_recipe(
        sources=[SOURCE],
        segments=[Segment(0, 0, 12800), Segment(0, 25600, 30000)],
        tracks=[track()],
        frames=[FrameRange(0, 100, 200, "pixelate")],
        mutes=[AudioRange(0, 4800, 9600, "bleep", "third_party")],
    )
    return json.loads(recipe_bytes(recipe))


def problems(obj, **more) -> dict[str, str]:
    with pytest.raises(RecipeError) as caught:
        recipe_parse(obj, **more)
    return {problem.pointer: problem.code for problem in caught.value.problems}


def changed(path: str, value) -> dict:
    """The full recipe with one part set, or taken out where value is KeyError."""
    obj = copy.deepcopy(full())
    *steps, last = [int(step) if step.isdigit() else step for step in path.strip("/").split("/")]
    at = obj
    for step in steps:
        at = at[step]
    if value is KeyError:
        del at[last]
    else:
        at[last] = value
    return obj


def test_a_recipe_reads_back_as_it_was_written():
    recipe = recipe_parse(full())
    assert recipe_to_obj(recipe_parse(recipe_to_obj(recipe))) == recipe_to_obj(recipe)
    assert recipe_parse_bytes(recipe_bytes(recipe)) == recipe


def test_the_hash_of_version_1_never_changes():
    assert recipe_sha256(recipe_parse(full())) == "f7cbb5f8a8f21947a2a7f0eb7addb9bf4c66e2865b4e373e887842c601ace34d"


def test_the_shape_is_version_1s():
    obj = full()
    assert list(obj) == sorted(["v", "sources", "segments", "tracks", "frames", "audio", "params", "overlay", "output"])
    assert obj["tracks"][0]["runs"][0]["boxes"][1] == [2560, 50, 60, 30, 40]
    assert obj["params"] == {
        "pad_pct": 30,
        "hold_frames": 10,
        "blocks": 8,
        "fill": [16, 128, 128],
        "mute_widen_ms": 100,
        "bleep_hz": 1000,
    }
    assert obj["overlay"] is None


@pytest.mark.parametrize(
    ("path", "value", "pointer", "code"),
    [
        ("/v", 3, "/v", "newer_version"),
        ("/v", 0, "/v", "out_of_bounds"),
        ("/v", "1", "/v", "not_an_integer"),
        ("/v", True, "/v", "not_an_integer"),
        ("/segments", [], "/segments", "no_segment"),
        ("/segments/0/end", 0, "/segments/0/end", "empty_range"),
        ("/segments/0/end", -5, "/segments/0/end", "empty_range"),
        ("/segments/0/end", 12800.0, "/segments/0/end", "not_an_integer"),
        ("/segments/0/end", KeyError, "/segments/0/end", "missing"),
        ("/segments/0/start", 2**53, "/segments/0/start", "out_of_bounds"),
        ("/segments/0/source", 1, "/segments/0/source", "unknown_source"),
        ("/segments/0/source", -1, "/segments/0/source", "out_of_bounds"),
        ("/segments/1/start", 12799, "/segments/1", "segments_overlap"),
        ("/segments/0/colour", "red", "/segments/0/colour", "unknown_key"),
        ("/sources", [], "/sources", "no_source"),
        ("/sources/0/file", "../../etc/passwd", "/sources/0/file", "not_understood"),
        ("/sources/0/sha256", SHA.upper(), "/sources/0/sha256", "not_understood"),
        ("/sources/0/role", "draft", "/sources/0/role", "not_a_choice"),
        ("/sources/0/video/rotation", 45, "/sources/0/video/rotation", "not_a_choice"),
        ("/sources/0/video/time_base", [1, 0], "/sources/0/video/time_base/1", "out_of_bounds"),
        ("/sources/0/video/time_base", [1], "/sources/0/video/time_base", "wrong_length"),
        ("/sources/0/audio", None, "/audio/0/source", "no_sound"),
        ("/sources/0/video", None, "/tracks/0/source", "no_picture"),
        ("/tracks/0/effect", "blur", "/tracks/0/effect", "not_a_choice"),
        ("/tracks/0/found_by", "yunet", "/tracks/0/found_by", "not_understood"),
        ("/tracks/0/runs", [], "/tracks/0/runs", "empty_track"),
        ("/tracks/0/runs/0/end", KeyError, "/tracks/0/runs/0/end", "missing"),
        ("/tracks/0/runs/0/boxes", [], "/tracks/0/runs/0/boxes", "no_box"),
        ("/tracks/0/runs/0/boxes/0", [0, 640, 0, 10, 10], "/tracks/0/runs/0/boxes/0", "box_outside_picture"),
        ("/tracks/0/runs/0/boxes/0", [0, -10, 0, 10, 10], "/tracks/0/runs/0/boxes/0", "box_outside_picture"),
        ("/tracks/0/runs/0/boxes/0", [0, 0, 500, 10, 10], "/tracks/0/runs/0/boxes/0", "box_outside_picture"),
        ("/tracks/0/runs/0/boxes/0", [0, 0, 0, 0, 10], "/tracks/0/runs/0/boxes/0/3", "out_of_bounds"),
        ("/tracks/0/runs/0/boxes/0", [0, 0, 0, 10], "/tracks/0/runs/0/boxes/0", "wrong_length"),
        ("/tracks/0/runs/0/boxes/1", [0, 1, 1, 9, 9], "/tracks/0/runs/0/boxes/1/0", "boxes_unordered"),
        ("/tracks/0/runs/0/boxes/1", [5120, 1, 1, 9, 9], "/tracks/0/runs/0/boxes/1/0", "box_outside_run"),
        ("/frames/0/effect", "none", "/frames/0/effect", "not_a_choice"),
        ("/frames", {}, "/frames", "not_a_list"),
        ("/audio/0/effect", "pitch", "/audio/0/effect", "not_a_choice"),
        ("/params/blocks", 9, "/params/blocks", "out_of_bounds"),
        ("/params/blocks", 1, "/params/blocks", "out_of_bounds"),
        ("/params/fill", [16, 128, 300], "/params/fill/2", "out_of_bounds"),
        ("/params/pad_pct", -1, "/params/pad_pct", "out_of_bounds"),
        ("/overlay", {"text": "x"}, "/overlay", "unknown_overlay"),
        ("/output/kind", "gif", "/output/kind", "not_a_choice"),
        ("/output/compatible", 1, "/output/compatible", "not_true_or_false"),
        ("/output", {"kind": "audio", "compatible": True, "audio": "drop"}, "/output/audio", "nothing_left"),
        ("/output", {"kind": "still", "compatible": True, "audio": "drop"}, "/segments", "one_segment"),
        ("/watermark", {}, "/watermark", "unknown_key"),
    ],
)
def test_a_hostile_recipe_is_refused_at_the_place_that_is_wrong(path, value, pointer, code):
    assert problems(changed(path, value)).get(pointer) == code


@pytest.mark.parametrize("value", [None, [], "recipe", 1, {}])
def test_what_is_no_recipe_at_all_is_refused(value):
    assert problems(value)


def test_every_problem_is_told_not_only_the_first():
    obj = full()
    obj["extra"] = 1
    obj["segments"][0]["end"] = "later"
    obj["tracks"][0]["shape"] = "star"
    obj["params"]["blocks"] = 100
    assert problems(obj) == {
        "/extra": "unknown_key",
        "/segments/0/end": "not_an_integer",
        "/tracks/0/shape": "not_a_choice",
        "/params/blocks": "out_of_bounds",
    }


def test_a_box_outside_the_picture_is_refused_with_the_distance():
    with pytest.raises(RecipeError, match="60 px beyond the right edge, 20 px beyond the bottom edge"):
        recipe_parse(changed("/tracks/0/runs/0/boxes/0", [0, 700, 500, 10, 10]))


def test_a_box_partly_outside_the_picture_is_accepted():
    recipe = recipe_parse(changed("/tracks/0/runs/0/boxes/0", [0, -5, -5, 10, 10]))
    assert recipe.tracks[0].runs[0].boxes[0] == Box(0, -5, -5, 10, 10)


def test_the_same_segment_may_be_shown_twice():
    recipe = recipe_parse(changed("/segments/1", {"source": 0, "start": 0, "end": 12800}))
    assert recipe.segments[0] == recipe.segments[1] == Segment(0, 0, 12800)


def test_the_overlap_of_segments_is_named():
    with pytest.raises(RecipeError, match="Segments 0 and 1 share the stretch 6400 to 12800"):
        recipe_parse(changed("/segments/1", {"source": 0, "start": 6400, "end": 20000}))


def test_a_long_segment_overlaps_a_later_one_behind_a_short_one():
    rows = [Segment(0, 0, 1000), Segment(0, 10, 20), Segment(0, 500, 600)]
    with pytest.raises(RecipeError) as caught:
        clip_recipe(sources=[SOURCE], segments=rows)
    assert [row.pointer for row in caught.value.problems] == ["/segments/1", "/segments/2"]


def test_two_runs_of_one_track_may_not_overlap():
    other = Run(start=5119, end=6000, boxes=(Box(5119, 1, 1, 9, 9),))
    with pytest.raises(RecipeError) as caught:
        redaction_recipe(sources=[SOURCE], segments=[Segment(0, 0, 9)], tracks=[track(runs=(RUN, other))])
    assert caught.value.problems[0].code == "runs_overlap"


def test_tracks_of_one_name_and_inverse_tracks_at_odds_are_refused():
    rows = [track(inverse=True), track(inverse=True, effect="pixelate"), track(id="n", inverse=True, effect="none")]
    with pytest.raises(RecipeError) as caught:
        redaction_recipe(sources=[SOURCE], segments=[Segment(0, 0, 9)], tracks=rows)
    assert [row.code for row in caught.value.problems] == [
        "same_id",
        "inverse_without_effect",
        "inverse_effects_differ",
        "inverse_effects_differ",
    ]


def test_a_recipe_for_another_master_is_refused():
    known = {FILE: KnownFile(sha256="cd" * 32, video=VIDEO, audio=SOURCE.audio)}
    assert problems(full(), known=known) == {"/sources/0/sha256": "other_master"}
    assert problems(full(), known={}) == {"/sources/0/file": "other_file"}


def test_a_recipe_for_another_picture_is_refused():
    other = Video(stream=0, time_base=(1, 90000), width=640, height=480)
    assert problems(full(), known={FILE: KnownFile(sha256=SHA, video=other, audio=SOURCE.audio)}) == {
        "/sources/0/video": "other_stream"
    }


def test_segments_beyond_the_recording_are_refused_with_the_distance():
    known = {
        FILE: KnownFile(sha256=SHA, video=VIDEO, audio=SOURCE.audio, video_range=(512, 29000), audio_range=(0, 9000))
    }
    assert problems(full(), known=known) == {
        "/segments/0/start": "out_of_range",
        "/segments/1/end": "out_of_range",
        "/frames/0/start": "out_of_range",
        "/audio/0/end": "out_of_range",
    }
    with pytest.raises(RecipeError, match="ends 1000 ticks after the recording does"):
        recipe_parse(full(), known=known)


def test_pictures_of_different_sizes_cannot_be_joined():
    other = Source(FILE, SHA, "master", Video(0, (1, 12800), 320, 240), None)
    with pytest.raises(RecipeError) as caught:
        clip_recipe(sources=[SOURCE, other], segments=[Segment(0, 0, 9), Segment(1, 0, 9)])
    assert caught.value.problems[0].code == "sources_differ"


def test_a_redaction_that_hides_nothing_is_refused():
    with pytest.raises(RecipeError) as caught:
        redaction_recipe(sources=[SOURCE], segments=[Segment(0, 0, 9)], tracks=[track(effect="none")])
    assert caught.value.problems[0].code == "nothing_redacted"


def test_builders_check_what_they_build():
    with pytest.raises(RecipeError):
        clip_recipe(sources=[SOURCE], segments=[])
    with pytest.raises(RecipeError):
        clip_recipe(sources=[Source("not-a-uuid", SHA, "master", VIDEO, None)], segments=[Segment(0, 0, 9)])
    assert still_recipe(source=SOURCE, pts=512).segments == (Segment(0, 512, 513),)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000, b'{"v":1,"v":1}', b'{"v":NaN}', b"null"])
def test_bytes_that_are_no_recipe_are_refused(raw):
    with pytest.raises(RecipeError):
        recipe_parse_bytes(raw)


def test_a_thousand_problems_make_a_short_message_and_a_full_list():
    obj = changed("/segments", [{"source": 0, "start": 5, "end": 5}] * 1000)
    with pytest.raises(RecipeError) as caught:
        recipe_parse(obj)
    assert len(caught.value.problems) == 1000
    assert len(caught.value.message) < 2000
    assert len(caught.value.to_obj()["data"]["problems"]) == 1000


def test_recipes_import_nothing_heavy():
    code = (
        "import sys, workers.media.recipe, workers.media.recipe_draft, workers.media.geometry; "
        "import workers.media.statement, workers.media.render_reports; "
        "print([m for m in ('av', 'cv2', 'numpy', 'django') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
