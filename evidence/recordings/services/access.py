"""The access list of a recording: people who may watch it although it is restricted. Kept by whoever restricts."""

from uuid import UUID

from django.utils import timezone

from evidence.custody.parties import Reason, Recipient
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.errors import ReasonMissing
from evidence.identity.models import AccessGrant, Person
from evidence.identity.services import grant_give
from evidence.identity.who import Who
from evidence.recordings.errors import RecordingMissing
from evidence.recordings.models import Recording
from evidence.recordings.policy import ACCESS_LIST, KIND, RECORDINGS, Right
from evidence.recordings.subjects import subject_of


def access_give(*, who: Who, recording: Recording, person: Person, reason: str) -> AccessGrant:
    """Put a person on the list: they may watch this recording, and nothing else of the same line.

    Raises:
        Denied: no right to keep the list.
        ReasonMissing: none was given.
    """
    if not reason.strip():
        raise ReasonMissing
    with act(actor=who.actor, reason=Reason(text=reason.strip())) as deed:
        decision = RECORDINGS.require(who, Right.RESTRICT, recording)
        grant = grant_give(
            subject_kind=KIND, subject_id=recording.id, grantee=person, reason=reason.strip(), source_kind=ACCESS_LIST,
            source_id=recording.id, granted_by=Person.objects.get(pk=who.person_id),
        )  # fmt: skip
        deed.record(
            Verb.GRANT_GIVEN, subject_of(recording), rule=decision.rule, recipients=(_recipient(person),),
            data={"grant": str(grant.id), "source": ACCESS_LIST},
        )  # fmt: skip
    return grant


def access_end(*, who: Who, recording: Recording, grant_id: UUID) -> None:
    """Take a person off the list; what other rooms gave (shares, cases) is theirs to end.

    Raises:
        RecordingMissing: there is no such entry on this list.
    """
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.RESTRICT, recording)
        rows = AccessGrant.objects.select_related("grantee").filter(
            pk=grant_id, subject_kind=KIND, subject_id=recording.id, source_kind=ACCESS_LIST, revoked_at=None
        )
        grant = rows.first()
        if grant is None or not rows.update(revoked_at=timezone.now()):
            raise RecordingMissing
        deed.record(
            Verb.GRANT_REVOKED, subject_of(recording), rule=decision.rule, recipients=(_recipient(grant.grantee),),
            data={"grant": str(grant.id), "source": ACCESS_LIST},
        )  # fmt: skip


def _recipient(person: Person) -> Recipient:
    return Recipient(kind="person", id=person.id, name=person.label)
