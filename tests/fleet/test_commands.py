"""The operator's commands for docks and cameras: an enrolled dock is let in, a listed camera is known."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from evidence.fleet.models import Camera, Dock
from evidence.fleet.services import camera_met
from evidence.identity.models import AccessToken
from tests import factories

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def enrol(name: str = "Dock 1") -> str:
    return said("dock_enrol", "--name", name, "--unit", factories.unit("Team A").name).split()[-1]


def uploads_of(client, token: str) -> int:
    """Status of a dock that asks what it sent."""
    headers = {"host": "docks.localhost", "authorization": f"Bearer {token}"}
    return client.get("/api/v1/uploads", headers=headers).status_code


def test_an_enrolled_docks_token_opens_the_docks_site_until_it_is_revoked(client):
    token = enrol()
    assert Dock.objects.get().unit.name == "Team A"
    assert uploads_of(client, token) == 200
    said("token_revoke", "--label", "Dock 1")
    assert uploads_of(client, token) == 401


def test_a_dock_of_a_name_that_is_taken_is_refused_and_gets_no_token():
    enrol()
    with pytest.raises(CommandError, match="already exists"):
        enrol()
    assert AccessToken.objects.count() == 1


def test_a_dock_of_an_unknown_unit_is_refused():
    with pytest.raises(CommandError, match="no unit"):
        said("dock_enrol", "--name", "Dock 1", "--unit", "Nowhere")
    assert not Dock.objects.exists()


def test_cameras_are_added_together_or_not_at_all():
    said("camera_add", "CAM-1", "CAM-2", "--make", "Axon Body 3", "--unit", factories.unit("Team A").name)
    assert {(camera.serial, camera.make, camera.unit.name) for camera in Camera.objects.all()} == {
        ("CAM-1", "Axon Body 3", "Team A"),
        ("CAM-2", "Axon Body 3", "Team A"),
    }
    with pytest.raises(CommandError, match="already exists"):
        said("camera_add", "CAM-3", "CAM-1")
    assert not Camera.objects.filter(serial="CAM-3").exists()


def test_a_camera_that_docked_before_it_was_listed_becomes_known():
    met = camera_met(serial="CAM-9")
    assert not met.is_known
    said("camera_add", "CAM-9")
    met.refresh_from_db()
    assert met.is_known
