"""What a bundle says, gathered from rows once, as plain data: every document of a disc is written from this.

Everything is fixed by the set (its exhibits, and how far their records reached when it was asked for), so the same set
gives the same documents byte for byte. Times are UTC; documents show local time beside it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from evidence.cases.models import Exhibit
from evidence.court.contents import DiscExhibit, DiscFile
from evidence.court.models import DiscSet
from evidence.court.planning import SetPlan
from evidence.custody.queries import Line, lines, subject_events
from evidence.recordings.models import Recording
from evidence.recordings.policy import KIND
from evidence.recordings.queries import files_of
from evidence.recordings.subjects import ORIGINAL_ROLES
from workers.disc.label import one_line


@dataclass(frozen=True, kw_only=True)
class ItemFile:
    """A file on the disc. `path` from the disc's root; `note` in plain words what it is."""

    path: str
    name: str
    size_bytes: int
    sha256: str
    media_type: str
    is_original: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One item in the line from the exhibit back to its Master, the exhibit itself first."""

    what: str
    made: str
    sealed_at: datetime
    sha256s: tuple[str, ...]
    recipe_sha256: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """An exhibit as the documents speak of it. Texts are on one line; `duration_s` None where not known."""

    exhibit_id: UUID
    recording_id: UUID
    reference: str
    folder: str
    disc_number: int
    description: str
    producer: str
    label: str
    """The sentence on the exhibit's label."""
    produced_at: datetime
    what: str
    recorded_at: datetime
    recorded_at_source: str
    duration_s: float | None
    officer: str
    camera: str
    incident_ref: str
    files: tuple[ItemFile, ...]
    steps: tuple[Step, ...]
    record_length: int

    @property
    def is_film(self) -> bool:
        """True for something with a length, False for a still."""
        return any(file.media_type.startswith("video/") for file in self.files)


@dataclass(frozen=True, kw_only=True)
class DiscFacts:
    """One disc of the set."""

    number: int
    volume_id: str
    references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A set of discs. `made_at` is when it was asked for: it stands for every date in and on the discs."""

    set_id: UUID
    force: str
    urn: str
    title: str
    recipient: str
    made_by: str
    made_at: datetime
    discs: tuple[DiscFacts, ...]
    items: tuple[Item, ...]

    def on_disc(self, number: int) -> tuple[Item, ...]:
        """What is on this disc."""
        return tuple(item for item in self.items if item.disc_number == number)


def bundle_facts(disc_set: DiscSet, plan: SetPlan) -> Bundle:
    """Gather what the documents of a set need."""
    number_of = {exhibit.reference: disc.number for disc in plan.discs for exhibit in disc.exhibits}
    return Bundle(
        set_id=disc_set.id, force=one_line(settings.FORCE_NAME), urn=one_line(disc_set.case.urn),
        title=one_line(disc_set.case.title), recipient=one_line(disc_set.recipient_name),
        made_by=one_line(disc_set.requested_by.label), made_at=disc_set.requested_at,
        discs=tuple(
            DiscFacts(number=disc.number, volume_id=disc.volume_id, references=disc.references) for disc in plan.discs
        ),
        items=tuple(
            _item(each, number_of[each.reference], disc_set.record_until.get(str(each.exhibit.recording_id), 0))
            for each in plan.exhibits
        ),
    )  # fmt: skip


def record_lines(item: Item) -> list[Line]:
    """The item's custody record, 1 to `record_length` without a gap."""
    return lines(subject_events(KIND, item.recording_id).filter(subject_seq__lte=item.record_length))


def file_path(each: DiscExhibit, file: DiscFile) -> str:
    """Where a file of an exhibit lies on its disc."""
    return f"data/exhibits/{each.folder}/{file.name}"


def _item(each: DiscExhibit, disc_number: int, record_length: int) -> Item:
    exhibit, recording = each.exhibit, each.exhibit.recording
    return Item(
        exhibit_id=exhibit.id, recording_id=recording.id, reference=exhibit.reference, folder=each.folder,
        disc_number=disc_number, description=one_line(exhibit.description), producer=_producer(exhibit),
        label=one_line(exhibit.label_text),
        produced_at=exhibit.produced_at, what=recording.get_kind_display(), recorded_at=recording.recorded_at,
        recorded_at_source=recording.recorded_at_source, duration_s=recording.duration_s,
        officer=one_line(recording.officer.label) if recording.officer else "not known",
        camera=one_line(recording.camera.serial) if recording.camera else "not known",
        incident_ref=one_line(recording.incident_ref),
        files=tuple(_file(each, file) for file in each.files), steps=_steps(recording), record_length=record_length,
    )  # fmt: skip


def _producer(exhibit: Exhibit) -> str:
    return one_line(exhibit.producer.full_name)


def _file(each: DiscExhibit, found: DiscFile) -> ItemFile:
    file = found.file
    if not found.is_original:
        note = "Plain MP4 made from the original, because browsers cannot play the original."
    elif each.exhibit.recording.is_master:
        note = "The original, byte for byte as it was sealed."
    else:
        note = "The working copy, byte for byte as it was sealed."
    return ItemFile(
        path=file_path(each, found), name=found.name, size_bytes=file.size_bytes, sha256=file.sha256,
        media_type=file.media_type, is_original=found.is_original, note=note,
    )  # fmt: skip


def _steps(recording: Recording) -> tuple[Step, ...]:
    steps: list[Step] = []
    current: Recording | None = recording
    while current is not None:
        made = "taken in from the camera" if current.is_master else f"made by {_maker(current)}"
        steps.append(
            Step(
                what=current.get_kind_display(), made=one_line(made), sealed_at=current.sealed_at,
                sha256s=tuple(file.sha256 for file in files_of(current, *ORIGINAL_ROLES)),
                recipe_sha256=current.recipe_sha256,
            )
        )  # fmt: skip
        current = current.parent
    return tuple(steps)


def _maker(recording: Recording) -> str:
    return recording.made_by.label if recording.made_by else "a process of the force"
