"""What was found, as tracks of a recipe or of a draft; and the file read back. Light.

A doubtful track becomes one with the effect `none`: it stays on record and is seen in the editor, and covers nothing
until a person says so.
"""

import json
from collections.abc import Sequence

from workers.media.detect.report import FoundTrack, Tracks
from workers.media.errors import DamagedReport
from workers.media.recipe_model import Box, Run, Track, TrackEffect, Video
from workers.media.wire import from_obj


def tracks_read(content: bytes) -> Tracks:
    """The tracks in the bytes of a file; raises DamagedReport (they may come from hostile bytes)."""
    try:
        obj = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DamagedReport("The list of tracks cannot be read. Look for them again.") from error
    return from_obj(Tracks, obj)


def video_of(tracks: Tracks) -> Video:
    """The recipe's description of the picture that was looked at."""
    row = tracks.video
    return Video(row.stream, row.time_base, row.width, row.height, row.rotation, row.sar)


def recipe_tracks(
    found: Sequence[FoundTrack], *, effect: TrackEffect, reason: str, source: int = 0, doubtful_too: bool = False
) -> tuple[Track, ...]:
    """Tracks of a recipe that cover what was found with `effect`; doubtful ones too where that is asked for."""
    return tuple(
        Track(
            id=row.id,
            kind=row.kind,
            found_by=row.found_by,
            shape="box",
            effect=effect if doubtful_too or not row.is_doubtful else "none",
            inverse=False,
            reason=reason,
            source=source,
            runs=tuple(Run(run.start, run.end, tuple(Box(*box) for box in run.boxes)) for run in row.runs),
        )
        for row in found
    )
