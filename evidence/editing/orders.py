"""An order for a working copy, as a job carries it from the person who asked to the worker that makes it.

Plain data in `Job.params`. The recipe in it is canonical data; its hash is already in the custody record when the
worker reads it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from evidence.custody.canonical import canonical_bytes
from evidence.jobs.models import Job
from evidence.recordings.models import Kind, RecordingFile
from evidence.recordings.queries import Part

RENDER, TRANSCODE, SALVAGE, SHEET = "copy.render", "copy.transcode", "copy.salvage", "copy.sheet"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made. `file`: the sealed file it is made from, `more`: further ones, in the recipe's order;
    `asked`: names the asking that made the job."""

    file: str
    kind: str
    recipe: Mapping[str, Any]
    recipe_sha256: str
    title: str
    reason: str
    asked: str
    more: Sequence[str] = ()

    @property
    def params(self) -> dict[str, Any]:
        """As `Job.params`."""
        return {**asdict(self), "more": list(self.more)}

    def is_same_as(self, other: "Order") -> bool:
        """True when both ask for the same thing for the same reason, whenever they were asked."""
        mine, theirs = ((each.file, each.kind, each.recipe_sha256, each.reason) for each in (self, other))
        return mine == theirs

    @property
    def copy_kind(self) -> Kind:
        """The kind of working copy."""
        return Kind(self.kind)

    @property
    def file_ids(self) -> tuple[UUID, ...]:
        """The sealed files, in the recipe's order."""
        return tuple(UUID(each) for each in (self.file, *self.more))


def order_of(job: Job) -> Order:
    """The order a job was enqueued with."""
    return Order(**job.params)


def transcode_recipe(part: Part) -> dict[str, Any]:
    """What says a plain MP4 in full. It selects and covers nothing, so it is no recipe of the renderer's."""
    original: RecordingFile = part.original
    return {
        "v": 1, "operation": "transcode",
        "source": {"file": str(original.id), "sha256": original.sha256, "role": original.role},
        "output": {"container": "mp4", "video": "h264", "audio": "aac"},
    }  # fmt: skip


def named_file(file: RecordingFile) -> dict[str, str]:
    """A sealed file as a recipe names it."""
    return {"file": str(file.id), "sha256": file.sha256, "role": file.role}


def canonical_sha256(value: Mapping[str, Any]) -> str:
    """Lower-case hex SHA-256 of the canonical bytes."""
    return sha256(canonical_bytes(dict(value))).hexdigest()


def order_files(order: Order) -> tuple[RecordingFile, ...]:
    """The sealed files that an order's copy is made from, in the recipe's order."""
    rows = RecordingFile.objects.select_related("recording", "stored").in_bulk(order.file_ids)
    return tuple(rows[each] for each in order.file_ids)
