"""The witness in this process: hostile bodies, its clock, what it keeps as evidence, a memory that fails."""

import contextlib
import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.tiles import consistency_proof
from evidence.custody.witness.errors import MemoryFailed
from evidence.custody.witness.memory import CONFLICTS_MAX, FORK, UNPROVEN, Memory
from evidence.custody.witness.submission import submission_read, submission_text
from tests.custody.tree.test_tree import grown
from tests.custody.witness.making import NAME, Log, cosignature_in, forked, witness_of

pytestmark = pytest.mark.once
LOG = Log("kent.example/custody")


class Clock:
    def __init__(self) -> None:
        self.at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ours(tmp_path, clock):
    return witness_of(tmp_path / "kept", LOG, now=clock)


def add(witness, body: str) -> int:
    return witness.add_checkpoint(body.encode()).status


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return witness_of(tmp_path_factory.mktemp("hostile") / "kept", LOG)


@given(st.binary(max_size=300))
def test_no_bytes_are_too_odd_for_an_answer(asked, body):
    assert asked.add_checkpoint(body).status == 400


@given(st.randoms(use_true_random=False))
def test_a_submission_that_was_spoilt_anywhere_is_never_cosigned(asked, chance: random.Random):
    body = bytearray(LOG.body(0, grown(7)).encode())
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(body) - 1)
        match chance.randrange(3):
            case 0:
                body[at] ^= 1 << chance.randrange(8)
            case 1:
                del body[at]
            case _:
                body.insert(at, chance.randrange(256))
    status = asked.add_checkpoint(bytes(body)).status
    # of the last letter of a signature in Base64 two bits mean nothing
    if status != 200 or submission_read(bytes(body)) != submission_read(LOG.body(0, grown(7)).encode()):
        assert status in {400, 403, 404, 409, 422}


def test_however_a_log_grows_each_true_proof_is_cosigned_and_no_other(ours):
    kept, chance, old = grown(2000), random.Random(5), 0
    while old < 2000:
        size = min(2000, old + chance.choice([1, 2, 3, 255, 256, 257]))
        if 0 < old < size:
            proof = consistency_proof(kept.read, old, size)
            bent = [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]]
            assert add(ours, submission_text(old=old, proof=bent, note=LOG.note(kept, size))) == 422
        assert add(ours, LOG.body(old, kept, size)) == 200
        old = size
    assert ours.memory.conflicts() == []


def test_cosignatures_bear_the_clocks_time_and_a_clock_that_goes_back_signs_nothing(ours, clock):
    answer = ours.add_checkpoint(LOG.body(0, grown(7)).encode())
    assert cosignature_in(answer, LOG.note(grown(7)), ours.verifier) == 1_800_000_000
    clock.at -= 5
    answer = ours.add_checkpoint(LOG.body(7, grown(9)).encode())
    assert (answer.status, "clock" in answer.text) == (503, True)
    assert ours.memory.seen(LOG.origin).size == 7
    clock.at += 5
    assert add(ours, LOG.body(7, grown(9))) == 200


def test_a_log_may_sign_with_two_keys_while_one_follows_the_other(tmp_path):
    coming = Log(LOG.origin)
    ours = witness_of(tmp_path / "kept", LOG)
    ours.logs[LOG.origin].append(coming.verifier)
    assert add(ours, LOG.body(0, grown(7))) == 200
    assert add(ours, coming.body(7, grown(9))) == 200


def test_what_others_can_bring_about_is_bounded_and_displaces_no_fork(ours):
    assert add(ours, LOG.body(0, grown(7))) == 200
    assert add(ours, LOG.body(7, forked(3, 7))) == 409
    for number in range(CONFLICTS_MAX + 5):
        note = LOG.signed(8 + number, leaf_hash(b"x"))
        assert add(ours, submission_text(old=7, proof=[bytes(32)], note=note)) == 422
    kinds = [each.kind for each in ours.memory.conflicts()]
    assert (kinds.count(FORK), kinds.count(UNPROVEN)) == (1, CONFLICTS_MAX)
    assert ours.memory.conflicts()[-1].size == 8 + CONFLICTS_MAX + 4


def test_what_was_unproven_and_turns_out_a_fork_is_kept_as_one(ours):
    assert add(ours, LOG.body(0, grown(7))) == 200
    assert add(ours, LOG.body(7, forked(3, 9))) == 422
    assert add(ours, LOG.body(7, grown(9))) == 200
    assert add(ours, LOG.body(9, forked(3, 9))) == 409
    assert [(each.kind, each.size) for each in ours.memory.conflicts()] == [(FORK, 9)]


def test_the_same_evidence_is_told_once(ours, caplog):
    assert add(ours, LOG.body(0, grown(7))) == 200
    for _ in range(3):
        assert add(ours, LOG.body(7, forked(3, 7))) == 409
        assert add(ours, LOG.body(7, forked(3, 9))) == 422
    assert [record.levelname for record in caplog.records] == ["CRITICAL", "CRITICAL"]


def test_a_memory_that_is_gone_or_cannot_be_written_signs_nothing(ours, caplog):
    assert add(ours, LOG.body(0, grown(7))) == 200
    with sqlite3.connect(ours.memory.path) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON seen BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    connection.close()
    answer = ours.add_checkpoint(LOG.body(7, grown(9)).encode())
    assert (answer.status, "\N{EM DASH}" in answer.text) == (503, False)
    ours.memory.path.unlink()
    assert add(ours, LOG.body(7, grown(9))) == 503
    assert not ours.memory.path.exists()
    assert [record.levelname for record in caplog.records] == ["CRITICAL", "CRITICAL"]


def test_who_comes_while_another_is_decided_waits_and_is_judged_by_its_outcome(ours, clock):
    assert add(ours, LOG.body(0, grown(7))) == 200
    with ThreadPoolExecutor(1) as pool:
        with ours.memory.turn() as turn:
            later = pool.submit(ours.add_checkpoint, LOG.body(7, grown(9)).encode())
            with pytest.raises(TimeoutError):
                later.result(timeout=0.5)
            turn.keep(replace(turn.seen(LOG.origin), size=20), at_s=int(clock.at))
        assert (later.result().status, later.result().text) == (409, "20\n")


def test_a_turn_that_fails_leaves_nothing(ours, clock):
    assert add(ours, LOG.body(0, grown(7))) == 200
    with contextlib.suppress(ZeroDivisionError), ours.memory.turn() as turn:
        turn.clock_set(5)
        raise ZeroDivisionError
    with ours.memory.turn() as turn:
        assert turn.signed_at == int(clock.at)


def test_a_memory_is_never_made_over_another(ours):
    with pytest.raises(MemoryFailed, match="cannot be made"):
        Memory.make(ours.memory.path, name=NAME)
    assert [each.name for each in ours.memory.path.parent.iterdir()] == [ours.memory.path.name]


def test_it_waits_for_the_disc(ours):
    with ours.memory._opened() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] >= 2
