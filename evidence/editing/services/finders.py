"""Who found what, held against what is on record: a recipe says of no box that a detector found it where none did."""

from collections.abc import Iterator

from evidence.editing.drawing import HAND, Drawing, track_name
from evidence.editing.errors import EditRefused
from evidence.editing.queries import finders_of
from evidence.http.errors import Fault
from evidence.recordings.models import RecordingFile


def finders_require(file: RecordingFile, drawing: Drawing) -> None:
    """Refuse a track that names another finder than the one on record for its finds.

    Raises:
        EditRefused: says which.
    """
    if faults := list(_faults(file, drawing)):
        raise EditRefused(faults)


def _faults(file: RecordingFile, drawing: Drawing) -> Iterator[Fault]:
    known = finders_of(file, {find for finds in drawing.finds for find in finds})
    for at, (track, finds) in enumerate(zip(drawing.tracks, drawing.finds, strict=True)):
        finders = {known.get(find, "") for find in finds} or {HAND}
        if finders != {track.found_by}:
            detail = (
                f"{track_name(track)} is said to have been found by a detector that did not find it in this recording. "
                "Remove it, and take it from the list of what was found, or draw it."
            )
            yield Fault(f"/tracks/{at}/found_by", "not-found-by", detail)
