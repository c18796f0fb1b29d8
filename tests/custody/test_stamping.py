"""Checkpoints are stamped by an authority outside, hourly and where they seal discs; only what verifies is kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from evidence.custody.anchor_checks import anchors_check
from evidence.custody.anchoring.der import ordered
from evidence.custody.anchoring.stamping import Stamper, stamp_read
from evidence.custody.anchors import anchor_states, anchored
from evidence.custody.checkpoints import checkpoint_make, head_last, head_over
from evidence.custody.errors import AnchorAway, AnchorRefused, AnchorUnknown
from evidence.custody.models import Anchor, AnchorKind, Event, TreeHead
from evidence.custody.services import act
from evidence.custody.signing import Signer, signer_read
from evidence.custody.triggers import triggers_install, triggers_remove
from evidence.custody.verbs import Verb
from evidence.custody.verified import Verified
from tests.custody.authority import Told, authority, authority_make, openssl
from tests.custody.conftest import JONES, note, recording
from tests.custody.sealing import placed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signer(settings, tmp_path: Path) -> Signer:
    settings.LOG_KEY_FILE = tmp_path / "log" / "log.pem"
    return signer_read()


@pytest.fixture
def tsa(signer: Signer, tmp_path: Path, settings) -> Iterator[Told]:
    with authority(tmp_path / "tsa") as there:
        settings.LOG_TIMESTAMPS = there.setting
        yield there


@pytest.fixture
def stamper(tsa: Told) -> Stamper:
    (found,) = Stamper.all()
    return found


def sealed(signer: Signer, times: int = 2) -> TreeHead:
    note(recording(), times=times)
    placed()
    head = checkpoint_make(signer)
    assert head is not None
    return head


def aged(model: type, **fields: object) -> None:
    triggers_remove(connection)
    model.objects.update(**fields)  # type: ignore[attr-defined]
    triggers_install(connection)


def test_the_exact_bytes_that_the_log_signed_are_stamped_and_openssl_says_so_too(signer, tsa, stamper, tmp_path):
    head = sealed(signer)
    made = stamper.step()
    assert made is not None
    assert (made.head, made.kind, made.name) == (head, AnchorKind.TIMESTAMP, stamper.authority.name)
    (tmp_path / "note").write_text(head.note)
    (tmp_path / "tsr").write_bytes(made.proof)
    openssl(tmp_path, "ts", "-verify", "-data", "note", "-in", "tsr", "-CAfile", str(tsa.certificates))
    at = stamp_read(made.proof, head.note.encode(), stamper.chain)
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=1)
    assert anchored(Event.objects.values_list("uuid", flat=True)) == set(Event.objects.values_list("uuid", flat=True))


def test_one_an_hour_is_asked_for_and_not_one_a_batch(signer, tsa, stamper):
    sealed(signer)
    assert stamper.step()
    newest = sealed(signer)
    assert stamper.step() is None
    aged(Anchor, at=timezone.now() - timedelta(hours=1, seconds=1))
    again = stamper.step()
    assert again is not None
    assert again.head == newest
    assert (stamper.step(), tsa.asked) == (None, 2)


def test_the_checkpoint_that_seals_a_set_of_discs_is_stamped_at_once(signer, tsa, stamper):
    sealed(signer)
    stamper.step()
    with act(actor=JONES) as deed:
        deed.record(Verb.DISC_REQUESTED, recording(), rule="own")
    asked = Event.objects.get(verb=Verb.DISC_REQUESTED)
    sealing, later = sealed(signer, times=1), sealed(signer, times=1)
    assert head_over([asked.uuid]) == sealing
    made = stamper.step()
    assert made is not None
    assert (made.head, later) == (sealing, head_last())
    assert (stamper.step(), tsa.asked) == (None, 2)


def test_a_stamp_that_came_to_a_later_checkpoint_changes_nothing_in_what_seals(signer, stamper):
    first = sealed(signer)
    events = list(Event.objects.values_list("uuid", flat=True))
    sealed(signer)
    made = stamper.step()
    assert made is not None
    assert made.head != first
    assert head_over(events) == first


def test_an_authority_that_is_away_is_said_and_asked_again(signer, tsa, stamper):
    sealed(signer)
    tsa.status = 503
    with pytest.raises(AnchorAway, match="503"):
        stamper.step()
    assert not Anchor.objects.exists()
    tsa.status = 200
    assert stamper.step()


def test_one_that_does_not_answer_at_all_holds_no_seal_up(signer, settings, tsa):
    settings.LOG_TIMESTAMPS = f"http://127.0.0.1:9/tsr {tsa.certificates}"
    note(recording())
    out = StringIO()
    with pytest.raises(CommandError, match="did not answer"):
        call_command("sequencer", "--once", stdout=out)
    assert head_last() is not None
    (stamper,) = Stamper.all()
    with pytest.raises(AnchorAway):
        stamper.step()


def test_what_does_not_verify_is_not_kept(signer, tsa, stamper, tmp_path):
    sealed(signer)
    (tmp_path / "other").write_text("another text")
    openssl(tmp_path, "ts", "-query", "-data", "other", "-sha256", "-cert", "-out", "other.tsq")
    of_another = tsa.stamp((tmp_path / "other.tsq").read_bytes())
    sealed_at = len(of_another) - 10
    for answer, why in (
        (lambda _: of_another, r"Nonce|messages"),
        (lambda raw: raw[:sealed_at] + bytes([raw[sealed_at] ^ 1]) + raw[sealed_at + 1 :], "verif"),
        (lambda _: b"<html>no timestamp</html>", "no timestamp"),
        (lambda _: b"", "no timestamp"),
    ):
        tsa.answering = answer
        with pytest.raises(AnchorRefused, match=why):
            stamper.step()
    assert not Anchor.objects.exists()


def test_an_answer_to_another_question_is_refused_though_it_is_of_this_note(signer, tsa, stamper):
    sealed(signer)
    answers: list[bytes] = []
    tsa.answering = lambda raw: (answers.append(raw), raw)[1]
    stamper.step()
    aged(Anchor, name="earlier")
    tsa.answering = lambda _: answers[0]
    with pytest.raises(AnchorRefused, match="Nonce"):
        stamper.step()


def test_a_stamp_by_whom_nobody_trusts_is_refused(signer, settings, tsa, tmp_path):
    sealed(signer)
    settings.LOG_TIMESTAMPS = f"{tsa.url} {authority_make(tmp_path / 'other') / 'ca.pem'}"
    (stamper,) = Stamper.all()
    with pytest.raises(AnchorRefused, match="certificate"):
        stamper.step()


def test_certificates_in_another_order_than_ders_are_read_and_kept_as_they_came(signer, tsa, stamper):
    sealed(signer)
    for name in ("ca", "tsa"):
        openssl(tsa.folder, "x509", "-in", f"{name}.pem", "-outform", "der", "-out", f"{name}.der")
    first, second = sorted((tsa.folder / f"{name}.der").read_bytes() for name in ("ca", "tsa"))
    tsa.answering = lambda raw: raw.replace(first + second, second + first)
    made = stamper.step()
    assert made is not None
    assert second + first in bytes(made.proof)
    assert first + second in ordered(bytes(made.proof))


@pytest.mark.parametrize("said", ["https://tsa.example", "ca.pem https://tsa.example", "ftp://tsa.example ca.pem"])
def test_a_setting_that_names_no_authority_is_refused_in_words(said, settings, signer):
    settings.LOG_TIMESTAMPS = said
    with pytest.raises(CommandError, match="LOG_TIMESTAMPS"):
        call_command("sequencer", "--once")


def test_certificates_that_cannot_be_read_are_said(settings, tsa, tmp_path):
    settings.LOG_TIMESTAMPS = f"{tsa.url} {tmp_path / 'missing.pem'}"
    with pytest.raises(AnchorUnknown, match=r"missing\.pem"):
        Stamper.all()


def test_how_far_an_authority_has_come_is_told_and_when_it_is_late(signer, tsa, stamper):
    (state,) = anchor_states()
    assert (state.kind, state.size, state.at, state.is_late) == ("timestamp", None, None, False)
    head = sealed(signer)
    made = stamper.step()
    (state,) = anchor_states()
    assert (state.size, state.at, state.is_late) == (head.size, made.at, False)  # type: ignore[union-attr]
    sealed(signer)
    aged(TreeHead, at=timezone.now() - timedelta(hours=1, minutes=6))
    assert [each.is_late for each in anchor_states()] == [True]


def test_a_stamp_that_was_changed_or_is_of_another_checkpoint_is_found_offline(signer, tsa, stamper, settings):
    first, second = sealed(signer), sealed(signer)
    made = stamper.step()
    assert made is not None
    found = Verified()
    anchors_check(found)
    assert found.wrong == []
    raw = bytes(made.proof)
    aged(Anchor, proof=raw[:-10] + bytes([raw[-10] ^ 1]) + raw[-9:])
    anchors_check(found)
    assert len(found.wrong) == 1
    assert f"of checkpoint {second.id}" in found.wrong[0]
    settings.LOG_TIMESTAMPS = ""
    aged(Anchor, proof=raw, head=first)
    anchors_check(found)
    assert f"of checkpoint {first.id}" in found.wrong[1]
    assert "of something else" in found.wrong[1]
