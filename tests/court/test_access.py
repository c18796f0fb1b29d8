"""Every endpoint of court with every role: on the case and not, signed in and not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from evidence.cases.services import member_add
from evidence.court import api_urls, urls
from evidence.court.models import DiscSet
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.services import token_make
from evidence.identity.who import who_is
from tests import factories
from tests.court import making

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

SEES = {Role.EVIDENCE_MANAGER, Role.DISCLOSURE_OFFICER, Role.AUDITOR, Role.PSD}
MAKES = {Role.EVIDENCE_MANAGER, Role.DISCLOSURE_OFFICER}
MEMBER = "member"
"""An investigator on the case: every right of the officer in the case here."""
ROLES = [*Role, MEMBER]

# name, method, who gets through, the status they get
TABLE = {
    "discs": ("get", SEES, 200),
    "discs-confirm": ("post", MAKES, 400),
    "discs-create": ("post", MAKES, 400),
    "disc-set": ("get", SEES, 200),
    "disc-set-progress": ("get", SEES, 200),
    "disc-set-cancel": ("post", MAKES, 409),
    "disc-image": ("get", MAKES, 200),
    "api-disc-sets": ("get", SEES, 200),
    "api-disc-set": ("get", SEES, 200),
    "api-disc-set-cancel": ("post", MAKES, 409),
    "api-disc-image": ("get", MAKES, 200),
}


@pytest.fixture
def disc_set() -> DiscSet:
    bench = making.bench()
    return making.built(bench.request(bench.exhibit(making.recorded(bench.officer).recording)))


def address(name: str, disc_set: DiscSet) -> str:
    pattern = next(each for each in (*urls.urlpatterns, *api_urls.urlpatterns) if each.name == name)
    values = {"case_id": disc_set.case_id, "set_id": disc_set.id, "number": 1}
    wanted = {key: value for key, value in values.items() if key in pattern.pattern.converters}
    return reverse(name, urlconf="config.urls.force", kwargs=wanted)


def person_as(role: str, disc_set: DiscSet) -> Person:
    if role != MEMBER:
        return factories.person(Role(role))
    person = factories.person(Role.INVESTIGATOR)
    member_add(who=who_is(disc_set.case.officer_in_case), case=disc_set.case, person=person)
    return person


def asker(name: str, person: Person | None) -> Callable[[str, str], int]:
    """Asks as this person: pages by session, the API by token."""
    headers: dict[str, str] = {}
    client = making.signed_in(person) if person and not name.startswith("api-") else Client(SERVER_NAME="localhost")
    if person is not None and name.startswith("api-"):
        token = token_make(
            owner_kind="person", owner_id=person.id, label="table", scopes=[], lifetime=timedelta(hours=1)
        )
        headers = {"Authorization": f"Bearer {token}"}

    def ask(method: str, at: str) -> int:
        answer = getattr(client, method)(at, headers=headers)
        if answer.streaming:
            assert sum(map(len, answer.streaming_content)) == int(answer["Content-Length"])
        return answer.status_code

    return ask


def test_table_names_every_endpoint_of_court():
    assert {each.name for each in (*urls.urlpatterns, *api_urls.urlpatterns)} == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_each_role_gets_through_or_is_told_there_is_nothing(name, disc_set):
    method, allowed, status = TABLE[name]
    at = address(name, disc_set)
    outcomes = {role: asker(name, person_as(role, disc_set))(method, at) for role in ROLES}
    knows = SEES | {MEMBER}
    expected = {role: status if role in allowed or role == MEMBER else 403 if role in knows else 404 for role in ROLES}
    assert outcomes == expected


@pytest.mark.parametrize("name", TABLE)
def test_nobody_is_sent_to_sign_in(name, disc_set):
    method, _, _ = TABLE[name]
    assert asker(name, None)(method, address(name, disc_set)) == (401 if name.startswith("api-") else 302)
