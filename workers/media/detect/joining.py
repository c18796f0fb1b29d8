"""Puts the tracks of stretches together that several workers looked at: one recording, one list. Pure.

A track that reaches the end of a stretch goes on in the one of the next that begins where it was heading. Only tracks
of the same detector are joined.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from workers.media.detect.linking import BRIDGED_S, misfit
from workers.media.detect.report import DetectorFacts, FoundRun, FoundTrack, LinksReport, Tracks
from workers.media.detect.tracking import Tracklet, nearest
from workers.media.errors import BadRequest

HIDDEN_AT_JOINT_S = 1.0
"""So far from the joint two ends may lie: beyond it, a worker that saw both would rarely have joined them either."""


def joined(parts: Sequence[Tracks]) -> Tracks:
    """All parts as one; raises BadRequest where they are not stretches of one recording in order, without a gap."""
    if not parts:
        raise BadRequest("There are no stretches to join.")
    whole = parts[0]
    for part in parts[1:]:
        _require_neighbours(whole, part)
        whole = _with(whole, part)
    return whole


def links(parts: Sequence[Tracks]) -> LinksReport:
    """Which tracks go on in the next stretch, the stretches left apart: what was found early keeps its name.

    Raises BadRequest as `joined`.
    """
    found: list[tuple[int, int, int]] = []
    for at, (one, other) in enumerate(pairwise(parts)):
        _require_neighbours(one, other)
        found += [(at, tail, head) for tail, head in sorted(_followers(one, other).items())]
    return LinksReport(v=1, links=tuple(found))


def _require_neighbours(one: Tracks, other: Tracks) -> None:
    if other.video != one.video or other.range[0] != one.range[1]:
        raise BadRequest("These are not neighbouring stretches of one recording, so they were not joined.")


def _with(one: Tracks, other: Tracks) -> Tracks:
    followers = _followers(one, other)
    rows = [
        _carried(track, other.tracks[followers[at]]) if at in followers else track
        for at, track in enumerate(one.tracks)
    ]
    rows += [track for at, track in enumerate(other.tracks) if at not in followers.values()]
    return replace(
        one,
        range=(one.range[0], other.range[1]),
        frames=one.frames + other.frames,
        looks=one.looks + other.looks,
        looks_spared=one.looks_spared + other.looks_spared,
        detectors=tuple(_detectors(one.detectors, other.detectors)),
        tracks=tuple(named(rows)),
        left_out=one.left_out + other.left_out,
        findings=tuple(dict.fromkeys((*one.findings, *other.findings))),
    )


def named(tracks: Sequence[FoundTrack]) -> Iterator[FoundTrack]:
    """The tracks, each with an id that is its alone: its detector's name and a number."""
    for number, track in enumerate(tracks, start=1):
        yield replace(track, id=f"{track.found_by.partition(':')[0][:48]}-{number}")


def _followers(one: Tracks, other: Tracks) -> dict[int, int]:
    base = Fraction(*one.video.time_base)
    joint = one.range[1]
    reach = int(Fraction(HIDDEN_AT_JOINT_S) / base)
    tails = {at: row for at, row in enumerate(one.tracks) if joint - row.runs[-1].end <= reach}
    heads = {at: row for at, row in enumerate(other.tracks) if row.runs[0].start - joint <= reach}
    costs = []
    for at, tail in tails.items():
        before = _tracklet(tail.runs[-1], base)
        for after, head in heads.items():
            behind = _tracklet(head.runs[0], base)
            gap_s = behind.times[0] - before.times[-1]
            if tail.found_by != head.found_by or not 0 < gap_s <= BRIDGED_S:
                continue
            if (cost := misfit(before, behind, gap_s)) is not None:
                costs.append((cost, at, after))
    return dict(nearest(costs))


def _tracklet(run: FoundRun, base: Fraction) -> Tracklet:
    found = Tracklet()
    for pts, *box in run.boxes:
        found.add(pts, float(pts * base), np.array(box, dtype=np.float64), 1.0)
    return found


def _carried(one: FoundTrack, other: FoundTrack) -> FoundTrack:
    tail, head = one.runs[-1], other.runs[0]
    gap = ((tail.end, head.start),) if head.start > tail.end else ()
    run = FoundRun(
        start=tail.start, end=head.end, boxes=tail.boxes + head.boxes, bridged=tail.bridged + gap + head.bridged
    )
    looks = one.looks + other.looks
    return replace(
        one,
        score=round((one.score * one.looks + other.score * other.looks) / max(looks, 1), 3),
        is_doubtful=one.is_doubtful and other.is_doubtful,
        looks=looks,
        thumbnail=max(one, other, key=lambda track: track.score * track.thumbnail[3]).thumbnail,
        runs=(*one.runs[:-1], run, *other.runs[1:]),
    )


def _detectors(one: Sequence[DetectorFacts], other: Sequence[DetectorFacts]) -> Iterator[DetectorFacts]:
    refused = {row.found_by: row.refused for row in other}
    for row in one:
        yield replace(row, refused=row.refused + refused.pop(row.found_by, 0))
    yield from (row for row in other if row.found_by in refused)
