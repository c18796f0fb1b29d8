"""Discs that fill up: what arrived is kept, all else goes on, and so does the upload when there is room."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from config.bootstrap.system import ROOT
from evidence.fleet.services import dock_enrol
from evidence.ingest.models import UploadState
from tests import factories
from tests.faults.ingest_senders import LiveDock, upload_at
from tests.ingest.sending import metadata_header, sha256
from tests.servers import live

MIB = 1024**2


@contextmanager
def small_disc(place: Path, mib: int):
    """A file system of its own."""
    place.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0700", "tmpfs", place]
    if subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("this account may not mount a small file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(disc: Path, leave: int) -> Path:
    """Somebody else's file, that leaves so many bytes above the reserve of a tenth."""
    facts = os.statvfs(disc)
    size = facts.f_bavail * facts.f_frsize - facts.f_blocks * facts.f_frsize // 10 - leave
    path = disc / "filler"
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    return path


def announced(dock: LiveDock, content: bytes) -> requests.Response:
    told = metadata_header(sha256=sha256(content))
    return dock.ask("POST", "/tus/v1/", upload_length=str(len(content)), upload_metadata=told)


@pytest.mark.django_db(transaction=True)
def test_spool_keeps_a_reserve_counts_what_is_to_come_and_goes_on_when_there_is_room(tmp_path, monkeypatch, settings):
    token = dock_enrol(name="Dock", unit=factories.unit())[1]
    with small_disc(tmp_path / "spool", 20) as disc:
        settings.SPOOL_DIR = disc
        monkeypatch.setenv("CONTINUITY_SPOOL", str(disc))
        large, small = os.urandom(10 * MIB), os.urandom(6 * MIB)
        with live.site(tmp_path / "site.log") as site:
            dock = LiveDock(site, token)
            assert announced(dock, bytes(19 * MIB)).status_code == 507
            first, second = dock.begun(large), dock.begun(small)
            assert announced(dock, bytes(4 * MIB)).status_code == 507
            filler = fill(disc, leave=12 * MIB)
            assert dock.patch(first, large).status_code == 204
            response = dock.patch(second, small)
            assert response.status_code == 507
            assert "kept" in response.json()["detail"]
            stands_at = dock.offset(second)
            assert 1 * MIB < stands_at <= 2 * MIB
            assert os.statvfs(disc).f_bavail * os.statvfs(disc).f_frsize >= 2 * MIB
            filler.unlink()
            assert dock.patch(second, small[stands_at:], stands_at).status_code == 204
        assert upload_at(second).state == UploadState.RECEIVED
        assert sha256((disc / second.rpartition("/")[2]).read_bytes()) == sha256(small)


_INSTALL = """
import django; django.setup()
from evidence.fleet.services import dock_enrol
from tests import factories
officer = factories.person(username="officer")
print(dock_enrol(name="Dock", unit=factories.unit())[1])
"""
_SEAL = """
import sys, django; django.setup()
from evidence.ingest.models import Upload
from evidence.ingest.services import upload_commit
print(upload_commit(upload=Upload.objects.get(pk=sys.argv[1])).state)
"""


def ours(script: str, *args: str) -> str:
    """Run in a process of the installation that the environment names now."""
    argv = [sys.executable, "-c", script, *args]
    env = {**live.environment(), "PYTHONPATH": "."}
    return subprocess.run(argv, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def one_disc(tmp_path, monkeypatch):
    """An installation in the default shape with its whole data folder on a small disc: that, and a dock's token."""
    for name in [name for name in os.environ if name.startswith("CONTINUITY_")]:
        if name.rpartition("_")[2] in {"URL", "ENDPOINT", "KEY"} or name in {"CONTINUITY_SPOOL", "CONTINUITY_MODE"}:
            monkeypatch.delenv(name)
    with small_disc(tmp_path / "data", 96) as disc:
        monkeypatch.setenv("CONTINUITY_DATA", str(disc))
        env = live.environment()
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=env, check=True)
        yield disc, ours(_INSTALL)


def sign_in(site: live.LiveSite) -> int:
    """Status of the page that somebody gets after signing in."""
    session = requests.Session()
    form = session.get(f"{site.url()}/sign-in", timeout=60).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    given = {"username": "officer", "password": factories.PASSWORD, "csrfmiddlewaretoken": token[1]}
    answer = session.post(f"{site.url()}/sign-in", data=given, headers={"Referer": site.url()}, timeout=60)
    assert "Sign out" in answer.text
    return answer.status_code


def test_full_disc_that_holds_everything_still_lets_people_in_and_the_other_upload_end(one_disc, tmp_path):
    disc, token = one_disc
    large, small = os.urandom(40 * MIB), os.urandom(24 * MIB)
    with live.site(tmp_path / "site.log") as site:
        dock = LiveDock(site, token)
        first, second = dock.begun(large), dock.begun(small)
        refused = announced(dock, bytes(30 * MIB))
        assert (refused.status_code, refused.json()["code"]) == (507, "spool-full")
        assert dock.patch(second, small[: 14 * MIB]).status_code == 204
        fill(disc, leave=20 * MIB)
        stopped = dock.patch(first, large)
        assert stopped.status_code == 507
        assert "administrator" in stopped.json()["detail"]
        assert sign_in(site) == 200
        assert 10 * MIB < dock.offset(first) < 21 * MIB
        assert dock.ask("DELETE", first).status_code == 204
        assert dock.patch(second, small[14 * MIB :], 14 * MIB).status_code == 204
        assert ours(_SEAL, second.rpartition("/")[2]) == "sealed"
        assert dock.ask("GET", f"{second}/receipt").json()["receipt"]["sha256"] == sha256(small)
