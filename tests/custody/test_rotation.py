"""The log's key is changed without a gap: for a while two keys sign, and whoever knows one of them can check."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError, call_command

from evidence.custody.checkpoints import checkpoint_make, key_publish, keys_of
from evidence.custody.errors import SigningKeyMissing, TreeRefused
from evidence.custody.models import LogKey, TreeHead
from evidence.custody.signing import Signer, signer_read
from evidence.custody.tree.note import NoteInvalid, note_read, signatures_of
from tests.custody.conftest import note, recording
from tests.custody.sealing import placed
from tests.custody.test_checkpoints import emptied

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def keys(settings, tmp_path: Path) -> tuple[Path, Path]:
    """The key that signs, and the one that is to follow; only the first is configured."""
    old, new = tmp_path / "log.pem", tmp_path / "log-2027.pem"
    for path in (old, new):
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(pem)
    settings.LOG_KEY_FILE, settings.LOG_KEY_COMING_FILE = old, None
    return old, new


def signed(signer: Signer) -> TreeHead:
    note(recording())
    key_publish(signer)
    placed()
    head = checkpoint_make(signer)
    assert head is not None
    return head


def test_while_two_keys_overlap_either_of_them_checks_what_is_signed(keys, settings):
    signed(signer_read())
    settings.LOG_KEY_COMING_FILE = keys[1]
    both = signer_read()
    head = signed(both)
    for verifier in both.verifiers:
        assert len(signatures_of(note_read(head.note), [verifier])) == 1
    assert keys_of(head) == both.verifiers
    assert LogKey.objects.count() == 2


def test_after_the_change_the_new_key_alone_signs_and_remembers_what_it_signed_beside_the_old_one(keys, settings):
    settings.LOG_KEY_COMING_FILE = keys[1]
    old, new = signer_read().verifiers
    signed(signer_read())
    settings.LOG_KEY_FILE, settings.LOG_KEY_COMING_FILE = keys[1], None
    head = signed(signer_read())
    assert signatures_of(note_read(head.note), [new])
    with pytest.raises(NoteInvalid):
        signatures_of(note_read(head.note), [old])
    emptied()
    note(recording())
    placed()
    with pytest.raises(TreeRefused):
        checkpoint_make(signer_read())


def test_neither_key_signs_what_the_other_one_knows_to_be_set_back(keys, settings):
    settings.LOG_KEY_COMING_FILE = keys[1]
    signed(signer_read())
    signed(signer_read())
    emptied()
    keys[0].with_suffix(".checkpoint").unlink()
    note(recording())
    placed()
    with pytest.raises(TreeRefused):
        checkpoint_make(signer_read())


def test_the_whole_record_verifies_by_the_keys_that_signed_it_and_by_one_of_them_alone_it_does_not(keys, settings):
    first = signer_read()
    signed(first)
    settings.LOG_KEY_FILE = keys[1]
    second = signer_read()
    signed(second)
    call_command("verify_custody", "--key", first.verifier.text, "--key", second.verifier.text)
    with pytest.raises(CommandError, match="No key that is trusted"):
        call_command("verify_custody", "--key", second.verifier.text)


def test_a_coming_key_that_is_not_there_is_said_and_never_made(keys, settings, tmp_path):
    settings.LOG_KEY_COMING_FILE = tmp_path / "missing.pem"
    with pytest.raises(SigningKeyMissing, match="LOG_KEY_COMING_FILE"):
        signer_read()
    assert not (tmp_path / "missing.pem").exists()
