"""Every write of the fleet: docks, cameras, issue and return."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from evidence.fleet.errors import CameraOut
from evidence.fleet.models import Camera, Dock, Issue
from evidence.identity.models import Person, Unit
from evidence.identity.services import token_make

DOCK_SCOPES = ("upload",)


def dock_enrol(*, name: str, unit: Unit) -> tuple[Dock, str]:
    """Add a dock; returns it and its bearer token, which is shown this once."""
    with transaction.atomic():
        dock = Dock(name=name, unit=unit)
        dock.full_clean()
        dock.save()
        token = token_make(owner_kind="dock", owner_id=dock.id, label=name, scopes=DOCK_SCOPES)
    return dock, token


def dock_seen(*, dock: Dock) -> None:
    """Note that a dock spoke to us."""
    Dock.objects.filter(pk=dock.pk).update(last_seen_at=timezone.now())


def camera_add(*, serial: str, make: str = "", unit: Unit | None = None) -> Camera:
    """Put a camera on the force's list; one that docked before it was listed becomes known."""
    met = Camera.objects.filter(serial=serial, is_known=False).first()
    camera = met or Camera(serial=serial)
    camera.make, camera.unit, camera.is_known = make, unit, True
    camera.full_clean()
    camera.save()
    return camera


def camera_met(*, serial: str) -> Camera:
    """The camera with this serial; one never heard of is kept as unknown, for a person to confirm."""
    camera, _ = Camera.objects.get_or_create(serial=serial[:64], defaults={"is_known": False})
    return camera


def camera_issue(*, camera: Camera, person: Person, issued_at: datetime | None = None) -> Issue:
    """Give a camera to a person.

    Raises:
        CameraOut: somebody else has it and has not returned it.
    """
    with transaction.atomic():
        out = Issue.objects.select_for_update().filter(camera=camera, returned_at=None).first()
        if out is not None:
            raise CameraOut(f"{out.person.label} still has camera {camera.serial}. Return it first.")
        issue = Issue(camera=camera, person=person, issued_at=issued_at or timezone.now())
        issue.full_clean()
        issue.save()
    return issue


def camera_return(*, issue: Issue, returned_at: datetime | None = None) -> None:
    """Take a camera back into the pool."""
    Issue.objects.filter(pk=issue.pk, returned_at=None).update(returned_at=returned_at or timezone.now())
