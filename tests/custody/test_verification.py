"""Break it: whatever is changed in the record by somebody who owns the database is found, and named."""

import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from evidence.custody.checkpoints import checkpoint_make
from evidence.custody.models import Anchor, AnchorKind, Commitment, Event, Leaf, SubjectCounter, Tile, TreeHead
from evidence.custody.sequencing import sequence_all
from evidence.custody.signing import Signer, signer_read
from evidence.custody.stretches import Stretch, stretch_verify
from evidence.custody.triggers import triggers_install, triggers_remove
from evidence.custody.verification import record_verify
from tests.custody.conftest import note, recording
from tests.custody.sealing import placed

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, LATER = recording(), recording()


@pytest.fixture
def signer(settings, tmp_path: Path) -> Signer:
    """Two checkpoints over 300 and 600 events of two subjects."""
    settings.LOG_KEY_FILE = tmp_path / "log" / "log.pem"
    key = signer_read()
    for subject in (FIRST, LATER):
        note(subject, times=300, text="Seen")
        placed()
        assert checkpoint_make(key) is not None
    return key


def bent(value: bytes, at: int = 40) -> bytes:
    return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :]


def event(place: int = 150) -> Event:
    return Event.objects.get(position=Leaf.objects.get(index=place).position)


def changed(model: type, found: dict[str, object], **values: object) -> None:
    assert model.objects.filter(**found).update(**values)  # type: ignore[attr-defined]


def column(name: str, value: object) -> Callable[[], None]:
    return lambda: changed(Event, {"pk": event().pk}, **{name: value})


def _swapped() -> None:
    one, other = event(10), event(11)
    first, second = bytes(one.body), bytes(other.body)
    changed(Event, {"pk": one.pk}, body=second)
    changed(Event, {"pk": other.pk}, body=first)


def _cut() -> None:
    Leaf.objects.filter(index__gte=590).delete()
    Event.objects.filter(subject_id=LATER.id, subject_seq__gt=290).delete()
    SubjectCounter.objects.filter(subject_id=LATER.id).update(last=290)


def _inserted() -> None:
    found = event()
    found.pk, found.uuid, found.subject_seq = None, recording().id, 301
    found.save(force_insert=True)


def _bit() -> None:
    changed(Event, {"pk": event().pk}, body=bent(bytes(event().body)))


def _dropped() -> None:
    event().delete()
    Leaf.objects.filter(index=150).delete()


def _tile_bent(level: int) -> None:
    tile = Tile.objects.get(level=level, number=0)
    changed(Tile, {"pk": tile.pk}, hashes=bent(bytes(tile.hashes)))


def _text(**values: object) -> Callable[[], None]:
    return lambda: changed(Commitment, {"event": event().uuid, "field": "actor.name"}, **values)


def _text_added() -> None:
    Commitment.objects.create(event=event().uuid, field="recipients.0.name", salt=b"s" * 32, text="Somebody")


def _note_bent() -> None:
    head = TreeHead.objects.get(size=300)
    changed(TreeHead, {"pk": head.pk}, note=head.note.replace("300", "299"))


BREAKS: list[tuple[str, Callable[[], object], str]] = [
    ("a bit of a body", _bit, "Event 150 of the tree"),
    ("the verb", column("verb", "recording:note:removed"), "its column 'verb'"),
    ("the outcome", column("outcome", "denied"), "its column 'outcome'"),
    ("the category", column("category", "erasure"), "its column 'category'"),
    ("the actor", column("actor_id", FIRST.id), "its column 'actor_id'"),
    ("the time", column("at", "2020-01-01T00:00Z"), "its column 'at'"),
    ("the act", column("act", FIRST.id), "its column 'act'"),
    ("the request", column("request", FIRST.id), "its column 'request'"),
    ("the id", column("uuid", FIRST.id), "its column 'uuid'"),
    ("what it follows", column("follows", FIRST.id), "its column 'follows'"),
    ("the kind of actor", column("actor_kind", "system"), "its column 'actor_kind'"),
    ("the kind of subject", column("subject_kind", "case"), "its column 'subject_kind'"),
    ("the subject", column("subject_id", recording().id), "its column 'subject_id'"),
    ("the number", column("subject_seq", 301), "its column 'subject_seq'"),
    ("a name", _text(text="PS Jones"), "the text of 'actor.name' is not the one"),
    ("a salt", _text(salt=b"s" * 32), "the text of 'actor.name' is not the one"),
    ("a text moved to another field", _text(field="x"), "was written without a text 'x'"),
    ("a text added", _text_added, "was written without a text 'recipients.0.name'"),
    ("a text gone", lambda: Commitment.objects.filter(event=event().uuid).delete(), "no erasure says why"),
    ("a dropped row", lambda: event().delete(), "The event of place 150"),
    ("a dropped row and its place", _dropped, "Places 150 to 150"),
    ("two swapped", _swapped, "Event 10 of the tree"),
    ("a tail cut off with counters and places", _cut, "events were cut off"),
    ("a row inserted afterwards", _inserted, "counted 300 events and has 301"),
    ("a tile", lambda: _tile_bent(0), "Event 1 of the tree"),
    ("a tile above", lambda: _tile_bent(1), "Tile 0 of level 1"),
    ("a tile gone", lambda: Tile.objects.filter(level=0, number=1).delete(), "Tile 1 of level 0 is missing"),
    ("a root", lambda: changed(TreeHead, {"size": 300}, root=b"r" * 32), "over 300 events has another root"),
    ("a note", _note_bent, "does not verify"),
    ("a counter", lambda: changed(SubjectCounter, {"subject_id": FIRST.id}, last=301), "counted 301 events"),
]  # fmt: skip


def test_an_untouched_record_holds(signer):
    found = record_verify([signer.verifier])
    assert (found.events, found.leaves, found.heads, found.waiting, found.wrong) == (600, 600, 2, 0, [])
    note(FIRST)
    assert (record_verify([signer.verifier]).waiting, record_verify([signer.verifier]).wrong) == (1, [])


@pytest.mark.parametrize(("break_it", "said"), [(row[1], row[2]) for row in BREAKS], ids=[row[0] for row in BREAKS])
def test_whatever_is_changed_is_found_and_named(signer, monkeypatch, break_it, said):
    triggers_remove(connection)
    try:
        break_it()
    finally:
        triggers_install(connection)
    if break_it is _inserted:
        sequence_all()
        checkpoint_make(signer)
    found = record_verify([signer.verifier])
    assert any(said in each for each in found.wrong), found.wrong
    monkeypatch.setattr("evidence.custody.stretches.LEVELS", 1)
    in_parts = record_verify([signer.verifier], processes=2)
    assert sorted(in_parts.wrong) == sorted(found.wrong)
    assert (in_parts.events, in_parts.leaves, in_parts.heads, in_parts.waiting, in_parts.remarks) == (
        found.events, found.leaves, found.heads, found.waiting, found.remarks
    )  # fmt: skip


def test_what_is_written_meanwhile_waits_and_is_no_fault(signer, monkeypatch):
    def write() -> None:
        note(LATER, times=300)
        placed()
        checkpoint_make(signer)
        connections.close_all()

    def verify_late(first: int, end: int) -> Stretch:
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        return stretch_verify(first, end)

    monkeypatch.setattr("evidence.custody.verification.stretch_verify", verify_late)
    found = record_verify([signer.verifier])
    assert (found.events, found.heads, found.wrong) == (600, 2, [])
    monkeypatch.undo()
    assert record_verify([signer.verifier]).events == 900


def test_a_process_of_the_verification_that_is_killed_leaves_no_verdict(signer, monkeypatch):
    monkeypatch.setattr("evidence.custody.stretches.LEVELS", 1)
    monkeypatch.setattr(
        "evidence.custody.verifiers.stretch_verify",
        lambda first, end: os.kill(os.getpid(), signal.SIGKILL) if first else stretch_verify(first, end),
    )
    if connection.vendor != "postgresql":  # one process does it all there, whatever is asked for
        out = StringIO()
        call_command("verify_custody", "--processes", "2", stdout=out)
        assert "All of it holds." in out.getvalue()
        return
    with pytest.raises(CommandError, match="died"):
        call_command("verify_custody", "--processes", "2", stdout=StringIO())


def test_no_process_is_refused(signer):
    with pytest.raises(CommandError, match="1 or more"):
        call_command("verify_custody", "--processes", "0", stdout=StringIO())


def test_an_event_that_is_gone_makes_nothing_else_wrong(signer):
    triggers_remove(connection)
    event().delete()
    triggers_install(connection)
    assert record_verify([signer.verifier]).wrong == [
        f"The event of place 150 (row {Leaf.objects.get(index=150).position}) is missing.",
        f"recording {FIRST.id} has 299 events of 300: some are missing.",
    ]


def test_a_subject_whose_counter_is_gone_is_found(signer):
    triggers_remove(connection)
    SubjectCounter.objects.filter(subject_id=LATER.id).delete()
    triggers_install(connection)
    assert record_verify([signer.verifier]).wrong == [f"recording {LATER.id} counted 0 events and has 300."]


@pytest.mark.parametrize("microsecond", [0, 1, 500_000])
def test_times_are_compared_to_the_microsecond(signer, monkeypatch, microsecond):
    at = timezone.now().replace(microsecond=microsecond)
    monkeypatch.setattr("evidence.custody.services.timezone.now", lambda: at)
    note(LATER)
    monkeypatch.undo()
    placed()
    assert record_verify([signer.verifier]).wrong == []
    triggers_remove(connection)
    last = Event.objects.latest("position")
    changed(Event, {"pk": last.pk}, at=at + timedelta(microseconds=1))
    triggers_install(connection)
    assert record_verify([signer.verifier]).wrong == [f"Event {last.uuid}: its column 'at' is not what its body says."]


def test_another_key_verifies_nothing(signer, settings, tmp_path):
    settings.LOG_KEY_FILE = tmp_path / "other" / "log.pem"
    found = record_verify([signer_read().verifier])
    assert found.faults == 2
    assert "No key that is trusted" in found.wrong[0]


def test_the_command_says_what_holds_and_ends_with_a_status(signer):
    out = StringIO()
    call_command("verify_custody", stdout=out)
    assert "600 events; 600 places in the tree; 2 signed checkpoints." in out.getvalue()
    assert "All of it holds." in out.getvalue()
    triggers_remove(connection)
    changed(Event, {"pk": event().pk}, verb="recording:note:removed")
    triggers_install(connection)
    with pytest.raises(CommandError, match="1 things do not hold"):
        call_command("verify_custody", "--key", signer.verifier.text, stdout=out)
    with pytest.raises(CommandError, match="A verifier key looks like this"):
        call_command("verify_custody", "--key", "nonsense", stdout=out)


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (timedelta(days=-1), ["of the tree says", "the clock went back"]),
        (timedelta(days=1), ["a clock was wrong"]),
        (timedelta(minutes=-1), ["the clock went back"]),
    ],
    ids=["a day back", "a day ahead", "a minute back"],
)
def test_a_clock_that_was_wrong_is_told_and_is_no_fault(signer, monkeypatch, caplog, by, said):
    wrong = timezone.now() + by
    with monkeypatch.context() as patched:
        patched.setattr("evidence.custody.services.timezone.now", lambda: wrong)
        note(LATER)
        placed()
        if by < timedelta(0):
            assert checkpoint_make(signer) is not None
            assert "the clock went back" in caplog.text
    checkpoint_make(signer)
    found = record_verify([signer.verifier])
    assert found.wrong == []
    assert all(any(each in remark for remark in found.remarks) for each in said), found.remarks
    out = StringIO()
    call_command("verify_custody", stdout=out)
    assert f"Note: {found.remarks[0]}" in out.getvalue()


def test_a_clock_that_went_back_does_not_keep_the_hourly_checkpoint_away(signer, monkeypatch):
    last = TreeHead.objects.latest("id")
    monkeypatch.setattr("evidence.custody.checkpoints.timezone.now", lambda: last.at - timedelta(minutes=59))
    assert checkpoint_make(signer) is None
    monkeypatch.setattr("evidence.custody.checkpoints.timezone.now", lambda: last.at - timedelta(minutes=61))
    assert checkpoint_make(signer) is not None


def test_an_anchor_that_is_not_of_its_checkpoint_is_found(signer):
    head = TreeHead.objects.earliest("id")
    Anchor.objects.create(head=head, kind=AnchorKind.COPY, name="copies", proof=b"elsewhere\n1\n", at=timezone.now())
    assert [said for said in record_verify([signer.verifier]).wrong if "by copies of checkpoint" in said]
