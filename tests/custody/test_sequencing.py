"""Events get dense places in the tree: none lost, none twice, however many write, hang, fail or are killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from config.bootstrap.system import ROOT
from evidence.custody.models import Event, Leaf, Tile, TreeHead
from evidence.custody.parties import Subject
from evidence.custody.sequencing import sequence, sequence_all, tile_read, tree_size
from evidence.custody.tree.hashing import fold, leaf_hash
from evidence.custody.tree.tiles import root_of
from tests.custody.conftest import note, recording
from tests.custody.sealing import placed
from tests.custody.test_concurrency import at_once
from tests.servers import live

pytestmark = pytest.mark.django_db(transaction=True)


def places() -> list[int]:
    return list(Leaf.objects.order_by("index").values_list("index", flat=True))


def is_whole() -> bool:
    """Every event has one place, the places have no gap, and the tree is over the very bytes in that order."""
    positions = list(Leaf.objects.order_by("index").values_list("position", flat=True))
    bodies = dict(Event.objects.values_list("position", "body"))
    hashes = [leaf_hash(bytes(bodies[position])) for position in positions]
    return (
        places() == list(range(Event.objects.count()))
        and sorted(positions) == sorted(bodies)
        and root_of(tile_read, len(positions)) == fold(hashes)
    )


def test_events_get_dense_places_in_batches():
    subject = recording()
    note(subject, times=600)
    assert [sequence(batch=250) for _ in range(4)] == [250, 250, 100, 0]
    assert tree_size() == 600
    note(subject)
    assert sequence_all() == 1
    assert is_whole()


def test_what_was_rolled_back_leaves_no_gap():
    subject = recording()
    note(subject)
    _rolled_back(subject)
    note(subject)
    placed()
    assert (tree_size(), is_whole()) == (2, True)


def _rolled_back(subject: Subject) -> None:
    with transaction.atomic():
        note(subject, times=3)
        transaction.set_rollback(True)


def test_sixteen_writers_and_several_sequencers_at_once_lose_nothing():
    stop = threading.Event()

    def work(number):
        if number < 16:
            for _ in range(12):
                note(recording(), times=2)
            return
        while not stop.is_set():
            sequence(batch=7)

    watcher = threading.Timer(20, stop.set)
    watcher.start()
    writers_done = threading.Thread(target=lambda: (_until_count(16 * 24), stop.set()))
    writers_done.start()
    at_once(work, count=19)
    watcher.cancel()
    writers_done.join()
    placed()
    assert Event.objects.count() == 16 * 24
    assert is_whole()


def _until_count(count: int) -> None:
    try:
        while Event.objects.count() < count:
            time.sleep(0.05)
    finally:
        connection.close()


def test_a_transaction_that_hangs_is_waited_for_and_not_passed_over():
    if connection.vendor == "sqlite":  # one writer, from the first line of its transaction: none can hang beside others
        assert connection.transaction_mode == "IMMEDIATE"
        return
    written, go_on = threading.Event(), threading.Event()

    def hang():
        try:
            with transaction.atomic():
                note(recording())
                written.set()
                go_on.wait(20)
        finally:
            connection.close()

    note(recording())
    hanging = threading.Thread(target=hang)
    hanging.start()
    written.wait(10)
    note(recording(), times=5)
    sequence_all()
    assert tree_size() == 1, "what came after the one that hangs could be followed by it"
    go_on.set()
    hanging.join()
    placed()
    assert (tree_size(), is_whole()) == (7, True)


def test_what_hangs_in_another_database_of_the_server_holds_nothing_up():
    if connection.vendor == "sqlite":
        return  # a file has no neighbours
    parts = urlsplit(os.environ["CONTINUITY_DATABASE_URL"])
    with psycopg.connect(f"postgres://{parts.netloc}/postgres") as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        note(recording(), times=3)
        sequence_all()
        assert (tree_size(), is_whole()) == (3, True)


@pytest.mark.parametrize("statement", [
    'UPDATE custody_leaf SET position = 99 WHERE "index" = 0', 'DELETE FROM custody_leaf WHERE "index" = 1',
    "UPDATE custody_tile SET hashes = substr(hashes, 33) WHERE level = 0", "DELETE FROM custody_tile",
    "UPDATE custody_tile SET level = 5", "UPDATE custody_treehead SET size = 1", "DELETE FROM custody_treehead",
])  # fmt: skip
def test_the_tree_is_append_only(statement):
    note(recording(), times=3)
    placed()
    TreeHead.objects.create(size=3, root=b"r" * 32, at="2026-01-01T00:00Z", note="n")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert is_whole()


def test_a_tile_grows_at_its_end_only():
    note(recording(), times=3)
    placed()
    before = tile_read(0, 0)
    bent = bytes([before[0] ^ 1]) + before[1:] + bytes(32)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Tile.objects.filter(level=0, number=0).update(hashes=bent)
    Tile.objects.filter(level=0, number=0).update(hashes=before + bytes(32))


def test_a_sequencer_that_is_killed_anywhere_leaves_the_tree_whole(tmp_path: Path):
    """Killed after ever more of its work, with events coming meanwhile; the next one goes on where it was."""
    script = (
        "import django; django.setup()\n"
        "from evidence.custody.sequencing import sequence\n"
        "print('ready', flush=True)\n"
        "while True: sequence(batch=40)\n"
    )
    for turn in range(6):
        with (tmp_path / "log").open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", script], cwd=ROOT, env={**os.environ, **live.environment()},
                stdout=subprocess.PIPE, stderr=output,
            )  # fmt: skip
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n", (tmp_path / "log").read_text()
            note(recording(), times=60)
            time.sleep(0.004 * turn)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
        assert places() == list(range(tree_size()))
    placed()
    assert (tree_size(), is_whole()) == (360, True)
