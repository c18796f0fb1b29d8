"""Every write of ingest: bytes come in (`announcing`, `sending`, `taking`), are sealed (`committing`), are swept."""

from evidence.ingest.services.announcing import (
    Announced,
    limit_require,
    sender_require,
    upload_adopt,
    upload_create,
    upload_receive,
)
from evidence.ingest.services.committing import (
    commit_put_off,
    put_forgotten,
    repeats_check,
    upload_commit,
    upload_put,
    upload_refuse,
    upload_seal,
)
from evidence.ingest.services.sending import (
    Checksum,
    Source,
    upload_append,
    upload_stand,
    upload_terminate,
    upload_withdraw,
)
from evidence.ingest.services.sweeping import uploads_sweep
from evidence.ingest.services.taking import file_take

__all__ = [
    "Announced",
    "Checksum",
    "Source",
    "commit_put_off",
    "file_take",
    "limit_require",
    "put_forgotten",
    "repeats_check",
    "sender_require",
    "upload_adopt",
    "upload_append",
    "upload_commit",
    "upload_create",
    "upload_put",
    "upload_receive",
    "upload_refuse",
    "upload_seal",
    "upload_stand",
    "upload_terminate",
    "upload_withdraw",
    "uploads_sweep",
]
