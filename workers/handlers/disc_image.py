"""What both kinds of disc share: an image that was made, and an exhibit's file put in place and checked on the way."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.court.contents import DiscExhibit, DiscFile
from evidence.court.errors import ExhibitDamaged
from evidence.court.planning import DiscPlanned
from evidence.court.services import damage_note
from evidence.jobs.models import Unit
from evidence.jobs.work import Work
from evidence.vault.errors import ObjectMissing
from evidence.vault.services import object_local, object_suspect
from workers.disc.image import ImageReport

_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class DiscImage:
    """A finished image in scratch. `contents` as `Disc.contents`."""

    disc: DiscPlanned
    path: Path
    report: ImageReport
    contents: tuple[dict[str, Any], ...]


def content_of(each: DiscExhibit, found: DiscFile, path: str) -> dict[str, Any]:
    """The line of `Disc.contents` about one file."""
    return {
        "exhibit": each.reference, "exhibit_id": str(each.exhibit.id), "recording": str(each.exhibit.recording_id),
        "file": str(found.file.id), "path": path, "size_bytes": found.file.size_bytes, "sha256": found.file.sha256,
    }  # fmt: skip


def file_place(work: Work, each: DiscExhibit, found: DiscFile, target: Path) -> None:
    """Put an exhibit's file at `target`, read whole and compared with what was sealed.

    On the vault's own file system it is a second name of the very file, so a disc needs no second copy in scratch.

    Raises:
        ExhibitDamaged: it is not what was sealed; the item's record says so now.
        VaultUnavailable: the vault cannot be reached; try again.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with object_local(found.file.stored) as source:
            _link_or_copy(source, target)
        sha256 = _hashed(work, target, f"checking {each.reference}:", found.file.size_bytes)
    except ObjectMissing as missing:
        raise _damaged(each, found) from missing
    if sha256 != found.file.sha256:
        raise _damaged(each, found)


def _link_or_copy(source: Path, target: Path) -> None:
    with suppress(OSError):
        os.link(source, target)
        return
    shutil.copyfile(source, target)


def _hashed(work: Work, path: Path, stage: str, size_bytes: int) -> str:
    digest = hashlib.sha256()
    done = 0
    for chunk in _chunks(path):
        digest.update(chunk)
        done += len(chunk)
        work.progress(done, size_bytes, stage, Unit.BYTES)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as source:
        # what was just written or read is in memory; what counts is what the disc below holds
        os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := source.read(_CHUNK_BYTES):
            yield chunk


def _damaged(each: DiscExhibit, found: DiscFile) -> ExhibitDamaged:
    damage_note(found=found)
    object_suspect(found.file.stored)
    return ExhibitDamaged(
        f"{each.reference} is not what was sealed: the file in the vault is damaged or missing ({found.name}). No disc "
        "was made. Tell the evidence manager; it can be restored from a replica."
    )
