"""Uploads over lines that break, hang and race, into a real web server that gets killed and whose disc fills up."""

import os
import random
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from tusclient.client import TusClient

from evidence.fleet.services import dock_enrol
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.services import upload_commit
from evidence.ingest.services.sending import PIECE_BYTES
from tests import factories
from tests.faults.ingest_senders import LiveDock, status_of, upload_at
from tests.ingest.conftest import _empty_spool  # noqa: F401 - files that other tests left would be in the way
from tests.ingest.sending import checksum, sha256
from tests.jobs.running import waits_until
from tests.servers import live

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = random.Random(7).randbytes(8 * 1024**2)
THIRD = int(len(CONTENT) * 0.3)


@pytest.fixture
def token(transactional_db) -> str:
    return dock_enrol(name="Dock", unit=factories.unit())[1]


@pytest.fixture
def dock(live_site, token) -> LiveDock:
    return LiveDock(live_site, token)


def near(offset: int, arrived: int) -> bool:
    """All that arrived but at most the piece that was being put together when the line broke."""
    return arrived - PIECE_BYTES < offset <= arrived


def test_connection_cut_at_thirty_percent_goes_on_there_and_is_sealed_whole(dock):
    path = dock.begun(CONTENT)
    with dock.line(path, length=len(CONTENT)) as line:
        line.sendall(CONTENT[:THIRD])
    waits_until(lambda: upload_at(path).writer_held is None and upload_at(path).offset_bytes > 0, 10, "the end of it")
    assert dock.offset(path) == THIRD
    assert dock.patch(path, CONTENT[THIRD:], THIRD).status_code == 204
    assert upload_commit(upload=upload_at(path)).file.sha256 == sha256(CONTENT)


def test_connection_reset_keeps_what_arrived(dock):
    path = dock.begun(CONTENT)
    with dock.line(path, length=len(CONTENT)) as line:
        line.sendall(CONTENT[:THIRD])
        waits_until(lambda: near(upload_at(path).offset_bytes, THIRD), 10, "the beat that confirms it")
        line.setsockopt(*_RESET)
    assert near(dock.offset(path), THIRD)


_RESET = (1, 13, b"\x01\0\0\0\0\0\0\0")  # SOL_SOCKET, SO_LINGER: on, 0 s, so that closing resets


def test_chunked_body_arrives_whole(dock):
    path = dock.begun(CONTENT)
    pieces = (CONTENT[at : at + 100_000] for at in range(0, len(CONTENT), 100_000))
    response = dock.patch(path, pieces)
    assert (response.status_code, response.headers["Upload-Offset"]) == (204, str(len(CONTENT)))
    assert upload_commit(upload=upload_at(path)).file.sha256 == sha256(CONTENT)


def test_chunked_body_without_its_end_keeps_what_arrived(dock):
    path = dock.begun(CONTENT)
    with dock.line(path, length=None) as line:
        line.sendall(b"%x\r\n%b\r\n" % (THIRD, CONTENT[:THIRD]))
    waits_until(lambda: upload_at(path).writer_held is None and upload_at(path).offset_bytes > 0, 10, "the end of it")
    assert near(dock.offset(path), THIRD)


def test_chunked_body_with_too_many_bytes_is_413_and_nothing_of_it_is_kept(dock):
    path = dock.begun(CONTENT[:1000])
    assert dock.patch(path, iter([CONTENT[:600], CONTENT[600:1200]])).status_code == 413
    assert dock.offset(path) == 0
    assert dock.patch(path, CONTENT[:1000]).status_code == 204
    assert dock.patch(path, iter([b"more"]), 1000).status_code == 413


def test_cut_chunk_with_a_checksum_is_dropped_whole(dock):
    path = dock.begun(CONTENT)
    with dock.line(path, length=len(CONTENT), Upload_Checksum=checksum("sha1", CONTENT)) as line:
        line.sendall(CONTENT[:THIRD])
        time.sleep(1.5)  # longer than a beat: not even that may confirm an unchecked byte
    assert dock.offset(path) == 0


def test_hanging_line_is_woken_and_keeps_its_bytes_for_whoever_asks_next(dock):
    path = dock.begun(CONTENT)
    with dock.line(path, length=len(CONTENT)) as hanging:
        hanging.sendall(CONTENT[:THIRD])
        waits_until(lambda: upload_at(path).writer_held is not None, 10, "the writer")
        began_at = time.monotonic()
        stands_at = dock.offset(path)
        assert time.monotonic() - began_at < 5
        assert 0 < stands_at <= THIRD
        assert dock.patch(path, CONTENT[stands_at:], stands_at).status_code == 204
    assert upload_commit(upload=upload_at(path)).file.sha256 == sha256(CONTENT)


def test_hanging_line_in_another_web_process_is_woken_too(dock, token, tmp_path):
    path = dock.begun(CONTENT)
    with live.site(tmp_path / "other.log") as second, dock.line(path, length=len(CONTENT)) as hanging:
        hanging.sendall(CONTENT[:THIRD])
        waits_until(lambda: upload_at(path).writer_held is not None, 10, "the writer")
        other = LiveDock(second, token)
        stands_at = other.offset(path)
        assert other.patch(path, CONTENT[stands_at:], stands_at).status_code == 204
    assert upload_commit(upload=upload_at(path)).file.sha256 == sha256(CONTENT)


def test_slow_line_gets_on_and_is_neither_idle_nor_thrown_away_when_interrupted(dock):
    path = dock.begun(CONTENT)
    with dock.line(path, length=len(CONTENT)) as slow:
        for at in range(0, 12_000, 1500):  # 3 kB a second: far below one piece of what a quick line brings
            slow.sendall(CONTENT[at : at + 1500])
            time.sleep(0.5)
        waits_until(lambda: upload_at(path).offset_bytes > 8_000, 5, "what came so far is confirmed while it comes")
        slow.sendall(CONTENT[12_000:12_300])
        time.sleep(0.5)
        assert dock.offset(path) == 12_300


def test_of_two_chunks_at_one_offset_exactly_one_wins_each_of_twenty_times(dock):
    path = dock.begun(CONTENT)
    size = len(CONTENT) // 20
    at = 0
    for _ in range(20):
        before, statuses = at, []
        piece = CONTENT[at : at + size]
        threads = [
            threading.Thread(target=lambda: statuses.append(dock.patch(path, piece, before).status_code))  # noqa: B023
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert min(statuses) == 204
        assert max(statuses) in {409, 423}
        at = dock.offset(path)
        assert before < at <= before + size
    dock.patch(path, CONTENT[at:], at)
    assert upload_commit(upload=upload_at(path)).file.sha256 == sha256(CONTENT)


def test_web_killed_in_the_middle_of_a_chunk_loses_no_confirmed_byte(token, tmp_path):
    with live.site(tmp_path / "first.log") as first:
        dock = LiveDock(first, token)
        path = dock.begun(CONTENT)
        with dock.line(path, length=len(CONTENT)) as line:
            line.sendall(CONTENT[:THIRD])
            waits_until(lambda: near(upload_at(path).offset_bytes, THIRD), 10, "the beat that confirms it")
            confirmed = upload_at(path).offset_bytes
            for pid in _tree(first.running.pid):
                # one that saw its parent die may have ended by itself
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    with live.site(tmp_path / "second.log") as second:
        dock.site = second
        waits_until(lambda: dock.ask("HEAD", path).status_code == 200, 30, "the dead writer's lease to end")
        assert dock.offset(path) == confirmed
        assert dock.patch(path, CONTENT[confirmed:], confirmed).status_code == 204
    assert upload_commit(upload=upload_at(path)).file.sha256 == sha256(CONTENT)


def _tree(pid: int) -> list[int]:
    """The process, then its children: gunicorn's first process would start another one in place of a killed one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in _tree(int(child)))]


@pytest.fixture
def _names(monkeypatch):
    """`*.localhost` is this machine, as browsers have it; not every system's resolver knows."""
    found = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: found(
            "127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **more
        ),
    )  # fmt: skip


@pytest.mark.usefixtures("_names")
def test_tuspy_uploads_in_chunks_with_checksums_and_goes_on_where_it_stopped(dock, tmp_path):
    source = tmp_path / "take.mp4"
    source.write_bytes(CONTENT)
    client = TusClient(f"{dock.site.url('docks')}/tus/v1/", headers=dock.headers())
    told = {"sha256": sha256(CONTENT), "filename": "take.mp4"}
    with source.open("rb") as stream:
        begun = client.uploader(file_stream=stream, chunk_size=1024**2, metadata=told, upload_checksum=True)
        for _ in range(3):
            begun.upload_chunk()
        again = client.uploader(file_stream=stream, chunk_size=1024**2, url=begun.url)
        assert again.offset == 3 * 1024**2
        again.upload()
    assert upload_commit(upload=upload_at(begun.url)).file.sha256 == sha256(CONTENT)


def test_length_that_lies_leaves_an_unfinished_upload_and_no_recording(dock):
    path = dock.begun(CONTENT)
    dock.patch(path, CONTENT[:-1])
    upload = upload_at(path)
    assert (upload.state, upload.offset_bytes) == (UploadState.OPEN, len(CONTENT) - 1)
    assert Upload.objects.filter(state=UploadState.RECEIVED).count() == 0
    assert dock.ask("GET", f"{path}/receipt").status_code == 202


def test_interrupted_writer_that_kept_nothing_is_told_to_come_again(dock):
    path = dock.begun(CONTENT)
    with dock.line(path, length=len(CONTENT)) as hanging:
        waits_until(lambda: upload_at(path).writer_held is not None, 10, "the writer")
        assert dock.offset(path) == 0
        assert status_of(hanging) == 423
