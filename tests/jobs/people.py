"""People who ask for jobs, in tests of pages and policy."""

from django.test import Client

from evidence.custody.parties import Subject
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import Who, who_is
from evidence.jobs.models import Job
from evidence.jobs.services import job_enqueue
from tests.identity import people


def person(surname: str, role: Role) -> Person:
    """Somebody in a post."""
    made = people.person()
    made.surname = surname
    made.save()
    people.post(made, role)
    return made


def who(surname: str, role: Role) -> Who:
    """The same, as an asker."""
    return who_is(person(surname, role))


def browser(someone: Person) -> Client:
    """A signed-in browser on the force site."""
    return people.signed_in(someone)


def job_by(someone: Person, key: str, kind: str = "test.note", subject: Subject | None = None) -> Job:
    """A job this person asked for."""
    return job_enqueue(kind=kind, key=key, actor=who_is(someone).actor, subject=subject)
