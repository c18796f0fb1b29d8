import signal
import subprocess
import sys
from uuid import uuid4

import pytest

from evidence.custody.errors import ActMissing
from evidence.custody.models import Commitment, Event, SubjectCounter
from evidence.custody.parties import Reason, Subject, system
from evidence.custody.services import act, act_current
from evidence.custody.verbs import Outcome, Verb
from evidence.identity.errors import Denied
from evidence.identity.models import Unit
from evidence.identity.services import denial_record, unit_create
from tests.custody.conftest import JONES, note, recording, sequence
from tests.servers.live import environment

pytestmark = pytest.mark.django_db(transaction=True)


class Broken(Exception):
    pass


def test_effect_and_event_appear_together():
    subject = recording()
    with act(actor=JONES) as deed:
        unit_create(name="North")
        deed.record(Verb.NOTE_ADDED, subject, rule="own")
        assert not Event.objects.exists()
    assert Unit.objects.filter(name="North").exists()
    assert sequence(subject) == [1]


def test_an_exception_after_the_record_leaves_neither_effect_nor_event():
    def fail():
        with act(actor=JONES) as deed:
            unit_create(name="North")
            deed.record(Verb.NOTE_ADDED, recording(), rule="own")
            raise Broken

    with pytest.raises(Broken):
        fail()
    assert not Unit.objects.exists()
    assert not Event.objects.exists()
    assert not Commitment.objects.exists()
    assert not SubjectCounter.objects.exists()
    note(recording())
    assert Event.objects.count() == 1


_CHILD = """
import os, signal, sys
from uuid import UUID
import django
django.setup()
from evidence.custody import services
from evidence.custody.parties import Actor, ActorKind, Subject
from evidence.custody.verbs import Verb
from evidence.identity.services import unit_create
def die():
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "written":
    writing = services._write
    def write_and_die(pending):
        writing(pending)
        die()
    services._write = write_and_die
with services.act(actor=Actor(kind=ActorKind.SYSTEM, id=None, name="test")) as deed:
    unit_create(name="North")
    deed.record(Verb.NOTE_ADDED, Subject(kind="recording", id=UUID(sys.argv[1])), rule="own")
    if sys.argv[2] == "recorded":
        die()
"""


@pytest.mark.parametrize("when", ["recorded", "written"])
def test_a_process_killed_in_mid_transaction_leaves_neither_effect_nor_event(when):
    subject = recording()
    note(subject)
    command = [sys.executable, "-c", _CHILD, str(subject.id), when]
    child = subprocess.run(command, env={**environment(), "PYTHONPATH": "."}, check=False)
    assert child.returncode == -signal.SIGKILL
    assert not Unit.objects.exists()
    note(subject)
    assert sequence(subject) == [1, 2]


def test_several_items_of_one_deed_share_its_act_and_nothing_else():
    first, second = recording(), recording()
    with act(actor=JONES) as deed:
        deed.record(Verb.ITEM_ON_DISC, first, rule="case")
        deed.record(Verb.ITEM_ON_DISC, second, rule="case")
    one, other = Event.objects.order_by("position")
    assert one.act == other.act
    assert (one.subject_seq, other.subject_seq) == (1, 1)
    assert str(second.id) not in bytes(one.body).decode()


def test_events_of_one_subject_are_numbered_in_the_order_they_were_recorded():
    subject, other = recording(), recording()
    with act(actor=JONES) as deed:
        for verb, whose in [
            (Verb.NOTE_ADDED, subject), (Verb.MARKER_ADDED, other), (Verb.MARKER_ADDED, subject),
        ]:  # fmt: skip
            deed.record(verb, whose, rule="own")
    assert list(Event.objects.order_by("position").values_list("verb", "subject_seq")) == [
        (Verb.NOTE_ADDED, 1), (Verb.MARKER_ADDED, 1), (Verb.MARKER_ADDED, 2),
    ]  # fmt: skip


def test_an_inner_act_joins_the_outer_one_with_its_own_actor_and_reason():
    subject = recording()
    with act(actor=JONES, reason=Reason(code="review")) as outer:
        outer.record(Verb.NOTE_ADDED, subject, rule="own")
        with act(actor=system("matching"), reason=Reason(code="match")) as inner:
            inner.record(Verb.MATCH_CHANGED, subject, rule="match")
        assert not Event.objects.exists()
        outer.record(Verb.MARKER_ADDED, subject, rule="own")
    events = list(Event.objects.order_by("position"))
    assert [event.actor_kind for event in events] == ["person", "system", "person"]
    assert len({event.act for event in events}) == 1
    assert sequence(subject) == [1, 2, 3]


def test_an_inner_act_that_fails_takes_its_effects_and_events_and_no_others():
    subject = recording()

    def fail():
        with act(actor=JONES) as inner:
            unit_create(name="Inner")
            inner.record(Verb.MARKER_ADDED, subject, rule="own")
            raise Broken

    with act(actor=JONES) as outer:
        unit_create(name="Outer")
        outer.record(Verb.NOTE_ADDED, subject, rule="own")
        with pytest.raises(Broken):
            fail()
    assert list(Unit.objects.values_list("name", flat=True)) == ["Outer"]
    assert list(Event.objects.values_list("verb", flat=True)) == [Verb.NOTE_ADDED]


def test_outside_an_act_there_is_none():
    with pytest.raises(ActMissing):
        act_current()
    with act(actor=JONES) as deed:
        assert act_current() is deed
    with pytest.raises(ActMissing):
        act_current()


def test_an_act_that_has_ended_records_nothing_more():
    with act(actor=JONES) as ended:
        pass
    with pytest.raises(ActMissing):
        ended.record(Verb.NOTE_ADDED, recording(), rule="own")
    with act(actor=JONES), pytest.raises(ActMissing):
        ended.record(Verb.NOTE_ADDED, recording(), rule="own")


def test_an_outcome_names_the_intent_it_follows():
    subject = recording()
    with act(actor=JONES) as deed:
        intent = deed.record(Verb.DISC_BURNED, subject, rule="case", outcome=Outcome.INTENT)
    with act(actor=JONES) as deed:
        deed.record(Verb.DISC_BURNED, subject, rule="case", follows=intent)
    assert Event.objects.get(outcome="done").follows == Event.objects.get(outcome="intent").uuid


def test_a_refusal_is_written_after_the_rollback_with_who_what_and_which_right():
    subject = recording()

    def refused():
        with act(actor=JONES) as deed:
            unit_create(name="North")
            deed.record(Verb.NOTE_ADDED, subject, rule="own")
            raise Denied(
                "No.", actor=JONES, verb=Verb.ACCESS_DENIED, subject=subject, right="download", rule="no-rule",
                is_hidden=False,
            )  # fmt: skip

    with pytest.raises(Denied) as caught:
        refused()
    denial_record(caught.value)
    event = Event.objects.get()
    assert (event.verb, event.outcome, event.category) == (Verb.ACCESS_DENIED, "denied", None)
    assert (event.subject_id, event.actor_id) == (subject.id, JONES.id)
    assert b'"data":{"right":"download"}' in bytes(event.body)
    assert not Unit.objects.exists()


def test_subject_ids_are_told_apart_by_their_kind():
    identifier = uuid4()
    one, other = Subject(kind="recording", id=identifier), Subject(kind="case", id=identifier)
    note(one)
    note(other)
    assert sequence(one) == sequence(other) == [1]
