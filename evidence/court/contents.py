"""Which files of an exhibit go on a disc, and under which names. Reads rows; opens nothing.

What is handed over is the exhibited item itself: for a redaction its redacted file, never the Master it was made from,
whatever `with_originals` says. A Master that browsers cannot play goes as its proxy, and with `with_originals` also
byte for byte.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Max

from evidence.cases.models import Exhibit
from evidence.court.errors import ExhibitNotReady
from evidence.custody.models import Event
from evidence.recordings.models import FileRole, Recording, RecordingFile, State
from evidence.recordings.policy import KIND
from evidence.recordings.queries import files_of, viewing_files
from evidence.recordings.services.download import EXTENSIONS
from evidence.recordings.subjects import ORIGINAL_ROLES
from workers.disc.planning import safe_name


@dataclass(frozen=True, slots=True)
class DiscFile:
    """A file of an exhibit and its name on the disc (`AB_1_redaction.mp4`)."""

    file: RecordingFile
    name: str

    @property
    def is_original(self) -> bool:
        """True for the sealed bytes of the item, False for a proxy made of them."""
        return self.file.role in ORIGINAL_ROLES


@dataclass(frozen=True, slots=True)
class DiscExhibit:
    """An exhibit with its folder's name on the disc (`AB_1`) and the files that go there."""

    exhibit: Exhibit
    folder: str
    files: tuple[DiscFile, ...]

    @property
    def reference(self) -> str:
        """`AB/1`."""
        return self.exhibit.reference

    @property
    def size_bytes(self) -> int:
        """Of its files together."""
        return sum(each.file.size_bytes for each in self.files)

    @property
    def viewing(self) -> tuple[DiscFile, ...]:
        """The files that are played, one a part: the proxy where there is one."""
        proxied = {each.file.part for each in self.files if not each.is_original}
        return tuple(each for each in self.files if not each.is_original or each.file.part not in proxied)


def exhibit_contents(exhibits: Iterable[Exhibit], *, with_originals: bool) -> tuple[DiscExhibit, ...]:
    """What goes on discs for these exhibits, in the order given.

    Raises:
        ExhibitNotReady: one of them is still being prepared.
    """
    taken: list[str] = []
    found: list[DiscExhibit] = []
    for exhibit in exhibits:
        _ready_require(exhibit)
        folder = safe_name(exhibit.reference, taken)
        taken.append(folder)
        found.append(DiscExhibit(exhibit, folder, _files(exhibit.recording, folder, with_originals=with_originals)))
    return tuple(found)


def record_lengths(recordings: Sequence[Recording]) -> dict[str, int]:
    """`{recording id: number of its last event}`: how far each custody record reaches now."""
    rows = Event.objects.filter(subject_kind=KIND, subject_id__in=[each.id for each in recordings])
    known = dict(rows.values_list("subject_id").annotate(last=Max("subject_seq")).order_by())
    return {str(each.id): known.get(each.id, 0) for each in recordings}


def _ready_require(exhibit: Exhibit) -> None:
    if exhibit.recording.state in {State.SEALED, State.PREPARING}:
        raise ExhibitNotReady(
            f"{exhibit.reference} is still being prepared for viewing. Wait until it can be played, or leave it out."
        )


def _files(recording: Recording, folder: str, *, with_originals: bool) -> tuple[DiscFile, ...]:
    viewing = viewing_files(recording)
    originals = files_of(recording, FileRole.MASTER, FileRole.COPY) if with_originals else []
    rows = {file.id: file for file in (*viewing, *originals)}
    ordered = sorted(rows.values(), key=lambda file: (file.part, file.role not in ORIGINAL_ROLES))
    return tuple(DiscFile(file, _name(recording, file, folder)) for file in ordered)


def _name(recording: Recording, file: RecordingFile, folder: str) -> str:
    what = {FileRole.MASTER: "original", FileRole.PROXY: "proxy"}.get(FileRole(file.role), recording.kind)
    part = f"_part{file.part}" if file.part > 1 else ""
    return f"{folder[:40]}_{what}{part}.{EXTENSIONS.get(file.media_type, 'bin')}"
