"""`ingest.commit`: a received upload becomes a Master, or is refused with its reason. Run twice, one Master."""

from evidence.ingest.errors import UploadGone
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.queries import upload_found
from evidence.ingest.services import (
    commit_put_off,
    put_forgotten,
    repeats_check,
    upload_put,
    upload_refuse,
    upload_seal,
)
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Job, Unit
from evidence.jobs.work import Work
from evidence.vault.errors import ObjectMismatch


def handle(work: Work) -> None:
    """Check the bytes while they go into the vault, then seal in the transaction that ends the job."""
    upload = upload_of(work.job)
    if upload.state != UploadState.RECEIVED:
        return
    try:
        put = upload_put(upload=upload, on_progress=lambda done, total: _tell(work, done, total))
    except ObjectMismatch as mismatch:
        with work.finishing({"state": UploadState.REFUSED.value}):
            upload_refuse(upload=upload, mismatch=mismatch)
        return
    except UploadGone as gone:
        raise JobFailed(gone.code, gone.message, is_final=True) from gone
    damaged = repeats_check(upload=upload, put=put)
    with put_forgotten(upload), work.finishing({"state": UploadState.SEALED.value}):
        upload_seal(upload=upload, put=put, damaged=damaged)


def _tell(work: Work, done: int, total: int) -> None:
    work.progress(done, total, "checking", Unit.BYTES)


def upload_of(job: Job) -> Upload:
    """The upload that a job is for."""
    if job.subject_id is None:
        raise JobFailed("subject-missing", "This job does not say which upload it is for.", is_final=True)
    return upload_found(job.subject_id)


def failed(job: Job) -> None:
    """Not sealed yet: its sender reads why. The bytes stay, and the sweep asks again."""
    if job.subject_id is not None:
        commit_put_off(upload_id=job.subject_id, because=job.error)
