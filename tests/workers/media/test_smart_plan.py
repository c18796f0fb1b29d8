"""The plan of a smart render, and the H.264 bytes under it: pure, so any shape of stream can be asked about."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.media.frame_index import FrameIndex
from workers.media.inputs import Input
from workers.media.recipe_model import Output, Recipe, Segment, Source, Video
from workers.media.smart.coding import Coding, NotSmart
from workers.media.smart.h264 import BadUnits, ParameterSets, coded
from workers.media.smart.plan import plan_make
from workers.media.timeline import Shift, timeline

pytestmark = pytest.mark.once
SPS = bytes.fromhex("6764001facd9405005bb011000000300100000030320f1831960")
PPS = bytes.fromhex("68ebe3cb22c0")
OTHER_SPS, OTHER_PPS = bytes.fromhex("6764001f22cb40501ed0800000030080003200078c1950"), bytes.fromhex("68212f023cb0")


@dataclass(frozen=True)
class Cover:
    """Stands for SourceCover where only stretches matter."""

    spans: tuple[tuple[int, int], ...]

    def stretches(self) -> list[tuple[int, int]]:
        return list(self.spans)


def stream(groups: list[list[int]], step: int = 512) -> Input:
    """A source whose groups are given as frame numbers in decoding order, counted from each group's start."""
    order: list[int] = []
    starts = []
    for group in groups:
        starts.append(len(order))
        order += [starts[-1] + number for number in group]
    shown = [number * step for number in range(len(order))]
    pts = [number * step for number in order]
    late = max(a - b for a, b in zip(shown, pts, strict=True))
    coding = Coding(
        pts=pts, shown=shown, stored_dts=[at - late for at in shown], refreshes=starts, extradata=b"",
        in_band=frozenset(), why_not="", sound=None,
    )  # fmt: skip
    index = FrameIndex(
        stream=0, time_base=Fraction(1, 12800), presentation_offset=0, pts=shown, end_pts=len(order) * step,
        keys=starts, refreshes=starts,
    )  # fmt: skip
    source = Source("6f9619ff-8b86-4011-b42d-00c04fc964ff", "0" * 64, "master", Video(0, (1, 12800), 64, 64), None)
    return Input(source=source, path=None, size_bytes=0, index=index, shift=Shift(), coding=coding)


def planned(row: Input, segments: list[tuple[int, int]], touched: list[tuple[int, int]], step: int = 512):
    recipe = Recipe(
        sources=(row.source,), segments=tuple(Segment(0, first * step, end * step) for first, end in segments),
        output=Output(compatible=False),
    )  # fmt: skip
    cover = Cover(tuple((first * step, end * step) for first, end in touched))
    line = timeline(recipe, [row.shift])
    return plan_make(line, [row], [cover]), line


P_GROUP = list(range(12))
B_GROUP = [0, 4, 2, 1, 3, 8, 6, 5, 7, 11, 9, 10]


def ways(plan) -> list[tuple[str, int, int]]:
    return [(piece.way, piece.first, piece.end) for piece in plan.pieces]


def test_a_group_is_copied_up_to_the_last_parting_before_what_is_touched():
    plan, _ = planned(stream([B_GROUP] * 4), [(0, 48)], [(18, 20)])
    assert ways(plan) == [("copied", 0, 17), ("encoded", 17, 24), ("copied", 24, 48)]
    plan, _ = planned(stream([P_GROUP] * 4), [(0, 48)], [(18, 20)])
    assert ways(plan) == [("copied", 0, 18), ("encoded", 18, 24), ("copied", 24, 48)]


def test_a_segment_that_begins_inside_a_group_is_encoded_up_to_the_next():
    plan, _ = planned(stream([B_GROUP] * 4), [(7, 43)], [])
    assert ways(plan) == [("encoded", 7, 12), ("copied", 12, 41), ("encoded", 41, 43)]


def test_a_key_that_pictures_are_shown_before_is_no_place_to_begin():
    """An open group: the key at 12 is followed by pictures 10 and 11, which lean on the group before."""
    row = stream([[*range(10), 12, 10, 11, *range(13, 24)], P_GROUP])
    lying = Coding(**{**vars_of(row.coding), "refreshes": [0, 12, 24]})
    assert list(lying.groups) == [0, 24, 36]


def vars_of(coding: Coding) -> dict:
    names = ("pts", "shown", "stored_dts", "refreshes", "extradata", "in_band", "why_not", "sound")
    return {name: getattr(coding, name) for name in names}


def test_where_nearly_all_is_touched_nothing_is_copied():
    with pytest.raises(NotSmart, match="Nearly every group"):
        planned(stream([P_GROUP] * 4), [(0, 48)], [(0, 1), (12, 13), (24, 25), (36, 37)])


def test_at_the_joint_of_two_files_decoding_times_go_on_rising():
    """The second file's pictures are decoded further ahead of being shown than the first's."""
    one, other = stream([P_GROUP] * 2), stream([B_GROUP] * 2)
    recipe = Recipe(
        sources=(one.source, other.source), segments=(Segment(0, 0, 24 * 512), Segment(1, 0, 24 * 512)),
        output=Output(compatible=False),
    )  # fmt: skip
    line = timeline(recipe, [one.shift, other.shift])
    plan = plan_make(line, [one, other], [None, None])
    assert all(later > earlier for earlier, later in pairwise(plan.dts))
    assert plan.dts[24] == 24 * 512 - other.coding.ahead
    assert plan.dts[23] < plan.dts[24]


@st.composite
def shapes(draw: st.DrawFn):
    """Groups decoded in any order that a container can hold, any segments, any touched stretches."""
    groups = [
        [0, *draw(st.permutations(range(1, size)))]
        for size in draw(st.lists(st.integers(1, 9), min_size=2, max_size=8))
    ]
    count = sum(map(len, groups))
    edges = st.tuples(st.integers(0, count - 1), st.integers(1, count)).filter(lambda pair: pair[0] < pair[1])
    return groups, draw(st.lists(edges, min_size=1, max_size=4)), draw(st.lists(edges, max_size=3))


@given(shapes())
def test_every_plan_tells_each_frame_once_and_decodes_it_in_time(shape):
    groups, segments, touched = shape
    row = stream(groups)
    try:
        plan, line = planned(row, segments, touched)
    except NotSmart:
        return
    told = [frame for piece in plan.pieces for frame in range(piece.first, piece.end)]
    assert told == [frame for first, end in segments for frame in range(first, end)]
    assert [piece.out_first for piece in plan.pieces] == [
        sum(each.frames for each in plan.pieces[:at]) for at in range(len(plan.pieces))
    ]
    is_touched = {frame for first, end in touched for frame in range(first, end)}
    coding, base = row.coding, Fraction(1, 12800)
    assert all(later > earlier for earlier, later in pairwise(plan.dts))
    for piece in plan.pieces:
        order = coding.frames[piece.first : piece.end] if piece.way == "copied" else range(piece.first, piece.end)
        assert sorted(order) == list(range(piece.first, piece.end))
        if piece.way == "copied":
            assert piece.first in coding.groups
            assert not is_touched & set(order)
        else:
            assert coding.group_of(piece.first) == coding.group_of(piece.end - 1)
            needed = coding.frames[piece.group : coding.ranks_for(piece.first, piece.end)]
            assert set(range(piece.first, piece.end)) <= set(needed)
        for number, frame in enumerate(order):
            assert plan.dts[piece.out_first + number] <= line.out_pts(piece.segment, coding.shown[frame], base)


def test_parameter_sets_of_two_encoders_stand_side_by_side_in_one_head():
    source = ParameterSets.of([SPS, PPS])
    assert source.free_id() == 1
    both = source.plus(ParameterSets.of([OTHER_SPS, OTHER_PPS]))
    head = both.avcc()
    assert head[:6] == bytes((1, *SPS[1:4], 0xFF, 0xE2))
    assert ParameterSets.parse(head) == both
    assert ParameterSets.parse(b"\0\0\0\1" + SPS + b"\0\0\0\1" + PPS + b"\0") == source
    with pytest.raises(BadUnits, match="share an id"):
        source.plus(ParameterSets.of([SPS + b"\x01"]))
    with pytest.raises(BadUnits):
        ParameterSets.parse(head[:20])


@pytest.mark.parametrize("prefix", [None, 1, 2, 4])
def test_only_slices_of_a_packet_travel_however_it_is_framed(prefix):
    units = [b"\x09\xf0", SPS, PPS, b"\x06\x05\x04GPS!\x80", b"\x65slice one\x80", b"\x65slice two\x80"]
    if prefix is None:
        packet = b"".join(b"\0\0\0\1" + unit for unit in units)
    else:
        packet = b"".join(len(unit).to_bytes(prefix, "big") + unit for unit in units)
    found = coded(memoryview(packet), prefix)
    assert found.picture == b"".join(len(unit).to_bytes(4, "big") + unit for unit in units[4:])
    assert found.is_refresh
    assert found.sets == (SPS, PPS)


@pytest.mark.parametrize("packet", [b"", b"\0\0\0\x09\x65abc", b"\0\0\0\2\x09\xf0"])
def test_packets_that_are_no_pictures_are_refused(packet):
    with pytest.raises(BadUnits):
        coded(memoryview(packet), 4)
