"""A text of the record goes under an authority, by two people; body, tree and proofs stay, and nothing else goes."""

from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from evidence.custody.checkpoints import proofs_of
from evidence.custody.choosing import Text, names_person, texts_equal, texts_of_line, texts_of_person
from evidence.custody.erasing import Authority, erasures_of, texts_erase
from evidence.custody.errors import ErasureByOne, ErasureEmpty, ErasureTooEarly, RecordUnguarded
from evidence.custody.guard import guard_require
from evidence.custody.models import AuthorityKind, Commitment, Erasure, Event
from evidence.custody.parties import Actor, ActorKind, Reason, Recipient, Subject
from evidence.custody.queries import lines
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from tests.custody.conftest import JONES, note, recording
from tests.custody.sealing import record_seal

sealed = pytest.mark.django_db(transaction=True)
ORDER = Authority(AuthorityKind.COURT_ORDER, "T20267001")
PROPOSER, SECOND = UUID(int=21), UUID(int=22)
APPROVER = Actor(kind=ActorKind.PERSON, id=SECOND, name="Ms 22 Amir")
LEE = Recipient(kind="person", id=UUID(int=31), name="Ann Lee")


def given(subject: Subject, *, by: Actor = JONES, to: tuple[Recipient, ...] = (LEE,)) -> Event:
    with act(actor=by, reason=Reason(text="Asked for by Ann Lee")) as deed:
        deed.record(Verb.LINK_CREATED, subject, rule="owner", recipients=to)
    return Event.objects.latest("position")


def erase(chosen: list[Text], *, by: Actor = APPROVER) -> int:
    return texts_erase(
        actor=by, rule="evidence-manager", authority=ORDER, proposal=uuid4(), proposed_by=PROPOSER, chosen=chosen
    )


@sealed
def test_what_was_erased_is_gone_and_body_tree_and_proofs_stay_whole(settings, tmp_path):
    settings.LOG_KEY_FILE = tmp_path / "log.pem"
    subject = recording()
    event = given(subject)
    record_seal()
    call_command("sequencer", "--once", stdout=StringIO())
    assert erase([Text(event.uuid, "actor.name"), Text(event.uuid, "recipients.0.name")]) == 2
    call_command("sequencer", "--once", stdout=StringIO())
    (line,) = lines([Event.objects.get(pk=event.pk)])
    assert line.raw == bytes(event.body)
    assert line.actor_name == "[erased under Court order T20267001]"
    assert line.recipient_names == ["[erased under Court order T20267001]"]
    assert line.reason_text == "Asked for by Ann Lee"
    assert not Commitment.objects.filter(event=event.uuid, field__in=["actor.name", "recipients.0.name"]).exists()
    assert erasures_of([event.uuid])[event.uuid]["actor.name"].authority == "Court order T20267001"
    assert proofs_of([event.uuid]).keys() == {event.uuid}
    told = StringIO()
    keys = [f"--key={key}" for key in _verifiers()]
    call_command("verify_custody", *keys, stdout=told)
    assert "All of it holds." in told.getvalue()


def _verifiers() -> list[str]:
    from evidence.custody.models import LogKey

    return list(LogKey.objects.values_list("verifier", flat=True))


@sealed
def test_each_erasure_is_an_event_on_the_same_item_in_the_same_transaction():
    subject = recording()
    event = given(subject)
    record_seal()
    erase([Text(event.uuid, "reason.text")])
    (said,) = lines(Event.objects.filter(verb=Verb.TEXT_ERASED))
    assert (said.category, said.body["subject"]["id"], said.body["follows"]) == (
        "erasure", str(subject.id), str(event.uuid),
    )  # fmt: skip
    assert said.actor_name == "Ms 22 Amir"
    assert said.body["data"]["fields"] == ["reason.text"]
    assert "Ann Lee" not in said.raw.decode()


@sealed
def test_when_the_event_cannot_be_written_nothing_is_erased(monkeypatch):
    event = given(recording())
    record_seal()
    monkeypatch.setattr("evidence.custody.services.rows_insert", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase([Text(event.uuid, "reason.text")])
    assert Commitment.objects.filter(event=event.uuid, field="reason.text").exists()
    assert not Erasure.objects.exists()


@sealed
def test_what_is_not_sealed_is_not_erased():
    subject = recording()
    first = given(subject)
    record_seal()
    second = given(subject)
    with pytest.raises(ErasureTooEarly, match="1 of these events"):
        erase([Text(first.uuid, "reason.text"), Text(second.uuid, "reason.text")])
    assert Commitment.objects.filter(field="reason.text").count() == 2


@sealed
def test_nobody_approves_what_they_proposed():
    event = given(recording())
    record_seal()
    with pytest.raises(ErasureByOne):
        erase([Text(event.uuid, "actor.name")], by=Actor(kind=ActorKind.PERSON, id=PROPOSER, name="One"))
    assert not Erasure.objects.exists()


@sealed
def test_what_is_gone_is_not_erased_twice():
    event = given(recording())
    record_seal()
    chosen = [Text(event.uuid, "actor.name"), Text(event.uuid, "reason.text")]
    erase(chosen[:1])
    assert erase(chosen) == 1
    with pytest.raises(ErasureEmpty):
        erase(chosen)
    assert Erasure.objects.count() == 2


@pytest.mark.django_db
def test_a_person_is_found_wherever_they_acted_or_were_given_something():
    subject = recording()
    lee = Actor(kind=ActorKind.PERSON, id=LEE.id, name="Ann Lee")
    acted, other = given(subject, by=lee, to=()), given(subject, by=JONES, to=())
    second = Recipient(kind="person", id=UUID(int=32), name="CPS")
    received = given(subject, by=JONES, to=(second, LEE))
    names = {Text(acted.uuid, "actor.name"), Text(received.uuid, "recipients.1.name")}
    assert set(texts_of_person(LEE.id)) == names
    assert set(texts_of_person(LEE.id, with_reasons=True)) == names | {Text(acted.uuid, "reason.text")}
    assert names_person([Text(received.uuid, "recipients.1.name")], LEE.id)
    assert not names_person([Text(received.uuid, "recipients.0.name"), Text(other.uuid, "actor.name")], LEE.id)


@pytest.mark.django_db
def test_a_text_is_found_by_its_exact_words_and_a_line_by_its_number():
    subject = recording()
    note(subject)
    event = given(subject)
    assert texts_equal("Ann Lee") == [Text(event.uuid, "recipients.0.name")]
    assert texts_equal("Lee") == []
    fields = {text.field for text in texts_of_line(subject.id, 2) if text.event == event.uuid}
    assert fields == {"actor.name", "reason.text", "recipients.0.name"}


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


COLUMNS = "event, field, salt, text"
REFUSED = [
    "DELETE FROM custody_commitment",
    "UPDATE custody_commitment SET text = 'x'",
    "UPDATE custody_erasure SET reference = 'x'",
    "DELETE FROM custody_erasure",
    "UPDATE custody_cluster SET begins_after = 9",
    "DELETE FROM custody_cluster",
]
REFUSED_ON = {
    "sqlite": [
        f"REPLACE INTO custody_commitment (id, {COLUMNS}) SELECT id, event, field, salt, 'x' FROM custody_commitment",
        f"INSERT OR REPLACE INTO custody_commitment ({COLUMNS}) SELECT {COLUMNS} FROM custody_commitment",
        "REPLACE INTO custody_erasure SELECT * FROM custody_erasure",
        "REPLACE INTO custody_cluster SELECT * FROM custody_cluster",
    ],
    "postgresql": [
        "TRUNCATE custody_commitment",
        "TRUNCATE custody_erasure",
        "TRUNCATE custody_cluster",
        "SET LOCAL session_replication_role = replica; DELETE FROM custody_commitment",
        (
            "CREATE TEMP TABLE custody_erasure ON COMMIT DROP AS SELECT event, field FROM custody_commitment; "
            "DELETE FROM custody_commitment"
        ),
    ],
}


def erasure_of(event: UUID, field: str, *, approved_by: UUID = SECOND) -> Erasure:
    return Erasure.objects.create(
        event=event, field=field, at=timezone.now(), authority=ORDER.kind, reference=ORDER.reference,
        proposed_by=PROPOSER, approved_by=approved_by,
    )  # fmt: skip


@pytest.mark.django_db
def test_the_database_lets_no_text_go_without_an_erasure_and_no_erasure_at_all():
    from evidence.custody.models import Cluster

    event, other = given(recording()), given(recording())
    erasure_of(event.uuid, "reason.text")
    Cluster.objects.create(identifier="1", begins_after=0, at=timezone.now())
    for statement in REFUSED + REFUSED_ON[connection.vendor]:
        before = list(Commitment.objects.order_by("id").values())
        with pytest.raises(DatabaseError, match="append-only"):
            run(statement)
        assert list(Commitment.objects.order_by("id").values()) == before, statement
        assert Erasure.objects.get().reference == "T20267001"
    run("DELETE FROM custody_commitment WHERE field = 'reason.text' AND event = (SELECT event FROM custody_erasure)")
    assert Commitment.objects.filter(event=other.uuid, field="reason.text").exists()
    assert not Commitment.objects.filter(event=event.uuid, field="reason.text").exists()


@pytest.mark.django_db
def test_the_database_knows_of_no_erasure_by_one_person_and_of_none_twice():
    event = given(recording())
    with pytest.raises(IntegrityError), transaction.atomic():
        erasure_of(event.uuid, "reason.text", approved_by=PROPOSER)
    erasure_of(event.uuid, "reason.text")
    with pytest.raises(DatabaseError), transaction.atomic():
        erasure_of(event.uuid, "reason.text")


@pytest.mark.django_db
def test_nothing_is_served_while_texts_or_erasures_are_unguarded():
    tables = {"text": "custody_commitment", "erasure": "custody_erasure", "cluster": "custody_cluster"}
    endings = {"sqlite": ("update", "delete", "insert"), "postgresql": ("keep", "whole")}[connection.vendor]
    names = [(f"custody_{part}_{ending}", table) for part, table in tables.items() for ending in endings]
    if connection.vendor == "postgresql":
        names.append(("custody_text_erase", "custody_commitment"))
    for name, table in names:
        with transaction.atomic():
            run(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))
            with pytest.raises(RecordUnguarded, match=name):
                guard_require()
            transaction.set_rollback(True)
    guard_require()
