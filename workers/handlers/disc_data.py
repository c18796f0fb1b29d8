"""Data discs: each is a bag with its exhibits, documents and records, as one image that is the same each time."""

import shutil
from pathlib import Path

from evidence.court.bundle.facts import Bundle, bundle_facts, file_path
from evidence.court.bundle.tree import bag_info, documents_write
from evidence.court.models import DiscSet
from evidence.court.planning import DiscPlanned, SetPlan
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Unit
from evidence.jobs.work import Work
from workers.disc.image import data_image_build
from workers.disc.manifest import MANIFEST, bag_finish
from workers.handlers.disc_image import DiscImage, content_of, file_place


def data_images(work: Work, disc_set: DiscSet, plan: SetPlan) -> list[DiscImage]:
    """Make the image of every disc of the set, one after the other."""
    bundle = bundle_facts(disc_set, plan)
    return [_image(work, plan, bundle, disc) for disc in plan.discs]


def _image(work: Work, plan: SetPlan, bundle: Bundle, disc: DiscPlanned) -> DiscImage:
    root = work.scratch / f"disc{disc.number}"
    contents = []
    for each in disc.exhibits:
        for found in each.files:
            path = file_path(each, found)
            file_place(work, each, found, root / path)
            contents.append(content_of(each, found, path))
    work.progress(disc.number, disc.of, "writing the documents of disc")
    documents_write(root, bundle, disc.number)
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
