"""The operator's commands for people: what they make works at the doors, and what they refuse they say in words."""

import io
import sys
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from evidence.identity.errors import TokenRefused
from evidence.identity.models import AccessToken, Person, Unit
from evidence.identity.roles import Role
from evidence.identity.services import token_use
from evidence.identity.who import who_is
from tests.identity import people

pytestmark = pytest.mark.django_db
PASSWORD = "long enough to be taken"


def said(*words: str) -> str:
    """What a command prints, its arguments as typed."""
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def add(*words: str) -> str:
    return said("person_add", "smith", "--first-name", "Ann", "--surname", "Smith", *words)


def test_a_generated_password_is_printed_once_and_signs_in(client):
    password = add("--rank", "PC", "--collar-number", "77", "--generate").rpartition(" ")[2].strip()
    someone = Person.objects.get(username="smith")
    assert someone.label == "PC 77 Smith"
    assert someone.check_password(password)
    answer = client.post("/sign-in", {"username": "smith", "password": password}, headers={"host": "localhost"})
    assert answer.status_code == 302


def test_a_password_on_standard_input_is_taken_and_never_printed(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    assert PASSWORD not in add()
    assert Person.objects.get(username="smith").check_password(PASSWORD)


@pytest.mark.parametrize("given", ["", "short\n"])
def test_a_password_that_is_missing_or_weak_adds_nobody(monkeypatch, given):
    monkeypatch.setattr(sys, "stdin", io.StringIO(given))
    with pytest.raises(CommandError, match=r"[Pp]assword"):
        add()
    assert not Person.objects.exists()


def test_a_sign_in_name_that_is_taken_is_refused_in_words():
    add("--generate")
    with pytest.raises(CommandError, match="already exists"):
        add("--generate")
    assert Person.objects.count() == 1


def test_a_sign_in_name_that_is_taken_in_other_letters_is_refused_in_words():
    add("--generate")
    with pytest.raises(CommandError, match="signs in with this name already"):
        said("person_add", "SMITH", "--first-name", "Ann", "--surname", "Smith", "--generate")
    assert Person.objects.count() == 1


def test_a_unit_is_added_under_another_whatever_the_case_of_its_letters():
    said("unit_add", "--name", "Force")
    said("unit_add", "--name", "Team A", "--under", "force")
    assert Unit.objects.get(name="Team A").parent == Unit.objects.get(name="Force")


def test_a_unit_that_does_not_exist_is_refused_and_the_known_ones_are_named():
    said("unit_add", "--name", "Team A")
    with pytest.raises(CommandError, match=r"no unit 'Team B'.*Team A"):
        said("unit_add", "--name", "Team C", "--under", "Team B")
    assert not Unit.objects.filter(name="Team C").exists()


def test_a_supervisors_post_reaches_the_units_below_at_once():
    someone, force = people.person(), people.unit()
    team = people.unit(parent=force)
    said("post_give", someone.username, "--role", "supervisor", "--unit", force.name)
    who = who_is(someone)
    assert who.has(Role.SUPERVISOR)
    assert who.supervised == {force.id, team.id}


def test_a_post_ends_with_its_last_day():
    someone, last = people.person(), timezone.localdate() + timedelta(days=3)
    said("post_give", someone.username, "--role", "officer", "--unit", people.unit().name, "--until", last.isoformat())
    until_at = timezone.localtime(someone.posts.get().until_at)
    assert until_at.date() == last
    assert until_at.hour == 23


def test_a_post_that_would_be_over_already_is_refused():
    someone, yesterday = people.person(), timezone.localdate() - timedelta(days=1)
    words = ["--role", "officer", "--unit", people.unit().name, "--until", yesterday.isoformat()]
    with pytest.raises(CommandError, match="is over"):
        said("post_give", someone.username, *words)
    assert not someone.posts.exists()


@pytest.mark.parametrize("words", [["nobody", "--role", "officer"], ["{them}", "--role", "king"]])
def test_a_post_for_nobody_or_of_no_role_is_refused(words):
    someone, unit = people.person(), people.unit()
    with pytest.raises(CommandError):
        said("post_give", *(word.format(them=someone.username) for word in words), "--unit", unit.name)
    assert not someone.posts.exists()


def test_a_token_asks_in_the_persons_name_until_its_end():
    someone = people.person()
    token = said("token_make", someone.username, "--label", "import", "--days", "2", "--scope", "upload").split()[-1]
    row = token_use(token=token)
    assert (row.owner_kind, row.owner_id, row.scopes) == ("person", someone.id, ["upload"])
    assert timedelta(days=1) < row.expires_at - timezone.now() <= timedelta(days=2)


@pytest.mark.parametrize("days", ["0", "-1", "367"])
def test_a_token_has_an_end_within_a_year(days):
    with pytest.raises(CommandError, match="1 to 366 days"):
        said("token_make", people.person().username, "--label", "import", f"--days={days}")
    assert not AccessToken.objects.exists()


def test_every_live_token_of_a_label_is_ended_and_no_other():
    someone = people.person()
    lost = [said("token_make", someone.username, "--label", "lost").split()[-1] for _ in range(2)]
    kept = said("token_make", someone.username, "--label", "kept").split()[-1]
    assert "2 tokens" in said("token_revoke", "--label", "lost")
    for token in lost:
        with pytest.raises(TokenRefused):
            token_use(token=token)
    assert token_use(token=kept).label == "kept"


def test_a_label_that_no_live_token_has_is_refused_and_the_live_ones_are_named():
    said("token_make", people.person().username, "--label", "kept")
    with pytest.raises(CommandError, match="Live ones: kept"):
        said("token_revoke", "--label", "lost")
