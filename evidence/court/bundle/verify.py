"""Checks a data disc against itself and against the sealed custody record: `python3 verify.py [DIR]`, no network.

It lies in the root of every data disc as `verify.py` and stands alone: Python 3.9 or later, nothing of ours, nothing to
install. All that it reads is untrusted: only files that a walk of the folder found are opened, links are not followed,
and whatever is odd is told in words. The trap: that all holds shows that the disc agrees with what one key signed;
whose key that is nobody can tell from the disc, nor whether lines came after those that are on it.

Exit status: 0 all that was checked holds, 1 something fails, 2 something of the disc could not be checked.
"""

from __future__ import annotations

import sys

if __name__ == "__main__" and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    sys.path.pop(0)  # the folder of this file: nothing that lies on a disc may pass for a part of Python

import argparse
import base64
import hashlib
import importlib
import io
import json
import re
import stat
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

MANIFEST, TAG_MANIFEST, BUNDLE = "manifest-sha256.txt", "tagmanifest-sha256.txt", "metadata/bundle.json"
TIMESTAMP, STAMPED = "metadata/custody/checkpoint.tsr", "metadata/custody/checkpoint.stamped"
"""The second: what was stamped, where that is not the checkpoint's file itself, which witnesses have signed since."""
SHA256_OID = bytes.fromhex("608648016503040201")
VERSIONS = (2, 3)
"""Of bundle.json; 2 is without seals."""
OK, FAIL, UNCHECKED = "ok", "FAIL", "not checked"
CHUNK_BYTES, LINE_MAX_BYTES, FILE_MAX_BYTES, LARGE_BYTES = 1 << 20, 1 << 24, 1 << 26, 1 << 28
TOLD_AT_MOST, SHOWN_AT_MOST = 200, 600
LOG_KEY, WITNESS_KEY, SIGNATURES_MAX, PROOF_HASHES_MAX = 1, 4, 64, 63
HEX = re.compile(r"[0-9a-f]{64}")
_LISTED = re.compile(r"([0-9A-Fa-f]{64})[ \t]+(.+)")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
T = TypeVar("T")


class Wrong(ValueError):
    """Something on the disc is not as it has to be; the message says what, as the end of a sentence."""


class Section:
    """What was found about one matter, in order. `notes`: of what was not checked, what no disc can show by itself."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.lines: list[tuple[str, str]] = []
        self.count: Counter[str] = Counter()
        self.notes = 0

    def ok(self, says: str) -> None:
        """It was checked and holds."""
        self._tell(OK, says)

    def fail(self, says: str) -> None:
        """It was checked and does not hold."""
        self._tell(FAIL, says)

    def unchecked(self, says: str, *, is_note: bool = False) -> None:
        """It could not be checked."""
        self.notes += is_note
        self._tell(UNCHECKED, says)

    def _tell(self, result: str, says: str) -> None:
        self.count[result] += 1
        if self.count[result] <= TOLD_AT_MOST:
            # a name on the disc must neither begin a line that looks like ours nor steer the terminal
            self.lines.append((result, "".join(x if x.isprintable() else "?" for x in says[:SHOWN_AT_MOST])))
        elif self.count[result] == TOLD_AT_MOST + 1:
            self.lines.append((result, "And more of these, which are counted but not told one by one."))


@contextmanager
def told(section: Section, where: str) -> Iterator[None]:
    """Whatever goes wrong inside is told, and ends only what is inside."""
    try:
        yield
    except Wrong as wrong:
        section.fail(f"{where}: {wrong}")
    except OSError as wrong:
        section.unchecked(f"{where}: could not be read ({wrong.strerror or type(wrong).__name__})")
    except Exception as wrong:  # noqa: BLE001 - a disc that was made to stop this program is told of like any other
        section.fail(f"{where}: holds something that no such file holds ({type(wrong).__name__})")


def path_fault(path: str) -> str:
    """Why a path that stands on the disc is not followed; '' where it may be."""
    if path.startswith("/") or "\\" in path or ":" in path:
        return "is no path within the disc, and was not opened"
    return "leads out of its folder, and was not opened" if {"", ".", ".."} & set(path.split("/")) else ""


class Report:
    """All that was found."""

    def __init__(self) -> None:
        self.files, self.exhibits, self.records = Section("Files"), Section("Exhibits"), Section("Custody records")
        self.seals, self.trust = Section("Seals"), Section("Trust")
        self.sections = (self.files, self.exhibits, self.records, self.seals, self.trust)

    @property
    def status(self) -> int:
        """The exit status."""
        if any(section.count[FAIL] for section in self.sections):
            return 1
        return 2 if any(section.count[UNCHECKED] > section.notes for section in self.sections) else 0

    def summed_up(self, *, is_quiet: bool) -> str:
        """In a sentence or two."""
        held, failed, unchecked = (
            sum(section.count[result] for section in self.sections) for result in (OK, FAIL, UNCHECKED)
        )
        above = "" if is_quiet else ", see above"
        said = "Everything that was checked holds." if held else "Nothing was checked."
        if failed:
            first = next(says for section in self.sections for result, says in section.lines if result == FAIL)
            more = f" And {failed - 1} more, see above." if failed > 1 else ""
            said = f"{failed} thing{'s FAIL' if failed > 1 else ' FAILS'}: {first}.{more}"
        if unchecked:
            said += f" {unchecked} thing{'s' if unchecked > 1 else ''} could not be checked{above}."
        return said


class Disc:
    """The files below a folder by path with `/`, and their sizes. `odd`: links and others that are never opened."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.files: dict[str, int] = {}
        self.odd: list[str] = []
        self.unread: list[str] = []
        self._hashes: dict[str, str] = {}
        folders = [self.root]
        while folders:
            folder = folders.pop()
            try:
                # a folder can be a link without saying so: a junction on Windows
                if folder.resolve() != folder:
                    self.odd.append(self._name(folder))
                    continue
                folders += [each for each in sorted(folder.iterdir()) if self._is_folder(each)]
            except (OSError, RuntimeError):
                self.unread.append(self._name(folder))

    def _is_folder(self, found: Path) -> bool:
        status = found.lstat()
        if stat.S_ISREG(status.st_mode):
            self.files[self._name(found)] = status.st_size
        elif not stat.S_ISDIR(status.st_mode):
            self.odd.append(self._name(found))
        return stat.S_ISDIR(status.st_mode)

    def _name(self, found: Path) -> str:
        return found.relative_to(self.root).as_posix()

    def open(self, path: str) -> io.BufferedReader:
        """Raises Wrong for a path that leads elsewhere or is not there, OSError for a disc that cannot be read."""
        if path_fault(path):
            raise Wrong(f"'{path}' {path_fault(path)}")
        if path not in self.files:
            if any(each == "." or path.startswith(f"{each}/") for each in self.unread):
                raise OSError(0, "its folder cannot be read")
            raise Wrong(f"'{path}' is not on the disc")
        return (self.root / path).open("rb")

    def sha256(self, path: str) -> str:
        """In hex; each file is read once."""
        if path not in self._hashes:
            found = hashlib.sha256()
            with self.open(path) as source:
                for chunk in iter(lambda: source.read(CHUNK_BYTES), b""):
                    found.update(chunk)
            self._hashes[path] = found.hexdigest()
        return self._hashes[path]

    def read(self, path: str) -> bytes:
        """A small file as a whole."""
        with self.open(path) as source:
            found = source.read(FILE_MAX_BYTES + 1)
        if len(found) > FILE_MAX_BYTES:
            raise Wrong(f"'{path}' is far too large for what it is")
        return found

    def lines(self, path: str) -> Iterator[bytes]:
        """Line by line, without their ends."""
        with self.open(path) as source:
            for line in iter(lambda: source.readline(LINE_MAX_BYTES + 1), b""):
                if len(line) > LINE_MAX_BYTES:
                    raise Wrong("holds a line far too long for what it is")
                yield line.rstrip(b"\r\n")


def parsed(raw: bytes) -> Any:
    """JSON in UTF-8 that can be read in one way only: no key twice in an object."""
    try:
        return json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_refused, parse_int=_whole)
    except (ValueError, RecursionError) as wrong:
        raise Wrong(f"is no JSON that can be relied on ({wrong})") from wrong


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Wrong("the same key twice")
    return found


def _refused(constant: str) -> Any:
    raise Wrong(f"{constant} is no number")


def _whole(digits: str) -> int:
    # a number of a million digits would take hours
    if len(digits) > 20:
        raise Wrong("a number far too long")
    return int(digits)


def want(of: Any, key: str, kind: type[T]) -> T:
    """What stands under a key. Raises Wrong where it is missing or of another kind."""
    found = of.get(key) if isinstance(of, dict) else None
    if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
        raise Wrong(f"'{key}' is missing or not what it has to be")
    return found


def want_or_none(of: Any, key: str, kind: type[T]) -> T | None:
    """The same where nothing may stand there."""
    return None if isinstance(of, dict) and of.get(key) is None else want(of, key, kind)


def want_hash(of: Any, key: str) -> str:
    """A SHA-256 in hex."""
    found = want(of, key, str)
    if not HEX.fullmatch(found):
        raise Wrong(f"'{key}' is no SHA-256")
    return found


def files_check(disc: Disc, section: Section) -> None:
    """Every file is in the one list that it belongs into, and is what that list says."""
    listed: dict[str, str] = {}
    for manifest in (MANIFEST, TAG_MANIFEST):
        with told(section, manifest):
            for number, line in enumerate(disc.lines(manifest), 1):
                with told(section, f"{manifest}, line {number}"):
                    _listed_add(listed, line, is_payload=manifest == MANIFEST)
    same_bytes = same = 0
    for path, expected in listed.items():
        with told(section, path):
            if disc.sha256(path) != expected:
                raise Wrong("was changed: its SHA-256 is not the one in the list")
            same, same_bytes = same + 1, same_bytes + disc.files[path]
    for path in sorted(disc.files.keys() - listed.keys() - {TAG_MANIFEST}):  # which cannot list itself
        section.fail(f"{path}: is on the disc and in no list; it was put there later")
    for path in disc.odd:
        section.fail(f"{path}: is a link or a device, which no such disc holds; it was not opened")
    for path in disc.unread:
        section.unchecked(f"{path}: this folder could not be read")
    if same:
        section.ok(f"{same} of {len(listed)} listed files ({same_bytes:,} bytes) are there and unchanged")
    section.unchecked(
        "the lists themselves are signed by nobody: they show damage, but whoever changes a file can write them anew. "
        "What is sealed stands below; pages, labels and reports are not",
        is_note=True,
    )


def _listed_add(listed: dict[str, str], line: bytes, *, is_payload: bool) -> None:
    try:
        found = _LISTED.fullmatch(line.decode())
    except UnicodeDecodeError as wrong:
        raise Wrong("is not in UTF-8") from wrong
    if not found:
        raise Wrong("is no SHA-256 and path")
    # the three characters that RFC 8493 writes otherwise
    path = re.sub("%(0[AaDd]|25)", lambda each: chr(int(each[1], 16)), found[2])
    if path_fault(path):
        raise Wrong(f"'{path}' {path_fault(path)}")
    if path in listed:
        raise Wrong(f"'{path}' is listed twice")
    if path.startswith("data/") != is_payload or path == TAG_MANIFEST:
        raise Wrong(f"'{path}' does not belong into this list")
    listed[path] = found[1].lower()


# Ed25519, RFC 8032 section 5.1, where no library is at hand. Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_Point = tuple[int, int, int, int]


def _point(raw: bytes) -> _Point | None:
    sign, y = divmod(int.from_bytes(raw, "little"), 1 << 255)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else _P - x
    return x, y, 1, x * y % _P


def _added(one: _Point, other: _Point) -> _Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % _P, (one[1] + one[0]) * (other[1] + other[0]) % _P
    c, d = 2 * one[3] * other[3] * _D % _P, 2 * one[2] * other[2] % _P
    return (b - a) * (d - c) % _P, (d + c) * (b + a) % _P, (d - c) * (d + c) % _P, (b - a) * (b + a) % _P


def _times(number: int, point: _Point) -> _Point:
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = _added(found, point)
        point, number = _added(point, point), number >> 1
    return found


def is_signed_here(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature verifies, computed in this file."""
    key, base = _point(public), _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    scalar = int.from_bytes(signature[32:], "little")
    if len(public) != 32 or len(signature) != 64 or key is None or base is None or scalar >= _ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _ORDER
    minus = (_P - key[0], key[1], 1, _P - key[3])
    x, y, z, _ = _added(_times(scalar, base), _times(hashed, minus))
    inverse = pow(z, _P - 2, _P)
    return (y * inverse % _P | (x * inverse % _P & 1) << 255).to_bytes(32, "little") == signature[:32]


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """The same, by the library `cryptography` where it is installed and sound."""
    try:
        library = importlib.import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
        invalid = importlib.import_module("cryptography.exceptions").InvalidSignature
        key = library.Ed25519PublicKey.from_public_bytes(public)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - an installation that is broken raises anything, even what is no Exception
        return is_signed_here(public, message, signature)
    try:
        key.verify(signature, message)
    except invalid:
        return False
    return True


@dataclass(frozen=True)
class Key:
    """A public key under a name, as C2SP signed notes have it."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that say which key a signature claims, nothing more."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """As it is published: name, id, key."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"


def key_read(text: str) -> Key:
    """From its text. Raises Wrong."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _decoded(encoded)
    if not _is_name(name) or len(raw) != 33 or raw[0] not in {LOG_KEY, WITNESS_KEY}:
        raise Wrong(f"'{text.strip()[:80]}' is no key: one looks like this: name+id+key")
    found = Key(name, raw[0], raw[1:])
    if found.id.hex() != key_id:
        raise Wrong(f"the id of the key of '{name}' does not belong to it: it was changed or cut")
    return found


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(x.isspace() or ord(x) < 32 for x in name)


def _decoded(text: str, length: int = 0) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError as wrong:
        raise Wrong("holds something that is no Base64") from wrong
    if length and len(found) != length:
        raise Wrong("holds a hash that is none")
    return found


def note_read(raw: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a C2SP signed note, and its signature lines: name, and key id with signature. Nothing is verified."""
    try:
        whole = raw.decode()
    except UnicodeDecodeError as wrong:
        raise Wrong("is not in UTF-8") from wrong
    text, gap, tail = whole.rpartition("\n\n")
    lines = tail[:-1].split("\n")
    is_plain = not any(ord(x) < 32 and x != "\n" for x in whole)
    if not gap or not tail.endswith("\n") or not is_plain or len(lines) > SIGNATURES_MAX:
        raise Wrong("is no signed note")
    return f"{text}\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    dash, name, encoded = line.split(" ") if line.count(" ") == 2 else ("", "", "")
    raw = _decoded(encoded)
    if dash != "\N{EM DASH}" or not _is_name(name) or len(raw) < 5:
        raise Wrong("holds a line that is no signature")
    return name, raw


@dataclass(frozen=True)
class Checkpoint:
    """What was signed: so many entries under this root."""

    text: str
    origin: str
    size: int
    root: bytes


def checkpoint_read(text: str) -> Checkpoint:
    """From a note's text. Raises Wrong."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _NUMBER.fullmatch(lines[1]):
        raise Wrong("is no checkpoint")
    return Checkpoint(text, lines[0], int(lines[1]), _decoded(lines[2], 32))


def proof_index(proof: str, leaf: bytes, checkpoint: Checkpoint) -> int:
    """The number of the entry that a proof (C2SP tlog-proof) leads from to the checkpoint. Raises Wrong."""
    head, gap, note = proof.partition("\n\n")
    lines = [line for at, line in enumerate(head.split("\n")) if at != 1 or not line.startswith("extra ")]
    found = re.fullmatch("index (0|[1-9][0-9]{0,18})", lines[1]) if len(lines) > 1 else None
    if not gap or lines[0] != "c2sp.org/tlog-proof@v1" or not found or len(lines) > 2 + PROOF_HASHES_MAX:
        raise Wrong("its proof is none")
    if note.rpartition("\n\n")[0] + "\n" != checkpoint.text:
        raise Wrong("its proof is for another checkpoint than the one on the disc")
    index = int(found[1])
    if root_from(index, checkpoint.size, leaf, [_decoded(line, 32) for line in lines[2:]]) != checkpoint.root:
        raise Wrong("its proof does not lead to the signed checkpoint: the line or the proof was changed")
    return index


def root_from(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); b'' where it is too long or too short."""
    at, last, found = index, size - 1, leaf
    for sibling in proof:
        if at > last or last == 0:
            return b""
        is_right = at & 1 or at == last
        found = hashlib.sha256(b"\x01" + (sibling + found if is_right else found + sibling)).digest()
        while is_right and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return found if at == last == 0 else b""


def later_check(raw: bytes, checkpoint: Checkpoint, keys: Sequence[Key], section: Section) -> None:
    """Whether a later checkpoint of the log continues the one on the disc. Raises Wrong."""
    said = parsed(raw)
    text, signatures = note_read(want(said, "checkpoint", str).encode())
    later = checkpoint_read(text)
    if want(said, "old", int) != checkpoint.size:
        raise Wrong(f"is not for the checkpoint on the disc: ask for old={checkpoint.size}")
    logs = [key for key in keys if key.kind == LOG_KEY and key.name == checkpoint.origin == later.origin]
    if not any((key.name, key.id) == (name, blob[:4]) and _is_by(key, text, blob[4:])
               for key in logs for name, blob in signatures):  # fmt: skip
        raise Wrong("its checkpoint is not signed by a key of this log")
    hashes = [_decoded(each, 32) if isinstance(each, str) else b"" for each in want(said, "hashes", list)]
    if not is_continued(checkpoint, later, hashes):
        raise Wrong("its checkpoint does not continue the one on the disc: the log was changed since")
    section.ok(f"the log, now of {later.size} entries, still holds everything that is under the checkpoint of the disc")


def is_continued(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    """Whether a consistency proof leads from one checkpoint to the other (RFC 9162, 2.1.4.2)."""
    if old.size == new.size:
        return not proof and old.root == new.root
    if not 0 < old.size < new.size or not 0 < len(proof) <= 2 * PROOF_HASHES_MAX:
        return False
    path = list(proof) if old.size & (old.size - 1) else [old.root, *proof]
    at, last = old.size - 1, new.size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first = hashlib.sha256(b"\x01" + sibling + first).digest()
            second = hashlib.sha256(b"\x01" + sibling + second).digest()
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            second = hashlib.sha256(b"\x01" + second + sibling).digest()
        at, last = at >> 1, last >> 1
    return last == 0 and (first, second) == (old.root, new.root)


@dataclass
class Seals:
    """The proofs of all lines, against one checkpoint; None: there is none to hold them against."""

    section: Section
    checkpoint: Checkpoint | None = None
    held: int = 0
    unsealed: int = 0
    leaf_at: dict[int, str] = field(default_factory=dict)

    def holds(self, where: str, leaf: str, proof: str | None) -> bool:
        """Whether a line is under the checkpoint."""
        if self.checkpoint is None:
            return False
        if proof is None:
            self.unsealed += 1
            return False
        is_held = False
        with told(self.section, where):
            index = proof_index(proof, bytes.fromhex(leaf), self.checkpoint)
            if self.leaf_at.setdefault(index, leaf) != leaf:
                raise Wrong(f"another line claims the same place in the log, {index}")
            is_held = True
        self.held += is_held
        return is_held

    def end(self) -> None:
        """Tell how many."""
        if self.checkpoint and self.held:
            self.section.ok(f"{self.held} lines lead to the checkpoint over {self.checkpoint.size} entries")
        if self.unsealed:
            self.section.unchecked(f"{self.unsealed} lines were not under a checkpoint when the disc was made")


def checkpoint_check(disc: Disc, bundle: Any, given: Sequence[Key], report: Report, later: str = "") -> Checkpoint:
    """The checkpoint on the disc, its signatures told of; it is returned even if no trusted key has signed it. `later`:
    the file with a later one."""
    log, section = want(bundle, "log", dict), report.seals
    path = want(log, "checkpoint", str)
    raw = disc.read(path)
    text, signatures = note_read(raw)
    found = checkpoint_read(text)
    if found.origin != want(log, "origin", str):
        section.fail(f"{path}: is of the log '{found.origin}', and bundle.json names another")
    keys = given or _keys_on(disc, want(log, "keys", str), section)
    signers = []
    for name, blob in signatures:
        for key in keys:
            if (key.name, key.id) != (name, blob[:4]):
                continue
            if _is_by(key, text, blob[4:]):
                signers.append((key, blob[4:12]))
            else:
                section.fail(f"{path}: the signature by {name} is not of this text")
    _signers_tell(found, signers, report, is_given=bool(given))
    _timestamp_check(disc, path, text, section)
    if later:
        with told(section, later):
            later_check(Path(later).read_bytes(), found, keys, section)
    return found


def _keys_on(disc: Disc, path: str, section: Section) -> list[Key]:
    found = []
    for number, line in enumerate(disc.lines(path), 1):
        with told(section, f"{path}, line {number}"):
            if line.strip():
                found.append(key_read(line.decode()))
    return found


def _is_by(key: Key, text: str, blob: bytes) -> bool:
    if key.kind == LOG_KEY:
        return is_signed(key.public, text.encode(), blob)
    message = f"cosignature/v1\ntime {int.from_bytes(blob[:8], 'big')}\n{text}"
    return is_signed(key.public, message.encode(), blob[8:])


def _signers_tell(
    checkpoint: Checkpoint, signers: Sequence[tuple[Key, bytes]], report: Report, *, is_given: bool
) -> None:
    section = report.seals
    # a key of the log bears the log's name: that of another log says nothing of this one
    logs = [key for key, _ in signers if key.kind == LOG_KEY and key.name == checkpoint.origin]
    witnesses = [(key, int.from_bytes(at, "big")) for key, at in signers if key.kind == WITNESS_KEY]
    for key in logs:
        section.ok(f"the checkpoint of the log '{checkpoint.origin}' is signed by {key.text}")
    if not logs:
        whose = "that was given with --key" if is_given else "on this disc"
        section.fail(f"the checkpoint of the log '{checkpoint.origin}' is signed by no key of that log {whose}")
    for key, at_s in witnesses:
        section.ok(f"the witness {key.text} saw this checkpoint {_moment(at_s)}")
    if not witnesses:
        section.unchecked("no witness whose key is at hand has signed the checkpoint", is_note=True)
    for key in (*logs, *(key for key, _ in witnesses)):
        if is_given:
            report.trust.ok(f"{key.text} is a key that was given with --key")
        else:
            whose = "the force" if key.kind == LOG_KEY else "the witness"
            says = f"the key itself is the one on this disc. Compare {key.text} with the one that {whose} publishes"
            report.trust.unchecked(f"{says}, or give that with --key", is_note=True)


def _moment(at_s: int) -> str:
    try:
        return time.strftime("on %Y-%m-%d at %H:%M:%S UTC", time.gmtime(at_s))
    except (OverflowError, OSError, ValueError):
        return f"at a time that is none ({at_s})"


def _timestamp_check(disc: Disc, path: str, text: str, section: Section) -> None:
    """The timestamp against the checkpoint, as far as that goes without the certificates of whoever made it."""
    if TIMESTAMP not in disc.files:
        if STAMPED in disc.files:
            section.fail(f"{TIMESTAMP}: is missing; {STAMPED}, which it is of, is there")
        else:
            section.unchecked("there is no timestamp by a third party for the checkpoint", is_note=True)
        return
    of = STAMPED if STAMPED in disc.files else path
    with told(section, of):
        stamped = disc.read(of)
        if note_read(stamped)[0] != text:
            raise Wrong("is not of the checkpoint on the disc: it says something else")
        with told(section, TIMESTAMP):
            digest, stated = stamp_read(disc.read(TIMESTAMP))
            if digest != hashlib.sha256(stamped).digest():
                raise Wrong("this timestamp is not of the checkpoint on the disc")
            section.ok(f"{TIMESTAMP}: is of the checkpoint, and states that it was there {stated}")
            section.unchecked(
                f"{TIMESTAMP}: its signature cannot be checked here. With the certificate of the timestamp's maker in "
                f"ca.pem: openssl ts -verify -data {of} -in {TIMESTAMP} -CAfile ca.pem",
                is_note=True,
            )


def stamp_read(raw: bytes) -> tuple[bytes, str]:
    """What a timestamp (RFC 3161, DER) is of, a SHA-256, and the moment that it states. Raises Wrong."""
    try:
        # the answer, its token, the token's content, the signed data, what was signed, its content, the bytes in it
        token = _der_within(_der_within(raw, 0), 1)
        info = _der_within(_der_within(_der_within(_der_within(_der_within(token, 1), 0), 2), 1), 0)
        stated = [content for _, content in _der(_der_within(info, 0))]
        (algorithm, digest), (moment, *_) = _der(stated[2]), stated[4:]
        if next(_der(algorithm[1]))[1] != SHA256_OID:
            raise Wrong("is of another kind of hash than SHA-256")
        said = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z", moment.decode("ascii"))
    except (IndexError, StopIteration, ValueError) as wrong:
        raise wrong if isinstance(wrong, Wrong) else Wrong("is no timestamp: it was changed or cut") from wrong
    if not said:
        raise Wrong("states no moment")
    return digest[1], "on {}-{}-{} at {}:{}:{} UTC".format(*said.groups()[:6])


def _der_within(raw: bytes, number: int) -> bytes:
    return [content for _, content in _der(raw)][number]


def _der(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements that follow each other, by tag and content."""
    at = 0
    while at < len(raw):
        tag, length, start = raw[at], raw[at + 1], at + 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(raw[at + 2 : start], "big")
        at = start + length
        if at > len(raw):
            raise Wrong("is no timestamp: it was changed or cut")
        yield tag, raw[start:at]


@dataclass
class Record:
    """What the lines of one custody record say that hold. `named`: files of done acts; `stands`: any of `hashes`; each
    with whether a line that is sealed says so."""

    path: str
    recording: str
    hashes: frozenset[str]
    named: dict[str, bool] = field(default_factory=dict)
    stands: dict[str, bool] = field(default_factory=dict)
    withheld: Counter[str] = field(default_factory=Counter)
    unsealed: list[int] = field(default_factory=list)
    whole: int = 0
    erased: Counter[str] = field(default_factory=Counter)
    last_sealed: int = 0
    last_leaf: str | None = None
    is_read: bool = False


def record_read(disc: Disc, said: Any, hashes: frozenset[str], section: Section, seals: Seals) -> Record:
    """Read and check one custody record, line by line. `hashes`: those in bundle.json."""
    record = Record(want(said, "path", str), want(said, "recording", str), hashes)
    with told(section, record.path):
        failed, lines, seq = section.count[FAIL], 0, 0
        for raw in disc.lines(record.path):
            lines += 1
            seq = _line_read(record, raw, seq + 1, section, seals)
        record.is_read = True
        for at in record.unsealed:
            if at < record.last_sealed:
                seals.section.unchecked(f"{record.path}, line {at}: has no proof, and lines after it have one")
        withheld = sum(record.withheld.values())
        for what, found, key in (("lines", lines, "lines"), ("withheld lines", withheld, "withheld")):
            if found != want(said, key, int):
                section.fail(f"{record.path}: has {found} {what}, and bundle.json says {want(said, key, int)}")
        if record.last_leaf != want_or_none(said, "last_leaf", str):
            section.fail(f"{record.path}: does not end with the line that bundle.json says")
        if failed == section.count[FAIL]:
            classes = ", ".join(f"{count} as {name}" for name, count in sorted(record.withheld.items()))
            says = f"{lines} lines without a gap, {record.whole} whole, {withheld} withheld"
            section.ok(f"{record.path}: {says}{f' ({classes})' if classes else ''}")
        for authority, count in sorted(record.erased.items()):
            section.unchecked(
                f"{record.path}: {count} text{'s' if count > 1 else ''} erased under {authority}; the line stands "
                "and is proved, what it said cannot be read or checked any more",
                is_note=True,
            )
    return record


def _line_read(record: Record, raw: bytes, expected: int, section: Section, seals: Seals) -> int:
    """Check one line; returns its number, or the expected one where it says none."""
    seq, where = expected, f"{record.path}, line {expected}"
    with told(section, where):
        line = parsed(raw)
        seq, where = want(line, "seq", int), f"{record.path}, line {want(line, 'seq', int)}"
        if seq != expected:
            section.fail(f"{record.path}, line {expected}: is missing or out of place; line {seq} stands there")
        record.last_leaf = leaf = want_hash(line, "leaf")
        is_sealed = seals.holds(where, leaf, want_or_none(line, "proof", str))
        if is_sealed:
            record.last_sealed = max(seq, record.last_sealed)
        else:
            record.unsealed.append(seq)
        if want(line, "withheld", bool):
            record.withheld[want(line, "class", str)] += 1
        else:
            record.whole += 1
            _whole_check(record, line, is_sealed=is_sealed)
    return seq


def _whole_check(record: Record, line: Any, *, is_sealed: bool) -> None:
    """Check the text of a line, and only then take what it says."""
    text = want(line, "body", str).encode("utf-8", "surrogatepass")
    if hashlib.sha256(b"\0" + text).hexdigest() != want(line, "leaf", str):
        raise Wrong("was changed: its text is not the one that its hash is of")
    body = parsed(text)
    subject = want(body, "subject", dict)
    if want(subject, "id", str) != record.recording:
        raise Wrong("is not about the recording that bundle.json says")
    if want(body, "subject_seq", int) != want(line, "seq", int):
        raise Wrong("has another number in what was hashed")
    for name, opened in want(line, "texts", dict).items():
        salt, words = want(opened, "salt", str), want(opened, "text", str)
        if hashlib.sha256(_from_hex(salt) + words.encode("utf-8", "surrogatepass")).hexdigest() != _at(body, name):
            raise Wrong(f"the text of '{name}' was changed: it is not the one that was hashed")
    _erased_check(record, line, body)
    for found in record.hashes.intersection(HEX.findall(text.decode("utf-8", "replace"))):
        record.stands[found] = record.stands.get(found, False) or is_sealed
    if want(body, "outcome", str) == "done":
        for file in want(subject, "files", list):
            sha256 = want_hash(file, "sha256")
            record.named[sha256] = record.named.get(sha256, False) or is_sealed


def _erased_check(record: Record, line: Any, body: Any) -> None:
    """What is said to be erased was there once, and is not there."""
    for name, gone in (want_or_none(line, "erased", dict) or {}).items():
        if name in line["texts"] or not isinstance(_at(body, name), str):
            raise Wrong(f"the text of '{name}' is said to be erased, and is there or never was")
        record.erased[want(gone, "authority", str)] += 1


def _from_hex(text: str) -> bytes:
    if not re.fullmatch("([0-9a-f]{2})+", text):
        raise Wrong("a salt is not in hex")
    return bytes.fromhex(text)


def _at(body: Any, name: str) -> Any:
    for step in name.split("."):
        if isinstance(body, list):
            body = dict(enumerate(body)).get(int(step) if step.isdecimal() else -1)
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body


class Exhibits:
    """The exhibits on this disc against its files and its custody records."""

    def __init__(self, disc: Disc, number: int, section: Section, *, has_seals: bool) -> None:
        self._disc, self._number, self._section, self._has_seals = disc, number, section, has_seals
        self._named: set[str] = set()

    def check(self, said: Any, records: Sequence[Record]) -> None:
        """One exhibit, with the records that belong to it."""
        name, recording = want(said, "reference", str), want(said, "recording", str)
        discs = {want(file, "disc", int) for file in want(said, "files", list)}
        if not discs:
            raise Wrong("no file of it is named")
        if elsewhere := ", ".join(map(str, sorted(discs - {self._number}))):
            self._section.unchecked(f"{name}: what lies on disc {elsewhere} of the set is checked there", is_note=True)
        files = [file for file in said["files"] if file["disc"] == self._number]
        if not files and want_or_none(said, "records", list) is None:
            return
        record_of = {record.recording: record for record in reversed(records)}
        for file in files:
            with told(self._section, f"{name}, {want(file, 'path', str)}"):
                self._file(name, file, record_of.get(recording))
        self._made(name, want(said, "made", dict), record_of.get(recording))
        for step in want(said, "made_from", list):
            source = record_of.get(want(step, "recording", str))
            what = f"{name}, the {want(step, 'what', str)} that it was made from"
            for sha256 in want(step, "sha256", list):
                if self._stands(what, f"{sha256}", source, source.named if source else {}):
                    self._section.ok(f"{what}: its SHA-256 is the one in its custody record")
            self._made(what, step, source)

    def end(self) -> None:
        """Tell of what lies among the exhibits and is none. Each has a label beside it."""
        for path in sorted(self._disc.files.keys() - self._named):
            if path.startswith("data/exhibits/") and not path.endswith("_label.txt"):
                self._section.fail(f"{path}: lies among the exhibits, and is no file of one on disc {self._number}")

    def _file(self, name: str, file: Any, record: Record | None) -> None:
        path, sha256 = want(file, "path", str), want_hash(file, "sha256")
        self._named.add(path)
        if self._disc.sha256(path) != sha256 or self._disc.files[path] != want(file, "size_bytes", int):
            raise Wrong("is not what bundle.json says")
        where = f"{name}, {path}"
        if record and record.is_read and sha256 not in record.named and not want(file, "is_original", bool):
            self._section.unchecked(f"{where}: a copy for playing, which its custody record does not name")
        elif self._stands(where, sha256, record, record.named if record else {}):
            self._section.ok(f"{where}: is what bundle.json says, and its SHA-256 is the one in its custody record")

    def _made(self, name: str, made: Any, record: Record | None) -> None:
        for what in ("recipe", "statement"):
            with told(self._section, f"{name}, {what}"):
                path, sha256 = want_or_none(made, what, str), want_or_none(made, f"{what}_sha256", str)
                if path is not None and self._disc.sha256(path) != sha256:
                    raise Wrong(f"'{path}' is not what bundle.json says")
                if sha256 is not None and self._stands(
                    f"{name}, {what}", sha256, record, record.stands if record else {}
                ):
                    self._section.ok(f"{name}: the SHA-256 of its {what} is the one in its custody record")

    def _stands(self, where: str, sha256: str, record: Record | None, found: dict[str, bool]) -> bool:
        """Whether a hash is where it has to be; if not, that is told."""
        if found.get(sha256, False) or (sha256 in found and not self._has_seals):
            return True
        if record is None:
            self._section.fail(f"{where}: the custody record that has to name it is not on the disc")
        elif sha256 in found:
            self._section.unchecked(f"{where}: is named in {record.path} only by lines that no checkpoint seals")
        elif not record.is_read:
            self._section.unchecked(f"{where}: {record.path} could not be read to its end")
        else:
            self._section.fail(f"{where}: no line of {record.path} that holds names its SHA-256, {sha256}")
        return False


def disc_check(root: Path, given: Sequence[Key] = (), later: str = "") -> Report:
    """Check the disc in a folder. `given`: the only keys that are trusted; none: those on the disc. `later`: the file
    with a later checkpoint of the log and the proof that it continues the one on the disc."""
    report = Report()
    with told(report.files, str(root)):
        disc = Disc(root)
        if not {MANIFEST, TAG_MANIFEST, BUNDLE} & disc.files.keys():
            report.files.unchecked(f"{root}: is no such disc: neither {MANIFEST} nor {BUNDLE} is in this folder")
            return report
        if sum(disc.files.values()) > LARGE_BYTES:
            sys.stderr.write(f"Reading {sum(disc.files.values()):,} bytes; this takes a while.\n")
        files_check(disc, report.files)
        with told(report.exhibits, BUNDLE):
            if BUNDLE in disc.files:
                _bundle_check(disc, given, report, later)
            else:
                report.exhibits.unchecked(f"there is no {BUNDLE}: exhibits, records and seals could not be checked")
    return report


def _bundle_check(disc: Disc, given: Sequence[Key], report: Report, later: str) -> None:
    raw = disc.read(BUNDLE)
    bundle = parsed(raw)
    if want(bundle, "v", int) not in VERSIONS:
        report.exhibits.unchecked(f"{BUNDLE}: is of version {bundle['v']}, which this program does not know")
        return
    seals = Seals(report.seals)
    if want_or_none(bundle, "log", dict) is None:
        report.seals.unchecked("there is no checkpoint on this disc: whether the records are sealed was not checked")
    else:
        with told(report.seals, "the checkpoint"):
            seals.checkpoint = checkpoint_check(disc, bundle, given, report, later)
    exhibits = Exhibits(disc, want(bundle, "disc", int), report.exhibits, has_seals=seals.checkpoint is not None)
    hashes = frozenset(HEX.findall(raw.decode()))
    for number, exhibit in enumerate(want(bundle, "exhibits", list), 1):
        with told(report.exhibits, f"exhibit {number} in {BUNDLE}"):
            heads = want_or_none(exhibit, "records", list) or []
            exhibits.check(exhibit, [record_read(disc, head, hashes, report.records, seals) for head in heads])
    exhibits.end()
    seals.end()


def _keys_given(texts: Sequence[str]) -> list[Key]:
    found = []
    for text in texts:
        try:
            found.append(key_read(text))
        except Wrong:
            # a file without a key must not end up as trust in the keys on the disc
            lines = [line for line in Path(text).read_text(encoding="utf-8").splitlines() if line.strip()]
            found += [key_read(line) for line in lines or [""]]
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Check, print, and return the exit status."""
    parser = argparse.ArgumentParser(description="Checks a data disc of exhibits against its sealed custody record.")
    parser.add_argument("folder", nargs="?", metavar="DIR", help="the disc (default: where this program lies)")
    parser.add_argument("--key", action="append", default=[], help="trust only this key (text or file); repeatable")
    parser.add_argument("--later", metavar="FILE", default="", help="the log's /api/v1/log/consistency?old=SIZE, saved")
    parser.add_argument("--quiet", action="store_true", help="only what fails, and the sum")
    parser.add_argument("--json", action="store_true", help="the same as a JSON object")
    asked = parser.parse_args(argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console of Windows knows few letters
    try:
        keys = _keys_given(asked.key)
    except (OSError, ValueError) as wrong:
        parser.error(f"--key wants a key (name+id+key), or a file with one a line: {wrong}")
    report = disc_check(Path(asked.folder) if asked.folder else Path(__file__).resolve().parent, keys, asked.later)
    shown = {
        section.title: [line for line in section.lines if line[0] == FAIL or not asked.quiet]
        for section in report.sections
    }
    summed_up = report.summed_up(is_quiet=asked.quiet)
    if asked.json:
        found = [
            {"title": title, "lines": [{"result": result, "says": says} for result, says in lines]}
            for title, lines in shown.items()
        ]
        sys.stdout.write(json.dumps({"status": report.status, "sum": summed_up, "sections": found}, indent=2) + "\n")
        return report.status
    for title, lines in shown.items():
        if lines:
            sys.stdout.write(f"{title}\n" + "".join(f"  {result:<11}  {says}\n" for result, says in lines) + "\n")
    sys.stdout.write(f"{summed_up}\n")
    return report.status


if __name__ == "__main__":
    sys.exit(main())
