"""Reads of the fleet."""

from datetime import datetime

from django.db.models import Q, QuerySet

from evidence.fleet.models import Camera, Dock, Issue


def issue_at(*, camera: Camera, moment: datetime) -> Issue | None:
    """Who had the camera at that time (UTC); the latest issue where two touch."""
    return (
        Issue.objects.filter(Q(returned_at=None) | Q(returned_at__gte=moment), camera=camera, issued_at__lte=moment)
        .select_related("person")
        .order_by("-issued_at")
        .first()
    )


def docks() -> QuerySet[Dock]:
    """All docks with their units."""
    return Dock.objects.select_related("unit")
