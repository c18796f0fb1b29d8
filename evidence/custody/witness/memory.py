"""What a witness remembers, in one SQLite file of its own: the newest checkpoint of each log, and what contradicts it.

To look and to remember is one transaction, on the disc before anything is answered. A newcomer's trap: the file is
opened only where it is. A witness whose memory is gone would cosign whatever it is shown, so a missing file is an error
and never an empty memory.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from evidence.custody.witness.errors import MemoryFailed

CONFLICTS_MAX = 100
"""Kept of each kind and log: the newest."""
FORK = "fork"
"""Signed by the log, and of the size we know with another root: it contradicts itself, whoever brought it here."""
UNPROVEN = "unproven"
"""Signed by the log, and not shown to continue what we know. The proof may be at fault, and comes from anybody."""
_WAIT_S = 20
_TABLES = """
CREATE TABLE witness (only INTEGER PRIMARY KEY CHECK (only = 1), name TEXT NOT NULL, signed_at INTEGER NOT NULL);
CREATE TABLE seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL);
CREATE TABLE conflict (
    id INTEGER PRIMARY KEY AUTOINCREMENT, origin TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL,
    root BLOB NOT NULL, at INTEGER NOT NULL, note TEXT NOT NULL, proof TEXT NOT NULL, known TEXT NOT NULL,
    UNIQUE (origin, size, root)
);
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest checkpoint of a log. `note`: with the log's signature and ours."""

    origin: str
    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A checkpoint that a log signed and that does not fit. `known`: what we had cosigned then; empty for none.
    `at`: POSIX seconds. `proof`: as it was sent, one hash a line."""

    origin: str
    kind: str
    size: int
    root: bytes
    at: int
    note: str
    proof: str
    known: str


class Turn:
    """One transaction: nobody else writes meanwhile, and at its end all of it is on the disc or none."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def signed_at(self) -> int:
        """The time of the newest cosignature, POSIX seconds; 0 before the first."""
        return int(self._connection.execute("SELECT signed_at FROM witness").fetchone()[0])

    def clock_set(self, at_s: int) -> None:
        """Count from this time on, also where that is earlier."""
        self._connection.execute("UPDATE witness SET signed_at = ?", [at_s])

    def seen(self, origin: str) -> Seen | None:
        """What is known of a log."""
        row = self._connection.execute(
            "SELECT origin, size, root, note FROM seen WHERE origin = ?", [origin]
        ).fetchone()
        return Seen(*row) if row else None

    def keep(self, seen: Seen, *, at_s: int) -> None:
        """Know this of a log from now on. What was not proven before is proven now."""
        self._connection.execute(
            "INSERT OR REPLACE INTO seen (origin, size, root, note) VALUES (?, ?, ?, ?)",
            [seen.origin, seen.size, seen.root, seen.note],
        )
        self._connection.execute(
            "DELETE FROM conflict WHERE kind = ? AND origin = ? AND size = ? AND root = ?",
            [UNPROVEN, seen.origin, seen.size, seen.root],
        )
        self.clock_set(at_s)

    def conflict_keep(self, conflict: Conflict) -> bool:
        """Keep it as evidence; False where it is kept already. What anybody can bring about never displaces a fork."""
        row = [getattr(conflict, name) for name in Conflict.__slots__]
        is_new = self._connection.execute(
            "INSERT INTO conflict (origin, kind, size, root, at, note, proof, known) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (origin, size, root) DO UPDATE SET kind = excluded.kind, at = excluded.at,"
            " known = excluded.known WHERE conflict.kind = 'unproven' AND excluded.kind = 'fork'",
            row,
        ).rowcount
        self._connection.execute(
            "DELETE FROM conflict WHERE origin = ?1 AND kind = ?2 AND id NOT IN"
            " (SELECT id FROM conflict WHERE origin = ?1 AND kind = ?2 ORDER BY id DESC LIMIT ?3)",
            (conflict.origin, conflict.kind, CONFLICTS_MAX),
        )
        return is_new > 0


class Memory:
    """The file. Each call opens it anew, so that threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def make(cls, path: Path, *, name: str) -> "Memory":
        """An empty one for the witness of that name; only its owner can read it.

        Raises:
            MemoryFailed: it is there already, or cannot be written.
        """
        temporary = path.with_name(f".{path.name}-{uuid4()}")
        try:
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR))
            with cls(temporary)._opened() as connection:
                connection.executescript(f"BEGIN IMMEDIATE; {_TABLES}")
                connection.execute("INSERT INTO witness (only, name, signed_at) VALUES (1, ?, 0)", [name])
                connection.execute("COMMIT")
            # link, not rename: where another began meanwhile, its memory stays
            os.link(temporary, path)
            folder_sync(path.parent)
        except OSError as wrong:
            raise MemoryFailed(f"The witness's memory, {path}, cannot be made: {wrong.strerror}.") from wrong
        finally:
            temporary.unlink(missing_ok=True)
        return cls(path)

    @property
    def name(self) -> str:
        """The witness's. Raises MemoryFailed."""
        with self._opened() as connection:
            return str(connection.execute("SELECT name FROM witness").fetchone()[0])

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """One transaction, on the disc when the block has ended without an error.

        Raises:
            MemoryFailed: it could not be read or written: what was to be signed in the block must not go out.
        """
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Turn(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def seen(self, origin: str) -> Seen | None:
        """What is known of a log. Raises MemoryFailed."""
        with self._opened() as connection:
            return Turn(connection).seen(origin)

    def conflicts(self) -> list[Conflict]:
        """What does not fit, the oldest first. Raises MemoryFailed."""
        with self._opened() as connection:
            rows = connection.execute(
                "SELECT origin, kind, size, root, at, note, proof, known FROM conflict ORDER BY id"
            ).fetchall()
        return [Conflict(*row) for row in rows]

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """EXTRA is FULL, and syncs the folder once the journal is gone: what is answered survives a power cut."""
        address = f"{self.path.absolute().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=_WAIT_S, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous=EXTRA")
                yield connection
        except sqlite3.Error as wrong:
            raise MemoryFailed(f"The witness's memory, {self.path}, cannot be used: {wrong}.") from wrong


def folder_sync(folder: Path) -> None:
    """Have the names in it on the disc."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
