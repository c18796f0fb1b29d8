"""A record that is restored into another PostgreSQL server goes on there, once a person has said so; nothing hangs."""

import os
import sys
import threading
import time
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from config.bootstrap.system import ROOT
from evidence.custody import cluster
from evidence.custody.checkpoints import checkpoint_make
from evidence.custody.errors import ClusterOther, TreeRefused
from evidence.custody.models import Cluster, Event, Leaf
from evidence.custody.restoring import Restamped, record_restamp
from evidence.custody.sequencing import sequence_all, tree_size
from evidence.custody.signing import signer_read
from evidence.custody.triggers import triggers_install, triggers_remove
from tests.custody.conftest import note, recording
from tests.custody.sealing import placed
from tests.custody.test_sequencing import is_whole
from tests.servers.live import environment
from tests.servers.postgres import postgres
from workers.exec.errors import ToolFailed
from workers.exec.process import run

pytestmark = pytest.mark.django_db(transaction=True)
AHEAD = 1_000_000_000
KNOWN, HIDDEN = "its number is known", "its number may not be read"


@pytest.fixture(params=[KNOWN, HIDDEN])
def moved(request, monkeypatch) -> None:
    """Ten events of another server, whose transaction numbers are far ahead; the last four have no place yet."""
    note(recording(), times=6)
    placed()
    for _ in range(4):
        note(recording())
    if connection.vendor == "sqlite":
        return
    if request.param == HIDDEN:
        monkeypatch.setattr(cluster, "identifier", lambda: "")
    with unguarded():
        Event.objects.update(xid=F("xid") + AHEAD)
        Cluster.objects.all().delete()
        Cluster.objects.create(
            identifier="7000000000000000001" if request.param == KNOWN else "", begins_after=0, at="2026-01-01T00:00Z"
        )


@contextmanager
def unguarded():
    """As whoever owns the database may do it."""
    triggers_remove(connection)
    try:
        yield
    finally:
        triggers_install(connection)


def positions() -> list[int]:
    return list(Leaf.objects.order_by("index").values_list("position", flat=True))


def test_nothing_is_placed_in_another_server_until_it_is_said(moved, settings, tmp_path: Path):
    if connection.vendor == "sqlite":  # a file numbers no transactions: it goes on wherever it is copied to
        assert (record_restamp(), sequence_all(), is_whole()) == (None, 4, True)
        return
    settings.LOG_KEY_FILE = tmp_path / "log.pem"
    note(recording())
    with pytest.raises(ClusterOther, match="custody_restamp"):
        sequence_all()
    with pytest.raises(Exception, match="custody_restamp"):
        call_command("sequencer", "--once", stdout=StringIO())
    assert tree_size() == 6


def test_what_waited_is_placed_in_the_order_in_which_it_was_written_and_what_comes_after_it(moved):
    if connection.vendor == "sqlite":
        return
    note(recording(), times=2)
    before = list(Event.objects.order_by("position").values())
    last = before[-1]["position"]
    assert record_restamp() == Restamped(placed=6, begins_after=last)
    assert list(Event.objects.order_by("position").values()) == before, "no event is changed"
    note(recording(), times=3)
    placed()
    assert (tree_size(), is_whole()) == (15, True)
    assert positions() == sorted(positions())
    assert record_restamp() is None


def test_a_second_restore_goes_the_same_way(moved):
    if connection.vendor == "sqlite":
        return
    record_restamp()
    note(recording(), times=2)
    placed()
    note(recording())
    with unguarded():
        Event.objects.filter(position__gt=Cluster.objects.latest("id").begins_after).update(xid=F("xid") + 2 * AHEAD)
    with pytest.raises(ClusterOther):
        sequence_all()
    assert record_restamp() is not None
    note(recording())
    placed()
    assert (tree_size(), is_whole()) == (14, True)


def test_what_would_be_passed_over_is_noticed_where_the_number_is_hidden(monkeypatch):
    """The new server has caught up with the old numbers, and yet some that came before are below them."""
    if connection.vendor == "sqlite":
        return
    note(recording())
    placed()
    monkeypatch.setattr(cluster, "identifier", lambda: "")
    note(recording())
    with unguarded():
        Event.objects.filter(position=Event.objects.latest("position").position).update(xid=F("xid") - 100)
    with pytest.raises(ClusterOther):
        sequence_all()


def test_an_event_that_is_being_written_is_waited_for(moved):
    if connection.vendor == "sqlite":
        return
    written, go_on = threading.Event(), threading.Event()

    def write():
        try:
            with transaction.atomic():
                note(recording())
                written.set()
                go_on.wait(20)
        finally:
            connection.close()

    def restamp():
        try:
            record_restamp()
        finally:
            connection.close()

    writing, restamping = threading.Thread(target=write), threading.Thread(target=restamp)
    writing.start()
    assert written.wait(20)
    restamping.start()
    _until(_is_waiting_for_the_table)
    go_on.set()
    writing.join()
    restamping.join()
    assert (tree_size(), is_whole()) == (11, True)


def _is_waiting_for_the_table() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'custody_event'::regclass")
        return bool(cursor.fetchone()[0])


def _until(is_so, deadline_s: float = 30) -> None:
    end = time.monotonic() + deadline_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_an_older_copy_is_not_signed_over_after_it_either(settings, tmp_path: Path):
    if connection.vendor == "sqlite":
        return
    settings.LOG_KEY_FILE = tmp_path / "log.pem"
    note(recording(), times=3)
    placed()
    signer = signer_read()
    assert checkpoint_make(signer) is not None
    with unguarded():
        Leaf.objects.filter(index=2).delete()
        Event.objects.filter(position=Event.objects.latest("position").position).delete()
        Event.objects.update(xid=F("xid") + AHEAD)
    record_restamp()
    with pytest.raises(TreeRefused):
        checkpoint_make(signer)


def manage(url: str, *words: str, tmp_path: Path) -> str:
    env = {**environment(), "CONTINUITY_DATABASE_URL": url, "CONTINUITY_LOG_KEY_FILE": str(tmp_path / "log.pem")}
    argv = [sys.executable, "manage.py", *words]
    return run(argv, timeout_s=60, cwd=ROOT, env=env).stdout.decode()


def test_with_a_real_second_server(tmp_path: Path):
    if connection.vendor == "sqlite":
        return
    note(recording(), times=3)
    placed()
    note(recording(), times=2)
    here = os.environ["CONTINUITY_DATABASE_URL"]
    dump = tmp_path / "dump.sql"
    env = {"PATH": os.environ["PATH"]}
    run(["pg_dump", "--no-owner", f"--file={dump}", here], timeout_s=60, env=env, cwd=tmp_path)
    name = urlsplit(here).path.lstrip("/")
    with postgres() as server:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as super_user:
            super_user.execute(f'CREATE DATABASE "{name}"')
        there = f"{server}/{name}"
        psql = ["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={dump}"]
        run([*psql, there], timeout_s=60, env=env, cwd=tmp_path)
        with pytest.raises(ToolFailed) as refused:
            manage(there, "sequencer", "--once", tmp_path=tmp_path)
        assert "manage.py custody_restamp" in str(refused.value.data["untrusted_stderr_tail"])
        assert manage(there, "custody_restamp", tmp_path=tmp_path).startswith("2 events that waited have their place.")
        assert manage(there, "sequencer", "--once", tmp_path=tmp_path).startswith(
            "0 events placed, signed a checkpoint over 5"
        )
        assert "All of it holds." in manage(there, "verify_custody", tmp_path=tmp_path)


def test_a_transaction_that_hangs_for_too_long_is_ended_and_the_sequencer_goes_on(settings):
    if connection.vendor == "sqlite":
        return  # one writer, whom the sequencer never meets
    connection.close()  # the one at hand may have been freed of its limit, as migrations and verifying do
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("15min",)
    settings.TRANSACTION_LIMIT_S = 1
    ended: list[Exception] = []

    def hang():
        try:
            with transaction.atomic():
                note(recording())
                written.set()
                waiting.wait(30)
                note(recording())
        except DatabaseError as error:
            ended.append(error)
        finally:
            connection.close()

    written, waiting = threading.Event(), threading.Event()
    hanging = threading.Thread(target=hang)
    hanging.start()
    assert written.wait(20)
    note(recording(), times=2)
    placed()
    waiting.set()
    hanging.join()
    assert len(ended) == 1
    assert (tree_size(), is_whole()) == (2, True)
