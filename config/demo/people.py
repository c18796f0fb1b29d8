"""Who is in the demonstration force: two teams, their sergeants, and everybody a case meets on its way to court."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from evidence.identity.models import Person, Unit
from evidence.identity.operators import password_make
from evidence.identity.roles import Role
from evidence.identity.services import person_create, post_give, unit_create

IN_POST_SINCE = timedelta(days=400)
RESPONSE, NEIGHBOURHOOD = "Response Team A, Coventry", "Neighbourhood Team, Foleshill"


@dataclass(frozen=True, slots=True)
class Part:
    """One person of the demonstration."""

    username: str
    rank: str
    collar_number: str
    first_name: str
    surname: str
    role: Role
    unit: str


CAST = (
    Part("jones", "PC", "4312", "Gareth", "Jones", Role.OFFICER, RESPONSE),
    Part("begum", "PC", "4471", "Aisha", "Begum", Role.OFFICER, RESPONSE),
    Part("okafor", "PC", "5128", "Daniel", "Okafor", Role.OFFICER, NEIGHBOURHOOD),
    Part("khan", "Sgt", "2210", "Imran", "Khan", Role.SUPERVISOR, RESPONSE),
    Part("wright", "Sgt", "2384", "Helen", "Wright", Role.SUPERVISOR, NEIGHBOURHOOD),
    Part("patel", "DC", "1907", "Meera", "Patel", Role.INVESTIGATOR, "Force CID"),
    Part("lewis", "", "", "Carol", "Lewis", Role.EVIDENCE_MANAGER, "Evidence Management"),
    Part("novak", "", "", "Peter", "Novak", Role.AUDITOR, "Audit and Assurance"),
    Part("admin", "", "", "Sam", "Fletcher", Role.ADMINISTRATOR, "Digital Services"),
)


@transaction.atomic
def people_make() -> dict[str, tuple[Person, str]]:
    """Everybody of the cast with their password, by sign-in name; all or none."""
    force = unit_create(name="Demonstration Police")
    units: dict[str, Unit] = {}
    made: dict[str, tuple[Person, str]] = {}
    for part in CAST:
        unit = units.get(part.unit) or unit_create(name=part.unit, parent=force)
        units[part.unit] = unit
        password = password_make()
        person = person_create(
            username=part.username, password=password, first_name=part.first_name, surname=part.surname,
            rank=part.rank, collar_number=part.collar_number, email=f"{part.username}@demonstration.example",
        )  # fmt: skip
        post_give(person=person, unit=unit, role=part.role, from_at=timezone.now() - IN_POST_SINCE)
        made[part.username] = (person, password)
    return made
