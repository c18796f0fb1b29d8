"""A redaction's recipe, drawn again: the draft (version 1) that gives this very recipe, for a person to go on with.

Pure but for the film it is given. The way back of `recipes` and `workers.media.recipe_reel`: pts become frames again, a
track that a recipe tells part by part becomes one. A newcomer's trap: which boxes a person drew and which a machine saw
is not in a recipe, so a track of many boxes comes back as samples, which key frames override, and one of few as keys.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evidence.editing.drawing import EMPTY, HAND
from evidence.editing.errors import NotEditable
from evidence.editing.finds import Rows
from evidence.editing.footage import Film
from workers.media.recipe import AudioRange, Recipe, Track

KEYS_MOST = 50
"""A track of more boxes than this was seen by a machine rather than drawn key by key."""
Stretch = tuple[int, int, dict[str, str]]
"""First frame, the first not meant any more, and what else is said of it."""


def redrawn(recipe: Recipe, film: Film, finds: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The draft. `finds`: the finds that a track is made of, by its id in the recipe; none for what was drawn by hand.

    Raises:
        NotEditable: it is of other files than the film's, or has shapes that the editor does not draw.
    """
    frames = _Frames(recipe, film)
    kept = frames.joined((frames.first(row.source, row.start), frames.end(row.source, row.end), {})
                         for row in recipe.segments)  # fmt: skip
    covers = frames.joined(
        (frames.first(row.source, row.start), frames.end(row.source, row.end), {"effect": row.effect})
        for row in recipe.frames
    )
    mutes = frames.joined(frames.heard(row) for row in recipe.audio)
    is_all = [(first, end) for first, end, _ in kept] == [(0, film.frame_count)]
    return {
        **EMPTY,
        "tracks": [_track(pieces, frames, finds) for pieces in _whole_tracks(recipe)],
        "mutes": _rows(mutes), "frames": _rows(covers), "segments": [] if is_all else _rows(kept),
    }  # fmt: skip


class _Frames:
    """From a recipe's sources and ticks to the film's frames; always outwards."""

    def __init__(self, recipe: Recipe, film: Film) -> None:
        names = [part.source.file for part in film.parts]
        if not {source.file for source in recipe.sources} <= set(names):
            raise NotEditable("This redaction was made of other files than this recording has now. Draw it anew.")
        self._film = film
        self._parts = [names.index(source.file) for source in recipe.sources]

    def first(self, source: int, pts: int) -> int:
        """The frame on show then."""
        part = self._parts[source]
        return self._film.reel.firsts[part] + self._film.parts[part].index.frame_of_pts(pts)

    def end(self, source: int, pts: int) -> int:
        """The first frame that a stretch which ends then does not mean."""
        return self.first(source, pts - 1) + 1

    def heard(self, row: AudioRange) -> Stretch:
        """The frames on show while something is not heard."""
        part = self._parts[row.source]
        footage = self._film.parts[part]
        base, offset = footage.index.audio_time_base or 1, footage.index.audio_offset or 0
        edges = range(footage.frame_count + 1)
        start, stop = row.start - offset, row.end - offset

        def begins(frame: int) -> int:
            return math.floor(footage.edge_s(frame) / base)

        def ends(frame: int) -> int:
            return math.ceil(footage.edge_s(frame) / base)

        first = bisect_left(edges, start, key=begins)
        if first == len(edges) or begins(first) > start:
            first = max(first - 1, 0)
        last = max(bisect_right(edges, stop, key=ends) - 1, 0)
        if ends(last) < stop:
            last = min(last + 1, footage.frame_count)
        begun = self._film.reel.firsts[part]
        return begun + first, begun + last, {"reason": row.reason, "effect": row.effect}

    def joined(self, rows: Iterator[Stretch]) -> list[Stretch]:
        """What a joint parted, whole again."""
        found: list[Stretch] = []
        for row in rows:
            before = found[-1] if found else None
            if before and before[1] == row[0] and before[2] == row[2] and row[0] in self._film.reel.firsts:
                found[-1] = (before[0], row[1], row[2])
            else:
                found.append(row)
        return found


def _rows(stretches: Sequence[Stretch]) -> list[dict[str, Any]]:
    return [{"start_frame": first, "end_frame": end, **more} for first, end, more in stretches]


def _whole_tracks(recipe: Recipe) -> list[list[Track]]:
    """The pieces of each track; `t1.2` is of `t1` where it is the same thing in a later file."""
    found: dict[str, list[Track]] = {}
    for track in recipe.tracks:
        if track.inverse or track.shape != "box":
            raise NotEditable("This redaction has shapes that the editor does not draw. Draw it anew.")
        if not track.runs:
            continue
        named = re.fullmatch(r"(.+)\.\d+", track.id)
        head = found.get(named[1]) if named else None
        if head and head[-1].source < track.source and _facts(head[0]) == _facts(track):
            head.append(track)
        else:
            found[track.id] = [track]
    return list(found.values())


def _facts(track: Track) -> tuple[str, str, str, str]:
    return track.kind, track.effect, track.reason, track.found_by


def _track(pieces: Sequence[Track], frames: _Frames, finds: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    head, rows = pieces[0], _boxes(pieces, frames)
    end = rows.pop()[0]
    found = [find for piece in pieces for find in finds.get(piece.id, ())]
    is_seen = bool(found) or len(rows) > KEYS_MOST
    return {
        "id": head.id, "kind": head.kind, "effect": head.effect, "reason": head.reason, "end": end,
        "keyframes": [] if is_seen else [_key(row) for row in rows],
        **({"samples": rows} if is_seen else {}),
        **({"found": found, "found_by": head.found_by} if found and head.found_by != HAND else {}),
    }  # fmt: skip


def _boxes(pieces: Sequence[Track], frames: _Frames) -> Rows:
    """As samples, each stretch ended; what ends at a joint where it goes on is not ended there."""
    rows: Rows = []
    for piece in pieces:
        for run in piece.runs:
            placed = [[frames.first(piece.source, box.pts), box.x, box.y, box.w, box.h] for box in run.boxes]
            start = frames.first(piece.source, run.start)
            if rows and rows[-1][0] == start:
                rows.pop()
            if start < placed[0][0]:
                rows.append([start, *placed[0][1:]])
            rows += [*placed, [frames.end(piece.source, run.end)]]
    return rows


def _key(row: list[int]) -> dict[str, Any]:
    if len(row) == 1:
        return {"frame": row[0], "outside": True}
    frame, x, y, w, h = row
    return {"frame": frame, "x": x, "y": y, "w": w, "h": h, "outside": False}
