"""What encryption costs: putting a file into a directory and reading it back, encrypted and plain, in one run.

    python -m tests.bench.bench_encryption --dir DIRECTORY [--mib 1024] [--rounds 5]

Each side runs in a process of its own, so that its peak of memory is its own; rounds alternate, each way round, and the
medians are compared. Files are dropped from memory before they are read. The port is measured, without rows: a key is
made and wrapped by a ring once a file, as a put does. A plain copy is the peer; that a plain file of the same disc need
not be copied at all (it is adopted) is a row of its own.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import django

MIB = 1024**2
SIDES = ("plain", "encrypted", "adopted")
say = sys.stdout.write


def main() -> None:
    """Make the footage, run both sides, print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--dir", type=Path, required=True, help="a directory with room for four times the file")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.side:
        say(json.dumps(_side(told.side, told.dir)))
        return
    with tempfile.TemporaryDirectory(dir=told.dir) as folder:
        source = Path(folder) / "footage"
        with source.open("wb") as out:
            for _ in range(told.mib):
                out.write(os.urandom(MIB))
            os.fsync(out.fileno())
        rounds: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
        for number in range(told.rounds):
            for side in SIDES if number % 2 else reversed(SIDES):
                rounds[side].append(_run(side, Path(folder)))
                say(f"{side:10} {_words(rounds[side][-1], told.mib)}\n")
    say(f"\nmedians of {told.rounds} rounds, {told.mib} MiB:\n")
    medians = {
        side: {name: statistics.median(row[name] for row in rows) for name in rows[0]} for side, rows in rounds.items()
    }
    for side, row in medians.items():
        say(f"{side:10} {_words(row, told.mib)}\n")
    for name in ("put_s", "put_cpu_s", "read_s", "read_cpu_s"):
        say(f"encrypted / plain, {name}: {medians['encrypted'][name] / medians['plain'][name]:.2f}\n")


def _words(row: dict[str, float], mib: int) -> str:
    gib = mib / 1024
    return (
        f"put {mib / row['put_s']:7.0f} MiB/s {row['put_cpu_s'] / gib:5.2f} CPU-s/GiB   "
        f"read {mib / row['read_s']:7.0f} MiB/s {row['read_cpu_s'] / gib:5.2f} CPU-s/GiB   "
        f"{row['peak_mib']:.1f} MiB above idle"
    )


def _run(side: str, folder: Path) -> dict[str, float]:
    argv = [sys.executable, "-m", "tests.bench.bench_encryption", "--dir", str(folder), "--side", side]
    env = {**os.environ, "CONTINUITY_DATA": str(folder / "data"), "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, check=True)
    row: dict[str, float] = json.loads(done.stdout)
    return row


def _side(side: str, folder: Path) -> dict[str, float]:
    django.setup()
    from evidence.vault.encryption.frames import FrameCipher
    from evidence.vault.encryption.ring import KeyRing
    from evidence.vault.filesystem import FileStore
    from evidence.vault.models import ObjectClass
    from evidence.vault.store import Declared, digest, key_of

    store, ring, identifier = FileStore(folder / "vault"), KeyRing(folder / "ring.json"), uuid4()
    ring.key_make()
    key, source = key_of(ObjectClass.MASTER, identifier), folder / "footage"
    size = source.stat().st_size
    object_key = os.urandom(32)
    cipher = FrameCipher(key=object_key, object_id=identifier)

    def ask(start: int, end: int):
        return store.read(key=key, version_id="", start=start, end=end, is_cold=True)

    def put() -> None:
        if side == "encrypted":
            ring.wrap(object_key, key_id=ring.key_id(), context=key)
            store.put_sealed(key=key, source=source, declared=Declared(), cipher=cipher, on_bytes=lambda _: None)
        else:
            adopts = side == "adopted"
            store.put(key=key, source=source, declared=Declared(), is_adopted=adopts, on_bytes=lambda _: None)

    def read() -> None:
        is_plain = side != "encrypted"
        digest(ask(0, size) if is_plain else cipher.read(ask, size_bytes=size, start=0, end=size), lambda _: None)

    idle = _peak_mib()
    try:
        put_s, put_cpu_s = _timed(put)
        read_s, read_cpu_s = _timed(read)
    finally:
        store.drop(key=key)
    return {
        "put_s": put_s, "put_cpu_s": put_cpu_s, "read_s": read_s, "read_cpu_s": read_cpu_s,
        "peak_mib": _peak_mib() - idle,
    }  # fmt: skip


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor."""
    began_at, used_s = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - began_at, time.process_time() - used_s


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
