"""Who found what, held against what is on record: a recipe says of no box that a detector found it where none did."""

from collections.abc import Iterator, Sequence

from evidence.editing.drawing import HAND, Drawing, track_name
from evidence.editing.errors import EditRefused
from evidence.editing.queries import finders_of
from evidence.http.errors import Fault
from evidence.recordings.models import RecordingFile


def finders_require(files: Sequence[RecordingFile], drawing: Drawing) -> None:
    """Refuse a track that names another finder than the one on record for its finds.

    Raises:
        EditRefused: says which.
    """
    if faults := list(_faults(files, drawing)):
        raise EditRefused(faults)


def _faults(files: Sequence[RecordingFile], drawing: Drawing) -> Iterator[Fault]:
    named = {find for finds in drawing.finds for find in finds}
    known = {find: finder for file in files for find, finder in finders_of(file, named).items()}
    for at, (track, finds) in enumerate(zip(drawing.tracks, drawing.finds, strict=True)):
        finders = {known.get(find, "") for find in finds} or {HAND}
        if finders != {track.found_by}:
            detail = (
                f"{track_name(track)} is said to have been found by a detector that did not find it in this recording. "
                "Remove it, and take it from the list of what was found, or draw it."
            )
            yield Fault(f"/tracks/{at}/found_by", "not-found-by", detail)
