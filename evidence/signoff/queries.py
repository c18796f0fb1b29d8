"""Reads of second looks: the one that counts, its list, how a copy stands. Who may is asked by services and views."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from evidence.identity.models import Person
from evidence.identity.who import Who
from evidence.jobs.models import Job
from evidence.recordings.errors import RecordingMissing
from evidence.recordings.models import Kind, PlaybackSession, Recording, RecordingFile
from evidence.recordings.queries import original_file, with_people
from evidence.signoff.errors import LookMissing
from evidence.signoff.listing import list_sha256
from evidence.signoff.models import Decision, Look, LookState, Place, SignOff
from evidence.signoff.policy import SIGN_OFFS, Right

SIGNABLE = (LookState.DONE, LookState.FAILED, LookState.OFF)
"""A list that can be signed: a detector looked, or none could. What a person stopped is looked at again first."""
COUNTS = (LookState.WAITING, LookState.DONE, LookState.OFF)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A look with its places and the hash of its list as they stand now."""

    look: Look
    places: tuple[Place, ...]
    file: RecordingFile
    sign_off: SignOff | None

    @property
    def sha256(self) -> str:
        """Of the list as it stands; of one that is signed, what was signed."""
        return self.sign_off.list_sha256 if self.sign_off else list_sha256(self.look, self.places, self.file)

    @property
    def undecided(self) -> int:
        """Places that nobody has said anything of."""
        return sum(not place.decision for place in self.places)

    @property
    def to_cover(self) -> int:
        """Places that must be redacted."""
        return sum(place.decision == Decision.COVER for place in self.places)

    @property
    def is_signable(self) -> bool:
        """Whether nothing but a second person is missing."""
        is_ready = self.look.state in SIGNABLE and self.sign_off is None
        return is_ready and not self.undecided and not self.to_cover


def copy_for(who: Who, identifier: UUID, right: Right = Right.SEE) -> Recording:
    """The recording, if the asker has the right; whether it is a redaction is for who asks further.

    Raises:
        RecordingMissing: there is none.
        Denied: there is, but not for them.
    """
    recording = with_people(Recording.objects.filter(pk=identifier)).first()
    if recording is None:
        raise RecordingMissing
    SIGN_OFFS.require(who, right, recording)
    return recording


def look_of(copy: Recording) -> Look | None:
    """The look that counts: the newest that is under way, done or off; else the newest of all; None before the first.

    A look that failed or was stopped takes nothing from the one before it, whose list still stands.
    """
    looks = Look.objects.filter(copy=copy).select_related("copy__parent", "pictures", "asked_by", "sign_off__signed_by")
    return looks.filter(state__in=COUNTS).first() or looks.first()


def looks_of(copy: Recording) -> list[Look]:
    """Every look at a copy, newest first."""
    return list(Look.objects.filter(copy=copy).select_related("copy", "asked_by", "sign_off__signed_by"))


def look_numbered(copy: Recording, number: int) -> Look:
    """One look at a copy.

    Raises:
        LookMissing: there is none of that number.
    """
    looks = Look.objects.filter(copy=copy, number=number)
    look = looks.select_related("copy__parent", "pictures", "asked_by").first()
    if look is None:
        raise LookMissing
    return look


def listed(look: Look) -> Listed:
    """The look's list as it stands."""
    return Listed(
        look=look, places=tuple(look.places.select_related("decided_by").order_by("number")),
        file=original_file(look.copy), sign_off=SignOff.objects.filter(look=look).select_related("signed_by").first(),
    )  # fmt: skip


def place_of(look: Look, number: int) -> Place:
    """A place on a list.

    Raises:
        LookMissing: it has none of that number.
    """
    place = look.places.filter(number=number).first()
    if place is None:
        raise LookMissing
    return place


def job_of_look(look: Look) -> Job | None:
    """The job that looks."""
    return Job.objects.filter(pk=look.job_id).first() if look.job_id else None


def sign_off_of(copy: Recording) -> SignOff | None:
    """The signature that counts: that under the look that counts. None: the copy is not signed off."""
    look = look_of(copy)
    return SignOff.objects.filter(look=look).select_related("signed_by").first() if look else None


def watched_ms(person: Person | UUID, copy: Recording) -> int:
    """How much of a copy somebody has watched on our pages, each moment counted once; whole milliseconds."""
    identifier = person if isinstance(person, UUID) else person.id
    sessions = PlaybackSession.objects.filter(recording=copy, viewer_id=identifier)
    stretches = sorted(tuple(pair) for watched in sessions.values_list("watched", flat=True) for pair in watched)
    total_s, reached_s = 0.0, 0.0
    for start_s, end_s in stretches:
        total_s += max(0.0, end_s - max(start_s, reached_s))
        reached_s = max(reached_s, end_s)
    return round(total_s * 1000)


def waiting_for(who: Who) -> QuerySet[Recording]:
    """Redactions whose list waits for a signature this person may give, newest first."""
    counting = Look.objects.filter(copy=OuterRef("pk"), state__in=COUNTS).order_by("-number")
    places = Place.objects.filter(look=OuterRef("look"))
    rows = (
        SIGN_OFFS.rows(who, Right.SIGN).filter(kind=Kind.REDACTION).annotate(look=Subquery(counting.values("pk")[:1]))
    )
    finished = Look.objects.filter(pk=OuterRef("look"), state__in=(LookState.DONE, LookState.OFF), sign_off=None)
    waits = rows.filter(Exists(finished)).exclude(Exists(places.filter(decision=Decision.COVER)))
    return with_people(waits).order_by("-received_at", "-id")
