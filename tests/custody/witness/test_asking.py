"""A log that asks a witness: ours, and others that are away, slow, hostile, or know more than the log has."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.custody.tree.note import COSIGNATURE, Verifier, cosigned, note_read, public_of, signatures_of
from evidence.custody.tree.tiles import consistency_proof
from evidence.custody.witness.asking import (
    ANSWER_MAX_BYTES,
    WitnessAhead,
    WitnessAway,
    WitnessRefused,
    cosignature_ask,
)
from evidence.custody.witness.submission import submission_read
from tests.custody.tree.test_tree import Kept, grown
from tests.custody.witness.making import Log, forked, witness_of
from tests.servers.running import free_ports

pytestmark = pytest.mark.once
LOG = Log("kent.example/custody")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
WITNESS = Verifier("psd.example/witness", public_of(KEY), COSIGNATURE)
SIZE = "text/x.tlog.size"


def ask(url: str, kept: Kept, *, old: int, log: Log = LOG, witness: Verifier = WITNESS, timeout_s: float = 5):
    return cosignature_ask(
        url=url, witness=witness, note=log.note(kept), size=kept.size, old=old,
        proof_of=partial(consistency_proof, kept.read), timeout_s=timeout_s,
    )  # fmt: skip


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler, bytes], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def said(status: int, text: str | bytes, kind: str = "text/plain", **headers: str):
    def answer(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        content = text.encode() if isinstance(text, str) else text
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        with suppress(OSError):
            handler.wfile.write(content)

    return answer


def test_each_checkpoint_of_a_growing_log_is_cosigned(witness, log):
    old = 0
    for size in (1, 7, 7, 300):
        found = ask(witness.url, grown(size), old=old, log=log, witness=witness.key)
        note = note_read(log.note(grown(size))).with_signatures([found])
        assert signatures_of(note, [witness.key])[0][1].signed_at == found.signed_at
        old = size


@pytest.mark.parametrize("known", [0, 5, 7, 8, 900])
def test_what_the_log_forgot_the_witness_tells_and_is_asked_once_more(witness, log, known):
    ask(witness.url, grown(7), old=0, log=log, witness=witness.key)
    assert ask(f"{witness.url}/", grown(9), old=known, log=log, witness=witness.key).name == witness.key.name


def test_a_log_that_was_set_back_hears_that_the_witness_is_ahead(witness, log):
    ask(witness.url, grown(300), old=0, log=log, witness=witness.key)
    for old in (0, 200, 300):
        with pytest.raises(WitnessAhead, match="300 entries of this record, which has 200") as told:
            ask(witness.url, grown(200), old=old, log=log, witness=witness.key)
        assert (told.value.known, told.value.size) == (300, 200)


@pytest.mark.parametrize(("at", "status"), [(300, 409), (400, 422)])
def test_a_log_that_was_written_anew_is_refused(witness, log, at, status):
    ask(witness.url, grown(300), old=0, log=log, witness=witness.key)
    for old in (0, 300):
        with pytest.raises(WitnessRefused) as told:
            ask(witness.url, forked(200, at), old=old, log=log, witness=witness.key)
        assert told.value.status == status


def test_a_witness_that_does_not_know_the_log_or_its_key_refuses(witness, log):
    for stranger, status in ((Log("unknown.example/custody"), 404), (Log(log.origin), 403)):
        with pytest.raises(WitnessRefused) as told:
            ask(witness.url, grown(7), old=0, log=stranger, witness=witness.key)
        assert told.value.status == status


def test_only_the_configured_key_counts_and_lines_of_others_are_passed_over(tmp_path):
    ours = witness_of(tmp_path / "kept", LOG)
    other = Ed25519PrivateKey.generate()
    stranger = cosigned("x\n", Verifier("w.example", public_of(other), COSIGNATURE), other.sign, 5).line
    line = ours.add_checkpoint(LOG.body(0, grown(7)).encode()).text
    with answering(said(200, stranger + line)) as url:
        assert ask(url, grown(7), old=0).line == line
    for text in (stranger, "", "\n", line[:-1], line[:-10] + "AAAA=\n", f"more\n\n{line}", "<html>", b"\xff\x00"):
        with answering(said(200, text)) as url, pytest.raises(WitnessRefused) as told:
            ask(url, grown(7), old=0)
        assert told.value.status == 200
    with answering(said(200, line)) as url, pytest.raises(WitnessRefused, match="not of this text"):
        ask(url, grown(9), old=0)


def test_what_is_sent_is_a_submission_with_the_true_proof():
    seen: list[bytes] = []

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        seen.append(body)
        said(409, "5\n", SIZE)(handler, body)

    with answering(answer) as url, pytest.raises(WitnessRefused):
        ask(url, grown(9), old=3)
    assert [each.decode() for each in seen] == [LOG.body(3, grown(9)), LOG.body(5, grown(9))]
    assert [submission_read(each).old for each in seen] == [3, 5]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("5\n", "text/plain"), ("five\n", SIZE), ("-5\n", SIZE), ("05\n", SIZE), ("", SIZE), ("5" * 30, SIZE)],
)
def test_a_conflict_that_tells_no_size_is_a_refusal(text, kind):
    with answering(said(409, text, kind)) as url, pytest.raises(WitnessRefused) as told:
        ask(url, grown(9), old=3)
    assert told.value.status == 409


def test_redirects_are_not_followed_and_words_are_cut_and_cleaned():
    with answering(said(302, "", Location="http://127.0.0.1:1/")) as url, pytest.raises(WitnessRefused) as told:
        ask(url, grown(9), old=0)
    assert told.value.status == 302
    with answering(said(404, "no\x1b[31m\r\nsuch " + "x" * 5000)) as url, pytest.raises(WitnessRefused) as told:
        ask(url, grown(9), old=0)
    assert told.value.words.startswith("no [31m  such x")
    assert len(told.value.words) <= 300


@pytest.mark.parametrize(
    "answer",
    [
        said(500, ""), said(503, "later"), said(429, "slower"), said(200, "x" * (ANSWER_MAX_BYTES + 1)),
        said(200, "x" * 99, **{"Content-Encoding": "gzip"}), said(200, "", **{"Transfer-Encoding": "chunked"}),
        lambda handler, _: handler.connection.close(), lambda handler, _: handler.wfile.write(b"\x00garbage\r\n\r\n"),
    ],
)  # fmt: skip
def test_a_witness_that_cannot_answer_is_away(answer):
    with answering(answer) as url, pytest.raises(WitnessAway):
        ask(url, grown(9), old=0, timeout_s=2)


def test_one_that_is_not_there_or_has_no_address_is_away():
    for url in (f"http://127.0.0.1:{free_ports(1)[0]}", "http://", "ftp://witness.example", "http://[", "witness"):
        with pytest.raises(WitnessAway):
            ask(url, grown(9), old=0)


def test_one_that_drips_or_says_nothing_is_not_waited_for():
    def drips(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        with suppress(OSError):
            for _ in range(50):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.1)

    for answer in (drips, lambda *_: time.sleep(2)):
        with answering(answer) as url:
            begun_at = time.monotonic()
            with pytest.raises(WitnessAway):
                ask(url, grown(9), old=0, timeout_s=0.5)
            assert time.monotonic() - begun_at < 1.5
