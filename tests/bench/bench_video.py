"""The smart render beside what anybody else would run: 5 s redacted in 60 s and in 10 min, 5 min cut out of 10.

`make bench-video` prints the table of docs/performance.md. Every program is a process of its own, one after the other
on one machine, so ratios mean something wherever they are measured. Real footage is looped where it lies beside the
checkout, else a test picture with noise. `smartcut` (PyPI, not a dependency) is shown where SMARTCUT names the program.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from tests.workers.media.render_sources import source_of
from tests.workers.media.sources import ffmpeg
from workers.media.index import index_build
from workers.media.recipe import Box, Run, Track, recipe_bytes, redaction_recipe
from workers.media.recipe_draft import segment_of_frames

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("CONTINUITY_REAL_MEDIA", ROOT.parent / "shared" / "media")) / "derived_bwc720_10s.mp4"
MADE = (
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=1280x720:r=30:d=10,noise=alls=6:allf=t",
    "-f",
    "lavfi",
    "-i",
    "sine=f=440:d=10",
)
CAMERA = ("-c:v", "libx264", "-preset", "veryfast", "-b:v", "4M", "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "aac")
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18")
REDACT_S = 5
say = sys.stdout.write


@dataclass(frozen=True)
class Cost:
    """One program's run: seconds on the clock, of processors, and its greatest size in memory."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost(argv: Sequence[str | Path]) -> Cost:
    """Run it to its end; an error is shown."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([*map(str, argv)], stdout=said, stderr=said, cwd=ROOT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(said.read()[-2000:].decode("utf-8", "replace"))
    return Cost(time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def media(*arguments: str | Path) -> Cost:
    """Our own command line."""
    return cost([sys.executable, "-m", "workers.media", *arguments])


def ffmpeg_cost(*arguments: str | Path) -> Cost:
    """The ffmpeg program."""
    return cost(["ffmpeg", "-v", "error", "-nostdin", "-y", *arguments])


def looped(folder: Path, seconds: int) -> Path:
    """Ten seconds of film over and over, without encoding it again."""
    ten = REAL if REAL.is_file() else folder / "10s.mp4"
    if not ten.is_file():
        ffmpeg(*MADE, *CAMERA, ten)
    path = folder / f"{seconds}s.mp4"
    if not path.is_file():
        ffmpeg("-stream_loop", seconds // 10 - 1, "-i", ten, "-map", "0:v:0", "-map", "0:a:0", "-c", "copy", path)
    return path


def recipe_of(folder: Path, path: Path, *, compatible: bool) -> Path:
    """A box over five seconds in the middle."""
    index, _ = index_build(path)
    middle = index.frame_count // 2
    first, end = index.pts_of(middle), index.pts_of(middle + REDACT_S * 30)
    run = Run(first, end, (Box(first, 400, 200, 200, 200),))
    recipe = redaction_recipe(
        sources=[source_of(path)], segments=[segment_of_frames(index, first=0, end=index.frame_count)],
        tracks=[Track("a", "face", "hand", "box", "solid", False, "privacy", 0, (run,))], compatible=compatible,
    )  # fmt: skip
    out = folder / f"{path.stem}-{compatible}.json"
    out.write_bytes(recipe_bytes(recipe))
    return out


def redaction_rows(folder: Path, path: Path) -> None:
    """Smart, our own full render, ffmpeg's full re-encode of the same."""
    length = float(index_build(path)[0].frame_count) / 30
    start = length / 2
    box = f"drawbox=x=400:y=200:w=200:h=200:t=fill:enable='between(t,{start},{start + REDACT_S})'"
    out = folder / "out.mp4"
    smart = media("redact", path, out, "--recipe", recipe_of(folder, path, compatible=False))
    statement = json.loads((folder / "out.mp4.statement.json").read_bytes())
    copied = sum(part["frames"] for part in statement["parts"] if part["way"] == "copied")
    proof = media("verify", path, out, "--statement", folder / "out.mp4.statement.json")
    full = media("redact", path, out, "--recipe", recipe_of(folder, path, compatible=True)) if length < 100 else None
    peer = ffmpeg_cost("-i", path, "-vf", box, *X264, "-c:a", "copy", out)
    said = f"{copied:,} of {statement['frames']:,} frames identical"
    for name, each in (("smart", smart), ("most compatible", full), ("ffmpeg, all encoded anew", peer)):
        if each is not None:
            row(f"5 s redacted in {length:.0f} s: {name}", each, peer, said if each is smart else "")
    row("verify that copy", proof, peer, "")


def cut_rows(folder: Path, path: Path) -> None:
    """Five minutes and a bit, from within a group to within a group."""
    out, start, end = folder / "out.mp4", 120.3, 420.7
    index, _ = index_build(path)
    wanted = index.frame_at(Fraction(str(end))) - index.frame_at(Fraction(str(start)))
    full = ffmpeg_cost("-ss", start, "-i", path, "-t", f"{end - start:.3f}", *X264, "-c:a", "aac", "-b:a", "96k", out)
    row("cut 5 min of 10: ffmpeg, all encoded anew", full, full, frames(out, wanted))
    smart = media("cut", path, out, "--segment", f"{start}:{end}")
    row("cut 5 min of 10: smart", smart, full, frames(out, wanted))
    program = os.environ.get("SMARTCUT")
    if program:
        other = cost([program, path, out, "--keep", f"{start},{end}"])
        row("cut 5 min of 10: smartcut", other, full, frames(out, wanted))
    floor = ffmpeg_cost("-ss", start, "-i", path, "-t", f"{end - start:.3f}", "-c", "copy", out)
    row("cut 5 min of 10: ffmpeg -c copy", floor, full, frames(out, wanted))


def frames(path: Path, wanted: int) -> str:
    """How many pictures are shown, and how many stored, of how many asked for."""
    with av.open(str(path)) as container:
        shown = sum(1 for packet in container.demux(video=0) if packet.size and not packet.is_discard)
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        stored = sum(1 for packet in container.demux(video=0) if packet.size)
    return f"{shown:,} frames shown, {stored:,} stored, {wanted:,} asked for"


def row(name: str, each: Cost, peer: Cost, note: str) -> None:
    """One line of the table."""
    ratios = f"{each.wall_s / peer.wall_s:.3f} | {each.cpu_s / peer.cpu_s:.3f}"
    say(f"| {name} | {each.wall_s:.1f} | {each.cpu_s:.1f} | {ratios} | {each.peak_mb:.0f} | {note} |\n")
    sys.stdout.flush()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="60 s only: for a look, not for the record")
    short = parser.parse_args().short
    with tempfile.TemporaryDirectory(prefix="bench-video-") as name:
        folder = Path(name)
        film = "real footage" if REAL.is_file() else "a test picture with noise"
        say(f"{film}, looped; 720p, 30 a second\n\n")
        say("| work | wall s | CPU-s | wall, of ffmpeg's | CPU, of ffmpeg's | memory MB | |\n")
        say("|---|---|---|---|---|---|---|\n")
        redaction_rows(folder, looped(folder, 60))
        if not short:
            cut_rows(folder, looped(folder, 600))
            redaction_rows(folder, looped(folder, 600))


if __name__ == "__main__":
    main()
