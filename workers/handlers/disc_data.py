"""Data discs: each is a bag with its exhibits, documents and records, as one image that is the same each time."""

import shutil
import time
from pathlib import Path

from django.conf import settings

from evidence.court.bundle.c2pa_claim import claims
from evidence.court.bundle.facts import Bundle, bundle_facts, file_path
from evidence.court.bundle.seal import Seal, seal_of
from evidence.court.bundle.tree import bag_info, documents_write
from evidence.court.models import DiscSet
from evidence.court.planning import DiscPlanned, SetPlan
from evidence.custody.tree.tiles import TileMissing
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Unit
from evidence.jobs.work import Work
from workers.disc.c2pa_sidecar import Signer, sidecar_sign, signer_read
from workers.disc.errors import C2paUnready
from workers.disc.image import data_image_build
from workers.disc.manifest import MANIFEST, bag_finish
from workers.handlers.disc_image import DiscImage, content_of, file_place

SEALED_WITHIN_S = 15.0
"""Checkpoints are made every second; what takes longer is an outage."""
ANCHORED_WITHIN_S = 10.0
"""Witnesses and timestamps: who is away does not keep a disc from court."""
_NOT_SEALED = (
    "The custody record of these exhibits is not under a signed checkpoint yet: the sequencer does not run. The "
    "discs are made as soon as it does: ask the administrator."
)
_C2PA_UNREADY = (
    "The settings ask for C2PA manifests on discs. The discs are made as soon as they can be signed, or are no longer "
    "asked for: ask the administrator."
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
    signer = _c2pa_signer()
    seal = _sealed(work, bundle)
    return [_image(work, plan, bundle, seal, disc, signer=signer) for disc in plan.discs]


def _c2pa_signer() -> Signer | None:
    """Who signs C2PA manifests; None where the settings ask for none."""
    if settings.C2PA_FILES is None:
        return None
    certificates, key = settings.C2PA_FILES
    try:
        return signer_read(certificates, key)
    except C2paUnready as unready:
        raise _c2pa_failed(unready) from unready


def _c2pa_write(root: Path, bundle: Bundle, seal: Seal, number: int, signer: Signer) -> None:
    for claim in claims(bundle, seal, number):
        try:
            signed = sidecar_sign(claim.definition, sha256=claim.sha256, signer=signer)
        except C2paUnready as unready:
            raise _c2pa_failed(unready) from unready
        (root / claim.path).parent.mkdir(parents=True, exist_ok=True)
        (root / claim.path).write_bytes(signed)


def _c2pa_failed(unready: C2paUnready) -> JobFailed:
    message = f"{unready.message} {_C2PA_UNREADY}"
    return JobFailed("c2pa-unready", message, is_environment=True)


def _sealed(work: Work, bundle: Bundle) -> Seal:
    """The seal, waited for: what happened in the last second is not under a checkpoint yet."""
    began = time.monotonic()
    try:
        while (seal := seal_of(bundle)) is None or (seal.is_due and time.monotonic() - began < ANCHORED_WITHIN_S):
            if seal is None and time.monotonic() - began > SEALED_WITHIN_S:
                raise JobFailed("record-not-sealed", _NOT_SEALED, is_environment=True)
            work.check()
            time.sleep(0.2)
    except TileMissing as damaged:
        raise JobFailed("record-damaged", _RECORD_DAMAGED, is_environment=True) from damaged
    return seal


def _image(
    work: Work, plan: SetPlan, bundle: Bundle, seal: Seal, disc: DiscPlanned, *, signer: Signer | None
) -> DiscImage:
    root = work.scratch / f"disc{disc.number}"
    contents = []
    for each in disc.exhibits:
        for found in each.files:
            path = file_path(each, found)
            file_place(work, each, found, root / path)
            contents.append(content_of(each, found, path))
    work.progress(disc.number, disc.of, "writing the documents of disc")
    documents_write(root, bundle, seal, disc.number)
    if signer:
        _c2pa_write(root, bundle, seal, disc.number, signer)
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
