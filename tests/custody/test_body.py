import hashlib
import json
import re
from uuid import UUID, uuid4

import pytest
import rfc8785

from evidence.custody.context import request_scope
from evidence.custody.errors import ActorUnknown, BodyInvalid
from evidence.custody.models import Commitment, Event
from evidence.custody.parties import Actor, ActorKind, FileRef, Reason, Recipient, Subject, system
from evidence.custody.queries import lines, subject_events
from evidence.custody.services import act
from evidence.custody.verbs import CATEGORY_OF, Category, Outcome, Verb
from tests.custody.conftest import JONES, note, recording

pytestmark = pytest.mark.django_db


def disclosed() -> Event:
    file = FileRef(id=uuid4(), sha256="ab" * 32)
    subject = Subject(kind="recording", id=uuid4(), files=(file,))
    to = (
        Recipient(kind="person", id=UUID(int=1), name="Ann Lee"),
        Recipient(kind="external", id=UUID(int=2), name="CPS"),
    )
    with act(actor=JONES, reason=Reason(code="disclosure", text="Asked for by the CPS: caf\u00e9 theft")) as deed:
        deed.record(
            Verb.LINK_CREATED,
            subject,
            rule="owner",
            data={"days": 14},
            recipients=to,
            follows=UUID(int=3),
        )
    return Event.objects.get()


def body_of(event: Event) -> dict:
    return json.loads(bytes(event.body))


def test_body_version_1_has_exactly_these_fields():
    body = body_of(disclosed())
    assert set(body) == {
        "v", "id", "act", "follows", "verb", "category", "outcome", "at", "actor", "rule", "reason", "recipients",
        "subject", "subject_seq", "request", "data",
    }  # fmt: skip
    assert set(body["actor"]) == {"kind", "id", "post", "name"}
    assert set(body["reason"]) == {"code", "text"}
    assert [set(to) for to in body["recipients"]] == [{"kind", "id", "name"}] * 2
    assert set(body["subject"]) == {"kind", "id", "files"}
    assert set(body["subject"]["files"][0]) == {"id", "sha256"}
    assert body["v"] == 1
    assert body["verb"] == "recording:link:created"
    assert body["category"] == "disclosure"
    assert body["outcome"] == "done"
    assert body["rule"] == "owner"
    assert body["data"] == {"days": 14}
    assert body["follows"] == str(UUID(int=3))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", body["at"])


def test_the_stored_bytes_are_canonical():
    event = disclosed()
    assert bytes(event.body) == rfc8785.dumps(body_of(event))


def test_the_columns_are_copies_of_what_the_body_says():
    with request_scope() as request:
        event = disclosed()
    body = body_of(event)
    assert str(event.uuid) == body["id"]
    assert str(event.act) == body["act"]
    assert str(event.follows) == body["follows"]
    assert (event.verb, event.category, event.outcome) == (body["verb"], body["category"], body["outcome"])
    assert (event.actor_kind, str(event.actor_id)) == (body["actor"]["kind"], body["actor"]["id"])
    assert (event.subject_kind, str(event.subject_id)) == (body["subject"]["kind"], body["subject"]["id"])
    assert event.subject_seq == body["subject_seq"] == 1
    assert str(event.request) == body["request"] == str(request)
    assert event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") == body["at"]


def test_names_and_reasons_stand_in_the_body_only_as_commitments():
    raw = bytes(disclosed().body).decode()
    for word in ("Jones", "Ann", "Lee", "CPS", "theft"):
        assert word not in raw


def test_a_commitment_opens_with_its_salt_and_text_and_with_nothing_else():
    event = disclosed()
    body = body_of(event)
    in_body = {
        "actor.name": body["actor"]["name"],
        "reason.text": body["reason"]["text"],
        "recipients.0.name": body["recipients"][0]["name"],
        "recipients.1.name": body["recipients"][1]["name"],
    }
    rows = {row.field: row for row in Commitment.objects.filter(event=event.uuid)}
    assert rows.keys() == in_body.keys()
    for field, row in rows.items():
        salt, text = bytes(row.salt), row.text.encode()
        assert len(salt) == 32
        assert hashlib.sha256(salt + text).hexdigest() == in_body[field]
        assert hashlib.sha256(text).hexdigest() != in_body[field]
        assert hashlib.sha256(salt + text + b" ").hexdigest() != in_body[field]
        assert hashlib.sha256(salt[::-1] + text).hexdigest() != in_body[field]
    assert len({bytes(row.salt) for row in rows.values()}) == len(rows)


def test_the_same_name_twice_cannot_be_recognised_in_the_bodies():
    subject = recording()
    note(subject, times=2)
    first, second = (body_of(event)["actor"]["name"] for event in subject_events("recording", subject.id))
    assert first != second


def test_no_reason_is_null_and_reads_as_empty():
    subject = recording()
    note(subject)
    (line,) = lines(subject_events("recording", subject.id))
    assert line.body["reason"] == {"code": None, "text": None}
    assert line.reason_text == ""


@pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.FAILED])
def test_what_was_not_done_has_no_category(outcome):
    with act(actor=JONES) as deed:
        deed.record(Verb.FILE_DOWNLOADED, recording(), rule="no-rule", outcome=outcome)
    assert Event.objects.get().category is None


def test_every_verb_has_three_parts_and_a_statutory_word_or_none():
    assert set(CATEGORY_OF) == set(Verb)
    assert all(re.fullmatch(r"[a-z-]+:[a-z-]+:[a-z-]+", verb.value) for verb in Verb)
    assert {category.value for category in Category} == {
        "collection", "alteration", "consultation", "disclosure", "combination", "erasure",
    }  # fmt: skip


@pytest.mark.parametrize("data", [{"share": 0.5}, {"when": object()}, {"n": 2**53}])
def test_data_without_a_canonical_form_stops_the_act(data):
    def deed_with_data():
        with act(actor=JONES) as deed:
            deed.record(Verb.NOTE_ADDED, recording(), rule="own", data=data)

    with pytest.raises(BodyInvalid):
        deed_with_data()
    assert not Event.objects.exists()


@pytest.mark.parametrize("kind", [ActorKind.PERSON, ActorKind.RECIPIENT, ActorKind.DOCK])
def test_an_actor_who_could_be_known_must_be_known(kind):
    with pytest.raises(ActorUnknown):
        Actor(kind=kind, id=None, name="Somebody")
    with pytest.raises(ActorUnknown):
        Actor(kind=kind, id=uuid4(), name="  ")


def test_our_own_processes_act_under_a_name():
    with act(actor=system("sweep")) as deed:
        deed.record(Verb.FIXITY_CHECKED, recording(), rule="schedule")
    (line,) = lines(Event.objects.all())
    assert line.body["actor"] | {"name": None} == {"kind": "system", "id": None, "post": None, "name": None}
    assert line.actor_name == "sweep"
