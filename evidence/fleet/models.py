"""Docks, cameras, and who had which camera when."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.identity.models import Person, Unit


class Dock(models.Model):
    """A station's dock: the machine that uploads. Signs in with a token of its own."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="docks")
    is_active = models.BooleanField(default=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Camera(models.Model):
    """A body-worn camera. Unknown serials are taken in and flagged, never refused."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    serial = models.CharField(max_length=64, unique=True)
    make = models.CharField(max_length=60, blank=True)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="cameras")
    is_known = models.BooleanField(default=True)
    """False: first heard of when it docked, and nobody has confirmed it."""
    clock_fast_s = models.IntegerField(null=True, blank=True)
    """Seconds the camera's clock was ahead when last compared; negative: behind."""

    class Meta:
        ordering = ["serial"]

    def __str__(self) -> str:
        return self.serial


class Issue(models.Model):
    """One taking of a camera from the pool, until it is returned."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    camera = models.ForeignKey(Camera, on_delete=models.PROTECT, related_name="issues")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="issues")
    issued_at = models.DateTimeField(default=timezone.now)
    returned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(fields=["camera"], condition=models.Q(returned_at=None), name="issue_open_once")
        ]

    def __str__(self) -> str:
        return f"{self.camera} to {self.person}"
