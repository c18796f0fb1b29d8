"""The port of the vault: what every object store must do, and the words stores and services share.

No bytes are opened here. A newcomer's trap: a store knows nothing of rows or of transactions; it puts bytes under a
fresh key that nobody reads yet, and only `services.object_register` makes them an object.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable
from uuid import UUID

from evidence.vault.encryption.frames import FrameCipher
from evidence.vault.errors import KeyRefused, ObjectMismatch, VaultUnavailable
from evidence.vault.models import ObjectClass

CHUNK_BYTES = 1024 * 1024
LockMode = Literal["GOVERNANCE", "COMPLIANCE"]
"""Whether accounts with a right of its own may delete what is locked (the first), or nobody at all."""
OnBytes = Callable[[int], None]
"""Told of bytes gone through, twice the file's size in all: writing and reading back. May raise to stop the put."""
_KEY = re.compile(
    rf"({'|'.join(ObjectClass.values)})/([0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}})"
)


def key_of(object_class: ObjectClass, identifier: UUID) -> str:
    """The key of a file: `<class>/<uuid>`."""
    return f"{object_class.value}/{identifier}"


def key_parts(key: str) -> tuple[str, str]:
    """Class and uuid of a key.

    Raises:
        KeyRefused: it is not one of ours.
    """
    match = _KEY.fullmatch(key)
    if match is None:
        raise KeyRefused(f"{key!r} is no key of the vault; keys are <class>/<uuid>.")
    return match[1], match[2]


@dataclass(frozen=True, slots=True)
class Declared:
    """What the sender says the bytes are: SHA-256 in hex, size in bytes; None where nothing was said."""

    sha256: str | None = None
    size_bytes: int | None = None

    def size_require(self, size_bytes: int) -> None:
        """Refuse a size other than the declared one, before anything is read.

        Raises:
            ObjectMismatch: it lied.
        """
        if self.size_bytes is not None and self.size_bytes != size_bytes:
            raise ObjectMismatch(
                f"The file has {size_bytes} bytes, but {self.size_bytes} were announced. Send it again.",
                expected_size=self.size_bytes, actual_size=size_bytes,
            )  # fmt: skip

    def sha256_require(self, sha256: str) -> None:
        """Refuse bytes with another SHA-256 than the declared one.

        Raises:
            ObjectMismatch: it lied, or the bytes were damaged on the way.
        """
        if self.sha256 is not None and self.sha256.lower() != sha256:
            raise ObjectMismatch(
                "The SHA-256 of the file is not the one that was announced: it was damaged on the way, or another "
                "file was meant. Send it again.",
                expected_sha256=self.sha256.lower(), actual_sha256=sha256,
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes that lie in the store and were read back. `version_id` is empty where the store has none."""

    size_bytes: int
    sha256: str
    version_id: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One thing that lies in the store: a version under a key, or a marker that hides one (`is_marker`).

    `key` is as the store has it and may be none of ours. `at`: since when it lies there.
    """

    key: str
    version_id: str
    size_bytes: int
    at: datetime
    is_marker: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the self-test tried."""

    name: str
    is_passed: bool
    says: str


class ObjectStore(Protocol):
    """A place that keeps bytes under keys, and never writes over any."""

    @property
    def name(self) -> str:
        """What `StoredObject.store` says: `file`, `s3:<bucket>`."""
        ...

    def put(self, *, key: str, source: Path, declared: Declared, is_adopted: bool, on_bytes: OnBytes) -> Written:
        """Write the file under a key nobody used before, hash while writing, read everything back.

        `is_adopted`: the source will not be needed any more, so the store may take the very file instead of a copy.
        The source's name is left in place: the caller unlinks it when the row is committed, and a crash loses nothing.

        Raises:
            ObjectMismatch, VaultFull, VaultUnavailable, KeyTaken: and nothing is left under the key.
        """
        ...

    def read(self, *, key: str, version_id: str, start: int, end: int, is_cold: bool = False) -> Iterator[bytes]:
        """The bytes start..end-1 in chunks; what is missing raises ObjectMissing here, not at the first chunk.

        `is_cold`: as the medium has them and not as memory does, and without driving out of memory what others read.
        """
        ...

    def size(self, *, key: str, version_id: str) -> int | None:
        """How many bytes lie there; None where nothing does.

        Raises:
            VaultUnavailable: the store could not be asked.
        """
        ...

    def listing(self, object_class: ObjectClass) -> Iterator[Listed]:
        """Everything of a class, in pages; our own keys in ascending order, versions of one key together.

        Raises:
            VaultUnavailable: the store could not be asked, or does not list in order.
        """
        ...

    def local(self, *, key: str) -> Path | None:
        """The store's own file where there is one, None where it must be downloaded."""
        ...

    def drop(self, *, key: str) -> None:
        """Remove whatever a put left under the key: object, versions, halves.

        Raises:
            ObjectLocked: the store keeps it for now.
        """
        ...

    def checks(self, *, key: str, version_id: str) -> list[Check]:
        """What this kind of store can be asked to prove beyond put, read and refusing to overwrite.

        Done to the object under `key`, which is the caller's to lose. A check named `write-once` says whether the
        store itself refuses deletion.
        """
        ...


@runtime_checkable
class VersionedStore(ObjectStore, Protocol):
    """A store that keeps each version under a key, and can keep one from being deleted until a time: S3."""

    def can_lock(self) -> bool:
        """Whether this store's versions can be locked at all.

        Raises:
            LockRefused: it does not say. VaultUnavailable: it cannot be reached.
        """
        ...

    def lock(self, *, key: str, version_id: str, mode: LockMode, until: datetime) -> datetime:
        """Keep a version until then, or longer where it is kept longer already; returns what the store says, read back.

        A version that is locked in another mode stays in it. Whole seconds count.

        Raises:
            ObjectMissing: there is none. LockRefused: it would not, or says otherwise than it did.
            VaultUnavailable: it cannot be reached.
        """
        ...

    def versions(self, *, key: str) -> list[Listed]:
        """Everything under a key, delete markers too, newest first.

        Raises:
            VaultUnavailable: the store could not be asked.
        """
        ...


@runtime_checkable
class SealingStore(Protocol):
    """A store without encryption of its own: what is put can be encrypted by us on the way."""

    def put_sealed(
        self, *, key: str, source: Path, declared: Declared, cipher: FrameCipher, on_bytes: OnBytes
    ) -> Written:
        """As `ObjectStore.put`, encrypted while it is copied; never the very file, for that is plain.

        What is hashed, compared and returned is the plaintext, on the way back too.
        """
        ...


def read_back_require(*, written: str, found: str) -> None:
    """Refuse when what the store gives back is not what was written.

    Raises:
        VaultUnavailable: the store, or the way to it, damages bytes.
    """
    if written != found:
        raise VaultUnavailable("What the store gave back is not what was written. Nothing was sealed; check its discs.")


class Hashed:
    """Pieces on their way to somebody, hashed and counted; `on_bytes` is told the size of each that was taken."""

    def __init__(self, pieces: Iterator[bytes], on_bytes: OnBytes) -> None:
        self._pieces, self._on_bytes = pieces, on_bytes
        self._running = hashlib.sha256()
        self.size_bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._running.update(piece)
            self.size_bytes += len(piece)
            yield piece
            self._on_bytes(len(piece))

    @property
    def sha256(self) -> str:
        """In hex, of what went through so far."""
        return self._running.hexdigest()


def digest(pieces: Iterator[bytes], on_bytes: OnBytes) -> str:
    """SHA-256 in hex of all pieces, telling `on_bytes` the size of each."""
    hashed = Hashed(pieces, on_bytes)
    for _ in hashed:
        pass
    return hashed.sha256
