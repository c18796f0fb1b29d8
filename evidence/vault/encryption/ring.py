"""The key provider `file`: a key ring of several AES-256 keys in a file of ours alone, of which the newest wraps.

The file is JSON, written whole under a lock and read again when it changed. The name of a key is made from the key, so
that a ring that was damaged or mixed up is refused and not taken for damaged objects. A newcomer's trap: without this
file nothing in an encrypted vault can be read by anybody, and it is in no backup of database or vault.
"""

import fcntl
import hashlib
import json
import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evidence.vault.errors import KeyInUse, KeyUnavailable

RETIRE_AFTER = timedelta(hours=1)
"""How old the key that follows one must be before that one is retired: some process may still be wrapping with it."""
_NONCE_BYTES = 12
"""Random: good for 2^32 keys of objects a key of the ring, more than a force has in its life."""


@dataclass(frozen=True, slots=True)
class RingKey:
    """One key of the ring. `id` is a hash of it."""

    id: str
    made_at: datetime
    key: bytes


class KeyRing:
    """See `KeyProvider`. Cheap to make: the file is read when it is needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, ...], list[RingKey]] = ((), [])

    def is_there(self) -> bool:
        """Whether there is a file of its name, of whatever worth."""
        return self._path.exists()

    def key_id(self) -> str:
        """See `KeyProvider.key_id`."""
        return self.all_keys()[-1].id

    def wrap(self, key: bytes, *, key_id: str, context: str) -> bytes:
        """See `KeyProvider.wrap`: a random nonce, then AES-256-GCM with the context as additional data."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._key(key_id)).encrypt(nonce, key, context.encode())

    def unwrap(self, wrapped: bytes, *, key_id: str, context: str) -> bytes:
        """See `KeyProvider.unwrap`."""
        box = AESGCM(self._key(key_id))
        try:
            return box.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], context.encode())
        except InvalidTag:
            raise ValueError("This was not wrapped by this key for this object.") from None

    def all_keys(self) -> list[RingKey]:
        """All keys, the newest last.

        Raises:
            KeyUnavailable: there is no ring, or it must not be used; says what to do.
        """
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise KeyUnavailable(
                f"There is no key ring {self._path.name}. Bring it back from its backup; if there never was one, make "
                "it by `manage.py vault_keys new`."
            ) from error
        except OSError as error:
            raise KeyUnavailable(f"The key ring cannot be read ({error.strerror}). Tell support.") from error
        with os.fdopen(handle, "rb") as ring:
            facts = os.fstat(handle)
            signature = (facts.st_ino, facts.st_mtime_ns, facts.st_size, facts.st_mode, facts.st_uid)
            if self._read[0] != signature:
                self._read = signature, _keys_read(facts, ring.read())
        return self._read[1]

    def key_make(self) -> RingKey:
        """A new key, which wraps from now on; makes the ring where there is none.

        Raises:
            KeyUnavailable: there is a ring that cannot be used.
        """
        with self._locked():
            keys = list(self.all_keys()) if self.is_there() else []
            key = os.urandom(32)
            keys.append(RingKey(_name(key), datetime.now(UTC), key))
            self._write(keys)
        return keys[-1]

    def key_remove(self, key_id: str) -> None:
        """Take a key out of the ring. The caller has made sure that nothing is wrapped by it.

        Raises:
            KeyUnavailable: it is not in the ring. KeyInUse: it wraps, or did so a moment ago.
        """
        with self._locked():
            keys = self.all_keys()
            place = next((place for place, key in enumerate(keys) if key.id == key_id), None)
            if place is None:
                raise _unknown(key_id)
            if place == len(keys) - 1:
                raise KeyInUse(f"{key_id} is the key that wraps. Make a new one first.")
            if keys[place + 1].made_at > datetime.now(UTC) - RETIRE_AFTER:
                raise KeyInUse(f"{key_id} wrapped until less than an hour ago. Try again later.")
            self._write([key for key in keys if key.id != key_id])

    def _key(self, key_id: str) -> bytes:
        for each in self.all_keys():
            if each.id == key_id:
                return each.key
        raise _unknown(key_id)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._path.with_name(f".{self._path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _write(self, keys: list[RingKey]) -> None:
        """Whole or not at all, and on the disk before the name points to it."""
        rows = [{"id": k.id, "made_at": k.made_at.isoformat(), "key": b64encode(k.key).decode()} for k in keys]
        coming = self._path.with_name(f".{self._path.name}.coming")
        coming.unlink(missing_ok=True)
        handle = os.open(coming, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, stat.S_IRUSR | stat.S_IWUSR)
        with os.fdopen(handle, "w") as out:
            json.dump({"version": 1, "keys": rows}, out, indent=1)
            out.flush()
            os.fsync(handle)
        coming.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _keys_read(facts: os.stat_result, content: bytes) -> list[RingKey]:
    if facts.st_uid != os.geteuid() or facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyUnavailable("The key ring can be opened by other accounts, or is another's. Run `chmod 600` on it.")
    try:
        rows = json.loads(content)["keys"]
        keys = [RingKey(row["id"], datetime.fromisoformat(row["made_at"]), b64decode(row["key"])) for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise KeyUnavailable("The key ring is damaged: it is not what was written. Bring its backup back.") from error
    wrong = next((key.id for key in keys if key.id != _name(key.key)), None)
    if wrong is not None or not keys:
        raise KeyUnavailable(f"The key ring is damaged: {wrong or 'it holds no key'}. Bring its backup back.")
    return keys


def _name(key: bytes) -> str:
    return hashlib.sha256(b"continuity:vault:ring-key:" + key).hexdigest()[:16]


def _unknown(key_id: str) -> KeyUnavailable:
    return KeyUnavailable(f"The key {key_id} is not in the key ring. Bring it back from a backup of the ring.")
