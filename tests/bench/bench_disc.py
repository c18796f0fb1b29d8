"""How fast `data_image_build` is beside bare xorriso on the same tree, in one run: `python -m tests.bench.bench_disc`.

The tree is random bytes, written just before, so both read it from memory. Rounds alternate and the medians are
compared; ours also hashes the image. Aim: at least 80 % of the bare tool's speed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from workers.disc.image import data_image_build
from workers.exec.tools import tool

AIM = 0.8
FILES = 8


def main() -> int:
    """Print the seconds of each round, both medians and their ratio; exit status 1 below the aim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=512, help="size of the tree")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", type=Path, help="where to work (default: the system's temporary directory)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as directory:
        work = Path(directory)
        tree = tree_made(work / "tree", given.mib)
        rounds = [(bare_s(tree, work / "bare.iso"), ours_s(tree, work / "ours.iso")) for _ in range(given.rounds)]
    for bare, ours in rounds:
        sys.stdout.write(f"bare xorriso {bare:6.2f} s   data_image_build {ours:6.2f} s   {bare / ours:.0%}\n")
    bare, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
    sys.stdout.write(
        f"median: bare {given.mib / bare:.0f} MiB/s, ours {given.mib / ours:.0f} MiB/s: {bare / ours:.0%} "
        f"of bare xorriso (aim {AIM:.0%})\n"
    )
    return 0 if bare / ours >= AIM else 1


def tree_made(tree: Path, mib: int) -> Path:
    (tree / "data").mkdir(parents=True)
    for number in range(FILES):
        (tree / "data" / f"exhibit_{number}.mp4").write_bytes(os.urandom(mib * 1024**2 // FILES))
    return tree


def bare_s(tree: Path, out: Path) -> float:
    options = ["-quiet", "-iso-level", "3", "-r", "-J", "-joliet-long", "-V", "BENCH"]
    started_at = time.monotonic()
    subprocess.run([tool("xorriso").path, "-as", "mkisofs", *options, "-o", out, tree], check=True, capture_output=True)
    took_s = time.monotonic() - started_at
    out.unlink()
    return took_s


def ours_s(tree: Path, out: Path) -> float:
    started_at = time.monotonic()
    data_image_build(tree, out, volume_id="BENCH", made_at=datetime.now(UTC))
    took_s = time.monotonic() - started_at
    out.unlink()
    return took_s


if __name__ == "__main__":
    sys.exit(main())
