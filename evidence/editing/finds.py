"""What was found, in numbers of frames and put together across stretches: proposals that a person decides on.

Pure. A proposal is one thing as far as it could be followed; it consists of pieces, one a stretch. Pieces keep their
names for good, so that what a person took early is known for taken when later stretches have been looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workers.media.frame_index import FrameIndex

Rows = list[list[int]]
"""As a draft's `samples`: `[frame, x, y, w, h]` is a box, linear to the next; `[frame]`: from here it is not there."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing in one stretch. `rows` end with `[frame]`; `is_carried`: it goes on in the next piece without a gap."""

    id: str
    rows: Rows
    is_carried: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing, as far as it was followed. `best`: frame and box where it is seen best; `score` from 0 to 1."""

    id: str
    kind: str
    found_by: str
    score: float
    is_doubtful: bool
    best: list[int]
    start_frame: int
    end_frame: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class StretchFound:
    """A stretch that was looked at: its id and place, and the wire form of its `Tracks`."""

    id: str
    seq: int
    tracks: Sequence[Mapping[str, Any]]


def piece_id(stretch_id: str, number: int) -> str:
    """What a track of a stretch is called for good."""
    return f"{stretch_id}/{number}"


def proposals(
    stretches: Sequence[StretchFound], links: Sequence[Sequence[int]], index: FrameIndex
) -> tuple[Proposal, ...]:
    """All that was found, in the order in which it appears; `links` as `Detection.links`."""
    by_seq = {stretch.seq: stretch for stretch in stretches}
    goes_on = {(seq, one): (seq + 1, other) for seq, one, other in links if seq in by_seq and seq + 1 in by_seq}
    carried = set(goes_on.values())
    heads = [
        (stretch.seq, number)
        for stretch in stretches
        for number in range(len(stretch.tracks))
        if (stretch.seq, number) not in carried
    ]
    found = [_proposal(list(_chain(head, goes_on)), by_seq, index) for head in heads]
    return tuple(sorted(found, key=lambda each: (each.start_frame, each.id)))


def rows_of(runs: Sequence[Mapping[str, Any]], index: FrameIndex) -> Rows:
    """The runs of a track (wire form of `FoundRun`) as rows, each stretch of it ended."""
    rows: Rows = []
    for run in runs:
        for pts, *box in run["boxes"]:
            frame = index.frame_of_pts(pts)
            if rows and rows[-1][0] == frame:
                rows.pop()
            rows.append([frame, *box])
        rows.append([index.frame_of_pts(run["end"] - 1) + 1])
    return rows


def _chain(head: tuple[int, int], goes_on: Mapping[tuple[int, int], tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at: tuple[int, int] | None = head
    while at is not None:
        yield at
        at = goes_on.get(at)


def _proposal(chain: Sequence[tuple[int, int]], by_seq: Mapping[int, StretchFound], index: FrameIndex) -> Proposal:
    tracks = [by_seq[seq].tracks[number] for seq, number in chain]
    pieces = tuple(
        Piece(piece_id(by_seq[seq].id, number), rows_of(track["runs"], index), is_carried=at + 1 < len(chain))
        for at, ((seq, number), track) in enumerate(zip(chain, tracks, strict=True))
    )
    best = max(tracks, key=lambda track: track["score"] * track["thumbnail"][3])
    pts, *box = best["thumbnail"]
    return Proposal(
        id=pieces[0].id,
        kind=best["kind"],
        found_by=best["found_by"],
        score=max(float(track["score"]) for track in tracks),
        is_doubtful=all(track["is_doubtful"] for track in tracks),
        best=[index.frame_of_pts(pts), *box],
        start_frame=pieces[0].rows[0][0],
        end_frame=pieces[-1].rows[-1][0],
        pieces=pieces,
    )


def draft_rows(pieces: Sequence[Piece]) -> tuple[Rows, int]:
    """Neighbouring pieces as a draft track has them: its samples, and the frame at which it ends."""
    rows: Rows = []
    for piece in pieces:
        if rows and len(rows[-1]) == 1 and rows[-1][0] >= piece.rows[0][0]:
            rows.pop()
        rows += piece.rows[:-1] if piece.is_carried and piece is not pieces[-1] else piece.rows
    return rows[:-1], rows[-1][0]
