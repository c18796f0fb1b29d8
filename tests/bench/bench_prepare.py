"""From the last byte to playable: CPU-seconds of preparing a recording, beside a 720p proxy of the same file.

Both in one run on one machine, so that the ratio means something wherever it is measured. The whole way is taken: the
job, the sandbox, the vault, the rows. `make bench` prints the table of docs/performance.md.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from evidence.recordings.models import FileRole, Recording, State
from evidence.recordings.services.preparing import preparation_ask
from tests import factories
from tests.jobs.running import jobs_run
from tests.workers.media.sources import ffmpeg

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
MINUTE = (
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=1920x1080:r=30:d=60,noise=alls=6:allf=t",
    "-f",
    "lavfi",
    "-i",
    "sine=f=440:d=60",
)
CAMERA = ("-c:v", "libx264", "-preset", "ultrafast", "-b:v", "6M", "-g", "60", "-pix_fmt", "yuv420p", "-c:a", "aac")
PROXY = ("-vf", "scale=-2:720", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-c:a", "aac")
CPU_MOST_S = 2.0
say = sys.stdout.write


@dataclass(frozen=True)
class Cost:
    """What a piece of work took: processor seconds of everything it started, and seconds on the clock."""

    cpu_s: float
    wall_s: float


def cost(work: Callable[[], object]) -> Cost:
    def used() -> float:
        own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    cpu_before, wall_before = used(), time.monotonic()
    work()
    return Cost(used() - cpu_before, time.monotonic() - wall_before)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A minute of 1080p at 6 Mbit/s as a camera writes it (index at the end), and the same ten times over."""
    folder = tmp_path_factory.mktemp("bench")
    minute, ten = folder / "60s.mp4", folder / "10min.mp4"
    ffmpeg(*MINUTE, *CAMERA, minute)
    ffmpeg("-stream_loop", "9", "-i", minute, "-c", "copy", ten)
    return {"60 s": minute, "10 min": ten}


def encode(path: Path, out: Path) -> None:
    """What showing a copy to everybody would cost: a 720p proxy, encoded fast."""
    argv = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", path, *PROXY, out]
    subprocess.run(argv, check=True, timeout=3600)


def prepare(path: Path) -> Cost:
    file = factories.sealed(path)
    with_job = preparation_ask(file=file, actor=factories.TESTS)
    taken = cost(jobs_run)
    recording = Recording.objects.get(pk=file.recording_id)
    assert (with_job.kind, recording.state) == ("recording.prepare", State.PLAYABLE)
    assert not recording.files.filter(role=FileRole.PROXY).exists()
    return taken


def test_playable_costs_under_two_cpu_seconds_whatever_the_length(sources: dict[str, Path], tmp_path: Path) -> None:
    prepare(sources["60 s"])  # the sandbox proves its walls once a process
    say("\n| 1080p H.264 | to playable, CPU-s | wall s | 720p veryfast proxy, CPU-s | ratio |\n|---|---|---|---|---|\n")
    taken = {}
    for name, path in sources.items():
        taken[name] = prepare(path)
        proxy = cost(lambda path=path: encode(path, tmp_path / "proxy.mp4"))
        ratio = proxy.cpu_s / taken[name].cpu_s
        say(f"| {name} | {taken[name].cpu_s:.2f} | {taken[name].wall_s:.1f} | {proxy.cpu_s:.1f} | {ratio:.0f} x |\n")
    assert taken["10 min"].cpu_s < CPU_MOST_S
    assert taken["10 min"].cpu_s < 3 * taken["60 s"].cpu_s
