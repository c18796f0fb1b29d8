"""Where downloads lie, and what a process that was killed in the middle of one leaves behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from evidence.custody.parties import system
from evidence.jobs.services import job_claim, job_enqueue
from evidence.vault.choice import store_current
from evidence.vault.downloads import download_place, downloads_in, downloads_sweep
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_local, object_put, object_register
from tests.servers.live import environment
from workers.handlers.scratch import scratch_of, scratch_sweep

_CHILD = """
import sys, time
import django
django.setup()
from evidence.vault.downloads import download_place
with download_place() as path:
    path.write_bytes(b"a whole Master")
    print(path, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def other_process():
    """A process that is in the middle of a download: itself and the file."""
    argv, env = [sys.executable, "-c", _CHILD], {**environment(), "PYTHONPATH": "."}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) as running:
        path = Path(running.stdout.readline().strip())
        try:
            yield running, path
        finally:
            running.kill()


def test_download_of_a_killed_process_is_swept_and_one_of_a_living_process_is_not(other_process):
    running, path = other_process
    with download_place() as own:
        assert downloads_sweep() == 0
        assert path.read_bytes() == b"a whole Master"
        running.kill()
        running.wait()
        assert path.exists()
        assert downloads_sweep() == 1
        assert not path.exists()
        assert own.exists()
    assert not own.exists()


def test_download_is_for_this_account_alone_and_names_that_are_not_ours_stay(settings):
    with download_place() as path:
        assert path.parent == settings.SCRATCH_DIR
        assert path.stat().st_mode & 0o777 == 0o600
        (kept := settings.SCRATCH_DIR / "somebody-elses").touch()
        assert downloads_sweep() == 0
    assert kept.exists()


@pytest.mark.django_db
def test_attempt_downloads_into_its_own_folder_and_a_killed_one_leaves_nothing_after_the_sweep(make, settings):
    stored = object_register(object_put(object_class=ObjectClass.MASTER, source=make(b"one")))
    job = job_claim(job_id=job_enqueue(kind="ingest.commit", key="one", actor=system("Tests")).pk, owner="one")
    with scratch_of(job) as folder, object_local(stored) as path:
        if store_current().local(key=stored.key) is None:
            assert path.parent == folder
        with download_place() as place:
            assert place.parent == folder
        (left := folder.parent / "99").mkdir()
        (left / "object-of-a-killed-attempt").touch()
        assert scratch_sweep() == 1
        assert not left.exists()
    assert not [path for path in settings.SCRATCH_DIR.rglob("*") if path.is_file()]


def test_folder_for_downloads_counts_within_its_block_only(tmp_path, settings):
    with downloads_in(tmp_path), download_place() as path:
        assert path.parent == tmp_path
    with download_place() as path:
        assert path.parent == settings.SCRATCH_DIR
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_sweep_of_scratch_takes_what_a_dead_process_downloaded(other_process):
    running, path = other_process
    running.kill()
    running.wait()
    assert scratch_sweep() == 1
    assert not path.exists()
