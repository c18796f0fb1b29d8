"""What the sequencer does, here and now: places for all events, and a checkpoint over them."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from evidence.custody.checkpoints import checkpoint_make, key_publish
from evidence.custody.models import Event
from evidence.custody.sequencing import sequence_all, tree_size
from evidence.custody.signing import Signer


def placed() -> None:
    """Places for all events. Waited for: what begins on the same server while they are looked for, also in another
    test's database, may be older than them, and then holds them back until the next look."""
    deadline_at = time.monotonic() + 20
    while sequence_all() or tree_size() < Event.objects.count():
        assert time.monotonic() < deadline_at, "events get no place"


def record_seal() -> Signer:
    """With a key of its own: one that remembers the record of an earlier test refuses to sign this one's."""
    with TemporaryDirectory() as folder:
        signer = Signer(Ed25519PrivateKey.generate(), Path(folder) / "log.pem", settings.LOG_ORIGIN)
        key_publish(signer)
        placed()
        checkpoint_make(signer)
    return signer
