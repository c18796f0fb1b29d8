"""The access list of a recording: who may work with it although it is restricted, and what. Kept by whoever restricts.

A place gives watching, and of making working copies, downloading and disclosing what was chosen. One person has one
place: being put on the list again replaces it.
"""

from dataclasses import asdict, dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from evidence.custody.parties import Reason, Recipient
from evidence.custody.services import Act, act
from evidence.custody.verbs import Verb
from evidence.identity.errors import ReasonMissing
from evidence.identity.models import AccessGrant, Person
from evidence.identity.services import grant_give
from evidence.identity.who import Who
from evidence.recordings.errors import RecordingMissing
from evidence.recordings.models import Recording
from evidence.recordings.policy import ACCESS_LIST, KIND, RECORDINGS, Right
from evidence.recordings.subjects import subject_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a place on the list gives beside watching. `may_disclose`: by link, by disc, as an exhibit."""

    may_edit: bool = False
    may_download: bool = False
    may_disclose: bool = False


WATCH_ONLY = Place()


def access_give(
    *, who: Who, recording: Recording, person: Person, reason: str, place: Place = WATCH_ONLY
) -> AccessGrant:
    """Put a person on the list of this recording, and of nothing else of the same line but the copies they make of it.

    Raises:
        Denied: no right to keep the list.
        ReasonMissing: none was given.
    """
    if not reason.strip():
        raise ReasonMissing
    with act(actor=who.actor, reason=Reason(text=reason.strip())) as deed:
        decision = RECORDINGS.require(who, Right.RESTRICT, recording)
        # locked: of two keepers who put the same person on the list, the second replaces what the first gave
        Recording.objects.select_for_update().get(pk=recording.pk)
        for before in _places(recording).filter(grantee=person):
            _place_end(deed, recording, before, decision.rule)
        grant = grant_give(
            subject_kind=KIND, subject_id=recording.id, grantee=person, reason=reason.strip(), source_kind=ACCESS_LIST,
            source_id=recording.id, granted_by=Person.objects.get(pk=who.person_id), **asdict(place),
        )  # fmt: skip
        deed.record(
            Verb.GRANT_GIVEN, subject_of(recording), rule=decision.rule, recipients=(_recipient(person),),
            data={"grant": str(grant.id), "source": ACCESS_LIST, "rights": _rights(place)},
        )  # fmt: skip
    return grant


def access_end(*, who: Who, recording: Recording, grant_id: UUID) -> None:
    """Take a person off the list; what other rooms gave (shares, cases) is theirs to end.

    Raises:
        RecordingMissing: there is no such entry on this list.
    """
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.RESTRICT, recording)
        grant = _places(recording).filter(pk=grant_id).first()
        if grant is None or not _place_end(deed, recording, grant, decision.rule):
            raise RecordingMissing


def _places(recording: Recording) -> QuerySet[AccessGrant]:
    return AccessGrant.objects.select_related("grantee").filter(
        subject_kind=KIND, subject_id=recording.id, source_kind=ACCESS_LIST, revoked_at=None
    )


def _place_end(deed: Act, recording: Recording, grant: AccessGrant, rule: str) -> bool:
    if not _places(recording).filter(pk=grant.pk).update(revoked_at=timezone.now()):
        return False
    deed.record(
        Verb.GRANT_REVOKED, subject_of(recording), rule=rule, recipients=(_recipient(grant.grantee),),
        data={"grant": str(grant.id), "source": ACCESS_LIST},
    )  # fmt: skip
    return True


def _rights(place: Place) -> list[str]:
    return ["watch", *(name.removeprefix("may_") for name, is_given in asdict(place).items() if is_given)]


def _recipient(person: Person) -> Recipient:
    return Recipient(kind="person", id=person.id, name=person.label)
