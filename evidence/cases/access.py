"""The footage that comes with a case: grants to its members for the recordings that are its exhibits.

Only what the person who adds may share themselves, so never what is restricted: that takes a place on its access list.
A grant ends with the membership, or when the exhibit is withdrawn; a restriction made later suspends it.
"""

from collections.abc import Iterable

from evidence.cases.models import Case, Exhibit
from evidence.cases.policy import KIND
from evidence.custody.parties import Recipient
from evidence.custody.services import Act
from evidence.custody.verbs import Verb
from evidence.identity.models import Person
from evidence.identity.services import grant_give, grants_revoke
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import KIND as RECORDING
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.subjects import subject_id, subject_of

RULE = "case-member"


def access_give(*, deed: Act, who: Who, case: Case, recordings: Iterable[Recording], people: Iterable[Person]) -> None:
    """Let people watch recordings of a case, as far as `who` may share them. Inside the caller's act."""
    members = list(people)
    # locked: what is restricted at this moment must not be given by us a moment later
    for recording in Recording.objects.select_for_update().filter(pk__in=[recording.pk for recording in recordings]):
        decision = RECORDINGS.decide(who, Right.SHARE, recording)
        for person in members if decision else ():
            grant = grant_give(
                subject_kind=RECORDING, subject_id=recording.id, grantee=person,
                granted_by=Person.objects.get(pk=who.person_id), reason=f"Exhibit of case {case.urn}",
                source_kind=KIND, source_id=case.id,
            )  # fmt: skip
            deed.record(
                Verb.GRANT_GIVEN, subject_of(recording), rule=decision.rule,
                recipients=(Recipient(kind="person", id=person.id, name=person.label),),
                data={"grant": str(grant.id), "source": KIND},
            )  # fmt: skip


def access_end(*, deed: Act, case: Case, person: Person | None = None, exhibit: Exhibit | None = None) -> None:
    """Take back what came with a case: from one person who leaves it, or for one exhibit withdrawn from it."""
    ended = grants_revoke(
        source_kind=KIND, source_id=case.id, grantee=person, subject_id=exhibit.recording_id if exhibit else None
    )
    for grant in ended:
        deed.record(
            Verb.GRANT_REVOKED, subject_id(grant.subject_id), rule=RULE, data={"grant": str(grant.id), "source": KIND}
        )
