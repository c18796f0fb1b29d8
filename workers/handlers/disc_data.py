"""Data discs: each is a bag with its exhibits, documents and records, as one image that is the same each time."""

import shutil
import time
from pathlib import Path

from evidence.court.bundle.facts import Bundle, bundle_facts, file_path
from evidence.court.bundle.seal import Seal, seal_of
from evidence.court.bundle.tree import bag_info, documents_write
from evidence.court.models import DiscSet
from evidence.court.planning import DiscPlanned, SetPlan
from evidence.custody.tree.tiles import TileMissing
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Unit
from evidence.jobs.work import Work
from workers.disc.image import data_image_build
from workers.disc.manifest import MANIFEST, bag_finish
from workers.handlers.disc_image import DiscImage, content_of, file_place

SEALED_WITHIN_S = 15.0
"""Checkpoints are made every second; what takes longer is an outage."""
WITNESSED_WITHIN_S = 5.0
"""A witness that is away does not keep a disc from court."""
_NOT_SEALED = (
    "The custody record of these exhibits is not under a signed checkpoint yet: the sequencer does not run. The "
    "discs are made as soon as it does: ask the administrator."
)
_RECORD_DAMAGED = (
    "The tree over the custody record is damaged, so nobody could check this disc. Tell the administrator: `manage.py "
    "verify_custody` names the place. The record itself is kept apart from its tree."
)


def data_images(work: Work, disc_set: DiscSet, plan: SetPlan) -> list[DiscImage]:
    """Make the image of every disc of the set, one after the other.

    Raises:
        JobFailed: the records cannot be proved (yet).
    """
    bundle = bundle_facts(disc_set, plan)
    seal = _sealed(work, bundle)
    return [_image(work, plan, bundle, seal, disc) for disc in plan.discs]


def _sealed(work: Work, bundle: Bundle) -> Seal:
    """The seal, waited for: what happened in the last second is not under a checkpoint yet."""
    began = time.monotonic()
    try:
        while (seal := seal_of(bundle)) is None or (seal.is_due and time.monotonic() - began < WITNESSED_WITHIN_S):
            if seal is None and time.monotonic() - began > SEALED_WITHIN_S:
                raise JobFailed("record-not-sealed", _NOT_SEALED, is_environment=True)
            work.check()
            time.sleep(0.2)
    except TileMissing as damaged:
        raise JobFailed("record-damaged", _RECORD_DAMAGED, is_environment=True) from damaged
    return seal


def _image(work: Work, plan: SetPlan, bundle: Bundle, seal: Seal, disc: DiscPlanned) -> DiscImage:
    root = work.scratch / f"disc{disc.number}"
    contents = []
    for each in disc.exhibits:
        for found in each.files:
            path = file_path(each, found)
            file_place(work, each, found, root / path)
            contents.append(content_of(each, found, path))
    work.progress(disc.number, disc.of, "writing the documents of disc")
    documents_write(root, bundle, seal, disc.number)
    stage = f"disc {disc.number} of {disc.of}:"
    bag_finish(
        root, info=bag_info(bundle, disc.number), made_at=bundle.asked_at, is_cancelled=work.is_cancelled,
        on_progress=lambda done, total: work.progress(done, total, f"listing {stage}", Unit.BYTES),
    )  # fmt: skip
    _manifest_check(root, {each["path"]: each["sha256"] for each in contents})
    image = work.scratch / f"disc{disc.number}.iso"
    report = data_image_build(
        root, image, volume_id=disc.volume_id, made_at=bundle.asked_at, medium=plan.medium,
        on_progress=lambda done, total: work.progress(done, total, f"writing {stage}", Unit.BYTES),
        is_cancelled=work.is_cancelled,
    )  # fmt: skip
    shutil.rmtree(root)
    return DiscImage(disc=disc, path=image, report=report, contents=tuple(contents))


def _manifest_check(root: Path, sealed: dict[str, str]) -> None:
    """The manifest was hashed from the tree itself: hold it against what was sealed.

    Raises:
        JobFailed: a file changed in scratch; another attempt starts from the vault.
    """
    lines = (root / MANIFEST).read_text(encoding="utf-8").splitlines()
    listed = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    if any(listed.get(path) != sha256 for path, sha256 in sealed.items()):
        raise JobFailed("scratch-damaged", "A file changed between the vault and the disc. The discs are made anew.")
