"""How good a list of tracks is, held against a known truth. Coverage is what counts: is the face under a padded box?"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tests.workers.media.people import Truth

PADDED = 0.3
COVERED = 0.9
SEEN = 0.5


@dataclass
class Quality:
    """`bare_inside`: seen face-frames between a person's first and last covered one that no box covers."""

    faces: int
    covered: int
    bare_inside: int
    people: int
    people_found: int
    tracks: int
    tracks_of_nobody: int

    @property
    def recall(self) -> float:
        return self.covered / max(self.faces, 1)

    @property
    def tracks_a_person(self) -> float:
        return (self.tracks - self.tracks_of_nobody) / max(self.people_found, 1)


Row = tuple[float, float, float, float]


def boxes_by_frame(tracks, times: Sequence[int]) -> list[dict[str, Row]]:
    """Where each track is on each frame: linear between its boxes, as the recipe's rules say."""
    found: list[dict[str, Row]] = [{} for _ in times]
    for track in tracks:
        for run in track.runs:
            at = [box[0] for box in run.boxes]
            for number, pts in enumerate(times):
                if run.start <= pts < run.end:
                    after = min(max(bisect_right(at, pts), 1), len(at) - 1) if len(at) > 1 else 0
                    one, other = run.boxes[max(after - 1, 0)], run.boxes[after]
                    part = 0 if other[0] == one[0] else min(max((pts - one[0]) / (other[0] - one[0]), 0), 1)
                    found[number][track.id] = tuple(a + (b - a) * part for a, b in zip(one[1:], other[1:], strict=True))
    return found


def covers(box: Row, truth: Row) -> float:
    """Share of the truth that lies under the box once it is padded."""
    left, top = box[0] - box[2] * PADDED / 2, box[1] - box[3] * PADDED / 2
    wide = min(left + box[2] * (1 + PADDED), truth[0] + truth[2]) - max(left, truth[0])
    high = min(top + box[3] * (1 + PADDED), truth[1] + truth[3]) - max(top, truth[1])
    return max(wide, 0) * max(high, 0) / (truth[2] * truth[3])


def near(box: Row, truth: Row) -> bool:
    across = abs(box[0] + box[2] / 2 - truth[0] - truth[2] / 2)
    down = abs(box[1] + box[3] / 2 - truth[1] - truth[3] / 2)
    return across < truth[2] * 0.6 and down < truth[3] * 0.6


def measured(by_frame: Sequence[dict[str, Row]], truths: Sequence[Sequence[Truth]]) -> Quality:
    """Hold boxes by frame and track against the truth."""
    seen: dict[int, list[bool]] = defaultdict(list)
    owners: dict[str, Counter[int]] = defaultdict(Counter)
    for boxes, truth_rows in zip(by_frame, truths, strict=True):
        for truth in truth_rows:
            if truth.seen >= SEEN:
                seen[truth.person].append(any(covers(box, truth.seen_box) >= COVERED for box in boxes.values()))
        for name, box in boxes.items():
            owner = next((row.person for row in truth_rows if near(box, row.box)), None)
            owners[name][-1 if owner is None else owner] += 1
    inside = sum(_bare_inside(rows) for rows in seen.values())
    best = {name: counts.most_common(1)[0][0] for name, counts in owners.items()}
    found = {owner for owner in best.values() if owner >= 0}
    return Quality(
        faces=sum(map(len, seen.values())),
        covered=sum(map(sum, seen.values())),
        bare_inside=inside,
        people=len(seen),
        people_found=len(found),
        tracks=len(best),
        tracks_of_nobody=sum(owner < 0 for owner in best.values()),
    )


def _bare_inside(rows: list[bool]) -> int:
    if True not in rows:
        return 0
    first, last = rows.index(True), len(rows) - 1 - rows[::-1].index(True)
    return rows[first:last].count(False)
