"""Workers killed and people who change their mind in the middle of making discs: with real worker processes."""

import os
import signal
import struct
import sys
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from config.bootstrap.system import ROOT
from evidence.court.models import Disc, DiscKind, DiscSet, DiscSetState
from evidence.court.services import disc_set_cancel
from evidence.custody.intents import intents_sweep
from evidence.custody.models import IntentLease
from evidence.jobs.models import JobState
from evidence.vault.models import ObjectClass, StoredObject
from tests.court import making
from tests.jobs.running import broker_empty, state, waits_until, worker
from tests.servers import live
from workers.exec.process import spawn

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked() -> DiscSet:
    """A viewing DVD that takes some seconds to encode."""
    broker_empty()
    long_film = making.made(
        "long.mp4", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=40", "-c:v", "libx264", "-preset", "ultrafast",
        "-pix_fmt", "yuv420p",
    )  # fmt: skip
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer, long_film, duration_s=40.0).recording)
    return bench.request(exhibit, kind=DiscKind.VIEWING)


def encoding(disc_set: DiscSet) -> bool:
    """A title is being encoded in the scratch of an attempt at this set."""
    root = Path(settings.SCRATCH_DIR) / "job" / str(making.job(disc_set).pk)
    return root.exists() and any(path.stat().st_size > 0 for path in root.rglob("*.mpg"))


def images() -> int:
    return StoredObject.objects.filter(object_class=ObjectClass.IMAGE).count()


def test_worker_killed_while_it_makes_discs_leaves_one_set_made_by_another(asked, tmp_path):
    job = making.job(asked)
    with worker(tmp_path / "one.log") as first:
        waits_until(lambda: encoding(asked), 40, "the encoding")
        assert (Disc.objects.count(), images()) == (0, 0)
        os.kill(first.pid, signal.SIGKILL)
        first.wait(timeout_s=10)
        with worker(tmp_path / "two.log"):
            waits_until(lambda: state(job) == JobState.SUCCEEDED, 120, "the discs, elsewhere")
    asked.refresh_from_db()
    assert (asked.state, asked.discs.count(), images()) == (DiscSetState.MADE, 1, 1)
    assert job.attempt == 2
    assert making.verbs("case", asked.case_id).count("case:disc:made") == 1


def test_cancelling_stops_the_tools_within_seconds_and_leaves_nothing(asked, tmp_path):
    bench = asked.case.officer_in_case
    with worker(tmp_path / "one.log"):
        waits_until(lambda: encoding(asked), 40, "the encoding")
        disc_set_cancel(who=making.who_is(bench), disc_set=asked)
        waits_until(lambda: DiscSet.objects.get().state == DiscSetState.CANCELLED, 15, "the end")
        waits_until(lambda: not encoding(asked), 10, "the clearing of scratch")
    assert (Disc.objects.count(), images()) == (0, 0)
    assert making.verbs("case", asked.case_id)[-1] == "case:disc:cancelled"


@pytest.fixture
def heavy(tmp_path: Path) -> Disc:
    """A disc whose image takes a moment to burn: 96 MiB of it are a box that players skip."""
    bench = making.bench()
    film = tmp_path / "heavy.mp4"
    padding = bytes(96 << 20)
    film.write_bytes(making.film().read_bytes() + struct.pack(">I4s", len(padding) + 8, b"free") + padding)
    exhibit = bench.exhibit(making.recorded(bench.officer, film).recording)
    return making.built(bench.request(exhibit)).discs.get()


def test_burning_that_was_killed_is_found_and_the_page_says_that_there_may_be_a_disc(heavy, tmp_path, settings):
    case, oic = heavy.disc_set.case, heavy.disc_set.case.officer_in_case
    argv = [sys.executable, "manage.py", "burn", str(heavy.id), "--device", str(tmp_path / "burn.img")]
    with (
        (tmp_path / "burn.log").open("wb") as output,
        spawn([*argv, "--as", oic.username], cwd=ROOT, env=live.environment(), output=output) as burning,
    ):
        waits_until((tmp_path / "burn.img").exists, 40, "the first byte")
        os.kill(burning.pid, signal.SIGKILL)
        burning.wait(timeout_s=10)
    assert [line.outcome for line in making.said("case", case.id)[-1:]] == ["intent"]
    page = making.signed_in(oic).get(f"/cases/{case.id}/discs/{heavy.disc_set_id}/").content.decode()
    assert "Being burned" in page
    settings.JOB_LEASE_S = 0.001
    IntentLease.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert intents_sweep() == 1
    last = making.last("case", case.id)
    assert (last.verb, last.outcome, last.body["data"]["code"]) == ("case:disc:burned", "failed", "abandoned")
    assert making.last("recording", heavy.contents[0]["recording"]).verb == "recording:disc:included"
    page = making.signed_in(oic).get(f"/cases/{case.id}/discs/{heavy.disc_set_id}/").content.decode()
    assert "Nobody reported how it ended" in page


def test_burning_counts_as_going_on_while_it_takes_longer_than_a_lease(heavy, tmp_path, settings):
    settings.JOB_LEASE_S, settings.JOB_HEARTBEAT_S = 0.3, 0.05
    swept: list[int] = []

    class Watching(StringIO):
        def write(self, text: str) -> int:
            time.sleep(0.1)
            swept.append(intents_sweep())
            return super().write(text)

    oic = heavy.disc_set.case.officer_in_case
    call_command(
        "burn", str(heavy.id), "--device", str(tmp_path / "burn.img"), "--as", oic.username,
        stdout=StringIO(), stderr=Watching(),
    )  # fmt: skip
    assert len(swept) >= 5
    assert set(swept) == {0}
    assert [line.outcome for line in making.said("case", heavy.disc_set.case_id)[-2:]] == ["intent", "done"]
