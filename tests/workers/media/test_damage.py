"""Pictures that a decoder mended are counted and told; those that can still be read are not lost."""

import contextlib
from pathlib import Path

import av
import numpy as np
import pytest

from tests.workers.media.render_sources import coded, even_times, rendered, source_of
from tests.workers.media.sources import source
from workers.media.frames import SourceFrames
from workers.media.index import index_build
from workers.media.recipe import Segment, clip_recipe, recipe_bytes, still_recipe
from workers.media.still import still


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 numbered frames with B-frames, a refresh each 12."""
    return coded(tmp_path_factory.mktemp("damage") / "in.mp4", even_times(60))


def hurt(path: Path, out: Path, wanted: int, *, share: float = 0.25) -> tuple[Path, int]:
    """Zeros over the latter part of the nth packet in the order stored, as a card leaves them; its pts too."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        packets = [(packet.pos, packet.size, packet.pts) for packet in container.demux(video=0) if packet.size]
    pos, size, pts = packets[wanted]
    content = bytearray(path.read_bytes())
    first = pos + int(size * share)
    content[first : pos + size] = bytes(pos + size - first)
    out.write_bytes(content)
    return out, pts


def decoded(path: Path) -> dict[int, np.ndarray]:
    """Every picture that a decoder gives, by stored time, whatever it thinks of it."""
    found: list[av.VideoFrame] = []
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        packets = []
        with contextlib.suppress(av.error.FFmpegError):
            packets.extend(packet for packet in container.demux(video=0) if packet.size)
        for packet in [*packets, None]:
            with contextlib.suppress(av.error.FFmpegError):
                found += container.streams.video[0].codec_context.decode(packet)
    return {frame.pts: frame.to_ndarray(format="yuv420p") for frame in found}


def segment(path: Path) -> Segment:
    index, _ = index_build(path)
    return Segment(0, index.pts_of(0), index.end_pts)


def damaged_frames(path: Path) -> set[int]:
    index, _ = index_build(path)
    reader = SourceFrames(path=path, video=source_of(path).video, index=index)
    return {
        index.frame_of_pts(read.frame.pts) for read in reader.read(index.pts_of(0), index.end_pts) if read.is_damaged
    }


@pytest.mark.parametrize("share", [0.0, 0.25])
@pytest.mark.parametrize("packet", [12, 13, 14, 27, 36, 49])
def test_every_frame_that_differs_from_the_whole_recording_is_called_damaged(
    tmp_path: Path, whole: Path, packet: int, share: float
) -> None:
    """A packet without its head is lost; one without its tail is mended."""
    path, pts = hurt(whole, tmp_path / "in.mp4", packet, share=share)
    index, _ = index_build(path)
    found = damaged_frames(path)
    before, after = decoded(whole), decoded(path)
    differing = {
        index.frame_of_pts(at) for at, planes in before.items() if at in after and not np.array_equal(planes, after[at])
    }
    assert differing or share == 0.0
    assert differing <= found
    refresh = index.refresh_before(index.frame_of_pts(pts))
    following = index.refresh_after(refresh + 1)
    # a loss is told late, when the next group may be under way
    end = following if following is not None and share else 60
    assert found <= set(range(refresh if share else max(refresh - 12, 0), end))


def test_a_clip_of_a_damaged_recording_counts_and_tells(tmp_path: Path, whole: Path) -> None:
    path, _ = hurt(whole, tmp_path / "in.mp4", 13)
    _, report = rendered(tmp_path, clip_recipe(sources=[source_of(path)], segments=[segment(path)]), path)
    (stated,) = report.statement.segments
    assert stated.frames_damaged == len(damaged_frames(path)) > 0
    (finding,) = [row for row in report.findings if row.code == "frames_damaged"]
    assert finding.sentence.startswith(f"{stated.frames_damaged} frames of this copy")
    _, clean = rendered(tmp_path, clip_recipe(sources=[source_of(whole)], segments=[segment(whole)]), whole, name="c")
    assert clean.statement.segments[0].frames_damaged == 0
    assert clean.findings == ()


def test_a_still_of_a_damaged_frame_is_marked(tmp_path: Path, whole: Path) -> None:
    path, pts = hurt(whole, tmp_path / "in.mp4", 13)
    index, _ = index_build(path)
    recipe_path = tmp_path / "recipe.json"
    for number, is_damaged in ((index.frame_of_pts(pts), True), (2, False)):
        recipe_path.write_bytes(recipe_bytes(still_recipe(source=source_of(path), pts=index.pts_of(number))))
        report = still(path, tmp_path / "out.png", moment=None, recipe_path=recipe_path)
        assert report.is_damaged is is_damaged
        assert report.statement.segments[0].frames_damaged == int(is_damaged)


@pytest.mark.parametrize("name", ["cut_faststart", "cut_mkv", "cut_ts", "cut_fragmented"])
def test_frames_held_for_reordering_are_not_lost_where_a_file_is_cut_short(tmp_path: Path, name: str) -> None:
    """Of a recording that ends midway every frame is there that any decoder gives."""
    path = source(name)
    index, _ = index_build(path)
    reader = SourceFrames(path=path, video=source_of(path).video, index=index)
    found = [read.frame.pts for read in reader.read(index.pts_of(0), index.end_pts)]
    assert found == sorted(decoded(path))
    assert len(found) > 40
