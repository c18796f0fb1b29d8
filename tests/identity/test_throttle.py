"""Guessing is stopped however the name is written, from however many addresses, and whatever the names from one."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from config.settings import security
from evidence.identity.models import Person, SecurityEntry
from evidence.identity.services import person_create
from tests.identity import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits(settings):
    """Low ones: each try costs a hash."""
    settings.SIGN_IN_ADDRESS_LIMIT, settings.SIGN_IN_NAME_LIMIT = 8, 6
    settings.TRUSTED_PROXIES = 1


@pytest.fixture
def someone():
    return people.person(password=people.PASSWORD)


def tried(name, password="guess", address="192.0.2.1"):
    """Status of one try."""
    form = {"username": name, "password": password}
    return Client(SERVER_NAME="localhost").post("/sign-in", form, headers={"x-forwarded-for": address}).status_code


def test_every_spelling_of_a_name_counts_as_that_name(someone):
    name = someone.username
    spellings = [name, name.upper(), name.capitalize(), f" {name} ", name.replace("p", "\uff50")]
    assert len(set(spellings)) == django_settings.AXES_FAILURE_LIMIT
    assert tried(name.upper(), people.PASSWORD) == 302
    for spelling in spellings:
        last = tried(spelling)
    assert last == 429
    assert tried(name.swapcase(), people.PASSWORD) == 429
    assert set(AccessAttempt.objects.values_list("username", flat=True)) == {name}


def test_a_good_sign_in_forgets_the_mistakes_made_in_another_spelling(someone):
    for _ in range(4):
        tried(someone.username.upper())
    assert tried(someone.username, people.PASSWORD) == 302
    assert tried(someone.username) == 200


def test_one_password_on_many_names_from_an_address_is_stopped_there_and_nowhere_else(someone):
    statuses = [tried(f"nobody{number}") for number in range(9)]
    assert statuses == [200] * 8 + [429]
    assert tried(someone.username, people.PASSWORD) == 429
    assert tried(someone.username, people.PASSWORD, address="192.0.2.2") == 302


def test_one_name_from_many_addresses_is_stopped(someone):
    statuses = [tried(someone.username, address=f"198.51.100.{number}") for number in range(7)]
    assert statuses == [200] * 6 + [429]
    assert tried(someone.username, people.PASSWORD, address="203.0.113.9") == 429


def test_whoever_signed_in_from_a_station_before_gets_in_while_somebody_there_guesses(someone):
    assert tried(someone.username, people.PASSWORD) == 302
    for number in range(9):
        tried(f"nobody{number}")
    assert tried("newcomer") == 429
    assert tried(someone.username.upper(), people.PASSWORD) == 302
    SecurityEntry.objects.filter(kind="sign-in").update(at=timezone.now() - timedelta(days=31))
    assert tried(someone.username, people.PASSWORD) == 429


def test_a_known_name_is_still_guessed_five_times_only(someone):
    tried(someone.username, people.PASSWORD)
    for _ in range(5):
        tried(someone.username)
    assert tried(someone.username, people.PASSWORD) == 429


@pytest.mark.parametrize("name", ["nobody{}", "{them}"])
def test_a_lock_ends_a_quarter_of_an_hour_after_what_led_to_it_however_often_it_was_tried_since(someone, name):
    for number in range(8):
        tried(name.format(number, them=someone.username))
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert tried(someone.username, people.PASSWORD) == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert tried(someone.username, people.PASSWORD) == 302


def test_mistypes_of_people_who_then_get_in_do_not_add_up(someone):
    for _ in range(4):
        other = people.person(password=people.PASSWORD)
        for _ in range(3):
            tried(other.username)
        assert tried(other.username, people.PASSWORD) == 302
    assert tried(someone.username, people.PASSWORD) == 302


def test_the_limit_of_an_address_is_far_above_what_a_shift_mistypes():
    assert security.SIGN_IN_ADDRESS_LIMIT == 40
    assert security.SIGN_IN_NAME_LIMIT == 20


def test_a_name_that_differs_in_capitals_only_is_refused_by_the_form_and_by_the_database(someone):
    other = {"password": people.PASSWORD, "first_name": "Ann", "surname": "Smith"}
    with pytest.raises(ValidationError, match="capitals make no other name"):
        person_create(username=f" {someone.username.upper()}", **other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Person(username=someone.username.upper(), first_name="Ann", surname="Smith").save()


def test_migrating_names_the_names_that_stand_in_the_way(someone):
    migration = import_module("evidence.identity.migrations.0002_one_name_in_any_case")
    editor = SimpleNamespace(connection=connection)
    migration.names_differ(apps, editor)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX person_username_any_case")
    Person(username=someone.username.upper(), first_name="Ann", surname="Smith").save()
    with pytest.raises(RuntimeError, match=f"{someone.username.upper()}, {someone.username}"):
        migration.names_differ(apps, editor)
