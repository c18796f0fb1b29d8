"""What the custody record costs and how fast it is checked, in one run.

`python -m pytest tests/bench/bench_custody.py -n 0 -s -o python_files='bench_*.py' --shape=force`

Aims: with 16 writers in transactions of 10 ms events cost under 25 % against the same transactions without them; the
sequencer places 20,000 events a second; a million events are verified within 10 s in flat memory; a proof among ten
million takes less than 5 ms. Figures are printed, nothing is asserted about time.
"""

import json
import multiprocessing
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from multiprocessing.queues import SimpleQueue
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction

from evidence.custody.canonical import canonical_bytes, time_text
from evidence.custody.checkpoints import proofs_of
from evidence.custody.ids import id_new
from evidence.custody.models import Commitment, Event, SubjectCounter, Tile
from evidence.custody.sequencing import sequence_all, tile_read, tree_size
from evidence.custody.services import act
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.tiles import inclusion_proof, tiles_after
from evidence.custody.verbs import Verb
from evidence.custody.verification import record_verify
from tests.custody.conftest import JONES, note, recording
from tests.custody.sealing import record_seal

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
WRITERS, WRITING_S, IN_TRANSACTION_S = 16, 10.0, 0.01
EVENTS = 1_000_000
SUBJECTS = 1_000
LEAVES = 10_000_000
PROCESSES = len(os.sched_getaffinity(0))
say = sys.stdout.write


def test_what_events_cost_sixteen_writers():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bench_work (id bigserial PRIMARY KEY, said text)")
    for processes in (1, 2, 4):
        rates: dict[str, list[float]] = {"without": [], "with": []}
        for _ in range(3):
            rates["without"].append(rate(work, processes))
            rates["with"].append(rate(recorded_work, processes))
        without, with_events = (sorted(found)[1] for found in rates.values())
        say(f"\n16 writers in {processes} process(es), 10 ms: {without:.0f} transactions/s without events, ")
        say(f"{with_events:.0f} with one each: {1 - with_events / without:.0%} fewer (aim: under 25 %)\n")


def work() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_work (said) VALUES ('something')")
        time.sleep(IN_TRANSACTION_S)


def recorded_work() -> None:
    with act(actor=JONES) as deed, connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_work (said) VALUES ('something')")
        time.sleep(IN_TRANSACTION_S)
        deed.record(Verb.NOTE_ADDED, recording(), rule="own")


def rate(once: Callable[[], None], processes: int) -> float:
    """Transactions a second of all writers together, which are threads of so many processes."""
    connections.close_all()  # a connection must not be shared with a child
    context = multiprocessing.get_context("fork")
    counts = context.SimpleQueue()
    children = [
        context.Process(target=writers_run, args=[once, WRITERS // processes, counts]) for _ in range(processes)
    ]
    for child in children:
        child.start()
    total = sum(counts.get() for _ in children)
    for child in children:
        child.join()
    return total / WRITING_S


def writers_run(once: Callable[[], None], writers: int, counts: "SimpleQueue[int]") -> None:
    """Put how many transactions the threads of this process made."""
    made: list[int] = []
    until = time.monotonic() + WRITING_S

    def write() -> None:
        count = 0
        while time.monotonic() < until:
            once()
            count += 1
        made.append(count)
        connections.close_all()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts.put(sum(made))


def test_sequencing_verifying_and_proving_a_million():
    began = time.monotonic()
    events_write(EVENTS)
    say(f"\n{EVENTS:,} events written in {time.monotonic() - began:.0f} s (by bulk, not measured)")
    began = time.monotonic()
    placed = sequence_all()
    took_s = time.monotonic() - began
    say(f"\nsequencer: {placed:,} events in {took_s:.1f} s, {placed / took_s:,.0f} a second (aim 20,000)")
    signer = record_seal()
    resident = resident_mib()
    began = time.monotonic()
    found = record_verify([signer.verifier], processes=PROCESSES)
    took_s = time.monotonic() - began
    say(f"\nfull verification: {found.events:,} events in {took_s:.1f} s by {PROCESSES} processes (aim 10 s), ")
    say(f"{found.faults} faults, ")
    say(f"{resident_mib() - resident:.0f} MiB above what was used before")
    events = list(Event.objects.order_by("?").values_list("uuid", flat=True)[:100])
    began = time.monotonic()
    for event in events:
        assert proofs_of([event])
    say(f"\none proof among {tree_size():,}: {(time.monotonic() - began) * 10:.2f} ms\n")


def test_proving_among_ten_million():
    kept: dict[tuple[int, int], bytes] = {}
    size = 0
    while size < LEAVES:
        added = [leaf_hash(number.to_bytes(8, "big")) for number in range(size, size + 100_000)]
        for tile in tiles_after(lambda level, number: kept[level, number], size, added):
            kept[tile.level, tile.number] = tile.hashes
        size += len(added)
    rows = [Tile(level=level, number=number, hashes=hashes) for (level, number), hashes in kept.items()]
    Tile.objects.bulk_create(rows, batch_size=500)
    kept.clear()
    asked = [int.from_bytes(os.urandom(8)) % LEAVES for _ in range(200)]
    began = time.monotonic()
    for index in asked:
        assert inclusion_proof(cache(tile_read), index, LEAVES)
    say(f"\none proof among {LEAVES:,}: {(time.monotonic() - began) / len(asked) * 1000:.2f} ms (aim 5 ms)\n")


def events_write(count: int) -> None:
    """As `act` writes them, many at once: a body made by it, with other ids."""
    subject = recording()
    note(subject)
    template = Event.objects.get(subject_id=subject.id)
    body = json.loads(bytes(template.body))
    texts = list(Commitment.objects.filter(event=template.uuid))
    subjects = [uuid4() for _ in range(SUBJECTS)]
    at = datetime.now(UTC)

    def rows() -> Iterator[Event]:
        for number in range(count):
            uuid, owner, seq = id_new(), subjects[number % SUBJECTS], number // SUBJECTS + 1
            body.update(id=str(uuid), act=str(uuid), at=time_text(at), subject_seq=seq)
            body["subject"]["id"] = str(owner)
            yield Event(
                uuid=uuid, act=uuid, verb=template.verb, category=template.category, outcome=template.outcome, at=at,
                actor_kind=template.actor_kind, actor_id=template.actor_id, subject_kind=template.subject_kind,
                subject_id=owner, subject_seq=seq, request=UUID(body["request"]), body=canonical_bytes(body),
            )  # fmt: skip

    made, full = rows(), True
    while full:
        batch = [row for _, row in zip(range(10_000), made, strict=False)]
        Event.objects.bulk_create(batch, batch_size=2_000)
        Commitment.objects.bulk_create(
            [
                Commitment(event=row.uuid, field=text.field, salt=text.salt, text=text.text)
                for row in batch
                for text in texts
            ],
            batch_size=2_000,
        )
        full = len(batch) == 10_000
    SubjectCounter.objects.bulk_create(
        SubjectCounter(subject_kind=template.subject_kind, subject_id=each, last=-(-(count - place) // SUBJECTS))
        for place, each in enumerate(subjects)
    )


def resident_mib() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
