"""Key ring, other providers, rotation and retirement: which key opens what, and when one may go."""

import json
import os
import stat
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from evidence.custody.models import Event
from evidence.custody.verbs import Verb
from evidence.vault.encryption import ring as ring_module
from evidence.vault.encryption import rotation
from evidence.vault.encryption.ring import KeyRing
from evidence.vault.errors import KeyUnavailable
from evidence.vault.models import ObjectKey, StoredObject
from evidence.vault.services import keys_in_use, keys_rotate, object_read, object_verify
from tests.vault.encrypting import FOREIGN, ForeignProvider, encrypt, key_row, seal


@pytest.fixture(autouse=True)
def ring(settings, tmp_path):
    return encrypt(settings, tmp_path)


@pytest.fixture
def at_once(monkeypatch):
    """As if the hour for which a key that wrapped must stay had gone by."""
    monkeypatch.setattr(ring_module, "RETIRE_AFTER", -ring_module.RETIRE_AFTER)


def run(*words: str) -> str:
    out = StringIO()
    call_command("vault_keys", *words, stdout=out, stderr=out)
    return out.getvalue()


def files(make, count=3) -> list[StoredObject]:
    return [seal(make(f"file {number}".encode())) for number in range(count)]


def test_the_ring_is_for_this_account_alone_and_refused_otherwise(ring, settings):
    path = settings.VAULT_KEY_RING_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for mode in (0o640, 0o604, 0o660):
        path.chmod(mode)
        with pytest.raises(KeyUnavailable, match="chmod 600"):
            ring.key_id()


@pytest.mark.parametrize(
    "harm",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"key"', '"kee"'),
        lambda text: json.dumps({"version": 1, "keys": []}),
        lambda text: json.dumps({"keys": [{**json.loads(text)["keys"][0], "key": "A" * 43 + "="}]}),
    ],
    ids=["cut", "renamed", "empty", "another-key-under-the-name"],
)
def test_a_damaged_ring_is_said_to_be_damaged_and_opens_nothing(ring, settings, harm):
    path = settings.VAULT_KEY_RING_FILE
    path.write_text(harm(path.read_text()))
    with pytest.raises(KeyUnavailable, match="damaged"):
        ring.wrap(os.urandom(32), key_id="any", context="one")


def test_a_wrapped_key_opens_only_for_the_object_it_was_wrapped_for_and_by_its_own_key(ring):
    key, first = os.urandom(32), ring.key_id()
    wrapped = ring.wrap(key, key_id=first, context="one")
    assert key not in wrapped
    assert ring.unwrap(wrapped, key_id=first, context="one") == key
    second = ring.key_make().id
    for key_id, context, content in [
        (first, "other", wrapped), (second, "one", wrapped), (first, "one", wrapped[:-1]), (first, "one", b""),
    ]:  # fmt: skip
        with pytest.raises(ValueError):  # noqa: PT011 - the words are the library's or ours
            ring.unwrap(content, key_id=key_id, context=context)


def test_a_process_sees_what_another_made_without_being_started_again(ring, settings):
    before = ring.key_id()
    made = KeyRing(settings.VAULT_KEY_RING_FILE).key_make()
    assert ring.key_id() == made.id != before
    assert [key.id for key in ring.all_keys()] == [before, made.id]


@pytest.mark.django_db
def test_rotation_wraps_every_key_by_the_newest_and_touches_no_object(make, ring):
    stored = files(make)
    old, wrapped = ring.key_id(), [bytes(key_row(each).wrapped) for each in stored]
    new = ring.key_make().id
    assert keys_rotate().count == 3
    assert keys_in_use() == {("file", new): 3}
    assert not {bytes(key_row(each).wrapped) for each in stored} & set(wrapped)
    assert all(object_verify(each) for each in stored)
    assert keys_rotate().count == 0
    event = Event.objects.get(verb=Verb.VAULT_KEYS_REWRAPPED)
    assert old != new
    assert json.loads(event.body)["data"] == {"objects": 3, "key": new}


@pytest.mark.django_db
def test_rotation_that_was_stopped_goes_on_where_it_was_and_everything_reads_meanwhile(make, ring, monkeypatch):
    monkeypatch.setattr(rotation, "BATCH_ROWS", 2)
    stored = files(make, 5)
    old, new = ring.key_id(), ring.key_make().id

    class Killed(Exception):
        pass

    def kill(_count):
        raise Killed

    with pytest.raises(Killed):
        keys_rotate(kill)
    assert keys_in_use() == {("file", old): 3, ("file", new): 2}
    assert all(object_verify(each) for each in stored)
    assert keys_rotate().count == 3
    assert keys_in_use() == {("file", new): 5}
    assert all(object_verify(each) for each in stored)


@pytest.mark.django_db
def test_a_key_destroyed_while_it_is_wrapped_anew_stays_destroyed(make, ring, monkeypatch):
    stored = files(make)
    ring.key_make()
    real = rotation._wrapped_anew

    def destroyed_meanwhile(row, *rest):
        anew = real(row, *rest)
        ObjectKey.objects.filter(object_id=stored[0].pk).delete()
        return anew

    monkeypatch.setattr(rotation, "_wrapped_anew", destroyed_meanwhile)
    assert keys_rotate().count == 2
    assert not ObjectKey.objects.filter(object_id=stored[0].pk).exists()


@pytest.mark.django_db
def test_what_another_rotation_wrapped_meanwhile_is_left_as_it_is(make, ring, monkeypatch):
    stored = files(make)
    new = ring.key_make().id
    real, theirs = rotation._wrapped_anew, []

    def others_were_here(row, *rest):
        if row.object_id == stored[0].pk:
            theirs.append(real(row, *rest))
            ObjectKey.objects.filter(pk=row.pk).update(wrapped=theirs[0], provider_key_id=new)
        return real(row, *rest)

    monkeypatch.setattr(rotation, "_wrapped_anew", others_were_here)
    assert keys_rotate().count == 2
    assert bytes(key_row(stored[0]).wrapped) == theirs[0]
    assert all(object_verify(each) for each in stored)


@pytest.mark.django_db
def test_one_key_that_does_not_open_does_not_keep_the_others_from_being_wrapped_anew(make, ring):
    stored = files(make)
    old, new = ring.key_id(), ring.key_make().id
    ObjectKey.objects.filter(object_id=stored[1].pk).update(wrapped=b"harmed")
    with pytest.raises(CommandError, match="left as they were"):
        run("rotate")
    assert keys_in_use() == {("file", old): 1, ("file", new): 2}


@pytest.mark.django_db
def test_a_ring_key_is_retired_only_when_no_file_needs_it_and_another_wraps(make, ring, at_once):
    stored = files(make)
    old = ring.key_id()
    with pytest.raises(CommandError, match="3 files"):
        run("retire", old)
    run("new")
    with pytest.raises(CommandError, match="rotate"):
        run("retire", old)
    run("rotate")
    assert "is out of the key ring" in run("retire", old)
    assert [key.id for key in ring.all_keys()] != [old]
    assert all(object_verify(each) for each in stored)
    ObjectKey.objects.all().delete()
    with pytest.raises(CommandError, match="Make a new one first"):
        run("retire", ring.key_id())


@pytest.mark.django_db
def test_a_key_that_wrapped_a_moment_ago_is_not_retired(ring):
    old = ring.key_id()
    ring.key_make()
    with pytest.raises(CommandError, match="less than an hour"):
        run("retire", old)
    assert old in [key.id for key in ring.all_keys()]


@pytest.mark.django_db
def test_a_lost_ring_is_not_replaced_by_a_new_one_that_opens_nothing(make, settings):
    files(make, 1)
    settings.VAULT_KEY_RING_FILE.unlink()
    with pytest.raises(CommandError, match="Bring its backup back"):
        run("new")
    assert not settings.VAULT_KEY_RING_FILE.exists()
    assert "MISSING" in run("list")


@pytest.mark.django_db
def test_the_list_says_which_key_serves_how_many_and_which_wraps(make, ring, settings):
    files(make)
    old, new = ring.key_id(), run("new").split()[0]
    lines = run("list").splitlines()
    assert [line.split()[0] for line in lines] == [old, new]
    assert lines[0].endswith("3 files")
    assert lines[1].endswith("0 files, wraps")


@pytest.mark.django_db
@pytest.mark.parametrize("words", [("retire",), ("new", "something")])
def test_a_key_is_named_with_retire_and_only_there(words):
    with pytest.raises(CommandError, match="retire KEY"):
        run(*words)


@pytest.mark.django_db
def test_somebody_elses_provider_wraps_opens_and_can_be_waited_for(make, settings, monkeypatch):
    settings.VAULT_KEY_PROVIDER = FOREIGN
    (stored,) = files(make, 1)
    assert (key_row(stored).provider, key_row(stored).provider_key_id) == (FOREIGN, "alpha")
    assert b"".join(object_read(stored, 0, 6)) == b"file 0"
    monkeypatch.setattr(ForeignProvider, "is_away", True)
    with pytest.raises(KeyUnavailable, match="does not answer"):
        object_verify(stored)
    with pytest.raises(KeyUnavailable, match="does not answer"):
        seal(make(b"another"))


@pytest.mark.django_db
def test_keys_move_from_one_provider_to_another_by_rotation(make, settings, ring, monkeypatch):
    stored = files(make)
    settings.VAULT_KEY_PROVIDER = FOREIGN
    assert all(object_verify(each) for each in stored)  # each by the provider its row names
    run("rotate")
    assert keys_in_use() == {(FOREIGN, "alpha"): 3}
    settings.VAULT_KEY_RING_FILE.unlink()
    assert all(object_verify(each) for each in stored)
    monkeypatch.setattr(ForeignProvider, "newest", "beta")
    settings.VAULT_KEY_PROVIDER = ""  # switched off: what is encrypted goes on being rotated by its own provider
    assert keys_rotate().count == 3
    assert keys_in_use() == {(FOREIGN, "beta"): 3}
    assert all(object_verify(each) for each in stored)


@pytest.mark.django_db
def test_a_provider_that_does_not_give_back_what_it_wrapped_changes_nothing(make, settings, ring, monkeypatch):
    stored = files(make)
    before = keys_in_use()
    settings.VAULT_KEY_PROVIDER = FOREIGN
    monkeypatch.setattr(
        ForeignProvider, "wrap", lambda self, key, *, key_id, context: context.encode() + b"|" + bytes(32)
    )
    with pytest.raises(CommandError, match="does not give back"):
        run("rotate")
    assert keys_in_use() == before
    assert all(object_verify(each) for each in stored)


@pytest.mark.django_db
def test_a_provider_that_is_not_installed_is_named(make, settings):
    settings.VAULT_KEY_PROVIDER = "force_kms.Provider"
    with pytest.raises(KeyUnavailable, match=r"force_kms\.Provider"):
        seal(make(b"one"))
