"""The vault as a directory: `<root>/<class>/<first two of uuid>/<uuid>`, directories 0700, sealed files 0400.

The class owns every path under its root; nobody else joins one. A newcomer's trap: bytes reach their key by link(2),
never by rename or open, because link alone fails where something already lies there.
"""

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from evidence.vault.encryption.frames import FrameCipher, sealed_size
from evidence.vault.errors import KeyTaken, ObjectDamaged, ObjectMismatch, ObjectMissing, VaultFull, VaultUnavailable
from evidence.vault.file_listing import files_listed
from evidence.vault.models import ObjectClass
from evidence.vault.root import root_require
from evidence.vault.store import (
    CHUNK_BYTES,
    Check,
    Declared,
    Hashed,
    Listed,
    OnBytes,
    Written,
    digest,
    key_parts,
    read_back_require,
)

_FULL = {errno.ENOSPC, errno.EDQUOT}
_LINK_CANNOT = {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.EOPNOTSUPP}


class FileStore:
    """Objects as files under one directory of ours.

    Raises:
        StoreUnsafe: the directory must not be used; says why and what to do.
    """

    name = "file"

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / ".incoming"
        root_require(root)
        self._incoming.mkdir(mode=0o700, exist_ok=True)

    def put(self, *, key: str, source: Path, declared: Declared, is_adopted: bool, on_bytes: OnBytes) -> Written:
        """See `ObjectStore.put`."""
        final = self._path(key)
        with _opened(source) as handle:
            declared.size_require(os.fstat(handle).st_size)
            with _failures():
                self._shelf(final.parent)
                if is_adopted and _may_be_adopted(handle):
                    with suppress(_CannotLink):
                        return _adopt(handle, source, final, declared, on_bytes)
                return self._copy(handle, final, declared, on_bytes)

    def put_sealed(
        self, *, key: str, source: Path, declared: Declared, cipher: FrameCipher, on_bytes: OnBytes
    ) -> Written:
        """See `SealingStore.put_sealed`."""
        final = self._path(key)
        with _opened(source) as handle:
            declared.size_require(os.fstat(handle).st_size)
            with _failures():
                self._shelf(final.parent)
                return self._copy(handle, final, declared, on_bytes, cipher)

    def read(self, *, key: str, version_id: str, start: int, end: int, is_cold: bool = False) -> Iterator[bytes]:
        """See `ObjectStore.read`."""
        pieces = self._pieces(self._path(key), start, end, is_cold=is_cold)
        next(pieces)  # opens the file now: what is missing is an error before any header is sent
        return pieces

    def size(self, *, key: str, version_id: str) -> int | None:
        """See `ObjectStore.size`."""
        path = self._path(key)
        try:
            facts = path.lstat()
        except FileNotFoundError:
            self._mounted_require()
            return None
        except OSError as error:
            raise VaultUnavailable(f"The vault cannot be read ({error.strerror}). Tell support.") from error
        return facts.st_size if stat.S_ISREG(facts.st_mode) else None

    def listing(self, object_class: ObjectClass) -> Iterator[Listed]:
        """See `ObjectStore.listing`."""
        self._mounted_require()
        return files_listed(self._root, object_class)

    def local(self, *, key: str) -> Path | None:
        """See `ObjectStore.local`."""
        path = self._path(key)
        if not path.is_file():
            raise self._missing(path)
        return path

    def drop(self, *, key: str) -> None:
        """See `ObjectStore.drop`."""
        final = self._path(key)
        with _failures():
            for path in (self._half(final), final):
                path.unlink(missing_ok=True)
            if final.parent.is_dir():
                _fsync_folder(final.parent)

    def checks(self, *, key: str, version_id: str) -> list[Check]:
        """See `ObjectStore.checks`."""
        path = self._path(key)
        mode = stat.S_IMODE(path.stat().st_mode)
        self.drop(key=key)
        is_kept = path.exists()
        return [
            Check("sealed", mode == stat.S_IRUSR, f"A sealed file has mode {mode:04o}; 0400 is right."),
            Check(
                "write-once",
                is_kept,
                "The store refused to delete a sealed object."
                if is_kept
                else "Write-once not enforced by this store: the account that runs Continuity, and root, can delete.",
            ),
        ]

    def _path(self, key: str) -> Path:
        object_class, name = key_parts(key)
        return self._root / object_class / name[:2] / name

    def _half(self, final: Path) -> Path:
        return self._incoming / final.name

    def _shelf(self, folder: Path) -> None:
        """Make the folder of a key and see to it that its name outlives a power cut."""
        for part in (folder.parent, folder):
            try:
                part.mkdir(mode=0o700)
            except FileExistsError:
                continue
            _fsync_folder(part.parent)

    def _copy(
        self, handle: int, final: Path, declared: Declared, on_bytes: OnBytes, cipher: FrameCipher | None = None
    ) -> Written:
        size = os.fstat(handle).st_size
        if shutil.disk_usage(self._root).free < (sealed_size(size) if cipher else size):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        half = self._half(final)
        target = os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            plain = Hashed(_from_start(handle), on_bytes)
            _write_all(target, cipher.seal(iter(plain)) if cipher else iter(plain))
            declared.sha256_require(plain.sha256)
            os.fsync(target)
            back = _plain_back(target, cipher, plain.size_bytes) if cipher else _from_start(target)
            read_back_require(written=plain.sha256, found=digest(back, on_bytes))
            os.fchmod(target, stat.S_IRUSR)
            _link(half, final)
            _fsync_folder(final.parent)
            return Written(size_bytes=plain.size_bytes, sha256=plain.sha256)
        finally:
            os.close(target)
            half.unlink(missing_ok=True)

    def _pieces(self, path: Path, start: int, end: int, *, is_cold: bool) -> Iterator[bytes]:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise self._missing(path) from error
        except OSError as error:
            raise VaultUnavailable(f"The vault cannot be read ({error.strerror}). Tell support.") from error
        try:
            if is_cold:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            yield b""
            while start < end:
                piece = _pread(handle, min(CHUNK_BYTES, end - start), start, path)
                if not piece:
                    raise ObjectMissing(f"Object {path.name} is shorter than it was sealed. Tell the evidence manager.")
                if is_cold:
                    os.posix_fadvise(handle, start, len(piece), os.POSIX_FADV_DONTNEED)
                start += len(piece)
                yield piece
        finally:
            os.close(handle)

    def _mounted_require(self) -> None:
        if not self._incoming.is_dir():
            raise VaultUnavailable("The vault's directory is not there: it may not be mounted. Tell support.")

    def _missing(self, path: Path) -> VaultUnavailable:
        try:
            self._mounted_require()
        except VaultUnavailable as away:
            return away
        return ObjectMissing(f"Object {path.name} is not in the vault. Tell the evidence manager.")


def _pread(handle: int, size: int, start: int, path: Path) -> bytes:
    try:
        return os.pread(handle, size, start)
    except OSError as error:
        if error.errno == errno.EIO:
            raise ObjectMissing(f"The disc cannot give object {path.name} back. Tell the evidence manager.") from error
        raise VaultUnavailable(f"The vault cannot be read ({error.strerror}). Tell support.") from error


class _CannotLink(OSError):
    """The file cannot be taken over by its name; it must be copied."""


@contextmanager
def _opened(source: Path) -> Iterator[int]:
    """The source for reading; a source that is missing or a link is the caller's mistake and stays an OSError."""
    handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _failures() -> Iterator[None]:
    """Say what the system's refusal means for the person who waits."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise VaultFull("The vault is full. Nothing was lost: make room, then try again.") from error
        raise VaultUnavailable(
            f"The file could not be put into the vault ({error.strerror}). Nothing was sealed. Tell support."
        ) from error


def _may_be_adopted(handle: int) -> bool:
    """True for a file of ours with one name that nobody holds open for writing: nothing else can change its bytes."""
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_nlink != 1:
        return False
    try:
        # a read lease is refused while anybody has the file open for writing
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError:
        return False
    return True


def _adopt(handle: int, source: Path, final: Path, declared: Declared, on_bytes: OnBytes) -> Written:
    """Give the very file its key as a second name. Hashed from the disc, so reading back is not needed again."""
    os.fsync(handle)
    before = os.fstat(handle)
    sha256 = digest(_from_start(handle), lambda count: on_bytes(2 * count))
    declared.sha256_require(sha256)
    _link(source, final)
    try:
        after = final.lstat()
        if (after.st_ino, after.st_size, after.st_mtime_ns) != (before.st_ino, before.st_size, before.st_mtime_ns):
            raise ObjectMismatch("The file changed while it was being sealed. Send it again.")
        os.fchmod(handle, stat.S_IRUSR)
        os.fsync(handle)
        _fsync_folder(final.parent)
    except BaseException:
        final.unlink()
        raise
    return Written(size_bytes=before.st_size, sha256=sha256)


def _link(name: Path, final: Path) -> None:
    try:
        os.link(name, final, follow_symlinks=False)
    except FileExistsError as error:
        raise KeyTaken("Something already lies under this key in the vault. Nothing was written.") from error
    except OSError as error:
        if error.errno in _LINK_CANNOT:
            raise _CannotLink(error.errno, error.strerror) from error
        raise


def _write_all(target: int, pieces: Iterator[bytes]) -> None:
    with closing(os.fdopen(os.dup(target), "wb", buffering=0)) as out:
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                rest = rest[out.write(rest) :]


def _plain_back(target: int, cipher: FrameCipher, size_bytes: int) -> Iterator[bytes]:
    """What was encrypted into an open file, decrypted; what does not open ends with bytes that were never there."""
    try:
        yield from cipher.read(
            lambda start, _: _from_start(target, start), size_bytes=size_bytes, start=0, end=size_bytes
        )
    except ObjectDamaged:
        yield b"does not open"


def _from_start(handle: int, place: int = 0) -> Iterator[bytes]:
    """All bytes of an open file; the cache is told to forget them first, so that they come from the disc."""
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    while piece := os.pread(handle, CHUNK_BYTES, place):
        place += len(piece)
        yield piece


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
