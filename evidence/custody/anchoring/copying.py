"""Locked copies: each newest checkpoint as an object that nobody can delete or change for years, not even its owner.

They are also a memory: a record that does not continue the newest copy in the bucket is not signed. A newcomer's trap:
what lies in the bucket may have been put there by anybody who can write to it; only what a key of this log signed
counts, and its key must be the one that such a copy gets.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evidence.custody.anchoring.bucket import Found, KeyTaken, LockedBucket
from evidence.custody.anchoring.named import Bucket, bucket_named
from evidence.custody.checkpoints import continues_require, head_last, keys_known
from evidence.custody.errors import AnchorRefused
from evidence.custody.models import Anchor, AnchorKind
from evidence.custody.sequencing import tree_size
from evidence.custody.signing import Signer
from evidence.custody.tree.checkpoint import Checkpoint
from evidence.custody.tree.note import NoteInvalid, Verifier, note_read, signatures_of

LOOKED_AT_MOST = 100
_SIZE_END = 10**19
_A_YEAR = timedelta(days=365.25)
log = logging.getLogger(__name__)


def copy_key(prefix: str, size: int, note: bytes) -> str:
    """Where the copy of a checkpoint lies: the largest comes first in a list, and the same note always lies there."""
    return f"{prefix}checkpoints/{_SIZE_END - 1 - size:019d}-{size}-{sha256(note).hexdigest()[:16]}"


@dataclass(slots=True)
class LockedCopies:
    """The copies in one bucket. `verifiers`: the keys that the log signs with now."""

    bucket: Bucket
    store: LockedBucket
    verifiers: Sequence[Verifier]
    _newest: Checkpoint | None = None
    _is_looked: bool = False
    _refused: str = ""
    _told: set[Found] = field(default_factory=set)

    @classmethod
    def read(cls, signer: Signer) -> "LockedCopies | None":
        """Those of the settings, None where there are none. Raises AnchorUnknown."""
        if (bucket := bucket_named()) is None:
            return None
        return cls(bucket, LockedBucket(bucket=bucket.bucket, **settings.LOG_COPY_S3), signer.verifiers)

    def remembered(self) -> list[Checkpoint]:
        """What the record has to continue: the newest copy, as it was last seen.

        Raises:
            AnchorRefused: there are copies, and none that this log has signed.
        """
        if self._refused:
            raise AnchorRefused(self._refused)
        return [self._newest] if self._newest else []

    def look(self) -> None:
        """See what the newest copy in the bucket is.

        Raises:
            AnchorAway: it cannot be reached.
            AnchorRefused: it lets nobody look, or holds copies, none of which this log has signed.
        """
        origins = {key.name for key in self.verifiers}
        keys = [*self.verifiers, *(Verifier.read(key.verifier) for key in keys_known())]
        found, refused = None, ""
        for each in islice(self.store.listed(f"{self.bucket.prefix}checkpoints/"), LOOKED_AT_MOST):
            if each.is_marker:
                self._alarm(each, "somebody tried to delete it; the locked copy is still there")
                continue
            stated = _stated(each.key, self.bucket.prefix, self.store.read(each), keys)
            if stated and stated.origin in origins:
                found = stated
                break
            self._alarm(each, "it is no checkpoint that this log has signed")
            refused = (
                f"In {self.bucket.name} there are copies of checkpoints, and none among the newest that a key of this "
                "log has signed: it is another log's, or the key was lost with the database. Find out which, and give "
                "a new log another bucket or prefix in LOG_COPY_URL."
            )
        self._newest, self._refused, self._is_looked = found, "" if found else refused, True
        self.remembered()

    def step(self) -> Anchor | None:
        """Lock a copy of the newest checkpoint away; None where that has been done, or there is none.

        Raises:
            AnchorAway: the bucket cannot be reached.
            AnchorRefused: it refused, or does not lock.
            TreeRefused: the newest copy shows another history, or a longer one.
            TileMissing: the tree is damaged.
        """
        head, mine = head_last(), Anchor.objects.filter(kind=AnchorKind.COPY, name=self.bucket.name)
        is_done = head is None or mine.filter(head=head).exists()
        if is_done and self._is_looked:
            return None
        self.look()
        for before in self.remembered():
            continues_require(before, tree_size())
        if head is None or is_done:
            return None
        found = self._kept(copy_key(self.bucket.prefix, head.size, head.note.encode()), head.note.encode())
        self._newest = Checkpoint.read(note_read(head.note).text)
        with transaction.atomic():
            return Anchor.objects.create(
                head=head, kind=AnchorKind.COPY, name=self.bucket.name, at=timezone.now(),
                proof=f"{found.key}\n{found.version_id}\n".encode(),
            )  # fmt: skip

    def _kept(self, key: str, note: bytes) -> Found:
        """Written, read back, and locked; what an earlier attempt left behind is taken for what it is."""
        until = timezone.now() + settings.LOG_COPY_YEARS * _A_YEAR
        try:
            candidates = [Found(key, self.store.put(key=key, body=note, until=until))]
        except KeyTaken:
            candidates = [each for each in self.store.listed(key) if each.key == key and not each.is_marker]
            until = timezone.now()
        for each in candidates:
            if self.store.read(each) == note:
                self.store.lock_require(each, until)
                return each
        raise AnchorRefused(f"What lies in {self.bucket.name} under {key} is not the checkpoint that belongs there.")

    def _alarm(self, found: Found, what: str) -> None:
        if found not in self._told:
            self._told.add(found)
            log.critical("%s holds %s, version %s: %s", self.bucket.name, found.key, found.version_id, what)


def _stated(key: str, prefix: str, body: bytes, keys: Sequence[Verifier]) -> Checkpoint | None:
    """The checkpoint that a copy holds; None where it is none of this log, or lies in another's place."""
    try:
        note = note_read(body)
        signatures_of(note, keys)
        stated = Checkpoint.read(note.text)
    except NoteInvalid:
        return None
    return stated if key == copy_key(prefix, stated.size, body) else None
