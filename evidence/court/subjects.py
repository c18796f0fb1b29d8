"""How discs stand in the custody record: the case is told of the disc, each item of its own being on one.

A newcomer's trap: an item's event names no other item and no case, so that its record can leave the force alone.
"""

from collections.abc import Iterable
from uuid import UUID

from evidence.cases.models import Case
from evidence.cases.services import case_subject
from evidence.court.models import Disc, DiscSet
from evidence.custody.parties import FileRef, Recipient, Subject
from evidence.recordings.policy import KIND


def recipient_of(disc_set: DiscSet) -> Recipient:
    """To whom a set goes. They have no row of their own: the set stands for them."""
    return Recipient(kind="disc-recipient", id=disc_set.id, name=disc_set.recipient_name)


def disc_subject(case: Case, disc: Disc) -> Subject:
    """The case, with the disc's image as the file spoken of."""
    return Subject(case_subject(case).kind, case.id, (FileRef(disc.image_id, disc.image.sha256),))


def item_subjects(disc: Disc) -> list[Subject]:
    """Each item on the disc with the files of it that are there."""
    by_recording: dict[str, list[FileRef]] = {}
    for each in disc.contents:
        by_recording.setdefault(each["recording"], []).append(FileRef(UUID(each["file"]), each["sha256"]))
    return [Subject(KIND, UUID(recording), tuple(files)) for recording, files in by_recording.items()]


def exhibit_ids(discs: Iterable[Disc]) -> set[UUID]:
    """The exhibits on these discs."""
    return {UUID(each["exhibit_id"]) for disc in discs for each in disc.contents}
