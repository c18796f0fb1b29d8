"""Workers killed and people who change their mind in the middle of making discs: with real worker processes."""

import os
import signal
from pathlib import Path

import pytest
from django.conf import settings

from evidence.court.models import Disc, DiscKind, DiscSet, DiscSetState
from evidence.court.services import disc_set_cancel
from evidence.jobs.models import JobState
from evidence.vault.models import ObjectClass, StoredObject
from tests.court import making
from tests.jobs.running import broker_empty, state, waits_until, worker

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
