"""Starting a witness: its folder, its key, its memory, its clock; and that it ends and comes back as it should."""

import stat
import subprocess
import sys
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError, call_command

from config.bootstrap.system import ROOT
from evidence.custody.tree.note import COSIGNATURE, Verifier
from evidence.custody.witness.errors import WitnessNotReady
from evidence.custody.witness.folder import KEY, LOGS, MEMORY, witness_open
from tests.custody.tree.test_tree import grown
from tests.custody.witness.making import NAME, Log, cosignature_in, forked, installation, running, started
from tests.servers.running import free_ports

pytestmark = pytest.mark.once
LOG = Log("kent.example/custody")
GIVEN = {"name": NAME, "logs": [LOG.verifier.text]}

# The real server over a memory that is killed once a checkpoint is on the disc and before it is answered.
KILLED = """
import os, signal, sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from evidence.custody.witness.app import App
from evidence.custody.witness.folder import witness_open
from evidence.custody.witness.memory import Memory
from evidence.custody.witness.serving import serve

class Killed(Memory):
    @contextmanager
    def turn(self):
        with super().turn() as turn:
            yield turn
        os.kill(os.getppid(), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

folder, port, log = sys.argv[1:]
witness = witness_open(Path(folder), logs=[log], is_key_made=False)
serve(App(replace(witness, memory=Killed(witness.memory.path))), host="127.0.0.1", port=int(port), on_ready=print)
"""


def opened(folder, **changes):
    return witness_open(folder, **{"is_key_made": True, **GIVEN, **changes})


def test_the_first_use_makes_key_and_memory_for_the_owner_alone(tmp_path):
    folder = tmp_path / "kept"
    first = opened(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in (KEY, MEMORY):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert sorted(each.name for each in folder.iterdir()) == sorted([KEY, MEMORY])
    assert (first.verifier.kind, first.verifier.name) == (COSIGNATURE, NAME)
    assert opened(folder, name="").verifier == first.verifier


def test_a_production_installation_brings_its_own_key_and_says_that_it_is_new(tmp_path):
    with pytest.raises(WitnessNotReady, match="key of the witness is missing"):
        opened(tmp_path, is_key_made=False)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / KEY).write_bytes(pem)
    with pytest.raises(WitnessNotReady, match="--begin"):
        opened(tmp_path, is_key_made=False)
    assert opened(tmp_path, is_key_made=False, is_begun=True).verifier == opened(tmp_path, is_key_made=False).verifier


def test_a_key_whose_memory_is_gone_does_not_sign(tmp_path):
    opened(tmp_path)
    (tmp_path / MEMORY).unlink()
    with pytest.raises(WitnessNotReady, match="Bring it back from its backup"):
        opened(tmp_path)


def test_a_start_that_was_broken_off_between_memory_and_key_is_made_good(tmp_path):
    opened(tmp_path)
    (tmp_path / KEY).unlink()
    assert opened(tmp_path).verifier.name == NAME
    (tmp_path / KEY).unlink()
    with pytest.raises(WitnessNotReady, match="missing"):
        opened(tmp_path, is_key_made=False)


@pytest.mark.parametrize("content", [b"", b"words", b"\xff" * 40, None])
def test_a_key_that_is_none_is_refused(tmp_path, content):
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    opened(tmp_path)
    (tmp_path / KEY).write_bytes(other if content is None else content)
    with pytest.raises(WitnessNotReady, match="must be Ed25519"):
        opened(tmp_path)


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_new_witness_needs_a_name_that_can_be_one(tmp_path, name):
    with pytest.raises(WitnessNotReady, match="needs a name"):
        opened(tmp_path, name=name)
    assert not (tmp_path / MEMORY).exists()


def test_a_folder_is_of_one_witness(tmp_path):
    opened(tmp_path)
    with pytest.raises(WitnessNotReady, match=f"is called {NAME}"):
        opened(tmp_path, name="other.example/witness")


def test_logs_come_from_options_and_from_a_file(tmp_path):
    more = [Log("essex.example/custody"), Log(LOG.origin)]
    lines = ["# watched since May", "", *(log.verifier.text for log in more), LOG.verifier.text]
    (tmp_path / LOGS).write_text("\n".join(lines))
    watched = opened(tmp_path).logs
    assert {origin: len(keys) for origin, keys in watched.items()} == {LOG.origin: 2, "essex.example/custody": 1}


@pytest.mark.parametrize(
    ("logs", "words"),
    [
        ([], "no log to watch"), (["kent.example"], "no public key of a log"),
        ([Verifier("w.example", bytes(32), COSIGNATURE).text], "is a witness's"),
    ],
)  # fmt: skip
def test_it_does_not_start_without_logs_or_with_a_key_that_is_none(tmp_path, logs, words):
    with pytest.raises(WitnessNotReady, match=words):
        opened(tmp_path, logs=logs)


def test_it_does_not_start_where_the_clock_went_back_unless_a_person_accepts_it(tmp_path):
    witness = opened(tmp_path, now=lambda: 1_900_000_000.5)
    assert witness.add_checkpoint(LOG.body(0, grown(7)).encode()).status == 200
    early = {"now": lambda: 1_899_999_900.0}
    with pytest.raises(WitnessNotReady, match="100 seconds before"):
        opened(tmp_path, **early)
    accepted = opened(tmp_path, is_clock_accepted=True, **early)
    answer = accepted.add_checkpoint(LOG.body(7, grown(7)).encode())
    assert cosignature_in(answer, LOG.note(grown(7)), accepted.verifier) == 1_899_999_900
    assert opened(tmp_path, **early).memory.seen(LOG.origin).size == 7


def test_it_needs_no_database_and_ends_when_it_is_told(tmp_path):
    nowhere = {"CONTINUITY_DATABASE_URL": "postgres://nobody:no@127.0.0.1:1/nothing", "CONTINUITY_LOG_JSON": "1"}
    with started(tmp_path / "kept", [LOG], "--name", NAME, **nowhere) as there:
        assert there.add(LOG.body(0, grown(7))).status_code == 200
        assert f"key {there.key.text}" in there.said()
        assert there.running.stop(grace_s=20) == 0
        assert "Traceback" not in there.said()
    assert not list((tmp_path / "data").rglob("continuity.sqlite3"))


def test_a_crash_between_the_disc_and_the_answer_costs_one_question(tmp_path):
    folder = tmp_path / "kept"
    assert opened(folder).add_checkpoint(LOG.body(0, grown(7)).encode()).status == 200
    (port,) = free_ports(1)
    argv = [sys.executable, "-c", KILLED, str(folder), str(port), LOG.verifier.text]
    with running(argv, port, folder) as there:
        with pytest.raises(OSError, match=r"Connection|closed"):
            there.add(LOG.body(7, grown(9)))
        while there.running.poll() is None:
            time.sleep(0.02)
    with started(folder, [LOG]) as there:
        answer = there.add(LOG.body(7, grown(9)))
        assert (answer.status_code, answer.text) == (409, "9\n")
        cosignature_in(there.add(LOG.body(9, grown(9))), LOG.note(grown(9)), there.key)
        cosignature_in(there.add(LOG.body(9, grown(20))), LOG.note(grown(20)), there.key)


def test_conflicts_are_printed_and_told_by_the_exit_status(tmp_path, capsys):
    witness = opened(tmp_path)
    call_command("witness", folder=tmp_path, conflicts=True)
    assert "fits" in capsys.readouterr().out
    for body, status in (
        (LOG.body(0, grown(7)), 200),
        (LOG.body(7, forked(3, 7)), 409),
        (LOG.body(7, forked(3, 9)), 422),
    ):
        assert witness.add_checkpoint(body.encode()).status == status
    with pytest.raises(CommandError, match=r"2 checkpoints do not fit .* 1 of them") as told:
        call_command("witness", folder=tmp_path, conflicts=True)
    assert told.value.returncode == 1
    printed = capsys.readouterr().out
    assert LOG.note(forked(3, 7)) in printed
    assert LOG.note(forked(3, 9)) in printed
    assert witness.memory.seen(LOG.origin).note in printed


def test_what_cannot_start_says_why_with_another_exit_status(tmp_path):
    argv = [sys.executable, str(ROOT / "manage.py"), "witness", "--folder", str(tmp_path / "none"), "--conflicts"]
    ended = subprocess.run(
        argv, env=installation(tmp_path / "data"), check=False, capture_output=True, text=True, timeout=60
    )
    assert (ended.returncode, "cannot be used" in ended.stderr) == (2, True)
