"""Having a redaction looked at again: by itself when it was made, or because somebody asks; and how the look ended.

A look takes nothing from its copy: whether the detector is missing, fails or is stopped, the copy is there and can be
used, and the list says that no machine looked. Handlers in workers call `look_finish`, `look_failed`, `look_cancelled`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from evidence.custody.parties import Actor, Reason, system
from evidence.custody.services import Act, act
from evidence.custody.verbs import Verb
from evidence.identity.models import Person
from evidence.identity.who import Who, who_is
from evidence.jobs.models import Job
from evidence.jobs.services import job_enqueue
from evidence.recordings.models import Kind, Recording, RecordingFile
from evidence.recordings.queries import original_file
from evidence.recordings.subjects import subject_of
from evidence.signoff.errors import ListSigned, LookUnderWay, NotRedacted
from evidence.signoff.models import Look, LookState, Place, SignOff
from evidence.signoff.policy import SIGN_OFFS, Right
from evidence.signoff.queries import Listed, listed
from evidence.vault.services import Put, object_register

KIND = "copy.look-again"
LOOKING = system("Look again")
RULE = "system:look-again"
ENDED_BADLY = (LookState.FAILED, LookState.CANCELLED)
BECAUSE_OFF = "Looking again is switched off here: no detector is chosen. Whoever signs relies on people alone."


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace:
    """A place as the detector gave it, checked. `picture`: start and bytes in the look's pictures, and its SHA-256."""

    track: str
    kind: str
    found_by: str
    score_permille: int
    is_doubtful: bool
    frames: tuple[int, int]
    ms: tuple[int, int]
    box: tuple[int, int, int, int]
    box_frame: int
    source: tuple[UUID, int] | None
    picture: tuple[int, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a look found."""

    detectors: Sequence[Mapping[str, Any]]
    findings: Sequence[str]
    frames: int
    covered: int
    places: Sequence[FoundPlace]


def look_ask(*, who: Who, copy: Recording) -> Look:
    """Have a redaction looked at again. Where no detector is switched on, there is a list at once, and it says so.

    Raises:
        Denied: not for this person.
        NotRedacted: nothing is hidden in it.
        LookUnderWay: it is being looked at.
    """
    with act(actor=who.actor) as deed:
        decision = SIGN_OFFS.require(who, Right.ASK, copy)
        if copy.kind != Kind.REDACTION:
            raise NotRedacted
        Recording.objects.select_for_update().get(pk=copy.pk)
        if Look.objects.filter(copy=copy, state=LookState.WAITING).exists():
            raise LookUnderWay
        look = _began(copy, actor=who.actor, asked_by=Person.objects.get(pk=who.person_id))
        deed.record(Verb.LOOK_REQUESTED, subject_of(copy, original_file(copy)), rule=decision.rule, data=_data(look))
    return look


def look_ask_after_render(*, file: RecordingFile, requested_by: Actor) -> Look | None:
    """Have a redaction looked at that was just sealed, in that transaction; None where that is not wanted.

    The job is that of whoever ordered the copy, so that they see how it goes and may stop it.
    """
    copy = file.recording
    if copy.kind != Kind.REDACTION or not settings.LOOK_AGAIN:
        return None
    with act(actor=LOOKING) as deed:
        look = _began(copy, actor=requested_by, asked_by=None)
        deed.record(Verb.LOOK_REQUESTED, subject_of(copy, file), rule=RULE, data=_data(look))
    return look


def look_begin(*, job: Job) -> Look:
    """The look that a job is for, under way (again: a failed or stopped one may be tried another time).

    Raises:
        ListSigned: its list was signed meanwhile as it was, and stays so.
    """
    with transaction.atomic():
        look = Look.objects.select_for_update(of=("self",)).select_related("copy").get(pk=job.params["look"])
        if SignOff.objects.filter(look=look).exists():
            raise ListSigned
        if look.state in ENDED_BADLY:
            look.state, look.because, look.finished_at = LookState.WAITING, "", None
            look.save(update_fields=["state", "because", "finished_at"])
    return look


def look_finish(*, look: Look, found: Found, pictures: Put | None) -> None:
    """Keep what a look found. Called inside its job's finishing transaction."""
    with act(actor=LOOKING) as deed:
        row = Look.objects.select_for_update(of=("self",)).select_related("copy").get(pk=look.pk)
        row.state, row.because, row.finished_at = LookState.DONE, "", timezone.now()
        row.detectors, row.findings = [dict(each) for each in found.detectors], list(found.findings)
        row.frames, row.covered = found.frames, found.covered
        row.pictures = object_register(pictures) if pictures is not None else None
        row.save()
        Place.objects.bulk_create(
            [_place(row, number, place) for number, place in enumerate(found.places, start=1)], batch_size=100
        )
        told = listed(row)
        deed.record(
            Verb.LOOK_FINISHED, subject_of(row.copy, told.file), rule=RULE,
            data={
                **_data(row), "places": len(told.places),
                "detectors": [f"{each['name']}:{each['version']}:{each['sha256']}" for each in row.detectors],
                "list_sha256": told.sha256,
            },
        )  # fmt: skip


def look_failed(job: Job, because: str) -> None:
    """No detector looked, and why, in words for people."""
    with act(actor=LOOKING, reason=Reason(code=job.error_code or None)) as deed:
        _ended(deed, job, LookState.FAILED, because)


def look_cancelled(job: Job) -> None:
    """Somebody stopped it."""
    person = Person.objects.filter(pk=job.cancel_requested_by_id).first() if job.cancel_requested_by_id else None
    actor = who_is(person).actor if person is not None else job.requested_by
    because = f"{actor.name} stopped the detector, so there is no list."
    with act(actor=actor) as deed:
        _ended(deed, job, LookState.CANCELLED, because)


def look_read(*, who: Who, look: Look) -> Listed:
    """The list, with pictures of what can be seen in the copy: reading it is consultation, and an event.

    Raises:
        Denied: no right to watch the copy.
    """
    with act(actor=who.actor) as deed:
        decision = SIGN_OFFS.require(who, Right.SEE, look.copy)
        told = listed(look)
        if told.places:
            deed.record(
                Verb.LOOK_READ, subject_of(look.copy, told.file), rule=decision.rule,
                data={**_data(look), "places": len(told.places)},
            )  # fmt: skip
    return told


def _began(copy: Recording, *, actor: Actor, asked_by: Person | None) -> Look:
    last = Look.objects.filter(copy=copy).aggregate(last=Max("number"))["last"] or 0
    look = Look(copy=copy, number=last + 1, asked_by=asked_by)
    if settings.LOOK_AGAIN:
        look.job_id = job_enqueue(
            kind=KIND, key=f"look:{look.id}", actor=actor, subject=subject_of(copy),
            params={"look": str(look.id), "detectors": list(settings.LOOK_AGAIN)},
        ).pk  # fmt: skip
    else:
        look.state, look.because, look.finished_at = LookState.OFF, BECAUSE_OFF, timezone.now()
    look.save(force_insert=True)
    return look


def _ended(deed: Act, job: Job, state: LookState, because: str) -> None:
    look = Look.objects.select_for_update(of=("self",)).select_related("copy").get(pk=job.params["look"])
    if look.state != LookState.WAITING:
        return
    look.state, look.because, look.finished_at = state, because, timezone.now()
    look.save(update_fields=["state", "because", "finished_at"])
    verb = Verb.LOOK_FAILED if state == LookState.FAILED else Verb.LOOK_CANCELLED
    deed.record(verb, subject_of(look.copy, original_file(look.copy)), rule=RULE, data=_data(look))


def _place(look: Look, number: int, found: FoundPlace) -> Place:
    start, length, digest = found.picture
    file, frame = found.source or (None, None)
    return Place(
        look=look, number=number, track=found.track, kind=found.kind, found_by=found.found_by,
        score_permille=found.score_permille, is_doubtful=found.is_doubtful, first_frame=found.frames[0],
        end_frame=found.frames[1], start_ms=found.ms[0], end_ms=found.ms[1], box=list(found.box),
        box_frame=found.box_frame, source_file=file, source_frame=frame, picture_start=start, picture_bytes=length,
        picture_sha256=digest,
    )  # fmt: skip


def _data(look: Look) -> dict[str, object]:
    return {"look": str(look.id), "number": look.number, "state": str(look.state)}
