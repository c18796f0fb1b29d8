"""The demonstration force: made once, with passwords that work, and never with production settings."""

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from config.demo.people import CAST, password_make
from evidence.fleet.models import Camera, Dock
from evidence.identity.models import Person, Post
from evidence.identity.roles import Role
from evidence.identity.services import token_use
from evidence.recordings.models import Recording
from workers.media.scene import RATE, SILENT_START_S, frame_draw, sound, street, walkers_of

pytestmark = pytest.mark.django_db


def made():
    out = io.StringIO()
    call_command("demo", "--no-footage", "--json", stdout=out)
    return json.loads(out.getvalue())


def test_everybody_of_the_cast_can_sign_in_with_the_printed_password():
    people = {row["username"]: row["password"] for row in made()["people"]}
    assert set(people) == {part.username for part in CAST}
    for username, password in people.items():
        answer = Client(SERVER_NAME="localhost").post("/sign-in", {"username": username, "password": password})
        assert answer.status_code == 302, username


def test_two_teams_a_supervisor_and_everybody_on_the_way_to_court_are_there():
    made()
    roles = set(Post.objects.values_list("role", flat=True))
    assert {Role.OFFICER, Role.SUPERVISOR, Role.INVESTIGATOR, Role.EVIDENCE_MANAGER, Role.AUDITOR} <= roles
    assert Post.objects.filter(role=Role.OFFICER).values("unit").distinct().count() == 2
    assert Camera.objects.count() == 3
    assert Dock.objects.count() == 1


def test_the_docks_token_is_good_and_only_its_hash_is_kept():
    token = made()["dock_token"]
    row = token_use(token=token)
    assert row.owner_kind == "dock"
    assert token not in str(vars(row))


def test_a_second_run_makes_nobody_and_prints_no_password():
    made()
    out = io.StringIO()
    call_command("demo", stdout=out)
    assert Person.objects.count() == len(CAST)
    assert "passwords were printed when they were made" in out.getvalue()
    assert Recording.objects.count() == 0


def test_production_settings_refuse_it(settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="never made with production settings"):
        call_command("demo")
    assert Person.objects.count() == 0


def test_passwords_are_random_and_typeable():
    found = {password_make() for _ in range(50)}
    assert len(found) == 50
    assert all(len(password) == 19 and password.isascii() for password in found)


def test_a_scene_has_people_who_move_and_the_same_seed_draws_the_same():
    background, walkers = street(3), walkers_of(3)
    assert 4 <= len(walkers) <= 6
    first, again = (frame_draw(background, walkers, 10, "X") for _ in range(2))
    later = frame_draw(background, walkers, 10 + RATE, "X")
    assert (first == again).all()
    assert (first != later).mean() > 0.05


def test_a_scene_begins_silent_as_pre_record_does_and_is_heard_after():
    samples = sound(3, 4.0)
    start = int(SILENT_START_S * 48_000)
    assert abs(samples[:start]).max() == 0
    assert abs(samples[start:]).max() > 0.05
