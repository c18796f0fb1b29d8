"""Which files of an exhibit go on a disc, and under which names. Reads rows; opens nothing.

What is handed over is the exhibited item itself: for a redaction its redacted file, never the Master it was made from,
whatever `with_originals` says. A Master that browsers cannot play goes as its proxy, and with `with_originals` also
byte for byte. A part of which nothing can be played goes as it was sealed, always: what is left out unseen would be
missing evidence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Max

from evidence.cases.models import Exhibit
from evidence.court.errors import ExhibitEmpty, ExhibitNotPlain, ExhibitNotReady
from evidence.court.lineage import line_up
from evidence.court.playing import form_words, is_plain
from evidence.custody.models import Event
from evidence.recordings.leaving import is_fast
from evidence.recordings.models import FileRole, Recording, RecordingFile, State
from evidence.recordings.policy import KIND
from evidence.recordings.queries import Part, parts_of
from evidence.recordings.services.download import EXTENSIONS
from evidence.recordings.subjects import ORIGINAL_ROLES
from workers.disc.planning import safe_name

_EXTENSIONS = {**EXTENSIONS, "audio/mp4": "m4a", "video/mpeg": "mpg"}
FAST_CAUTION = (
    "Parts of it are exactly as they were recorded. If a player stumbles where they meet the others, try another "
    "player, or ask for it as 'Most compatible'."
)
UNPLAYABLE = "Nothing of it can be played here, so it goes as it was sealed; it may need the maker's own player."


@dataclass(frozen=True, slots=True)
class DiscFile:
    """A file of an exhibit and its name on the disc (`AB_1_redaction.mp4`).

    `is_watched`: it stands for its part, and is no original that only goes along. `is_playable`: browsers show it.
    `form`: what it is where that is not plain MP4 or PNG ('a WebM with VP9 and Opus'); '' where it is. `is_fast`: see
    `recordings.leaving`.
    """

    file: RecordingFile
    name: str
    is_watched: bool
    is_playable: bool
    form: str = ""
    is_fast: bool = False

    @property
    def is_original(self) -> bool:
        """True for the sealed bytes of the item, False for a proxy made of them."""
        return self.file.role in ORIGINAL_ROLES

    @property
    def caution(self) -> str:
        """What whoever opens it has to know; '' for what plays everywhere."""
        if self.is_watched and not self.is_playable:
            return UNPLAYABLE
        if self.form:
            return f"It may need a player: it is {self.form}."
        return FAST_CAUTION if self.is_fast else ""


@dataclass(frozen=True, slots=True)
class DiscExhibit:
    """An exhibit with its folder's name on the disc (`AB_1`) and the files that go there.

    On a disc that takes only some of its `part_count` parts, `files` are those of these parts.
    """

    exhibit: Exhibit
    folder: str
    files: tuple[DiscFile, ...]
    part_count: int

    @property
    def reference(self) -> str:
        """`AB/1`."""
        return self.exhibit.reference

    @property
    def parts(self) -> tuple[int, ...]:
        """The numbers of the parts that are here."""
        return tuple(sorted({each.file.part for each in self.files}))

    @property
    def shown(self) -> str:
        """`AB/1`, or `AB/1 part 2 of 3` where not all of it is here."""
        if len(self.parts) == self.part_count:
            return self.reference
        word = "part" if len(self.parts) == 1 else "parts"
        return f"{self.reference} {word} {', '.join(map(str, self.parts))} of {self.part_count}"

    @property
    def size_bytes(self) -> int:
        """Of its files together."""
        return sum(each.file.size_bytes for each in self.files)

    @property
    def viewing(self) -> tuple[DiscFile, ...]:
        """The files that are played, one a part: the proxy where there is one."""
        return tuple(each for each in self.files if each.is_watched and each.is_playable)

    def only(self, parts: Iterable[int]) -> "DiscExhibit":
        """The same with these parts alone."""
        wanted = set(parts)
        return replace(self, files=tuple(each for each in self.files if each.file.part in wanted))


def exhibit_contents(exhibits: Iterable[Exhibit], *, with_originals: bool) -> tuple[DiscExhibit, ...]:
    """What goes on discs for these exhibits, in the order given.

    Raises:
        ExhibitNotReady: one of them, or a part of one, is still being prepared.
        ExhibitEmpty: one of them has no file.
    """
    taken: list[str] = []
    found: list[DiscExhibit] = []
    for exhibit in exhibits:
        parts = parts_of(exhibit.recording)
        _ready_require(exhibit, parts)
        folder = safe_name(exhibit.reference, taken)
        taken.append(folder)
        files = tuple(
            each for part in parts for each in _files(exhibit.recording, part, folder, with_originals=with_originals)
        )
        found.append(DiscExhibit(exhibit, folder, files, len(parts)))
    return tuple(found)


def plain_require(contents: Iterable[DiscExhibit]) -> None:
    """Refuse films that play here but not everywhere, where their originals were not asked for.

    Raises:
        ExhibitNotPlain: names the first of them and says what to do.
    """
    for each in contents:
        odd = next((file for file in each.files if file.is_playable and file.form), None)
        if odd is not None:
            part = f" part {odd.file.part}" if each.part_count > 1 else ""
            raise ExhibitNotPlain(
                f"{each.reference}{part} is {odd.form}, which not every computer plays. Make a plain MP4 of it under "
                "Edit and produce that, or take the originals along."
            )


def record_lengths(recordings: Sequence[Recording]) -> dict[str, int]:
    """`{recording id: number of its last event}`: how far each custody record reaches now, and those of all that the
    recordings were made from."""
    identifiers = {each.id for recording in recordings for each in line_up(recording)}
    rows = Event.objects.filter(subject_kind=KIND, subject_id__in=identifiers)
    known = dict(rows.values_list("subject_id").annotate(last=Max("subject_seq")).order_by())
    return {str(each): known.get(each, 0) for each in identifiers}


def _ready_require(exhibit: Exhibit, parts: Sequence[Part]) -> None:
    if not parts:
        raise ExhibitEmpty(f"{exhibit.reference} has no file that could go on a disc. Leave it out.")
    waiting = exhibit.recording.state in {State.SEALED, State.PREPARING}
    if waiting or any(part.state == State.PREPARING for part in parts):
        raise ExhibitNotReady(
            f"{exhibit.reference} is still being prepared for viewing. Wait until it can be played, or leave it out."
        )


def _files(recording: Recording, part: Part, folder: str, *, with_originals: bool) -> tuple[DiscFile, ...]:
    viewing = part.viewing or part.original
    files = [viewing] if viewing == part.original or not with_originals else [part.original, viewing]
    return tuple(
        DiscFile(
            file, _name(recording, file, folder), is_watched=file == viewing,
            is_playable=file == part.viewing,
            form="" if is_plain(file, part.original) else form_words(file, part.original),
            is_fast=file.role == FileRole.COPY and is_fast(recording),
        )
        for file in files
    )  # fmt: skip


def _name(recording: Recording, file: RecordingFile, folder: str) -> str:
    what = {FileRole.MASTER: "original", FileRole.PROXY: "proxy"}.get(FileRole(file.role), recording.kind)
    part = f"_part{file.part}" if file.part > 1 else ""
    return f"{folder[:40]}_{what}{part}.{_EXTENSIONS.get(file.media_type, 'bin')}"
