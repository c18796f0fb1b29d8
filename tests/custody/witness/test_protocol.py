"""C2SP tlog-witness, status by status, over HTTP with a witness that was started as an operator starts it."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from evidence.custody.tree.hashing import EMPTY_ROOT
from evidence.custody.tree.note import COSIGNATURE, note_read, signatures_of
from evidence.custody.tree.tiles import consistency_proof
from evidence.custody.witness.memory import FORK, UNPROVEN
from evidence.custody.witness.submission import submission_read, submission_text
from evidence.custody.witness.witness import log_id
from tests.custody.tree.test_tree import grown, leaves
from tests.custody.witness.making import NAME, Log, base64_of, cosignature_in, forked

pytestmark = pytest.mark.once

# the request of the specification's own example
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\N{EM DASH} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\N{EM DASH} example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""  # noqa: E501 - as it is written there


def test_the_specifications_example_is_read_as_it_is_meant(witness):
    asked = submission_read(EXAMPLE.encode())
    assert (asked.old, len(asked.proof), asked.checkpoint.size) == (20852014, 4, 20852163)
    assert asked.checkpoint.origin == "example.com/behind-the-sofa"
    assert len(asked.note.signatures) == 2
    assert submission_text(old=asked.old, proof=asked.proof, note=asked.note.whole) == EXAMPLE
    assert witness.add(EXAMPLE).status_code == 404


def test_a_growing_log_is_cosigned_each_time_and_the_cosignature_verifies(witness, log):
    kept, old = grown(), 0
    assert (witness.key.kind, witness.key.name) == (COSIGNATURE, NAME)
    for count in (1, 1, 5, 249, 1, 300, 700):
        kept.add(leaves(count, kept.size))
        answer = witness.add(log.body(old, kept))
        assert answer.status_code == 200, answer.text
        assert abs(cosignature_in(answer, log.note(kept), witness.key) - time.time()) < 60
        old = kept.size
    newest = note_read(witness.get(f"/checkpoint/{log_id(log.origin)}").text)
    assert newest.text == note_read(log.note(kept)).text
    assert {key for key, _ in signatures_of(newest, [log.verifier, witness.key])} == {log.verifier, witness.key}


def test_an_empty_log_may_be_the_first_that_is_cosigned(witness, log):
    assert witness.add(f"old 0\n\n{log.signed(0, EMPTY_ROOT)}").status_code == 200
    assert witness.add(log.body(0, grown(3))).status_code == 200


def test_the_same_checkpoint_is_cosigned_again_and_nothing_is_kept_against_it(witness, log):
    for old in (0, 7, 7):
        answer = witness.add(log.body(old, grown(7)))
        cosignature_in(answer, log.note(grown(7)), witness.key)
    assert witness.add(f"old 7\n{base64_of(bytes(32))}\n\n{log.note(grown(7))}").status_code == 422
    assert [each for each in witness.memory.conflicts() if each.origin == log.origin] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: "", lambda body: "old", lambda body: body[1:], lambda body: body.replace("old 0", "old -1"),
        lambda body: body.replace("old 0", "old 00"), lambda body: body.replace("old 0", "old  0"),
        lambda body: body.replace("old 0", "old \N{ARABIC-INDIC DIGIT ONE}"), lambda body: body.replace("\n", "\r\n"),
        lambda body: body.replace("old 0", "old 0\nAAAA"), lambda body: body.replace("old 0", "old 0\n!"),
        lambda body: body.replace("old 0", "old 0\n" + "A" * 42 + "B="),
        lambda body: body.replace("old 0", "old 0" + f"\n{base64_of(bytes(32))}" * 64),
        lambda body: body.replace("old 0", "old 8"), lambda body: body.replace("\n7\n", "\n07\n"),
        lambda body: body.replace("\n7\n", "\n9999999999999999999\n"), lambda body: body[:-1],
        lambda body: body.replace("old 0", f"old {10**30}"), lambda body: body.rpartition("\n\n")[0],
        lambda body: body.replace("\N{EM DASH}", "-"), lambda body: body.replace("\n\n", "\n", 1),
    ],
)  # fmt: skip
def test_400_for_what_is_no_submission(witness, log, spoil):
    answer = witness.add(spoil(log.body(0, grown(7))))
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert len(answer.text) > 10


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", bytes(range(256)), "old 0\n\nä".encode("utf-16"), b"\n" * 60_000])
def test_400_for_bytes_that_are_no_text(witness, body):
    assert witness.add(body).status_code == 400


def test_403_where_no_trusted_key_of_the_log_has_signed(witness, log):
    impostor = Log(log.origin)
    answer = witness.add(impostor.body(0, grown(7)))
    assert (answer.status_code, "trusted" in answer.text) == (403, True)
    assert witness.add(log.body(0, grown(7)).replace("\n7\n", "\n6\n")).status_code == 403
    assert witness.get(f"/checkpoint/{log_id(log.origin)}").status_code == 404


def test_lines_of_unknown_keys_are_passed_over_and_not_published(witness, log):
    stranger = note_read(Log("stranger.example/log").note(grown(7))).signatures[0].line
    assert witness.add(log.body(0, grown(7)) + stranger).status_code == 200
    assert "stranger" not in witness.get(f"/checkpoint/{log_id(log.origin)}").text


def test_404_for_a_log_it_does_not_watch(witness):
    answer = witness.add(Log("unknown.example/custody").body(0, grown(7)))
    assert (answer.status_code, "does not watch" in answer.text) == (404, True)


def test_409_with_the_size_where_the_log_knows_another_last_one(witness, log):
    answer = witness.add(log.body(3, grown(7)))
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (409, "0\n", "text/x.tlog.size")
    assert witness.add(log.body(0, grown(7))).status_code == 200
    for old in (0, 3, 8):
        answer = witness.add(log.body(old, grown(9)))
        assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (409, "7\n", "text/x.tlog.size")
    assert witness.add(log.body(7, grown(9))).status_code == 200


def test_a_log_that_was_set_back_is_told_the_size_and_gets_no_cosignature(witness, log):
    assert witness.add(log.body(0, grown(300))).status_code == 200
    for old in (0, 200, 250):
        answer = witness.add(log.body(old, grown(250)))
        assert (answer.status_code, answer.text) == (409, "300\n")
    assert "\n300\n" in witness.get(f"/checkpoint/{log_id(log.origin)}").text


def test_409_and_evidence_for_another_root_of_the_same_size(witness, log):
    assert witness.add(log.body(0, grown(7))).status_code == 200
    fork = forked(3, 7)
    for old in (7, 0):
        answer = witness.add(log.body(old, fork))
        assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (409, "7\n", "text/x.tlog.size")
    (kept,) = [each for each in witness.memory.conflicts() if each.origin == log.origin]
    assert (kept.kind, kept.size) == (FORK, 7)
    assert signatures_of(note_read(kept.note), [log.verifier])
    known = note_read(kept.known)
    assert len(signatures_of(known, [log.verifier, witness.key])) == 2
    assert known.text != note_read(kept.note).text
    assert f"fork: a checkpoint over 7 of the log {log.origin}" in witness.said()


def test_422_and_evidence_where_the_proof_fails_and_the_log_goes_on_with_a_true_one(witness, log):
    assert witness.add(log.body(0, grown(300))).status_code == 200
    proofs = [consistency_proof(grown(310).read, old, 310) for old in (299, 300)]
    for proof in ([], [bytes(32)], proofs[0], proofs[1][:-1]):
        answer = witness.add(submission_text(old=300, proof=proof, note=log.note(grown(310))))
        assert (answer.status_code, "continues" in answer.text) == (422, True)
    (kept,) = [each for each in witness.memory.conflicts() if each.origin == log.origin]
    assert (kept.kind, kept.size) == (UNPROVEN, 310)
    assert witness.add(log.body(300, grown(310))).status_code == 200
    assert [each for each in witness.memory.conflicts() if each.origin == log.origin] == []


def test_422_for_a_fork_that_outgrew_the_record(witness, log):
    assert witness.add(log.body(0, grown(300))).status_code == 200
    fork = forked(250, 400)
    answer = witness.add(log.body(300, fork))
    assert answer.status_code == 422
    assert [each.kind for each in witness.memory.conflicts() if each.origin == log.origin] == [UNPROVEN]
    assert "\n300\n" in witness.get(f"/checkpoint/{log_id(log.origin)}").text
    assert witness.add(log.body(300, grown(400))).status_code == 200


def test_422_for_a_proof_where_there_is_nothing_to_prove(witness, log):
    body = log.body(0, grown(7)).replace("old 0", f"old 0\n{base64_of(bytes(32))}")
    assert witness.add(body).status_code == 422
    assert [each for each in witness.memory.conflicts() if each.origin == log.origin] == []


def test_many_at_once_never_set_it_back_and_each_cosignature_is_of_what_was_newest(witness, log):
    kept = grown(100)
    sizes = [size for size in range(1, 101, 4) for _ in range(2)]

    def bring(size: int) -> int:
        old = 0
        while True:
            answer = witness.add(log.body(old, kept, size))
            if answer.status_code != 409 or int(answer.text) > size:
                return answer.status_code
            old = int(answer.text)

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(bring, sizes))
    assert set(found) <= {200, 409}
    assert "\n97\n" in witness.get(f"/checkpoint/{log_id(log.origin)}").text
    assert witness.add(log.body(97, kept)).status_code == 200


def test_two_that_were_checked_against_the_same_size_do_not_both_pass(witness, log):
    assert witness.add(log.body(0, grown(10))).status_code == 200
    bodies = [log.body(10, grown(100), 20), log.body(10, grown(100), 90)]
    with ThreadPoolExecutor(2) as pool:
        found = sorted(answer.status_code for answer in pool.map(witness.add, bodies))
    assert found == [200, 409]


def test_the_page_tells_key_logs_and_newest_checkpoints(witness, log):
    witness.add(log.body(0, grown(7)))
    told = witness.get("/")
    assert (told.status_code, told.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert witness.key.text in told.text
    assert log.verifier.text in told.text
    assert witness.get(f"/checkpoint/{log_id(log.origin)}").text in told.text
    assert requests.head(witness.url, timeout=20).text == ""


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/add-checkpoint", 405), ("PUT", "/add-checkpoint", 405), ("POST", "/", 405), ("DELETE", "/", 405),
        ("POST", f"/checkpoint/{'0' * 64}", 405), ("GET", f"/checkpoint/{'0' * 64}", 404), ("GET", "/other", 404),
        ("GET", "/checkpoint/../../etc/passwd", 404), ("GET", "/checkpoint/%00%ff", 404), ("POST", "/other", 404),
    ],
)  # fmt: skip
def test_other_methods_and_paths_are_refused_in_words(witness, method, path, status):
    answer = requests.request(method, f"{witness.url}{path}", timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert answer.text.endswith(".\n")
    assert ("Allow" in answer.headers) == (status == 405)


def test_what_is_too_large_is_refused_and_the_witness_goes_on(witness, log):
    assert witness.add(b"x" * (64 * 1024)).status_code == 400
    for content in (b"x" * (64 * 1024 + 1), b"x" * 5_000_000, iter([b"x" * 50_000] * 4)):
        answer = requests.post(f"{witness.url}/add-checkpoint", data=content, timeout=20)
        assert (answer.status_code, answer.text) == (413, "A submission has at most 65536 bytes.\n")
    assert witness.add(log.body(0, grown(7))).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: -5\r\n\r\n",
        b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nx",
        b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n\r\n", b"\x00\x01\x02\r\n\r\n",
    ],
)  # fmt: skip
def test_broken_http_is_the_clients_fault(witness, log, sent):
    with socket.create_connection(("127.0.0.1", witness.port), timeout=20) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        answer = line.recv(100)
    assert answer.startswith(b"HTTP/1.1 4")
    assert witness.add(log.body(0, grown(7))).status_code == 200
