"""Runs programs one after the other, each a process of its own, and prints what each took as a row of a table."""

import json
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 3
"""Of what takes seconds: the run with the middle wall time counts."""
say = sys.stdout.write


@dataclass(frozen=True)
class Cost:
    """One program's run: seconds on the clock, of processors, and its greatest size in memory."""

    wall_s: float
    cpu_s: float
    peak_mb: float

    def __add__(self, other: "Cost") -> "Cost":
        """One after the other."""
        return Cost(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s, max(self.peak_mb, other.peak_mb))


@dataclass(frozen=True)
class Aim:
    """What a row is held to, in words, and whether it is so."""

    words: str
    is_met: bool


LAUNCHER = """
import json, os, sys, time
begun = time.monotonic()
_, status, used = os.wait4(os.spawnvp(os.P_NOWAIT, sys.argv[2], sys.argv[2:]), 0)
told = [time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]
json.dump([*told, os.waitstatus_to_exitcode(status)], open(sys.argv[1], "w"))
"""
"""A child's greatest size counts from its parent's when it began, so a small one starts what is measured."""


def cost(argv: Sequence[str | Path]) -> Cost:
    """Run it to its end; an error is shown."""
    # whoever measures may have forbidden Python to keep what it compiles: pip compiles what it installs all the same
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as said, tempfile.NamedTemporaryFile() as told:
        launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, told.name]
        subprocess.run([*launcher, *map(str, argv)], stdout=said, stderr=said, cwd=ROOT, env=env, check=True)
        *taken, status = json.loads(Path(told.name).read_bytes())
        if status:
            said.seek(0)
            raise SystemExit(f"{argv[0]}: {said.read()[-2000:].decode('utf-8', 'replace')}")
    return Cost(*taken)


def media(*arguments: str | Path) -> Cost:
    """Our own command line."""
    return cost([sys.executable, "-m", "workers.media", *arguments])


def ffmpeg_cost(*arguments: str | Path) -> Cost:
    """The ffmpeg program."""
    return cost(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments])


def middle(*runs: Callable[[], Cost]) -> list[Cost]:
    """Each of the programs in turn, ROUNDS times over: their runs of middle wall time."""
    taken = [[run() for run in runs] for _ in range(ROUNDS)]
    return [
        next(each for each in rows if each.wall_s == statistics.median_low(row.wall_s for row in rows))
        for rows in zip(*taken, strict=True)
    ]


def compiled() -> None:
    """Compile our own code and the packages, as an installation's are: what is timed is the work."""
    folders = [ROOT / "workers", sysconfig.get_path("purelib")]
    subprocess.run([sys.executable, "-m", "compileall", "-q", "-j", "0", *folders], check=False, capture_output=True)


def table(title: str) -> None:
    """A headline, and the head of the table under it."""
    say(f"\n{title}\n\n| work | wall s | CPU-s | wall, of theirs | CPU, of theirs | memory MB | aim | | |\n")
    say("|---|---|---|---|---|---|---|---|---|\n")
    sys.stdout.flush()


def row(name: str, each: Cost, *, peer: Cost | None = None, aim: Aim | None = None, note: str = "") -> None:
    """One line of the table; `peer`: what it is held against, the row itself being left out."""
    wall, cpu = (f"{each.wall_s / peer.wall_s:.3f}", f"{each.cpu_s / peer.cpu_s:.3f}") if peer else ("", "")
    words, verdict = (aim.words, "met" if aim.is_met else "**missed**") if aim else ("", "")
    told = f"{each.wall_s:.1f} | {each.cpu_s:.1f} | {wall} | {cpu} | {each.peak_mb:.0f}"
    say(f"| {name} | {told} | {words} | {verdict} | {note} |\n")
    sys.stdout.flush()
