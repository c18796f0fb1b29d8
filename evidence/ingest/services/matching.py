"""Whose recording it is: camera, officer, unit and time of what a sender told, with a reason for every doubt.

Nothing is refused here: what is unknown or odd is taken in and flagged for a person. A newcomer's trap: the unit is
the officer's unit when it was recorded, not the one they serve in today.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from evidence.custody.parties import ActorKind
from evidence.fleet.models import Camera, Dock, Issue
from evidence.fleet.queries import issue_at
from evidence.fleet.services import camera_met
from evidence.identity.models import Person, Post, Unit
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.ingest.metadata import Told, told_by
from evidence.ingest.models import Upload
from evidence.ingest.policy import ATTRIBUTERS
from evidence.recordings.services.sealing import Sealing

CLOCK_AHEAD_MAX = timedelta(minutes=5)
"""A recording that seems to come from later than this is no clock drift any more."""
AGE_MAX = timedelta(days=365)
SENDER_KEY_MAX = 120


@dataclass(slots=True)
class _Match:
    told: Told
    received_at: datetime
    recorded_at: datetime
    dock: Dock | None = None
    uploader: Person | None = None
    camera: Camera | None = None
    officer: Person | None = None
    doubts: list[str] = field(default_factory=list)


def upload_match(upload: Upload, *, doubts: tuple[str, ...] = ()) -> Sealing:
    """What the recording made of this upload says; meets the camera if nobody ever heard of it.

    `doubts`: further sentences for the person who has to look.
    """
    told, received_at = told_by(upload.metadata), upload.received_at or timezone.now()
    match = _Match(told, received_at, told.recorded_at or received_at, doubts=[*doubts, *told.doubts])
    _sender(match, upload)
    _clock(match)
    _camera(match)
    _officer(match)
    unit = _unit(match)
    return Sealing(
        untrusted_filename=told.filename, recorded_at=match.recorded_at,
        recorded_at_source="declared" if told.recorded_at else "received", received_at=received_at, dock=match.dock,
        camera=match.camera, officer=match.officer, unit=unit, sender_key=sender_key_of(upload, told), part=told.part,
        incident_ref=told.incident, flag_reason=" ".join(match.doubts),
    )  # fmt: skip


def sender_key_of(upload: Upload, told: Told) -> str:
    """The sender's key for one capture, apart for each sender: nobody can add a part to somebody else's recording."""
    return f"{upload.owner_kind}:{upload.owner_id}:{told.recording[:SENDER_KEY_MAX]}" if told.recording else ""


def _sender(match: _Match, upload: Upload) -> None:
    if upload.owner_id is None:
        return
    if upload.owner_kind == ActorKind.DOCK:
        match.dock = Dock.objects.filter(pk=upload.owner_id).first()
    else:
        match.uploader = Person.objects.filter(pk=upload.owner_id).first()


def _clock(match: _Match) -> None:
    if match.recorded_at > match.received_at + CLOCK_AHEAD_MAX:
        match.doubts.append("It says that it was recorded in the future: check the camera's clock.")
    elif match.recorded_at < match.received_at - AGE_MAX:
        match.doubts.append("It says that it was recorded more than a year ago: check the camera's clock.")


def _camera(match: _Match) -> None:
    if match.told.camera:
        match.camera = camera_met(serial=match.told.camera)
        if not match.camera.is_known:
            match.doubts.append("The camera is not one of the force's list.")
    elif match.dock is not None:
        match.doubts.append("The dock did not say which camera it came from.")


def _officer(match: _Match) -> None:
    issue = issue_at(camera=match.camera, moment=match.recorded_at) if match.camera else None
    match.officer = _officer_told(match) if match.told.officer else _officer_found(match, issue)
    if match.officer is None:
        if not match.told.officer:
            match.doubts.append("It is not known which officer recorded it.")
        return
    if issue is not None and match.officer != issue.person:
        match.doubts.append("The camera was issued to somebody other than the officer it is said to belong to.")
    uploader = match.uploader
    if uploader is not None and match.officer != uploader and not who_is(uploader).has(*ATTRIBUTERS):
        match.doubts.append("It was sent in by somebody other than the officer it is said to belong to.")


def _officer_told(match: _Match) -> Person | None:
    """The officer the sender named, by collar number or id."""
    named = Q(collar_number__iexact=match.told.officer)
    if identifier := _uuid(match.told.officer):
        named |= Q(pk=identifier)
    found = Person.objects.filter(named).first()
    if found is None:
        match.doubts.append("The officer that the sender named is not known.")
    return found


def _officer_found(match: _Match, issue: Issue | None) -> Person | None:
    """Whoever had the camera then; without one, the officer who sends it in."""
    if issue is not None:
        return issue.person
    is_officer = match.uploader is not None and who_is(match.uploader).has(Role.OFFICER)
    return match.uploader if is_officer and match.camera is None else None


def _unit(match: _Match) -> Unit | None:
    """The officer's unit at the time, else the one served in at receipt; without an officer the camera's or dock's."""
    if match.officer is not None:
        unit = _unit_at(match.officer, match.recorded_at) or _unit_at(match.officer, match.received_at)
        if unit is not None:
            return unit
    for thing in (match.camera, match.dock):
        if thing is not None and thing.unit is not None:
            return thing.unit
    match.doubts.append("It is not known to which unit it belongs.")
    return None


def _unit_at(officer: Person, moment: datetime) -> Unit | None:
    held = Post.objects.filter(Q(until_at=None) | Q(until_at__gt=moment), person=officer, from_at__lte=moment)
    wearing = held.filter(role__in=[Role.OFFICER, Role.SUPERVISOR])
    post = wearing.select_related("unit").first() or held.select_related("unit").first()
    return post.unit if post else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
