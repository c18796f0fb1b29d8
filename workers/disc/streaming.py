"""A tool's output goes to a file that nobody sees until it is whole, and is hashed while it grows.

The hash reads the file back from behind the writer, in a thread of its own: hashing costs no time after the last byte,
and what is hashed is what the file holds, not what the tool said. Progress is reported in the caller's thread.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from workers.exec.process import run

OnProgress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""
IsCancelled = Callable[[], bool]

_CHUNK_BYTES: Final = 1024 * 1024
_POLL_S: Final = 0.02
_SLOWEST_BYTES_PER_S: Final = 1024 * 1024


@dataclass(frozen=True)
class Written:
    """A file that is whole: its size and the SHA-256 of its bytes, in hex."""

    size_bytes: int
    sha256: str


def timeout_for(size_bytes: int) -> float:
    """Seconds that writing so many bytes may take at the very most."""
    return 300.0 + size_bytes / _SLOWEST_BYTES_PER_S


@contextmanager
def whole_or_absent(out: Path) -> Iterator[Path]:
    """Give a path to write to, beside `out`; it becomes `out` when the block ends well and is removed otherwise."""
    part = out.with_name(f".{out.name}.part")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def stdout_written(
    argv: Sequence[str],
    out: Path,
    *,
    total_bytes: int,
    env: Mapping[str, str],
    cwd: Path | None = None,
    on_progress: OnProgress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Written:
    """Run a tool with its standard output in `out`, and hash that file while it grows.

    Raises what `workers.exec` raises: ToolFailed, ToolTimeout, ToolCancelled.
    """
    with out.open("wb") as sink, _Follower(out) as follower:

        def is_stopped() -> bool:
            if on_progress is not None:
                on_progress(min(follower.size_bytes, total_bytes), total_bytes)
            return is_cancelled is not None and is_cancelled()

        timeout_s = timeout_for(total_bytes)
        run(argv, timeout_s=timeout_s, env=env, cwd=cwd, stdout_to=sink, is_cancelled=is_stopped)
    if on_progress is not None:
        on_progress(follower.size_bytes, total_bytes)
    return Written(follower.size_bytes, follower.sha256)


class _Follower:
    """Hashes a file from behind its writer until the block ends and the file's end is reached."""

    def __init__(self, path: Path) -> None:
        self.size_bytes = 0
        self._path = path
        self._hash = hashlib.sha256()
        self._is_whole = threading.Event()
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._follow, name="disc-hash", daemon=True)

    @property
    def sha256(self) -> str:
        """The hash, once the block has ended."""
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._is_whole.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _follow(self) -> None:
        try:
            self._read_on()
        except OSError as error:
            self._error = error

    def _read_on(self) -> None:
        buffer = memoryview(bytearray(_CHUNK_BYTES))
        with self._path.open("rb", buffering=0) as source:
            while True:
                # asked before reading: only then does an empty read after it mean the end
                was_whole = self._is_whole.is_set()
                count = source.readinto(buffer)
                if count:
                    self._hash.update(buffer[:count])
                    self.size_bytes += count
                elif was_whole:
                    return
                else:
                    self._is_whole.wait(_POLL_S)
