"""What is left lying: uploads nobody finishes, bytes nobody needs any more, and received files whose job gave up.

A newcomer's trap: a received upload never expires. Its sender was told that its bytes are safe, so it is tried again
until it is sealed or refused.
"""

from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from evidence.custody.parties import system
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.policy import KIND
from evidence.ingest.services.announcing import commit_ask
from evidence.ingest.services.sending import upload_end
from evidence.ingest.spool import Spool
from evidence.jobs.models import ENDED_BADLY
from evidence.jobs.queries import job_of
from evidence.jobs.services import job_retry

SWEEP = system("Upload sweep")
RULE = "system:expiry"
LEFT_OVER_S = 3600.0
AGAIN_AFTER = timedelta(minutes=10)
_OVER = (UploadState.SEALED, UploadState.TERMINATED, UploadState.EXPIRED)


def uploads_sweep() -> int:
    """End what has expired, remove bytes that are not needed, ask again for what was not sealed; returns how many."""
    return _expire() + _drop_over() + _ask_again()


def _expire() -> int:
    now = timezone.now()
    idle = Q(writer_held=None) | Q(writer_lease_until__lt=now)
    unfinished = Upload.objects.filter(idle, state=UploadState.OPEN, expires_at__lte=now)
    return sum(upload_end(upload, UploadState.EXPIRED, actor=SWEEP, rule=RULE) for upload in unfinished)


def _drop_over() -> int:
    """Bytes of uploads that are over, and of forms that were never sent to their end."""
    spool = Spool()
    # The files first, the rows of exactly those second: bytes that a row speaks of are never taken for forgotten
    old = set(spool.ids(older_than_s=max(settings.UPLOAD_EXPIRY_S, LEFT_OVER_S)))
    left = old | set(spool.ids(older_than_s=LEFT_OVER_S))
    rows = {upload.pk: upload for upload in Upload.objects.filter(pk__in=left).only("state", "expires_at")}
    forgotten = old - rows.keys()
    over = {identifier for identifier, upload in rows.items() if _is_over(upload)}
    return sum(spool.drop(identifier) for identifier in over | forgotten)


def _is_over(upload: Upload) -> bool:
    return upload.state in _OVER or (upload.state == UploadState.REFUSED and upload.expires_at <= timezone.now())


def _ask_again() -> int:
    asked = 0
    waiting = Upload.objects.filter(state=UploadState.RECEIVED, received_at__lt=timezone.now() - AGAIN_AFTER)
    for upload in waiting:
        if not (upload.put or Spool().path(upload.pk).exists()):
            continue  # its bytes are gone: the failed job says so, and trying again cannot bring them back
        job = job_of(KIND, upload.pk, "ingest.commit")
        if job is None:
            commit_ask(upload)
        elif job.state in ENDED_BADLY and job.finished_at and job.finished_at < timezone.now() - AGAIN_AFTER:
            job_retry(job=job, actor=SWEEP)
        else:
            continue
        asked += 1
    return asked
