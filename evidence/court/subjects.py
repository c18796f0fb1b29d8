"""How discs stand in the custody record: the case is told of the disc, each item of its own being on one.

A newcomer's trap: an item's event names no other item and no case, so that its record can leave the force alone.
"""

from uuid import UUID

from django.db.models import QuerySet

from evidence.cases.models import Case, Exhibit
from evidence.cases.services import case_subject
from evidence.court.models import Disc, DiscKind, DiscSet
from evidence.custody.parties import FileRef, Recipient, Subject
from evidence.recordings.policy import KIND


def recipient_of(disc_set: DiscSet) -> Recipient:
    """To whom a set goes. They have no row of their own: the set stands for them."""
    return Recipient(kind="disc-recipient", id=disc_set.id, name=disc_set.recipient_name)


def disc_subject(case: Case, disc: Disc) -> Subject:
    """The case, with the disc's image as the file spoken of."""
    return Subject(case_subject(case).kind, case.id, (FileRef(disc.image_id, disc.image.sha256),))


def item_subjects(disc: Disc) -> list[Subject]:
    """Each item that was planned for the disc, with the files of it that are there."""
    files: dict[str, list[FileRef]] = {}
    for each in disc.contents:
        files.setdefault(each["recording"], []).append(FileRef(UUID(each["file"]), each["sha256"]))
    recordings = disc.exhibits.order_by("initials", "number").values_list("recording_id", flat=True)
    return [Subject(KIND, each, tuple(files.get(str(each), ()))) for each in recordings]


def exhibits_told(disc: Disc) -> QuerySet[Exhibit]:
    """The exhibits that whoever has the disc learns of: on a data disc all of its set, for the list, index page and
    bundle.json of each disc describe those on its siblings too; on a viewing DVD those it plays."""
    told = disc.disc_set.exhibits if disc.disc_set.kind == DiscKind.DATA else disc.exhibits
    return told.select_related("recording")
