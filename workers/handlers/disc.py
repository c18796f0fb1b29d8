"""`disc.build`: a set of discs, from exhibits in the vault to sealed images.

Reads top to bottom: plan, one image a disc in scratch, all images into the vault, one transaction that shows them. No
byte of an exhibit reaches a disc before its SHA-256 was compared with what was sealed. How a tree or a DVD is made is
in `disc_data` and `disc_viewing`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from django.utils import timezone

from evidence.court.lineage import recorded_from
from evidence.court.models import DiscKind, DiscSet, DiscSetState
from evidence.court.planning import set_plan_of
from evidence.court.services import (
    MadeDisc,
    disc_set_begin,
    disc_set_cancelled,
    disc_set_failed,
    disc_set_finish,
    disclosure_recheck,
)
from evidence.http.errors import AppError
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Job, Unit
from evidence.jobs.work import Work
from evidence.recordings.models import Kind
from evidence.vault.errors import VaultFull, VaultUnavailable
from evidence.vault.models import ObjectClass
from evidence.vault.services import Put, object_discard, object_put
from workers.disc.errors import DiscError
from workers.disc.label import CopyKind, DiscLabel, label_lines
from workers.handlers.disc_data import data_images
from workers.handlers.disc_image import DiscImage
from workers.handlers.disc_viewing import viewing_images


def handle(work: Work) -> None:
    """Make the discs of one set."""
    disc_set = _set_of(work.job)
    if disc_set.state == DiscSetState.MADE:
        return
    disc_set_begin(disc_set=disc_set)
    with _words():
        disclosure_recheck(disc_set=disc_set)
        plan = set_plan_of(disc_set)
        make = viewing_images if disc_set.kind == DiscKind.VIEWING else data_images
        images = make(work, disc_set, plan)
    puts: list[Put] = []
    try:
        for image in images:
            puts.append(_put(work, image, puts))
        discs = [_made(disc_set, image, put) for image, put in zip(images, puts, strict=True)]
        with work.finishing({"disc_set": str(disc_set.pk)}):
            # making takes hours: what was restricted or withdrawn meanwhile does not get out
            with _words():
                disclosure_recheck(disc_set=disc_set)
            disc_set_finish(disc_set=disc_set, actor=work.job.requested_by, discs=discs)
    except BaseException:
        for put in puts:
            # what cannot be dropped now is the vault sweep's; the first error is the one to tell
            with suppress(AppError):
                object_discard(put)
        raise


def failed(job: Job) -> None:
    """Tell the set that it could not be made."""
    disc_set_failed(disc_set=_set_of(job), code=job.error_code, message=job.error)


def cancelled(job: Job) -> None:
    """Tell the set that its making was stopped."""
    disc_set_cancelled(disc_set=_set_of(job), job=job)


def _set_of(job: Job) -> DiscSet:
    return DiscSet.objects.select_related("case", "requested_by").get(pk=UUID(job.params["disc_set"]))


@contextmanager
def _words() -> Iterator[None]:
    """A refusal that trying again would meet again ends the job; a vault that cannot be reached does not."""
    try:
        yield
    except (VaultUnavailable, VaultFull):
        raise
    except (AppError, DiscError) as error:
        raise JobFailed(error.code, error.message, is_final=True) from error


def _put(work: Work, image: DiscImage, earlier: list[Put]) -> Put:
    stage = f"sealing disc {image.disc.number} of {image.disc.of}:"
    return object_put(
        object_class=ObjectClass.IMAGE, source=image.path, expected_sha256=image.report.sha256,
        expected_size=image.report.size_bytes, move=True, earlier=earlier,
        on_progress=lambda done, total: work.progress(done, total, stage, Unit.BYTES),
    )  # fmt: skip


def _made(disc_set: DiscSet, image: DiscImage, put: Put) -> MadeDisc:
    return MadeDisc(
        number=image.disc.number, volume_id=image.disc.volume_id, put=put, label=_label(disc_set, image),
        exhibits=tuple(each.exhibit for each in image.disc.exhibits), contents=image.contents,
    )  # fmt: skip


def _label(disc_set: DiscSet, image: DiscImage) -> tuple[str, ...]:
    recordings = [each.exhibit.recording for each in image.disc.exhibits]
    times = sorted(timezone.localtime(recorded_from(each)) for each in recordings)
    is_redacted = all(each.kind == Kind.REDACTION for each in recordings)
    kind = CopyKind.REDACTED if is_redacted else CopyKind.WORKING
    return label_lines(
        DiscLabel(
            exhibit_refs=image.disc.references, urn=disc_set.case.urn,
            copy_kind=CopyKind.VIEWING if disc_set.kind == DiscKind.VIEWING else kind,
            number=image.disc.number, of=image.disc.of, recorded_from=times[0], recorded_to=times[-1],
            made_at=timezone.localtime(), officer_name=disc_set.requested_by.full_name,
            collar_number=disc_set.requested_by.collar_number, sha256=image.report.sha256,
        )
    )  # fmt: skip
