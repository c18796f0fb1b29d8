"""Puts passed from one worker to another that never become objects: what a job's parts made, until it is joined.

They lie in the vault because that is the one place all workers reach, encrypted like all else there. Bytes that nobody
registers are swept after an hour, so whoever passes them on says now and then that they are still wanted
(`puts_keep`), and a crash leaves nothing that would not go by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from evidence.vault.choice import store_named
from evidence.vault.downloads import download_place
from evidence.vault.encryption.frames import sealed_size
from evidence.vault.errors import ObjectMissing, VaultUnavailable
from evidence.vault.models import ObjectClass, ObjectIntent, ObjectKey, StoredObject
from evidence.vault.services import Put, object_discard, object_download


def put_to_obj(put: Put) -> dict[str, str | int]:
    """As JSON, for a job's result."""
    return {
        "id": str(put.id), "key": put.key, "version_id": put.version_id, "size_bytes": put.size_bytes,
        "sha256": put.sha256, "object_class": put.object_class.value, "store": put.store,
    }  # fmt: skip


def put_from_obj(obj: Mapping[str, str | int]) -> Put:
    """The put that `put_to_obj` wrote."""
    return Put(
        id=UUID(str(obj["id"])), key=str(obj["key"]), version_id=str(obj["version_id"]),
        size_bytes=int(obj["size_bytes"]), sha256=str(obj["sha256"]),
        object_class=ObjectClass(str(obj["object_class"])), store=str(obj["store"]),
    )  # fmt: skip


def puts_keep(puts: Sequence[Put]) -> int:
    """Say that they are still wanted; how many of them the sweep has not taken."""
    wanted = ObjectIntent.objects.filter(key__in=[put.key for put in puts], condemned_at=None)
    return wanted.update(touched_at=timezone.now())


def put_is_left(put: Put) -> bool:
    """Whether it is there still, and not about to be swept."""
    return puts_keep([put]) == 1


def puts_drop(puts: Sequence[Put]) -> None:
    """Clear them away; what the store does not let go of now is the sweep's, for nobody keeps it any more."""
    for put in puts:
        with suppress(VaultUnavailable):
            object_discard(put)


@contextmanager
def put_local(put: Put) -> Iterator[Path]:
    """A local path of its bytes, as `object_local` gives one.

    Raises:
        ObjectMissing: it was swept, or is not what was put. VaultUnavailable: try again later.
    """
    if not put_is_left(put):
        raise ObjectMissing("What one part of this work made is not there any more. The part is made again.")
    stored = StoredObject(
        id=put.id, object_class=put.object_class, store=put.store, key=put.key, version_id=put.version_id,
        size_bytes=put.size_bytes, sha256=put.sha256,
    )  # fmt: skip
    own_key = ObjectKey.objects.filter(object_id=put.id).first()
    if own_key is not None:
        stored.encryption_key_id, stored.store_bytes = str(own_key.pk), sealed_size(put.size_bytes)
    own = None if own_key is not None else store_named(put.store).local(key=put.key)
    if own is not None:
        yield own
        return
    with download_place() as path:
        object_download(stored, path)
        path.chmod(0o400)
        yield path
