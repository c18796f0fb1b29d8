"""A render in parts is the render: the same frames and times, the same bytes whoever made the parts and when."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.workers.media.render_sources import (
    FILE,
    RATE,
    coded,
    even_times,
    frames_of,
    rendered,
    sound_in,
    source_of,
    tone,
    uneven_times,
)
from workers.media.cli import main
from workers.media.encode import Mp4Writer
from workers.media.index import index_build
from workers.media.parted.joining import prove
from workers.media.parted.operations import Parting, part_render, parts_join, split
from workers.media.parted.packets import PartDamaged, pictures_read, tally_read
from workers.media.recipe import (
    AudioRange,
    Box,
    FrameRange,
    Recipe,
    Run,
    Track,
    clip_recipe,
    recipe_bytes,
    redaction_recipe,
)
from workers.media.recipe_draft import segment_of_frames
from workers.media.render_reports import RenderReport
from workers.media.smart.h264 import coded as units
from workers.media.smart.writer import JoinedWriter
from workers.media.source import open_source

pytestmark = pytest.mark.once
COUNT, PART = 144, 24
FULL = Parting(way="full", part_frames=PART)
SMART = Parting(way="smart", part_frames=PART)


@pytest.fixture(scope="module")
def master(tmp_path_factory) -> Path:
    """Groups of 12 numbered frames with sound, at uneven times."""
    return coded(tmp_path_factory.mktemp("parted") / "master.mp4", uneven_times(COUNT), sound=tone(8.0))


def clip(path: Path, *stretches: tuple[int, int], compatible: bool = True) -> Recipe:
    index, _ = index_build(path)
    segments = [segment_of_frames(index, first=first, end=end) for first, end in stretches]
    return clip_recipe(sources=[source_of(path)], segments=segments, compatible=compatible)


def covered(path: Path, first: int, end: int, *, compatible: bool) -> Recipe:
    index, _ = index_build(path)
    box = Box(index.pts_of(first), 40, 112, 60, 40)
    track = Track(
        "a", "face", "hand", "box", "solid", False, "privacy", 0, (Run(box.pts, index.end_of(end - 1), (box,)),)
    )
    segments = [segment_of_frames(index, first=0, end=index.frame_count)]
    return redaction_recipe(sources=[source_of(path)], segments=segments, tracks=[track], compatible=compatible)


def parts_of(
    folder: Path, recipe: Recipe, sources: Path | Sequence[Path], parting: Parting, name: str = "a"
) -> tuple[Path, list[Path]]:
    """The recipe's file, and the parts of its render, made last first."""
    given = [sources] if isinstance(sources, Path) else sources
    recipe_path = folder / f"{name}.json"
    recipe_path.write_bytes(recipe_bytes(recipe))
    report = split(recipe_path, given, part_frames=parting.part_frames)
    assert report.way == parting.way
    assert len(report.parts) > 2
    paths = [folder / f"{name}.{number}" for number in range(len(report.parts))]
    for number in reversed(range(len(paths))):
        made = part_render(recipe_path, paths[number], given, parting=parting, number=number)
        assert (made.frames, made.of) == (report.parts[number], len(paths))
    return recipe_path, paths


def joined(
    folder: Path, recipe: Recipe, sources: Path | Sequence[Path], parting: Parting, name: str = "a"
) -> tuple[Path, RenderReport]:
    recipe_path, paths = parts_of(folder, recipe, sources, parting, name)
    out, given = folder / f"{name}.mp4", [sources] if isinstance(sources, Path) else sources
    return out, parts_join(recipe_path, out, given, paths, parting=parting)


def times_of(path: Path) -> list[int]:
    return list(index_build(path)[0].pts)


def facts(report: RenderReport) -> list[object]:
    """What a statement says that does not depend on which encoder made the pictures."""
    statement = report.statement
    return [statement.frames, statement.segments, statement.samples_hidden, statement.time_base, statement.kind]


def test_full_render_in_parts_shows_the_same_frames_at_the_same_times_as_one_in_one_piece(tmp_path, master):
    recipe = clip(master, (30, 131), (0, 25))
    whole, one = rendered(tmp_path, recipe, master, name="whole")
    out, report = joined(tmp_path, recipe, master, FULL)
    assert [frame.number for frame in frames_of(out)] == [*range(30, 131), *range(25)]
    assert times_of(out) == times_of(whole)
    assert facts(report) == facts(one)
    assert [(part.out_first, part.frames, part.source_first) for part in report.statement.parts] == [
        (part.out_first, part.frames, part.source_first) for part in one.statement.parts
    ]
    told = {row.name: row.value for row in report.statement.settings}
    assert (told["h264.threads"], told["h264.part_frames"]) == ("1", str(PART))


def test_smart_render_in_parts_is_byte_for_byte_the_one_in_one_piece(tmp_path, master):
    recipe = covered(master, 20, 100, compatible=False)
    whole, one = rendered(tmp_path, recipe, master, name="whole")
    out, report = joined(tmp_path, recipe, master, SMART)
    assert out.read_bytes() == whole.read_bytes()
    assert report.statement == one.statement


@pytest.mark.parametrize("parting", [FULL, SMART], ids=["full", "smart"])
def test_parts_made_again_in_another_order_give_the_same_bytes(tmp_path, master, parting):
    recipe = covered(master, 20, 100, compatible=parting.way == "full")
    first, report = joined(tmp_path, recipe, master, parting, "first")
    recipe_path, paths = parts_of(tmp_path, recipe, master, parting, "again")
    for number in (1, 0):
        paths[number].unlink()
        part_render(recipe_path, paths[number], [master], parting=parting, number=number)
    out = tmp_path / "again.mp4"
    assert parts_join(recipe_path, out, [master], paths, parting=parting).statement == report.statement
    assert out.read_bytes() == first.read_bytes()


@pytest.fixture(scope="module")
def reels(tmp_path_factory) -> dict[str, tuple[Path, Path]]:
    """By way: what a camera cut into two files, numbered through. Where all is encoded, they count time differently."""
    folder, fine = tmp_path_factory.mktemp("reel"), Fraction(1, 90_000)
    one = coded(folder / "1.mp4", uneven_times(72), sound=tone(3.0))
    sound = tone(3.0, hertz=880)
    times = [number * 3_600 + number % 7 for number in range(72)]
    full = coded(folder / "full.mp4", times, sound=sound, first_number=72, base=fine)
    smart = coded(folder / "smart.mp4", even_times(72), sound=sound, first_number=72)
    return {"full": (one, full), "smart": (one, smart)}


def across(reel: tuple[Path, Path], *, compatible: bool) -> Recipe:
    """A box on the last twelve frames of the one and the first twenty of the other, and a mute over the joint."""
    sources = [source_of(path, file=FILE[:-1] + str(at)) for at, path in enumerate(reel)]
    indexes = [index_build(path)[0] for path in reel]
    stretches = [(0, 40, 72), (1, 0, 66), (0, 3, 20)]
    tracks, mutes = [], []
    for at, first, end in ((0, 60, 72), (1, 0, 20)):
        box = Box(indexes[at].pts_of(first), 40, 112, 60, 40)
        run = Run(box.pts, indexes[at].end_of(end - 1), (box,))
        tracks.append(Track(f"t{at}", "face", "hand", "box", "solid", False, "privacy", at, (run,)))
    length = indexes[0].end_of(71) * RATE // 12_800
    for at, start, end in ((0, length - 9_600, length), (1, 0, 9_600)):
        mutes.append(AudioRange(source=at, start=start, end=end, effect="mute", reason="privacy"))
    return redaction_recipe(
        sources=sources, segments=[segment_of_frames(indexes[at], first=a, end=b, source=at) for at, a, b in stretches],
        tracks=tracks, mutes=mutes, compatible=compatible,
    )  # fmt: skip


@pytest.mark.parametrize("parting", [FULL, SMART], ids=["full", "smart"])
def test_copy_through_the_joint_of_two_files_is_in_parts_what_it_is_in_one_piece(tmp_path, reels, parting):
    parting, reel = replace(parting, part_frames=12), reels[parting.way]
    recipe = across(reel, compatible=parting.way == "full")
    whole, one = rendered(tmp_path, recipe, *reel, name="whole")
    out, report = joined(tmp_path, recipe, reel, parting)
    shown = frames_of(out)
    assert [frame.number for frame in shown] == [*range(40, 138), *range(3, 20)]
    assert times_of(out) == times_of(whole)
    assert all(int(np.ptp(frame.luma[115:150, 44:96].astype(int))) <= 8 for frame in shown[20:52])
    assert np.array_equal(sound_in(out), sound_in(whole))
    assert facts(report) == facts(one)
    assert report.statement.parts == one.statement.parts
    assert report.statement.sources == one.statement.sources
    if parting.way == "smart":
        assert out.read_bytes() == whole.read_bytes()
        assert report.statement == one.statement


def test_segment_of_which_nothing_can_be_decoded_is_left_out_and_counted_as_in_one_piece(tmp_path):
    path = coded(tmp_path / "spoilt.mp4", even_times(96))
    content, index = bytearray(path.read_bytes()), index_build(path)[0]
    with open_source(path) as container:
        for packet in container.demux(video=0):
            if packet.size and index.pts_of(24) <= (packet.pts or 0) < index.pts_of(36):
                content[packet.pos + 4 : packet.pos + packet.size] = bytes(packet.size - 4)
    path.write_bytes(content)
    recipe = clip(path, (24, 36), (36, 96))
    whole, one = rendered(tmp_path, recipe, path, name="whole")
    paths = [tmp_path / str(number) for number in range(3)]
    for number, part in enumerate(paths):
        part_render(tmp_path / "whole.json", part, [path], parting=FULL, number=number)
    out = tmp_path / "out.mp4"
    report = parts_join(tmp_path / "whole.json", out, [path], paths, parting=FULL)
    assert [frame.number for frame in frames_of(out)] == list(range(36, 96))
    assert times_of(out) == times_of(whole)
    assert (report.statement.segments, report.findings) == (one.statement.segments, one.findings)


def test_parts_begin_where_decoding_can_begin_and_a_short_render_has_none(tmp_path, master):
    recipe = tmp_path / "r.json"
    recipe.write_bytes(recipe_bytes(clip(master, (6, COUNT))))
    assert split(recipe, [master], part_frames=PART).parts == (30, 24, 24, 24, 24, 12)
    assert split(recipe, [master], part_frames=COUNT).parts == ()
    other = coded(tmp_path / "other.mp4", even_times(30))
    recipe.write_bytes(recipe_bytes(clip(other, (0, 30))))
    assert split(recipe, [other], part_frames=10).parts == (12, 12, 6)


def test_frames_covered_throughout_are_parted_as_a_full_render_that_says_why(tmp_path, master):
    index, _ = index_build(master)
    frames = [FrameRange(source=0, start=index.pts_of(0), end=index.end_pts, effect="solid")]
    segments = [segment_of_frames(index, first=0, end=COUNT)]
    recipe = redaction_recipe(sources=[source_of(master)], segments=segments, frames=frames, compatible=False)
    path = tmp_path / "r.json"
    path.write_bytes(recipe_bytes(recipe))
    report = split(path, [master], part_frames=PART)
    assert report.way == "full"
    parting = replace(FULL, why_not=report.why_not)
    _, made = joined(tmp_path, recipe, master, parting)
    assert made.findings[0].code == "encoded_throughout"
    assert report.why_not in made.statement.segments[0].because


@pytest.fixture(scope="module")
def made_parts(tmp_path_factory, master) -> dict[str, tuple[Path, list[Path]]]:
    """Parts of one redaction, and of another, both ways."""
    folder = tmp_path_factory.mktemp("made")
    return {
        f"{way.way} {first}": parts_of(
            folder, covered(master, first, 100, compatible=way.way == "full"), master, way, f"{way.way}{first}"
        )
        for way in (FULL, SMART)
        for first in (20, 21)
    }


@pytest.mark.parametrize("parting", [FULL, SMART], ids=["full", "smart"])
@pytest.mark.parametrize("harm", ["swapped", "a_bit", "cut", "of_another_recipe", "missing"])
def test_part_that_is_not_the_one_ordered_leaves_no_film(tmp_path, master, made_parts, parting, harm):
    recipe_path, made = made_parts[f"{parting.way} 20"]
    paths = [Path(shutil.copy(path, tmp_path)) for path in made]
    if harm == "swapped":
        paths[0], paths[1] = paths[1], paths[0]
    elif harm == "a_bit":
        content = bytearray(paths[1].read_bytes())
        content[len(content) // 3] ^= 1
        paths[1].write_bytes(content)
    elif harm == "cut":
        paths[1].write_bytes(paths[1].read_bytes()[:-40])
    elif harm == "missing":
        del paths[1]
    else:
        paths[1] = made_parts[f"{parting.way} 21"][1][1]
    out = tmp_path / "out.mp4"
    with pytest.raises(PartDamaged):
        parts_join(recipe_path, out, [master], paths, parting=parting)
    assert not out.exists()


def test_film_that_is_not_what_the_parts_hold_is_found_when_it_is_read_back(tmp_path, master):
    out, _ = joined(tmp_path, clip(master, (0, COUNT)), master, FULL)
    times, base = times_of(out), index_build(out)[0].time_base
    hashes = [tally_read(tmp_path / f"a.{number}").pictures_sha256 for number in range(6)]
    counts = [tally_read(tmp_path / f"a.{number}").frames for number in range(6)]
    prove(out, times, base, iter(enumerate(counts)), hashes)
    for wrong in (times[:-1], [*times, times[-1] + 1], [*times[:-1], times[-1] + 1]):
        with pytest.raises(PartDamaged):
            prove(out, wrong, base, iter(enumerate(counts)), hashes)
    with pytest.raises(PartDamaged):
        prove(out, times, base, iter(enumerate(counts)), [hashes[1], hashes[0], *hashes[2:]])


@pytest.mark.parametrize("parting", [FULL, SMART], ids=["full", "smart"])
def test_muxer_that_misplaces_one_picture_leaves_no_film(tmp_path, master, made_parts, parting, monkeypatch):
    writer, name = (Mp4Writer, "put") if parting is FULL else (JoinedWriter, "write")
    usual, count = getattr(writer, name), iter(range(10_000))

    def late(self, picture, *, pts, **more):
        usual(self, picture, pts=pts + (next(count) == 40), **more)

    monkeypatch.setattr(writer, name, late)
    recipe_path, paths = made_parts[f"{parting.way} 20"]
    out = tmp_path / "out.mp4"
    with pytest.raises(PartDamaged):
        parts_join(recipe_path, out, [master], paths, parting=parting)
    assert not out.exists()


def test_part_holds_the_pictures_that_end_up_in_the_film(tmp_path, master):
    out, _ = joined(tmp_path, clip(master, (0, COUNT)), master, FULL)
    in_parts = [
        units(memoryview(row.content), None).picture for n in range(6) for row in pictures_read(tmp_path / f"a.{n}")
    ]
    with open_source(out) as container:
        in_film = [units(memoryview(packet), 4).picture for packet in container.demux(video=0) if packet.size]
    assert in_film == in_parts


def test_command_line_makes_and_joins_parts(tmp_path, master, capsys):
    recipe, out = tmp_path / "r.json", tmp_path / "out.mp4"
    recipe.write_bytes(recipe_bytes(clip(master, (0, COUNT))))
    told = ["--source", str(master), "--part-frames", "48"]
    assert main(["split", str(recipe), *told]) == 0
    count = len(json.loads(capsys.readouterr().out)["report"]["parts"])
    parts = [str(tmp_path / f"p{number}") for number in range(count)]
    for number, part in enumerate(parts):
        assert main(["render-part", str(recipe), part, "--part", str(number), "--way", "full", *told]) == 0
    given = [word for part in parts for word in ("--part", part)]
    capsys.readouterr()
    assert main(["join-parts", str(recipe), str(out), *given, "--way", "full", *told]) == 0
    assert json.loads(capsys.readouterr().out)["report"]["frames"] == COUNT
    assert main(["render-part", str(recipe), parts[0] + "x", "--part", "9", "--way", "full", *told]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_request"
