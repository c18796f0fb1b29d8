"""What a bundle says, gathered from rows once, as plain data: every document of a disc is written from this.

Everything is fixed by the set (its exhibits, and how far their records reached when it was asked for), so the same set
gives the same documents byte for byte. Times are UTC; documents show local time beside it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from evidence.cases.models import Exhibit
from evidence.court.bundle.intake import clock_words, sender_of, time_source_words
from evidence.court.bundle.made import Deed, deeds_of, made_from
from evidence.court.contents import DiscExhibit, DiscFile
from evidence.court.lineage import line_up, recorded_from
from evidence.court.models import DiscSet
from evidence.court.planning import SetPlan
from evidence.custody.canonical import canonical_bytes
from evidence.custody.queries import Line, lines, subject_events
from evidence.recordings.models import Recording
from evidence.recordings.policy import KIND
from evidence.recordings.queries import files_of
from evidence.recordings.subjects import ORIGINAL_ROLES
from workers.disc.label import one_line


@dataclass(frozen=True, kw_only=True)
class ItemFile:
    """A file on a disc. `path` from the disc's root; `note` in plain words what it is; `caution` what whoever opens it
    has to know, '' for what plays everywhere."""

    path: str
    name: str
    disc_number: int
    size_bytes: int
    sha256: str
    media_type: str
    is_original: bool
    is_playable: bool
    note: str
    caution: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One item in the line from the exhibit back to its Master, the exhibit itself first.

    `name` is what its files in metadata/ are called by; `recipe` and `statement` are canonical JSON, empty for a
    Master.
    """

    name: str
    recording_id: UUID
    what: str
    made: str
    made_from: str
    deeds: tuple[Deed, ...]
    sealed_at: datetime
    sha256s: tuple[str, ...]
    recipe: bytes
    recipe_sha256: str
    statement: bytes
    record_length: int


@dataclass(frozen=True, kw_only=True)
class Item:
    """An exhibit as the documents speak of it. Texts are on one line; `duration_s` None where not known.

    `recorded_at`: when what it shows began to be recorded; `recorded_said`: who said so.
    """

    exhibit_id: UUID
    recording_id: UUID
    reference: str
    folder: str
    description: str
    producer: str
    label: str
    """The sentence on the exhibit's label."""
    produced_at: datetime
    what: str
    recorded_at: datetime
    recorded_said: str
    camera_clock: str
    duration_s: float | None
    is_still: bool
    officer: str
    camera: str
    incident_ref: str
    files: tuple[ItemFile, ...]
    steps: tuple[Step, ...]

    @property
    def disc_numbers(self) -> tuple[int, ...]:
        """The discs that it is on: several only where it is too large for one."""
        return tuple(sorted({file.disc_number for file in self.files}))

    @property
    def discs(self) -> str:
        """The same for people: '2', '1, 2'."""
        return ", ".join(map(str, self.disc_numbers))

    @property
    def master(self) -> str:
        """Its Master with hashes, for a copy of a copy; '' where what it was made from is the Master, or it is one."""
        top = self.steps[-1]
        return f"{top.recording_id}, SHA-256 {' '.join(top.sha256s)}" if len(self.steps) > 2 else ""

    def files_on(self, number: int) -> tuple[ItemFile, ...]:
        """Its files on one disc."""
        return tuple(file for file in self.files if file.disc_number == number)


@dataclass(frozen=True, kw_only=True)
class DiscFacts:
    """One disc of the set."""

    number: int
    volume_id: str
    references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A set of discs. `asked_at` is when it was asked for: it stands for every date in and on the discs, and is how far
    the custody records reach."""

    set_id: UUID
    force: str
    urn: str
    title: str
    recipient: str
    asked_by: str
    asked_at: datetime
    discs: tuple[DiscFacts, ...]
    items: tuple[Item, ...]

    def on_disc(self, number: int) -> tuple[Item, ...]:
        """What is on this disc, whole or in part."""
        return tuple(item for item in self.items if number in item.disc_numbers)


def bundle_facts(disc_set: DiscSet, plan: SetPlan) -> Bundle:
    """Gather what the documents of a set need.

    Raises:
        VaultUnavailable: the frame index of something that was cut cannot be read now.
    """
    disc_of = {file.file.id: disc.number for disc in plan.discs for exhibit in disc.exhibits for file in exhibit.files}
    return Bundle(
        set_id=disc_set.id, force=one_line(settings.FORCE_NAME), urn=one_line(disc_set.case.urn),
        title=one_line(disc_set.case.title), recipient=one_line(disc_set.recipient_name),
        asked_by=one_line(disc_set.requested_by.label), asked_at=disc_set.requested_at,
        discs=tuple(
            DiscFacts(number=disc.number, volume_id=disc.volume_id, references=disc.references) for disc in plan.discs
        ),
        items=tuple(_item(each, disc_of, disc_set.record_until) for each in plan.exhibits),
    )  # fmt: skip


def record_lines(step: Step) -> list[Line]:
    """A custody record of the line, 1 to `record_length` without a gap."""
    return lines(subject_events(KIND, step.recording_id).filter(subject_seq__lte=step.record_length))


def file_path(each: DiscExhibit, file: DiscFile) -> str:
    """Where a file of an exhibit lies on its disc."""
    return f"data/exhibits/{each.folder}/{file.name}"


def _item(each: DiscExhibit, disc_of: Mapping[UUID, int], lengths: Mapping[str, int]) -> Item:
    exhibit, recording = each.exhibit, each.exhibit.recording
    return Item(
        exhibit_id=exhibit.id, recording_id=recording.id, reference=exhibit.reference, folder=each.folder,
        description=one_line(exhibit.description), producer=_producer(exhibit), label=one_line(exhibit.label_text),
        produced_at=exhibit.produced_at, what=recording.get_kind_display(), recorded_at=recorded_from(recording),
        recorded_said=time_source_words(recording), camera_clock=clock_words(recording),
        duration_s=recording.duration_s, is_still=any(file.file.media_type == "image/png" for file in each.files),
        officer=one_line(recording.officer.label) if recording.officer else "not known",
        camera=one_line(recording.camera.serial) if recording.camera else "not known",
        incident_ref=one_line(recording.incident_ref),
        files=tuple(_file(each, file, disc_of[file.file.id]) for file in each.files),
        steps=tuple(_steps(each.folder, recording, lengths)),
    )  # fmt: skip


def _producer(exhibit: Exhibit) -> str:
    return one_line(exhibit.producer.full_name)


def _file(each: DiscExhibit, found: DiscFile, disc_number: int) -> ItemFile:
    file = found.file
    if not found.is_original:
        note = "Made from the original, because browsers cannot play the original."
    elif each.exhibit.recording.is_master:
        note = "The original, byte for byte as it was sealed."
    else:
        note = "The working copy, byte for byte as it was sealed."
    return ItemFile(
        path=file_path(each, found), name=found.name, disc_number=disc_number, size_bytes=file.size_bytes,
        sha256=file.sha256, media_type=file.media_type, is_original=found.is_original, is_playable=found.is_playable,
        note=f"{note} {found.caution}".strip(), caution=found.caution,
    )  # fmt: skip


def _steps(folder: str, recording: Recording, lengths: Mapping[str, int]) -> Iterator[Step]:
    for number, current in enumerate(line_up(recording)):
        made = sender_of(current) if current.is_master else f"made by {_maker(current)}"
        yield Step(
            name=_step_name(folder, number, current), recording_id=current.id, what=_step_what(current),
            made=one_line(made), made_from=made_from(current), deeds=deeds_of(current), sealed_at=current.sealed_at,
            sha256s=tuple(file.sha256 for file in files_of(current, *ORIGINAL_ROLES)),
            recipe=_canonical(current.recipe), recipe_sha256=current.recipe_sha256,
            statement=_canonical(current.statement), record_length=lengths.get(str(current.id), 0),
        )  # fmt: skip


def _step_name(folder: str, number: int, recording: Recording) -> str:
    """`AB_1` for the exhibit itself, `AB_1_master`, and `AB_1_from1` for a copy in between."""
    if number == 0:
        return folder
    return f"{folder[:40]}_master" if recording.is_master else f"{folder[:40]}_from{number}"


def _step_what(recording: Recording) -> str:
    return "Master" if recording.is_master else recording.get_kind_display()


def _canonical(value: object) -> bytes:
    return canonical_bytes(value) if value is not None else b""


def _maker(recording: Recording) -> str:
    return recording.made_by.label if recording.made_by else "a process of the force"
