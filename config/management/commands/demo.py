"""`manage.py demo`: fill an empty installation with a small force and footage made on the spot; prints its sign-ins."""

import io
import json
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from config.demo.footage import TAKES, recorded_at, scene_file
from config.demo.people import CAST, RESPONSE, people_make
from evidence.cases.services import case_open, exhibit_produce
from evidence.fleet.services import camera_add, camera_issue, dock_enrol
from evidence.identity.models import Person, Unit
from evidence.identity.who import who_is
from evidence.recordings.models import Recording
from evidence.recordings.services.categories import category_add

ISSUED_BEFORE = timedelta(days=2)
CATEGORIES = (("Non-evidential", False, 31), ("Violence", True, 2190), ("Theft", True, 2190), ("Traffic", True, 730))


class Command(BaseCommand):
    """Makes the demonstration force where there is nobody yet; does nothing where there is."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much to make and how to print it."""
        parser.add_argument("--no-footage", action="store_true", help="people, cameras and a dock only")
        parser.add_argument("--json", action="store_true", help="print the sign-ins and the dock's token as JSON")

    def handle(self, *, no_footage: bool, json: bool, **_: Any) -> None:
        """Make it and print the sign-ins."""
        if settings.IS_PRODUCTION:
            raise CommandError("Demonstration people with printed passwords are never made with production settings.")
        if Person.objects.exists():
            self.stdout.write("There are people here already; their passwords were printed when they were made.")
            return
        made, token = _force_make()
        self.stdout.write(_as_json(made, token) if json else _as_text(made, token))
        self.stdout.flush()
        if not no_footage:
            self.stdout.write("Drawing demonstration footage, about half a minute ...")
            self.stdout.flush()
            _footage_make()


@transaction.atomic
def _force_make() -> tuple[dict[str, tuple[Person, str]], str]:
    made = people_make()
    unit = Unit.objects.get(name=RESPONSE)
    _, token = dock_enrol(name="Coventry Central dock 1", unit=unit)
    for serial, officer in sorted({(take.camera, take.officer) for take in TAKES}):
        camera = camera_add(serial=serial, make="Demonstration", unit=unit)
        camera_issue(camera=camera, person=made[officer][0], issued_at=timezone.now() - ISSUED_BEFORE)
    for name, is_evidential, days in CATEGORIES:
        category_add(name=name, is_evidential=is_evidential, retention_days=days)
    return made, token


def _footage_make() -> None:
    """Draw each take, give its camera to its officer, take it in; then open a case with a first exhibit."""
    with TemporaryDirectory() as folder:
        for take in TAKES:
            path = scene_file(take, Path(folder))
            call_command(
                "ingest", str(path), officer=Person.objects.get(username=take.officer).collar_number,
                camera=take.camera, recorded_at=recorded_at(take).isoformat(), incident=take.incident,
                stdout=io.StringIO(),
            )  # fmt: skip
    _case_make()


def _case_make() -> None:
    people = {person.username: person for person in Person.objects.all()}
    who = who_is(people["patel"])
    case = case_open(who=who, urn="20CV0123426", title="Disturbance, Market Way", officer_in_case=people["patel"])
    first = Recording.objects.filter(officer=people["jones"]).order_by("recorded_at").first()
    if first is not None:
        exhibit_produce(
            who=who, case=case, recording=first, producer=people["jones"], description="Body-worn video, arrival"
        )


def _as_text(made: dict[str, tuple[Person, str]], token: str) -> str:
    rows = [
        f"  {part.username:<8} {made[part.username][1]:<22} {made[part.username][0].label}, {part.role.label.lower()}"
        for part in CAST
    ]
    lines = ["", "Sign-ins of the demonstration force (shown this once):", *rows, f"  dock token  {token}", ""]
    return "\n".join(lines)


def _as_json(made: dict[str, tuple[Person, str]], token: str) -> str:
    people = [{"username": name, "password": password} for name, (_, password) in made.items()]
    return json.dumps({"people": people, "dock_token": token})
