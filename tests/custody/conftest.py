"""A subject of the record, somebody who acts, and short ways to record and to read."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from evidence.custody.models import Event
from evidence.custody.parties import Actor, ActorKind, Reason, Subject
from evidence.custody.services import act
from evidence.custody.verbs import Verb

JONES = Actor(kind=ActorKind.PERSON, id=UUID(int=4312), name="PC 4312 Jones", post=UUID(int=7))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Copies are locked away in S3: those tests belong to the shape that has it."""
    return True if collection_path.name == "test_locked_copies.py" and config.getoption("shape") != "force" else None


def recording(identifier: UUID | None = None) -> Subject:
    return Subject(kind="recording", id=identifier or uuid4())


def note(subject: Subject, *, times: int = 1, text: str | None = None) -> None:
    with act(actor=JONES, reason=Reason(text=text)) as deed:
        for _ in range(times):
            deed.record(Verb.NOTE_ADDED, subject, rule="own")


def sequence(subject: Subject) -> list[int]:
    found = Event.objects.filter(subject_kind=subject.kind, subject_id=subject.id)
    return list(found.order_by("position").values_list("subject_seq", flat=True))
